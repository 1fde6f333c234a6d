"""Fragmented MP4 and encrypted segments as a source: what ffmpeg, OpenSSL and our own packager make, and damage to it."""

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.conftest import need_tool
from tests.differential.ffmpeg_reading import Hashed, hashed, streams
from tests.net.hls_server import HlsServer, playlist
from tests.net.test_hls_source import quick, read_for, segment, source_of, times
from yiwang.base.events import Fault
from yiwang.net import hls_keys, hls_source
from yiwang.net.source import SourceError

__all__ = ["quick"]

KEY, IV = bytes(range(16)), bytes(range(32, 48))
A_TICK_OF_AN_EDIT_LIST = Fraction(1, 1000)
CAPTURES = ["mp2ts-tools/obs_hevc_aac.ts", "shaka-player/hls-ts-b-frames/1.ts", "tsduck/test-072.ts"]


def run(*arguments: object) -> None:
    subprocess.run([str(one) for one in arguments], check=True, timeout=60)


def made(ffmpeg: str, capture: Path, folder: Path, *options: object, apart: bool = False) -> HlsServer:
    """What ffmpeg makes of a capture, in a folder and on a server."""
    folder.mkdir(exist_ok=True)
    bsf = ("-bsf:a", "aac_adtstoasc") if "fmp4" in options and "ec3" not in str(capture) else ()
    common = ("-c", "copy", *bsf, "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", *options)
    if apart:
        maps = (
            "-map",
            "0:v:0",
            "-map",
            "0:a:0",
            "-var_stream_map",
            "v:0,agroup:s a:0,agroup:s,language:eng,default:yes",
        )
        run(ffmpeg, "-v", "error", "-i", capture, *maps, *common, "-master_pl_name", "all.m3u8", folder / "v%v.m3u8")
    else:
        run(ffmpeg, "-v", "error", "-i", capture, "-map", "0:v:0", "-map", "0:a:0?", *common, folder / "all.m3u8")
    return serving(folder)


