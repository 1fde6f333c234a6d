"""The origin over HTTP: `/live/...` is answered here, everything else by the API app.

What an answer is, `yiwang.origin` says; here are the words of HTTP for it, and the waiting: a blocked playlist reload
(rfc8216bis 6.2.5.2), a part that a preload hint has promised, a segment asked for a little early, a segment in progress
that is sent chunk by chunk as it grows. A waiting request is a future in a set; it costs no thread.
"""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from zlib import crc32

import structlog

from yiwang.base.errors import Gone, NotFound, NotYetAvailable, UsageError
from yiwang.net import wall_clock
from yiwang.origin import media_answer
from yiwang.origin.blocking_reload import blocked
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.web.http import (
    FOR_EVER,
    Answer,
    Receive,
    Request,
    Scope,
    Send,
    Stream,
    send_answer,
    send_stream,
    text_answer,
)

HLS = b"application/vnd.apple.mpegurl"
DASH = b"application/dash+xml"
MP4 = b"video/mp4"
MEDIA = re.compile(r"(\d{1,15})(?:\.(\d{1,4}))?\.m4s")
GZIP_FROM = 860  # octets; less fits in one packet anyway
PLAYLIST = b"public, max-age=1"
BLOCKED_PLAYLIST = b"public, max-age=6"  # its URL names the version, so a cache may keep it for some segments

T = TypeVar("T")
log = structlog.get_logger()


