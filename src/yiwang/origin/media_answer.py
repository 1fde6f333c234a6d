"""What a request for media is answered with."""

from dataclasses import dataclass

from yiwang.base.errors import Gone, NotFound, NotYetAvailable
from yiwang.origin.presentation import Presentation
from yiwang.origin.track import Segment, Track
from yiwang.packaging.events import PartPublished

SEGMENTS_AHEAD = 5
"""A number at most this far after the newest one is said to come; a request for a later one is a mistake."""


@dataclass(frozen=True, slots=True)
class SegmentAnswer:
    """The parts of a segment so far. Unless it is ``whole``, more follow: watch `Track.version` and ask again."""

    parts: tuple[bytes, ...]
    whole: bool


def init(p: Presentation, track: str, name: str) -> bytes:
    """Octets of a CMAF header; NotFound when no period that is kept has it."""
    for period in reversed(p.periods):
        for header in period.tracks:
            if header.name == track and header.init_name == name:
                return header.init
    raise NotFound(f"no header {name!r} of track {track!r}")


def segment(p: Presentation, track: str, number: int) -> SegmentAnswer:
    """Answer with a segment, whole or in progress.

    Raises
    ------
    Gone               it is below the window
    NotYetAvailable    it is a little after the newest one
    NotFound           no such track; missing within the window; far in the future
    """
    found = _find(p, p.track(track), number)
    return SegmentAnswer(tuple(part.data for part in found.parts), found.whole)


def webvtt(p: Presentation, track: str, number: int) -> bytes:
    """Octets of a whole segment of text as WebVTT.

    Raises
    ------
    Gone, NotYetAvailable, NotFound    as `segment`; NotFound too for what is no text
    """
    found = _find(p, p.track(track), number)
    if not found.whole:
        raise NotYetAvailable(p.settings.segment_90k // 90)
    return _text(found.webvtt, f"{number}.vtt")


def part(p: Presentation, track: str, number: int, index: int) -> bytes:
    """Octets of a part.

    Raises
    ------
    Gone               its segment is below the window
    NotYetAvailable    it is the part that EXT-X-PRELOAD-HINT names, or the next segment's first one: wait for it
    NotFound           any other that is not there
    """
    return _part(p, track, number, index).data


def part_webvtt(p: Presentation, track: str, number: int, index: int) -> bytes:
    """Octets of a part of text as WebVTT; it raises what `part` does, and NotFound for what is no text."""
    return _text(_part(p, track, number, index).webvtt, f"{number}.{index}.vtt")


def _text(octets: bytes, name: str) -> bytes:
    if not octets:
        raise NotFound(f"no {name}: it is no text")
    return octets


def _part(p: Presentation, track: str, number: int, index: int) -> PartPublished:
    found = p.track(track)
    following = found.newest.number + 1 if found.newest is not None else None
    if (number, index) in (found.hinted_part, (following, 0)) and not p.finished:
        raise NotYetAvailable(p.part_target_90k // 90)
    try:
        parts = _find(p, found, number).parts
    except NotYetAvailable:
        parts = []
    if 0 <= index < len(parts):
        return parts[index]
    raise NotFound(f"no part {number}.{index}")


def _find(p: Presentation, track: Track, number: int) -> Segment:
    found = track.segments.get(number)
    if found is not None:
        return found
    newest = track.newest
    if newest is None:
        raise NotFound(f"no segment {number}: track {track.name!r} has none yet")
    ahead = number - newest.number
    if 0 < ahead <= SEGMENTS_AHEAD and not p.finished:
        raise NotYetAvailable(ahead * p.settings.segment_90k // 90)
    oldest = track.oldest
    if oldest is not None and 0 <= number < oldest.number:
        raise Gone(f"segment {number} has left the window")
    raise NotFound(f"no segment {number}")
