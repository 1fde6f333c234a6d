"""What may be watched where: the operator's restrictions, and whether one is against a viewer of a region (ADR 61)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Literal

from yiwang.base.local_time import UTC, LocalTime

DAY_S = 86_400
EVERY_DAY = frozenset(range(1, 8))
_MONDAY = 3  # 1970-01-01 was a Thursday
NOWHERE = ""
"""The region of a viewer of whom nobody knows where he is."""

Cue = Literal["", "regional", "web"]
"""Of a splice cue's delivery restrictions: no_regional_blackout_flag or web_delivery_allowed_flag is 0; empty: of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When: between two moments (UTC, ms; None: open), and within those at hours of days (minutes of a place's clocks).

    ``days`` are 1 Monday to 7 Sunday, those on which the hours begin; hours that end before they begin end the day after.
    """

    from_ms: int | None = None
    until_ms: int | None = None
    hours: tuple[int, int] | None = None
    days: frozenset[int] = EVERY_DAY
    local: LocalTime = UTC

    @property
    def is_always(self) -> bool:
        """Whether it never begins and never ends."""
        return self.from_ms is None and self.until_ms is None and self.hours is None

    def spans(self, begin_ms: int, end_ms: int) -> Iterator[tuple[int | None, int | None]]:
        """Yield the spans that have something of ``begin_ms`` to ``end_ms`` (both included), in order."""
        if self.hours is None:
            if (self.from_ms is None or self.from_ms <= end_ms) and (self.until_ms is None or begin_ms < self.until_ms):
                yield self.from_ms, self.until_ms
            return
        first, last = self.hours
        longer = DAY_S if last <= first else 0
        for day in range(begin_ms // 1000 // DAY_S - 2, end_ms // 1000 // DAY_S + 2):
            if (day + _MONDAY) % 7 + 1 not in self.days:
                continue
            from_ms = 1000 * self.local.utc_s(day * DAY_S + 60 * first)
            until_ms = 1000 * self.local.utc_s(day * DAY_S + longer + 60 * last)
            from_ms = max(from_ms, self.from_ms) if self.from_ms is not None else from_ms
            until_ms = min(until_ms, self.until_ms) if self.until_ms is not None else until_ms
            if from_ms < until_ms and from_ms <= end_ms and begin_ms < until_ms:
                yield from_ms, until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """Services (``*`` and ``?`` stand for characters of ids) that may be watched in some regions only, or not in some.

    A region stands for those within it, too. A viewer of no known region is in none: not in those of ``only_in``, nor in
    those of ``not_in``. With neither it is for everybody. ``cue``: only while the channel's splice cues say so.
    ``reason`` is for viewers, in Chinese and English; ``instead`` the channel that they have in its place; empty: none.
    """

    id: str
    services: tuple[str, ...]
    only_in: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    times: Times = field(default_factory=Times)
    cue: Cue = ""
    reason: tuple[str, str]
    instead: str = ""

    @property
    def is_always(self) -> bool:
        """Whether it depends on neither time nor cue."""
        return self.times.is_always and not self.cue

    def is_against(self, lineage: tuple[str, ...]) -> bool:
        """Whether it is against who is in a region, given with those that it is in."""
        if self.only_in:
            return not any(region in lineage for region in self.only_in)
        return not self.not_in or any(region in lineage for region in self.not_in)

    def is_about(self, service_id: str) -> bool:
        """Whether it is about a service."""
        return any(re.fullmatch(translate(pattern), service_id) for pattern in self.services)


CuesSay = Callable[[Cue, int, int], bool]
"""Whether a channel's cues say so of something between two moments (UTC of the media, ms)."""


def no_cues(cue: Cue, begin_ms: int, end_ms: int) -> bool:
    """Say that there are no cues."""
    return False


