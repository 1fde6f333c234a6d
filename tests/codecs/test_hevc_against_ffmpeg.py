"""HEVC streams made by x265, as read by ffprobe and decoded by FFmpeg from our access units."""

import random
import subprocess
from hashlib import md5

import pytest

from tests.codecs.feeding import run
from tests.codecs.reference_ts import read_ts
from tests.codecs.test_against_ffmpeg import decoded_frames, ffprobe_packets
from yiwang.codecs.hevc.decoder_configuration import parse_hevc_decoder_configuration_record
from yiwang.codecs.hevc.framer import HevcFramer

pytestmark = pytest.mark.differential

X265 = {
    "closed GOP": "keyint=12:min-keyint=12:no-open-gop=1:bframes=3:b-adapt=0",
    "open GOP": "keyint=12:min-keyint=12:open-gop=1:bframes=3:b-adapt=0",
    "RADL pictures": "keyint=12:min-keyint=12:no-open-gop=1:radl=2:bframes=3:b-adapt=0",
    "with delimiters": "keyint=12:aud=1",
    "four slices": "keyint=12:slices=4",
    "fields": "keyint=12:interlace=tff",
    "wavefronts off": "keyint=12:no-wpp=1",
    "temporal layers": "keyint=12:temporal-layers=1:bframes=3:b-adapt=0",
    "all intra": "keyint=1",
    "HRD and picture hashes": "keyint=12:vbv-maxrate=400:vbv-bufsize=400:hrd=1:hash=1",
    "scaling lists": "keyint=12:scaling-list=default",
    "intra refresh": "keyint=25:intra-refresh=1:bframes=0",
}


