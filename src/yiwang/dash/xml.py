"""A small XML writer: elements in, text out; whatever a name or value holds, it stays a value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from yiwang.base.errors import UsageError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(:[A-Za-z_][A-Za-z0-9_.-]*)?")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"} | {
    code: f"&#{code};" for code in (9, 10, 13)
}


@cache
def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"not an XML name: {name!r}")
    return name


def escape(value: str) -> str:
    """Escape a value for text or a double-quoted attribute; UsageError for a character that XML 1.0 cannot hold."""
    if _NOT_XML.search(value):
        raise UsageError(f"not a value for XML: {value!r}")
    return value.translate(_ESCAPES)


@dataclass(frozen=True, slots=True)
class Element:
    """An element with either children or text; an attribute that is None is left out, bool is ``true``/``false``."""

    name: str
    attributes: dict[str, str | int | bool | None]
    children: tuple["Element", ...] = ()
    text: str = ""

    def _lines(self, indent: str) -> Iterator[str]:
        start = f"{indent}<{_name(self.name)}"
        for name, value in self.attributes.items():
            if value is not None:
                written = escape(value) if isinstance(value, str) else str(value).lower()
                start += f' {_name(name)}="{written}"'
        if self.children:
            yield start + ">\n"
            for child in self.children:
                yield from child._lines(indent + " ")
            yield f"{indent}</{self.name}>\n"
        elif self.text:
            yield f"{start}>{escape(self.text)}</{self.name}>\n"
        else:
            yield start + "/>\n"

    def to_document(self) -> str:
        """Return the text of a document with this root."""
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(self._lines(""))
