"""Service information kept up to date: completeness, versions, what belongs where, and any octets survived."""

import json
import re
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tests.mpegts.slow_sections import sections_of, tables_of
from tests.services.made_up_stream import Writer, service
from yiwang.base.errors import WireError
from yiwang.cli.probe_tables import show_tables
from yiwang.mpegts import ait, eit, nit, rst, sdt, stream_descriptors, tdt_tot
from yiwang.mpegts.ait import Ait, Application, parse_ait
from yiwang.mpegts.ait_descriptors import (
    ApplicationDescriptor,
    ApplicationName,
    ApplicationNameDescriptor,
    ApplicationProfile,
    DvbJApplicationLocationDescriptor,
    SimpleApplicationLocationDescriptor,
    TransportProtocolDescriptor,
)
from yiwang.mpegts.cat import parse_cat
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors import NetworkNameDescriptor, ShortEventDescriptor
from yiwang.mpegts.descriptors.application_signalling import ApplicationSignallingDescriptor
from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.eit import EitEvent, EitSection, parse_eit_section
from yiwang.mpegts.nit import Nit, NitTransportStream, parse_nit
from yiwang.mpegts.pat import Pat, PatProgram, parse_pat
from yiwang.mpegts.pmt import Pmt, PmtStream, parse_pmt
from yiwang.mpegts.rst import Rst, RunningStatus, parse_rst
from yiwang.mpegts.sdt import Sdt, parse_sdt
from yiwang.mpegts.section import Section, make_section, parse_section
from yiwang.mpegts.service_information import ALL_TABLES, LIVE_TABLES, ServiceInformation, ServiceKey
from yiwang.mpegts.stream_descriptors import StreamDescriptors, StreamEventDescriptor, parse_stream_descriptors
from yiwang.mpegts.tdt_tot import Tdt, parse_tdt_tot
from yiwang.services.on_air import linked_applications, now_next
from yiwang.services.probe_tables import tables_report

HTTP_SELECTOR = bytes((19,)) + b"http://hbbtv.test/a" + bytes((0,))
APPLICATION = Application(
    0x19,
    1,
    1,
    (
        Descriptor.of(ApplicationDescriptor((ApplicationProfile(0, (1, 1, 1)),), True, 3, 5, b"\x01")),
        Descriptor.of(ApplicationNameDescriptor((ApplicationName("deu", DvbText(b"Red")),))),
        Descriptor.of(TransportProtocolDescriptor(3, 1, HTTP_SELECTOR)),
        Descriptor.of(SimpleApplicationLocationDescriptor(b"/index.html")),
    ),
)


def listen(octets: bytes, table_ids: frozenset[int] = ALL_TABLES, cut: int = 0) -> ServiceInformation:
    information = ServiceInformation(table_ids)
    demultiplexer = Demultiplexer(lambda pat, pmts: [], information=information)
    for at in range(0, len(octets), cut or max(1, len(octets))):
        demultiplexer.feed(octets[at : at + (cut or len(octets))])
    demultiplexer.flush()
    return information


def event(event_id: int, start_s: int = 1_800_000_000, title: str = "x") -> EitEvent:
    descriptor = Descriptor.of(ShortEventDescriptor("eng", DvbText.of(title), DvbText(b"")))
    return EitEvent(event_id, start_s, 3600, 4, False, (descriptor,))


def eit_section(
    table_id: int, number: int, *events: EitEvent, last: int = 1, segment: int = -1, **more: int
) -> Section:
    segment_last = number if segment < 0 else segment
    return EitSection(table_id, 7, 1, 9, events, number, last, segment_last, **more).to_section()


# -- tables


@pytest.mark.parametrize(
    ("table", "read"),
    [
        (Rst((RunningStatus(1, 2, 3, 4, 5), RunningStatus(6, 7, 8, 9, 1))), parse_rst),
        (
            StreamDescriptors(5, (Descriptor.of(StreamEventDescriptor(1, (1 << 33) - 1, b"go")),), 3),
            parse_stream_descriptors,
        ),
    ],
)
def test_tables_of_one_section_are_read_as_written(table, read):
    assert read(table.to_section()) == table


def test_an_ait_is_read_as_written_and_tells_where_the_application_is():
    table = Ait(0x10, (), (APPLICATION,) * 3, version_number=9)
    assert parse_ait(table.to_sections()) == table
    assert APPLICATION.urls == ("http://hbbtv.test/a/index.html",)
    assert (APPLICATION.control, APPLICATION.names, APPLICATION.priority) == ("autostart", (("deu", "Red"),), 5)


