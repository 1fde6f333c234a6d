"""The network: all channels of the config, running side by side."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from yiwang.base.errors import UsageError
from yiwang.mpegts.demultiplexer import Workspace
from yiwang.net import wall_clock
from yiwang.net.make_source import make_source
from yiwang.net.output_url import parse_output_url
from yiwang.net.pump import Pump
from yiwang.net.source import Source
from yiwang.net.source_url import SourceSpec, StdinSpec, parse_source_url
from yiwang.services.channel import Channel
from yiwang.services.output import Output
from yiwang.store.config_file import Config
from yiwang.store.timeline_store import TimelineStore

log = structlog.get_logger()

Job = Callable[[], Coroutine[Any, Any, None]]


class Network:
    """What a node runs.

    Parameters
    ----------
    config : Config
    file : str          the config file's name, for errors
    jobs : coroutines   run beside the channels (the demo's senders)

    Raises
    ------
    UsageError          a source cannot be understood; nothing has been started
    """

    def __init__(self, config: Config, file: str, jobs: tuple[Job, ...] = ()) -> None:
        self.config = config
        self._jobs = jobs
        self.started_ms = wall_clock.now_ms()
        specs: list[SourceSpec] = []
        for i, service in enumerate(config.service):
            try:
                specs.append(parse_source_url(service.source, interface=service.interface))
            except UsageError as error:
                raise UsageError(f"{file}: service[{i}].source: {error}") from None
            if isinstance(specs[-1], StdinSpec) and StdinSpec() in specs[:-1]:
                raise UsageError(f"{file}: service[{i}].source: standard input can be the source of one service only")
        outputs = {}
        for i, service in enumerate(config.service):
            if service.output is not None:
                try:
                    outputs[service.id] = parse_output_url(service.output)
                except UsageError as error:
                    raise UsageError(f"{file}: service[{i}].output: {error}") from None
        try:
            self._store = TimelineStore(config.node.state_dir)
        except OSError as error:
            raise UsageError(f"{file}: node.state_dir: {config.node.state_dir}: {error.strerror}") from None
        pump, workspace = Pump(), Workspace()

        def make(spec: SourceSpec) -> Source:
            return make_source(spec, pump)

        self.channels = {
            service.id: Channel(service, service.packaging(config.packaging), self._store, spec, make, workspace)
            for service, spec in zip(config.service, specs, strict=True)
        }
        self.outputs = {id_: Output(spec, self.channels[id_].note) for id_, spec in outputs.items()}
        for id_, output in self.outputs.items():
            self.channels[id_].taps.append(output.feed)

    async def run(self) -> None:
        """Run until cancelled; then every channel has saved where it is."""
        try:
            async with asyncio.TaskGroup() as group:
                for job in self._jobs:
                    group.create_task(job())
                for channel in self.channels.values():
                    group.create_task(channel.run(), name=channel.service.id)
                group.create_task(self._tick())
        finally:
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
            await asyncio.to_thread(self._sync)

    def _sync(self) -> None:
        try:
            self._store.sync()
        except OSError as error:
            log.warning("state not on the disk", error=str(error))
