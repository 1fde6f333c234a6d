"""The monitor counts what the slow one counts that was written from the clauses: on air, damaged, in any cuts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mpegts.slow_tr_101_290 import SlowMonitor
from tests.services.made_up_stream import NULL, Writer, service
from yiwang.base.timebase import WRAP_33
from yiwang.mpegts import sdt
from yiwang.mpegts.cat import Cat
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors import CaDescriptor
from yiwang.mpegts.nit import Nit
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.sdt import Sdt
from yiwang.mpegts.tr_101_290 import INDICATORS, Monitor

PACKETS_A_SECOND = 200
PCR_EVERY = 5  # 25 ms
TICKS = 27_000_000 // PACKETS_A_SECOND  # of a packet
PCR_WRAP = 300 * WRAP_33
NAMES = [indicator.name for indicator in INDICATORS]
VIDEO, SOUND, DATA, ECM, EMM = 0x101, 0x102, 0x103, 0x104, 0x105


def pes(pts_90k: int, stream_id: int = 0xE0) -> bytes:
    p = pts_90k % WRAP_33
    stamp = (p >> 30 << 33 | (p >> 15 & 0x7FFF) << 17 | (p & 0x7FFF) << 1 | 0x2100010001).to_bytes(5, "big")
    return b"\0\0\1" + bytes((stream_id, 0, 0, 0x80, 0x80, 5)) + stamp


def on_air(seconds: float, first_pcr: int = 0, without: frozenset[str] = frozenset()) -> list[bytes]:
    """A stream that has no fault: two programmes, one of them with conditional access; all SI."""
    w = Writer()
    ca = (Descriptor.of(CaDescriptor(0x4AF4, ECM)),)
    pmt = Pmt(1, VIDEO, ca, (PmtStream(0x1B, VIDEO), PmtStream(0x0F, SOUND), PmtStream(6, DATA)))
    tables = {
        "PAT": (0, Pat(7, (PatProgram(0, 0x10), PatProgram(1, 0x100), PatProgram(2, 0x200))).to_sections(), 0.1),
        "PMT": (0x100, pmt.to_sections(), 0.1),
        "PMT 2": (0x200, Pmt(2, 0x201, (), (PmtStream(0x1B, 0x201),)).to_sections(), 0.1),
        "CAT": (1, Cat((Descriptor.of(CaDescriptor(0x4AF4, EMM)),)).to_sections(), 0.5),
        "NIT": (0x10, Nit(0x40, (), ()).to_sections(), 5),
        "SDT": (0x11, Sdt(7, 9, (service(1, "一" * 60), service(2, "二" * 60))).to_sections(), 1),
    }
    due = {name: 0.0 for name in tables if name not in without}
    while len(w.packets) < seconds * PACKETS_A_SECOND:
        n = len(w.packets)
        now = n / PACKETS_A_SECOND
        late = next((name for name, when in due.items() if when <= now and (name != "SDT" or n % PCR_EVERY == 2)), None)
        if n % PCR_EVERY == 0:
            w.pcr(VIDEO, (first_pcr + n * TICKS) % PCR_WRAP)
        elif n % PCR_EVERY == 1:
            w.pcr(0x201, (first_pcr + 12345 + n * TICKS) % PCR_WRAP)
        elif late:
            pid, sections, every = tables[late]
            octets = b"\0" + sections[0].to_bytes()
            for at in range(0, len(octets), 184):  # the SDT takes three
                w.payload(pid, octets[at : at + 184], start=at == 0)
            due[late] += every
        elif n % 20 == 3:
            w.payload(VIDEO, pes(int(now * 90_000)), start=True)
        elif n % 20 == 7:
            w.payload(SOUND, pes(int(now * 90_000), 0xC0), start=True)
        elif n % 20 == 8:
            w.payload(0x201, pes(int(now * 90_000)), start=True)
        elif n % 20 == 12:
            w.payload(EMM, b"emm")
        elif n % 20 == 13:
            w.payload(ECM, b"ecm")
        else:
            w.packets.append(NULL)
    return w.packets


def watched(octets: bytes, cuts: list[int] = ()) -> Monitor:
    monitor = Monitor()
    demultiplexer = Demultiplexer(lambda pat, pmts: [], (sdt.PID,), monitor)
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(octets)], strict=True):
        demultiplexer.feed(octets[begin:end])
    demultiplexer.flush()
    return monitor


def counted(monitor: Monitor) -> dict[str, int]:
    return {name: count for name, count in zip(NAMES, monitor.counts(), strict=True) if count}


def compare(packets: list[bytes], cuts: list[int] = ()) -> dict[str, int]:
    monitor, slow = watched(b"".join(packets), cuts), SlowMonitor(packets)
    counts = counted(monitor)
    assert counts == {name: count for name, count in slow.counts.items() if count}
    assert {pid: rate for pid, rate in monitor.bit_rates().items() if rate} == {
        pid: rate for pid, rate in slow.rates.items() if rate
    }
    for measured in monitor.pcrs():
        values = [ns.__floor__() for ns in slow.accuracies_ns[measured.pid]]
        assert measured.jitter_ns == (max(values) - min(values) if values else None)
        assert measured.accuracy_ns == (max(-min(values), max(values)) if values else None)
    return counts


# -- what there is


def test_a_stream_without_a_fault_has_none():
    for first_pcr in (0, PCR_WRAP - 3 * 27_000_000):
        counts = compare(on_air(12, first_pcr, frozenset({"SDT", "NIT"})))
        assert counts == {}
    counts = compare(on_air(12))
    assert counts == {
        "eit_actual_error": 10,
        "si_repetition_error": 10,
    }  # it has SI, so it should have EIT: 2 x 5 x 2 s


def test_bit_rates_are_those_of_the_packets():
    monitor = watched(b"".join(on_air(3, without=frozenset({"SDT", "NIT", "CAT"}))))
    rates = monitor.bit_rates()
    assert sum(rates.values()) == pytest.approx(PACKETS_A_SECOND * 1504, abs=20)
    assert rates[EMM] == rates[ECM] == 10 * 1504


def test_what_is_on_a_pid_is_said_by_the_tables():
    carried = watched(b"".join(on_air(3))).carried()
    assert {pid: carried.get(pid) for pid in (0, 0x100, VIDEO, SOUND, EMM, 0x11, 0x1FFF, 0x1234)} == {
        0: "PAT",
        0x100: "PMT",
        VIDEO: "H.264/AVC",
        SOUND: "AAC (ADTS)",
        EMM: "EMM",
        0x11: "SDT",
        0x1FFF: "null",
        0x1234: None,
    }


@pytest.mark.parametrize(
    ("gone", "name", "expected"),
    [
        (lambda p: p == 0, "pat_error_2", 12),
        (lambda p: p == 0x100, "pmt_error_2", 12),
        (lambda p: p == SOUND, "pid_error", 1),
        (lambda p: p == SOUND, "pts_error", 8),
        (lambda p: p == VIDEO, "pid_error", 1),  # the clock is then the other programme's
    ],
)
def test_what_stays_away_is_counted_once_for_every_limit(gone, name, expected):
    packets = on_air(8, without=frozenset({"SDT", "NIT"}))
    begin = 2 * PACKETS_A_SECOND
    left = [p if n < begin or not gone(pid_of(p)) else NULL for n, p in enumerate(packets)]
    counts = compare(left)
    assert abs(counts[name] - expected) <= 1


def test_a_section_whose_middle_is_lost_is_no_section_and_no_crc_error():
    packets = on_air(5)
    sdt_at = [n for n, p in enumerate(packets) if pid_of(p) == 0x11]
    assert sdt_at[1:3] == [sdt_at[0] + 1, sdt_at[0] + 2]
    rest = sdt_at[4]  # of the next section; it must not be joined to what came of the one before
    packets[rest] = packets[rest][:100] + bytes((packets[rest][100] ^ 1,)) + packets[rest][101:]
    for n in reversed(sdt_at[1:4]):
        packets[n] = NULL
    counts = compare(packets)
    assert counts["continuity_count_error"] == 1
    assert "crc_error" not in counts


def test_a_bit_error_in_a_section_is_a_crc_error():
    packets = on_air(3)
    at = next(n for n, p in enumerate(packets) if pid_of(p) == 0x11)
    packets[at] = packets[at][:100] + bytes((packets[at][100] ^ 1,)) + packets[at][101:]
    assert compare(packets)["crc_error"] == 1


def test_forty_programmes_are_all_watched():
    w = Writer()
    w.sections(0, Pat(1, tuple(PatProgram(n, 0x400 + n) for n in range(1, 41))).to_sections())
    for n in range(200):
        if n % 5 == 0:
            w.pcr(VIDEO, n * TICKS)
        elif n % 5 == 1:
            w.sections(0, Pat(1, tuple(PatProgram(k, 0x400 + k) for k in range(1, 41))).to_sections())
        else:
            number = 1 + (n // 5 * 3 + n % 5 - 2) % 40
            w.sections(0x400 + number, Pmt(number, 0x1FFF, (), ()).to_sections())
    assert compare(w.packets) == {}
    assert compare([p for p in w.packets if pid_of(p) != 0x401]) == {"pmt_error_2": 1}


@pytest.mark.parametrize(("gap_ms", "late"), [(500, 0), (501, 1), (1000, 1), (1001, 2), (1500, 2), (1501, 3)])
def test_a_limit_is_late_when_it_is_over_and_counts_once_for_each(gap_ms: int, late: int):
    w, pat = Writer(), Pat(7, ()).to_sections()
    for ms in range(2000):
        if ms % 25 == 0:
            w.pcr(VIDEO, ms * 27_000)
        elif ms in (26, 26 + gap_ms) or (ms > 26 + gap_ms and ms % 100 == 51):
            w.sections(0, pat)
        else:
            w.packets.append(NULL)
    assert compare(w.packets) == ({"pat_error_2": late} if late else {})


def test_a_cat_is_missed_only_beside_scrambled_packets():
    packets = on_air(8, without=frozenset({"SDT", "NIT", "CAT"}))
    scrambled = [p[:3] + bytes((p[3] | 0x80,)) + p[4:] if pid_of(p) == SOUND else p for p in packets]
    for a_second, errors in ((1, 0), (8, 3)):
        until = a_second * PACKETS_A_SECOND
        counts = compare(scrambled[:until] + packets[until:])
        assert counts.pop("unreferenced_pid") == 1  # without a CAT nobody refers to the EMMs
        assert counts.get("cat_error", 0) == errors
        assert "pts_error" not in counts  # of what is scrambled it cannot be known


def test_a_pid_is_not_judged_in_the_second_in_which_the_tables_change():
    packets = on_air(6, without=frozenset({"SDT", "NIT", "CAT"}))  # nobody refers to the EMMs
    assert compare(packets) == {"unreferenced_pid": 1}
    assert compare([p if n < PACKETS_A_SECOND or pid_of(p) != EMM else NULL for n, p in enumerate(packets)]) == {}


def test_nothing_is_late_before_there_is_a_time():
    assert compare([p for p in on_air(8) if pid_of(p) not in (VIDEO, 0x201, 0)]) == {}
    assert compare([NULL] * 5000) == {}


def test_another_table_and_scrambling_on_the_pids_of_psi():
    w = Writer()
    w.sections(0, Sdt(7, 9, ()).to_sections())
    w.sections(1, Sdt(7, 9, ()).to_sections())
    w.sections(0x10, Sdt(7, 9, ()).to_sections())
    w.sections(0x14, Sdt(7, 9, ()).to_sections())
    w.payload(0, b"\0", start=True, control=0x90)
    assert compare(w.packets) == {
        "pat_error_2": 2,
        "cat_error": 1,
        "nit_actual_error": 1,
        "tdt_error": 1,
    }


def test_a_pid_that_nobody_refers_to_is_counted_once():
    packets = on_air(6, without=frozenset({"SDT", "NIT"}))
    w = Writer()
    for n in range(0, len(packets), 10):
        if packets[n + 4] == NULL:
            w.payload(0x333, b"who?")
            packets[n + 4] = w.packets[-1]
    assert compare(packets) == {"unreferenced_pid": 1}
    assert watched(b"".join(packets)).unreferenced_pids() == [0x333]


def test_a_pid_that_a_new_pmt_leaves_out_is_referred_to_no_longer():
    packets = on_air(6, without=frozenset({"SDT", "NIT"}))
    left = Pmt(1, VIDEO, (Descriptor.of(CaDescriptor(0x4AF4, ECM)),), (PmtStream(0x1B, VIDEO),), version_number=1)
    payload = (b"\0" + left.to_sections()[0].to_bytes()).ljust(184, b"\xff")
    until = 2 * PACKETS_A_SECOND
    packets[until:] = [p[:4] + payload if pid_of(p) == 0x100 else p for p in packets[until:]]
    assert compare(packets) == {"unreferenced_pid": 1}
    assert watched(b"".join(packets)).unreferenced_pids() == [SOUND]


def test_a_pcr_that_is_early_or_late_is_an_accuracy_error_of_that_pcr_alone():
    for ticks, errors in ((13, 0), (-13, 0), (14, 1), (-14, 1), (100, 1)):
        packets = on_air(3, without=frozenset({"SDT", "NIT"}))
        packets[300] = with_pcr(packets[300], 300 * TICKS + ticks)
        counts = compare(packets)
        assert counts == ({"pcr_accuracy_error": 1} if errors else {}), ticks
    video = watched(b"".join(packets)).pcrs()[0]
    assert video.accuracy_ns == pytest.approx(100 * 1000 / 27, abs=1)
    assert video.longest_interval_27m == PCR_EVERY * TICKS + 100


def test_a_jump_of_the_clock_is_one_error_and_starts_all_intervals_anew():
    a, b = on_air(4, without=frozenset({"SDT", "NIT"})), on_air(4, 10**12, frozenset({"SDT", "NIT"}))
    counts = compare(a + b)
    counts.pop("continuity_count_error", None)
    assert counts == {"pcr_discontinuity_indicator_error": 2}


def test_sync_that_is_lost_is_told_and_breaks_the_places(captures: Path):
    packets = on_air(6, without=frozenset({"SDT", "NIT"}))
    octets = b"".join(packets[:600]) + b"\x00" * 376 + bytes(100) + b"".join(packets[602:])
    for cuts in ([], list(range(1, len(octets), 1009))):
        counts = counted(watched(octets, cuts))
        assert (counts["ts_sync_loss"], counts["sync_byte_error"]) == (1, 2)
        assert "pcr_accuracy_error" not in counts
    slow = SlowMonitor([*packets[:600], None, *packets[602:]])
    assert counts == {name: count for name, count in slow.counts.items() if count}
    one_wrong = [*packets[:600], b"\x00" + packets[600][1:], *packets[601:]]
    assert compare(one_wrong)["sync_byte_error"] == 1


@settings(max_examples=60)
@given(st.integers(0, PCR_WRAP - 1), st.lists(st.integers(1, 2 * 27_000_000), min_size=1, max_size=50))
def test_a_clock_runs_on_over_the_wrap(first: int, steps: list[int]):
    w, pcr = Writer(), first
    w.pcr(VIDEO, first)
    for step in steps:
        pcr += step
        w.packets += [NULL] * 9
        w.pcr(VIDEO, pcr % PCR_WRAP)
    (clock,) = watched(w.to_bytes()).pcrs()
    assert (clock.clock_27m, clock.clock_packets, clock.jumps) == (sum(steps), 10 * len(steps), 0)
    assert clock.over_100_ms == sum(step > 2_700_000 for step in steps)
    assert clock.longest_interval_27m == max(steps)


@pytest.mark.parametrize(("announced", "jumps"), [(True, 0), (False, 1)])
def test_a_jump_measures_no_time_and_is_a_fault_unless_announced(announced: bool, jumps: int):
    w = Writer()
    for pcr in (0, 1000, 500 * 27_000_000, 500 * 27_000_000, 500 * 27_000_000 + 1000):  # said twice is no jump
        w.pcr(VIDEO, pcr)
    w.packets[2] = w.packets[2][:5] + bytes((0x10 | announced << 7,)) + w.packets[2][6:]
    (clock,) = watched(w.to_bytes()).pcrs()
    assert (clock.clock_27m, clock.clock_packets, clock.jumps) == (2000, 3, jumps)


def test_every_indicator_has_its_clause_and_its_place_in_the_kernel():
    from yiwang.kernels import tr_101_290 as kernel

    assert len(INDICATORS) == kernel.N_INDICATORS == len(set(NAMES))
    for place, indicator in enumerate(INDICATORS):
        assert getattr(kernel, indicator.name.upper()) == place
        assert indicator.clause[0] == str(indicator.priority)


# -- on air and damaged


@pytest.mark.parametrize(
    "name",
    [
        "tsduck/test-108.ts", "tsduck/test-025.ts", "tsduck/test-072.ts", "tsduck/test-137.ts", "tsduck/test-030.ts",
        "rust-dvb/tnt-5w-12732v-isi6-10s.ts", "shaka-player/captions-test.ts", "mp2ts-tools/80s_with_ad.ts",
        "androidx-media/sample_ac4.ts", "mux.js/test-segment.ts",
    ],
)  # fmt: skip
def test_captures_are_counted_as_the_slow_monitor_does(captures: Path, name: str):
    octets = (captures / name).read_bytes()[: 188 * 12_000]
    octets = octets[: len(octets) // 188 * 188]
    compare([octets[at : at + 188] for at in range(0, len(octets), 188)], [188 * 7, 188 * 7 + 5, 188 * 1000])


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def with_pcr(packet: bytes, pcr_27m: int) -> bytes:
    base, extension = divmod(pcr_27m % PCR_WRAP, 300)
    return packet[:6] + (base << 15 | 0x7E00 | extension).to_bytes(6, "big") + packet[12:]


def damage(packets: list[bytes], draw) -> list[bytes]:  # noqa: C901, PLR0912
    """Do one bad thing to a stream."""
    kind = draw(
        st.sampled_from(["lose", "burst", "flip", "repeat", "jitter", "strip", "scramble", "jump", "transport", "swap"])
    )
    at = draw(st.integers(0, len(packets) - 1))
    pid = draw(st.sampled_from([0, 1, 0x10, 0x100, 0x200, VIDEO, SOUND, EMM, ECM, 0x201]))
    to = at + draw(st.integers(1, 900))
    hit = range(at, min(to, len(packets)))
    if kind == "lose":
        del packets[at]
    elif kind == "burst":
        del packets[at : at + draw(st.integers(2, 400))]
    elif kind == "flip":
        octet = draw(st.integers(1, 187))
        bit = 1 << draw(st.integers(0, 7))
        packets[at] = packets[at][:octet] + bytes((packets[at][octet] ^ bit,)) + packets[at][octet + 1 :]
    elif kind == "repeat":
        packets[at:at] = [packets[at]] * draw(st.integers(1, 2))
    elif kind == "jitter":
        for n in hit:
            if packets[n][3] & 0x30 == 0x20:
                field = int.from_bytes(packets[n][6:12], "big")
                pcr = (field >> 15) * 300 + (field & 0x1FF)
                packets[n] = with_pcr(packets[n], pcr + draw(st.integers(-40, 40)))
    elif kind == "strip":
        for n in hit:
            packets[n] = NULL if pid_of(packets[n]) == pid else packets[n]
    elif kind == "scramble":
        for n in hit:
            if pid_of(packets[n]) == pid:
                packets[n] = packets[n][:3] + bytes((packets[n][3] | 0x80,)) + packets[n][4:]
    elif kind == "jump":
        offset = draw(st.integers(-(10**9), 10**9))
        announced = draw(st.booleans())
        for n in range(at, len(packets)):
            if packets[n][3] & 0x30 == 0x20 and pid_of(packets[n]) == VIDEO:
                field = int.from_bytes(packets[n][6:12], "big")
                packets[n] = with_pcr(packets[n], (field >> 15) * 300 + (field & 0x1FF) + offset)
                if announced:
                    packets[n] = packets[n][:5] + bytes((packets[n][5] | 0x80,)) + packets[n][6:]
                    announced = False
    elif kind == "transport":
        packets[at] = packets[at][:1] + bytes((packets[at][1] | 0x80,)) + packets[at][2:]
    elif at + 1 < len(packets):
        packets[at], packets[at + 1] = packets[at + 1], packets[at]
    return packets


@pytest.fixture(scope="module")
def air() -> list[bytes]:
    return on_air(11)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_stream_is_counted_as_the_slow_monitor_does_in_any_cuts(air: list[bytes], data: st.DataObject):
    begin = data.draw(st.integers(0, 500))
    packets = air[begin : begin + data.draw(st.integers(20, 1700))]
    for _ in range(data.draw(st.integers(0, 4))):
        packets = damage(packets, data.draw)
        if len(packets) < 5:
            return
    cuts = data.draw(st.lists(st.integers(0, 188 * len(packets)), max_size=6))
    compare(packets, cuts)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_capture_is_counted_as_the_slow_monitor_does(captures: Path, data: st.DataObject):
    name = data.draw(st.sampled_from(["tsduck/test-108.ts", "tsduck/test-025.ts", "androidx-media/sample_dts.ts"]))
    octets = (captures / name).read_bytes()
    first = data.draw(st.integers(0, 3000)) if name.startswith("tsduck") else 0
    packets = [octets[at : at + 188] for at in range(188 * first, min(len(octets), 188 * (first + 2500)), 188)]
    packets = [p for p in packets if len(p) == 188]
    for _ in range(data.draw(st.integers(1, 5))):
        packets = damage(packets, data.draw)
    compare(packets, data.draw(st.lists(st.integers(0, 188 * len(packets)), max_size=4)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=187, max_size=187), min_size=4, max_size=60), st.integers(0, 3))
def test_packets_of_chance_are_counted_and_never_raised(tails: list[bytes], mask: int):
    packets = [b"\x47" + bytes((t[0] & 0x40, t[1] & mask)) + t[2:] for t in tails]
    compare(packets)


def test_a_monstrous_pat_is_bounded():
    w = Writer()
    programs = tuple(PatProgram(n + 1, 0x20 + n) for n in range(6000))
    sections = Pat(1, programs).to_sections()
    for section in sections:
        octets = b"\0" + section.to_bytes()
        for at in range(0, len(octets), 184):
            w.payload(0, octets[at : at + 184], start=at == 0)
    monitor = watched(b"".join([*w.packets, *on_air(2, without=frozenset({"PAT"}))]))
    assert counted(monitor)["pmt_error_2"] <= 4 * 1024
    assert np.count_nonzero(monitor.packet_counts) > 5
