import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.mpegts import descriptors
from yiwang.mpegts.descriptor import MALFORMED, Descriptor, descriptors_to_bytes, find, find_all, parse_descriptors
from yiwang.mpegts.descriptors import (
    AacDescriptor,
    Ac3Descriptor,
    BouquetNameDescriptor,
    CaDescriptor,
    CaptionServiceDescriptor,
    DataStreamAlignmentDescriptor,
    EnhancedAc3Descriptor,
    Iso639LanguageDescriptor,
    LocalTimeOffsetDescriptor,
    LogicalChannelDescriptor,
    MaximumBitrateDescriptor,
    NetworkNameDescriptor,
    OpusAudioDescriptor,
    RegistrationDescriptor,
    ServiceDescriptor,
    ServiceListDescriptor,
    ShortEventDescriptor,
    StreamIdentifierDescriptor,
    SubtitlingDescriptor,
    SupplementaryAudioDescriptor,
    TeletextDescriptor,
)
from yiwang.mpegts.descriptors.caption_service import CaptionService
from yiwang.mpegts.descriptors.local_time_offset import LocalTimeOffset
from yiwang.mpegts.descriptors.logical_channel import LogicalChannel
from yiwang.mpegts.descriptors.subtitling import Subtitling
from yiwang.mpegts.descriptors.teletext import TeletextPage
from yiwang.mpegts.dvb_text import DvbText

VECTORS = [  # (octets on the wire, what they say); from captures of real networks where a name is in the text
    ("0a 04 66726500", Iso639LanguageDescriptor((("fre", 0),))),
    ("0a 08 656e6700 64657503", Iso639LanguageDescriptor((("eng", 0), ("deu", 3)))),
    ("05 04 48455643", RegistrationDescriptor(b"HEVC")),
    ("05 06 43554549 0102", RegistrationDescriptor(b"CUEI", b"\x01\x02")),
    ("52 01 07", StreamIdentifierDescriptor(7)),
    ("48 10 01 05 4752312041 08 4672616e63652032", ServiceDescriptor(1, DvbText(b"GR1 A"), DvbText(b"France 2"))),
    ("09 07 1811 f449 02fe00", CaDescriptor(0x1811, 0x1449, b"\x02\xfe\x00")),
    (
        "56 0a 667261 28 88 667261 10 89",
        TeletextDescriptor((TeletextPage("fra", 5, 8, 0x88), TeletextPage("fra", 2, 8, 0x89))),
    ),
    ("59 08 667261 24 0001 0001", SubtitlingDescriptor((Subtitling("fra", 0x24, 1, 1),))),
    (
        "86 0d e2 656e67 7e 3fff 737061 c2 bfff",
        CaptionServiceDescriptor((CaptionService("eng", None), CaptionService("spa", 2, 0, True))),
    ),
    ("6a 01 00", Ac3Descriptor()),
    ("6a 06 f0 42 06 01 02 aa", Ac3Descriptor(0x42, 6, 1, 2, b"\xaa")),
    ("7a 02 80 c2", EnhancedAc3Descriptor(0xC2)),
    ("7a 08 ff 01 02 03 04 05 06 07", EnhancedAc3Descriptor(1, 2, 3, 4, True, 5, 6, 7)),
    ("7c 01 45", AacDescriptor(0x45)),
    ("7c 02 45 00", AacDescriptor(0x45, 0)),
    ("7c 08 21 c0 40 0123456789", AacDescriptor(0x21, 0xC0, 0x40, bytes.fromhex("0123456789"))),
    ("7f 05 06 87 667261", SupplementaryAudioDescriptor(1, 1, "fra")),
    ("7f 02 06 06", SupplementaryAudioDescriptor(0, 1)),
    ("7f 02 80 06", OpusAudioDescriptor(b"\x06")),
    ("7f 05 80 81 02 01 01", OpusAudioDescriptor(b"\x81\x02\x01\x01")),
    ("40 08 4d65646961736574", NetworkNameDescriptor(DvbText(b"Mediaset"))),
    ("47 03 526169", BouquetNameDescriptor(DvbText(b"Rai"))),
    ("41 06 0601 19 060a 02", ServiceListDescriptor(((0x601, 0x19), (0x60A, 0x02)))),
    (
        "83 08 0d49 fc01 0d52 7c64",
        LogicalChannelDescriptor((LogicalChannel(3401, True, 1), LogicalChannel(3410, False, 100))),
    ),
    ("4d 0a 697461 03 524149 02 5447", ShortEventDescriptor("ita", DvbText(b"RAI"), DvbText(b"TG"))),
    ("0e 03 c04268", MaximumBitrateDescriptor(0x4268)),
    ("06 01 02", DataStreamAlignmentDescriptor(2)),
    (
        "58 0d 495441 02 0100 e35a 010000 0200",
        LocalTimeOffsetDescriptor((LocalTimeOffset("ITA", 0, 60, 1521939600, 120),)),
    ),
    (
        "58 0d 435a45 03 0330 e35a 010000 0230",
        LocalTimeOffsetDescriptor((LocalTimeOffset("CZE", 0, -210, 1521939600, -150),)),
    ),
]
KINDS = [getattr(descriptors, name) for name in descriptors.__all__]


