"""Segments come in lumps; what reads a source wants a stream. Which octets are due at a moment: it is told the moment.

The pace is that of the stream's own clock (PCR), over all segments one line of 90 kHz ticks that begins with 0. Counters
are made to go on over the joint of two segments, as many servers let each begin anew and players do not mind; where a
segment is missing one packet is seen as missing too, so that nobody glues two halves together.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.timebase import TICKS_90K
from yiwang.kernels.ts_restamp import PIDS, ts_counter_span, ts_packet_at, ts_restamp
from yiwang.mpegts.clock_line import rising
from yiwang.net.file_clock import HEAD_OCTETS, NULL_PID, FileClock, clock_marks, find_clock, stride_of
from yiwang.net.source import LARGEST_BLOCK_OCTETS, SourceError

LONGEST_GAP_90K = 60 * TICKS_90K
"""What is missing is waited for, so that the line keeps its distance from the server's, but not for longer."""
STEPS_WITHOUT_CLOCK = 100
"""A segment without a clock is given out in so many pieces."""


@dataclass(frozen=True, slots=True)
class PacedSegment:
    """A segment with its place on the line: the octets from each offset on are due with it."""

    octets: Octets
    offsets: NDArray[np.int64]
    due_90k: NDArray[np.int64]


class NotTransportStreamError(SourceError):
    """What is in a segment is something else."""


class HlsPacer:
    """The machine: `prepare` segments in order (in any thread), `append` each, `advance` to a moment."""

    def __init__(self) -> None:
        self.octets_waiting = 0
        self.end_90k = 0  # when the end of all that has been prepared is due
        self._segments: deque[PacedSegment] = deque()
        self._at = 0  # in the first one
        self._clock: FileClock | None = None
        self._value = -1  # of the clock at its last mark, 33 bits
        self._due_90k = 0  # of that mark
        self._last = np.full(PIDS, -1, np.int16)

    def prepare(self, data: bytes, duration_90k: int, missing_90k: int = 0, *, leap: bool = False) -> PacedSegment:
        """Find the place of the next segment; takes milliseconds.

        Parameters
        ----------
        data : bytes
        duration_90k : int    as listed: the pace where the stream has no clock, or one that is far from it
        missing_90k : int     so much is missing before it
        leap : bool           it does not follow the one before

        Raises
        ------
        NotTransportStreamError
        """
        octets = np.frombuffer(bytearray(data), np.uint8)  # its counters are written
        stride = stride_of(octets)
        if not stride:
            raise NotTransportStreamError("is not a transport stream: no sync_byte 188, 192 or 204 octets apart")
        broken = leap or missing_90k > 0
        self._continue_counters(octets, stride, broken=broken)
        begin = self.end_90k + min(missing_90k, LONGEST_GAP_90K)
        offsets, due = self._line(octets, begin, duration_90k, broken=broken)
        return PacedSegment(octets, offsets, due)

    def append(self, segment: PacedSegment) -> None:
        """Take what `prepare` has made."""
        self._segments.append(segment)
        self.octets_waiting += segment.octets.size

    @property
    def is_empty(self) -> bool:
        """Whether all has been given out."""
        return not self._segments

    @property
    def next_due_90k(self) -> int:
        """When the next octet is due."""
        segment = self._segments[0]
        k = int(np.searchsorted(segment.offsets, self._at, "right")) - 1
        return int(segment.due_90k[max(k, 0)])

    def advance(self, now_90k: int) -> memoryview:
        """Return octets that are due by ``now_90k``, none if none are, at most LARGEST_BLOCK_OCTETS of one segment."""
        if not self._segments:
            return memoryview(b"")
        segment = self._segments[0]
        k = int(np.searchsorted(segment.due_90k, now_90k, "right"))
        end = int(segment.offsets[k]) if k < len(segment.offsets) else segment.octets.size
        start, self._at = self._at, min(max(end, self._at), self._at + LARGEST_BLOCK_OCTETS)
        block = segment.octets[start : self._at]
        if self._at == segment.octets.size:
            self._segments.popleft()
            self._at = 0
        self.octets_waiting -= block.size
        return block.data

    # -- a segment's place on the line

    def _line(
        self, octets: Octets, begin: int, duration_90k: int, *, broken: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return offsets and when they are due, of a segment that begins at ``begin`` unless the clock says better."""
        clock = _clock_of(octets, self._clock)
        if clock is not None:
            offsets, values, _ = clock_marks(octets, clock)
            goes_on = not broken and self._clock == clock
            due = self._due_90k + rising(values, self._value) if goes_on else begin + rising(values, -1)
            usual = int(np.median(np.diff(due))) if len(due) > 1 else 0
            lasts = int(due[-1] - due[0]) + usual
            if not duration_90k or abs(lasts - duration_90k) <= max(TICKS_90K, duration_90k // 2):
                self._clock, self._value, self._due_90k = clock, int(values[-1]), int(due[-1])
                self.end_90k = self._due_90k + usual
                offsets[0] = 0  # what stands before the first mark is due with it
                return offsets, due
        self._clock = None
        self.end_90k = begin + duration_90k
        step = max(octets.size // STEPS_WITHOUT_CLOCK, 1)
        offsets = np.arange(0, octets.size, step, dtype=np.int64)
        return offsets, begin + offsets * duration_90k // octets.size

    def _continue_counters(self, octets: Octets, stride: int, *, broken: bool) -> None:
        first, last = np.full(PIDS, -1, np.int16), np.full(PIDS, -1, np.int16)
        ts_counter_span(octets, stride, first, last)
        known = (first >= 0) & (self._last >= 0)
        known[NULL_PID] = False
        shift = np.where(known, self._last - first + (1 if broken else 0), 0) & 0x0F
        if not broken:  # a cut within a unit, whose counter goes on: nothing is missing there
            goes_on = [pid for pid in np.flatnonzero(shift == 1).tolist() if not _begins_unit(octets, stride, pid)]
            shift[goes_on] = 0
        if shift.any():
            ts_restamp(octets, stride, 0, shift.astype(np.uint8))
        seen = last >= 0
        self._last[seen] = (last[seen] + shift[seen]) & 0x0F


def _begins_unit(octets: Octets, stride: int, pid: int) -> bool:
    """Tell whether a PID's first packet with payload begins a PES packet or a section."""
    at = ts_packet_at(octets, 0, stride)
    packets = octets[at : at + (octets.size - at) // stride * stride].reshape(-1, stride)
    of_pid = ((packets[:, 1].astype(np.int64) & 0x1F) << 8 | packets[:, 2]) == pid
    return bool(packets[np.argmax(of_pid & (packets[:, 3] & 0x10 > 0)), 1] & 0x40)


def _clock_of(octets: Octets, before: FileClock | None) -> FileClock | None:
    """Return the clock to go by: the one of the segment before, if it is in this one too; None: there is none."""
    if before is not None and len(clock_marks(octets, before)[0]):
        return before
    try:
        return find_clock(octets[:HEAD_OCTETS])
    except SourceError:
        return None
