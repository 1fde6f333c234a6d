"""Sequence parameter set (ISO/IEC 14496-10 7.3.2.1.1)."""

from dataclasses import dataclass

from yiwang.base.elementary import frame_rate_of
from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.avc.nal_unit import rbsp_of
from yiwang.codecs.avc.vui import VuiParameters, parse_vui_parameters

WITH_CHROMA_FORMAT = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
"""profile_idc whose SPS carries chroma_format_idc and what follows it."""
MAX_MBS = 1055
"""No level allows a wider or higher picture: sqrt(8 * MaxFS) of level 6.2 (A.3.1)."""
SUB_WIDTH_C = (1, 2, 2, 1)
SUB_HEIGHT_C = (1, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class OrderCycle:
    """What is said of picture order count of type 1 (8.2.1.2); names as in 7.4.2.1.1."""

    offset_for_non_ref_pic: int = 0
    offset_for_top_to_bottom_field: int = 0
    offset_for_ref_frame: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceParameterSet:
    """The fields that decide access unit borders and what a track says of itself; names as in 7.4.2.1.1."""

    profile_idc: int
    constraint_flags: int  # constraint_set0_flag is bit 7
    level_idc: int
    seq_parameter_set_id: int
    chroma_format_idc: int
    separate_colour_plane_flag: bool
    bit_depth_luma: int
    bit_depth_chroma: int
    log2_max_frame_num: int
    pic_order_cnt_type: int
    log2_max_pic_order_cnt_lsb: int  # 0 unless pic_order_cnt_type is 0
    delta_pic_order_always_zero_flag: bool
    max_num_ref_frames: int
    gaps_in_frame_num_value_allowed_flag: bool
    frame_mbs_only_flag: bool
    width: int  # after cropping, luma samples
    height: int
    vui: VuiParameters
    order_cycle: OrderCycle = OrderCycle()

    @property
    def sar(self) -> tuple[int, int]:
        """Sample aspect ratio, (1, 1) when unspecified."""
        sar = self.vui.sar
        return sar if sar is not None and all(sar) else (1, 1)

    @property
    def frame_rate(self) -> tuple[int, int] | None:
        """Frames per second as a reduced fraction; a tick is one field (E.2.1), so a frame takes two."""
        return frame_rate_of(self.vui.time_scale, 2 * self.vui.num_units_in_tick)

    @property
    def colour(self) -> tuple[int, int, int, bool] | None:
        """colour_primaries, transfer_characteristics, matrix_coefficients, full range; None when not described."""
        if self.vui.colour_description is None:
            return None
        return (*self.vui.colour_description, bool(self.vui.video_full_range_flag))


def parse_sps(nal_unit: bytes) -> SequenceParameterSet:
    """Read a NAL unit of type 7.

    Raises
    ------
    WireError    it ends too early, or a value is outside the standard's range

    Notes
    -----
    Broken VUI, seen in the wild, is taken as absent: nothing before it is in doubt.
    """
    bits = BitReader(rbsp_of(nal_unit), "seq_parameter_set_data")
    profile_idc, constraint_flags, level_idc = bits.u(8), bits.u(8), bits.u(8)
    seq_parameter_set_id = bits.bounded_ue("seq_parameter_set_id", 31)
    chroma_format_idc, separate_colour_plane_flag = 1, False
    bit_depth_luma = bit_depth_chroma = 8
    if profile_idc in WITH_CHROMA_FORMAT:
        chroma_format_idc = bits.bounded_ue("chroma_format_idc", 3)
        if chroma_format_idc == 3:
            separate_colour_plane_flag = bits.flag()
        bit_depth_luma = 8 + bits.bounded_ue("bit_depth_luma_minus8", 6)
        bit_depth_chroma = 8 + bits.bounded_ue("bit_depth_chroma_minus8", 6)
        bits.skip(1)  # qpprime_y_zero_transform_bypass_flag
        if bits.flag():  # seq_scaling_matrix_present_flag
            for i in range(8 if chroma_format_idc != 3 else 12):
                if bits.flag():
                    _skip_scaling_list(bits, 16 if i < 6 else 64)
    log2_max_frame_num = 4 + bits.bounded_ue("log2_max_frame_num_minus4", 12)
    pic_order_cnt_type = bits.bounded_ue("pic_order_cnt_type", 2)
    log2_max_pic_order_cnt_lsb, delta_pic_order_always_zero_flag, order_cycle = 0, False, OrderCycle()
    if pic_order_cnt_type == 0:
        log2_max_pic_order_cnt_lsb = 4 + bits.bounded_ue("log2_max_pic_order_cnt_lsb_minus4", 12)
    elif pic_order_cnt_type == 1:
        delta_pic_order_always_zero_flag = bits.flag()
        offsets = bits.se(), bits.se()
        n_offsets = bits.bounded_ue("num_ref_frames_in_pic_order_cnt_cycle", 255)
        order_cycle = OrderCycle(*offsets, tuple(bits.se() for _ in range(n_offsets)))
    max_num_ref_frames = bits.bounded_ue("max_num_ref_frames", 32)
    gaps_in_frame_num_value_allowed_flag = bits.flag()
    width_in_mbs = 1 + bits.bounded_ue("pic_width_in_mbs_minus1", MAX_MBS - 1)
    height_in_map_units = 1 + bits.bounded_ue("pic_height_in_map_units_minus1", MAX_MBS - 1)
    frame_mbs_only_flag = bits.flag()
    if not frame_mbs_only_flag:
        bits.skip(1)  # mb_adaptive_frame_field_flag
    bits.skip(1)  # direct_8x8_inference_flag
    width, height = 16 * width_in_mbs, 16 * height_in_map_units * (2 - frame_mbs_only_flag)
    if bits.flag():  # frame_cropping_flag
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        # ChromaArrayType is 0 for separate planes: then the crop unit is one luma sample (7-19, 7-20)
        chroma_array_type = 0 if separate_colour_plane_flag else chroma_format_idc
        width -= (left + right) * SUB_WIDTH_C[chroma_array_type]
        height -= (top + bottom) * SUB_HEIGHT_C[chroma_array_type] * (2 - frame_mbs_only_flag)
        if width <= 0 or height <= 0:
            raise WireError(bits.source, bits.position // 8, "a cropped picture with samples", f"{width}x{height}")
    return SequenceParameterSet(
        profile_idc,
        constraint_flags,
        level_idc,
        seq_parameter_set_id,
        chroma_format_idc,
        separate_colour_plane_flag,
        bit_depth_luma,
        bit_depth_chroma,
        log2_max_frame_num,
        pic_order_cnt_type,
        log2_max_pic_order_cnt_lsb,
        delta_pic_order_always_zero_flag,
        max_num_ref_frames,
        gaps_in_frame_num_value_allowed_flag,
        frame_mbs_only_flag,
        width,
        height,
        _vui(bits),
        order_cycle,
    )


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    """scaling_list(), 7.3.2.1.1.1."""
    last_scale = next_scale = 8
    for _ in range(size):
        if next_scale:
            next_scale = (last_scale + bits.se()) % 256
        last_scale = next_scale or last_scale


def _vui(bits: BitReader) -> VuiParameters:
    try:
        return parse_vui_parameters(bits) if bits.flag() else VuiParameters()
    except WireError:
        return VuiParameters()
