"""What operators do with a running node: channels begun, changed, stopped, removed, their sources chosen (ADR 39).

Everything is checked whole, as the config is at the start, before any of it is true: a config that is not good changes nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from yiwang.base.errors import UsageError, WorkError
from yiwang.base.said import said
from yiwang.net import wall_clock
from yiwang.net.output_url import OutputSpec, parse_output_url
from yiwang.net.source_url import FileSpec, StdinSpec, parse_source_url
from yiwang.services.channel import Channel
from yiwang.services.dry_run import Tried, try_source
from yiwang.services.network import Network, Sources, read_services
from yiwang.services.output import output_fault
from yiwang.store.config_file import Config, Packaging, Service, fault_sentence, load_config
from yiwang.store.console_config import FILE, ConsoleConfig, save_console_config

IN_PLACE = frozenset({"name", "region", "number", "watch_picture"})
SOURCES = frozenset({"source", "interface"})
ADOPTED = frozenset({"service", "region"})
"""Sections that `reload` makes true at once."""
TRIED_MS = 15 * 60_000
"""A source that was looked at is taken for so long."""
TRIED_AT_ONCE = 2
MOST_TRIED = 1000

log = structlog.get_logger()


class NotTried(UsageError):
    """A source was never looked at."""


class NotNow(UsageError):
    """It cannot be done while the node runs, or not by the console."""


@dataclass(frozen=True, slots=True)
class NotConfigured:
    """A channel that no service of the config stands for alone, and what operators may do with it.

    One that is carried may be stopped, and begun again, and its source chosen; its list says all else. A programme of a
    multiplex that is taken whole comes and goes with that, ``multiplex``; nothing is done with it by itself.
    """

    id: str
    sources: tuple[str, ...]  # none of one that is stopped: its list knows them
    is_stopped: bool
    held_source: str | None
    multiplex: str = ""


@dataclass(frozen=True, slots=True)
class Configured:
    """A service of the config, as it is to be."""

    service: Service
    is_in_file: bool  # the operator's
    is_changed: bool  # by the console
    is_stopped: bool
    held_source: str | None


@dataclass(slots=True)
class Done:
    """What an action has changed, for the audit log; ``later``: what of it waits for the next start."""

    subject: str
    before: Any = None
    after: Any = None
    later: list[str] = field(default_factory=list)


class Control:
    """The actions. One at a time.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._lock = asyncio.Lock()
        self._trying = asyncio.Semaphore(TRIED_AT_ONCE)
        self._tried: dict[_Way, int] = {}  # when it was good

    # -- what there is

    def services(self) -> list[Configured]:
        """Return all services of the config, those that are stopped, too."""
        in_file = {service.id for service in self._network.base.service}
        changed = {service.id for service in self._network.changes.service}
        stopped, chosen = self._network.changes.stopped, self._network.changes.chosen
        return [
            Configured(one, one.id in in_file, one.id in changed, one.id in stopped, chosen.get(one.id))
            for one in self._network.config.service
        ]

    def others(self) -> list[NotConfigured]:
        """Return the other channels, and those of others' lists that are stopped."""
        known, changes = {service.id for service in self._network.config.service}, self._network.changes
        whole = [service.id for service in self._network.config.service if service.is_every_program]
        running = {id_: channel for id_, channel in self._network.channels.items() if id_ not in known}
        found = [
            NotConfigured(
                id_,
                tuple(spec.url for spec in (channel.source_spec, *channel.standby_specs)),
                is_stopped=False,
                held_source=changes.chosen.get(id_),
                multiplex="" if channel.is_carried else next((m for m in whole if id_.rpartition("-")[0] == m), ""),
            )
            for id_, channel in running.items()
        ]
        stopped = (id_ for id_ in changes.stopped if id_ not in known and id_ not in running)
        return found + [NotConfigured(id_, (), True, changes.chosen.get(id_)) for id_ in stopped]

    def _service(self, service_id: str) -> Service:
        for service in self._network.config.service:
            if service.id == service_id:
                return service
        raise KeyError(service_id)

    @property
    def packaging(self) -> Packaging:
        """How channels are packaged that say nothing of it."""
        return self._network.config.packaging

    # -- trying

    async def dry_run(self, values: dict[str, Any]) -> list[Tried]:
        """Look at the sources of a service that is to be, some seconds each. UsageError: it cannot be."""
        service = self._read(values)
        self._check(self._network.changes.with_service(service))
        tried = await asyncio.gather(*(self._try(url, service) for url in service.source))
        now_ms = wall_clock.monotonic_ms()
        self._tried = {way: at for way, at in self._tried.items() if now_ms - at < TRIED_MS}
        for one, way in list(zip(tried, _ways(service), strict=True))[: MOST_TRIED - len(self._tried)]:
            if not one.fault:
                self._tried[way] = now_ms
        if service.output is not None:
            tried.append(Tried(service.output, output_fault(parse_output_url(service.output)), is_output=True))
        return tried

    async def _try(self, url: str, service: Service) -> Tried:
        async with self._trying:
            return await try_source(url, service.interface, service.program_number)

    def _read(self, values: dict[str, Any]) -> Service:
        """Read a service as the config has it; what it receives must come by the network, unless it is in the config."""
        try:
            service = Service.model_validate(values)
        except ValidationError as error:
            raise UsageError(
                "\n".join(fault_sentence(f"service {values.get('id')}", f) for f in error.errors())
            ) from None
        known = {url for one in self._network.config.service for url in one.source}
        for url in service.source:
            spec = parse_source_url(url, interface=service.interface)
            if isinstance(spec, FileSpec | StdinSpec) and url not in known:
                raise UsageError(
                    f"service {service.id}: source: {spec.url}: only the config file may name files of the node"
                )
        return service

    # -- changing

    async def save(self, values: dict[str, Any], *, untried: bool) -> Done:
        """Add a service, or change it, now and for the next starts.

        Raises
        ------
        NotTried, NotNow, UsageError    nothing has changed
        WorkError                       the console's file cannot be written: nothing has changed
        """
        async with self._lock:
            service = self._read(values)
            before = next((one for one in self._network.config.service if one.id == service.id), None)
            channel = self._network.channels.get(service.id)
            if before is None and channel is not None:
                raise NotNow(f"{service.id}: a channel that is carried, or of a multiplex, has this id")
            now_ms = wall_clock.monotonic_ms()
            known = _ways(before) if before is not None else ()
            for way in () if untried else _ways(service):
                if way not in known and now_ms - self._tried.get(way, now_ms - TRIED_MS) >= TRIED_MS:
                    raise NotTried(f"service {service.id}: source: {said('not-tried', url=shown(way[0]))}")
            if service.output is not None and not untried and (before is None or before.output != service.output):
                fault = output_fault(parse_output_url(service.output))
                if fault:
                    raise NotTried(f"service {service.id}: output: {service.output}: {fault}")
            await self._make_true(self._network.changes.with_service(service))
            return Done(service.id, before and _plain(before), _plain(service))

    async def remove(self, service_id: str) -> Done:
        """Remove a service. Raises KeyError, NotNow, UsageError, WorkError."""
        async with self._lock:
            before = self._service(service_id)
            is_in_file = any(one.id == service_id for one in self._network.base.service)
            await self._make_true(self._network.changes.without_service(service_id, is_in_file=is_in_file))
            return Done(service_id, _plain(before))

    async def stop(self, service_id: str, *, stopped: bool) -> Done:
        """Stop a service, or start it again; it stays in the config. Raises KeyError, NotNow, UsageError, WorkError.

        One that is carried is carried no longer, or again, at once; its list does not know of it.
        """
        async with self._lock:
            other = next((one for one in self.others() if one.id == service_id), None)
            if other is None:
                self._service(service_id)
            elif other.multiplex:
                raise NotNow(said("taken-whole", id=service_id, multiplex=other.multiplex))
            before = service_id in self._network.changes.stopped
            await self._make_true(self._network.changes.with_stopped(service_id, stopped=stopped))
            if other is not None and self._network.carry_again is not None:
                self._network.carry_again()
            return Done(service_id, {"stopped": before}, {"stopped": stopped})

    async def use_source(self, service_id: str, url: str | None) -> Done:
        """Stay with one of a channel's sources, or (None) choose by what they are like; now and after the next starts.

        Raises KeyError, NotNow, UsageError, WorkError: nothing has changed.
        """
        async with self._lock:
            channel = self._network.channels[service_id]
            urls = [spec.url for spec in (channel.source_spec, *channel.standby_specs)]
            if url is not None and len(urls) == 1:
                raise NotNow(said("one-source", id=service_id))
            if url is not None and url not in urls:
                raise UsageError(f"{service_id}: no source {url}; it has {', '.join(urls)}")
            before = _in_use(channel)
            changes = self._network.changes.with_chosen(service_id, url)
            await self._keep(changes)
            self._network.adopt(self._network.config, changes)
            channel.use_source(url)
            return Done(service_id, before, _in_use(channel))

    async def reload(self) -> Done:
        """Read the config file anew and make its services and regions true. Raises NotNow, UsageError: nothing has changed."""
        async with self._lock:
            network = self._network
            if not await asyncio.to_thread(Path(network.file).is_file):
                raise NotNow("this node has no config file")
            base = await asyncio.to_thread(load_config, Path(network.file))
            later = [
                key
                for key in Config.model_fields
                if key not in ADOPTED and getattr(base, key) != getattr(network.base, key)
            ]
            kept = {key: getattr(network.base, key) for key in Config.model_fields if key not in ADOPTED}
            before = {one.id: one for one in network.config.service}
            known = {one.id for one in base.service}
            changes = network.changes.model_copy(
                update={"removed": tuple(one for one in network.changes.removed if one in known)}
            )
            await self._make_true(changes, base.model_copy(update=kept), later)
            after = {one.id: one for one in network.config.service}
            return Done(
                network.file,
                {id_: _plain(one) for id_, one in before.items() if after.get(id_) != one},
                {id_: _plain(one) for id_, one in after.items() if before.get(id_) != one},
                later,
            )

    # -- making it true

    def _check(self, changes: ConsoleConfig, base: Config | None = None) -> tuple[Config, "list[_Wanted]"]:
        """Return the config with these changes, checked as at the start, and what it wants. UsageError."""
        base = base or self._network.base
        config = changes.over(base, FILE)
        specs, outputs = read_services(config.service, FILE)
        return config, [
            _Wanted(service, its_specs, outputs.get(service.id))
            for service, its_specs in zip(config.service, specs, strict=True)
            if service.id not in changes.stopped
        ]

    async def _make_true(
        self, changes: ConsoleConfig, base: Config | None = None, later: list[str] | None = None
    ) -> None:
        network = self._network
        changes = changes.model_copy(
            update={"stopped": tuple(one for one in changes.stopped if one not in changes.removed)}
        )
        config, wanted = self._check(changes, base)
        for service in config.service:
            if service.id in changes.chosen and changes.chosen[service.id] not in map(shown, service.source):
                changes = changes.with_chosen(service.id, None)
        before = {one.id: one for one in network.config.service if one.id not in network.changes.stopped}
        steps = self._steps(before, wanted, later)
        await self._keep(changes)
        if base is not None:
            network.base = base
        network.adopt(config, changes)
        for step in steps:
            await step()
        network.number_again()
        network.wake()

    async def _keep(self, changes: ConsoleConfig) -> None:
        """Write the console's file, if it is another. WorkError."""
        state_dir = self._network.config.node.state_dir
        if changes != self._network.changes:
            try:
                await asyncio.to_thread(save_console_config, state_dir, changes)
            except OSError as error:
                raise WorkError(f"{state_dir / FILE}: {error.strerror}") from None

    def _steps(
        self, before: dict[str, Service], wanted: "list[_Wanted]", later: list[str] | None
    ) -> list[Callable[[], Any]]:
        """Return what is to be done, ends first; what cannot be done now is refused, or (``later``) noted."""
        now = {one.service.id: one for one in wanted}
        ends, others = [], []
        for id_, service in before.items():
            if id_ not in now and self._can(service, None, later):
                ends.append(self._end(id_))
        for id_, one in now.items():
            old = before.get(id_)
            if (
                old == one.service
                or not self._can(one.service, one.specs, later)
                or (old and not self._can(old, None, later))
            ):
                continue
            if old is None or id_ not in self._network.channels:
                others.append(self._begin(one))
                continue
            keys = {key for key in Service.model_fields if getattr(old, key) != getattr(one.service, key)}
            if keys <= IN_PLACE:
                others.append(self._describe(one.service))
            elif keys <= IN_PLACE | SOURCES and not self._network.channels[id_].is_of_multiplex:
                others.append(self._change_sources(one))
            else:
                ends.append(self._end(id_))
                others.append(self._begin(one))
        return [*ends, *others]

    def _can(self, service: Service, specs: Sources | None, later: list[str] | None) -> bool:
        """Tell whether a service can begin, change or end while the node runs."""
        why = ""
        every = self._network.taken_whole
        if service.is_every_program:
            why = 'program = "*"'
        elif specs is not None and any(spec in every for spec in specs):
            why = "its source is a multiplex that is taken whole"
        if not why:
            return True
        if later is None:
            raise NotNow(f"{service.id}: {why}: change it in the config file; it takes effect at the node's next start")
        later.append(f"service {service.id}")
        return False

    def _end(self, service_id: str) -> Callable[[], Any]:
        async def step() -> None:
            if service_id in self._network.channels:
                await self._network.end(service_id)
                log.info("a channel ends", service=service_id)

        return step

    def _begin(self, one: "_Wanted") -> Callable[[], Any]:
        async def step() -> None:
            self._network.begin(one.service, one.specs, one.output)
            log.info("a channel begins", service=one.service.id, sources=[spec.url for spec in one.specs])

        return step

    def _change_sources(self, one: "_Wanted") -> Callable[[], Any]:
        async def step() -> None:
            await self._network.change_sources(one.service, one.specs)
            log.info("a channel has other sources", service=one.service.id, sources=[spec.url for spec in one.specs])

        return step

    def _describe(self, service: Service) -> Callable[[], Any]:
        async def step() -> None:
            self._network.describe(service)

        return step


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A service that is to run."""

    service: Service
    specs: Sources
    output: OutputSpec | None


_Way = tuple[str, str | None, int | str | None]
"""What is received, and how: URL, interface, programme."""


def _ways(service: Service) -> list[_Way]:
    return [(url, service.interface, service.program) for url in service.source]


def _in_use(channel: Channel) -> dict[str, str | None]:
    """Return which source is chosen, and which is read now."""
    return {"held": channel.chosen_source, "in_use": channel.source.url if channel.source is not None else None}


def _plain(service: Service) -> dict[str, Any]:
    """Return a service as JSON has it, with what was said of it only, and without the passwords in its URLs."""
    values = service.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return values | {"source": [shown(url) for url in service.source]}


def shown(url: str) -> str:
    """Return a source's URL for people: without passwords."""
    return parse_source_url(url).url