class OriginApp:
    """ASGI app in front of the API app.

    Parameters
    ----------
    network : Network
    api : ASGI app             for all other paths
    stopping : asyncio.Event   set when the node stops: waiting requests are let go
    """

    def __init__(self, network: Network, api: Callable[..., object], stopping: asyncio.Event) -> None:
        self._network = network
        self._api = api
        self._stopping = stopping
        self._gzipped: dict[int, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/live/"):
            await self._api(scope, receive, send)  # type: ignore[misc]
            return
        request = Request.of(scope)
        if request.method == "OPTIONS":
            allow = (b"access-control-allow-methods", b"GET, HEAD, OPTIONS")
            await send_answer(request, Answer(204, headers=[allow, (b"access-control-allow-headers", b"*")]), send)
            return
        if request.method not in ("GET", "HEAD"):
            await send_answer(request, text_answer(405, "only GET and HEAD", (b"allow", b"GET, HEAD, OPTIONS")), send)
            return
        answer = await self._answer(request)
        if isinstance(answer, Stream):
            await send_stream(request, answer, send)
        else:
            await send_answer(request, answer, send)

    async def _answer(self, request: Request) -> Answer | Stream:
        _, _, service_id, *rest = request.path.split("/")
        channel = self._network.channels.get(service_id)
        try:
            if channel is None:
                raise NotFound(f"no service {service_id!r}")
            channel.requests += 1
            match rest:
                case ["index.m3u8"]:
                    view = await self._when_there(channel, lambda: hls_multivariant(channel.presentation))
                    return self._text(request, view, HLS, PLAYLIST)
                case ["manifest.mpd"]:
                    now_ms = wall_clock.now_ms()
                    view = await self._when_there(channel, lambda: dash_mpd(channel.presentation, now_ms))
                    return self._text(request, view, DASH, PLAYLIST)
                case [track, "index.m3u8"]:
                    return await self._media_playlist(request, channel, track)
                case [track, name]:
                    return await self._media(channel, track, name)
            raise NotFound(f"no {request.path}")
        except UsageError as error:
            return text_answer(400, str(error))
        except NotFound as error:
            return text_answer(404, str(error))
        except Gone as error:
            return text_answer(410, str(error))
        except NotYetAvailable as error:
            retry = (b"retry-after", b"%d" % max(1, -(-error.delta_ms // 1000)))
            return text_answer(503, str(error), retry)

    # -- playlists

    async def _media_playlist(self, request: Request, channel: Channel, track: str) -> Answer:
        p, query = channel.presentation, request.query
        msn, part = _whole_number(query, "_HLS_msn"), _whole_number(query, "_HLS_part")
        skip = query.get("_HLS_skip", "") in ("YES", "v2")
        await self._when_there(channel, lambda: hls_media(p, track))
        if not await self._until(channel, lambda: blocked(p, track, msn, part) == "ready", 3 * p.target_duration_s):
            raise NotYetAvailable(1000 * p.target_duration_s)
        cache = PLAYLIST if msn is None else BLOCKED_PLAYLIST
        return self._text(request, hls_media(p, track, skip=skip), HLS, cache)

    def _text(self, request: Request, text: str, content_type: bytes, cache: bytes) -> Answer:
        octets = text.encode()
        tag = crc32(octets)
        headers = [(b"vary", b"accept-encoding")]
        if len(octets) >= GZIP_FROM and request.accepts_gzip():
            octets = self._gzip(tag, octets)
            headers.append((b"content-encoding", b"gzip"))
            return Answer(200, [octets], content_type, cache, b'"%08x-gz"' % tag, headers)
        return Answer(200, [octets], content_type, cache, b'"%08x"' % tag, headers)

    def _gzip(self, tag: int, octets: bytes) -> bytes:
        """Compress once per change, not once per request."""
        key = tag << 32 | len(octets)
        found = self._gzipped.get(key)
        if found is None:
            if len(self._gzipped) >= 4 * len(self._network.channels) + 64:
                self._gzipped.clear()
            found = self._gzipped[key] = gzip.compress(octets, 4, mtime=0)
        return found

    # -- media

    async def _media(self, channel: Channel, track: str, name: str) -> Answer | Stream:
        p = channel.presentation
        match = MEDIA.fullmatch(name)
        if match is None:
            octets = media_answer.init(p, track, name)
            return _immutable([octets], b'"%s"' % name.encode())
        number = int(match[1])
        etag = b'"%s"' % name.encode()
        if match[2] is not None:
            index = int(match[2])
            part = await self._when_there(channel, lambda: media_answer.part(p, track, number, index))
            return _immutable([part], etag)
        answer = await self._when_there(channel, lambda: media_answer.segment(p, track, number))
        if answer.whole:
            return _immutable(answer.parts, etag)
        return Stream(self._growing(channel, track, number), MP4, FOR_EVER)

    async def _growing(self, channel: Channel, track: str, number: int) -> AsyncIterator[bytes]:
        """Yield the parts of a segment in progress, as they come."""
        sent, p = 0, channel.presentation
        patience_s = 3 * p.target_duration_s
        while True:
            try:
                answer = media_answer.segment(p, track, number)
            except (NotFound, Gone):
                return
            for part in answer.parts[sent:]:
                yield part
            sent = len(answer.parts)
            if answer.whole or not await self._changed(channel, patience_s):
                return

    # -- waiting

    async def _when_there(self, channel: Channel, view: Callable[[], T]) -> T:
        """Return the view; wait for it while it says that it will come, for up to three target durations."""
        deadline_ms = wall_clock.monotonic_ms() + 3000 * channel.presentation.target_duration_s
        while True:
            try:
                return view()
            except NotYetAvailable:
                left_ms = deadline_ms - wall_clock.monotonic_ms()
                if left_ms <= 0 or not await self._changed(channel, left_ms / 1000):
                    raise

    async def _until(self, channel: Channel, is_so: Callable[[], bool], timeout_s: float) -> bool:
        deadline_ms = wall_clock.monotonic_ms() + round(1000 * timeout_s)
        while not is_so():
            left_ms = deadline_ms - wall_clock.monotonic_ms()
            if left_ms <= 0 or not await self._changed(channel, left_ms / 1000):
                return is_so()
        return True

    async def _changed(self, channel: Channel, timeout_s: float) -> bool:
        return not self._stopping.is_set() and await channel.changed(timeout_s)


def _immutable(octets: list[bytes] | tuple[bytes, ...], etag: bytes) -> Answer:
    return Answer(200, octets, MP4, FOR_EVER, etag, ranges=True)


def _whole_number(query: dict[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise UsageError(f"{name}: expected a decimal integer, got {value[:40]!r}")
    return int(value)
