"""Sizes and rates of a decoder's buffers, against figures worked out by hand from the tables of the standards."""

from pathlib import Path

import pytest

from yiwang.codecs.avc.hrd import Hrd
from yiwang.codecs.avc.sps import parse_sps as parse_avc_sps
from yiwang.codecs.hevc.sps import parse_sps as parse_hevc_sps
from yiwang.mpegts import buffer_sizes
from yiwang.mpegts.buffer_sizes import UndefinedError, may_be_still, reader_of
from yiwang.mpegts.descriptor import Descriptor

AVC_SPS_HRD = bytes.fromhex("6742c01eda0507ec0440000003004000000c9808003d090007a138b0801e2c5d40")
"""x264, Constrained Baseline at level 3, NAL HRD; kept as it came from `-x264-params nal-hrd=cbr`."""


def avc(head: bytes):
    reader = reader_of(0x1B, 0x1B)
    assert reader is not None
    return reader.of(head)


def mpeg2_head(profile_and_level: int, bit_rate_400: int, vbv_16k: int, vbv_delay: int) -> bytes:
    bits = f"{720:012b}{576:012b}{2:04b}{3:04b}{bit_rate_400:018b}1{vbv_16k:010b}000"
    sequence = int(bits, 2).to_bytes(8, "big")
    bits = f"{1:04b}{profile_and_level:08b}0010000{0:012b}1{0:08b}0{0:07b}"
    extension = int(bits, 2).to_bytes(6, "big")
    bits = f"{0:010b}001{vbv_delay:016b}000"
    picture = int(bits, 2).to_bytes(4, "big") + bytes(8)
    return b"\0\0\1\xb3" + sequence + b"\0\0\1\xb5" + extension + b"\0\0\1\x00" + picture


def test_mpeg_2_main_profile_at_main_level():
    reader = reader_of(2, 2)
    assert reader is not None
    buffers = reader.of(mpeg2_head(0x48, 10_000, 112, 0xFFFF))
    assert buffers is not None
    assert buffers.method == "leak"
    assert buffers.rx_bps == 18_000_000
    assert buffers.rbx_bps == 15_000_000
    assert buffers.b_bits == 112 * 16_384 == 1_835_008
    assert buffers.mb_bits == 60_000 + 20_000  # BSmux, BSoh; vbv_buffer_size is VBVmax
    together = reader.of(mpeg2_head(0x48, 10_000, 100, 9000))
    assert together is not None
    assert (together.method, together.mb_bits) == ("vbv_delay", 0)
    assert together.b_bits == 80_000 + 1_835_008  # what MB has more EB has less


def test_mpeg_2_at_high_level_leaks_at_its_own_rate():
    reader = reader_of(2, 2)
    assert reader is not None
    buffers = reader.of(mpeg2_head(0x44, 50_000, 500, 0xFFFF))
    assert buffers is not None
    assert (buffers.rx_bps, buffers.rbx_bps) == (96_000_000, 21_000_000)  # 1.05 x 20 Mbit/s
    assert buffers.mb_bits == 320_000 + 106_666
    with pytest.raises(UndefinedError, match="0x28"):  # SNR scalable
        reader.of(mpeg2_head(0x28, 10_000, 112, 0xFFFF))


def test_h264_without_and_with_hrd():
    sps = parse_avc_sps(AVC_SPS_HRD)
    assert sps.level_idc == 30
    without = buffer_sizes.avc(100, 40, parse_avc_sps(AVC_SPS_HRD[:11] + b"\x80"))
    assert without.rx_bps == 36_000_000  # 1.2 x 1500 x 20,000
    assert without.rbx_bps == 24_000_000
    assert without.b_bits == 30_000_000
    assert without.mb_bits == 96_000 + 32_000


def test_a_hrd_is_read_from_what_x264_writes(tmp_path: Path):
    import subprocess

    path = tmp_path / "a.h264"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25",
        "-t",
        "0.2",
        "-c:v",
        "libx264",
    ]
    rates = [
        "-b:v",
        "1000k",
        "-maxrate",
        "1000k",
        "-minrate",
        "1000k",
        "-bufsize",
        "500k",
        "-x264-params",
        "nal-hrd=cbr",
    ]
    subprocess.run([*command, *rates, "-pix_fmt", "yuv420p", "-level", "3", "-f", "h264", str(path)], check=True)
    octets = path.read_bytes()
    begin = octets.index(b"\0\0\1\x67")
    sps = parse_avc_sps(octets[begin + 3 : octets.index(b"\0\0\1\x68")].rstrip(b"\0"))
    assert sps.vui.nal_hrd == Hrd(1_000_000, 500_000, False)
    buffers = avc(octets[begin : begin + 400])
    assert buffers is not None
    assert (buffers.rx_bps, buffers.rbx_bps) == (1_200_000, 12_000_000)
    assert buffers.b_bits == 500_000
    assert buffers.mb_bits == 48_000 + 16_000 + 12_000_000 - 500_000


def test_hevc_by_level_and_tier(captures: Path):
    octets = (captures / "androidx-media/sample_h265.ts").read_bytes()
    at = octets.index(b"\0\0\1\x42\x01")
    sps = parse_hevc_sps(octets[at + 3 : octets.index(b"\0\0\1\x44\x01")].rstrip(b"\0"))
    buffers = buffer_sizes.hevc(sps)
    assert sps.profile_tier_level.level_idc == 90
    assert buffers.b_bits == buffers.rbx_bps == 6_600_000
    assert buffers.mb_bits == 26_400 + 8_800
    assert buffers.delay_s == 10


@pytest.mark.parametrize(
    ("configuration", "expected"), [(2, (2_000_000, 3584)), (6, (5_529_600, 8976)), (7, (5_529_600, 8976))]
)
def test_aac_by_its_channels(configuration: int, expected: tuple[int, int]):
    head = bytes((0xFF, 0xF1, 0x4C | configuration >> 2, (configuration & 3) << 6, 0, 0x1F, 0xFC))
    reader = reader_of(0x0F, 0x0F)
    assert reader is not None
    buffers = reader.of(head)
    assert buffers is not None
    assert (buffers.rx_bps, buffers.b_bits // 8) == expected
    with pytest.raises(UndefinedError):
        reader.of(bytes((0xFF, 0xF1, 0x4C, 0, 0, 0x1F, 0xFC)))


def test_ac_3_of_dvb_and_of_atsc_and_what_is_not_defined():
    dvb, atsc = reader_of(0x81, 0x06), reader_of(0x81, 0x81)
    assert dvb is not None
    assert dvb.fixed is not None
    assert dvb.fixed.b_bits == 8 * 5696
    assert atsc is not None
    assert atsc.fixed is not None
    assert atsc.fixed.b_bits == 8 * 2592
    assert reader_of(0x87, 0x06) is None
    assert reader_of(0x06, 0x06) is None


def test_parameter_sets_that_are_cut_off_are_waited_for():
    whole = b"\0\0\1\x09\xf0\0\0\1" + AVC_SPS_HRD + b"\0\0\1\x68\xee"
    assert avc(whole) is not None
    for n in range(len(whole) - 5):
        assert avc(whole[:n]) is None, n


def test_still_pictures_are_announced_by_descriptors():
    assert may_be_still((Descriptor(0x02, b"\x01"),))
    assert may_be_still((Descriptor(0x0A, b""), Descriptor(0x28, b"\0\0\0\x80")))
    assert may_be_still((Descriptor(0x38, bytes(12) + b"\x40"),))
    assert not may_be_still((Descriptor(0x02, b"\xfe"), Descriptor(0x28, b"\0"), Descriptor(0x38, bytes(13))))
