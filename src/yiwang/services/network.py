"""The network: all channels of the config, running side by side."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from yiwang.base.errors import UsageError
from yiwang.base.said import said
from yiwang.mpegts.demultiplexer import Workspace
from yiwang.net import wall_clock
from yiwang.net.make_source import make_source
from yiwang.net.output_url import OutputSpec, parse_output_url
from yiwang.net.pump import Pump
from yiwang.net.source import Source
from yiwang.net.source_url import SourceSpec, StdinSpec, parse_source_url
from yiwang.services.channel import Channel
from yiwang.services.multiplex import SharedSource
from yiwang.services.output import Output
from yiwang.services.reading import check_reading
from yiwang.store.config_file import Config, Service
from yiwang.store.console_config import ConsoleConfig, load_console_config
from yiwang.store.programme_store import KnownProgramme, ProgrammeStore
from yiwang.store.timeline_store import TimelineStore

if TYPE_CHECKING:
    from yiwang.services.workers import Worker

log = structlog.get_logger()

Job = Callable[[], Coroutine[Any, Any, None]]


Sources = tuple[SourceSpec, ...]
"""Of one service, the best first."""


class Network:
    """What a node runs.

    Parameters
    ----------
    config : Config
    file : str          the config file's name, for errors
    jobs : coroutines   run beside the channels (the demo's senders)
    changes : ConsoleConfig    what the console has changed; default: what its file says

    Raises
    ------
    UsageError          a source cannot be understood; nothing has been started
    """

    carry_again: Callable[[], None] | None = None
    """Has who makes channels of others' lists look again; None: nobody does."""
    workers: "Sequence[Worker]" = ()
    """Processes that have its channels (`yiwang.services.spread_network`, ADR 43)."""

    def __init__(
        self, config: Config, file: str, jobs: tuple[Job, ...] = (), *, changes: ConsoleConfig | None = None
    ) -> None:
        self.file = file
        self.base = config
        """The config file's, without what the console has changed."""
        self.changes = changes or load_console_config(config.node.state_dir)
        self.config = config = self.changes.over(config, file)
        self._jobs = jobs
        self.started_ms = wall_clock.now_ms()
        specs, outputs = read_services(config.service, file)
        check_reading(config.packaging.read_subtitles, f"{file}: packaging.read_subtitles")
        try:
            self._store = TimelineStore(config.node.state_dir)
        except OSError as error:
            raise UsageError(f"{file}: node.state_dir: {config.node.state_dir}: {error.strerror}") from None
        self._programmes = ProgrammeStore(config.node.state_dir)
        self._workspace = Workspace()
        pump = Pump()

        def make(spec: SourceSpec) -> Source:
            return make_source(spec, pump)

        self._make = make
        self.channels: dict[str, Channel] = {}
        self.wishes: dict[str, int | None] = {}
        """Numbers that multiplexes want for their programmes."""
        self._numbers: dict[str, int] = {}
        self.sources: list[SharedSource] = []
        """Those that several channels share."""
        self._group: asyncio.TaskGroup | None = None  # while it runs
        self._readers: dict[Channel, asyncio.Task[None]] = {}
        self._watching: asyncio.Task[None] | None = None
        shared = self._shared_sources(specs)
        for service, (best, *others) in zip(config.service, specs, strict=True):
            if not service.is_every_program and service.id not in self.changes.stopped:
                self._add(service, best, shared.get(best) if not others else None, tuple(others))
        self._number_those_of_the_config()
        self.outputs = {
            service_id: self._make_output(service_id, spec)
            for service_id, spec in outputs.items()
            if service_id not in self.changes.stopped
        }
        for source in self.sources:
            source.restore()

    def _shared_sources(self, specs: list[tuple[SourceSpec, ...]]) -> dict[SourceSpec, SharedSource]:
        """Make the readers of sources that more than one channel needs; who has several sources reads them for itself."""
        services = self.config.service
        alone = {s.id: spec[0] for s, spec in zip(services, specs, strict=True) if len(spec) == 1}
        every = {alone[s.id]: s for s in services if s.is_every_program}
        count = Counter(alone.values())
        shared = {
            spec: SharedSource(spec, self._make, every.get(spec), self, self._programmes, self._workspace)
            for spec in dict.fromkeys(alone.values())
            if count[spec] > 1 or spec in every
        }
        self.sources = list(shared.values())
        return shared

    def _make_output(self, service_id: str, spec: OutputSpec) -> Output:
        """Make an output that gets all that the service's source sends."""
        channel = self.channels.get(service_id)
        if channel is not None:
            output = Output(spec, channel.note)
            channel.taps.append(output.feed)
            return output
        source = next(s for s in self.sources if s.every is not None and s.every.id == service_id)
        output = Output(spec, source.note)
        source.taps.append(output.feed)
        return output

    def _add(
        self, service: Service, spec: SourceSpec, source: SharedSource | None, others: tuple[SourceSpec, ...] = ()
    ) -> Channel:
        packaging = service.packaging(self.config.packaging)
        multiplex = source.multiplex if source is not None else None
        switch_over = service.switch_over or self.config.switch_over
        channel = Channel(
            service, packaging, self._store, spec, self._make, self._workspace, multiplex, others, switch_over
        )
        channel.chosen_source = self.changes.chosen.get(service.id)
        self.channels[service.id] = channel
        if source is not None:
            source.add(channel)
        return channel

    @property
    def taken_whole(self) -> set[SourceSpec]:
        """Sources of which all programmes are channels."""
        return {source.spec for source in self.sources if source.every is not None}

    # -- numbers in the viewer's list

    def _number_those_of_the_config(self) -> None:
        """Give the others the next free numbers, in the file's order."""
        self._numbers = {s.id: s.number for s in self.config.service if s.number is not None}
        for service_id in self.channels:
            self._numbers.setdefault(service_id, self._free_number())

    def _free_number(self) -> int:
        taken = set(self._numbers.values())
        return next(number for number in range(1, len(taken) + 2) if number not in taken)

    def number_of(self, channel: Channel) -> int:
        """The channel's number in the viewer's list: the config's, or the one that it was given."""
        return self._numbers[channel.service.id]

    # -- channels of a multiplex

    def add_programme(self, source: SharedSource, known: KnownProgramme) -> Channel:
        """Make a channel of a programme that has appeared; its number if that is free."""
        assert source.every is not None
        service = source.every.of_program(known.program_number)
        self.wishes[service.id] = known.number if known.number >= 1 else None
        free = known.number >= 1 and known.number not in self._numbers.values()
        self._numbers[service.id] = known.number if free else self._free_number()
        return self._add(service, source.spec, source)

    def renumber(self, wishes: dict[Channel, int | None]) -> None:
        """Give the channels of a multiplex the numbers that their network gives them, unless others have those.

        Those that it gives none keep theirs, or make way.
        """
        self.wishes.update({channel.service.id: number for channel, number in wishes.items()})
        before = {channel: self._numbers.pop(channel.service.id) for channel in wishes}
        for wished in (True, False):
            for channel, number in wishes.items():
                own = number if wished else before[channel]
                if channel.service.id in self._numbers or own is None:
                    continue
                if own not in self._numbers.values():
                    self._numbers[channel.service.id] = own
        for channel in wishes:
            if channel.service.id not in self._numbers:
                self._numbers[channel.service.id] = self._free_number()

    def remove_programme(self, channel: Channel) -> None:
        """Take a channel from the list."""
        self.channels.pop(channel.service.id, None)
        self._numbers.pop(channel.service.id, None)
        self.wishes.pop(channel.service.id, None)

    def adopt_numbers(self, numbers: dict[str, int]) -> None:
        """Take numbers that were given elsewhere: by the process whose list this is a part of."""
        self._numbers.update(numbers)

    # -- services that begin, change and end while it runs

    def _read(self, channel: Channel) -> None:
        """Read a channel's source, unless somebody else does."""
        if self._group is not None and not channel.is_of_multiplex and not channel.is_carried:
            self._readers[channel] = self._group.create_task(channel.run(), name=channel.service.id)

    async def _read_no_longer(self, channel: Channel) -> None:
        reader = self._readers.pop(channel, None)
        if reader is not None:
            reader.cancel()
            await asyncio.wait([reader])

    def adopt(self, config: Config, changes: ConsoleConfig) -> None:
        """Take a config whose services `begin`, `change` and `end` make true."""
        self.config, self.changes = config, changes

    def begin(self, service: Service, specs: Sources, output: OutputSpec | None) -> None:
        """Make a channel of a service that is new, and read its source for it alone."""
        channel = self._add(service, specs[0], None, specs[1:])
        if output is not None:
            self.outputs[service.id] = self._make_output(service.id, output)
        self.number_again()
        self._read(channel)
        self._watch_pictures()

    async def end(self, service_id: str) -> None:
        """Let a channel go; its numbers are kept for the day it comes back."""
        channel = self.channels[service_id]
        await self._read_no_longer(channel)
        output = self.outputs.pop(service_id, None)
        if output is not None:
            output.close()
        for source in self.sources:
            if channel in source.channels:
                source.remove(channel)
        self.remove_programme(channel)
        channel.stop()

    async def change_sources(self, service: Service, specs: Sources) -> None:
        """Let a channel that is alone with its source go on with others; what was published stays."""
        channel = self.channels[service.id]
        channel.service = service
        if len(specs) > 1 and channel.standby_specs:
            channel.set_sources(specs)
            return
        await self._read_no_longer(channel)
        channel.set_sources(specs)
        channel.packager.begin_source()
        self._read(channel)

    def describe(self, service: Service) -> None:
        """Take what is said of a channel, and whether its picture is looked at."""
        channel = self.channels[service.id]
        channel.service = service
        if not service.watch_picture:
            channel.picture = None
        self._watch_pictures()

    def number_again(self) -> None:
        """Give the config's numbers to whom it gives them; all others keep theirs, or make way."""
        before = self._numbers
        self._numbers = {s.id: s.number for s in self.config.service if s.number is not None}
        taken = set(self._numbers.values())
        for service_id in self.channels:
            if service_id not in self._numbers:
                number = before.get(service_id)
                self._numbers[service_id] = self._free_number() if number is None or number in taken else number
                taken.add(self._numbers[service_id])

    def workers_use(self) -> tuple[float, int]:
        """Return CPU time, seconds, and resident memory, octets, of the workers."""
        return sum(worker.cpu_s for worker in self.workers), sum(worker.rss_bytes for worker in self.workers)

    # -- channels of others' lists

    def carry(self, service: Service, specs: Sources, wished: int | None) -> Channel:
        """Make a channel whose sources may change; its number if that is free. Who calls it runs it."""
        free = wished is not None and wished not in self._numbers.values()
        self._numbers[service.id] = wished if free and wished is not None else self._free_number()
        switch_over = service.switch_over or self.config.switch_over
        channel = Channel(
            service, service.packaging(self.config.packaging), self._store, specs[0], self._make, self._workspace,
            standby_specs=specs[1:], switch_over=switch_over, is_carried=True,
        )  # fmt: skip
        channel.chosen_source = self.changes.chosen.get(service.id)
        self.channels[service.id] = channel
        return channel

    @property
    def _looks_at_pictures(self) -> bool:
        return any(service.watch_picture for service in self.config.service) or bool(self._watched())

    def _watched(self) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.service.watch_picture]

    def _watch_pictures(self) -> None:
        """Begin to look at pictures, once there is a channel of which it is wanted."""
        if self._group is not None and self._watching is None and self._looks_at_pictures:
            from yiwang.services.picture_watch import PictureWatch  # with FFmpeg, which most nodes never need

            watch = PictureWatch(self._watched, self.config.watch_picture)
            self._watching = self._group.create_task(watch.run(), name="pictures")

    async def run(self) -> None:
        """Run until cancelled; then every channel has saved where it is."""
        try:
            async with asyncio.TaskGroup() as group:
                for job in self._jobs:
                    group.create_task(job())
                self._group = group
                for channel in self.channels.values():
                    self._read(channel)
                for source in self.sources:
                    group.create_task(source.run(), name=source.spec.url)
                group.create_task(self._tick())
                self._watch_pictures()
        finally:
            self._group = self._watching = None
            for channel in self.channels.values():
                channel.stop()
            for output in self.outputs.values():
                output.close()
            self._sync()

    def wake(self) -> None:
        """Let all who wait for something of a channel look again."""
        for channel in self.channels.values():
            channel.wake()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            for channel in self.channels.values():
                channel.health.tick()
            if self._store.has_unsynced:
                await asyncio.to_thread(self._sync)

    def _sync(self) -> None:
        try:
            self._store.sync()
        except OSError as error:
            log.warning("state not on the disk", error=str(error))


