"""The config file's sections on what may be watched where: `[viewers]` and `[[restriction]]` (ADR 61)."""

import re
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from yiwang.base.said import said
from yiwang.network.iso_3166 import iso_parent
from yiwang.network.restrictions import EVERY_DAY, Restriction, Restrictions, Times
from yiwang.network.viewer_region import ViewerRegions
from yiwang.store.config_network import Listing, Region
from yiwang.store.config_section import ID, Identifier, Prefix, RegionId, Section, Text
from yiwang.store.local_times import local_time_of

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_PATTERN = re.compile(r"[a-z0-9_.*?-]{1,64}")
_REASON = Text(zh="因版权原因，该节目不在您所在的地区播出", en="For reasons of rights this is not shown in your region")


def _as_texts(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Viewers(Section):
    """[viewers]: how a viewer's region is known; ``[[region]] prefixes`` say whose addresses are whose."""

    region: RegionId | None = Field(None, description="of whose address is of no prefix; default: none")
    trusted: tuple[Prefix, ...] = Field(
        ("127.0.0.0/8", "::1/128"), description="edges and proxies whose X-Forwarded-For is believed"
    )
    choice: Literal["no", "where-unknown", "yes"] = Field(
        "no", description="whether a viewer's own word counts: never, where his address is of no prefix, always"
    )


class RestrictionSection(Section):
    """[[restriction]]: services that are for some regions only, or not for some; always, at times, or as cues say."""

    id: Identifier | None = None
    services: Annotated[tuple[str, ...], BeforeValidator(_as_texts)] = Field(
        min_length=1, description="ids of channels; * and ? stand for any characters"
    )
    only_in: Annotated[tuple[RegionId, ...], BeforeValidator(_as_texts)] = ()
    not_in: Annotated[tuple[RegionId, ...], BeforeValidator(_as_texts)] = ()
    start: datetime | None = Field(None, description="a moment with its zone, as 2026-12-01T19:30:00+08:00")
    end: datetime | None = None
    hours: str | None = Field(None, description="of each day, as 19:30-21:00")
    days: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(
        (1, 2, 3, 4, 5, 6, 7), min_length=1, description="on which the hours begin; 1 is Monday"
    )
    zone: str = Field("+00:00", description="of the hours: IANA (Asia/Shanghai) or +08:00")
    cue: Literal["", "regional", "web"] = Field(
        "", description="only while SCTE 35 cues say no_regional_blackout_flag, or web_delivery_allowed_flag, 0"
    )
    reason: Text = _REASON
    instead: Identifier | None = Field(None, description="the channel that viewers have in its place")

    @model_validator(mode="after")
    def _consistent(self) -> "RestrictionSection":
        if self.only_in and self.not_in:
            raise ValueError(f"not_in: {said('only-or-not')}")
        if not (self.only_in or self.not_in or self.cue):
            raise ValueError(f"only_in: {said('no-regions')}")
        for pattern in self.services:
            if not _PATTERN.fullmatch(pattern):
                raise ValueError(f"services: {said('service-patterns', got=repr(pattern))}")
        for key in ("start", "end"):
            moment = getattr(self, key)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{key}: {said('moment-zone')}")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"end: {said('end-first')}")
        if self.hours is not None and (not (found := _HOURS.fullmatch(self.hours)) or found[3] + found[4] > "2400"):
            raise ValueError(f"hours: {said('hours-form', got=repr(self.hours))}")
        local_time_of(self.zone)
        return self

    def restriction(self, name: str) -> Restriction:
        """Return it as the network has it; ``name``: where the file gives it none."""
        hours = None
        if self.hours is not None and (found := _HOURS.fullmatch(self.hours)):
            first, first_min, last, last_min = map(int, found.groups())
            hours = 60 * first + first_min, 60 * last + last_min
        times = Times(
            from_ms=_ms(self.start), until_ms=_ms(self.end), hours=hours, days=EVERY_DAY & frozenset(self.days),
            local=local_time_of(self.zone),
        )  # fmt: skip
        return Restriction(
            id=self.id or name, services=self.services, only_in=self.only_in, not_in=self.not_in, times=times,
            cue=self.cue, reason=(self.reason.zh, self.reason.en), instead=self.instead or "",
        )  # fmt: skip


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(1000 * moment.timestamp())


def restrictions_of(sections: Sequence[RestrictionSection], regions: Sequence[Region]) -> Restrictions:
    """Return the restrictions of a config."""
    rules = (section.restriction(f"restriction-{n}") for n, section in enumerate(sections, 1))
    return Restrictions(rules, {region.id: region.parent or iso_parent(region.id) for region in regions})


def viewer_regions_of(viewers: Viewers, regions: Sequence[Region]) -> ViewerRegions:
    """Return how a viewer's region is known."""
    prefixes = ((prefix, region.id) for region in regions for prefix in region.prefixes)
    selectable = (region.id for region in regions)
    return ViewerRegions(prefixes, viewers.trusted, viewers.region or "", viewers.choice, selectable)


def check_restrictions(
    viewers: Viewers,
    sections: Sequence[RestrictionSection],
    regions: Sequence[Region],
    services: Sequence[str],
    listings: Sequence[Listing],
) -> None:
    """See that regions and services are there that are named; ValueError with the key."""
    _check_viewers(viewers, regions)
    declared = {region.id for region in regions}
    known = ", ".join(region.id for region in regions) or "none is declared"
    carries = any(listing.carry for listing in listings)
    ids = [section.id for section in sections if section.id is not None]
    for i, section in enumerate(sections):
        if section.id is not None and ids.count(section.id) > 1:
            raise ValueError(f"restriction[{i}].id: {said('used-twice', value=repr(section.id))}")
        for key in ("only_in", "not_in"):
            for region_id in getattr(section, key):
                if region_id not in declared:
                    wrong = said("region-undeclared", region=repr(region_id), known=known)
                    raise ValueError(f"restriction[{i}].{key}: {wrong}")
        named = [("services", one) for one in section.services if ID.fullmatch(one)]
        named += [("instead", section.instead)] if section.instead is not None else []
        for key, wanted in named:
            if not (carries or _is_service(wanted, services)):
                raise ValueError(f"restriction[{i}].{key}: {said('no-service', id=repr(wanted))}")


def _check_viewers(viewers: Viewers, regions: Sequence[Region]) -> None:
    if viewers.region is not None and viewers.region not in {region.id for region in regions}:
        known = ", ".join(region.id for region in regions) or "none is declared"
        wrong = said("region-undeclared", region=repr(viewers.region), known=known)
        raise ValueError(f"viewers.region: {wrong}")
    of_prefix: dict[str, str] = {}
    for i, region in enumerate(regions):
        for prefix in region.prefixes:
            other = of_prefix.setdefault(str(ip_network(prefix)), region.id)
            if other != region.id:
                wrong = said("prefix-taken", prefix=prefix, other=repr(other))
                raise ValueError(f"region[{i}].prefixes: {wrong}")


def _is_service(id_: str, services: Sequence[str]) -> bool:
    """Whether it is a service of the file, or perhaps a programme of one that stands for all of a multiplex."""
    return id_ in services or any(id_.startswith(f"{service}-") for service in services)
