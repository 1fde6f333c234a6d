"""A decoder's buffers are counted as the slow decoder does that was written from the clauses: on air, damaged, in any cuts."""

import subprocess
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mpegts.slow_t_std import SlowDecoder, SlowStream, adts, mpeg_audio
from tests.mpegts.test_tr_101_290 import damage, pes, with_pcr
from tests.packaging.television import stream
from tests.services.made_up_stream import NULL, Writer
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.t_std import NO_CLOCK, NO_PARAMETERS, NO_SIZES, BufferMeasurement
from yiwang.mpegts.tr_101_290 import INDICATORS, Monitor

PMT, VIDEO, SOUND, DATA = 0x100, 0x101, 0x102, 0x103
FIELDS = {
    "packets": "packets", "units": "units", "tb": "tb_overflows", "mb": "mb_overflows", "b": "b_overflows",
    "under": "underflows", "empty": "empty_errors", "delay": "delay_errors", "longest": "longest_delay_27m",
    "tb peak": "tb_peak", "mb peak": "mb_peak", "b peak": "b_peak",
}  # fmt: skip
SECOND = 27_000_000
FRAME = b"\xff\xfd\xa4\x00" + b"\x55" * 572
"""MPEG audio, layer II, 192 kbit/s, 48 kHz: 24 ms."""


@dataclass
class Watched:
    """What a monitor says, and from which packet on it knew of programmes and streams."""

    monitor: Monitor
    since: dict

    def of(self, pid: int) -> BufferMeasurement:
        return next(one for one in self.monitor.buffers() if one.pid == pid)

    def counts(self) -> tuple[int | None, int | None, int | None]:
        counts = dict(zip((i.name for i in INDICATORS), self.monitor.counts(), strict=True))
        return counts["buffer_error"], counts["empty_buffer_error"], counts["data_delay_error"]


def watched(packets: list[bytes], cuts: list[int] | None = None) -> Watched:
    """Feed packet by packet, or in ``cuts``."""
    monitor = Monitor(measures_buffers=True)
    demultiplexer = Demultiplexer(lambda pat, pmts: [], (), monitor)
    since: dict = {}
    if cuts is None:
        model, at = monitor._model, 0
        set_map, set_buffers = model.set_map, model._set_buffers

        def note_map(*tables) -> None:
            set_map(*tables)
            for number in model._programs:
                since.setdefault(number, at)
            for key, one in model._streams.items():
                if one.buffers is not None:
                    since.setdefault(key, at)

        def note_buffers(one, buffers) -> None:
            set_buffers(one, buffers)
            for key in (key for key, other in model._streams.items() if other is one):
                since.setdefault(key, at)

        model.set_map, model._set_buffers = note_map, note_buffers
        for packet in packets:
            demultiplexer.feed(packet)
            at += 1
    else:
        octets, ends = b"".join(packets), [*sorted(cuts), 188 * len(packets)]
        for begin, end in zip([0, *ends[:-1]], ends, strict=True):
            demultiplexer.feed(octets[begin:end])
    demultiplexer.flush()
    return Watched(monitor, since)


def compare(packets: list[bytes], cuts: list[int] = ()) -> Watched:
    """Hold the monitor against the slow decoder, and against itself in other cuts."""
    seen = watched(packets)
    assert watched(packets, list(cuts)).monitor.buffers() == seen.monitor.buffers()
    pcr_pids = {number: pmt.pcr_pid for number, pmt in seen.monitor._map.pmts.items()}
    for one in seen.monitor.buffers():
        if one.buffers is None or one.buffers.method == "system":
            continue
        key = one.program_number, one.pid
        frames = {"MPEG": (mpeg_audio, 4), "AAC,": (adts, 6)}.get(one.buffers.name[:4], (None, 0))
        if one.buffers.name.startswith("MPEG-2"):
            frames = (None, 0)
        slow = SlowStream(one.buffers, *frames, since=seen.since[key])
        decoder = SlowDecoder(packets, pcr_pids[one.program_number], {one.pid: slow}, seen.since[one.program_number])
        found = decoder.found[one.pid]
        assert {name: getattr(one, field) for name, field in FIELDS.items()} == {
            name: found[name] for name in FIELDS
        }, key
    return seen


