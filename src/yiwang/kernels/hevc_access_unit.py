"""Where HEVC access units begin (ITU-T H.265 7.4.2.4.4), told by first_slice_segment_in_pic_flag.

An access unit begins at the first NAL unit of certain types that lies between the last slice segment of a picture and the
first of the next. Parameter sets and SEI may lie between slice segments of one picture as well, so such a border is
*pending* until the next slice segment; an access unit delimiter is always one.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.access_unit_state import (
    BORDER,
    COMING,
    DONE_DETAIL,
    END_OF_SEQUENCE,
    FLAGS,
    MAX_OCTETS,
    MORE_ROWS,
    NEED_MORE,
    PARAMETER_SET,
    PENDING,
    PICTURES,
    RESYNC,
    UNIT_DETAIL,
    UNIT_PPS,
    end_unit,
)
from yiwang.kernels.access_unit_walk import drop_rows, write_record
from yiwang.kernels.compiled import kernel
from yiwang.kernels.nal_index import END, OPEN, PREFIX, START, index_nal_units

UNIT_TYPE = UNIT_DETAIL  # nal_unit_type of the picture's slice segments
DONE_TYPE = DONE_DETAIL

# flags
BAD = (
    1  # a NAL unit header or slice segment header that cannot be, or that is of another picture than the one before it
)
HEAD_LOST = 2  # its first slice segment is not the picture's first

HEADER_OCTETS = 4
"""NAL unit header, first_slice_segment_in_pic_flag, slice_pic_parameter_set_id: 15 bits after the header at most, too few
for emulation prevention."""
MAX_PPS_ID = 63
N_VCL = 32  # nal_unit_type below: slice segments
LAST_OF_SUB_LAYERS, FIRST_IRAP, LAST_IRAP, LAST_IRAP_RESERVED = 9, 16, 21, 23
VPS, SPS, PPS, ACCESS_UNIT_DELIMITER, END_OF_SEQUENCE_NUT, END_OF_BITSTREAM_NUT, PREFIX_SEI = 32, 33, 34, 35, 36, 37, 39


@kernel
def _slice_pps(octets: NDArray[np.uint8], at: int, nal_unit_type: int) -> int:
    """slice_pic_parameter_set_id of the slice segment whose header begins at ``at``; -1 when it is out of range."""
    bits = (np.int64(octets[at]) << 8) | np.int64(octets[at + 1])
    position = 14  # of 15 .. 0: behind first_slice_segment_in_pic_flag
    if FIRST_IRAP <= nal_unit_type <= LAST_IRAP_RESERVED:
        position -= 1  # no_output_of_prior_pics_flag
    zeros = 0
    while zeros <= 6 and not (bits >> position) & 1:
        zeros += 1
        position -= 1
    if zeros > 6:
        return -1
    code = (bits >> (position - zeros)) & ((np.int64(2) << zeros) - 1)
    return code - 1 if code - 1 <= MAX_PPS_ID else -1


@kernel
def _begin_unit(state: NDArray[np.int64], nal_unit_type: int, pps_id: int, is_first: bool) -> None:
    flags = state[COMING]
    state[COMING] = 0
    state[PICTURES] = 1
    if pps_id < 0:
        flags |= BAD
    if not is_first:
        flags |= HEAD_LOST
    state[FLAGS] = flags
    state[UNIT_PPS] = max(pps_id, 0)
    state[UNIT_TYPE] = nal_unit_type
    state[RESYNC] = 0


@kernel
def delimit_access_units(
    octets: NDArray[np.uint8],
    end: int,
    rows: NDArray[np.int64],
    row: int,
    n: int,
    final: bool,
    state: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Read NAL units from row ``row`` on until the caller must act.

    Parameters
    ----------
    octets : ndarray of shape (>= end,), uint8    octets from ``end`` on are not there yet
    rows : ndarray of shape (R, 2), int64         of `index_nal_units`, ``n`` of them
    final : bool                                  no octets follow
    state : ndarray of shape (N_STATE,), int64    of `yiwang.kernels.access_unit_state`, updated

    Returns
    -------
    reason, row, at : int
        NEED_MORE: call again with ``row`` when there is more. BORDER: an access unit ended before row ``at``, its
        summary is in ``state[DONE:]``. PARAMETER_SET: row ``at`` is one, closed. END_OF_SEQUENCE: row ``at`` is one,
        closed, the last of an access unit (DONE_PICTURES 0: there was none). Then call again with ``row``.

    Notes
    -----
    NAL units of other layers (nuh_layer_id > 0) and of reserved slice types are passed over.
    """
    while row < n:
        start = rows[row, START] + PREFIX
        closed = rows[row, END] != OPEN
        size = (rows[row, END] if closed else end) - start
        if size < 2 and not closed and not final:
            return NEED_MORE, row, row
        first_octet = np.int64(octets[start])
        nal_unit_type = int(first_octet >> 1)
        is_of_base_layer = size >= 2 and first_octet & 1 == 0 and octets[start + 1] >> 3 == 0
        if first_octet & 0x80 or size < 2 or octets[start + 1] & 7 == 0:  # forbidden_zero_bit, nuh_temporal_id_plus1
            if state[PICTURES]:
                state[FLAGS] |= BAD
            if not state[PICTURES] or state[PENDING] >= 0:
                state[COMING] |= BAD
        elif not is_of_base_layer:
            pass
        elif nal_unit_type < N_VCL:
            if nal_unit_type <= LAST_OF_SUB_LAYERS or FIRST_IRAP <= nal_unit_type <= LAST_IRAP:
                if size < HEADER_OCTETS and not closed and not final:
                    return NEED_MORE, row, row
                is_first = size > 2 and octets[start + 2] & 0x80 != 0
                pps_id = -1
                if size >= HEADER_OCTETS:
                    pps_id = _slice_pps(octets, start + 2, nal_unit_type)
                pending = state[PENDING]
                state[PENDING] = -1
                is_far = pending >= 0 and rows[row, START] - rows[pending, START] > state[MAX_OCTETS]
                if state[PICTURES] == 0:
                    _begin_unit(state, nal_unit_type, pps_id, is_first)
                elif is_first or is_far:
                    end_unit(state)
                    _begin_unit(state, nal_unit_type, pps_id, is_first)
                    return BORDER, row + 1, pending if pending >= 0 else row
                else:
                    state[FLAGS] |= state[COMING]
                    state[COMING] = 0
                    if nal_unit_type != state[UNIT_TYPE] or pps_id != state[UNIT_PPS]:
                        state[FLAGS] |= BAD
        elif nal_unit_type in (END_OF_SEQUENCE_NUT, END_OF_BITSTREAM_NUT):
            rows[row, END] = start + 2
            end_unit(state)
            state[PENDING] = -1
            state[COMING] = 0
            return END_OF_SEQUENCE, row + 1, row
        elif (
            nal_unit_type <= ACCESS_UNIT_DELIMITER
            or nal_unit_type == PREFIX_SEI
            or 41 <= nal_unit_type <= 44
            or 48 <= nal_unit_type <= 55
        ):
            if state[PICTURES]:
                if nal_unit_type == ACCESS_UNIT_DELIMITER:
                    border = state[PENDING] if state[PENDING] >= 0 else row
                    state[PENDING] = -1
                    end_unit(state)
                    return BORDER, row, border
                if state[PENDING] < 0:
                    state[PENDING] = row
            if nal_unit_type <= PPS:
                if not closed:
                    return NEED_MORE, row, row
                return PARAMETER_SET, row + 1, row
        row += 1
    return NEED_MORE, row, row


