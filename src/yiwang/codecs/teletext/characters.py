"""Character sets of teletext (EN 300 706 clause 15), as Unicode.

Where the standard's glyph is a typographic stand-in for a letter of today's spelling, the letter is given: Polish Ż,
Romanian Ă, Ș and Ț, Croatian Đ.
"""

import unicodedata

UNKNOWN = "\ufffd"
_ASCII = "".join(map(chr, range(0x20, 0x7F))) + "■"
_LATIN = _ASCII.replace("$", "¤")

_POSITIONS = (0x23, 0x24, 0x40, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x7B, 0x7C, 0x7D, 0x7E)
_SUBSETS = {  # 15.6.2 Table 36
    "cs": "#ůčťžýířéáěúš",
    "en": "£$@←½→↑#—¼‖¾÷",
    "et": "#õŠÄÖŽÜÕšäöžü",
    "fr": "éïàëêùî#èâôûç",
    "de": "#$§ÄÖÜ^_°äöüß",
    "it": "£$é°ç→↑#ùàòèì",
    "lt": "#$ŠėęŽčūšąųžį",
    "pl": "#ńąŻŚŁćóężśłź",
    "es": "ç$¡áéíóú¿üñèà",
    "ro": "#¤ȚÂȘĂÎıțâșăî",
    "hr": "#ËČĆŽĐŠëčćžđš",
    "sv": "#¤ÉÄÖÅÜ_éäöåü",
    "tr": "₺ğİŞÖÇÜĞışöçü",
}


def _latin(subset: str) -> str:
    letters = list(_LATIN)
    for position, letter in zip(_POSITIONS, _SUBSETS[subset], strict=True):
        letters[position - 0x20] = letter
    return "".join(letters)


_DIGITS = "".join(map(chr, range(0x20, 0x40)))
_CYRILLIC_1 = _DIGITS + (
    "ЧАБЦДЕФГХИЈКЛМНОПЌРСТУВЃЉЊЗЋЖЂШЏчабцдефгхијклмнопќрстувѓљњзћжђш■"  # Serbian, Macedonian
)
_CYRILLIC_2 = _DIGITS.replace("&", "ы") + (
    "ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЪЗШЭЩЧЫюабцдефгхийклмнопярстужвьъзшэщч■"  # Russian, Bulgarian
)
_CYRILLIC_3 = _DIGITS.replace("&", "ї") + (
    "ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬІЗШЄЩЧЇюабцдефгхийклмнопярстужвьізшєщч■"  # Ukrainian
)
_GREEK = _DIGITS.replace("<", "«").replace(">", "»") + (
    "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡʹΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ■"
)
_HEBREW = _ASCII[:0x3B] + "←½→↑#" + "אבגדהוזחטיךכלםמןנסעףפץצקרשת₪‖¾÷■"
_ARABIC = ' !"£$%' + UNKNOWN * 2 + ")(*+،-./0123456789:؛>=<؟" + UNKNOWN * 63 + "■"
"""Letters of the Arabic set are shapes, of which this room has no table: they are shown as unknown."""

LATIN_G2 = " ¡¢£$¥#§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿ ˋˊˆ˜ˉ˘˙¨.˚ˏˍ˝˛ˇ—¹®©™♪₠‰ɑ   ⅛⅜⅝⅞ΩÆÐªĦ ĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ■"

_G0: dict[int, str] = {  # Table 32: G0 set with national option subset, by designation
    **dict(zip(range(0, 7), map(_latin, ("en", "de", "sv", "it", "fr", "es", "cs")), strict=True)),
    **dict(zip(range(8, 13), map(_latin, ("pl", "de", "sv", "it", "fr")), strict=True)),
    14: _latin("cs"),
    **dict(zip(range(16, 23), map(_latin, ("en", "de", "sv", "it", "fr", "es", "tr")), strict=True)),
    29: _latin("hr"),
    31: _latin("ro"),
    32: _CYRILLIC_1,
    33: _latin("de"),
    34: _latin("et"),
    35: _latin("lt"),
    36: _CYRILLIC_2,
    37: _CYRILLIC_3,
    38: _latin("cs"),
    54: _latin("tr"),
    55: _GREEK,
    64: _latin("en"),
    68: _latin("fr"),
    71: _ARABIC,
    85: _HEBREW,
    87: _ARABIC,
}

WESTERN = 0
_REGIONS = {
    "pol": (8,),
    "tur": (16,),
    **dict.fromkeys(("hrv", "slv", "bos"), (24,)),
    "ron": (24,),
    **dict.fromkeys(("srp", "mkd"), (24, 32)),
    **dict.fromkeys(("rus", "bul", "ukr", "bel", "est", "lav", "lit"), (32,)),
    "ell": (48,),
    "ara": (64, 80),
    "fas": (64, 80),
    "heb": (80,),
}
"""What a receiver sold where a language is spoken has for the first four bits of the designation."""


def g0_set(option: int, designated: int | None, language: str) -> str:
    """Return the 96 characters of a page's G0 set, 0x20 to 0x7F.

    Parameters
    ----------
    option : int                 C12 C13 C14 of the page header, 0 to 7
    designated : int or None     the seven bits of packet X/28 or M/29, if the service has one
    language : str               ISO 639-2/T, which tells the region where no packet does
    """
    regions = (designated & ~7,) if designated is not None else _REGIONS.get(language, ())
    for region in (*regions, WESTERN):
        found = _G0.get(region | option)
        if found is not None:
            return found
    return _LATIN


_DIACRITICS = "\0\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0323\u030a\u0327\u0332\u030b\u0328\u030c"
"""By number (15.6.3, column 4 of the G2 sets): as combining characters; 0 is none."""


def with_diacritic(letter: str, number: int) -> str:
    """Return a letter with a diacritical mark."""
    return letter if number == 0 else unicodedata.normalize("NFC", letter + _DIACRITICS[number])
