"""The times in a transport stream: read them, and move them so that a file played in a loop never jumps.

A stream here is any run of octets; packets of 188 octets lie ``stride`` apart (188, 192 or 204) and are found by their
sync_byte wherever the run begins.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

PACKET = 188
SYNC = 0x47
PIDS = 8192

# columns of the rows that ts_times writes
OFFSET, PID, PCR, PTS, DTS, STREAM_ID = 0, 1, 2, 3, 4, 5
TIME_COLUMNS = 6


@kernel
def ts_packet_at(octets: NDArray[np.uint8], start: int, stride: int) -> int:
    """Find the first packet at or after ``start``: a sync_byte, and another one stride later where that can be seen.

    Returns
    -------
    offset : int     -1 when no whole packet is left
    """
    at = start
    while at + PACKET <= octets.size:
        if octets[at] == SYNC and (at + stride >= octets.size or octets[at + stride] == SYNC):
            return at
        at += 1
    return -1


@kernel
def _payload_at(octets: NDArray[np.uint8], at: int) -> int:
    """Offset of the payload of the packet at ``at``; the packet's end when it has none."""
    control = (np.int64(octets[at + 3]) >> 4) & 3
    if control & 1 == 0:
        return at + PACKET
    if control & 2 == 0:
        return at + 4
    return min(at + 5 + int(octets[at + 4]), at + PACKET)


@kernel
def _pes_at(octets: NDArray[np.uint8], at: int) -> int:
    """Offset of a clear PES packet header with PTS that begins in the packet at ``at``; -1 when there is none.

    A header that does not lie in this packet down to the end of its times is not seen.
    """
    if octets[at + 1] & 0x40 == 0 or octets[at + 3] & 0xC0 != 0:
        return -1
    p = _payload_at(octets, at)
    if p + 14 > at + PACKET or octets[p] != 0 or octets[p + 1] != 0 or octets[p + 2] != 1:
        return -1
    if octets[p + 6] & 0xC0 != 0x80 or octets[p + 7] & 0x80 == 0 or octets[p + 8] < 5:
        return -1
    if octets[p + 7] & 0x40 != 0 and (octets[p + 8] < 10 or p + 19 > at + PACKET):
        return -1
    return p


@kernel
def _read_pcr(octets: NDArray[np.uint8], at: int) -> int:
    return int(
        np.int64(octets[at]) << 25
        | np.int64(octets[at + 1]) << 17
        | np.int64(octets[at + 2]) << 9
        | np.int64(octets[at + 3]) << 1
        | np.int64(octets[at + 4]) >> 7
    )


@kernel
def _write_pcr(octets: NDArray[np.uint8], at: int, base: int) -> None:
    octets[at] = (base >> 25) & 0xFF
    octets[at + 1] = (base >> 17) & 0xFF
    octets[at + 2] = (base >> 9) & 0xFF
    octets[at + 3] = (base >> 1) & 0xFF
    octets[at + 4] = (np.int64(octets[at + 4]) & 0x7F) | ((base & 1) << 7)


@kernel
def _read_stamp(octets: NDArray[np.uint8], at: int) -> int:
    return int(
        (np.int64(octets[at]) >> 1 & 7) << 30
        | np.int64(octets[at + 1]) << 22
        | np.int64(octets[at + 2]) >> 1 << 15
        | np.int64(octets[at + 3]) << 7
        | np.int64(octets[at + 4]) >> 1
    )


@kernel
def _write_stamp(octets: NDArray[np.uint8], at: int, value: int) -> None:
    """Write a 33-bit time, keeping the prefix and the marker bits."""
    octets[at] = (np.int64(octets[at]) & 0xF1) | ((value >> 29) & 0x0E)
    octets[at + 1] = (value >> 22) & 0xFF
    octets[at + 2] = (np.int64(octets[at + 2]) & 1) | ((value >> 14) & 0xFE)
    octets[at + 3] = (value >> 7) & 0xFF
    octets[at + 4] = (np.int64(octets[at + 4]) & 1) | ((value << 1) & 0xFE)


@kernel
def _times_kernel(octets: NDArray[np.uint8], stride: int, rows: NDArray[np.int64]) -> tuple[int, int]:
    n = 0
    end = 0
    at = ts_packet_at(octets, 0, stride)
    while at >= 0 and n < rows.shape[0]:
        pcr = -1
        if octets[at + 3] & 0x20 != 0 and octets[at + 4] >= 7 and octets[at + 5] & 0x10 != 0:
            pcr = _read_pcr(octets, at + 6)
        p = _pes_at(octets, at)
        if pcr >= 0 or p >= 0:
            rows[n, OFFSET] = at
            rows[n, PID] = (np.int64(octets[at + 1]) & 0x1F) << 8 | np.int64(octets[at + 2])
            rows[n, PCR] = pcr
            rows[n, PTS] = -1
            rows[n, DTS] = -1
            rows[n, STREAM_ID] = -1
            if p >= 0:
                rows[n, PTS] = _read_stamp(octets, p + 9)
                rows[n, DTS] = _read_stamp(octets, p + 14) if octets[p + 7] & 0x40 != 0 else rows[n, PTS]
                rows[n, STREAM_ID] = octets[p + 3]
            n += 1
        end = at + PACKET
        at = ts_packet_at(octets, min(at + stride, octets.size), stride)
    return n, end