@pytest.mark.parametrize("octets", [b"", b"\x05", b"\x05abc", b"\x03abc", b"\x01a\x02\x01", b"\xff" * 9])
def test_a_transport_protocol_that_is_cut_gives_the_urls_it_has_whole(octets: bytes):
    bases = TransportProtocolDescriptor(3, 1, octets).url_bases
    assert bases == (("a",) if octets.startswith(b"\x01a") else ())


@pytest.mark.parametrize("pid", ["1ec5", "1ec6"])
def test_applications_are_read_as_tsduck_reads_them(captures: Path, pid: str):
    text = (captures / f"oracle/tsduck-reference/test-018/test-018.ait.{pid}.txt").read_text()
    (table, *_) = (
        parse_ait(whole) for whole in tables_of(captures / "tsduck/test-018.ts", {int(pid, 16)})[int(pid, 16)]
    )
    theirs = re.findall(
        r"Organization id: 0x\w+ \((\d+)\), Application id: 0x\w+ \((\d+)\)\), Control code: (\d+)", text
    )
    ours = [(a.organisation_id, a.application_id, a.application_control_code) for a in table.applications]
    assert ours == [tuple(map(int, row)) for row in theirs]
    assert re.findall(r'Language: (\w+), name: "([^"]*)"', text) == [n for a in table.applications for n in a.names]
    bases = [
        base
        for a in table.applications
        for d in a.descriptors
        if d.tag == 2
        for base in TransportProtocolDescriptor.parse(d.payload).url_bases
    ]
    assert bases == re.findall(r'URL base: "([^"]*)"', text)
    assert f"Application type: {table.application_type} " in text
    places = [
        DvbJApplicationLocationDescriptor.parse(d.payload)
        for a in table.applications
        for d in a.descriptors
        if d.tag == 4
    ]
    assert [(str(p.base_directory), str(p.initial_class)) for p in places] == list(
        zip(re.findall(r'Base directory: "(.*)"', text), re.findall(r'Initial class: "(.*)"', text), strict=True)
    )
    assert ours


# -- what comes in


def test_captures_are_read_as_the_slow_way_reads_them(captures: Path):
    path = captures / "tsduck/test-108.ts"
    octets = path.read_bytes()
    tables = tables_of(path, {nit.PID, sdt.PID, eit.PID})
    sdts = [parse_sdt(whole) for whole in tables[sdt.PID] if whole[0].table_id in (0x42, 0x46)]
    nits = [parse_nit(whole) for whole in tables[nit.PID]]
    for cut in (0, 188 * 7, 10_000):
        found = listen(octets, cut=cut)
        assert [found.sdt] == [table for table in sdts if table.actual]
        newest = {(t.original_network_id, t.transport_stream_id): t for t in sdts if not t.actual}  # one came anew
        assert found.other_sdts == newest
        assert len(found.other_sdts) == 3
        assert [found.nit] == nits
        assert len(found.present_following) == 22
        assert found.now_next(3401) is not None
        urls = {
            url for tables in found.aits.values() for t in tables.values() for a in t.applications for url in a.urls
        }
        assert "https://www.raiplay.it/hbbtv/RaiPlay2020/index.html" in urls
        assert [arrived.pid for arrived in found.stream_events] == [3101]
        assert found.reader.sections_repeated > 0