class Restrictions:
    """All of a network's.

    Parameters
    ----------
    rules : the operator's, in the order in which they are looked at
    parents : of each declared region the one that it is in, or None
    """

    def __init__(self, rules: Iterable[Restriction] = (), parents: Mapping[str, str | None] | None = None) -> None:
        self.rules = tuple(rules)
        self._parents = dict(parents or {})
        self._targets: dict[str, Restriction] = {}
        self._of: dict[str, tuple[Restriction, ...]] = {}
        self._of_region: dict[tuple[str, str], tuple[Restriction, ...]] = {}

    @property
    def are_none(self) -> bool:
        """Whether everything may be watched everywhere, always."""
        return not self.rules and not self._targets

    @property
    def regions(self) -> tuple[str, ...]:
        """The declared regions, and none."""
        return (*self._parents, NOWHERE)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Restrictions):
            return NotImplemented
        return (self.rules, self._parents, self._targets) == (other.rules, other._parents, other._targets)

    __hash__ = None  # type: ignore[assignment]

    def of(self, service_id: str) -> tuple[Restriction, ...]:
        """Return those about a service, in order: one look into a dictionary, after the first."""
        found = self._of.get(service_id)
        if found is None:
            mine = [rule for rule in self.rules if rule.is_about(service_id)]
            target = self._targets.get(service_id)
            found = self._of[service_id] = (*mine, target) if target is not None else tuple(mine)
        return found

    def of_region(self, service_id: str, region: str) -> tuple[Restriction, ...]:
        """Return those about a service that are against a region, whenever they hold."""
        key = service_id, region
        found = self._of_region.get(key)
        if found is None:
            lineage = self.lineage(region)
            found = self._of_region[key] = tuple(rule for rule in self.of(service_id) if rule.is_against(lineage))
        return found

    def aim(self, targets: Mapping[str, Restriction]) -> bool:
        """Take the restrictions that lists of others bring, by service; return whether any is another."""
        changed = self._targets != dict(targets)
        if changed:
            self._targets = dict(targets)
            self._of.clear()
            self._of_region.clear()
        return changed

    def lineage(self, region: str) -> tuple[str, ...]:
        """Return a region with those that it is in."""
        found: list[str] = []
        place: str | None = region
        while place and place not in found:
            found.append(place)
            place = self._parents.get(place)
        return tuple(found)

    def against(
        self, service_id: str, region: str, begin_ms: int, end_ms: int, cues_say: CuesSay = no_cues
    ) -> Restriction | None:
        """Return the first that keeps a viewer of a region from what a service has in a span of time; None: none does."""
        rules = self.of_region(service_id, region)
        return next((r for r in rules if in_force(r, begin_ms, end_ms, cues_say) is not None), None)

    def always_against(self, service_ids: Iterable[str], lineage: tuple[str, ...]) -> Restriction | None:
        """Return the first that keeps a region from a service at any time; None: it is there, at least at times.

        Parameters
        ----------
        lineage : tuple    the region with those that it is in
        """
        rules = (rule for id_ in service_ids for rule in self.of(id_))
        return next((rule for rule in rules if rule.is_always and rule.is_against(lineage)), None)

    def regions_against(self, rule: Restriction) -> tuple[str, ...]:
        """Return the declared regions, and `NOWHERE`, that it is against."""
        return tuple(region for region in self.regions if rule.is_against(self.lineage(region)))


def in_force(
    rule: Restriction, begin_ms: int, end_ms: int, cues_say: CuesSay = no_cues
) -> tuple[int | None, int | None] | None:
    """Return from when until when a restriction holds that does so between two moments; None: it does not."""
    span = next(rule.times.spans(begin_ms, end_ms), None)
    if span is None or (rule.cue and not cues_say(rule.cue, begin_ms, end_ms)):
        return None
    return span if not rule.cue else (None, None)


def aimed(service_id: str, regions: Iterable[str]) -> Restriction:
    """Return the restriction that a list's TargetRegions of a service are, where the operator lets them be one."""
    reason = "该频道只面向指定地区播出", "This channel is for other regions"
    return Restriction(id="target-regions", services=(service_id,), only_in=tuple(regions), reason=reason)
