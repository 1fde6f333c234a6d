"""Schedules laid over each other: events as columns, in the order of their start, none overlapping the next.

Two events are one when they overlap by half of the shorter, begin within a quarter of an hour of each other, and have the
same title or much of it: equal hashes, or sketches (62 bits, each set by pairs of letters) that have most bits in common.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

SAME_START_S = 900
MAX_EVENT_S = 3 * 86_400
LATEST_S = 1 << 33
"""The year 2242: later is a mistake."""
LEAST_LEFT_S = 60
"""What is left of an event that is cut is no event below this, nor below half of it or ten minutes."""
ENOUGH_LEFT_S = 600
SHIFT_S = 3 * 3600
"""An event that is on is looked for in the schedule within this of its time."""
SHIFT_REACH_S = 6 * 3600
"""So far ahead a late event moves those after it, if no gap ends that before."""

# reasons of `clean_events`
KEPT, ZERO, NEGATIVE, TOO_LONG, NO_TIME, DOUBLE, COVERED = 0, 1, 2, 3, 4, 5, 6


@kernel(inline="always")
def _bits(value: int) -> int:
    count = np.int64(0)
    value = np.int64(value)
    while value > 0:
        value &= value - 1
        count += 1
    return count


@kernel
def is_alike(title: int, sketch: int, other_title: int, other_sketch: int) -> bool:
    """Tell whether two titles are the same but for spelling: three of five bits in common, or one within the other."""
    if title == other_title:
        return True
    common = _bits(sketch & other_sketch)
    least = min(_bits(sketch), _bits(other_sketch))
    every = _bits(sketch | other_sketch)
    return common >= 3 and (5 * common >= 3 * every or 10 * common >= 9 * least)


@kernel(inline="always")
def _overlap_s(start: int, stop: int, other_start: int, other_stop: int) -> int:
    return max(np.int64(0), min(stop, other_stop) - max(start, other_start))


@kernel(inline="always")
def _is_at_same_time(start: int, stop: int, other_start: int, other_stop: int) -> bool:
    overlap = _overlap_s(start, stop, other_start, other_stop)
    shorter = min(stop - start, other_stop - other_start)
    return 2 * overlap >= shorter and overlap > 0 and abs(start - other_start) <= SAME_START_S


@kernel
def clean_events(
    start_s: NDArray[np.int64],
    stop_s: NDArray[np.int64],
    title: NDArray[np.int64],
    sketch: NDArray[np.int64],
    stop_out: NDArray[np.int64],
    reason: NDArray[np.uint8],
    kept_as: NDArray[np.int64],
) -> None:
    """Make N events that come in the order of their start (of equal ones the better first) a schedule.

    An event ends where the next begins; of two at one time the first counts; doubles are joined to the first.

    Parameters
    ----------
    start_s, stop_s, title, sketch : ndarray of shape (N,), int64
    stop_out : ndarray of shape (N,), int64     written
    reason : ndarray of shape (N,), uint8       written: KEPT, or why it is not
    kept_as : ndarray of shape (N,), int64      written: of a DOUBLE the event it is, else itself
    """
    last = np.int64(-1)
    for i in range(start_s.shape[0]):
        kept_as[i] = i
        stop_out[i] = stop_s[i]
        length = stop_s[i] - start_s[i]
        if start_s[i] < 0 or start_s[i] > LATEST_S:
            reason[i] = NO_TIME
        elif length == 0:
            reason[i] = ZERO
        elif length < 0:
            reason[i] = NEGATIVE
        elif length > MAX_EVENT_S:
            reason[i] = TOO_LONG
        elif last >= 0 and start_s[i] < stop_out[last]:
            if _is_at_same_time(start_s[last], stop_out[last], start_s[i], stop_s[i]) and is_alike(
                title[last], sketch[last], title[i], sketch[i]
            ):
                reason[i] = DOUBLE
                kept_as[i] = last
            elif start_s[i] == start_s[last]:
                reason[i] = COVERED
            else:
                stop_out[last] = start_s[i]
                reason[i] = KEPT
                last = i
        else:
            reason[i] = KEPT
            last = i


@kernel
def push_events(
    fresh_start_s: NDArray[np.int64],
    fresh_stop_s: NDArray[np.int64],
    fresh_title: NDArray[np.int64],
    fresh_sketch: NDArray[np.int64],
    start_s: NDArray[np.int64],
    stop_s: NDArray[np.int64],
    title: NDArray[np.int64],
    sketch: NDArray[np.int64],
    is_same_as: NDArray[np.int64],
) -> None:
    """Find F events that are known better in a schedule of N, and move what follows a late one.

    Parameters
    ----------
    fresh_start_s … : ndarray of shape (F,), int64    what a source says that knows better, as present and following
    start_s, stop_s : ndarray of shape (N,), int64    of the schedule, changed
    is_same_as : ndarray of shape (N,), int64         written: the fresh event that it is, or -1
    """
    n = start_s.shape[0]
    is_same_as[:] = -1
    last, last_stop = np.int64(-1), np.int64(0)
    for f in range(fresh_start_s.shape[0]):
        best, best_s = np.int64(-1), np.int64(SHIFT_S + 1)
        first = np.searchsorted(start_s, fresh_start_s[f] - SHIFT_S)
        for k in range(max(first, last + 1), n):
            if start_s[k] - fresh_start_s[f] > SHIFT_S:
                break
            away = abs(start_s[k] - fresh_start_s[f])
            if away < best_s and is_alike(fresh_title[f], fresh_sketch[f], title[k], sketch[k]):
                best, best_s = k, away
        if best >= 0:
            is_same_as[best] = f
            last, last_stop = best, fresh_stop_s[f]
    if last < 0:
        return
    # what is known to be on moves what comes after it until a gap takes the delay up
    reach = last_stop + SHIFT_REACH_S
    before = last_stop
    for k in range(last + 1, n):
        if start_s[k] >= before:
            return
        late = before - start_s[k]
        if start_s[k] > reach or late > SHIFT_S:
            if k > last + 1:
                stop_s[k - 1] = max(start_s[k - 1], min(stop_s[k - 1], start_s[k]))
            return
        start_s[k] += late
        stop_s[k] += late
        before = stop_s[k]


@kernel
def lay_events(
    start_s: NDArray[np.int64],
    stop_s: NDArray[np.int64],
    title: NDArray[np.int64],
    sketch: NDArray[np.int64],
    other_start_s: NDArray[np.int64],
    other_stop_s: NDArray[np.int64],
    other_title: NDArray[np.int64],
    other_sketch: NDArray[np.int64],
    is_same_as: NDArray[np.int64],
    join_with: NDArray[np.int64],
    out_start_s: NDArray[np.int64],
    out_stop_s: NDArray[np.int64],
    out_from: NDArray[np.int64],
) -> int:
    """Fill the gaps of a schedule of N events from another of M.

    Parameters
    ----------
    start_s … other_sketch : ndarray of shape (N,) or (M,), int64
    is_same_as : ndarray of shape (M,), int64    an event of the N that this is known to be, or -1; written for all
    join_with : ndarray of shape (N,), int64     written: an event of the M that is the same, or -1
    out_start_s, out_stop_s, out_from : ndarray of shape (N + M,), int64    written: events from both in their order;
        ``out_from`` is the number of an event of the N, or N + that of one of the M

    Returns
    -------
    the number of events written
    """
    n, m = start_s.shape[0], other_start_s.shape[0]
    join_with[:] = -1
    for j in range(m):
        if is_same_as[j] >= 0 and join_with[is_same_as[j]] < 0:
            join_with[is_same_as[j]] = j
    count, first, written = np.int64(0), np.int64(0), np.int64(0)
    for j in range(m):
        begin, end = other_start_s[j], other_stop_s[j]
        while first < n and stop_s[first] <= begin:
            first += 1
        if is_same_as[j] >= 0 or end <= begin:
            continue
        best, best_s = np.int64(-1), np.int64(0)
        left_at, left_s, free_from = begin, np.int64(0), begin
        q = first
        while q < n and start_s[q] < end:
            overlap = _overlap_s(start_s[q], stop_s[q], begin, end)
            if (
                overlap > best_s
                and _is_at_same_time(start_s[q], stop_s[q], begin, end)
                and is_alike(title[q], sketch[q], other_title[j], other_sketch[j])
            ):
                best, best_s = q, overlap
            if start_s[q] - free_from > left_s:
                left_at, left_s = free_from, start_s[q] - free_from
            free_from = max(free_from, stop_s[q])
            q += 1
        if end - free_from > left_s:
            left_at, left_s = free_from, end - free_from
        if best >= 0:
            is_same_as[j] = best
            if join_with[best] < 0:
                join_with[best] = j
            continue
        if left_s < end - begin and (left_s < LEAST_LEFT_S or (2 * left_s < end - begin and left_s < ENOUGH_LEFT_S)):
            continue
        while written < n and start_s[written] < left_at:
            out_start_s[count], out_stop_s[count], out_from[count] = start_s[written], stop_s[written], written
            count += 1
            written += 1
        out_start_s[count], out_stop_s[count], out_from[count] = left_at, left_at + left_s, n + j
        count += 1
    while written < n:
        out_start_s[count], out_stop_s[count], out_from[count] = start_s[written], stop_s[written], written
        count += 1
        written += 1
    return count


@kernel
def merge_events(
    first: NDArray[np.int64],
    fresh: int,
    said: int,
    start_s: NDArray[np.int64],
    stop_s: NDArray[np.int64],
    title: NDArray[np.int64],
    sketch: NDArray[np.int64],
    fields: NDArray[np.int64],
    flags: NDArray[np.int32],
    chosen: NDArray[np.int64],
    join_to: NDArray[np.int64],
    joined: NDArray[np.int64],
) -> tuple[int, int]:
    """Lay K schedules over each other, the best first; their N events are one table of rows.

    Parameters
    ----------
    first : ndarray of shape (K + 1,), int64     where each schedule begins in the table
    fresh : int                                  so many, the first, know what is really on: they move the others
    said : int                                   the bits of ``flags`` that an event without any takes of another
    start_s, stop_s : ndarray of shape (N,), int64    of the rows; then, from the first on, of what is chosen
    title, sketch : ndarray of shape (N,), int64
    fields, flags : ndarray of shape (N,), int64 and int32    what a row has; written: with what it gains
    chosen : ndarray of shape (N,), int64        written: the rows that the merged schedule is of
    join_to, joined : ndarray of shape (N,), int64    written: which of the chosen (its place) gains of which row

    Returns
    -------
    how many are chosen, how many joins there are
    """
    every = first[-1]
    now_start_s, now_stop_s, now_title, now_sketch = (
        np.empty(every, np.int64), np.empty(every, np.int64), np.empty(every, np.int64), np.empty(every, np.int64),
    )  # fmt: skip
    next_start_s, next_stop_s, origin, next_chosen = (
        np.empty(every, np.int64), np.empty(every, np.int64), np.empty(every, np.int64), np.empty(every, np.int64),
    )  # fmt: skip
    join_with, is_same_as = np.empty(every, np.int64), np.empty(every, np.int64)
    place_of = np.empty(every, np.int64)
    count, joins, n_fresh = first[1], np.int64(0), np.int64(0)
    for i in range(count):
        chosen[i] = i
        now_start_s[i], now_stop_s[i], now_title[i], now_sketch[i] = start_s[i], stop_s[i], title[i], sketch[i]
    fresh_start_s, fresh_stop_s = now_start_s[:0], now_stop_s[:0]
    fresh_title, fresh_sketch, fresh_rows = now_title[:0], now_sketch[:0], chosen[:0]
    for k in range(1, first.shape[0] - 1):
        begin, end = first[k], first[k + 1]
        m = end - begin
        if k == fresh:
            n_fresh = count
            fresh_start_s, fresh_stop_s = now_start_s[:count].copy(), now_stop_s[:count].copy()
            fresh_title, fresh_sketch = now_title[:count].copy(), now_sketch[:count].copy()
            fresh_rows = chosen[:count].copy()
        is_same_as[:m] = -1
        if k >= fresh and n_fresh:
            push_events(
                fresh_start_s, fresh_stop_s, fresh_title, fresh_sketch, start_s[begin:end], stop_s[begin:end],
                title[begin:end], sketch[begin:end], is_same_as[:m],
            )  # fmt: skip
            for i in range(count):
                place_of[chosen[i]] = i
            for j in range(m):
                if is_same_as[j] >= 0:
                    is_same_as[j] = place_of[fresh_rows[is_same_as[j]]]
        more = lay_events(
            now_start_s[:count], now_stop_s[:count], now_title[:count], now_sketch[:count],
            start_s[begin:end], stop_s[begin:end], title[begin:end], sketch[begin:end],
            is_same_as[:m], join_with[:count], next_start_s, next_stop_s, origin,
        )  # fmt: skip
        for i in range(count):
            if join_with[i] < 0:
                continue
            row, other = chosen[i], begin + join_with[i]
            if not flags[row] & said:
                flags[row] |= flags[other] & said
            if fields[other] & ~fields[row]:
                fields[row] |= fields[other]
                join_to[joins], joined[joins] = row, other
                joins += 1
        if more > count:
            for i in range(more):
                row = chosen[origin[i]] if origin[i] < count else begin + origin[i] - count
                next_chosen[i] = row
                now_start_s[i], now_stop_s[i] = next_start_s[i], next_stop_s[i]
                now_title[i], now_sketch[i] = title[row], sketch[row]
            chosen[:more] = next_chosen[:more]
            count = more
    for i in range(count):
        place_of[chosen[i]] = i
        start_s[i], stop_s[i] = now_start_s[i], now_stop_s[i]
    for j in range(joins):
        join_to[j] = place_of[join_to[j]]
    return count, joins


@kernel
def common_time(
    start_s: NDArray[np.int64],
    stop_s: NDArray[np.int64],
    title: NDArray[np.int64],
    other_start_s: NDArray[np.int64],
    other_stop_s: NDArray[np.int64],
    other_title: NDArray[np.int64],
) -> tuple[int, int]:
    """Return for how many seconds two schedules have an event at the same time, and for how many one of one title."""
    i, j, both_s, same_s = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    while i < start_s.shape[0] and j < other_start_s.shape[0]:
        overlap = _overlap_s(start_s[i], stop_s[i], other_start_s[j], other_stop_s[j])
        both_s += overlap
        if title[i] == other_title[j] and title[i] != 0:
            same_s += overlap
        if stop_s[i] <= other_stop_s[j]:
            i += 1
        else:
            j += 1
    return both_s, same_s
