"""What a process that carries live media for months asks of Python and of the C library."""

import ctypes
import gc

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGE_OCTETS = 64 * 1024
ALLOCATIONS_BETWEEN_COLLECTIONS = 20_000


def tune_process() -> None:
    """Call once, when all that stays has been loaded.

    - Modules and compiled kernels never become garbage: they are taken out of the collector's sight, which else walks over
      them many times a second (a fifth of a channel's CPU).
    - Parts come and go in sizes of 10 kB to 1 MB. Each large one gets pages of its own, given back when it goes; without
      this glibc raises its threshold and the heap grows holes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS, 50, 100)
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_OCTETS)
        libc.mallopt(M_TRIM_THRESHOLD, 4 * LARGE_OCTETS)
    except (OSError, AttributeError):
        pass  # another C library: it has its own ways
