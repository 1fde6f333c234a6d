"""What the origin says to a request for `/live/…` at this moment, without waiting for anything."""

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from yiwang.base.errors import Gone, NotFound, NotYetAvailable, UsageError
from yiwang.net import wall_clock
from yiwang.net.node_mark import via_header
from yiwang.origin import media_answer
from yiwang.origin.blocking_reload import blocked
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.origin.presentation import Presentation
from yiwang.origin.ts_view import TsParts, hls_ts, ts_parts
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.web.http import FOR_EVER, Answer, Request, text_answer
from yiwang.web.regional import Regional

HLS = b"application/vnd.apple.mpegurl"
DASH = b"application/dash+xml"
MP4 = b"video/mp4"
TS_NAME = re.compile(r"(0|[1-9][0-9]{0,14})\.ts")
MEDIA = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.(0|[1-9][0-9]{0,3}))?\.m4s")
WEBVTT = b"text/vtt"
WEBVTT_NAME = re.compile(MEDIA.pattern.removesuffix("m4s") + "vtt")
GZIP_FROM = 860  # octets; less fits in one packet anyway
PLAYLIST = b"public, max-age=1"
BLOCKED_PLAYLIST = b"public, max-age=6"  # its URL names the version, so a cache may keep it for some segments
METHODS = b"GET, HEAD, OPTIONS"


@dataclass(frozen=True, slots=True)
class Growing:
    """A segment in progress: what there is of it now, and the rest as it comes."""

    track: str
    number: int


@dataclass(frozen=True, slots=True)
class Original:
    """The source's octets, as they come."""


@dataclass(frozen=True, slots=True)
class TsSegment:
    """A segment that has yet to be multiplexed."""

    name: str
    parts: TsParts


Later = Growing | Original | TsSegment
"""What takes time to send or to make, though nothing has to be waited for."""


class OriginAnswers:
    """A pure function of a request and of the channels as they are now; compressed texts are kept."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.regional = Regional(network)
        # Compressed once per change, not once per request.
        self._gzip = lru_cache(4 * len(network.channels) + 64)(lambda octets: gzip.compress(octets, 4, mtime=0))

    def channel(self, request: Request) -> Channel | None:
        """Return the channel whose media or playlists are asked for, None where there is no such thing."""
        if request.method not in ("GET", "HEAD"):
            return None
        channel = self._network.channels.get(_service_id(request.path))
        return channel if channel is not None and not channel.is_elsewhere else None

    def answer(self, request: Request) -> Answer | Later:
        """Answer at once.

        Raises
        ------
        NotYetAvailable    it is to come: wait for the channel to change, and ask again
        """
        if request.method == "OPTIONS":
            allow = [(b"access-control-allow-methods", METHODS), (b"access-control-allow-headers", b"*")]
            return Answer(204, headers=[*allow, (b"allow", METHODS)])
        if request.method not in ("GET", "HEAD"):
            return text_answer(405, "only GET and HEAD", (b"allow", METHODS))
        channel = self.channel(request)
        try:
            found = self._get(request, channel)
        except UsageError as error:
            return text_answer(400, str(error))
        except NotFound as error:
            return text_answer(404, str(error))
        except Gone as error:
            return text_answer(410, str(error))
        if channel is not None and isinstance(found, Answer):
            found.cache_control = self.regional.cache_control(channel, request.path, found.cache_control)
        return found

    def _get(self, request: Request, channel: Channel | None) -> Answer | Later:
        if channel is None:
            return self._without_channel(_service_id(request.path))
        p = channel.presentation
        match request.path.split("/")[3:]:
            case ["index.m3u8"]:
                return self._listed(request, channel, hls_multivariant(p))
            case ["manifest.mpd"]:
                return self._text(request, dash_mpd(p, wall_clock.now_ms()), DASH, PLAYLIST)
            case ["ts.m3u8"]:
                return self._listed(request, channel, hls_ts(p))
            case ["stream.ts"]:
                return Original()
            case ["ts", name] if TS_NAME.fullmatch(name):
                return TsSegment(name, ts_parts(p, int(name.removesuffix(".ts"))))
            case [track, "index.m3u8"]:
                return self._media_playlist(request, channel, track)
            case [track, name]:
                return _media(p, track, name)
        raise NotFound(f"no {request.path}")

    def _without_channel(self, service_id: str) -> Answer:
        if service_id not in self._network.channels:
            raise NotFound(f"no service {service_id!r}")
        return not_yet(NotYetAvailable(1000))  # its process is being started again (ADR 43)

    # -- playlists

    def _media_playlist(self, request: Request, channel: Channel, track: str) -> Answer:
        p, query = channel.presentation, request.query()
        msn, part = _whole_number(query, "_HLS_msn"), _whole_number(query, "_HLS_part")
        skip = query.get("_HLS_skip", "") in ("YES", "v2")
        if blocked(p, track, msn, part) == "wait":
            raise NotYetAvailable(1000 * p.target_duration_s)
        text = hls_media(p, track, skip=skip)
        return self._listed(request, channel, text, PLAYLIST if msn is None else BLOCKED_PLAYLIST)

    def _listed(self, request: Request, channel: Channel, text: str, cache: bytes = PLAYLIST) -> Answer:
        """Answer with a playlist: any of them may be the source of another node."""
        answer = self._text(request, text, HLS, cache)
        answer.headers.append(via(channel))
        return answer

    def _text(self, request: Request, text: str, content_type: bytes, cache: bytes) -> Answer:
        octets = text.encode()
        tag = crc32(octets)
        headers = [(b"vary", b"accept-encoding")]
        if len(octets) >= GZIP_FROM and request.accepts_gzip():
            headers.append((b"content-encoding", b"gzip"))
            return Answer(200, [self._gzip(octets)], content_type, cache, b'"%08x-gz"' % tag, headers)
        return Answer(200, [octets], content_type, cache, b'"%08x"' % tag, headers)


# -- media


def _media(p: Presentation, track: str, name: str) -> Answer | Growing:
    match = MEDIA.fullmatch(name)
    if WEBVTT_NAME.fullmatch(name):
        return _webvtt(p, track, name)
    if match is None:
        return immutable([media_answer.init(p, track, name)], name)
    number = int(match[1])
    if match[2] is not None:
        return immutable([media_answer.part(p, track, number, int(match[2]))], name)
    segment = media_answer.segment(p, track, number)
    return immutable(segment.parts, name) if segment.whole else Growing(track, number)


def _webvtt(p: Presentation, track: str, name: str) -> Answer:
    number, *index = map(int, name.split(".")[:-1])
    if index:
        return immutable([media_answer.part_webvtt(p, track, number, index[0])], name, WEBVTT)
    return immutable([media_answer.webvtt(p, track, number)], name, WEBVTT)


def immutable(octets: list[bytes] | tuple[bytes, ...], name: str, content_type: bytes = MP4) -> Answer:
    """Answer with what never changes: its name is its version."""
    return Answer(200, octets, content_type, FOR_EVER, b'"%s"' % name.encode(), ranges=True)


def via(channel: Channel) -> tuple[bytes, bytes]:
    """Return the header that tells by which nodes a channel's stream has come: another node finds loops by it."""
    return b"via", via_header(channel.via).encode()


def not_yet(error: NotYetAvailable) -> Answer:
    """Answer to who has waited long enough."""
    return text_answer(503, str(error), (b"retry-after", b"%d" % max(1, -(-error.delta_ms // 1000))))


def _service_id(path: str) -> str:
    return path.split("/", 3)[2]


def _whole_number(query: dict[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise UsageError(f"{name}: expected a decimal integer, got {value[:40]!r}")
    return int(value)
