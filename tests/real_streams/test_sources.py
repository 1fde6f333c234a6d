"""Sources whose clock is off, that fall silent, that come in bursts; our own restart; the wall clock's steps."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.origin import mpd_reader, playlist_reader
from tests.packaging import television as tv
from tests.packaging.test_programme import NOW
from tests.real_streams.footage import AUDIO, FIRST_DTS, FRAME, PICTURE, VIDEO, WRAP, Mux, S, footage, mux
from tests.real_streams.viewer import View, package, source_times
from tests.services.hand_fed import Feeder, feeder, network
from yiwang.base.errors import NotYetAvailable
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media
from yiwang.packaging.timeline import TimelineState

NOW_MS = NOW // 90


@pytest.mark.parametrize("ppm", [-100, -30, 0, 30, 100])
def test_row_38_source_clock_off(ppm):
    """Sound and pictures follow the source's own clock; numbers and times are a function of the stream, not of ours."""
    units = list(footage())
    rounds, writer = 6, Mux()
    once = [u for u in units if u.pid == VIDEO or u.dts < FIRST_DTS + 12 * S - FRAME]
    parts = [mux([u.moved(n * 12 * S) for u in once], mux=writer) for n in range(rounds)]
    view = package(*parts, seconds=12 * (1 + ppm / 1e6))
    view.without_hole()
    assert len(view.periods) == 1
    view.in_sync([u.moved(n * 12 * S) for n in range(rounds) for u in units], within=2 * FRAME)
    exact = package(*parts, seconds=12)
    assert exact.published.octets.keys() == view.published.octets.keys()
    assert all(view.published.octets[key] == octets for key, octets in exact.published.octets.items())


def test_row_38_source_clock_off_by_a_permille_between_sound_and_pictures():
    """An encoder whose sound card runs 0.1 % fast: its PTS say so, and sound stays with them."""
    units = [replace(u, pts=FIRST_DTS + round((u.pts - FIRST_DTS) * 0.999)) if u.pid == AUDIO else u for u in footage()]
    view = package(mux(units))
    view.without_hole()
    assert view.in_sync(units)["audio"] >= 560


@pytest.mark.parametrize("silence_s", [1, 10, 60, 600])
@pytest.mark.parametrize("same_clock", [True, False])
def test_row_39_source_silent(silence_s, same_clock):
    units = list(footage(6))
    writer = Mux()
    by = (6 + silence_s) * S if same_clock else 5000 * S
    view = package(
        mux(units, mux=writer), mux([u.moved(by) for u in units], mux=writer), seconds=6, silences=[silence_s]
    )
    assert view.in_sync([*units, *(u.moved(by) for u in units)])["video"] == 2 * 150
    numbers = view.published.numbers("video")
    assert numbers == sorted(set(numbers))
    if same_clock and silence_s <= 1:
        assert len(view.periods) == 1  # within what a picture may last
    else:
        assert len(view.periods) == 2
        a, b = view.periods
        assert b.presentation_start_90k - a.presentation_start_90k == pytest.approx((6 + silence_s) * S, abs=3 * S)


@pytest.mark.parametrize("same_clock", [True, False])
def test_row_39_source_silent_while_viewers_hold_on(tmp_path, same_clock):
    """Manifests stay valid all the time; MEDIA-SEQUENCE never falls, availabilityStartTime never moves."""
    channels = network(tmp_path, "one", "other").channels
    channel, neighbour = channels["one"], feeder(channels["other"], length_s=24, now_ms=NOW_MS)
    feed = feeder(channel, now_ms=NOW_MS)
    feed.seconds(6)
    neighbour.seconds(6)
    read = [playlist_reader.read(hls_media(channel.presentation, "video"))]
    starts = set()
    for silent_s in (1, 10, 60):
        feed.now_ms = NOW_MS + 6000 + 1000 * silent_s
        read.append(playlist_reader.read(hls_media(channel.presentation, "video")))
        playlist_reader.check_successor(read[-2], read[-1])
        starts.add(mpd_reader.read(dash_mpd(channel.presentation, int(feed.now_ms)))[0].get("availabilityStartTime"))
    assert channel.state(int(feed.now_ms)) == "no-signal"
    neighbour.seconds(6)
    assert channels["other"].state(int(neighbour.now_ms)) == "live"
    by = 66 * S - 6 * S if same_clock else 70_000 * S
    rest = tv.shifted(feed.octets[feed.at :], by)
    back = Feeder(rest, channel, length_s=6, now_ms=int(feed.now_ms))
    unready_ms = 0.0
    while back.at < len(back.octets):
        before_ms = back.now_ms
        back.block()
        try:
            playlist = playlist_reader.read(hls_media(channel.presentation, "video"))
        except NotYetAvailable:  # all that was listed has left the window, and the first new segment is not whole
            unready_ms += back.now_ms - before_ms
            continue
        assert playlist.msn >= read[-1].msn
        if playlist.segments[0].msn <= read[-1].segments[-1].msn:
            playlist_reader.check_successor(read[-1], playlist)
        read.append(playlist)
        starts.add(mpd_reader.read(dash_mpd(channel.presentation, int(back.now_ms)))[0].get("availabilityStartTime"))
    assert unready_ms < 1100  # a segment is a second long here
    assert channel.state(int(back.now_ms)) == "live"
    assert read[-1].segments[-1].discontinuity_sequence == read[0].segments[-1].discontinuity_sequence + 1
    assert starts == {"1970-01-01T00:00:00Z"}


