"""HLS as a source: against a server on this machine, with real captures, ffmpeg's muxer and ffmpeg's own reader beside."""

import asyncio
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.differential.ffmpeg_reading import hashed, streams
from tests.net.hls_server import HANG, HlsServer, playlist
from tests.net.test_hls_pacer import SEGMENT_90K, segment
from yiwang.base.events import Fault
from yiwang.hls.playlist_reader import ListedVariants, read_any_playlist
from yiwang.kernels.ts_restamp import DTS, PTS, ts_times
from yiwang.net import hls_rendition, hls_source, wall_clock
from yiwang.net.hls_source import HlsSource
from yiwang.net.make_source import make_source
from yiwang.net.node_mark import NODE_MARK, nodes_of, via_header
from yiwang.net.pump import Pump
from yiwang.net.source import SourceError
from yiwang.net.source_url import HlsSpec, parse_source_url

SPEED = 20
WINDOW = 30
SEGMENT_S = SEGMENT_90K / 90_000
REAL = "shaka-player/hls-ts-muxed-aac-h264"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the source's time run faster."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    real_90k, real_ms, sleep = wall_clock.monotonic_90k, wall_clock.monotonic_ms, asyncio.sleep
    begin_90k, begin_ms = real_90k(), real_ms()
    monkeypatch.setattr(wall_clock, "monotonic_90k", lambda: begin_90k + SPEED * (real_90k() - begin_90k))
    monkeypatch.setattr(wall_clock, "monotonic_ms", lambda: begin_ms + SPEED * (real_ms() - begin_ms))
    monkeypatch.setattr(hls_source.asyncio, "sleep", lambda s: sleep(s / SPEED))
    monkeypatch.setattr(hls_source, "STALL_MS", 1000 * 60 * SPEED)  # a slow machine is no fault


def source_of(url: str) -> HlsSource:
    source = make_source(parse_source_url(url), Pump())
    assert isinstance(source, HlsSource)
    return source


async def read_for(
    source: HlsSource, enough: Callable[[bytes], bool] = lambda octets: False
) -> tuple[bytes, list[Fault]]:
    """Read to the end, or until it is enough."""
    got, faults = [], []
    await source.open()
    try:
        async with asyncio.timeout(60):
            while block := await source.read():
                got.append(bytes(block))
                if enough(b"".join(got)):
                    break
    finally:
        faults = source.drain_faults()
        await source.close()
    return b"".join(got), faults


def times(octets: bytes) -> list[int]:
    rows, _ = ts_times(np.frombuffer(octets, np.uint8), 188)
    return [int(t) for t in rows[rows[:, DTS] >= 0][:, PTS]]


def server_of(n: int, *, ended: bool = True, uri: str = "{}.ts", before: str = "") -> HlsServer:
    server = HlsServer({f"/a/{k}.ts": segment(k) for k in range(n)})
    server.documents["/a/list.m3u8"] = playlist(
        [uri.format(k) for k in range(n)], SEGMENT_S, ended=ended, before=before
    )
    return server


WHOLE = b"".join(segment(k) for k in range(3))


# -- what is served is what is read


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_segments_come_in_order_to_the_end(host: str):
    server = server_of(3)
    async with server.running(host) as url:
        got, faults = await read_for(source_of(f"{url}/a/list.m3u8"))
    assert set(server.asked.values()) == {1}, "what has an end is not read again"
    assert times(got) == times(WHOLE)
    assert len(got) == len(WHOLE)
    assert faults == []


async def test_each_request_has_the_headers_that_its_address_asks_for():
    server = server_of(3)
    async with server.running() as url:
        got, _ = await read_for(source_of(f"{url}/a/list.m3u8#user-agent=A%2F1&referer=http%3A%2F%2Fr%2F"))
    assert times(got) == times(WHOLE)
    assert len(server.heads) == 4
    for head in server.heads:
        lines = head.lower().split("\r\n")
        assert "user-agent: a/1" in lines
        assert "referer: http://r/" in lines
        assert "#" not in lines[0]


