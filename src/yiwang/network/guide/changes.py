"""What a new guide of a source changes: so that only that is written, and nothing that was told is lost by it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.guide_merge import lay_events
from yiwang.kernels.guide_rows import hash_rows
from yiwang.network.guide.schedule import Integers, Schedule, gathered, measured


@dataclass(frozen=True, slots=True)
class Update:
    """The schedule that a source has now, and how it differs from the one before.

    Attributes
    ----------
    schedule : Schedule
    changed : ndarray, int64    events of ``schedule`` that were not there before, or not as they are
    removed : ndarray, int64    events of the previous schedule that are not there any more, or not as they were
    """

    schedule: Schedule
    changed: Integers
    removed: Integers

    @property
    def is_change(self) -> bool:
        """Whether anything is to be written."""
        return bool(len(self.changed) or len(self.removed))


_NOTHING = np.empty(0, np.int64)


def update(previous: Schedule, new: Schedule, keep_from_s: int | None = None) -> Update:
    """Return what a source's new schedule makes of its previous one.

    Of an event that stays, what is not told any more (a description) is kept; what was before the new schedule begins
    stays, from ``keep_from_s`` on if that is given. An empty new schedule changes nothing.
    """
    if not len(new) or previous == new:
        return Update(previous, _NOTHING, _NOTHING)
    if not len(previous):
        return Update(new, np.arange(len(new), dtype=np.int64), _NOTHING)
    n, m = len(new), len(previous)
    is_same_as, join_with = np.full(m, -1, np.int64), np.empty(n, np.int64)
    spare = [np.empty(n + m, np.int64) for _ in range(3)]
    lay_events(
        new.start_s, new.stop_s, new.title, new.sketch, previous.start_s, previous.stop_s, previous.title, previous.sketch,
        is_same_as, join_with, *spare,
    )  # fmt: skip
    same = np.nonzero(join_with >= 0)[0]
    lost = same[(previous.fields[join_with[same]] & ~new.fields[same]) != 0]
    first = 0 if keep_from_s is None else int(np.searchsorted(previous.stop_s, keep_from_s, "right"))
    last = max(first, int(np.searchsorted(previous.stop_s, new.start_s[0], "right")))
    schedule = _with_history(previous.cut(slice(first, last)), new, lost, previous, join_with[lost])
    is_there = _which_are_in(schedule, previous)
    was_there = _which_are_in(previous, schedule)
    return Update(schedule, np.nonzero(~is_there)[0], np.nonzero(~was_there)[0])


def _with_history(history: Schedule, new: Schedule, lost: Integers, previous: Schedule, had: Integers) -> Schedule:
    """Return history and new one after the other; the events ``lost`` with what they ``had``."""
    if not len(history) and not len(lost):
        return new
    h, n = len(history), len(new)
    rows = np.concatenate((history.rows, new.rows, previous.rows))
    new_at, previous_at = len(history.rows), len(history.rows) + len(new.rows)
    at = np.concatenate((history.at[:-1], new.at[:-1] + new_at, previous.at + previous_at))
    joins = (h + lost, h + n + had) if len(lost) else None
    rows, at = gathered(rows, at[:-1], at[1:], np.arange(h + n, dtype=np.int64), joins)
    start_s, stop_s, title, sketch = (
        np.concatenate((getattr(history, name), getattr(new, name)))
        for name in ("start_s", "stop_s", "title", "sketch")
    )
    flags = np.concatenate((history.flags, new.flags))
    return Schedule(start_s, stop_s, title, sketch, flags, rows, at, *measured(rows, at))


def _which_are_in(some: Schedule, others: Schedule) -> NDArray[np.bool_]:
    """Tell of each event of one schedule whether it is, as it is, in another."""
    if not len(others):
        return np.zeros(len(some), np.bool_)
    place = np.minimum(np.searchsorted(others.start_s, some.start_s), len(others) - 1)
    hashes, other_hashes = np.empty(len(some), np.int64), np.empty(len(others), np.int64)
    hash_rows(some.rows, some.at[:-1], some.at[1:], hashes)
    hash_rows(others.rows, others.at[:-1], others.at[1:], other_hashes)
    same: NDArray[np.bool_] = (
        (others.start_s[place] == some.start_s)
        & (others.stop_s[place] == some.stop_s)
        & (others.flags[place] == some.flags)
        & (other_hashes[place] == hashes)
    )
    return same