def read_services(services: Sequence[Service], file: str) -> tuple[list[Sources], dict[str, OutputSpec]]:
    """Read what services receive, each in its place, and what they send, by id; UsageError with the key at fault."""
    specs: list[Sources] = []
    for i, service in enumerate(services):
        try:
            specs.append(tuple(parse_source_url(url, interface=service.interface) for url in service.source))
        except UsageError as error:
            raise UsageError(f"{file}: service[{i}].source: {error}") from None
        check_reading(service.read_subtitles or False, f"{file}: service[{i}].read_subtitles")
        if len(set(specs[-1])) < len(specs[-1]):
            raise UsageError(f"{file}: service[{i}].source: a source is listed twice")
    _check_standard_input(specs, file)
    _check_programs(services, specs, file)
    return specs, _read_outputs(services, file)


def _check_standard_input(specs: list[tuple[SourceSpec, ...]], file: str) -> None:
    """See that nobody else reads the standard input that one of several sources is."""
    readers = [i for i, several in enumerate(specs) if StdinSpec() in several]
    if len(readers) > 1 and any(len(specs[i]) > 1 for i in readers):
        raise UsageError(
            f"{file}: service[{readers[1]}].source: standard input, beside others, can be of one service only"
        )


def _check_programs(services: Sequence[Service], specs: list[tuple[SourceSpec, ...]], file: str) -> None:
    """See that what takes all programmes of a source leaves no doubt which channel is which."""
    every: dict[tuple[SourceSpec, ...], Service] = {}
    for i, (service, spec) in enumerate(zip(services, specs, strict=True)):
        if service.is_every_program and len(spec) > 1:
            raise UsageError(f"{file}: service[{i}].source: one source only, where all its programmes are taken")
        if service.is_every_program and every.setdefault(spec, service) is not service:
            raise UsageError(f"{file}: service[{i}].program: {every[spec].id!r} takes all programmes of this source")
    for i, (service, spec) in enumerate(zip(services, specs, strict=True)):
        if spec in every and service.program is None:
            raise UsageError(
                f"{file}: service[{i}].program: is missing; beside {every[spec].id!r}, which takes all other programmes "
                "of the source, it must be named"
            )
        for other_spec, other in every.items():
            match = re.fullmatch(re.escape(other.id) + r"-(\d{1,5})", service.id)
            if match and (spec != other_spec or service.program_number != int(match[1])):
                raise UsageError(f"{file}: service[{i}].id: {service.id!r} is what a programme of {other.id!r} gets")


def _read_outputs(services: Sequence[Service], file: str) -> dict[str, OutputSpec]:
    """Read what services send; UsageError with the key of one that cannot be understood."""
    outputs: dict[str, OutputSpec] = {}
    taken: dict[tuple[object, ...], str] = {}
    for i, service in enumerate(services):
        if service.output is not None:
            try:
                spec = outputs[service.id] = parse_output_url(service.output)
            except UsageError as error:
                raise UsageError(f"{file}: service[{i}].output: {error}") from None
            other = taken.setdefault((spec.address, spec.port, spec.interface), service.id)
            if other != service.id:
                raise UsageError(
                    f"{file}: service[{i}].output: {said('sends-already', id=repr(other), url=service.output)}"
                )
    return outputs
