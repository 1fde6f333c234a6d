"""The node's own channels as a source of the network: what they are called, and the guide in their streams."""

from collections import Counter
from dataclasses import dataclass, field

from yiwang.dvbi.common import Text
from yiwang.mpegts.service_information import PresentFollowing, ServiceKey
from yiwang.network.guide.changes import update
from yiwang.network.guide.from_eit import schedule_of_eit, schedule_of_present_following
from yiwang.network.guide.schedule import EMPTY, Schedule
from yiwang.network.model import ListedService
from yiwang.network.own_service import own_service
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.store.config_network import OWN_SOURCE
from yiwang.store.config_section import Text as ConfigText


@dataclass(slots=True)
class _Eit:
    """Of a channel: what was read last, and from what."""

    present: PresentFollowing | None = None
    revision: int = -1
    fresh: Schedule = field(default_factory=lambda: EMPTY)
    days: Schedule = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class _Facts:
    """Of a channel: what its service is made of."""

    name: ConfigText
    provider: str
    number: int
    height: int
    key: ServiceKey | None
    group: tuple[str, int] | None


@dataclass(slots=True)
class OwnSource:
    """Looks at the channels of a node when asked."""

    network: Network
    domain: str
    faults: Counter[str] = field(default_factory=Counter)
    _eits: dict[str, _Eit] = field(default_factory=dict)
    _made: dict[Channel, tuple[_Facts, ListedService]] = field(default_factory=dict)

    def services(self) -> tuple[ListedService, ...]:
        """All channels of the node's own config as they are listed now."""
        return tuple(self._service(channel) for channel in self.network.channels.values() if not channel.is_carried)

    def carried(self) -> dict[str, ListedService]:
        """The node's own feeds of services that it carries of others' lists, by id."""
        return {id_: self._service(channel) for id_, channel in self.network.channels.items() if channel.is_carried}

    def _service(self, channel: Channel) -> ListedService:
        """Return what it was before, unless something has changed: all channels are asked each second."""
        output = self.network.outputs.get(channel.service.id)
        spec = output.spec if output is not None else None
        facts = _Facts(
            name=channel.name, provider=channel.provider, number=self.network.number_of(channel),
            height=max((track.config.height for track in channel.tracks), default=0), key=self._key(channel),
            group=(str(spec.address), spec.port) if spec is not None and spec.address.is_multicast else None,
        )  # fmt: skip
        known = self._made.get(channel)
        if known is None or known[0] != facts:
            if len(self._made) > 2 * len(self.network.channels):  # many that are gone
                live = set(self.network.channels.values())
                self._made = {other: made for other, made in self._made.items() if other in live}
            known = self._made[channel] = facts, self._make(channel, facts)
        return known[1]

    def _make(self, channel: Channel, facts: _Facts) -> ListedService:
        name, key = facts.name, facts.key
        names = [Text(value=name.zh, lang="zh")] + ([Text(value=name.en, lang="en")] if name.en != name.zh else [])
        return own_service(
            OWN_SOURCE, channel.service.id, names=names, provider=facts.provider, domain=self.domain,
            region=channel.service.region or "", number=facts.number, height=facts.height,
            triplet=(key.original_network_id, key.transport_stream_id, key.service_id) if key is not None else None,
            group=facts.group,
        )  # fmt: skip

    @staticmethod
    def _key(channel: Channel) -> ServiceKey | None:
        number = channel.packager.program_number
        return channel.information.key_of(number) if number is not None else None

    def guide(self, service_id: str) -> tuple[Schedule, Schedule]:
        """Return what an EIT says is on and next, and its schedule; read anew when another has come."""
        channel = self.network.channels.get(service_id)
        if channel is None:
            return EMPTY, EMPTY
        known = self._eits.setdefault(service_id, _Eit())
        number, information = channel.packager.program_number, channel.information
        present = information.now_next(number) if number is not None else None
        if present is not known.present:
            known.present = present
            if present is not None:  # what was on before stays
                known.fresh = update(known.fresh, schedule_of_present_following(present, faults=self.faults)).schedule
        key = self._key(channel)
        schedule = information.schedules.get(key) if key is not None else None
        if schedule is not None and schedule.revision != known.revision:
            known.revision = schedule.revision
            known.days = schedule_of_eit(schedule.events, faults=self.faults)
        return known.fresh, known.days
