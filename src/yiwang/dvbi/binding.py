"""Between nodes and records: a record's fields say which attribute or child they are, in the schema's order.

What a record has no field for, and what its field cannot take, is kept beside it and written again in its place.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from yiwang.dvbi.moment import date_time_text, duration_text, read_date_time, read_duration
from yiwang.dvbi.node import VOCABULARIES, Node

Faults = Counter[str]
_R = TypeVar("_R", bound="Record")


@dataclass(frozen=True, slots=True)
class Kept:
    """A child that no field took; ``after``: the name of the child before it that one did (empty: none)."""

    after: str
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record has: the language it is in, and what of its element it has no field for."""

    lang: str = field(default="", metadata={"attribute": "xml:lang", "type": "text"})
    other_attributes: dict[str, str] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()


def _read_integer(text: str) -> int:
    text = text.strip()
    if len(text) > 19 or not text.lstrip("+-").isascii():
        raise ValueError(text)
    return int(text)


def _read_boolean(text: str) -> bool:
    text = text.strip()
    if text not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text in ("true", "1")


_SIMPLE: dict[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "text": (str, str),
    "token": (lambda text: " ".join(text.split()), str),
    "integer": (_read_integer, str),
    "boolean": (_read_boolean, lambda value: "true" if value else "false"),
    "moment_ms": (read_date_time, date_time_text),
    "duration_ms": (read_duration, duration_text),
}


def attribute(name: str, kind: str = "text", default: Any = "") -> Any:
    """Return a field that is an attribute; not written where it has its default."""
    return field(default=default, metadata={"attribute": name, "type": kind})


def required(name: str, kind: str = "text", default: Any = "") -> Any:
    """Return a field that is an attribute the schema asks for: always written."""
    return field(default=default, metadata={"attribute": name, "type": kind, "always": True})


def content(kind: str = "token") -> Any:
    """Return the field that is the element's own text."""
    return field(default="", metadata={"content": True, "type": kind})


def child(name: str, kind: "str | type[Record]" = "token", default: Any = None, *, always: bool = False) -> Any:
    """Return a field that is at most one child, ``default`` where there is none; ``always``: that is written, too."""
    return field(default=default, metadata={"child": name, "type": kind, "always": always})


def children(name: str, kind: "str | type[Record]" = "token") -> Any:
    """Return a field that is a tuple of children of one name."""
    return field(default=(), metadata={"child": name, "type": kind, "many": True})


@dataclass(frozen=True, slots=True)
class _Spec:
    field_name: str
    name: str
    kind: Any
    many: bool
    always: bool
    default: Any


@dataclass(frozen=True, slots=True)
class _Binding:
    attributes: dict[str, _Spec]
    elements: dict[str, _Spec]
    content: _Spec | None
    by_local_name: dict[str, str]  # names of elements by what they have without a vocabulary, where that is of one only


_BINDINGS: dict[type[Record], _Binding] = {}


def _binding(record: type[Record]) -> _Binding:
    known = _BINDINGS.get(record)
    if known is None:
        known = _BINDINGS[record] = _bind(record)
    return known


def _bind(record: type[Record]) -> _Binding:
    attributes, elements, own = {}, {}, None
    for item in fields(record):
        data = item.metadata
        name = data.get("attribute") or data.get("child") or ""
        kind = record if data.get("type") == "self" else data.get("type")
        spec = _Spec(item.name, name, kind, bool(data.get("many")), bool(data.get("always")), item.default)
        if "attribute" in data:
            attributes[name] = spec
        elif "child" in data:
            elements[name] = spec
        elif "content" in data:
            own = spec
    locals_ = Counter(name.rpartition(":")[2] for name in elements)
    by_local_name = {local: name for name in elements if locals_[local := name.rpartition(":")[2]] == 1}
    return _Binding(attributes, elements, own, by_local_name)


def _known_as(binding: _Binding, name: str) -> str:
    """Return the name that an element is known by: some lists have those of other vocabularies in their own (sd:URI)."""
    if name in binding.elements:
        return name
    vocabulary, colon, local = name.partition(":")
    return binding.by_local_name.get(local, name) if colon and vocabulary in VOCABULARIES else name


def _read_child(spec: _Spec, node: Node, faults: Faults) -> Any:
    if isinstance(spec.kind, str):
        if spec.kind == "node":
            return node
        if node.attributes or node.children:
            raise ValueError(node.name)  # more than the field can hold
        return _SIMPLE[spec.kind][0](node.text)
    return from_node(spec.kind, node, faults)


def _read_attributes(binding: _Binding, node: Node, faults: Faults) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of those that are known, and the others as they are written."""
    values: dict[str, Any] = {}
    others: dict[str, str] = {}
    for name, text in node.attributes.items():
        spec = binding.attributes.get(name)
        try:
            if spec is None:
                raise ValueError(name)
            values[spec.field_name] = _SIMPLE[spec.kind][0](text)
        except ValueError:
            others[name] = text
            faults[f"{node.name}@{name}"] += 1
    return values, others


def from_node(record: type[_R], node: Node, faults: Faults) -> _R:
    """Return the record that an element is; what it does not know is kept and counted by name."""
    binding = _binding(record)
    values, other_attributes = _read_attributes(binding, node, faults)
    kept: list[Kept] = []
    after = ""
    for item in node.children:
        name = _known_as(binding, item.name)
        spec = binding.elements.get(name)
        try:
            if spec is None or (not spec.many and spec.field_name in values):
                raise ValueError(item.name)
            value = _read_child(spec, item, faults)
        except ValueError:
            kept.append(Kept(after, item))
            faults[f"{node.name}/{item.name}"] += 1
            continue
        if name != item.name:
            faults[f"{node.name}/{item.name}"] += 1
        after = name
        if spec.many:
            values.setdefault(spec.field_name, []).append(value)
        else:
            values[spec.field_name] = value
    for spec in binding.elements.values():
        if spec.many and spec.field_name in values:
            values[spec.field_name] = tuple(values[spec.field_name])
    if binding.content is not None:
        values[binding.content.field_name] = _SIMPLE[binding.content.kind][0](node.text)
    return record(**values, other_attributes=other_attributes, kept=tuple(kept))


def _child_nodes(spec: _Spec, value: Any) -> list[Node]:
    if value is None or (not spec.many and not spec.always and value == spec.default):
        return []
    nodes = []
    for one in value if spec.many else (value,):
        if isinstance(one, Node):
            nodes.append(one)
        elif isinstance(one, Record):
            nodes.append(to_node(one, spec.name))
        else:
            nodes.append(Node(spec.name, text=_SIMPLE[spec.kind][1](one)))
    return nodes


def to_node(record: Record, name: str) -> Node:
    """Return the element of that name which a record is."""
    binding = _binding(type(record))
    attributes = {}
    for spec in binding.attributes.values():
        value = getattr(record, spec.field_name)
        if value is not None and (spec.always or value != spec.default):
            attributes[spec.name] = _SIMPLE[spec.kind][1](value)
    nodes = [kept.node for kept in record.kept if not kept.after]
    for spec in binding.elements.values():
        nodes += _child_nodes(spec, getattr(record, spec.field_name))
        nodes += [kept.node for kept in record.kept if kept.after == spec.name]
    text = "" if binding.content is None else str(getattr(record, binding.content.field_name))
    return Node(name, attributes | record.other_attributes, text, tuple(nodes))
