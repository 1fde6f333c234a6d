"""A transport stream file as a sender would send it: which octets are due at a moment. It is told the moment."""

from io import BufferedReader

import numpy as np

from yiwang.kernels.ts_restamp import ts_restamp
from yiwang.mpegts.clock_line import rising
from yiwang.net.file_clock import (
    CHUNK_OCTETS,
    HEAD_OCTETS,
    FileClock,
    Loop,
    clock_marks,
    find_clock,
    measure_loop,
)

_NO_MARKS = np.empty(0, np.int64)


class FilePlayer:
    """Plays a file on a timeline of 90 kHz ticks that begins with 0 at the file's start.

    In a loop the timeline goes on, and each time and continuity_counter of the n-th round is moved by n times what a
    round is long: a function of the file and n alone, so two players of one file send the same octets.

    Parameters
    ----------
    file : BufferedReader opened for reading, seekable
    loop : bool
    pts_from_zero : bool  of a loop: move the times so that the first picture's PTS is the timeline's 0, modulo 2**33

    Raises
    ------
    SourceError           not a transport stream, or one without a clock
    """

    def __init__(self, file: BufferedReader, loop: bool = False, pts_from_zero: bool = False) -> None:
        self._file = file
        self._chunk = memoryview(bytearray(CHUNK_OCTETS))
        file.seek(0)
        self._clock: FileClock = find_clock(np.frombuffer(file.read(HEAD_OCTETS), np.uint8))
        self.loop: Loop | None = measure_loop(file, self._clock) if loop else None
        self._shift_0 = -self.loop.first_pts_90k if self.loop and pts_from_zero else 0
        self._round = 0
        self._place = 0  # in the file, of the next chunk
        self._size = 0  # of the chunk's part that is played
        self._at = 0  # in the chunk, of the next octet
        self._marks, self._due = _NO_MARKS, _NO_MARKS  # of the chunk
        self._last_value = -1
        self._last_due = 0
        self._head_due = 0  # of what stands before the chunk's first mark
        self.ended = False

    def seek(self, now_90k: int) -> None:
        """Go to where the timeline is at ``now_90k``; only in a loop."""
        assert self.loop is not None
        self._round, within = divmod(now_90k, self.loop.period_90k)
        due = self.loop.due_90k
        last_due = due[np.searchsorted(due, within, "right") - 1]
        mark = int(np.searchsorted(due, last_due))  # the first of those due together
        self._place = int(self.loop.offsets[mark]) if mark else 0
        self._last_value = -1
        self._last_due = self._round * self.loop.period_90k + int(last_due)
        self._size = self._at = 0

    @property
    def needs_load(self) -> bool:
        """Whether :meth:`load` must be called before anything else."""
        return self._at == self._size and not self.ended

    def load(self) -> None:
        """Read the next chunk of the file; may block on the disk. Makes views given before invalid."""
        n = self._read_chunk()
        if not n and self.loop is not None and self._place:
            self._round += 1
            self._place = 0
            self._last_value = -1
            self._last_due = self._round * self.loop.period_90k
            n = self._read_chunk()
        if not n:
            self.ended = True
            return
        octets = np.frombuffer(self._chunk[:n], np.uint8)
        self._head_due = self._last_due
        marks, values, end = clock_marks(octets, self._clock)
        if n < CHUNK_OCTETS or not end:  # at its end a file may have half a packet: it is passed on
            end = n
        self._marks, self._due = marks, self._last_due + rising(values, self._last_value)
        if len(values):
            self._last_value, self._last_due = int(values[-1]), int(self._due[-1])
        self._place, self._size, self._at = self._place + end, end, 0
        if self.loop is not None:
            steps = (self.loop.counter_step.astype(np.int64) * self._round & 0x0F).astype(np.uint8)
            shift = (self._round * self.loop.length_90k + self._shift_0) % (1 << 33)
            ts_restamp(octets[:end], self._clock.stride, shift, steps)

    @property
    def next_due_90k(self) -> int:
        """When the next octet is due: with the clock's last mark at or before it."""
        k = int(np.searchsorted(self._marks, self._at, "right")) - 1
        return int(self._due[k]) if k >= 0 else self._head_due

    def advance(self, now_90k: int) -> memoryview:
        """Return the octets of this chunk that are due by ``now_90k``; valid until the next :meth:`load`."""
        k = int(np.searchsorted(self._due, now_90k, "right"))
        end = int(self._marks[k]) if k < len(self._marks) else self._size
        start, self._at = self._at, max(end, self._at)
        return self._chunk[start : self._at]

    def _read_chunk(self) -> int:
        self._file.seek(self._place)
        n = 0
        while n < CHUNK_OCTETS and (got := self._file.readinto(self._chunk[n:])):
            n += got
        return n
