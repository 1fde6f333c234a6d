"""A DVB-I service list as what its source lists: the records whole, each with its region, number and guide."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from yiwang.dvbi.service_instance import with_hls_of_today
from yiwang.dvbi.service_list import ContentGuideSource, LCNTable, Service, ServiceList
from yiwang.dvbi.service_list import Region as ListRegion
from yiwang.network.model import ListedService, Region

DEEPEST = 8
"""Levels of regions that are followed; the schema has four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one source lists. ``guides``: where the schedule of a service is asked for, by `ListedService.key`.

    ``guide_shifts``: keys of schedules that are another's at other times: that one's key, and seconds to be added.
    """

    services: tuple[ListedService, ...] = ()
    regions: tuple[Region, ...] = ()
    guides: dict[str, ContentGuideSource] = field(default_factory=dict)
    guide_shifts: dict[str, tuple[str, int]] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)


def listing_of_service_list(source: str, service_list: ServiceList, region: str = "") -> Listing:
    """Return what a list lists.

    Parameters
    ----------
    source : str     the source's id in this network
    region : str     of all its services, where the operator says so; else each is in its target regions, or in none
    """
    faults: Counter[str] = Counter()
    regions = tuple(_regions(service_list.region_list.regions, None, 0)) if service_list.region_list is not None else ()
    services: dict[str, ListedService] = {}
    guides: dict[str, ContentGuideSource] = {}
    several = service_list.content_guide_source_list
    by_id = {one.cgsid: one for one in several.content_guide_sources} if several is not None else {}
    tables = service_list.lcn_table_list.lcn_tables if service_list.lcn_table_list is not None else ()
    numbers = _Numbers(tables)
    for service in service_list.services:
        key = service.unique_identifier or service.guide_ref
        if not key:
            faults["service without an identifier"] += 1
            continue
        if key in services:
            faults["service listed twice"] += 1
            continue
        targets = tuple(dict.fromkeys(service.target_regions or service_list.target_regions))
        place = region or next(iter(targets), "")
        number = numbers.of(service.unique_identifier, place, *service.target_regions, *service_list.target_regions)
        if region and number is None:
            number = numbers.usual(service.unique_identifier)
        guide = _guide(service, by_id) or service_list.content_guide_source
        if guide is not None:
            guides[key] = guide
        services[key] = ListedService(
            source=source, key=key, region=place, service=_of_today(service), number=number,
            guide=(source, service.guide_ref) if guide is not None else None,
            also=() if region else targets[1:],
            numbers=() if region else numbers.elsewhere(service.unique_identifier, place),
        )  # fmt: skip
    return Listing(services=tuple(services.values()), regions=regions, guides=guides, faults=dict(faults))


def _of_today(service: Service) -> Service:
    return replace(service, service_instances=tuple(map(with_hls_of_today, service.service_instances)))


def _guide(service: Service, by_id: dict[str, ContentGuideSource]) -> ContentGuideSource | None:
    if service.content_guide_source is not None:
        return service.content_guide_source
    return by_id.get(service.content_guide_source_ref or "")


class _Numbers:
    """The numbers of a list: of the table for the region, else of those it is meant for there, else of one for all regions."""

    def __init__(self, tables: tuple[LCNTable, ...]) -> None:
        self._of: dict[tuple[str, str], int] = {}
        self._by_service: dict[str, dict[str, int]] = {}
        for table in tables:
            for place in table.target_regions or ("",):
                for lcn in table.lcns:
                    if 1 <= lcn.channel_number <= 9999:
                        self._of.setdefault((place, lcn.service_ref), lcn.channel_number)
                        self._by_service.setdefault(lcn.service_ref, {}).setdefault(place, lcn.channel_number)

    def of(self, service_ref: str, *places: str) -> int | None:
        """Return the number in the first of these places that has one, else that in all."""
        return next((n for place in (*places, "") if (n := self._of.get((place, service_ref))) is not None), None)

    def usual(self, service_ref: str) -> int | None:
        """Return the number that most regions give a service; of several the first."""
        found = Counter(self._by_service.get(service_ref, {}).values()).most_common(1)
        return found[0][0] if found else None

    def elsewhere(self, service_ref: str, place: str) -> tuple[tuple[str, int], ...]:
        """Return the numbers in regions other than this one, by region."""
        return tuple((at, n) for at, n in self._by_service.get(service_ref, {}).items() if at not in ("", place))


def _regions(listed: tuple[ListRegion, ...], parent: str | None, depth: int) -> Iterator[Region]:
    for one in listed:
        if not one.region_id or depth == DEEPEST:
            continue
        yield Region(
            id=one.region_id,
            names=one.region_names,
            parent=parent,
            country_codes=one.country_codes,
            listed=replace(one, regions=()),
        )
        yield from _regions(one.regions, one.region_id, depth + 1)
