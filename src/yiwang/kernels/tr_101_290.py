"""Measure a scanned block by ETSI TR 101 290 clause 5.2: intervals, PCR, sections. What is counted: `mpegts/tr_101_290.py`.

All that is remembered lies in one int64 array, as handing an array to a kernel costs more than looking at a packet.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.memory import sparse_zeros
from yiwang.kernels.compiled import kernel
from yiwang.kernels.crc32_mpeg2 import _crc32_mpeg2
from yiwang.kernels.ts_scan import DISCONTINUITY, DROPPED, DUPLICATE, LOST, NO_PAYLOAD, PUSI, SCRAMBLED, UNUSABLE

MS = 27_000
PCR_WRAP = 300 << 33
LARGEST_STEP = 500 * MS
"""PCRs further apart measure no time: not longer than the shortest limit of an interval."""
CLOCK_STEP = 2000 * MS
"""PCRs further apart do not tell how long a stream is."""
PCR_REPETITION = 40 * MS
PCR_DISCONTINUITY = 100 * MS
WINDOW_TICKS = 1000 * MS
"""Bit rates are means of at least so much stream."""

# indicators, in the order of the document
(
    TS_SYNC_LOSS, SYNC_BYTE_ERROR, PAT_ERROR_2, CONTINUITY_COUNT_ERROR, PMT_ERROR_2, PID_ERROR,
    TRANSPORT_ERROR, CRC_ERROR, PCR_REPETITION_ERROR, PCR_DISCONTINUITY_INDICATOR_ERROR, PCR_ACCURACY_ERROR, PTS_ERROR,
    CAT_ERROR, NIT_ACTUAL_ERROR, NIT_OTHER_ERROR, SI_REPETITION_ERROR, BUFFER_ERROR, UNREFERENCED_PID, SDT_ACTUAL_ERROR,
    SDT_OTHER_ERROR, EIT_ACTUAL_ERROR, EIT_OTHER_ERROR, RST_ERROR, TDT_ERROR, EMPTY_BUFFER_ERROR, DATA_DELAY_ERROR,
) = range(26)  # fmt: skip
N_INDICATORS = 26

# columns of 8192, by PID
N_PIDS = 8192
COUNTS = 0  # packets
WINDOW = 1 * N_PIDS  # COUNTS when the window of the bit rates began
RATES = 2 * N_PIDS  # bit/s in the last whole window
SCRAMBLED_COUNTS = 3 * N_PIDS
ROLES = 4 * N_PIDS
SECTION_SLOTS = 5 * N_PIDS
PTS_TIMERS = 6 * N_PIDS
PCR_SLOTS = 7 * N_PIDS  # slot + 1; 0: no PCR yet
USED = 8 * N_PIDS  # the PIDs that have packets, in the order of their first
IS_UNREFERENCED = 9 * N_PIDS
# bits of ROLES
TABLE, TIMED, PCR_PID, REFERENCED = 1, 2, 4, 8

# scalars
_AT = 10 * N_PIDS
POSITION, N_USED, GENERATION, TIME, REFERENCE, REFERENCE_POSITION, REFERENCE_STEPS = range(_AT, _AT + 7)
WINDOW_TIME, IS_MAP_WHOLE, IS_MAP_NEW, HAS_SCRAMBLED, N_TIMERS, N_PCR_SLOTS = range(_AT + 7, _AT + 13)
PENDING_SLOT, PENDING_IS_TAIL, CHANGED_LENGTH, HAS_SI, MEASURED_TICKS, SCRAMBLED_TIME = range(_AT + 13, _AT + 19)
INDICATORS = _AT + 20

# timers: what must occur again within a limit; struct of arrays
MAX_TIMERS = 1024
TIMER_LIMIT = INDICATORS + N_INDICATORS
TIMER_STATE = TIMER_LIMIT + MAX_TIMERS
TIMER_LAST = TIMER_STATE + MAX_TIMERS  # time of the last occurrence before the open PCR interval
TIMER_FIRST_POSITION = TIMER_LAST + MAX_TIMERS  # in the open interval, else -1
TIMER_LAST_POSITION = TIMER_FIRST_POSITION + MAX_TIMERS
TIMER_INDICATOR = TIMER_LAST_POSITION + MAX_TIMERS
TIMER_PID = TIMER_INDICATOR + MAX_TIMERS  # occurrence is any packet of this PID; -1: occurrences are told
TIMER_COUNT = TIMER_PID + MAX_TIMERS  # COUNTS of that PID at the last PCR
STOPPED, RUNNING, STARTING = 0, 1, 2  # STARTING: from the position that FIRST_POSITION says

# the first timers are of fixed tables
(
    PAT_TIMER, CAT_TIMER, NIT_TIMER, NIT_OTHER_TIMER, BAT_TIMER, SDT_TIMER, SDT_OTHER_TIMER, EIT_PRESENT_TIMER,
    EIT_FOLLOWING_TIMER, EIT_OTHER_TIMER, TDT_TIMER, TOT_TIMER,
) = range(12)  # fmt: skip
N_FIXED_TIMERS = 12
SI_TIMERS = (NIT_TIMER, SDT_TIMER, EIT_PRESENT_TIMER, EIT_FOLLOWING_TIMER, TDT_TIMER)
"""Run from the first packet of any SI PID; the others that are not PAT's from the first section of their table."""

