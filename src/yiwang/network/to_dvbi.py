"""The network as DVB-I: a registry of one list, the list of a region or of all, with numbers, logos, instances, guide."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from yiwang.dvbi.binding import to_node
from yiwang.dvbi.common import Text, extended_uri, of_today
from yiwang.dvbi.node import Filled, Node, Written, node_document
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
from yiwang.network.regions import RegionTree

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
    made, tables, services = _head(network, id, names, provider, version, region)
    lcn_tables = LCNTableList(lcn_tables=tuple(_table(*one, version) for one in tables)) if tables else None
    return replace(made, lcn_table_list=lcn_tables, services=tuple(_service(one, version) for one in services))


class ListWriter:
    """Writes lists of one network after the other; the text of what stays is kept: instances, services, tables of numbers."""

    def __init__(self) -> None:
        self._network = OneNetwork()
        self._instances: dict[str, tuple[ListedService, tuple[Written, ...]]] = {}
        self._frames: dict[tuple[str, str, tuple[str, ...]], tuple[Service, str, _Frame]] = {}
        self._tables: dict[tuple[str, str], tuple[_Numbers, Written]] = {}

    def document(
        self, network: OneNetwork, *, id: str, names: Iterable[Text], provider: str, version: int, region: str | None
    ) -> bytes:
        """Return the document of `service_list`."""
        if network is not self._network:
            self._network = network
            there = {member.id for service in network.services.values() for member in service.members}
            self._instances = {id_: kept for id_, kept in self._instances.items() if id_ in there}
            self._frames = {key: kept for key, kept in self._frames.items() if key[0] in network.services}
            places = {"", *network.regions, *network.numbers}
            self._tables = {key: kept for key, kept in self._tables.items() if places.issuperset(key)}
        made, tables, services = _head(network, id, names, provider, version, region)
        numbers = tuple((self._written_table(region or "", *one), str(version)) for one in tables)
        head = to_node(replace(made, lcn_table_list=LCNTableList() if tables else None), "sd:ServiceList")
        children: list[Node] = []
        for child in head.children:
            is_list = child.name == "sd:LCNTableList"
            children.append(replace(child, children=(Filled("", pieces=numbers),)) if is_list else child)
        children += (self._node(one, version) for one in services)
        return node_document(replace(head, children=tuple(children)))

    def _written_table(self, of: str, place: str, numbers: "_Numbers") -> Written:
        known = self._tables.get((of, place))
        if known is None or known[0] != numbers:
            node = to_node(_table(place, (), 1), "sd:LCNTable")
            lcns = (Node("sd:LCN", {"channelNumber": str(n), "serviceRef": ref}) for n, ref in numbers)
            written = Written(replace(node, children=(*node.children, *lcns)), attribute="version")
            known = self._tables[of, place] = numbers, written
        return known[1]

    def _node(self, one: "_Listing", version: int) -> Node:
        best = one.members[0]
        key = one.id, best.id, one.target_regions
        known = self._frames.get(key)
        if known is None or known[0] is not best.service or known[1] != one.ref:
            known = self._frames[key] = best.service, one.ref, _framed(_frame_of(one, version))
        attributes, before, after = known[2]
        written = [piece for member in one.members for piece in self._written(member)]
        instances = ((piece, str(priority or "")) for priority, piece in enumerate(written))
        pieces = ((before, ""), *instances, (after, ""))
        return Node("sd:Service", attributes | {"version": str(version)}, children=(Filled("", pieces=pieces),))

    def _written(self, member: ListedService) -> tuple[Written, ...]:
        known = self._instances.get(member.id)
        if known is None or known[0] is not member:
            nodes = (to_node(_at(1, instance), "sd:ServiceInstance") for instance in _in_their_order(member))
            known = self._instances[member.id] = member, tuple(Written(node, attribute="priority") for node in nodes)
        return known[1]


_Numbers = tuple[tuple[int, str], ...]
"""A place's numbers and the services that have them, as a list calls these."""
_Frame = tuple[dict[str, str], Written, Written]
"""Of a service: its attributes, and what is written before and behind its instances."""


def _framed(service: Service) -> _Frame:
    node = to_node(replace(service, service_instances=(ServiceInstance(),)), "sd:Service")
    at = next(at for at, child in enumerate(node.children) if child.name == "sd:ServiceInstance")
    return node.attributes, Written(*node.children[:at]), Written(*node.children[at + 1 :])


