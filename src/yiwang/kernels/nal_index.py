"""Where the NAL units of a byte stream lie (ISO/IEC 14496-10 Annex B)."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

START, END = 0, 1
N_COLUMNS = 2
OPEN = -1
PREFIX = 3  # octets of start_code_prefix_one_3bytes
STRIDE = 128
"""Most stretches of so many octets have no two zeros in a row, and are passed over at once."""


@kernel
def index_nal_units(octets: NDArray[np.uint8], at: int, end: int, rows: NDArray[np.int64], n: int) -> tuple[int, int]:
    """Find the start codes in ``octets[at:end]``, and with each the end of the NAL unit before.

    Parameters
    ----------
    octets : ndarray of shape (>= end,), uint8
    at : int    where to go on: what the last call returned
    rows : ndarray of shape (R, 2), int64    START: offset of 00 00 01; END: past the NAL unit's last octet, or OPEN
    n : int     rows written already; row n - 1 may be OPEN

    Returns
    -------
    n, at : int    rows written; when at < end - 3, ``rows`` is full

    Notes
    -----
    A start code counts when the octet after it is there too. trailing_zero_8bits, and the zero_byte of the next start
    code, belong to no NAL unit.
    """
    limit = end - PREFIX
    capacity = rows.shape[0]
    while at < limit:
        stop = min(at + STRIDE, limit)
        if stop - at == STRIDE and not _has_two_zeros(octets, at):
            at = stop
            continue
        while at < stop:
            third = octets[at + 2]
            if third > 1:
                at += 3
            elif third == 0:
                at += 1 if octets[at + 1] == 0 else 2
            elif octets[at] == 0 and octets[at + 1] == 0:
                if n == capacity:
                    return n, at
                if n > 0 and rows[n - 1, END] == OPEN:
                    close_nal_unit(octets, at, rows, n)
                rows[n, START] = at
                rows[n, END] = OPEN
                n += 1
                at += PREFIX
            else:
                at += 3
    return n, at


@kernel(inline="always")
def _has_two_zeros(octets: NDArray[np.uint8], at: int) -> bool:
    """Tell whether two zero octets follow each other in the STRIDE from ``at``.

    No branch and unsigned indices, so that all of it becomes a few vector instructions.
    """
    first, one = np.uint64(at), np.uint64(1)
    least = np.uint8(255)
    for k in range(np.uint64(STRIDE)):
        least = min(least, octets[first + k] | octets[first + k + one])
    return least == 0


@kernel
def close_nal_unit(octets: NDArray[np.uint8], end: int, rows: NDArray[np.int64], n: int) -> None:
    """End the NAL unit of row ``n - 1`` at ``end``, without the zeros before ``end``; its header octet stays."""
    first = rows[n - 1, START] + PREFIX + 1
    while end > first and octets[end - 1] == 0:
        end -= 1
    rows[n - 1, END] = end