def make(ffmpeg, path, parameters, *options, seconds=2):
    source = f"testsrc2=s=320x192:r=25:d={seconds}"
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", source, "-c:v", "libx265", "-preset", "ultrafast"]
    command += ["-x265-params", f"log-level=none:repeat-headers=1:{parameters}", "-pix_fmt", "yuv420p", *options, path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return path


@pytest.mark.parametrize("parameters", X265.values(), ids=X265)
def test_streams_of_x265_have_ffprobe_s_pictures_and_key_frames_and_decode(ffmpeg, ffprobe, tmp_path, parameters):
    path = make(ffmpeg, tmp_path / "x.hevc", parameters)
    units = run(HevcFramer(), path.read_bytes())
    packets = ffprobe_packets(ffprobe, path, "v", "-f", "hevc")
    assert len(units) == len(packets) == 50
    assert [unit.sap_type > 0 for unit in units] == [packet["flags"][0] == "K" for packet in packets]
    assert len(decoded_frames("hevc", units[0].config, units)) == 50


@pytest.mark.parametrize(
    ("parameters", "types"), [("closed GOP", {0, 1}), ("open GOP", {0, 1, 3}), ("RADL pictures", {0, 1, 2})]
)
def test_access_points_of_x265_are_of_the_type_asked_for(ffmpeg, tmp_path, parameters, types):
    units = run(HevcFramer(), make(ffmpeg, tmp_path / "x.hevc", X265[parameters]).read_bytes())
    found = [unit.sap_type for unit in units]
    assert sum(sap_type > 0 for sap_type in found) >= 4
    assert set(found) <= types | {1, 2}
    assert max(found) == max(types)


def test_fields_are_samples_of_their_own(ffmpeg, tmp_path):
    config = run(HevcFramer(), make(ffmpeg, tmp_path / "x.hevc", X265["fields"]).read_bytes())[0].config
    assert config.scan == "fields"


HDR10 = (
    "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
)
HLG = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"


def test_main_10_with_hdr10_metadata(ffmpeg, tmp_path):
    path = make(ffmpeg, tmp_path / "x.hevc", f"keyint=12:hdr10=1:{HDR10}", "-pix_fmt", "yuv420p10le")
    units = run(HevcFramer(), path.read_bytes())
    assert len({id(unit.config) for unit in units}) == 1
    config = units[0].config
    assert config.codec.startswith("hvc1.2.4.L")
    assert config.colour == (9, 16, 9, False)
    fields = [int.from_bytes(config.mastering_display[at : at + 2], "big") for at in range(0, 16, 2)]
    assert fields == [13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450]
    assert config.mastering_display[16:] == (10_000_000).to_bytes(4, "big") + (50).to_bytes(4, "big")
    assert config.content_light_level == (1000).to_bytes(2, "big") + (400).to_bytes(2, "big")
    frames = decoded_frames("hevc", config, units)
    assert {frame.format.name for frame in frames} == {"yuv420p10le"}


def test_hlg_by_its_own_transfer_function_and_by_the_preferred_one(ffmpeg, tmp_path):
    path = make(ffmpeg, tmp_path / "x.hevc", f"keyint=12:{HLG}", "-pix_fmt", "yuv420p10le")
    assert run(HevcFramer(), path.read_bytes())[0].config.colour == (9, 18, 9, False)
    compatible = HLG.replace("arib-std-b67", "bt2020-10") + ":atc-sei=18"
    path = make(ffmpeg, tmp_path / "y.hevc", f"keyint=12:{compatible}", "-pix_fmt", "yuv420p10le")
    assert run(HevcFramer(), path.read_bytes())[0].config.colour == (9, 18, 9, False)


def test_an_open_gop_joined_late_has_the_pictures_ffmpeg_decodes(ffmpeg, tmp_path):
    """FFmpeg too leaves out RASL pictures of the first CRA."""
    octets = make(ffmpeg, tmp_path / "x.hevc", X265["open GOP"]).read_bytes()
    whole = run(HevcFramer(), octets)
    second = [n for n, unit in enumerate(whole) if unit.sap_type][1]
    assert whole[second].sap_type == 3
    cut = octets.index(bytes(whole[second].data[-40:])) - len(whole[second].data)
    tail = octets[octets.rindex(b"\0\0\0\1\x40\x01", 0, cut + 200) :]  # from the VPS before the CRA
    framer = HevcFramer()
    units = run(framer, tail)
    assert framer.drain_faults() == []
    left_out = len(whole) - second - len(units)
    assert 0 < left_out <= 3
    path = tmp_path / "tail.hevc"
    path.write_bytes(tail)
    command = [ffmpeg, "-v", "error", "-f", "hevc", "-i", path, "-f", "framemd5", "-"]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    theirs = [line.split(",")[-1].strip() for line in result.stdout.splitlines() if not line.startswith("#")]
    frames = decoded_frames("hevc", units[0].config, units)
    assert len(frames) == len(units) == len(theirs)


# -- after a loss

LOSSY = {
    "closed GOP": "keyint=24:min-keyint=24:no-open-gop=1:bframes=3:b-adapt=0",
    "open GOP": "keyint=24:min-keyint=24:open-gop=1:bframes=3:b-adapt=0",
    "pyramid": "keyint=32:min-keyint=32:open-gop=1:bframes=7:b-adapt=0:ref=4:rc-lookahead=20",
    "RADL pictures": "keyint=24:min-keyint=24:no-open-gop=1:radl=3:bframes=3:b-adapt=0",
    "temporal layers": "keyint=32:min-keyint=32:no-open-gop=1:bframes=7:b-adapt=0:temporal-layers=1:rc-lookahead=20",
    "no B": "keyint=24:min-keyint=24:bframes=0:ref=3",
}


def with_bursts(packets, rng):
    """Three times seven packets in a row are lost."""
    lost = {at + n for at in rng.sample(range(40, len(packets) - 7), 3) for n in range(7)}
    return b"".join(packet for n, packet in enumerate(packets) if n not in lost)


def complaints(ffmpeg, path, sets, units):
    """What FFmpeg, told to mind, says of the pictures."""
    octets = bytearray(sets)
    for unit in units:
        at = 0
        while at < len(unit.data):
            end = at + 4 + int.from_bytes(unit.data[at : at + 4], "big")
            octets += b"\0\0\0\1" + unit.data[at + 4 : end]
            at = end
    path.write_bytes(octets)
    command = [ffmpeg, "-v", "error", "-err_detect", "explode", "-f", "hevc", "-i", path, "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stderr


@pytest.mark.parametrize("coding", LOSSY)
def test_after_a_loss_each_picture_is_as_it_was_sent_and_a_strict_decoder_misses_none(ffmpeg, tmp_path, coding):
    data = make(ffmpeg, tmp_path / "x.ts", LOSSY[coding], "-b:v", "800k", seconds=6).read_bytes()
    packets, rng = [data[at : at + 188] for at in range(0, len(data), 188)], random.Random(coding)

    def units_of(octets):
        (stream,) = read_ts(octets).values()
        return run(HevcFramer(), bytes(stream.octets), stream.rows)

    def digests(units):
        frames = decoded_frames("hevc", units[0].config, units)
        return [md5(frame.to_ndarray().tobytes(), usedforsecurity=False).digest() for frame in frames]

    whole = units_of(data)
    arrays = parse_hevc_decoder_configuration_record(whole[0].config.decoder_config).arrays
    sets = b"".join(b"\0\0\0\1" + each for _, nal_units in arrays for each in nal_units)
    assert len(whole) == 150
    as_sent, n_kept = set(digests(whole)), 0
    for _ in range(6):
        units = units_of(with_bursts(packets, rng))
        shown = digests(units)
        assert len(shown) == len(units)
        assert set(shown) <= as_sent
        assert complaints(ffmpeg, tmp_path / "lossy.hevc", sets, units) == ""
        n_kept += len(units)
    assert n_kept > 6 * 150 * 0.5
