"""Sections of many PIDs cut out of packets; those that have been seen are passed over before anything else sees them.

Service information is repeated: of a thousand sections hardly one is new. A cache knows the CRC_32 of the last section of
each place (PID, table, sub-table, number). It forgets, never errs: what it has forgotten comes out once more.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel
from yiwang.kernels.crc32_mpeg2 import _crc32_mpeg2
from yiwang.kernels.ts_scan import DROPPED, LOST, NO_PAYLOAD, PUSI

MAX_SECTION = 4096
BUFFER_OCTETS = MAX_SECTION + 184
WAYS = 4
SETS = 2048
"""For a week's schedule of twenty services; a power of two, as every number of sets."""

# columns of a cache row: two keys, the CRC_32 (NOTHING: empty)
KEY, KEY_2, CRC = 0, 1, 2
NOTHING = -1

# columns of the counters of a slot
CRC_ERRORS, LENGTH_ERRORS, TRUNCATED, POINTER_ERRORS, SEEN, REPEATED = 0, 1, 2, 3, 4, 5
N_COUNTERS = 6

OUT_OCTETS = 1 << 16
OUT_SECTIONS = 512
MOST_PER_PACKET = 64


@kernel(inline="always")
def _mix(key: int, key_2: int, sets: int) -> int:
    """Spread two keys over the cache's sets."""
    value = (key ^ (key_2 * 0x9E3779B1)) & 0xFFFFFFFF
    value = ((value ^ (value >> 15)) * 0x85EBCA6B) & 0xFFFFFFFF
    return (value ^ (value >> 13)) & (sets - 1)