class Mux:
    """Writes packets of a stream of so many bit/s, PCRs every 30 ms on a PID of their own."""

    def __init__(self, rate_bps: int, streams: tuple[PmtStream, ...], pcr_pid: int = 0x1F0, first_pcr: int = 0) -> None:
        self.w, self.rate, self.pcr_pid, self.first = Writer(), rate_bps, pcr_pid, first_pcr
        self.tables = (Pat(1, (PatProgram(1, PMT),)).to_sections(), Pmt(1, pcr_pid, (), streams).to_sections())
        self.put_tables()
        self.next_pcr = 0

    def put_tables(self) -> None:
        self.w.sections(0, self.tables[0])
        self.w.sections(PMT, self.tables[1])

    @property
    def now(self) -> int:
        return len(self.w.packets) * 1504 * SECOND // self.rate

    def tick(self) -> None:
        while self.now >= self.next_pcr:
            self.next_pcr = self.now + 30 * 27_000
            self.w.pcr(self.pcr_pid, (self.first + self.now) % (300 << 33))

    def until(self, ms: float) -> None:
        while self.now < ms * 27_000:
            self.tick()
            self.w.packets.append(NULL)

    def es(self, pid: int, octets: bytes, pts_ms: float | None, every: int = 1) -> None:
        """Write a PES packet, a packet in so many; stuffing in the adaptation field."""
        stamp = None if pts_ms is None else self.first // 300 + round(90 * pts_ms)
        head = pes(stamp)[:-5] + pes(stamp)[-5:] if stamp is not None else b"\0\0\1\xe0\0\0\x80\0\0"
        data, start = head + octets, True
        while data:
            self.tick()
            part, data = data[:184], data[184:]
            n = 184 - len(part)
            if n:
                header = bytes((0x47, start << 6 | pid >> 8, pid & 0xFF, 0x30 | self.w._counters[pid] & 15, n - 1))
                self.w._counters[pid] += 1
                self.w.packets.append(header + (b"\0" + b"\xff" * (n - 2) if n > 1 else b"") + part)
            else:
                self.w.payload(pid, part, start=start)
            start = False
            self.w.packets += [NULL] * (every - 1)


@cache
def avc_head(level_idc: int = 30) -> bytes:
    """AUD, SPS and PPS of real H.264, at another level, and the begin of a slice."""
    octets = stream(seconds=1)
    es = bytearray()
    for at in range(0, len(octets), 188):
        packet = octets[at : at + 188]
        if (packet[1] & 0x1F) << 8 | packet[2] == 0x100 and packet[3] & 0x10:
            begin = 5 + packet[4] if packet[3] & 0x20 else 4
            es += packet[begin + (14 if not es else 0) :]
        if len(es) > 400:
            break
    begin = es.index(b"\0\0\1\x67")
    end = es.index(b"\0\0\1\x65") if b"\0\0\1\x65" in es else es.index(b"\0\0\1\x06", begin)
    es[begin + 6] = level_idc
    return bytes(es[begin : end + 4])


SOUND_STREAM, VIDEO_STREAM = PmtStream(0x04, SOUND), PmtStream(0x1B, VIDEO)


# -- what there is


def test_sound_that_comes_as_it_should_has_no_error():
    mux = Mux(2_000_000, (SOUND_STREAM,), first_pcr=(300 << 33) - SECOND)  # over the wrap of PCR and PTS
    for n in range(100):
        mux.until(24 * n)
        mux.es(SOUND, FRAME, 24 * n + 60)
    mux.until(2600)
    seen = compare(mux.w.packets)
    assert seen.counts() == (0, 0, 0)
    sound = seen.of(SOUND)
    assert sound.units == 99
    assert 2 * 576 < sound.b_peak <= 3 * 590
    assert sound.longest_delay_27m == pytest.approx(60 * 27_000, abs=2 * 27_000)


def test_the_transport_buffer_takes_two_packets_of_a_fast_burst_and_not_four():
    for burst, overflows in ((2, 0), (3, 1), (4, 2)):
        mux = Mux(40_000_000, (SOUND_STREAM,))  # 188 octets bring 188 x (1 - 2 / 40) more
        mux.until(20)
        mux.es(SOUND, (FRAME * 2)[: 184 * burst - 14], 100)
        mux.until(200)
        sound = compare(mux.w.packets).of(SOUND)
        assert sound.tb_overflows == overflows
        assert sound.tb_peak <= 188 * burst


def test_main_buffer_overflows_when_too_much_waits_and_the_delay_counts():
    mux = Mux(2_000_000, (SOUND_STREAM,))
    for n in range(20):
        mux.until(24 * n)
        mux.es(SOUND, FRAME, 24 * n + 200)  # eight frames wait
    mux.until(700)
    sound = compare(mux.w.packets).of(SOUND)
    assert sound.b_overflows > 0
    assert sound.b_peak > 3584
    assert (sound.underflows, sound.delay_errors) == (0, 0)
    mux = Mux(2_000_000, (SOUND_STREAM,))
    for n in range(10):
        mux.until(24 * n)
        mux.es(SOUND, FRAME, 24 * n + (1001 if n == 5 else 999))
    mux.until(700)
    assert compare(mux.w.packets).of(SOUND).delay_errors == 1


