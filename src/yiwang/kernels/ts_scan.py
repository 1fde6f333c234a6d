"""One pass over a block of transport packets: headers, continuity, PCR (ISO/IEC 13818-1 2.4.3.2 to 2.4.3.5)."""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.memory import sparse_zeros
from yiwang.kernels.compiled import kernel

PUSI = 1  # payload_unit_start_indicator
RANDOM_ACCESS = 2  # random_access_indicator
DISCONTINUITY = 4  # discontinuity_indicator
LOST = 8  # payload of this PID is missing just before this packet
DUPLICATE = 16
SCRAMBLED = 32  # transport_scrambling_control is not 0
UNUSABLE = 64  # sync_byte wrong, transport_error_indicator set, or a header that contradicts itself

DROPPED = DUPLICATE | SCRAMBLED | UNUSABLE
"""A packet with any of these bits gives no payload."""

NO_PAYLOAD = 188

# columns of the counters array
SYNC_BYTE_ERRORS, TRANSPORT_ERRORS, HEADER_ERRORS, SCRAMBLED_PACKETS, NULL_PACKETS = 0, 1, 2, 3, 4
N_COUNTERS = 5

CC_UNKNOWN = 255
NO_TABLE = -1
AHEAD = 2048
"""So many sync_bytes are looked at before the rest of their packets is: so they come from memory side by side, not one after
the other as between the branches of the reading."""


