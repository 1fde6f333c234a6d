"""What the codecs' walks over access units have in common: the records they write, and what they do at a border.

A walk indexes the NAL units of what is new, finds the borders, and makes a sample of each access unit that ends, until its
caller must act. So Python runs once for a block, and then once for each record.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.access_unit_state import DONE, N_SUMMARY, PENDING
from yiwang.kernels.compiled import kernel
from yiwang.kernels.nal_index import END, OPEN, START
from yiwang.kernels.nal_length_prefix import length_prefix

# columns of a record; the first N_SUMMARY are those of ``state[DONE:]``
OCTETS = N_SUMMARY  # of the byte stream
NEXT_START = N_SUMMARY + 1  # offset in the byte stream where the next access unit begins
SAMPLE_END = N_SUMMARY + 2  # past its sample's last octet in ``out``; it begins where that of the record before ends
USER_DATA_END = N_SUMMARY + 3  # see `length_prefix`
N_RECORD = N_SUMMARY + 4
MAX_RECORDS = 256


@kernel
def write_record(
    octets: NDArray[np.uint8],
    rows: NDArray[np.int64],
    first: int,
    at: int,
    state: NDArray[np.int64],
    kept: NDArray[np.uint8],
    second_octet_mask: int,
    out: NDArray[np.uint8],
    filled: int,
    record: NDArray[np.int64],
) -> int:
    """Make a sample of the access unit of rows ``first..at``, and write what is known of it; return where its sample ends."""
    record[:N_SUMMARY] = state[DONE : DONE + N_SUMMARY]
    record[NEXT_START] = rows[at, START]
    record[OCTETS] = rows[at, START] - rows[first, START]
    n, user_data_end = length_prefix(octets, rows, first, at, kept, second_octet_mask, out[filled:])
    filled += n
    record[SAMPLE_END] = filled
    record[USER_DATA_END] = user_data_end
    return filled


@kernel
def drop_rows(rows: NDArray[np.int64], first: int, n: int, state: NDArray[np.int64]) -> int:
    """Forget the rows before ``first``; return how many are left."""
    for row in range(first, n):
        rows[row - first] = rows[row]
    if state[PENDING] >= 0:
        state[PENDING] -= first
    return n - first


@kernel
def move_rows(rows: NDArray[np.int64], n: int, by: int) -> None:
    """Note that the octets of ``n`` rows have been moved ``by`` octets towards the begin of their buffer."""
    for row in range(n):
        rows[row, START] -= by
        if rows[row, END] != OPEN:
            rows[row, END] -= by
