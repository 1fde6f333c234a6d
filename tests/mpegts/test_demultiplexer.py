"""The demultiplexer says the same of a stream in whatever cuts it comes, and survives what is no stream."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packaging import television as tv
from yiwang.base.elementary import MARK_DAMAGED
from yiwang.mpegts.demultiplexer import (
    PACKETS_AT_A_TIME,
    Demultiplexer,
    DemuxEvent,
    EsBlock,
    PatChanged,
    PmtChanged,
    SpliceInfoArrived,
    TableChanged,
)
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.splice_pids import carries_splices
from yiwang.mpegts.tr_101_290 import Monitor

KNOWN = {0x1B, 0x0F, 0x11, 0x24}


def select(pat, pmts):
    return [s.elementary_pid for pmt in pmts.values() for s in pmt.streams if s.stream_type in KNOWN]


def story(
    blocks: list[bytes], early_octets: int = 0
) -> tuple[dict[int, bytes], dict[int, list[tuple[int, ...]]], list[object]]:
    """Elementary streams, their marks at offsets from the stream's start, and the tables in order."""
    demultiplexer = Demultiplexer(select, early_octets=early_octets)
    es: dict[int, bytes] = {}
    marks: dict[int, list[tuple[int, ...]]] = {}
    tables: list[object] = []
    for event in events_of(demultiplexer, blocks):
        if isinstance(event, EsBlock):
            before = es.get(event.pid, b"")
            marks.setdefault(event.pid, []).extend(
                (offset + len(before), pts, dts, flags) for offset, pts, dts, flags in event.marks.tolist()
            )
            es[event.pid] = before + event.es.tobytes()
        else:
            tables.append(event)
    return es, marks, tables


def events_of(demultiplexer: Demultiplexer, blocks: list[bytes]) -> Iterator[DemuxEvent]:
    for block in blocks:
        yield from demultiplexer.feed(block)
    yield from demultiplexer.flush()


def cut(octets: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(octets), *(c % (len(octets) + 1) for c in cuts)})
    return [octets[a:b] for a, b in zip(places, places[1:], strict=False)]


@pytest.mark.parametrize("name", ["tsduck/test-072.ts", "mux.js/test-segment.ts", "tsduck/test-137.ts"])
@given(cuts=st.lists(st.integers(0, 400_000), max_size=25))
@settings(max_examples=15, deadline=None)
def test_any_cuts_tell_the_same_story(captures: Path, name: str, cuts: list[int]):
    octets = (captures / name).read_bytes()[:400_000]
    assert story(cut(octets, cuts)) == story([octets])