@pytest.mark.parametrize(("wire", "typed"), VECTORS)
def test_octets_say_what_the_standard_says_and_are_written_back(wire, typed):
    octets = bytes.fromhex(wire)
    loop = parse_descriptors(octets)
    assert find(loop, type(typed)) == typed
    assert descriptors_to_bytes([Descriptor.of(typed)]) == octets


def test_every_descriptor_has_a_vector():
    assert {type(typed) for _, typed in VECTORS} == set(KINDS)


@given(st.binary(max_size=400))
def test_a_loop_survives_a_rewrite_octet_for_octet(octets):
    assert descriptors_to_bytes(parse_descriptors(octets)) == octets


@pytest.mark.parametrize("kind", KINDS)
@given(payload=st.binary(max_size=255))
def test_a_payload_gives_a_descriptor_that_reads_back_or_a_wire_error(kind, payload):
    try:
        typed = kind.parse(payload)
    except WireError:
        return
    assert kind.parse(typed.to_bytes()) == typed


@pytest.mark.parametrize("kind", KINDS)
@given(payload=st.binary(max_size=40))
def test_a_malformed_payload_counts_as_absent(kind, payload):
    extension = b"" if kind.TAG_EXTENSION is None else bytes((kind.TAG_EXTENSION,))
    found = find_all([Descriptor(kind.TAG, extension + payload)], kind)
    assert len(found) <= 1


def test_an_extension_is_told_by_its_second_tag():
    ac4 = Descriptor(0x7F, b"\x15\x00")
    audio = Descriptor.of(SupplementaryAudioDescriptor(1, 1))
    assert find([ac4, audio], SupplementaryAudioDescriptor) == SupplementaryAudioDescriptor(1, 1)
    assert find([ac4], SupplementaryAudioDescriptor) is None
    assert find([Descriptor(0x7F, b"")], SupplementaryAudioDescriptor) is None


def test_a_tail_that_is_no_descriptor_is_kept():
    assert parse_descriptors(b"\x52\x01\x07\x48\x10abc") == (
        Descriptor(0x52, b"\x07"),
        Descriptor(MALFORMED, b"\x48\x10abc"),
    )


def test_a_payload_over_255_octets_is_refused():
    with pytest.raises(WireError, match="descriptor_length"):
        Descriptor(0x48, bytes(256)).to_bytes()


def test_the_number_of_a_teletext_page_is_what_the_viewer_types():
    assert [str(page) for page in TeletextDescriptor.parse(bytes.fromhex("667261 28 88")).pages] == ["888"]
    assert str(TeletextPage("ita", 2, 7, 0x77)) == "777"


def test_maximum_bitrate_counts_fifty_octets():
    assert MaximumBitrateDescriptor.parse(bytes.fromhex("c04268")).rate_bps == 6_800_000
