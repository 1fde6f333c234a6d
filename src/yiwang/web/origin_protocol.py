"""HTTP/1.1 connections of the node: uvicorn's, with a shorter way for what the origin has ready.

A GET of ``/live/…`` with nothing unusual about it is answered from memory as it is received: no parsing of what was parsed
before, no ASGI scope, no task. Whatever else comes (other paths and methods, HTTP/1.0, bodies, Expect, Upgrade, Connection:
close, a request in several packets, something malformed, segments in progress) is uvicorn's, octet by octet, as if this
room did not exist; only what would need memory without end is refused here. One answer is under way at a time: while it
is, or waits, or the client does not take what it was sent, nothing more is read.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from yiwang.base.errors import NotYetAvailable
from yiwang.web.origin_app import OriginApp
from yiwang.web.ready_answers import ReadyAnswers, ReadyOrigin, Wire
from yiwang.web.request_head import RequestHeads

LONGEST_HEAD_OCTETS = 65_536
BEGIN, END = b"GET /live/", b" HTTP/1.1"


class OriginProtocol(HttpToolsProtocol):
    """One connection.

    Parameters
    ----------
    ready : ReadyOrigin
    heads : RequestHeads       of all connections
    config, server_state, app_state, _loop    as uvicorn's
    """

    def __init__(
        self,
        ready: ReadyOrigin,
        heads: RequestHeads,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._ready = ready
        self._heads = heads
        self._between_requests = True  # as far as uvicorn's parser knows
        self._head_octets = 0  # of a request whose head is not whole
        self._asked = b""  # the request that waits
        self._waits_in: ReadyAnswers | None = None
        self._rest = b""  # what came behind the request that is being answered
        self._active_s = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None

    # -- the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._active_s = self.loop.time()
        self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._look_at_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """End: nobody waits any more."""
        if self._waits_in is not None:
            self._waits_in.leave(self, _target(self._asked))
            self._waits_in = None
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._rest = b""
        super().connection_lost(exc)

    def _look_at_idle(self) -> None:
        """Close a connection on which nothing whole was asked for so long; one timer, not one for each request."""
        if self._waits_in is not None or self._uvicorn_is_busy() or self.flow.write_paused:
            self._active_s = self.loop.time()
        left_s = self._active_s + self.timeout_keep_alive - self.loop.time()
        if left_s <= 0:
            self._idle_timer = None
            self.transport.close()
        else:
            self._idle_timer = self.loop.call_later(left_s, self._look_at_idle)

    def _uvicorn_is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # -- what comes

    def data_received(self, data: bytes) -> None:
        """Answer what is ready, hand on the rest."""
        if self._rest or self._waits_in is not None or (self.flow.write_paused and not self._uvicorn_is_busy()):
            self._hold(data)
        else:
            self._take(data)

    def resume_writing(self) -> None:
        """Go on: the client has taken what it was sent."""
        super().resume_writing()
        self._go_on()

    def _hold(self, data: bytes) -> None:
        self._rest += data
        self.flow.pause_reading()

    def _go_on(self) -> None:
        """Take what was held."""
        rest = self._rest
        if rest and self._waits_in is None and not self.flow.write_paused and not self.transport.is_closing():
            self._rest = b""
            self.flow.resume_reading()
            self._take(rest)

    def _take(self, data: bytes) -> None:
        while data:
            if not self._between_requests or self._uvicorn_is_busy():
                break
            if self._is_passed_on(data):
                return
            end = data.find(b"\r\n\r\n") + 4
            if end < 4:
                break
            request, rest = (data, b"") if end == len(data) else (data[:end], data[end:])
            if not self._answer(request):
                break
            data = rest
            if data and (self._waits_in is not None or self.flow.write_paused):
                self._hold(data)
                return
        if data:
            self._hand_on(data)

    def _is_passed_on(self, data: bytes) -> bool:
        """Tell whether what begins here is another process's, and has been taken care of (`web.passed_connections`)."""
        return False

    def _hand_on(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_octets >= 0:
            self._head_octets += len(data)
            if self._head_octets > LONGEST_HEAD_OCTETS and not self._between_requests:
                self._refuse_head()

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            date = self._ready.date_line(self.server_state.default_headers)
            self.transport.write(b"".join((STATUS_LINE[431], date, b"content-length: 0\r\nconnection: close\r\n\r\n")))
            self.transport.close()

    def on_message_begin(self) -> None:
        """Take note of where uvicorn's parser is."""
        self._between_requests = False
        self._head_octets = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Take note that the head is whole: the body is uvicorn's to bound."""
        self._head_octets = -1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take note that the next octet begins a request."""
        self._between_requests = True
        self._active_s = self.loop.time()
        super().on_message_complete()

    # -- answers

    def _answer(self, request: bytes) -> bool:
        """Answer a request or let it wait; False where that is uvicorn's."""
        line_end = request.find(b"\r\n")
        if not request.startswith(BEGIN) or not request.endswith(END, 0, line_end):
            return False
        head = self._heads.of(request[line_end + 2 :])
        if not head.is_plain:
            return False
        target = request[4 : line_end - 9]
        ready = self._ready.of(target)
        if ready is None or self._ready.keeps(ready, target, self.client[0] if self.client else "", head):
            return False
        found = ready.find(target, head)
        if found is None:
            return False
        if isinstance(found, NotYetAvailable):
            self._unset_keepalive_if_required()  # of what uvicorn answered before
            self._asked = request
            self._waits_in = ready
            ready.wait(self, target)
            return True
        self._send(found)
        ready.channel.requests += 1
        return True

    def _send(self, wire: Wire) -> None:
        self._unset_keepalive_if_required()
        self._active_s = self.loop.time()
        date = self._ready.date_line(self.server_state.default_headers)
        head = b"".join((wire.status_line, date, wire.rest))
        if wire.body:
            self.transport.writelines((head, *wire.body))
        else:
            self.transport.write(head)

    def ask_again(self) -> None:
        """See `Asker`."""
        self._waits_in = None
        if self.transport.is_closing():
            return
        if not self._answer(self._asked):
            self._hand_on(self._asked)
        self._go_on()

    def refuse(self, wire: Wire) -> None:
        """See `Asker`."""
        ready, self._waits_in = self._waits_in, None
        if ready is None or self.transport.is_closing():
            return
        ready.channel.requests += 1
        self._send(wire)
        self._go_on()


def _target(request: bytes) -> bytes:
    return request[4 : request.find(b" HTTP/")]


def protocol_class(app: OriginApp, kind: type[OriginProtocol] = OriginProtocol) -> Any:
    """What uvicorn makes of each connection: it is a class to uvicorn, which calls it by these names."""
    ready = ReadyOrigin(app.network, app.answers, app.stopping)
    heads = RequestHeads()

    def make(
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> OriginProtocol:
        return kind(ready, heads, config, server_state, app_state, _loop)

    return make
