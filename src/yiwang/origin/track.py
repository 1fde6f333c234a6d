"""A track's segments: those in the window, those that just left it, and the one in progress."""

from collections import deque
from dataclasses import dataclass, field
from itertools import islice

from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.origin.bit_rate import BitRate
from yiwang.packaging.events import CaptionService, PartPublished, PeriodStarted, SegmentPublished, TrackHeader
from yiwang.subtitles.imsc import TEXT_CODEC

MAX_GAP_SEGMENTS = 1800
"""More missing numbers than this are not listed as gaps: the list begins anew."""
MAX_DISCONTINUITIES = 64
"""Likewise for periods in which the track had no segment."""
NO_TIME_90K = 90
"""Duration of a gap that is there for its number alone, 1 ms. At a discontinuity the playlist's time line goes on without
the hole, and dates tell how long it was; a player then has nothing to jump over."""
LONGEST_REORDERING_S = 1
"""16 frames, the most that H.264 holds back, at 16 frames a second."""


def presentation_90k(period: PeriodStarted, ticks: int, timescale: int) -> int:
    """Wall clock of a media time: 90 kHz ticks since 1970-01-01Z."""
    return rescale(ticks, TICKS_90K, timescale) - period.media_start_90k + period.presentation_start_90k


def _reordering_ticks(period: PeriodStarted, header: TrackHeader, number: int, decode_ticks: int) -> int:
    """By how much pictures are presented later than a segment's first decode time, in this period.

    Where pictures are reordered the first one is decoded some frames before it is shown. A period begins when the first
    picture of its first segment is shown; so the distance from there to that picture's decode time is the delay. Players
    compare the times that playlists state with those of the pictures in their buffers.
    """
    if header.config.kind != "video" or number != period.first_number:
        return 0
    delay = rescale(period.media_start_90k, header.timescale, TICKS_90K) - decode_ticks
    return delay if 0 < delay <= LONGEST_REORDERING_S * header.timescale else 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A number for which the track has no segment."""

    number: int
    start_90k: int  # wall clock
    duration_90k: int


@dataclass(slots=True)
class Segment:
    """A segment; its octets are those of its parts, kept once."""

    number: int
    period: PeriodStarted
    header: TrackHeader
    decode_ticks: int  # tfdt of its first sample
    start_ticks: int  # its earliest presentation time
    start_90k: int  # the same as wall clock
    gaps: tuple[Gap, ...] = ()  # missing numbers listed just before it
    discontinuities: int = 0  # periods since the segment listed before it
    new_period: bool = False  # the segment listed before it is of another period
    parts: list[PartPublished] = field(default_factory=list)
    octets: int = 0
    duration_ticks: int = 0
    independent: bool = False
    whole: bool = False
    webvtt: bytes = b""  # once it is whole
    text: str | None = None  # its lines in a Media Playlist once they change no more

    @property
    def end_90k(self) -> int:
        """Wall clock of the end of what it holds so far."""
        return self.start_90k + rescale(self.duration_ticks, TICKS_90K, self.header.timescale)

    @property
    def gaps_90k(self) -> int:
        """Duration of the gaps listed before it."""
        return sum(gap.duration_90k for gap in self.gaps)


class Track:
    """One track of a presentation over all its periods.

    ``version`` rises with every change, so that who waits for a part or a segment may watch it.
    """

    def __init__(self, header: TrackHeader) -> None:
        self.name = header.name
        self.is_text = header.config.kind == "text"
        self.is_webvtt = header.config.codec == TEXT_CODEC  # in HLS; subtitles that are pictures are not
        self.header = header
        self.version = 0
        self.listed: deque[Segment] = deque()  # whole, in the window
        self.retired: deque[Segment] = deque()  # whole, out of the window, still served
        self.in_progress: Segment | None = None
        self.segments: dict[int, Segment] = {}  # by number: all of the above
        self.captions: tuple[CaptionService, ...] = ()
        self.bit_rate = BitRate()
        self.all_independent = True
        self._period: PeriodStarted | None = None  # of the newest segment
        self._reordering_ticks = 0  # in that period
        self._nominal_90k = 0  # duration of a segment
        self.octets = 0
        self.listed_90k = 0  # duration of the playlist, gaps included

    @property
    def newest(self) -> Segment | None:
        """Its last segment, whole or in progress."""
        return self.in_progress or (self.listed[-1] if self.listed else None)

    @property
    def listed_header(self) -> TrackHeader:
        """What a player that joins now needs: the header of the last segment in its playlist, of the first one to come."""
        return self.listed[-1].header if self.listed else self.header

    @property
    def oldest(self) -> Segment | None:
        """Its first segment that is still served."""
        if self.retired:
            return self.retired[0]
        return self.listed[0] if self.listed else self.in_progress

    @property
    def last_listed_number(self) -> int:
        """Media Sequence Number of the last Media Segment listed; gaps before a segment in progress are listed."""
        if self.in_progress is not None:
            return self.in_progress.number - 1
        return self.listed[-1].number

    @property
    def hinted_part(self) -> tuple[int, int] | None:
        """Number and index of the part that comes next, as far as one can know.

        A segment that is as long as they are planned has its last part: only the random access point that ends it is not
        whole yet.
        """
        newest = self.newest
        if newest is None:
            return None
        is_full = newest.duration_ticks * TICKS_90K >= self._nominal_90k * newest.header.timescale
        return (newest.number + 1, 0) if newest.whole or is_full else (newest.number, len(newest.parts))

    def count_in(self, period: PeriodStarted, most: int) -> int:
        """How many whole segments it has in a period or later ones, counted up to ``most``."""
        newest = islice(reversed(self.listed), most)
        return sum(segment.period.period_id >= period.period_id for segment in newest)

    def begin_segment(self, number: int, decode_ticks: int, period: PeriodStarted, nominal_90k: int) -> Segment:
        """Open a segment; numbers missing since the one before become gaps, within a period of the time that is missing."""
        header, self._nominal_90k = self.header, nominal_90k
        if self._period is not period:
            self._period = period
            self._reordering_ticks = _reordering_ticks(period, header, number, decode_ticks)
        start_ticks = decode_ticks + self._reordering_ticks
        start = presentation_90k(period, start_ticks, header.timescale)
        segment = Segment(number, period, header, decode_ticks, start_ticks, start)
        if self.listed:
            before = self.listed[-1]
            missing = number - before.number - 1
            segment.discontinuities = period.period_id - before.period.period_id
            segment.new_period = segment.discontinuities > 0
            if missing:
                share = NO_TIME_90K
                if not segment.new_period:
                    share = max(share, min(nominal_90k, (start - before.end_90k) // missing))
                at = before.end_90k
                segment.gaps = tuple(Gap(before.number + 1 + i, at + i * share, share) for i in range(missing))
        self.in_progress = segment
        self.segments[number] = segment
        return segment

    def list_anew(self, number: int, period: PeriodStarted, most_missing: int) -> bool:
        """Tell whether too much is missing before a segment for a list to hold both sides of the hole."""
        if not self.listed:
            return False
        before = self.listed[-1]
        return (
            number - before.number - 1 > min(most_missing, MAX_GAP_SEGMENTS)
            or period.period_id - before.period.period_id > MAX_DISCONTINUITIES
        )

    def add_part(self, part: PartPublished, kept: PartPublished) -> Segment:
        """Add a part to the segment in progress; ``kept`` is the same without octets where they are not kept."""
        segment = self.in_progress
        assert segment is not None
        segment.parts.append(kept)
        segment.octets += len(part.octets)
        segment.duration_ticks = part.start_ticks + part.duration_ticks - segment.decode_ticks
        self.octets += len(kept.octets) + len(kept.webvtt)
        return segment

    def end_segment(self, event: SegmentPublished) -> Segment:
        """Make the segment in progress whole, and list it."""
        segment = self.in_progress
        assert segment is not None
        segment.duration_ticks = event.duration_ticks
        segment.independent = event.independent
        segment.webvtt = event.webvtt
        segment.whole = True
        self.octets += len(event.webvtt)
        self.all_independent &= event.independent
        self.bit_rate.add(segment.octets, segment.end_90k - segment.start_90k)
        if self.listed:
            self.listed_90k += segment.gaps_90k
        self.listed.append(segment)
        self.listed_90k += segment.end_90k - segment.start_90k
        self.in_progress = None
        return segment

    def retire_first(self) -> Segment:
        """Take the first segment out of the window; it is served a while longer."""
        segment = self.listed.popleft()
        segment.text = None
        self.listed_90k -= segment.end_90k - segment.start_90k
        if self.listed:
            self.listed_90k -= self.listed[0].gaps_90k  # a list never begins with a gap
        self.bit_rate.remove(segment.octets, segment.end_90k - segment.start_90k)
        self.retired.append(segment)
        return segment

    def forget_until(self, end_90k: int) -> None:
        """Give up retired segments that ended at or before a moment."""
        while self.retired and self.retired[0].end_90k <= end_90k:
            segment = self.retired.popleft()
            del self.segments[segment.number]
            self.octets -= sum(len(part.octets) + len(part.webvtt) for part in segment.parts) + len(segment.webvtt)
