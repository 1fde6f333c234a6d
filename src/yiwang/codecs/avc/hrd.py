"""hrd_parameters() of a VUI (ISO/IEC 14496-10 E.1.2): the decoder's buffer that the stream was made for."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader


@dataclass(frozen=True, slots=True)
class Hrd:
    """Of the NAL HRD, the last of its alternatives: BitRate[ cpb_cnt_minus1 ] and CpbSize[ cpb_cnt_minus1 ]."""

    bit_rate_bps: int
    cpb_bits: int
    low_delay: bool


def read_nal_hrd(bits: BitReader) -> Hrd | None:
    """Read what lies behind timing_info up to low_delay_hrd_flag; None where there is no NAL HRD.

    Raises
    ------
    WireError    it ends too early, or a count is outside the standard's range
    """
    nal = _read_hrd_parameters(bits) if bits.flag() else None
    vcl = _read_hrd_parameters(bits) if bits.flag() else None
    low_delay = bits.flag() if nal or vcl else False
    return Hrd(*nal, low_delay) if nal else None


def _read_hrd_parameters(bits: BitReader) -> tuple[int, int]:
    count = 1 + bits.bounded_ue("cpb_cnt_minus1", 31)
    bit_rate_scale, cpb_size_scale = bits.u(4), bits.u(4)
    bit_rate = cpb_bits = 0
    for _ in range(count):
        bit_rate = (bits.ue() + 1) << (6 + bit_rate_scale)
        cpb_bits = (bits.ue() + 1) << (4 + cpb_size_scale)
        bits.skip(1)  # cbr_flag
    bits.skip(5 + 5 + 5 + 5)  # lengths of delays and of time_offset
    return bit_rate, cpb_bits