@pytest.mark.parametrize("without", [{0}, {0x1000}, {0, 0x1000}])
@given(cuts=st.lists(st.integers(0, 400_000), max_size=25), share=st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_streams_are_told_from_their_first_packet_whenever_their_tables_come(captures, without, cuts, share):
    octets = (captures / "mp2ts-tools/80s_with_ad.ts").read_bytes()[: 188 * 2000]
    rows = tv.packets(octets)
    late = b"".join(p for n, p in enumerate(rows) if n > share * 1500 or tv.pid_of(p) not in without)
    assert {tv.pid_of(p) for p in rows} >= without
    es, marks, _ = story([octets])
    late_es, late_marks, tables = story(cut(late, cuts), early_octets=1 << 20)
    assert (late_es, late_marks) == (es, marks)
    assert sum(isinstance(t, PmtChanged) for t in tables) == 1


def test_tables_are_read(captures: Path):
    es, marks, tables = story([(captures / "mp2ts-tools/80s_with_ad.ts").read_bytes()])
    assert {type(t) for t in tables} == {PatChanged, PmtChanged, TableChanged, SpliceInfoArrived}
    assert len(es) == 2
    assert all(m[0][1] >= 0 for m in marks.values())


def test_every_section_of_a_splice_pid_counts_as_it_came(captures: Path):
    _, _, tables = story([(captures / "androidx-media/sample_scte35.ts").read_bytes()])
    sections = [t.section for t in tables if isinstance(t, SpliceInfoArrived)]
    assert [s[:20].hex() for s in sections] == [
        "fc302000000000000000fff00f05000000647fcf",
        "fc302000000000000000fff00f05000000647fcf",
        "fc302000000000000000fff00f05000000647f4f",
    ]
    assert sections[0] == sections[1], "a repeated section is told each time"


def stream_of(stream_type: int, *es_info: Descriptor) -> PmtStream:
    return PmtStream(stream_type, 0x200, es_info)


CUEI, OTHER, CUE_IDENTIFIER = Descriptor(5, b"CUEI"), Descriptor(5, b"HDMV"), Descriptor(0x8A, b"\1")


@pytest.mark.parametrize(
    ("stream", "program_info", "expected"),
    [
        (stream_of(0x86), (CUEI,), True),
        (stream_of(0x86), (), True),
        (stream_of(0x86, CUEI), (OTHER,), True),
        (stream_of(0x86), (OTHER,), False),
        (stream_of(0x86, OTHER), (CUEI,), False),
        (stream_of(0x05, CUEI), (), True),
        (stream_of(0x05, CUE_IDENTIFIER), (), True),
        (stream_of(0xC0, CUE_IDENTIFIER), (), True),
        (stream_of(0x05), (CUEI,), False),
        (stream_of(0x1B, CUEI), (CUEI,), False),
    ],
)
def test_splice_information_is_known_by_its_type_or_its_registration(stream, program_info, expected):
    assert carries_splices(stream, Pmt(1, 0x100, program_info, (stream,))) is expected


def test_a_pmt_that_moves_pids_takes_effect_at_its_packet(captures: Path):
    octets = (captures / "mux.js/test-segment.ts").read_bytes()
    whole, _, tables = story([octets])
    pmt = next(t.pmt for t in tables if isinstance(t, PmtChanged))
    moved = move_pids(octets, pmt)
    es, _, tables = story([octets + moved])
    assert sum(isinstance(t, PmtChanged) for t in tables) == 2
    for stream in pmt.streams:
        if stream.stream_type in KNOWN:
            assert es[stream.elementary_pid] == whole[stream.elementary_pid]
            assert es[stream.elementary_pid + 0x400] == whole[stream.elementary_pid]


def move_pids(octets: bytes, pmt) -> bytes:
    """The same stream with every elementary PID 0x400 higher, in a new version of its PMT."""
    packets = np.frombuffer(octets, np.uint8).reshape(-1, 188).copy()
    pids = (packets[:, 1].astype(int) & 0x1F) << 8 | packets[:, 2]
    streams = {s.elementary_pid for s in pmt.streams}
    for i in np.flatnonzero(np.isin(pids, list(streams))):
        packets[i, 1] += 4
    new = type(pmt)(
        pmt.program_number,
        pmt.pcr_pid + 0x400,
        pmt.program_info,
        tuple(type(s)(s.stream_type, s.elementary_pid + 0x400, s.es_info) for s in pmt.streams),
        (pmt.version_number + 1) % 32,
    )
    (section,) = new.to_sections()
    payload = (b"\0" + section.to_bytes()).ljust(184, b"\xff")
    pat_pids = {0}
    for i in range(len(packets)):
        if pids[i] not in pat_pids and pids[i] not in streams and packets[i, 5] == 2 and packets[i, 1] & 0x40:
            packets[i, 4:] = np.frombuffer(payload, np.uint8)
    return packets.tobytes()


def test_lost_packets_are_marked(captures: Path):
    octets = (captures / "tsduck/test-072.ts").read_bytes()
    packets = [octets[i : i + 188] for i in range(0, len(octets), 188)]
    del packets[500:503]
    _, marks, _ = story([b"".join(packets)])
    assert any(row[3] & MARK_DAMAGED for rows in marks.values() for row in rows)


@given(st.binary(max_size=4000))
@settings(max_examples=50, deadline=None)
def test_random_octets_are_survived(octets: bytes):
    story([octets])


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_damaged_stream_is_survived_in_any_cuts(captures: Path, data: st.DataObject):
    octets = bytearray((captures / "videojs-http-streaming/caption.ts").read_bytes()[:60_000])
    for at in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=30)):
        octets[at] = data.draw(st.integers(0, 255))
    cuts = data.draw(st.lists(st.integers(0, len(octets)), max_size=8))
    assert story(cut(bytes(octets), cuts)) == story([bytes(octets)])