@dataclass(frozen=True, slots=True)
class _Listing:
    """A service as it stands in a list."""

    id: str
    ref: str
    members: list[ListedService]
    target_regions: tuple[str, ...]


def _head(
    network: OneNetwork, id: str, names: Iterable[Text], provider: str, version: int, region: str | None
) -> tuple[ServiceList, list[tuple[str, _Numbers]], list[_Listing]]:
    """Return a list without numbers and services, and those that are to be in it."""
    regions = network.regions
    where = None if region is None else of_region.places(network, region)
    kept = {} if region is None else of_region.kept_from(network, region)
    services = [s for s in network.services.values() if s.id not in kept and of_region.is_for(s, where)]
    refs = {s.id: unique_identifier(s, id) for s in services}
    numbers = {p: of_region.substituted(network, of, p) if p else of for p, of in network.numbers.items()}
    if where is not None:
        numbers = {"": of_region.substituted(network, of_region.numbers(network, where), where[0])}
    tables = [
        (place, tuple((n, refs[id_]) for n, id_ in sorted(of.items()) if id_ in refs))
        for place, of in sorted(numbers.items())
    ]
    made = ServiceList(
        id=id,
        version=version,
        lang="zh",
        names=tuple(names),
        provider_names=(Text(value=provider),),
        region_list=_region_list(regions, version) if regions else None,
        target_regions=(region,) if region else (),
        content_guide_source_list=ContentGuideSourceList(content_guide_sources=(guide_source(provider),)),
    )
    listings = []
    for service in services:
        members = _those_of_the_region_first(service.members, where)
        listings.append(_Listing(service.id, refs[service.id], members, _target_regions(network, service, members)))
    return made, [(place, of) for place, of in tables if of], listings


def _those_of_the_region_first(
    members: tuple[ListedService, ...], where: tuple[str, ...] | None
) -> list[ListedService]:
    if where is None:
        return list(members)
    there = {*where} - {""}
    return sorted(members, key=lambda m: m.region == "" or (m.region not in there and there.isdisjoint(m.also)))


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


def _table(place: str, numbers: _Numbers, version: int) -> LCNTable:
    lcns = tuple(LCN(channel_number=n, service_ref=ref) for n, ref in numbers)
    return LCNTable(version=version, target_regions=(place,) if place else (), lcns=lcns)


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


def _service(one: _Listing, version: int) -> Service:
    """Return a service's record: its best member's, with the instances of all members, in the order they are to be tried."""
    instances = [instance for member in one.members for instance in _in_their_order(member)]
    numbered = tuple(_at(priority, instance) for priority, instance in enumerate(instances))
    return replace(_frame_of(one, version), service_instances=numbered)


def _frame_of(one: _Listing, version: int) -> Service:
    """Return a service's record without instances."""
    best = one.members[0].service
    return replace(
        best,
        version=version,
        unique_identifier=one.ref,
        service_instances=(),
        target_regions=one.target_regions,
        service_names=best.service_names or (Text(value=one.id),),
        provider_names=best.provider_names or (Text(value=one.members[0].source),),
        related_materials=tuple(map(of_today, best.related_materials)),
        content_guide_source=None,
        content_guide_source_ref=GUIDE,
        content_guide_service_ref=None,
        other_attributes={name: value for name, value in best.other_attributes.items() if name != "version"},
    )


def _in_their_order(member: ListedService) -> list[ServiceInstance]:
    return sorted(member.service.service_instances, key=lambda one: one.priority)


def _at(priority: int, instance: ServiceInstance) -> ServiceInstance:
    """Return an instance that is tried after ``priority`` others, whatever its list said of that."""
    others = {name: value for name, value in instance.other_attributes.items() if name != "priority"}
    return replace(instance, priority=priority, other_attributes=others)


def _target_regions(network: OneNetwork, service: NetworkService, members: list[ListedService]) -> tuple[str, ...]:
    """Return the regions that a service is for, none where it is for all.

    Of one that some regions never have all others are named: receivers match regions exactly.
    """
    everywhere = any(m.national or not m.region for m in members)
    targets = () if everywhere else tuple(dict.fromkeys(place for m in members for place in (m.region, *m.also)))
    if not all(target in network.regions for target in targets):
        targets = ()
    if network.restrictions.are_none:
        return targets
    kept = {region for region in network.regions if of_region.kept_by(network, service, region) is not None}
    if not kept:
        return targets
    tree = RegionTree(network.regions)
    there = (r for r in network.regions if not targets or any(tree.covers(target, r) for target in targets))
    return tuple(r for r in there if r not in kept)
