"""From a :class:`Playlist` to text that Kodi, VLC and TiviMate read alike.

No value can add a line or an attribute: line ends become spaces, a double quote in an attribute becomes a single one.
A name that cannot stand behind the comma as it is (`as_shown`) is in ``tvg-name``.
"""

import re
from collections.abc import Iterator
from itertools import islice

from yiwang.base.errors import UsageError
from yiwang.m3u.playlist import Playlist, PlaylistEntry, as_shown
from yiwang.m3u.reader import MAX_ATTRIBUTES

_NAME = re.compile(r"[A-Za-z][\w.-]*")
_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+")


def _one_line(value: str) -> str:
    return _CONTROLS.sub(" ", value).strip()


def _attributes(attributes: dict[str, str]) -> str:
    written = []
    for name, value in islice(attributes.items(), MAX_ATTRIBUTES):
        if not _NAME.fullmatch(name):
            raise UsageError(f"not an attribute of M3U: {name!r}")
        written.append(f' {name}="{_one_line(value).replace(chr(34), chr(39))}"')
    return "".join(written)


def _duration(duration_ms: int | None) -> str:
    if duration_ms is None:
        return "-1"
    seconds, milliseconds = divmod(duration_ms, 1000)
    return f"{seconds}.{milliseconds:03}" if milliseconds else str(seconds)


def entry_lines(entry: PlaylistEntry) -> Iterator[str]:
    """Yield the lines of one entry, each with its line end; its URI last."""
    uri = _one_line(entry.uri)
    if not uri or uri.startswith("#"):
        raise UsageError(f"not a URI for M3U: {entry.uri!r}")
    attributes = entry.attributes
    name = _one_line(entry.name)
    shown = as_shown(name)
    if shown != name and "tvg-name" not in attributes:
        attributes = {"tvg-name": name} | attributes
    yield f"#EXTINF:{_duration(entry.duration_ms)}{_attributes(attributes)},{shown}\n"
    if entry.group:
        yield f"#EXTGRP:{_one_line(entry.group)}\n"
    for tag, pairs in (("#EXTVLCOPT", entry.vlc_options), ("#KODIPROP", entry.kodi_properties)):
        for key, value in pairs:
            yield f"{tag}:{_one_line(key)}={_one_line(value)}\n"
    for other in entry.other_tags:
        line = _one_line(other)
        if line.startswith("#"):
            yield line + "\n"
    yield uri + "\n"


def playlist_lines(playlist: Playlist) -> Iterator[str]:
    """Yield the text of a channel list piece by piece, to be sent as UTF-8 without BOM."""
    yield f"#EXTM3U{_attributes(playlist.attributes)}\n"
    group = ""
    for entry in playlist.entries:
        if group and not entry.group and not entry.attributes.get("group-title"):
            yield "#EXTGRP:\n"  # a group holds until the next
        yield from entry_lines(entry)
        group = entry.group


def playlist_text(playlist: Playlist) -> str:
    """Return the text of a channel list."""
    return "".join(playlist_lines(playlist))
