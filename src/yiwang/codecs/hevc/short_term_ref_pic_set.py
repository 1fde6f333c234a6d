"""st_ref_pic_set() of an SPS (ITU-T H.265 7.3.7): read to come to what lies behind it."""

from yiwang.base.octets import BitReader

MAX_PICTURES = 16  # sps_max_dec_pic_buffering_minus1
DeltaPocs = tuple[list[int], list[int]]
"""DeltaPocS0 (before the picture, nearest first) and DeltaPocS1 (after it)."""


def skip_short_term_ref_pic_sets(bits: BitReader, count: int) -> None:
    """Read ``count`` sets, each of which may refer to the one before it.

    Raises
    ------
    WireError    they end too early, or have more pictures than a decoder holds
    """
    before: DeltaPocs = ([], [])
    for index in range(count):
        before = _predicted(bits, before) if index and bits.flag() else _explicit(bits)


def _explicit(bits: BitReader) -> DeltaPocs:
    n_negative = bits.bounded_ue("num_negative_pics", MAX_PICTURES)
    n_positive = bits.bounded_ue("num_positive_pics", MAX_PICTURES - n_negative)
    sets: DeltaPocs = ([], [])
    for deltas, sign, count in ((sets[0], -1, n_negative), (sets[1], 1, n_positive)):
        at = 0
        for _ in range(count):
            at += sign * (bits.ue() + 1)
            deltas.append(at)
            bits.skip(1)  # used_by_curr_pic_flag
    return sets


def _predicted(bits: BitReader, reference: DeltaPocs) -> DeltaPocs:
    """7-61 and 7-62: the reference's pictures and the reference itself, seen from this picture, those that are kept."""
    sign = -1 if bits.flag() else 1
    delta_rps = sign * (bits.ue() + 1)
    s0, s1 = reference
    kept = []
    for delta in (*s0, *s1, 0):  # in the order of the flags; the last one is of the reference itself
        used_by_curr_pic = bits.flag()
        if used_by_curr_pic or bits.flag():  # use_delta_flag
            kept.append(delta + delta_rps)
    return sorted((d for d in kept if d < 0), reverse=True), sorted(d for d in kept if d > 0)
