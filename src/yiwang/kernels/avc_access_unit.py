"""Where access units begin (ISO/IEC 14496-10 7.4.1.2.3, 7.4.1.2.4), two fields of a frame counted as one unit.

The kernel reads NAL units in order and stops where its caller must act: at a border, at a parameter set, at the end of a
sequence, and where octets are wanting. A border is known at the first NAL unit of the next access unit, except where
that may still be the second field of the same frame: then the border is *pending* until the next slice.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.access_unit_state import (
    BORDER,
    COMING,
    END_OF_SEQUENCE,
    FIRST_PARITY,
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
    new_state,
)
from yiwang.kernels.access_unit_walk import drop_rows, write_record
from yiwang.kernels.avc_sei import has_recovery_point
from yiwang.kernels.avc_slice_header import (
    BOTTOM_FIELD,
    FIELD_PIC,
    FIRST_MB,
    FRAME_NUM,
    HEADER_OCTETS,
    IDR_PIC,
    N_FIELDS,
    N_PPS,
    N_TABLE_COLUMNS,
    NAL_REF_IDC,
    PPS_ID,
    SLICE_TYPE,
    STATUS,
    UNKNOWN_PPS,
    UNREADABLE,
    begins_picture,
    is_second_field,
    parse_slice_header,
)
from yiwang.kernels.compiled import kernel
from yiwang.kernels.nal_index import END, OPEN, PREFIX, START, index_nal_units

UNIT_FRAME_NUM = UNIT_DETAIL  # of the access unit's first slice

# flags
IDR = 1
INTRA = 2  # all slices of its (first) picture are I or SI
RECOVERY = 4  # recovery_point SEI
HAS_SPS = 8
BAD = 16  # a slice header or NAL unit header that cannot be read; second field without its first
NO_PARAMETER_SETS = 32
FIELD = 64  # a field picture
REFERENCE = 128  # other pictures may refer to it
HAS_B = 256  # one of its slices is a B slice
HEAD_LOST = 512  # its first slice is not the picture's first

B_SLICE, I_SLICE, SI_SLICE = 1, 2, 4
NAL_SLICE, NAL_PARTITION_A, NAL_IDR_SLICE, NAL_SEI, NAL_SPS, NAL_PPS = 1, 2, 5, 6, 7, 8
NAL_AUD, NAL_END_OF_SEQUENCE, NAL_END_OF_STREAM, NAL_SPS_EXTENSION, NAL_PREFIX = 9, 10, 11, 13, 14
NAL_LAST_OF_NEXT = 18  # 14..18 begin an access unit


class DelimiterState:
    """What `delimit_access_units` keeps from call to call."""

    def __init__(self) -> None:
        self.table = np.zeros((N_PPS, N_TABLE_COLUMNS), np.int64)
        self.state = new_state()
        self.headers = np.zeros((2, N_FIELDS), np.int64)  # of the slice before, of this one
        self.rbsp = np.zeros(HEADER_OCTETS, np.uint8)
        self.cursor = np.zeros(1, np.int64)


@kernel
def _begin_unit(state: NDArray[np.int64], header: NDArray[np.int64]) -> None:
    """Begin an access unit's first picture by its first slice."""
    flags = state[COMING] | INTRA
    state[COMING] = 0
    state[PICTURES] = 1
    if header[STATUS] == UNREADABLE:
        flags |= BAD
    elif header[STATUS] == UNKNOWN_PPS:
        flags |= NO_PARAMETER_SETS
    if header[NAL_REF_IDC]:
        flags |= REFERENCE
    if header[FIRST_MB]:
        flags |= HEAD_LOST
    if header[FIELD_PIC]:
        flags |= FIELD
        if state[RESYNC] and state[FIRST_PARITY] >= 0 and header[BOTTOM_FIELD] != state[FIRST_PARITY]:
            # the field before it was lost: it must not be taken for the first of a pair
            flags |= BAD
            state[PICTURES] = 2
    state[FLAGS] = flags
    state[UNIT_PPS] = header[PPS_ID]
    state[UNIT_FRAME_NUM] = header[FRAME_NUM]
    state[RESYNC] = 0


@kernel
def _add_slice(state: NDArray[np.int64], header: NDArray[np.int64]) -> None:
    if header[SLICE_TYPE] % 5 == B_SLICE:
        state[FLAGS] |= HAS_B
    if state[PICTURES] != 1:
        return  # how else a second field is coded changes nothing
    if header[IDR_PIC]:
        state[FLAGS] |= IDR
    if header[SLICE_TYPE] % 5 != I_SLICE and header[SLICE_TYPE] % 5 != SI_SLICE:
        state[FLAGS] &= ~INTRA


