"""From octets to a :class:`Playlist`. Whatever is wrong in a line loses that line and is counted."""

import re
from collections import Counter

from yiwang.base.errors import WireError
from yiwang.m3u.playlist import Playlist, PlaylistEntry

MAX_OCTETS = 1 << 26
"""64 MiB: ten times the largest public list."""
MAX_LINE = 1 << 16
"""Characters; logos as data: URIs come near it."""
MAX_NAME = 1024
"""Characters of a name or a group; what is longer is cut."""
MAX_VALUES = MAX_LINE - 4 * MAX_NAME
"""Characters of all values of a line, so that it is no longer than MAX_LINE when our writer has put its name in twice."""
MAX_ENTRIES = 250_000
MAX_ATTRIBUTES = 64
MAX_DURATION_MS = 999_999_999_999
MAX_TAGS = 64
"""Lines with # of one kind kept for one entry."""

_KEY = re.compile(r"[\s,]*([A-Za-z][\w.-]*)\s*=\s*")
# a quote within a value is no end of it: an end is followed by a comma, the next attribute, or nothing
_QUOTED = {quote: re.compile(rf"{quote}([^\n]*?){quote}(?=\s*(?:,|$|[A-Za-z][\w.-]*\s*=))") for quote in "\"'"}
_QUOTED |= dict.fromkeys("“”„", re.compile(r"[“”„]([^\n]*?)[“”](?=\s*(?:,|$|[A-Za-z][\w.-]*\s*=))"))
_BARE = re.compile(r"[^\s,]*")
_HEAD_WITH_ENTRY = re.compile(r"((?:[^\"#]|\"[^\"]*\"|#(?!EXTINF:))*)#EXTINF:")
_DURATION = re.compile(r"\s*([+-]?\d{1,9}(?:\.\d{0,9})?)?")
_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")
_BLANKS = "".join(c for c in map(chr, range(0x3001)) if c.isspace()) + "\ufeff"
_ABOVE_ASCII = re.compile(rb"[\x80-\xff]+")
FIRST_CYRILLIC = 0xC0
ENOUGH_OCTETS = 40
"""Of so many octets of Chinese a third is below; fewer can be by chance, but are mostly no whole characters of Chinese."""
_OTHERS = re.compile("[^\x00-\x7f\ufffd]+")
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+[^,\"'\s]{0,64},[A-Za-z0-9+/=%_-]*")
LineEnds = re.compile(r"\r\n|\n|\r")


