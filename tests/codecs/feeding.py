"""Feed framers in all kinds of cuts."""

import numpy as np
from hypothesis import strategies as st

from yiwang.base.elementary import MARK_DAMAGED, MARK_PES_START

NO_MARKS = np.empty((0, 4), np.int64)


def array(octets):
    return np.frombuffer(bytes(octets), np.uint8)


def marks(*rows):
    """Rows of (offset, pts, dts, flags)."""
    return np.array(rows, np.int64).reshape(-1, 4)


def pes(offset, pts=-1, dts=-1):
    return (offset, pts, dts, MARK_PES_START)


def damage(offset):
    return (offset, -1, -1, MARK_DAMAGED)


def run(framer, octets, rows=(), cuts=(), early=True):
    """Feed ``octets`` cut at ``cuts``, flush; return the access units.

    A mark that lies at a cut goes to the block before it (``early``) or after it.
    """
    units = []
    edges = [0, *sorted(cuts), len(octets)]
    rows = list(rows)
    for begin, end in zip(edges, edges[1:], strict=False):
        n = 0
        while n < len(rows) and (rows[n][0] < end or (rows[n][0] == end and (early or end == len(octets)))):
            n += 1
        block, rows = rows[:n], rows[n:]
        units += framer.feed(
            array(octets[begin:end]), marks(*((offset - begin, pts, dts, flags) for offset, pts, dts, flags in block))
        )
    return units + framer.flush()


def cuts_of(n):
    """A strategy: some cuts of n octets."""
    return st.lists(st.integers(0, n), max_size=12)
