"""What the packager publishes. An origin's state is the fold of these events, in order.

Words: a *period* is a stretch of segments with continuous time and constant codecs: one DASH Period, one HLS
discontinuity. A *segment* has a number, the same in every track and never falling. A *part* is one CMAF chunk
(moof + mdat); a segment's octets are its parts' octets joined, nothing else.

Times: media time is the track's ``timescale`` ticks (90 000 for video, the sampling frequency for audio) on the channel's
64-bit timeline, as ``tfdt`` carries it. Presentation time is 90 kHz ticks since 1970-01-01T00:00:00Z, the wall clock of
the media: DASH ``availabilityStartTime`` is always 1970-01-01T00:00:00Z.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from yiwang.base.elementary import CodecConfig
from yiwang.base.pieces import Pieces


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """A track of a period and its CMAF header."""

    name: str  # 'video', 'audio', 'audio-2', 'text': stable, unique, a path component
    track_id: int
    timescale: int
    config: CodecConfig
    language: str  # ISO 639-2/T, 'und' when not signalled
    role: str  # DASH role: 'main', 'alternate', 'description', ...
    init_name: str  # 'init-1a2b3c4d.mp4': names its octets, so it may be cached for ever
    init: bytes


@dataclass(frozen=True, slots=True)
class PeriodStarted:
    """A new period begins: every segment from ``first_number`` on belongs to it.

    Where only presentation time steps ('clock step'), some tracks' last segments before it are still to come.
    """

    period_id: int  # rises by one each time; is the HLS discontinuity sequence
    first_number: int  # of its first segment; > every earlier number
    media_start_90k: int  # timeline at the period's start: presentationTimeOffset
    presentation_start_90k: int  # Period@start, and EXT-X-PROGRAM-DATE-TIME
    tracks: tuple[TrackHeader, ...]
    reason: str  # 'start', 'time jump', 'codec change', 'signal returned', ...


@dataclass(frozen=True, slots=True)
class PartPublished:
    """A chunk can be fetched. Parts of a segment have indices 0, 1, 2 ..."""

    track: str
    number: int
    index: int
    octets: bytes | Pieces
    start_ticks: int  # tfdt of its first sample
    duration_ticks: int
    independent: bool  # its first sample is a stream access point
    webvtt: bytes = (
        b""  # of a text track that can be WebVTT: the part as a file; ``octets`` are then in the last part alone
    )

    @property
    def data(self) -> bytes:
        """Its octets as one object; whoever wants their number alone had better ask ``octets``."""
        return bytes(self.octets)


@dataclass(frozen=True, slots=True)
class SegmentPublished:
    """A segment is whole: its parts have all been published."""

    track: str
    number: int
    start_ticks: int
    duration_ticks: int
    independent: bool
    webvtt: bytes = b""  # of a text track that can be WebVTT: the segment as a file


@dataclass(frozen=True, slots=True)
class CuePublished:
    """A splice cue (SCTE 35). One of the same ``event_id`` and ``kind`` that comes later replaces it.

    ``kind`` is 'out' (a break begins), 'in' (it ends), 'cmd' (any other) or 'cancel' (times are where that was said).
    The time is exact; the segment of the cue is the one with the first random access point at or after it (ADR 16).
    """

    kind: str
    event_id: int | None
    media_90k: int  # on the channel's timeline: equal on all packagers of the stream
    presentation_90k: int
    duration_90k: int | None
    auto_return: bool
    section: bytes  # splice_info_section as received


@dataclass(frozen=True, slots=True)
class CaptionService:
    """Captions within the video: 'CC1' to 'CC4' (CEA-608), 'SERVICE1' to 'SERVICE63' (CEA-708)."""

    instream_id: str
    language: str = "und"  # ISO 639-2/T


@dataclass(frozen=True, slots=True)
class CaptionsFound:
    """The caption services of a video track, all that are known by now."""

    track: str
    services: tuple[CaptionService, ...]


PackagerEvent = PeriodStarted | PartPublished | SegmentPublished | CuePublished | CaptionsFound


@dataclass(frozen=True, slots=True)
class Work:
    """Events that are still to be made, at their place among others; any thread may do it, in order."""

    events: Callable[[], list[PackagerEvent]]


Outcome = PackagerEvent | Work


class EventSink(Protocol):
    """Where events go: a list of them, or of outcomes."""

    def append(self, event: PackagerEvent, /) -> None:
        """Take an event."""


def settle(outcomes: Iterable[Outcome]) -> list[PackagerEvent]:
    """Do the work; return all events in order."""
    events: list[PackagerEvent] = []
    for outcome in outcomes:
        if isinstance(outcome, Work):
            events += outcome.events()
        else:
            events.append(outcome)
    return events