def decode(octets: bytes) -> tuple[str, bool]:
    """Return the text and whether every octet was understood: by the BOM, else UTF-8, else what looks like it.

    What else there is in the field: GB 18030, and the Windows code pages of Cyrillic and of Western Europe. An octet of
    theirs and the letter behind it are a character of GB 18030 as well, so that alone says nothing.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if octets.startswith(mark):
            text = octets[len(mark) :].decode(encoding, "replace")
            return text, "\ufffd" not in text
    try:
        return octets.decode("utf-8"), True
    except UnicodeDecodeError:
        pass
    # good UTF-8 with a broken character is better than all of it as something else
    text = octets.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(map(len, _OTHERS.findall(text))) > broken:
        return text, False
    for encoding in _likely_encodings(octets):
        try:
            return octets.decode(encoding), encoding == "gb18030"
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1"), False


def _likely_encodings(octets: bytes) -> tuple[str, ...]:
    """Tell by the octets above ASCII: in Western words they stand alone, in Cyrillic ones together, none below 0xC0."""
    runs = _ABOVE_ASCII.findall(octets)
    n = sum(map(len, runs))
    if n < 2 * len(runs):
        return ("cp1252",)
    letters = sum(octet >= FIRST_CYRILLIC for run in runs for octet in run)
    if letters * 10 < n * 9:
        return "gb18030", "cp1252"
    return ("cp1251", "gb18030") if n >= ENOUGH_OCTETS else ("gb18030", "cp1251")


def cut(name: str) -> str:
    """Return a name or a group as it is kept."""
    return name.strip()[:MAX_NAME].rstrip()


def _lower(name: str) -> str:
    """Return a name as it is compared: letters beyond ASCII stay, as the lower case of some is no letter."""
    return re.sub("[A-Z]+", lambda capitals: capitals.group().lower(), name)


def _attributes(text: str) -> tuple[dict[str, str], int, bool]:
    """Return the attributes at the begin of ``text``, where they end, and whether all were well written and kept."""
    found: dict[str, str] = {}
    place, good, room = 0, True, MAX_VALUES
    while len(found) < MAX_ATTRIBUTES and (key := _KEY.match(text, place)):
        if "," in key.group(0)[: key.start(1) - key.start()] and text[key.end() : key.end() + 1] not in _QUOTED:
            break  # `,name=thing`: the name has begun; a quoted value after a comma is an attribute still
        start = key.end()
        quote = text[start : start + 1]
        value = _QUOTED[quote].match(text, start) if quote in _QUOTED else None
        if value is not None:
            written, place = value.group(1), value.end()
        elif quote in _QUOTED:  # the quote never ends: up to the comma
            comma = text.find(",", start)
            place = comma if comma >= 0 else len(text)
            written, good = text[start + 1 : place].strip(), False
        else:
            bare = _BARE.match(text, start)
            place = bare.end() if bare else start
            written = text[start:place]
        room -= len(key.group(1)) + len(written) + len(' =""')
        if room < 0:
            good = False
            continue
        found.setdefault(_lower(key.group(1)), written.strip())
    return found, place, good


class _Reader:
    def __init__(self) -> None:
        self.entries: list[PlaylistEntry] = []
        self.head: dict[str, str] = {}
        self.faults: Counter[str] = Counter()
        self._group = ""  # of EXTGRP: until the next, or a group-title
        self._begin()

    def _begin(self) -> None:
        self._extinf: tuple[str, dict[str, str], int | None] | None = None
        self._pairs: dict[str, list[tuple[str, str]]] = {"#EXTVLCOPT:": [], "#KODIPROP:": []}
        self._other: list[str] = []

    def _read_extinf(self, text: str) -> None:
        if self._extinf is not None:
            self.faults["entry without URI"] += 1
            self._begin()
        duration = _DURATION.match(text)
        place = duration.end() if duration else 0
        seconds = duration.group(1) if duration else None
        if seconds is None:
            self.faults["duration"] += 1
        attributes, length, good = _attributes(text[place:])
        if not good:
            self.faults["quotes"] += 1
        rest = text[place + length :]
        before, comma, name = rest.partition(",")
        if not comma:
            self.faults["name"] += 1
            name = before
        known = seconds if seconds and not seconds.startswith("-") else "0"
        duration_ms = min(round(float(known) * 1000), MAX_DURATION_MS)
        if attributes.get("group-title"):
            self._group = ""
        self._extinf = (cut(name) or cut(attributes.get("tvg-name", "")), attributes, duration_ms or None)

    def _read_pair(self, tag: str, text: str) -> None:
        name, _, value = text.partition("=")
        if name.strip() and len(text) < MAX_VALUES and len(self._pairs[tag]) < MAX_TAGS:
            self._pairs[tag].append((name.strip(), value.strip()))
        else:
            self.faults["option"] += 1

    def _read_tag(self, line: str) -> None:
        tag, colon, text = line.partition(":")
        tag = tag.upper() + colon
        if tag == "#EXTINF:":
            self._read_extinf(text)
        elif tag in self._pairs:
            self._read_pair(tag, text)
        elif tag == "#EXTGRP:":
            self._group = cut(text)
        elif line[:7].upper() == "#EXTM3U":
            head_alone = _HEAD_WITH_ENTRY.match(line, 7)  # some writers forget to end the line
            attributes, _, good = _attributes(head_alone[1] if head_alone else line[7:])
            self.head = attributes | self.head
            if not good:
                self.faults["quotes"] += 1
            if head_alone:
                self._read_extinf(line[head_alone.end() :])
        elif line[:7].upper() == "#EXT-X-":
            self.faults["HLS tag"] += 1
        elif len(self._other) < MAX_TAGS:
            self._other.append(line)
        else:
            self.faults["too many tags"] += 1

    def read_line(self, line: str) -> None:
        """Read one line that is not empty."""
        if line.startswith("#"):
            self._read_tag(line)
            return
        if len(self.entries) >= MAX_ENTRIES:
            self.faults["too many entries"] += 1
            return
        name, attributes, duration_ms = self._extinf or ("", {}, None)
        vlc, kodi = (tuple(pairs) for pairs in self._pairs.values())
        self.entries.append(
            PlaylistEntry(line, name, attributes, duration_ms, self._group, vlc, kodi, tuple(self._other))
        )
        self._begin()

    def finish(self) -> Playlist:
        """Return what was read."""
        if self._extinf is not None:
            self.faults["entry without URI"] += 1
        return Playlist(tuple(self.entries), self.head, dict(self.faults))


def read_playlist(octets: bytes) -> Playlist:
    """Read a channel list.

    Raises
    ------
    WireError    more than MAX_OCTETS, or not a list at all: mark-up, or octets that are no text
    """
    if len(octets) > MAX_OCTETS:
        raise WireError("M3U", MAX_OCTETS, f"at most {MAX_OCTETS} octets", str(len(octets)))
    text, good = decode(octets)
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(("<", "{")) or "\0" in start[:4096]:
        raise WireError("M3U", 0, "#EXTM3U", repr(start[:16]))
    reader = _Reader()
    if not good:
        reader.faults["encoding"] += 1
    if start[:7].upper() != "#EXTM3U":
        reader.faults["no EXTM3U"] += 1
    for line in LineEnds.split(start):
        stripped = _CONTROLS.sub(" ", line).strip(_BLANKS)
        if len(stripped) > MAX_LINE and "data:" in stripped:
            stripped, n_logos = _DATA_URI.subn("", stripped)  # a picture is no reason to lose the channel
            reader.faults["logo too large"] += n_logos
        if len(stripped) > MAX_LINE:
            reader.faults["line too long"] += 1
        elif stripped:
            reader.read_line(stripped)
    return reader.finish()
