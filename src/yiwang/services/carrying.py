"""Channels that a node carries of others' lists: they come, change and go with them, and leave all others alone (ADR 37)."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from yiwang.base.errors import UsageError
from yiwang.net.source_url import DatagramSpec, HttpSpec, SourceSpec, parse_source_url
from yiwang.network.carry import Carried, CarriedService
from yiwang.network.to_m3u import text_in
from yiwang.services.channel import Channel
from yiwang.services.network import Network, Sources
from yiwang.store.config_file import Service
from yiwang.store.config_section import LONGEST_TEXT, Text

log = structlog.get_logger()


@dataclass(slots=True)
class _Running:
    """A channel, the task that reads it, and what it was made of."""

    channel: Channel
    task: asyncio.Task[None]
    carried: CarriedService


class Carrying:
    """Makes the network's channels what is to be carried.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._running: dict[str, _Running] = {}
        self._told: dict[str, object] = {}

    @property
    def channels(self) -> dict[str, Channel]:
        """The channels that are carried now."""
        return {id_: running.channel for id_, running in self._running.items()}

    async def follow(self, wanted: Carried, group: asyncio.TaskGroup) -> bool:
        """Begin, change and end channels; return whether any began or ended. What is the same is not touched."""
        services = self._readable(wanted)
        gone = [id_ for id_ in self._running if id_ not in services]
        for id_ in gone:
            await self._end(id_)
        began = [id_ for id_ in services if id_ not in self._running]
        for id_, (carried, specs) in services.items():
            running = self._running.get(id_)
            if running is None:
                channel = self._network.carry(_service(carried), specs, carried.number)
                task = group.create_task(channel.run(), name=id_)
                self._running[id_] = _Running(channel, task, carried)
                log.info("a service is carried", service=id_, sources=[spec.url for spec in specs])
                await asyncio.sleep(0)  # between two that begin, all others have their turn
            elif running.carried != carried:
                running.carried = carried
                running.channel.service = _service(carried)
                running.channel.set_sources(specs)
        numbers = {running.channel: running.carried.number for running in self._running.values()}
        if any(number not in (None, self._network.number_of(channel)) for channel, number in numbers.items()):
            self._network.renumber(numbers)
        return bool(gone or began)

    async def _end(self, id_: str) -> None:
        running = self._running.pop(id_)
        running.task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([running.task])
        running.channel.stop()
        self._network.remove_programme(running.channel)
        log.info("a service is carried no longer", service=id_)

    def _readable(self, wanted: Carried) -> dict[str, tuple[CarriedService, Sources]]:
        """Read the sources' URLs; tell once, and when it changes, what cannot be carried, and why."""
        found: dict[str, tuple[CarriedService, Sources]] = {}
        taken, unread = [], []
        for id_, carried in wanted.services.items():
            if id_ in self._network.channels and id_ not in self._running:
                taken.append(id_)
                continue
            specs = tuple(dict.fromkeys(spec for url in carried.sources if (spec := _spec(url)) is not None))
            if specs:
                found[id_] = carried, specs
            else:
                unread.append(id_)
        self._tell("listed without a transport stream, so they are not carried", [*wanted.without_source, *unread])
        self._tell("not carried: a channel of this node has the id", taken)
        if wanted.left_out:
            self._tell("more services than a node carries; the last by number are left out", [str(wanted.left_out)])
        return found

    def _tell(self, what: str, which: list[str]) -> None:
        if which and self._told.get(what) != which:
            log.warning(what, count=len(which), services=which[:5])
        self._told[what] = which


def _spec(url: str) -> SourceSpec | None:
    """Read a URL of a list; None: it cannot be read, or it is of a kind that no list may name, as a file."""
    try:
        spec = parse_source_url(url)
    except UsageError:
        return None
    return spec if isinstance(spec, DatagramSpec | HttpSpec) else None


def _service(carried: CarriedService) -> Service:
    best = carried.service.members[0]
    names = best.service.service_names
    zh, en = ((text_in(names, language) or carried.service.id)[:LONGEST_TEXT] for language in ("zh", "en"))
    return Service(id=carried.service.id, source=carried.sources, name=Text(zh=zh, en=en), region=_region(carried))


def _region(carried: CarriedService) -> str | None:
    regions = {member.region for member in carried.service.members}
    return next(iter(regions)) or None if len(regions) == 1 else None
