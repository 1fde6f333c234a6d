"""Whatever happens to the input: all that a playlist or an MPD offers is served, and never with other octets later."""

import asyncio
import tempfile
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.origin import mpd_reader, playlist_reader
from tests.packaging import television as tv
from tests.packaging.teletext_writer import Subtitle, service, with_teletext
from tests.services.hand_fed import PACKAGING, SECONDS, Feeder, network, stream
from tests.web.asgi import get
from yiwang.web.origin_app import OriginApp

LOSS = 40 * 188
HAPPENINGS = ("play", "play", "jump", "hole", "loss", "junk", "failure")


class Viewer:
    """Looks at everything that is offered, again and again."""

    def __init__(self, app: OriginApp) -> None:
        self.app = app
        self.seen: dict[str, bytes] = {}
        self.playlists: dict[str, playlist_reader.ReadPlaylist] = {}

    async def look(self) -> None:
        base = "/live/one/"
        multivariant = await self.text(base + "index.m3u8")
        attributes = [playlist_reader.attributes(line.partition(":")[2]) for line in multivariant if "URI=" in line]
        media = {line for line in multivariant if not line.startswith("#")} | {a["URI"] for a in attributes}
        assert media
        for uri in media:
            await self.media_playlist(urljoin(base, uri))
        _, segments, headers = mpd_reader.read("\n".join(await self.text(base + "manifest.mpd")))
        assert segments
        for segment in segments:
            await self.media(base + segment.url)
        for path in headers:
            await self.media(base + path)
        if (await get(self.app, base + "ts.m3u8")).status == 200:  # not as long as its first segment lacks sound
            await self.media_playlist(base + "ts.m3u8")

    async def media_playlist(self, path: str) -> None:
        playlist = playlist_reader.read("\n".join(await self.text(path)) + "\n")
        if path in self.playlists:
            playlist_reader.check_successor(self.playlists[path], playlist)
        self.playlists[path] = playlist
        everything = [*playlist.segments, *([playlist.in_progress] if playlist.in_progress else [])]
        for segment in everything:
            if segment.gap:
                continue
            if segment.map is not None:  # WebVTT has none
                await self.media(urljoin(path, segment.map))
            for uri, _, _ in segment.parts:
                await self.media(urljoin(path, uri))
            if segment.uri:
                whole = await self.media(urljoin(path, segment.uri))
                parts = [await self.media(urljoin(path, uri)) for uri, _, _ in segment.parts]
                assert not parts or segment.map is None or b"".join(parts) == whole
        for uri in playlist.reports:
            assert (await get(self.app, urljoin(path, uri))).status == 200

    async def text(self, path: str) -> list[str]:
        got = await get(self.app, path)
        assert got.status == 200, (path, got.body)
        return got.body.decode().splitlines()

    async def media(self, path: str) -> bytes:
        head = await get(self.app, path, "HEAD")
        assert head.status == 200, path
        if "content-length" not in head.headers:
            return b""  # in progress: an MPD of low latency offers it
        got = await get(self.app, path)
        digest = sha256(got.body).digest()
        assert self.seen.setdefault(path, digest) == digest, path
        return got.body


@lru_cache
def with_subtitles() -> bytes:
    """`stream` with teletext in two languages."""
    origin = tv.first_dts(stream())
    english = [Subtitle(n + 0.3, n + 1.6, [f"Number {n}".encode()]) for n in range(0, SECONDS, 2)]
    french = [Subtitle(2, 9, [b"Longtemps"])]
    services = [service(8, 0x88, english, origin), service(8, 0x89, french, origin)]
    return with_teletext(stream(), [(b"eng", 5, 8, 0x88), (b"fra", 2, 8, 0x89)], services)


def piece(happening: str, at_s: int, length_s: int, with_text: bool) -> bytes:
    octets = tv.packets(with_subtitles() if with_text else stream())
    per_second = len(octets) // SECONDS
    cut = octets[(at_s % 6) * per_second : (at_s % 6 + length_s) * per_second]
    if happening == "loss":
        cut = cut[: len(cut) // 3] + cut[len(cut) // 3 + 40 :]
    if happening == "junk":
        cut[len(cut) // 2 : len(cut) // 2 + 20] = [b"\x47\x1f" + 186 * b"\xa5"] * 20
    return b"".join(cut)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate], report_multiple_bugs=False)
@given(
    st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(2, 5)), min_size=3, max_size=8),
    st.booleans(),
    st.booleans(),
)
def test_all_that_is_offered_is_served_and_does_not_change(
    story: list[tuple[str, int]], low_latency: bool, with_text: bool
):
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            packaging = PACKAGING + ("" if low_latency else "low_latency = false\n")
            net = network(Path(folder), "one", packaging=packaging)
            app = OriginApp(net, None, asyncio.Event())  # type: ignore[arg-type]
            channel, viewer = net.channels["one"], Viewer(app)
            now_ms, offset, at_s = 1_800_000_000_000, 0, 0
            for happening, length_s in [("play", 5), *story]:
                if happening == "jump":
                    offset += 1_000_000_007
                if happening == "hole":
                    now_ms += 4000
                    offset += 4 * 90_000
                octets = tv.shifted(
                    piece(happening, at_s, length_s, with_text), offset - (at_s % 6) * 90_000 + at_s * 90_000
                )
                feed = Feeder(octets, channel, length_s=length_s, now_ms=now_ms)
                while feed.at < len(feed.octets):
                    feed.seconds(0.7)
                    if channel.presentation.end_90k:
                        await viewer.look()
                if happening == "failure":
                    channel.begin_again()
                    await viewer.look()
                now_ms, at_s = int(feed.now_ms), at_s + length_s

    asyncio.run(run())
