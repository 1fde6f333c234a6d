"""Time stamps that wrap, jump, stutter or are missing: pictures and sound stay together, numbers never fall."""

from dataclasses import replace

import pytest

from tests.packaging import television as tv
from tests.packaging.test_programme import NOW
from tests.real_streams.footage import (
    AUDIO,
    FIRST_DTS,
    FRAME,
    PCR_LEAD,
    PICTURE,
    VIDEO,
    WRAP,
    Mux,
    S,
    component,
    footage,
    mux,
    packets,
    pid_of,
    pmt,
)
from tests.real_streams.viewer import package
from yiwang.mpegts.tr_101_290 import INDICATORS

SECONDS = 12
WHOLE = {"video": 25 * SECONDS, "audio": 563}
"""Samples of `footage`: the last frame of sound may begin after the last picture."""


def all_there(view, units, *, periods=1):
    """Everything is published, in so many periods, in sync and without a hole."""
    view.without_hole()
    assert len(view.periods) == periods
    counts = view.in_sync(units)
    assert counts["video"] == sum(u.pid == VIDEO for u in units)
    assert counts["audio"] >= sum(u.pid == AUDIO for u in units) - 2 * periods


@pytest.mark.parametrize("what_wraps_at_5_s", ["pts", "dts", "pcr"])
def test_row_01_wrap_at_2_33(what_wraps_at_5_s):
    at = FIRST_DTS + 5 * S + {"pts": 2 * PICTURE, "dts": 0, "pcr": -PCR_LEAD}[what_wraps_at_5_s]
    units = [u.moved(WRAP - at) for u in footage()]
    view = package(mux(units))
    all_there(view, units)
    assert not view.faults


def test_row_01_wrap_at_2_33_in_a_real_capture(captures):
    octets = (captures / "tsduck/test-072.ts").read_bytes()
    whole = package(octets, seconds=6)
    wrapping = package(tv.shifted(octets, WRAP - tv.first_dts(octets) - 3 * S), seconds=6)
    assert len(wrapping.periods) == 1
    for track in ("video", "audio"):
        a, b = whole.samples(track), wrapping.samples(track)
        common = min(len(a), len(b))  # cells lie elsewhere, so the first random access point may be another one
        assert common > 0.6 * len(a)
        assert [s.digest for s in a[-common:]] == [s.digest for s in b[-common:]]
        steps = [
            (x.time - a[-common].time, y.time - b[-common].time) for x, y in zip(a[-common:], b[-common:], strict=True)
        ]
        assert all(abs(x - y) <= 2 for x, y in steps)


