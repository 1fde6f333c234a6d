"""The config file's sections on the one network: regions, other people's lists, rules for numbers and for matching."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator

from yiwang.base.said import said
from yiwang.network.own import OWN_SOURCE as OWN_SOURCE
from yiwang.store.config_section import Country, Identifier, Prefix, RegionId, Section, Text, as_list
from yiwang.store.local_times import local_time_of


class Region(Section):
    """[[region]]: a regional network, within another one or not."""

    id: RegionId
    name: Text
    parent: RegionId | None = None
    countries: tuple[Country, ...] = Field((), description="ISO 3166-1 alpha-3, of a region without a parent")
    prefixes: tuple[Prefix, ...] = Field((), description="of its viewers' addresses, IPv6 or IPv4; the longest counts")


MOST_PATTERNS, LONGEST_PATTERN = 1000, 200


def _as_patterns(value: Any) -> Any:
    if isinstance(value, bool):
        return ("*",) if value else ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        raise ValueError(said("carry-form"))
    if not 0 < len(value) <= MOST_PATTERNS or max(map(len, value)) > LONGEST_PATTERN:
        raise ValueError(said("carry-count", most=MOST_PATTERNS, longest=LONGEST_PATTERN))
    return tuple(value)


class Listing(Section):
    """[[listing]]: someone else's service list or guide, read again and again."""

    id: Identifier
    url: str = Field(min_length=1, max_length=2000, description="http://, https:// or file:")
    kind: Literal["auto", "dvb-i", "xmltv", "m3u"] = "auto"
    region: RegionId | None = Field(None, description="of all its services; else each is where the list says")
    every: float = Field(900.0, ge=5, le=7 * 86_400, description="seconds between two readings")
    priority: int = Field(50, ge=0, le=100, description="of its guide and its streams; higher goes first")
    shift: float = Field(0.0, ge=-86_400, le=86_400, description="seconds to add to its guide's times")
    zone: str = Field("+00:00", description="of its guide's times that say none: IANA (Asia/Shanghai) or +08:00")
    carry: Annotated[tuple[str, ...], BeforeValidator(_as_patterns)] = Field(
        (), description="true, or patterns of names and ids: services that become channels of this node"
    )
    target_regions: bool = Field(
        False, description="what is carried of it is for its TargetRegions only: viewers elsewhere are refused"
    )
    hold: float = Field(3600.0, ge=0, le=7 * 86_400, description="seconds that a carried list's services outlive it")
    days: float = Field(7.0, ge=0.1, le=31, description="of guide that a DVB-I source is asked for")
    max_mb: float = Field(200.0, gt=0, le=4000, description="megabytes, unpacked; more is refused")

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        local_time_of(value)
        return value

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme in ("http", "https") and parts.hostname:
            return value
        if parts.scheme == "file" and parts.path and not parts.netloc:
            return value
        raise ValueError(said("list-url", got=repr(value)))


class ReservedNumbers(Section):
    """[[numbering.reserved]]: numbers of every region for these services, in this order.

    Without services they are for the national ones.
    """

    first: int = Field(ge=1, le=9999)
    last: int = Field(ge=1, le=9999)
    services: tuple[str, ...] = ()


class Numbering(Section):
    """[numbering]: the operator's rules for numbers."""

    reserved: Annotated[tuple[ReservedNumbers, ...], BeforeValidator(as_list)] = ()
    keep: tuple[RegionId, ...] = Field((), description="regions whose own numbers stay, reserved or not")
    prefer: dict[str, Annotated[int, Field(ge=1, le=9999)]] = Field(
        {}, description="service = number, wherever it is free"
    )
    overflow_from: int = Field(800, ge=1, le=9999, description="from here on services without a number")


class Matching(Section):
    """[matching]: the operator's decisions on what is one service; ids of listed services are ``source/key``."""

    same: tuple[tuple[str, ...], ...] = ()
    different: tuple[tuple[str, ...], ...] = ()
    aliases: dict[str, str] = Field({}, description="a name = the name that is meant")
    id_of: dict[str, Identifier] = Field({}, description="a listed service = what its service is called here")


def check_regions(regions: Sequence[Region], listings: Sequence[Listing], numbering: Numbering) -> None:
    """See that regions are a tree, and that what names a region names one that is declared; ValueError with the key."""
    _check_tree(regions)
    known = ", ".join(region.id for region in regions) or "none is declared"
    declared = {region.id for region in regions}
    for i, listing in enumerate(listings):
        if listing.region is not None and listing.region not in declared:
            wrong = said("region-undeclared", region=repr(listing.region), known=known)
            raise ValueError(f"listing[{i}].region: {wrong}")
        if listing.carry and listing.kind == "xmltv":
            raise ValueError(f"listing[{i}].carry: {said('guide-carries-nothing')}")
        if listing.target_regions and not listing.carry:
            raise ValueError(f"listing[{i}].target_regions: {said('refused-uncarried')}")
        if listing.id == OWN_SOURCE:
            raise ValueError(f"listing[{i}].id: {said('own-name', name=repr(OWN_SOURCE))}")
    for i, place in enumerate(numbering.keep):
        if place not in declared:
            wrong = said("region-undeclared", region=repr(place), known=known)
            raise ValueError(f"numbering.keep[{i}]: {wrong}")
    for i, reserved in enumerate(numbering.reserved):
        if reserved.last < reserved.first:
            raise ValueError(f"numbering.reserved[{i}].last: {said('last-below-first')}")


def _check_tree(regions: Sequence[Region]) -> None:
    parents = {region.id: region.parent for region in regions}
    for i, region in enumerate(regions):
        if region.parent is not None and region.parent not in parents:
            wrong = said("region-undeclared", region=repr(region.parent), known=", ".join(parents))
            raise ValueError(f"region[{i}].parent: {wrong}")
        seen, place = {region.id}, region.parent
        while place is not None:
            if place in seen:
                raise ValueError(f"region[{i}].parent: {said('region-in-itself', region=repr(region.id))}")
            seen.add(place)
            place = parents[place]
        if region.countries and region.parent is not None:
            raise ValueError(f"region[{i}].countries: {said('countries-of-part')}")
