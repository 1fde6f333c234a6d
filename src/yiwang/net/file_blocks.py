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
BLOCKS_AT_A_TIME = 16
"""Are mapped: a call for each would take as long as the pages do."""


def read_blocks(path: str, block_octets: int, *, is_mapped: bool = False) -> Iterator[memoryview]:
    """Read a file, or standard input when ``path`` is ``-``, as fast as it comes.

    Parameters
    ----------
    path : str
    block_octets : int       of every block but the last
    is_mapped : bool         a file's pages are mapped where the system can: half the cost of a copy for who looks soon, and at
        less than all octets. What is read comes in the same memory, which stays in the processor's cache

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
                yield from _read(sys.stdin.buffer, block_octets)
                return
            file = stack.enter_context(Path(path).open("rb", buffering=0))
            if is_mapped and sys.platform == "linux" and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                at = 0
                for block in _map(file.fileno(), block_octets):
                    yield block
                    at += len(block)
                file.seek(at)
            yield from _read(file, block_octets)
    except OSError as error:
        raise WorkError(f"{path}: {error.strerror}") from error


def _map(file: int, block_octets: int) -> Iterator[memoryview]:
    """Map a file up to its end, or to what cannot be mapped; reading says why, if it fails too."""
    at = first = end = 0
    while (size := os.fstat(file).st_size) > at:
        octets = min(block_octets, size - at)
        try:
            if at + octets > end:
                first, end = at - at % mmap.ALLOCATIONGRANULARITY, min(at + BLOCKS_AT_A_TIME * block_octets, size)
                pages = mmap.mmap(file, end - first, offset=first, access=mmap.ACCESS_COPY)
            begin = at - first
            page = begin - begin % mmap.PAGESIZE
            pages.madvise(MADV_POPULATE_READ, page, begin + octets - page)
        except OSError:
            return
        yield memoryview(pages)[begin : begin + octets]
        at += octets


def _read(file: Any, block_octets: int) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(block_octets))
    n = -1
    while n:
        n = filled = 0
        while filled < block_octets and (n := file.readinto(buffer[filled:])):
            filled += n
        if filled:
            yield buffer[:filled]
