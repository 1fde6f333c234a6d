"""The origin over HTTP: `/live/...` is answered here, everything else by the API app.

What an answer is, `yiwang.origin` says; here are the words of HTTP for it, and what is waited for: a blocked playlist
reload (rfc8216bis 6.2.5.2), a part that a preload hint has promised, a segment asked for a little early, a segment in
progress that is sent part by part as it grows.
"""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from zlib import crc32

from yiwang.base.errors import Gone, NotFound, NotYetAvailable, UsageError
from yiwang.net import wall_clock
from yiwang.origin import media_answer
from yiwang.origin.blocking_reload import blocked
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.origin.presentation import Presentation
from yiwang.origin.ts_view import hls_ts, ts_parts
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
    text_answer,
)
from yiwang.web.ts_cache import TsCache
from yiwang.web.waiting import ClientGone, Waiting

HLS = b"application/vnd.apple.mpegurl"
DASH = b"application/dash+xml"
MP4 = b"video/mp4"
MPEG_TS = b"video/mp2t"
TS_NAME = re.compile(r"(0|[1-9][0-9]{0,14})\.ts")
MEDIA = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.(0|[1-9][0-9]{0,3}))?\.m4s")
WEBVTT = b"text/vtt"
WEBVTT_NAME = re.compile(MEDIA.pattern.removesuffix("m4s") + "vtt")
GZIP_FROM = 860  # octets; less fits in one packet anyway
PLAYLIST = b"public, max-age=1"
BLOCKED_PLAYLIST = b"public, max-age=6"  # its URL names the version, so a cache may keep it for some segments
LOOK_AT_CLIENT_MS = 500
METHODS = b"GET, HEAD, OPTIONS"


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
        self._ts = TsCache()
        # Compressed once per change, not once per request.
        self._gzip = lru_cache(4 * len(network.channels) + 64)(lambda octets: gzip.compress(octets, 4, mtime=0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/live/"):
            await self._api(scope, receive, send)  # type: ignore[misc]
            return
        request = Request.of(scope)
        try:
            answer = await self._answer(request, receive)
            if isinstance(answer, Stream):
                await send_stream(request, answer, send)
            else:
                await send_answer(request, answer, send)
        except ClientGone:
            pass

    async def _answer(self, request: Request, receive: Receive) -> Answer | Stream:
        if request.method == "OPTIONS":
            allow = [(b"access-control-allow-methods", METHODS), (b"access-control-allow-headers", b"*")]
            return Answer(204, headers=[*allow, (b"allow", METHODS)])
        if request.method not in ("GET", "HEAD"):
            return text_answer(405, "only GET and HEAD", (b"allow", METHODS))
        try:
            return await self._get(request, receive)
        except UsageError as error:
            return text_answer(400, str(error))
        except NotFound as error:
            return text_answer(404, str(error))
        except Gone as error:
            return text_answer(410, str(error))
        except NotYetAvailable as error:
            retry = (b"retry-after", b"%d" % max(1, -(-error.delta_ms // 1000)))
            return text_answer(503, str(error), retry)

    async def _get(self, request: Request, receive: Receive) -> Answer | Stream:
        _, _, service_id, *rest = request.path.split("/")
        channel = self._network.channels.get(service_id)
        if channel is None:
            raise NotFound(f"no service {service_id!r}")
        channel.requests += 1
        p = channel.presentation
        waiting = Waiting(channel, receive, self._stopping)
        match rest:
            case ["index.m3u8"]:
                text = await waiting.until_there(lambda: hls_multivariant(p))
                return self._text(request, text, HLS, PLAYLIST)
            case ["manifest.mpd"]:
                text = await waiting.until_there(lambda: dash_mpd(p, wall_clock.now_ms()))
                return self._text(request, text, DASH, PLAYLIST)
            case ["ts.m3u8"]:
                text = await waiting.until_there(lambda: hls_ts(p))
                return self._text(request, text, HLS, PLAYLIST)
            case ["stream.ts"]:
                return Stream(_original(channel, waiting), MPEG_TS, NO_STORE)
            case ["ts", name] if TS_NAME.fullmatch(name):
                number = int(name.removesuffix(".ts"))
                parts = await waiting.until_there(lambda: ts_parts(p, number))
                octets = await self._ts.octets(service_id, parts)
                return _immutable([octets], name, MPEG_TS)
            case [track, "index.m3u8"]:
                return await self._media_playlist(request, p, track, waiting)
            case [track, name]:
                return await _media(p, track, name, waiting)
        raise NotFound(f"no {request.path}")

    # -- playlists

    async def _media_playlist(self, request: Request, p: Presentation, track: str, waiting: Waiting) -> Answer:
        query = request.query()
        msn, part = _whole_number(query, "_HLS_msn"), _whole_number(query, "_HLS_part")
        skip = query.get("_HLS_skip", "") in ("YES", "v2")

        def playlist() -> str:
            if blocked(p, track, msn, part) == "wait":
                raise NotYetAvailable(1000 * p.target_duration_s)
            return hls_media(p, track, skip=skip)

        text = await waiting.until_there(playlist)
        return self._text(request, text, HLS, PLAYLIST if msn is None else BLOCKED_PLAYLIST)

    def _text(self, request: Request, text: str, content_type: bytes, cache: bytes) -> Answer:
        octets = text.encode()
        tag = crc32(octets)
        headers = [(b"vary", b"accept-encoding")]
        if len(octets) >= GZIP_FROM and request.accepts_gzip():
            headers.append((b"content-encoding", b"gzip"))
            return Answer(200, [self._gzip(octets)], content_type, cache, b'"%08x-gz"' % tag, headers)
        return Answer(200, [octets], content_type, cache, b'"%08x"' % tag, headers)


# -- media


async def _media(p: Presentation, track: str, name: str, waiting: Waiting) -> Answer | Stream:
    match = MEDIA.fullmatch(name)
    if WEBVTT_NAME.fullmatch(name):
        return await _webvtt(p, track, name, waiting)
    if match is None:
        return _immutable([media_answer.init(p, track, name)], name)
    number = int(match[1])
    if match[2] is not None:
        index = int(match[2])
        return _immutable([await waiting.until_there(lambda: media_answer.part(p, track, number, index))], name)
    segment = await waiting.until_there(lambda: media_answer.segment(p, track, number))
    if segment.whole:
        return _immutable(segment.parts, name)
    return Stream(_growing(p, track, number, waiting), MP4, FOR_EVER)


async def _webvtt(p: Presentation, track: str, name: str, waiting: Waiting) -> Answer:
    number, *index = map(int, name.split(".")[:-1])

    def octets() -> bytes:
        if index:
            return media_answer.part_webvtt(p, track, number, index[0])
        return media_answer.webvtt(p, track, number)

    tag = b'"%s"' % name.encode()
    return Answer(200, [await waiting.until_there(octets)], WEBVTT, FOR_EVER, tag, ranges=True)


async def _growing(p: Presentation, track: str, number: int, waiting: Waiting) -> AsyncIterator[bytes]:
    """Yield the parts of a segment in progress, as they come."""
    sent = 0
    while True:
        try:
            segment = media_answer.segment(p, track, number)
        except (NotFound, Gone):
            raise BrokenOff from None
        for part in segment.parts[sent:]:
            yield part
        sent = len(segment.parts)
        if segment.whole:
            return
        waiting.begin()
        if not await waiting.changed():
            raise BrokenOff


async def _original(channel: Channel, waiting: Waiting) -> AsyncIterator[bytes]:
    """Yield the source's octets as they come, from now on, for as long as the client takes them."""
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
                if await waiting.is_over():
                    return


def _immutable(octets: list[bytes] | tuple[bytes, ...], name: str, content_type: bytes = MP4) -> Answer:
    """Answer with what never changes: its name is its version."""
    return Answer(200, octets, content_type, FOR_EVER, b'"%s"' % name.encode(), ranges=True)


def _whole_number(query: dict[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise UsageError(f"{name}: expected a decimal integer, got {value[:40]!r}")
    return int(value)
