"""What a slice header says of a picture's order and of its references (ITU-T H.265 7.3.6.1, 7.4.7.1).

Read after a loss, and where time stamps are missing, only.
"""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.hevc.nal_unit import IDR, IRAP, RADL, RASL, SLICES, rbsp_of, type_of
from yiwang.codecs.hevc.pps import PictureParameterSet
from yiwang.codecs.hevc.short_term_ref_pic_set import ShortTermRefPicSet, read_short_term_ref_pic_set
from yiwang.codecs.hevc.sps import RefPicSets
from yiwang.codecs.sample_nal_units import nal_units_in

LONGEST_HEADER = 512
"""Octets of a NAL unit within which its reference picture set ends: of 33 long-term pictures each has 60 bits at most."""
LAST_SUB_LAYER_NON_REFERENCE = 14
MAX_SLICE_TYPE = 2


@dataclass(frozen=True, slots=True)
class SliceReferences:
    """The fields of the first slice segment header of a picture that say its place and what it refers to.

    ``is_anchor``: see the function.
    ``long_term``: (pocLt, used_by_curr_pic_lt, has_msb) of each; with ``has_msb`` pocLt is less than the picture's own
    PicOrderCntVal without its lowest bits by what is here, else it is the lowest bits (8-5).
    """

    nal_unit_type: int
    is_anchor: bool
    pic_order_cnt_lsb: int
    short_term: ShortTermRefPicSet
    long_term: tuple[tuple[int, bool, bool], ...]


def is_anchor(nal_unit: bytes) -> bool:
    """Tell whether later pictures count from the one of this slice segment: it can be prevTid0Pic (8.3.1)."""
    kind = type_of(nal_unit)
    is_non_reference = kind <= LAST_SUB_LAYER_NON_REFERENCE and kind % 2 == 0
    return nal_unit[1] & 7 == 1 and not is_non_reference and kind not in RASL and kind not in RADL


def parse_slice_references(nal_unit: bytes, sps: RefPicSets, pps: PictureParameterSet) -> SliceReferences:
    """Read the head of the first slice segment of a picture.

    Raises
    ------
    WireError    it ends too early, or a value is outside the standard's range
    """
    nal_unit_type = type_of(nal_unit)
    bits = BitReader(rbsp_of(nal_unit[:LONGEST_HEADER]), "slice_segment_header")
    if not bits.flag():
        raise WireError(bits.source, 0, "first_slice_segment_in_pic_flag", "0")
    if nal_unit_type in IRAP:
        bits.skip(1)  # no_output_of_prior_pics_flag
    bits.ue()
    bits.skip(pps.num_extra_slice_header_bits)
    bits.bounded_ue("slice_type", MAX_SLICE_TYPE)
    if pps.output_flag_present_flag:
        bits.skip(1)
    if sps.separate_colour_plane_flag:
        bits.skip(2)
    if nal_unit_type in IDR:
        return SliceReferences(nal_unit_type, is_anchor(nal_unit), 0, (), ())
    lsb = bits.u(sps.log2_max_pic_order_cnt_lsb)
    if not bits.flag():  # short_term_ref_pic_set_sps_flag
        short_term = read_short_term_ref_pic_set(bits, sps.short_term)
    else:
        index = bits.u((len(sps.short_term) - 1).bit_length()) if sps.short_term else 0
        if index >= len(sps.short_term):
            raise WireError(bits.source, bits.position // 8, f"one of {len(sps.short_term)} sets", str(index))
        short_term = sps.short_term[index]
    long_term = _long_term(bits, sps, lsb) if sps.long_term_ref_pics_present_flag else ()
    return SliceReferences(nal_unit_type, is_anchor(nal_unit), lsb, short_term, long_term)


def _long_term(bits: BitReader, sps: RefPicSets, lsb: int) -> tuple[tuple[int, bool, bool], ...]:
    n_sps = bits.bounded_ue("num_long_term_sps", len(sps.long_term)) if sps.long_term else 0
    n_all = n_sps + bits.bounded_ue("num_long_term_pics", 33 - n_sps)
    found: list[tuple[int, bool, bool]] = []
    cycle = 0  # DeltaPocMsbCycleLt, 7-52
    for n in range(n_all):
        if n < n_sps:
            index = bits.u((len(sps.long_term) - 1).bit_length())
            if index >= len(sps.long_term):
                raise WireError(bits.source, bits.position // 8, f"one of {len(sps.long_term)} pictures", str(index))
            poc_lsb, is_used = sps.long_term[index]
        else:
            poc_lsb, is_used = bits.u(sps.log2_max_pic_order_cnt_lsb), bits.flag()
        if n in (0, n_sps):
            cycle = 0
        has_msb = bits.flag()
        if has_msb:
            cycle += bits.ue()
        found.append(((cycle << sps.log2_max_pic_order_cnt_lsb) - poc_lsb if has_msb else poc_lsb, is_used, has_msb))
    return tuple(found)


def first_slice_of(sample: bytes) -> bytes:
    """Return the head of the first slice segment of a sample, each NAL unit after its length; empty when there is none."""
    for begin, _ in nal_units_in(sample):
        if sample[begin] >> 1 in SLICES:
            return sample[begin : begin + LONGEST_HEADER]
    return b""
