"""HLS: the Multivariant Playlist and the Media Playlists of a presentation.

Media Playlists lie at ``{track}/index.m3u8`` beside the Multivariant Playlist; their URIs are relative to themselves.
"""

from bisect import bisect_left
from dataclasses import replace

from yiwang.base.elementary import MPEG_4_AUDIO
from yiwang.base.errors import NotFound, NotYetAvailable
from yiwang.base.timebase import TICKS_90K
from yiwang.hls.date_range import DateRange
from yiwang.hls.decimal_text import microseconds
from yiwang.hls.media_playlist import ENDLIST, MediaPlaylistHead, RenditionReport, ServerControl, preload_hint
from yiwang.hls.media_segment import MediaSegment, PartialSegment, SegmentStart, parts_text
from yiwang.hls.multivariant_playlist import (
    AudioRendition,
    ClosedCaptionRendition,
    Rendition,
    SubtitleRendition,
    VariantStream,
    multivariant_playlist,
)
from yiwang.origin.cues import CueRange
from yiwang.origin.language import bcp_47, labels
from yiwang.origin.presentation import Presentation
from yiwang.origin.track import Segment, Track

HOLD_BACK_TARGETS = 3
ROUNDING_90K = 90
SKIP_TARGETS = 6  # the least that rfc8216bis 4.4.3.8 allows
PARTS_TARGETS = 3  # rfc8216bis 6.2.2: parts further from the end are taken off
SUBTITLE_GROUP = "subtitles"
HARD_OF_HEARING = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
_CHARACTERISTICS = {
    "description": "public.accessibility.describes-video",
    "enhanced-audio-intelligibility": "public.accessibility.enhances-speech-intelligibility",
}
"""By role (HLS authoring specification for Apple devices, 2.12 and 2.28)."""
_MPEG_AUDIO_LAYER = {"mp4a.40.32": "mp1", "mp4a.40.33": "mp2"}


def hls_multivariant(p: Presentation) -> str:
    """Text of the Multivariant Playlist.

    Raises
    ------
    NotYetAvailable    no segment is whole yet
    """
    return p.render(("multivariant",), p.version, lambda: _multivariant(p))


