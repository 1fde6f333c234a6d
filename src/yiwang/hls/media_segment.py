"""Media Segments and Partial Segments with the tags that apply to them (rfc8216bis 4.4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.hls.attributes import Quoted, tag, uri_line
from yiwang.hls.decimal_text import date_time, decimal_seconds


@dataclass(frozen=True, slots=True)
class PartialSegment:
    """EXT-X-PART (4.4.4.9)."""

    uri: str
    duration_us: int
    independent: bool

    def to_text(self) -> str:
        """Return its line."""
        return tag(
            "EXT-X-PART",
            {
                "DURATION": decimal_seconds(self.duration_us),
                "URI": Quoted(self.uri),
                "INDEPENDENT": "YES" if self.independent else None,
            },
        )


@dataclass(frozen=True, slots=True)
class SegmentStart:
    """The tags that come before a segment's parts and URI.

    ``discontinuities`` is how much its Discontinuity Sequence Number is above that of the segment before: one
    EXT-X-DISCONTINUITY (4.4.4.3) each. ``map_uri`` (4.4.4.5) is given where the Media Initialization Section changes.
    ``program_date_time_90k`` (4.4.4.6): 90 kHz ticks since 1970-01-01Z.
    """

    discontinuities: int = 0
    map_uri: str | None = None
    program_date_time_90k: int | None = None

    def to_text(self) -> str:
        """Return the lines."""
        text = "#EXT-X-DISCONTINUITY\n" * self.discontinuities
        if self.map_uri is not None:
            text += tag("EXT-X-MAP", {"URI": Quoted(self.map_uri)})
        if self.program_date_time_90k is not None:
            text += f"#EXT-X-PROGRAM-DATE-TIME:{date_time(self.program_date_time_90k)}\n"
        return text


@dataclass(frozen=True, slots=True)
class MediaSegment:
    """EXTINF (4.4.4.1) and the URI; ``gap``: EXT-X-GAP (4.4.4.7), its media is absent and must not be loaded."""

    uri: str
    duration_us: int
    gap: bool = False

    def to_text(self) -> str:
        """Return the lines."""
        gap = "#EXT-X-GAP\n" if self.gap else ""
        return f"{gap}#EXTINF:{decimal_seconds(self.duration_us)},\n{uri_line(self.uri)}"


def parts_text(parts: Sequence[PartialSegment]) -> str:
    """Return the lines of Partial Segments in order."""
    return "".join(part.to_text() for part in parts)
