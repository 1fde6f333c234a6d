"""One table of sections, three uses: read, write, fuzz seed. The messages of ../shared come from other projects' tests."""

import base64
import json
from binascii import Error
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED, missing
from tests.packaging.television import crc32_mpeg2
from yiwang.base.errors import WireError
from yiwang.scte35.command import (
    BandwidthReservation,
    PrivateCommand,
    SpliceNull,
    TimeSignal,
    UnknownCommand,
    command_type,
)
from yiwang.scte35.descriptor import AvailDescriptor, DtmfDescriptor, TimeDescriptor, UnknownDescriptor
from yiwang.scte35.segmentation_descriptor import DeliveryRestrictions, SegmentationDescriptor
from yiwang.scte35.segmentation_upid import SegmentationUpid, UpidType, parse_mid
from yiwang.scte35.splice_info_section import SpliceInfoSection, parse_splice_info_section
from yiwang.scte35.splice_insert import SpliceInsert
from yiwang.scte35.splice_schedule import ScheduledSplice, SpliceSchedule
from yiwang.scte35.splice_time import BreakDuration

# The section of captures/mp2ts-tools/80s_with_ad.ts; its meaning is in golden_avc_with_scte35.txt.
AD = bytes.fromhex("FC30250000000000000000001405000000FF7FEFFE000FBF40FE001B774003E8000000004844F085")
# SCTE 35 14.1 (time_signal, placement opportunity start).
PLACEMENT = base64.b64decode("/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg==")


def messages():
    path = SHARED / "metadata/scte35/messages.json"
    if not path.is_file():
        missing("no ../shared/metadata/scte35")
    return json.loads(path.read_text())


def octets_of(message):
    if message["enc"] == "base64":
        return base64.b64decode(message["message"] + "===")
    return bytes.fromhex(message["message"].removeprefix("0x"))


def test_messages_of_other_projects_are_read_and_written_octet_for_octet():
    valid = [m for m in messages() if m.get("crc_ok")]
    assert len(valid) == 61
    for message in valid:
        octets = octets_of(message)
        section = parse_splice_info_section(octets)
        assert command_type(section.command) == message["command"] or section.encrypted is not None
        assert section.to_bytes() == octets


def test_reserved_bits_that_old_encoders_send_as_zeros_are_written_as_they_came():
    section = SpliceInfoSection(
        TimeSignal(7, reserved_bits=0x40),
        (
            SegmentationDescriptor(1, segmentation_type_id=0x34, reserved_bits=0),
            SegmentationDescriptor(1, True, reserved_bits=0x2A),
            DtmfDescriptor(20, b"1#", reserved_bits=0),
        ),
    )
    octets = section.to_bytes()
    assert parse_splice_info_section(octets) == section
    assert parse_splice_info_section(octets).to_bytes() == octets
    assert octets[14] == 0x80, "time_specified_flag alone"


def test_messages_with_a_wrong_crc_are_refused():
    wrong = [m for m in messages() if not m.get("crc_ok")]
    assert len(wrong) == 5
    for message in wrong:
        with pytest.raises((WireError, Error)):
            parse_splice_info_section(octets_of(message))


def test_a_splice_insert_says_what_its_golden_file_says():
    section = parse_splice_info_section(AD)
    command = section.command
    assert isinstance(command, SpliceInsert)
    assert (command.splice_event_id, command.pts_time, command.out_of_network_indicator) == (255, 1032000, True)
    assert command.break_duration == BreakDuration(True, 1800000)
    assert (section.sap_type, section.tier, section.pts_adjustment, command.unique_program_id) == (3, 0, 0, 1000)


def test_the_placement_opportunity_of_the_standards_examples():
    section = parse_splice_info_section(PLACEMENT)
    assert section.command == TimeSignal(0x072BD0050)
    (segment,) = section.descriptors
    assert isinstance(segment, SegmentationDescriptor)
    assert segment.segmentation_event_id == 0x4800008E
    assert segment.segmentation_duration == 0x0001A599B0
    assert segment.upid == SegmentationUpid(UpidType.TI, bytes.fromhex("000000002ca0a18a"))
    assert (segment.segmentation_type_id, segment.segment_num, segment.segments_expected) == (0x34, 2, 0)
    assert segment.is_out
    assert not segment.is_in
    assert segment.restrictions == DeliveryRestrictions(False, True, True, 3)


def test_a_mid_is_a_list_of_upids_and_one_cut_off_is_refused():
    upids = (SegmentationUpid(UpidType.AD_ID, b"ABCD0123456H"), SegmentationUpid(UpidType.UUID, bytes(16)))
    mid = b"".join(upid.to_bytes() for upid in upids)
    assert parse_mid(mid) == upids
    assert [upid.text for upid in upids] == ["ABCD0123456H", "00" * 16]
    with pytest.raises(WireError):
        parse_mid(mid[:-1])
    with pytest.raises(WireError):
        parse_mid(mid + b"\x01")


