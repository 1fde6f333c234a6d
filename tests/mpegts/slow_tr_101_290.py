"""TR 101 290 clause 5.2 in plain Python over a whole stream, written from the clauses: slow, and with no look at the kernel.

First everything that happens is listed with its packet number; then the packet numbers get times; then the lists are read
once for each indicator.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from tests.kernels.slow_ts import SlowScan

SECOND = 27_000_000
WRAP = (1 << 33) * 300
AUDIO_VIDEO = {1, 2, 3, 4, 0x0F, 0x10, 0x11, 0x1B, 0x1C, 0x24, 0x2D, 0x33, 0x42, 0x81, 0x84, 0x87}
SI_PIDS = range(0x10, 0x15)

LIMITS = {  # what -> indicators, seconds
    "PAT": (("pat_error_2",), Fraction(1, 2)),
    "CAT": (("cat_error",), 2),
    "PMT": (("pmt_error_2",), Fraction(1, 2)),
    "PID": (("pid_error",), 5),
    "PTS": (("pts_error",), Fraction(7, 10)),
    "NIT actual": (("nit_actual_error", "si_repetition_error"), 10),
    "NIT other": (("nit_other_error", "si_repetition_error"), 10),
    "BAT": (("si_repetition_error",), 10),
    "SDT actual": (("sdt_actual_error", "si_repetition_error"), 2),
    "SDT other": (("sdt_other_error", "si_repetition_error"), 10),
    "EIT present": (("eit_actual_error", "si_repetition_error"), 2),
    "EIT following": (("eit_actual_error", "si_repetition_error"), 2),
    "EIT other": (("eit_other_error", "si_repetition_error"), 10),
    "TDT": (("tdt_error", "si_repetition_error"), 30),
    "TOT": (("si_repetition_error",), 30),
}
MANDATORY_SI = ("NIT actual", "SDT actual", "EIT present", "EIT following", "TDT")


def crc32(octets: bytes) -> int:
    """ISO/IEC 13818-1 Annex A, bit by bit."""
    register = 0xFFFFFFFF
    for octet in octets:
        for bit in range(7, -1, -1):
            top = register >> 31 ^ (octet >> bit & 1)
            register = register << 1 & 0xFFFFFFFF ^ (0x04C11DB7 if top else 0)
    return register


def ca_pids(descriptors: bytes) -> set[int]:
    found = set()
    while len(descriptors) >= 2:
        tag, length = descriptors[0], descriptors[1]
        if tag == 9 and length >= 4:
            found.add((descriptors[4] & 0x1F) << 8 | descriptors[5])
        descriptors = descriptors[2 + length :]
    return found


@dataclass
class Map:
    """What PAT, CAT and PMTs say at a packet."""

    pmt_pids: dict[int, int] = field(default_factory=dict)
    network_pid: int | None = None
    pmts: dict[int, tuple[int, dict[int, int], set[int]]] = field(default_factory=dict)  # PCR_PID, streams, ECM PIDs
    emm_pids: set[int] = field(default_factory=set)

    @property
    def pcr_pids(self) -> set[int]:
        return {pcr for pcr, _, _ in self.pmts.values()} - {0x1FFF}

    @property
    def timed(self) -> set[int]:
        pids = {pid for _, streams, _ in self.pmts.values() for pid, kind in streams.items() if kind in AUDIO_VIDEO}
        return {pid for pid in pids - set(self.pmt_pids.values()) if 0x20 <= pid < 0x1FFF}

    @property
    def program_map_pids(self) -> set[int]:
        return {pid for pid in self.pmt_pids.values() if 0x20 <= pid < 0x1FFF}

    @property
    def referenced(self) -> set[int]:
        pids = self.emm_pids | self.pcr_pids | set(self.pmt_pids.values())
        for _, streams, ecm in self.pmts.values():
            pids |= set(streams) | ecm
        return pids | ({self.network_pid} if self.network_pid is not None else set())


class SlowMonitor:
    """Counts in ``counts`` by indicator, ``accuracies_ns`` by PID, ``rates`` by PID; ``None`` in packets is a loss of sync."""

    def __init__(self, packets: list[bytes | None]) -> None:
        self.counts: Counter[str] = Counter()
        self.map = Map()
        self.partial: dict[int, bytes | None] = defaultdict(lambda: None)
        self.sub_tables: dict[tuple[int, int, int], dict[int, bytes]] = defaultdict(dict)
        self.published: dict[tuple[int, int, int], object] = {}
        self.map_changes: list[tuple[int, Map]] = [(0, self.map)]
        self.events: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)  # start, occurs, stop
        self.events["PAT", 0].append((0, "start"))
        self.pcrs: list[tuple[int, int, int, bool, bool]] = []  # packet, PID, PCR, announced, of a programme
        self.breaks: list[int] = []
        self.scrambled: list[int] = []
        self.pids: list[int] = []
        self.is_dvb = False
        scan = SlowScan()
        at = 0
        for packet in packets:
            if packet is None:
                self.counts["ts_sync_loss"] += 1
                self.counts["sync_byte_error"] += 2
                self.breaks.append(at)
                self.partial.clear()
                continue
            self.take(at, packet, scan.packet(packet))
            at += 1
        self.pcr_errors()
        self.times()
        self.intervals()
        self.windows()
        self.accuracy()

    # -- what happens

    def take(self, at: int, packet: bytes, row: dict) -> None:  # noqa: C901, PLR0912
        self.pids.append(-1)
        if packet[0] != 0x47:
            self.counts["sync_byte_error"] += 1
            return
        if packet[1] & 0x80:
            self.counts["transport_error"] += 1  # nothing else may be told of this packet
            return
        pid, flags = row["pid"], row["flags"]
        self.pids[at] = pid
        if pid in SI_PIDS and not self.is_dvb:
            self.is_dvb = True
            for what in MANDATORY_SI:
                self.events[what, 0].append((at, "start"))
        if "UNUSABLE" in flags:
            return
        is_table = pid in (0, 1) or pid in SI_PIDS or pid in self.map.program_map_pids
        if "LOST" in flags and "DISCONTINUITY" not in flags:
            self.counts["continuity_count_error"] += 1
            self.breaks.append(at)
        if flags & {"LOST", "SCRAMBLED"}:
            self.partial[pid] = None
        if row["pcr"] >= 0:
            self.pcrs.append((at, pid, row["pcr"], "DISCONTINUITY" in flags, pid in self.map.pcr_pids))
        if "SCRAMBLED" in flags:
            self.scrambled.append(at)
            self.events["CAT", 0].append((at, "start"))
            self.counts["pat_error_2"] += pid == 0
            self.counts["pmt_error_2"] += pid in self.map.program_map_pids
            if pid in self.map.timed and any(e == "occurs" for _, e in self.since_start("PTS", pid)):
                self.events["PTS", pid].append((at, "occurs"))
        elif "DUPLICATE" not in flags and row["payload"] < 188:
            payload = packet[row["payload"] :]
            if is_table:
                self.take_table(at, pid, payload, "PUSI" in flags)
            elif pid in self.map.timed and "PUSI" in flags and self.has_pts(payload):
                self.events["PTS", pid].append((at, "occurs"))

    def since_start(self, what: str, pid: int) -> list[tuple[int, str]]:
        events = self.events[what, pid]
        stops = [k for k, (_, e) in enumerate(events) if e == "stop"]
        return events[stops[-1] :] if stops else events

    @staticmethod
    def has_pts(payload: bytes) -> bool:
        if len(payload) < 8:
            return True  # cannot be known here
        return payload[:3] == b"\0\0\1" and payload[6] >> 6 == 2 and payload[7] >> 7 == 1

    def take_table(self, at: int, pid: int, payload: bytes, is_start: bool) -> None:
        held = self.partial[pid]
        if not is_start:
            if held:
                self.partial[pid] = self.cut(at, pid, held + payload)
            return
        if not payload:
            return
        tail, head = payload[1 : 1 + payload[0]], payload[1 + payload[0] :]
        if 1 + payload[0] > len(payload):
            self.partial[pid] = None
            return
        if held:
            self.cut(at, pid, held + tail)
        self.partial[pid] = self.cut(at, pid, head)

    def cut(self, at: int, pid: int, octets: bytes) -> bytes | None:
        """Take whole sections; return the rest, None when nothing more can be told before the next pointer_field."""
        while octets:
            if octets[0] == 0xFF:
                return None
            if len(octets) < 3:
                return octets
            length = 3 + ((octets[1] & 15) << 8 | octets[2])
            if length > 4096:
                return None
            if len(octets) < length:
                return octets
            self.section(at, pid, octets[:length])
            octets = octets[length:]
        return octets

    def section(self, at: int, pid: int, octets: bytes) -> None:
        table_id, is_long = octets[0], octets[1] >> 7 == 1
        has_crc = is_long or table_id == 0x73
        if has_crc and (len(octets) < (12 if is_long else 7) or crc32(octets)):
            self.counts["crc_error"] += 1
            return
        number = octets[6] if is_long else None
        names = {
            0x10: ({0x40: "NIT actual", 0x41: "NIT other", 0x72: ""}, "nit_actual_error"),
            0x11: ({0x42: "SDT actual", 0x46: "SDT other", 0x4A: "BAT", 0x72: ""}, "sdt_actual_error"),
            0x13: ({0x71: "", 0x72: ""}, "rst_error"),
            0x14: ({0x70: "TDT", 0x73: "TOT", 0x72: ""}, "tdt_error"),
        }
        if pid == 0x12:
            present = {0: "EIT present", 1: "EIT following"}.get(number, "")
            names[pid] = ({i: "" for i in (*range(0x4E, 0x70), 0x72)}, "eit_actual_error")
            names[pid][0].update({0x4E: present, 0x4F: "EIT other"})
        if pid in names:
            allowed, error = names[pid]
            if table_id not in allowed:
                self.counts[error] += 1
            elif allowed[table_id]:
                self.events[allowed[table_id], 0].append((at, "occurs"))
            return
        if pid in (0, 1) and table_id != pid:
            self.counts["cat_error" if pid else "pat_error_2"] += 1
            return
        if (pid not in (0, 1) and table_id != 2) or not is_long:
            return
        what = {0: ("PAT", 0), 1: ("CAT", 0)}.get(pid, ("PMT", pid))
        self.events[what].append((at, "occurs"))
        self.sub_table(at, pid, octets)

    def sub_table(self, at: int, pid: int, octets: bytes) -> None:
        extension, version = octets[3:5], octets[5] >> 1 & 31
        if not octets[5] & 1 or octets[6] > octets[7]:
            return
        key = (pid, octets[0], int.from_bytes(extension, "big"))
        held = self.sub_tables[key]
        for number, other in list(held.items()):
            same = (other[5] >> 1 & 31, other[7]) == (version, octets[7])
            if not same or (number == octets[6] and other[-4:] != octets[-4:]):
                held.clear()
                break
        held[octets[6]] = octets
        if len(held) <= octets[7]:
            return
        whole = [held[number] for number in sorted(held)]
        if self.published.get(key) == whole:
            return
        self.published[key] = whole
        self.read(at, pid, octets[0], key[2], [section[8:-4] for section in whole])

    def read(self, at: int, pid: int, table_id: int, extension: int, bodies: list[bytes]) -> None:  # noqa: C901, PLR0912
        old = self.map
        new = Map(dict(old.pmt_pids), old.network_pid, dict(old.pmts), set(old.emm_pids))
        if table_id == 0:
            if any(len(body) % 4 for body in bodies):
                return
            body = b"".join(bodies)
            entries = [
                (int.from_bytes(body[k : k + 2], "big"), int.from_bytes(body[k + 2 : k + 4], "big") & 0x1FFF)
                for k in range(0, len(body), 4)
            ]
            new.pmt_pids = {number: p for number, p in entries if number}
            new.network_pid = next((p for number, p in entries if not number), None)
            new.pmts = {n: pmt for n, pmt in old.pmts.items() if new.pmt_pids.get(n) == old.pmt_pids.get(n)}
        elif table_id == 1:
            new.emm_pids = ca_pids(b"".join(bodies))
        else:
            if old.pmt_pids.get(extension) != pid:
                return
            streams, ecm, pcr_pid = {}, set(), int.from_bytes(bodies[0][:2], "big") & 0x1FFF
            for body in bodies:
                length = int.from_bytes(body[2:4], "big") & 0xFFF
                ecm |= ca_pids(body[4 : 4 + length])
                k = 4 + length
                while k < len(body):
                    length = int.from_bytes(body[k + 3 : k + 5], "big") & 0xFFF
                    streams[int.from_bytes(body[k + 1 : k + 3], "big") & 0x1FFF] = body[k]
                    ecm |= ca_pids(body[k + 5 : k + 5 + length])
                    k += 5 + length
            new.pmts[extension] = (pcr_pid, streams, ecm)
        for what, before, after in (
            ("PMT", old.program_map_pids, new.program_map_pids),
            ("PID", old.timed, new.timed),
            ("PTS", old.timed, new.timed),
        ):
            for p in before - after:
                self.events[what, p].append((at, "stop"))
            for p in after - before:
                if what != "PTS":
                    self.events[what, p].append((at, "start"))
        for p in old.program_map_pids - new.program_map_pids:
            self.partial[p] = None
            for key in [key for key in self.sub_tables if key[0] == p]:
                self.published.pop(key, None)
                del self.sub_tables[key]
        self.map = new
        self.map_changes.append((at, new))

    # -- PCR

    def steps(self):
        """Yield (packet, PID, ticks since the last PCR of the PID or None, announced, of a programme) of every PCR."""
        last: dict[int, int] = {}
        for at, pid, pcr, announced, counted in self.pcrs:
            step = (pcr - last[pid]) % WRAP if pid in last else None
            if step == 0:
                continue
            last[pid] = pcr
            yield at, pid, step, announced, counted

    def pcr_errors(self) -> None:
        for _, _, step, announced, counted in self.steps():
            if step is not None and not announced and counted:
                self.counts["pcr_repetition_error"] += SECOND * 40 // 1000 < step <= SECOND // 2
                self.counts["pcr_discontinuity_indicator_error"] += step > SECOND // 10

    def accuracy(self) -> None:
        self.accuracies_ns: dict[int, list[Fraction]] = defaultdict(list)
        runs: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for at, pid, step, announced, counted in self.steps():
            run = runs[pid]
            is_broken = run and any(run[-1][0] < b <= at for b in self.breaks)
            if not run or is_broken or announced or step is None or step > SECOND // 2:
                runs[pid] = [(at, 0)]
                continue
            run.append((at, run[-1][1] + step))
            nine = run[-9:]
            if len(nine) < 9:
                continue
            rate = Fraction(nine[8][1] - nine[0][1], nine[8][0] - nine[0][0])
            pairs = zip(nine[:-1], nine[1:], strict=True)
            if any(abs((b[1] - a[1]) / (rate * (b[0] - a[0])) - 1) > Fraction(1, 256) for a, b in pairs):
                continue
            x0, y0 = (Fraction(sum(column), 4) for column in zip(*nine[:4], strict=True))
            x1, y1 = (Fraction(sum(column), 4) for column in zip(*nine[5:], strict=True))
            expected = y0 + (y1 - y0) * (nine[4][0] - x0) / (x1 - x0)
            ns = (nine[4][1] - expected) * 1000 / 27
            self.accuracies_ns[pid].append(ns)
            self.counts["pcr_accuracy_error"] += bool(counted and abs(ns) > 500)

    # -- time

    def times(self) -> None:
        """Make the time bases: lists of (packet, time) of the PCRs of one PID."""
        self.bases: list[list[tuple[int, int]]] = []
        reference, since, was_seen = None, {}, set()
        for at, pid, step, announced, _ in self.steps():
            is_good = step is not None and not announced and step <= SECOND // 2
            now = self.bases[-1][-1][1] if self.bases else 0
            if reference is None or (pid == reference and not is_good):
                reference = pid
                self.bases.append([(at, now)])
                was_seen = set()
            elif pid == reference:
                self.bases[-1].append((at, now + step))
                was_seen = set()
            elif pid not in was_seen:
                was_seen.add(pid)
                since[pid] = 0
            else:
                since[pid] += step if is_good else 0
                if since[pid] > SECOND // 2:
                    reference = pid
                    self.bases.append([(at, now)])
                    was_seen = set()

    @staticmethod
    def time_of(base: list[tuple[int, int]], packet: int) -> int:
        for (p0, t0), (p1, t1) in zip(base[:-1], base[1:], strict=True):
            if p0 <= packet < p1:
                return t0 + (packet - p0) * (t1 - t0) // (p1 - p0)
        raise AssertionError("no time")

    def intervals(self) -> None:
        self.scrambled_times = [0]  # ends of the PCR intervals that have scrambled packets
        for base in self.bases:
            for (p0, _), (p1, t1) in zip(base[:-1], base[1:], strict=True):
                if any(p0 <= s < p1 for s in self.scrambled):
                    self.scrambled_times.append(t1)
        for (what, pid), events in self.events.items():
            indicators, limit = LIMITS[what]
            ticks = int(limit * SECOND)
            for base in self.bases:
                late = self.late(what, pid, events, base, ticks)
                for indicator in indicators:
                    self.counts[indicator] += late

    def late(self, what: str, pid: int, events: list[tuple[int, str]], base: list[tuple[int, int]], limit: int) -> int:
        """How many limits pass in one time base; walks its PCR intervals."""
        count = 0
        before = [e for at, e in events if at < base[0][0]]
        last = base[0][1] if before and before[-1] != "stop" else None
        for (p0, t0), (p1, t1) in zip(base[:-1], base[1:], strict=True):
            inside = [(at, e) for at, e in events if p0 <= at < p1]
            stops = [k for k, (_, e) in enumerate(inside) if e == "stop"]
            if stops:  # nothing is told of what is no longer wanted when its time is known
                inside, last = inside[stops[-1] + 1 :], None
            if what == "CAT" and not any(t1 - SECOND // 2 <= t <= t1 for t in self.scrambled_times):
                last = t1 if last is not None or inside else None
                continue
            for at, event in inside:
                time = t0 + (at - p0) * (t1 - t0) // (p1 - p0)
                if what == "PID":
                    last = t1
                elif last is None:
                    last = time
                elif event == "occurs":
                    count += max(0, time - last - 1) // limit
                    last = time
            if what == "PID" and last is not None and pid in self.pids[p0 + 1 : p1 + 1]:
                last = t1
            if last is not None:
                late = max(0, t1 - last - 1) // limit
                count += late
                last += late * limit
        return count

    def windows(self) -> None:
        self.rates: dict[int, int] = {}
        marked: set[int] = set()
        seen_changes = applied = 1
        for base in self.bases:
            begin, began = base[0]
            for at, now in base[1:]:
                while applied < len(self.map_changes) and self.map_changes[applied][0] < at:
                    marked -= self.map_changes[applied][1].referenced
                    applied += 1
                if now - began < SECOND:
                    continue
                counts = Counter(self.pids[begin + 1 : at + 1])
                done = [change for change in self.map_changes if change[0] < at]
                is_old = len(done) == seen_changes
                seen_changes = len(done)
                here = done[-1][1] if done else Map()
                is_whole = bool(here.pmt_pids) and set(here.pmt_pids) <= set(here.pmts)
                for pid, n in counts.items():
                    if pid >= 0:
                        self.rates[pid] = n * 1504 * SECOND // (now - began)
                        if is_old and is_whole and 0x20 <= pid < 0x1FFF and pid not in here.referenced | marked:
                            marked.add(pid)
                            self.counts["unreferenced_pid"] += 1
                self.rates = {pid: rate if counts[pid] else 0 for pid, rate in self.rates.items()}
                begin, began = at, now
