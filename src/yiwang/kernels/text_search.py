"""Search in many short texts at once, as viewers type: characters, pinyin, initials, with mistakes.

A text is a run of searchable characters; 0 stands between its parts. Each has a character id and a *reading*, the set of
syllables it may be read as (a Latin letter is read as itself). A query is at most 62 units (letters, characters). What may
happen at a reading is a row of bits: bit ``o2`` of ``table[o, reading]`` says that from unit ``o`` on, the units up to ``o2``
may be what was typed for it. So all ways to split ``xian`` into syllables are followed at once.
"""

import numba
import numpy as np
import numpy.typing as npt

NOT_FOUND = 255
WORD_START = 0x8000
"""In ``readings``: a word may begin here. Every Chinese character is one."""
READING = 0x7FFF
FIRST_DIGIT = 28
"""The reading of ``0``; those of the other digits follow."""
CHARACTERS, PINYIN, INITIALS, TYPO = range(4)
WHOLE, PREFIX, INSIDE = range(3)

U1 = np.uint64(1)
U0 = np.uint64(0)


@numba.njit(nogil=True, cache=True)
def _step(state: np.uint64, table: npt.NDArray[np.uint64], reading: int) -> np.uint64:
    out = U0
    o = 0
    while state != U0:
        if state & U1:
            out |= table[o, reading]
        state >>= U1
        o += 1
    return out


@numba.njit(nogil=True, cache=True)
def _is_digit(reading: int) -> bool:
    return FIRST_DIGIT <= reading & READING <= FIRST_DIGIT + 9


@numba.njit(nogil=True, cache=True)
def find_in_texts(
    starts: npt.NDArray[np.int64],
    characters: npt.NDArray[np.uint16],
    readings: npt.NDArray[np.uint16],
    query: npt.NDArray[np.uint16],
    full: npt.NDArray[np.uint64],
    short: npt.NDArray[np.uint64],
    only_at_part_start: bool,
    score: npt.NDArray[np.uint8],
    begin: npt.NDArray[np.int64],
    size: npt.NDArray[np.int32],
) -> int:
    """Find the best place of a query in each text, without mistakes.

    Parameters
    ----------
    starts : ndarray of shape (N + 1,), int64           where each text begins in the next two
    characters, readings : ndarray of shape (M,), uint16
    query : ndarray of shape (U,), uint16               character ids of the units
    full : ndarray of shape (U, R), uint64              what stands for whole readings; the last unit may be a beginning of one
    short : ndarray of shape (U, R), uint64             the same, and initials of readings
    only_at_part_start : bool                           look only where parts begin
    score : ndarray of shape (N,), uint8                written: 3 * kind + place, NOT_FOUND
    begin, size : ndarray of shape (N,)                 written where found: index in ``characters``, how many

    Returns
    -------
    n_found : int
    """
    n_found = 0
    n_units = len(query)
    goal = U1 << np.uint64(n_units)
    for n in range(len(starts) - 1):
        best = NOT_FOUND
        stop = starts[n + 1]
        for i in range(starts[n], stop):
            reading = readings[i] & READING
            equal = characters[i] == query[0]
            if not equal and short[0, reading] == U0:
                continue
            at_part_start = i == starts[n] or characters[i - 1] == 0
            if only_at_part_start and not at_part_start:
                continue
            kind = -1
            end = i
            if equal and i + n_units <= stop:
                k = 1
                while k < n_units and characters[i + k] == query[k]:
                    k += 1
                if k == n_units:
                    kind = CHARACTERS
                    end = i + n_units
            if kind < 0 and best > 3 * PINYIN and readings[i] & WORD_START:
                whole, part = full[0, reading], short[0, reading]
                j = i + 1
                while part != U0 and not (part & goal) and j < stop:
                    reading = readings[j] & READING
                    whole = _step(whole, full, reading)
                    part = _step(part, short, reading)
                    j += 1
                if whole & goal:
                    kind, end = PINYIN, j
                elif part & goal:
                    kind, end = INITIALS, j
            if kind < 0:
                continue
            place = INSIDE
            if end == stop or characters[end] == 0:
                place = WHOLE if at_part_start else INSIDE
            elif at_part_start and not (_is_digit(readings[end - 1]) and _is_digit(readings[end])):
                place = PREFIX  # a number that goes on is another number: 1 is no beginning of 13
            if 3 * kind + place < best:
                best = 3 * kind + place
                begin[n] = i
                size[n] = end - i
                if best == 0:
                    break
        score[n] = best
        n_found += best != NOT_FOUND
    return n_found


