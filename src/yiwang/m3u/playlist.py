"""The records of a channel list: a head, then entries in order.

No standard defines the format. What is read is what Kodi's PVR IPTV Simple Client, VLC and TiviMate agree upon:
``#EXTM3U`` with attributes, ``#EXTINF:seconds attributes,name``, ``#EXTGRP``, ``#EXTVLCOPT``, ``#KODIPROP``, a URI. Lists of
Chinese apps have a remark behind a URI, ``$`` between; in theirs without EXTM3U a line is a name and a URI (``genre_list``).
"""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

_BETWEEN_URIS = re.compile(r",(?=\s*[A-Za-z][\w+.-]*://)")
_HEADER_OF = {
    prefix + name: header
    for prefix in ("", "http-")
    for name, header in (
        ("user-agent", "user-agent"),
        ("referrer", "referer"),
        ("referer", "referer"),
        ("origin", "origin"),
    )
}
_KODI_HEADERS = tuple(f"inputstream.adaptive.{kind}_headers" for kind in ("manifest", "stream", "common"))
_HEADER_VALUE = re.compile("[ -~]{1,1000}")
_REMARK = re.compile(r"(?<=.)\$(?!\{)([^${}]*)\Z")
_PLAIN = re.compile(r"[^/?&=]*")
_COMPLETE = re.compile(r"(?:\.(?:m3u8?|ts|mpd|flv|mp4|php)|:\d{1,5})\Z", re.IGNORECASE)
_FILE_NAME = re.compile(r"\.(?:m3u8?|ts|mpd|flv|mp[34]|mkv|aac|php)\Z", re.IGNORECASE)
_RECORDED = re.compile(
    r"\.(?:mp[34]|m4[av]|mkv|avi|mov|wmv|webm|flac|wav|ogg|mka|mpe?g|vob|iso|rmvb?)\Z", re.IGNORECASE
)
_MEDIA_ATTRIBUTES = ("media", "media-dir", "media-size")
"""Of Kodi: an entry that is a film, not a channel."""
AS_LONG_AS_A_FILM_MS = range(20 * 60_000, 6 * 3_600_000)
CATCHUP_ATTRIBUTES = (
    "catchup", "catchup-type", "catchup-source", "catchup-days", "catchup-correction", "timeshift", "tvg-rec",
)  # fmt: skip
"""Of Kodi's PVR IPTV Simple Client and TiviMate: how, from where, how many days, hours off."""
_LIKE_AN_ATTRIBUTE = re.compile(r"=(?=\s*[\"'])")
GUIDE_ATTRIBUTES = ("url-tvg", "x-tvg-url", "tvg-url")


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """One channel: its URI and what the lines above it say.

    ``attributes`` are those of EXTINF, names in lower case; ``duration_ms`` is None where it is negative, zero or not a
    number. ``group`` is the value of EXTGRP, which holds until the next; ``vlc_options`` and ``kodi_properties`` are
    (name, value) in order; ``other_tags`` are lines with # that nobody here knows, kept as they were.
    """

    uri: str
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    duration_ms: int | None = None
    group: str = ""
    vlc_options: tuple[tuple[str, str], ...] = ()
    kodi_properties: tuple[tuple[str, str], ...] = ()
    other_tags: tuple[str, ...] = ()

    @property
    def tvg_id(self) -> str:
        """Id of the channel in the guide; empty: none."""
        return self.attributes.get("tvg-id", "")

    @property
    def tvg_name(self) -> str:
        """Name in the guide; the entry's name where there is none."""
        return self.attributes.get("tvg-name", "") or self.name

    @property
    def title(self) -> str:
        """What players show: the name behind the comma, with the commas that our writer had to take out of it."""
        called = self.attributes.get("tvg-name", "")
        return called if called and as_shown(called) == self.name else self.name or called

    @property
    def is_radio(self) -> bool:
        """Whether the list says that it is radio."""
        return self.attributes.get("radio", "").lower() in ("true", "1", "yes")

    @property
    def is_recorded(self) -> bool:
        """Whether it is a film or a song: said to be media, or as long as a film, or of a duration and in a recording's file.

        A short duration alone says nothing: lists of channels have any number there.
        """
        if any(self.attributes.get(name, "").lower() not in ("", "false", "0") for name in _MEDIA_ATTRIBUTES):
            return True
        if self.duration_ms is None:
            return False
        path = self.location.partition("?")[0].partition("#")[0]
        return self.duration_ms in AS_LONG_AS_A_FILM_MS or _RECORDED.search(path) is not None

    @property
    def tvg_logo(self) -> str:
        """URI of the logo; empty: none."""
        return self.attributes.get("tvg-logo", "") or self.attributes.get("logo", "")

    @property
    def tvg_chno(self) -> str:
        """Channel number as written (``7``, ``7.1``); empty: none."""
        return self.attributes.get("tvg-chno", "") or self.attributes.get("channel-number", "")

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of ``group-title``, which may be several with ``;`` between, otherwise that of EXTGRP."""
        written = self.attributes.get("group-title", "") or self.group
        return tuple(group.strip() for group in written.split(";") if group.strip())

    @property
    def location(self) -> str:
        """The address without what Kodi has behind it, ``|User-Agent=…``, and without a remark, ``$1080P``."""
        address, bar, options = self.uri.partition("|")
        return without_remark(address.strip() if bar and "=" in options else self.uri)

    @property
    def request_headers(self) -> dict[str, str]:
        """Headers that the server wants of a player, names in lower case: who it is, where it comes from.

        Of what is said several times the address's own word goes first, then that of the options, then of the attributes.
        """
        said = [(name, value) for name, value in self.attributes.items() if name in _HEADER_OF]
        said += self.vlc_options
        for name, value in self.kodi_properties:
            said += parse_qsl(value) if name.lower() in _KODI_HEADERS else ()
        said += parse_qsl(self.uri.partition("|")[2])
        named = ((_HEADER_OF.get(name.lower()), value.strip()) for name, value in said)
        return {name: value for name, value in named if name is not None and _HEADER_VALUE.fullmatch(value)}

    @property
    def guide_offset_ms(self) -> int:
        """``tvg-shift``, hours with a fraction: to be added to the guide's times."""
        return _offset_ms(self.attributes.get("tvg-shift", ""))


