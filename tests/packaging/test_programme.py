"""What is published of a stream: no hole, no overlap, numbers that rise, the same on every packager."""

from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packaging import television as tv
from yiwang.packaging.events import PackagerEvent, PartPublished, PeriodStarted, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.timeline import TimelineState
from yiwang.packaging.track_writer import longest_part_90k
from yiwang.packaging.transport import TransportPackager

NOW = 1_764_000_000 * 90_000
RATE_90K = 90_000


@dataclass
class Published:
    """The fold of a packager's events, checked while it grows."""

    periods: list[PeriodStarted] = field(default_factory=list)
    segments: dict[tuple[str, int], SegmentPublished] = field(default_factory=dict)
    octets: dict[tuple[str, int], bytes] = field(default_factory=lambda: defaultdict(bytes))
    parts: list[PartPublished] = field(default_factory=list)
    others: list[PackagerEvent] = field(default_factory=list)

    def take(self, events: list[PackagerEvent]) -> None:
        for event in events:
            if isinstance(event, PeriodStarted):
                if self.periods:
                    assert event.period_id == self.periods[-1].period_id + 1
                    assert event.first_number > max(n for _, n in self.segments), "numbers fell"
                    assert event.presentation_start_90k > self.periods[-1].presentation_start_90k
                self.periods.append(event)
            elif isinstance(event, PartPublished):
                assert (event.track, event.number) not in self.segments, "a published segment changed"
                assert event.number >= self.periods[-1].first_number
                self.octets[event.track, event.number] += event.data
                self.parts.append(event)
            elif isinstance(event, SegmentPublished):
                self.segments[event.track, event.number] = event
            else:
                self.others.append(event)

    def numbers(self, track: str) -> list[int]:
        return [n for t, n in self.segments if t == track]

    def check_timelines(self) -> None:
        """In each track of each period: segments follow each other without hole or overlap, numbers without skip."""
        firsts = [p.first_number for p in self.periods] + [1 << 62]
        for period, next_first in zip(self.periods, firsts[1:], strict=True):
            for header in period.tracks:
                numbers = [n for n in self.numbers(header.name) if period.first_number <= n < next_first]
                assert numbers == list(range(period.first_number, period.first_number + len(numbers)))
                at = None
                for number in numbers:
                    segment = self.segments[header.name, number]
                    assert at is None or segment.start_ticks == at
                    at = segment.start_ticks + segment.duration_ticks
                    mine = [p for p in self.parts if (p.track, p.number) == (header.name, number)]
                    assert [p.index for p in mine] == list(range(len(mine)))
                    assert mine[0].start_ticks == segment.start_ticks
                    assert sum(p.duration_ticks for p in mine) == segment.duration_ticks


def package(
    octets: bytes,
    *,
    duration_s: float,
    now_90k: int = NOW,
    cuts: list[int] | None = None,
    saved: TimelineState | None = None,
    published: Published | None = None,
    gaps: dict[int, int] | None = None,
    flush: bool = True,
    settings: Settings | None = None,
) -> tuple[Published, TransportPackager]:
    """Package ``octets`` as they would arrive in ``duration_s``; ``gaps``: silence (90 kHz) before an octet offset."""
    packager = TransportPackager(None, settings or Settings(), saved)
    result = published or Published()
    places = sorted({0, len(octets), *(cuts if cuts is not None else range(0, len(octets), 188 * 20)), *(gaps or {})})
    for a, b in zip(places, places[1:], strict=False):
        now_90k += (gaps or {}).get(a, 0)
        result.take(packager.feed(octets[a:b], now_90k))
        now_90k += round((b - a) / len(octets) * duration_s * RATE_90K)
    if flush:
        result.take(packager.flush(now_90k))
    return result, packager


def test_a_stream_becomes_segments_of_the_target_duration_with_aligned_audio():
    published, packager = package(tv.stream(12), duration_s=12)
    published.check_timelines()
    (period,) = published.periods
    assert [h.name for h in period.tracks] == ["video", "audio"]
    whole = published.numbers("video")[1:-1]
    assert len(whole) >= 4
    for number in whole:
        video, audio = published.segments["video", number], published.segments["audio", number]
        assert video.duration_ticks == 180_000
        assert video.independent
        # the first picture is shown one reorder delay after its decoding time
        shown = (
            video.start_ticks + period.media_start_90k - published.segments["video", period.first_number].start_ticks
        )
        assert -1 < audio.start_ticks * 90 / 48 - shown <= 1920  # to a tick: 48 kHz samples and 90 kHz ticks differ
    assert not [f for f in packager.drain_faults() if f.name != "ts_garbage"]


