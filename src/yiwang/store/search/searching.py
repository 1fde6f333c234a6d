"""One search: a query's words are looked for in the texts, so in programmes and services, so in events; a page of these."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from yiwang.kernels.text_search import (
    NOT_FOUND,
    find_characters,
    find_in_texts,
    find_with_mistakes,
    rank_events,
    score_programmes,
)
from yiwang.store.search.alphabet import Alphabet, Ids
from yiwang.store.search.content import SYNOPSIS, Content, Groups, Int32, Positions
from yiwang.store.search.query import Word
from yiwang.store.search.reasons import merged, reason
from yiwang.store.search.records import Filters, Found, Item, Reason
from yiwang.store.search.texts import Int64, Texts
from yiwang.store.search.together import MOST_OTHERS, MOST_TOGETHER, Together

Scores = npt.NDArray[np.uint8]
FIELDS = ("title", "sub_title", "persons", "synopsis")


@dataclass(frozen=True, slots=True)
class Attempt:
    """The query as one word; its words, where it has several: all are to be found; how many mistakes each may have."""

    whole: Word
    words: list[Word]
    errors: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word is in a text: its searched characters ``first`` to ``end``; found how (`reasons.BY`)."""

    first: int
    end: int
    kind: int


class Places(ABC):
    """Which of N texts a word is in: ``score`` is 3 * kind + place, NOT_FOUND."""

    def __init__(self, texts: Texts, word: Word) -> None:
        self._texts, self._word = texts, word
        self.score = np.full(len(texts), NOT_FOUND, np.uint8)

    @property
    def none(self) -> bool:
        """Whether it is nowhere."""
        return not len(self.score) or bool(self.score.min() == NOT_FOUND)

    def place(self, n: int) -> Place:
        """Return where in text n it is. Looked for again: of most texts that are found nobody asks."""
        texts = self._texts
        span = slice(int(texts.starts[n]) - 1, int(texts.starts[n + 1]))
        characters, readings = texts.characters[span], texts.readings[span]
        score, begin, size = np.full(1, NOT_FOUND, np.uint8), np.zeros(1, np.int64), np.zeros(1, np.int32)
        self._look_in_one(np.array([1, len(characters)]), characters, readings, score, begin, size)
        first = int(begin[0]) - 1
        return Place(first, first + int(size[0]), int(score[0]) // 3)

    @abstractmethod
    def _look_in_one(
        self, starts: Int64, characters: Ids, readings: Ids, score: Scores, begin: Int64, size: Int32
    ) -> None: ...


class PlacesAsRead(Places):
    """Places of a word in texts, however it is written."""

    def __init__(self, texts: Texts, word: Word, errors: int, positions: Positions) -> None:
        super().__init__(texts, word)
        self._errors = errors
        self._look(texts.starts, texts.characters, texts.readings, positions, self.score, _NO_BEGIN, _NO_SIZE)

    def _look_in_one(
        self, starts: Int64, characters: Ids, readings: Ids, score: Scores, begin: Int64, size: Int32
    ) -> None:
        positions = Positions.in_texts(characters, readings)
        self._look(starts, characters, readings, positions, score, begin, size)

    def _look(
        self,
        starts: Int64,
        characters: Ids,
        readings: Ids,
        of: Positions,
        score: Scores,
        begin: Int64,
        size: Int32,
    ) -> None:
        word = self._word
        if self._errors:
            find_with_mistakes(
                starts,
                readings,
                of.starts,
                of.order,
                of.follows,
                word.first_near_readings,
                word.letters,
                word.full,
                word.full_on,
                word.near,
                word.near_on,
                self._errors,
                score,
                begin,
                size,
            )
        else:
            find_in_texts(
                starts,
                characters,
                readings,
                of.starts,
                of.order,
                of.follows,
                word.first_readings,
                word.ids,
                word.readings,
                word.full,
                word.full_on,
                word.short,
                word.short_on,
                word.only_at_part_start,
                score,
                begin,
                size,
            )


class PlacesAsWritten(Places):
    """Places of a word in texts, as it is written."""

    def __init__(self, texts: Texts, word: Word, positions: Groups) -> None:
        super().__init__(texts, word)
        starts, order = positions.starts, positions.order
        find_characters(texts.starts, texts.characters, starts, order, word.ids, self.score, _NO_BEGIN, _NO_SIZE)

    def _look_in_one(
        self, starts: Int64, characters: Ids, readings: Ids, score: Scores, begin: Int64, size: Int32
    ) -> None:
        of = Groups.of(characters.astype(np.int32), int(characters.max()) + 1)
        find_characters(starts, characters, of.starts, of.order, self._word.ids, score, begin, size)


_NO_BEGIN, _NO_SIZE = np.empty(0, np.int64), np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class _Hits:
    """Where a word is: in texts and synopses, so in programmes and services (4 * score + field)."""

    texts: Places
    synopses: Places | None
    programmes: Scores
    services: Scores

    @property
    def none(self) -> bool:
        return self.texts.none and (self.synopses is None or self.synopses.none)


class Searching:
    """A search in what the index holds at this moment."""

    def __init__(self, content: Content, alphabet: Alphabet) -> None:
        self._content = content
        self._alphabet = alphabet
        self._hits: dict[tuple[str, int], _Hits] = {}
        self._looked_at: list[_Hits] = []

    def look(self, attempt: Attempt) -> bool:
        """Look for the words of an attempt, and tell whether any is elsewhere than at the last one."""
        hits = [self._find(word, attempt.errors) for word in (attempt.whole, *attempt.words)]
        last, self._looked_at = self._looked_at, hits
        return len(hits) != len(last) or any(one is not other for one, other in zip(hits, last, strict=True))

    def answer(self, now_s: int, limit: int, offset: int, filters: Filters) -> Found:
        """Return a page of what was looked for."""
        whole, words, wanted, services = self._begin(filters)
        events, total = np.empty(0, np.int32), len(services)
        if "event" in filters.kinds:
            events, n = self._ranked_events(whole, words, wanted, now_s, filters, max(0, offset + limit - total))
            total += n
        items = [self._service_item(n, whole, words) for n in services[offset : offset + limit].tolist()]
        first = max(0, offset - len(services))
        rest = events[first : first + limit - len(items)]
        return Found((*items, *(self._event_item(n, whole, words) for n in rest.tolist())), total)

    def answer_together(self, now_s: int, limit: int, offset: int, filters: Filters) -> Found:
        """Return a page of what was looked for: a programme once, at the place of its best event."""
        whole, words, wanted, services = self._begin(filters)
        items = [self._service_item(n, whole, words) for n in services[offset : offset + limit].tolist()]
        if "event" not in filters.kinds:
            return Found(tuple(items), len(services))
        content, all_events = self._content, self._content.events
        events, _ = self._ranked_events(whole, words, wanted, now_s, filters, MOST_TOGETHER)
        titles = content.columns[0, np.searchsorted(all_events.starts, events, side="right") - 1]
        together = Together(events, titles, content.texts)
        first = max(0, offset - len(services))
        for row in range(first, min(len(together), first + limit - len(items))):
            of_row = together.events(row)
            start_s, stop_s = all_events.start_s[of_row].astype(np.int64), all_events.stop_s[of_row]
            is_over = stop_s <= now_s
            of_row = of_row[np.lexsort((of_row, np.where(is_over, -start_s, start_s), is_over))].tolist()
            item = self._event_item(of_row[0], whole, words)
            others = tuple(self._bare_item(event) for event in of_row[1 : 1 + MOST_OTHERS])
            items.append(replace(item, others=others, n_others=len(of_row) - 1))
        return Found(tuple(items), len(services) + len(together))

    def _begin(self, filters: Filters) -> tuple[_Hits, list[_Hits], npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
        """Return where the query and its words are, which services are wanted, and those of them that are found."""
        whole, *words = self._looked_at
        wanted = self._wanted_services(filters)
        found = "service" in filters.kinds
        return whole, words, wanted, _ranked_services(whole, words, wanted) if found else np.empty(0, np.intp)

    def _find(self, word: Word, errors: int) -> _Hits:
        """Find a word; with mistakes only where it is nowhere without."""
        key = (word.text, errors)
        if key not in self._hits:
            exact = None if not errors else self._find(word, 0)
            if exact is not None and not (exact.none and word.may_be_mistaken):
                return exact
            self._hits[key] = self._look(word, errors)
        return self._hits[key]

    def _look(self, word: Word, errors: int) -> _Hits:
        content, lookup = self._content, self._content.lookup
        texts = PlacesAsRead(content.texts, word, errors, lookup.positions)
        programmes = np.full(content.columns.shape[1], NOT_FOUND, np.uint8)
        uses = lookup.text_uses
        score_programmes(texts.score, uses.starts, uses.order, 0, programmes)
        synopses = None
        if not errors and word.in_synopses:
            synopses = PlacesAsWritten(content.synopses, word, lookup.synopsis_positions)
            uses = lookup.synopsis_uses
            score_programmes(synopses.score, uses.starts, uses.order, SYNOPSIS, programmes)
        names = content.services.names
        of_names = np.append(texts.score, np.uint8(NOT_FOUND))[names]
        services = np.where(of_names == NOT_FOUND, NOT_FOUND, of_names * 4).astype(np.uint8)
        return _Hits(texts, synopses, programmes, services)

    def _wanted_services(self, filters: Filters) -> npt.NDArray[np.bool_]:
        regions = self._content.services.regions
        if not filters.regions:
            return np.ones(len(regions), np.bool_)
        return np.array([not own or not own.isdisjoint(filters.regions) for own in regions], np.bool_)

    def _ranked_events(
        self,
        whole: _Hits,
        words: list[_Hits],
        wanted: npt.NDArray[np.bool_],
        now_s: int,
        filters: Filters,
        first: int,
    ) -> tuple[npt.NDArray[np.int32], int]:
        """Return the ``first`` events in their order, and how many there are."""
        content, events = self._content, self._content.events
        found = whole.programmes != NOT_FOUND
        for word in words:
            found |= word.programmes != NOT_FOUND
        if filters.genres:
            found &= _of_genres(content.genres, filters.genres)[content.genre]
        key, event = np.empty(first, np.int64), np.empty(first, np.int32)
        n_services = len(content.services.ids)
        n = rank_events(
            found,
            whole.programmes,
            np.array([word.programmes for word in words], np.uint8).reshape(len(words), len(found)),
            np.array([word.services for word in words], np.uint8).reshape(len(words), n_services),
            events.starts,
            events.service,
            events.start_s,
            events.stop_s,
            np.where(wanted, np.arange(n_services, dtype=np.int32), np.int32(-1)),
            now_s,
            filters.from_s,
            filters.until_s,
            key,
            event,
        )
        return event[np.lexsort((event, key))[:n]], n

    def _service_item(self, n: int, whole: _Hits, words: list[_Hits]) -> Item:
        content = self._content
        names = int(content.services.names[n])
        hits = _which(whole, words, int(whole.services[n]), [int(word.services[n]) for word in words])
        title = content.texts.text(names).partition("\n")[0]
        reasons = [self._reason(content.texts, names, hit.texts, "service") for hit in hits]
        return Item("service", content.services.ids[n], title, None, None, merged(reasons))

    def _event_item(self, event: int, whole: _Hits, words: list[_Hits]) -> Item:
        content, events = self._content, self._content.events
        programme = int(np.searchsorted(events.starts, event, side="right")) - 1
        service = int(events.service[event])
        best = [min(int(word.programmes[programme]), int(word.services[service])) for word in words]
        reasons = []
        for hit in _which(whole, words, int(whole.programmes[programme]), best):
            score = int(hit.programmes[programme])
            if hit is not whole and hit.services[service] < score:
                names = int(content.services.names[service])
                reasons.append(self._reason(content.texts, names, hit.texts, "service"))
                continue
            field = score % 4
            texts, places = content.texts, hit.texts
            if field == SYNOPSIS and hit.synopses is not None:
                texts, places = content.synopses, hit.synopses
            reasons.append(self._reason(texts, int(content.columns[field, programme]), places, FIELDS[field]))
        return replace(self._bare_item(event), reasons=merged(reasons))

    def _bare_item(self, event: int) -> Item:
        content, events = self._content, self._content.events
        title = int(content.columns[0, np.searchsorted(events.starts, event, side="right") - 1])
        return Item(
            "event",
            content.services.ids[int(events.service[event])],
            content.texts.text(title) if title >= 0 else "",
            int(events.start_s[event]),
            int(events.stop_s[event]),
            (),
        )

    def _reason(self, texts: Texts, n: int, places: Places, field: str) -> Reason:
        place = places.place(n)
        return reason(self._alphabet, texts.text(n), field, place.first, place.end, place.kind)


def _ranked_services(whole: _Hits, words: list[_Hits], wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    score = whole.services
    if words:
        score = np.minimum(score, np.max([word.services for word in words], axis=0))
    found = np.flatnonzero((score != NOT_FOUND) & wanted)
    return found[np.argsort(score[found], kind="stable")]


def _of_genres(genres: tuple[str, ...], wanted: frozenset[str]) -> npt.NDArray[np.bool_]:
    within = tuple(f"{genre}." for genre in wanted)
    return np.array([genre in wanted or genre.startswith(within) for genre in genres], np.bool_)


def _which(whole: _Hits, words: list[_Hits], score: int, scores: list[int]) -> list[_Hits]:
    """Return what decided: the query as one word, or its words."""
    return words if words and max(scores) < score else [whole]
