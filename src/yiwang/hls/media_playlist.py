"""Media Playlist tags (rfc8216bis 4.4.3) and media metadata tags (4.4.5)."""

from dataclasses import dataclass

from yiwang.hls.attributes import Quoted, tag
from yiwang.hls.decimal_text import decimal_seconds

VERSION_MAP = 6  # section 8: EXT-X-MAP in a Media Playlist without EXT-X-I-FRAMES-ONLY
VERSION_SKIP = 9  # section 8: EXT-X-SKIP


@dataclass(frozen=True, slots=True)
class ServerControl:
    """EXT-X-SERVER-CONTROL (4.4.3.8); None leaves an attribute out.

    hold_back_us : int         >= 3 target durations
    part_hold_back_us : int    >= 3 part target durations is advised, >= 2 required; required where there are parts
    can_skip_until_us : int    >= 6 target durations
    """

    can_block_reload: bool
    hold_back_us: int | None
    part_hold_back_us: int | None
    can_skip_until_us: int | None

    def to_text(self) -> str:
        """Return its line."""
        times = {
            "PART-HOLD-BACK": self.part_hold_back_us,
            "HOLD-BACK": self.hold_back_us,
            "CAN-SKIP-UNTIL": self.can_skip_until_us,
        }
        return tag(
            "EXT-X-SERVER-CONTROL",
            {
                "CAN-BLOCK-RELOAD": "YES" if self.can_block_reload else None,
                **{name: None if us is None else decimal_seconds(us) for name, us in times.items()},
            },
        )


@dataclass(frozen=True, slots=True)
class MediaPlaylistHead:
    """What comes before the first segment.

    ``playlist_type`` is ``VOD``, ``EVENT`` or, for a live playlist, None. ``skipped_segments`` above 0 makes a Playlist
    Delta Update (6.2.5.1); EXT-X-SKIP comes after the sequence tags, which players want before it. ``map_uri`` is the
    Media Initialization Section of the first segment that is written: Shaka Player keeps none from the playlist before,
    then knows no timescale, and shows no subtitles.
    """

    target_duration_s: int
    media_sequence: int
    discontinuity_sequence: int
    map_uri: str | None = None
    independent_segments: bool = False
    playlist_type: str | None = None
    server_control: ServerControl | None = None
    part_target_us: int | None = None
    skipped_segments: int = 0
    version: int = VERSION_MAP

    def to_text(self) -> str:
        """Return the lines."""
        lines = [
            "#EXTM3U\n",
            f"#EXT-X-VERSION:{VERSION_SKIP if self.skipped_segments else self.version}\n",
            f"#EXT-X-TARGETDURATION:{self.target_duration_s}\n",
        ]
        if self.independent_segments:
            lines.append("#EXT-X-INDEPENDENT-SEGMENTS\n")
        if self.playlist_type is not None:
            lines.append(f"#EXT-X-PLAYLIST-TYPE:{self.playlist_type}\n")
        if self.server_control is not None:
            lines.append(self.server_control.to_text())
        if self.part_target_us is not None:
            lines.append(tag("EXT-X-PART-INF", {"PART-TARGET": decimal_seconds(self.part_target_us)}))
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{self.media_sequence}\n")
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{self.discontinuity_sequence}\n")
        if self.skipped_segments:
            lines.append(tag("EXT-X-SKIP", {"SKIPPED-SEGMENTS": self.skipped_segments}))
        if self.map_uri is not None:
            lines.append(tag("EXT-X-MAP", {"URI": Quoted(self.map_uri)}))
        return "".join(lines)


def preload_hint(uri: str) -> str:
    """EXT-X-PRELOAD-HINT (4.4.5.3) of the next Partial Segment."""
    return tag("EXT-X-PRELOAD-HINT", {"TYPE": "PART", "URI": Quoted(uri)})


@dataclass(frozen=True, slots=True)
class RenditionReport:
    """EXT-X-RENDITION-REPORT (4.4.5.4): how far the playlist at ``uri`` is."""

    uri: str
    last_msn: int
    last_part: int | None

    def to_text(self) -> str:
        """Return its line."""
        return tag(
            "EXT-X-RENDITION-REPORT",
            {"URI": Quoted(self.uri), "LAST-MSN": self.last_msn, "LAST-PART": self.last_part},
        )


ENDLIST = "#EXT-X-ENDLIST\n"