def hls_media(p: Presentation, track: str, *, skip: bool = False) -> str:
    """Text of a track's Media Playlist; ``skip`` asks for a Playlist Delta Update (_HLS_skip).

    Raises
    ------
    NotFound           no such track
    NotYetAvailable    no segment of it is whole yet
    """
    found = p.track(track)
    if found.is_text and not found.is_webvtt:
        raise NotFound(f"track {track!r} is pictures, which HLS has no subtitles of")
    if not found.listed:
        raise NotYetAvailable(p.settings.segment_90k // 90)
    return p.render(("media", track, "skip" if skip else ""), p.version, lambda: _media(p, found, skip))


# -- Multivariant Playlist


def _audio_group(track: Track) -> str:
    """One group for each coding: a player that cannot decode one of a group's codecs leaves the whole variant."""
    config = track.listed_header.config
    is_aac = config.object_type_indication == MPEG_4_AUDIO
    return f"audio-{config.sample_entry if is_aac else _MPEG_AUDIO_LAYER.get(config.codec, 'mp3')}"


def _multivariant(p: Presentation) -> str:
    tracks = p.offered_tracks()
    if not tracks:
        raise NotYetAvailable(p.settings.segment_90k // 90)
    videos = [track for track in tracks if track.listed_header.config.kind == "video"]
    groups: dict[str, list[Track]] = {}  # one per sample entry, in the order of the tracks
    for track in tracks:
        if track.listed_header.config.kind == "audio":
            groups.setdefault(_audio_group(track), []).append(track)
    renditions: list[Rendition] = []
    for group, members in groups.items():
        if not videos and len(members) == 1:
            continue  # the variant itself is this rendition
        names = labels(track.listed_header for track in members)
        default = next((track for track in members if track.listed_header.role == "main"), members[0])
        for track in members:
            header = track.listed_header
            config = header.config
            renditions.append(
                AudioRendition(
                    group_id=group,
                    name=names[track.name],
                    uri=f"{track.name}/index.m3u8",
                    language=bcp_47(header.language),
                    channels=config.joc_complexity or config.channels,
                    default=track is default,
                    autoselect=True,
                    characteristics=_CHARACTERISTICS.get(header.role),
                    spatial="JOC" if config.joc_complexity else "",
                )
            )
    renditions += _subtitles(tracks)
    renditions += (rendition for video in videos for rendition in _closed_captions(video))
    if videos:
        variants = [_variant(v, members) for v in videos for members in (list(groups.values()) or [[]])]
    else:
        variants = [_variant(members[0], members) for members in groups.values()]
    if any(isinstance(rendition, SubtitleRendition) for rendition in renditions):
        variants = [replace(variant, subtitles=SUBTITLE_GROUP) for variant in variants]
    independent = all(track.all_independent for track in tracks)
    return multivariant_playlist(renditions, variants, independent_segments=independent)


def _subtitles(tracks: list[Track]) -> list[SubtitleRendition]:
    texts = [track for track in tracks if track.is_webvtt]
    names = labels(track.listed_header for track in texts)
    found = []
    for track in texts:
        header = track.listed_header
        characteristics = HARD_OF_HEARING if header.role == "caption" else None
        uri, language = f"{track.name}/index.m3u8", bcp_47(header.language)
        found.append(SubtitleRendition(SUBTITLE_GROUP, names[track.name], uri, language, characteristics))
    return found


def _closed_captions(video: Track) -> list[ClosedCaptionRendition]:
    return [
        ClosedCaptionRendition(f"cc-{video.name}", service.instream_id, service.instream_id, bcp_47(service.language))
        for service in video.captions
    ]


def _variant(track: Track, audios: list[Track]) -> VariantStream:
    config = track.listed_header.config
    others = [audio for audio in audios if audio is not track]
    codecs = dict.fromkeys((config.codec, *(audio.listed_header.config.codec for audio in audios)))
    group = _audio_group(audios[0]) if others else None
    resolution = video_range = None
    if config.kind == "video":
        resolution = (config.width * config.sar[0] // max(1, config.sar[1]), config.height)
        video_range = config.dynamic_range
    sound = others if config.kind == "video" else []
    return VariantStream(
        uri=f"{track.name}/index.m3u8",
        bandwidth=track.bit_rate.peak_bps + max((a.bit_rate.peak_bps for a in sound), default=0),
        average_bandwidth=track.bit_rate.average_bps + max((a.bit_rate.average_bps for a in sound), default=0),
        codecs=",".join(codecs),
        resolution=resolution,
        frame_rate=config.frames_per_second,
        video_range=video_range,
        audio=group,
        closed_captions=f"cc-{track.name}" if track.captions else None,
    )


# -- Media Playlist


def _media(p: Presentation, track: Track, skip: bool) -> str:
    live = p.settings.live
    low_latency = p.settings.low_latency and not p.finished
    listed = list(track.listed)
    first = listed[0]
    target_90k = p.target_duration_s * TICKS_90K
    from_here = _last(listed, SKIP_TARGETS * target_90k) if skip and live and not p.finished else 0
    begin = listed[from_here]
    head = MediaPlaylistHead(
        target_duration_s=p.target_duration_s,
        media_sequence=first.number,
        discontinuity_sequence=first.period.period_id - first.discontinuities,
        map_uri=_map_uri(begin),
        independent_segments=track.all_independent,
        playlist_type=None if live else "VOD" if p.finished else "EVENT",
        server_control=_server_control(p, track) if live else None,
        part_target_us=microseconds(p.part_target_90k, TICKS_90K) if low_latency else None,
        skipped_segments=begin.number - len(begin.gaps) - first.number if from_here else 0,
    )
    with_parts = len(listed)
    if low_latency:
        with_parts = _last(listed, PARTS_TARGETS * target_90k, track.in_progress)
    dated = live or bool(p.cues.ranges)  # 4.4.5.1: with EXT-X-DATERANGE there must be a EXT-X-PROGRAM-DATE-TIME
    lines = [head.to_text()]
    for segment in listed[from_here:with_parts]:
        if segment.text is None:
            segment.text = _segment_text(segment, dated, low_latency=False)
        lines.append(segment.text)
    lines += (_segment_text(segment, dated, low_latency) for segment in listed[max(from_here, with_parts) :])
    if not from_here and first.gaps:
        lines[1] = lines[1].removeprefix(_gaps_text(first))  # a list never begins with a gap
    if low_latency:
        lines.append(_live_edge(p, track))
    starts = [segment.start_90k for segment in listed[from_here:]]
    if low_latency and track.in_progress is not None:
        starts.append(track.in_progress.start_90k)
    for at, text in cue_lines(p, starts, first.start_90k):
        lines[1 + at] = text + lines[1 + at]
    if p.finished:
        lines.append(ENDLIST)
    return "".join(lines)


def cue_lines(p: Presentation, starts: list[int], begin_90k: int | None = None) -> list[tuple[int, str]]:
    """Return EXT-X-DATERANGE of what a playlist has some of, and before which segment; to be put there in this order.

    Parameters
    ----------
    starts : list of int    wall clock of each segment in the text
    begin_90k : int         of the first in the playlist, where the text leaves some out
    """
    first = starts[0] if begin_90k is None else begin_90k
    ranges = [cue for cue in p.cues.ranges if cue.overlaps(first)]
    return [(_place(starts, cue.start_90k), _date_range(p, cue).to_text()) for cue in reversed(ranges)]


def _place(starts: list[int], date_90k: int) -> int:
    """Tell before which segment a date range stands: the first one that begins at its date or after it; else the first.

    By rfc8216bis it belongs to its dates alone; but programs that insert advertising read where it stands. A delta update
    has those of the segments it skips, too (6.2.5.1).
    """
    at = bisect_left(starts, date_90k - ROUNDING_90K)
    return at if at < len(starts) else 0


def _date_range(p: Presentation, cue: CueRange) -> DateRange:
    duration = None
    if cue.end_90k is not None:
        duration = cue.end_90k - cue.start_90k
    elif cue.auto_return and cue.planned_90k is not None and p.end_90k >= cue.start_90k + cue.planned_90k:
        duration = cue.planned_90k
    return DateRange(
        cue.id,
        cue.start_90k,
        duration,
        cue.planned_90k,
        scte35_cmd=cue.section if cue.kind == "cmd" else None,
        scte35_out=cue.section if cue.kind == "out" else None,
        scte35_in=cue.section if cue.kind == "in" else cue.in_section,
    )


def _server_control(p: Presentation, track: Track) -> ServerControl:
    # Text comes later than the rest, and a player that reloads all its playlists together must not wait for it.
    target_us = p.target_duration_s * 1_000_000
    low_latency = p.settings.low_latency
    return ServerControl(
        can_block_reload=low_latency and not track.is_text,
        hold_back_us=HOLD_BACK_TARGETS * target_us,
        part_hold_back_us=HOLD_BACK_TARGETS * microseconds(p.part_target_90k, TICKS_90K) if low_latency else None,
        can_skip_until_us=SKIP_TARGETS * target_us,
    )


def _last(listed: list[Segment], duration_90k: int, in_progress: Segment | None = None) -> int:
    """Index of the first segment that ends less than a duration before the end of the playlist."""
    at, behind = len(listed), 0
    if in_progress is not None:
        behind = in_progress.end_90k - in_progress.start_90k + in_progress.gaps_90k
    while at and behind < duration_90k:
        at -= 1
        behind += listed[at].end_90k - listed[at].start_90k + listed[at].gaps_90k
    return at


def _gaps_text(segment: Segment) -> str:
    return "".join(
        SegmentStart(program_date_time_90k=gap.start_90k).to_text()
        + MediaSegment(_uri(segment, f"{gap.number}"), microseconds(gap.duration_90k, TICKS_90K), gap=True).to_text()
        for gap in segment.gaps
    )


def _map_uri(segment: Segment) -> str | None:
    return None if segment.header.config.kind == "text" else segment.header.init_name


def _uri(segment: Segment, name: str) -> str:
    return f"{name}.vtt" if segment.header.config.kind == "text" else f"{name}.m4s"


def _start_text(segment: Segment, live: bool) -> str:
    return SegmentStart(
        discontinuities=segment.discontinuities,
        map_uri=_map_uri(segment) if segment.new_period else None,
        program_date_time_90k=segment.start_90k if live else None,
    ).to_text()


def span_us(segment: Segment, start_ticks: int, duration_ticks: int) -> int:
    """Duration in microseconds, so rounded that the parts of a segment add up to it and segments do not drift."""
    timescale = segment.header.timescale
    return microseconds(start_ticks + duration_ticks, timescale) - microseconds(start_ticks, timescale)


def _parts_text(segment: Segment) -> str:
    return parts_text(
        [
            PartialSegment(
                _uri(segment, f"{segment.number}.{part.index}"),
                span_us(segment, part.start_ticks, part.duration_ticks),
                part.independent,
            )
            for part in segment.parts
        ]
    )


def _segment_text(segment: Segment, live: bool, low_latency: bool) -> str:
    duration_us = span_us(segment, segment.decode_ticks, segment.duration_ticks)
    text = _gaps_text(segment) + _start_text(segment, live) + (_parts_text(segment) if low_latency else "")
    return text + MediaSegment(_uri(segment, f"{segment.number}"), duration_us).to_text()


def _live_edge(p: Presentation, track: Track) -> str:
    """The segment in progress, a hint at the next part, and how far the other renditions are."""
    segment, hinted = track.in_progress, track.hinted_part
    text = ""
    if segment is not None:
        text = _gaps_text(segment) + _start_text(segment, True) + _parts_text(segment)
    if hinted is not None:
        text += preload_hint("{}.{}.{}".format(*hinted, "vtt" if track.is_text else "m4s"))
    for other in p.offered_tracks():
        newest = other.newest
        if other is not track and newest is not None and other.is_text == other.is_webvtt:
            report = RenditionReport(f"../{other.name}/index.m3u8", newest.number, len(newest.parts) - 1)
            text += report.to_text()
    return text
