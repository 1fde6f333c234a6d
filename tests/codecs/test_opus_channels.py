"""Channels of Opus as a descriptor says them, as ``dOps`` does, and as a decoder wants them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.codecs.opus.channels import (
    SILENT,
    ChannelMapping,
    identification_header,
    parse_descriptor,
    parse_dops,
)
from yiwang.mpegts.carriage import carriage

KNOWN = {
    b"\x00": (2, 255, 1, 1, (0, 1), 8),
    b"\x01": (1, 0, 1, 0, (), 1),
    b"\x02": (2, 0, 1, 0, (), 2),
    b"\x03": (3, 1, 2, 1, (0, 2, 1), 3),
    b"\x04": (4, 1, 2, 2, (0, 1, 2, 3), 10),
    b"\x05": (5, 1, 3, 2, (0, 4, 1, 2, 3), 5),
    b"\x06": (6, 1, 4, 2, (0, 4, 1, 2, 3, 5), 6),
    b"\x07": (7, 1, 4, 3, (0, 4, 1, 2, 3, 5, 6), 11),
    b"\x08": (8, 1, 5, 3, (0, 6, 1, 2, 3, 4, 5, 7), 12),
    b"\x82": (2, 1, 2, 0, (0, 1), 2),
    b"\x86": (6, 1, 6, 0, (0, 1, 2, 3, 4, 5), 6),
    b"\x81\x03\xff\x81\x80": (3, 255, 3, 0, (0, 1, 2), 0),
    bytes.fromhex("810601 6842a9"): (6, 1, 4, 2, (0, 4, 1, 2, 5, 1), 6),
}


@pytest.mark.parametrize(("payload", "fields"), KNOWN.items(), ids=[payload.hex() for payload in KNOWN])
def test_a_descriptor_says_channels_and_streams(payload, fields):
    mapping = parse_descriptor(payload)
    *of_mapping, configuration = fields
    assert mapping == ChannelMapping(*of_mapping)
    assert mapping.descriptor() == payload
    assert mapping.channel_configuration == configuration
    assert parse_dops(mapping.dops()) == mapping


def test_without_a_descriptor_it_is_stereo():
    assert parse_descriptor(b"") == parse_descriptor(b"\x02")


@pytest.mark.parametrize(
    "payload",
    [
        "09",
        "80",
        "89",
        "ff",
        "81",
        "810901ffffffffffff",
        "8109ffffffffffffff",
        "8102",
        "810300",
        "810006",
        "8106016842",
    ],
)
def test_what_is_reserved_or_cannot_be_is_refused(payload):
    with pytest.raises(WireError):
        parse_descriptor(bytes.fromhex(payload))


@st.composite
def mappings(draw):
    family = draw(st.sampled_from((1, 255)))
    channels = draw(st.integers(1, 8))
    streams = draw(st.integers(1, channels))
    coupled = draw(st.integers(0, streams))
    indices = st.integers(0, streams + coupled - 1) | st.just(SILENT)
    return ChannelMapping(channels, family, streams, coupled, tuple(draw(indices) for _ in range(channels)))


@given(mappings())
def test_any_mapping_is_read_back(mapping):
    assert parse_descriptor(mapping.descriptor()) == mapping
    assert parse_dops(mapping.dops()) == mapping


@given(st.binary(max_size=40))
def test_any_octets_are_a_mapping_or_refused(octets):
    for read in (parse_descriptor, parse_dops):
        try:
            mapping = read(octets)
        except WireError:
            continue
        assert parse_dops(mapping.dops()) == mapping
        if mapping.streams <= mapping.channels:
            assert parse_descriptor(mapping.descriptor()) == mapping


def test_more_streams_than_channels_are_a_box_s_alone():
    mapping = parse_dops(bytes.fromhex("000201380000bb800000ff09010009"))
    assert carriage(mapping.codec_config(960)) is None
    with pytest.raises(WireError):
        mapping.descriptor()


def test_the_box_is_big_endian_and_the_decoder_s_header_is_not():
    dops = parse_descriptor(b"\x06").dops()
    assert dops == bytes.fromhex("00 06 0000 0000bb80 0000 01 04 02 000401020305")
    assert identification_header(dops) == b"OpusHead" + bytes.fromhex("01 06 0000 80bb0000 0000 01 04 02 000401020305")
    foreign = bytes.fromhex("00 02 0138 0000ac44 ff00 00")
    assert identification_header(foreign) == b"OpusHead" + bytes.fromhex("01 02 3801 44ac0000 00ff 00")


@pytest.mark.parametrize(
    "octets", ["", "0102013800000000000000", "0000013800000000000000", "000301380000bb80000001020100"]
)
def test_a_box_that_cannot_be_is_refused(octets):
    with pytest.raises(WireError):
        parse_dops(bytes.fromhex(octets))
