"""Memory of which a stream uses little, though it might use much."""

import mmap

import numpy as np
from numpy.typing import NDArray


def sparse_zeros(n: int) -> NDArray[np.int64]:
    """Return ``n`` zeros that take memory only where they are written, in pages.

    For tables with a place for each of 8192 PIDs, of which a stream uses ten. ``np.zeros`` promises the same only for what
    the C library does not take from its heap.
    """
    return np.frombuffer(mmap.mmap(-1, 8 * n, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), np.int64)
