"""The Periods of the MPD: a packager's period, cut again where a track misses a number.

With ``$Number$`` a SegmentTimeline counts on from startNumber: it cannot leave a number out (S@n, which could, is not
read by players). So where a track misses numbers, all tracks go on in a new Period, ``p{period_id}.{number}``.
"""

from collections import deque
from dataclasses import dataclass, field

from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.dash.segment_timeline import SegmentTimeline
from yiwang.origin.track import Segment
from yiwang.packaging.events import PeriodStarted, TrackHeader

ENOUGH_SEGMENTS = 3
"""A track that has nothing when another has so much is left out until it has."""


@dataclass(slots=True)
class DashPeriod:
    """One Period; ``start_90k`` is the wall clock at its first segment."""

    period: PeriodStarted
    first_number: int
    id: str
    start_90k: int
    end_90k: int = 0  # wall clock at the end of its last whole segment
    timelines: dict[str, SegmentTimeline] = field(default_factory=dict)
    in_progress: dict[str, Segment] = field(default_factory=dict)

    def presentation_time_offset(self, header: TrackHeader) -> int:
        """Media time of the Period's start in the track's timescale."""
        media_start_90k = self.period.media_start_90k + self.start_90k - self.period.presentation_start_90k
        return rescale(media_start_90k, header.timescale, TICKS_90K)

    def next_number(self, track: str) -> int | None:
        """Return the number after the track's last segment here; None when it has had none."""
        timeline = self.timelines.get(track)
        if timeline is None:
            return None
        return timeline.start_number + len(timeline) + (track in self.in_progress)

    @property
    def ready(self) -> bool:
        """Whether all its tracks but text have something, or one has so much that the others are not waited for."""
        if all(header.name in self.timelines for header in self.period.tracks if header.config.kind != "text"):
            return True
        return any(len(timeline) >= ENOUGH_SEGMENTS for timeline in self.timelines.values())

    @property
    def listed(self) -> bool:
        """Whether it has a segment in the window."""
        return bool(self.in_progress) or any(self.timelines.values())


class DashPeriods:
    """Keeps the Periods while segments come and go; ``version`` rises when what they list changes."""

    def __init__(self) -> None:
        self.version = 0
        self.periods: deque[DashPeriod] = deque()
        self._cut: tuple[PeriodStarted, int] | None = None  # the next Period begins with this number

    def begin(self, segment: Segment) -> None:
        """List a segment; one that no Period has room for (late, after a hole) stays out of the MPD."""
        track = segment.header.name
        home = self._home(segment)
        if home is None:
            return
        expected = home.next_number(track)
        if expected is None:
            home.timelines[track] = SegmentTimeline(segment.number)
        elif expected != segment.number:
            if home is self.periods[-1] and self._cut is None:
                numbers = (home.next_number(name) or 0 for name in home.timelines)
                self._cut = (segment.period, max(segment.number, *numbers))
                self.begin(segment)
            return
        home.in_progress[track] = segment
        self.version += 1

    def _home(self, segment: Segment) -> DashPeriod | None:
        """Find the Period a segment belongs to; open it where it is due."""
        newest = self.periods[-1] if self.periods else None
        new_period = newest is None or newest.period.period_id < segment.period.period_id
        if new_period:
            self._cut = None
        if new_period or (self._cut is not None and segment.number >= self._cut[1]):
            name = f"p{segment.period.period_id}"
            start = segment.period.presentation_start_90k
            if self._cut is not None or segment.number > segment.period.first_number:
                start = segment.start_90k
            if self._cut is not None:
                name += f".{self._cut[1]}"
            first = self._cut[1] if self._cut is not None else segment.period.first_number
            self._cut = None
            newest = DashPeriod(segment.period, first, name, start)
            self.periods.append(newest)
            return newest
        for period in reversed(self.periods):
            if period.period is segment.period and period.first_number <= segment.number:
                return period
        return None

    def grow(self, segment: Segment, nominal_90k: int) -> None:
        """Note that a segment in progress has become longer; it matters once it exceeds the nominal duration."""
        if segment.end_90k - segment.start_90k > nominal_90k:
            self.version += 1

    def end(self, segment: Segment) -> None:
        """Make a segment whole; even one that is not listed may have raised a bit rate."""
        self.version += 1
        track = segment.header.name
        for period in reversed(self.periods):
            if period.in_progress.get(track) is segment:
                del period.in_progress[track]
                period.timelines[track].append(segment.start_ticks, segment.duration_ticks)
                period.end_90k = max(period.end_90k, segment.end_90k)
                return

    def drop(self, segment: Segment) -> None:
        """Take a segment out that left the window, and Periods that became empty."""
        track = segment.header.name
        for period in self.periods:
            timeline = period.timelines.get(track)
            if period.period is segment.period and timeline and timeline.start_number == segment.number:
                timeline.drop_first()
                self.version += 1
                break
        while len(self.periods) > 1 and not self.periods[0].listed:
            self.periods.popleft()
