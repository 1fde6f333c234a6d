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

from yiwang.kernels.guide_merge import common_time, merge_events
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


def _in_order(parts: Iterable[Part]) -> list[Part]:
    told = [part for part in parts if len(part.schedule)]
    if len(told) < 2:
        return told
    firsts = np.cumsum([0, *(len(part.schedule) for part in told[:-1])])
    scores = np.add.reduceat(np.concatenate([part.schedule.score for part in told]), firsts, dtype=np.int64).tolist()
    ranked = [
        ((not part.fresh, part.priority, -round(score / len(part.schedule), 3), part.source, b""), part)
        for part, score in zip(told, scores, strict=True)
    ]
    if len({rank for rank, _ in ranked}) < len(ranked):  # nothing but what they say tells them apart
        ranked = [((*rank[:4], part.schedule.to_bytes()), part) for rank, part in ranked]
    ranked.sort(key=lambda pair: pair[0])
    return [part for _, part in ranked]


def _column(schedules: list[Schedule], name: str) -> Integers:
    return np.concatenate([getattr(schedule, name) for schedule in schedules])


def _rows(schedules: list[Schedule], first: Integers, used: Integers) -> tuple[NDArray[np.uint8], Integers, Integers]:
    """Return the rows of those schedules of which any event is used, and where in them each event begins and ends."""
    begins, ends = np.zeros((2, int(first[-1])), np.int64)
    rows, octets = [], 0
    for number in np.unique(np.searchsorted(first, used, "right") - 1).tolist():
        schedule, span = schedules[number], slice(first[number], first[number + 1])
        begins[span], ends[span] = schedule.at[:-1] + octets, schedule.at[1:] + octets
        rows.append(schedule.rows)
        octets += len(schedule.rows)
    return np.concatenate(rows), begins, ends


def merge(parts: Iterable[Part]) -> Schedule:
    """Return one schedule of what several sources say of a service.

    The same parts in any order give the same; what is merged, merged again, stays as it is.
    """
    by_schedule: dict[int, Part] = {}  # many regions may share one guide
    for part in _in_order(parts):
        by_schedule.setdefault(id(part.schedule), part)
    ordered = list(by_schedule.values())
    if len(ordered) < 2:
        return ordered[0].schedule if ordered else EMPTY
    schedules = [part.schedule for part in ordered]
    first = np.cumsum([0, *map(len, schedules)])
    start_s, stop_s, title, sketch, fields = (
        _column(schedules, name) for name in ("start_s", "stop_s", "title", "sketch", "fields")
    )
    flags = np.concatenate([schedule.flags for schedule in schedules])
    chosen, join_to, joined = (np.empty(len(title), np.int64) for _ in range(3))
    fresh = sum(part.fresh for part in ordered)
    count, n_joins = merge_events(
        first, fresh, SAID, start_s, stop_s, title, sketch, fields, flags, chosen, join_to, joined
    )
    chosen, join_to, joined = chosen[:count].copy(), join_to[:n_joins], joined[:n_joins]
    used = np.concatenate((chosen, joined)) if n_joins else chosen
    rows, at = gathered(*_rows(schedules, first, used), chosen, (join_to, joined) if n_joins else None)
    return Schedule(
        start_s[:count].copy(), stop_s[:count].copy(), title[chosen], sketch[chosen], flags[chosen], rows, at,
        *measured(rows, at),
    )  # fmt: skip


def overlap(one: Schedule, other: Schedule) -> float | None:
    """Return the share of the time that both describe in which both have the same event; None where there is no such time.

    The same event: equal normalised title, at the same time but for a few minutes of its ends, which count as different.
    """
    both_s, same_s = common_time(one.start_s, one.stop_s, one.title, other.start_s, other.stop_s, other.title)
    return same_s / both_s if both_s else None
