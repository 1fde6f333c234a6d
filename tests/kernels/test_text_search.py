"""The kernels find what the slow twins find, in made-up texts of few characters, where much coincides."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels import slow_text_search as slow
from yiwang.kernels import text_search as fast
from yiwang.kernels.text_search import NOT_FOUND, READING, WORD_START

READINGS = 6  # 0: separator; below the digits
TEXT = st.lists(st.tuples(st.integers(1, 4), st.integers(1, READINGS - 1), st.booleans()), max_size=8)
TEXTS = st.lists(TEXT, min_size=1, max_size=5)
QUERY = st.lists(st.integers(1, 4), min_size=1, max_size=5)


def arena(texts: list[list[tuple[int, int, bool]]]):
    characters, readings, starts = [0], [0], [1]
    for text in texts:
        characters += [c for c, _, _ in text] + [0]
        readings += [r | (WORD_START if s else 0) for _, r, s in text] + [0]
        starts.append(len(characters))
    of = np.array(readings, np.uint16)
    return np.array(starts, np.int64), np.array(characters, np.uint16), of


def places(characters, readings):
    starts, order = grouped(readings & READING, READINGS)
    follows = np.empty(len(order), np.uint16)
    fast.what_follows(characters, readings, order, follows)
    return starts, order, follows


def grouped(group, n: int):
    starts, order = np.empty(n + 1, np.int64), np.empty(len(group), np.int32)
    fast.sort_by_group(group.astype(np.int32), starts, order)
    return starts, order


def tables(data: st.DataObject, units: int, least: int = 1) -> slow.Table:
    """What may be reached from each unit; from none to all, but on only."""
    return [
        [set() if not r else data.draw(st.sets(st.integers(o + least, units), max_size=2)) for r in range(READINGS)]
        for o in range(units)
    ]


def leads_on(table: slow.Table):
    return np.array([sum(1 << o for o, row in enumerate(table) if row[r]) for r in range(READINGS)], np.uint64)


def results(n: int):
    return np.full(n, NOT_FOUND, np.uint8), np.zeros(n, np.int64), np.zeros(n, np.int32)


@given(TEXTS, QUERY, st.data())
@settings(max_examples=300)
def test_find_in_texts(texts, query: list[int], data: st.DataObject):
    full = tables(data, len(query))
    short = [[a | b for a, b in zip(*rows, strict=True)] for rows in zip(full, tables(data, len(query)), strict=True)]
    score, begin, size = results(len(texts))
    reading = data.draw(st.lists(st.integers(1, READINGS - 1), min_size=5, max_size=5))  # of each character, one
    texts = [[(c, reading[c], s) for c, _, s in text] for text in texts]
    starts, characters, readings_of = arena(texts)
    units = np.array(query, np.uint16), np.array([reading[c] for c in query], np.uint16)
    rows = slow.as_rows(full), leads_on(full), slow.as_rows(short), leads_on(short)
    every = np.arange(READINGS)
    arguments = starts, characters, readings_of, *places(characters, readings_of), every, *units, *rows, False
    fast.find_in_texts(*arguments, score, begin, size)
    expected = []
    for text in texts:
        readings = [r | (WORD_START if s else 0) for _, r, s in text]
        expected.append(slow.find([c for c, _, _ in text], readings, query, full, short))
    assert score.tolist() == expected
    without, none = np.full(len(texts), NOT_FOUND, np.uint8), np.empty(0, np.int64)
    fast.find_in_texts(*arguments, without, none, none.astype(np.int32))
    assert without.tolist() == expected


@given(TEXTS, QUERY, st.integers(1, 2), st.data())
@settings(max_examples=300)
def test_find_with_mistakes(texts, query: list[int], errors: int, data: st.DataObject):
    full, near = tables(data, len(query)), tables(data, len(query), least=0)
    letters = data.draw(st.lists(st.integers(0, READINGS - 1), min_size=len(query), max_size=len(query)))
    score, begin, size = results(len(texts))
    starts, written, read = arena(texts)
    fast.find_with_mistakes(
        starts,
        read,
        *places(written, read),
        np.arange(READINGS),
        np.array(letters, np.uint16),
        slow.as_rows(full),
        leads_on(full),
        slow.as_rows(near),
        leads_on(near),
        errors,
        score,
        begin,
        size,
    )
    for n, text in enumerate(texts):
        readings = [r | (WORD_START if s else 0) for _, r, s in text]
        characters = [c for c, _, _ in text]
        assert score[n] == slow.find_mistaken(characters, readings, full, near, letters, errors)


@given(TEXTS, QUERY, st.data())
@settings(max_examples=200)
def test_find_characters_also_in_what_is_not_sorted(texts, query: list[int], data: st.DataObject):
    starts, characters, _ = arena(texts)
    n_sorted = data.draw(st.integers(0, len(characters)))
    score, begin, size = results(len(texts))
    positions = grouped(characters[:n_sorted], 5)
    fast.find_characters(starts, characters, *positions, np.array(query, np.uint16), score, begin, size)
    for n, text in enumerate(texts):
        written = [c for c, _, _ in text]
        at = next((i for i in range(len(written)) if written[i : i + len(query)] == query), None)
        assert (score[n] != NOT_FOUND) == (at is not None)
        if at is not None:
            assert (begin[n] - starts[n], size[n]) == (at, len(query))


@given(st.lists(st.integers(0, 3), max_size=30))
def test_sort_by_group(groups: list[int]):
    starts, order = grouped(np.array(groups, np.int32), 4)
    assert order.tolist() == sorted(range(len(groups)), key=lambda n: groups[n])
    assert starts.tolist() == [sum(g < n for g in groups) for n in range(5)]


EVENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 50), st.integers(1, 20)), max_size=30)


@given(EVENTS, st.integers(0, 12), st.data())
@settings(max_examples=200)
def test_rank_events_keeps_the_first(events, kept: int, data: st.DataObject):
    score = st.sampled_from([0, 5, 9, NOT_FOUND])
    n_words = data.draw(st.integers(0, 2))
    whole = np.array(data.draw(st.lists(score, min_size=4, max_size=4)), np.uint8)
    words = np.array(
        data.draw(st.lists(st.lists(score, min_size=4, max_size=4), min_size=n_words, max_size=n_words)), np.uint8
    )
    services = np.array(
        data.draw(st.lists(st.lists(score, min_size=3, max_size=3), min_size=n_words, max_size=n_words)), np.uint8
    )
    words, services = words.reshape(n_words, 4), services.reshape(n_words, 3)
    rank, now_s, from_s, until_s = np.array([2, -1, 0], np.int32), 25, 5, 45
    if data.draw(st.booleans()):  # all are wanted
        rank, from_s, until_s = np.array([2, 1, 0], np.int32), 0, 0xFFFFFFFF
    looked_at = np.array(data.draw(st.lists(st.booleans(), min_size=4, max_size=4)))
    events = sorted(events, key=lambda e: e[0])
    starts, _ = grouped(np.array([e[0] for e in events], np.int32), 4)
    columns = [np.array(c, np.int64) for c in zip(*events, strict=True)] or [np.empty(0, np.int64)] * 4
    key, event = np.empty(kept, np.int64), np.empty(kept, np.int32)
    n = fast.rank_events(
        looked_at,
        whole,
        words,
        services,
        starts,
        columns[1].astype(np.int32),
        columns[2].astype(np.uint32),
        (columns[2] + columns[3]).astype(np.uint32),
        rank,
        now_s,
        from_s,
        until_s,
        key,
        event,
    )
    expected = []
    for programme, service, start, length in events:
        of_words = max(
            (min(int(w[programme]), int(s[service])) for w, s in zip(words, services, strict=True)), default=255
        )
        total = min(int(whole[programme]), of_words)
        stop = start + length
        if looked_at[programme] and total != NOT_FOUND and rank[service] >= 0 and stop > from_s and start < until_s:
            over = stop <= now_s
            expected.append((total, over, now_s - stop if over else max(0, start - now_s), int(rank[service])))
    assert n == len(expected)
    found = [(k >> 54, bool(k >> 53 & 1), k >> 21 & 0xFFFFFFFF, k & 0x1FFFFF) for k in sorted(key.tolist())[:n]]
    assert found == sorted(expected)[:kept]
    assert (key == fast.NO_KEY).sum() == max(0, kept - n)