@numba.njit(nogil=True, cache=True)
def find_with_mistakes(
    starts: npt.NDArray[np.int64],
    characters: npt.NDArray[np.uint16],
    readings: npt.NDArray[np.uint16],
    full: npt.NDArray[np.uint64],
    near: npt.NDArray[np.uint64],
    letters: npt.NDArray[np.uint16],
    errors: int,
    score: npt.NDArray[np.uint8],
    begin: npt.NDArray[np.int64],
    size: npt.NDArray[np.int32],
) -> int:
    """Find a query in each text with at most ``errors`` mistakes (1 or 2).

    Parameters
    ----------
    starts, characters, readings, full, score, begin, size    as in `find_in_texts`
    near : ndarray of shape (U, R), uint64              what stands for a reading with one mistake
    letters : ndarray of shape (U,), uint16             the reading of each unit that is a letter or digit, 0: another

    Returns
    -------
    n_found : int
    """
    n_found = 0
    n_units = len(letters)
    goal = U1 << np.uint64(n_units)
    for n in range(len(starts) - 1):
        best = NOT_FOUND
        stop = starts[n + 1]
        for i in range(starts[n], stop):
            if not readings[i] & WORD_START:
                continue
            reading = readings[i] & READING
            if full[0, reading] == U0 and near[0, reading] == U0:
                continue
            s0, s1, s2 = U1, U0, U0
            swapped1, swapped2 = (
                U0,
                U0,
            )  # where to be after the next letter, when that and this one are the wrong way round
            j = i
            while j < stop and not ((s0 | s1 | s2) & goal):
                reading = readings[j] & READING
                n2 = U0
                next_swapped1, next_swapped2 = U0, U0
                if errors > 1:
                    n2 = _step(s2, full, reading) | _step(s1, near, reading) | swapped2
                n1 = _step(s1, full, reading) | _step(s0, near, reading) | swapped1
                if j + 1 < stop:
                    after = readings[j + 1] & READING
                    for o in range(n_units - 1):
                        bit = U1 << np.uint64(o)
                        if (s0 | s1) & bit and letters[o] == after and letters[o + 1] == reading and after != reading:
                            if s0 & bit:
                                next_swapped1 |= bit << np.uint64(2)
                            elif errors > 1:
                                next_swapped2 |= bit << np.uint64(2)
                s0 = _step(s0, full, reading)
                s1, s2 = n1, n2
                swapped1, swapped2 = next_swapped1, next_swapped2
                j += 1
                if (s0 | s1 | s2 | swapped1 | swapped2) == U0:
                    break
            if (s0 | s1 | s2) & goal:
                place = INSIDE
                if i == starts[n] or characters[i - 1] == 0:
                    place = WHOLE if j == stop or characters[j] == 0 else PREFIX
                if 3 * TYPO + place < best:
                    best = 3 * TYPO + place
                    begin[n] = i
                    size[n] = j - i
        score[n] = best
        n_found += best != NOT_FOUND
    return n_found


@numba.njit(nogil=True, cache=True)
def find_characters(
    starts: npt.NDArray[np.int64],
    characters: npt.NDArray[np.uint16],
    query: npt.NDArray[np.uint16],
    score: npt.NDArray[np.uint8],
    begin: npt.NDArray[np.int64],
    size: npt.NDArray[np.int32],
) -> int:
    """Find the first place of a query of two or more characters in each text, as it is written.

    Parameters
    ----------
    starts, characters, query, score, begin, size    as in `find_in_texts`; all of ``score`` is NOT_FOUND before

    Returns
    -------
    n_found : int
    """
    n_found = 0
    n_units = len(query)
    first, second = query[0], query[1]
    n = 0
    for i in range(len(characters) - n_units + 1):
        if characters[i] != first or characters[i + 1] != second:
            continue
        k = 2
        while k < n_units and characters[i + k] == query[k]:
            k += 1
        if k < n_units:
            continue
        low, high = n, len(starts) - 2
        while low < high:  # the text that i is in
            middle = (low + high + 1) // 2
            if starts[middle] <= i:
                low = middle
            else:
                high = middle - 1
        n = low
        if i + n_units <= starts[n + 1] and score[n] == NOT_FOUND:
            score[n] = 3 * CHARACTERS + INSIDE
            begin[n] = i
            size[n] = n_units
            n_found += 1
    return n_found


