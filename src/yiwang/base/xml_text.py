"""XML from and to the world as text: which encoding it is in, which characters it may hold, how they are written.

Reading is done by the standard library's expat in the rooms that know a vocabulary (ADR 24).
"""

import codecs
import re

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "utf-8"}
"""What is declared, and what is read instead, because it is a superset and what the writer really had."""
_HEAD_OCTETS = 256
_PLAIN = ("utf-8", "cp125", "iso8859", "gb", "big5")
"""Encodings in which a control character is its own octet."""
_WITHIN_XML = bytes({*range(256)} - {*range(32)} | {9, 10, 13})
"""Octets that, in those, are in no character XML cannot hold but for U+FFFE and U+FFFF."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def encoding_of(head: bytes) -> str:
    """Return the name of the codec that the first octets of a document ask for; ``utf-8`` when none is known."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    declared = _DECLARED.search(head)
    if declared is None:
        return "utf-8"
    try:
        name = codecs.lookup(declared.group(1).decode()).name
        "".encode(name)  # a codec that is none of text, as base64, is refused here
    except LookupError:
        return "utf-8"
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else _WIDER.get(name, name)  # ASCII told us its name


class XmlDecoder:
    """Octets of a document in any cuts, text out; what is no text becomes U+FFFD, what XML cannot hold is left out.

    ``replaced`` counts the characters that were neither understood nor kept.
    """

    def __init__(self) -> None:
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._is_plain = self._is_utf_8 = self._begun = False
        self.replaced = 0

    @property
    def is_at_utf_8(self) -> bool:
        """Whether the next octets are UTF-8 and begin with a character, after the document's begin."""
        return self._is_utf_8 and self._begun and self._decoder is not None and not self._decoder.getstate()[0]

    def decode(self, octets: bytes, final: bool = False) -> str:
        """Return the text of the next octets; nothing until enough are there to know the encoding."""
        if self._decoder is None:
            self._head += octets
            if len(self._head) < _HEAD_OCTETS and not final:
                return ""
            octets, self._head = self._head, b""
            encoding = encoding_of(octets[:_HEAD_OCTETS])
            self._decoder, self._is_plain = (
                codecs.getincrementaldecoder(encoding)("replace"),
                encoding.startswith(_PLAIN),
            )
            self._is_utf_8 = encoding == "utf-8"
        text = self._decoder.decode(octets, final)
        may_be_odd = not self._is_plain or octets.translate(None, _WITHIN_XML) or "\ufffe" in text or "\uffff" in text
        if not self._begun and text:
            text, self._begun = text.lstrip("\ufeff \t\r\n"), bool(text.strip("\ufeff \t\r\n"))
        if not may_be_odd:
            clean, dropped = text, 0
        else:
            clean, dropped = NOT_XML.subn("", text)
        self.replaced += dropped + clean.count("\ufffd")
        return clean


def escape(value: str) -> str:
    """Return ``value`` for text or a double-quoted attribute; characters XML cannot hold are left out."""
    if not value.isprintable():
        value = NOT_XML.sub("", value).replace("\r", "&#13;") if "&" not in value else _escape_odd(value)
    elif "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if '"' in value:
        value = value.replace('"', "&quot;")
    return value


def _escape_odd(value: str) -> str:
    return NOT_XML.sub("", value).replace("&", "&amp;").replace("\r", "&#13;")


def escape_attribute(value: str) -> str:
    """Return ``value`` for a double-quoted attribute, where line ends and tabs would become spaces."""
    value = escape(value)
    return value if value.isprintable() else value.replace("\t", "&#9;").replace("\n", "&#10;")
