"""A document as a tree of nodes, whatever year its namespaces are of.

Each edition of TS 103 770 has new namespaces for the same elements. Here a name is ``sd:Service`` for any year of
service discovery, and ``{uri}local`` for a vocabulary that nobody here knows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from yiwang.base.errors import UsageError, WireError
from yiwang.base.xml_text import XmlDecoder, escape, escape_attribute

MAX_OCTETS = 1 << 26
MAX_DEPTH = 40
MAX_ELEMENTS = 4_000_000
MAX_ATTRIBUTES = 64
PIECE_OCTETS = 1 << 20

EDITION_2026 = {
    "sd": "urn:dvb:metadata:servicediscovery:2026",
    "types": "urn:dvb:metadata:servicediscovery-types:2026",
    "sld": "urn:dvb:metadata:servicelistdiscovery:2026",
    "tva": "urn:tva:metadata:2026",
    "mpeg7": "urn:tva:mpeg7:2008",
}
"""Namespaces of DVB A177r8, which are written."""
VOCABULARIES = frozenset(EDITION_2026)
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"
_VOCABULARIES = (
    (re.compile(r"urn:dvb:metadata:servicediscovery:\d{4}\w?"), "sd"),
    (re.compile(r"urn:dvb:metadata:servicediscovery-types:\d{4}\w?"), "types"),
    (re.compile(r"urn:dvb:metadata:servicelistdiscovery:\d{4}\w?"), "sld"),
    (re.compile(r"urn:tva:metadata(?::\d{4}|6)"), "tva"),
    (re.compile(r"urn:tva:mpeg7:\d{4}"), "mpeg7"),
    (re.compile(re.escape(_XML)), "xml"),
    (re.compile(re.escape(XSI)), "xsi"),
)
_NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_LOCAL = re.compile(
    f"[{_NAME_START}][{_NAME_START}.0-9\u00b7\u0300-\u036f\u203f\u2040-]*"
)  # NCName, XML Namespaces 1.0
# "urn:tva:metadata6" is in documents of the DVB-I reference client
_NOT_KEPT = ("xsi:schemaLocation", "xsi:noNamespaceSchemaLocation")


@dataclass(frozen=True, slots=True)
class Node:
    """An element. ``text`` is all text directly within it, stripped where there are children too."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Node", ...] = ()

    def find(self, name: str) -> "Node | None":
        """Return the first child of that name."""
        return next((child for child in self.children if child.name == name), None)


@dataclass(frozen=True, slots=True)
class _Uses:
    """Which vocabularies elements are of; the known ones that any name is of, and the others, in order of appearance."""

    elements: frozenset[str]
    known: frozenset[str]
    foreign: tuple[str, ...]


class Written:
    """Elements that stand in many documents: their text is kept, for each way in which a document calls vocabularies.

    Parameters
    ----------
    nodes : what is written, one behind the other
    attribute : str    one of the first node's, whose value each document fills in; empty: none
    """

    __slots__ = ("_attribute", "_nodes", "_texts", "uses")

    def __init__(self, *nodes: Node, attribute: str = "") -> None:
        self._nodes, self._attribute = nodes, attribute
        self._texts: dict[tuple[str, ...], tuple[str, str]] = {}
        names = _Names(Node("sd:all", children=nodes), EDITION_2026)
        self.uses = names.uses()

    def text(self, names: "_Names", indent: str, value: str) -> str:
        """Return the text in a document, with ``value`` for the attribute; empty: without it."""
        context = names.context(self.uses, indent)
        known = self._texts.get(context)
        if known is None:
            known = self._texts[context] = self._made(names, indent)
        before, after = known
        return f'{before} {self._attribute}="{value}"{after}' if value else before + after

    def _made(self, names: "_Names", indent: str) -> tuple[str, str]:
        text = "".join(line for node in self._nodes for line in _lines(node, names, indent, ""))
        if not self._attribute:
            return "", text
        node = self._nodes[0]
        before = f"{indent}<{names.element(node.name)}"
        for key, value in node.attributes.items():
            if key == self._attribute:
                return before, text[len(f'{before} {key}="{escape_attribute(value)}"') :]
            before += _attribute_text(key, value, names)
        raise KeyError(self._attribute)


