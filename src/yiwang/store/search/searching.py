"""One way to understand a query, looked for in the content: scores of texts, of programmes and services, of events; a page."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yiwang.kernels.text_search import (
    CHARACTERS,
    INITIALS,
    NOT_FOUND,
    PINYIN,
    TYPO,
    find_characters,
    find_in_texts,
    find_with_mistakes,
    rank_events,
    score_programmes,
)
from yiwang.store.search.alphabet import Alphabet
from yiwang.store.search.content import SYNOPSIS, Content
from yiwang.store.search.query import Word
from yiwang.store.search.records import Filters, Found, Item, Reason
from yiwang.store.search.texts import Texts

Scores = npt.NDArray[np.uint8]
FIELDS = ("title", "sub_title", "persons", "synopsis")
BY = {CHARACTERS: "characters", PINYIN: "pinyin", INITIALS: "initials", TYPO: "typo"}
NOWHERE = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The query as one word; its words, where it has several: all are to be found; how many mistakes each may have."""

    whole: Word
    words: list[Word]
    errors: int


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a word is in texts: scores (3 * kind + place), and where there is one, its begin and size in the characters."""

    score: Scores
    begin: npt.NDArray[np.int64]
    size: npt.NDArray[np.int32]

    @classmethod
    def none(cls, n: int) -> "_Places":
        return cls(np.full(n, NOT_FOUND, np.uint8), np.empty(n, np.int64), np.empty(n, np.int32))


@dataclass(frozen=True, slots=True)
class _Hits:
    """Where a word is: in texts and synopses, so in programmes and services (4 * score + field)."""

    texts: _Places
    synopses: _Places
    programmes: Scores
    services: Scores


def answer(
    content: Content, alphabet: Alphabet, attempt: Attempt, now_s: int, limit: int, offset: int, filters: Filters
) -> Found:
    """Return a page of what an attempt finds."""
    whole = _find(content, attempt.whole, attempt.errors)
    words = [_find(content, word, attempt.errors) for word in attempt.words]
    wanted = _wanted_services(content, filters)
    services = _ranked_services(whole, words, wanted) if "service" in filters.kinds else np.empty(0, np.intp)
    events = np.empty(0, np.int32)
    total = len(services)
    if "event" in filters.kinds:
        events, n = _ranked_events(content, whole, words, wanted, now_s, filters, offset + limit - total)
        total += n
    items = [_service_item(content, alphabet, int(n), whole, words) for n in services[offset : offset + limit].tolist()]
    first = max(0, offset - len(services))
    for n in events[first : first + limit - len(items)].tolist():
        items.append(_event_item(content, alphabet, n, whole, words))
    return Found(tuple(items), total)


def _find(content: Content, word: Word, errors: int) -> _Hits:
    texts, n = _find_in_texts(content.texts, word), 0
    synopses = _Places.none(len(content.synopses))
    if word.in_synopses:
        n += find_characters(
            content.synopses.starts,
            content.synopses.characters,
            word.ids,
            synopses.score,
            synopses.begin,
            synopses.size,
        )
    if errors and word.may_be_mistaken and not n and bool((texts.score == NOT_FOUND).all()):
        t = content.texts
        find_with_mistakes(
            t.starts,
            t.characters,
            t.readings,
            word.full,
            word.near,
            word.letters,
            errors,
            texts.score,
            texts.begin,
            texts.size,
        )
    programmes = np.empty(content.columns.shape[1], np.uint8)
    score_programmes(content.columns, texts.score, synopses.score, programmes)
    of_text = np.append(np.where(texts.score == NOT_FOUND, NOT_FOUND, texts.score * 4).astype(np.uint8), NOT_FOUND)
    return _Hits(texts, synopses, programmes, of_text[content.services.names])


def _find_in_texts(texts: Texts, word: Word) -> _Places:
    places = _Places.none(len(texts))
    find_in_texts(
        texts.starts,
        texts.characters,
        texts.readings,
        word.ids,
        word.full,
        word.short,
        word.only_at_part_start,
        places.score,
        places.begin,
        places.size,
    )
    return places


def _wanted_services(content: Content, filters: Filters) -> npt.NDArray[np.bool_]:
    regions = content.services.regions
    if not filters.regions:
        return np.ones(len(regions), np.bool_)
    return np.array([not own or not own.isdisjoint(filters.regions) for own in regions], np.bool_)


def _ranked_services(whole: _Hits, words: list[_Hits], wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    score = whole.services
    if words:
        score = np.minimum(score, np.max([word.services for word in words], axis=0))
    found = np.flatnonzero((score != NOT_FOUND) & wanted)
    return found[np.argsort(score[found], kind="stable")]


def _ranked_events(
    content: Content,
    whole: _Hits,
    words: list[_Hits],
    wanted: npt.NDArray[np.bool_],
    now_s: int,
    filters: Filters,
    first: int,
) -> tuple[npt.NDArray[np.int32], int]:
    """Return the ``first`` events in their order, and how many there are."""
    found = whole.programmes != NOT_FOUND
    for word in words:
        found |= word.programmes != NOT_FOUND
    if filters.genres:
        found &= _of_genres(content.genres, filters.genres)[content.genre]
    programmes = np.flatnonzero(found).astype(np.int32)
    events = content.events
    most = int((events.starts[programmes + 1] - events.starts[programmes]).sum())
    key, event = np.empty(most, np.int64), np.empty(most, np.int32)
    n_services = len(content.services.ids)
    n = rank_events(
        programmes,
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
    if first <= 0:
        return event[:0], n
    if first < n:
        best = np.argpartition(key, first - 1)[:first]
        key, event = key[best], event[best]
    return event[np.lexsort((event, key))], n


def _of_genres(genres: tuple[str, ...], wanted: frozenset[str]) -> npt.NDArray[np.bool_]:
    within = tuple(f"{genre}." for genre in wanted)
    return np.array([genre in wanted or genre.startswith(within) for genre in genres], np.bool_)


def _service_item(content: Content, alphabet: Alphabet, n: int, whole: _Hits, words: list[_Hits]) -> Item:
    names = int(content.services.names[n])
    hits = _which(whole, words, int(whole.services[n]), [int(word.services[n]) for word in words])
    reasons = [_reason(content.texts, alphabet, names, hit.texts, "service") for hit in hits]
    title = content.texts.text(names).partition("\n")[0]
    return Item("service", content.services.ids[n], title, None, None, _merged(reasons))


def _event_item(content: Content, alphabet: Alphabet, event: int, whole: _Hits, words: list[_Hits]) -> Item:
    events = content.events
    programme = int(np.searchsorted(events.starts, event, side="right")) - 1
    service = int(events.service[event])
    best = [min(int(word.programmes[programme]), int(word.services[service])) for word in words]
    reasons = []
    for hit in _which(whole, words, int(whole.programmes[programme]), best):
        score = int(hit.programmes[programme])
        if hit is not whole and hit.services[service] < score:
            reasons.append(_reason(content.texts, alphabet, int(content.services.names[service]), hit.texts, "service"))
            continue
        field = score % 4
        texts, places = (content.synopses, hit.synopses) if field == SYNOPSIS else (content.texts, hit.texts)
        reasons.append(_reason(texts, alphabet, int(content.columns[field, programme]), places, FIELDS[field]))
    title = int(content.columns[0, programme])
    return Item(
        "event",
        content.services.ids[service],
        content.texts.text(title) if title >= 0 else "",
        int(events.start_s[event]),
        int(events.stop_s[event]),
        _merged(reasons),
    )


def _which(whole: _Hits, words: list[_Hits], score: int, scores: list[int]) -> list[_Hits]:
    """Return what decided: the query as one word, or its words."""
    return words if words and max(scores) < score else [whole]


def _reason(texts: Texts, alphabet: Alphabet, n: int, places: _Places, field: str) -> Reason:
    text = texts.text(n)
    at = alphabet.places(text)
    first = int(places.begin[n] - texts.starts[n])
    begin, end = int(at[first]), int(at[first + int(places.size[n]) - 1]) + 1
    part_begin = text.rfind("\n", 0, begin) + 1
    part = text[part_begin:].partition("\n")[0]
    by = BY[int(places.score[n]) // 3]
    return Reason(field, part, ((begin - part_begin, end - part_begin),), by)


def _merged(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Return the reasons, those of one text as one: its ``by`` is the least certain."""
    order = list(BY.values())
    merged: dict[tuple[str, str], Reason] = {}
    for reason in reasons:
        key = (reason.field, reason.text)
        if key in merged:
            other = merged[key]
            spans = tuple(sorted({*other.spans, *reason.spans}))
            reason = Reason(*key, spans, max(other.by, reason.by, key=order.index))
        merged[key] = reason
    return tuple(merged.values())
