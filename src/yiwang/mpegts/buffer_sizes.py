"""How large a decoder's buffers are for a stream, and how fast they are emptied (ISO/IEC 13818-1 2.4.2, 2.14.3.1, 2.17.2).

What a stream says of itself decides, in the first octets of an access unit: profile and level, the HRD of its VUI,
vbv_buffer_size, channels.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.kernels import t_std as kernel
from yiwang.mpegts.descriptor import Descriptors

if TYPE_CHECKING:  # each codec is imported when the first such stream comes, as in `yiwang.codecs.registry`
    from yiwang.codecs.avc.sps import SequenceParameterSet as AvcSps
    from yiwang.codecs.hevc.sps import SequenceParameterSet as HevcSps

TB_OCTETS = 512
SYSTEM_BPS, SYSTEM_OCTETS = 1_000_000, 1536
AUDIO_BPS, AUDIO_OCTETS = 2_000_000, 3584
AC_3_OCTETS, AC_3_ATSC_OCTETS = 5696, 2592
"""ETSI TS 102 366 for DVB, stream_type 0x06; ATSC A/52 Annex A for stream_type 0x81."""
AAC = ((2, AUDIO_BPS, AUDIO_OCTETS), (8, 5_529_600, 8976), (12, 8_294_400, 12_804), (48, 33_177_600, 51_216))
"""At most so many channels: bit/s out of TB, octets of B (2.4.2.3)."""

DELAY_S, DELAY_14496_S, STILL_PICTURE_S = 1, 10, 60
"""2.4.2.6, 2.14.3.1, 2.17.2: longest delay of any data; of ISO/IEC 14496 streams and HEVC; of still pictures."""

AVC_LEVELS = {
    9: (128, 350), 10: (64, 175), 11: (192, 500), 12: (384, 1000), 13: (768, 2000), 20: (2000, 2000), 21: (4000, 4000),
    22: (4000, 4000), 30: (10_000, 10_000), 31: (14_000, 14_000), 32: (20_000, 20_000), 40: (20_000, 25_000),
    41: (50_000, 62_500), 42: (50_000, 62_500), 50: (135_000, 135_000), 51: (240_000, 240_000), 52: (240_000, 240_000),
    60: (240_000, 240_000), 61: (480_000, 480_000), 62: (800_000, 800_000),
}  # fmt: skip
"""MaxBR and MaxCPB by level_idc (ISO/IEC 14496-10 Table A-1); 9 is level 1b."""
LEVEL_1B, LEVEL_1_1 = 9, 11
AVC_NAL_FACTOR = {100: 1500, 110: 3600, 122: 4800, 244: 4800, 44: 4800}
"""cpbBrNalFactor by profile_idc (Table A-2); of the others 1200."""
AVC_FACTOR = 1200
"""What 2.14.3.1 multiplies MaxBR and MaxCPB by, whatever the profile."""

HEVC_LEVELS = {
    30: ((350, 128), None), 60: ((1500, 1500), None), 63: ((3000, 3000), None), 90: ((6000, 6000), None),
    93: ((10_000, 10_000), None), 120: ((12_000, 12_000), (30_000, 30_000)), 123: ((20_000, 20_000), (50_000, 50_000)),
    150: ((25_000, 25_000), (100_000, 100_000)), 153: ((40_000, 40_000), (160_000, 160_000)),
    156: ((60_000, 60_000), (240_000, 240_000)), 180: ((60_000, 60_000), (240_000, 240_000)),
    183: ((120_000, 120_000), (480_000, 480_000)), 186: ((240_000, 240_000), (800_000, 800_000)),
}  # fmt: skip
"""MaxCPB and MaxBR by general_level_idc: Main tier, High tier (ITU-T H.265 Tables A.8 and A.9)."""
HEVC_NAL_FACTOR = {1: 1100, 2: 1100, 3: 1100}
"""CpbNalFactor, and BrNalFactor, by general_profile_idc (Table A.10): Main, Main 10, Main Still Picture."""

MPEG_2_LIMITS = {
    (5, 8): (15_000_000, 1_835_008), (4, 10): (4_000_000, 475_136), (4, 8): (15_000_000, 1_835_008),
    (4, 6): (60_000_000, 7_340_032), (4, 4): (80_000_000, 9_781_248), (1, 8): (20_000_000, 2_441_216),
    (1, 6): (80_000_000, 9_781_248), (1, 4): (100_000_000, 12_222_464),
}  # fmt: skip
"""Rmax and VBVmax by profile and level (ISO/IEC 13818-2 Tables 8-13, 8-14): Simple, Main, High."""
MPEG_2_ESCAPED = {0x85: (50_000_000, 9_437_184), 0x82: (300_000_000, 47_185_920)}
"""By profile_and_level_indication with escape bit: 4:2:2 profile at Main and High level."""
MPEG_2_HIGH_LEVELS = frozenset({4, 6})
NO_VBV_DELAY = 0xFFFF


@dataclass(frozen=True, slots=True)
class Buffers:
    """The buffers of one stream. Bits and bits a second; ``mb_bits`` is 0 where there is one buffer behind TB."""

    name: str
    method: str  # 'main': B; 'leak': MB and EB; 'vbv_delay': MB and EB taken as one; 'system'
    rx_bps: int
    b_bits: int  # of B, EB, Bsys; of MB and EB together
    mb_bits: int = 0
    rbx_bps: int = 0
    low_delay: bool = False
    delay_s: int = DELAY_S

    @property
    def tb_octets(self) -> int:
        """Of TB."""
        return TB_OCTETS


class UndefinedError(Exception):
    """The standard, or the stream, does not say how large its buffers are."""


SYSTEM = Buffers("PSI", "system", SYSTEM_BPS, 8 * SYSTEM_OCTETS)


def mpeg_audio() -> Buffers:
    """ISO/IEC 11172-3 and 13818-3."""
    return Buffers("MPEG audio", "main", AUDIO_BPS, 8 * AUDIO_OCTETS)


def ac_3(*, is_atsc: bool) -> Buffers:
    """AC-3."""
    return Buffers("AC-3", "main", AUDIO_BPS, 8 * (AC_3_ATSC_OCTETS if is_atsc else AC_3_OCTETS))


def aac(channels: int, delay_s: int) -> Buffers:
    """AAC of so many channels."""
    for most, rx_bps, octets in AAC:
        if 0 < channels <= most:
            return Buffers(f"AAC, {channels} channels", "main", rx_bps, 8 * octets, delay_s=delay_s)
    raise UndefinedError("its channels are not known")


def read_adts(head: bytes) -> Buffers | None:
    """AAC in ADTS: channel_configuration of its first frame."""
    if len(head) < 4:
        return None
    if head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return None
    configuration = (head[2] & 1) << 2 | head[3] >> 6
    return aac(8 if configuration == 7 else configuration, DELAY_S)


def read_loas(head: bytes) -> Buffers | None:
    """AAC in LATM: the AudioSpecificConfig of the first frame that has one."""
    from yiwang.codecs.aac.stream_mux_config import read_stream_mux_config

    bits = BitReader(head[3:], "AudioMuxElement")
    if len(head) < 4 or head[0] != 0x56 or head[1] & 0xE0 != 0xE0 or bits.flag():
        return None
    return aac(read_stream_mux_config(bits).audio_specific_config.channels, DELAY_14496_S)


def read_avc(head: bytes) -> Buffers | None:
    """H.264: the first sequence parameter set that is whole."""
    from yiwang.codecs.avc.nal_unit import NalUnitType
    from yiwang.codecs.avc.sps import parse_sps

    for nal_unit in _nal_units(head):
        if nal_unit[0] & 31 == NalUnitType.SPS:
            sps = parse_sps(nal_unit)
            return avc(sps.profile_idc, _avc_level(sps), sps)
    return None


def _avc_level(sps: "AvcSps") -> int:
    is_1b = sps.level_idc == LEVEL_1_1 and sps.constraint_flags & 0x10 and sps.profile_idc in (66, 77, 88)
    return LEVEL_1B if is_1b else sps.level_idc


def avc(profile_idc: int, level_idc: int, sps: "AvcSps") -> Buffers:
    """H.264 (2.14.3.1)."""
    if level_idc not in AVC_LEVELS:
        raise UndefinedError(f"level_idc {level_idc} is none of the standard's")
    max_br, max_cpb = (AVC_FACTOR * limit for limit in AVC_LEVELS[level_idc])
    hrd = sps.vui.nal_hrd
    bit_rate = hrd.bit_rate_bps if hrd else AVC_NAL_FACTOR.get(profile_idc, AVC_FACTOR) * AVC_LEVELS[level_idc][0]
    cpb_bits = hrd.cpb_bits if hrd else max_cpb
    name = f"H.264 level {'1b' if level_idc == LEVEL_1B else f'{level_idc / 10:g}'}" + (", NAL HRD" if hrd else "")
    return _leaking(name, 12 * bit_rate // 10, max_br, max_cpb, cpb_bits, low_delay=hrd is not None and hrd.low_delay)


def read_hevc(head: bytes) -> Buffers | None:
    """HEVC: the first sequence parameter set that is whole."""
    from yiwang.codecs.hevc.nal_unit import NalUnitType
    from yiwang.codecs.hevc.sps import parse_sps

    for nal_unit in _nal_units(head):
        if nal_unit[0] >> 1 & 63 == NalUnitType.SPS and not nal_unit[0] & 1 and nal_unit[1] < 8:
            return hevc(parse_sps(nal_unit))
    return None


def hevc(sps: "HevcSps") -> Buffers:
    """HEVC (2.17.2)."""
    ptl = sps.profile_tier_level
    limits = HEVC_LEVELS.get(ptl.level_idc, (None, None))[ptl.tier_flag]
    factor = HEVC_NAL_FACTOR.get(ptl.profile_idc)
    if factor is None:
        raise UndefinedError(f"general_profile_idc {ptl.profile_idc} is not Main, Main 10 or Main Still Picture")
    if limits is None:
        raise UndefinedError(f"general_level_idc {ptl.level_idc} is none of the standard's for its tier")
    max_cpb, max_br = (factor * limit for limit in limits)
    hrd = sps.vui.nal_hrd
    name = f"HEVC level {ptl.level_idc / 30:g}" + " High tier" * ptl.tier_flag + (", NAL HRD" if hrd else "")
    bit_rate, cpb_bits = (hrd.bit_rate_bps, hrd.cpb_bits) if hrd else (max_br, max_cpb)
    return _leaking(name, 12 * bit_rate // 10, max_br, max_cpb, cpb_bits, low_delay=hrd is not None and hrd.low_delay)


def _leaking(name: str, rx_bps: int, max_br: int, max_cpb: int, cpb_bits: int, *, low_delay: bool) -> Buffers:
    """MBS = BSmux + BSoh + the largest CPB of the level - cpb_size; EBS = cpb_size; Rbx the largest rate of the level."""
    most = max(max_br, 2_000_000)
    multiplex_and_overhead = 4 * most // 1000 + most // 750
    mb_bits = multiplex_and_overhead + max(0, max_cpb - cpb_bits)
    return Buffers(name, "leak", rx_bps, cpb_bits, mb_bits, max_br, low_delay, DELAY_14496_S)


def read_mpeg2(head: bytes) -> Buffers | None:
    """MPEG-2 video: sequence_header(), sequence_extension() and the vbv_delay of the first picture."""
    from yiwang.codecs.mpeg2_video import headers as mpeg2

    header = extension = picture = b""
    for unit in _units(head):
        if unit[0] == mpeg2.SEQUENCE and not header:
            header = unit[1:]
        elif unit[0] == mpeg2.EXTENSION and unit[1:2] and unit[1] >> 4 == mpeg2.SEQUENCE_EXTENSION and header:
            extension = unit[1:]
        elif unit[0] == mpeg2.PICTURE and header:
            picture = unit[1:]
            break
    if not header or not picture:
        return None
    if not extension:
        raise UndefinedError("MPEG-1 video")
    bits = BitReader(header, "sequence_header")
    bits.skip(12 + 12 + 4 + 4)
    bit_rate = bits.u(18)
    bits.skip(1)
    vbv = bits.u(10)
    bits = BitReader(extension, "sequence_extension")
    bits.skip(4)
    profile_and_level = bits.u(8)
    bits.skip(1 + 2 + 2 + 2)
    bit_rate |= bits.u(12) << 18
    bits.skip(1)
    vbv |= bits.u(8) << 10
    low_delay = bits.flag()
    bits = BitReader(picture, "picture_header")
    bits.skip(10 + 3)
    return mpeg2_video(profile_and_level, 400 * bit_rate, 16_384 * vbv, low_delay, bits.u(16))


def mpeg2_video(profile_and_level: int, bit_rate: int, vbv_bits: int, low_delay: bool, vbv_delay: int) -> Buffers:
    """MPEG-2 video (2.4.2.3); where vbv_delay is coded MB and EB are taken as one."""
    profile, level = profile_and_level >> 4 & 7, profile_and_level & 15
    limits = MPEG_2_ESCAPED.get(profile_and_level) or MPEG_2_LIMITS.get((profile, level))
    if limits is None or (profile_and_level >> 7 and profile_and_level not in MPEG_2_ESCAPED):
        raise UndefinedError(f"profile_and_level_indication 0x{profile_and_level:02X} is not one of those measured")
    r_max, vbv_max = limits
    is_high = level in MPEG_2_HIGH_LEVELS or profile_and_level == 0x82
    mb_bits = 4 * r_max // 1000 + r_max // 750 + (0 if is_high else max(0, vbv_max - vbv_bits))
    rbx = min(105 * bit_rate // 100, r_max) if is_high else r_max
    name, rx = f"MPEG-2 video, profile and level 0x{profile_and_level:02X}", 12 * r_max // 10
    if vbv_delay != NO_VBV_DELAY:
        return Buffers(name, "vbv_delay", rx, mb_bits + vbv_bits, low_delay=low_delay)
    return Buffers(name, "leak", rx, vbv_bits, mb_bits, rbx, low_delay)


_STILL_FLAGS = {0x02: (0, 0x01), 0x28: (3, 0x80), 0x38: (12, 0x40)}
"""By descriptor_tag where still_picture_flag, AVC_still_present and HEVC_still_present_flag are (2.6.3, 2.6.64, 2.6.95)."""


def may_be_still(es_info: Descriptors) -> bool:
    """Tell whether a stream is announced to have still pictures."""
    for descriptor in es_info:
        at, bit = _STILL_FLAGS.get(descriptor.tag, (len(descriptor.payload), 0))
        if at < len(descriptor.payload) and descriptor.payload[at] & bit:
            return True
    return False


def _units(head: bytes) -> Iterator[bytes]:
    """What lies between start codes, from the octet after one; what has no end is left out, unless it is a picture's begin."""
    parts = head.split(b"\0\0\1")[1:]
    yield from (part for part in parts[:-1] if part)
    if parts and len(parts[-1]) > 8 and not parts[-1][0]:
        yield parts[-1]