# section slots: PID, fill, start, CRC of the last, timer of a PMT
MAX_SECTION_SLOTS = 128
FIRST_SECTION_SLOTS = 16  # the caller gives more rows when it uses more
SECTION_ROOM = 4096 + 2 * 184
SECTION_PID = TIMER_COUNT + MAX_TIMERS
SECTION_START = SECTION_PID + MAX_SECTION_SLOTS
SECTION_FILL = SECTION_START + MAX_SECTION_SLOTS
SECTION_IS_OPEN = SECTION_FILL + MAX_SECTION_SLOTS  # 0: nothing until the next payload_unit_start
SECTION_CRC = SECTION_IS_OPEN + MAX_SECTION_SLOTS
SECTION_TIMER = SECTION_CRC + MAX_SECTION_SLOTS

# PCR slots: one row each
MAX_PCR_SLOTS = 128
NEIGHBOURS = 4
"""PCR_AC of a PCR is its distance from the line through the means of so many before and after it."""
RING = 2 * NEIGHBOURS + 1
(
    SLOT_PID, LAST_PCR, LAST_POSITION, N_PCRS, LONGEST_INTERVAL, N_ACCURACIES, LOWEST_NS, HIGHEST_NS, REPETITION_ERRORS,
    DISCONTINUITY_ERRORS, ACCURACY_ERRORS, CLOCK_PACKETS, CLOCK_TICKS, OVER_100_MS, JUMPS, SLOT_GENERATION, SINCE_REFERENCE,
    REFERENCE_MARK, N_RING,
) = range(19)  # fmt: skip
RING_POSITIONS = 19
RING_PCRS = RING_POSITIONS + RING
PCR_ROW = RING_PCRS + RING
PCRS = SECTION_TIMER + MAX_SECTION_SLOTS
N_STATE = PCRS + MAX_PCR_SLOTS * PCR_ROW

CONSTANT_RATE = 256
"""The accuracy is told where the rate between nine PCRs in a row is the same to one part in so many."""

DONE = -1


def new_state() -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """State of one monitor, and the sections that it puts together: one row for each slot in use."""
    state = sparse_zeros(N_STATE)
    state[[REFERENCE, PENDING_SLOT]] = -1
    state[TIMER_FIRST_POSITION : TIMER_FIRST_POSITION + MAX_TIMERS] = -1
    state[SECTION_CRC : SECTION_CRC + MAX_SECTION_SLOTS] = -1
    state[SECTION_TIMER : SECTION_TIMER + MAX_SECTION_SLOTS] = -1
    return state, np.empty((FIRST_SECTION_SLOTS, SECTION_ROOM), np.uint8)


@kernel
def _occurs(state: NDArray[np.int64], timer: int) -> None:
    position = state[POSITION]
    if state[TIMER_STATE + timer] == STOPPED:
        state[TIMER_STATE + timer] = STARTING
    if state[TIMER_FIRST_POSITION + timer] < 0:
        state[TIMER_FIRST_POSITION + timer] = position
    state[TIMER_LAST_POSITION + timer] = position


@kernel
def _starts(state: NDArray[np.int64], timer: int) -> None:
    if state[TIMER_STATE + timer] == STOPPED:
        _occurs(state, timer)


