"""The origin as an ASGI app: `/live/...` is answered here, everything else by the API app.

What an answer is, `yiwang.web.origin_answers` says; here is what is waited for: a blocked playlist reload (rfc8216bis
6.2.5.2), a part that a preload hint has promised, a segment asked for a little early; and what is sent as it grows. Most
requests never come here: `yiwang.web.origin_protocol` answers what is there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

from yiwang.base.errors import Gone, NotFound, NotYetAvailable
from yiwang.net import wall_clock
from yiwang.origin import media_answer
from yiwang.origin.presentation import Presentation
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.services.pass_through import PassThrough, TooSlow
from yiwang.web.http import (
    FOR_EVER,
    NO_STORE,
    Answer,
    BrokenOff,
    Receive,
    Request,
    Scope,
    Send,
    Stream,
    send_answer,
    send_stream,
)
from yiwang.web.origin_answers import MP4, Growing, Later, Original, OriginAnswers, TsSegment, immutable, not_yet, via
from yiwang.web.ts_cache import TsCache
from yiwang.web.waiting import ClientGone, Waiting

MPEG_TS = b"video/mp2t"
LOOK_AT_CLIENT_MS = 500


class OriginApp:
    """ASGI app in front of the API app.

    Parameters
    ----------
    network : Network
    api : ASGI app             for all other paths
    stopping : asyncio.Event   set when the node stops: waiting requests are let go
    """

    def __init__(self, network: Network, api: Callable[..., object], stopping: asyncio.Event) -> None:
        self.network = network
        self.answers = OriginAnswers(network)
        self.stopping = stopping
        self._api = api
        self._ts = TsCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/live/"):
            await self._api(scope, receive, send)  # type: ignore[misc]
            return
        request = Request.of(scope)
        try:
            answer = await self._answer(request, receive, (scope.get("client") or ("",))[0])
            if isinstance(answer, Stream):
                await send_stream(request, answer, send)
            else:
                await send_answer(request, answer, send)
        except ClientGone:
            pass

    async def _answer(self, request: Request, receive: Receive, peer: str) -> Answer | Stream:
        channel = self.answers.channel(request)
        if channel is None:
            answer = self.answers.answer(request)
            assert isinstance(answer, Answer)
            return answer
        channel.requests += 1
        waiting = Waiting(channel, receive, self.stopping)
        regional = self.answers.regional

        def look() -> Answer | Later:
            return regional.refusal(channel, request, peer) or self.answers.answer(request)

        try:
            found = await waiting.until_there(look)
        except NotYetAvailable as error:
            return not_yet(error)
        if isinstance(found, Answer):
            return found
        if isinstance(found, Original):
            kept = lambda: regional.keeps(channel, request.path, peer, request.headers)  # noqa: E731
            return Stream(_original(channel, waiting, kept), MPEG_TS, NO_STORE, (via(channel),))
        return await self._later(channel, request, found, waiting)

    async def _later(
        self, channel: Channel, request: Request, found: TsSegment | Growing, waiting: Waiting
    ) -> Answer | Stream:
        cache_control = self.answers.regional.cache_control(channel, request.path, FOR_EVER)
        if isinstance(found, Growing):
            return Stream(_growing(channel.presentation, found.track, found.number, waiting), MP4, cache_control)
        answer = immutable([await self._ts.octets(channel.service.id, found.parts)], found.name, MPEG_TS)
        answer.cache_control = cache_control
        return answer


async def _growing(p: Presentation, track: str, number: int, waiting: Waiting) -> AsyncIterator[bytes]:
    """Yield the parts of a segment in progress, as they come."""
    sent = 0
    while True:
        try:
            segment = media_answer.segment(p, track, number)
        except (NotFound, Gone):
            raise BrokenOff from None
        new, sent = segment.parts[sent:], len(segment.parts)
        for part in new:
            yield part
        if segment.whole:
            return
        if new:
            continue  # while the client took them, more may have come: nobody would tell of that again
        waiting.begin()
        if not await waiting.changed():
            raise BrokenOff


async def _original(channel: Channel, waiting: Waiting, is_kept: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield the source's octets as they come, from now on, for as long as the client takes them, and may have them."""
    looked_ms = wall_clock.monotonic_ms()
    with PassThrough(channel) as passing:
        while True:
            try:
                octets = await passing.octets()
            except TooSlow:
                raise BrokenOff from None
            if octets:
                yield octets
            now_ms = wall_clock.monotonic_ms()
            if not octets or now_ms - looked_ms >= LOOK_AT_CLIENT_MS:
                looked_ms = now_ms
                if await waiting.is_over() or is_kept():
                    return
