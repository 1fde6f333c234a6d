"""Every descriptor that is understood, by tag; the others are kept as octets."""

import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeAlias

from yiwang.base.errors import WireError
from yiwang.mpegts import ait_descriptors, descriptors, stream_descriptors
from yiwang.mpegts.descriptor import EXTENSION_TAG, MALFORMED, Descriptor, TypedDescriptor
from yiwang.mpegts.dvb_text import DvbText

Kind = type[TypedDescriptor]
Kinds: TypeAlias = dict[tuple[int, int | None], Kind]


def _by_tag(found: Iterable[Any]) -> Kinds:
    typed = [kind for kind in found if isinstance(kind, type) and getattr(kind, "TAG", None) is not None]
    return {(kind.TAG, kind.TAG_EXTENSION): kind for kind in typed}  # type: ignore[attr-defined]


_USUAL = _by_tag(getattr(descriptors, name) for name in descriptors.__all__)


@cache
def kinds() -> Kinds:
    """Of PSI and SI tables, by tag and tag extension: loaded when one that is not usual is met, as they are many."""
    from yiwang.mpegts.descriptors import application_signalling, components, delivery, events, linkage, names, private

    rooms = (application_signalling, components, delivery, events, linkage, names, private)
    found = _USUAL | _by_tag(kind for room in rooms for kind in vars(room).values())
    found |= _by_tag((stream_descriptors.StreamEventDescriptor, stream_descriptors.NptReferenceDescriptor))
    return dict(sorted(found.items(), key=lambda item: (item[0][0], -1 if item[0][1] is None else item[0][1])))


AIT_KINDS: Kinds = {(kind.TAG, None): kind for kind in ait_descriptors.AIT_DESCRIPTORS}
"""Of AITs, where tags mean something else."""


def name_of(kind: Kind) -> str:
    """The standard's name: ``S2SatelliteDeliverySystemDescriptor`` is ``s2_satellite_delivery_system_descriptor``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()


def describe(descriptor: Descriptor, *, of_ait: bool = False) -> dict[str, Any]:
    """Return a descriptor as plain values: its tag, its name and fields, or its ``octets`` in hexadecimal."""
    plain: dict[str, Any] = {"tag": None if descriptor.tag == MALFORMED else descriptor.tag}
    if descriptor.tag == EXTENSION_TAG:
        plain["tag_extension"] = descriptor.tag_extension
    key = descriptor.tag, descriptor.tag_extension
    kind = AIT_KINDS.get(key) if of_ait else _USUAL.get(key) or kinds().get(key)
    if kind is not None:
        try:
            typed = kind.parse(descriptor.payload[0 if kind.TAG_EXTENSION is None else 1 :])
            return {**plain, "name": name_of(kind), **_plain(typed)}
        except WireError:
            plain["name"] = name_of(kind)
    return plain | {"octets": descriptor.payload.hex()}


def _plain(value: Any) -> Any:
    if isinstance(value, DvbText):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