@pytest.mark.parametrize("picture", [24, 25, 26, 27, 28])
def test_row_02_dts_before_the_wrap_pts_after_it(picture):
    pictures = [u for u in footage() if u.pid == VIDEO]
    dts, pts = pictures[picture].dts, pictures[picture].pts
    assert dts < pts
    units = [u.moved(WRAP - (dts + pts) // 2) for u in footage()]
    assert any(u.dts < WRAP <= u.pts for u in units)
    sound_first = [replace(u, dts=u.dts - S) if u.pid == AUDIO else u for u in units]  # and audio comes before video
    for case in (units, sound_first):
        view = package(mux(case))
        all_there(view, units)
        assert not view.faults


@pytest.mark.parametrize("to", [3 * S, 40_000 * S, WRAP - 20 * S])
def test_row_03_pcr_discontinuity_with_the_flag(to):
    units = list(footage(6))
    after = [u.moved(to - FIRST_DTS) for u in units]
    writer = Mux()
    before_it = mux(units, mux=writer)
    # old sound is still queued in the multiplexer when the new base begins
    late = [packet for packet in packets(before_it)[-40:] if pid_of(packet) == AUDIO]
    head = b"".join(p for p in packets(before_it)[:-40]) + b"".join(
        p for p in packets(before_it)[-40:] if pid_of(p) != AUDIO
    )
    new = packets(mux(after, mux=writer, discontinuity=True))
    octets = head + b"".join(new[:4]) + b"".join(late) + b"".join(p for p in new[4:])
    # counters of sound go on in the order in which its packets stand: the late ones came before all new ones
    view = package(octets, seconds=SECONDS)
    view.without_hole()
    assert len(view.periods) == 2
    counts = view.in_sync(units)
    assert counts["video"] == 2 * 25 * 6
    assert counts["audio"] > 0.97 * 2 * sum(u.pid == AUDIO for u in units)
    a, b = view.periods
    assert abs(b.presentation_start_90k - a.presentation_start_90k - 6 * S) <= 2 * PICTURE


@pytest.mark.parametrize("by", [5 * S, 3600 * S, -3600 * S, -2 * S, WRAP // 2 - 1])
def test_row_04_time_jump_without_a_flag(by):
    units = list(footage(6))
    writer = Mux()
    view = package(mux(units, mux=writer) + mux([u.moved(6 * S + by) for u in units], mux=writer))
    all_there(view, [*units, *units], periods=2)
    assert view.faults["time_jump"] == 1
    assert abs(view.periods[1].presentation_start_90k - view.periods[0].presentation_start_90k - 6 * S) <= 2 * PICTURE


@pytest.mark.parametrize("by", [0, 3600 * S, -300 * S])  # 0: pictures step back by 0.3 s, sound by chance by nothing
@pytest.mark.parametrize("n_packets", [1, 7, 21, 200])  # of a block: what is lost of the sound does not depend on it
def test_row_04_time_jump_without_a_flag_between_two_real_streams(captures, by, n_packets):
    one, other = ((captures / f"mux.js/{name}.ts").read_bytes() for name in ("test-segment", "sintel-captions"))
    view = package(one, tv.shifted(other, by), one, seconds=8, block_octets=188 * n_packets)
    view.without_hole()
    assert len(view.periods) == 3
    heights = [next(h.config.height for h in p.tracks if h.name == "video") for p in view.periods]
    assert heights[0] == heights[2]
    for period in view.periods:
        pictures, sound = view.samples("video", period), view.samples("audio", period)
        assert pictures[0].is_key
        assert abs(min(s.time for s in pictures) - sound[0].time) <= S // 10


def test_row_05_looped_file():
    rounds, seconds = 120, 2
    units = list(footage(seconds))
    writer = Mux()
    view = package(*(mux(units, mux=writer) for _ in range(rounds)), seconds=seconds)
    view.without_hole()
    assert len(view.periods) == rounds
    assert set(view.reasons[1:]) == {"time jump"}
    numbers = view.published.numbers("video")
    assert numbers == sorted(numbers)
    starts = [p.presentation_start_90k for p in view.periods]
    assert all(b - a > S for a, b in zip(starts, starts[1:], strict=False))
    drift = starts[-1] - starts[0] - (rounds - 1) * seconds * S
    assert abs(drift) < S  # of the wall clock of the media against the wall clock
    counts = view.in_sync(units)
    assert counts["video"] == rounds * seconds * 25
    assert counts["audio"] > 0.97 * rounds * sum(u.pid == AUDIO for u in units)


@pytest.mark.parametrize(
    "case", ["no dts", "dts after pts", "equal dts", "neither in most pictures", "dts is the next one's"]
)
def test_row_06_pts_without_dts_or_dts_after_pts(case):
    units = list(footage())
    n_video = 0
    for i, u in enumerate(units):
        if u.pid != VIDEO:
            continue
        n_video += 1
        match case:
            case "no dts":
                units[i] = replace(u, stamps="p")
            case "dts after pts" if n_video % 10 == 5:
                units[i] = replace(u, dts=u.pts + PICTURE)
            case "equal dts" if n_video % 2:
                units[i] = replace(u, dts=u.dts - PICTURE)
            case "neither in most pictures" if not u.random_access:
                units[i] = replace(u, stamps="")
            case "dts is the next one's":
                units[i] = replace(u, dts=u.dts + PICTURE)
    order = [u.pts for u in footage() if u.pid == VIDEO]  # as they stand in the multiplex
    view = package(mux_in_order(units))
    view.without_hole()
    assert len(view.periods) == 1
    samples = view.samples("video")
    # who starts between a picture's PTS and DTS cannot know the next one's PTS, and takes it for a leading picture
    assert len(samples) >= len(order) - (case == "neither in most pictures")
    if case == "neither in most pictures":
        assert all(s.duration > 0 for s in samples)
    else:
        view.in_sync(footage())


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_row_06_pts_without_dts_or_dts_after_pts_of_none_is_even_and_alike_wherever_one_joined(codec):
    extra = "" if codec == "libx264" else ":bframes=4:b-adapt=0:rc-lookahead=10"
    units = [replace(u, stamps="p") if u.pid == VIDEO else u for u in footage(8, codec=codec, extra=extra, b_frames=3)]
    table = pmt(component(0x1B if codec == "libx264" else 0x24, VIDEO), component(0x0F, AUDIO))
    octets, views = mux(units, table=table), []
    for at in (0, len(octets) // 188 // 6 * 188):
        share = at / len(octets)
        views.append(package(octets[at:], seconds=8 * (1 - share), now_90k=NOW + round(8 * share * S)))
    begin = views[1].published.numbers("video")[1]
    of_both = [{key: data for key, data in v.published.octets.items() if key[1] >= begin} for v in views]
    assert of_both[0] == of_both[1]
    assert len(of_both[0]) >= 4
    assert {sample.duration for sample in views[0].samples("video")[20:]} == {PICTURE}
    assert views[0].reasons == ["start"]


def mux_in_order(units):
    """Multiplex units in the order in which they are, whatever their DTS says."""
    writer, out = Mux(), b""
    true = sorted(footage(), key=lambda u: u.dts)
    written = dict(zip((u.data for u in true), true, strict=True))
    by_place = sorted(units, key=lambda u: written[u.data].dts)
    for n, u in enumerate(by_place):
        out += mux([u], mux=writer, tables_every=0) if n % 50 == 0 else one_unit(writer, u)
    return out


def one_unit(writer, unit):
    first = len(writer.packets)
    pcr = (unit.dts - PCR_LEAD) * 300 if unit.pid == VIDEO else None
    writer.unit(unit, 0xE0 if unit.pid == VIDEO else 0xC0, pcr)
    return b"".join(writer.packets[first:])


@pytest.mark.parametrize(("jitter_ms", "every"), [(5, 1), (30, 4), (50, 7)])
def test_row_07_jitter_of_audio_pts(jitter_ms, every):
    units = list(footage())
    sound = [i for i, u in enumerate(units) if u.pid == AUDIO]
    for n, i in enumerate(sound):
        if n % every == 0:
            units[i] = replace(units[i], pts=units[i].pts + (-1) ** (n // every) * jitter_ms * 90 // 2)
    view = package(mux(units))
    all_there(view, footage()) if jitter_ms < 21 else view.without_hole()
    assert len(view.periods) == 1
    frames = view.samples("audio")
    assert len({s.digest for s in frames}) == len(frames) >= len(sound) - 2  # none is lost or doubled
    sources = {s.digest: s for s in package(mux(footage())).samples("audio")}
    apart = [abs(s.time - sources[s.digest].time) for s in frames if s.digest in sources]
    assert max(apart) <= jitter_ms * 90 + FRAME


def test_row_07_jitter_of_audio_pts_and_a_real_gap():
    units = [u for u in footage() if not (u.pid == AUDIO and FIRST_DTS + 5 * S <= u.pts < FIRST_DTS + 5.5 * S)]
    view = package(mux(units))
    view.in_sync(units)  # what comes after the gap is where it belongs
    assert len(view.periods) <= 2  # signalled once at most
    assert len(view.samples("audio")) >= sum(u.pid == AUDIO for u in units) - 3


def alarms(view, *names):
    counts = dict(zip((i.name for i in INDICATORS), view.monitor.counts(), strict=True))
    return [counts[name] for name in names]


@pytest.mark.parametrize("pcr_pid", [VIDEO, AUDIO, 0x1F0, None])
def test_row_08_pcr_on_its_own_pid_on_audio_or_absent(pcr_pid):
    usual = package(mux(footage()))
    view = package(mux(footage(), pcr_pid=pcr_pid))
    all_there(view, footage())
    assert view.published.octets == usual.published.octets


def test_row_08_pcr_on_its_own_pid_on_audio_or_absent_gives_an_alarm():
    octets = mux(footage())
    rare = b"".join(
        p for n, p in enumerate(packets(octets)) if not (p[3] & 0x20 and p[4] and p[5] & 0x10) or n % 3 == 0
    )
    assert alarms(package(octets), "pcr_repetition_error") == [0]
    assert alarms(package(rare), "pcr_repetition_error") != [0]


@pytest.mark.parametrize("start", [1 << 32, (1 << 32) - 3 * S, WRAP - 1, 0xFFFF_FFFF * 90 % WRAP])
def test_row_46_times_beyond_32_bits(start):
    units = [u.moved(start) for u in footage()]
    view = package(mux(units))
    all_there(view, units)
    for period in view.periods:
        (first,) = {view.published.segments["video", period.first_number].start_ticks}
        assert first > 1 << 40  # 64 bits of the 90 kHz since 1970
    assert view.samples("video")[0].time >= view.periods[0].presentation_start_90k - S
