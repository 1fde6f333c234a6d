"""Drawing into the planes of a picture, with soft edges: numba loops, because a 2160p picture has eight million samples."""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.kernels.compiled import kernel


@kernel
def fill_below(plane: Octets, top: NDArray[np.float32], first_row: int, value: int) -> None:
    """Fill each column with ``value`` from the height ``top`` down; the sample that the edge crosses is mixed.

    Parameters
    ----------
    plane : ndarray of shape (H, W), uint8     written in place
    top : ndarray of shape (W,), float32       row of the edge in each column, from the top
    first_row : int                            no edge lies above it
    value : int
    """
    last_row = min(plane.shape[0], max(0, int(top.max()) + 1))
    plane[last_row:] = value
    for y in range(max(0, first_row), last_row):
        for x in range(plane.shape[1]):
            cover = min(max(np.float32(y + 1) - top[x], np.float32(0)), np.float32(1))
            old = np.float32(plane[y, x])
            plane[y, x] = np.uint8(old + (np.float32(value) - old) * cover + np.float32(0.5))


@kernel
def fill_ellipse(plane: Octets, x0: float, y0: float, rx: float, ry: float, value: int) -> None:
    """Draw a filled ellipse of half axes ``rx``, ``ry`` around column ``x0`` and row ``y0``."""
    for y in range(max(0, int(y0 - ry - 1)), min(plane.shape[0], int(y0 + ry + 2))):
        for x in range(max(0, int(x0 - rx - 1)), min(plane.shape[1], int(x0 + rx + 2))):
            distance = np.sqrt(((x + 0.5 - x0) / rx) ** 2 + ((y + 0.5 - y0) / ry) ** 2)
            cover = min(max((1.0 - distance) * min(rx, ry) + 0.5, 0.0), 1.0)
            old = np.float64(plane[y, x])
            plane[y, x] = np.uint8(old + (value - old) * cover + 0.5)


def yuv_of(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn R'G'B' (0..1) to Y'CbCr in 8-bit video range by the matrix of ITU-R BT.709; the last axis is the colour."""
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return np.stack([16 + 219 * y, 128 + 224 * (b - y) / 1.8556, 128 + 224 * (r - y) / 1.5748], axis=-1)


def rgb_of(colour: str) -> NDArray[np.float32]:
    """Read ``#rrggbb`` as three numbers 0..1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def yuv_of_colour(colour: str) -> tuple[int, int, int]:
    """Read ``#rrggbb`` as 8-bit Y'CbCr."""
    y, u, v = np.rint(yuv_of(rgb_of(colour))).astype(int)
    return int(y), int(u), int(v)