@kernel
def walk_access_units(
    octets: NDArray[np.uint8],
    end: int,
    indexed: int,
    rows: NDArray[np.int64],
    row: int,
    n: int,
    final: bool,
    state: NDArray[np.int64],
    kept: NDArray[np.uint8],
    second_octet_mask: int,
    is_plain: bool,
    out: NDArray[np.uint8],
    records: NDArray[np.int64],
) -> tuple[int, int, int, int, int, int]:
    """Index ``octets`` from ``indexed`` on, and make samples of the access units that end, until the caller must act.

    Of a picture that is an intra random access point the border is the caller's.

    Parameters
    ----------
    octets, end, rows, row, n, final, state : as of `delimit_access_units`
    kept, second_octet_mask :                      see `length_prefix`
    is_plain : bool                                nothing but samples is to be made at a border; else it is the caller's
    out : ndarray of shape (>= end + n,), uint8    samples, one behind the other
    records : ndarray of shape (R, N_RECORD), int64

    Returns
    -------
    reason, row, at, n, indexed, n_records : int    as `delimit_access_units`; MORE_ROWS: call again with larger ``rows``
    """
    n, indexed = index_nal_units(octets, indexed, end, rows, n)
    if indexed < end - PREFIX:
        return MORE_ROWS, row, row, n, indexed, 0
    reason, at, first, filled, n_records = NEED_MORE, row, 0, 0, 0
    while row < n:
        reason, row, at = delimit_access_units(octets, end, rows, row, n, final, state)
        is_irap = FIRST_IRAP <= state[DONE_TYPE] <= LAST_IRAP
        if reason != BORDER or not is_plain or is_irap or n_records == records.shape[0]:
            break
        filled = write_record(octets, rows, first, at, state, kept, second_octet_mask, out, filled, records[n_records])
        n_records += 1
        first, reason = at, NEED_MORE
    if first:
        n = drop_rows(rows, first, n, state)
    return reason, row - first, at - first, n, indexed, n_records
