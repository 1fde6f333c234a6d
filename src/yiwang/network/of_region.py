"""The network as a region has it: its services with their numbers."""

from yiwang.base.said import Said, said
from yiwang.network.model import ListedService, NetworkService, OneNetwork
from yiwang.network.regions import RegionTree


def places(network: OneNetwork, region: str) -> tuple[str, ...]:
    """Return whose services and numbers a region has: its own, then those of the regions above it, then those of none."""
    return (*RegionTree(network.regions).lineage(region), "")


def members_for(service: NetworkService, where: tuple[str, ...] | None) -> list[ListedService]:
    """Return the members for these places (see `places`); None: all."""
    return [m for m in service.members if where is None or m.is_for(where)]


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
    there = [service for service in network.services.values() if members_for(service, where)]
    return sorted(
        ((numbers_of.get(service.id), service) for service in there),
        key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1].id),
    )
