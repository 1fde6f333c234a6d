"""Times in transport packets, read and moved; against readable twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernels.ts_restamp import PIDS, ts_counter_span, ts_packet_at, ts_restamp, ts_times

WRAP = 1 << 33


def stamp(prefix: int, value: int) -> bytes:
    """Write a PTS or DTS: four bits, then 3, 15 and 15 bits of time, each followed by a marker bit."""
    bits = prefix << 36 | (value >> 30) << 33 | 1 << 32 | (value >> 15 & 0x7FFF) << 17 | 1 << 16
    return (bits | (value & 0x7FFF) << 1 | 1).to_bytes(5, "big")


def read_stamp(octets: bytes) -> int:
    bits = int.from_bytes(octets, "big")
    return (bits >> 33 & 7) << 30 | (bits >> 17 & 0x7FFF) << 15 | bits >> 1 & 0x7FFF


def clock(base: int, extension: int) -> bytes:
    return (base << 15 | 0x3F << 9 | extension).to_bytes(6, "big")


def pes_header(stream_id: int, pts: int | None, dts: int | None = None, escr: bool = False) -> bytes:
    flags = (0x80 if pts is not None else 0) | (0x40 if dts is not None else 0) | (0x20 if escr else 0)
    fields = b"" if pts is None else stamp(3 if dts is not None else 2, pts)
    fields += (b"" if dts is None else stamp(1, dts)) + (bytes(6) if escr else b"")
    return b"\0\0\1" + bytes([stream_id, 0, 0, 0x84, flags, len(fields)]) + fields


def packet(
    pid: int,
    counter: int,
    payload: bytes | None = None,
    *,
    pusi: bool = False,
    pcr: tuple[int, int] | None = None,
    opcr: tuple[int, int] | None = None,
    scrambled: bool = False,
    fill: int = 0xAA,
) -> bytes:
    adaptation = b""
    if pcr is not None or opcr is not None or payload is None:
        flags = (0x10 if pcr is not None else 0) | (0x08 if opcr is not None else 0)
        adaptation = bytes([flags]) + (clock(*pcr) if pcr else b"") + (clock(*opcr) if opcr else b"")
        room = 183 if payload is None else len(adaptation)
        adaptation = bytes([room]) + adaptation.ljust(room, b"\xff")
    control = (2 if adaptation else 0) | (0 if payload is None else 1)
    header = bytes(
        [0x47, (0x40 if pusi else 0) | pid >> 8, pid & 0xFF, (0xC0 if scrambled else 0) | control << 4 | counter]
    )
    return (header + adaptation + (payload or b"")).ljust(188, bytes([fill]))[:188]


times = st.integers(0, WRAP - 1)
packets = st.one_of(
    st.builds(packet, st.integers(0, 40), st.integers(0, 15), st.binary(max_size=184), pusi=st.booleans()),
    st.builds(
        packet,
        st.integers(32, 40),
        st.integers(0, 15),
        st.builds(pes_header, st.integers(0xBC, 0xFF), times, st.none() | times, st.booleans()),
        pusi=st.booleans(),
        pcr=st.none() | st.tuples(times, st.integers(0, 299)),
        opcr=st.none() | st.tuples(times, st.integers(0, 299)),
        scrambled=st.booleans(),
    ),
    st.builds(
        packet, st.integers(32, 8191), st.integers(0, 15), st.none(), pcr=st.none() | st.tuples(times, st.integers(0, 299))
    ),
    st.builds(lambda body: b"\x47" + body, st.binary(min_size=187, max_size=187)),
)  # fmt: skip


class SlowPacket:
    """Where the fields of one packet are, found by reading the syntax from its start."""

    def __init__(self, octets: bytes) -> None:
        self.pid = int.from_bytes(octets[1:3], "big") & 0x1FFF
        self.pusi = bool(octets[1] & 0x40)
        self.counter = octets[3] & 15
        self.has_payload = bool(octets[3] & 0x10)
        self.clocks: list[int] = []  # offsets of PCR, OPCR
        self.pcr = self.pts = self.dts = self.stream_id = -1
        self.stamps: list[int] = []  # offsets of PTS, DTS
        at = 4
        if octets[3] & 0x20:
            length, flags = octets[4], octets[5]
            if length >= 7:
                if flags & 0x10:
                    self.clocks.append(6)
                    self.pcr = int.from_bytes(octets[6:12], "big") >> 15
                if flags & 8 and (not flags & 0x10 or length >= 13):
                    self.clocks.append(12 if flags & 0x10 else 6)
            at = min(5 + length, 188)
        payload = octets[at:] if self.has_payload else b""
        if self.pusi and not octets[3] & 0xC0 and payload[:3] == b"\0\0\1" and len(payload) >= 14:
            self._pes(payload, at)

    def _pes(self, payload: bytes, at: int) -> None:
        header_data_length = payload[8]
        if payload[6] >> 6 != 2 or not payload[7] & 0x80 or header_data_length < 5:
            return
        if payload[7] & 0x40:
            if header_data_length < 10 or len(payload) < 19:
                return
            self.stamps = [at + 9, at + 14]
            self.dts = read_stamp(payload[14:19])
        else:
            self.stamps = [at + 9]
        self.pts = read_stamp(payload[9:14])
        self.dts = self.pts if self.dts < 0 else self.dts
        self.stream_id = payload[3]


def slow_restamp(octets: bytes, shift: int, counter_shift: dict[int, int]) -> bytes:
    fields = SlowPacket(octets)
    out = bytearray(octets)
    out[3] = out[3] & 0xF0 | (out[3] + counter_shift.get(fields.pid, 0)) & 0x0F
    for at in fields.clocks:
        value = int.from_bytes(out[at : at + 6], "big")
        base = ((value >> 15) + shift) % WRAP
        out[at : at + 6] = (base << 15 | value & 0x7FFF).to_bytes(6, "big")
    for at in fields.stamps:
        moved = stamp(out[at] >> 4, (read_stamp(bytes(out[at : at + 5])) + shift) % WRAP)
        markers = (out[at] & 1, out[at + 2] & 1, out[at + 4] & 1)
        out[at : at + 5] = moved
        for place, marker in zip((at, at + 2, at + 4), markers, strict=True):
            out[place] = out[place] & 0xFE | marker
    return bytes(out)


def joined(items: list[bytes], stride: int) -> np.ndarray:
    gap = b"\x55" * (stride - 188)
    return np.frombuffer(b"".join(item + gap for item in items), np.uint8).copy()


strides = st.sampled_from([188, 192, 204])


@given(st.lists(packets, min_size=1, max_size=12), strides)
def test_times_read_are_those_of_the_syntax(items: list[bytes], stride: int) -> None:
    rows, end = ts_times(joined(items, stride), stride)
    expected = []
    for i, item in enumerate(items):
        slow = SlowPacket(item)
        if slow.pcr >= 0 or slow.pts >= 0:
            expected.append([i * stride, slow.pid, slow.pcr, slow.pts, slow.dts, slow.stream_id])
    assert rows.tolist() == expected
    assert end == (len(items) - 1) * stride + 188


@given(
    st.lists(packets, min_size=1, max_size=12),
    strides,
    st.integers(-WRAP, 3 * WRAP),
    st.dictionaries(st.integers(0, 40), st.integers(0, 255)),
)
def test_restamped_packets_differ_in_times_and_counters_only(
    items: list[bytes], stride: int, shift: int, counter_shift: dict[int, int]
) -> None:
    octets = joined(items, stride)
    shifts = np.zeros(PIDS, np.uint8)
    for pid, step in counter_shift.items():
        shifts[pid] = step
    ts_restamp(octets, stride, shift % WRAP, shifts)
    assert octets.tobytes() == joined([slow_restamp(item, shift, counter_shift) for item in items], stride).tobytes()


@given(st.lists(packets, min_size=1, max_size=12), st.integers(0, WRAP - 1))
def test_a_shift_and_its_opposite_leave_everything_as_it_was(items: list[bytes], shift: int) -> None:
    octets = joined(items, 188)
    before = octets.copy()
    ts_restamp(octets, 188, shift, np.full(PIDS, 5, np.uint8))
    ts_restamp(octets, 188, -shift, np.full(PIDS, 11, np.uint8))
    assert np.array_equal(octets, before)


@given(st.lists(packets, min_size=1, max_size=20))
def test_counter_spans_are_those_of_the_packets_with_payload(items: list[bytes]) -> None:
    first, last = np.full(PIDS, -1, np.int16), np.full(PIDS, -1, np.int16)
    ts_counter_span(joined(items[:7], 188), 188, first, last)
    ts_counter_span(joined(items[7:], 188), 188, first, last)
    expected: dict[int, tuple[int, int]] = {}
    for slow in (SlowPacket(item) for item in items):
        if slow.has_payload:
            before = (slow.counter - (1 if slow.pusi else 2)) % 16
            expected[slow.pid] = (expected.get(slow.pid, (before, 0))[0], slow.counter)
    assert {int(pid): (int(first[pid]), int(last[pid])) for pid in np.flatnonzero(last >= 0)} == expected
    assert np.array_equal(first >= 0, last >= 0)


@given(st.binary(max_size=1500), strides)
def test_any_octets_at_all_are_borne(octets: bytes, stride: int) -> None:
    run = np.frombuffer(octets, np.uint8).copy()
    rows, end = ts_times(run, stride)
    assert 0 <= end <= len(octets)
    assert (rows[:, 0] + 188 <= end).all()
    ts_counter_span(run, stride, np.full(PIDS, -1, np.int16), np.full(PIDS, -1, np.int16))
    ts_restamp(run, stride, 1, np.zeros(PIDS, np.uint8))


@pytest.mark.parametrize(
    ("octets", "start", "found"),
    [
        (b"", 0, -1),
        (bytes(1000), 0, -1),
        (packet(0, 0, b""), 0, 0),
        (packet(0, 0, b"")[:187], 0, -1),
        (b"xyz" + packet(0, 0, b"") * 2, 0, 3),
        (b"\x47yz" + packet(0, 0, b"") * 2, 0, 3),
        (packet(0, 0, b"") * 2, 1, 188),
    ],
)
def test_a_packet_is_found_by_its_sync_byte(octets: bytes, start: int, found: int) -> None:
    assert ts_packet_at(np.frombuffer(octets, np.uint8), start, 188) == found
