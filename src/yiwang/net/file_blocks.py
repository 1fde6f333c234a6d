"""A file, or standard input, in blocks, as fast as the disk gives it."""

import mmap
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from yiwang.base.errors import WorkError

MADV_POPULATE_READ = 22
"""Of Linux 5.14 and later: load the pages now, and say so when that fails. Without it a page that cannot be read (the file
was cut meanwhile, the disk is broken) would kill the process when it is looked at."""


def read_blocks(path: str, block_octets: int) -> Iterator[memoryview]:
    """Read a file, or standard input when ``path`` is ``-``, as fast as it comes.

    A block of a file is mapped, not copied, where the system can: the scan of packets looks at a third of the octets.

    Parameters
    ----------
    path : str
    block_octets : int       of every block but the last

    Yields
    ------
    block : memoryview       valid until the next one

    Raises
    ------
    WorkError                it cannot be opened or read
    """
    try:
        with ExitStack() as stack:
            if path == "-":
                yield from _copied(sys.stdin.buffer, block_octets)
                return
            file = stack.enter_context(Path(path).open("rb", buffering=0))
            at, is_file = 0, stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            while is_file and (block := _mapped(file.fileno(), at, block_octets)):
                yield block
                at += len(block)
            if is_file:
                file.seek(at)
            yield from _copied(file, block_octets)
    except OSError as error:
        raise WorkError(f"{path}: {error.strerror}") from error


def _mapped(file: int, at: int, block_octets: int) -> memoryview | None:
    """Map the next block of a file; None at its end, or where it must be read."""
    octets = min(block_octets, os.fstat(file).st_size - at)
    if octets <= 0 or sys.platform != "linux":
        return None
    before = at % mmap.ALLOCATIONGRANULARITY
    try:
        pages = mmap.mmap(file, before + octets, offset=at - before, access=mmap.ACCESS_COPY)
        pages.madvise(MADV_POPULATE_READ)
    except OSError:
        return None  # reading says why, if it fails too
    return memoryview(pages)[before:]


def _copied(file: Any, block_octets: int) -> Iterator[memoryview]:
    """Read what is left of a file."""
    buffer = memoryview(bytearray(block_octets))
    n = -1
    while n:
        n = filled = 0
        while filled < block_octets and (n := file.readinto(buffer[filled:])):
            filled += n
        if filled:
            yield buffer[:filled]
