"""The clock inside a transport stream file: which PID carries it, and when each octet is due. No clock is read here."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.said import said
from yiwang.base.timebase import TICKS_90K, WRAP_33
from yiwang.kernels.ts_restamp import (
    DTS,
    OFFSET,
    PCR,
    PID,
    PIDS,
    PTS,
    STREAM_ID,
    ts_counter_span,
    ts_packet_at,
    ts_times,
)
from yiwang.mpegts.clock_line import LARGEST_STEP_90K, rising, steps_33
from yiwang.net.source import SourceError

HEAD_OCTETS = 4 << 20  # the clock must show itself within these
CHUNK_OCTETS = 1 << 20
STRIDES = (188, 192, 204)  # bare, with the arrival time of BDAV before, with Reed-Solomon octets after
SYNC_RUN = 4

NULL_PID = 8191


@dataclass(frozen=True, slots=True)
class FileClock:
    """How a file is to be read: the distance of its packets, and the PID and column of ``ts_times`` that pace it."""

    stride: int
    pid: int
    column: int  # PCR, or DTS where no PID has a PCR


@dataclass(frozen=True, slots=True)
class Loop:
    """How a file is to be played for ever.

    ``length_90k`` is what a loop adds to every time: last DTS + the usual distance of DTS - first DTS of the video (of
    the first elementary stream where there is no video), so the cadence of its frames goes over the joint unbroken. All
    streams move by the same, so they stay in sync; what another stream has too little or too much at its own end is a
    gap or an overlap of less than one of its frames in a well cut file.

    ``period_90k`` is how long a loop takes to play: ``length_90k``, unless the file's own clock jumps.
    ``counter_step`` is what a loop adds to every continuity_counter, by PID. A PID that begins in the middle of a PES
    packet or section skips one count at the joint, so that no receiver glues two halves together.
    """

    length_90k: int
    period_90k: int
    counter_step: NDArray[np.uint8]
    offsets: NDArray[np.int64]  # of the clock's marks, octets from the file's start
    due_90k: NDArray[np.int64]  # of those marks, from 0 at the file's start
    first_pts_90k: int
    reorder_90k: int  # how much further than the first picture any other is sent before its turn


def stride_of(head: Octets) -> int:
    """Return the distance of packets, 0 where there are none."""
    return next((s for s in STRIDES if _has_sync_run(head, s)), 0)


def find_clock(head: Octets) -> FileClock:
    """Find packets and a clock in the first octets of a file. Raises :class:`SourceError` where there are none."""
    stride = stride_of(head)
    if not stride:
        raise SourceError("is not a transport stream: no sync_byte 188, 192 or 204 octets apart")
    rows, _ = ts_times(head, stride)
    for column in (PCR, DTS):
        found = rows[rows[:, column] >= 0]
        if len(found):
            return FileClock(stride, int(found[0, PID]), column)
    raise SourceError(said("no-pace", octets=len(head)))


def clock_marks(octets: Octets, clock: FileClock) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Find the clock's marks in a run of packets.

    Returns
    -------
    offsets : ndarray of shape (M,), int64
    values : ndarray of shape (M,), int64     33-bit, 90 kHz
    end : int                                 end of the last whole packet
    """
    rows, end = ts_times(octets, clock.stride)
    rows = rows[(rows[:, PID] == clock.pid) & (rows[:, clock.column] >= 0)]
    return rows[:, OFFSET].copy(), rows[:, clock.column].copy(), end


def measure_loop(file: BufferedReader, clock: FileClock) -> Loop:
    """Read a whole file once and tell how it is played in a loop.

    Raises
    ------
    SourceError      too short: no elementary stream has two access units with time
    """
    first, last = np.full(PIDS, -1, np.int16), np.full(PIDS, -1, np.int16)
    parts = []
    at = 0
    for octets in _chunks(file, clock.stride):
        rows, _ = ts_times(octets, clock.stride)
        rows[:, OFFSET] += at
        parts.append(rows)
        ts_counter_span(octets, clock.stride, first, last)
        at += len(octets)
    rows = np.concatenate(parts) if parts else np.empty((0, 6), np.int64)
    marks = rows[(rows[:, PID] == clock.pid) & (rows[:, clock.column] >= 0)]
    if len(marks) < 2:
        raise SourceError("is too short to loop")
    due = rising(marks[:, clock.column], -1)
    units = _reference_units(rows)
    step = _usual_step(units[:, DTS])
    length = int(units[-1, DTS] - units[0, DTS] + step) % WRAP_33
    played = int(due[-1]) + _usual_step(marks[:, clock.column])
    counter_step = ((last - first) & 0x0F).astype(np.uint8)
    counter_step[NULL_PID] = 0
    return Loop(
        length_90k=length,
        period_90k=length if abs(length - played) < TICKS_90K else played,
        counter_step=counter_step,
        offsets=marks[:, OFFSET].copy(),
        due_90k=due,
        first_pts_90k=int(units[0, PTS]),
        reorder_90k=_reordering(units[:, PTS] - units[:, DTS]),
    )


def _has_sync_run(head: Octets, stride: int) -> bool:
    at = ts_packet_at(head, 0, stride)
    while at >= 0:
        run = head[at : at + SYNC_RUN * stride : stride]
        if (run == 0x47).all() and (len(run) == SYNC_RUN or at < stride):
            return True
        at = ts_packet_at(head, at + 1, stride)
    return False


def _chunks(file: BufferedReader, stride: int) -> Iterator[Octets]:
    """Give a whole file in runs that end with a packet."""
    file.seek(0)
    rest = b""
    while data := file.read(CHUNK_OCTETS):
        octets = np.frombuffer(rest + data, np.uint8)
        end = ts_times(octets, stride)[1] or len(octets)
        yield octets[:end]
        rest = octets[end:].tobytes()


def _reference_units(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose the rows of the elementary stream that rules the loop: the first video, else the first of all."""
    units = rows[rows[:, DTS] >= 0]
    video = units[(units[:, STREAM_ID] & 0xF0) == 0xE0]
    candidates = video if len(video) else units
    pids, counts = np.unique(candidates[:, PID], return_counts=True)
    if not len(pids) or counts.max() < 2:
        raise SourceError("is too short to loop")
    chosen = next(int(row[PID]) for row in candidates if counts[np.searchsorted(pids, row[PID])] >= 2)
    of_chosen: NDArray[np.int64] = candidates[candidates[:, PID] == chosen]
    return of_chosen


def _reordering(ahead: NDArray[np.int64]) -> int:
    ahead = ahead % WRAP_33
    sane = ahead[ahead <= LARGEST_STEP_90K]
    return int(sane.max() - sane[0]) if len(sane) and ahead[0] <= LARGEST_STEP_90K else 0


def _usual_step(values: NDArray[np.int64]) -> int:
    steps = steps_33(np.diff(values))
    steps = steps[(steps > 0) & (steps <= LARGEST_STEP_90K)]
    if not len(steps):
        raise SourceError("is too short to loop")
    return int(np.median(steps))
