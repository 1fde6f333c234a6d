"""Attribute lists (rfc8216bis 4.2) and tags: the one place where a playlist line is put together."""

import re
from collections.abc import Mapping

from yiwang.base.errors import UsageError

_ENUMERATED = re.compile(r'[^\s",]+')
_NAME = re.compile(r"[A-Z0-9-]+")
_NOT_QUOTABLE = re.compile(r'["\r\n]')


class Quoted(str):
    """An attribute's value that is written as quoted-string; a plain str is an enumerated-string or a number."""

    __slots__ = ()


def attribute_list(attributes: Mapping[str, str | int | None]) -> str:
    """Return ``NAME=value,NAME="value"`` in the mapping's order; an attribute that is None is left out.

    Raises
    ------
    UsageError    a name or value that the syntax has no room for, so that no value can add a line or an attribute
    """
    written = []
    for name, value in attributes.items():
        if value is None:
            continue
        if isinstance(value, Quoted):
            valid = not _NOT_QUOTABLE.search(value)
            text = f'"{value}"'
        else:
            text = str(value)
            valid = _ENUMERATED.fullmatch(text) is not None
        if not valid or not _NAME.fullmatch(name):
            raise UsageError(f"attribute {name} cannot hold {value!r}")
        written.append(f"{name}={text}")
    return ",".join(written)


def tag(name: str, attributes: Mapping[str, str | int | None]) -> str:
    """Return a line ``#NAME:attribute-list``, with its line end."""
    return f"#{name}:{attribute_list(attributes)}\n"


def uri_line(uri: str) -> str:
    """Return a line that is a URI; UsageError for one that would be read as a tag, a comment or several lines."""
    if not uri or uri.startswith("#") or not uri.isprintable() or " " in uri:
        raise UsageError(f"not a URI for a playlist: {uri!r}")
    return uri + "\n"