@numba.njit(nogil=True, cache=True)
def score_programmes(
    columns: npt.NDArray[np.int32],
    text_scores: npt.NDArray[np.uint8],
    synopsis_scores: npt.NDArray[np.uint8],
    score: npt.NDArray[np.uint8],
) -> int:
    """Give each programme the best score that a query has in its texts.

    Parameters
    ----------
    columns : ndarray of shape (4, P), int32            index of each programme's title, sub-title, persons, synopsis; -1: none
    text_scores : ndarray of shape (N,), uint8          of the first three, as `find_in_texts` gives them
    synopsis_scores : ndarray of shape (M,), uint8
    score : ndarray of shape (P,), uint8                written: 4 * score + column, NOT_FOUND

    Returns
    -------
    n_found : int
    """
    n_found = 0
    for p in range(columns.shape[1]):
        best = NOT_FOUND
        for c in range(4):
            text = columns[c, p]
            if text >= 0:
                found = synopsis_scores[text] if c == 3 else text_scores[text]
                if found != NOT_FOUND:
                    best = min(best, 4 * np.int64(found) + c)
        score[p] = best
        n_found += best != NOT_FOUND
    return n_found


@numba.njit(nogil=True, cache=True)
def rank_events(
    programmes: npt.NDArray[np.int32],
    whole_scores: npt.NDArray[np.uint8],
    programme_scores: npt.NDArray[np.uint8],
    service_scores: npt.NDArray[np.uint8],
    event_starts: npt.NDArray[np.int64],
    service: npt.NDArray[np.int32],
    start_s: npt.NDArray[np.uint32],
    stop_s: npt.NDArray[np.uint32],
    service_rank: npt.NDArray[np.int64],
    now_s: int,
    from_s: int,
    until_s: int,
    key: npt.NDArray[np.int64],
    event: npt.NDArray[np.int32],
) -> int:
    """Give each event of these programmes that every word of a query is found in its place in the answer.

    Parameters
    ----------
    programmes : ndarray of shape (K,), int32           those that a word was found in
    whole_scores : ndarray of shape (P,), uint8         of the query as one in each programme: less is better, NOT_FOUND
    programme_scores : ndarray of shape (W, P), uint8   of each of its words, W is 0 where it is one word
    service_scores : ndarray of shape (W, S), uint8     of each of its words in each service's names
    event_starts : ndarray of shape (P + 1,), int64     where each programme's events begin in the next three
    service, start_s, stop_s : ndarray of shape (E,)
    service_rank : ndarray of shape (S,), int64         21 bits; -1: not wanted
    now_s, from_s, until_s : int                        events that overlap [from_s, until_s)
    key, event : ndarray                                written: what to sort by, the index of the event

    Returns
    -------
    n : int                                             how many were written

    Notes
    -----
    The key is, from high to low: score, 1 bit: it is over, 32 bits: seconds until it begins (0: it is on) or since it
    ended, service's rank.
    """
    n = 0
    n_words = programme_scores.shape[0]
    for programme in programmes:
        for e in range(event_starts[programme], event_starts[programme + 1]):
            rank = service_rank[service[e]]
            start, stop = np.int64(start_s[e]), np.int64(stop_s[e])
            if rank < 0 or stop <= from_s or start >= until_s:
                continue
            total = 0 if n_words else NOT_FOUND
            for w in range(n_words):
                one = min(programme_scores[w, programme], service_scores[w, service[e]])
                total = max(total, one)
            total = min(total, whole_scores[programme])
            if total == NOT_FOUND:
                continue
            is_over = np.int64(stop <= now_s)
            distance = np.int64(0)
            if is_over:
                distance = np.int64(now_s - stop)
            elif start > now_s:
                distance = np.int64(start - now_s)
            if distance > 0xFFFFFFFF:
                distance = np.int64(0xFFFFFFFF)
            key[n] = (((np.int64(total) << 1) | is_over) << 53) | (distance << 21) | rank
            event[n] = e
            n += 1
    return n


@numba.njit(nogil=True, cache=True)
def sort_by_group(group: npt.NDArray[np.int32], starts: npt.NDArray[np.int64], order: npt.NDArray[np.int32]) -> None:
    """Sort by counting, keeping the order within a group.

    Parameters
    ----------
    group : ndarray of shape (E,), int32        0 to P - 1
    starts : ndarray of shape (P + 1,), int64   written: where each group begins in ``order``
    order : ndarray of shape (E,), int32        written: indices of ``group``
    """
    starts[:] = 0
    for g in group:
        starts[g + 1] += 1
    for p in range(1, len(starts)):
        starts[p] += starts[p - 1]
    for e in range(len(group)):
        order[starts[group[e]]] = e
        starts[group[e]] += 1
    for p in range(len(starts) - 1, 0, -1):
        starts[p] = starts[p - 1]
    starts[0] = 0
