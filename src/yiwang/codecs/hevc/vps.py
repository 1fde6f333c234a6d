"""Video parameter set (ITU-T H.265 7.3.2.1)."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.hevc.nal_unit import rbsp_of
from yiwang.codecs.hevc.profile_tier_level import read_profile_tier_level

MAX_LAYER_SETS_MINUS1 = 1023


@dataclass(frozen=True, slots=True)
class VideoParameterSet:
    """Its id, and the timing some streams have here and not in the VUI; names as in 7.4.3.1, 0 where absent."""

    video_parameter_set_id: int
    num_units_in_tick: int = 0
    time_scale: int = 0


def parse_vps(nal_unit: bytes) -> VideoParameterSet:
    """Read a NAL unit of type VPS_NUT up to vps_timing_info.

    Raises
    ------
    WireError    it has no id

    Notes
    -----
    Anything else that is wrong in it leaves its timing absent.
    """
    bits = BitReader(rbsp_of(nal_unit), "video_parameter_set_rbsp")
    video_parameter_set_id = bits.u(4)
    try:
        return VideoParameterSet(video_parameter_set_id, *_timing(bits))
    except WireError:
        return VideoParameterSet(video_parameter_set_id)


def _timing(bits: BitReader) -> tuple[int, int]:
    bits.skip(1 + 1 + 6)  # up to vps_max_layers_minus1
    max_sub_layers_minus1 = bits.u(3)
    bits.skip(1 + 16)
    read_profile_tier_level(bits, max_sub_layers_minus1)
    n_ordering = max_sub_layers_minus1 + 1 if bits.flag() else 1  # vps_sub_layer_ordering_info_present_flag
    for _ in range(3 * n_ordering):
        bits.ue()
    max_layer_id = bits.u(6)
    num_layer_sets_minus1 = bits.bounded_ue("vps_num_layer_sets_minus1", MAX_LAYER_SETS_MINUS1)
    bits.skip(num_layer_sets_minus1 * (max_layer_id + 1))  # layer_id_included_flag
    return (bits.u(32), bits.u(32)) if bits.flag() else (0, 0)