def _nal_units(head: bytes) -> Iterator[bytes]:
    """NAL units that are whole."""
    for part in head.split(b"\0\0\1")[1:-1]:
        nal_unit = part.rstrip(b"\0")
        if len(nal_unit) > 2:
            yield nal_unit


@dataclass(frozen=True, slots=True)
class Reader:
    """How the buffers of a stream type become known: at once, or from its first octets."""

    walk: int  # of the kernel
    fixed: Buffers | None = None
    read: Callable[[bytes], Buffers | None] | None = None

    def of(self, head: bytes) -> Buffers | None:
        """Return the buffers that the first octets of an access unit tell of; None when they say nothing.

        Raises
        ------
        UndefinedError    the standard has no buffers for what they say
        """
        try:
            return self.read(head) if self.read is not None else self.fixed
        except WireError:
            return None


def reader_of(plain_type: int, stream_type: int) -> Reader | None:
    """Return how to know the buffers of a stream (`yiwang.mpegts.stream_coding.plain_type`); None: nothing is defined."""
    if plain_type == 0x81:
        return Reader(kernel.AC_3, ac_3(is_atsc=stream_type == plain_type))
    return _READERS.get(plain_type)


_READERS = {
    0x02: Reader(kernel.PES, read=read_mpeg2),
    0x03: Reader(kernel.MPEG_AUDIO, mpeg_audio()),
    0x04: Reader(kernel.MPEG_AUDIO, mpeg_audio()),
    0x0F: Reader(kernel.ADTS, read=read_adts),
    0x11: Reader(kernel.LOAS, read=read_loas),
    0x1B: Reader(kernel.PES, read=read_avc),
    0x24: Reader(kernel.PES, read=read_hevc),
}
