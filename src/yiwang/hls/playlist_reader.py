"""Playlists of others read: what a client needs that plays Media Segments whole (rfc8216bis 4, 6.3).

Tags and attributes that are not known are passed over, as the standard has it; a value that cannot be read is as if it
were not there. What decides whether the media can be taken at all (encryption, the kind of segment) is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from yiwang.base.errors import WireError

MOST_LINES = 500_000
"""A day of two-second segments with four tags each is half of it."""
MOST_VARIANTS = 1000
_BETWEEN_COMMAS = re.compile(r'(?:[^",]++|"[^"]*+"|")++')  # in one pass, however long a line is
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')
_DECIMAL = re.compile(r"(\d{1,9})(?:\.(\d{0,9}))?")
_INTEGER = re.compile(r"\d{1,18}")
_BYTE_RANGE = re.compile(r"(\d{1,15})(?:@(\d{1,15}))?")
_IV = re.compile(r"0[xX]([0-9a-fA-F]{1,32})")
MICROSECONDS = 1_000_000
IDENTITY = "identity"
"""KEYFORMAT: the key is 16 octets behind its URI."""
MOST_SOUNDS = 16
_PICTURE_CODECS = ("avc", "hvc", "hev", "dv", "av01", "vp0", "vvc", "vvi", "mp4v", "jxs")


@dataclass(frozen=True, slots=True)
class ListedKey:
    """An EXT-X-KEY but NONE; ``iv`` None: it is the Media Sequence Number."""

    method: str
    uri: str
    iv: bytes | None = None
    key_format: str = IDENTITY


@dataclass(frozen=True, slots=True)
class ListedMap:
    """An EXT-X-MAP: the Media Initialization Section, which may be encrypted too."""

    uri: str
    byte_range: tuple[int, int] | None = None
    key: ListedKey | None = None


@dataclass(frozen=True, slots=True)
class ListedSegment:
    """A Media Segment as it is listed; ``byte_range`` is (offset, length); ``gap``: its media is absent.

    ``discontinuity``: its timestamps or encoding do not continue those of the segment before;
    ``discontinuity_sequence_number``: how many such there were, the same in all playlists of a presentation (6.2.4).
    Of several keys in force ``key`` is the one whose KEYFORMAT is IDENTITY, if there is one.
    """

    media_sequence_number: int
    uri: str
    duration_us: int
    discontinuity: bool = False
    gap: bool = False
    byte_range: tuple[int, int] | None = None
    key: ListedKey | None = None
    map: ListedMap | None = None
    discontinuity_sequence_number: int = 0


@dataclass(frozen=True, slots=True)
class ListedMedia:
    """A Media Playlist.

    ``key_methods`` are those of all EXT-X-KEY but NONE, ``has_map`` tells of an EXT-X-MAP, which MPEG-TS may have but
    only fragmented MP4 needs; ``hold_back_us`` is None where the server does not say it.
    """

    target_duration_us: int
    media_sequence_number: int
    segments: tuple[ListedSegment, ...]
    ended: bool = False
    playlist_type: str = ""
    hold_back_us: int | None = None
    key_methods: tuple[str, ...] = ()
    has_map: bool = False
    i_frames_only: bool = False


@dataclass(frozen=True, slots=True)
class ListedSound:
    """An audio Rendition that has a playlist; ``language`` is a BCP 47 tag, empty where it is not said."""

    uri: str
    language: str = ""
    is_default: bool = False
    characteristics: str = ""


@dataclass(frozen=True, slots=True)
class ListedVariant:
    """A Variant Stream; ``bandwidth`` in bit/s. ``has_own_sound``: its sound is in playlists of its own.

    ``sounds`` are those of its group which have a playlist other than its own, the default one first. ``codecs`` are empty
    where they are not said.
    """

    uri: str
    bandwidth: int
    has_own_sound: bool = False
    sounds: tuple[ListedSound, ...] = ()
    codecs: tuple[str, ...] = ()

    @property
    def is_sound_only(self) -> bool:
        """Whether it says that it has no pictures."""
        return bool(self.codecs) and not any(codec.startswith(_PICTURE_CODECS) for codec in self.codecs)


@dataclass(frozen=True, slots=True)
class ListedVariants:
    """A Multivariant Playlist."""

    variants: tuple[ListedVariant, ...]


AnyPlaylist: TypeAlias = ListedMedia | ListedVariants


def read_any_playlist(octets: bytes) -> AnyPlaylist:
    """Read a playlist.

    Parameters
    ----------
    octets : bytes    no longer than the caller cares to have read

    Returns
    -------
    playlist : ListedVariants if it has Variant Streams, else ListedMedia

    Raises
    ------
    WireError         it does not begin with #EXTM3U, or is longer than MOST_LINES
    """
    text = octets.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    if not re.match(r"#EXTM3U[ \t]*(?:[\r\n]|$)", text):
        raise WireError("playlist", 0, "#EXTM3U", repr(text[:20]))
    lines = [line.strip() for line in re.split(r"[\r\n]+", text, maxsplit=MOST_LINES + 1)[1:]]
    if len(lines) > MOST_LINES:
        raise WireError("playlist", len(octets), f"at most {MOST_LINES} lines", "more")
    if any(line.startswith("#EXT-X-STREAM-INF:") for line in lines):
        return _variants(lines)
    return _Media().read(lines)


def attributes(text: str) -> dict[str, str]:
    """Read an attribute list (4.2), quotes taken off; of a name that comes twice the first counts."""
    found: dict[str, str] = {}
    for piece in _BETWEEN_COMMAS.findall(text):
        attribute = _ATTRIBUTE.fullmatch(piece.strip())
        if attribute is not None:
            found.setdefault(attribute[1], attribute[2].strip('"').strip())
    return found


def _variants(lines: list[str]) -> ListedVariants:
    tags = [attributes(line.partition(":")[2]) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    sound = [tag for tag in tags if tag.get("TYPE") == "AUDIO"]
    apart = {tag.get("GROUP-ID") for tag in sound if "URI" in tag}  # 4.4.6.2.1: without one it is in the variant itself
    within = {tag.get("GROUP-ID") for tag in sound if "URI" not in tag}
    groups: dict[str | None, list[ListedSound]] = {}
    for tag in sorted(sound, key=lambda tag: tag.get("DEFAULT") != "YES"):
        if "URI" in tag:
            one = ListedSound(
                tag["URI"], tag.get("LANGUAGE", ""), tag.get("DEFAULT") == "YES", tag.get("CHARACTERISTICS", "")
            )
            groups.setdefault(tag.get("GROUP-ID"), []).append(one)
    found = []
    waiting: dict[str, str] | None = None
    for line in lines:
        if line.startswith("#EXT-X-STREAM-INF:"):
            waiting = attributes(line.partition(":")[2])
        elif line and not line.startswith("#") and waiting is not None:
            group = waiting.get("AUDIO")
            bandwidth = _integer(waiting.get("BANDWIDTH", "")) or 0
            codecs = tuple(codec.strip() for codec in waiting.get("CODECS", "").split(",") if codec.strip())
            sounds = tuple(one for one in groups.get(group, ()) if one.uri != line)[:MOST_SOUNDS]
            found.append(ListedVariant(line, bandwidth, group in apart - within, sounds, codecs))
            waiting = None
    return ListedVariants(tuple(found[:MOST_VARIANTS]))


_Row: TypeAlias = tuple[str, int, bool, bool, tuple[int, int] | None, ListedKey | None, ListedMap | None]
"""Of a `ListedSegment` all but its numbers."""


class _Media:
    """What has been read of a Media Playlist so far."""

    def __init__(self) -> None:
        self.segments: list[_Row] = []
        self.target_us = self.first = 0
        self.ended = self.has_map = self.i_frames_only = False
        self.type = ""
        self.hold_back_us: int | None = None
        self.methods: dict[str, None] = {}
        self.discontinuities = 0  # EXT-X-DISCONTINUITY-SEQUENCE
        self._keys: dict[str, ListedKey] = {}  # in force, by KEYFORMAT
        self._key: ListedKey | None = None
        self._map: ListedMap | None = None
        self._begin_segment()
        self._range_end: tuple[str, int] = ("", 0)  # of which resource, and where the last sub-range of it ended

    def _begin_segment(self) -> None:
        self._duration_us = 0
        self._is_discontinuous = self._is_gap = False
        self._range = ""

    def read(self, lines: list[str]) -> ListedMedia:
        for line in lines:
            if line.startswith("#EXT"):
                name, _, value = line.partition(":")
                self._tag(name, value)
            elif line and not line.startswith("#"):
                self._segment(line)
        longest = max((duration_us for _, duration_us, *_ in self.segments), default=0)
        return ListedMedia(
            target_duration_us=self.target_us or max(longest, MICROSECONDS),
            media_sequence_number=self.first,
            segments=tuple(self._numbered()),
            ended=self.ended,
            playlist_type=self.type,
            hold_back_us=self.hold_back_us,
            key_methods=tuple(self.methods),
            has_map=self.has_map,
            i_frames_only=self.i_frames_only,
        )

    def _tag(self, name: str, value: str) -> None:  # noqa: C901, PLR0912 - one case a tag
        match name:
            case "#EXTINF":
                self._duration_us = _microseconds(value.partition(",")[0].strip()) or 0
            case "#EXT-X-BYTERANGE":
                self._range = value.strip()
            case "#EXT-X-DISCONTINUITY":
                self._is_discontinuous = True
            case "#EXT-X-GAP":
                self._is_gap = True
            case "#EXT-X-KEY":
                self._take_key(attributes(value))
            case "#EXT-X-MAP":
                self.has_map = True
                self._take_map(attributes(value))
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                self.discontinuities = _integer(value.strip()) or 0
            case "#EXT-X-TARGETDURATION":
                self.target_us = _microseconds(value.strip()) or 0
            case "#EXT-X-MEDIA-SEQUENCE":
                self.first = _integer(value.strip()) or 0
            case "#EXT-X-SKIP":  # 6.2.5.1: it stands for segments that are in the list, though not here
                self.first += min(_integer(attributes(value).get("SKIPPED-SEGMENTS", "")) or 0, MOST_LINES)
            case "#EXT-X-SERVER-CONTROL":
                self.hold_back_us = _microseconds(attributes(value).get("HOLD-BACK", ""))
            case "#EXT-X-PLAYLIST-TYPE":
                self.type = value.strip()
            case "#EXT-X-ENDLIST":
                self.ended = True
            case "#EXT-X-I-FRAMES-ONLY":
                self.i_frames_only = True

    def _take_key(self, said: dict[str, str]) -> None:
        method = said.get("METHOD", "")
        if method == "NONE":
            self._keys.clear()
        elif method:
            self.methods[method] = None
            iv = _IV.fullmatch(said.get("IV", ""))
            octets = bytes.fromhex(iv[1].zfill(32)) if iv else None
            key = ListedKey(method, said.get("URI", ""), octets, said.get("KEYFORMAT", IDENTITY))
            self._keys[key.key_format] = key
        self._key = self._keys.get(IDENTITY) or next(iter(self._keys.values()), None)

    def _take_map(self, said: dict[str, str]) -> None:
        span = _BYTE_RANGE.fullmatch(said.get("BYTERANGE", ""))
        if "URI" in said:
            self._map = ListedMap(said["URI"], (int(span[2] or 0), int(span[1])) if span else None, self._key)

    def _segment(self, uri: str) -> None:
        span = None
        found = _BYTE_RANGE.fullmatch(self._range)
        if found is not None:
            length = int(found[1])
            follows = self._range_end[1] if self._range_end[0] == uri else 0
            offset = int(found[2]) if found[2] is not None else follows
            span = offset, length
            self._range_end = uri, offset + length
        self.segments.append((uri, self._duration_us, self._is_discontinuous, self._is_gap, span, self._key, self._map))
        self._begin_segment()

    def _numbered(self) -> Iterator[ListedSegment]:
        """Give the segments their numbers: EXT-X-MEDIA-SEQUENCE must come before them, but need not."""
        breaks = self.discontinuities
        for number, (uri, duration_us, is_discontinuous, gap, span, key, header) in enumerate(
            self.segments, self.first
        ):
            breaks += is_discontinuous
            yield ListedSegment(number, uri, duration_us, is_discontinuous, gap, span, key, header, breaks)


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and _INTEGER.fullmatch(text) else None


def _microseconds(text: str) -> int | None:
    """Read decimal-floating-point seconds, rounded down to microseconds."""
    found = _DECIMAL.fullmatch(text) if text.isascii() else None
    if found is None:
        return None
    return int(found[1]) * MICROSECONDS + int((found[2] or "")[:6].ljust(6, "0"))