@pytest.mark.parametrize("clock_step_s", [0, -3600, 3600])
@pytest.mark.parametrize("down_s", [0.5, 30])
def test_row_40_restart_of_ours(down_s, clock_step_s):
    """Killed and started again; meanwhile NTP may have set the wall clock: numbers go on, one discontinuity."""
    units = list(footage())
    writer = Mux()
    before = mux([u for u in units if u.dts < FIRST_DTS + 6 * S], mux=writer)
    after = mux([u.moved(round(down_s * S)) for u in units if u.dts >= FIRST_DTS + 6 * S], mux=writer)
    first = package(before, seconds=6, flush=False)
    saved = TimelineState.from_dict(first.packager.state.to_dict())
    second = package(
        after, seconds=6, saved=saved, now_90k=first.now_90k + round((down_s + clock_step_s) * S), view=View()
    )
    assert min(second.published.numbers("video")) > max(first.published.numbers("video"))
    assert [p.period_id for p in second.periods] == [first.periods[-1].period_id + 1]
    assert second.periods[0].presentation_start_90k > first.periods[0].presentation_start_90k
    assert second.in_sync(units)["video"] >= 25 * 4 - 1
    second.without_hole()


@pytest.mark.parametrize("at", [NOW, NOW - WRAP // 3])
@pytest.mark.parametrize("clock_step_s", [-3600, -1, 1, 3600])
def test_row_40_restart_of_ours_is_not_needed_when_the_wall_clock_steps(clock_step_s, at):
    """While it runs, a step of the wall clock changes nothing of a stream that goes on."""
    units = list(footage())
    writer = Mux()
    parts = [
        mux([u for u in units if u.dts < FIRST_DTS + 6 * S], mux=writer),
        mux([u for u in units if u.dts >= FIRST_DTS + 6 * S], mux=writer),
    ]
    stepped = package(*parts, seconds=6, silences=[clock_step_s], now_90k=at)
    steady = package(*parts, seconds=6, now_90k=at)
    assert stepped.published.octets == steady.published.octets
    assert stepped.reasons == ["start"]


@pytest.mark.parametrize("clock_step_s", [-1, 1])
def test_row_41_leap_second(clock_step_s):
    """UTC says a second twice, or a smeared server is a second off: media time, numbers and dates go on evenly."""
    units = list(footage())
    writer = Mux()
    parts = [
        mux([u for u in units if u.dts < FIRST_DTS + 6 * S], mux=writer),
        mux([u for u in units if u.dts >= FIRST_DTS + 6 * S], mux=writer),
    ]
    view = package(*parts, seconds=6, silences=[clock_step_s])
    view.without_hole()
    numbers = view.published.numbers("video")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert all(b.time > a.time for a, b in pairwise(sorted(view.samples("video"), key=lambda s: s.time)))
    assert view.in_sync(units)["video"] == 300
    replica = package(*parts, seconds=6, now_90k=NOW + clock_step_s * S)  # on a server that smears
    assert replica.published.octets == view.published.octets


def test_row_41_leap_second_in_a_window(tmp_path):
    """Two replicas a second apart list the same segments under the same names."""
    texts = []
    for name, step_ms in (("a", 0), ("b", 1000)):
        channel = network(tmp_path, "one", name=name).channels["one"]
        feeder(channel, now_ms=NOW_MS + step_ms).seconds(9)
        playlist = playlist_reader.read(hls_media(channel.presentation, "video"))
        texts.append((playlist.msn, [s.uri for s in playlist.segments], [s.duration for s in playlist.segments]))
    assert texts[0] == texts[1]


def split(octets, at_s, of_s):
    at = round(len(octets) * at_s / of_s) // 188 * 188
    return octets[:at], octets[at:]


@pytest.mark.parametrize("behind_90k", [0, PICTURE // 2, PICTURE * 7 // 3, -PICTURE // 3])
def test_row_43_two_sources_not_aligned(behind_90k):
    """One clock, two encoders, whose pictures lie between each other's: the channel goes on at one's random access point."""
    one, other = footage(), [u.moved(behind_90k) for u in footage(seed=2)]
    first, _ = split(mux(one), 6, 12)
    _, rest = split(mux(other), 5.5, 12)
    view = package(first, rest, seconds=6, other_source=True)
    view.without_hole(lossy=True)
    numbers = view.published.numbers("video")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(view.periods) <= 2
    counts = view.in_sync([*one, *other])  # nobody's picture is shown at a time that is not its own
    assert counts["video"] >= 300 - 25 - 3  # but for those that refer to the other encoder's, up to a GOP
    pictures = [s.digest for s in view.samples("video")]
    assert len(pictures) == len(set(pictures))
    assert {s.digest for s in view.samples("audio")} & source_times(other).keys()


def test_row_43_two_sources_not_aligned_cut_anywhere():
    """The last picture of the one that is left, which no other has ended yet, is not taken for the next one's first."""
    octets, rng = mux(footage()), random.Random(5)
    n_packets = len(octets) // 188
    for _ in range(30):
        cut = rng.randrange(n_packets // 3, 2 * n_packets // 3)
        begin = cut - rng.randrange(n_packets // 24)
        view = package(octets[: 188 * cut], octets[188 * begin :], seconds=6, other_source=True)
        assert view.faults["time_jump"] == 0, (cut, begin)
        assert len(view.periods) == 1


@pytest.mark.parametrize("by", [5000 * S, -3600 * S, WRAP // 2 - 1])
def test_row_43_two_sources_not_aligned_in_time_bases_of_their_own(by):
    one, other = list(footage(6)), [u.moved(by) for u in footage(6, seed=2)]
    view = package(mux(one), mux(other), seconds=6, other_source=True)
    view.without_hole()
    assert view.reasons == ["start", "time jump"]
    counts = view.in_sync([*one, *other])
    assert counts["video"] == 300
    assert counts["audio"] > 0.97 * 2 * 281
    apart = view.periods[1].presentation_start_90k - view.periods[0].presentation_start_90k
    assert abs(apart - 6 * S) <= 2 * PICTURE


def test_row_43_two_sources_not_aligned_but_two_packagers_of_the_same_two():
    """A second packager that joined later and cuts its blocks elsewhere has the same segments under the same names."""
    one, other = mux(footage()), mux([u.moved(5000 * S) for u in footage(seed=2)])
    first = package(one, other, other_source=True)
    _, rest = split(one, 3.1, 12)
    second = package(
        rest, other, other_source=True, now_90k=NOW + round(3.1 * S), block_octets=188 * 50, seconds=12 - 3.1
    )
    assert second.reasons == first.reasons == ["start", "time jump"]
    common = first.published.segments.keys() & second.published.segments.keys()
    assert len(common) > 0.8 * len(first.published.segments)
    assert all(first.published.octets[key] == second.published.octets[key] for key in common)
    newest = max(n for _, n in first.published.segments)
    assert newest == max(n for _, n in second.published.segments)


@pytest.mark.parametrize("burst_ms", [200, 1000, 5000])
def test_row_44_bursts(burst_ms):
    """Nothing, then a flood: what is published is a function of the stream, not of when it came."""
    octets = mux(footage())
    evenly = package(octets)
    block = round(len(octets) / 12_000 * burst_ms) // 188 * 188
    at_once = package(octets, block_octets=block)
    assert at_once.published.octets == evenly.published.octets
    assert all(p.duration_ticks > 0 and p.data for p in at_once.published.parts)
    assert all(s.duration_ticks > 0 for s in at_once.published.segments.values())
