"""Which services of the one network this node plays itself: ids of `/api/network` and those of `/api/services`."""

from collections.abc import Iterable

from yiwang.network.model import NetworkService, OneNetwork
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_network import OWN_SOURCE


def channel_of(service: NetworkService, region: str = "") -> str:
    """Return the id of the node's own channel that plays a service, one of ``region`` rather than another; empty: none does."""
    own = [member for member in service.members if member.source == OWN_SOURCE]
    best = next((member for member in own if member.region == region), own[0] if own else None)
    return best.key if best is not None else ""


class OwnChannels:
    """Finds the services that channels of the node are part of; looked up anew when the network changes."""

    def __init__(self, one: OneNetworkService) -> None:
        self._one = one
        self._of: OneNetwork | None = None
        self._services: dict[str, str] = {}

    def named(self, channel_ids: Iterable[str]) -> list[tuple[str, str]]:
        """Return (service id, channel id) of those channels that the network knows."""
        network = self._one.published.network
        if network is not self._of:
            self._services = {
                member.key: service.id
                for service in network.services.values()
                for member in service.members
                if member.source == OWN_SOURCE
            }
            self._of = network
        return [(self._services[id_], id_) for id_ in channel_ids if id_ in self._services]