@dataclass(frozen=True, slots=True)
class Filled(Node):
    """Stands in place of children: what has been written, each with the value of its open attribute (empty: without it)."""

    pieces: tuple[tuple[Written, str], ...] = ()


class _Builder:
    def __init__(self, source: str) -> None:
        self.source = source
        self.root: Node | None = None
        self._open: list[tuple[str, dict[str, str], list[str], list[Node]]] = []
        self._count = 0
        self._names: dict[str, str] = {}
        self._prefixes: dict[str | None, list[str]] = {}
        self.parser = expat.ParserCreate("utf-8", "}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._on_start
        self.parser.EndElementHandler = self._on_end
        self.parser.CharacterDataHandler = self._on_text
        self.parser.StartDoctypeDeclHandler = self._on_doctype
        self.parser.StartNamespaceDeclHandler = self._on_namespace
        self.parser.EndNamespaceDeclHandler = self._on_namespace_end

    def fail(self, expected: str, got: str) -> WireError:
        return WireError(self.source, max(self.parser.CurrentByteIndex, 0), expected, got)

    def _on_doctype(self, name: str, *_: object) -> None:
        raise self.fail("no DOCTYPE", name)

    def _on_namespace(self, prefix: str | None, uri: str | None) -> None:
        self._prefixes.setdefault(prefix, []).append(uri or "")

    def _on_namespace_end(self, prefix: str | None) -> None:
        self._prefixes[prefix].pop()

    def _name(self, name: str) -> str:
        known = self._names.get(name)
        if known is None:
            uri, brace, local = name.rpartition("}")
            known = next((f"{short}:{local}" for pattern, short in _VOCABULARIES if pattern.fullmatch(uri)), None)
            known = known or (f"{{{uri}}}{local}" if brace else local)
            if len(self._names) < 4096:
                self._names[name] = known
        return known

    def _type(self, value: str) -> str:
        """Return the value of xsi:type, a name whose prefix means something here only; empty for one of no namespace."""
        prefix, _, local = value.strip().rpartition(":")
        uris = self._prefixes.get(prefix or None)
        return self._name(f"{uris[-1]}}}{local}") if uris and uris[-1] else ""

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise self.fail("a document within bounds", f"element {self._count} at depth {len(self._open)}")
        known = {self._name(key): value for key, value in attributes.items()}
        for key in _NOT_KEPT:
            known.pop(key, None)
        if "xsi:type" in known:
            known["xsi:type"] = self._type(known["xsi:type"])
            if not _LOCAL.fullmatch(known["xsi:type"].rpartition("}")[2].rpartition(":")[2]):
                del known["xsi:type"]  # no name of a vocabulary, so no type
        self._open.append((self._name(name), known, [], []))

    def _on_text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def _on_end(self, _: str) -> None:
        name, attributes, pieces, children = self._open.pop()
        text = "".join(pieces)
        node = Node(name, attributes, text.strip() if children or not text.strip() else text, tuple(children))
        if self._open:
            self._open[-1][3].append(node)
        else:
            self.root = node


def read_node(octets: bytes, source: str) -> Node:
    """Return the root of a document.

    Raises
    ------
    WireError    not well-formed, a DOCTYPE (so: entities), or out of bounds
    """
    if len(octets) > MAX_OCTETS:
        raise WireError(source, MAX_OCTETS, f"at most {MAX_OCTETS} octets", str(len(octets)))
    text = XmlDecoder().decode(octets, True).encode()
    builder = _Builder(source)
    try:
        for start in range(0, len(text), PIECE_OCTETS):
            builder.parser.Parse(text[start : start + PIECE_OCTETS], False)
        builder.parser.Parse(b"", True)
    except expat.ExpatError as error:
        at = max(builder.parser.ErrorByteIndex, 0)  # -1 where there are no octets
        raise WireError(source, at, "well-formed XML", expat.ErrorString(error.code)) from None
    if builder.root is None:
        raise WireError(source, 0, "an element", "nothing")
    return builder.root


class _Names:
    """Prefixes of one document: its root's vocabulary has none, unless there are elements of no vocabulary at all."""

    def __init__(self, root: Node, edition: dict[str, str]) -> None:
        self._edition = edition
        self._default = root.name.partition(":")[0]
        self._foreign: dict[str, str] = {}
        self._written: dict[str, str] = {}
        self._used: set[str] = set()
        self._elements: set[str] = set()
        self._taken: set[_Uses] = set()
        self._visit(root)
        if "" in self._elements:
            self._default = ""
            self._written.clear()

    def uses(self) -> _Uses:
        """Return what a document with these names uses."""
        return _Uses(frozenset(self._elements), frozenset(self._used - {*self._foreign.values()}), tuple(self._foreign))

    def context(self, uses: _Uses, indent: str) -> tuple[str, ...]:
        """Return what decides how that which uses these is written."""
        return self._default, indent, *(self._foreign[uri] for uri in uses.foreign)

    def _take(self, uses: _Uses) -> None:
        if uses not in self._taken:
            self._taken.add(uses)
            self._elements |= uses.elements
            self._used |= uses.known
            for uri in uses.foreign:
                self._foreign_prefix(uri)

    def _foreign_prefix(self, uri: str) -> str:
        prefix = self._foreign.setdefault(uri, f"n{len(self._foreign) + 1}")
        self._used.add(prefix)
        return prefix

    def _visit(self, node: Node) -> None:
        if isinstance(node, Filled):
            for written, _ in node.pieces:
                self._take(written.uses)
            return
        self.element(node.name)
        for name, value in node.attributes.items():
            self.attribute(name)
            if name == "xsi:type":
                self.type_(value)
        for child in node.children:
            self._visit(child)

    def _split(self, name: str) -> tuple[str, str]:
        if name.startswith("{"):
            uri, _, local = name[1:].rpartition("}")
            prefix = self._foreign_prefix(uri)
        else:
            prefix, _, local = name.rpartition(":")
            if prefix and prefix not in self._edition and prefix not in ("xml", "xsi"):
                raise UsageError(f"no such vocabulary: {name!r}")
        if not _LOCAL.fullmatch(local):
            raise UsageError(f"not an XML name: {name!r}")
        return prefix, local

    def element(self, name: str) -> str:
        written = self._written.get(name)
        if written is None:
            prefix, local = self._split(name)
            self._used.add(prefix)
            self._elements.add(prefix)
            written = local if prefix in ("", self._default) else f"{prefix}:{local}"
            self._written[name] = written
        return written

    def attribute(self, name: str) -> str:
        prefix, local = self._split(name)
        self._used.add(prefix)
        return f"{prefix}:{local}" if prefix else local

    def type_(self, name: str) -> str:
        """Return the value of xsi:type, without a prefix where elements have none: some readers know it only so."""
        written = self.attribute(name)
        return name.rpartition(":")[2] if self._default and name.startswith(f"{self._default}:") else written

    def declarations(self) -> str:
        uris = {p: u for p, u in (self._edition | {"xsi": XSI}).items() if p in self._used}
        declared = f' xmlns="{self._edition[self._default]}"' if self._default else ""
        for prefix, uri in (uris | {p: u for u, p in self._foreign.items()}).items():
            declared += f' xmlns:{prefix}="{escape_attribute(uri)}"'
        return declared


def _attribute_text(key: str, value: str, names: _Names) -> str:
    written = names.type_(value) if key == "xsi:type" else escape_attribute(value)
    return f' {names.attribute(key)}="{written}"'


def _lines(node: Node, names: _Names, indent: str, declarations: str) -> Iterator[str]:
    if isinstance(node, Filled):
        yield "".join([written.text(names, indent, value) for written, value in node.pieces])
        return
    name = names.element(node.name)
    start = f"{indent}<{name}{declarations}"
    for key, value in node.attributes.items():
        start += _attribute_text(key, value, names)
    if node.children:
        yield f"{start}>{escape(node.text)}\n"
        for child in node.children:
            yield from _lines(child, names, indent + " ", "")
        yield f"{indent}</{name}>\n"
    elif node.text:
        yield f"{start}>{escape(node.text)}</{name}>\n"
    else:
        yield start + "/>\n"


def node_document(root: Node, edition: dict[str, str] = EDITION_2026) -> bytes:
    """Return a document with this root, in UTF-8."""
    names = _Names(root, edition)
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_lines(root, names, "", names.declarations()))
    return text.encode("utf-8", "replace")
