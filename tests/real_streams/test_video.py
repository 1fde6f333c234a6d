"""Pictures in all the shapes that encoders and multiplexers give them: each is one sample, whole and in its place."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.codecs import avc_streams
from tests.differential import ffmpeg_reading
from tests.packaging import television as tv
from tests.real_streams.footage import (
    AUDIO,
    FIRST_DTS,
    PICTURE,
    VIDEO,
    Mux,
    S,
    Unit,
    component,
    footage,
    mux,
    nal_units,
    pes,
    pmt,
    with_nals,
)
from tests.real_streams.viewer import FILE, LIVE, package

AUD, SPS, PPS, SEI, IDR = 9, 7, 8, 6, 5
N_VIDEO = 300


def kind(nal):
    return nal[0] & 0x1F


def same_pictures(view, units, *, codec="avc"):
    view.without_hole()
    counts = view.in_sync(units, codec=codec)
    assert counts["video"] == sum(u.pid == VIDEO for u in units)
    return view


def test_row_13_no_access_unit_delimiter():
    units = with_nals(footage(), lambda nals: [n for n in nals if kind(n) != AUD])
    assert any(kind(n) == AUD for n in nal_units(footage()[0].data))
    view = same_pictures(package(mux(units)), units)
    with_aud = package(mux(footage()))
    assert [s.digest for s in view.samples("video")] == [s.digest for s in with_aud.samples("video")]


@pytest.mark.parametrize("seconds_per_pes", [1, 3])
def test_row_13_no_access_unit_delimiter_and_many_pictures_in_a_pes(seconds_per_pes):
    """One PES packet for many pictures: none is lost, and no time stamp is given to two."""
    plain = with_nals(footage(b_frames=0), lambda nals: [n for n in nals if kind(n) != AUD])
    pictures = [u for u in plain if u.pid == VIDEO]
    at_once = 25 * seconds_per_pes
    joined = [
        replace(pictures[n], data=b"".join(p.data for p in pictures[n : n + at_once]))
        for n in range(0, len(pictures), at_once)
    ]
    view = package(mux([u for u in plain if u.pid == AUDIO] + joined), settings=FILE)
    assert [s.digest for s in view.samples("video")] == [
        s.digest for s in package(mux(plain), settings=FILE).samples("video")
    ]
    assert {s.duration for s in view.samples("video")} == {PICTURE}


@pytest.mark.parametrize(
    "change",
    [
        lambda nals: [nals[0], *nals],
        lambda nals: [n for nal in nals for n in ([nal, nals[0]] if kind(nal) in (SPS, PPS, SEI) else [nal])],
    ],
    ids=["twice", "between parameter sets"],
)
def test_row_14_doubled_access_unit_delimiter(change):
    units = with_nals(footage(), change)
    same_pictures(package(mux(units)), units)


def test_row_15_hevc_one_nal_unit_per_pes():
    units = footage(6, codec="libx265")
    split = []
    for u in units:
        if u.pid != VIDEO:
            split.append(u)
            continue
        for n, nal in enumerate(x for x in nal_units(u.data) if x[0] >> 1 & 0x3F != 35):
            split.append(replace(u, data=b"\0\0\0\1" + nal, stamps="pd" if n == 0 else ""))
    table = pmt(component(0x24, VIDEO), component(0x0F, AUDIO))
    view = package(mux(split, table=table), seconds=6)
    same_pictures(view, units, codec="hevc")
    record = view.periods[0].tracks[0].config.decoder_config
    arrays = record[22]
    assert arrays >= 3  # VPS, SPS, PPS: none is empty
    at, kinds = 23, []
    for _ in range(arrays):
        kinds.append(record[at] & 0x3F)
        count = int.from_bytes(record[at + 1 : at + 3], "big")
        assert count > 0
        at += 3
        for _ in range(count):
            at += 2 + int.from_bytes(record[at : at + 2], "big")
    assert {32, 33, 34} <= set(kinds)


def open_gop():
    """Open GOPs: after the first, random access points are I pictures with a recovery point, never IDR pictures."""
    return footage(12, extra=":open-gop=1:bframes=2:keyint=25")


def test_row_16_open_gop_without_idr():
    kinds = Counter(kind(n) for u in open_gop() if u.pid == VIDEO for n in nal_units(u.data))
    assert kinds[IDR] == 1
    whole = package(mux(open_gop()))
    whole.without_hole()
    assert whole.in_sync(open_gop())["video"] == N_VIDEO
    assert len(whole.published.numbers("video")) >= 6
    # joined in the middle: no IDR ever comes
    joined = [u for u in open_gop() if u.dts >= FIRST_DTS + 2.5 * S]
    view = package(mux(joined), seconds=9.5)
    view.without_hole()
    counts = view.in_sync(joined)
    first = view.samples("video")[0]
    assert first.is_key
    # leading pictures, which refer to what came before, are left out: nothing is shown before the first picture
    assert min(s.time for s in view.samples("video")) == first.time
    assert counts["video"] >= 25 * 8


def test_row_16_open_gop_without_idr_in_a_real_capture(captures):
    octets = (captures / "tsduck/test-026.ts").read_bytes()
    view = package(octets, seconds=2, settings=FILE)
    view.without_hole()
    samples = view.samples("video")
    assert samples[0].is_key
    assert min(s.time for s in samples) == samples[0].time


@pytest.mark.parametrize("flags", [True, False])
def test_row_17_random_access_indicator_everywhere_or_nowhere(flags):
    units = [replace(u, random_access=flags) for u in footage()]
    plain = package(mux(footage()))
    view = package(mux(units))
    assert view.published.octets == plain.published.octets


def test_row_18_parameter_sets_late_rare_or_changing_late():
    octets = tv.stream(12)
    start = tv.first_dts(octets)
    view = package(tv.without_parameter_sets(octets, start + 5 * S))
    view.without_hole()
    times = [s.time for s in view.samples("video")]
    assert view.samples("video")[0].is_key
    assert len(times) >= 25 * 5


def test_row_18_parameter_sets_late_rare_or_changing_rare():
    """PPS in one GOP of five only: it is kept for the others, and nothing is lost."""
    n_gop = 0

    def rare(nals):
        nonlocal n_gop
        if any(kind(n) == IDR for n in nals):
            n_gop += 1
            if n_gop % 5 != 1:
                return [n for n in nals if kind(n) not in (SPS, PPS)]
        return nals

    units = with_nals(footage(), rare)
    view = same_pictures(package(mux(units)), units)
    assert len(view.periods) == 1
    assert {view.published.segments["video", n].independent for n in view.published.numbers("video")} == {True}


def test_row_18_parameter_sets_late_rare_or_changing_another_size():
    writer = Mux()
    big = [u for u in footage(12, size=(160, 112), seed=5) if u.dts >= FIRST_DTS + 6 * S]
    octets = mux([u for u in footage() if u.dts < FIRST_DTS + 6 * S], mux=writer) + mux(big, mux=writer)
    view = package(octets)
    view.without_hole()
    assert [(p.tracks[0].config.width, p.tracks[0].config.height) for p in view.periods] == [(96, 64), (160, 112)]
    assert view.periods[0].tracks[0].init_name != view.periods[1].tracks[0].init_name
    assert view.in_sync([*footage(), *big])["video"] >= 297


def interlaced(field_pictures):
    """H.264 of 25 frames a second in two fields each: MBAFF by x264, or two field pictures made by hand."""
    if not field_pictures:
        return footage(12, extra=":interlaced=1:tff=1", size=(96, 64))
    units = []
    sps = avc_streams.sps(frame_mbs_only=False, width_mbs=6, height_mbs=2)
    for n in range(300):
        idr = n % 25 == 0
        common = {"frame_num": n % 25 % 16, "frame_mbs_only": False, "payload": bytes([n % 250 + 1, n // 250 + 1]) * 40}
        first = avc_streams.coded_slice(
            avc_streams.I if idr else avc_streams.P, idr=idr, field="top", poc_lsb=2 * (n % 25), **common
        )
        second = avc_streams.coded_slice(avc_streams.P, field="bottom", poc_lsb=2 * (n % 25) + 1, **common)
        head = [b"\x09\xf0", sps, avc_streams.pps()] if idr else [b"\x09\xf0"]
        time = FIRST_DTS + n * PICTURE
        data = avc_streams.byte_stream(*head, first, second)
        units.append(Unit(VIDEO, data, time, time, idr))
    return units


@pytest.mark.parametrize("two_pes", [False, True])
@pytest.mark.parametrize("field_pictures", [False, True])
def test_row_19_field_pictures(field_pictures, two_pes):
    units = list(interlaced(field_pictures))
    split = units
    if two_pes and field_pictures:  # each field in a PES packet of its own, with a time of its own
        split = []
        for u in units:
            *rest, second = nal_units(u.data)
            split.append(replace(u, data=b"".join(b"\0\0\0\1" + n for n in rest)))
            half = PICTURE // 2
            split.append(replace(u, data=b"\0\0\0\1" + second, pts=u.pts + half, dts=u.dts + half, random_access=False))
    table = pmt(component(0x1B, VIDEO), *([component(0x0F, AUDIO)] if not field_pictures else []))
    view = package(mux(split, table=table))
    view.without_hole()
    samples = view.samples("video")
    assert len(samples) == N_VIDEO  # frames, not fields
    assert {s.duration for s in samples[:-1]} == {PICTURE}
    assert view.periods[0].tracks[0].config.scan == "interlaced"
    view.in_sync(units)


def test_row_19_field_pictures_in_a_real_capture(captures, ffmpeg, ffprobe):
    file = captures / "tsduck/test-026.ts"
    (video,) = (s for s in ffmpeg_reading.streams(ffprobe, file) if s["codec_type"] == "video")
    assert (video["codec_name"], video["field_order"]) == ("h264", "tt")
    view = package(file.read_bytes(), seconds=2, settings=FILE)
    samples = view.samples("video")
    frames, _ = ffmpeg_reading.hashed(ffmpeg, file, video["index"])
    assert len(samples) == len(frames) - 24  # those before its first random access point
    assert {s.duration for s in samples[1:]} == {PICTURE}  # leading pictures are left out behind the first


@pytest.mark.parametrize("kept", [lambda n: n % 5 != 3, lambda n: n < 100 or n >= 140, lambda n: n % 25 == 0 or n % 3])
def test_row_20_variable_frame_rate(kept):
    pictures = [u for u in footage(b_frames=0) if u.pid == VIDEO]
    units = [u for n, u in enumerate(pictures) if kept(n)] + [u for u in footage(b_frames=0) if u.pid == AUDIO]
    view = package(mux(units))
    same_pictures(view, units)
    samples = view.samples("video")
    assert all(b.time - a.time >= a.duration for a, b in pairwise(samples))
    holes = [b.time - a.time - a.duration for a, b in pairwise(samples)]
    assert max(holes) == 0  # a picture lasts until the next one
    assert len(view.periods) == 1


def test_row_20_variable_frame_rate_one_picture_for_six_seconds():
    """Pictures freeze, sound goes on: all sound is shown, in its place, and the pictures after it as well."""
    units = [u for u in footage() if u.pid == AUDIO or not FIRST_DTS + 4 * S < u.dts < FIRST_DTS + 10 * S]
    view = package(mux(units, pcr_pid=AUDIO), by_pcr=True)
    counts = view.in_sync(units)
    assert counts["video"] >= sum(u.pid == VIDEO for u in units) - 2
    numbers = view.published.numbers("video")
    assert numbers == sorted(numbers)
    start = view.periods[0].presentation_start_90k
    assert max(s.time for s in view.samples("video")) - start == pytest.approx(12 * S, abs=S // 4)


@pytest.mark.parametrize("seconds", [2.5, 6])
@pytest.mark.parametrize("dts", ["jumps with the PTS", "is the PTS in order, two pictures before"])
def test_row_20_variable_frame_rate_one_picture_for_long_in_a_file(seconds, dts):
    """The sound of those seconds was lost as if the signal had gone, and where DTS count pictures a GOP with it."""
    units = [u for u in footage() if u.pid == AUDIO or not FIRST_DTS + 4 * S < u.dts < FIRST_DTS + (4 + seconds) * S]
    pictures = [u for u in units if u.pid == VIDEO]
    if dts != "jumps with the PTS":
        shown = sorted(u.pts for u in pictures)
        decoded = [shown[0] - 2 * PICTURE, shown[0] - PICTURE, *shown]
        pictures = [replace(u, dts=at) for u, at in zip(pictures, decoded, strict=False)]
    units = [*pictures, *(u for u in units if u.pid == AUDIO)]
    view = package(mux(units, pcr_pid=AUDIO), settings=FILE)
    view.without_hole()
    counts = view.in_sync(units)
    assert view.reasons == ["start"]
    assert counts["audio"] >= sum(u.pid == AUDIO for u in units) - 5
    assert counts["video"] >= len(pictures) - 4  # those that refer to what was left out
    assert max(s.duration for s in view.samples("video")) > seconds * S - 5 * PICTURE


def test_row_21_huge_picture_of_unbounded_pes():
    """An I picture of 3 MB, over sixteen thousand packets, PES_packet_length 0."""
    units = list(footage())
    at = next(i for i, u in enumerate(units) if u.pid == VIDEO and u.dts >= FIRST_DTS + 4 * S and u.random_access)
    filler = b"\0\0\0\1\x0c" + b"\xff" * 3_000_000 + b"\x80"
    units[at] = replace(units[at], data=units[at].data + filler, unbounded=True)
    units = [replace(u, unbounded=True) if u.pid == VIDEO else u for u in units]
    view = package(mux(units))
    same_pictures(view, units)
    assert not view.faults


def fills_its_packets(unit):
    """A picture with filler whose unbounded PES packet ends with a transport packet; of two one does."""
    unit = replace(unit, data=unit.data + b"\0\0\0\1\x0c\xff\x80", unbounded=True, random_access=False)
    for room in (184, 176):  # the first packet has no PCR, or one
        n = -(len(pes(unit, 0xE0)) - room) % 184
        yield replace(unit, data=unit.data[:-1] + b"\xff" * n + b"\x80")


@pytest.mark.parametrize("block_octets", [188, 188 * 7, 1 << 20])
def test_row_21_huge_picture_of_unbounded_pes_may_end_with_the_last_packet_of_a_file(block_octets):
    """As 1 in 184 does: it is whole if sound comes to its time after it, and otherwise it may go on."""
    pictures = [replace(u, unbounded=True) for u in footage(4) if u.pid == VIDEO]
    sound = [u for u in footage(6) if u.pid == AUDIO]
    for last in fills_its_packets(pictures[-1]):
        until = [u for u in sound if u.pts < last.dts - S // 10]
        whole = mux([*pictures[:-1], last, *until, *(u for u in sound if last.dts < u.dts < last.dts + S // 2)])
        end = mux([*pictures[:-1], last, *until])
        if is_full(end[-188:]):
            break
    assert is_full(end[-188:])
    cases = {"whole": (whole, 0), "nothing follows": (end, 1), "cut": (end[:-188], 1)}
    for octets, n_lost in cases.values():
        view = package(octets, seconds=4, settings=FILE, block_octets=block_octets)
        assert len(view.samples("video")) == len(pictures) - n_lost


def is_full(packet):
    return packet[1] & 0x1F == VIDEO >> 8 and packet[2] == VIDEO & 0xFF and not packet[3] & 0x20


def test_row_21_huge_picture_of_unbounded_pes_that_never_ends():
    """40 MB without a picture's end: it is dropped and counted, memory stays bounded, and the stream goes on."""
    writer = Mux()
    before = mux([u for u in footage() if u.dts < FIRST_DTS + 4 * S], mux=writer)
    for n in range(40_000_000 // 184):
        writer.packet(VIDEO, (b"\xb7" * 183 + bytes([n % 251 + 1])))
    flood = b"".join(writer.packets[len(before) // 188 :])
    after = mux([u for u in footage() if u.dts >= FIRST_DTS + 8 * S], mux=writer)
    view = package(before, flood, after, seconds=4, block_octets=188 * 350)
    view.in_sync(footage())
    assert view.faults["oversized_access_unit"] >= 1
    times = [s.time - view.periods[0].presentation_start_90k for s in view.samples("video")]
    assert max(times) > 11 * S
    framer = view.packager.programme._inputs[VIDEO].framer
    assert sum(getattr(framer, name).nbytes for name in vars(framer) if hasattr(getattr(framer, name), "nbytes")) < 40e6


@pytest.mark.parametrize("live", [True, False])
def test_row_45_no_random_access_point_for_long(live):
    """A random access point each 12 s only: segments stay short where they must, and say that they are not independent."""
    writer = Mux()
    units = footage(24, gop=300, b_frames=0)
    view = package(mux(units, mux=writer), seconds=24, settings=LIVE if live else FILE)
    view.without_hole()
    numbers = view.published.numbers("video")
    segments = [view.published.segments["video", n] for n in numbers]
    keys = {s.time for s in view.samples("video") if s.is_key}
    assert len(keys) == 2
    if live:
        assert max(s.duration_ticks for s in segments) < 2 * 180_000
        assert [s.independent for s in segments].count(True) == 2
    else:
        assert all(s.independent for s in segments)
    view.in_sync(units)


@pytest.mark.parametrize("settings", [LIVE, FILE], ids=["live", "file"])
def test_of_two_pictures_in_a_programme_the_first_is_shown(settings):
    """Each random access point of either took the other's place: a period for each, and pictures lost in all of them."""
    beside = [replace(u, pid=0x180) for u in footage(seed=9, audio="", size=(160, 112))]
    table = pmt(component(0x1B, VIDEO), component(0x0F, AUDIO), component(0x1B, 0x180))
    for units in ([*footage(), *beside], [*beside, *footage()]):
        view = package(mux(units, table=table), settings=settings)
        same_pictures(view, footage())
        assert view.tracks() == [["video", "audio"]]


def test_of_two_pictures_in_a_programme_the_second_is_shown_where_of_the_first_nothing_comes():
    table = pmt(component(0x1B, 0x180), component(0x1B, VIDEO), component(0x0F, AUDIO))
    view = package(mux(footage(), table=table), settings=FILE)
    view.in_sync(footage())
    assert len(view.samples("video-2")) == N_VIDEO
