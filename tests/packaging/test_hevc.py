"""HEVC television packaged: what a viewer decodes of it is what the source has, at joins and after losses too."""

import io
from collections import Counter
from hashlib import md5
from itertools import pairwise

import av
import pytest

from tests.packaging import hevc_television as hevc
from tests.packaging import television as tv
from tests.packaging.test_programme import NOW, package

RASL = (8, 9)


def decoded(octets):
    """Pictures by presentation order: [(pts, digest)]."""
    with av.open(io.BytesIO(octets)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        frames = [frame for packet in container.demux(stream) for frame in stream.decode(packet)]
    found = []
    for frame in frames:
        planes = frame.to_ndarray()
        found.append((frame.pts, md5(planes.tobytes(), usedforsecurity=False).hexdigest()))
    return found


def track_of(published, period=0, name="video"):
    """Octets of a track of one period: its header and its segments."""
    header = next(h for h in published.periods[period].tracks if h.name == name)
    first = published.periods[period].first_number
    ends = [p.first_number for p in published.periods[period + 1 : period + 2]] or [1 << 62]
    numbers = [n for n in published.numbers(name) if first <= n < ends[0]]
    return header.init + b"".join(published.octets[name, n] for n in numbers)


def faults_of(packager):
    counts = Counter()
    for fault in packager.drain_faults():
        counts[fault.name] += fault.count
    return counts


def digests(frames):
    return [digest for _, digest in frames]


def check_decoding_times(octets):
    """Samples follow each other without a hole in decoding time: Media Source Extensions drop what comes after one."""
    with av.open(io.BytesIO(octets)) as container:
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
    assert all(b.dts - a.dts == a.duration for a, b in pairwise(packets))


@pytest.fixture(scope="module")
def source():
    return decoded(hevc.stream())


@pytest.mark.parametrize("change", [lambda octets: octets, hevc.without_delimiters], ids=["AUD", "no AUD"])
def test_every_picture_of_an_open_gop_is_there_and_unchanged(source, change):
    published, packager = package(change(hevc.stream()), duration_s=10)
    published.check_timelines()
    assert digests(decoded(track_of(published))) == digests(source)
    check_decoding_times(track_of(published))
    assert faults_of(packager) == {}
    (period,) = published.periods
    assert period.tracks[0].config.codec.startswith("hvc1.1.6.L")
    segments = [s for (track, _), s in published.segments.items() if track == "video"]
    assert all(s.independent for s in segments)
    assert len(segments) >= 4


def test_at_a_join_in_an_open_gop_the_first_picture_is_the_cra_and_none_is_broken(source):
    octets = hevc.stream()
    pictures = hevc.pictures_at(octets)
    start, kind = pictures[20]
    assert kind not in RASL
    cra = next(n for n in range(20, len(pictures)) if pictures[n][1] == 21)
    tables = tv.packets(octets)[:3]
    published, packager = package(tv.continuous([b"".join(tables), octets[188 * start :]]), duration_s=9)
    frames = decoded(track_of(published))
    leading = sum(kind in RASL for _, kind in pictures[cra : cra + 5])
    assert leading == 2
    assert len(frames) == len(pictures) - cra - leading
    assert digests(frames) == digests(source)[cra + leading :]
    assert faults_of(packager) == {}


@pytest.mark.parametrize("before", [1, 2, 3, 9, 12])
def test_after_a_loss_before_a_cra_what_needs_it_is_left_out_and_all_from_the_cra_on_is_right(source, before):
    octets = hevc.stream()
    pictures = hevc.pictures_at(octets)
    cra = [n for n, (_, kind) in enumerate(pictures) if kind == 21][2]
    published, packager = package(hevc.without_picture(octets, cra - before), duration_s=10)
    published.check_timelines()
    assert len(published.periods) == 1
    frames = digests(decoded(track_of(published)))
    leading = sum(kind in RASL for _, kind in pictures[cra : cra + 5])
    assert leading
    left_out = faults_of(packager)["undecodable_leading_picture"]
    assert left_out in (0, leading)
    assert left_out == {1: 0, 2: 0, 3: leading}.get(
        before, left_out
    )  # the last two before the CRA are of use to no leading one
    rest = digests(source)[cra + left_out :]
    assert frames[-len(rest) :] == rest
    assert set(frames) <= set(digests(source))
    check_decoding_times(track_of(published))


def test_the_leading_pictures_of_a_bla_are_left_out(source):
    octets = hevc.stream()
    pictures = hevc.pictures_at(octets)
    published, packager = package(hevc.with_headers(octets, hevc.CRA_HEADER, hevc.BLA_HEADER), duration_s=10)
    frames = decoded(track_of(published))
    n_leading = sum(kind in RASL for _, kind in pictures)
    assert n_leading >= 10
    assert len(frames) == len(source) - n_leading
    assert set(digests(frames)) <= set(digests(source))
    assert faults_of(packager) == {}
    check_decoding_times(track_of(published))


def test_a_hole_in_time_ends_a_period_and_the_next_one_begins_whole_at_a_cra(source):
    octets = hevc.stream(10)
    pictures = hevc.pictures_at(octets)
    rows = tv.packets(octets)
    away = range(pictures[90][0], pictures[150][0])
    cra = next(n for n in range(150, len(pictures)) if pictures[n][1] == 21)
    lossy = b"".join(p for n, p in enumerate(rows) if n not in away)
    published, _ = package(lossy, duration_s=7.6, gaps={188 * pictures[90][0]: 216_000})
    published.check_timelines()
    assert len(published.periods) == 2
    frames = digests(decoded(track_of(published, 1)))
    leading = sum(kind in RASL for _, kind in pictures[cra : cra + 5])
    assert frames == digests(source)[cra + leading :]


def test_another_picture_size_begins_a_period_with_its_own_header():
    one, two = hevc.stream(6), hevc.stream(6, size=(128, 96))
    joined = tv.continuous([one, tv.shifted(two, 6 * 90_000)])
    published, _ = package(joined, duration_s=12)
    published.check_timelines()
    assert [[t.config.width for t in p.tracks if t.name == "video"] for p in published.periods] == [[96], [128]]
    first, second = (decoded(track_of(published, n)) for n in (0, 1))
    assert set(digests(first)) <= set(digests(decoded(one)))
    assert set(digests(second)) <= set(digests(decoded(two)))
    assert len(first) + len(second) >= 290
    assert len({t.init_name for p in published.periods for t in p.tracks if t.name == "video"}) == 2


def test_block_borders_and_a_late_join_leave_no_trace():
    octets = hevc.stream()
    whole, _ = package(octets, duration_s=10)
    cut, _ = package(octets, duration_s=10, cuts=list(range(0, len(octets), 188 * 13 + 57)))
    assert cut.octets == whole.octets
    at = 188 * hevc.pictures_at(octets)[70][0]
    tables = b"".join(tv.packets(octets)[:3])
    late, _ = package(tables + octets[at:], duration_s=7.2, now_90k=NOW + 2 * 252_000)
    common = [key for key in late.octets if key in whole.octets][2:]
    assert len(common) >= 2
    assert all(late.octets[key] == whole.octets[key] for key in common)
    assert late.periods[0].tracks[0].init_name == whole.periods[0].tracks[0].init_name


def test_main_10_with_hdr10_metadata_keeps_it_in_the_header(source):
    published, _ = package(hevc.stream(6, parameters=hevc.HDR10, bits=10), duration_s=6)
    config = published.periods[0].tracks[0].config
    assert config.codec.startswith("hvc1.2.4.L")
    assert config.colour == (9, 16, 9, False)
    assert len(published.periods) == 1
    with av.open(io.BytesIO(track_of(published))) as container:
        context = container.streams.video[0].codec_context
        assert (context.pix_fmt, context.color_primaries, context.color_trc) == ("yuv420p10le", 9, 16)
    assert b"mdcv" in published.periods[0].tracks[0].init
    assert b"clli" in published.periods[0].tracks[0].init


def test_private_data_that_is_registered_as_hevc_is_packaged(source):
    published, packager = package(hevc.as_private_data(hevc.stream()), duration_s=10)
    assert digests(decoded(track_of(published))) == digests(source)
    assert packager.skipped == ()


@pytest.mark.parametrize("header", [b"\x40\x01", b"\x42\x01", b"\x44\x01"], ids=["VPS", "SPS", "PPS"])
def test_late_parameter_sets_begin_the_channel_at_the_cra_they_come_with(source, header):
    pictures = hevc.pictures_at(hevc.stream())
    cra = [n for n, (_, kind) in enumerate(pictures) if kind == 21][1]
    published, packager = package(hevc.without_sets(hevc.stream(), header, cra), duration_s=10)
    leading = sum(kind in RASL for _, kind in pictures[cra : cra + 5])
    assert digests(decoded(track_of(published))) == digests(source)[cra + leading :]
    assert faults_of(packager) == {}  # before the first pictures they are no fault


@pytest.mark.parametrize("share", [0.002, 0.02, 0.1])
@pytest.mark.parametrize("seed", range(3))
def test_under_loss_what_is_published_is_decodable_in_order_and_most_of_it_right(source, share, seed):
    published, packager = package(hevc.with_losses(hevc.stream(), share, seed), duration_s=10)
    published.check_timelines()
    known, right, shown = set(digests(source)), 0, 0
    for n in range(len(published.periods)):
        octets = track_of(published, n)
        check_decoding_times(octets)
        frames = decoded(octets)
        assert [pts for pts, _ in frames] == sorted({pts for pts, _ in frames})
        shown += len(frames)
        right += sum(digest in known for digest in digests(frames))
    assert 0 < shown <= len(source)
    if share < 0.01:
        assert right >= 0.6 * len(source)
    else:
        assert faults_of(packager)["damaged_access_unit"]


@pytest.mark.slow
def test_2160p50_is_packaged_whole():
    """An IDR picture and a CRA picture with its leading ones, at the bit rate of broadcasts: finer ones take long to encode."""
    parameters = "level-idc=5.1:frame-threads=1:pools=2:crf=40:ipratio=6"
    octets = hevc.stream(0.64, size=(3840, 2160), rate=50, bits=10, parameters=parameters)
    pictures = hevc.pictures_at(octets)
    assert max(188 * (b - a) for (a, _), (b, _) in pairwise(pictures)) > 500_000
    assert [kind for _, kind in pictures if kind in (*RASL, 20, 21)] == [20, 21, 9, 8]
    published, packager = package(octets, duration_s=0.64)
    config = published.periods[0].tracks[0].config
    assert (config.width, config.height, config.frame_rate) == (3840, 2160, (50, 1))
    with av.open(io.BytesIO(track_of(published))) as container:
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
        assert len(packets) == 32
    check_decoding_times(track_of(published))
    assert faults_of(packager) == {}
