"""hrd_parameters() of a VUI (ITU-T H.265 E.2.2): read to come to what lies behind it."""

from yiwang.base.octets import BitReader


def skip_hrd_parameters(bits: BitReader, max_sub_layers_minus1: int) -> None:
    """Read hrd_parameters(1, max_sub_layers_minus1).

    Raises
    ------
    WireError    they end too early, or a count is outside the standard's range
    """
    nal, vcl = bits.flag(), bits.flag()
    sub_pictures = False
    if nal or vcl:
        sub_pictures = bits.flag()  # sub_pic_hrd_params_present_flag
        if sub_pictures:
            bits.skip(8 + 5 + 1 + 5)
        bits.skip(4 + 4)  # bit_rate_scale, cpb_size_scale
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
        for _ in range(count * (nal + vcl)):
            for _ in range(4 if sub_pictures else 2):
                bits.ue()
            bits.skip(1)  # cbr_flag
