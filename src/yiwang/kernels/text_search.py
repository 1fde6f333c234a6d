"""Search in many short texts at once, as viewers type: characters, pinyin, initials, with mistakes.

The texts lie end to end in one array of character ids, a 0 before the first and after each part of each. Each character has a
*reading*, the set of syllables it may be read as (a Latin letter is read as itself). A query is at most 62 units (letters,
characters). What may happen at a reading is a row of bits: bit ``o2`` of ``table[o, reading]`` says that from unit ``o``
on, the units up to ``o2`` may be what was typed for it. So all ways to split ``xian`` into syllables are followed at once.
"""

import numpy as np
import numpy.typing as npt

from yiwang.kernels.compiled import kernel

NOT_FOUND = 255
WORD_START = 0x8000
"""In ``readings``: a word may begin here. Every Chinese character is one."""
READING = 0x7FFF
PART_START = 0x4000
"""In what follows a position: a part of a text begins at it."""
NEXT_READING = 0x3FFF
FIRST_DIGIT = 28
"""The reading of ``0``; those of the other digits follow."""
NO_KEY = 0x7FFF_FFFF_FFFF_FFFF
"""Of no event: it is larger than any."""
CHARACTERS, PINYIN, INITIALS, TYPO = range(4)
WHOLE, PREFIX, INSIDE = range(3)

U1 = np.uint64(1)
U0 = np.uint64(0)
_PRIME = np.uint64(67)
_BIT = np.array([next((k for k in range(64) if (1 << k) % 67 == rest), 0) for rest in range(67)], np.int64)
"""Which bit a power of two is, by its remainder: 2 is a primitive root of 67, so each has its own."""


@kernel(inline="always")
def _step(state: np.uint64, table: npt.NDArray[np.uint64], reading: int) -> np.uint64:
    out = U0
    while state != U0:
        lowest = state & (~state + U1)
        out |= table[_BIT[lowest % _PRIME], reading]
        state ^= lowest
    return out


@kernel
def what_follows(
    characters: npt.NDArray[np.uint16],
    readings: npt.NDArray[np.uint16],
    positions: npt.NDArray[np.int32],
    follows: npt.NDArray[np.uint16],
) -> None:
    """Write for each position the reading after it, and whether a word (WORD_START), a part (PART_START) begins at it.

    Parameters
    ----------
    characters, readings : ndarray of shape (M,), uint16
    positions : ndarray of shape (M,), int32            indices of them
    follows : ndarray of shape (M,), uint16             written
    """
    for p in range(len(positions)):
        i = np.int64(positions[p])
        of_this = np.int64(readings[i]) & WORD_START
        if i + 1 < len(readings):
            of_this |= readings[i + 1] & NEXT_READING
        if i > 0 and characters[i - 1] == 0:
            of_this |= PART_START
        follows[p] = of_this


@kernel(inline="always")
def _place(is_part_start: bool, readings: npt.NDArray[np.uint16], end: int) -> int:
    if not is_part_start:
        return INSIDE
    before, after = readings[end - 1] & READING, readings[end] & READING
    if after == 0:
        return WHOLE
    if FIRST_DIGIT <= before < FIRST_DIGIT + 10 and FIRST_DIGIT <= after < FIRST_DIGIT + 10:
        return INSIDE  # a number that goes on is another number: 1 is no beginning of 13
    return PREFIX


