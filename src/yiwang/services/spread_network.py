"""A network whose channels are spread over worker processes; here is what is known of them, and their list (ADR 43)."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from yiwang.net import wall_clock
from yiwang.net.output_url import OutputSpec
from yiwang.net.source_url import SourceSpec, StdinSpec
from yiwang.services.channel import Channel
from yiwang.services.elsewhere import ChannelElsewhere
from yiwang.services.messages import Begin, ChangeSources, Describe, End, Numbers, Start, Told, UseSource, specs_of
from yiwang.services.multiplex import SharedSource
from yiwang.services.network import Job, Network, Sources
from yiwang.services.output import Output
from yiwang.services.shares import share_out
from yiwang.services.workers import Patience, Worker
from yiwang.store.config_file import Config, Service


class SpreadNetwork(Network):
    """The main process's network: channels of the config are elsewhere, those of others' lists are here.

    Parameters
    ----------
    config, file, jobs    as of `Network`
    n_workers : int
    log_json : bool       how workers log
    patience : Patience   with workers that tell nothing

    Raises
    ------
    UsageError            a source cannot be understood; nothing has been started
    """

    def __init__(
        self,
        config: Config,
        file: str,
        n_workers: int,
        jobs: tuple[Job, ...] = (),
        *,
        log_json: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self._every: dict[str, tuple[Service, SourceSpec]] = {}  # those that stand for all programmes of a source
        super().__init__(config, file, jobs)
        self.take: Callable[[socket.socket, bytes, Worker], None] = lambda connection, _, __: connection.close()
        """Gets connections that workers pass back, what was read of them, and from whom; set by who serves."""
        running = [service for service in self.config.service if service.id not in self.changes.stopped]
        specs = [specs_of(service) for service in running]
        weights = {id_: max(1, len(self._programmes.load(id_))) for id_ in self._every}
        shares = share_out(running, specs, weights, n_workers)
        self._worker_of: dict[str, Worker] = {}
        workers: list[Worker] = []
        for number, share in enumerate(shares, 1):
            worker = self._make_worker(str(number), log_json=log_json, patience=patience)
            workers.append(worker)
            self._worker_of |= dict.fromkeys(share, worker)
        self.workers = workers

    def _make_worker(self, name: str, *, log_json: bool, patience: Patience | None) -> Worker:
        def start() -> Start:
            """Return what it has to run now: operators add, change and remove services."""
            its = tuple(one for one in self.config.service if self._worker_of.get(one.id) is worker)
            node = self.config.node.model_copy(update={"workers": 1})
            has_stdin = any(StdinSpec() in specs_of(service) for service in its)
            share = self.config.model_copy(update={"node": node, "service": its, "listing": ()})
            chosen = {one.id: self.changes.chosen[one.id] for one in its if one.id in self.changes.chosen}
            return Start(share, self.file, has_stdin, chosen)

        def take(connection: socket.socket, octets: bytes) -> None:
            self.take(connection, octets, worker)

        def hear(told: Told) -> None:
            self._hear(worker, told)

        worker = Worker(name, start, take, hear, log_json=log_json, patience=patience)
        return worker

    # -- what it is made of

    def _shared_sources(self, specs: list[tuple[SourceSpec, ...]]) -> dict[SourceSpec, SharedSource]:
        """Take note of multiplexes; nothing is read here."""
        for service, (best, *_) in zip(self.config.service, specs, strict=True):
            if service.is_every_program:
                self._every[service.id] = service, best
        sources = [spec[0] for spec in specs if len(spec) == 1]
        self._shared = {spec for spec in sources if sources.count(spec) > 1}
        return {}

    @property
    def _looks_at_pictures(self) -> bool:
        return False  # workers do

    @property
    def taken_whole(self) -> set[SourceSpec]:
        """Sources of which all programmes are channels."""
        return {spec for _, spec in self._every.values()}

    def _make_output(self, service_id: str, spec: OutputSpec) -> Output:
        """Make what is listed; a worker sends."""
        return Output(spec, lambda fault: None)

    def _add(
        self, service: Service, spec: SourceSpec, source: SharedSource | None, others: tuple[SourceSpec, ...] = ()
    ) -> Channel:
        of_multiplex = not others and (spec in self._shared or spec in self.taken_whole)

        async def ask(what: str) -> Any:
            worker = self._worker_of.get(service.id)
            return await worker.ask(what, service.id) if worker is not None else None

        def send(message: object) -> None:
            worker = self._worker_of.get(service.id)
            if worker is not None:
                worker.send(message)

        channel = ChannelElsewhere(
            service, service.packaging(self.config.packaging), spec, others, wall_clock.now_ms(), ask, send,
            is_of_multiplex=of_multiplex,
        )  # fmt: skip
        self.channels[service.id] = channel
        return channel

    # -- who has what

    def worker_of(self, service_id: str) -> Worker | None:
        """Return the worker that has a channel; None: it is here, or there is no such channel."""
        return self._worker_of.get(service_id)

    def _hear(self, worker: Worker, told: Told) -> None:
        if told.programmes is not None:
            self._follow(worker, told.programmes)
        for service_id, figures in told.figures.items():
            channel = self.channels.get(service_id)
            if isinstance(channel, ChannelElsewhere):
                channel.take_figures(figures)

    def _follow(self, worker: Worker, programmes: dict[str, tuple[Service, int | None]]) -> None:
        """Make the list follow a worker's multiplexes, and tell it the numbers."""
        every = {id_: one for id_, one in self._every.items() if self._worker_of[id_] is worker}
        multiplex_of = {
            service_id: next(
                id_ for id_ in every if service_id == every[id_][0].of_program(service.program_number or 0).id
            )
            for service_id, (service, _) in programmes.items()
        }
        known = {id_ for id_, owner in self._worker_of.items() if owner is worker and id_ in self.wishes}
        for id_ in known - programmes.keys():
            self.remove_programme(self.channels[id_])
            self._worker_of.pop(id_, None)
        changed = set()
        for id_, (service, wish) in programmes.items():
            if id_ not in known:
                free = wish is not None and wish not in self._numbers.values()
                self._numbers[id_] = wish if free and wish is not None else self._free_number()
                self._add(service, every[multiplex_of[id_]][1], None)
                self._worker_of[id_] = worker
                self.wishes[id_] = wish
            elif self.wishes[id_] != wish:
                changed.add(multiplex_of[id_])
        for multiplex in changed:
            self.renumber(
                {self.channels[id_]: programmes[id_][1] for id_ in programmes if multiplex_of[id_] == multiplex}
            )
        worker.send(Numbers({id_: self._numbers[id_] for id_ in programmes}))

    # -- services that begin, change and end while it runs

    def begin(self, service: Service, specs: Sources, output: OutputSpec | None) -> None:
        """Let the worker that has least make a channel of a service that is new."""
        owners = list(self._worker_of.values())
        worker = min(self.workers, key=owners.count)
        self._worker_of[service.id] = worker
        super().begin(service, specs, output)
        worker.send(Begin(service))
        chosen = self.changes.chosen.get(service.id)
        if chosen is not None:
            worker.send(UseSource(service.id, chosen))

    async def end(self, service_id: str) -> None:
        """Let a worker end a channel."""
        await super().end(service_id)
        self._worker_of.pop(service_id).send(End(service_id))

    async def change_sources(self, service: Service, specs: Sources) -> None:
        """Let a worker give a channel other sources."""
        channel = self.channels[service.id]
        channel.service = service
        channel.set_sources(specs)
        self._worker_of[service.id].send(ChangeSources(service))

    def describe(self, service: Service) -> None:
        """Let a worker take what is said of a channel; only here is it listed."""
        super().describe(service)
        self._worker_of[service.id].send(Describe(service))

    # -- its life

    async def run(self) -> None:
        """Run until cancelled; then every worker has ended."""
        async with asyncio.TaskGroup() as group:
            for worker in self.workers:
                group.create_task(worker.run(), name=f"worker {worker.name}")
            group.create_task(super().run())
