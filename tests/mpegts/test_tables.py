from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mpegts.slow_sections import sections_of, tables_of
from yiwang.base.errors import WireError
from yiwang.mpegts import cat, eit, nit, pat, sdt, tdt_tot
from yiwang.mpegts.cat import Cat, parse_cat
from yiwang.mpegts.descriptor import Descriptor, find, find_all
from yiwang.mpegts.descriptors import (
    LogicalChannelDescriptor,
    NetworkNameDescriptor,
    ServiceDescriptor,
    ShortEventDescriptor,
)
from yiwang.mpegts.dvb_time import parse_duration, parse_utc_time, utc_time_octets
from yiwang.mpegts.eit import EitEvent, EitSection, parse_eit_section
from yiwang.mpegts.nit import Nit, NitTransportStream, parse_nit
from yiwang.mpegts.pat import Pat, PatProgram, parse_pat
from yiwang.mpegts.pmt import Pmt, PmtStream, parse_pmt
from yiwang.mpegts.sdt import Sdt, SdtService, parse_sdt
from yiwang.mpegts.section import Section, make_section
from yiwang.mpegts.tdt_tot import Tdt, Tot, parse_tdt_tot

u16, pid, version = st.integers(0, 0xFFFF), st.integers(0, 0x1FFF), st.integers(0, 31)
loops = st.lists(st.builds(Descriptor, st.integers(0, 255), st.binary(max_size=60)), max_size=4).map(tuple)
utc_s = st.none() | st.integers(0, 65536 * 86400 - 1)


def many(values, most=40):
    return st.lists(values, max_size=most).map(tuple)


PATS = st.builds(Pat, u16, many(st.builds(PatProgram, u16, pid), 600), version)
CATS = st.builds(Cat, many(st.builds(Descriptor, st.integers(0, 255), st.binary(max_size=255))), version)
PMTS = st.builds(Pmt, u16, pid, loops, many(st.builds(PmtStream, st.integers(0, 255), pid, loops), 3), version)
SDTS = st.builds(
    Sdt,
    u16,
    u16,
    many(st.builds(SdtService, u16, st.booleans(), st.booleans(), st.integers(0, 7), st.booleans(), loops)),
    st.booleans(),
    version,
)
NITS = st.builds(
    Nit,
    u16,
    loops,
    many(st.builds(NitTransportStream, u16, u16, loops)),
    st.sampled_from([nit.TABLE_ID_ACTUAL, nit.TABLE_ID_OTHER, nit.TABLE_ID_BAT]),
    version,
)
EITS = st.builds(
    EitSection,
    st.integers(0x4E, 0x6F),
    u16,
    u16,
    u16,
    many(
        st.builds(EitEvent, u16, utc_s, st.none() | st.integers(0, 359999), st.integers(0, 7), st.booleans(), loops),
        8,
    ),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0x4E, 0x6F),
    version,
)


@pytest.mark.parametrize(
    ("tables", "parse"),
    [(PATS, parse_pat), (CATS, parse_cat), (PMTS, parse_pmt), (SDTS, parse_sdt), (NITS, parse_nit)],
    ids=["pat", "cat", "pmt", "sdt", "nit"],
)
@given(data=st.data())
def test_a_table_that_is_written_is_read(tables, parse, data):
    table = data.draw(tables)
    sections = table.to_sections()
    assert parse(sections) == table
    assert all(len(section.to_bytes()) <= 1024 for section in sections)
    assert [section.section_number for section in sections] == list(range(len(sections)))
    assert all(section.last_section_number == len(sections) - 1 for section in sections)


@given(EITS)
def test_an_eit_section_that_is_written_is_read(table):
    assert parse_eit_section(table.to_section()) == table


@given(st.builds(Tdt, utc_s) | st.builds(Tot, utc_s, loops))
def test_a_time_that_is_written_is_read(table):
    assert parse_tdt_tot(table.to_section()) == table


ONE_SECTION = [parse_eit_section, parse_tdt_tot]
PARSERS = {
    parse_pat: [0x00],
    parse_cat: [0x01],
    parse_pmt: [0x02],
    parse_sdt: [0x42, 0x46],
    parse_nit: [0x40, 0x41, 0x4A],
    parse_eit_section: [0x4E, 0x50],
    parse_tdt_tot: [0x70, 0x73],
}


@pytest.mark.parametrize("parse", PARSERS)
@given(data=st.data())
def test_random_payloads_raise_nothing_but_wire_error(parse, data):
    table_id = data.draw(st.sampled_from([*PARSERS[parse], 0xFE]))
    payload = data.draw(st.binary(max_size=1012))
    section = Section(table_id, 1, 0, True, 0, 0, payload, 0, table_id not in (0x70, 0x73))
    with suppress(WireError):
        parse(section if parse in ONE_SECTION else (section,))


@pytest.mark.parametrize("parse", [p for p in PARSERS if p not in ONE_SECTION])
def test_no_sections_or_those_of_two_sub_tables_are_refused(parse):
    table_id = PARSERS[parse][0]
    with pytest.raises(WireError, match="one section or more"):
        parse(())
    with pytest.raises(WireError, match="one sub-table"):
        parse((make_section(table_id, 1, bytes(4)), make_section(table_id, 2, bytes(4))))


def test_a_pmt_cut_inside_a_stream_is_refused():
    payload = bytes.fromhex("e100f000 1be100f003 5201")
    with pytest.raises(WireError, match="TS_program_map_section at octet 9"):
        parse_pmt((make_section(2, 1, payload),))


