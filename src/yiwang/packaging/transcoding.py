"""An extra track of sound in a coding that browsers play, made beside the original and on its timeline.

An encoder's frame depends on all that came before it. So that two packagers of one stream make the same octets, whenever
they joined, every segment is made by a decoder and an encoder of its own (a *run*), which begin a fixed time before the
segment with the frames that are there (the pre-roll); what comes out for that time is thrown away. A run goes on behind
its segment's end until its last frame is out, beside the next run.

Frames lie at multiples of their length on the timeline, wherever the original's frames lie: a sample of the original is at
the same place in both tracks. A hole in the original up to LONGEST_FILL_90K is silence, a longer one ends the run.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.packaging.audio_clock import GAP_FRAMES
from yiwang.packaging.events import Outcome, PackagerEvent, TrackHeader, Work
from yiwang.packaging.sound_writer import LONGEST_FILL_90K
from yiwang.packaging.track_writer import TrackWriter
from yiwang.packaging.units import Unit

Pcm: TypeAlias = NDArray[np.float32]
"""ndarray of shape (channels, N), float32, -1..1."""

PREROLL_FRAMES = 12
"""Frames of the new coding before a segment, a quarter of a second: by then the encoder's rate control has settled."""


BROWSERS_PLAY = frozenset({"mp4a.40.2", "mp4a.40.5", "mp4a.40.29"})
"""AAC LC, HE-AAC and its second version: what all of them play. MP3 they play as such, but Chromium not in MP4; Opus in MP4
Chromium does, Apple's HLS does not (ADR 67)."""


def browsers_play(config: CodecConfig) -> bool:
    """Tell whether browsers decode such sound."""
    return config.codec in BROWSERS_PLAY


