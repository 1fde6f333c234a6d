"""Slow, readable twins of the transport stream kernels: one packet at a time, plain Python integers."""

from dataclasses import dataclass, field

PES_WITHOUT_HEADER = {0xBC, 0xBE, 0xBF, 0xF0, 0xF1, 0xFF}


@dataclass
class SlowScan:
    last: dict[int, tuple[int, bytes, bool]] = field(default_factory=dict)  # pid -> counter, tail, was duplicate
    cc_errors: dict[int, int] = field(default_factory=dict)

    def packet(self, packet: bytes) -> dict[str, object]:
        """Return what scan_packets writes of one packet."""
        unusable = {"pid": -1, "payload": 188, "pcr": -1, "flags": {"UNUSABLE"}}
        if packet[0] != 0x47 or packet[1] & 0x80:
            return unusable
        pid = int.from_bytes(packet[1:3], "big") & 0x1FFF
        row: dict[str, object] = {"pid": pid, "payload": 188, "pcr": -1, "flags": set()}
        if pid == 0x1FFF:
            return row
        control = packet[3] >> 4 & 3
        length = packet[4] if control & 2 else -1
        if control == 0 or length > 183:
            return {**unusable, "pid": pid}
        flags = {"PUSI"} if packet[1] & 0x40 else set()
        if length > 0:
            flags |= {"DISCONTINUITY"} if packet[5] & 0x80 else set()
            flags |= {"RANDOM_ACCESS"} if packet[5] & 0x40 else set()
            if packet[5] & 0x10 and length >= 7:
                field_48 = int.from_bytes(packet[6:12], "big")
                row["pcr"] = (field_48 >> 15) * 300 + (field_48 & 0x1FF)
        if control & 1:
            counter = packet[3] & 15
            tail = bytes(a ^ b for a, b in zip(packet[92:100], packet[180:188], strict=True))
            if pid in self.last:
                last, last_tail, was_duplicate = self.last[pid]
                if counter != (last + 1) % 16:
                    if counter == last and tail == last_tail and not was_duplicate:
                        self.last[pid] = (counter, tail, True)
                        row["flags"] = flags | {"DUPLICATE"}
                        return row
                    flags.add("LOST")
                    if "DISCONTINUITY" not in flags:
                        self.cc_errors[pid] = self.cc_errors.get(pid, 0) + 1
            self.last[pid] = (counter, tail, False)
            if packet[3] & 0xC0:
                flags.add("SCRAMBLED")
            row["payload"] = 5 + length
        row["flags"] = flags
        return row


@dataclass
class SlowPes:
    """Twin of gather_pes for one PID, over rows of SlowScan."""

    mode: str = "waiting"
    header: bytes = b""
    remaining: int | None = None
    pending: set[str] = field(default_factory=set)
    es: bytes = b""
    marks: list[tuple[int, int, int, frozenset[str]]] = field(default_factory=list)
    bad: int = 0
    is_full: bool = False
    said: int | None = None

    @property
    def is_cut(self) -> bool:
        return self.mode == "payload" and self.remaining is None and self.is_full and self.said != 0

    def damaged(self, *, between: bool = False) -> None:
        names = {"DAMAGED", "BETWEEN"} if between else {"DAMAGED"}
        self.marks.append((len(self.es), -1, -1, frozenset(names)))

    def packet(self, row: dict[str, object], packet: bytes) -> None:
        flags = row["flags"]
        assert isinstance(flags, set)
        if flags & {"LOST", "SCRAMBLED"} and self.mode != "waiting":
            is_whole = self.mode == "payload" and self.remaining is None and not self.is_cut
            self.damaged(between=is_whole and "PUSI" in flags and "SCRAMBLED" not in flags)
            if "SCRAMBLED" in flags or self.mode == "header":
                self.mode = "waiting"
        if flags & {"DUPLICATE", "SCRAMBLED", "UNUSABLE"} or row["payload"] == 188:
            return
        payload = packet[row["payload"] :]
        if "PUSI" in flags:
            self.mode, self.header = "header", b""
            self.pending = {"PES_START"} | ({"RANDOM_ACCESS"} & flags)
        if self.mode == "header":
            payload = self.take_header(payload)
        if self.mode == "payload":
            self.is_full = not self.has_stuffing(packet)
            if self.remaining is not None:
                payload = payload[: self.remaining]
                self.remaining -= len(payload)
            elif self.said is not None:
                self.said = (self.said - len(payload)) % 0x10000
            self.es += payload

    def take_header(self, payload: bytes) -> bytes:
        both = self.header + payload
        if len(both) >= 6 and (both[:3] != b"\0\0\1" or both[3] < 0xBD or both[3] in PES_WITHOUT_HEADER):
            self.bad += both[:3] != b"\0\0\1"
            self.mode = "waiting"
            self.damaged()
            return b""
        if len(both) >= 7 and both[6] & 0xC0 != 0x80:
            self.bad += 1
            self.mode = "waiting"
            self.damaged()
            return b""
        if len(both) < 9 or len(both) < 9 + both[8]:
            self.header = both
            return b""
        h, n = both, both[8]
        pts = self.stamp(h[9:14]) if h[7] & 0x80 and n >= 5 else -1
        dts = self.stamp(h[14:19]) if h[7] & 0xC0 == 0xC0 and n >= 10 else -1
        length = int.from_bytes(h[4:6], "big")
        self.remaining = length - 3 - n if length and h[3] & 0xF0 != 0xE0 else None
        if self.remaining is not None and self.remaining < 0:
            self.bad += 1
            self.mode = "waiting"
            return b""
        self.mode = "payload"
        self.said = (length - 3 - n) % 0x10000 if length else None
        if h[6] & 4:
            self.pending = self.pending | {"ALIGNED"}
        self.marks.append((len(self.es), pts, dts, frozenset(self.pending)))
        return both[9 + n :]

    @staticmethod
    def has_stuffing(packet: bytes) -> bool:
        if not packet[3] & 0x20:
            return False
        field = packet[5 : 5 + packet[4]]
        if not field:
            return True
        rest = field[1 + 6 * (field[0] >> 4 & 1) + 6 * (field[0] >> 3 & 1) + (field[0] >> 2 & 1) :]
        for bit in (2, 1):
            if field[0] & bit and rest:
                rest = rest[1 + rest[0] :]
        return bool(rest)

    @staticmethod
    def stamp(five: bytes) -> int:
        v = int.from_bytes(five, "big")
        if not (v >> 32 & 1 and v >> 16 & 1 and v & 1):
            return -1
        return (v >> 33 & 7) << 30 | (v >> 17 & 0x7FFF) << 15 | (v >> 1 & 0x7FFF)