def test_parts_fill_their_segment_evenly():
    published, _ = package(tv.stream(12), duration_s=12)
    for track, tick in (("video", 90_000), ("audio", 48_000)):
        for number in published.numbers(track)[1:-1]:
            durations = [p.duration_ticks / tick for p in published.parts if (p.track, p.number) == (track, number)]
            assert len(durations) == 4
            assert all(0.45 < d < longest_part_90k(45_000) / 90_000 for d in durations)


@given(cuts=st.lists(st.integers(0, len(tv.stream(12))), max_size=30))
@settings(max_examples=15, deadline=None)
def test_block_borders_leave_no_trace(cuts: list[int]):
    whole, _ = package(tv.stream(12), duration_s=12)
    seconds = range(0, len(tv.stream(12)), len(tv.stream(12)) // 12)  # a live block is not longer
    cut, _ = package(tv.stream(12), duration_s=12, cuts=[*cuts, *seconds])
    assert cut.octets == whole.octets
    assert cut.periods[0].tracks == whole.periods[0].tracks


@given(late=st.integers(0, 120), delay_s=st.integers(0, 20))
@settings(max_examples=15, deadline=None)
def test_two_packagers_that_joined_apart_make_the_same_octets(late: int, delay_s: int):
    octets = tv.stream(12)
    first, _ = package(octets, duration_s=12)
    at = late * 188 * 40 % (len(octets) // 2)
    now = NOW + round(at / len(octets) * 12 * RATE_90K) + delay_s * RATE_90K  # its network is slower, too
    second, _ = package(
        octets[at:],
        duration_s=12 * (1 - at / len(octets)),
        now_90k=now,
        cuts=list(range(0, len(octets) - at, 188 * 31)),
    )
    for track in ("video", "audio"):
        common = second.numbers(track)[1:]
        assert len(common) >= 2
        for number in common:
            assert second.octets[track, number] == first.octets[track, number], (track, number)


@pytest.mark.parametrize("before_90k", [1, 1000, 90_000, 4 * 90_000 + 17, 9 * 90_000])
def test_a_wrap_of_all_33_bit_times_leaves_no_trace(before_90k: int):
    octets = tv.stream(12)
    moved = tv.shifted(octets, tv.WRAP - tv.first_dts(octets) - before_90k)
    published, packager = package(moved, duration_s=12)
    published.check_timelines()
    assert len(published.periods) == 1
    assert {name for name in (f.name for f in packager.drain_faults())} <= {"ts_garbage"}


def test_a_looped_stream_is_a_new_period_each_time_and_numbers_go_on():
    once = tv.stream(8)
    octets = tv.continuous([once] * 4)
    published, _ = package(octets, duration_s=32)
    assert [p.reason for p in published.periods] == ["start", "time jump", "time jump", "time jump"]
    published.check_timelines()
    numbers = published.numbers("video")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))  # without a skip
    assert published.numbers("audio") == numbers
    for period, following in zip(published.periods, published.periods[1:], strict=False):
        lasted = following.presentation_start_90k - period.presentation_start_90k
        assert abs(lasted - 8 * RATE_90K) < RATE_90K // 5


def test_a_jump_to_any_time_keeps_both_tracks_together():
    octets = tv.stream(8)
    moved = tv.shifted(octets, 5_000_000_000)
    published, _ = package(tv.continuous([octets, moved]), duration_s=16)
    published.check_timelines()
    assert len(published.periods) == 2
    for period in published.periods:
        first = {t.name: published.segments[t.name, period.first_number] for t in period.tracks}
        assert abs(first["audio"].start_ticks * 90 / 48 - period.media_start_90k) <= 1920


def test_silence_with_the_same_clock_is_a_period_with_the_same_timeline():
    octets = tv.stream(8)
    later = tv.shifted(octets, 38 * RATE_90K)  # 8 s of media, then 30 s of nothing
    published, packager = package(tv.continuous([octets, later]), duration_s=16, gaps={len(octets): 30 * RATE_90K})
    published.check_timelines()
    assert [p.reason for p in published.periods] == ["start", "signal returned"]
    a, b = published.periods
    assert b.media_start_90k - a.media_start_90k == b.presentation_start_90k - a.presentation_start_90k
    assert b.first_number - a.first_number in (19, 20)
    assert any(f.name == "time_hole" for f in packager.drain_faults())