class Transcoder(Protocol):
    """One run of a decoder and an encoder. The first frame that comes out begins ``delay`` samples before the sound put in."""

    delay: int

    def decode(self, data: bytes) -> Pcm:
        """Return the sound of an access unit, in the channels and at the rate of the encoder. Raises WireError."""

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Take the sound of one frame; return the frames that are whole by it."""


class TranscoderFactory(Protocol):
    """Makes runs for streams of one configuration."""

    @property
    def config(self) -> CodecConfig:
        """What comes out; its sampling_frequency is that of the original."""

    def __call__(self) -> Transcoder:
        """Begin a run."""


PlanTranscoding: TypeAlias = Callable[[CodecConfig], TranscoderFactory | None]
"""Whether and how a stream is transcoded; None where it cannot be decoded."""


class _Run:
    """Sound of the original in, frames from ``first`` on out, in time order.

    Times are samples on the timeline.
    """

    def __init__(self, transcoder: Transcoder, frame: int, number: int, first: int, begin: int) -> None:
        self.number = number
        self.end: int | None = None  # no frame at or after it belongs to this run
        self.ready: list[tuple[int, bytes]] = []
        self._transcoder = transcoder
        self._frame = frame
        self._first = first
        self.sound_end = begin - begin % frame  # of what has been put in
        self._next_out = self.sound_end - transcoder.delay
        self._sound: list[Pcm] = []
        self._n_waiting = 0  # samples in _sound, less than a frame

    @property
    def is_done(self) -> bool:
        """Whether all its frames are out."""
        return self.end is not None and self._next_out >= self.end

    @property
    def lag(self) -> int:
        """How much sound is in it for which no frame has come out."""
        return self.sound_end - self._n_waiting - self._next_out

    def put(self, data: bytes, start: int, n_samples: int) -> bool:
        """Take an access unit; False when it cannot be decoded and is silence."""
        if self.is_done:
            return True
        try:
            pcm, decoded = self._transcoder.decode(data)[:, :n_samples], True
        except WireError:
            pcm, decoded = np.empty((0, 0), np.float32), False
        if pcm.shape[1]:
            if start > self.sound_end:
                self._take(np.zeros((pcm.shape[0], start - self.sound_end), np.float32))
            self._take(pcm[:, max(0, self.sound_end - start) :])
        return decoded

    def fill(self, channels: int) -> None:
        """Put in silence until all frames before ``end`` are out."""
        while not self.is_done:
            self._take(np.zeros((channels, self._frame), np.float32))

    def _take(self, pcm: Pcm) -> None:
        self.sound_end += pcm.shape[1]
        self._sound.append(pcm)
        self._n_waiting += pcm.shape[1]
        if self._n_waiting < self._frame:
            return
        sound = np.concatenate(self._sound, axis=1)
        for at in range(0, self._n_waiting - self._frame + 1, self._frame):
            for frame in self._transcoder.encode(np.ascontiguousarray(sound[:, at : at + self._frame])):
                if self._next_out >= self._first:
                    self.ready.append((self._next_out, frame))
                self._next_out += self._frame
        self._n_waiting %= self._frame
        self._sound = [sound[:, sound.shape[1] - self._n_waiting :]]


class TranscodedOutput:
    """Writes the extra track of one audio track in one period.

    `add` and `finish` leave the work to whoever settles the outcomes; until that is done nothing else of it is called.

    Parameters
    ----------
    header : TrackHeader              of the extra track
    part_90k : int
    out : list of Outcome             work is appended here
    make : TranscoderFactory
    undecodable : callable            told of each access unit that cannot be decoded
    """

    def __init__(
        self,
        header: TrackHeader,
        part_90k: int,
        out: list[Outcome],
        make: TranscoderFactory,
        undecodable: Callable[[], None],
    ) -> None:
        self._frequency = header.timescale
        self._channels = header.config.channels
        self._frame = header.config.samples_per_frame
        self._out = out
        self._events: list[PackagerEvent] = []
        self._writer = TrackWriter(header, part_90k, self._events)
        self._longest_fill = rescale(LONGEST_FILL_90K, self._frequency, TICKS_90K)
        self._make = make
        self._undecodable = undecodable
        self._runs: deque[_Run] = deque()
        self._number: int | None = None  # segment of the newest run
        self._lag = 2 * self._frame
        self._unit = self._frame  # samples of the original's access units

    @property
    def due_90k(self) -> int | None:
        """Media time of the original's frame that completes the open part; None when parts are whole segments."""
        due = self._writer.due_ticks(self._frame)
        if due is None:
            return None
        due += self._frame
        if self._runs and self._runs[0].end is not None:
            due = min(due, self._runs[0].end)
        return rescale(due + self._lag - self._unit, TICKS_90K, self._frequency)

    def add(self, unit: Unit, start: int, number: int, segment_begin_90k: int, before: Iterable[Unit]) -> None:
        """Take an access unit of the original.

        Parameters
        ----------
        unit : Unit
        start : int                  its begin on the timeline, samples
        number : int                 its segment
        segment_begin_90k : int      where that begins, media time
        before : iterable of Unit    those that came before it, the newest first
        """
        self._out.append(Work(partial(self._add, unit, start, number, segment_begin_90k, tuple(before))))

    def finish(self, end_90k: int | None) -> None:
        """Write what is left and close the segment; the period ends at media time ``end_90k``."""
        self._out.append(Work(partial(self._finish, end_90k)))

    def _drain_events(self) -> list[PackagerEvent]:
        events = self._events[:]
        self._events.clear()
        return events

    def _add(
        self, unit: Unit, start: int, number: int, segment_begin_90k: int, before: Sequence[Unit]
    ) -> list[PackagerEvent]:
        self._unit = unit.au.config.samples_per_frame
        is_hole = bool(self._runs) and start - self._runs[-1].sound_end > self._longest_fill
        if is_hole:
            self._end_runs(self._runs[-1].sound_end)
        if number != self._number or not self._runs:
            first = start if is_hole else rescale(segment_begin_90k, self._frequency, TICKS_90K)
            self._begin_run(unit, start, number, first + -first % self._frame, before)
        for n, run in enumerate(self._runs):
            if not run.put(unit.au.data, start, self._unit) and n == 0:
                self._undecodable()
        self._write()
        return self._drain_events()

    def _begin_run(self, unit: Unit, start: int, number: int, first: int, before: Sequence[Unit]) -> None:
        earliest = first - PREROLL_FRAMES * self._frame
        preroll: list[tuple[bytes, int]] = []
        at, later = start, unit
        for earlier in before:
            samples = earlier.au.config.samples_per_frame
            gap = rescale(later.raw_pts - earlier.raw_pts, self._frequency, TICKS_90K) - samples
            at -= samples
            if (
                at < earliest
                or later.au.after_loss
                or abs(gap) > GAP_FRAMES * samples
                or not _alike(earlier.au, unit.au)
            ):
                break
            preroll.append((earlier.au.data, at))
            later = earlier
        run = _Run(self._make(), self._frame, number, first, preroll[-1][1] if preroll else min(start, first))
        if self._runs:
            self._runs[-1].end = first
        self._runs.append(run)
        self._number = number
        for data, begin in reversed(preroll):
            run.put(data, begin, self._unit)

    def _write(self) -> None:
        while self._runs:
            run = self._runs[0]
            for start, frame in run.ready:
                if run.end is None or start < run.end:
                    if self._writer.number != run.number:
                        self._writer.begin_segment(run.number)
                    self._writer.add(frame, start, self._frame, 0, True)
            run.ready.clear()
            if len(self._runs) == 1:
                self._lag = run.lag
            if not run.is_done:
                break
            self._runs.popleft()
            if self._runs and self._runs[0].number != run.number:
                self._writer.end_segment()

    def _end_runs(self, end: int) -> None:
        """Get all frames out that begin before ``end``."""
        if self._runs:
            self._runs[-1].end = end
            for run in self._runs:
                run.fill(self._channels)
            self._write()

    def _finish(self, end_90k: int | None) -> list[PackagerEvent]:
        if self._runs:
            end = self._runs[-1].sound_end
            if end_90k is not None:
                end = min(end, rescale(end_90k, self._frequency, TICKS_90K))
            self._end_runs(end)
        self._writer.end_segment()
        return self._drain_events()


def _alike(one: AccessUnit, other: AccessUnit) -> bool:
    return one.config is other.config or one.config == other.config