def serving(folder: Path) -> HlsServer:
    return HlsServer(
        {f"/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    )


async def read_list(server: HlsServer, out: Path, path: str = "all.m3u8") -> list[Fault]:
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/{path}"))
    out.write_bytes(got)
    return faults


def frames(ffmpeg: str, ffprobe: str, file: Path) -> dict[str, list[Hashed]]:
    """Decoded pictures and sound, the first stream of each."""
    found = {one["codec_type"]: one["index"] for one in reversed(streams(ffprobe, file))}
    kinds = [kind for kind in ("video", "audio") if kind in found]
    return {
        kind: hashed(ffmpeg, file, found[kind], beside=[found[other] for other in kinds if other != kind])[0]
        for kind in kinds
    }


def check_same(ffmpeg: str, ffprobe: str, original: Path, ours: Path, least: int = 20) -> None:
    """Frames of pictures and sound are those of the original, each at its time, but for one shift of all of them."""
    shifts: set[Fraction] = set()
    theirs, mine = frames(ffmpeg, ffprobe, original), frames(ffmpeg, ffprobe, ours)
    assert theirs
    assert theirs.keys() == mine.keys()
    for kind, found in mine.items():
        assert len(found) >= least
        assert [one.digest for one in found] == [one.digest for one in theirs[kind]]
        shifts |= {b.time - a.time for a, b in zip(theirs[kind], found, strict=True)}
    assert max(shifts) - min(shifts) <= A_TICK_OF_AN_EDIT_LIST, "pictures and sound are as far apart as they were"


# -- fragmented MP4


@pytest.mark.parametrize("options", [(), ("-hls_flags", "single_file")], ids=["files", "byte ranges"])
@pytest.mark.parametrize("capture", CAPTURES)
async def test_what_ffmpeg_makes_of_fragmented_mp4_is_what_it_was_made_of(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, capture: str, options: tuple[str, ...]
):
    server = made(ffmpeg, captures / capture, tmp_path / "made", "-hls_segment_type", "fmp4", *options)
    assert await read_list(server, tmp_path / "ours.ts") == []
    check_same(ffmpeg, ffprobe, tmp_path / "made" / "all.m3u8", tmp_path / "ours.ts")


@pytest.mark.parametrize("capture", [*CAPTURES[:1], "shaka-player/hls-ts-muxed-ec3-h264"])
async def test_pictures_and_sound_of_two_playlists_are_joined(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, capture: str
):
    file = captures / capture
    file = file if file.is_file() else next(file.glob("*.ts"))
    server = made(ffmpeg, file, tmp_path / "made", "-hls_segment_type", "fmp4", apart=True)
    assert await read_list(server, tmp_path / "ours.ts") == []
    check_same(ffmpeg, ffprobe, tmp_path / "made" / "all.m3u8", tmp_path / "ours.ts")


@pytest.mark.parametrize("capture", ["shaka-player/hls-ts-b-frames/1.ts", "tsduck/test-072.ts"])
async def test_our_own_output_as_a_source_has_the_frames_of_what_it_was_made_of(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, capture: str
):
    made_by_us = (sys.executable, "-m", "yiwang.cli.main", "package", captures / capture, "-o", tmp_path / "made")
    run(*made_by_us, "--segment-duration", "1")
    assert await read_list(serving(tmp_path / "made"), tmp_path / "ours.ts", "index.m3u8") == []
    check_same(ffmpeg, ffprobe, tmp_path / "made" / "index.m3u8", tmp_path / "ours.ts")


# -- damage


def fragmented(ffmpeg: str, captures: Path, folder: Path) -> HlsServer:
    """Ten seconds of pictures and sound, apart."""
    return made(ffmpeg, captures / CAPTURES[0], folder / "made", "-hls_segment_type", "fmp4", apart=True)


def cut(octets: bytes) -> bytes:
    return octets[: len(octets) * 2 // 3]


def boxes_too_large(octets: bytes) -> bytes:
    at = octets.index(b"traf")
    return octets[: at - 4] + b"\0\xff\xff\xff" + octets[at:]


def too_many_samples(octets: bytes) -> bytes:
    at = octets.index(b"trun") + 8
    return octets[:at] + b"\xff\xff\xff\xff" + octets[at + 4 :]


def no_samples(octets: bytes) -> bytes:
    return octets[: octets.index(b"moof") - 4]


@pytest.mark.parametrize("damage", [cut, boxes_too_large, too_many_samples, no_samples])
async def test_a_damaged_fragment_is_one_that_is_missing(
    ffmpeg: str, captures: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
):
    server = fragmented(ffmpeg, captures, tmp_path)
    whole, _ = await read_whole(server)
    octets = server.documents["/v00.m4s"]
    assert isinstance(octets, bytes)
    server.documents["/v00.m4s"] = damage(octets)
    got, faults = await read_whole(server)
    assert [fault.name for fault in faults] == ["hls_segment_missing"]
    assert "segment 0: " in faults[0].detail
    assert 0 < len(times(got)) < len(times(whole))
    server.documents["/v00.m4s"], server.documents["/v11.m4s"] = octets, damage(server.documents["/v11.m4s"])  # type: ignore[arg-type]
    got, faults = await read_whole(server)
    assert "hls_segment_missing" in [fault.name for fault in faults]
    assert 0 < len(times(got)) < len(times(whole))


async def read_whole(server: HlsServer) -> tuple[bytes, list[Fault]]:
    async with server.running() as url:
        return await read_for(source_of(f"{url}/all.m3u8"))


@pytest.mark.parametrize(
    ("path", "answer", "reason"),
    [
        ("/init_0.mp4", "404 Not Found", "its EXT-X-MAP: the server answered 404 Not Found"),
        ("/init_0.mp4", b"", "its EXT-X-MAP: it is empty"),
        ("/init_0.mp4", b"<html>no", "its EXT-X-MAP cannot be read"),
    ],
)
async def test_pictures_without_their_header_are_no_source(
    ffmpeg: str, captures: Path, tmp_path: Path, path: str, answer: bytes | str, reason: str
):
    server = fragmented(ffmpeg, captures, tmp_path)
    server.documents[path] = answer
    async with server.running() as url:
        with pytest.raises(SourceError, match=reason) as caught:
            await read_for(source_of(f"{url}/all.m3u8"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("what", ["the playlist", "the header", "each segment"])
async def test_pictures_go_on_without_their_sound_which_is_said_once(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
):
    monkeypatch.setattr(hls_source, "FIRST_PATIENCE_MS", 300)
    server = fragmented(ffmpeg, captures, tmp_path)
    for path in {"the playlist": ["/v1.m3u8"], "the header": ["/init_1.mp4"]}.get(what, ["/v10.m4s", "/v11.m4s"]):
        server.documents[path] = "404 Not Found"
    faults = await read_list(server, tmp_path / "ours.ts")
    told = [fault for fault in faults if fault.name in ("hls_without_sound", "hls_sound_late")]
    assert len(told) <= 1
    assert faults
    assert any(one["codec_type"] == "video" for one in streams(ffprobe, tmp_path / "ours.ts"))


async def test_what_is_encrypted_sample_by_sample_or_of_another_coding_is_not_carried(
    ffmpeg: str, captures: Path, tmp_path: Path
):
    server = fragmented(ffmpeg, captures, tmp_path)
    header = server.documents["/init_0.mp4"]
    assert isinstance(header, bytes)
    async with server.running() as url:
        for entry, reason in ((b"encv", "Common Encryption"), (b"av01", "'av01'")):
            server.documents["/init_0.mp4"] = header.replace(b"hev1", entry)
            with pytest.raises(SourceError, match=reason):
                await source_of(f"{url}/all.m3u8").open()
        server.documents["/init_0.mp4"] = header
        playlist = server.documents["/v0.m3u8"]
        assert isinstance(playlist, bytes)
        for method in ("SAMPLE-AES", "SAMPLE-AES-CTR"):
            tag = f'#EXT-X-KEY:METHOD={method},URI="skd://x"\n#EXT-X-MAP'.encode()
            server.documents["/v0.m3u8"] = playlist.replace(b"#EXT-X-MAP", tag)
            with pytest.raises(SourceError, match=rf"its samples are encrypted \({method}\), which is not carried"):
                await source_of(f"{url}/all.m3u8").open()


# -- a presentation of parts


def film(ffmpeg: str, file: Path, seconds: int, source: str = "testsrc", *options: str) -> Path:
    run(
        *(ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"{source}=s=160x96:r=25:d={seconds}", "-f", "lavfi"),
        *("-i", f"sine=d={seconds}:r=48000", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-bf", "2"),
        *("-c:a", "aac", "-b:a", "64k", *options, file),
    )
    return file


async def test_a_discontinuity_with_another_header_and_earlier_times_loses_nothing(
    ffmpeg: str, ffprobe: str, tmp_path: Path
):
    late = ("-output_ts_offset", "5000")
    films = [
        film(ffmpeg, tmp_path / "a.ts", 5, "testsrc", *late),
        film(ffmpeg, tmp_path / "b.ts", 6, "testsrc2", "-profile:v", "baseline", "-bf", "0", "-ac", "2"),
    ]
    both = HlsServer()
    texts: dict[str, list[str]] = {}
    for name, file in zip("ab", films, strict=True):
        for path, octets in made(
            ffmpeg, file, tmp_path / name, "-hls_segment_type", "fmp4", apart=True
        ).documents.items():
            assert isinstance(octets, bytes)
            both.documents[f"/{name}{path}"] = octets
            if path in ("/v0.m3u8", "/v1.m3u8"):
                text = octets.decode().replace('URI="', f'URI="{name}/').replace("#EXT-X-ENDLIST\n", "")
                text = "\n".join(line if line.startswith("#") else f"{name}/{line}" for line in text.splitlines())
                texts.setdefault(path, []).append(text if name == "a" else text[text.index("#EXT-X-MAP") :])
    for path, parts in texts.items():
        both.documents[path] = (
            "\n#EXT-X-DISCONTINUITY\n".join([*parts, ""]).removesuffix("#EXT-X-DISCONTINUITY\n").encode()
            + b"#EXT-X-ENDLIST\n"
        )
    both.documents["/all.m3u8"] = both.documents["/a/all.m3u8"]
    assert await read_list(both, tmp_path / "ours.ts") == []
    ours = frames(ffmpeg, ffprobe, tmp_path / "ours.ts")
    first, second = (frames(ffmpeg, ffprobe, tmp_path / name / "all.m3u8") for name in "ab")
    pictures = [one.digest for one in first["video"] + second["video"]]
    assert [one.digest for one in ours["video"]] == pictures
    assert abs(len(ours["audio"]) - len(first["audio"]) - len(second["audio"])) <= 1


# -- live


def moving(server: HlsServer, path: str, lag: int, window: int) -> None:
    """Let a playlist be live: each time that it is asked for it has one segment more."""
    text = server.documents[path]
    assert isinstance(text, bytes)
    head, *segments = text.decode().replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "").split("#EXTINF")
    segments[-1] = segments[-1].replace("#EXT-X-ENDLIST\n", "")
    newest = lag

    def now() -> bytes:
        nonlocal newest
        newest = min(newest + 1, len(segments))
        first = max(newest - window, 0)
        end = "#EXT-X-ENDLIST\n" if newest == len(segments) else ""
        there = "#EXTINF".join([head.replace("SEQUENCE:0", f"SEQUENCE:{first}"), *segments[first:newest]])
        return (there + end).encode()

    server.documents[path] = now


@pytest.mark.parametrize("lags", [(4, 4), (4, 6), (6, 4)], ids=["together", "sound first", "pictures first"])
async def test_a_live_channel_is_followed_with_its_sound(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, lags: tuple[int, int]
):
    folder = tmp_path / "made"
    folder.mkdir()
    server = made(ffmpeg, film(ffmpeg, tmp_path / "long.ts", 14), folder, "-hls_segment_type", "fmp4", apart=True)
    for name, lag in zip(("v0", "v1"), lags, strict=True):
        moving(server, f"/{name}.m3u8", lag, 10)
    assert await read_list(server, tmp_path / "ours.ts") == []
    theirs, ours = frames(ffmpeg, ffprobe, folder / "all.m3u8"), frames(ffmpeg, ffprobe, tmp_path / "ours.ts")
    begins = {kind: found[0].time for kind, found in ours.items()}
    ends = {kind: found[-1].time for kind, found in ours.items()}
    assert abs(begins["video"] - begins["audio"]) < Fraction(1, 2), "sound is there from the first picture on"
    assert abs(ends["video"] - ends["audio"]) < Fraction(1, 4)
    n = len(ours["video"])
    assert [one.digest for one in ours["video"]] == [one.digest for one in theirs["video"][-n:]]
    pictures = {b.time - a.time for a, b in zip(theirs["video"][-n:], ours["video"], strict=True)}
    assert max(pictures) - min(pictures) <= A_TICK_OF_AN_EDIT_LIST
    steps = {b.time - a.time for a, b in zip(ours["audio"], ours["audio"][1:], strict=False)}
    assert max(steps) < Fraction(22, 1000), "no frame of sound is missing"


# -- AES-128


def encrypted(octets: bytes, key: bytes = KEY, iv: bytes = IV) -> bytes:
    """What OpenSSL makes of a segment."""
    command = [need_tool("openssl"), "enc", "-aes-128-cbc", "-K", key.hex(), "-iv", iv.hex()]
    return subprocess.run(command, input=octets, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("iv", [IV.hex(), ""], ids=["a vector", "by number"])
async def test_what_ffmpeg_has_encrypted_is_what_it_was_made_of(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path, iv: str
):
    (tmp_path / "key.bin").write_bytes(KEY)
    (tmp_path / "info").write_text(f"key.bin\n{tmp_path / 'key.bin'}\n{iv}\n")
    first = ("-start_number", "70000") if not iv else ()
    server = made(ffmpeg, captures / CAPTURES[1], tmp_path / "made", "-hls_key_info_file", tmp_path / "info", *first)
    server.documents["/key.bin"] = KEY
    clear = tmp_path / "clear"
    made(ffmpeg, captures / CAPTURES[1], clear)
    assert b"METHOD=AES-128" in server.documents["/all.m3u8"]  # type: ignore[operator]
    assert await read_list(server, tmp_path / "ours.ts") == []
    assert server.asked["/key.bin"] == 1
    check_same(ffmpeg, ffprobe, clear / "all.m3u8", tmp_path / "ours.ts")


async def test_fragmented_mp4_in_parts_of_one_resource_with_its_header_is_decrypted(
    ffmpeg: str, ffprobe: str, captures: Path, tmp_path: Path
):
    clear = made(ffmpeg, captures / CAPTURES[0], tmp_path / "made", "-hls_segment_type", "fmp4", apart=True)
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="key.bin",IV=0x{IV.hex()}\n'
    server = HlsServer({"/key.bin": KEY})
    for path, octets in clear.documents.items():
        assert isinstance(octets, bytes)
        if not path.startswith("/v") or not path.endswith(".m3u8"):
            server.documents[path] = encrypted(octets) if path.endswith(("4s", "4")) else octets
            continue
        whole, lines = b"", []
        for line in octets.decode().splitlines():
            if not line.startswith("#"):
                piece = encrypted(clear.documents[f"/{line}"])  # type: ignore[arg-type]
                lines += [f"#EXT-X-BYTERANGE:{len(piece)}@{len(whole)}", path.removesuffix("m3u8")[1:] + "bin"]
                whole += piece
            else:
                lines.append(key + line if line.startswith("#EXT-X-MAP") else line)
        server.documents[path] = "\n".join(lines).encode()
        server.documents[path.removesuffix("m3u8") + "bin"] = whole
    assert await read_list(server, tmp_path / "ours.ts") == []
    check_same(ffmpeg, ffprobe, tmp_path / "made" / "all.m3u8", tmp_path / "ours.ts")


def rotated(keys: dict[str, bytes], n: int = 6) -> HlsServer:
    """Segments of which each two have another key, by number, and the last two none."""
    names = list(keys)
    server = HlsServer({f"/{name}": key for name, key in keys.items()})
    uris = []
    for k in range(n):
        name = names[k // 2] if k // 2 < len(names) else ""
        tag = f'#EXT-X-KEY:METHOD=AES-128,URI="{name}"' if name else "#EXT-X-KEY:METHOD=NONE"
        uris.append(f"{tag}\n{k}.ts" if k % 2 == 0 else f"{k}.ts")
        octets = segment(k)
        server.documents[f"/{k}.ts"] = encrypted(octets, keys[name], (k + 7).to_bytes(16, "big")) if name else octets
    server.documents["/all.m3u8"] = playlist(uris, 2, 7, ended=True)
    return server


KEYS = {"k?session=sesame": KEY, "b": KEY[::-1]}


async def test_each_key_is_asked_for_once_as_keys_are_turned():
    server = rotated(KEYS)
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/all.m3u8"))
    assert times(got) == times(b"".join(segment(k) for k in range(6)))
    assert faults == []
    assert [server.asked[f"/{name}"] for name in KEYS] == [1, 1]


async def test_parts_without_padding_are_taken_as_some_encoders_make_them():
    server = rotated(KEYS)
    for k in range(4):
        octets = server.documents[f"/{k}.ts"]
        assert isinstance(octets, bytes)
        whole = len(segment(k)) // 16 * 16
        server.documents[f"/{k}.ts"] = octets[:whole]
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/all.m3u8"))
    assert len(times(got)) >= len(times(b"".join(segment(k) for k in range(6)))) - 4
    assert faults == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("404 Not Found", "its key: the server answered 404"),
        (b"short", "its key: it has 5 octets, not 16"),
        (b"x" * 17, "its key: it has 17 octets, not 16"),
        (b"x" * (1 << 21), "its key: larger than 1 MB"),
        (bytes(16), "decrypted, it is wrong, perhaps its key is"),
    ],
)
async def test_a_key_that_cannot_be_had_costs_its_segments_and_is_told_without_the_key(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | str, why: str
):
    monkeypatch.setattr(hls_keys, "ASK_AGAIN_MS", 1 << 40)
    server = rotated(KEYS)
    server.documents["/b"] = answer
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/all.m3u8"))
    assert times(got) == times(b"".join(segment(k) for k in (0, 1, 4, 5)))
    assert [fault.name for fault in faults] == ["hls_segment_missing"] * 2
    for fault in faults:
        assert why in fault.detail
        assert "\n" not in fault.detail
        assert "sesame" not in fault.detail
        assert KEY.hex() not in fault.detail
    assert server.asked["/b"] <= 3, "nobody is asked for each segment"


async def test_a_source_whose_first_key_is_refused_says_so_at_once():
    server = rotated(KEYS)
    server.documents["/k?session=sesame"] = "403 Forbidden"
    async with server.running() as url:
        with pytest.raises(SourceError, match="its key: the server answered 403 Forbidden") as caught:
            await source_of(f"{url}/all.m3u8").open()
    assert "sesame" not in str(caught.value)


async def test_segments_that_are_no_whole_blocks_are_missing():
    server = rotated(KEYS)
    octets = server.documents["/1.ts"]
    assert isinstance(octets, bytes)
    server.documents["/1.ts"], server.documents["/2.ts"] = octets[:-5], b""
    async with server.running() as url:
        got, faults = await read_for(source_of(f"{url}/all.m3u8"))
    assert times(got) == times(b"".join(segment(k) for k in (0, 3, 4, 5)))
    assert [fault.name for fault in faults] == ["hls_segment_missing"] * 2
    assert "no whole number of blocks" in faults[0].detail


async def test_no_more_keys_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hls_keys, "MOST_KEYS", 1)
    asked: list[str] = []

    async def fetch(url: str, most: int) -> bytes:
        asked.append(url)
        return KEY

    keys = hls_keys.HlsKeys(fetch)
    for url in "aabba":
        assert await keys.key(url) == KEY
    assert asked == ["a", "b", "a"]
