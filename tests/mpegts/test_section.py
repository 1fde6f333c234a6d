from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.mpegts.section import (
    MAX_SECTION,
    Section,
    SectionAssembler,
    SubTable,
    SubTables,
    make_section,
    number_sections,
    parse_section,
    split_entries,
)

TDT = bytes.fromhex("707005e35a123505")

sections = st.builds(
    make_section,
    st.integers(0, 0xFE),
    st.integers(0, 0xFFFF),
    st.binary(max_size=600),
    version_number=st.integers(0, 31),
    section_number=st.integers(0, 255),
    last_section_number=st.integers(0, 255),
    current_next_indicator=st.booleans(),
    private_indicator=st.booleans(),
)
short_sections = st.builds(
    lambda table_id, payload: parse_section(Section(table_id, 0, 0, True, 0, 0, payload, 0, False, True).to_bytes()),
    st.sampled_from([0x70, 0x71, 0x72, 0x73, 0x7E, 0xFC]),
    st.binary(max_size=300),
)


def packetise(octets: list[bytes], room: int = 184, pad: bool = False) -> list[tuple[bytes, bool]]:
    """(payload, payload_unit_start) as a multiplexer makes them; with ``pad`` each section begins its own packet."""
    packets = []
    stream, starts = b"", []
    for section in octets:
        starts.append(len(stream))
        stream += section
        if pad:
            space = -(len(stream) - starts[-1] + 1) % room if len(section) < room else 0
            stream += b"\xff" * space
    at = 0
    while at < len(stream):
        here = [start for start in starts if at <= start < at + room - 1]
        if here:
            body = bytes((here[0] - at,)) + stream[at : at + room - 1]
            at += room - 1
        else:
            body = stream[at : at + room]
            if any(
                start == at + room - 1 for start in starts
            ):  # no section may begin in a packet without pointer_field
                body = body[:-1]
                packets.append((body, False))
                at += room - 1
                continue
            at += room
        packets.append((body.ljust(room, b"\xff"), bool(here)))
    return packets


def feed_all(assembler: SectionAssembler, packets: list[tuple[bytes, bool]]) -> list[Section]:
    return [section for payload, start in packets for section in assembler.feed(payload, start)]


def test_a_pat_as_it_is_on_the_wire():
    section = make_section(0, 1, bytes.fromhex("0001e100"))
    assert section.to_bytes().hex() == "00b00d0001c100000001e100" + f"{section.crc:08x}"
    assert parse_section(section.to_bytes()) == section


def test_a_tdt_has_neither_long_header_nor_crc():
    section = parse_section(TDT)
    assert (section.table_id, section.section_syntax_indicator, section.payload.hex()) == (0x70, False, "e35a123505")
    assert section.to_bytes() == TDT


@given(sections | short_sections)
def test_what_is_written_is_read(section):
    assert parse_section(section.to_bytes()) == section