def new_state() -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Continuity state of 8192 PIDs: last counter, signature of its payload, packets seen, continuity_count errors, rows.

    ``rows`` is used within a block: where the packet of the last counter is.
    """
    return (
        np.full(8192, CC_UNKNOWN, np.uint8),
        sparse_zeros(8192),
        sparse_zeros(8192),
        sparse_zeros(8192),
        sparse_zeros(8192),
    )


@kernel
def _signature(packets: NDArray[np.uint8], i: int) -> int:
    """Fold 16 octets of the payload: tells a repeated packet from the one that follows 15 lost ones."""
    middle = last = np.int64(0)  # each is one load for the compiler
    for k in range(8):
        middle |= np.int64(packets[i, 92 + k]) << (8 * k)
        last |= np.int64(packets[i, 180 + k]) << (8 * k)
    return middle ^ last


@kernel
def _is_repeated(packets: NDArray[np.uint8], i: int, repeated: NDArray[np.uint8], table: int) -> bool:
    """Tell whether a packet is the same as the one kept of its PID, but for the continuity_counter.

    Tables come again and again, mostly in one packet. A row of ``repeated`` whose first octet is 0 is like no packet.
    """
    same = packets[i, 3] & 0xF0 == repeated[table, 3] & 0xF0
    for k in range(188):
        same = same and (k == 3 or packets[i, k] == repeated[table, k])
    return same


@kernel
def _wrong_sync_bytes(packets: NDArray[np.uint8], begin: int, end: int) -> int:
    n_wrong = 0
    for i in range(begin, end):
        n_wrong += packets[i, 0] != 0x47
    return n_wrong


@kernel
def scan_packets(
    packets: NDArray[np.uint8],
    last_cc: NDArray[np.uint8],
    last_signature: NDArray[np.int64],
    packet_counts: NDArray[np.int64],
    cc_errors: NDArray[np.int64],
    last_rows: NDArray[np.int64],
    counters: NDArray[np.int64],
    pid_out: NDArray[np.int32],
    flags_out: NDArray[np.uint8],
    payload_out: NDArray[np.uint8],
    pcr_out: NDArray[np.int64],
    table_of: NDArray[np.int16],
    repeated: NDArray[np.uint8],
    table_rows: NDArray[np.int64],
    stops_at_wrong_sync: bool,
) -> tuple[int, int, int, int]:
    """Read N packet headers.

    Parameters
    ----------
    packets : ndarray of shape (N, 188), uint8
    last_cc, last_signature, packet_counts, cc_errors, last_rows : state of `new_state`, updated
    counters : ndarray of shape (N_COUNTERS,), int64      added to
    pid_out : ndarray of shape (>=N,), int32              PID, -1 for an unusable packet
    flags_out : ndarray of shape (>=N,), uint8            bits PUSI .. UNUSABLE
    payload_out : ndarray of shape (>=N,), uint8          offset of the payload, NO_PAYLOAD when there is none
    pcr_out : ndarray of shape (>=N,), int64              PCR in 27 MHz ticks, -1 when there is none
    table_of : ndarray of shape (8192,), int16            NO_TABLE, or the PID's row in ``repeated``
    repeated : ndarray of shape (M, 188), uint8           by row of ``table_of`` a packet that brings nothing new, whatever
        its counter; voided where another one comes
    table_rows : ndarray of shape (>=N,), int64           which packets may bring something new in a table
    stops_at_wrong_sync : bool                            else such a packet is UNUSABLE, and counted

    Returns
    -------
    n, n_cc_errors, n_table_rows, n_dropped : int
        packets read: N, or those before the first with a wrong sync_byte; continuity_count errors among them; rows written;
        packets that are UNUSABLE or SCRAMBLED

    Notes
    -----
    A counter equal to the last one is a duplicate packet only when the payload's end is the same too and the last was not
    a duplicate already; else packets were lost. Null packets have no continuity.
    """
    n_cc_errors = 0
    n_table_rows = 0
    n_dropped = 0
    n = packets.shape[0]
    n_wrong = ahead = 0
    for i in range(n):
        if i == ahead:
            ahead = min(i + AHEAD, n)
            n_wrong = _wrong_sync_bytes(packets, i, ahead)
        flags_out[i] = 0
        payload_out[i] = NO_PAYLOAD
        pcr_out[i] = -1
        pid_out[i] = -1
        if n_wrong and packets[i, 0] != 0x47:
            if stops_at_wrong_sync:
                n = i
                break
            counters[SYNC_BYTE_ERRORS] += 1
            flags_out[i] = UNUSABLE
            n_dropped += 1
            continue
        if packets[i, 1] & 0x80:
            counters[TRANSPORT_ERRORS] += 1
            flags_out[i] = UNUSABLE
            n_dropped += 1
            continue
        pid = (np.int64(packets[i, 1] & 0x1F) << 8) | np.int64(packets[i, 2])
        pid_out[i] = pid
        packet_counts[pid] += 1
        if pid == 0x1FFF:
            counters[NULL_PACKETS] += 1
            continue
        control = packets[i, 3]
        adaptation_field_control = (control >> 4) & 3
        flags = 0
        if packets[i, 1] & 0x40:
            flags |= PUSI
        payload = 4
        if adaptation_field_control & 2:
            length = np.int64(packets[i, 4])
            payload = 5 + length
            if length > 183:  # 183 with "payload follows" is against the standard, but seen: no payload
                counters[HEADER_ERRORS] += 1
                flags_out[i] = UNUSABLE
                n_dropped += 1
                continue
            if length > 0:
                indicators = packets[i, 5]
                if indicators & 0x80:
                    flags |= DISCONTINUITY
                if indicators & 0x40:
                    flags |= RANDOM_ACCESS
                if indicators & 0x10 and length >= 7:
                    base = (
                        (np.int64(packets[i, 6]) << 25)
                        | (np.int64(packets[i, 7]) << 17)
                        | (np.int64(packets[i, 8]) << 9)
                        | (np.int64(packets[i, 9]) << 1)
                        | (np.int64(packets[i, 10]) >> 7)
                    )
                    extension = (np.int64(packets[i, 10] & 1) << 8) | np.int64(packets[i, 11])
                    pcr_out[i] = base * 300 + extension
        elif adaptation_field_control == 0:
            counters[HEADER_ERRORS] += 1
            flags_out[i] = UNUSABLE
            n_dropped += 1
            continue
        if adaptation_field_control & 1:
            cc = control & 0x0F
            last = last_cc[pid]
            if last != CC_UNKNOWN and cc != ((last & 0x0F) + 1) & 0x0F:
                before = last_rows[pid]  # row + 1; 0: in an earlier block
                signature = _signature(packets, before - 1) if before else last_signature[pid]
                if cc == last and signature == _signature(packets, i):  # `last` carries bit 4 after a duplicate
                    last_cc[pid] = cc | 0x10
                    flags_out[i] = flags | DUPLICATE
                    continue
                flags |= LOST
                if not flags & DISCONTINUITY:
                    cc_errors[pid] += 1
                    n_cc_errors += 1
            last_cc[pid] = cc
            last_rows[pid] = i + 1
            if control & 0xC0:
                flags |= SCRAMBLED
                counters[SCRAMBLED_PACKETS] += 1
                n_dropped += 1
            payload_out[i] = payload
        flags_out[i] = flags
        table = table_of[pid]
        if table == NO_TABLE or flags & SCRAMBLED:
            continue
        if flags & LOST or not flags & PUSI or not _is_repeated(packets, i, repeated, table):
            table_rows[n_table_rows] = i
            n_table_rows += 1
            repeated[table, 0] = 0  # whether the next one is new depends on what this one is
    for i in range(n):
        pid = np.int64(pid_out[i])
        if pid >= 0 and last_rows[pid] == i + 1:
            last_signature[pid] = _signature(packets, i)
            last_rows[pid] = 0
    return n, n_cc_errors, n_table_rows, n_dropped
