"""The network as a region has it: its services with their numbers."""

from yiwang.network.model import ListedService, NetworkService, OneNetwork
from yiwang.network.regions import RegionTree


def places(network: OneNetwork, region: str) -> tuple[str, ...]:
    """Return whose services and numbers a region has: its own, then those of the regions above it, then those of none."""
    return (*RegionTree(network.regions).lineage(region), "")


def members_for(service: NetworkService, where: tuple[str, ...] | None) -> list[ListedService]:
    """Return the members for these places (see `places`); None: all."""
    return [m for m in service.members if where is None or m.is_for(where)]


def in_order(network: OneNetwork, region: str | None) -> list[tuple[int | None, NetworkService]]:
    """Return the services of a region, or of all (None), with their numbers; by number, those without one last."""
    where = places(network, region) if region else None
    numbers: dict[str, int] = {}
    for place in network.numbers if where is None else where:
        for number, id_ in network.numbers.get(place, {}).items():
            numbers.setdefault(id_, number)
    there = [service for service in network.services.values() if members_for(service, where)]
    return sorted(
        ((numbers.get(service.id), service) for service in there),
        key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1].id),
    )
