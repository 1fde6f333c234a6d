"""Opus of ffmpeg's encoder, packaged: what is decoded of HLS, DASH and MPEG-TS is what is decoded of the source."""

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from tests.differential import ffmpeg_reading as reading
from tests.differential.test_made_streams import make
from yiwang.codecs.opus.channels import parse_descriptor, parse_dops
from yiwang.isobmff.box import parse_boxes
from yiwang.services.package_files import package_files

pytestmark = [pytest.mark.differential, pytest.mark.slow]

COUNTS = {"mono": 1, "stereo": 2, "3.0": 3, "quad": 4, "5.0": 5, "5.1": 6, "6.1": 7, "7.1": 8}


def opus(layout: str, frame_ms: str, *more: str) -> str:
    channels = f"-af aformat=channel_layouts={layout} -mapping_family {int(COUNTS[layout] > 2)}"
    return " ".join(("-c:a libopus", channels, "-frame_duration", frame_ms, *more))


@pytest.mark.parametrize(
    ("layout", "frame_ms"),
    [("mono", "20"), ("stereo", "2.5"), ("stereo", "10"), ("stereo", "60"), ("5.1", "20"), ("7.1", "40")],
)
def test_frames_decoded_are_those_of_the_source(
    ffmpeg: str, ffprobe: str, tmp_path: Path, layout: str, frame_ms: str
) -> None:
    source = make(ffmpeg, tmp_path / "in.ts", opus(layout, frame_ms), pictures="-vn")
    package_files([str(source)], tmp_path, 180_000, None, ts=True, transcode_audio="never")
    theirs, complaints = reading.hashed(ffmpeg, source, "a")
    assert not complaints
    assert len(theirs) >= 4000 / float(frame_ms)
    for name in ("index.m3u8", "manifest.mpd", "ts.m3u8"):
        (stream,) = reading.streams(ffprobe, tmp_path / name)
        assert (stream["codec_name"], stream["channels"]) == ("opus", COUNTS[layout])
        ours, complaints = reading.hashed(ffmpeg, tmp_path / name, "a")
        assert not complaints
        assert [frame.digest for frame in ours] == [frame.digest for frame in theirs], name
        for one, other in zip(ours, theirs, strict=True):
            assert abs((one.time - ours[0].time) - (other.time - theirs[0].time)) <= Fraction(1, 1000), name


def test_beside_pictures_its_packets_are_those_of_the_source(ffmpeg: str, tmp_path: Path) -> None:
    """What begins before the first picture is left out, and what begins after the last one."""
    source = make(ffmpeg, tmp_path / "in.ts", opus("5.1", "20"))
    package_files([str(source)], tmp_path, 180_000, None, ts=True)
    theirs = [packet.digest for packet in reading.packets(ffmpeg, source, "a")]
    in_ts = [packet.digest for packet in reading.packets(ffmpeg, tmp_path / "ts.m3u8", "a:0")]
    in_cmaf = [packet.digest for packet in reading.packets(ffmpeg, tmp_path / "audio" / "index.m3u8", "a")]
    first = theirs.index(in_cmaf[0])
    assert first <= 2
    assert in_ts == in_cmaf == theirs[first : first + len(in_cmaf)]
    assert len(in_cmaf) >= len(theirs) - 3
    text = (tmp_path / "index.m3u8").read_text()
    assert 'CHANNELS="6",URI="audio/index.m3u8"' in text
    assert re.findall('CODECS="([^"]*)"', text) == ["avc1.4D400A,opus", "avc1.4D400A,mp4a.40.2"]


@pytest.mark.parametrize("layout", COUNTS)
def test_channels_are_what_ffmpeg_says(ffmpeg: str, tmp_path: Path, layout: str) -> None:
    """Its descriptor, its ``dOps`` of the same stream, and ours of the transport stream."""
    source = make(ffmpeg, tmp_path / "in.ts", opus(layout, "20"), pictures="-vn", seconds=1)
    mp4 = tmp_path / "in.mp4"
    subprocess.run([ffmpeg, "-v", "error", "-i", source, "-map", "0:a", "-c", "copy", "-strict", "-2", mp4], check=True)
    moov = next(box for box in parse_boxes(mp4.read_bytes()) if box.type == "moov")
    theirs = parse_dops(moov.one("trak/mdia/minf/stbl/stsd/Opus/dOps").payload)
    assert theirs == parse_descriptor(bytes([COUNTS[layout]]))
    package_files([str(source)], tmp_path, 180_000, None, transcode_audio="never")
    moov = next(box for box in parse_boxes((tmp_path / "audio" / "init.mp4").read_bytes()) if box.type == "moov")
    assert parse_dops(moov.one("trak/mdia/minf/stbl/stsd/Opus/dOps").payload) == theirs
