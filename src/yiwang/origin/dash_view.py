"""DASH: the Media Presentation Description of a presentation."""

from collections.abc import Iterator
from zlib import crc32

from yiwang.base.errors import NotYetAvailable
from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.dash.event_stream import SpliceEvent
from yiwang.dash.mpd import CEA_608_SCHEME, CEA_708_SCHEME, Live, LowLatency, Mpd, Period, Representation
from yiwang.dash.segment_timeline import SegmentTimeline
from yiwang.origin.dash_periods import DashPeriod
from yiwang.origin.language import bcp_47, labels
from yiwang.origin.presentation import Presentation
from yiwang.origin.settings import PresentationSettings
from yiwang.origin.track import Track
from yiwang.packaging.events import TrackHeader

LONGEST_JOIN_90K = TICKS_90K // 2
"""A Period that ends longer than this before the next one says so: dash.js waits in the hole otherwise."""
DELAY_SEGMENTS = 3
LOW_LATENCY_DELAY_SEGMENTS = 2
"""suggestedPresentationDelay; for low latency, Shaka Player 5 counts it from the end of the last segment listed, which may
be in progress, plus @availabilityTimeOffset: together almost two segments after what there is."""
TARGET_PARTS = 3


def dash_mpd(p: Presentation, now_ms: int) -> str:
    """Text of the MPD; ``now_ms`` (UTC, since 1970) becomes its publishTime when it has changed.

    Raises
    ------
    NotYetAvailable    no Period has what it needs yet
    """
    return p.render(("mpd",), p.dash_periods.version, lambda: _mpd(p, now_ms))


def _mpd(p: Presentation, now_ms: int) -> str:
    settings = p.settings
    periods = [period for period in p.dash_periods.periods if period.ready and period.listed]
    if not periods or not any(periods[0].timelines.values()):  # a bit rate can be stated once a segment is whole
        raise NotYetAvailable(settings.segment_90k // 90)
    origin_90k = 0 if settings.live else periods[0].start_90k
    return Mpd(
        periods=tuple(
            _period(p, period, following, origin_90k, period is periods[0])
            for period, following in zip(periods, [*periods[1:], None], strict=True)
        ),
        max_segment_duration_90k=p.target_duration_s * TICKS_90K,
        min_buffer_time_90k=settings.part_target_90k if settings.low_latency else settings.segment_90k,
        live=_live(p, now_ms) if settings.live else None,
        media_presentation_duration_90k=None if settings.live else p.end_90k - origin_90k,
    ).to_text()


def _live(p: Presentation, now_ms: int) -> Live:
    settings = p.settings
    low_latency = _low_latency(settings) if settings.low_latency else None
    return Live(
        publish_time_us=now_ms * 1000,
        minimum_update_period_90k=settings.part_90k if low_latency is not None else settings.segment_90k,
        time_shift_buffer_depth_90k=settings.window_90k or p.end_90k,
        suggested_presentation_delay_90k=(LOW_LATENCY_DELAY_SEGMENTS if low_latency else DELAY_SEGMENTS)
        * settings.segment_90k,
        utc_timing_url=settings.utc_timing_url,
        low_latency=low_latency,
    )


def _low_latency(settings: PresentationSettings) -> LowLatency:
    # A new segment is in the MPD when its first part is there, and players know it at most one update later.
    target_90k = settings.segment_90k // 2 + TARGET_PARTS * settings.part_target_90k
    return LowLatency(
        availability_time_offset_us=rescale(max(0, settings.segment_90k - settings.part_target_90k), 1_000_000, TICKS_90K),
        target_latency_ms=target_90k // 90,
        max_latency_ms=3 * target_90k // 90,
    )


def _events(p: Presentation, period: DashPeriod, following: DashPeriod | None, is_first: bool) -> Iterator[SpliceEvent]:
    """Yield the cues that begin in a Period, and in the first one those that go on from before it."""
    until = following.start_90k if following is not None else 1 << 62
    for cue in p.cues.ranges:
        sections = [(cue.id, cue.section, cue.start_90k, cue.end())]
        if cue.in_section is not None and cue.end_90k is not None:
            sections.append((f"{cue.id}-in", cue.in_section, cue.end_90k, cue.end_90k))
        for name, section, start, end in sections:
            begin = max(start, period.start_90k)
            if start >= until or (begin != start and (not is_first or (end is not None and end <= begin))):
                continue
            duration = None if end is None else end - begin
            yield SpliceEvent(crc32(name.encode()), begin - period.start_90k, duration, section)


def _captions(track: Track) -> Iterator[tuple[str, str]]:
    """Yield the Accessibility of captions within the video (ANSI/SCTE 214-1 7.4)."""
    analogue = [f"{s.instream_id}={s.language}" for s in track.captions if s.instream_id.startswith("CC")]
    digital = [
        f"{s.instream_id.removeprefix('SERVICE')}=lang:{s.language}"
        for s in track.captions
        if s.instream_id.startswith("SERVICE")
    ]
    if analogue:
        yield CEA_608_SCHEME, ";".join(analogue)
    if digital:
        yield CEA_708_SCHEME, ";".join(digital)


def _is_to_come(p: Presentation, header: TrackHeader) -> bool:
    """Tell whether a track is listed before it has a segment.

    Text comes later than pictures and sound, and nothing waits for it; but a player learns but once what a Period has.
    """
    return p.settings.live and header.config.kind == "text" and header.name in p.tracks


def _period(
    p: Presentation, period: DashPeriod, following: DashPeriod | None, origin_90k: int, is_first: bool
) -> Period:
    names = {
        name: label
        for kind in ("audio", "text")
        for name, label in labels(header for header in period.period.tracks if header.config.kind == kind).items()
    }
    representations = []
    for header in period.period.tracks:
        timeline = period.timelines.get(header.name)
        if timeline is None:
            timeline = SegmentTimeline(period.first_number)
        in_progress = period.in_progress.get(header.name)
        if not (timeline or in_progress or _is_to_come(p, header)):
            continue
        representations.append(
            Representation(
                adaptation_set_id=header.track_id,
                representation_id=header.name,
                config=header.config,
                language=bcp_47(header.language),
                label=names.get(header.name),
                role=header.role,
                bandwidth=p.tracks[header.name].bit_rate.peak_bps,
                timescale=header.timescale,
                presentation_time_offset=period.presentation_time_offset(header),
                initialization=f"{header.name}/{header.init_name}",
                timeline=timeline,
                captions=tuple(_captions(p.tracks[header.name])),
                segment_in_progress=None
                if in_progress is None
                else (
                    in_progress.start_ticks,
                    max(in_progress.duration_ticks, rescale(p.settings.segment_90k, header.timescale, TICKS_90K)),
                ),
            )
        )
    duration_90k = None
    if following is not None and following.start_90k - period.end_90k > LONGEST_JOIN_90K:
        duration_90k = period.end_90k - period.start_90k
    events = tuple(_events(p, period, following, is_first))
    return Period(period.id, period.start_90k - origin_90k, tuple(representations), duration_90k, events)
