"""Splice cues of a programme: each is published with its place on the timeline, and a segment begins there."""

from collections import deque

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.packaging.cues import CueFilter, read_cues
from yiwang.packaging.events import CuePublished, EventSink
from yiwang.packaging.period import OpenPeriod
from yiwang.packaging.timeline import Timeline

MAX_PENDING_SPLICES = 64
"""So many sections wait for a period; what comes before the first picture has no place in time yet."""


class Splices:
    """The machine: `take` each section at its place in the stream, `wait` where that has no time yet.

    Parameters
    ----------
    timeline : Timeline
    live : bool
    out : EventSink           `CuePublished` are appended here
    faults : list of Fault    faults are appended here
    """

    def __init__(self, timeline: Timeline, out: EventSink, faults: list[Fault], *, live: bool) -> None:
        self._timeline = timeline
        self._live = live
        self._out = out
        self._faults = faults
        self._filter = CueFilter()
        self._waiting: deque[bytes] = deque(maxlen=MAX_PENDING_SPLICES)
        self.cued_until = 0
        """Media time: what cues speak of has happened by then."""

    def wait(self, section: bytes) -> None:
        """Keep a section until a period begins."""
        self._waiting.append(section)

    def take_waiting(self, period: OpenPeriod) -> None:
        """Publish what has waited for a period."""
        while self._waiting:
            self.take(period, self._waiting.popleft())

    def take(self, period: OpenPeriod, section: bytes, pid: int = -1) -> None:
        """Publish the cues of a splice_info_section."""
        timeline, now_raw = self._timeline, self._timeline.reference
        if now_raw is None:
            return
        try:
            cues = read_cues(section)
        except WireError as error:
            self._faults.append(Fault("splice_info_error", pid=pid, detail=str(error)))
            return
        for cue in cues:
            raw = now_raw if cue.time_33 is None else timeline.lift(cue.time_33, now_raw)
            if not self._filter.is_new(cue, raw, now_raw):
                continue
            media = raw + period.offset
            presentation = timeline.presentation(media)
            self.cued_until = max(self.cued_until, media + (cue.duration_90k or 0))
            self._out.append(
                CuePublished(cue.kind, cue.event_id, media, presentation, cue.duration_90k, cue.auto_return, section)
            )
            if cue.kind != "cancel":
                self._begin_segment_at(period, media, pid)
                if cue.duration_90k is not None:
                    self._begin_segment_at(period, media + cue.duration_90k, pid)

    def _begin_segment_at(self, period: OpenPeriod, media_time: int, pid: int) -> None:
        """Let a segment begin at the first random access point at or after a splice, if that has not passed."""
        if media_time <= period.segment_start:
            return
        if not self._live:
            period.cuts.append(media_time)
        elif not self._timeline.begin_cell_at(media_time):
            detail = "more splices than segments: one lies inside a segment"
            self._faults.append(Fault("splice_inside_segment", pid=pid, detail=detail))
