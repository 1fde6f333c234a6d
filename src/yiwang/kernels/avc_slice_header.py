"""The head of a slice: as much as tells one picture from the next (ISO/IEC 14496-10 7.3.3, 7.4.1.2.4)."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

# columns of the table of parameter sets, one row per pic_parameter_set_id
KNOWN, LOG2_MAX_FRAME_NUM, FRAME_MBS_ONLY, PIC_ORDER_CNT_TYPE, LOG2_MAX_POC_LSB = 0, 1, 2, 3, 4
DELTA_ALWAYS_ZERO, BOTTOM_FIELD_PIC_ORDER, SEPARATE_COLOUR_PLANE = 5, 6, 7
N_TABLE_COLUMNS = 8
N_PPS = 256

# fields of a slice header
STATUS, FIRST_MB, SLICE_TYPE, PPS_ID, FRAME_NUM, FIELD_PIC, BOTTOM_FIELD = 0, 1, 2, 3, 4, 5, 6
NAL_REF_IDC, IDR_PIC, IDR_PIC_ID, POC_LSB, DELTA_BOTTOM, DELTA_0, DELTA_1 = 7, 8, 9, 10, 11, 12, 13
N_FIELDS = 14

# STATUS
UNREADABLE = 0  # cut short, or a value outside the standard's range
UNKNOWN_PPS = 1  # first_mb_in_slice, slice_type and pic_parameter_set_id are valid, no more
WHOLE = 2

HEADER_OCTETS = 64
"""The fields above take at most 44 octets, emulation prevention included; so many always tell."""

NAL_IDR_SLICE = 5
TRUNCATED = -1
MAX_SLICE_TYPE = 9


@kernel
def _u(rbsp: NDArray[np.uint8], n_bits: int, cursor: NDArray[np.int64], width: int) -> int:
    """u(width) at the cursor; past the end it reads zeros, and the cursor tells."""
    value = np.int64(0)
    position = cursor[0]
    for k in range(position, position + width):
        value <<= 1
        if k < n_bits:
            value |= (np.int64(rbsp[k >> 3]) >> (7 - (k & 7))) & 1
    cursor[0] = position + width
    return value


@kernel
def _ue(rbsp: NDArray[np.uint8], n_bits: int, cursor: NDArray[np.int64]) -> int:
    """ue(v) at the cursor; TRUNCATED at the end or beyond 32 leading zeros."""
    zeros = 0
    while zeros <= 32 and cursor[0] < n_bits:
        if _u(rbsp, n_bits, cursor, 1):
            return (np.int64(1) << zeros) - 1 + _u(rbsp, n_bits, cursor, zeros)
        zeros += 1
    cursor[0] = n_bits + 1
    return TRUNCATED


@kernel
def parse_slice_header(
    octets: NDArray[np.uint8],
    start: int,
    end: int,
    table: NDArray[np.int64],
    rbsp: NDArray[np.uint8],
    cursor: NDArray[np.int64],
    header: NDArray[np.int64],
) -> None:
    """Read the slice header of the NAL unit ``octets[start:end]`` (start: its header octet) into ``header``.

    Parameters
    ----------
    table : ndarray of shape (256, N_TABLE_COLUMNS), int64
    rbsp : ndarray of shape (HEADER_OCTETS,), uint8    scratch
    cursor : ndarray of shape (1,), int64              scratch
    header : ndarray of shape (N_FIELDS,), int64       written; fields the slice has not are 0
    """
    for k in range(N_FIELDS):
        header[k] = 0
    nal_header = np.int64(octets[start])
    n = 0
    zeros = 0
    for i in range(start + 1, min(end, start + HEADER_OCTETS)):
        octet = octets[i]
        if zeros >= 2 and octet == 3:
            zeros = 0
            continue
        zeros = zeros + 1 if octet == 0 else 0
        rbsp[n] = octet
        n += 1
    n_bits = 8 * n
    cursor[0] = 0
    header[NAL_REF_IDC] = (nal_header >> 5) & 3
    header[IDR_PIC] = 1 if nal_header & 31 == NAL_IDR_SLICE else 0
    header[FIRST_MB] = _ue(rbsp, n_bits, cursor)
    header[SLICE_TYPE] = _ue(rbsp, n_bits, cursor)
    pps_id = _ue(rbsp, n_bits, cursor)
    header[PPS_ID] = pps_id
    if cursor[0] > n_bits or header[SLICE_TYPE] > MAX_SLICE_TYPE or pps_id >= N_PPS:
        return
    if not table[pps_id, KNOWN]:
        header[STATUS] = UNKNOWN_PPS
        return
    if table[pps_id, SEPARATE_COLOUR_PLANE]:
        cursor[0] += 2
    header[FRAME_NUM] = _u(rbsp, n_bits, cursor, table[pps_id, LOG2_MAX_FRAME_NUM])
    if not table[pps_id, FRAME_MBS_ONLY]:
        header[FIELD_PIC] = _u(rbsp, n_bits, cursor, 1)
        if header[FIELD_PIC]:
            header[BOTTOM_FIELD] = _u(rbsp, n_bits, cursor, 1)
    if header[IDR_PIC]:
        header[IDR_PIC_ID] = _ue(rbsp, n_bits, cursor)
    both_fields = table[pps_id, BOTTOM_FIELD_PIC_ORDER] and not header[FIELD_PIC]
    if table[pps_id, PIC_ORDER_CNT_TYPE] == 0:
        header[POC_LSB] = _u(rbsp, n_bits, cursor, table[pps_id, LOG2_MAX_POC_LSB])
        if both_fields:
            header[DELTA_BOTTOM] = _ue(rbsp, n_bits, cursor)  # se(v); only compared, so its code number does
    elif table[pps_id, PIC_ORDER_CNT_TYPE] == 1 and not table[pps_id, DELTA_ALWAYS_ZERO]:
        header[DELTA_0] = _ue(rbsp, n_bits, cursor)
        if both_fields:
            header[DELTA_1] = _ue(rbsp, n_bits, cursor)
    if cursor[0] <= n_bits:
        header[STATUS] = WHOLE


@kernel
def begins_picture(header: NDArray[np.int64], before: NDArray[np.int64]) -> bool:
    """Tell whether a slice is the first of a new primary coded picture, by the slice before it (7.4.1.2.4).

    Notes
    -----
    Where a parameter set is unknown the fields cannot be read: then a picture begins at macroblock 0.
    """
    if header[STATUS] != WHOLE or before[STATUS] != WHOLE:
        return header[FIRST_MB] == 0
    if (header[NAL_REF_IDC] == 0) != (before[NAL_REF_IDC] == 0):
        return True
    for k in (PPS_ID, FRAME_NUM, FIELD_PIC, BOTTOM_FIELD, IDR_PIC, IDR_PIC_ID, POC_LSB, DELTA_BOTTOM, DELTA_0, DELTA_1):
        if header[k] != before[k]:
            return True
    return False


@kernel
def is_second_field(header: NDArray[np.int64], before: NDArray[np.int64]) -> bool:
    """Tell whether a picture's first slice is of the other field of the frame that ``before`` began (3.30, 3.31)."""
    return (
        header[STATUS] == WHOLE
        and before[STATUS] == WHOLE
        and header[FIELD_PIC] == 1
        and before[FIELD_PIC] == 1
        and header[BOTTOM_FIELD] != before[BOTTOM_FIELD]
        and header[FRAME_NUM] == before[FRAME_NUM]
        and (header[NAL_REF_IDC] == 0) == (before[NAL_REF_IDC] == 0)
        and header[IDR_PIC] == 0
    )
