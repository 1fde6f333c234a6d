"""Channel lists of Chinese apps without EXTM3U: ``name,URI`` lines under ``group,#genre#`` lines.

No standard defines them. Several URIs of one line have ``#`` between; commas may be full-width ones.
"""

import re

from yiwang.m3u.playlist import Playlist, PlaylistEntry
from yiwang.m3u.reader import MAX_ENTRIES, MAX_LINE, LineEnds, cut, decode

_GENRE = re.compile(r"([^,，]*)[,，]\s*#genre#.*", re.IGNORECASE)
_CHANNEL = re.compile(r"([^,，#\s][^,，]*)[,，]\s*((?!\d)[\w+.-]+://.*)")
_NEXT_URI = re.compile(r"#(?=(?!\d)[\w+.-]+://)")
_LOOK_AT = 50
"""Lines that are looked at to know such a list by."""


def is_genre_list(head: str) -> bool:
    """Tell by its begin whether a text is such a list: all its lines but remarks are of the two forms, or nearly all."""
    stripped = (line.strip() for line in LineEnds.split(head)[: 4 * _LOOK_AT])
    lines = [line for line in stripped if line and not line.startswith(("#", "//"))][:_LOOK_AT]
    good = [line for line in lines if _GENRE.fullmatch(line) or _CHANNEL.fullmatch(line)]
    return 5 * len(good) >= 4 * len(lines) and any("://" in line for line in good)


def read_genre_list(octets: bytes) -> Playlist:
    """Read such a list; a line that is neither form is counted and lost."""
    text, well_coded = decode(octets)
    entries: list[PlaylistEntry] = []
    faults = {} if well_coded else {"encoding": 1}

    def fault(name: str) -> None:
        faults[name] = faults.get(name, 0) + 1

    group = ""
    for line in map(str.strip, LineEnds.split(text.lstrip("\ufeff"))):
        if len(line) > MAX_LINE:
            fault("line too long")
        elif genre := _GENRE.fullmatch(line):
            group = cut(genre[1])
        elif channel := _CHANNEL.fullmatch(line):
            name = cut(channel[1])
            for uri in _NEXT_URI.split(channel[2]):
                if len(entries) < MAX_ENTRIES:
                    entries.append(PlaylistEntry(uri.strip(), name, group=group))
                else:
                    fault("too many entries")
        elif line and not line.startswith(("#", "//")):
            fault("entry without URI")
    return Playlist(tuple(entries), {}, faults)