def test_a_frame_that_is_not_whole_when_it_is_decoded_is_an_underflow():
    mux = Mux(2_000_000, (SOUND_STREAM,))
    for n in range(20):
        mux.until(24 * n)
        mux.es(SOUND, FRAME, 24 * n + (1 if n == 10 else 60))  # it takes 3 ms to come
    mux.until(700)
    seen = compare(mux.w.packets)
    assert seen.of(SOUND).underflows == 1
    assert seen.counts() == (1, 0, 0)


def test_several_frames_in_a_pes_packet_are_decoded_one_after_the_other():
    mux = Mux(2_000_000, (SOUND_STREAM,))
    for n in range(0, 40, 4):
        mux.until(24 * n)
        mux.es(SOUND, FRAME * 4, 24 * n + 30)
    mux.until(1100)
    sound = compare(mux.w.packets).of(SOUND)
    assert (sound.underflows, sound.b_overflows, sound.units) == (0, 0, 39)


def test_pictures_flow_from_mb_to_eb_and_their_lateness_counts():
    for delay_ms, late in ((300, False), (20, True)):
        mux = Mux(1_500_000, (VIDEO_STREAM,))
        for n in range(50):
            mux.until(40 * n)
            if n % 10 == 0:
                mux.put_tables()
            mux.es(VIDEO, avc_head() + bytes(3000), 40 * n + delay_ms)
        mux.until(2500)
        video = compare(mux.w.packets).of(VIDEO)
        assert video.buffers is not None
        assert video.buffers.method == "leak"
        assert video.units > 40
        assert (video.underflows > 0) == late
        assert video.delay_errors == 0


def test_a_small_level_fills_mb_and_does_not_empty_it():
    mux = Mux(4_000_000, (VIDEO_STREAM,))
    for n in range(60):
        mux.until(40 * n)
        mux.es(VIDEO, avc_head(11) + bytes(9000), 40 * n + 900)  # 1.8 Mbit/s, of level 1.1
    mux.until(3000)
    video = compare(mux.w.packets).of(VIDEO)
    assert video.mb_overflows > 0
    assert video.empty_errors > 0


def test_tables_that_come_too_fast_fill_tbsys_and_bsys():
    mux = Mux(8_000_000, (SOUND_STREAM,))
    mux.until(100)
    for _ in range(3):
        mux.put_tables()  # six packets in a row into 512 octets
    mux.until(200)
    seen = watched(mux.w.packets)
    system = seen.of(PMT)
    assert system.tb_overflows > 0
    assert seen.counts()[0] == system.tb_overflows + system.b_overflows
    long = tuple(PmtStream(6, 0x200 + n, (Descriptor(0x80, bytes(60)),)) for n in range(12))
    mux = Mux(4_000_000, long)
    octets = b"\0" + mux.tables[1][0].to_bytes()
    mux.w.packets = mux.w.packets[:1]
    for n in range(40):  # 830 octets every 30 ms are 220 kbit/s; Bsys lets go 80
        for at in range(0, len(octets), 184):
            mux.tick()
            mux.w.payload(PMT, octets[at : at + 184], start=at == 0)
            mux.w.packets += [NULL] * 6
        mux.until(30 * (n + 1))
    system = watched(mux.w.packets).of(PMT)
    assert system.tb_overflows == 0
    assert system.b_overflows > 0


def test_a_transport_buffer_that_is_never_empty_is_counted_each_second():
    mux = Mux(2_100_000, (SOUND_STREAM,))
    while mux.now < 3.5 * SECOND:  # 2.05 Mbit/s of sound into 2 Mbit/s
        mux.es(SOUND, FRAME * 40, mux.now / 27_000 + 50)
    mux.until(3600)
    seen = compare(mux.w.packets)
    assert seen.of(SOUND).empty_errors >= 2
    assert seen.counts()[1] == seen.of(SOUND).empty_errors


def test_what_cannot_be_measured_says_why_and_is_no_nought():
    clock = Mux(1_000_000, (PmtStream(0x1B, VIDEO), PmtStream(6, DATA)))
    clock.until(300)
    seen = watched(clock.w.packets)
    assert seen.of(DATA).not_measured == NO_SIZES
    assert seen.of(VIDEO).not_measured == NO_PARAMETERS
    no_pcr = Mux(1_000_000, (SOUND_STREAM,), pcr_pid=0x1FFF)
    no_pcr.es(SOUND, FRAME, 10)
    seen = watched([p for p in no_pcr.w.packets if p[3] & 0x20 == 0 or p[1] & 0x1F != 0x1F])
    assert seen.of(SOUND).not_measured == NO_CLOCK
    assert seen.counts() == (None, None, None)
    never_on = Monitor()
    assert never_on.buffers() == ()
    assert [i.clause for i, n in zip(INDICATORS, never_on.counts(), strict=True) if n is None] == ["3.3", "3.9", "3.10"]


