"""What a process that carries live media for months asks of Python and of the C library."""

import ctypes
import gc
import mmap
import os
from pathlib import Path

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGER_THAN_ANY_PART = 8 << 20
KEPT_FOR_THE_NEXT_PARTS = 256 << 20
ALLOCATIONS_BETWEEN_COLLECTIONS = 5_000
ALLOCATIONS_OF_A_START = 200_000


def tune_start() -> None:
    """Call before anything is loaded.

    - What is loaded stays: looking for garbage in it is a tenth of a start.
    - numpy's library of linear algebra makes a thread for each processor; nothing here multiplies matrices.
    """
    gc.set_threshold(ALLOCATIONS_OF_A_START, 10, 10)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def tune_end() -> None:
    """Call when all is done: the interpreter's last look for garbage would be a tenth of a short command."""
    gc.freeze()


def tune_process() -> None:
    """Call once, when all that stays has been loaded.

    - Modules and compiled kernels never become garbage: they are taken out of the collector's sight, which else walks over
      them many times a second (a fifth of a channel's CPU).
    - Parts of 10 kB to 1 MB come and go for ever, as many as leave arrive. The C library keeps their memory for the next
      ones; by default it gives it back, and fresh pages from the kernel cost more than all that is written into them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS, 50, 100)
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGER_THAN_ANY_PART)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_FOR_THE_NEXT_PARTS)
    except (OSError, AttributeError):
        pass  # another C library: it has its own ways


def let_go_of_start() -> None:
    """Drop the pages that only the start needed: LLVM's, 45 MB that loading the kernels has touched, and others' code.

    Call when the kernels are in use. All stays mapped: what is used after all comes back, a page at a time. Only what is as it
    is in the file is dropped: code, and tables that nobody has written to.
    """
    gc.collect()
    try:
        libc = ctypes.CDLL(None)
        libc.malloc_trim(0)
        libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        _drop_pages(libc)
    except (OSError, AttributeError):
        pass  # another system: it has its own ways


def _drop_pages(libc: ctypes.CDLL) -> None:
    mapping: list[str] = []
    for line in Path("/proc/self/smaps").read_text().splitlines():
        key, *values = line.split()
        if not key.endswith(":"):
            mapping = [key, *values]  # addresses, permissions, offset, device, inode, file
        elif key == "Anonymous:" and values[0] == "0" and mapping[1][1:] in ("--p", "-xp") and "/" in mapping[-1]:
            begin, end = (int(address, 16) for address in mapping[0].split("-"))
            libc.madvise(begin, end - begin, mmap.MADV_DONTNEED)
