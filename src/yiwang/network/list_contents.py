"""What lists are made of, as a few octets: equal where the lists are, and only there. For their versions."""

from collections import defaultdict
from hashlib import blake2b

from yiwang.network.model import ListedService, NetworkService, OneNetwork

DIGEST_OCTETS = 16


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_OCTETS).digest()


class ListContents:
    """Of one network after the other; what stays is not read again."""

    def __init__(self) -> None:
        self._members: dict[str, tuple[ListedService, bytes]] = {}
        self._services: dict[str, tuple[NetworkService, bytes, frozenset[str]]] = {}

    def of(self, network: OneNetwork) -> tuple[bytes, dict[str, bytes]]:
        """Return what stands for the list of all, and by place for what it adds: services that are for it, and its numbers.

        The list of a region is made of what the places add whose services it has (`of_region.places`), and of nothing else.
        """
        services_before, self._services = self._services, {}
        members_before, self._members = self._members, {}
        by_place: dict[str, list[bytes]] = defaultdict(list)
        for id_, service in network.services.items():
            known = services_before.get(id_)
            if known is not None and _lists_the_same(known[0], service):
                known = service, *known[1:]
                self._members |= ((m.id, members_before[m.id]) for m in service.members)
            else:
                known = self._read(service, members_before)
            self._services[id_] = known
            for place in known[2]:
                by_place[place].append(known[1])
        common = _digest(repr((network.regions, network.restrictions.rules)))
        places: dict[str, bytes] = {}
        for place in sorted({"", *network.regions, *network.numbers, *by_place}):
            numbers = _digest(repr(network.numbers.get(place)))
            places[place] = b"".join((common, numbers, *by_place.get(place, ())))
        rest = _digest(repr(sorted(network.numbers.items())))
        return b"".join((common, rest, *(its for _, its, _ in self._services.values()))), places

    def _read(
        self, service: NetworkService, before: dict[str, tuple[ListedService, bytes]]
    ) -> tuple[NetworkService, bytes, frozenset[str]]:
        digests = []
        for member in service.members:
            known = before.get(member.id)
            if known is None or known[0] is not member:
                known = member, _digest(repr(member))
            self._members[member.id] = known
            digests.append(known[1])
        places = {place for m in service.members for place in (m.region, *m.also)}
        places |= {""} if any(m.national for m in service.members) else set()
        whole = blake2b(b"".join(digests), digest_size=DIGEST_OCTETS, key=service.id.encode()[:64])
        whole.update(repr(service.variants).encode())
        return service, whole.digest(), frozenset(places)


def _lists_the_same(one: NetworkService, other: NetworkService) -> bool:
    return one.members == other.members and one.variants == other.variants
