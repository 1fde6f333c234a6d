"""ISO/IEC 6937, the Latin superset of teletext and service information: a diacritical mark stands before its letter."""

import unicodedata

REPLACEMENT = "\ufffd"

COMBINING = {
    0xC1: "\u0300",  # grave
    0xC2: "\u0301",  # acute
    0xC3: "\u0302",  # circumflex
    0xC4: "\u0303",  # tilde
    0xC5: "\u0304",  # macron
    0xC6: "\u0306",  # breve
    0xC7: "\u0307",  # dot above
    0xC8: "\u0308",  # diaeresis
    0xCA: "\u030a",  # ring above
    0xCB: "\u0327",  # cedilla
    0xCD: "\u030b",  # double acute
    0xCE: "\u0328",  # ogonek
    0xCF: "\u030c",  # caron
}
SPACING = dict(zip(COMBINING, "`´^~¯˘˙¨˚¸˝˛ˇ", strict=True))
"""The mark by itself: it stands before a space."""

UPPER = (
    "\u00a0¡¢£€¥\ufffd§¤‘“«←↑→↓"
    "°±²³×µ¶·÷’”»¼½¾¿"
    "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"
    "―¹®©™♪¬¦\ufffd\ufffd\ufffd\ufffd⅛⅜⅝⅞"
    "\u2126ÆĐªĦ\ufffdĲĿŁØŒºÞŦŊŉ"
    "ĸæđðħıĳŀłøœßþŧŋ\u00ad"
)
"""0xA0 to 0xFF, EN 300 468 figure A.1: the euro sign is at 0xA4; column C holds the marks."""

_CONTROLS_IN_USE = frozenset({0x86, 0x87, 0x8A})  # emphasis on and off, line break
_OPENING = frozenset(b"\xa0\xa1\xa9\xaa\xab\xb9\xba\xbb\xbf")  # space and quotation: a letter may follow
_FIRST_LETTER = 0xE1
_SOFT_HYPHEN = 0xFF


def decode_iso_6937(octets: bytes) -> str:
    """Read text; control codes 0x80 to 0x9F are kept, U+FFFD stands for what is not defined."""
    text = []
    at = 0
    while at < len(octets):
        octet = octets[at]
        at += 1
        if octet in COMBINING:
            base = octets[at : at + 1]
            if b" " <= base <= b"~":
                text.append(_accented(octet, base.decode("ascii")))
                at += 1
            else:
                text.append(REPLACEMENT)
        else:
            text.append(chr(octet) if octet < 0xA0 else UPPER[octet - 0xA0])
    return "".join(text)


def _accented(mark: int, base: str) -> str:
    return SPACING[mark] if base == " " else unicodedata.normalize("NFC", base + COMBINING[mark])


def implausible_in_iso_6937(octets: bytes) -> bool:
    """Tell whether the octets are surely of another table: an undefined code, a mark without a letter that carries it,
    or two unlike symbols, or a symbol and a letter of column E or F, side by side where no text has them.
    """
    for octet, following in zip(octets, (*octets[1:], 0x20), strict=True):
        if octet in COMBINING:
            if following >= 0x80 or len(_accented(octet, chr(following))) != 1:
                return True
        elif octet >= 0xA0:
            if UPPER[octet - 0xA0] == REPLACEMENT:
                return True
            if _is_symbol(octet) and octet != following and _cannot_follow_symbol(following):
                return True
        elif octet >= 0x80 and octet not in _CONTROLS_IN_USE:
            return True
    return False


def _is_symbol(octet: int) -> bool:
    return 0xA0 <= octet < _FIRST_LETTER and octet not in _OPENING


def _cannot_follow_symbol(octet: int) -> bool:
    return (_is_symbol(octet) and octet not in COMBINING) or _FIRST_LETTER <= octet < _SOFT_HYPHEN
