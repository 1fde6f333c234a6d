"""The HTTP server of a node: uvicorn's, run by our event loop, with our signals."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from yiwang.services.network import Network
from yiwang.web.origin_app import OriginApp
from yiwang.web.origin_protocol import protocol_class

GRACE_S = 3
KEEP_ALIVE_S = 75
"""A connection on which nothing whole is asked for so long is closed."""

UVICORN_LOG = logging.getLogger("uvicorn.error")


def _is_news(record: logging.LogRecord) -> bool:
    """Tell apart what uvicorn says of a segment that we broke off on purpose, perhaps to a thousand viewers at once."""
    return "without completing response" not in str(record.msg)


class _Server(uvicorn.Server):
    """Signals are ours: the network has to stop first."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None] | None) -> None:
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
        if self._on_ready is not None:
            self._on_ready()


def make_server(app: OriginApp, on_ready: Callable[[], None] | None = None, protocol: Any = None) -> uvicorn.Server:
    """Make the HTTP server; it runs on sockets of `listening.listen`, until its ``should_exit`` is set.

    Parameters
    ----------
    app : OriginApp
    on_ready : callable          called when clients are let in
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
        forwarded_allow_ips=list(app.network.config.viewers.trusted),
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
        backlog=4096,
        timeout_graceful_shutdown=GRACE_S,
    )
    return _Server(config, on_ready)


def node_server(
    network: Network, otherwise: Callable[..., object], stopping: asyncio.Event, group: asyncio.TaskGroup
) -> uvicorn.Server:
    """Make the server of a node, whose channels may be other processes'.

    Parameters
    ----------
    network : Network
    otherwise : ASGI app        answers what is no channel's media
    stopping : asyncio.Event    set when the node stops
    group : TaskGroup           of connections that other processes pass back
    """
    app = OriginApp(network, otherwise, stopping)
    if not network.workers:
        return make_server(app)
    from yiwang.web.spread_server import make_spread_server  # with rooms that a node of one process does not need

    return make_spread_server(network, app, group)
