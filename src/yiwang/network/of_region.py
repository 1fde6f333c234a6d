"""The network as a region has it: its services with their numbers."""

from yiwang.base.said import Said, said
from yiwang.network.model import ListedService, NetworkService, OneNetwork
from yiwang.network.regions import RegionTree
from yiwang.network.restrictions import Restriction


def places(network: OneNetwork, region: str) -> tuple[str, ...]:
    """Return whose services and numbers a region has: its own, then those of the regions above it, then those of none."""
    return (*RegionTree(network.regions).lineage(region), "")


def members_for(service: NetworkService, where: tuple[str, ...] | None) -> list[ListedService]:
    """Return the members for these places (see `places`); None: all."""
    return [m for m in service.members if where is None or m.is_for(where)]


def is_for(service: NetworkService, where: tuple[str, ...] | None) -> bool:
    """Tell whether a service has a member for these places; None: for all."""
    return where is None or any(member.is_for(where) for member in service.members)


def kept_from(network: OneNetwork, region: str) -> dict[str, Restriction]:
    """Return the services that a region never has, by id, each with the restriction that keeps it (ADR 61)."""
    if network.restrictions.are_none:
        return {}
    lineage = RegionTree(network.regions).lineage(region)
    rules = {s.id: network.restrictions.always_against(s.channels, lineage) for s in network.services.values()}
    return {id_: rule for id_, rule in rules.items() if rule is not None}


def kept_by(network: OneNetwork, service: NetworkService, region: str) -> Restriction | None:
    """Return the restriction by which a region never has a service; None: it has it, at least at times."""
    if network.restrictions.are_none:
        return None
    return network.restrictions.always_against(service.channels, RegionTree(network.regions).lineage(region))


def substituted(network: OneNetwork, table: dict[int, str], region: str) -> dict[int, str]:
    """Return a region's table of numbers without what it never has: what takes its place has its number, or its own."""
    kept = kept_from(network, region)
    found = {number: id_ for number, id_ in table.items() if id_ not in kept}
    there = set(found.values())
    for number, id_ in table.items():
        other = substitute(network, kept[id_], region) if id_ in kept else None
        if other is not None and other.id not in there:
            found[number] = other.id
            there.add(other.id)
    return dict(sorted(found.items()))


def substitute(network: OneNetwork, rule: Restriction, region: str) -> NetworkService | None:
    """Return what takes a service's place in a region, if it is there."""
    if not rule.instead:
        return None
    other = network.services.get(rule.instead) or next(
        (service for service in network.services.values() if rule.instead in service.channels), None
    )
    where = places(network, region)
    if other is None or not members_for(other, where) or kept_by(network, other, region) is not None:
        return None
    return other


def numbers(network: OneNetwork, where: tuple[str, ...]) -> dict[int, str]:
    """Return the one table of numbers of these places, the nearest's first: no number and no service twice."""
    found: dict[int, str] = {}
    there: set[str] = set()
    for place in where:
        for number, id_ in sorted(network.numbers.get(place, {}).items()):
            if number not in found and id_ not in there:
                found[number] = id_
                there.add(id_)
    return found


def instead(network: OneNetwork, service: NetworkService, region: str) -> tuple[NetworkService | None, Said] | None:
    """Return what a region has in the place of a service that is not for it, and why; None where the service is for it.

    It is the variant that is nearest: the region's own, else that of the one above it, and so on.
    """
    rule = kept_by(network, service, region)
    if rule is not None:
        return substitute(network, rule, region), said(
            "kept-from-region", service=service.id, rule=rule.id, region=region
        )
    where = places(network, region)
    if members_for(service, where):
        return None
    variants = (network.services[id_] for id_ in service.variants)
    there = {place: one for one in variants for m in members_for(one, where) for place in (m.region, *m.also)}
    found = next((there[place] for place in where if place in there), None) or next(iter(there.values()), None)
    regions = ", ".join(sorted({m.region for m in service.members}))
    if found is None:
        return None, said("not-for-region", service=service.id, regions=regions, region=region)
    return found, said("variant-of-region", service=service.id, regions=regions, region=region, instead=found.id)


def in_order(network: OneNetwork, region: str | None) -> list[tuple[int | None, NetworkService]]:
    """Return the services of a region, or of all (None), with their numbers; by number, those without one last."""
    where = places(network, region) if region else None
    numbers_of: dict[str, int] = {}
    for place in network.numbers if where is None else where:
        for number, id_ in network.numbers.get(place, {}).items():
            numbers_of.setdefault(id_, number)
    kept = kept_from(network, region) if region else {}
    for id_, rule in kept.items():
        other = substitute(network, rule, region or "")
        if id_ in numbers_of and other is not None and other.id not in numbers_of:
            numbers_of[other.id] = numbers_of[id_]
    there = [s for s in network.services.values() if s.id not in kept and members_for(s, where)]
    return sorted(
        ((numbers_of.get(service.id), service) for service in there),
        key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1].id),
    )