def test_a_command_without_its_length_is_read_to_its_own_end():
    section = SpliceInfoSection(SpliceInsert(1, pts_time=5), (AvailDescriptor(9),), gives_command_length=False)
    octets = section.to_bytes()
    assert octets[11:13] == b"\xff\xff"
    assert parse_splice_info_section(octets) == section
    with pytest.raises(WireError):
        parse_splice_info_section(SpliceInfoSection(UnknownCommand(3, b"12"), gives_command_length=False).to_bytes())


def test_a_section_that_would_be_too_long_is_not_written():
    with pytest.raises(WireError):
        SpliceInfoSection(PrivateCommand(1, bytes(4090))).to_bytes()


u8, u16, u32, u33 = (st.integers(0, (1 << n) - 1) for n in (8, 16, 32, 33))
durations = st.none() | st.builds(BreakDuration, st.booleans(), u33)
whole = st.builds(
    SpliceInsert,
    u32,
    st.just(False),
    st.booleans(),
    st.just(False),
    st.booleans(),
    st.none() | u33,
    st.none() | st.lists(st.tuples(u8, st.none() | u33), max_size=4).map(tuple),
    durations,
    u16,
    u8,
    u8,
).map(lambda c: c if c.components is None else SpliceInsert(c.splice_event_id, components=c.components))
immediate = st.builds(SpliceInsert, u32, st.just(False), st.booleans(), st.just(True), break_duration=durations)
cancelled = st.builds(SpliceInsert, u32, st.just(True), event_id_compliance_flag=st.just(True))
scheduled = st.builds(
    lambda i, out, utc, components, d, p: ScheduledSplice(
        i, False, True, out, utc, components if utc is None else (), d, p
    ),
    u32,
    st.booleans(),
    st.none() | u32,
    st.lists(st.tuples(u8, u32), max_size=3).map(tuple),
    durations,
    u16,
) | st.builds(ScheduledSplice, u32, st.just(True), st.booleans(), utc_splice_time=st.just(0))
commands = st.one_of(
    st.just(SpliceNull()),
    st.just(BandwidthReservation()),
    whole,
    immediate,
    cancelled,
    st.lists(scheduled, max_size=3).map(lambda events: SpliceSchedule(tuple(events))),
    st.builds(TimeSignal, st.none() | u33),
    st.builds(PrivateCommand, u32, st.binary(max_size=20)),
    st.builds(UnknownCommand, st.sampled_from([1, 2, 3, 8, 0xFE]), st.binary(max_size=20)),
)
upids = st.builds(SegmentationUpid, u8, st.binary(max_size=30))
restrictions = st.none() | st.builds(DeliveryRestrictions, *[st.booleans()] * 3, st.integers(0, 3))
segmentations = st.builds(
    SegmentationDescriptor,
    u32,
    st.just(False),
    st.booleans(),
    restrictions,
    st.none() | st.lists(st.tuples(u8, u33), max_size=3).map(tuple),
    st.none() | st.integers(0, (1 << 40) - 1),
    upids,
    u8,
    u8,
    u8,
    st.binary(max_size=2),
) | st.builds(SegmentationDescriptor, u32, st.just(True), st.booleans())
descriptors = st.one_of(
    segmentations,
    st.builds(AvailDescriptor, u32),
    st.builds(DtmfDescriptor, u8, st.binary(max_size=7)),
    st.builds(TimeDescriptor, st.integers(0, (1 << 48) - 1), u32, u16),
    st.builds(UnknownDescriptor, u8, st.binary(max_size=40).map(lambda b: b"XXXX" + b)),
)
sections = st.builds(
    SpliceInfoSection,
    commands,
    st.lists(descriptors, max_size=4).map(tuple),
    u33,
    st.integers(0, 0xFFF),
    u8,
    u8,
    st.integers(0, 3),
    stuffing=st.binary(max_size=4),
) | st.builds(
    SpliceInfoSection,
    pts_adjustment=u33,
    encryption_algorithm=st.integers(0, 63),
    encrypted=st.binary(max_size=60),
    encrypted_command_length=st.integers(0, 0xFFF),
)


@given(sections)
def test_what_is_written_is_read_as_it_was(section):
    octets = section.to_bytes()
    assert parse_splice_info_section(octets) == section
    assert parse_splice_info_section(octets).to_bytes() == octets


def with_crc(octets):
    return octets[:-4] + crc32_mpeg2(octets[:-4]).to_bytes(4, "big")


@given(st.sampled_from([AD, PLACEMENT]) | sections.map(lambda s: s.to_bytes()), st.data())
def test_damage_raises_a_wire_error_and_nothing_else(octets, data):
    """The CRC_32 is made right again, or it would keep everything out."""
    changed = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(changed[: data.draw(st.integers(0, len(changed)))])
    for damaged in (bytes(changed), cut, with_crc(bytes(changed))):
        with suppress(WireError):
            section = parse_splice_info_section(damaged)
            parse_splice_info_section(section.to_bytes())


@pytest.mark.parametrize("at", range(len(AD)))
def test_one_wrong_octet_anywhere_is_found(at):
    with pytest.raises(WireError):
        parse_splice_info_section(AD[:at] + bytes([AD[at] ^ 0x10]) + AD[at + 1 :])
