"""AC-3 and E-AC-3 of FFmpeg's encoders: its frames are our access units, its boxes are ours."""

import subprocess

import av
import pytest

from tests.codecs.feeding import run
from yiwang.codecs.ac3.framer import Ac3Framer
from yiwang.codecs.mpa.framer import MpaFramer
from yiwang.isobmff.box import parse_boxes

pytestmark = pytest.mark.differential

LAYOUTS = ["mono", "stereo", "3.0", "3.0(back)", "4.0", "quad(side)", "5.0(side)", "5.1(side)", "2.1", "4.1", "3.1"]


def made(ffmpeg, path, codec, layout, *options):
    source = f"anoisesrc=d=1:r=48000:a=0.1,aformat=channel_layouts={layout}"
    command = [ffmpeg, "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", codec, *options, str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def box_of(ffmpeg, path, name):
    """The payload of dac3 or dec3 in the file that FFmpeg makes of the stream."""
    file = path.with_suffix(".mp4")
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-i", str(path), "-c", "copy", str(file)], check=True)
    moov = next(box for box in parse_boxes(file.read_bytes()) if box.type == "moov")
    (entry,) = moov.one("trak/mdia/minf/stbl/stsd").boxes
    return entry.one(name).payload


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("codec", "entry", "box"), [("ac3", "ac-3", "dac3"), ("eac3", "ec-3", "dec3")])
def test_every_layout_has_ffmpeg_s_frames_and_box(ffmpeg, tmp_path, codec, entry, box, layout):
    path = tmp_path / f"x.{codec}"
    octets = made(ffmpeg, path, codec, layout, "-b:a", "384k")
    units = run(Ac3Framer(), octets)
    with av.open(str(path), format=codec) as file:
        packets = [bytes(packet) for packet in file.demux(audio=0) if packet.size]
        channels = file.streams.audio[0].codec_context.channels
    assert [unit.data for unit in units] == packets
    config = units[0].config
    assert (config.codec, config.channels) == (entry, channels)
    assert config.decoder_config == box_of(ffmpeg, path, box)


@pytest.mark.parametrize("rate", [32000, 44100, 48000])
def test_every_sampling_frequency_has_ffmpeg_s_frames(ffmpeg, tmp_path, rate):
    path = tmp_path / "x.ac3"
    octets = made(ffmpeg, path, "ac3", "stereo", "-ar", str(rate), "-b:a", "192k")
    units = run(Ac3Framer(), octets)
    assert b"".join(unit.data for unit in units) == octets
    assert {unit.config.sampling_frequency for unit in units} == {rate}
    assert units[0].config.decoder_config == box_of(ffmpeg, path, "dac3")


@pytest.mark.parametrize("codec", ["mp2", "libmp3lame"])
@pytest.mark.parametrize("rate", [16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_mpeg_audio_of_every_rate_has_ffmpeg_s_frames(ffmpeg, tmp_path, codec, rate, layout):
    path = tmp_path / ("x.mp2" if codec == "mp2" else "x.mp3")
    octets = made(
        ffmpeg, path, codec, layout, "-ar", str(rate), "-b:a", "64k", "-id3v2_version", "0", "-write_xing", "0"
    )
    units = run(MpaFramer(), octets)
    assert b"".join(unit.data for unit in units) == octets
    config = units[0].config
    assert (config.sampling_frequency, config.channels) == (rate, 1 if layout == "mono" else 2)
    with av.open(str(path)) as file:
        frames = [frame.samples for frame in file.decode(audio=0)]
    assert set(frames) == {config.samples_per_frame}
