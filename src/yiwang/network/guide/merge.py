"""One schedule of a service from several sources (ADR 32).

Sources are laid over each other in the order of their priority. What is the same event in two is kept as the better source
has it, and gains the details it lacks; what a better source leaves empty is filled from the next; what overlaps is cut.
A *fresh* source knows what is really on (present and following of an EIT): it is above all others, and where it says that
an event is late, those that follow in the schedules of the others move with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.guide_merge import lay_events, push_events
from yiwang.network.guide.event import SAID
from yiwang.network.guide.schedule import EMPTY, Integers, Schedule, gathered, measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one source says of a service.

    ``priority``: the least first; of equal ones the more complete is first. ``source`` decides what then is still equal.
    """

    schedule: Schedule
    priority: int = 0
    source: str = ""
    fresh: bool = False


def _rank(part: Part) -> tuple[bool, int, float, str, bytes]:
    schedule = part.schedule
    mean = float(schedule.score.sum()) / max(1, len(schedule))
    return not part.fresh, part.priority, -round(mean, 3), part.source, b""


def _in_order(parts: Iterable[Part]) -> list[Part]:
    ranked = sorted(((_rank(part), part) for part in parts if len(part.schedule)), key=lambda pair: pair[0])
    ranks = [rank for rank, _ in ranked]
    if len(set(ranks)) < len(ranks):  # nothing but what they say tells them apart
        ranked = [((*rank[:4], part.schedule.to_bytes()), part) for rank, part in ranked]
        ranked.sort(key=lambda pair: pair[0])
    return [part for _, part in ranked]


class _Layers:
    """Events of all sources as one table of rows; the schedule so far is a choice of them, with times of its own."""

    def __init__(self, schedules: list[Schedule]) -> None:
        sizes = [len(schedule) for schedule in schedules]
        self.schedules = schedules
        self.first = np.concatenate(([0], np.cumsum(sizes)))
        self.title = np.concatenate([schedule.title for schedule in schedules])
        self.sketch = np.concatenate([schedule.sketch for schedule in schedules])
        self.fields = np.concatenate([schedule.fields for schedule in schedules])
        self.flags = np.concatenate([schedule.flags for schedule in schedules])
        self._joins: list[tuple[Integers, Integers]] = []
        self._fresh = 0
        self.start_s, self.stop_s = schedules[0].start_s, schedules[0].stop_s
        self.chosen = np.arange(sizes[0], dtype=np.int64)

    def fresh_so_far(self) -> None:
        """Say that what is chosen now is what is really on."""
        self._fresh = len(self.chosen)
        self._fresh_rows = self.chosen
        self._fresh_times = self.start_s, self.stop_s

    def lay(self, number: int, schedule: Schedule, moves: bool) -> None:
        """Lay the next schedule below what there is; ``moves``: what is really on moves it."""
        n, m, first = len(self.chosen), len(schedule), int(self.first[number])
        start_s, stop_s = schedule.start_s, schedule.stop_s
        is_same_as = np.full(m, -1, np.int64)
        title, sketch = self.title[self.chosen], self.sketch[self.chosen]
        if moves and self._fresh:
            start_s, stop_s = start_s.copy(), stop_s.copy()
            fresh_title, fresh_sketch = self.title[self._fresh_rows], self.sketch[self._fresh_rows]
            push_events(
                *self._fresh_times,
                fresh_title,
                fresh_sketch,
                start_s,
                stop_s,
                schedule.title,
                schedule.sketch,
                is_same_as,
            )
            known = is_same_as >= 0
            is_same_as[known] = self._place_of(self._fresh_rows[is_same_as[known]])
        join_with = np.empty(n, np.int64)
        out_start_s, out_stop_s, out_from = (np.empty(n + m, np.int64) for _ in range(3))
        count = lay_events(
            self.start_s, self.stop_s, title, sketch, start_s, stop_s, schedule.title, schedule.sketch, is_same_as,
            join_with, out_start_s, out_stop_s, out_from,
        )  # fmt: skip
        same = np.nonzero(join_with >= 0)[0]
        self._join(self.chosen[same], first + join_with[same])
        if count > n:
            out_from = out_from[:count]
            every = np.concatenate((self.chosen, np.arange(first, first + m, dtype=np.int64)))
            self.start_s, self.stop_s, self.chosen = out_start_s[:count], out_stop_s[:count], every[out_from]

    def _rows(self, used: Integers) -> tuple[NDArray[np.uint8], Integers, Integers]:
        """Return the rows of those schedules of which any event is used, and where in them each event begins and ends."""
        begins, ends = np.zeros((2, int(self.first[-1])), np.int64)
        rows, octets = [], 0
        for number in np.unique(np.searchsorted(self.first, used, "right") - 1).tolist():
            schedule, span = self.schedules[number], slice(self.first[number], self.first[number + 1])
            begins[span], ends[span] = schedule.at[:-1] + octets, schedule.at[1:] + octets
            rows.append(schedule.rows)
            octets += len(schedule.rows)
        return np.concatenate(rows), begins, ends

    def _place_of(self, rows: Integers) -> Integers:
        order = np.argsort(self.chosen)
        return order[np.searchsorted(self.chosen, rows, sorter=order)]

    def _join(self, rows: Integers, others: Integers) -> None:
        silent = (self.flags[rows] & SAID) == 0
        self.flags[rows[silent]] |= self.flags[others[silent]] & SAID
        more = (self.fields[others] & ~self.fields[rows]) != 0
        if more.any():
            rows, others = rows[more], others[more]
            self.fields[rows] |= self.fields[others]
            self._joins.append((rows, others))

    def schedule(self) -> Schedule:
        """Return what has become of it."""
        chosen, joins, used = self.chosen, None, self.chosen
        if self._joins:
            to = self._place_of(np.concatenate([rows for rows, _ in self._joins]))
            others = np.concatenate([others for _, others in self._joins])
            joins, used = (to, others), np.concatenate((chosen, others))
        rows, at = gathered(*self._rows(used), chosen, joins)
        return Schedule(
            self.start_s, self.stop_s, self.title[chosen], self.sketch[chosen], self.flags[chosen], rows, at,
            *measured(rows, at),
        )  # fmt: skip


