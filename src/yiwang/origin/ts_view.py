"""HLS with MPEG-TS: a Media Playlist at ``ts.m3u8``, whose segments are multiplexed from CMAF when they are asked for.

A segment here has the number and the duration of the picture's segment (of the first sound, on radio), and all sound of
the same number is in it. It is listed when all of that is whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from yiwang.base.errors import Gone, NotFound, NotYetAvailable
from yiwang.base.timebase import TICKS_90K
from yiwang.hls.decimal_text import microseconds
from yiwang.hls.media_playlist import ENDLIST, MediaPlaylistHead
from yiwang.hls.media_segment import MediaSegment, SegmentStart
from yiwang.origin.hls_view import cue_lines, span_us
from yiwang.origin.media_answer import SEGMENTS_AHEAD
from yiwang.origin.presentation import WINDOW_TARGET_DURATIONS, Presentation
from yiwang.origin.track import MAX_DISCONTINUITIES, MAX_GAP_SEGMENTS, NO_TIME_90K, Segment, Track
from yiwang.packaging.events import PeriodStarted, TrackHeader
from yiwang.packaging.ts_segment import programme, ts_segment

LATEST_90K = 12 * TICKS_90K
"""So much later than the picture sound may be published; then the segment goes without it, for ever."""
VERSION = 3  # rfc8216bis 8: decimal EXTINF


@dataclass(frozen=True, slots=True)
class TsParts:
    """What a segment is made of; `octets` makes it, on any thread."""

    number: int
    tracks: tuple[TrackHeader, ...]
    chunks: tuple[tuple[bytes, ...], ...]  # of each track; none where it has no such segment
    segment_90k: int

    def octets(self) -> bytes:
        """Multiplex; equal parts give equal octets."""
        return ts_segment(self.number, self.tracks, self.chunks, self.segment_90k)


def hls_ts(p: Presentation) -> str:
    """Text of the Media Playlist.

    Raises
    ------
    NotYetAvailable    no segment is whole yet
    NotFound           the newest period has nothing that MPEG-TS carries
    """
    return p.render(("ts",), p.version, lambda: _playlist(p))


def ts_parts(p: Presentation, number: int) -> TsParts:
    """Return what a segment is made of.

    Raises
    ------
    NotYetAvailable, Gone, NotFound    as `media_answer.segment`
    """
    clocks = _clocks(p)
    found = next((s for s in (t.segments.get(number) for t in clocks) if s is not None and _is_clock(p, s)), None)
    if found is None:
        newest = max((track.newest.number for track in clocks if track.newest is not None), default=-1)
        if 0 < number - newest <= SEGMENTS_AHEAD and newest >= 0 and not p.finished:
            raise NotYetAvailable((number - newest) * p.settings.segment_90k // 90)
        oldest = min((track.oldest.number for track in clocks if track.oldest is not None), default=0)
        if number < oldest:
            raise Gone(f"segment {number} has left the window")
        raise NotFound(f"no segment {number}")
    names = _members(p, found)
    if names is None:
        raise NotYetAvailable(p.settings.segment_90k // 90)
    tracks = programme(found.period.tracks)
    chunks = tuple(_chunks(p, header, found) if header.name in names else () for header in tracks)
    return TsParts(number, tracks, chunks, p.settings.segment_90k)


def ts_contents(p: Presentation) -> list[tuple[int, tuple[TrackHeader, ...]]]:
    """Return number and programme of each segment in the window, for who keeps the media elsewhere."""
    return [(segment.number, _programme(p, segment.period)) for segment in _listed(p)]


def _chunks(p: Presentation, header: TrackHeader, clock: Segment) -> tuple[bytes, ...]:
    track = p.tracks.get(header.name)
    segment = track.segments.get(clock.number) if track is not None else None
    if segment is None:
        raise Gone(f"segment {clock.number} has left the window")
    return tuple(part.data for part in segment.parts)


# -- which segments there are


def _programme(p: Presentation, period: PeriodStarted) -> tuple[TrackHeader, ...]:
    found = p.ts_programmes.get(period.period_id)
    if found is None:
        kept = {known.period_id for known in p.periods}
        for old in p.ts_programmes.keys() - kept:
            del p.ts_programmes[old]
        found = p.ts_programmes[period.period_id] = programme(period.tracks)
    return found


def _clocks(p: Presentation) -> list[Track]:
    """Return the tracks that carry the clock of some period that is kept."""
    names = dict.fromkeys(_programme(p, period)[0].name for period in p.periods if _programme(p, period))
    return [p.tracks[name] for name in names if name in p.tracks]


def _is_clock(p: Presentation, segment: Segment) -> bool:
    tracks = _programme(p, segment.period)
    return bool(tracks) and tracks[0].track_id == segment.header.track_id


def _members(p: Presentation, clock: Segment) -> frozenset[str] | None:
    """Return the names of the tracks that are in a segment, None while that is not known. What was said once holds."""
    said = p.ts_members.get(clock.number)
    if said is not None:
        return said
    if not clock.whole:
        return None
    is_past = p.finished or p.periods[-1] is not clock.period or p.end_90k - clock.end_90k > LATEST_90K
    names = []
    for header in _programme(p, clock.period):
        track = p.tracks.get(header.name)
        segment = track.segments.get(clock.number) if track is not None else None
        if segment is not None and segment.whole:
            names.append(header.name)
        elif not is_past and (track is None or track.newest is None or track.newest.number <= clock.number):
            return None  # it may come
    said = p.ts_members[clock.number] = frozenset(names)
    return said


def _listed(p: Presentation) -> list[Segment]:
    """Return the segments in the window, by number, as far as all is known of each."""
    clocks = _clocks(p)
    listed = [segment for track in clocks for segment in track.listed if _is_clock(p, segment)]
    if len(clocks) > 1:
        listed.sort(key=lambda segment: segment.number)
    _forget(p, clocks)
    known = list(takewhile(lambda segment: _members(p, segment) is not None, listed))
    if known:
        known = _lengthened(p, clocks, known)
        p.ts_first_number = known[0].number
    return known


def _lengthened(p: Presentation, clocks: Sequence[Track], listed: list[Segment]) -> list[Segment]:
    """Put before a list that is too short what has just left the window of CMAF, whose end is further.

    All of that is still served for the length of a playlist. A list never goes over a hole that CMAF's would not hold.
    """
    shortest = WINDOW_TARGET_DURATIONS * p.target_duration_s * TICKS_90K
    duration = sum(segment.end_90k - segment.start_90k for segment in listed)
    retired = [segment for track in clocks for segment in track.retired if _is_clock(p, segment)]
    retired.sort(key=lambda segment: segment.number, reverse=True)
    before: list[Segment] = []
    first = listed[0]
    most_missing = min(MAX_GAP_SEGMENTS, (p.settings.window_90k or 1 << 62) // p.settings.segment_90k)
    for segment in retired:
        too_far = first.number - segment.number - 1 > most_missing
        too_far |= first.period.period_id - segment.period.period_id > MAX_DISCONTINUITIES
        if duration >= shortest or segment.number < p.ts_first_number or too_far or _members(p, segment) is None:
            break
        before.append(segment)
        duration += segment.end_90k - segment.start_90k
        first = segment
    return before[::-1] + listed


def _forget(p: Presentation, clocks: Sequence[Track]) -> None:
    kept: set[int] = set().union(*(track.segments for track in clocks))
    if len(p.ts_members) > len(kept):
        for number in p.ts_members.keys() - kept:
            del p.ts_members[number]


# -- the playlist


def _playlist(p: Presentation) -> str:
    if p.periods and not _programme(p, p.periods[-1]):
        raise NotFound("its pictures cannot be carried by MPEG-TS")
    listed = _listed(p)
    if not listed:
        raise NotYetAvailable(p.settings.segment_90k // 90)
    live = p.settings.live
    dated = live or bool(p.cues.ranges)
    head = MediaPlaylistHead(
        target_duration_s=p.target_duration_s,
        media_sequence=listed[0].number,
        discontinuity_sequence=listed[0].period.period_id,
        independent_segments=all(track.all_independent for track in _clocks(p)),
        playlist_type=None if live else "VOD" if p.finished else "EVENT",
        version=VERSION,
    )
    lines = [head.to_text(), _segment_text(listed[0], 0, dated)]
    for before, segment in pairwise(listed):
        discontinuities = segment.period.period_id - before.period.period_id
        gaps = "".join(_gaps_text(before, segment, p.settings.segment_90k))
        lines.append(gaps + _segment_text(segment, discontinuities, dated))
    for at, text in cue_lines(p, [segment.start_90k for segment in listed]):
        lines[1 + at] = text + lines[1 + at]
    if p.finished:
        lines.append(ENDLIST)
    return "".join(lines)


def _segment_text(segment: Segment, discontinuities: int, dated: bool) -> str:
    start = SegmentStart(discontinuities, program_date_time_90k=segment.start_90k if dated else None)
    duration_us = span_us(segment, segment.decode_ticks, segment.duration_ticks)
    return start.to_text() + MediaSegment(f"ts/{segment.number}.ts", duration_us).to_text()


def _gaps_text(before: Segment, segment: Segment, nominal_90k: int) -> Iterator[str]:
    """Numbers that are missing between two segments, as the playlists of CMAF have them."""
    missing = segment.number - before.number - 1
    if not missing:
        return
    share = NO_TIME_90K
    if segment.period is before.period:
        share = max(share, min(nominal_90k, (segment.start_90k - before.end_90k) // missing))
    for n in range(missing):
        start = SegmentStart(program_date_time_90k=before.end_90k + n * share)
        gap = MediaSegment(f"ts/{before.number + 1 + n}.ts", microseconds(share, TICKS_90K), gap=True)
        yield start.to_text() + gap.to_text()
