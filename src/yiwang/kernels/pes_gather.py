"""Take the PES packets of each PID out of a scanned block (ISO/IEC 13818-1 2.4.3.6, 2.4.3.7)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import (
    MARK_ALIGNED,
    MARK_BETWEEN,
    MARK_DAMAGED,
    MARK_PES_START,
    MARK_RANDOM_ACCESS,
)
from yiwang.kernels.compiled import kernel
from yiwang.kernels.ts_scan import DROPPED, LOST, NO_PAYLOAD, PUSI, RANDOM_ACCESS, SCRAMBLED

# state of one PID
MODE, HEADER_FILL, REMAINING, PENDING_FLAGS, IS_FULL = 0, 1, 2, 3, 4
SAID = 5  # octets of an unbounded PES packet that its PES_packet_length leaves, modulo 2^16; -1: it says none
OVER = 6  # of an unbounded PES packet: since its last octets another stream has come to its time
LAST_ROW, START_ROW = 7, 8  # of what is gathered: the last with payload, the last in which a PES header ended; -1: none
N_STATE = 9
WAITING, IN_HEADER, IN_PAYLOAD = 0, 1, 2  # WAITING: nothing until the next payload_unit_start
UNBOUNDED = -1
HEADER_MAX = 9 + 255


def new_state() -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """State and header scratch of one PID."""
    return np.zeros(N_STATE, np.int64), np.zeros(HEADER_MAX, np.uint8)


class Streams:
    """The PIDs that are gathered, each with its state."""

    def __init__(self, pids: Sequence[int]) -> None:
        n = len(pids)
        self.pids: tuple[int, ...] = tuple(pids)
        self.numbers = np.array(pids, np.int64)
        self.states = np.zeros((n, N_STATE), np.int64)
        self.headers = np.zeros((n, HEADER_MAX), np.uint8)
        self.counts = np.zeros((n, 3), np.int64)

    def reselect(self, pids: Sequence[int]) -> "Streams":
        """Make one of other PIDs, of which those that are here go on as they are."""
        streams = Streams(pids)
        for k, pid in enumerate(streams.pids):
            if pid in self.pids:
                before = self.pids.index(pid)
                streams.states[k] = self.states[before]
                streams.headers[k] = self.headers[before]
        return streams


@kernel
def is_cut(state: NDArray[np.int64]) -> bool:
    """Tell whether an unbounded PES packet, so of video, is not whole, should nothing more of it come.

    Notes
    -----
    It is told by stuffing, as only 1 in 184 PES packets ends with its transport packet, or by its PES_packet_length.
    """
    return bool(state[MODE] == IN_PAYLOAD and state[REMAINING] == UNBOUNDED and state[IS_FULL] and state[SAID] != 0)


@kernel
def has_stuffing(packet: NDArray[np.uint8]) -> bool:
    """Tell whether the adaptation field of a transport packet is longer than what it says (2.4.3.4)."""
    length = np.int64(packet[4])
    if not packet[3] & 0x20:
        return False
    if length == 0:
        return True
    indicators = packet[5]
    used = 1 + (6 if indicators & 0x10 else 0) + (6 if indicators & 0x08 else 0) + (1 if indicators & 0x04 else 0)
    for bit in (0x02, 0x01):  # private data, extension: each begins with its length
        if indicators & bit and used < length:
            used += 1 + np.int64(packet[5 + used])
    return bool(used < length)


@kernel
def timestamp(header: NDArray[np.uint8], at: int) -> int:
    """33-bit PTS or DTS at ``at``, -1 when a marker bit is 0."""
    if not (header[at] & 1 and header[at + 2] & 1 and header[at + 4] & 1):
        return -1
    return (
        (np.int64(header[at] & 0x0E) << 29)
        | (np.int64(header[at + 1]) << 22)
        | (np.int64(header[at + 2] & 0xFE) << 14)
        | (np.int64(header[at + 3]) << 7)
        | (np.int64(header[at + 4]) >> 1)
    )


@kernel(inline="always")
def _copy(source: NDArray[np.uint8], at: np.int64, target: NDArray[np.uint8], to: int, n: np.int64) -> None:
    """Copy ``n`` octets. Unsigned indices: numba need not ask whether they count from the end, so the loop is vector code."""
    first, out = np.uint64(at), np.uint64(to)
    for k in range(np.uint64(n)):
        target[out + k] = source[first + k]


@kernel
def gather_pes(
    packets: NDArray[np.uint8],
    begin: int,
    end: int,
    pids: NDArray[np.int32],
    flags: NDArray[np.uint8],
    payload_offsets: NDArray[np.uint8],
    pid: int,
    state: NDArray[np.int64],
    header: NDArray[np.uint8],
    es: NDArray[np.uint8],
    marks: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Append the payload octets of the PES packets of ``pid`` in rows ``begin..end`` to ``es``.

    Parameters
    ----------
    packets : ndarray of shape (N, 188), uint8
    pids, flags, payload_offsets : outputs of `scan_packets`
    state, header : of `new_state`, updated: a PES packet may span blocks
    es : ndarray of shape (>= (end - begin) * 184,), uint8       written from 0
    marks : ndarray of shape (>= 2 * (end - begin), 4), int64    written from 0

    Returns
    -------
    n_es, n_marks, n_bad : int    octets, rows, PES packets whose header is damaged
    """
    n_es = 0
    n_marks = 0
    n_bad = 0
    for i in range(begin, end):
        if pids[i] != pid:
            continue
        flag = flags[i]
        if flag & (LOST | SCRAMBLED) and state[MODE] != WAITING:
            marks[n_marks, 0] = n_es
            marks[n_marks, 1] = -1
            marks[n_marks, 2] = -1
            marks[n_marks, 3] = MARK_DAMAGED
            is_whole = state[MODE] == IN_PAYLOAD and state[REMAINING] == UNBOUNDED and not is_cut(state)
            if is_whole and flag & PUSI and not flag & SCRAMBLED:
                marks[n_marks, 3] |= MARK_BETWEEN
            n_marks += 1
            if flag & SCRAMBLED or state[MODE] == IN_HEADER:
                state[MODE] = WAITING
        if flag & DROPPED or payload_offsets[i] >= NO_PAYLOAD:
            continue
        at = np.int64(payload_offsets[i])
        if flag & PUSI:
            state[MODE] = IN_HEADER
            state[HEADER_FILL] = 0
            state[PENDING_FLAGS] = MARK_PES_START
            if flag & RANDOM_ACCESS:
                state[PENDING_FLAGS] |= MARK_RANDOM_ACCESS
        if state[MODE] == IN_HEADER:
            fill = state[HEADER_FILL]
            need = 9
            while at < 188:
                if fill >= 9:
                    need = 9 + np.int64(header[8])
                    if fill == need:
                        break
                header[fill] = packets[i, at]
                fill += 1
                at += 1
                if fill == 6 and not (
                    header[0] == 0 and header[1] == 0 and header[2] == 1 and header[3] >= 0xBD and header[3] != 0xBE
                    and header[3] != 0xBF and header[3] != 0xF0 and header[3] != 0xF1 and header[3] != 0xFF
                ):  # fmt: skip
                    # not a start code prefix, or a stream_id whose packets carry no PES header (2.4.3.7)
                    if not (header[0] == 0 and header[1] == 0 and header[2] == 1):
                        n_bad += 1
                    state[MODE] = WAITING
                    break
                if fill == 7 and header[6] & 0xC0 != 0x80:
                    n_bad += 1
                    state[MODE] = WAITING
                    break
            state[HEADER_FILL] = fill
            if state[MODE] == WAITING:
                marks[n_marks, 0] = n_es
                marks[n_marks, 1] = -1
                marks[n_marks, 2] = -1
                marks[n_marks, 3] = MARK_DAMAGED
                n_marks += 1
                continue
            if fill < 9 or fill < 9 + np.int64(header[8]):
                continue  # the header goes on in the next packet
            header_length = np.int64(header[8])
            pts = np.int64(-1)
            dts = np.int64(-1)
            if header[7] & 0x80 and header_length >= 5:
                pts = timestamp(header, 9)
            if header[7] & 0xC0 == 0xC0 and header_length >= 10:
                dts = timestamp(header, 14)
            packet_length = (np.int64(header[4]) << 8) | np.int64(header[5])
            remaining = np.int64(UNBOUNDED)
            if packet_length and header[3] & 0xF0 != 0xE0:  # of video it is not needed, and wraps in some multiplexes
                remaining = packet_length - 3 - header_length
                if remaining < 0:
                    n_bad += 1
                    state[MODE] = WAITING
                    continue
            state[MODE] = IN_PAYLOAD
            state[REMAINING] = remaining
            state[SAID] = (packet_length - 3 - header_length) % 0x10000 if packet_length else -1
            if header[6] & 0x04:
                state[PENDING_FLAGS] |= MARK_ALIGNED
            marks[n_marks, 0] = n_es
            marks[n_marks, 1] = pts
            marks[n_marks, 2] = dts
            marks[n_marks, 3] = state[PENDING_FLAGS]
            n_marks += 1
            state[START_ROW] = i
        if state[MODE] == IN_PAYLOAD:
            state[LAST_ROW] = i
            state[OVER] = 0
            state[IS_FULL] = not has_stuffing(packets[i])
            n = 188 - at
            if state[REMAINING] != UNBOUNDED:
                n = min(n, state[REMAINING])
                state[REMAINING] -= n
            elif state[SAID] >= 0:
                state[SAID] = (state[SAID] - n) % 0x10000
            _copy(packets[i], at, es, n_es, n)
            n_es += n
    return n_es, n_marks, n_bad