def ts_times(octets: NDArray[np.uint8], stride: int) -> tuple[NDArray[np.int64], int]:
    """Read every PCR, PTS and DTS of a run of packets.

    Parameters
    ----------
    octets : ndarray of shape (N,), uint8
    stride : int                              octets from one packet to the next: 188, 192 or 204

    Returns
    -------
    rows : ndarray of shape (M, 6), int64     columns OFFSET, PID, PCR (its 33-bit base), PTS, DTS, STREAM_ID of the
                                              packets that carry a time; -1 is absent, a DTS not coded is the PTS
    end : int                                 octets looked at: the end of the last whole packet

    Notes
    -----
    Source: ISO/IEC 13818-1 2.4.3.4, 2.4.3.6.  Units: 90 kHz.
    """
    rows = np.empty((octets.size // PACKET + 1, TIME_COLUMNS), np.int64)
    n, end = _times_kernel(octets, stride, rows)
    return rows[:n], end


@kernel
def ts_counter_span(octets: NDArray[np.uint8], stride: int, first: NDArray[np.int16], last: NDArray[np.int16]) -> None:
    """Note the continuity_counters that each PID ends with, and those that its beginning should follow.

    Parameters
    ----------
    octets : ndarray of shape (N,), uint8
    stride : int
    first : ndarray of shape (8192,), int16   -1 until seen; then one less than the counter of the first packet with
                                              payload, two less when that does not begin a PES packet or section: then
                                              one packet shall be seen as missing before it
    last : ndarray of shape (8192,), int16    -1 until seen; written in place

    Notes
    -----
    Source: ISO/IEC 13818-1 2.4.3.3: the counter rises with each packet that has payload, and only with it.
    """
    at = ts_packet_at(octets, 0, stride)
    while at >= 0:
        pid = (np.int64(octets[at + 1]) & 0x1F) << 8 | np.int64(octets[at + 2])
        if octets[at + 3] & 0x10 != 0:
            counter = np.int64(octets[at + 3]) & 0x0F
            if first[pid] < 0:
                before = 1 if octets[at + 1] & 0x40 != 0 else 2
                first[pid] = (counter - before) & 0x0F
            last[pid] = counter
        at = ts_packet_at(octets, min(at + stride, octets.size), stride)


@kernel
def ts_restamp(octets: NDArray[np.uint8], stride: int, shift_90k: int, counter_shift: NDArray[np.uint8]) -> None:
    """Add ``shift_90k`` to every PCR, OPCR, PTS and DTS, and ``counter_shift`` to every continuity_counter, in place.

    Parameters
    ----------
    octets : ndarray of shape (N,), uint8            whole packets; written in place
    stride : int                                     octets from one packet to the next: 188, 192 or 204
    shift_90k : int                                  any sign; times are kept modulo 2**33
    counter_shift : ndarray of shape (8192,), uint8  by PID, counted modulo 16

    Notes
    -----
    Source: ISO/IEC 13818-1 2.4.3.3, 2.4.3.4, 2.4.3.6.  Not moved: ESCR, DTS_next_AU, the times within sections.
    """
    wrap = 0x1_FFFF_FFFF
    at = ts_packet_at(octets, 0, stride)
    while at >= 0:
        pid = (np.int64(octets[at + 1]) & 0x1F) << 8 | np.int64(octets[at + 2])
        byte = np.int64(octets[at + 3])
        octets[at + 3] = (byte & 0xF0) | ((byte + np.int64(counter_shift[pid])) & 0x0F)
        if byte & 0x20 != 0 and octets[at + 4] >= 7:
            field = at + 6
            if octets[at + 5] & 0x10 != 0:
                _write_pcr(octets, field, (_read_pcr(octets, field) + shift_90k) & wrap)
                field += 6
            if octets[at + 5] & 0x08 != 0 and field + 6 <= at + 5 + np.int64(octets[at + 4]):
                _write_pcr(octets, field, (_read_pcr(octets, field) + shift_90k) & wrap)
        p = _pes_at(octets, at)
        if p >= 0:
            _write_stamp(octets, p + 9, (_read_stamp(octets, p + 9) + shift_90k) & wrap)
            if octets[p + 7] & 0x40 != 0:
                _write_stamp(octets, p + 14, (_read_stamp(octets, p + 14) + shift_90k) & wrap)
        at = ts_packet_at(octets, min(at + stride, octets.size), stride)
