"""VUI parameters of an SPS (ISO/IEC 14496-10 Annex E)."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.avc.hrd import Hrd, read_nal_hrd
from yiwang.codecs.sample_aspect_ratio import read_sample_aspect_ratio


@dataclass(frozen=True, slots=True)
class VuiParameters:
    """What a track must know of a picture's shape, colour and time; fields as in E.2.1, None where absent."""

    sar: tuple[int, int] | None = None
    video_full_range_flag: bool | None = None
    colour_description: tuple[int, int, int] | None = None  # colour_primaries, transfer, matrix
    num_units_in_tick: int = 0
    time_scale: int = 0
    fixed_frame_rate_flag: bool = False
    nal_hrd: Hrd | None = None


def parse_vui_parameters(bits: BitReader) -> VuiParameters:
    """Read vui_parameters() up to the HRD parameters, the last that are used.

    Raises
    ------
    WireError    it ends too early
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
    num_units_in_tick, time_scale, fixed = 0, 0, False
    if bits.flag():  # timing_info_present_flag
        num_units_in_tick, time_scale, fixed = bits.u(32), bits.u(32), bits.flag()
    try:
        nal_hrd = read_nal_hrd(bits)
    except WireError:
        nal_hrd = None  # what lies before it is used whether it is whole or not
    return VuiParameters(sar, full_range, colour, num_units_in_tick, time_scale, fixed, nal_hrd)
