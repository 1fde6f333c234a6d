"""Connections that go to the process whose channel is asked for (ADR 43).

At each request, while nothing else of its connection is under way, it is looked whose it is; the connection itself is passed
to another process, with what was read of it. What that process then does is `yiwang.web.origin_protocol`'s, as ever.
"""

import asyncio
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import httptools
import uvicorn

from yiwang.net.connection_passing import ConnectionPasser
from yiwang.web.origin_app import OriginApp
from yiwang.web.origin_protocol import LONGEST_HEAD_OCTETS, OriginProtocol, protocol_class

LOOK_AGAIN_S = 0.005
"""How often it is looked whether the last answer has been sent, before a connection is passed."""
LIVE = b"/live/"
HEAD_END = re.compile(rb"\n\r?\n")

WhoseIs = Callable[[str | None], ConnectionPasser | None]
"""Says where a service's requests go, and (None) all others; None: they are to be answered here."""


def service_asked(line: bytes) -> str | None:
    """Return whose ``/live/{service}/…`` a request line asks for; None: it is about something else."""
    parts = line.split(b" ", 2)
    target = parts[1] if len(parts) > 1 else b""
    if b"%" in target or not target.startswith(b"/"):
        try:
            path = unquote((httptools.parse_url(target).path or b"").decode("latin-1"))
        except (httptools.HttpParserInvalidURLError, TypeError):
            return None
        return path.split("/")[2] if path.startswith("/live/") else None
    if not target.startswith(LIVE):
        return None
    name = target[len(LIVE) :]
    for end in (b"?", b"#", b"/"):
        name = name.partition(end)[0]
    return name.decode("latin-1")


class PassingProtocol(OriginProtocol):
    """A connection that may be another process's with its next request; ``whose_is`` is set by `passing_class`."""

    whose_is: WhoseIs
    _begun = b""  # of a head that is not whole
    _first = b""  # read by the process that passed this connection here
    _not_to: ConnectionPasser | None = None  # who has passed it here, and so does not have what is asked for first

    def begin_with(self, octets: bytes, came_from: ConnectionPasser | None) -> None:
        """Take what has been read already; before `connection_made`."""
        self._first, self._not_to = octets, came_from

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        if self._first:
            octets, self._first = self._first, b""
            self.data_received(octets)

    def data_received(self, data: bytes) -> None:
        """Take what comes; the next request only when the one before is done with, as it may be another's."""
        if self._begun:
            data, self._begun = self._begun + data, b""
        if self._uvicorn_is_busy() and self._between_requests:
            self._hold(data)
        else:
            super().data_received(data)

    def on_response_complete(self) -> None:
        """Go on with what was held."""
        super().on_response_complete()
        self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if not self._uvicorn_is_busy():
            super()._go_on()

    def _is_passed_on(self, data: bytes) -> bool:
        begin = data.lstrip(b"\r\n")
        may_grow = len(data) <= LONGEST_HEAD_OCTETS and (not begin or begin[:1].isalpha())
        line, end, _ = begin.partition(b"\n")
        if may_grow and not end:
            self._begun = data
            return True
        to, not_to = self.whose_is(service_asked(line)), self._not_to
        if to is None or to is not_to:
            if may_grow and not HEAD_END.search(begin):
                self._begun = data  # so that it can be seen where the next request begins
                return True
            self._not_to = None
            return False
        if self.transport.get_write_buffer_size():
            self._hold(data)
            self.loop.call_later(LOOK_AGAIN_S, self._go_on)
            return True
        to.give(self.transport.get_extra_info("socket").fileno(), data)
        self.transport.abort()
        return True

    def _hand_on(self, data: bytes) -> None:
        """Hand on one request at a time, where its end can be seen."""
        end = data.find(b"\r\n\r\n", len(data) - len(data.lstrip(b"\r\n"))) + 4  # empty lines may come first
        if self._between_requests and 4 <= end < len(data):
            head = data[:end].lower()
            if b"\ncontent-length" not in head and b"\ntransfer-encoding" not in head:
                self._hold(data[end:])
                data = data[:end]
        super()._hand_on(data)


def passing_class(app: OriginApp, whose_is: WhoseIs) -> Any:
    """What uvicorn makes of each connection."""
    kind = type("PassingProtocol", (PassingProtocol,), {"whose_is": staticmethod(whose_is)})
    return protocol_class(app, kind)


async def begin(
    server: uvicorn.Server, connection: socket.socket, octets: bytes, came_from: ConnectionPasser | None
) -> None:
    """Let a server have a connection that was passed here, and what was read of it."""
    config = server.config
    protocol: PassingProtocol = config.http_protocol_class(  # type: ignore[call-arg, assignment]
        config=config, server_state=server.server_state, app_state=server.lifespan.state
    )
    protocol.begin_with(octets, came_from)
    with suppress(OSError):
        await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, connection)
