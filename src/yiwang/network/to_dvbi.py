"""The network as DVB-I: a registry of one list, the list of a region or of all, with numbers, logos, instances, guide."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from yiwang.dvbi.common import Text, extended_uri, of_today
from yiwang.dvbi.service_instance import ServiceInstance
from yiwang.dvbi.service_list import (
    LCN,
    ContentGuideSource,
    ContentGuideSourceList,
    LCNTable,
    LCNTableList,
    RegionList,
    Service,
    ServiceList,
)
from yiwang.dvbi.service_list import Region as ListRegion
from yiwang.dvbi.service_list_registry import (
    LIST_TYPE,
    Organization,
    ProviderOffering,
    ServiceListEntryPoints,
    ServiceListOffering,
    ip_delivery,
)
from yiwang.network import of_region
from yiwang.network.model import HERE, ListedService, NetworkService, OneNetwork, Region

GUIDE = "yiwang"
"""CGSID of this node's guide."""
MOST_LEVELS = 4
"""A country's region and three below it (TS 103 770 5.5.8); what is deeper stands beside the last."""
NO_COUNTRY = "ZZZ"
"""Of a region of which nobody says where it is (ISO 3166-1 8.1.3: a code for users): the schema wants one."""
_TAG = re.compile(r"tag:[^,\s]+,\d{4}(-\d\d){0,2}:\S+")


def service_list(
    network: OneNetwork, *, id: str, names: Iterable[Text], provider: str, version: int, region: str | None = None
) -> ServiceList:
    """Return the list of a region, with what it inherits, or of all (None).

    Parameters
    ----------
    id : str           tag URI of the list; that of each service is made of it where no member has one
    version : int      must rise whenever the list is another one
    """
    regions = network.regions
    where = None if region is None else of_region.places(network, region)
    services = [s for s in network.services.values() if of_region.members_for(s, where)]
    refs = {s.id: unique_identifier(s, id) for s in services}
    numbers = network.numbers if where is None else {"": of_region.numbers(network, where)}
    tables = [table for place in sorted(numbers) for table in _tables(place, numbers[place], refs, version)]
    return ServiceList(
        id=id,
        version=version,
        lang="zh",
        names=tuple(names),
        provider_names=(Text(value=provider),),
        region_list=_region_list(regions, version) if regions else None,
        target_regions=(region,) if region else (),
        lcn_table_list=LCNTableList(lcn_tables=tuple(tables)) if tables else None,
        content_guide_source_list=ContentGuideSourceList(content_guide_sources=(guide_source(provider),)),
        services=tuple(_service(s, refs[s.id], version, where, regions) for s in services),
    )


def unique_identifier(service: NetworkService, list_id: str) -> str:
    """Return the tag URI of a service: its best member's that has one, else one made of the list's."""
    known = (member.service.unique_identifier for member in service.members)
    authority = list_id.split(":")[1] if list_id.startswith("tag:") else "here.invalid,2026"
    return next((uri for uri in known if _TAG.fullmatch(uri)), f"tag:{authority}:{service.id}")


def guide_source(provider: str) -> ContentGuideSource:
    """Return where this node's guide is asked for."""
    return ContentGuideSource(
        cgsid=GUIDE,
        provider_names=(Text(value=provider),),
        schedule_info_endpoint=extended_uri(f"{HERE}/dvbi/schedule", "application/xml"),
        program_info_endpoint=extended_uri(f"{HERE}/dvbi/programme", "application/xml"),
        more_episodes_endpoint=extended_uri(f"{HERE}/dvbi/episodes", "application/xml"),
    )


def registry(
    network_names: Iterable[Text], provider: str, list_id: str, countries: Iterable[str]
) -> ServiceListEntryPoints:
    """Return the registry that has this node's list alone."""
    organization = Organization(names=(Text(value=provider),))
    offering = ServiceListOffering(
        service_list_names=tuple(network_names),
        service_list_uris=(extended_uri(f"{HERE}/dvbi/services.xml", LIST_TYPE),),
        delivery=ip_delivery(multicast_ts=True),
        target_countries=tuple(countries),
        service_list_id=list_id,
    )
    return ServiceListEntryPoints(
        lang="zh",
        service_list_registry_entity=organization,
        provider_offerings=(ProviderOffering(provider=organization, service_list_offerings=(offering,)),),
    )


def _tables(place: str, numbers: dict[int, str], refs: dict[str, str], version: int) -> Iterator[LCNTable]:
    lcns = tuple(LCN(channel_number=n, service_ref=refs[id_]) for n, id_ in sorted(numbers.items()) if id_ in refs)
    if lcns:
        yield LCNTable(version=version, target_regions=(place,) if place else (), lcns=lcns)


def _region_list(regions: dict[str, Region], version: int) -> RegionList:
    children: dict[str | None, list[Region]] = {}
    for region in regions.values():
        children.setdefault(region.parent if region.parent in regions else None, []).append(region)

    known = {region.country_codes for region in children.get(None, ()) if region.country_codes}
    country = known.pop() if len(known) == 1 else NO_COUNTRY

    def made(region: Region, level: int) -> Iterator[ListRegion]:
        below = [one for child in children.get(region.id, ()) for one in made(child, level + 1)]
        inside = tuple(below) if level < MOST_LEVELS else ()
        yield replace(
            region.listed or ListRegion(region_id=region.id),
            country_codes=(region.country_codes or country) if level == 1 else "",
            region_names=region.names,
            regions=inside,
        )
        if level >= MOST_LEVELS:
            yield from below

    return RegionList(version=version, regions=tuple(one for top in children.get(None, ()) for one in made(top, 1)))


def _service(
    service: NetworkService, ref: str, version: int, where: tuple[str, ...] | None, regions: dict[str, Region]
) -> Service:
    """Return a service's record: its best member's, with the instances of all members, those of the region first."""
    members = list(service.members)
    if where is not None:
        members.sort(key=lambda m: m.region == "" or not any(place in where for place in (m.region, *m.also)))
    best = members[0].service
    targets = (
        ()
        if any(m.national or not m.region for m in members)
        else tuple(dict.fromkeys(region for m in members for region in (m.region, *m.also)))
    )
    known = tuple(target for target in targets if target in regions)
    return replace(
        best,
        version=version,
        unique_identifier=ref,
        service_instances=tuple(_instances(members)),
        target_regions=known if known == targets else (),
        service_names=best.service_names or (Text(value=service.id),),
        provider_names=best.provider_names or (Text(value=members[0].source),),
        related_materials=tuple(map(of_today, best.related_materials)),
        content_guide_source=None,
        content_guide_source_ref=GUIDE,
        content_guide_service_ref=None,
    )


def _instances(members: list[ListedService]) -> Iterator[ServiceInstance]:
    """Yield all instances in the order in which they are to be tried."""
    priority = 0
    for member in members:
        for instance in sorted(member.service.service_instances, key=lambda one: one.priority):
            yield replace(instance, priority=priority)
            priority += 1
