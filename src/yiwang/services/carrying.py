"""Channels that a node carries of others' lists: they come, change and go with them, and leave all others alone (ADR 37)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from yiwang.base.errors import UsageError
from yiwang.base.said import said, said_as
from yiwang.net.source_url import DatagramSpec, HlsSpec, HttpSpec, SourceSpec, parse_source_url
from yiwang.network.carry import Carried, CarriedService
from yiwang.network.to_m3u import text_in
from yiwang.services.carry_check import CarryCheck
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
    specs: Sources


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stream that is no source of a service, or (``url`` empty) a service that is not carried; ``reason``: a clause."""

    url: str
    reason: str


STOPPED = said("stopped")
NOT_KNOWN_YET = said("not-read-yet")


class Carrying:
    """Makes the network's channels what is to be carried.

    Parameters
    ----------
    network : Network
    changed : callable    called when `follow` is to be called again with what was wanted last
    """

    def __init__(self, network: Network, changed: Callable[[], None]) -> None:
        self._network = network
        self._running: dict[str, _Running] = {}
        self._told: dict[str, object] = {}
        self._check = CarryCheck(self._has_news)
        self._checking: asyncio.Task[None] | None = None
        self._changed = changed
        network.carry_again = self._has_news  # another one is stopped
        self.has_news = False
        self.left_out: dict[str, tuple[LeftOut, ...]] = {}
        """What is not carried, and streams that are not used, by id of the service."""

    def _has_news(self) -> None:
        self.has_news = True
        self._changed()

    @property
    def channels(self) -> dict[str, Channel]:
        """The channels that are carried now."""
        return {id_: running.channel for id_, running in self._running.items()}

    async def follow(self, wanted: Carried, group: asyncio.TaskGroup) -> bool:
        """Begin, change and end channels; return whether any began or ended. What is the same is not touched."""
        self.has_news = False
        services = self._readable(wanted, group)
        gone = [id_ for id_ in self._running if id_ not in services]
        for id_ in gone:
            await self._end(id_)
        began = [id_ for id_ in services if id_ not in self._running]
        for id_, (carried, specs) in services.items():
            running = self._running.get(id_)
            if running is None:
                channel = self._network.carry(_service(carried), specs, carried.number)
                task = group.create_task(channel.run(), name=id_)
                self._running[id_] = _Running(channel, task, carried, specs)
                log.info("a service is carried", service=id_, sources=[spec.url for spec in specs])
                await asyncio.sleep(0)  # between two that begin, all others have their turn
            elif (running.carried, running.specs) != (carried, specs):
                running.carried, running.specs = carried, specs
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

    def _readable(self, wanted: Carried, group: asyncio.TaskGroup) -> dict[str, tuple[CarriedService, Sources]]:
        """Read the sources' URLs; tell once, and when it changes, what cannot be carried, and why."""
        found: dict[str, tuple[CarriedService, Sources]] = {}
        stopped = self._network.changes.stopped
        left_out: dict[str, tuple[LeftOut, ...]] = {
            id_: (LeftOut("", why),) for id_, why in wanted.without_source.items()
        }
        named = {
            id_: {url: _spec(url) for url in carried.sources}
            for id_, carried in wanted.services.items()
            if (id_ not in self._network.channels or id_ in self._running) and id_ not in stopped
        }
        self._check.want(spec for specs in named.values() for spec in specs.values() if spec is not None)
        if self._checking is None and self._check.has_work:
            self._checking = group.create_task(self._check.run(), name="streams of lists")
        for id_, specs in named.items():
            troubles = {url: self._trouble(spec) for url, spec in specs.items()}
            good = tuple(dict.fromkeys(s for url, s in specs.items() if s is not None and not troubles[url]))
            if good:
                found[id_] = wanted.services[id_], good
            elif id_ in self._running and NOT_KNOWN_YET in troubles.values():
                found[id_] = wanted.services[id_], self._running[id_].specs  # another address of it, perhaps
            if any(troubles.values()):
                left_out[id_] = tuple(LeftOut(url, why) for url, why in troubles.items() if why)
        self.left_out = left_out
        reasons = [f"{id_}: {left_out[id_][0].url} {left_out[id_][0].reason}" for id_ in left_out if id_ not in found]
        self._tell("listed, but not carried", [one for one in reasons if not one.endswith(NOT_KNOWN_YET)])
        left_out |= {id_: (LeftOut("", STOPPED),) for id_ in wanted.services if id_ in stopped}
        taken = [id_ for id_ in wanted.services if id_ not in named and id_ not in stopped]
        self._tell("not carried: a channel of this node has the id", taken)
        if wanted.left_out:
            self._tell("more services than a node carries; the last by number are left out", [str(wanted.left_out)])
        return found

    def _trouble(self, spec: SourceSpec | None) -> str:
        """Return why a stream is not used; empty: it is."""
        if spec is None:
            return said("no-address")
        trouble = self._check.trouble(spec)
        return NOT_KNOWN_YET if trouble is None else said_as(trouble)

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
    return spec if isinstance(spec, DatagramSpec | HttpSpec | HlsSpec) else None


def _service(carried: CarriedService) -> Service:
    best = carried.service.members[0]
    names = best.service.service_names
    zh, en = ((text_in(names, language) or carried.service.id)[:LONGEST_TEXT] for language in ("zh", "en"))
    return Service(id=carried.service.id, source=carried.sources, name=Text(zh=zh, en=en), region=_region(carried))


def _region(carried: CarriedService) -> str | None:
    regions = {member.region for member in carried.service.members}
    return next(iter(regions)) or None if len(regions) == 1 else None
