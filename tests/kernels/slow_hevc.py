"""The readable twin of the HEVC kernel, with the whole stream at hand (ITU-T H.265 7.4.2.4.4)."""

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader

SLICES = {*range(10), *range(16, 22)}
BEFORE_A_PICTURE = {32, 33, 34, 35, 39, *range(41, 45), *range(48, 56)}


def kind(unit):
    """nal_unit_type of the base layer; -1 of another one, None of a header that cannot be."""
    if len(unit) < 2 or unit[0] & 0x80 or unit[1] & 7 == 0:
        return None
    return unit[0] >> 1 if (unit[0] & 1) << 5 | unit[1] >> 3 == 0 else -1


def is_first(unit):
    """first_slice_segment_in_pic_flag."""
    return len(unit) > 2 and unit[2] >> 7 == 1


def pps_id(unit):
    """slice_pic_parameter_set_id, None when it cannot be read."""
    bits = BitReader(unit[2:4], "slice_segment_header")
    try:
        bits.skip(2 if 16 <= unit[0] >> 1 <= 23 else 1)
        number = bits.ue()
    except WireError:
        return None
    return number if number <= 63 and len(unit) >= 4 else None


def access_units(units):
    """Which NAL units make each access unit; only those with a slice segment are returned."""
    groups, sequence = [], []
    for index, unit in enumerate(units):
        sequence.append(index)
        if kind(unit) in (36, 37):
            groups += _sequence(units, sequence)
            sequence = []
    return groups + _sequence(units, sequence)


def _sequence(units, indices):
    """Cut one coded video sequence: backwards from each picture's first slice segment to the slice segment before it."""
    slices = [i for i in indices if kind(units[i]) in SLICES]
    if not slices:
        return []
    borders = []
    for before, first in zip([None, *slices], slices, strict=False):
        between = [i for i in indices if (before is None or i > before) and i < first]
        delimiters = [i for i in between if kind(units[i]) == 35]
        openers = [i for i in between if kind(units[i]) in BEFORE_A_PICTURE]
        if before is not None and (is_first(units[first]) or delimiters):
            borders.append(openers[0] if openers else first)
    edges = [indices[0], *borders, indices[-1] + 1]
    groups = [[i for i in indices if a <= i < b] for a, b in zip(edges, edges[1:], strict=False)]
    tail = [i for i in groups[-1] if i > slices[-1]]
    if any(kind(units[i]) == 35 for i in tail):  # a delimiter behind the last picture: the next one has not come
        opener = next(i for i in tail if kind(units[i]) in BEFORE_A_PICTURE)
        groups[-1] = [i for i in groups[-1] if i < opener]
    return groups
