"""Dictionaries of structured fields (RFC 8941 3.2), which is how CMCD is written down."""

import base64
import binascii
import re
from dataclasses import dataclass, field

from yiwang.base.errors import WireError


class Token(str):
    """A token (3.3.4): a word without quotation marks."""

    __slots__ = ()


BareItem = int | float | str | Token | bytes | bool


@dataclass(frozen=True, slots=True)
class Item:
    """A value with its parameters (3.3)."""

    value: BareItem
    parameters: dict[str, BareItem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InnerList:
    """Items in parentheses (3.1.1)."""

    items: tuple[Item, ...]
    parameters: dict[str, BareItem] = field(default_factory=dict)


_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_NUMBER = re.compile(r"-?(?:[0-9]{1,12}\.[0-9]{1,3}|[0-9]{1,15})(?![0-9.])")
_STRING = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+\-.^_`|~]*")
_BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
_BOOLEAN = re.compile(r"\?([01])")
_SPACES, _BLANKS = re.compile(r" *"), re.compile(r"[ \t]*")
_ESCAPED = re.compile(r"\\(.)")


def parse_dictionary(text: str) -> dict[str, Item | InnerList]:
    """Read a dictionary (RFC 8941 4.2.2); of a key that comes twice the last value counts.

    Raises
    ------
    WireError    it is none; offsets are characters
    """
    reader, found = _Reader(text.strip(" ")), dict[str, Item | InnerList]()
    while not reader.is_at_end:
        key = reader.match(_KEY, "a key")[0]
        if reader.take("="):
            found[key] = reader.member()
        else:
            found[key] = Item(True, reader.parameters())
        reader.match(_BLANKS, "")
        if reader.is_at_end:
            return found
        if not reader.take(","):
            reader.refuse("a comma")
        reader.match(_BLANKS, "")
        if reader.is_at_end:
            reader.refuse("a key")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at >= len(self._text)

    def refuse(self, expected: str) -> None:
        raise WireError("sf-dictionary", self._at, expected, repr(self._text[self._at : self._at + 20]) or "its end")

    def take(self, character: str) -> bool:
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    def match(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        match = pattern.match(self._text, self._at)
        if match is None:
            self.refuse(expected)
        assert match is not None
        self._at = match.end()
        return match

    def member(self) -> Item | InnerList:
        return self._inner_list() if self.take("(") else self._item()

    def _item(self) -> Item:
        return Item(self._bare_item(), self.parameters())

    def _inner_list(self) -> InnerList:
        items: list[Item] = []
        while True:
            self.match(_SPACES, "")
            if self.take(")"):
                return InnerList(tuple(items), self.parameters())
            items.append(self._item())
            if not self._text.startswith((" ", ")"), self._at):
                self.refuse("a space or )")

    def parameters(self) -> dict[str, BareItem]:
        found: dict[str, BareItem] = {}
        while self.take(";"):
            self.match(_SPACES, "")
            key = self.match(_KEY, "the key of a parameter")[0]
            found[key] = self._bare_item() if self.take("=") else True
        return found

    def _bare_item(self) -> BareItem:
        first = self._text[self._at : self._at + 1]
        if first == '"':
            return _ESCAPED.sub(r"\1", self.match(_STRING, "a string")[1])
        if first == "?":
            return self.match(_BOOLEAN, "?0 or ?1")[1] == "1"
        if first == ":":
            return self._octets()
        if first.isdigit() or first == "-":
            number = self.match(_NUMBER, "an integer or decimal")[0]
            return float(number) if "." in number else int(number)
        return Token(self.match(_TOKEN, "a value")[0])

    def _octets(self) -> bytes:
        text = self.match(_BYTES, "octets in base64")[1]
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            self.refuse("octets in base64")
            raise
