"""What a source may keep back: the kernel equals a slow twin on packets of every shape."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernels import pes_due
from yiwang.kernels.pes_due import MISSING_90K, NEVER, UNKNOWN_90K

WRAP = 1 << 33
PIDS = (0x100, 0x101, 0x1FFF)


@dataclass
class Packet:
    """A transport packet that may begin a PES packet."""

    pid: int
    pts: int | None = None
    dts: int | None = None
    random_access: bool = False
    stuffing: int = 0  # octets of adaptation field after its flags
    pusi: bool = True
    error: bool = False
    scrambled: bool = False
    start_code: bytes = b"\x00\x00\x01"
    marker: int = 1
    es: bytes = b""

    def octets(self) -> bytes:
        field = bytes([1 + self.stuffing, 0x40 * self.random_access]) + b"\xff" * self.stuffing
        head = bytes([self.error << 7 | self.pusi << 6 | self.pid >> 8, self.pid & 0xFF, self.scrambled << 7 | 0x30])
        flags = 0xC0 if self.dts is not None else 0x80 if self.pts is not None else 0
        times = self._time(3 if self.dts is not None else 2, self.pts) + self._time(1, self.dts)
        pes = self.start_code + b"\xe0\x00\x00\x80" + bytes([flags, len(times)]) + times + self.es
        return (b"\x47" + head + field + pes).ljust(188, b"\xaa")[:188]

    def _time(self, prefix: int, time: int | None) -> bytes:
        if time is None:
            return b""
        return bytes(
            [
                prefix << 4 | time >> 29 & 0xE | self.marker,
                time >> 22 & 0xFF,
                time >> 14 & 0xFE | 1,
                time >> 7 & 0xFF,
                time << 1 & 0xFE | 1,
            ]
        )

    def begins(self, stream_type: int) -> bool:
        """Whether the first octets of the elementary stream that are in this packet are those of a random access point."""
        room = 188 - 4 - 2 - self.stuffing
        if room < 19 or self.start_code != b"\x00\x00\x01":
            return False
        times = 10 if self.dts is not None else 5 if self.pts is not None else 0
        es = (self.es + bytes([0xAA]) * 188)[: max(room - 9 - times, 0)]
        codes = [es[k + 3] for k in range(len(es) - 3) if es[k : k + 3] == b"\x00\x00\x01"]
        kinds: dict[int, Callable[[int], bool]] = {
            0x1B: lambda c: c % 32 in {5, 7},
            0x24: lambda c: c // 2 % 64 in {*range(16, 24), 32, 33},
            0x01: lambda c: c == 0xB3,
            0x02: lambda c: c == 0xB3,
        }
        return stream_type in kinds and any(map(kinds[stream_type], codes))

    @property
    def time(self) -> int | None:
        room = 188 - 4 - 2 - self.stuffing
        readable = self.pusi and not self.error and not self.scrambled and self.start_code == b"\x00\x00\x01"
        if not readable or room < 19 or not self.marker:
            return None
        return self.pts if self.dts is None else self.dts


def has_come(time: int, due: int) -> bool:
    return time != NEVER and (time - due) % WRAP < WRAP // 2


class SlowWatch:
    def __init__(self, rows: list[list[int]]) -> None:
        self.rows = rows

    def until_due(self, packets: list[Packet], since: int, now: int) -> int:
        due = False
        for place, packet in enumerate(packets):
            for row in self.rows:
                if row[0] != packet.pid or packet.error or packet.scrambled or not packet.pusi:
                    continue
                due = due or row[3] == 2
                if row[3]:
                    row[3] = 2 if packet.random_access or packet.begins(row[4]) else 1
                if packet.time is not None:
                    due = due or (row[5] != NEVER and 90_000 < (row[5] - packet.time) % WRAP < WRAP // 2)
                    step = (packet.time - row[5]) % WRAP
                    if row[5] != NEVER and 0 < step < 90_000:
                        row[7] = step
                    row[5], row[6] = packet.time, since + (now - since) * place // len(packets)
        for _, time, first, _, _, seen, *_ in self.rows:
            due = due or (has_come(seen, time) and (first == NEVER or has_come(self.rows[0][5], first)))
        if due:
            return 0
        expected = []
        for row in self.rows:
            after = [row[1]] if row[2] == NEVER else [row[1], row[2]]
            moments = [self.expected(of, time, now) for of, time in zip([row, self.rows[0]], after, strict=False)]
            expected.append(min([max(moments)] + [row[6] + row[7] - now] * (row[3] == 2)))
        return max(1, min(expected))

    def expected(self, row: list[int], time: int, now: int) -> int:
        """In how many ticks a stream comes to a time: with a PES header, of which one comes each INTERVAL."""
        if row[5] == NEVER:
            return UNKNOWN_90K
        left = 0 if has_come(row[5], time) else (time - row[5]) % WRAP
        left = left if not row[7] else ceil(Fraction(left, row[7])) * row[7]
        left -= now - row[6]
        return UNKNOWN_90K if left <= -MISSING_90K else left


# around the wrap and elsewhere, near each other, so that all outcomes occur
times = st.one_of(st.integers(-6, 6), st.integers(1_000, 1_006), st.integers(90_998, 91_004), st.just(WRAP // 2)).map(
    lambda t: t % WRAP
)
units = st.lists(
    st.sampled_from([b"\0\0\1\x09\xf0", b"\0\0\1\x67", b"\0\0\1\x65", b"\0\0\1\x41", b"\0\0\1\x26\1", b"\0\0\1\x40\1",
                     b"\0\0\1\xb3", b"\0\0\2", b"\xaa" * 150]), max_size=3,
).map(b"".join)  # fmt: skip
packets = st.builds(
    Packet,
    st.sampled_from(PIDS),
    pts=times,
    dts=st.none() | times,
    random_access=st.sampled_from([False, False, True]),
    stuffing=st.sampled_from([0, 0, 40, 163, 164, 180]),
    pusi=st.sampled_from([True, True, True, False]),
    error=st.sampled_from([False, False, False, True]),
    scrambled=st.sampled_from([False, False, False, True]),
    start_code=st.sampled_from([b"\x00\x00\x01"] * 4 + [b"\x00\x00\x02"]),
    marker=st.sampled_from([1, 1, 1, 0]),
    es=units,
)
watches = st.lists(
    st.tuples(
        st.sampled_from(PIDS),
        times,
        times | st.just(NEVER),
        st.integers(0, 1),
        st.sampled_from([0, 0x1B, 0x24, 1, 2, 0x0F]),
    ),
    min_size=1,
    max_size=3,
)


@given(watched=watches, blocks=st.lists(st.tuples(st.lists(packets, max_size=4), st.integers(0, 40_000)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_the_kernel_expects_what_its_twin_expects(
    watched: list[tuple[int, ...]], blocks: list[tuple[list[Packet], int]]
):
    rows = np.array([[*row, NEVER, 0, 0] for row in watched], np.int64)
    twin, now = SlowWatch(rows.tolist()), 0
    for block, passed in blocks:
        since, now = now, now + passed
        octets = np.frombuffer(bytearray(b"".join(packet.octets() for packet in block)), np.uint8)
        assert pes_due.until_due(octets, rows, since, now) == twin.until_due(block, since, now)
        assert rows.tolist() == twin.rows


@given(octets=st.binary(max_size=600), cut=st.integers(1, 187))
@settings(max_examples=100, deadline=None)
def test_what_is_not_whole_packets_is_due(octets: bytes, cut: int):
    rows = np.array([[0x100, 0, NEVER, 0, 0, NEVER, 0, 0]], np.int64)
    damaged = Packet(0x101).octets() + b"\x46" + octets.ljust(187, b"\x00")[:187]
    for block in (damaged, Packet(0x101).octets()[:cut]):
        assert pes_due.until_due(np.frombuffer(bytearray(block), np.uint8), rows, 0, 90) == 0