def merge(parts: Iterable[Part]) -> Schedule:
    """Return one schedule of what several sources say of a service.

    The same parts in any order give the same; what is merged, merged again, stays as it is.
    """
    ordered = _in_order(parts)
    if not ordered:
        return EMPTY
    if len(ordered) == 1:
        return ordered[0].schedule
    schedules = [part.schedule for part in ordered]
    layers = _Layers(schedules)
    seen = {id(schedules[0])}
    was_fresh = ordered[0].fresh
    for number, part in enumerate(ordered[1:], 1):
        if id(part.schedule) in seen:  # many regions may share one guide
            continue
        seen.add(id(part.schedule))
        if was_fresh and not part.fresh:
            layers.fresh_so_far()
            was_fresh = False
        layers.lay(number, part.schedule, not part.fresh)
    return layers.schedule()


def overlap(one: Schedule, other: Schedule) -> float | None:
    """Return the share of the time that both describe in which both have the same event; None where there is no such time.

    The same event: equal normalised title, at the same time but for a few minutes of its ends, which count as different.
    """
    if not len(one) or not len(other):
        return None
    # cut the time both describe at every begin and end; in each piece at most one event of each is on
    edges = np.unique(np.concatenate((one.start_s, one.stop_s, other.start_s, other.stop_s)))
    middle, length_s = edges[:-1], np.diff(edges)
    i = np.searchsorted(one.start_s, middle, "right") - 1
    j = np.searchsorted(other.start_s, middle, "right") - 1
    both = (i >= 0) & (j >= 0) & (one.stop_s[i] > middle) & (other.stop_s[j] > middle)
    common_s = int(length_s[both].sum())
    if not common_s:
        return None
    same = both & (one.title[i] == other.title[j]) & (one.title[i] != 0)
    return int(length_s[same].sum()) / common_s
