"""Text in service information: EN 300 468 Annex A.

The first octet selects the character table; from 0x20 upwards it is text in the default table, which the standard says
is ISO/IEC 6937 with the euro sign. Real networks also send UTF-8, GB 18030 and Latin-9 without a selector, so the
default ``"auto"`` reads those where the octets cannot sensibly be ISO/IEC 6937. Decoding never fails: what cannot be
read becomes U+FFFD.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from yiwang.mpegts.iso_6937 import decode_iso_6937, implausible_in_iso_6937

DefaultTable = Literal[
    "auto",
    "iso6937",
    "iso8859-1",
    "iso8859-2",
    "iso8859-5",
    "iso8859-7",
    "iso8859-9",
    "iso8859-15",
    "utf-8",
    "gb18030",
    "big5hkscs",
    "cp949",
]

REPLACEMENT = "\ufffd"
UTF_8_SELECTOR = b"\x15"
NEW_LINE = 0x8A  # table A.1: CR/LF; U+E08A in the Unicode tables

_SINGLE_OCTET = {
    0x01: "iso8859-5",
    0x02: "iso8859-6",
    0x03: "iso8859-7",
    0x04: "iso8859-8",
    0x05: "iso8859-9",
    0x06: "iso8859-10",
    0x07: "iso8859-11",
    0x09: "iso8859-13",
    0x0A: "iso8859-14",
    0x0B: "iso8859-15",
    0x11: "utf-16-be",  # ISO/IEC 10646 basic multilingual plane; surrogates are read where they come
    0x15: "utf-8",
}
"""Table A.3, first octet: one codec."""

_TWO_OCTETS = {0x12: ("euc_kr", "cp949"), 0x13: ("gb2312", "gb18030"), 0x14: ("big5", "big5hkscs")}
"""Table A.3, first octet: the table that the standard names, and the larger one that networks send under its name."""

_ISO_8859_PARTS = frozenset(range(1, 16)) - {12}

_CONTROLS: dict[int, str | None] = {code: None for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xE080, 0xE0A0))}
_CONTROLS |= {0x0A: "\n", NEW_LINE: "\n", 0xE000 + NEW_LINE: "\n"}
"""Tables A.1 and A.2: only the line break has a place in text; emphasis and what is reserved are left out."""

_CAPITAL_INSIDE_WORD = re.compile(rb"[a-z][\xe1\xe2\xe4\xe6-\xea\xec-\xee]")
"""No word of ISO/IEC 6937 has these; they are the small accented letters of ISO 8859-15."""

_EMPHASIS = b"\x86\x87"
_NEW_LINE_OCTET = bytes(0x0A if octet == NEW_LINE else octet for octet in range(256))


@dataclass(frozen=True, slots=True)
class DvbText:
    """A text field as it was sent, octet for octet; ``str()`` of it is what a viewer reads."""

    octets: bytes

    @classmethod
    def of(cls, text: str, limit: int | None = None) -> "DvbText":
        """Make the field that carries ``text``; see :func:`encode`."""
        return cls(encode(text, limit))

    def decode(self, default: DefaultTable = "auto") -> str:
        """Return the text; ``default`` is the table where the field selects none."""
        return decode(self.octets, default)

    def __str__(self) -> str:
        return decode(self.octets)


def decode(octets: bytes, default: DefaultTable = "auto") -> str:
    """Read a text field.

    Parameters
    ----------
    octets : bytes               the whole field, selector included
    default : DefaultTable       the table where there is no selector; "auto" is ISO/IEC 6937 unless it is plainly not

    Returns
    -------
    text : str                   LF for line breaks, other controls left out; U+FFFD for what is unreadable.
                                 Compressed text (encoding_type_id, first octet 0x1F) is one U+FFFD.
    """
    if not octets or octets[0] >= 0x20:
        return _decode_default(octets, default).translate(_CONTROLS)
    selector = octets[0]
    if selector in _SINGLE_OCTET:
        return octets[1:].decode(_SINGLE_OCTET[selector], "replace").translate(_CONTROLS)
    if selector in _TWO_OCTETS:
        return _decode_two_octets(octets[1:], *_TWO_OCTETS[selector]).translate(_CONTROLS)
    if selector == 0x10:
        part = int.from_bytes(octets[1:3], "big")
        codec = f"iso8859-{part}" if part in _ISO_8859_PARTS else "ascii"
        return octets[3:].decode(codec, "replace").translate(_CONTROLS)
    if selector == 0x1F:
        return REPLACEMENT
    return decode(octets[1:].lstrip(bytes(range(0x20))), default)  # a reserved selector: read on as if it were absent


def encode(text: str, limit: int | None = None) -> bytes:
    """Write a text field: as it is where ASCII suffices, else UTF-8 with its selector.

    Parameters
    ----------
    text : str            line breaks are kept, other control characters left out
    limit : int or None   most octets; the text is cut between characters
    """
    text = text.replace("\r\n", "\n").translate(_CONTROLS)
    octets = text.encode("ascii", "replace").replace(b"\n", bytes((NEW_LINE,)))
    if not text.isascii():
        utf_8 = text.replace("\n", chr(0xE000 + NEW_LINE)).encode("utf-8", "replace")
        octets = UTF_8_SELECTOR + utf_8
    if limit is None or len(octets) <= limit:
        return octets
    if text.isascii():
        return octets[:limit]
    return octets[:1] + octets[1:limit].decode("utf-8", "ignore").encode() if limit > 1 else b""


def _decode_default(octets: bytes, default: DefaultTable) -> str:
    if octets.isascii():
        return octets.decode("ascii")
    if default == "auto":
        text = _decode_unselected(octets)
        return decode_iso_6937(octets) if text is None else text
    if default == "iso6937":
        return decode_iso_6937(octets)
    return octets.decode(default, "replace")


def _decode_unselected(octets: bytes) -> str | None:
    """Read UTF-8, GB 18030 or Latin-9 that came without a selector; None where ISO/IEC 6937 is as likely."""
    implausible = implausible_in_iso_6937(octets)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if implausible or max(text) >= "\u0800":  # three octets that fit together are no accident
            return text
    if not implausible:
        return octets.decode("iso8859-15") if _CAPITAL_INSIDE_WORD.search(octets) else None
    try:
        text = _decode_two_octets(octets, "gb2312", "gb18030", "strict")
    except UnicodeDecodeError:
        return None
    unassigned = any(unicodedata.category(character) in ("Cn", "Co", "Cs") for character in text)
    return None if unassigned else text


def _decode_two_octets(octets: bytes, narrow: str, wide: str, errors: str = "replace") -> str:
    """Read a two-octet table: control codes stand between characters of ``narrow`` but are lead octets in ``wide``."""
    try:
        return octets.translate(_NEW_LINE_OCTET, _EMPHASIS).decode(narrow)
    except UnicodeDecodeError:
        return octets.decode(wide, errors)
