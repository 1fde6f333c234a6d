"""Sequence parameter set (ITU-T H.265 7.3.2.2)."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.hevc.nal_unit import rbsp_of
from yiwang.codecs.hevc.profile_tier_level import ProfileTierLevel, read_profile_tier_level
from yiwang.codecs.hevc.short_term_ref_pic_set import MAX_PICTURES, ShortTermRefPicSet, read_short_term_ref_pic_sets
from yiwang.codecs.hevc.vui import VuiParameters, parse_vui_parameters

MAX_WIDTH = 16_888
"""No level up to 6.2 allows a wider or higher picture: sqrt(8 * MaxLumaPs) (A.4.1)."""
MAX_SUB_LAYERS_MINUS1 = 6
MAX_SHORT_TERM_SETS, MAX_LONG_TERM = 64, 32
SUB_WIDTH_C = (1, 2, 2, 1)
SUB_HEIGHT_C = (1, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class RefPicSets:
    """What an SPS says for the reference picture sets of slice headers; names as in 7.4.3.2.1."""

    log2_max_pic_order_cnt_lsb: int = 4
    max_num_reorder_pics: int = 0
    separate_colour_plane_flag: bool = False
    short_term: tuple[ShortTermRefPicSet, ...] = ()
    long_term_ref_pics_present_flag: bool = False
    long_term: tuple[tuple[int, bool], ...] = ()  # lt_ref_pic_poc_lsb_sps, used_by_curr_pic_lt_sps_flag


@dataclass(frozen=True, slots=True)
class SequenceParameterSet:
    """The fields that say what a track says of itself; names as in 7.4.3.2.1."""

    video_parameter_set_id: int
    max_sub_layers: int
    temporal_id_nesting_flag: bool
    profile_tier_level: ProfileTierLevel
    seq_parameter_set_id: int
    chroma_format_idc: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int  # after cropping, luma samples
    height: int
    vui: VuiParameters
    ref_pic_sets: RefPicSets = RefPicSets()

    @property
    def sar(self) -> tuple[int, int]:
        """Sample aspect ratio, (1, 1) when unspecified."""
        sar = self.vui.sar
        return sar if sar is not None and all(sar) else (1, 1)

    @property
    def colour(self) -> tuple[int, int, int, bool] | None:
        """colour_primaries, transfer_characteristics, matrix_coeffs, full range; None when not described."""
        if self.vui.colour_description is None:
            return None
        return (*self.vui.colour_description, bool(self.vui.video_full_range_flag))

    @property
    def scan(self) -> str:
        """'fields': each picture is one field; 'interlaced': two fields; 'progressive'; '' when it is not said.

        Where both source flags are set each picture says it for itself (D.3.3): that is said of none here.
        """
        if self.vui.field_seq_flag:
            return "fields"
        source = self.profile_tier_level
        if source.progressive_source_flag == source.interlaced_source_flag:
            return ""
        return "interlaced" if source.interlaced_source_flag else "progressive"


def parse_sps(nal_unit: bytes) -> SequenceParameterSet:
    """Read a NAL unit of type SPS_NUT with nuh_layer_id 0.

    Raises
    ------
    WireError    it ends too early, or a value is outside the standard's range

    Notes
    -----
    Broken VUI, seen in the wild, is taken as absent: nothing before it is in doubt.
    """
    bits = BitReader(rbsp_of(nal_unit), "seq_parameter_set_rbsp")
    video_parameter_set_id = bits.u(4)
    max_sub_layers_minus1 = bits.u(3)
    if max_sub_layers_minus1 > MAX_SUB_LAYERS_MINUS1:
        raise WireError(bits.source, 0, "sps_max_sub_layers_minus1 <= 6", str(max_sub_layers_minus1))
    temporal_id_nesting_flag = bits.flag()
    profile_tier_level = read_profile_tier_level(bits, max_sub_layers_minus1)
    seq_parameter_set_id = bits.bounded_ue("sps_seq_parameter_set_id", 15)
    chroma_format_idc = bits.bounded_ue("chroma_format_idc", 3)
    # ChromaArrayType is 0 for separate planes, but the conformance window is in units of the chroma format (7-19)
    separate_colour_plane_flag = chroma_format_idc == 3 and bits.flag()
    width = bits.bounded_ue("pic_width_in_luma_samples", MAX_WIDTH)
    height = bits.bounded_ue("pic_height_in_luma_samples", MAX_WIDTH)
    if bits.flag():  # conformance_window_flag
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= (left + right) * SUB_WIDTH_C[chroma_format_idc]
        height -= (top + bottom) * SUB_HEIGHT_C[chroma_format_idc]
    if width <= 0 or height <= 0:
        raise WireError(bits.source, bits.position // 8, "a cropped picture with samples", f"{width}x{height}")
    bit_depth_luma = 8 + bits.bounded_ue("bit_depth_luma_minus8", 8)
    bit_depth_chroma = 8 + bits.bounded_ue("bit_depth_chroma_minus8", 8)
    log2_max_poc_lsb = 4 + bits.bounded_ue("log2_max_pic_order_cnt_lsb_minus4", 12)
    n_ordering = max_sub_layers_minus1 + 1 if bits.flag() else 1  # sps_sub_layer_ordering_info_present_flag
    for _ in range(n_ordering):
        bits.ue()  # sps_max_dec_pic_buffering_minus1
        max_num_reorder_pics = bits.bounded_ue("sps_max_num_reorder_pics", MAX_PICTURES)
        bits.ue()  # sps_max_latency_increase_plus1
    for _ in range(6):  # sizes of coding blocks and transform blocks
        bits.ue()
    if bits.flag() and bits.flag():  # scaling_list_enabled_flag, sps_scaling_list_data_present_flag
        _skip_scaling_list_data(bits)
    bits.skip(2)  # amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if bits.flag():  # pcm_enabled_flag
        bits.skip(4 + 4)
        bits.ue()
        bits.ue()
        bits.skip(1)
    short_term = read_short_term_ref_pic_sets(bits, bits.bounded_ue("num_short_term_ref_pic_sets", MAX_SHORT_TERM_SETS))
    long_term: list[tuple[int, bool]] = []
    long_term_ref_pics_present_flag = bits.flag()
    if long_term_ref_pics_present_flag:
        for _ in range(bits.bounded_ue("num_long_term_ref_pics_sps", MAX_LONG_TERM)):
            long_term.append((bits.u(log2_max_poc_lsb), bits.flag()))
    bits.skip(2)  # sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
    return SequenceParameterSet(
        video_parameter_set_id,
        max_sub_layers_minus1 + 1,
        temporal_id_nesting_flag,
        profile_tier_level,
        seq_parameter_set_id,
        chroma_format_idc,
        bit_depth_luma,
        bit_depth_chroma,
        width,
        height,
        _vui(bits, max_sub_layers_minus1),
        RefPicSets(
            log2_max_poc_lsb,
            max_num_reorder_pics,
            separate_colour_plane_flag,
            short_term,
            long_term_ref_pics_present_flag,
            tuple(long_term),
        ),
    )


def _skip_scaling_list_data(bits: BitReader) -> None:
    """scaling_list_data(), 7.3.4."""
    for size_id in range(4):
        for _ in range(2 if size_id == 3 else 6):
            if not bits.flag():  # scaling_list_pred_mode_flag
                bits.ue()
                continue
            if size_id > 1:
                bits.se()  # scaling_list_dc_coef_minus8
            for _ in range(min(64, 1 << (4 + 2 * size_id))):
                bits.se()


def _vui(bits: BitReader, max_sub_layers_minus1: int) -> VuiParameters:
    try:
        return parse_vui_parameters(bits, max_sub_layers_minus1) if bits.flag() else VuiParameters()
    except WireError:
        return VuiParameters()