@dataclass(frozen=True, slots=True)
class Playlist:
    """A whole channel list. ``faults``: what was not as it should be, by name, with how often."""

    entries: tuple[PlaylistEntry, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)  # of EXTM3U, names in lower case
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def guide_uris(self) -> tuple[str, ...]:
        """XMLTV documents named in the head, several with a comma between; each once, in order."""
        written = (_uris(self.attributes.get(name, "")) for name in GUIDE_ATTRIBUTES)
        return tuple(dict.fromkeys(uri.strip() for uris in written for uri in uris if uri.strip()))

    def guide_offset_ms(self, entry: PlaylistEntry) -> int:
        """Return an entry's ``tvg-shift``, that of the head where it has none."""
        if "tvg-shift" in entry.attributes:
            return entry.guide_offset_ms
        return _offset_ms(self.attributes.get("tvg-shift", ""))

    def catchup(self, entry: PlaylistEntry) -> dict[str, str]:
        """Return the attributes by which an entry's past is found, else the head's; none where it has no past."""
        said = {
            name: value for name, value in (self.attributes | entry.attributes).items() if name in CATCHUP_ATTRIBUTES
        }
        return (
            said
            if any(said.get(name, "") not in ("", "0") for name in ("catchup", "catchup-type", "timeshift", "tvg-rec"))
            else {}
        )


def as_shown(name: str) -> str:
    """Return a name as it may stand behind the comma of EXTINF.

    Kodi takes the last comma for the begin of the name, others the first, and some read attributes after a comma too: a
    comma in the name, and an equals sign before a quote, become the full-width ones.
    """
    return _LIKE_AN_ATTRIBUTE.sub("＝", name.replace(",", "，"))


def without_remark(address: str) -> str:
    """Return an address without a remark for people behind a ``$``.

    A remark has letters that no address has, or is behind a whole address; ``${…}`` is of catch-up templates.
    """
    found = _REMARK.search(address)
    if found is None or _FILE_NAME.search(found[1]):
        return address
    whole, remark = address[: found.start()].strip(), found[1]
    if not remark.isascii() or " " in remark or (_COMPLETE.search(whole) and _PLAIN.fullmatch(remark)):
        return whole
    return address


def _uris(written: str) -> list[str]:
    """Return several addresses; a comma within one (in a query) is no end of it."""
    return _BETWEEN_URIS.split(written) if "://" in written else written.split(",")


def _offset_ms(hours_written: str) -> int:
    try:
        hours = float(hours_written or "0")
    except ValueError:
        return 0
    return round(hours * 3_600_000) if -48 <= hours <= 48 else 0
