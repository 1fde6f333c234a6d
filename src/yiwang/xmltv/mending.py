"""Text made good before it is parsed: HTML's entities by name, and an ampersand that begins none.

So no entity but XML's five ever reaches the parser, and one that a document declares for itself stays as it is written.
"""

import re
from html.entities import html5

_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_AMPERSAND = re.compile(r"&(?:(#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};)|([A-Za-z][A-Za-z0-9]{1,31});)?")
_XML = {"amp", "lt", "gt", "quot", "apos"}
_HELD_BACK = 40
"""Characters at the end that may be the begin of an entity or of CDATA."""
_PARTIAL = re.compile(r"(?:&[#A-Za-z0-9]{0,34}|<(?:!(?:\[[CDAT]{0,5}\[?)?)?)\Z")
_PARTIAL_END = re.compile(r"\]{1,2}\Z")


def _mend(entity: re.Match[str]) -> str:
    number, name = entity.groups()
    if name in _XML:
        return entity.group(0)
    if number:
        code = int(number[2:-1], 16) if number[1] == "x" else int(number[1:-1])
        allowed = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
        return entity.group(0) if allowed else ""
    if name and (value := html5.get(name + ";")):
        return value.replace("&", "&amp;").replace("<", "&lt;")
    return "&amp;" + entity.group(0)[1:]


class Mender:
    """Pieces of a document in, the same with every ampersand well used out; a few characters are held back."""

    def __init__(self) -> None:
        self._held = ""
        self._in_cdata = False

    @property
    def is_at_markup(self) -> bool:
        """Whether nothing is held back and what comes is in no CDATA section."""
        return not (self._held or self._in_cdata)

    def mend(self, text: str, final: bool = False) -> str:
        """Return what of the text up to here can be given on."""
        text = self._held + text
        self._held = ""
        out: list[str] = []
        place = 0
        while True:
            mark = _CDATA_END if self._in_cdata else _CDATA
            found = text.find(mark, place)
            if found < 0:
                break
            found += len(mark)
            piece = text[place:found]
            out.append(piece if self._in_cdata or "&" not in piece else _AMPERSAND.sub(_mend, piece))
            self._in_cdata = not self._in_cdata
            place = found
        rest = text[place:] if place else text
        if not final:
            tail = (_PARTIAL_END if self._in_cdata else _PARTIAL).search(rest, max(0, len(rest) - _HELD_BACK))
            if tail:
                rest, self._held = rest[: tail.start()], rest[tail.start() :]
        out.append(rest if self._in_cdata or "&" not in rest else _AMPERSAND.sub(_mend, rest))
        return out[0] if len(out) == 1 else "".join(out)
