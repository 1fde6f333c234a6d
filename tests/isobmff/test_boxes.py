"""One table of vectors for the codec pairs: written, read back, and cut short."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.isobmff.elst import ElstBox, parse_elst
from yiwang.isobmff.esds import EsdsBox, descriptor, parse_descriptors, parse_esds
from yiwang.isobmff.ftyp import FtypBox, parse_ftyp
from yiwang.isobmff.hdlr import HdlrBox, parse_hdlr
from yiwang.isobmff.mdhd import MdhdBox, parse_mdhd
from yiwang.isobmff.mfhd import MfhdBox, parse_mfhd
from yiwang.isobmff.mvhd import MvhdBox, parse_mvhd
from yiwang.isobmff.tfdt import TfdtBox, parse_tfdt
from yiwang.isobmff.tfhd import TfhdBox, parse_tfhd
from yiwang.isobmff.tkhd import TkhdBox, parse_tkhd
from yiwang.isobmff.trex import TrexBox, parse_trex
from yiwang.isobmff.trun import TrunBox, parse_trun

UNITY = "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000"
VECTORS = [
    (
        FtypBox("iso6", 0, ("iso6", "cmfc")),
        parse_ftyp,
        "00000018 66747970 69736f36 00000000 69736f36 636d6663",
    ),
    (
        MvhdBox(90000, 0, 2),
        parse_mvhd,
        "0000006c 6d766864 00000000 00000000 00000000 00015f90 00000000 00010000 0100 0000 00000000 00000000"
        + UNITY
        + "00" * 24
        + "00000002",
    ),
    (
        TkhdBox(1, 0, 0x100, 0, 0),
        parse_tkhd,
        "0000005c 746b6864 00000007 00000000 00000000 00000001 00000000 00000000"
        "00000000 00000000 0000 0000 0100 0000" + UNITY + "00000000 00000000",
    ),
    (
        MdhdBox(48000, 0, "zho"),
        parse_mdhd,
        "00000020 6d646864 00000000 00000000 00000000 0000bb80 00000000 690f 0000",
    ),
    (
        HdlrBox("vide", "video"),
        parse_hdlr,
        "00000026 68646c72 00000000 00000000 76696465 00000000 00000000 00000000 766964656f00",
    ),
    (
        TrexBox(1),
        parse_trex,
        "00000020 74726578 00000000 00000001 00000001 00000000 00000000 00000000",
    ),
    (
        ElstBox(((500, -1), (0, 1024))),
        parse_elst,
        "00000038 656c7374 01000000 00000002 00000000000001f4 ffffffffffffffff 00010000"
        "0000000000000000 0000000000000400 00010000",
    ),
    (MfhdBox(7), parse_mfhd, "00000010 6d666864 00000000 00000007"),
    (TfdtBox(2**40), parse_tfdt, "00000014 74666474 01000000 0000010000000000"),
    (TfhdBox(2), parse_tfhd, "00000010 74666864 00020000 00000002"),
    (
        TfhdBox(2, default_sample_duration=1024, default_sample_flags=0x02000000),
        parse_tfhd,
        "00000018 74666864 00020028 00000002 00000400 02000000",
    ),
    (
        TrunBox(120, 2, sample_sizes=(5, 6)),
        parse_trun,
        "0000001c 7472756e 00000201 00000002 00000078 00000005 00000006",
    ),
    (
        TrunBox(120, 1, (3600,), (5,), (0x01010000,), (-1,), 0x02000000),
        parse_trun,
        "00000028 7472756e 01000f05 00000001 00000078 02000000 00000e10 00000005 01010000 ffffffff",
    ),
    (
        EsdsBox(bytes.fromhex("1190")),
        parse_esds,
        "00000027 65736473 00000000 0319 0000 00 0411 40 15 000000 00000000 00000000 0502 1190 0601 02",
    ),
]
each = pytest.mark.parametrize(("record", "parse", "text"), VECTORS, ids=[type(v[0]).__name__ for v in VECTORS])


@each
def test_a_box_is_written_as_the_standard_has_it(record, parse, text):
    assert record.to_bytes().hex() == text.replace(" ", "")


@each
def test_a_box_is_read_back(record, parse, text):
    assert parse(bytes.fromhex(text)[8:]) == record


@each
@given(data=st.data())
def test_a_box_cut_short_is_a_wire_error(record, parse, text, data):
    payload = bytes.fromhex(text)[8:]
    cut = data.draw(st.integers(0, len(payload) - 1))
    try:
        parse(payload[:cut])
    except WireError:
        return
    # what is optional at the end may be missing: a brand, a name, a field of zeros
    assert isinstance(record, FtypBox | HdlrBox | EsdsBox | MdhdBox)


@each
@given(data=st.data())
def test_changed_octets_are_read_or_a_wire_error(record, parse, text, data):
    payload = bytearray(bytes.fromhex(text)[8:])
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] = data.draw(st.integers(0, 255))
    with suppress(WireError):
        parse(bytes(payload))


def test_a_sample_count_of_the_wire_is_checked_before_it_is_used():
    payload = bytes.fromhex("0000020000000001"[6:] + "ffffffff" + "00000000")
    payload = bytes.fromhex("00000201 ffffffff 00000078 00000005")
    with pytest.raises(WireError, match="sample_count 4294967295"):
        parse_trun(payload)


def test_tfdt_of_version_0_has_32_bits():
    assert parse_tfdt(bytes.fromhex("00000000 00000400")).base_media_decode_time == 1024


def test_an_unknown_version_is_refused():
    with pytest.raises(WireError, match="version"):
        parse_mdhd(b"\x05" + bytes(23))


@pytest.mark.parametrize("language", ["", "zh", "CHI", "chi-TW", "日本語", "ab1"])
def test_what_is_no_language_code_is_written_as_undetermined(language):
    assert parse_mdhd(MdhdBox(1, 0, language).to_bytes()[8:]).language == "und"


@given(st.integers(1, 255), st.binary(max_size=300))
def test_descriptors_have_the_shortest_size_and_are_read_back(tag, payload):
    octets = descriptor(tag, payload)
    assert parse_descriptors(octets + octets) == [(tag, payload)] * 2
    assert len(octets) == 2 + (len(payload) > 127) + len(payload)