@pytest.mark.parametrize("kind", ["redirected", "packed", "absolute", "from the root"])
async def test_wherever_and_however_the_documents_come(kind: str):
    server = server_of(3)
    async with server.running() as url:
        place = f"{url}/a/list.m3u8"
        if kind == "redirected":  # what is relative is so to where the list was in the end
            server.documents["/list.m3u8"] = f"302 Found -> {url}/a/list.m3u8"
            server.documents["/far/1.ts"] = segment(1)
            server.documents["/a/1.ts"] = f"307 Temporary Redirect -> {url}/far/1.ts"
            place = f"{url}/list.m3u8"
        elif kind == "packed":
            server.packed = True
        else:
            base = f"{url}/a" if kind == "absolute" else "/a"
            server.documents["/a/list.m3u8"] = playlist([f"{base}/{k}.ts" for k in range(3)], SEGMENT_S, ended=True)
        got, faults = await read_for(source_of(place))
    assert times(got) == times(WHOLE)
    assert faults == []


@pytest.mark.parametrize("knows_ranges", [True, False])
async def test_byte_ranges_whether_the_server_knows_them_or_not(knows_ranges: bool):
    size = len(segment(0))
    ranges = [f"#EXT-X-BYTERANGE:{size}{'@0' if k == 0 else ''}\nall.ts" for k in range(3)]
    server = HlsServer(
        {"/all.ts": WHOLE, "/list.m3u8": playlist(ranges, SEGMENT_S, ended=True)}, knows_ranges=knows_ranges
    )
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/list.m3u8"))
    assert times(got) == times(WHOLE)
    assert faults == []


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_90k = wall_clock.monotonic_90k()
        monkeypatch.setattr(wall_clock, "monotonic_90k", lambda: self.now_90k)
        monkeypatch.setattr(hls_source.asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now_90k += round(seconds * 90_000)


async def whole(source: HlsSource) -> None:
    """Wait until all of a playlist is there, of which nothing is due before it is read."""
    await source.open()
    async with asyncio.timeout(60):
        while not source._has_ended:
            await asyncio.sleep(0.2)


async def test_octets_are_given_out_evenly_however_they_come(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hls_source, "MOST_AHEAD_TARGETS", 100)
    async with server_of(4).running() as url:
        source = source_of(f"{url}/a/list.m3u8")
        await whole(source)
        clock, blocks = Clock(monkeypatch), []
        while block := await source.read():
            blocks.append((clock.now_90k, len(block)))
        await source.close()
    begin, total = blocks[0][0], sum(size for _, size in blocks)
    came = 0
    for now, size in blocks:
        came += size
        due = total * (now - begin) / (4 * SEGMENT_90K)
        assert came <= due + total / 4, "no segment comes in a lump"
    assert len(blocks) > 40


async def test_a_reader_who_was_away_gets_at_once_what_was_due_meanwhile(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hls_source, "MOST_AHEAD_TARGETS", 100)
    async with server_of(5).running() as url:
        source = source_of(f"{url}/a/list.m3u8")
        await whole(source)
        clock = Clock(monkeypatch)
        before = len(await source.read())
        clock.now_90k += 2 * SEGMENT_90K
        got, reads = before, 0
        while got < 2 * len(segment(0)) * 0.9:
            got, reads = got + len(await source.read()), reads + 1
        assert reads <= 5, "the distance to the server does not grow"
        await source.close()


# -- which variant


VARIANTS = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="n",URI="sound.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=9000000,AUDIO="s"
apart.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000
high.m3u8
"""


@pytest.mark.parametrize(
    ("fragment", "missing", "chosen"),
    [
        ("", (), "apart"), ("#bandwidth=8999999", (), "high"), ("#bandwidth=4999999", (), "low"),
        ("#bandwidth=5", (), "low"), ("", ("apart",), "high"), ("", ("apart", "high"), "low"),
    ],
)  # fmt: skip
async def test_the_best_variant_that_is_wanted_and_there(
    monkeypatch: pytest.MonkeyPatch, fragment: str, missing: tuple[str, ...], chosen: str
):
    monkeypatch.setattr(hls_source, "FIRST_PATIENCE_MS", 0)
    server = server_of(1)
    server.documents["/a/all.m3u8"] = VARIANTS.encode()
    for name in {"low", "apart", "high"} - set(missing):
        server.documents[f"/a/{name}.m3u8"] = server.documents["/a/list.m3u8"]
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/a/all.m3u8{fragment}"))
    assert times(got) == times(segment(0))
    assert {name for name in ("low", "apart", "high") if server.asked[f"/a/{name}.m3u8"]} - set(missing) == {chosen}
    assert bool(server.asked["/a/sound.m3u8"]) == (chosen == "apart")
    assert bool(faults) == (chosen == "apart"), "its sound is not there"


def test_what_has_no_pictures_or_no_form_in_a_transport_stream_is_tried_last():
    rows = [("av01.0.04M.08,mp4a.40.2", 9, "av1"), ("mp4a.40.2", 8, "radio"), ("avc1.64001f,mp4a.40.2", 2, "avc")]
    rows += [
        ("hvc1.1.6.L93.B0,ac-3", 3, "hevc"),
        ("", 1, "silent about it"),
        ("avc1.64001f,fLaC", 7, "flac"),
        ("avc1.64001f,opus", 6, "opus"),
    ]
    lines = [f'#EXT-X-STREAM-INF:BANDWIDTH={n},CODECS="{codecs}"\n{uri}' for codecs, n, uri in rows]
    variants = read_any_playlist("\n".join(["#EXTM3U", *lines]).encode())
    assert isinstance(variants, ListedVariants)
    found = [variant.uri for variant in hls_source.in_order(variants, None)]
    assert found == ["opus", "hevc", "avc", "silent about it", "av1", "flac", "radio"]


async def test_a_fault_of_ours_in_the_sound_ends_the_source(monkeypatch: pytest.MonkeyPatch):
    async def broken(self: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hls_source.HlsSound, "run", broken)
    server = server_of(3, ended=False, before='#EXT-X-MAP:URI="0.ts"')  # tables, as MPEG-TS may have them
    server.documents["/a/all.m3u8"] = VARIANTS.replace("high", "list").replace("5000000", '5,AUDIO="s"').encode()
    async with server.running() as url:
        source = source_of(f"{url}/a/all.m3u8#bandwidth=5")
        with pytest.raises(ZeroDivisionError):
            await read_for(source)
        await source.close()


# -- a live playlist


class Live:
    """A channel that has a segment more each time its playlist is asked for; ``lag``: segments that are there at first."""

    def __init__(self, server: HlsServer, lag: int = 5, path: str = "/live.m3u8") -> None:
        self.server, self.newest = server, lag - 1
        server.documents[path] = self.list

    def list(self) -> bytes:
        self.newest += 1
        oldest = max(self.newest - WINDOW, 0)
        for k in range(oldest, self.newest):
            self.server.documents.setdefault(f"/{k}.ts", partial(segment, k))
        return playlist([f"{k}.ts" for k in range(oldest, self.newest)], SEGMENT_S, oldest)


async def test_a_live_playlist_is_followed_as_it_moves_on():
    server = HlsServer()
    Live(server)
    async with server.running() as url:
        enough = 8 * len(segment(0))
        got, faults = await read_for(source_of(f"{url}/live.m3u8"), lambda octets: len(octets) >= enough)
    all_times = times(b"".join(segment(k) for k in range(40)))
    mine = times(got[: len(got) // 188 * 188])
    begin = all_times.index(mine[0])
    assert begin == len(times(segment(0))) * 2, "three target durations before the end"
    assert all_times[begin : begin + len(mine)] == mine
    assert faults == []


@pytest.mark.parametrize("answer", ["404 Not Found", "410 Gone", b"<html>not here", b""])
async def test_a_segment_that_is_missing_is_counted_and_the_next_one_comes(answer: bytes | str):
    server = server_of(4)
    server.documents["/a/1.ts"] = answer
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/a/list.m3u8"))
    assert times(got) == times(b"".join(segment(k) for k in (0, 2, 3)))
    assert [(fault.name, fault.count) for fault in faults] == [("hls_segment_missing", 1)]
    assert "segment 1" in faults[0].detail


async def test_a_server_that_fails_for_a_moment_is_asked_again():
    server = server_of(3)
    answers = ["503 Service Unavailable", "500 Internal Server Error", segment(1)]
    server.documents["/a/1.ts"] = lambda: answers.pop(0)
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/a/list.m3u8"))
    assert times(got) == times(WHOLE)
    assert faults == []


async def test_a_playlist_that_fails_for_a_while_costs_nothing_but_a_word():
    server = HlsServer()
    live = Live(server)
    answers = iter(["503 Service Unavailable", "404 Not Found", b"<html>"])

    def list_or_not() -> bytes | str:
        return live.list() if server.asked["/live.m3u8"] < 3 else next(answers, None) or live.list()

    server.documents["/live.m3u8"] = list_or_not
    async with server.running() as url:
        enough = 7 * len(segment(0))
        got, faults = await read_for(source_of(f"{url}/live.m3u8"), lambda octets: len(octets) >= enough)
    mine = times(got[: len(got) // 188 * 188])
    assert mine == sorted(mine)
    assert {fault.name for fault in faults} == {"hls_playlist_error"}
    assert len(faults) == 3


async def test_a_server_that_counts_anew_is_followed():
    server = HlsServer()
    old = Live(server, path="/old.m3u8", lag=30)
    new = Live(server, path="/new.m3u8", lag=5)
    server.documents["/live.m3u8"] = lambda: (old if server.asked["/live.m3u8"] < 4 else new).list()
    async with server.running() as url:
        enough = 12 * len(segment(0))
        got, faults = await read_for(source_of(f"{url}/live.m3u8"), lambda octets: len(octets) >= enough)
    mine = times(got[: len(got) // 188 * 188])
    assert min(mine) < times(segment(20))[0] < max(mine)
    assert [fault.name for fault in faults] == ["hls_restarted"]


async def test_a_playlist_with_nothing_new_ends_in_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch):
    server = server_of(3, ended=False)
    async with server.running() as url, asyncio.timeout(90):
        source = source_of(f"{url}/a/list.m3u8")
        await source.open()
        while source.bytes_received < len(WHOLE):
            await source.read()
        monkeypatch.setattr(hls_source, "STALL_MS", 1)
        with pytest.raises(SourceError, match=r"no segment for .* the playlist has nothing new"):
            await source.read()
        await source.close()


async def test_a_server_that_hangs_ends_in_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hls_source, "STALL_MS", 1)
    monkeypatch.setattr(hls_rendition, "SILENCE_TIMEOUT_S", 0.2)
    monkeypatch.setattr(hls_source, "SILENCE_TIMEOUT_S", 0.2)
    server = server_of(3, ended=False)
    server.documents["/hung.m3u8"] = HANG
    server.documents["/a/0.ts"] = server.documents["/a/1.ts"] = server.documents["/a/2.ts"] = HANG
    async with server.running() as url:
        with pytest.raises(SourceError, match=r"silent|not whole"):
            await source_of(f"{url}/hung.m3u8").open()
        source = source_of(f"{url}/a/list.m3u8")
        with pytest.raises(SourceError, match="no segment for"):
            await read_for(source)
        assert source.bytes_received == 0


# -- what cannot be a source


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ('#EXT-X-MAP:URI="init.mp4"', "its EXT-X-MAP: the server answered 404"),
        ('#EXT-X-KEY:METHOD=AES-128,URI="key"', "its key: the server answered 404"),
        ('#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"', "the address of its key is not http"),
        ('#EXT-X-KEY:METHOD=AES-128,URI="data:,sesame"', "the address of its key is not http"),
        ('#EXT-X-KEY:METHOD=AES-128,URI="k",KEYFORMAT="com.x"', "a form that is not carried"),
        ('#EXT-X-KEY:METHOD=AES-256,URI="key"', "encrypted \\('AES-256'\\), which is not carried"),
        ('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"', "samples are encrypted \\(SAMPLE-AES\\), which is not carried"),
        ("#EXT-X-I-FRAMES-ONLY", "key frames only"),
    ],
)
async def test_what_is_not_carried_is_said_in_one_line(before: str, reason: str):
    async with server_of(3, before=before).running() as url:
        with pytest.raises(SourceError, match=reason) as caught:
            await source_of(f"{url}/a/list.m3u8").open()
    assert str(caught.value).startswith(f"{url}/a/list.m3u8: ")
    assert "sesame" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_fragmented_mp4_without_a_word_in_the_playlist_is_known_by_its_boxes():
    server = server_of(2)
    server.documents["/a/0.ts"] = b"\0\0\0\x18stypmsdh" + bytes(400)
    async with server.running() as url:
        with pytest.raises(SourceError, match="fragmented MP4, but it has no EXT-X-MAP"):
            await read_for(source_of(f"{url}/a/list.m3u8"))


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "ftp://h/a.ts", "gopher:x"])
async def test_a_playlist_names_nothing_but_the_web(uri: str):
    server = HlsServer({"/list.m3u8": playlist([uri], ended=True)})
    async with server.running() as url:
        with pytest.raises(SourceError, match="not http:// or https://"):
            await read_for(source_of(f"{url}/list.m3u8"))


@pytest.mark.parametrize(
    ("answer", "reason"), [("404 Not Found", "404 Not Found"), (b"<html>", "not a playlist"), (b"", "not a")]
)
async def test_no_playlist_is_an_error_that_says_why(answer: bytes | str, reason: str):
    server = HlsServer({"/list.m3u8": answer, "/ok.m3u8": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlist.m3u8\n"})
    async with server.running() as url:
        for name in ("list", "ok"):
            with pytest.raises(SourceError, match=reason):
                await source_of(f"{url}/{name}.m3u8").open()


@pytest.mark.parametrize("what", ["LARGEST_SEGMENT_OCTETS", "LARGEST_PLAYLIST_OCTETS"])
async def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch, what: str):
    monkeypatch.setattr(hls_rendition, what, 100)
    async with server_of(3).running() as url:
        if what == "LARGEST_SEGMENT_OCTETS":
            got, faults = await read_for(source_of(f"{url}/a/list.m3u8"))
            assert got == b""
            assert [fault.name for fault in faults] == ["hls_segment_missing"] * 3
        else:
            with pytest.raises(SourceError, match="larger than"):
                await source_of(f"{url}/a/list.m3u8").open()


async def test_no_more_is_loaded_than_can_wait(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hls_source, "MOST_WAITING_OCTETS", 1)
    server = server_of(5)
    async with server.running() as url:
        source = source_of(f"{url}/a/list.m3u8")
        await source.open()
        await source.read()
        assert sum(server.asked[f"/a/{k}.ts"] for k in range(5)) <= 2
        await source.close()


async def test_user_and_password_are_sent_and_not_shown():
    server = server_of(2)
    server.documents["/a/1.ts"] = "403 Forbidden"
    async with server.running() as url:
        source = source_of(f"{url}/a/list.m3u8".replace("http://", "http://user:sesame@"))
        _, faults = await read_for(source)
    assert all("Authorization: Basic dXNlcjpzZXNhbWU=" in head for head in server.heads)
    assert "sesame" not in source.url + "".join(fault.detail for fault in faults)


# -- loops


async def test_a_stream_that_comes_from_this_node_is_refused_and_others_are_known():
    server = server_of(2)
    server.headers["Via"] = "1.1 region, 1.0 some.cache (squid)"
    async with server.running() as url:
        source = source_of(f"{url}/a/list.m3u8")
        await source.open()
        assert source.via == ("region", "some.cache")
        assert nodes_of(via_header(source.via)) == ("region", "some.cache", NODE_MARK)
        await source.close()
        server.headers["Via"] = via_header(("region",)) + ", 1.1 other"
        with pytest.raises(SourceError, match="a loop"):
            await source.open()


# -- real streams


async def read_list(server: HlsServer, path: str, out: Path) -> list[Fault]:
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/{path}"))
    out.write_bytes(got)
    return faults


def check_equal(ffmpeg: str, ffprobe: str, listed: Path, ours: Path) -> None:
    """What ffmpeg decodes of the playlist, by its own reader, and of the stream that we made of it is the same."""
    found = streams(ffprobe, ours)
    kinds = [stream["codec_type"] for stream in found if stream["codec_type"] in ("video", "audio")]
    assert kinds
    for index in range(len(kinds)):
        theirs, _ = hashed(ffmpeg, listed, index)
        mine, complaints = hashed(ffmpeg, ours, index)
        assert not complaints
        assert len(mine) > 20
        assert [one.digest for one in mine] == [one.digest for one in theirs]


async def test_real_segments_of_a_packager_decode_to_the_same_pictures_and_sound(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path
):
    names = [f"n_{k}_0_0.ts" for k in range(6)]
    server = HlsServer({f"/{name}": (captures / REAL / name).read_bytes() for name in names})
    text = playlist(names, 4, ended=True)
    server.documents["/list.m3u8"] = text
    folder = tmp_path / "listed"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes((captures / REAL / name).read_bytes())
    (folder / "list.m3u8").write_bytes(text)
    assert await read_list(server, "list.m3u8", tmp_path / "ours.ts") == []
    check_equal(ffmpeg, ffprobe, folder / "list.m3u8", tmp_path / "ours.ts")


async def test_a_discontinuity_to_earlier_times_decodes_to_the_same(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path
):
    names = [f"n_{k}_0_0.ts" for k in (4, 5, 0, 1)]
    listed = [*names[:2], f"#EXT-X-DISCONTINUITY\n{names[2]}", names[3]]
    for name in names:
        (tmp_path / name).write_bytes((captures / REAL / name).read_bytes())
    (tmp_path / "list.m3u8").write_bytes(playlist(listed, 4, ended=True))
    server = HlsServer({f"/{path.name}": path.read_bytes() for path in tmp_path.iterdir()})
    assert await read_list(server, "list.m3u8", tmp_path / "ours.ts") == []
    check_equal(ffmpeg, ffprobe, tmp_path / "list.m3u8", tmp_path / "ours.ts")


@pytest.mark.parametrize("options", [(), ("-hls_flags", "single_file")], ids=["files", "byte ranges"])
@pytest.mark.parametrize(
    "capture", ["mp2ts-tools/obs_hevc_aac.ts", "shaka-player/hls-ts-b-frames/1.ts", "tsduck/test-072.ts"]
)
async def test_what_ffmpegs_muxer_makes_decodes_to_the_same(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, capture: str, options: tuple[str, ...]
):
    muxer = (
        "-map",
        "0:v:0",
        "-map",
        "0:a:0?",
        "-c",
        "copy",
        "-f",
        "hls",
        "-hls_time",
        "1",
        "-hls_playlist_type",
        "vod",
    )
    subprocess.run(
        [ffmpeg, "-v", "error", "-i", captures / capture, *muxer, *options, tmp_path / "list.m3u8"],
        check=True,
        timeout=60,
    )
    server = HlsServer({f"/{path.name}": path.read_bytes() for path in tmp_path.iterdir()})
    assert await read_list(server, "list.m3u8", tmp_path / "ours.ts") == []
    check_equal(ffmpeg, ffprobe, tmp_path / "list.m3u8", tmp_path / "ours.ts")


def test_a_spec_of_it_makes_the_source():
    assert isinstance(make_source(HlsSpec("http://h/a.m3u8", "http://h/a.m3u8"), Pump()), HlsSource)