@kernel
def _take_section(
    buffer: NDArray[np.uint8],
    start: int,
    end: int,
    pid: int,
    cache: NDArray[np.int64],
    counters: NDArray[np.int64],
    is_wanted: NDArray[np.bool_],
) -> bool:
    """Tell whether a whole section is one to give out."""
    table_id = np.int64(buffer[start])
    if not is_wanted[table_id]:
        return False
    counters[SEEN] += 1
    is_long = (buffer[start + 1] & 0x80) > 0
    if not is_long and table_id != 0x73:  # no CRC_32 (a TOT has one): it cannot be told whether it is new
        return True
    if end - start < (12 if is_long else 7):
        counters[LENGTH_ERRORS] += 1
        return False
    crc = np.int64(0)
    for i in range(end - 4, end):
        crc = (crc << 8) | np.int64(buffer[i])
    key, key_2 = (np.int64(pid) << 8) | table_id, np.int64(0)
    if is_long:
        extension = (np.int64(buffer[start + 3]) << 8) | np.int64(buffer[start + 4])
        key = (((key << 16) | extension) << 8) | np.int64(buffer[start + 6])
        if end - start >= 16 and (0x4E <= table_id < 0x70 or table_id == 0x42 or table_id == 0x46):
            for i in range(start + 8, start + 12):  # what else tells their sub-tables apart: EN 300 468 5.1.1
                key_2 = (key_2 << 8) | np.int64(buffer[i])
            if table_id == 0x42 or table_id == 0x46:
                key_2 >>= 16
    first = _mix(int(key), int(key_2), cache.shape[0] // WAYS) * WAYS
    at = -1
    for i in range(first, first + WAYS):
        if cache[i, KEY] == key and cache[i, KEY_2] == key_2 and cache[i, CRC] != NOTHING:
            at = i
            break
    if at >= 0 and cache[at, CRC] == crc:
        counters[REPEATED] += 1
        return False
    if _crc32_mpeg2(buffer[start:end]) != 0:
        counters[CRC_ERRORS] += 1
        return False
    if at < 0:  # the oldest place of the set goes
        at = first + WAYS - 1
        for i in range(first, first + WAYS):
            if cache[i, CRC] == NOTHING:
                at = i
                break
    for i in range(at, first, -1):
        cache[i, :] = cache[i - 1, :]
    cache[first, KEY], cache[first, KEY_2], cache[first, CRC] = key, key_2, crc
    return True


@kernel(inline="always")
def _errors(counters: NDArray[np.int64]) -> int:
    total = np.int64(0)
    for slot in range(counters.shape[0]):
        for column in range(SEEN):
            total += counters[slot, column]
    return int(total)


@kernel
def read_sections(
    packets: NDArray[np.uint8],
    row: int,
    pids: NDArray[np.int32],
    flags: NDArray[np.uint8],
    payloads: NDArray[np.uint8],
    slots: NDArray[np.int16],
    buffers: NDArray[np.uint8],
    fills: NDArray[np.int64],
    cache: NDArray[np.int64],
    counters: NDArray[np.int64],
    is_wanted: NDArray[np.bool_],
    out: NDArray[np.uint8],
    index: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Cut the new sections of the selected PIDs out of N scanned packets, from ``row`` on.

    Parameters
    ----------
    packets : ndarray of shape (N, 188), uint8
    pids, flags, payloads : what `scan_packets` wrote of them
    slots : ndarray of shape (8192,), int16               slot of a PID, -1: not read
    buffers : ndarray of shape (S, BUFFER_OCTETS), uint8  a section in progress for each slot
    fills : ndarray of shape (S,), int64                  octets of it; 0 while none has begun
    cache : ndarray of shape (sets * WAYS, 3), int64
    counters : ndarray of shape (S, N_COUNTERS), int64    added to
    is_wanted : ndarray of shape (256,), bool             table_ids to give out
    out : ndarray of shape (OUT_OCTETS,), uint8           the sections, one after the other
    index : ndarray of shape (OUT_SECTIONS, 3), int64     PID, begin and end in ``out`` of each

    Returns
    -------
    n_sections, row, n_errors    ``row`` N when all packets are read; less when ``out`` is full: call again from there;
        ``n_errors`` all that are counted so far

    Notes
    -----
    Source: ISO/IEC 13818-1 2.4.4.1 to 2.4.4.3. A section whose CRC_32 field is the one known of its place is passed over
    without computing it.
    """
    n_out, used = 0, 0
    for i in range(row, packets.shape[0]):
        if pids[i] < 0:
            continue
        slot = slots[pids[i]]
        if slot < 0 or flags[i] & DROPPED or payloads[i] == NO_PAYLOAD:
            continue
        if used + 2 * BUFFER_OCTETS > OUT_OCTETS or n_out + 2 * MOST_PER_PACKET > OUT_SECTIONS:
            return n_out, i, _errors(counters)
        buffer, fill, at = buffers[slot], fills[slot], np.int64(payloads[i])
        if flags[i] & LOST and fill:
            counters[slot, TRUNCATED] += 1
            fill = 0
        is_start = (flags[i] & PUSI) > 0
        begin = at
        if is_start:
            if at >= 188:
                fills[slot] = fill
                continue
            begin = at + 1 + np.int64(packets[i, at])
            if begin > 188:
                counters[slot, POINTER_ERRORS] += 1
                if fill:
                    counters[slot, TRUNCATED] += 1
                fills[slot] = 0
                continue
        # the end of what has begun before, then what begins here
        for turn in range(2):
            if turn == 0:
                if fill == 0:
                    continue
                first, last = (at + 1, begin) if is_start else (at, 188)
            else:
                if not is_start:
                    break
                if fill:
                    counters[slot, TRUNCATED] += 1
                    fill = 0
                first, last = begin, 188
            for k in range(first, last):
                buffer[fill] = packets[i, k]
                fill += 1
            start = 0
            while start < fill:
                if buffer[start] == 0xFF:  # only stuffing follows
                    start = fill
                    break
                if fill - start < 3:
                    break
                end = start + 3 + ((np.int64(buffer[start + 1] & 0x0F) << 8) | np.int64(buffer[start + 2]))
                if end - start > MAX_SECTION:
                    counters[slot, LENGTH_ERRORS] += 1
                    start = fill
                    break
                if fill < end:
                    break
                if _take_section(buffer, start, int(end), pids[i], cache, counters[slot], is_wanted):
                    index[n_out, 0], index[n_out, 1], index[n_out, 2] = pids[i], used, used + end - start
                    for k in range(start, end):
                        out[used] = buffer[k]
                        used += 1
                    n_out += 1
                start = end
            if start:
                for k in range(start, fill):
                    buffer[k - start] = buffer[k]
                fill -= start
        fills[slot] = fill
    return n_out, packets.shape[0], _errors(counters)


@kernel
def forget(cache: NDArray[np.int64], key: int, shift: int) -> None:
    """Forget the sections whose first key, less its last ``shift`` bits, is ``key``."""
    for i in range(cache.shape[0]):
        if cache[i, CRC] != NOTHING and cache[i, KEY] >> shift == key:
            cache[i, CRC] = NOTHING