@pytest.mark.parametrize("name", ["tsduck/test-108.ts", "tsduck/test-030.ts", "rust-dvb/tnt-5w-12732v-isi6-10s.ts"])
def test_events_are_those_that_the_octets_say(captures: Path, name: str):
    """Present and following, read from the octets by EN 300 468 5.2.4 and Annex C alone."""
    path = captures / name
    theirs: dict[tuple[int, ...], list[tuple[int, ...] | None]] = {}
    for section in sections_of(path, {eit.PID})[eit.PID]:
        octets = section.to_bytes()
        if octets[0] not in (0x4E, 0x4F) or octets[6] > 1 or not octets[5] & 1:
            continue
        key = tuple(octets[at] << 8 | octets[at + 1] for at in (10, 8, 3))
        both = theirs.setdefault(key, [None, None])
        both[octets[6]] = None
        if len(octets) > 18:
            y, mjd = octets[14:], octets[16] << 8 | octets[17]
            hms = [10 * (d >> 4) + (d & 15) for d in y[4:10]]
            year = int((mjd - 15078.2) / 365.25)
            month = int((mjd - 14956.1 - int(year * 365.25)) / 30.6001)
            day = mjd - 14956 - int(year * 365.25) - int(month * 30.6001)
            k = month in (14, 15)
            both[octets[6]] = (y[0] << 8 | y[1], 1900 + year + k, month - 1 - 12 * k, day, *hms)
    found = listen(path.read_bytes())
    ours = {
        (key.original_network_id, key.transport_stream_id, key.service_id): [
            e and (e.event_id, *time.gmtime(e.start_time_s)[:6], *divmod(e.duration_s // 60, 60), e.duration_s % 60)
            for e in (both.present, both.following)
        ]
        for key, both in found.present_following.items()
    }
    assert ours == theirs
    assert len(ours) > 10


def test_a_network_counts_when_all_its_sections_have_come_and_an_old_issue_may_come_back():
    streams = tuple(NitTransportStream(n, 9, (Descriptor(0xFE, bytes(200)),)) for n in range(12))
    first, second = (
        Nit(3, (Descriptor.of(NetworkNameDescriptor(DvbText(name))),), streams, version_number=version)
        for version, name in ((1, b"old"), (2, b"new"))
    )
    sections = first.to_sections()
    assert len(sections) >= 3
    information = ServiceInformation()
    for section in sections[:-1]:
        information.take(nit.PID, section)
    assert information.nit is None
    information.take(nit.PID, sections[-1])
    assert information.nit == first
    w = Writer()

    def send(*some: Section) -> None:
        for section in some:
            octets = b"\0" + section.to_bytes()
            for at in range(0, len(octets), 184):
                w.payload(nit.PID, octets[at : at + 184], start=at == 0)

    send(*first.to_sections(), second.to_sections()[0], *first.to_sections())
    assert listen(w.to_bytes()).nit == first  # the issue that was broken off left nothing behind
    send(*second.to_sections())
    assert listen(w.to_bytes()).nit == second


def test_what_is_not_yet_applicable_is_not_known():
    table = Sdt(1, 9, (service(7, "later"),)).to_sections()[0]
    later = parse_section(make_section(0x42, 1, table.payload, current_next_indicator=False).to_bytes())
    information = ServiceInformation()
    information.take(sdt.PID, later)
    information.take(eit.PID, replace(eit_section(0x4E, 0, event(1)), current_next_indicator=False))
    assert information.sdt is None
    assert not information.present_following


def test_present_and_following_change_with_each_section():
    information = ServiceInformation(LIVE_TABLES)
    information.take(eit.PID, eit_section(0x4E, 0, event(1)))
    both = information.now_next(7)
    assert both is not None
    assert (both.present, both.following) == (event(1), None)
    information.take(eit.PID, eit_section(0x4E, 1, event(2)))
    information.take(eit.PID, eit_section(0x4E, 0, event(2), version_number=1))
    information.take(eit.PID, eit_section(0x4E, 1, version_number=1))
    both = information.now_next(7)
    assert both is not None
    assert (both.present, both.following, both.version_number) == (event(2), None, 1)
    assert information.now_next(8) is None


def test_a_schedule_is_complete_when_each_segment_and_each_table_is():
    """Two tables; in the first, segments 0 (two sections), 1 (one) and 2 (one); numbers between them stay unused."""
    sections = [
        eit_section(0x50, 0, event(1, 100), last=16, segment=1, last_table_id=0x51),
        eit_section(0x50, 1, event(2, 200), last=16, segment=1, last_table_id=0x51),
        eit_section(0x50, 8, event(3, 300), last=16, segment=8, last_table_id=0x51),
        eit_section(0x50, 16, last=16, segment=16, last_table_id=0x51),
        eit_section(0x51, 0, event(4, 400), last=0, segment=0, last_table_id=0x51),
    ]
    key = ServiceKey(9, 1, 7)
    assert key.url == "dvb://9.1.7"
    for left_out in range(len(sections)):
        information = ServiceInformation()
        for section in sections[left_out + 1 :] + sections[:left_out]:
            information.take(eit.PID, section)
        assert not information.schedules[key].is_complete
        information.take(eit.PID, sections[left_out])
        assert information.schedules[key].is_complete
        assert [e.event_id for e in information.schedules[key].events] == [1, 2, 3, 4]
    newer = eit_section(0x50, 0, event(9, 100), last=0, segment=0, last_table_id=0x51, version_number=1)
    information.take(eit.PID, newer)
    assert information.schedules[key].is_complete
    assert [e.event_id for e in information.schedules[key].events] == [9, 4]


def test_ait_stream_events_times_and_running_statuses_come_from_where_the_map_says():
    signalling = (Descriptor.of(ApplicationSignallingDescriptor(((0x10, 1),))),)
    w = Writer()
    w.sections(0, Pat(1, (PatProgram(0, 0x55), PatProgram(7, 0x100))).to_sections())
    pmt = Pmt(7, 0x1FFF, (), (PmtStream(5, 0x101, signalling), PmtStream(0x0C, 0x102), PmtStream(5, 0x103)))
    w.sections(0x100, pmt.to_sections())
    for pid in (0x101, 0x103):  # the second has no descriptor that says it is an AIT
        w.sections(pid, Ait(0x10, (), (APPLICATION,), version_number=pid & 1).to_sections())
    stream_events = StreamDescriptors(1, (Descriptor.of(StreamEventDescriptor(4, 0, b"now")),)).to_section()
    w.sections(0x102, (stream_events, stream_events))
    w.sections(0x55, Nit(3, (), (), version_number=1).to_sections())
    w.sections(0x14, (Tdt(1_800_000_000).to_section(), Tdt(1_800_000_001).to_section()))
    w.sections(0x13, (Rst((RunningStatus(1, 9, 7, 2, 4),)).to_section(),) * 2)
    found = listen(w.to_bytes(), LIVE_TABLES)
    assert list(found.aits) == [0x101]
    assert [a for _, a in found.applications(pmt)] == [APPLICATION]
    assert [(e.pid, e.event.event_id, e.event.private_data) for e in found.stream_events] == [(0x102, 4, b"now")]
    assert found.nit is not None
    assert found.utc_s == 1_800_000_001
    assert list(found.statuses) == [RunningStatus(1, 9, 7, 2, 4)]


def test_a_number_is_that_of_this_transport_stream():
    channels = Descriptor(0x83, bytes((0, 7, 0xFC, 12)))
    hidden = Descriptor(0x83, bytes((0, 8, 0x7C, 13)))
    network = Nit(3, (), (NitTransportStream(2, 9, (channels,)), NitTransportStream(1, 9, (channels, hidden))))
    information = ServiceInformation()
    information.set_map(Pat(2, ()), {})
    information.take(nit.PID, network.to_sections()[0])
    assert information.logical_channel_number(7) == 12
    assert information.logical_channel_number(8) is None
    information.take(sdt.PID, Sdt(5, 9, ()).to_sections()[0])
    assert information.logical_channel_number(7) is None


# -- anything


SECTION = st.builds(
    Section,
    table_id=st.sampled_from([*sorted(ALL_TABLES), 0, 2, 0x90]),
    table_id_extension=st.integers(0, 3),
    version_number=st.integers(0, 31),
    current_next_indicator=st.booleans(),
    section_number=st.integers(0, 3),
    last_section_number=st.integers(0, 3),
    payload=st.binary(max_size=80),
    crc=st.integers(0, 3),
    section_syntax_indicator=st.booleans(),
)
PARSERS = (parse_pat, parse_cat, parse_pmt, parse_nit, parse_sdt, parse_ait)
OF_ONE = (parse_eit_section, parse_tdt_tot, parse_rst, parse_stream_descriptors)


@given(SECTION)
def test_parsers_read_any_section_or_say_what_is_wrong(section: Section):
    for parse in (*PARSERS, *OF_ONE):
        try:
            parse((section,) if parse in PARSERS else section)  # type: ignore[arg-type]
        except WireError:
            continue


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from([1, 0x10, 0x11, 0x12, 0x13, 0x14, 0x101, 0x102]), SECTION), max_size=12))
def test_any_sections_in_any_order_are_survived(sections: list[tuple[int, Section]]):
    signalling = (Descriptor.of(ApplicationSignallingDescriptor(((0x10, 1),))),)
    information = ServiceInformation()
    pmt = Pmt(7, 0x1FFF, (), (PmtStream(5, 0x101, signalling), PmtStream(0x0C, 0x102)))
    information.set_map(Pat(1, (PatProgram(7, 0x100),)), {7: pmt})
    for pid, section in sections:
        try:
            information.take(pid, section)
        except WireError:
            continue
    for schedule in information.schedules.values():
        assert schedule.events is not None
        assert schedule.is_complete in (True, False)
    for service_id in range(4):
        now_next(information, service_id)
    linked_applications(information, pmt)
    report = tables_report(information)
    assert json.loads(json.dumps(report)) == report
    show_tables(report, Console(file=StringIO()))


def test_table_ids_are_those_of_the_standards():
    assert (ait.TABLE_ID, rst.TABLE_ID, stream_descriptors.TABLE_ID, tdt_tot.TABLE_ID_TDT) == (0x74, 0x71, 0x3D, 0x70)
    assert len(LIVE_TABLES) == 9 + 16
    assert {0x4E, 0x50, 0x5F} <= LIVE_TABLES
    assert {0x4F, 0x60, 0x6F, 0x41, 0x46, 0x4A} <= ALL_TABLES - LIVE_TABLES
