"""Writes the frames of one sound track in their order: at once, or, where some are still to be made, when the work is done."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.packaging.events import Outcome, PackagerEvent, TrackHeader, Work
from yiwang.packaging.track_writer import TrackWriter

LONGEST_FILL_90K = TICKS_90K
"""A hole up to this long is filled by the sample before it; a longer one stays a hole in the track."""
Begins: TypeAlias = Sequence[tuple[int, int]]
"""Media time and number of the segments that frames may be of."""
MakeFrames: TypeAlias = Callable[[], list[tuple[int, bytes]]]
"""Makes frames, each with its begin."""


class SoundWriter:
    """Gives frames their durations, in samples of the track's sampling frequency, and begins their segments.

    From the first `put_made` on all that it is told is left to whoever settles the outcomes, as it comes after what is
    made there.
    """

    def __init__(self, header: TrackHeader, part_90k: int, out: list[Outcome]) -> None:
        self.track = TrackWriter(header, part_90k, out)
        self._out = out
        self._frequency = header.timescale
        self._frame = header.config.samples_per_frame
        self._longest_fill = rescale(LONGEST_FILL_90K, self._frequency, TICKS_90K)
        self._pending: tuple[bytes, int] | None = None
        self._number: int | None = None
        self._made: list[PackagerEvent] | None = None

    def put(self, number: int, frames: Sequence[bytes], start: int) -> None:
        """Take frames of one segment that follow each other."""
        if self._made is None:
            self._put(number, frames, start)
        else:
            self._leave(partial(self._put, number, frames, start))

    def put_made(self, make: MakeFrames, begins: Begins) -> None:
        """Take frames that are made when the work is done."""
        if self._made is None:
            self._made = []
            self.track.go_to(self._made)
        self._leave(partial(self._put_made, make, begins))

    def finish(self) -> None:
        """Write the last frame and close the segment."""
        if self._made is None:
            self._finish()
        else:
            self._leave(self._finish)

    def _leave(self, write: Callable[[], None]) -> None:
        self._out.append(Work(partial(self._written, write)))

    def _written(self, write: Callable[[], None]) -> list[PackagerEvent]:
        assert self._made is not None
        write()
        events = self._made[:]
        self._made.clear()
        return events

    def _put(self, number: int, frames: Sequence[bytes], start: int) -> None:
        if self._pending is not None:  # the begin of the next one tells how long it lasts
            data, begin = self._pending
            duration = start - begin
            self.track.add(data, begin, self._frame if duration > self._longest_fill else duration, 0, True)
        if number != self._number:
            self.track.begin_segment(number)
            self._number = number
        n = len(frames) - 1
        if n:
            self.track.add_run(frames[:n], start, self._frame)
        self._pending = (frames[n], start + n * self._frame)

    def _put_made(self, make: MakeFrames, begins: Begins) -> None:
        for start, data in make():
            _, number = segment_of(rescale(start, TICKS_90K, self._frequency), begins)
            self._put(number, [data], start)

    def _finish(self) -> None:
        if self._pending is not None:
            self.track.add(*self._pending, self._frame, 0, True)
            self._pending = None
        self.track.end_segment()


def segment_of(media_time: int, begins: Begins) -> tuple[int, int]:
    """Return begin and number of the segment in whose span a moment is; the first one's before that."""
    return next((one for one in reversed(begins) if one[0] <= media_time), begins[0])
