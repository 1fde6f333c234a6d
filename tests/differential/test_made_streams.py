"""Streams made with ffmpeg's encoders, in shapes that no capture has: packaged, and read again by ffmpeg."""

import subprocess
from pathlib import Path

import pytest

from tests.differential import ffmpeg_reading as reading
from yiwang.services.package_files import package_files

pytestmark = [pytest.mark.differential, pytest.mark.slow]

PICTURES = "-c:v libx264 -preset ultrafast -g 25 -bf 2 -threads 1 -pix_fmt yuv420p"


def make(
    ffmpeg: str, out: Path, options: str, *, pictures: str = PICTURES, seconds: float = 4, frequency: int = 48_000
) -> Path:
    """Pictures of 25 Hz and sound, no two alike, encoded as ``options`` say."""
    given = ["-f", "lavfi", "-i", f"testsrc2=s=96x64:r=25:d={seconds}"]
    given += ["-f", "lavfi", "-i", f"anoisesrc=a=0.1:r={frequency}:d={seconds}"]
    encoders = [*pictures.split(), *options.split()]
    subprocess.run([ffmpeg, "-v", "error", "-nostdin", "-y", *given, *encoders, "-f", "mpegts", out], check=True)
    return out


@pytest.mark.parametrize("layout", ["2.1", "quad", "6.1"])
def test_ts_of_sound_whose_channels_have_no_number_tells_them(ffmpeg: str, tmp_path: Path, layout: str):
    """Only the encoder's first frame has a program_config_element, and it is before the first picture: segments had none."""
    source = make(ffmpeg, tmp_path / "in.ts", f"-c:a aac -af aformat=channel_layouts={layout}")
    package_files([str(source)], tmp_path, 180_000, None, ts=True)
    in_ts, complaints = reading.hashed(ffmpeg, tmp_path / "ts.m3u8", "a")
    in_cmaf, _ = reading.hashed(ffmpeg, tmp_path / "audio" / "index.m3u8", "a")
    assert not complaints
    assert [frame.digest for frame in in_ts] == [frame.digest for frame in in_cmaf]
    assert len(in_ts) > 180


@pytest.mark.parametrize("frequency", [8_000, 11_025, 12_000])
def test_mp3_of_the_lowest_frequencies_is_a_track(ffmpeg: str, ffprobe: str, tmp_path: Path, frequency: int):
    source = make(ffmpeg, tmp_path / "in.ts", "-c:a libmp3lame -ac 1", frequency=frequency)
    package_files([str(source)], tmp_path, 180_000, None, transcode_audio="never")
    theirs = reading.packets(ffmpeg, source, "a")
    ours = reading.packets(ffmpeg, tmp_path / "audio" / "index.m3u8", "a")
    digests = [packet.digest for packet in theirs]
    first = digests.index(ours[0].digest)
    assert [packet.digest for packet in ours] == digests[first : first + len(ours)]
    assert len(ours) >= len(theirs) - 3
    (stream,) = reading.streams(ffprobe, tmp_path / "audio" / "index.m3u8")
    assert (stream["codec_name"], int(stream["sample_rate"])) == ("mp3", frequency)
