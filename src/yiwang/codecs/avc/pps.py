"""Picture parameter set (ISO/IEC 14496-10 7.3.2.2)."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader
from yiwang.codecs.avc.nal_unit import rbsp_of


@dataclass(frozen=True, slots=True)
class PictureParameterSet:
    """The fields that decide access unit borders; names as in 7.4.2.2."""

    pic_parameter_set_id: int
    seq_parameter_set_id: int
    entropy_coding_mode_flag: bool
    bottom_field_pic_order_in_frame_present_flag: bool


def parse_pps(nal_unit: bytes) -> PictureParameterSet:
    """Read a NAL unit of type 8.

    Raises
    ------
    WireError    it ends too early, or an id is outside the standard's range
    """
    bits = BitReader(rbsp_of(nal_unit), "pic_parameter_set_rbsp")
    return PictureParameterSet(
        bits.bounded_ue("pic_parameter_set_id", 255),
        bits.bounded_ue("seq_parameter_set_id", 31),
        bits.flag(),
        bits.flag(),
    )
