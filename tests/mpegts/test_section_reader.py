"""New sections out of packets: as the slow way finds them, whatever the damage and the cuts."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.services.made_up_stream import Writer
from yiwang.kernels import si_sections, ts_scan
from yiwang.mpegts.section import Section, SectionAssembler, make_section
from yiwang.mpegts.section_reader import SectionReader

PIDS = (0x00, 0x01, 0x10, 0x11, 0x12, 0x14)


def packets_of(octets: bytes) -> np.ndarray:
    return np.frombuffer(octets, np.uint8)[: len(octets) // 188 * 188].reshape(-1, 188)


def scanned(packets: np.ndarray, state: tuple) -> tuple:
    n = len(packets)
    pids, flags = np.empty(n, np.int32), np.empty(n, np.uint8)
    payloads, pcrs, rows = np.empty(n, np.uint8), np.empty(n, np.int64), np.empty(n, np.int64)
    counters, table_of = np.zeros(ts_scan.N_COUNTERS, np.int64), np.full(8192, ts_scan.NO_TABLE, np.int16)
    repeated = np.zeros((0, 188), np.uint8)
    ts_scan.scan_packets(packets, *state, counters, pids, flags, payloads, pcrs, table_of, repeated, rows, False)
    return pids, flags, payloads


def fast(octets: bytes, cuts: list[int], pids: tuple[int, ...] = PIDS) -> tuple[list[tuple[int, Section]], Counter]:
    reader, state = SectionReader(), ts_scan.new_state()
    reader.listen(pids)
    packets, found, begin = packets_of(octets), [], 0
    for end in [*sorted(cuts), len(packets)]:
        part = packets[begin:end]
        begin = end
        if len(part):
            found += reader.feed(part, *scanned(part, state))
    return found, Counter({(f.name, f.pid): f.count for f in reader.drain_faults()})


def slow(octets: bytes, pids: tuple[int, ...] = PIDS) -> tuple[list[tuple[int, Section]], Counter]:
    """Every packet to an assembler; a section is new when another CRC_32 was the last at its place."""
    packets, assemblers = packets_of(octets), {pid: SectionAssembler(pid) for pid in pids}
    of_pid, flags, payloads = scanned(packets, ts_scan.new_state())
    found, known = [], {}
    for row, packet in enumerate(packets):
        pid = int(of_pid[row])
        if pid not in assemblers or flags[row] & ts_scan.DROPPED or payloads[row] == ts_scan.NO_PAYLOAD:
            continue
        payload = packet[payloads[row] :].tobytes()
        start, lost = bool(flags[row] & ts_scan.PUSI), bool(flags[row] & ts_scan.LOST)
        for section in assemblers[pid].feed(payload, start, lost):
            place = pid, section.table_id, section.table_id_extension, section.section_number, identity(section)
            if section.crc and known.get(place) == section.crc:
                continue
            known[place] = section.crc
            found.append((pid, section))
    faults = Counter({(f.name, f.pid): f.count for a in assemblers.values() for f in a.drain_faults()})
    return found, faults


def identity(section: Section) -> bytes:
    if section.table_id in (0x42, 0x46):
        return section.payload[:2]
    return section.payload[:4] if 0x4E <= section.table_id < 0x70 else b""


CAPTURES = ("tsduck/test-012.ts", "tsduck/test-072.ts", "tsduck/test-108.ts", "rust-dvb/tnt-5w-12732v-isi6-10s.ts")


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize("damage", [0.0, 0.02])
def test_captures_give_the_sections_that_the_slow_way_finds(captures: Path, name: str, damage: float):
    dice = random.Random(name + str(damage))
    octets = bytearray((captures / name).read_bytes())
    packets = [octets[at : at + 188] for at in range(0, len(octets) - 187, 188)]
    if damage:
        packets = [packet for packet in packets if dice.random() > damage]
        for packet in packets:
            if dice.random() < damage:
                packet[dice.randrange(4, 188)] ^= 1 << dice.randrange(8)
    stream = b"".join(packets)
    cuts = [dice.randrange(len(packets)) for _ in range(50)]
    (ours, our_faults), (theirs, their_faults) = fast(stream, cuts), slow(stream)
    assert theirs
    if not damage:
        assert ours == theirs
        assert our_faults == their_faults
        return
    # a damaged section with a known CRC_32 field is passed over, and not counted as damaged
    assert ours == theirs
    for key, count in our_faults.items():
        assert count <= their_faults[key]
        assert key[0] == "crc_error" or count == their_faults[key]


def test_repeated_sections_are_passed_over_and_changed_ones_are_not():
    w = Writer()
    first, second = (make_section(0x42, 1, bytes(11) + bytes((n,))) for n in (1, 2))
    for section in (first, first, first, second, second, first):
        w.sections(0x11, (section,))
    found, faults = fast(w.to_bytes(), [])
    assert [section.payload[-1] for _, section in found] == [1, 2, 1]
    assert not faults
    assert found == slow(w.to_bytes())[0]


def test_what_is_forgotten_comes_again():
    reader, state = SectionReader(), ts_scan.new_state()
    reader.listen((0x11,))
    w = Writer()
    for n in range(3):
        w.sections(0x11, (make_section(0x42, n, bytes(12)),))
    packets = packets_of(w.to_bytes())
    assert len(reader.feed(packets, *scanned(packets, state))) == 3
    reader.forget(0x11, 0x42, 1)
    state = ts_scan.new_state()
    again = reader.feed(packets, *scanned(packets, state))
    assert [section.table_id_extension for _, section in again] == [1]
    assert (reader.sections_seen, reader.sections_repeated) == (6, 2)


def test_more_sections_than_the_cache_holds_all_come_through():
    w, count = Writer(), si_sections.SETS * si_sections.WAYS + 500
    sections = [make_section(0x50, n, bytes(6) + n.to_bytes(4, "big")) for n in range(count)]
    payload = b"".join(section.to_bytes() for section in sections)
    w.payload(0x12, b"\0" + payload[:183], start=True)
    for at in range(183, len(payload), 184):
        w.payload(0x12, payload[at : at + 184])
    found, faults = fast(w.to_bytes(), [100, 101, 700])
    assert [section.table_id_extension for _, section in found] == list(range(count))
    assert not faults


def test_tables_that_are_not_wanted_are_not_given_out():
    reader = SectionReader({0x4E})
    reader.listen((0x12,))
    w = Writer()
    for table_id in (0x4E, 0x4F, 0x50):
        w.sections(0x12, (make_section(table_id, 1, bytes(12)),))
    packets = packets_of(w.to_bytes())
    found = reader.feed(packets, *scanned(packets, ts_scan.new_state()))
    assert [section.table_id for _, section in found] == [0x4E]


def test_any_octets_are_survived():
    dice = random.Random(7)
    packets = np.frombuffer(dice.randbytes(188 * 3000), np.uint8).reshape(-1, 188).copy()
    packets[:, 0] = 0x47
    packets[:, 1] &= 0x40
    packets[:, 2] = [dice.choice(PIDS) for _ in packets]
    packets[:, 3] = [0x10 | n & 0xF for n in range(len(packets))]
    octets = packets.tobytes()
    assert fast(octets, [5, 500])[0] == slow(octets)[0]
