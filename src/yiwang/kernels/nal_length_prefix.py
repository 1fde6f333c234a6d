"""From the byte stream's NAL units to those of a sample (ISO/IEC 14496-15 5.3.4.2; of HEVC the same)."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel
from yiwang.kernels.nal_index import END, PREFIX, START

LENGTH_SIZE = 4
IS_DROPPED, IS_KEPT, IS_USER_DATA = 0, 1, 2
"""What becomes of a NAL unit; one of user data is kept as well."""


@kernel
def length_prefix(
    octets: NDArray[np.uint8],
    rows: NDArray[np.int64],
    begin: int,
    end: int,
    kept: NDArray[np.uint8],
    second_octet_mask: int,
    out: NDArray[np.uint8],
) -> tuple[int, int]:
    """Write the NAL units of rows ``begin..end``, each after its length, leaving out what a sample does not carry.

    Parameters
    ----------
    rows : ndarray of shape (R, 2), int64    of `index_nal_units`, all closed
    kept : ndarray of shape (256,), uint8    IS_DROPPED, IS_KEPT or IS_USER_DATA by the first octet of a NAL unit
    second_octet_mask : int                  bits of the second octet that are 0 in a NAL unit that is kept
    out : ndarray of shape (>= octets spanned + number of rows,), uint8

    Returns
    -------
    n, user_data_end : int    octets written; of these, as far as the end of the last NAL unit of user data
    """
    n = 0
    user_data_end = 0
    for row in range(begin, end):
        first = rows[row, START] + PREFIX
        size = rows[row, END] - first
        kind = kept[octets[first]]
        if kind == IS_DROPPED:
            continue
        if second_octet_mask and (size < 2 or octets[first + 1] & second_octet_mask):
            continue
        out[n] = (size >> 24) & 0xFF
        out[n + 1] = (size >> 16) & 0xFF
        out[n + 2] = (size >> 8) & 0xFF
        out[n + 3] = size & 0xFF
        n += LENGTH_SIZE
        source, target = octets[first : first + size], out[n : n + size]
        for k in range(size):  # over slices counted from 0 this loop becomes a memory copy
            target[k] = source[k]
        n += size
        if kind == IS_USER_DATA:
            user_data_end = n
    return n, user_data_end
