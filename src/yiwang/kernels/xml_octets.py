"""Octets of an XML document that need no decoding and no mending: nearly all of nearly all documents."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

PLAIN, CONTROL, AMPERSAND, LESS_THAN, TWO, THREE, FOUR, NONE = range(8)
_KIND = np.full(256, NONE, np.uint8)
_KIND[[9, 10, 13]] = PLAIN
_KIND[0x20:0x80] = PLAIN
_KIND[0x26], _KIND[0x3C] = AMPERSAND, LESS_THAN
_KIND[0xC2:0xE0], _KIND[0xE0:0xF0], _KIND[0xF0:0xF5] = TWO, THREE, FOUR
_ENTITIES = np.frombuffer(b"amp;lt;gt;quot;apos;", np.uint8)
_ENTITY_AT = np.array([0, 4, 7, 10, 15, 20], np.int64)


@kernel
def _is_entity(text: NDArray[np.uint8], at: int) -> bool:
    """Tell whether one of XML's five names of a character is here."""
    for i in range(_ENTITY_AT.shape[0] - 1):
        length = _ENTITY_AT[i + 1] - _ENTITY_AT[i]
        if at + length > text.shape[0]:
            continue
        same = True
        for k in range(length):
            same &= text[at + k] == _ENTITIES[_ENTITY_AT[i] + k]
        if same:
            return True
    return False


@kernel
def is_clean_xml(text: NDArray[np.uint8]) -> bool:
    """Tell whether a piece of a document is whole UTF-8 of characters that XML may hold, with XML's own entities alone.

    Told to be unclean without being it: U+FFC0 to U+FFFD, characters by number, comments, CDATA and declarations.

    Parameters
    ----------
    text : ndarray, uint8    that begins and ends between two characters, and in no entity or CDATA section

    Notes
    -----
    Source: RFC 3629, 4; XML 1.0, 2.2 and 4.6.
    """
    at, end = np.int64(0), np.int64(text.shape[0])
    while at < end:
        kind = _KIND[text[at]]
        if kind == PLAIN:
            at += 1
        elif kind == THREE:
            one = np.int64(text[at])
            if at + 2 >= end or text[at + 1] & 0xC0 != 0x80 or text[at + 2] & 0xC0 != 0x80:
                return False
            two = np.int64(text[at + 1])
            if (one == 0xE0 and two < 0xA0) or (one == 0xED and two >= 0xA0) or (one == 0xEF and two == 0xBF):
                return False
            at += 3
        elif kind == TWO:
            if at + 1 >= end or text[at + 1] & 0xC0 != 0x80:
                return False
            at += 2
        elif kind == LESS_THAN:
            at += 1
            if at >= end or text[at] == 0x21:
                return False
        elif kind == AMPERSAND:
            at += 1
            if not _is_entity(text, at):
                return False
        elif kind == FOUR:
            if (
                at + 3 >= end
                or text[at + 1] & 0xC0 != 0x80
                or text[at + 2] & 0xC0 != 0x80
                or text[at + 3] & 0xC0 != 0x80
            ):
                return False
            one, two = np.int64(text[at]), np.int64(text[at + 1])
            if (one == 0xF0 and two < 0x90) or (one == 0xF4 and two >= 0x90):
                return False
            at += 4
        else:
            return False
    return True
