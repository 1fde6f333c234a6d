"""A worker process: a share of the channels, and their media on connections that the main process passes here (ADR 43)."""

import asyncio
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from yiwang.base.errors import NotYetAvailable, UsageError
from yiwang.net import wall_clock
from yiwang.net.connection_passing import ConnectionPasser
from yiwang.net.output_url import parse_output_url
from yiwang.net.process import ProcessMeter
from yiwang.services.channel import Channel
from yiwang.services.figures import Telling
from yiwang.services.lookable import pieces_of
from yiwang.services.messages import (
    Answered,
    Ask,
    Begin,
    ChangeSources,
    Describe,
    End,
    Numbers,
    Start,
    Stop,
    Told,
    UseSource,
    packed,
    read_message,
    specs_of,
)
from yiwang.services.network import Network
from yiwang.store.config_file import Service
from yiwang.store.console_config import ConsoleConfig
from yiwang.web.http import Receive, Request, Scope, Send, send_answer
from yiwang.web.origin_answers import not_yet
from yiwang.web.origin_app import OriginApp
from yiwang.web.passed_connections import begin, passing_class
from yiwang.web.server import make_server

TELL_S = 1.0

log = structlog.get_logger()


async def run_worker(control: socket.socket, passing: socket.socket, on_ready: Callable[[], None]) -> None:
    """Run until the main process says so, or ends.

    Parameters
    ----------
    control, passing : sockets    to the main process
    on_ready : callable           called when connections are taken
    """
    reader, writer = await asyncio.open_connection(sock=control)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    start: Start = await read_message(reader)
    try:
        network = Network(start.config, start.file, changes=ConsoleConfig(chosen=start.chosen))
    except UsageError as error:  # main has read the same, so the file system is another now
        log.error("channels cannot be made", error=str(error))
        return
    app = OriginApp(network, _not_here, stopping)
    to_main: ConnectionPasser | None = None

    def whose_is(service_id: str | None) -> ConnectionPasser | None:
        return None if service_id in network.channels else to_main

    ready = asyncio.Event()
    server = make_server(app, ready.set, passing_class(app, whose_is))
    async with asyncio.TaskGroup() as group:

        def take(connection: socket.socket, octets: bytes) -> None:
            group.create_task(begin(server, connection, octets, None))

        running = group.create_task(network.run())
        serving = group.create_task(server.serve(sockets=[]))
        telling = group.create_task(_tell(network, writer, stopping))
        listening = group.create_task(_listen(network, reader, writer, stopping))
        await ready.wait()
        to_main = ConnectionPasser(passing, take)
        on_ready()
        await stopping.wait()
        server.should_exit = True
        network.wake()
        await serving
        for task in (running, telling, listening):
            task.cancel()
        to_main.close()


async def _not_here(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what is not this process's and could not be passed on: pipelined behind a body, for instance."""
    if scope["type"] == "http":
        await send_answer(Request.of(scope), not_yet(NotYetAvailable(1000)), send)


async def _listen(
    network: Network, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stopping: asyncio.Event
) -> None:
    try:
        while not stopping.is_set():
            message: Any = await read_message(reader)
            if isinstance(message, Ask):
                writer.write(packed(Answered(message.question, _answer(network, message))))
            elif isinstance(message, Stop):
                stopping.set()
            else:
                await _do(network, message)
    except EOFError:
        log.warning("the main process has ended")
        stopping.set()


async def _do(network: Network, message: Any) -> None:
    """Do what main says; a service that has gone meanwhile is none."""
    match message:
        case Numbers():
            network.adopt_numbers({id_: n for id_, n in message.numbers.items() if id_ in network.channels})
        case Begin(service) if service.id not in network.channels:  # it may have been there when this process began
            network.begin(service, specs_of(service), parse_output_url(service.output) if service.output else None)
        case End(service_id) if service_id in network.channels:
            await network.end(service_id)
        case ChangeSources(service) if service.id in network.channels:
            await network.change_sources(service, specs_of(service))
        case Describe(service) if service.id in network.channels:
            network.describe(service)
        case UseSource(service_id, url) if service_id in network.channels:
            with suppress(KeyError):
                network.channels[service_id].use_source(url)


def _timeline(channel: Channel) -> object:
    from yiwang.web.console_api import timeline_view  # with FastAPI, which a worker does not need before

    return timeline_view(channel, wall_clock.now_ms())


ANSWERS: dict[str, Callable[[Channel], object]] = {"pieces": pieces_of, "timeline": _timeline}
"""What main may ask of a channel."""


def _answer(network: Network, asked: Ask) -> object:
    channel = network.channels.get(asked.service_id)
    if channel is None:
        return None
    try:
        return ANSWERS[asked.what](channel)
    except Exception:  # a fault of ours, and no reason to end
        log.exception("internal_error", asked=asked.what, service=asked.service_id)
        return None


async def _tell(network: Network, writer: asyncio.StreamWriter, stopping: asyncio.Event) -> None:
    """Tell what has changed, for ever; whatever fails is told again a second later."""
    tellings: dict[str, Telling] = {}
    programmes: dict[str, tuple[Service, int | None]] | None = None
    meter = ProcessMeter()
    while True:
        its = {id_: (network.channels[id_].service, wish) for id_, wish in network.wishes.items()}
        for id_ in [id_ for id_, one in tellings.items() if network.channels.get(id_) is not one.channel]:
            del tellings[id_]
        figures = {}
        for id_, channel in network.channels.items():
            telling = tellings.get(id_)
            if telling is None:
                telling = tellings[id_] = Telling(channel)
            if news := telling.news():
                figures[id_] = news
        usage = resource.getrusage(resource.RUSAGE_SELF)
        told = Told(
            programmes=its if its != programmes else None,
            figures=figures,
            cpu_s=usage.ru_utime + usage.ru_stime,
            rss_bytes=meter.rss_bytes(),
        )
        programmes = its
        try:
            writer.write(packed(told))
            await writer.drain()
        except OSError:
            stopping.set()
            return
        await asyncio.sleep(TELL_S)
