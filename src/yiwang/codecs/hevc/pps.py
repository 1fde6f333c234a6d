"""Picture parameter set (ITU-T H.265 7.3.2.3)."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader
from yiwang.codecs.hevc.nal_unit import rbsp_of

MAX_CU_QP_DELTA_DEPTH = 3  # log2_diff_max_min_luma_coding_block_size of 64 over 8


@dataclass(frozen=True, slots=True)
class PictureParameterSet:
    """Its ids, and what tells how a picture can be decoded in parallel, and a slice header read; names as in 7.4.3.3.1."""

    pic_parameter_set_id: int
    seq_parameter_set_id: int
    tiles_enabled_flag: bool
    entropy_coding_sync_enabled_flag: bool
    output_flag_present_flag: bool = False
    num_extra_slice_header_bits: int = 0


def parse_pps(nal_unit: bytes) -> PictureParameterSet:
    """Read a NAL unit of type PPS_NUT.

    Raises
    ------
    WireError    it ends too early, or a value is outside the standard's range
    """
    bits = BitReader(rbsp_of(nal_unit), "pic_parameter_set_rbsp")
    pic_parameter_set_id = bits.bounded_ue("pps_pic_parameter_set_id", 63)
    seq_parameter_set_id = bits.bounded_ue("pps_seq_parameter_set_id", 15)
    bits.skip(1)  # dependent_slice_segments_enabled_flag
    output_flag_present_flag, num_extra_slice_header_bits = bits.flag(), bits.u(3)
    bits.skip(1 + 1)  # sign_data_hiding_enabled_flag, cabac_init_present_flag
    bits.bounded_ue("num_ref_idx_l0_default_active_minus1", 14)
    bits.bounded_ue("num_ref_idx_l1_default_active_minus1", 14)
    bits.se()  # init_qp_minus26
    bits.skip(2)  # constrained_intra_pred_flag, transform_skip_enabled_flag
    if bits.flag():  # cu_qp_delta_enabled_flag
        bits.bounded_ue("diff_cu_qp_delta_depth", MAX_CU_QP_DELTA_DEPTH)
    bits.se()  # pps_cb_qp_offset
    bits.se()  # pps_cr_qp_offset
    bits.skip(4)  # up to transquant_bypass_enabled_flag
    return PictureParameterSet(
        pic_parameter_set_id,
        seq_parameter_set_id,
        bits.flag(),
        bits.flag(),
        output_flag_present_flag,
        num_extra_slice_header_bits,
    )
