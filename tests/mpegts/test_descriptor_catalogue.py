"""All descriptors at once: any octets are read or refused, and what is written is read the same."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.mpegts.descriptor import Descriptor, TypedDescriptor
from yiwang.mpegts.descriptors.catalogue import AIT_KINDS, describe, kinds, name_of
from yiwang.mpegts.descriptors.components import HevcVideoDescriptor
from yiwang.mpegts.descriptors.delivery import CableDeliverySystemDescriptor, S2SatelliteDeliverySystemDescriptor
from yiwang.mpegts.descriptors.delivery import SatelliteDeliverySystemDescriptor as Satellite
from yiwang.mpegts.descriptors.events import ContentIdentifierDescriptor, ExtendedEventDescriptor
from yiwang.mpegts.dvb_text import DvbText

ALL = [*kinds().values(), *AIT_KINDS.values()]
DOC = Path(__file__).parents[2] / "docs" / "descriptors.md"


@pytest.mark.parametrize("kind", ALL, ids=name_of)
@given(payload=st.binary(max_size=60))
def test_any_octets_are_read_or_refused_and_what_was_read_can_be_written(kind: type[TypedDescriptor], payload: bytes):
    try:
        typed = kind.parse(payload)
    except WireError:
        return
    try:
        octets = typed.to_bytes()
    except WireError:
        return  # digits that are none, a time out of range: read, but never written
    again = kind.parse(octets)
    assert again.to_bytes() == octets


@given(tag=st.integers(0, 255), payload=st.binary(max_size=255))
def test_anything_can_be_described(tag: int, payload: bytes):
    plain = describe(Descriptor(tag, payload))
    assert plain["tag"] == tag
    assert "name" in plain or plain["octets"] == payload.hex()


def test_what_is_not_understood_keeps_its_octets():
    assert describe(Descriptor(0xFE, b"\x01\x02")) == {"tag": 0xFE, "octets": "0102"}
    assert describe(Descriptor(0x7F, b"\xee\x02")) == {"tag": 0x7F, "tag_extension": 0xEE, "octets": "ee02"}
    cut = describe(Descriptor(0x43, b"\x01"))
    assert cut == {"tag": 0x43, "name": "satellite_delivery_system_descriptor", "octets": "01"}


@pytest.mark.parametrize(
    ("typed", "octets"),
    [
        # Astra 19.2E, 11.8365 GHz H, 27.5 Msymb/s, 3/4
        (Satellite(1183650, 192, True, 0, 0, 0, 1, 275000, 3), "01 18 36 50 01 92 81 02 75 00 03"),
        # 346 MHz, 256-QAM, 6.952 Msymb/s
        (CableDeliverySystemDescriptor(3460000, 2, 5, 69520, 15), "03 46 00 00 ff f2 05 00 69 52 0f"),
        (
            S2SatelliteDeliverySystemDescriptor(True, True, 1, True, 3, 0x10ABC, 6, None),
            "ff fd 0a bc 06",
        ),
        (
            ExtendedEventDescriptor(0, 1, "ger", (), DvbText(b"Text")),
            "01 67 65 72 00 04 54 65 78 74",
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_descriptors_as_they_are_on_the_air(typed: TypedDescriptor, octets: str):
    assert typed.to_bytes() == bytes.fromhex(octets)
    assert type(typed).parse(bytes.fromhex(octets)) == typed


def test_a_crid_is_read():
    found = ContentIdentifierDescriptor.parse(bytes((0x04, 3)) + b"/1A" + bytes((0xC5, 0x12, 0x34)))
    assert [(c.crid_type, c.crid_location, c.crid, c.crid_ref) for c in found.crids] == [
        (1, 0, b"/1A", None),
        (0x31, 1, None, 0x1234),
    ]


def test_hevc_with_and_without_temporal_layers():
    short = bytes.fromhex("02 20 00 00 00 90 00 00 00 00 00 99 0f")
    found = HevcVideoDescriptor.parse(short)
    assert (found.profile_idc, found.level_idc, found.temporal_id_max) == (2, 0x99, None)
    assert found.to_bytes() == short


def table() -> str:
    """The table of docs/descriptors.md."""
    head = "# Descriptors that are understood\n\nMade by `UPDATE_GOLDEN=1 pytest tests/mpegts/test_descriptor_catalogue.py`.\n"
    head += "A descriptor that is not here, or whose octets are not what its syntax says, is kept as octets.\n"
    rows = ["", "| tag | descriptor | source |", "|---|---|---|"]
    for (tag, extension), kind in kinds().items():
        code = f"0x{tag:02X}" + ("" if extension is None else f" 0x{extension:02X}")
        rows.append(f"| {code} | `{name_of(kind)}` | {source(kind)} |")
    rows += ["", "In an AIT:", "", "| tag | descriptor | source |", "|---|---|---|"]
    rows += [f"| 0x{tag:02X} | `{name_of(kind)}` | {source(kind)} |" for (tag, _), kind in AIT_KINDS.items()]
    return head + "\n".join(rows) + "\n"


def source(kind: type[TypedDescriptor]) -> str:
    """The first sentence of what it says of itself."""
    text = " ".join((kind.__doc__ or "").split())
    return text.replace("|", "\\|").replace("``", "`")


def test_the_table_in_the_docs_is_that_of_the_code():
    if os.environ.get("UPDATE_GOLDEN"):
        DOC.write_text(table(), encoding="utf-8")
    assert DOC.read_text(encoding="utf-8") == table()
    assert len(kinds()) > 90
