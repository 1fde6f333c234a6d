"""The state of a channel's presentation: the fold of the packager's events."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from yiwang.base.errors import NotFound, UsageError
from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.origin.cues import Cues
from yiwang.origin.dash_periods import ENOUGH_SEGMENTS, DashPeriods
from yiwang.origin.delivery import Delivery
from yiwang.origin.settings import PresentationSettings
from yiwang.origin.track import Track
from yiwang.packaging.events import (
    CaptionsFound,
    CuePublished,
    PackagerEvent,
    PartPublished,
    PeriodStarted,
    SegmentPublished,
    TrackHeader,
)
from yiwang.subtitles.webvtt import joined

WINDOW_TARGET_DURATIONS = 3
"""A playlist is never made shorter than this (rfc8216bis 6.2.2)."""
LONGEST_GRACE_90K = 60 * TICKS_90K


class Presentation:
    """Folds events (`apply`); playlists, manifests and media answers are views of it.

    A segment leaves the playlists when it ended ``window_90k`` before the newest media. It is served for a target
    duration more, plus the length of the window but at most LONGEST_GRACE_90K: rfc8216bis 6.2.2 asks for its own
    duration plus that of the longest playlist since it was first listed, RFC 8216 for as much after it was taken off.

    ``version`` rises with every event. What a view rendered is kept until it does.
    """

    def __init__(self, settings: PresentationSettings) -> None:
        self.settings = settings
        self.version = 0
        self.finished = False
        self.periods: deque[PeriodStarted] = deque()
        self.tracks: dict[str, Track] = {}
        self.dash_periods = DashPeriods()
        self.cues = Cues()
        self.delivery = Delivery()
        self.target_duration_s = max(1, rescale(settings.segment_90k, 1, TICKS_90K))
        self.part_target_90k = settings.part_target_90k
        self.end_90k = 0  # wall clock of the newest media
        self.ts_members: dict[int, frozenset[str]] = {}  # of `ts_view`: what a segment has been said to hold
        self.ts_programmes: dict[int, tuple[TrackHeader, ...]] = {}  # by period_id
        self.ts_first_number = 0  # what has left its playlist does not return
        self._longest_90k = 0
        self._rendered: dict[tuple[str, ...], tuple[int, str]] = {}

    # -- the fold

    def apply(self, event: PackagerEvent) -> None:
        """Take the next event.

        Raises
        ------
        UsageError    events out of order: the packager's contract is broken
        """
        self.version += 1
        if isinstance(event, PartPublished):
            self._add_part(event)
        elif isinstance(event, SegmentPublished):
            self._end_segment(event)
        elif isinstance(event, CuePublished):
            self._add_cue(event)
        elif isinstance(event, CaptionsFound):
            self._known_track(event.track).captions = event.services
            self.dash_periods.version += 1
        else:
            self._start_period(event)

    def finish(self) -> None:
        """There will be no more events; the target duration of a file is then what its segments have."""
        self.version += 1
        self.dash_periods.version += 1
        self.finished = True
        if not self.settings.live and self._longest_90k:
            self.target_duration_s = max(1, rescale(self._longest_90k, 1, TICKS_90K))
        for track in self.tracks.values():
            track.version = self.version

    def break_off(self) -> None:
        """End the segments in progress with the parts they have: the packager failed, and what was offered stays."""
        self.version += 1
        for track in list(self.tracks.values()):
            segment = track.in_progress
            if segment is not None:
                independent = segment.parts[0].independent
                text = joined([part.webvtt for part in segment.parts]) if track.is_webvtt else b""
                self._end_segment(
                    SegmentPublished(
                        track.name, segment.number, segment.decode_ticks, segment.duration_ticks, independent, text
                    )
                )

    def _start_period(self, period: PeriodStarted) -> None:
        if self.periods and period.period_id <= self.periods[-1].period_id:
            raise UsageError(f"period {period.period_id} after period {self.periods[-1].period_id}")
        self.periods.append(period)
        for header in period.tracks:
            track = self.tracks.setdefault(header.name, Track(header))
            track.header = header
            track.version = self.version

    def _add_cue(self, cue: CuePublished) -> None:
        """Take a cue: every playlist and the manifest show it, so their versions rise."""
        self.cues.apply(cue)
        self.delivery.apply(cue)
        self.dash_periods.version += 1
        for track in self.tracks.values():
            track.version = self.version
            if not self.settings.live:
                for segment in track.listed:
                    segment.text = None  # a file's playlist has dates only if it has cues

    def _add_part(self, part: PartPublished) -> None:
        track = self._known_track(part.track)
        period = self._period_of(part.number)
        segment = track.in_progress
        if segment is None:
            newest = track.newest
            if newest is not None and part.number <= newest.number:
                raise UsageError(f"segment {part.number} of {part.track} after segment {newest.number}")
            self._begin_segment(track, part, period)
        elif segment.number != part.number or len(segment.parts) != part.index:
            raise UsageError(f"part {part.number}.{part.index} of {part.track} out of order")
        segment = track.add_part(part, part if self.settings.keep_media else replace(part, octets=b"", webvtt=b""))
        if self.settings.low_latency:
            duration_90k = -(-part.duration_ticks * TICKS_90K // track.header.timescale)
            self.part_target_90k = max(self.part_target_90k, duration_90k)
            self.dash_periods.grow(segment, self.settings.segment_90k)
        track.version = self.version

    def _begin_segment(self, track: Track, part: PartPublished, period: PeriodStarted) -> None:
        nominal = self.settings.segment_90k
        most_missing = (self.settings.window_90k or 1 << 62) // nominal
        if track.list_anew(part.number, period, most_missing):
            while track.listed:
                self.dash_periods.drop(track.retire_first())
        segment = track.begin_segment(part.number, part.start_ticks, period, nominal)
        if self.settings.low_latency and not track.is_text:
            self.dash_periods.begin(segment)

    def _end_segment(self, event: SegmentPublished) -> None:
        track = self._known_track(event.track)
        if track.in_progress is None or track.in_progress.number != event.number:
            raise UsageError(f"segment {event.number} of {event.track} has no parts")
        segment = track.end_segment(event)
        if not self.settings.keep_media:
            segment.webvtt = b""
        if track.is_text:  # it has no octets in DASH before it is whole; where it broke off, never
            if segment.octets:
                self.dash_periods.begin(segment)
        elif not self.settings.low_latency:
            self.dash_periods.begin(segment)
        self.dash_periods.end(segment)
        self.end_90k = max(self.end_90k, segment.end_90k)
        self._raise_target_duration(segment.end_90k - segment.start_90k)
        track.version = self.version
        self._slide_window()

    def _raise_target_duration(self, duration_90k: int) -> None:
        """Keep every EXTINF, rounded, within EXT-X-TARGETDURATION.

        The tag must not change; but who knows a broadcast's GOPs before they come. It begins at the nominal segment
        duration and is raised once, to twice that, beyond which the packager makes no segment.
        """
        self._longest_90k = max(self._longest_90k, duration_90k)
        seconds = rescale(duration_90k, 1, TICKS_90K)
        if seconds > self.target_duration_s:
            self.target_duration_s = max(seconds, rescale(2 * self.settings.segment_90k, 1, TICKS_90K))

    # -- the window

    def _slide_window(self) -> None:
        window = self.settings.window_90k
        if window is None:
            return
        shortest = WINDOW_TARGET_DURATIONS * self.target_duration_s * TICKS_90K
        begin = self.end_90k - max(window, shortest)
        grace = self.target_duration_s * TICKS_90K + min(max(window, shortest), LONGEST_GRACE_90K)
        for track in self.tracks.values():
            listed = track.listed
            while len(listed) > 1 and listed[0].end_90k <= begin:
                first_90k = listed[0].end_90k - listed[0].start_90k + listed[1].gaps_90k
                if track.listed_90k - first_90k < shortest:
                    break
                self.dash_periods.drop(track.retire_first())
                track.version = self.version
            track.forget_until(begin - grace)
        self._forget_periods(begin - grace)
        firsts = (track.listed[0].start_90k for track in self.tracks.values() if track.listed)
        first_90k = min(firsts, default=0)
        self.cues.forget_until(first_90k)
        self.delivery.forget_until(first_90k - grace)

    def _forget_periods(self, end_90k: int) -> None:
        """Let go of tracks that no longer exist and of periods in which nothing is kept."""
        current = {header.name for header in self.periods[-1].tracks}
        for name, track in list(self.tracks.items()):
            newest = track.newest
            if name not in current and not track.retired and (newest is None or newest.end_90k <= end_90k):
                while track.listed:
                    self.dash_periods.drop(track.retire_first())
                del self.tracks[name]
        kept = (track.oldest for track in self.tracks.values())
        oldest_id = min((segment.period.period_id for segment in kept if segment is not None), default=0)
        while len(self.periods) > 1 and self.periods[0].period_id < oldest_id:
            self.periods.popleft()

    # -- look-ups

    @property
    def memory_bytes(self) -> int:
        """Octets of media and CMAF headers that are kept."""
        headers = {header.init_name: len(header.init) for period in self.periods for header in period.tracks}
        return sum(track.octets for track in self.tracks.values()) + sum(headers.values())

    def track(self, name: str) -> Track:
        """Return a track; NotFound when there is none of that name."""
        track = self.tracks.get(name)
        if track is None:
            raise NotFound(f"no track {name!r}")
        return track

    def _known_track(self, name: str) -> Track:
        track = self.tracks.get(name)
        if track is None:
            raise UsageError(f"track {name!r} belongs to no period")
        return track

    def _period_of(self, number: int) -> PeriodStarted:
        for period in reversed(self.periods):
            if number >= period.first_number:
                return period
        raise UsageError(f"segment {number} is before the oldest period's first")

    def offered_tracks(self) -> list[Track]:
        """Tracks that a player can choose from now: those of the newest period in which enough has come.

        All tracks of a period begin within a moment; one that has nothing when another has ENOUGH_SEGMENTS is left out. Text
        comes a little later and is never waited for, yet always offered: a player learns but once what there is.
        """
        for period in reversed(self.periods):
            tracks = [self.tracks[header.name] for header in period.tracks if header.name in self.tracks]
            whole = [track.count_in(period, ENOUGH_SEGMENTS) for track in tracks]
            waited_for = [n for track, n in zip(tracks, whole, strict=True) if not track.is_text]
            if any(waited_for) and (all(waited_for) or max(waited_for) >= ENOUGH_SEGMENTS):
                return [
                    track for track, n in zip(tracks, whole, strict=True) if n or (track.is_text and self.settings.live)
                ]
        return []

    def render(self, key: tuple[str, ...], version: int, make: Callable[[], str]) -> str:
        """Return what ``make`` made at a version: once per change, not once per request."""
        found = self._rendered.get(key)
        if found is None or found[0] != version:
            found = self._rendered[key] = (version, make())
        return found[1]