def test_program_number_0_names_the_network_pid():
    table = Pat(1, (PatProgram(0, 16), PatProgram(5, 0x100)))
    assert table.network_pid == 16
    assert Pat(1, (PatProgram(5, 0x100),)).network_pid is None


def test_a_pat_of_600_programmes_takes_three_sections():
    table = Pat(1, tuple(PatProgram(number, 0x1000 | number & 0xFFF) for number in range(1, 601)))
    assert len(table.to_sections()) == 3


def test_a_pmt_too_large_for_its_one_section_is_refused():
    streams = tuple(PmtStream(6, 0x100 + i, (Descriptor(0x80, bytes(200)),)) for i in range(6))
    with pytest.raises(WireError, match="at most 1012"):
        Pmt(1, 0x100, (), streams).to_sections()


@pytest.mark.parametrize(
    ("octets", "utc_s"),
    [
        ("c079124500", 750516300),  # EN 300 468 Annex C: 93/10/13 12:45:00
        ("9e8b000000", 0),
        ("ffff235959", 2155593599),  # the last second of 16 bits: 2038-04-22
        ("0000000000", 2155593600),  # the wrap
        ("ffffffffff", None),
        ("e35a246000", None),
        ("e35a2a0000", None),
    ],
)
def test_modified_julian_dates(octets, utc_s):
    assert parse_utc_time(bytes.fromhex(octets)) == utc_s
    if utc_s is not None:
        assert utc_time_octets(utc_s) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "seconds"), [("014530", 6330), ("995959", 359999), ("0a0000", None), ("006000", None)]
)
def test_durations(octets, seconds):
    assert parse_duration(bytes.fromhex(octets)) == seconds


def test_a_time_before_1970_is_refused():
    with pytest.raises(WireError, match="1970"):
        utc_time_octets(-1)


# -- real networks


@pytest.mark.parametrize(
    "name",
    ["tsduck/test-026.ts", "tsduck/test-108.ts", "tsduck/test-018.ts", "rust-dvb/tnt-5w-12732v-isi6-10s.ts"],
)
def test_tables_of_real_networks_are_rewritten_octet_for_octet(captures, name):
    path = captures / name
    tables = tables_of(path, {pat.PID, cat.PID, nit.PID, sdt.PID})
    programs = [p for whole in tables[pat.PID] for p in parse_pat(whole).programs if p.program_number]
    tables |= tables_of(path, {p.program_map_pid for p in programs})
    parsers = {0: parse_pat, 1: parse_cat, 2: parse_pmt, 0x40: parse_nit, 0x42: parse_sdt, 0x46: parse_sdt}
    rewritten = 0
    for wholes in tables.values():
        for whole in wholes:
            if whole[0].table_id in parsers and len(whole) == 1:
                assert parsers[whole[0].table_id](whole).to_sections() == whole
                rewritten += 1
    assert rewritten >= 3


def test_events_of_a_real_network_are_rewritten_octet_for_octet(captures):
    sections = sections_of(captures / "rust-dvb/tnt-5w-12732v-isi6-10s.ts", {eit.PID})[eit.PID]
    assert len(sections) > 200
    for section in sections:
        assert parse_eit_section(section).to_section() == section


def test_a_french_multiplex_names_its_services_and_events(captures):
    path = captures / "rust-dvb/tnt-5w-12732v-isi6-10s.ts"
    tables = tables_of(path, {sdt.PID, nit.PID, eit.PID})
    actual = [parse_sdt(whole) for whole in tables[sdt.PID] if whole[0].table_id == sdt.TABLE_ID_ACTUAL]
    names = {s.service_id: str(find(s.descriptors, ServiceDescriptor).service_name) for s in actual[0].services}
    assert names == {1537: "TF1", 1542: "TMC", 1544: "TFX", 1545: "LCP", 1546: "LCI"}

    network = parse_nit(next(whole for whole in tables[nit.PID] if whole[0].table_id == nit.TABLE_ID_ACTUAL))
    assert str(find(network.descriptors, NetworkNameDescriptor).network_name) == "F"
    numbers = {
        channel.service_id: channel.logical_channel_number
        for stream in network.transport_streams
        for descriptor in find_all(stream.descriptors, LogicalChannelDescriptor)
        for channel in descriptor.channels
    }
    in_order = sorted(names, key=lambda service: numbers[service])
    assert [(numbers[s], names[s]) for s in in_order] == [(1, "TF1"), (8, "LCP"), (10, "TMC"), (11, "TFX"), (15, "LCI")]

    present = next(
        section
        for whole in tables[eit.PID]
        for section in map(parse_eit_section, whole)
        if section.table_id == eit.TABLE_ID_PRESENT_FOLLOWING_ACTUAL and section.service_id == 1537
    )
    event = present.events[0]
    short = find(event.descriptors, ShortEventDescriptor)
    assert (event.start_time_s, event.duration_s) == (1775868300, 1920)  # 2026-04-11 00:45 UTC
    assert str(short.event_name) == '50\' inside. "Le mag" (55/106)'


def test_times_of_a_real_network(captures):
    sections = sections_of(captures / "tsduck/test-018.ts", {tdt_tot.PID})[tdt_tot.PID]
    times = [parse_tdt_tot(section) for section in sections if section.table_id in (0x70, 0x73)]
    assert {type(time) for time in times} == {Tdt, Tot}
    assert times[0].utc_s == 1518525305  # 2018-02-13 12:35:05
