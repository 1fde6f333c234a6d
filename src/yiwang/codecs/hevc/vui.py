"""VUI parameters of an SPS (ITU-T H.265 E.2.1)."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader
from yiwang.codecs.hevc.hrd import Hrd, read_hrd_parameters
from yiwang.codecs.sample_aspect_ratio import read_sample_aspect_ratio

MAX_SEGMENTATION_IDC = 4095


@dataclass(frozen=True, slots=True)
class VuiParameters:
    """What a track must know of a picture's shape, colour and time; fields as in E.3.1, None where absent."""

    sar: tuple[int, int] | None = None
    video_full_range_flag: bool | None = None
    colour_description: tuple[int, int, int] | None = None  # colour_primaries, transfer, matrix
    field_seq_flag: bool = False
    num_units_in_tick: int = 0
    time_scale: int = 0
    min_spatial_segmentation_idc: int = 0
    nal_hrd: Hrd | None = None


def parse_vui_parameters(bits: BitReader, max_sub_layers_minus1: int) -> VuiParameters:
    """Read vui_parameters() up to min_spatial_segmentation_idc, the last that is used.

    Raises
    ------
    WireError    it ends too early, or a value is outside the standard's range
    """
    sar = read_sample_aspect_ratio(bits) if bits.flag() else None  # aspect_ratio_info_present_flag
    if bits.flag():  # overscan_info_present_flag
        bits.skip(1)
    full_range, colour = None, None
    if bits.flag():  # video_signal_type_present_flag
        bits.skip(3)  # video_format
        full_range = bits.flag()
        if bits.flag():  # colour_description_present_flag
            colour = (bits.u(8), bits.u(8), bits.u(8))
    if bits.flag():  # chroma_loc_info_present_flag
        bits.ue()
        bits.ue()
    bits.skip(1)  # neutral_chroma_indication_flag
    field_seq_flag = bits.flag()
    bits.skip(1)  # frame_field_info_present_flag
    if bits.flag():  # default_display_window_flag
        for _ in range(4):
            bits.ue()
    num_units_in_tick = time_scale = min_spatial_segmentation_idc = 0
    nal_hrd = None
    if bits.flag():  # vui_timing_info_present_flag
        num_units_in_tick, time_scale = bits.u(32), bits.u(32)
        if bits.flag():  # vui_poc_proportional_to_timing_flag
            bits.ue()
        if bits.flag():  # vui_hrd_parameters_present_flag
            nal_hrd = read_hrd_parameters(bits, max_sub_layers_minus1)
    if bits.flag():  # bitstream_restriction_flag
        bits.skip(3)
        min_spatial_segmentation_idc = bits.bounded_ue("min_spatial_segmentation_idc", MAX_SEGMENTATION_IDC)
    return VuiParameters(
        sar, full_range, colour, field_seq_flag, num_units_in_tick, time_scale, min_spatial_segmentation_idc, nal_hrd
    )
