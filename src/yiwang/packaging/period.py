"""An open period: where its segments begin, and which audio frames go into them."""

from collections.abc import Sequence
from functools import partial

from yiwang.base.elementary import CodecConfig
from yiwang.base.timebase import TICKS_90K
from yiwang.packaging.bridge import PlanBridge, bridged
from yiwang.packaging.inputs import AudioInput
from yiwang.packaging.outputs import AudioOutput, VideoOutput
from yiwang.packaging.text import TextOutput
from yiwang.packaging.units import FrameRun

BOUNDARIES_KEPT = 16
LONGEST_REORDER_90K = TICKS_90K // 2


class OpenPeriod:
    """The period that is being written.

    Parameters
    ----------
    start, offset : int    media time of its begin; media time = raw time + offset. 90 kHz ticks
    base : int             number of its time base
    number : int           of its first segment
    shift : int            PTS - DTS at its first picture
    bridge : PlanBridge or None    makes sound fit its track that has become another one; without, that is left out
    """

    def __init__(
        self, start: int, offset: int, base: int, number: int, shift: int, bridge: PlanBridge | None = None
    ) -> None:
        self.start = start
        self.offset = offset
        self.base = base
        self.number = number
        self.shift = shift
        self._bridge = bridge
        self.segment_start = start
        self.video: VideoOutput | None = None
        self.end: int | None = None  # media time, once the primary stream has left it
        self.cuts: list[int] = []  # media times of splices in a file
        self.audio: dict[AudioInput, AudioOutput] = {}
        self.texts: list[TextOutput] = []
        self._boundaries = [(start, number)]
        self._cursor: dict[AudioInput, int] = {}

    def add_audio(self, source: AudioInput, output: AudioOutput) -> None:
        """Give the period an audio track."""
        self.audio[source] = output
        self._cursor[source] = 0

    def add_text(self, output: TextOutput) -> None:
        """Give the period a text track."""
        self.texts.append(output)
        output.begin_segment(self.start, self.number)

    def has(self, source: AudioInput) -> bool:
        """Tell whether a stream has a track in this period."""
        return source in self.audio

    def changes_config(self, source: AudioInput, config: CodecConfig) -> bool:
        """Tell whether a frame is coded otherwise than the stream's track says."""
        of_track = self.audio[source].config
        return config is not of_track and config != of_track

    @property
    def audio_sources(self) -> list[AudioInput]:
        """The streams that have an audio track."""
        return list(self.audio)

    @property
    def video_config(self) -> CodecConfig | None:
        """What the video's samples are coded as."""
        return self.video.config if self.video else None

    def begin_segment(self, media_time: int, number: int) -> None:
        """Open the next segment."""
        self.number = number
        self.segment_start = media_time
        self._boundaries.append((media_time, number))
        for text in self.texts:
            text.begin_segment(media_time, number)
        if self.video is not None:
            self.video.writer.begin_segment(number)

    def leave(self, last_primary_pts: int) -> int:
        """End the period: the primary stream does not go on in it. Return the media time of its end."""
        if self.end is None:
            if self.video is not None:
                self.video.finish()
                decoded_until = self.video.end_90k + self.shift
                # where the first pictures say no DTS that is before their PTS, the shift is not all of the reordering
                self.end = max(decoded_until, min(self.video.shown_until_90k, decoded_until + LONGEST_REORDER_90K))
            else:
                self.end = last_primary_pts + max((output.frame_90k for output in self.audio.values()), default=1)
        return self.end

    def drain_audio(self, current_base: int) -> bool:
        """Move queued frames into their segments, up to where the primary stream has decided.

        Returns
        -------
        bool    a stream's codec config has changed: what comes then waits for the next period, or for its return
        """
        changed = False
        watermark = self.end
        if watermark is None and self.video is not None:
            watermark = self.video.watermark_90k
        for source, output in self.audio.items():
            while source.queue:
                run = source.queue[0]
                if run.base is None or run.base > self.base:
                    break
                n, is_over = len(run.units), run.base < self.base
                if not is_over and watermark is not None:
                    decided = run.count_before(watermark - self.offset)
                    if decided:
                        n = decided
                    elif self.end is None or current_base == self.base:
                        break
                    else:
                        is_over = True  # past the end of a time base that is over
                first = n if is_over else run.count_before(self.start - self.offset)
                if first < n and self.changes_config(source, run.config):
                    changed = True
                    if not self._take_other(source, output, watermark):
                        break
                    continue
                run = source.take_queued(n)
                if first < n:
                    self._add_frames(source, output, run, first)
        self._forget()
        return changed

    def _take_other(self, source: AudioInput, output: AudioOutput, watermark: int | None) -> bool:
        """Take the frames that are coded otherwise than the track, if its own go on after them; else they wait."""
        for n, run in enumerate(source.queue):
            if run.base != self.base:
                break
            if not self.changes_config(source, run.config):
                if watermark is not None and not run.count_before(watermark - self.offset):
                    break
                until = run.raw(0) + self.offset
                others = [source.take_queued(len(source.queue[0].units)) for _ in range(n)]
                self._add_other(source, output, others, until, fits=True)
                return True
        return False

    def _add_other(
        self, source: AudioInput, output: AudioOutput, runs: Sequence[FrameRun], until: int, *, fits: bool
    ) -> None:
        make = None if self._bridge is None else partial(bridged, self._bridge, output.config)
        output.add_other(runs, make, self.offset, until, self._boundaries[self._cursor[source] :], fits=fits)

    def _all_changed(self, source: AudioInput) -> bool:
        return all(self.changes_config(source, run.config) for run in source.queue)

    def release_changed(self) -> None:
        """Let frames that are coded otherwise wait, as pictures jump now and their sound has not: it may be of what comes."""
        for source in self.audio:
            if source.base == self.base and self._all_changed(source):
                for run in source.queue:
                    run.base = None

    def _add_frames(self, source: AudioInput, output: AudioOutput, run: FrameRun, first: int) -> None:
        """Write the frames of a run from ``first`` on, each to the segment in whose span it begins."""
        n = len(run.units)
        while first < n:
            number, begin = self._segment_of(source, run.raw(first) + self.offset)
            end = self.segment_end(source)
            following = n if end is None else run.count_before(end - self.offset)
            source.dropped += output.add(run, first, following, self.offset, number, begin, source.before)
            first = following

    def segment_end(self, source: AudioInput) -> int | None:
        """Media time where the segment ends that a stream's frames go into; None as long as the video has not told."""
        following = self._cursor[source] + 1
        return self._boundaries[following][0] if following < len(self._boundaries) else None

    def _segment_of(self, source: AudioInput, media_time: int) -> tuple[int, int]:
        """Return number and begin of a frame's segment."""
        boundaries, at = self._boundaries, self._cursor[source]
        if at + 1 < len(boundaries) and boundaries[at + 1][0] <= media_time:
            while at + 1 < len(boundaries) and boundaries[at + 1][0] <= media_time:
                at += 1
            self._cursor[source] = at
        begin, number = boundaries[at]
        return number, begin

    def _forget(self) -> None:
        if len(self._boundaries) <= BOUNDARIES_KEPT:
            return
        done = min(self._cursor.values(), default=len(self._boundaries) - 1)
        if done:
            del self._boundaries[:done]
            self._cursor = {source: at - done for source, at in self._cursor.items()}

    def close(self) -> None:
        """Publish what is left of every track."""
        if self.video is not None:
            self.video.finish()
        for source, output in self.audio.items():
            changed = self._changed_frames(source)
            if changed and self.end is not None:
                self._add_other(source, output, changed, self.end, fits=False)
            output.finish(self.end)
        for text in self.texts:
            text.finish(self.segment_start if self.end is None else self.end)

    def _changed_frames(self, source: AudioInput) -> list[FrameRun]:
        """Return what has been left in the queue of this period's time, coded otherwise than the track."""
        found: list[FrameRun] = []
        for run in source.queue:
            n = 0 if self.end is None or run.base != self.base else run.count_before(self.end - self.offset)
            if not n or not self.changes_config(source, run.config):
                break
            found.append(FrameRun(run.base, run.units[:n], run.origin, run.first))
        return found
