"""The tracks of one period: samples get their durations here."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import partial
from typing import Protocol, TypeAlias

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.packaging.audio_clock import AudioClock
from yiwang.packaging.events import Outcome, TrackHeader
from yiwang.packaging.inputs import LONGEST_UNDECODABLE_90K
from yiwang.packaging.sound_writer import LONGEST_FILL_90K, Begins, SoundWriter, segment_of
from yiwang.packaging.units import FrameRun, Unit

LONGEST_FREEZE_90K = LONGEST_UNDECODABLE_90K
"""A picture is shown until the next one for so long: a still may be sent once a second or two, and pictures that cannot be
decoded are left out. More ends the period."""
LONGEST_STILL_90K = 15 * TICKS_90K
"""In a file one picture may be shown for so long; live, segments must come meanwhile."""
LONGEST_EARLY_90K = TICKS_90K // 2
"""A hole up to this long, whose sample before it has been written, is filled by the one after it: it is decoded earlier, and
shown when it is due. Players drop what comes after a hole in decoding times until the next random access point (Media Source
Extensions, coded frame processing)."""


class SampleWriter(Protocol):
    """What `TrackWriter` is to a video track."""

    def begin_segment(self, number: int) -> None:
        """Start a segment with the next sample; closes the one before."""

    def add(self, data: bytes, start_ticks: int, duration_ticks: int, composition_offset: int, sap: bool) -> None:
        """Add a sample whose duration is known."""

    def extend(self, by_ticks: int) -> bool:
        """Let the last sample last longer; False, and nothing is done, where it has been published."""

    def end_segment(self) -> None:
        """Publish what is left."""

    def due_ticks(self, duration_ticks: int) -> int | None:
        """Where samples must have come to for something to be published; None when that cannot be told."""


class VideoOutput:
    """Gives the video's samples their durations; 90 kHz ticks throughout.

    A sample's duration is the next one's DTS minus its own, so variable frame rates stay as they are.

    Parameters
    ----------
    config : CodecConfig    of the samples, which need not be that of the track
    writer : SampleWriter
    longest_90k : int or None    so long a picture may stand, None: LONGEST_FREEZE_90K
    """

    def __init__(self, config: CodecConfig, writer: SampleWriter, longest_90k: int | None = None) -> None:
        self.config = config
        self.writer = writer
        self._longest = longest_90k or LONGEST_FREEZE_90K
        self._pending: tuple[AccessUnit, int, int] | None = None  # unit, dts, pts: waits for its duration
        frame_rate = config.frame_rate or (25, 1)
        self._nominal = rescale(TICKS_90K, frame_rate[1], frame_rate[0])
        self._has_written = False
        self.end_90k = 0
        self.shown_until_90k = 0  # the latest end of a picture in the order of presentation

    @property
    def watermark_90k(self) -> int:
        """Decoding time up to which all samples have been written."""
        return self._pending[1] if self._pending else self.end_90k

    @property
    def pending_dts(self) -> int | None:
        """DTS of the sample whose duration is not known yet."""
        return self._pending[1] if self._pending else None

    @property
    def due_90k(self) -> int | None:
        """DTS whose coming completes the open part; None when parts are whole segments."""
        return self.writer.due_ticks(self._nominal)

    def put(self, au: AccessUnit, dts: int, pts: int) -> None:
        """Take a sample; its duration follows by `resolve`."""
        longest = LONGEST_UNDECODABLE_90K if au.after_undecodable else LONGEST_EARLY_90K
        if self._has_written and 0 < dts - self.end_90k <= longest:
            dts = self.end_90k
        self._pending = (au, dts, pts)

    def resolve(self, next_dts: int) -> None:
        """Write the pending sample, which lasts until ``next_dts``."""
        if self._pending is None:
            return
        au, dts, pts = self._pending
        self._pending = None
        self._write(au, dts, pts, next_dts)

    def stand_until(self, dts: int) -> None:
        """Let the last picture stand where those between it and the next one were left out, at the longest until ``dts``."""
        gap = dts - self.end_90k
        if (
            self._pending is None
            and self._has_written
            and 0 < gap <= LONGEST_UNDECODABLE_90K
            and self.writer.extend(gap)
        ):
            self.end_90k = dts

    def write_run(self, run: Sequence[Unit], offset: int, start: int, until: int, last_raw: int) -> int:
        """Take pictures that last until the next one, as `put` and `resolve` do one by one, up to the first that is special.

        That is one that begins before the end of the one before or at ``start`` (media time), ends at ``until``, is a random
        access point or coded otherwise, or whose end is not known; or comes after one that is later than ``last_raw``.

        Returns
        -------
        int    how many were taken
        """
        if self._pending is not None:
            return 0
        for n, (au, raw_dts, raw_pts, raw_next) in enumerate(run):
            dts, pts, next_dts, end = raw_dts + offset, raw_pts + offset, raw_next + offset, self.end_90k
            if raw_next < 0 or dts < end or dts <= start or pts < start or next_dts >= until:
                return n
            if au.sap_type or au.after_undecodable or au.config is not self.config:
                return n
            self._write(au, end if self._has_written and dts - end <= LONGEST_EARLY_90K else dts, pts, next_dts)
            if raw_dts > last_raw:
                return n + 1
        return len(run)

    def _write(self, au: AccessUnit, dts: int, pts: int, next_dts: int) -> None:
        duration = next_dts - dts
        if duration > self._longest:
            duration = self._nominal
        else:
            self._nominal = duration
        self.writer.add(au.data, dts, duration, pts - dts, au.sap_type > 0)
        self.end_90k = dts + duration
        if pts + duration > self.shown_until_90k:
            self.shown_until_90k = pts + duration
        self._has_written = True

    def finish(self) -> None:
        """Write the last sample with the duration of the one before, and close the segment."""
        if self._pending is not None:
            self.resolve(self._pending[1] + self._nominal)
        self.writer.end_segment()


class Copy(Protocol):
    """An extra track made of an audio track's frames (see `yiwang.packaging.transcoding`)."""

    @property
    def due_90k(self) -> int | None:
        """As `AudioOutput.due_90k`."""

    def add(self, unit: Unit, start: int, number: int, segment_begin_90k: int, before: Iterable[Unit]) -> None:
        """Take a frame that begins ``start`` samples on the timeline."""

    def finish(self, end_90k: int | None) -> None:
        """Write what is left and close the segment."""


