"""Multivariant Playlist tags (rfc8216bis 4.4.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from yiwang.base.timebase import rescale
from yiwang.hls.attributes import Quoted, tag, uri_line


@dataclass(frozen=True, slots=True)
class AudioRendition:
    """EXT-X-MEDIA of TYPE=AUDIO (4.4.6.1). ``language`` is a BCP 47 tag or None; ``name`` is unique in its group.

    ``spatial`` names what the channels carry beside themselves, as ``JOC``.
    """

    group_id: str
    name: str
    uri: str
    language: str | None
    channels: int
    default: bool
    autoselect: bool
    characteristics: str | None = None
    spatial: str = ""

    def to_text(self) -> str:
        """Return its line."""
        return tag(
            "EXT-X-MEDIA",
            {
                "TYPE": "AUDIO",
                "GROUP-ID": Quoted(self.group_id),
                "NAME": Quoted(self.name),
                "LANGUAGE": None if self.language is None else Quoted(self.language),
                "DEFAULT": "YES" if self.default else "NO",
                "AUTOSELECT": "YES" if self.autoselect else "NO",
                "CHARACTERISTICS": None if self.characteristics is None else Quoted(self.characteristics),
                "CHANNELS": Quoted(f"{self.channels}{self.spatial and '/'}{self.spatial}") if self.channels else None,
                "URI": Quoted(self.uri),
            },
        )


@dataclass(frozen=True, slots=True)
class SubtitleRendition:
    """EXT-X-MEDIA of TYPE=SUBTITLES (4.4.6.1). ``language`` is a BCP 47 tag or None; ``name`` is unique in its group."""

    group_id: str
    name: str
    uri: str
    language: str | None
    characteristics: str | None = None

    def to_text(self) -> str:
        """Return its line; a player shows it when the viewer, or what the viewer prefers, asks for it."""
        return tag(
            "EXT-X-MEDIA",
            {
                "TYPE": "SUBTITLES",
                "GROUP-ID": Quoted(self.group_id),
                "NAME": Quoted(self.name),
                "LANGUAGE": None if self.language is None else Quoted(self.language),
                "DEFAULT": "NO",
                "AUTOSELECT": "YES",
                "FORCED": "NO",
                "CHARACTERISTICS": None if self.characteristics is None else Quoted(self.characteristics),
                "URI": Quoted(self.uri),
            },
        )


@dataclass(frozen=True, slots=True)
class ClosedCaptionRendition:
    """EXT-X-MEDIA of TYPE=CLOSED-CAPTIONS (4.4.6.1): captions within the video's segments, by their INSTREAM-ID."""

    group_id: str
    name: str
    instream_id: str
    language: str | None

    def to_text(self) -> str:
        """Return its line."""
        return tag(
            "EXT-X-MEDIA",
            {
                "TYPE": "CLOSED-CAPTIONS",
                "GROUP-ID": Quoted(self.group_id),
                "NAME": Quoted(self.name),
                "LANGUAGE": None if self.language is None else Quoted(self.language),
                "DEFAULT": "NO",
                "AUTOSELECT": "YES",
                "INSTREAM-ID": Quoted(self.instream_id),
            },
        )


@dataclass(frozen=True, slots=True)
class VariantStream:
    """EXT-X-STREAM-INF (4.4.6.2). ``resolution`` is (width, height) for display; rates are bits per second."""

    uri: str
    bandwidth: int
    average_bandwidth: int
    codecs: str
    resolution: tuple[int, int] | None = None
    frame_rate: tuple[int, int] | None = None
    video_range: str | None = None
    audio: str | None = None
    subtitles: str | None = None
    closed_captions: str | None = None

    def to_text(self) -> str:
        """Return its two lines."""
        frame_rate = None
        if self.frame_rate is not None:
            thousandths = rescale(1000, *self.frame_rate)
            frame_rate = f"{thousandths // 1000}.{thousandths % 1000:03}"
        attributes: dict[str, str | int | None] = {
            "BANDWIDTH": self.bandwidth,
            "AVERAGE-BANDWIDTH": self.average_bandwidth,
            "CODECS": Quoted(self.codecs),
            "RESOLUTION": None if self.resolution is None else "{}x{}".format(*self.resolution),
            "FRAME-RATE": frame_rate,
            "VIDEO-RANGE": self.video_range,
            "AUDIO": None if self.audio is None else Quoted(self.audio),
            "SUBTITLES": None if self.subtitles is None else Quoted(self.subtitles),
            "CLOSED-CAPTIONS": None if self.closed_captions is None else Quoted(self.closed_captions),
        }
        return tag("EXT-X-STREAM-INF", attributes) + uri_line(self.uri)


Rendition: TypeAlias = AudioRendition | SubtitleRendition | ClosedCaptionRendition


def multivariant_playlist(
    renditions: Sequence[Rendition],
    variants: Sequence[VariantStream],
    *,
    independent_segments: bool,
) -> str:
    """Text of a Multivariant Playlist; no tag in it asks for an EXT-X-VERSION."""
    head = "#EXTM3U\n" + ("#EXT-X-INDEPENDENT-SEGMENTS\n" if independent_segments else "")
    return "".join((head, *(rendition.to_text() for rendition in renditions), *(v.to_text() for v in variants)))
