"""hrd_parameters() of a VUI (ITU-T H.265 E.2.2)."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader


@dataclass(frozen=True, slots=True)
class Hrd:
    """Of the NAL HRD, the last alternative of the highest sub-layer: BitRate and CpbSize."""

    bit_rate_bps: int
    cpb_bits: int
    low_delay: bool


def read_hrd_parameters(bits: BitReader, max_sub_layers_minus1: int) -> Hrd | None:
    """Read hrd_parameters(1, max_sub_layers_minus1); None where it has no NAL HRD.

    Raises
    ------
    WireError    they end too early, or a count is outside the standard's range
    """
    nal, vcl = bits.flag(), bits.flag()
    sub_pictures = False
    bit_rate_scale = cpb_size_scale = 0
    hrd = None
    if nal or vcl:
        sub_pictures = bits.flag()  # sub_pic_hrd_params_present_flag
        if sub_pictures:
            bits.skip(8 + 5 + 1 + 5)
        bit_rate_scale, cpb_size_scale = bits.u(4), bits.u(4)
        if sub_pictures:
            bits.skip(4)
        bits.skip(5 + 5 + 5)
    for _ in range(max_sub_layers_minus1 + 1):
        fixed_pic_rate_general = bits.flag()
        fixed_pic_rate_within_cvs = fixed_pic_rate_general or bits.flag()
        low_delay = False
        if fixed_pic_rate_within_cvs:
            bits.ue()  # elemental_duration_in_tc_minus1
        else:
            low_delay = bits.flag()
        count = 1 if low_delay else 1 + bits.bounded_ue("cpb_cnt_minus1", 31)
        for n in range(count * (nal + vcl)):
            bit_rate = (bits.ue() + 1) << (6 + bit_rate_scale)
            cpb_bits = (bits.ue() + 1) << (4 + cpb_size_scale)
            if nal and n < count:  # those of the VCL HRD follow
                hrd = Hrd(bit_rate, cpb_bits, low_delay)
            for _ in range(2 * sub_pictures):
                bits.ue()
            bits.skip(1)  # cbr_flag
    return hrd
