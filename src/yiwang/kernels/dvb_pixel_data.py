"""Run lengths of DVB subtitles to pixels (EN 300 743 7.2.5)."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

CODES_2, CODES_4, CODES_8 = 0x10, 0x11, 0x12
MAP_2_TO_4, MAP_2_TO_8, MAP_4_TO_8 = 0x20, 0x21, 0x22
END_OF_LINE = 0xF0
NOT_PIXELS = -1
MAX_LINES = 4096


@kernel(inline="always")
def _bits(data: NDArray[np.uint8], at: int, n: int) -> int:
    """Take ``n`` <= 8 bits at bit ``at``; past the end all are 0."""
    byte = at >> 3
    word = np.int64(0)
    if byte < data.shape[0]:
        word = np.int64(data[byte]) << 8
    if byte + 1 < data.shape[0]:
        word |= np.int64(data[byte + 1])
    return (word >> (16 - (at & 7) - n)) & ((1 << n) - 1)


@kernel
def _next_run(data: NDArray[np.uint8], at: int, depth: int) -> tuple[int, int, int]:
    """Read one code of a string of ``depth`` bits a pixel: (pixels, their code, bit after it); 0 pixels end the string."""
    code = _bits(data, at, depth)
    at += depth
    if code:
        return 1, code, at
    if depth == 8:
        run = _bits(data, at + 1, 7)
        if not _bits(data, at, 1):
            return run, 0, at + 8
        return run, _bits(data, at + 8, 8), at + 16
    if depth == 4:
        if not _bits(data, at, 1):
            run = _bits(data, at + 1, 3)
            return (run + 2 if run else 0), 0, at + 4
        if not _bits(data, at + 1, 1):
            return _bits(data, at + 2, 2) + 4, _bits(data, at + 4, 4), at + 8
        switch = _bits(data, at + 2, 2)
        at += 4
        if switch < 2:
            return switch + 1, 0, at
        if switch == 2:
            return _bits(data, at, 4) + 9, _bits(data, at + 4, 4), at + 8
        return _bits(data, at, 8) + 25, _bits(data, at + 8, 4), at + 12
    if _bits(data, at, 1):
        return _bits(data, at + 1, 3) + 3, _bits(data, at + 4, 2), at + 6
    if _bits(data, at + 1, 1):
        return 1, 0, at + 2
    switch = _bits(data, at + 2, 2)
    at += 4
    if switch == 0:
        return 0, 0, at
    if switch == 1:
        return 2, 0, at
    if switch == 2:
        return _bits(data, at, 4) + 12, _bits(data, at + 4, 2), at + 6
    return _bits(data, at, 8) + 29, _bits(data, at + 8, 2), at + 10


@kernel
def draw_field(
    data: NDArray[np.uint8],
    region: NDArray[np.uint8],
    x: int,
    y: int,
    region_depth: int,
    keeps_1: bool,
) -> int:
    """Draw one field of an object into a region, every second line from ``y`` on.

    Parameters
    ----------
    data : ndarray of shape (N,), uint8      pixel-data_sub-blocks
    region : ndarray of shape (H, W), uint8  pixel codes; what falls outside is not drawn
    x, y : int                               place of the field's first pixel
    region_depth : int                       2, 4 or 8 bits: codes of fewer bits are mapped to it
    keeps_1 : bool                           non_modifying_colour_flag: code 1 leaves what is there

    Returns
    -------
    n_lines : int    lines drawn; NOT_PIXELS when a data_type is none of the standard's
    """
    height, width = region.shape
    map_2 = np.array([0, 1, 2, 3], np.uint8)
    if region_depth == 4:
        map_2[:] = np.array([0, 7, 8, 15], np.uint8)
    elif region_depth == 8:
        map_2[:] = np.array([0, 0x77, 0x88, 0xFF], np.uint8)
    map_4 = np.arange(16).astype(np.uint8)
    if region_depth == 8:
        map_4[:] = map_4 * np.uint8(0x11)
    n_lines = 0
    column = x
    byte = 0
    while byte < data.shape[0]:
        kind = data[byte]
        byte += 1
        if kind == END_OF_LINE:
            n_lines += 1
            if n_lines > MAX_LINES:
                break
            column = x
            y += 2
        elif CODES_2 <= kind <= CODES_8:
            depth = 2 if kind == CODES_2 else 4 if kind == CODES_4 else 8
            at = byte << 3
            while (at >> 3) < data.shape[0]:
                run, code, at = _next_run(data, at, depth)
                if run == 0:
                    break
                if depth == 2:
                    pixel = map_2[code]
                elif depth == 4:
                    pixel = map_4[code]
                else:
                    pixel = np.uint8(code)
                if region_depth < 8:
                    pixel = np.uint8(pixel & ((1 << region_depth) - 1))
                if 0 <= y < height and not (keeps_1 and code == 1):
                    for k in range(max(column, 0), min(column + run, width)):
                        region[y, k] = pixel
                column += run
            byte = (at + 7) >> 3
        elif kind == MAP_2_TO_4:
            for n in range(4):
                if byte + (n >> 1) < data.shape[0]:
                    map_2[n] = (data[byte + (n >> 1)] >> (4 - 4 * (n & 1))) & 15
            byte += 2
        elif kind == MAP_2_TO_8:
            for n in range(4):
                if byte + n < data.shape[0]:
                    map_2[n] = data[byte + n]
            byte += 4
        elif kind == MAP_4_TO_8:
            for n in range(16):
                if byte + n < data.shape[0]:
                    map_4[n] = data[byte + n]
            byte += 16
        else:
            return NOT_PIXELS
    return n_lines