@pytest.mark.parametrize("kept_s", [0, 2, 3])
def test_a_packager_that_stood_still_makes_the_same_octets_as_one_that_did_not(kept_s: int):
    """What came meanwhile waited, as far as there was room; the rest is lost."""
    length_s, begin_s, end_s = 24, 6, 12
    octets = tv.stream(length_s)

    def at(seconds: float) -> int:
        return int(seconds / length_s * len(octets)) // 188 * 188

    steady, _ = package(octets, duration_s=length_s)
    still, packager = Published(), TransportPackager(None, Settings(), None)
    blocks = [(a, a + 188 * 20, a) for a in range(0, at(begin_s), 188 * 20)]
    blocks = [(a, min(b, at(begin_s)), c) for a, b, c in blocks]
    blocks += [
        (a, min(a + 188 * 700, at(begin_s + kept_s)), at(end_s))
        for a in range(at(begin_s), at(begin_s + kept_s), 188 * 700)
    ]
    blocks += [(a, a + 188 * 20, a) for a in range(at(end_s), len(octets), 188 * 20)]
    for a, b, clock in blocks:
        still.take(packager.feed(octets[a:b], NOW + round(clock / len(octets) * length_s * RATE_90K)))
    still.take(packager.flush(NOW + length_s * RATE_90K))
    assert [period.reason for period in still.periods] == ["start", "signal returned"]
    for track in ("video", "audio"):
        common = [number for number in still.numbers(track) if number > still.periods[1].first_number][:-1]
        assert len(common) >= 3
        for number in common:
            assert still.octets[track, number] == steady.octets[track, number], (track, number)


def test_silence_with_another_clock_is_an_epoch_as_much_later():
    octets = tv.stream(8)
    later = tv.shifted(octets, 3_000_000_000)
    published, _ = package(tv.continuous([octets, later]), duration_s=16, gaps={len(octets): 60 * RATE_90K})
    published.check_timelines()
    a, b = published.periods
    assert abs(b.presentation_start_90k - a.presentation_start_90k - 68 * RATE_90K) < 3 * RATE_90K
    assert 30 < b.first_number - a.first_number < 37


def test_numbers_go_on_after_a_restart_and_nothing_is_published_twice():
    octets = tv.stream(16)
    half = len(octets) // 2 // 188 * 188
    first, packager = package(octets[:half], duration_s=8, flush=False)
    saved = TimelineState.from_dict(packager.state.to_dict())
    second, _ = package(octets[half:], duration_s=8, now_90k=NOW + 8 * RATE_90K, saved=saved)
    assert second.periods[0].period_id == 1
    assert second.periods[0].reason == "restart"
    assert min(second.numbers("video")) > max(n for _, n in first.octets)
    whole, _ = package(octets, duration_s=16)
    for track in ("video", "audio"):
        for number in second.numbers(track):
            assert second.octets[track, number] == whole.octets[track, number]


def test_video_alone_and_sound_alone_are_programmes():
    video, _ = package(tv.stream(8, audio=False), duration_s=8)
    video.check_timelines()
    assert len(video.numbers("video")) >= 4
    sound, _ = package(tv.stream(8, video=False), duration_s=8)
    sound.check_timelines()
    assert len(sound.numbers("audio")) >= 3
    assert sound.periods[0].tracks[0].name == "audio"


def test_a_cell_without_a_random_access_point_gets_a_segment_all_the_same():
    published, _ = package(tv.stream(16, gop=125), duration_s=16)  # 5 s GOPs, 2 s cells
    published.check_timelines()
    numbers = published.numbers("video")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    segments = [published.segments["video", n] for n in numbers]
    assert not all(s.independent for s in segments)
    assert max(s.duration_ticks for s in segments) < 2 * 180_000


def test_lost_packets_cost_no_more_than_what_they_touch():
    all_packets = tv.packets(tv.stream(12))
    lossy = b"".join(p for i, p in enumerate(all_packets) if i % 97 not in (50, 51))
    published, packager = package(lossy, duration_s=12)
    assert any(f.name == "continuity_count_error" for f in packager.drain_faults())
    assert len(published.periods) == 1
    for track in ("video", "audio"):
        numbers = published.numbers(track)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    last = published.numbers("video")[-2]
    video, audio = published.segments["video", last], published.segments["audio", last]
    assert abs(audio.start_ticks * 90 / 48 - video.start_ticks) < 0.3 * RATE_90K


@given(st.binary(max_size=2000), st.integers(0, 60))
@settings(max_examples=25, deadline=None)
def test_garbage_in_the_middle_is_survived(garbage: bytes, at: int):
    octets = tv.stream(8)
    place = at * 188 * 7
    published, _ = package(octets[:place] + garbage + octets[place:], duration_s=8)
    assert published.numbers("video")


def test_a_file_counts_from_one_and_its_periods_join():
    once = tv.stream(8)
    live_false = Settings(live=False, part_90k=0)
    published, _ = package(tv.continuous([once, once]), duration_s=16, settings=live_false, now_90k=0)
    assert published.numbers("video")[0] == 1
    published.check_timelines()
    a, b = published.periods
    assert a.presentation_start_90k == 0
    last = published.segments["video", b.first_number - 1]
    assert (
        b.presentation_start_90k == last.start_ticks + last.duration_ticks - published.segments["video", 1].start_ticks
    )