@kernel
def _count_late(state: NDArray[np.int64], timer: int, now: int) -> None:
    """Count one for every limit that has passed since the last occurrence."""
    gap = now - state[TIMER_LAST + timer]
    limit = state[TIMER_LIMIT + timer]
    if gap > limit:
        n = (gap - 1) // limit
        state[INDICATORS + state[TIMER_INDICATOR + timer]] += n
        if NIT_TIMER <= timer < N_FIXED_TIMERS and state[TIMER_INDICATOR + timer] != SI_REPETITION_ERROR:
            state[INDICATORS + SI_REPETITION_ERROR] += n
        state[TIMER_LAST + timer] += n * limit


@kernel
def _close_interval(state: NDArray[np.int64], step: int) -> None:
    """Take a PCR of the reference, ``step`` ticks after its last: times of what occurred between are known now."""
    begin, packets = state[REFERENCE_POSITION], state[POSITION] - state[REFERENCE_POSITION]
    time = state[TIME]
    now = time + step
    if state[HAS_SCRAMBLED]:
        state[HAS_SCRAMBLED] = 0
        state[SCRAMBLED_TIME] = now
    for timer in range(state[N_TIMERS]):
        if state[TIMER_STATE + timer] == STOPPED:
            continue
        pid = state[TIMER_PID + timer]
        if pid >= 0:  # to a PCR interval; its limit is many of them
            if state[TIMER_COUNT + timer] != state[COUNTS + pid] or state[TIMER_STATE + timer] == STARTING:
                state[TIMER_COUNT + timer] = state[COUNTS + pid]
                state[TIMER_LAST + timer] = now
                state[TIMER_STATE + timer] = RUNNING
        elif timer == CAT_TIMER and now - state[SCRAMBLED_TIME] > LARGEST_STEP:  # nothing that needs it
            state[TIMER_FIRST_POSITION + timer] = -1
            state[TIMER_STATE + timer] = RUNNING
            state[TIMER_LAST + timer] = now
        elif state[TIMER_FIRST_POSITION + timer] >= 0:
            if state[TIMER_STATE + timer] == RUNNING:
                _count_late(state, timer, time + (state[TIMER_FIRST_POSITION + timer] - begin) * step // packets)
            state[TIMER_LAST + timer] = time + (state[TIMER_LAST_POSITION + timer] - begin) * step // packets
            state[TIMER_STATE + timer] = RUNNING
            state[TIMER_FIRST_POSITION + timer] = -1
        _count_late(state, timer, now)
    state[TIME] = now
    state[MEASURED_TICKS] += step
    state[REFERENCE_POSITION] = state[POSITION]
    state[REFERENCE_STEPS] += 1
    if now - state[WINDOW_TIME] >= WINDOW_TICKS:
        _close_window(state, now - state[WINDOW_TIME])


@kernel
def _close_window(state: NDArray[np.int64], ticks: int) -> None:
    """Tell the bit rates, and which PIDs nobody refers to."""
    is_judged = state[IS_MAP_WHOLE] and not state[IS_MAP_NEW]
    for k in range(state[N_USED]):
        pid = state[USED + k]
        n = state[COUNTS + pid] - state[WINDOW + pid]
        state[WINDOW + pid] = state[COUNTS + pid]
        state[RATES + pid] = n * 1504 * 27_000_000 // ticks
        is_free = 0x20 <= pid < 0x1FFF and not state[ROLES + pid] & REFERENCED
        if is_judged and n and is_free and not state[IS_UNREFERENCED + pid]:
            state[IS_UNREFERENCED + pid] = 1
            state[INDICATORS + UNREFERENCED_PID] += 1
    state[IS_MAP_NEW] = 0
    state[WINDOW_TIME] = state[TIME]


@kernel
def _begin_time_base(state: NDArray[np.int64], slot: int) -> None:
    """Go by another clock: how long it is since anything occurred is not known, so all begin here."""
    state[REFERENCE] = slot
    state[REFERENCE_POSITION] = state[POSITION]
    state[REFERENCE_STEPS] += 1
    for timer in range(state[N_TIMERS]):
        if state[TIMER_STATE + timer] != STOPPED:
            state[TIMER_STATE + timer] = RUNNING
            state[TIMER_LAST + timer] = state[TIME]
            state[TIMER_FIRST_POSITION + timer] = -1
            if state[TIMER_PID + timer] >= 0:
                state[TIMER_COUNT + timer] = state[COUNTS + state[TIMER_PID + timer]]
    state[HAS_SCRAMBLED] = 0
    state[WINDOW_TIME] = state[TIME]
    for k in range(state[N_USED]):
        pid = state[USED + k]
        state[WINDOW + pid] = state[COUNTS + pid]


@kernel
def _measure_accuracy(state: NDArray[np.int64], row: int, is_counted: bool) -> None:
    """Tell how far the middle of nine PCRs is from where the others, at a constant rate, would have it."""
    positions, pcrs = row + RING_POSITIONS, row + RING_PCRS
    packets = state[positions + RING - 1] - state[positions]
    ticks = state[pcrs + RING - 1] - state[pcrs]
    for k in range(1, RING):
        expected = ticks * (state[positions + k] - state[positions + k - 1])
        if CONSTANT_RATE * abs((state[pcrs + k] - state[pcrs + k - 1]) * packets - expected) > expected:
            return
    packets_before = packets_after = ticks_before = ticks_after = np.int64(0)
    for k in range(NEIGHBOURS):
        packets_before += state[positions + k] - state[positions + NEIGHBOURS]
        ticks_before += state[pcrs + k] - state[pcrs + NEIGHBOURS]
        packets_after += state[positions + NEIGHBOURS + 1 + k] - state[positions + NEIGHBOURS]
        ticks_after += state[pcrs + NEIGHBOURS + 1 + k] - state[pcrs + NEIGHBOURS]
    numerator = ticks_after * packets_before - ticks_before * packets_after  # ticks times denominator
    denominator = NEIGHBOURS * (packets_after - packets_before)
    ns = numerator * 1000 // (27 * denominator)
    if not state[row + N_ACCURACIES]:
        state[row + LOWEST_NS] = state[row + HIGHEST_NS] = ns
    state[row + N_ACCURACIES] += 1
    state[row + LOWEST_NS] = min(state[row + LOWEST_NS], ns)
    state[row + HIGHEST_NS] = max(state[row + HIGHEST_NS], ns)
    if is_counted and 2 * abs(numerator) > 27 * denominator:  # 500 ns are 13.5 ticks
        state[row + ACCURACY_ERRORS] += 1
        state[INDICATORS + PCR_ACCURACY_ERROR] += 1


@kernel
def _take_pcr(state: NDArray[np.int64], pid: int, pcr: int, is_announced: bool) -> None:
    position = state[POSITION]
    slot = state[PCR_SLOTS + pid] - 1
    if slot < 0:
        if state[N_PCR_SLOTS] == MAX_PCR_SLOTS:
            return
        slot = state[N_PCR_SLOTS]
        state[N_PCR_SLOTS] += 1
        state[PCR_SLOTS + pid] = slot + 1
    row = PCRS + slot * PCR_ROW
    step = np.int64(-1)
    if state[row + N_PCRS]:
        step = (pcr - state[row + LAST_PCR]) % PCR_WRAP
        if not step:
            return  # said twice, as some multiplexers do
    is_counted = state[ROLES + pid] & PCR_PID != 0
    if step > 0 and not is_announced:
        if step > PCR_DISCONTINUITY and is_counted:
            state[row + DISCONTINUITY_ERRORS] += 1
            state[INDICATORS + PCR_DISCONTINUITY_INDICATOR_ERROR] += 1
        if PCR_REPETITION < step <= LARGEST_STEP and is_counted:
            state[row + REPETITION_ERRORS] += 1
            state[INDICATORS + PCR_REPETITION_ERROR] += 1
        if step <= CLOCK_STEP:
            state[row + CLOCK_PACKETS] += position - state[row + LAST_POSITION]
            state[row + CLOCK_TICKS] += step
            state[row + OVER_100_MS] += step > PCR_DISCONTINUITY
            state[row + LONGEST_INTERVAL] = max(state[row + LONGEST_INTERVAL], step)
        else:
            state[row + JUMPS] += 1
    is_continued = 0 < step <= LARGEST_STEP and not is_announced
    n = state[row + N_RING]
    unwrapped = pcr
    if not is_continued or state[row + SLOT_GENERATION] != state[GENERATION]:
        n = 0  # a new time base, or packets are missing: the place does not tell the time
        state[row + SLOT_GENERATION] = state[GENERATION]
    elif n:
        unwrapped = state[row + RING_PCRS + n - 1] + step
    if n == RING:
        for k in range(RING - 1):
            state[row + RING_POSITIONS + k] = state[row + RING_POSITIONS + k + 1]
            state[row + RING_PCRS + k] = state[row + RING_PCRS + k + 1]
        n -= 1
    state[row + RING_POSITIONS + n] = position
    state[row + RING_PCRS + n] = unwrapped
    state[row + N_RING] = n + 1
    if n + 1 == RING:
        _measure_accuracy(state, row, is_counted)
    state[row + SLOT_PID] = pid
    state[row + LAST_PCR] = pcr
    state[row + LAST_POSITION] = position
    state[row + N_PCRS] += 1
    # the clock of everything else
    if state[REFERENCE] == slot:
        if is_continued:
            _close_interval(state, int(step))
        else:
            _begin_time_base(state, slot)
    elif state[REFERENCE] < 0:
        _begin_time_base(state, slot)
    else:
        if state[row + REFERENCE_MARK] != state[REFERENCE_STEPS]:
            state[row + REFERENCE_MARK] = state[REFERENCE_STEPS]
            state[row + SINCE_REFERENCE] = 0
        elif is_continued:
            state[row + SINCE_REFERENCE] += step
        if state[row + SINCE_REFERENCE] > LARGEST_STEP:  # the reference has none any more
            _begin_time_base(state, slot)


@kernel
def _take_section(state: NDArray[np.int64], slot: int, section: NDArray[np.uint8]) -> bool:
    """Count one whole section; True when it is of a PAT, CAT or PMT and other than the last of its PID."""
    table_id = np.int64(section[0])
    pid = state[SECTION_PID + slot]
    is_long = section[1] & 0x80 != 0
    number = np.int64(-1)
    if is_long or table_id == 0x73:
        if section.size < (12 if is_long else 7) or _crc32_mpeg2(section):
            state[INDICATORS + CRC_ERROR] += 1
            return False
        if is_long:
            number = np.int64(section[6])
    at = section.size - 4
    crc = np.int64(0)
    if is_long:
        for k in range(4):
            crc = (crc << 8) | np.int64(section[at + k])
    is_new = crc != state[SECTION_CRC + slot]
    if pid == 0:
        if table_id != 0:
            state[INDICATORS + PAT_ERROR_2] += 1
            return False
        if is_long:
            _occurs(state, PAT_TIMER)
    elif pid == 1:
        if table_id != 1:
            state[INDICATORS + CAT_ERROR] += 1
            return False
        if is_long:
            _occurs(state, CAT_TIMER)
    elif state[SECTION_TIMER + slot] >= 0:
        if table_id != 2:
            return False
        if is_long:
            _occurs(state, state[SECTION_TIMER + slot])
    else:
        _take_si_section(state, pid, int(table_id), int(number))
        return False
    if is_long:
        state[SECTION_CRC + slot] = crc
    return is_new and is_long


@kernel
def _take_si_section(state: NDArray[np.int64], pid: int, table_id: int, number: int) -> None:
    if pid == 0x10:
        if table_id == 0x40:
            _occurs(state, NIT_TIMER)
        elif table_id == 0x41:
            _occurs(state, NIT_OTHER_TIMER)
        elif table_id != 0x72:
            state[INDICATORS + NIT_ACTUAL_ERROR] += 1
    elif pid == 0x11:
        if table_id == 0x42:
            _occurs(state, SDT_TIMER)
        elif table_id == 0x46:
            _occurs(state, SDT_OTHER_TIMER)
        elif table_id == 0x4A:
            _occurs(state, BAT_TIMER)
        elif table_id != 0x72:
            state[INDICATORS + SDT_ACTUAL_ERROR] += 1
    elif pid == 0x12:
        if table_id == 0x4E and number == 0:
            _occurs(state, EIT_PRESENT_TIMER)
        elif table_id == 0x4E and number == 1:
            _occurs(state, EIT_FOLLOWING_TIMER)
        elif table_id == 0x4F:
            _occurs(state, EIT_OTHER_TIMER)
        elif not (0x4E <= table_id <= 0x6F or table_id == 0x72):
            state[INDICATORS + EIT_ACTUAL_ERROR] += 1
    elif pid == 0x13:
        if table_id not in (0x71, 0x72):
            state[INDICATORS + RST_ERROR] += 1
    elif pid == 0x14:
        if table_id == 0x70:
            _occurs(state, TDT_TIMER)
        elif table_id == 0x73:
            _occurs(state, TOT_TIMER)
        elif table_id != 0x72:
            state[INDICATORS + TDT_ERROR] += 1


@kernel
def _cut_sections(state: NDArray[np.int64], slot: int, buffer: NDArray[np.uint8]) -> bool:
    """Take whole sections from a slot's octets; True when it stopped after one that the caller must read."""
    while state[SECTION_IS_OPEN + slot]:
        start, fill = state[SECTION_START + slot], state[SECTION_FILL + slot]
        if fill - start < 3 and not (fill > start and buffer[start] == 0xFF):
            return False
        if buffer[start] == 0xFF:  # stuffing, up to the next pointer_field
            state[SECTION_IS_OPEN + slot] = 0
            return False
        length = 3 + ((np.int64(buffer[start + 1] & 0x0F) << 8) | np.int64(buffer[start + 2]))
        if length > 4096:
            state[SECTION_IS_OPEN + slot] = 0
            return False
        if fill - start < length:
            return False
        state[SECTION_START + slot] = start + length
        if _take_section(state, slot, buffer[start : start + length]):
            state[CHANGED_LENGTH] = length
            return True
    return False


@kernel
def _append(state: NDArray[np.int64], slot: int, buffer: NDArray[np.uint8], octets: NDArray[np.uint8]) -> None:
    start, fill = state[SECTION_START + slot], state[SECTION_FILL + slot]
    for k in range(fill - start if start else 0):
        buffer[k] = buffer[start + k]
    fill -= start
    for k in range(octets.size):
        buffer[fill + k] = octets[k]
    state[SECTION_START + slot] = 0
    state[SECTION_FILL + slot] = fill + octets.size


@kernel
def _begin_sections(state: NDArray[np.int64], slot: int, buffer: NDArray[np.uint8], payload: NDArray[np.uint8]) -> bool:
    """Take the sections that begin in a packet; result as of `_cut_sections`."""
    begin = 1 + np.int64(payload[0])
    state[SECTION_START + slot] = 0
    state[SECTION_FILL + slot] = 0
    state[SECTION_IS_OPEN + slot] = begin <= payload.size
    if begin > payload.size:
        return False
    _append(state, slot, buffer, payload[begin:])
    return _cut_sections(state, slot, buffer)


@kernel
def _take_table_packet(
    state: NDArray[np.int64], slot: int, buffer: NDArray[np.uint8], payload: NDArray[np.uint8], is_start: bool
) -> bool:
    """Put sections together; result as of `_cut_sections`."""
    is_partial = state[SECTION_IS_OPEN + slot] and state[SECTION_FILL + slot] > state[SECTION_START + slot]
    if not is_start:
        if not is_partial:
            return False
        _append(state, slot, buffer, payload)
        return _cut_sections(state, slot, buffer)
    if not payload.size:
        return False
    if is_partial and 1 + np.int64(payload[0]) <= payload.size:
        _append(state, slot, buffer, payload[1 : 1 + np.int64(payload[0])])
        if _cut_sections(state, slot, buffer):
            state[PENDING_IS_TAIL] = 1
            return True
    return _begin_sections(state, slot, buffer, payload)


@kernel
def _has_pts(payload: NDArray[np.uint8]) -> bool:
    """Tell whether a PES packet that begins here has a PTS; what lies in the next packet is taken to be there."""
    if payload.size < 8:
        return True
    if payload[0] or payload[1] or payload[2] != 1 or payload[6] & 0xC0 != 0x80:
        return False
    return payload[7] & 0x80 != 0


@kernel
def _begin_pid(state: NDArray[np.int64], pid: int) -> None:
    """Take the first packet of a PID."""
    state[USED + state[N_USED]] = pid
    state[N_USED] += 1
    if 0x10 <= pid <= 0x14 and not state[HAS_SI]:
        state[HAS_SI] = 1
        for timer in SI_TIMERS:
            _starts(state, timer)


@kernel
def _take_scrambled(state: NDArray[np.int64], pid: int, role: int) -> None:
    state[SCRAMBLED_COUNTS + pid] += 1
    state[HAS_SCRAMBLED] = 1
    _starts(state, CAT_TIMER)
    if pid == 0:
        state[INDICATORS + PAT_ERROR_2] += 1
    elif role & TABLE:
        if state[SECTION_TIMER + state[SECTION_SLOTS + pid]] >= 0:
            state[INDICATORS + PMT_ERROR_2] += 1
    elif role & TIMED and state[TIMER_STATE + state[PTS_TIMERS + pid]] != STOPPED:
        _occurs(state, state[PTS_TIMERS + pid])  # whether there is a PTS cannot be known


@kernel
def measure(
    packets: NDArray[np.uint8],
    begin: int,
    pids: NDArray[np.int32],
    flags: NDArray[np.uint8],
    payload_offsets: NDArray[np.uint8],
    pcrs: NDArray[np.int64],
    state: NDArray[np.int64],
    sections: NDArray[np.uint8],
) -> int:
    """Measure the rows from ``begin`` on.

    Parameters
    ----------
    packets : ndarray of shape (N, 188), uint8
    pids, flags, payload_offsets, pcrs : outputs of `scan_packets`
    state, sections : of `new_state`, updated

    Returns
    -------
    row : int    DONE, or the row with a section of a PAT, CAT or PMT that is new: it lies in ``sections`` at
        [PENDING_SLOT], CHANGED_LENGTH octets before SECTION_START; measure goes on, once it is read, with this row as ``begin``
    """
    origin = state[POSITION] - begin
    for i in range(begin, packets.shape[0]):
        if state[PENDING_SLOT] >= 0:
            state[POSITION] = origin + i
            slot = state[PENDING_SLOT]
            is_new = _cut_sections(state, slot, sections[slot])
            if not is_new and state[PENDING_IS_TAIL]:
                state[PENDING_IS_TAIL] = 0
                is_new = _begin_sections(state, slot, sections[slot], packets[i, np.int64(payload_offsets[i]) :])
            if is_new:
                return i
            state[PENDING_SLOT] = -1
            continue
        flag = flags[i]
        pid = np.int64(pids[i])
        if pid < 0:
            state[INDICATORS + (TRANSPORT_ERROR if packets[i, 0] == 0x47 else SYNC_BYTE_ERROR)] += 1
            continue
        count = state[COUNTS + pid]
        state[COUNTS + pid] = count + 1
        if count == 0:
            state[POSITION] = origin + i
            _begin_pid(state, int(pid))
        if flag & UNUSABLE:
            continue
        role = state[ROLES + pid]
        if not (flag & (LOST | SCRAMBLED | DUPLICATE)) and pcrs[i] < 0 and not role & TABLE and not flag & PUSI:
            continue  # most of them
        state[POSITION] = origin + i
        if flag & LOST and not flag & DISCONTINUITY:
            state[INDICATORS + CONTINUITY_COUNT_ERROR] += 1
            state[GENERATION] += 1
        if flag & (LOST | SCRAMBLED) and role & TABLE:
            state[SECTION_IS_OPEN + state[SECTION_SLOTS + pid]] = 0
        if pcrs[i] >= 0:
            _take_pcr(state, int(pid), pcrs[i], flag & DISCONTINUITY != 0)
        if flag & SCRAMBLED:
            _take_scrambled(state, int(pid), role)
        elif role & (TABLE | TIMED) and not flag & DROPPED and payload_offsets[i] < NO_PAYLOAD:
            payload = packets[i, np.int64(payload_offsets[i]) :]
            if role & TABLE:
                slot = state[SECTION_SLOTS + pid]
                if _take_table_packet(state, slot, sections[slot], payload, flag & PUSI != 0):
                    state[PENDING_SLOT] = slot
                    return i
            elif flag & PUSI and _has_pts(payload):
                _occurs(state, state[PTS_TIMERS + pid])
    state[POSITION] = origin + packets.shape[0]
    return DONE