MakeOfOther: TypeAlias = Callable[[Sequence[FrameRun], int, int, int], list[tuple[int, bytes]]]
"""Makes a track's frames of runs that are coded otherwise; offset of their media times, first sample, end."""


class AudioOutput:
    """Writes an audio track in samples of its sampling frequency; ``copy`` takes the same frames."""

    def __init__(self, header: TrackHeader, part_90k: int, out: list[Outcome], copy: Copy | None = None) -> None:
        self.config = header.config
        self._copy = copy
        self._frequency = header.timescale
        self._frame = header.config.samples_per_frame
        self._sound = SoundWriter(header, part_90k, out)
        self._clock = AudioClock(self._frequency, self._frame)
        self._number: int | None = None  # of the newest frame's segment

    @property
    def frame_90k(self) -> int:
        """Duration of a frame."""
        return rescale(self._frame, TICKS_90K, self._frequency)

    @property
    def due_90k(self) -> int | None:
        """Media time of the frame whose coming completes the open part; None when parts are whole segments."""
        due = self._sound.track.due_ticks(self._frame)
        dues = [] if due is None else [rescale(due, TICKS_90K, self._frequency)]
        if self._copy is not None and self._copy.due_90k is not None:
            dues.append(self._copy.due_90k)
        return min(dues, default=None)

    def add(
        self,
        run: FrameRun,
        first: int,
        end: int,
        offset: int,
        number: int,
        segment_begin_90k: int,
        before: Callable[[int], Iterable[Unit]],
    ) -> int:
        """Take the frames ``first..end`` of a run; return how many of them are dropped, their places being taken already.

        Parameters
        ----------
        offset : int                 media time = raw time + offset
        number : int                 their segment
        segment_begin_90k : int      where that begins, media time
        before : callable            gives the units before a frame of the run, the newest first
        """
        dropped, units, clock = 0, run.units, self._clock
        while first < end:
            at, after_loss = run.raw(first) + offset, units[first].after_loss
            start = clock.place(at, after_loss=after_loss, segment_start=number != self._number)
            following = first + 1
            if start is None:
                dropped, first = dropped + 1, following
                continue
            if self._copy is not None:
                self._copy.add(run.unit(first), start, number, segment_begin_90k, before(first))
            elif following < end and clock.place_following(
                run.raw(following) + offset, run.raw(end - 1) + offset, end - following
            ):
                following = end
            self._sound.put(number, [unit.data for unit in units[first:following]], start)
            self._number = number
            first = following
        return dropped

    def add_other(
        self,
        runs: Sequence[FrameRun],
        make: MakeOfOther | None,
        offset: int,
        end_90k: int,
        begins: Begins,
        *,
        fits: bool,
    ) -> None:
        """Take frames that are coded otherwise than the track.

        Parameters
        ----------
        make : callable or None    without, there is a hole
        end_90k : int              where they end, media time
        fits : bool                the track's own frames go on there: as many are made as fit best, else as are needed
        """
        frame, places = self._frame, copy(self._clock)
        end = rescale(end_90k, self._frequency, TICKS_90K)
        start, first = self._clock.next_ticks, rescale(runs[0].raw(0) + offset, self._frequency, TICKS_90K)
        if start is None or first - start > rescale(LONGEST_FILL_90K, self._frequency, TICKS_90K):
            start = first
        n = (2 * (end - start) + frame) // (2 * frame) if fits else -((start - end) // frame)
        if n > 0:
            self._clock.next_ticks = end = start + n * frame
            _, self._number = segment_of(rescale(end - frame, TICKS_90K, self._frequency), begins)
            if make is not None:
                self._sound.put_made(partial(make, runs, offset, start, end), begins)
        if self._copy is not None and make is not None:
            self._copy_on(self._copy, places, runs, offset, begins)

    def _copy_on(self, copy: Copy, places: AudioClock, runs: Sequence[FrameRun], offset: int, begins: Begins) -> None:
        """Let the extra track's decoder go on: of other channels it makes those that it had."""
        for run in runs:
            for n in range(len(run.units)):
                at = run.raw(n) + offset
                start = places.place(at, after_loss=run.units[n].after_loss, segment_start=False)
                if start is not None and run.config.sampling_frequency == self._frequency:
                    begin, number = segment_of(at, begins)
                    copy.add(run.unit(n), start, number, begin, ())

    def finish(self, end_90k: int | None = None) -> None:
        """Write the last frame and close the segment; ``end_90k``: media time of the period's end, where that is known."""
        self._sound.finish()
        if self._copy is not None:
            self._copy.finish(end_90k)
