"""Answers of the origin as octets, made once for all who ask, and who waits for the next ones.

What was answered stays the answer until the channel's presentation changes: `Presentation.version` is all there is to
know about that. A request that waits is an entry in a dictionary: no task, no future, no timer of its own.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from yiwang.base.errors import NotYetAvailable
from yiwang.net import wall_clock
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.web import waiting
from yiwang.web.http import Answer, Request, finished
from yiwang.web.origin_answers import OriginAnswers, not_yet
from yiwang.web.request_head import RequestHead

USUAL_TARGET = re.compile(rb"/live/[\w.~-]+(?:/[\w.~-]+){1,2}(?:\?[\w.~!$'()*+,;=:@/?&%-]*)?", re.ASCII)
"""RFC 3986 3.3 and 3.4, without what is encoded in the path."""
MOST_KEPT = 256
AT_ONCE = 256
"""So many of those who waited are answered before the event loop does something else."""
LOOK_S = 1
"""How often those are told who have waited long enough."""
SMALL_OCTETS = 16_384
"""A body that is copied behind its head: cheaper than to send it as a piece of its own."""


class Wire:
    """An answer as it is sent: ``status_line``, the date, ``rest`` (headers, and a small body), ``body``."""

    __slots__ = ("answer", "body", "rest", "status_line")

    def __init__(self, request: Request, answer: Answer) -> None:
        status, headers, body = finished(request, answer)
        self.answer = answer
        self.status_line = STATUS_LINE[status]
        self.rest = b"".join([b"%s: %s\r\n" % header for header in headers]) + b"\r\n"
        self.body: Sequence[bytes] = body
        if sum(map(len, body)) <= SMALL_OCTETS:
            self.rest = b"".join((self.rest, *body))
            self.body = ()


class Asker(Protocol):
    """A connection whose request waits."""

    def ask_again(self) -> None:
        """Something has changed, and what it asked for is no longer to come."""

    def refuse(self, wire: Wire) -> None:
        """It has waited long enough."""


class ReadyAnswers:
    """Those of one channel, to requests by GET that are kept as they come: by their target.

    Parameters
    ----------
    channel : Channel
    answers : OriginAnswers
    stopping : asyncio.Event    set when the node stops: nobody waits any more
    """

    def __init__(self, channel: Channel, answers: OriginAnswers, stopping: asyncio.Event) -> None:
        self.channel = channel
        self.service_id = channel.service.id
        self.waiting = 0
        self._presentation = channel.presentation
        self._answers = answers
        self._stopping = stopping
        self._loop = asyncio.get_running_loop()
        self._version = -1
        self._found: tuple[dict[bytes, Wire | NotYetAvailable], dict[bytes, Wire | NotYetAvailable]] = ({}, {})
        self._waiters: dict[bytes, OrderedDict[Asker, int]] = {}  # by target; until when, ms
        self._releases = False  # it is about to
        self._looks = False  # at those who wait

    def find(self, target: bytes, head: RequestHead) -> Wire | NotYetAvailable | None:
        """Return the answer; NotYetAvailable where it is to be waited for, None where the ASGI app has to answer."""
        if self._presentation.version != self._version:
            self._forget()
        found = self._found[head.accepts_gzip].get(target)
        if found is None:
            found = self._look(target, head)
        if head.has_conditions and isinstance(found, Wire):
            return Wire(_request(target, head.headers), found.answer)
        return found

    def _look(self, target: bytes, head: RequestHead) -> Wire | NotYetAvailable | None:
        if not USUAL_TARGET.fullmatch(target):
            return None
        request = _request(target, {b"accept-encoding": b"gzip"} if head.accepts_gzip else {})
        found: Wire | NotYetAvailable
        try:
            answer = self._answers.answer(request)
            if not isinstance(answer, Answer):
                return None
            found = Wire(request, answer)
            if answer.status != 200:
                return found  # there is no end of what is not there
        except NotYetAvailable as error:
            found = Wire(request, not_yet(error)) if self._stopping.is_set() else error
        known = self._found[head.accepts_gzip]
        if len(known) >= MOST_KEPT:
            known.clear()
        known[target] = found
        return found

    def _forget(self) -> None:
        for known in self._found:
            known.clear()
        self._version = self._presentation.version

    # -- waiting

    def wait(self, asker: Asker, target: bytes) -> None:
        """Let a connection wait for what it asked for, three target durations at most."""
        patience_ms = 1000 * waiting.TARGET_DURATIONS * self._presentation.target_duration_s
        waiters = self._waiters.setdefault(target, OrderedDict())
        waiters[asker] = wall_clock.monotonic_ms() + patience_ms
        self.waiting += 1
        if not self._looks:
            self._looks = True
            self._loop.call_later(LOOK_S, self._refuse_who_waited_long)

    def leave(self, asker: Asker, target: bytes) -> None:
        """Forget a connection that has gone."""
        waiters = self._waiters.get(target)
        if waiters is not None and waiters.pop(asker, None) is not None:
            self.waiting -= 1

    def changed(self) -> None:
        """Answer those whose wait is over, a little later: not within the work of the channel that publishes."""
        self._forget()
        if self.waiting and not self._releases:
            self._releases = True
            self._loop.call_soon(self._release)

    def _release(self) -> None:
        self._releases = False
        room = AT_ONCE
        for target in list(self._waiters):
            waiters = self._waiters[target]
            if isinstance(self.find(target, PLAIN), NotYetAvailable):
                continue
            while waiters and room:
                asker, _ = waiters.popitem(last=False)
                self.waiting -= 1
                room -= 1
                asker.ask_again()
            if waiters:
                self._releases = True
                self._loop.call_soon(self._release)
                return
            del self._waiters[target]

    def _refuse_who_waited_long(self) -> None:
        now_ms = wall_clock.monotonic_ms()
        for target, waiters in list(self._waiters.items()):
            while waiters and next(iter(waiters.values())) <= now_ms:
                asker, _ = waiters.popitem(last=False)
                self.waiting -= 1
                found = self.find(target, PLAIN)
                if isinstance(found, NotYetAvailable):
                    asker.refuse(Wire(_request(target, {}), not_yet(found)))
                else:
                    asker.ask_again()
            if not waiters:
                del self._waiters[target]
        self._looks = bool(self._waiters)
        if self._looks:
            self._loop.call_later(LOOK_S, self._refuse_who_waited_long)


PLAIN = RequestHead({}, is_plain=True, accepts_gzip=False, has_conditions=False)


def _request(target: bytes, headers: dict[bytes, bytes]) -> Request:
    path, _, query = target.partition(b"?")
    return Request("GET", path.decode("ascii"), query, headers)


class ReadyOrigin:
    """The ready answers of all channels that somebody has asked.

    Parameters
    ----------
    network : Network
    answers : OriginAnswers
    stopping : asyncio.Event
    """

    def __init__(self, network: Network, answers: OriginAnswers, stopping: asyncio.Event) -> None:
        self._network = network
        self._answers = answers
        self._stopping = stopping
        self._channels: dict[bytes, ReadyAnswers] = {}
        self._date = b""
        self._date_is_of: object = None

    def keeps(self, ready: ReadyAnswers, target: bytes, peer: str, head: RequestHead) -> bool:
        """Whether a viewer may not have what he asks for (ADR 61); the ASGI app tells him."""
        if not self._network.restrictions.of(ready.service_id):
            return False
        path = target.partition(b"?")[0].decode("latin-1")
        return self._answers.regional.keeps(ready.channel, path, peer, head.headers)

    def date_line(self, default_headers: list[tuple[bytes, bytes]]) -> bytes:
        """Return as octets what uvicorn puts before the headers of each answer; it makes a new list each second."""
        if default_headers is not self._date_is_of:
            self._date_is_of = default_headers
            self._date = b"".join([b"%s: %s\r\n" % header for header in default_headers])
        return self._date

    def of(self, target: bytes) -> ReadyAnswers | None:
        """Return the answers of the channel that a target ``/live/…`` names, None where there is none."""
        name = target[6 : target.find(b"/", 6)]
        ready = self._channels.get(name)
        if ready is not None and self._network.channels.get(ready.service_id) is ready.channel:
            return ready
        return self._begin(name)

    def _begin(self, name: bytes) -> ReadyAnswers | None:
        self._channels.pop(name, None)
        channel = self._network.channels.get(name.decode("latin-1"))
        if channel is None or channel.is_elsewhere:
            return None
        ready = self._channels[name] = ReadyAnswers(channel, self._answers, self._stopping)
        channel.watchers.append(ready)
        return ready
