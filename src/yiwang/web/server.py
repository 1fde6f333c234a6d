"""Runs a network and its HTTP face in one event loop, until SIGTERM or SIGINT."""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import structlog
import uvicorn

from yiwang.base.errors import UsageError
from yiwang.services.history import History
from yiwang.services.network import Network
from yiwang.services.network_documents import NetworkDocuments
from yiwang.services.one_network import OneNetworkService
from yiwang.services.thumbnails import Thumbnails
from yiwang.web.api import accounts_of, make_api
from yiwang.web.lists_app import ListsApp
from yiwang.web.origin_app import OriginApp
from yiwang.web.origin_protocol import protocol_class

GRACE_S = 3
KEEP_ALIVE_S = 75
"""A connection on which nothing whole is asked for so long is closed."""
VANISHED_MS = 60_000
"""A client that takes nothing for so long is disconnected: it holds media in memory that has left the window."""

UVICORN_LOG = logging.getLogger("uvicorn.error")

log = structlog.get_logger()


def _is_news(record: logging.LogRecord) -> bool:
    """Tell apart what uvicorn says of a segment that we broke off on purpose, perhaps to a thousand viewers at once."""
    return "without completing response" not in str(record.msg)


def listen(host: str, port: int) -> socket.socket:
    """Bind the socket, dual stack for ``::``; UsageError, one line, when it cannot be had. Nobody is let in before `serve`."""
    if host == "::" and not _has_ipv6():
        host = "0.0.0.0"
    if not 0 <= port <= 65535:
        raise UsageError(f"--port {port}: expected 0 to 65535")
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"--host {host}: not an address or name of this machine") from None
    family = address[0]
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MS)
        if family == socket.AF_INET6 and host == "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address[4])
    except OSError as error:
        sock.close()
        hint = "; is another yiwang running? choose another with --port" if error.errno == errno.EADDRINUSE else ""
        raise UsageError(f"cannot listen on {_authority(host, port)}: {os.strerror(error.errno or 0)}{hint}") from None
    sock.setblocking(False)
    return sock


def _has_ipv6() -> bool:
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def page_url(sock: socket.socket) -> str:
    """Give an address to open in a browser on this machine."""
    host, port = sock.getsockname()[:2]
    if host == "::":
        host = "localhost"
    elif host == "0.0.0.0":
        host = "127.0.0.1"
    return f"http://{_authority(host, port)}/"


class _Server(uvicorn.Server):
    """Signals are ours: the network has to stop first."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        self._leaving = asyncio.Event()
        super().__init__(config)
        self._on_ready = on_ready

    @property
    def should_exit(self) -> bool:  # uvicorn looks at it ten times a second
        """Whether it is to stop."""
        return self._leaving.is_set()

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        if value:
            self._leaving.set()

    async def main_loop(self) -> None:
        """Keep the date that answers bear, and end when it is to stop: a process that sleeps wakes cold."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), 1)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal handlers."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Let clients in, then say so."""
        await super().startup(sockets)
        self._on_ready()


def make_server(app: OriginApp, on_ready: Callable[[], None], protocol: Any = None) -> uvicorn.Server:
    """Make the HTTP server; it runs on sockets of `listen`, until its ``should_exit`` is set.

    Parameters
    ----------
    app : OriginApp
    on_ready : callable
    protocol : class of connections; `protocol_class` of the app by default
    """
    UVICORN_LOG.addFilter(_is_news)
    config = uvicorn.Config(
        app,
        http=protocol or protocol_class(app),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
        backlog=4096,
        timeout_graceful_shutdown=GRACE_S,
    )
    return _Server(config, on_ready)


def _server_of(
    network: Network, app: OriginApp, on_ready: Callable[[], None], group: asyncio.TaskGroup
) -> uvicorn.Server:
    """Make the server of a network, whose channels may be other processes'."""
    if not network.workers:
        return make_server(app, on_ready)
    from yiwang.web.spread_server import make_spread_server  # with rooms that a node of one process does not need

    return make_spread_server(network, app, on_ready, group)


async def serve(network: Network, one: OneNetworkService, sock: socket.socket, on_ready: Callable[[str], None]) -> None:
    """Run until a signal; returns when everything has stopped cleanly."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    countries = tuple(country for region in network.config.region for country in region.countries)
    documents = NetworkDocuments(one, network.config.node.name, countries)
    accounts, history, thumbnails = accounts_of(network), History(network), Thumbnails(network.channels)
    api = make_api(network, stopping, one, accounts, history, thumbnails)
    app = OriginApp(network, ListsApp(documents, api), stopping)
    async with asyncio.TaskGroup() as group:
        server = _server_of(network, app, lambda: on_ready(page_url(sock)), group)
        running = group.create_task(network.run())
        keeping = group.create_task(one.run())
        looking = group.create_task(thumbnails.run())
        remembering = group.create_task(history.run())
        serving = group.create_task(server.serve(sockets=[sock]))
        await stopping.wait()
        log.info("stopping")
        server.should_exit = True
        network.wake()
        for worker in network.workers:
            worker.stop()
        await serving
        running.cancel()
        keeping.cancel()
        remembering.cancel()
        looking.cancel()
    accounts.close()
