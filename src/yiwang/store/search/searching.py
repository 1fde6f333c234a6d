"""One search: a query's words are looked for in the texts, so in programmes and services, so in events; a page of these."""

from dataclasses import dataclass

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
from yiwang.store.search.alphabet import Alphabet
from yiwang.store.search.content import SYNOPSIS, Content
from yiwang.store.search.query import Word
from yiwang.store.search.reasons import merged, reason
from yiwang.store.search.records import Filters, Found, Item, Reason
from yiwang.store.search.texts import Texts

Scores = npt.NDArray[np.uint8]
FIELDS = ("title", "sub_title", "persons", "synopsis")


@dataclass(frozen=True, slots=True)
class Attempt:
    """The query as one word; its words, where it has several: all are to be found; how many mistakes each may have."""

    whole: Word
    words: list[Word]
    errors: int


class Places:
    """Where a word is in N texts: ``score`` (3 * kind + place); where it is, its begin and size in the characters."""

    def __init__(self, n: int) -> None:
        self.score = np.full(n, NOT_FOUND, np.uint8)
        self.begin = np.empty(n, np.int64)
        self.size = np.empty(n, np.int32)
        self._found = np.empty(n, np.int32)
        self.n_found = 0

    @property
    def found(self) -> npt.NDArray[np.int32]:
        """The texts that it is in."""
        return self._found[: self.n_found]

    def find(self, texts: Texts, content: Content, word: Word) -> None:
        """Look for it without mistakes."""
        positions = content.lookup.positions
        self.n_found = find_in_texts(
            texts.starts,
            texts.characters,
            texts.readings,
            positions.starts,
            positions.order,
            word.first_readings,
            word.ids,
            word.full,
            word.short,
            word.only_at_part_start,
            self.score,
            self.begin,
            self.size,
            self._found,
        )

    def find_mistaken(self, texts: Texts, content: Content, word: Word, errors: int) -> None:
        """Look for it with mistakes."""
        positions = content.lookup.positions
        self.n_found = find_with_mistakes(
            texts.starts,
            texts.characters,
            texts.readings,
            positions.starts,
            positions.order,
            word.first_near_readings,
            word.full,
            word.near,
            word.letters,
            errors,
            self.score,
            self.begin,
            self.size,
            self._found,
        )

    def find_in_synopses(self, content: Content, word: Word) -> None:
        """Look for it as it is written."""
        synopses, positions = content.synopses, content.lookup.synopsis_positions
        self.n_found = find_characters(
            synopses.starts,
            synopses.characters,
            positions.starts,
            positions.order,
            word.ids,
            self.score,
            self.begin,
            self.size,
            self._found,
        )


@dataclass(frozen=True, slots=True)
class _Hits:
    """Where a word is: in texts and synopses, so in programmes and services (4 * score + field)."""

    texts: Places
    synopses: Places
    programmes: Scores
    services: Scores

    @property
    def none(self) -> bool:
        return not self.texts.n_found and not self.synopses.n_found


class Searching:
    """A search in what the index holds at this moment."""

    def __init__(self, content: Content, alphabet: Alphabet) -> None:
        self._content = content
        self._alphabet = alphabet
        self._hits: dict[tuple[str, int], _Hits] = {}

    def answer(self, attempt: Attempt, now_s: int, limit: int, offset: int, filters: Filters) -> Found:
        """Return a page of what an attempt finds."""
        whole = self._find(attempt.whole, attempt.errors)
        words = [self._find(word, attempt.errors) for word in attempt.words]
        wanted = self._wanted_services(filters)
        services = np.empty(0, np.intp)
        if "service" in filters.kinds:
            services = _ranked_services(whole, words, wanted)
        events, total = np.empty(0, np.int32), len(services)
        if "event" in filters.kinds:
            events, n = self._ranked_events(whole, words, wanted, now_s, filters, max(0, offset + limit - total))
            total += n
        items = [self._service_item(n, whole, words) for n in services[offset : offset + limit].tolist()]
        first = max(0, offset - len(services))
        rest = events[first : first + limit - len(items)]
        return Found((*items, *(self._event_item(n, whole, words) for n in rest.tolist())), total)

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
        texts, synopses = Places(len(content.texts)), Places(len(content.synopses))
        if errors:
            texts.find_mistaken(content.texts, content, word, errors)
        else:
            texts.find(content.texts, content, word)
            if word.in_synopses:
                synopses.find_in_synopses(content, word)
        programmes = np.full(content.columns.shape[1], NOT_FOUND, np.uint8)
        uses = lookup.text_uses
        score_programmes(texts.found, texts.score, uses.starts, uses.order, 0, programmes)
        uses = lookup.synopsis_uses
        score_programmes(synopses.found, synopses.score, uses.starts, uses.order, SYNOPSIS, programmes)
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
            np.flatnonzero(found).astype(np.int32),
            whole.programmes,
            np.array([word.programmes for word in words], np.uint8).reshape(len(words), len(found)),
            np.array([word.services for word in words], np.uint8).reshape(len(words), n_services),
            events.starts,
            events.service,
            events.start_s,
            events.stop_s,
            np.where(wanted, np.arange(n_services), -1),
            now_s,
            filters.from_s,
            filters.until_s,
            key,
            event,
        )
        key, event = key[:n], event[:n]
        return event[np.lexsort((event, key))], n

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
            texts, places = (content.synopses, hit.synopses) if field == SYNOPSIS else (content.texts, hit.texts)
            reasons.append(self._reason(texts, int(content.columns[field, programme]), places, FIELDS[field]))
        title = int(content.columns[0, programme])
        return Item(
            "event",
            content.services.ids[service],
            content.texts.text(title) if title >= 0 else "",
            int(events.start_s[event]),
            int(events.stop_s[event]),
            merged(reasons),
        )

    def _reason(self, texts: Texts, n: int, places: Places, field: str) -> Reason:
        first = int(places.begin[n] - texts.starts[n])
        return reason(
            self._alphabet, texts.text(n), field, first, first + int(places.size[n]), int(places.score[n]) // 3
        )


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