@kernel
def delimit_access_units(
    octets: NDArray[np.uint8],
    end: int,
    rows: NDArray[np.int64],
    row: int,
    n: int,
    final: bool,
    table: NDArray[np.int64],
    state: NDArray[np.int64],
    headers: NDArray[np.int64],
    rbsp: NDArray[np.uint8],
    cursor: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Read NAL units from row ``row`` on until the caller must act.

    Parameters
    ----------
    octets : ndarray of shape (>= end,), uint8    octets from ``end`` on are not there yet
    rows : ndarray of shape (R, 2), int64         of `index_nal_units`, ``n`` of them
    final : bool                                  no octets follow
    table : ndarray of shape (256, N_TABLE_COLUMNS), int64
    state, headers, rbsp, cursor : of `DelimiterState`, updated

    Returns
    -------
    reason, row, at : int
        NEED_MORE: call again with ``row`` when there is more. BORDER: an access unit ended before row ``at``, its
        summary is in ``state[DONE:]``. PARAMETER_SET: row ``at`` is one, closed. END_OF_SEQUENCE: row ``at`` is one;
        the access unit before it has ended (DONE_PICTURES 0: there was none). Then call again with ``row``.
    """
    while row < n:
        start = rows[row, START] + PREFIX
        closed = rows[row, END] != OPEN
        nal_header = octets[start]
        nal_unit_type = nal_header & 31
        if nal_header & 0x80:  # forbidden_zero_bit
            if state[PICTURES]:
                state[FLAGS] |= BAD
            if not state[PICTURES] or state[PENDING] >= 0:
                state[COMING] |= BAD
        elif nal_unit_type in (NAL_SLICE, NAL_IDR_SLICE, NAL_PARTITION_A):
            if not closed and not final and end - start < HEADER_OCTETS:
                return NEED_MORE, row, row
            before, header = headers[0], headers[1]
            parse_slice_header(octets, start, rows[row, END] if closed else end, table, rbsp, cursor, header)
            border = -1
            is_far = state[PENDING] >= 0 and rows[row, START] - rows[state[PENDING], START] > state[MAX_OCTETS]
            if state[PICTURES] == 0:
                _begin_unit(state, header)
            elif header[STATUS] == UNREADABLE and not is_far:
                state[FLAGS] |= BAD
                if state[PENDING] >= 0:
                    state[COMING] |= BAD
                row += 1
                continue
            elif is_far or begins_picture(header, before):
                if not is_far and state[PICTURES] == 1 and is_second_field(header, before):
                    state[PICTURES] = 2
                    state[FIRST_PARITY] = before[BOTTOM_FIELD]
                    state[FLAGS] |= state[COMING]
                    state[COMING] = 0
                else:
                    border = state[PENDING] if state[PENDING] >= 0 else row
                    end_unit(state)
                    _begin_unit(state, header)
            else:
                state[FLAGS] |= state[COMING]
                state[COMING] = 0
            state[PENDING] = -1
            _add_slice(state, header)
            headers[0] = header
            if border >= 0:
                return BORDER, row + 1, border
        elif nal_unit_type in (NAL_END_OF_SEQUENCE, NAL_END_OF_STREAM):
            end_unit(state)
            state[PENDING] = -1
            state[COMING] = 0
            return END_OF_SEQUENCE, row + 1, row
        elif NAL_SEI <= nal_unit_type <= NAL_AUD or NAL_SPS_EXTENSION <= nal_unit_type <= NAL_LAST_OF_NEXT:
            if state[PICTURES] and state[PENDING] < 0 and nal_unit_type != NAL_SPS_EXTENSION:
                if nal_unit_type == NAL_PREFIX or (state[PICTURES] == 1 and state[FLAGS] & FIELD):
                    state[PENDING] = row
                else:
                    end_unit(state)
                    return BORDER, row, row
            if not closed and nal_unit_type != NAL_AUD:
                return NEED_MORE, row, row
            if nal_unit_type == NAL_SEI:
                if has_recovery_point(octets, start, rows[row, END]):
                    state[COMING] |= RECOVERY
            elif nal_unit_type in (NAL_SPS, NAL_PPS, NAL_SPS_EXTENSION):
                if nal_unit_type == NAL_SPS:
                    state[COMING] |= HAS_SPS
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
    table: NDArray[np.int64],
    state: NDArray[np.int64],
    headers: NDArray[np.int64],
    rbsp: NDArray[np.uint8],
    cursor: NDArray[np.int64],
    kept: NDArray[np.uint8],
    is_plain: bool,
    out: NDArray[np.uint8],
    records: NDArray[np.int64],
) -> tuple[int, int, int, int, int, int]:
    """Index ``octets`` from ``indexed`` on, and make samples of the access units that end, until the caller must act.

    Parameters
    ----------
    octets, end, rows, row, n, final, table, state, headers, rbsp, cursor : as of `delimit_access_units`
    kept : ndarray of shape (256,), uint8          see `length_prefix`
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
        reason, row, at = delimit_access_units(octets, end, rows, row, n, final, table, state, headers, rbsp, cursor)
        if reason != BORDER or not is_plain or n_records == records.shape[0]:
            break
        filled = write_record(octets, rows, first, at, state, kept, 0, out, filled, records[n_records])
        n_records += 1
        first, reason = at, NEED_MORE
    if first:
        n = drop_rows(rows, first, n, state)
    return reason, row - first, at - first, n, indexed, n_records
