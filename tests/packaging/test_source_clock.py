"""A source's clock against ours; presentation time stays near the wall clock, and packagers agree about octets."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.packaging.test_programme import NOW
from tests.real_streams.test_days import check_manifests
from tests.real_streams.time_lapse import TimeLapse
from yiwang.packaging.events import PackagerEvent, PeriodStarted, SegmentPublished
from yiwang.packaging.source_clock import LEAST_MINUTES, SourceClock
from yiwang.packaging.timeline import CHECK_90K, CHECK_SEGMENTS, STEP_90K, Timeline, TimelineState

S = 90_000


def minutes_of(clock: SourceClock, ppm: float, minutes: int, jitter_ms: float = 0, late=lambda minute: 0) -> int:
    """Let a clock run, a segment each two seconds; return how often it turned out to be off."""
    rng = np.random.default_rng(1)
    n_off = 0
    for n in range(minutes * 30):
        delay = rng.exponential(jitter_ms * 90) + late(n // 30) if jitter_ms else late(n // 30)
        n_off += clock.note(NOW + 2 * S * n, NOW + round(2 * S * n * (1 - ppm / 1e6) + delay))
    return n_off


@pytest.mark.parametrize("ppm", [-100, -31, 0, 5, 100, 1000])
def test_the_rate_is_found_through_jitter(ppm):
    clock = SourceClock()
    assert minutes_of(clock, ppm, LEAST_MINUTES - 1, jitter_ms=50) == 0
    assert clock.ppm is None
    clock = SourceClock()
    minutes_of(clock, ppm, 120, jitter_ms=50)
    assert clock.ppm == pytest.approx(ppm, abs=1.5)


@pytest.mark.parametrize(
    "late",
    [
        lambda minute: 40 * 90 * (minute > 100),
        lambda minute: 3 * S * (minute % 7 == 0),
        lambda minute: -S * (minute > 100),
    ],
    ids=["another path", "minutes in which all is late", "our clock stepped"],
)
def test_steps_of_the_delay_do_not_move_it(late):
    clock = SourceClock()
    minutes_of(clock, 8, 120, 5, late)
    assert clock.ppm == pytest.approx(8, abs=6)
    assert not clock.is_off


def test_an_alarm_is_told_once_until_it_is_over():
    clock = SourceClock()
    assert minutes_of(clock, 80, 100) == 1
    assert clock.is_off
    clock.begin()
    assert (clock.ppm, clock.is_off) == (None, False)
    assert minutes_of(clock, 30, 100) == 0


def deviations(timeline: Timeline, lateness: list[int]) -> list[int]:
    """What each of some checks tells, in which everything is so late, but for jitter."""
    told = []
    for n, late in enumerate(lateness):
        for segment in range(CHECK_SEGMENTS):
            media = n * CHECK_90K + segment * 20 * S
            jitter = 37 * segment % 23 * 900
            told.append(timeline.deviation(media, NOW + media + late + jitter))
            if told[-1]:
                timeline.step(told[-1])
    return [step for step in told if step]


def anchored(saved: TimelineState | None = None) -> Timeline:
    timeline = Timeline(2 * S, saved)
    if saved is None:
        timeline.state.presentation_offset = -NOW
    return timeline


def test_presentation_time_steps_by_whole_seconds_and_only_past_the_limit():
    usual = [S // 2] * 2
    assert deviations(anchored(), [*usual, S // 2 + STEP_90K - 1, 0, -S // 2 + 1, 0]) == []
    assert deviations(anchored(), [*usual, S // 2 + STEP_90K, S // 2 + STEP_90K, 0]) == [STEP_90K]
    assert deviations(anchored(), [*usual, -S, -S, 0]) == [-2 * STEP_90K]
    assert deviations(anchored(), [0, 0, 100 * S, 0]) == [100 * S]
    assert deviations(anchored(), [5 * S, 0]) == [3 * S]  # 2 s may be usual, no more


def test_what_is_usual_outlives_the_process():
    timeline = anchored()
    deviations(timeline, [S, S, S])
    saved = TimelineState.from_dict(timeline.state.to_dict())
    assert saved.usual_late == S
    assert deviations(anchored(saved), [2 * S, 2 * S, 0]) == [S]


@dataclass
class Run:
    """Two hours of a channel: its segments, and each time that presentation time stepped: number, and by how much."""

    ppm: Callable[[float], float]
    part_90k: int = 0
    start_late_s: float = 0
    segments: dict[tuple[str, int], bytes] = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lapse = TimeLapse(self.ppm, self.take, part_90k=self.part_90k)
        lapse.now_90k += round(self.start_late_s * S)
        apply, newest = lapse.presentation.apply, []

        def watch(event: PackagerEvent) -> None:
            apply(event)
            if isinstance(event, PeriodStarted):
                if event.reason == "clock step":
                    off = event.presentation_start_90k - event.media_start_90k
                    self.steps[event.first_number] = (
                        off - newest[-1].presentation_start_90k + newest[-1].media_start_90k
                    )
                    assert event.tracks == newest[-1].tracks
                newest.append(event)

        lapse.presentation.apply = watch
        while lapse.source_s < 2 * 3600:
            lapse.run(1 / 16)
            check_manifests(lapse)

    def take(self, segment: SegmentPublished, octets: bytes) -> None:
        self.segments[segment.track, segment.number] = octets


@pytest.mark.slow
def test_two_packagers_that_step_at_different_places_make_the_same_octets():
    one, other = Run(lambda hours: 500), Run(lambda hours: 500 if hours < 1.0 else 700, start_late_s=0.3)
    assert set(one.steps.values()) == {-S}
    assert set(other.steps.values()) == {-S}
    assert one.steps.keys() != other.steps.keys()
    assert one.segments == other.segments
    steady = Run(lambda hours: 0)
    assert steady.steps == {}
    assert steady.segments == one.segments


@pytest.mark.slow
@pytest.mark.parametrize("ppm", [600, -600])
def test_players_of_low_latency_see_the_step_between_two_segments(ppm):
    run = Run(lambda hours: ppm, part_90k=S)
    assert sum(run.steps.values()) == pytest.approx(-ppm * 7200 * S / 1e6, abs=2 * S)
    for track in ("video", "audio"):
        numbers = sorted(number for name, number in run.segments if name == track)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
