"""st_ref_pic_set() of an SPS or a slice header (ITU-T H.265 7.3.7, 7.4.8)."""

from collections.abc import Sequence
from typing import TypeAlias

from yiwang.base.octets import BitReader

MAX_PICTURES = 16  # sps_max_dec_pic_buffering_minus1
ShortTermRefPicSet: TypeAlias = tuple[tuple[int, bool], ...]
"""DeltaPocS0 (before the picture, nearest first), then DeltaPocS1 (after it), each with UsedByCurrPic."""


def read_short_term_ref_pic_sets(bits: BitReader, count: int) -> tuple[ShortTermRefPicSet, ...]:
    """Read the ``count`` sets of an SPS, each of which may refer to the one before it.

    Raises
    ------
    WireError    they end too early, or have more pictures than a decoder holds
    """
    sets: list[ShortTermRefPicSet] = []
    for index in range(count):
        sets.append(_predicted(bits, sets[-1]) if index and bits.flag() else _explicit(bits))
    return tuple(sets)


def read_short_term_ref_pic_set(bits: BitReader, sets: Sequence[ShortTermRefPicSet]) -> ShortTermRefPicSet:
    """Read the set of a slice header, which may refer to any of the SPS's ``sets``.

    Raises
    ------
    WireError    as of `read_short_term_ref_pic_sets`
    """
    if sets and bits.flag():  # inter_ref_pic_set_prediction_flag
        delta_idx_minus1 = bits.bounded_ue("delta_idx_minus1", len(sets) - 1)
        return _predicted(bits, sets[len(sets) - 1 - delta_idx_minus1])
    return _explicit(bits)


def _explicit(bits: BitReader) -> ShortTermRefPicSet:
    n_negative = bits.bounded_ue("num_negative_pics", MAX_PICTURES)
    n_positive = bits.bounded_ue("num_positive_pics", MAX_PICTURES - n_negative)
    found: list[tuple[int, bool]] = []
    for sign, count in ((-1, n_negative), (1, n_positive)):
        at = 0
        for _ in range(count):
            at += sign * (bits.ue() + 1)
            found.append((at, bits.flag()))
    return tuple(found)


def _predicted(bits: BitReader, reference: ShortTermRefPicSet) -> ShortTermRefPicSet:
    """7-61 and 7-62: the reference's pictures and the reference itself, seen from this picture, those that are kept."""
    sign = -1 if bits.flag() else 1
    delta_rps = sign * (bits.ue() + 1)
    kept = []
    for delta in (*(delta for delta, _ in reference), 0):  # in the order of the flags; the last one is of the reference
        used_by_curr_pic = bits.flag()
        if used_by_curr_pic or bits.flag():  # use_delta_flag
            kept.append((delta + delta_rps, used_by_curr_pic))
    return (*sorted((d for d in kept if d[0] < 0), reverse=True), *sorted(d for d in kept if d[0] > 0))
