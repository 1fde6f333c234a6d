"""What a slice header says of reference pictures (ISO/IEC 14496-10 7.3.3, 7.3.3.1, 7.3.3.3). Read after a loss only."""

from dataclasses import dataclass
from functools import lru_cache

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.avc.nal_unit import NalUnitType, rbsp_of
from yiwang.codecs.avc.sps import SequenceParameterSet
from yiwang.codecs.sample_nal_units import nal_units_in

LONGEST_HEADER = 768
"""Octets of a NAL unit within which its slice header ends, with weights for 32 reference pictures in both lists."""
SLICES = (NalUnitType.SLICE, NalUnitType.SLICE_DATA_PARTITION_A, NalUnitType.IDR_SLICE)
P, B, SP = 0, 1, 3
FRAME, TOP_FIELD, BOTTOM_FIELD = 3, 1, 2


@dataclass(frozen=True, slots=True)
class SliceReferences:
    """The fields of a slice header that name reference pictures.

    ``structure``: FRAME, TOP_FIELD or BOTTOM_FIELD. ``active``: how long each list is. ``modifications``: of each list, pairs
    of modification_of_pic_nums_idc and its operand. ``operations``: memory_management_control_operation and its operands
    (difference_of_pic_nums_minus1, long_term_pic_num, long_term_frame_idx or max_long_term_frame_idx_plus1; 0 where it has
    none); None: the sliding window.
    """

    frame_num: int
    structure: int
    is_reference: bool
    active: tuple[int, ...]
    modifications: tuple[tuple[tuple[int, int], ...], ...]
    operations: tuple[tuple[int, int, int], ...] | None


@dataclass(frozen=True, slots=True)
class _PictureDefaults:
    """The rest of a picture parameter set (7.3.2.2)."""

    num_ref_idx_default_active: tuple[int, int]
    weighted_pred_flag: bool
    weighted_bipred_idc: int
    redundant_pic_cnt_present_flag: bool
    bottom_field_pic_order_in_frame_present_flag: bool


@lru_cache(maxsize=32)  # a picture may have thousands of slices
def _picture_defaults(pps: bytes) -> _PictureDefaults:
    bits = BitReader(rbsp_of(pps), "pic_parameter_set_rbsp")
    bits.ue()
    bits.ue()
    bits.skip(1)
    bottom_field_pic_order = bits.flag()
    bits.bounded_ue("num_slice_groups_minus1, of what is broadcast,", 0)
    active = bits.bounded_ue("num_ref_idx_l0_default_active_minus1", 31) + 1, bits.bounded_ue("num_ref_idx_l1", 31) + 1
    weighted_pred, weighted_bipred_idc = bits.flag(), bits.u(2)
    bits.se()
    bits.se()
    bits.se()
    bits.skip(2)
    return _PictureDefaults(active, weighted_pred, weighted_bipred_idc, bits.flag(), bottom_field_pic_order)