def test_what_is_switched_on_later_measures_from_there_on():
    mux = Mux(2_000_000, (SOUND_STREAM,))
    for n in range(20):
        mux.until(24 * n)
        mux.es(SOUND, FRAME, 24 * n + 60)
    mux.until(700)
    monitor = Monitor()
    demultiplexer = Demultiplexer(lambda pat, pmts: [], (), monitor)
    demultiplexer.feed(b"".join(mux.w.packets[:100]))
    monitor.measure_buffers()
    demultiplexer.feed(b"".join(mux.w.packets[100:]))
    (sound,) = (one for one in monitor.buffers() if one.pid == SOUND)
    assert 0 < sound.units < 19


# -- against others


@pytest.mark.parametrize("codec", ["mpeg2video", "libx264"])
def test_what_ffmpeg_multiplexes_at_a_constant_rate_with_short_delays_is_clean(tmp_path: Path, codec: str):
    """At no more than 2 Mbit/s in all sound cannot come too fast; with 0.2 s of delay it fits its buffer."""
    path = tmp_path / "a.ts"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=480x270:rate=25", "-f", "lavfi"),
            *("-i", "sine=sample_rate=48000", "-t", "6", "-c:v", codec, "-pix_fmt", "yuv420p", "-b:v", "800k"),
            *(
                "-minrate",
                "800k",
                "-maxrate",
                "800k",
                "-bufsize",
                "200k",
                "-c:a",
                "mp2",
                "-b:a",
                "64k",
                "-muxrate",
                "1600k",
            ),
            *("-muxdelay", "0.2", "-muxpreload", "0.2", "-pcr_period", "30", "-f", "mpegts", str(path)),
        ],
        check=True,
    )
    octets = path.read_bytes()
    seen = compare([octets[at : at + 188] for at in range(0, len(octets), 188)], [188 * 1001, 188 * 2002 + 5])
    assert seen.counts() == (0, 0, 0)
    measured = [one for one in seen.monitor.buffers() if one.not_measured is None]
    assert sorted(one.buffers.method for one in measured if one.buffers) == sorted(
        ["system", "main", "vbv_delay" if codec == "mpeg2video" else "leak"]
    )