@kernel
def gather_streams(
    packets: NDArray[np.uint8],
    begin: int,
    end: int,
    pids: NDArray[np.int32],
    flags: NDArray[np.uint8],
    payload_offsets: NDArray[np.uint8],
    numbers: NDArray[np.int64],
    states: NDArray[np.int64],
    headers: NDArray[np.uint8],
    counts: NDArray[np.int64],
    es: NDArray[np.uint8],
    marks: NDArray[np.int64],
) -> None:
    """Do `gather_pes` for every stream of a `Streams`, one after the other; ``counts`` are its results."""
    n_es = 0
    n_marks = 0
    states[:, LAST_ROW] = states[:, START_ROW] = -1
    for k in range(numbers.shape[0]):
        of_stream = gather_pes(
            packets, begin, end, pids, flags, payload_offsets, numbers[k], states[k], headers[k],
            es[n_es:], marks[n_marks:],
        )  # fmt: skip
        counts[k, 0], counts[k, 1], counts[k, 2] = of_stream
        n_es += of_stream[0]
        n_marks += of_stream[1]
    _note_over(states, headers)


@kernel
def _note_over(states: NDArray[np.int64], headers: NDArray[np.uint8]) -> None:
    """Tell of unbounded PES packets which of them another stream's time says to be over: it is decoded no earlier."""
    for k in range(states.shape[0]):
        if states[k, MODE] != IN_PAYLOAD or states[k, REMAINING] != UNBOUNDED or states[k, OVER]:
            continue
        time = _decoded_at(headers[k])
        for other in range(states.shape[0]):
            if states[other, START_ROW] > states[k, LAST_ROW] and states[other, MODE] == IN_PAYLOAD:
                step = (_decoded_at(headers[other]) - time) % (1 << 33)
                if time >= 0 and _decoded_at(headers[other]) >= 0 and step < 1 << 32:
                    states[k, OVER] = 1


@kernel
def _decoded_at(header: NDArray[np.uint8]) -> int:
    """DTS, or PTS, of a whole PES header; -1 where it says none."""
    if header[7] & 0xC0 == 0xC0 and header[8] >= 10:
        return timestamp(header, 14)
    return timestamp(header, 9) if header[7] & 0x80 and header[8] >= 5 else -1