def parse_slice_references(nal_unit: bytes, sps: SequenceParameterSet, pps: bytes) -> SliceReferences:
    """Read the head of a coded slice, nal_unit_type 1, 2 or 5.

    Parameters
    ----------
    pps : bytes    NAL unit of its picture parameter set

    Raises
    ------
    WireError    it ends too early, a value is outside the standard's range, or it has slice groups
    """
    defaults = _picture_defaults(pps)
    is_idr, is_reference = nal_unit[0] & 31 == NalUnitType.IDR_SLICE, nal_unit[0] & 0x60 != 0
    bits = BitReader(rbsp_of(nal_unit[:LONGEST_HEADER]), "slice_header")
    bits.ue()
    slice_type = bits.bounded_ue("slice_type", 9) % 5
    bits.ue()
    if sps.separate_colour_plane_flag:
        bits.skip(2)
    frame_num, structure = bits.u(sps.log2_max_frame_num), FRAME
    if not sps.frame_mbs_only_flag and bits.flag():
        structure = BOTTOM_FIELD if bits.flag() else TOP_FIELD
    if is_idr:
        bits.ue()
    _skip_order(bits, sps, defaults.bottom_field_pic_order_in_frame_present_flag and structure == FRAME)
    if defaults.redundant_pic_cnt_present_flag:
        bits.ue()
    n_lists = 2 if slice_type == B else 1
    if slice_type == B:
        bits.skip(1)  # direct_spatial_mv_pred_flag
    modifications: list[tuple[tuple[int, int], ...]] = []
    active: list[int] = []
    if slice_type in (P, B, SP):
        active = list(defaults.num_ref_idx_default_active[:n_lists])
        if bits.flag():
            active = [bits.bounded_ue("num_ref_idx_active_minus1", 31) + 1 for _ in range(n_lists)]
        modifications = [_modifications(bits) for _ in range(n_lists)]
        if defaults.weighted_bipred_idc == 1 if slice_type == B else defaults.weighted_pred_flag:
            _skip_weights(bits, active, sps.chroma_format_idc != 0 and not sps.separate_colour_plane_flag)
    operations = _operations(bits) if is_reference and not is_idr else None
    return SliceReferences(frame_num, structure, is_reference, tuple(active), tuple(modifications), operations)


def _skip_order(bits: BitReader, sps: SequenceParameterSet, has_bottom: bool) -> None:
    """What there is of picture order count."""
    if sps.pic_order_cnt_type == 0:
        bits.skip(sps.log2_max_pic_order_cnt_lsb)
    elif sps.pic_order_cnt_type == 2 or sps.delta_pic_order_always_zero_flag:
        return
    else:
        bits.se()
    if has_bottom:
        bits.se()


def _modifications(bits: BitReader) -> tuple[tuple[int, int], ...]:
    """ref_pic_list_modification() of one list."""
    found: list[tuple[int, int]] = []
    if bits.flag():
        while (idc := bits.bounded_ue("modification_of_pic_nums_idc", 3)) != 3:
            found.append((idc, bits.ue()))
    return tuple(found)


def _skip_weights(bits: BitReader, active: list[int], has_chroma: bool) -> None:
    """pred_weight_table()."""
    bits.ue()
    if has_chroma:
        bits.ue()
    for _ in range(sum(active)):
        for values in (2, 4) if has_chroma else (2,):
            if bits.flag():
                for _ in range(values):
                    bits.se()


def _operations(bits: BitReader) -> tuple[tuple[int, int, int], ...] | None:
    """dec_ref_pic_marking() of a picture that is not IDR."""
    if not bits.flag():
        return None
    found: list[tuple[int, int, int]] = []
    while operation := bits.bounded_ue("memory_management_control_operation", 6):
        first = bits.ue() if operation != 5 else 0
        found.append((operation, first, bits.ue() if operation == 3 else 0))
    return tuple(found)


def slices_of(sample: bytes, sps: SequenceParameterSet, pps: bytes) -> list[SliceReferences]:
    """Read the heads of a sample's slices, each after its length in four octets, as `parse_slice_references` does."""
    found, at = [], 0
    while at < len(sample):
        begin = at + 4
        at = begin + int.from_bytes(sample[at:begin], "big")
        if at > len(sample) or at == begin:
            raise WireError("sample", begin, "a NAL unit", f"{len(sample) - begin} octets")
        if sample[begin] & 31 in SLICES:
            found.append(parse_slice_references(sample[begin : min(at, begin + LONGEST_HEADER)], sps, pps))
    return found


def first_slice_of(head: bytes, sps: SequenceParameterSet, pps: bytes) -> SliceReferences:
    """Read the head of the first slice of a sample of which only the first octets are there."""
    for begin, _ in nal_units_in(head):
        if head[begin] & 31 in SLICES:
            return parse_slice_references(head[begin : begin + LONGEST_HEADER], sps, pps)
    raise WireError("sample", len(head), "a slice", "its end")
