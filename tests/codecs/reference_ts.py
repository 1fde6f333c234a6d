"""Transport stream to elementary streams, slowly and plainly: the readable twin of the demultiplexer's kernels."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from yiwang.base.elementary import MARK_ALIGNED, MARK_DAMAGED, MARK_PES_START, MARK_RANDOM_ACCESS


@dataclass
class ElementaryStream:
    """Octets and marks of one PID, as `yiwang.base.elementary` has them."""

    stream_type: int
    octets: bytearray = field(default_factory=bytearray)
    rows: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def es(self):
        return np.frombuffer(bytes(self.octets), np.uint8)

    @property
    def marks(self):
        return np.array(self.rows, np.int64).reshape(-1, 4)


def read_ts(data: bytes) -> dict[int, ElementaryStream]:
    """Return the elementary streams of all programmes by PID. The stream starts on a packet and has 188-octet packets."""
    reader = _Reader()
    for at in range(0, len(data) - 187, 188):
        reader.packet(data[at : at + 188])
    return reader.streams


class _Reader:
    def __init__(self) -> None:
        self.streams: dict[int, ElementaryStream] = {}
        self.pmt_pids: set[int] = set()
        self.pes: dict[int, _Pes] = {}
        self.counters: dict[int, int] = {}
        self.sections: dict[int, bytearray] = {}

    def packet(self, packet: bytes) -> None:
        has_payload, has_adaptation_field = packet[3] & 0x10, packet[3] & 0x20
        if packet[0] != 0x47 or packet[1] & 0x80 or packet[3] & 0xC0 or not has_payload:
            return
        pid = int.from_bytes(packet[1:3], "big") & 0x1FFF
        counter = packet[3] & 15
        before = self.counters.get(pid, counter - 1 & 15)
        if counter == before:
            return  # a duplicate packet
        self.counters[pid] = counter
        offset = 5 + packet[4] if has_adaptation_field else 4
        random_access = has_adaptation_field and packet[4] > 0 and packet[5] & 0x40
        start, lost = bool(packet[1] & 0x40), counter != (before + 1) & 15
        if pid == 0 or pid in self.pmt_pids:
            self.table(pid, packet[offset:], start)
        elif pid in self.streams:
            self.pes.setdefault(pid, _Pes(self.streams[pid])).packet(packet[offset:], start, bool(random_access), lost)

    def table(self, pid: int, payload: bytes, start: bool) -> None:
        if start:
            self.sections[pid] = bytearray(payload[1 + payload[0] :])
        elif pid in self.sections:
            self.sections[pid] += payload
        section = bytes(self.sections.get(pid, b""))
        if len(section) < 3 or len(section) < 3 + (int.from_bytes(section[1:3], "big") & 0xFFF):
            return
        if pid == 0:
            self.pmt_pids |= set(_pat(section))
        elif section[0] == 2:
            for elementary_pid, stream_type in _pmt(section):
                self.streams.setdefault(elementary_pid, ElementaryStream(stream_type))


def _pat(section: bytes) -> Iterator[int]:
    end = 3 + (int.from_bytes(section[1:3], "big") & 0xFFF) - 4
    for at in range(8, end, 4):
        if section[at : at + 2] != b"\0\0":
            yield int.from_bytes(section[at + 2 : at + 4], "big") & 0x1FFF


def _pmt(section: bytes) -> Iterator[tuple[int, int]]:
    end = 3 + (int.from_bytes(section[1:3], "big") & 0xFFF) - 4
    at = 12 + (int.from_bytes(section[10:12], "big") & 0xFFF)
    while at + 5 <= end:
        yield int.from_bytes(section[at + 1 : at + 3], "big") & 0x1FFF, section[at]
        at += 5 + (int.from_bytes(section[at + 3 : at + 5], "big") & 0xFFF)


class _Pes:
    """The PES packets of one PID."""

    def __init__(self, stream: ElementaryStream) -> None:
        self.stream = stream
        self.header: bytearray | None = None  # None: no header is being read
        self.in_payload = False
        self.remaining: int | None = None
        self.flags = 0

    def packet(self, payload: bytes, start: bool, random_access: bool, lost: bool) -> None:
        position = len(self.stream.octets)
        if lost and (self.in_payload or self.header is not None):
            self.stream.rows.append((position, -1, -1, MARK_DAMAGED))
            if self.header is not None:
                self.header, self.in_payload = None, False
        if start:
            self.header, self.in_payload = bytearray(), False
            self.flags = MARK_PES_START | (MARK_RANDOM_ACCESS if random_access else 0)
        if self.header is not None:
            self.header += payload
            if len(self.header) < 9 or len(self.header) < 9 + self.header[8]:
                return
            header, self.header = bytes(self.header), None
            if header[:3] != b"\0\0\1":
                return
            length = int.from_bytes(header[4:6], "big")
            self.remaining = length - 3 - header[8] if length else None
            if self.remaining is not None and self.remaining < 0 and header[3] & 0xF0 == 0xE0:
                self.remaining = None  # a video packet whose length did not fit in 16 bits
            self.in_payload = True
            pts = _timestamp(header[9:14]) if header[7] & 0x80 else -1
            dts = _timestamp(header[14:19]) if header[7] & 0x40 else -1
            if header[6] & 4:
                self.flags |= MARK_ALIGNED
            self.stream.rows.append((position, pts, dts, self.flags))
            payload = header[9 + header[8] :]
        if self.in_payload:
            if self.remaining is not None:
                payload = payload[: self.remaining]
                self.remaining -= len(payload)
            self.stream.octets += payload


def _timestamp(field_: bytes) -> int:
    bits = int.from_bytes(field_, "big")
    return (bits >> 33 & 7) << 30 | (bits >> 17 & 0x7FFF) << 15 | bits >> 1 & 0x7FFF