@given(sections, st.data())
def test_any_damaged_octet_is_a_wire_error(section, data):
    octets = bytearray(section.to_bytes())
    at = data.draw(st.integers(3, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WireError):
        parse_section(bytes(octets))


@given(st.binary(max_size=64))
def test_random_octets_raise_nothing_but_wire_error(octets):
    with suppress(WireError):
        parse_section(octets)


@given(st.lists(sections | short_sections, max_size=6), st.integers(8, 184), st.booleans())
def test_the_sections_are_the_same_in_any_cut_into_packets(wanted, room, pad):
    assembler = SectionAssembler(0x11)
    assert feed_all(assembler, packetise([section.to_bytes() for section in wanted], room, pad)) == wanted
    assert assembler.drain_faults() == []


@given(st.lists(st.tuples(st.binary(max_size=190), st.booleans(), st.booleans()), max_size=30))
def test_random_payloads_never_raise_and_memory_stays_bounded(payloads):
    assembler = SectionAssembler()
    for payload, start, lost in payloads:
        assembler.feed(payload, start, lost)
        assert len(assembler._partial) < MAX_SECTION


@given(st.lists(sections, min_size=1, max_size=5), st.data())
def test_after_damage_all_further_sections_come(wanted, data):
    packets = packetise([section.to_bytes() for section in wanted], pad=True)
    at = data.draw(st.integers(0, len(packets) - 1))
    payload = bytearray(packets[at][0])
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    assembler = SectionAssembler()
    feed_all(assembler, [*packets[:at], (bytes(payload), packets[at][1]), *packets[at + 1 :]])
    assert feed_all(assembler, packetise([wanted[0].to_bytes()]))[-1] == wanted[0]


def test_two_sections_in_one_packet_and_one_over_three():
    long = make_section(0x42, 1, bytes(400))
    short = make_section(0x46, 2, b"x")
    packets = packetise([short.to_bytes(), short.to_bytes(), long.to_bytes()])
    assert len(packets) == 3
    assert feed_all(SectionAssembler(), packets) == [short, short, long]


def test_a_header_may_be_cut_after_any_octet():
    section = make_section(0x42, 1, bytes(range(100)))
    octets = section.to_bytes()
    for cut in range(1, len(octets)):
        assembler = SectionAssembler()
        assert assembler.feed(b"\0" + octets[:cut], True) == []
        assert assembler.feed(octets[cut:] + b"\xff" * 10, False) == [section]
        assert assembler.drain_faults() == []


def test_payloads_before_the_first_pointer_field_are_ignored():
    assembler = SectionAssembler()
    assert assembler.feed(make_section(0, 1, b"").to_bytes(), False) == []
    assert assembler.drain_faults() == []


def test_loss_drops_the_section_that_it_cuts():
    assembler = SectionAssembler(0x100)
    packets = packetise([make_section(2, 1, bytes(500)).to_bytes()])
    assembler.feed(*packets[0])
    assert assembler.feed(*packets[2], lost=True) == []
    assert assembler.drain_faults() == [Fault("section_truncated", 1, 0x100)]
    assert assembler.drain_faults() == []


def test_a_section_that_ends_before_the_next_begins_is_dropped_alone():
    assembler = SectionAssembler()
    assembler.feed(*packetise([make_section(2, 1, bytes(500)).to_bytes()])[0])
    good = make_section(2, 1, b"good")
    assert assembler.feed(b"\0" + good.to_bytes(), True) == [good]
    assert assembler.drain_faults() == [Fault("section_truncated")]


def test_a_bad_crc_is_counted_and_the_section_ignored():
    octets = bytearray(make_section(2, 1, b"damaged").to_bytes())
    octets[9] ^= 1
    good = make_section(2, 1, b"good")
    assembler = SectionAssembler()
    assert assembler.feed(b"\0" + bytes(octets) + good.to_bytes(), True) == [good]
    assert assembler.drain_faults() == [Fault("crc_error")]


@pytest.mark.parametrize("length", [4094, 4095])
def test_a_section_length_over_4093_is_refused(length):
    assembler = SectionAssembler()
    header = bytes((0x42,)) + (0xB000 | length).to_bytes(2, "big")
    assert assembler.feed(b"\0" + header + bytes(180), True) == []
    assert assembler.drain_faults() == [Fault("section_length_error")]


def test_a_section_of_4096_octets_is_taken():
    section = make_section(0x50, 1, bytes(MAX_SECTION - 12))
    assert len(section.to_bytes()) == MAX_SECTION
    assert feed_all(SectionAssembler(), packetise([section.to_bytes()])) == [section]
    with pytest.raises(WireError, match="section_length"):
        make_section(0x50, 1, bytes(MAX_SECTION - 11))


def test_a_pointer_field_beyond_the_packet_is_counted():
    assembler = SectionAssembler()
    assert assembler.feed(b"\xb8" + bytes(183), True) == []
    assert assembler.drain_faults() == [Fault("pointer_field_error")]


def test_a_long_section_too_short_for_its_header_is_counted():
    assembler = SectionAssembler()
    assert assembler.feed(bytes.fromhex("00 42b004 00000000"), True) == []
    assert assembler.drain_faults() == [Fault("section_length_error")]


def numbered(version: int, *payloads: bytes, table_id: int = 0x42) -> tuple[Section, ...]:
    return number_sections(table_id, 1, version, payloads)


def test_a_sub_table_is_whole_when_every_number_has_come_in_any_order():
    first, second, third = numbered(0, b"nwA", b"nwB", b"nwC")
    table = SubTable()
    assert table.add(third) is None
    assert table.add(first) is None
    assert table.add(second) == (first, second, third)


def test_repetition_is_no_change():
    table = SubTable()
    (section,) = numbered(0, b"a")
    assert table.add(section) == (section,)
    assert table.add(section) is None


def test_a_new_version_and_the_old_one_again_are_changes():
    table = SubTable()
    old, new = numbered(0, b"a"), numbered(1, b"b")
    assert [table.add(s) for s in (*old, *new, *old)] == [old, new, old]


def test_other_octets_under_the_same_version_are_a_change():
    table = SubTable()
    old, new = numbered(4, b"a", b"b"), numbered(4, b"a", b"c")
    assert [table.add(s) for s in old] == [None, old]
    assert [table.add(s) for s in (*new, *new, *new)] == [None, None, new, None, None, None]


def test_sections_not_yet_applicable_are_ignored():
    table = SubTable()
    assert table.add(make_section(2, 1, b"next", current_next_indicator=False)) is None
    assert table.add(make_section(2, 1, b"x", section_number=3, last_section_number=1)) is None


def test_numbers_that_an_eit_segment_leaves_out_are_not_waited_for():
    def schedule(number: int, segment_last: int) -> Section:
        payload = bytes((0, 1, 0, 1, segment_last, 0x50))
        return make_section(0x50, 1, payload, section_number=number, last_section_number=17)

    wanted = (schedule(0, 1), schedule(1, 1), schedule(8, 8), schedule(16, 17), schedule(17, 17))
    table = SubTable()
    assert [table.add(section) for section in wanted] == [None, None, None, None, wanted]


def test_sub_tables_of_one_pid_do_not_disturb_each_other():
    tables = SubTables()
    actual, other = numbered(0, b"\0\1."), numbered(0, b"\0\1.", table_id=0x46)
    elsewhere = numbered(3, b"\0\2.", table_id=0x46)  # the same transport_stream_id in another original network
    assert [tables.add(s) for s in (*actual, *other, *elsewhere)] == [actual, other, elsewhere]
    assert [tables.add(s) for s in (*actual, *other, *elsewhere)] == [None, None, None]


def test_a_short_section_is_always_new():
    tables = SubTables()
    tdt = parse_section(TDT)
    assert tables.add(tdt) == (tdt,)
    assert tables.add(tdt) == (tdt,)


def test_no_more_than_the_limit_of_sub_tables_is_held():
    tables = SubTables(limit=2)
    wanted = [make_section(0x42, extension, b"..") for extension in range(3)]
    assert [tables.add(s) for s in wanted] == [(s,) for s in wanted]
    assert tables.add(wanted[2]) is None
    assert tables.add(wanted[0]) == (wanted[0],)  # forgotten, so new again


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.binary(max_size=1)), max_size=40))
def test_what_a_sub_table_publishes_is_whole_and_of_one_issue(arrivals):
    table = SubTable()
    before = None
    for number, version, payload in arrivals:
        section = make_section(0x40, 1, payload, version_number=version, section_number=number, last_section_number=2)
        whole = table.add(section)
        if whole is not None:
            assert [s.section_number for s in whole] == [0, 1, 2]
            assert len({s.version_number for s in whole}) == 1
            assert whole != before
            before = whole


@given(st.lists(st.binary(max_size=100), max_size=60), st.integers(100, 1012))
def test_entries_are_split_in_order_and_none_is_cut(entries, room):
    runs = split_entries(entries, room)
    assert b"".join(runs) == b"".join(entries)
    assert all(len(run) <= room for run in runs)
    assert len(runs) == 1 or all(runs)


def test_an_entry_that_fits_in_no_section_is_refused():
    with pytest.raises(WireError, match="at most 10 octets"):
        split_entries([bytes(11)], 10)
    with pytest.raises(WireError, match="256 sections"):
        number_sections(0, 0, 0, [b""] * 257)


@pytest.mark.parametrize("sap_type", range(4))
def test_a_splice_info_section_keeps_its_sap_type(sap_type):
    octets = Section(0xFC, 0, 0, True, 0, 0, bytes(14), 0, False, False, sap_type).to_bytes()
    assert octets[1] >> 4 == sap_type
    assert parse_section(octets).to_bytes() == octets
