"""What `kernels.text_search` does, slowly and with nothing but Python's own means."""

from collections.abc import Iterator

import numpy as np

from yiwang.kernels.text_search import CHARACTERS, INITIALS, INSIDE, NOT_FOUND, PINYIN, PREFIX, TYPO, WHOLE, WORD_START

Table = list[list[set[int]]]
"""What is reached from each unit at each reading."""


def as_rows(table: Table) -> np.ndarray:
    return np.array([[sum(1 << o for o in cell) for cell in row] for row in table], np.uint64)


def place(text: list[int], begin: int, end: int) -> int:
    before, after = text[begin - 1] if begin else 0, text[end] if end < len(text) else 0
    if before:
        return INSIDE
    return PREFIX if after else WHOLE


def ends(readings: list[int], at: int, table: Table, goal: int) -> Iterator[int]:
    """Give all ends that reach the goal, by trying every way."""
    stack = [(at, 0)]
    while stack:
        i, o = stack.pop()
        if o == goal:
            yield i
        elif i < len(readings):
            stack += [(i + 1, to) for to in table[o][readings[i] & ~WORD_START]]


def find(text: list[int], readings: list[int], query: list[int], full: Table, short: Table) -> int:
    """Return the score of the best place of a query in one text."""
    best = NOT_FOUND
    for at in range(len(text)):
        first = query[0]
        candidates = []
        if text[at : at + len(query)] == query:
            candidates.append((CHARACTERS, at + len(query)))
        elif readings[at] & WORD_START and (text[at] == first or short[0][readings[at] & ~WORD_START]):
            shortest = min(ends(readings, at, short, len(query)), default=None)
            if shortest is not None:
                whole = shortest in ends(readings, at, full, len(query))
                candidates.append((PINYIN if whole else INITIALS, shortest))
        for kind, end in candidates:
            best = min(best, 3 * kind + place(text, at, end))
    return best


def is_mistaken(readings: list[int], at: int, full: Table, near: Table, letters: list[int], errors: int) -> int | None:
    """Return the first end that is reached with at most so many mistakes, by trying every way."""
    goal, found = len(letters), []
    stack = [(at, 0, errors)]
    seen = set()
    while stack:
        state = i, o, left = stack.pop()
        if state in seen:
            continue
        seen.add(state)
        if o == goal:
            found.append(i)
            continue
        if i >= len(readings):
            continue
        reading = readings[i] & ~WORD_START
        stack += [(i + 1, to, left) for to in full[o][reading]]
        if left:
            stack += [(i + 1, to, left - 1) for to in near[o][reading]]
            after = readings[i + 1] & ~WORD_START if i + 1 < len(readings) else 0
            if after and after != reading and o + 1 < goal and (letters[o], letters[o + 1]) == (after, reading):
                stack.append((i + 2, o + 2, left - 1))
    return min(found, default=None)


def find_mistaken(
    text: list[int], readings: list[int], full: Table, near: Table, letters: list[int], errors: int
) -> int:
    best = NOT_FOUND
    for at in range(len(text)):
        if readings[at] & WORD_START:
            end = is_mistaken(readings, at, full, near, letters, errors)
            if end is not None:
                best = min(best, 3 * TYPO + place(text, at, end))
    return best