@kernel(inline="always")
def _text_at(starts: npt.NDArray[np.int64], at: int, low: int) -> int:
    """Return the text that ``at`` is in, which is ``low`` or a later one, and most often a near one."""
    step = 1
    while low + step < len(starts) - 1 and starts[low + step] <= at:
        low += step
        step *= 2
    high = min(low + step, len(starts) - 1)
    while high - low > 1:
        middle = (low + high) // 2
        if starts[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@kernel
def find_in_texts(
    starts: npt.NDArray[np.int64],
    characters: npt.NDArray[np.uint16],
    readings: npt.NDArray[np.uint16],
    position_starts: npt.NDArray[np.int64],
    positions: npt.NDArray[np.int32],
    follows: npt.NDArray[np.uint16],
    first_readings: npt.NDArray[np.int64],
    query: npt.NDArray[np.uint16],
    query_readings: npt.NDArray[np.uint16],
    full: npt.NDArray[np.uint64],
    full_on: npt.NDArray[np.uint64],
    short: npt.NDArray[np.uint64],
    short_on: npt.NDArray[np.uint64],
    only_at_part_start: bool,
    score: npt.NDArray[np.uint8],
    begin: npt.NDArray[np.int64],
    size: npt.NDArray[np.int32],
) -> None:
    """Find the best place of a query in each text, without mistakes.

    Parameters
    ----------
    starts : ndarray of shape (N + 1,), int64           where each text begins in the next two
    characters, readings : ndarray of shape (M,), uint16
    position_starts : ndarray of shape (R + 1,), int64  where the positions of each reading begin
    positions : ndarray of shape (M,), int32            indices of ``characters``, sorted by reading
    follows : ndarray of shape (M,), uint16             what follows each (`what_follows`): most end there
    first_readings : ndarray, int64                     readings that the query may begin with
    query, query_readings : ndarray of shape (U,), uint16       character ids and readings of the units
    full : ndarray of shape (U, R), uint64              what stands for whole readings; the last unit may be a beginning of one
    short : ndarray of shape (U, R), uint64             the same, and initials of readings
    full_on, short_on : ndarray of shape (R,), uint64   the units from which each reading leads anywhere
    only_at_part_start : bool                           look only where parts begin
    score : ndarray of shape (N,), uint8                NOT_FOUND before; written where found: 3 * kind + place
    begin, size : ndarray of shape (N,)                 written where found: index in ``characters``, how many; or both of
                                                        shape (0,): not asked for
    """
    n_units, with_place = len(query), len(begin) > 0
    goal = U1 << np.uint64(n_units)
    for first in first_readings:
        text = 0
        whole_after, part_after = full[0, first], short[0, first]
        may_be_written = query_readings[0] == first
        for p in range(position_starts[first], position_starts[first + 1]):
            follow = np.int64(follows[p])
            is_part_start = follow & PART_START != 0
            if only_at_part_start and not is_part_start:
                continue
            following = follow & NEXT_READING
            is_read = follow & WORD_START != 0 and (part_after & (goal | short_on[following])) != U0
            is_written = may_be_written and (n_units == 1 or following == query_readings[1])
            if not is_read and not is_written:
                continue
            i = np.int64(positions[p])
            kind = -1
            end = i
            if is_written:
                while end - i < n_units and characters[end] == query[end - i]:
                    end += 1
            if is_written and end - i == n_units:
                kind = CHARACTERS
            elif is_read:
                whole, part = whole_after, part_after
                end = i + 1
                while part != U0 and not (part & goal):
                    reading = readings[end] & READING
                    whole = _step(whole & full_on[reading], full, reading)
                    part = _step(part & short_on[reading], short, reading)
                    end += 1
                if whole & goal:
                    kind = PINYIN
                elif part & goal:
                    kind = INITIALS
            if kind >= 0:
                of_this = 3 * kind + _place(is_part_start, readings, end)
                text = _text_at(starts, i, text)
                if of_this < score[text] or (with_place and of_this == score[text] and i < begin[text]):
                    score[text] = of_this
                    if with_place:
                        begin[text], size[text] = i, end - i


@kernel
def find_with_mistakes(
    starts: npt.NDArray[np.int64],
    readings: npt.NDArray[np.uint16],
    position_starts: npt.NDArray[np.int64],
    positions: npt.NDArray[np.int32],
    follows: npt.NDArray[np.uint16],
    first_readings: npt.NDArray[np.int64],
    letters: npt.NDArray[np.uint16],
    full: npt.NDArray[np.uint64],
    full_on: npt.NDArray[np.uint64],
    near: npt.NDArray[np.uint64],
    near_on: npt.NDArray[np.uint64],
    errors: int,
    score: npt.NDArray[np.uint8],
    begin: npt.NDArray[np.int64],
    size: npt.NDArray[np.int32],
) -> None:
    """Find a query in each text with at most ``errors`` mistakes (1 or 2).

    Parameters
    ----------
    starts, … first_readings, full, full_on, score, begin, size     as in `find_in_texts`
    letters : ndarray of shape (U,), uint16             the reading of each unit that is a letter, 0: another
    near : ndarray of shape (U, R), uint64              what stands for a reading with one mistake
    near_on : ndarray of shape (R,), uint64             the units from which each leads anywhere
    """
    n_units, with_place = len(letters), len(begin) > 0
    goal = U1 << np.uint64(n_units)
    is_letter = np.zeros(full.shape[1], np.uint64)  # of each reading: which units are it
    for o in range(n_units):
        if letters[o] != 0:
            is_letter[letters[o]] |= U1 << np.uint64(o)
    for first in first_readings:
        text = 0
        s0_after, s1_after = full[0, first], near[0, first]
        for p in range(position_starts[first], position_starts[first + 1]):
            follow = np.int64(follows[p])
            if not follow & WORD_START:
                continue
            following = follow & NEXT_READING
            exchanged = U0  # where to be after the next letter, when that and this one are the wrong way round
            if following != 0 and following != first:
                exchanged = (U1 & is_letter[following] & (is_letter[first] >> U1)) << np.uint64(2)
            states = s0_after | s1_after
            leads_on = full_on[following] | near_on[following]
            if ((states & (goal | leads_on)) | exchanged) == U0:
                continue
            i = np.int64(positions[p])
            s0, s1, s2 = s0_after, s1_after, U0
            swapped1, swapped2 = exchanged, U0
            end = i + 1
            while (s0 | s1 | s2 | swapped1 | swapped2) != U0 and not ((s0 | s1 | s2) & goal):
                reading = readings[end] & READING
                after = readings[end + 1] & READING if reading != 0 else 0
                on, near_by = full_on[reading], near_on[reading]
                n1 = _step(s1 & on, full, reading) | _step(s0 & near_by, near, reading) | swapped1
                n2 = U0
                if errors > 1:
                    n2 = _step(s2 & on, full, reading) | _step(s1 & near_by, near, reading) | swapped2
                swapped1, swapped2 = U0, U0
                if after != 0 and after != reading:
                    exchanged = is_letter[after] & (is_letter[reading] >> U1)
                    swapped1 = (s0 & exchanged) << np.uint64(2)
                    if errors > 1:
                        swapped2 = (s1 & exchanged) << np.uint64(2)
                s0 = _step(s0 & on, full, reading)
                s1, s2 = n1, n2
                end += 1
            if (s0 | s1 | s2) & goal:
                of_this = 3 * TYPO + _place(follow & PART_START != 0, readings, end)
                text = _text_at(starts, i, text)
                if of_this < score[text] or (with_place and of_this == score[text] and i < begin[text]):
                    score[text] = of_this
                    if with_place:
                        begin[text], size[text] = i, end - i


@kernel
def find_characters(
    starts: npt.NDArray[np.int64],
    characters: npt.NDArray[np.uint16],
    position_starts: npt.NDArray[np.int64],
    positions: npt.NDArray[np.int32],
    query: npt.NDArray[np.uint16],
    score: npt.NDArray[np.uint8],
    begin: npt.NDArray[np.int64],
    size: npt.NDArray[np.int32],
) -> None:
    """Find the first place of a query in each text, as it is written.

    Parameters
    ----------
    starts, characters, query, score, begin, size           as in `find_in_texts`; the score is INSIDE everywhere
    position_starts : ndarray of shape (C + 1,), int64  where the positions of each character id begin
    positions : ndarray of shape (K,), int32            indices of the first K ``characters``, sorted by character
    """
    n_units, with_place = len(query), len(begin) > 0
    n_sorted = len(positions)
    rarest, fewest = 0, n_sorted
    for o in range(n_units):
        count = 0
        if query[o] + 1 < len(position_starts):
            count = position_starts[query[o] + 1] - position_starts[query[o]]
        if count <= fewest:
            rarest, fewest = o, count
    first = position_starts[query[rarest]] if fewest else 0
    text = 0
    for p in range(fewest + len(characters) - n_sorted):
        # First those that are sorted, then the rest one by one.
        i = (int(positions[first + p]) if p < fewest else n_sorted + p - fewest) - rarest
        end = i
        while 0 <= end < len(characters) and end - i < n_units and characters[end] == query[end - i]:
            end += 1
        if end - i == n_units:
            text = _text_at(starts, i, text)
            of_this = 3 * CHARACTERS + INSIDE
            if of_this < score[text] or (with_place and of_this == score[text] and i < begin[text]):
                score[text] = of_this
                if with_place:
                    begin[text], size[text] = i, end - i


@kernel
def score_programmes(
    score: npt.NDArray[np.uint8],
    use_starts: npt.NDArray[np.int64],
    uses: npt.NDArray[np.int32],
    first_field: int,
    programme_score: npt.NDArray[np.uint8],
) -> None:
    """Give the programmes that have one of the texts that are found the best score of their texts.

    Parameters
    ----------
    score : ndarray of shape (N,), uint8            of each text; NOT_FOUND
    use_starts : ndarray of shape (N + 2,), int64   where each text's uses begin
    uses : ndarray, int32                           ``field * P + programme``, sorted by text
    first_field : int                               what field 0 is
    programme_score : ndarray of shape (P,), uint8  written where it becomes less: 4 * score + field
    """
    n_programmes = len(programme_score)
    for text in range(len(score)):
        if score[text] == NOT_FOUND:
            continue
        of_title = 4 * np.int64(score[text]) + first_field
        for u in range(use_starts[text], use_starts[text + 1]):
            of_this, programme = of_title, np.int64(uses[u])
            while programme >= n_programmes:  # a division takes longer: there are few fields
                programme -= n_programmes
                of_this += 1
            if of_this < programme_score[programme]:
                programme_score[programme] = of_this


@kernel
def rank_events(
    wanted: npt.NDArray[np.bool_],
    whole_scores: npt.NDArray[np.uint8],
    programme_scores: npt.NDArray[np.uint8],
    service_scores: npt.NDArray[np.uint8],
    event_starts: npt.NDArray[np.int64],
    service: npt.NDArray[np.int32],
    start_s: npt.NDArray[np.uint32],
    stop_s: npt.NDArray[np.uint32],
    service_rank: npt.NDArray[np.int32],
    now_s: int,
    from_s: int,
    until_s: int,
    key: npt.NDArray[np.int64],
    event: npt.NDArray[np.int32],
) -> int:
    """Find the first events of an answer: those that the query, or each of its words, is found in.

    Parameters
    ----------
    wanted : ndarray of shape (P,), bool                programmes that are looked at
    whole_scores : ndarray of shape (P,), uint8         of the query as one in each programme: less is better, NOT_FOUND
    programme_scores : ndarray of shape (W, P), uint8   of each of its words, W is 0 where it is one word
    service_scores : ndarray of shape (W, S), uint8     of each of its words in each service's names
    event_starts : ndarray of shape (P + 1,), int64     where each programme's events begin in the next three
    service, start_s, stop_s : ndarray of shape (E,)
    service_rank : ndarray of shape (S,), int32         21 bits; -1: not wanted
    now_s, from_s, until_s : int                        events that overlap [from_s, until_s)
    key, event : ndarray of shape (K,)                  written, in no order: of the K events with the least keys; NO_KEY where
                                                        there are fewer

    Returns
    -------
    n : int                                             how many events there are

    Notes
    -----
    The key is, from high to low: score, 1 bit: it is over, 32 bits: seconds until it begins (0: it is on) or since it
    ended, service's rank.
    """
    n = 0
    n_words = programme_scores.shape[0]
    every_event = from_s <= 0 and until_s > 0xFFFFFFFE and (len(service_rank) == 0 or service_rank.min() >= 0)
    is_named = np.zeros(len(service_rank), np.bool_)  # by any word: what a programme has decides for the others
    for w in range(n_words):
        for s in range(len(service_rank)):
            is_named[s] |= service_scores[w, s] != NOT_FOUND
    n_kept = len(key)
    key[:] = NO_KEY  # it is a heap, the largest first
    least_left_out = NO_KEY if n_kept else 0
    for programme in range(len(wanted)):
        if not wanted[programme]:
            continue
        whole = np.int64(whole_scores[programme])
        of_programme = np.int64(0) if n_words else np.int64(NOT_FOUND)
        for w in range(n_words):
            of_programme = max(of_programme, np.int64(programme_scores[w, programme]))
        of_programme = min(of_programme, whole)
        if of_programme == NOT_FOUND and n_words == 0:
            continue
        if every_event and n_words == 0 and of_programme << 54 >= least_left_out:
            n += event_starts[programme + 1] - event_starts[programme]  # all worse than those that are kept
            continue
        for e in range(event_starts[programme], event_starts[programme + 1]):
            total = of_programme
            if n_words and is_named[service[e]]:
                total = np.int64(0)
                for w in range(n_words):
                    total = max(total, np.int64(min(programme_scores[w, programme], service_scores[w, service[e]])))
                total = min(total, whole)
            if total == NOT_FOUND:
                continue
            start, stop = np.int64(start_s[e]), np.int64(stop_s[e])
            rank = np.int64(service_rank[service[e]])
            # No branches here, as none could be foreseen: each wrong guess takes as long as ten events.
            is_wanted = (stop > from_s) & (start < until_s) & (rank >= 0)
            n += np.int64(is_wanted)
            is_over, is_later = np.int64(stop <= now_s), np.int64(start > now_s)
            distance = min(is_over * (now_s - stop) + is_later * (start - now_s), np.int64(0xFFFFFFFF))
            of_this = (((total << 1) | is_over) << 53) | (distance << 21) | rank
            if not is_wanted & (of_this < least_left_out):
                continue
            at, child = 0, 1
            while child < n_kept:  # where in the heap it belongs: no helper, whose arrays would be counted at each call
                if child + 1 < n_kept and key[child + 1] > key[child]:
                    child += 1
                if key[child] <= of_this:
                    break
                key[at], event[at] = key[child], event[child]
                at, child = child, 2 * child + 1
            key[at], event[at] = of_this, e
            least_left_out = key[0]
    return n


@kernel
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
