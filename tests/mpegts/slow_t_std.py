"""ISO/IEC 13818-1 2.4.2 in plain Python over a whole stream, packet by packet: slow, and with no look at the kernel.

First every packet of a stream gets its times: when it comes, and when each of its octets leaves TB. Then the octets are cut
into access units. Then the buffers behind TB are played, event by event.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.kernels.slow_ts import SlowScan
from yiwang.mpegts.buffer_sizes import Buffers

SECOND = 27_000_000
WRAP = (1 << 33) * 300
OCTET = 8 * SECOND


@dataclass
class SlowStream:
    """What to measure: ``frames`` cuts audio, None: a unit is what PES packets with a time stamp begin."""

    buffers: Buffers
    frames: object = None
    header: int = 0  # octets that tell what a frame is
    since: int = 0  # packets before are not looked at


@dataclass
class Packet:
    """One of the stream, with its time."""

    at: int
    base: int  # of the clock
    begin: int
    end: int
    flags: set
    octets: bytes  # payload
    stc: tuple[int, int] = (0, 0)  # PCR and time at the begin of its interval
    before: int = 0  # how full TB was
    parts: list = field(default_factory=list)

    def exit(self, rx: int, octet: int) -> int:
        drained = self.begin - (-(self.before + octet * OCTET) // rx)
        return max(drained, self.begin + (self.end - self.begin) * octet // 188)


class SlowDecoder:
    """``found`` by PID and what it is; measured by one PCR_PID."""

    def __init__(self, packets: list[bytes], pcr_pid: int, streams: dict[int, SlowStream], since: int = 0) -> None:
        self.found: dict[int, Counter[str]] = defaultdict(Counter)
        scan = SlowScan()
        rows = [(at, packet, scan.packet(packet)) for at, packet in enumerate(packets)]
        pcrs = [
            (at, row["pcr"], "DISCONTINUITY" in row["flags"])
            for at, _, row in rows[since:]
            if row["pid"] == pcr_pid and row["pcr"] >= 0 and "UNUSABLE" not in row["flags"]
        ]
        intervals = list(self.intervals(pcrs))
        for pid, stream in streams.items():
            mine = [(at, packet, row) for at, packet, row in rows[stream.since :] if row["pid"] == pid]
            mine = [(at, packet, row) for at, packet, row in mine if "UNUSABLE" not in row["flags"]]
            timed = list(self.timed(mine, intervals))
            self.through_tb(pid, stream.buffers, timed)
            for run in self.runs(timed):
                self.cut(pid, stream, run)

    @staticmethod
    def intervals(pcrs):
        """Yield (packet, packet, time, time, base, PCR) of PCRs that tell time."""
        now, base, last = 0, 0, None
        for at, pcr, announced in pcrs:
            if last is not None:
                step = (pcr - last[1]) % WRAP
                if step == 0 and not announced:
                    continue
                if step == 0 or step > SECOND // 2 or announced:
                    base += 1
                else:
                    yield last[0], at, now, now + step, base, last[1]
                    now += step
            last = at, pcr

    @staticmethod
    def timed(mine, intervals):
        k = 0
        for at, packet, row in mine:
            while k < len(intervals) and at >= intervals[k][1]:
                k += 1
            if k == len(intervals) or at < intervals[k][0]:
                yield Packet(at, -1, 0, 0, row["flags"], packet[row["payload"] :])
                continue
            p0, p1, t0, t1, base, pcr = intervals[k]
            begin, end = (t0 + (place - p0) * (t1 - t0) // (p1 - p0) for place in (at, at + 1))
            yield Packet(at, base, begin, end, row["flags"], packet[row["payload"] :], (pcr, t0))

    def through_tb(self, pid, buffers, packets):
        found = self.found[pid]
        fill, last, empty, base = 0, 0, 0, None
        for p in packets:
            if p.base < 0:
                continue
            if p.base != base:
                fill, last, empty, base = 0, p.begin, p.begin, p.base
            fill = max(0, fill - buffers.rx_bps * (p.begin - last))
            empty = p.begin if not fill else empty
            p.before = fill
            fill = max(0, fill + 1504 * SECOND - buffers.rx_bps * (p.end - p.begin))
            if not fill:
                empty = p.end
            elif p.end - empty > SECOND:
                found["empty"] += 1
                empty += SECOND
            found["packets"] += 1
            found["tb peak"] = max(found["tb peak"], -(-fill // OCTET))
            found["tb"] += fill > 512 * OCTET
            fill, last = min(fill, 512 * OCTET), p.end

    @staticmethod
    def runs(packets):
        """Yield the packets between losses, those that give nothing left out."""
        run = []
        for p in packets:
            if p.flags & {"LOST", "SCRAMBLED"}:
                yield run
                run = []
            if not p.flags & {"DUPLICATE", "SCRAMBLED"} and p.octets:
                run.append(p)
        yield run

    def cut(self, pid, stream, run):
        """Cut a run into units and play it, up to where it is not what it should be; then go on with the rest."""
        while run:
            run = run[self.cut_first(pid, stream, run) :]

    def cut_first(self, pid, stream, run):
        begun, header_left, anchor, step = False, 0, 0, 0
        octets: list[tuple[int, int]] = []  # packet, place in its payload: of those behind PES headers
        anchors = []  # number of the octet, time stamp
        marks = []  # packet, place, octets before, time stamp of the unit that begins there
        used = len(run)
        for n, p in enumerate(run):
            if "PUSI" in p.flags:
                header_left, td = self.pes(p.octets)
                is_whole = header_left > 0
                if not stream.frames:
                    if td is None and begun and step:
                        td = (anchor + step) % WRAP
                    if td is None:
                        is_whole = False
                    else:
                        step = (td - anchor) % WRAP if begun else 0
                        step = 0 if step > SECOND else step
                if not is_whole:
                    if not begun:
                        p.parts = []
                        continue
                    used = n + 1
                    run = run[:n]
                    break
                if td is not None:
                    begun, anchor = True, td
                    anchors.append((len(octets), td))
                    marks.append((n, 0, 0, td))
            header = min(header_left, len(p.octets))
            header_left -= header
            p.parts = [header]
            if begun:
                octets += [(n, k) for k in range(header, len(p.octets))]
        if stream.frames:
            marks, last = self.frames(stream, run, octets, anchors)
            if last is not None:
                used, run = last + 1, run[: last + 1]
        self.play(pid, stream, run, marks)
        return used

    @staticmethod
    def pes(octets):
        if len(octets) < 9 or octets[:3] != b"\0\0\1" or octets[6] >> 6 != 2:
            return 0, None
        flags, length = octets[7] >> 6, 9 + octets[8]
        for wanted, at, needs in ((3, 14, 19), (2, 9, 14)):
            if flags >= wanted and length >= needs and len(octets) >= needs:
                v = int.from_bytes(octets[at : at + 5], "big")
                return length, 300 * ((v >> 33 & 7) << 30 | (v >> 17 & 0x7FFF) << 15 | (v >> 1 & 0x7FFF))
        return length, None

    @staticmethod
    def frames(stream, run, octets, anchors):
        """Return packet in which a frame is known, place in it, octets in the packet before, time stamp of frames.

        And the packet in which there is something else than a frame should be, or None.
        """
        es = bytes(run[n].octets[k] for n, k in octets)
        starts, at, broken = [], 0, None
        while at + stream.header <= len(es):
            told = stream.frames(es[at : at + stream.header])
            if told is None:
                if starts:
                    broken = octets[at + stream.header - 1][0]
                    break
                at += 1
                continue
            starts.append((at, told[1]))
            at += told[0]
        units, counts = [], Counter()
        for at, ticks in starts:
            known = at + stream.header - 1
            k = max(k for k, (begin, _) in enumerate(anchors) if begin <= known)
            td = (anchors[k][1] + counts[k] * ticks) % WRAP
            counts[k] += 1
            (n0, place), (n1, _) = octets[at], octets[known]
            if n0 == n1:
                units.append((n0, 0 if place == run[n0].parts[0] else place, 0, td))
            else:
                units.append((n1, 0, sum(n != n1 for n, _ in octets[at : known + 1]), td))
        return units, broken

    def play(self, pid, stream, run, units):
        by_packet = defaultdict(list)
        for n, place, before, td in units:
            by_packet[n].append((place, before, td))
        for base in sorted({p.base for p in run if p.base >= 0}):
            self.play_base(pid, stream, [(n, p) for n, p in enumerate(run) if p.base == base and p.parts], by_packet)

    def play_base(self, pid, stream, run, by_packet):
        buffers, found = stream.buffers, self.found[pid]
        model = (SlowLeak if buffers.method == "leak" else SlowMain)(buffers, found)
        last_exit = None
        for n, p in run:
            header, done = p.parts[0], 0
            for place, before, td in by_packet[n]:
                ended = last_exit
                if place > done:
                    ended = p.exit(buffers.rx_bps, 188 - len(p.octets) + place)
                    model.enter(ended, place - done)
                    done = place
                model.end(ended, before)
                ticks = (td - p.stc[0] + WRAP // 2) % WRAP - WRAP // 2
                model.begin(p.stc[1] + ticks, before, p.begin)
            last_exit = p.exit(buffers.rx_bps, 188)
            skip = header if buffers.method == "leak" else 0
            model.enter(last_exit, len(p.octets) - max(done, skip))


class SlowMain:
    """B: what has entered and has not been decoded."""

    def __init__(self, buffers, found):
        self.buffers, self.found = buffers, found
        self.open = None  # td, octets
        self.held = []  # td, octets of whole units
        self.fill = 0

    def begin(self, td, octets, now):
        self.open = [td, octets]
        self.found["longest"] = max(self.found["longest"], td - now)
        self.found["delay"] += td - now > self.buffers.delay_s * SECOND

    def decode(self, now):
        while self.held and self.held[0][0] <= now:
            self.fill -= self.held.pop(0)[1] * OCTET

    def enter(self, now, octets):
        if self.open is None:
            return
        self.decode(now)
        self.open[1] += octets
        self.fill += octets * OCTET
        self.found["b peak"] = max(self.found["b peak"], -(-self.fill // OCTET))
        self.found["b"] += self.fill > self.buffers.b_bits * SECOND

    def end(self, now, octets_after):
        if self.open is None:
            return
        td, octets = self.open[0], self.open[1] - octets_after
        self.found["units"] += 1
        if now > td:
            self.found["under"] += not self.buffers.low_delay
            self.take(octets)
        else:
            self.held.append((td, octets))

    def take(self, octets):
        self.fill -= octets * OCTET


class SlowLeak(SlowMain):
    """MB, and EB behind it."""

    def __init__(self, buffers, found):
        super().__init__(buffers, found)
        self.mb, self.now, self.empty = 0, None, None

    def begin(self, td, octets, now):
        if self.open is None:
            self.now = self.empty = now
        super().begin(td, octets, now)

    def leak(self, now):
        ticks = now - self.now
        if ticks <= 0:
            return
        flow = min(self.mb, self.buffers.rbx_bps * ticks, self.buffers.b_bits * SECOND - self.fill)
        is_empty = flow == self.mb
        self.mb, self.fill, self.now = self.mb - flow, self.fill + flow, now
        self.found["b peak"] = max(self.found["b peak"], -(-self.fill // OCTET))
        if is_empty:
            self.empty = now
        elif now - self.empty > SECOND:
            self.found["empty"] += 1
            self.empty += SECOND

    def decode(self, now):
        while self.held and self.held[0][0] <= now:
            td, octets = self.held.pop(0)
            self.leak(td)
            self.found["under"] += self.fill < octets * OCTET and not self.buffers.low_delay
            self.take(octets)
        self.leak(now)

    def take(self, octets):
        self.fill -= octets * OCTET
        if self.fill < 0:
            self.mb, self.fill = max(0, self.mb + self.fill), 0

    def enter(self, now, octets):
        if self.open is None:
            return
        self.decode(now)
        self.open[1] += octets
        self.mb += octets * OCTET
        self.found["mb peak"] = max(self.found["mb peak"], -(-self.mb // OCTET))
        self.found["mb"] += self.mb > self.buffers.mb_bits * SECOND


def mpeg_audio(octets):
    """Octets and ticks of a frame; None where it is none: layer II at 48 kHz."""
    kbps = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)[
        octets[2] >> 4 if octets[2] >> 4 < 15 else 0
    ]
    if octets[:2] not in (b"\xff\xfd", b"\xff\xfc") or not kbps or octets[2] >> 2 & 3 != 1:
        return None
    return 144 * kbps // 48 + (octets[2] >> 1 & 1), 1152 * SECOND // 48_000


def adts(octets):
    if octets[0] != 0xFF or octets[1] & 0xF6 != 0xF0:
        return None
    hz = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)[octets[2] >> 2 & 15]
    length = int.from_bytes(octets[3:6], "big") >> 5 & 0x1FFF
    return (length, 1024 * SECOND // hz) if length >= 7 else None
