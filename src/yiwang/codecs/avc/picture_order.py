"""Picture order count of H.264 (ISO/IEC 14496-10 8.2.1), as far as the head of a picture's first slice tells it."""

from yiwang.base.octets import BitReader
from yiwang.codecs.avc.nal_unit import NalUnitType, rbsp_of
from yiwang.codecs.avc.pps import PictureParameterSet
from yiwang.codecs.avc.sps import SequenceParameterSet
from yiwang.codecs.picture_times import PictureOrder
from yiwang.codecs.sample_nal_units import nal_units_in

LONGEST_HEAD = 64
"""Octets of a NAL unit within which its order count ends."""
SLICES = (NalUnitType.SLICE, NalUnitType.SLICE_DATA_PARTITION_A, NalUnitType.IDR_SLICE)
BY_LOWEST_BITS, IN_DECODING_ORDER = 0, 2  # pic_order_cnt_type


def picture_order_of(sample: bytes, sps: SequenceParameterSet, pps: PictureParameterSet) -> PictureOrder | None:
    """Read the place of a picture in output order; None where there is no slice, or its place cannot be told from it.

    Raises
    ------
    WireError    its slice header ends too early
    """
    for begin, _ in nal_units_in(sample):
        if sample[begin] & 31 in SLICES:
            return _read(sample[begin : begin + LONGEST_HEAD], sps, pps)
    return None


def _read(nal_unit: bytes, sps: SequenceParameterSet, pps: PictureParameterSet) -> PictureOrder | None:
    is_idr, is_reference = nal_unit[0] & 31 == NalUnitType.IDR_SLICE, nal_unit[0] & 0x60 != 0
    if sps.pic_order_cnt_type == IN_DECODING_ORDER:
        return PictureOrder(0, 0, is_reference, is_idr)
    bits = BitReader(rbsp_of(nal_unit), "slice_header")
    bits.ue()
    bits.ue()
    bits.ue()
    if sps.separate_colour_plane_flag:
        bits.skip(2)
    frame_num = bits.u(sps.log2_max_frame_num)
    is_field = not sps.frame_mbs_only_flag and bits.flag()
    is_bottom = is_field and bits.flag()
    if is_idr:
        bits.ue()
    has_bottom = pps.bottom_field_pic_order_in_frame_present_flag and not is_field
    if sps.pic_order_cnt_type == BY_LOWEST_BITS:
        modulus = 1 << sps.log2_max_pic_order_cnt_lsb
        number = bits.u(sps.log2_max_pic_order_cnt_lsb) + (min(0, bits.se()) if has_bottom else 0)
    else:
        cycle = sps.order_cycle
        number, modulus = _expected(frame_num, sps, is_reference=is_reference)
        if not modulus:
            return None
        delta_bottom = 0
        if not sps.delta_pic_order_always_zero_flag:
            number += bits.se()
            delta_bottom = bits.se() if has_bottom else 0
        if is_bottom:
            number += cycle.offset_for_top_to_bottom_field
        elif not is_field:
            number += min(0, cycle.offset_for_top_to_bottom_field + delta_bottom)
    return PictureOrder(number if is_idr else number % modulus, modulus, is_reference, is_idr)


def _expected(frame_num: int, sps: SequenceParameterSet, *, is_reference: bool) -> tuple[int, int]:
    """Return expectedPicOrderCnt (8.2.1.2), and by what it rises while frame_num goes round: 0 where that is not known."""
    offsets, max_frame_num = sps.order_cycle.offset_for_ref_frame, 1 << sps.log2_max_frame_num
    if not offsets or max_frame_num % len(offsets):
        return 0, 0
    number = frame_num if is_reference else frame_num - 1
    cycles, rest = divmod(number, len(offsets))
    expected = cycles * sum(offsets) + sum(offsets[:rest])
    if not is_reference:
        expected += sps.order_cycle.offset_for_non_ref_pic
    return expected, max(0, sum(offsets) * max_frame_num // len(offsets))
