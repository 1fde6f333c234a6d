"""Picture order count of H.264 (ISO/IEC 14496-10 8.2.1), as far as the head of a picture's first slice tells it."""

from yiwang.base.octets import BitReader
from yiwang.codecs.avc.nal_unit import NalUnitType, rbsp_of
from yiwang.codecs.avc.pps import PictureParameterSet
from yiwang.codecs.avc.sps import SequenceParameterSet
from yiwang.codecs.picture_times import PictureOrder

LONGEST_HEAD = 64
"""Octets of a NAL unit within which its order count ends."""
SLICES = (NalUnitType.SLICE, NalUnitType.SLICE_DATA_PARTITION_A, NalUnitType.IDR_SLICE)
IN_DECODING_ORDER = 2


def picture_order_of(sample: bytes, sps: SequenceParameterSet, pps: PictureParameterSet) -> PictureOrder | None:
    """Read the place of a picture in output order; None where there is no slice, or the count is of type 1.

    Raises
    ------
    WireError    its slice header ends too early
    """
    at = 0
    while at + 4 < len(sample):
        begin = at + 4
        if sample[begin] & 31 in SLICES:
            return _read(sample[begin : begin + LONGEST_HEAD], sps, pps)
        at = begin + int.from_bytes(sample[at:begin], "big")
    return None


def _read(nal_unit: bytes, sps: SequenceParameterSet, pps: PictureParameterSet) -> PictureOrder | None:
    is_idr, is_reference = nal_unit[0] & 31 == NalUnitType.IDR_SLICE, nal_unit[0] & 0x60 != 0
    if sps.pic_order_cnt_type == IN_DECODING_ORDER:
        return PictureOrder(0, 0, is_reference, is_idr)
    if sps.pic_order_cnt_type:
        return None
    bits = BitReader(rbsp_of(nal_unit), "slice_header")
    bits.ue()
    bits.ue()
    bits.ue()
    if sps.separate_colour_plane_flag:
        bits.skip(2)
    bits.skip(sps.log2_max_frame_num)
    is_field = False
    if not sps.frame_mbs_only_flag:
        is_field = bits.flag()
        if is_field:
            bits.skip(1)
    if is_idr:
        bits.ue()
    lsb = bits.u(sps.log2_max_pic_order_cnt_lsb)
    if pps.bottom_field_pic_order_in_frame_present_flag and not is_field:
        lsb += min(0, bits.se())  # the field that is shown first
    modulus = 1 << sps.log2_max_pic_order_cnt_lsb
    return PictureOrder(lsb if is_idr else lsb % modulus, modulus, is_reference, is_idr)