@given(
    wrong=st.lists(st.tuples(st.integers(0, 2500), st.sampled_from([1, 1, 1, 2, 3])), max_size=6),
    cuts=st.lists(st.integers(0, 2500), max_size=8),
)
@settings(max_examples=25, deadline=None)
def test_wrong_sync_bytes_are_judged_alike_in_any_blocks_of_whole_packets(
    captures: Path, wrong: list[tuple[int, int]], cuts: list[int]
):
    octets = bytearray((captures / "tsduck/test-072.ts").read_bytes()[: 188 * 2500])
    for row, n in wrong:
        octets[188 * row : 188 * (row + n) : 188] = bytes(len(octets[188 * row : 188 * (row + n) : 188]))

    def told(blocks: list[bytes]) -> object:
        monitor = Monitor()
        demultiplexer = Demultiplexer(select, monitor=monitor)
        tables = [event for event in events_of(demultiplexer, blocks) if not isinstance(event, EsBlock)]
        faults = {fault.name: fault.count for fault in demultiplexer.drain_faults() if fault.name != "ts_garbage"}
        return tables, faults, monitor.counts(), monitor.packets, demultiplexer.packet_counts.tolist()

    blocks = cut(bytes(octets), [188 * row for row in cuts])
    out_of_step = cut(bytes(octets), [188 * row + 1 for row in range(0, 2500, 7)])  # never in step
    assert told(blocks) == told(out_of_step)
    assert story(blocks) == story(out_of_step)


def test_several_maps_in_one_block_come_in_the_order_of_the_stream():
    octets = tv.two_programmes(tv.stream(2), tv.stream(2, audio=False))

    def order(blocks: list[bytes]) -> list[object]:
        """Maps and streams as they first appear."""
        names = []
        for event in events_of(Demultiplexer(select), blocks):
            match event:
                case EsBlock():
                    names.append(event.pid)
                case PmtChanged():
                    names.append(("PMT", event.pmt.program_number))
                case PatChanged():
                    names.append("PAT")
        return list(dict.fromkeys(names))

    expected = order(tv.packets(octets))
    assert sorted(map(str, expected)) == sorted(["PAT", "('PMT', 1)", "('PMT', 2)", "256", "257", "512"])
    up_to_last_map = max(expected.index(("PMT", n)) for n in (1, 2)) + 1
    assert order([octets])[:up_to_last_map] == expected[:up_to_last_map]
    assert up_to_last_map > 3, "no stream between the maps: the test says nothing"


@given(wrong=st.lists(st.integers(0, 2000), max_size=4))
@settings(max_examples=15, deadline=None)
def test_the_order_of_packets_is_known_of_all_that_one_feed_brings(captures: Path, wrong: list[int]):
    octets = bytearray((captures / "mux.js/test-segment.ts").read_bytes())
    octets *= 1 + 2 * 188 * PACKETS_AT_A_TIME // len(octets)
    for row in wrong:
        octets[188 * row : 188 * row + 400] = bytes(400)  # what follows is found anew
    events = Demultiplexer(select).feed(bytes(octets))
    several = 0
    for gathered in {id(event.of): event.of for event in events if isinstance(event, EsBlock) and event.of}.values():
        blocks = {event.pid: event for event in events if isinstance(event, EsBlock) and event.of is gathered}
        in_order = list(gathered.in_order(blocks))
        for pid, block in blocks.items():
            assert b"".join(es.tobytes() for of, es, _ in in_order if of == pid) == block.es.tobytes()
            assert sum(len(marks) for of, _, marks in in_order if of == pid) == len(block.marks)
        several += len(in_order) > len(blocks)
    assert several