@pytest.mark.parametrize(
    ("sound", "n_frames", "errors"),
    [(("aac", "-mpegts_flags", "latm"), 4 * 48_000 / 1024, False), (("ac3",), 4 * 48_000 / 1536, True)],
)
def test_latm_and_ac_3_beside_hevc(tmp_path: Path, sound: tuple[str, ...], n_frames: float, errors: bool):
    """Of AC-3 with ATSC's stream_type 0.2 s at 192 kbit/s do not fit into 2592 octets."""
    path = tmp_path / "a.ts"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi"),
            *("-i", "sine=sample_rate=48000", "-t", "4", "-c:v", "libx265", "-preset", "ultrafast", "-b:v", "400k"),
            *("-x265-params", "log-level=0", "-b:a", "64k" if not errors else "192k", "-ac", "2", "-c:a", *sound),
            *(
                "-muxrate",
                "1500k",
                "-muxdelay",
                "0.2",
                "-muxpreload",
                "0.2",
                "-pcr_period",
                "30",
                "-f",
                "mpegts",
                str(path),
            ),
        ],
        check=True,
    )
    octets = path.read_bytes()
    packets = [octets[at : at + 188] for at in range(0, len(octets), 188)]
    seen = watched(packets, [188 * 333, 188 * 334 + 7])
    assert seen.monitor.buffers() == watched(packets, []).monitor.buffers()
    video, heard = seen.of(0x100), seen.of(0x101)
    assert video.buffers is not None
    assert (video.buffers.method, video.buffers.delay_s) == ("leak", 10)
    assert heard.units == pytest.approx(n_frames, abs=14)
    assert (heard.b_overflows > 0) == errors
    assert (heard.underflows, video.underflows, heard.tb_overflows) == (0, 0, 0)


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("tsduck/test-025.ts", 0), ("tsduck/test-026.ts", 0), ("tsduck/test-108.ts", None),
        ("mp2ts-tools/obs_hevc_aac.ts", 148), ("androidx-media/sample_h265.ts", 0), ("shaka-player/captions-test.ts", 0),
    ],
)  # fmt: skip
def test_captures_are_counted_as_the_slow_decoder_does(captures: Path, name: str, errors: int | None):
    """Those of the air are clean, but for an audio PID of 108 whose PTS are hours ahead; OBS sends pictures as they are due."""
    octets = (captures / name).read_bytes()[: 188 * 12_000]
    packets = [octets[at : at + 188] for at in range(0, len(octets) // 188 * 188, 188)]
    seen = compare(packets, [188 * 7, 188 * 7 + 5, 188 * 1000])
    bad = {one.pid for one in seen.monitor.buffers() if one.b_overflows or one.tb_overflows or one.delay_errors}
    assert bad == ({697} if errors is None else set())
    assert seen.counts()[:2] == (
        sum(one.b_overflows for one in seen.monitor.buffers()) if errors is None else errors,
        0,
    )


# -- damaged


@cache
def both(seed: int) -> tuple[bytes, ...]:
    """Sound and pictures, irregular, tight and late here and there."""
    chance = np.random.default_rng(seed)
    mux = Mux(int(chance.choice([900_000, 2_500_000, 5_000_000])), (VIDEO_STREAM, SOUND_STREAM), first_pcr=12345)
    level = int(chance.choice([11, 30]))
    lead = [int(chance.choice([30, 90, 400])), int(chance.choice([15, 60, 180, 1200]))]
    for n in range(60):
        mux.until(24 * n)
        if n % 9 == 3:
            mux.put_tables()
        if n % 5 == 0:
            stamp = 24 * n + lead[0] if chance.random() < 0.9 else None
            mux.es(VIDEO, avc_head(level) + bytes(int(chance.integers(100, 6000))), stamp, int(chance.integers(1, 3)))
        frames = FRAME * int(chance.integers(1, 4)) + FRAME[: int(chance.integers(0, 9))]
        mux.es(SOUND, frames if n % 7 == 0 else FRAME, 24 * n + lead[1])
    mux.until(1700)
    return tuple(mux.w.packets)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_stream_is_counted_as_the_slow_decoder_does_in_any_cuts(data: st.DataObject):
    packets = list(both(data.draw(st.integers(0, 12))))
    for _ in range(data.draw(st.integers(0, 4))):
        packets = [*packets[:2], *damage(packets[2:], data.draw)]
        if len(packets) < 8:
            return
    compare(packets, data.draw(st.lists(st.integers(0, 188 * len(packets)), max_size=6)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(min_size=187, max_size=187), min_size=4, max_size=60), st.integers(0, 3))
def test_packets_of_chance_are_counted_and_never_raised(tails: list[bytes], mask: int):
    mux = Mux(1_000_000, (VIDEO_STREAM, SOUND_STREAM, PmtStream(0x0F, 0x104), PmtStream(0x11, 0x105)))
    mux.until(40)
    packets = [b"\x47" + bytes((t[0] & 0x40 | 1, t[1] & mask)) + t[2:] for t in tails]
    for n, packet in enumerate(packets):
        mux.w.packets += [packet, NULL]
        if n % 5 == 0:
            mux.tick()
    seen = watched(mux.w.packets)
    assert watched(mux.w.packets, []).monitor.buffers() == seen.monitor.buffers()


def test_a_clock_that_jumps_begins_with_empty_buffers():
    mux = Mux(2_000_000, (SOUND_STREAM,))
    for n in range(40):
        mux.until(24 * n)
        mux.es(SOUND, FRAME, 24 * n + 60)
    at = next(n for n, p in enumerate(mux.w.packets) if n > 600 and p[3] & 0x30 == 0x20)
    packets = [
        with_pcr(p, 10**12 + n * 1504 * SECOND // 2_000_000) if n >= at and p[3] & 0x30 == 0x20 else p
        for n, p in enumerate(mux.w.packets)
    ]
    sound = compare(packets).of(SOUND)
    assert sound.underflows > 0  # the PTS are those of before
    assert replace(sound, underflows=0).b_overflows == 0


@pytest.mark.parametrize("pointer", [0, 38, 150, 183, 255])
def test_a_section_that_is_said_to_begin_with_stuffing_ends_the_packet(pointer: int):
    """It was looked at for ever."""
    mux = Mux(1_000_000, (SOUND_STREAM,))
    mux.until(40)
    mux.w.payload(PMT, bytes([pointer]) + b"\xff" * 183, start=True)
    mux.until(200)
    assert watched(mux.w.packets).of(PMT).b_overflows == 0
