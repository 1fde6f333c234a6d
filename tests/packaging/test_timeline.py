"""The timeline is a function of the stream; numbers never fall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.timebase import HALF_WRAP_33, WRAP_33, unwrap_33
from yiwang.packaging.audio_clock import AudioClock
from yiwang.packaging.timeline import Timeline, TimelineState

CELL = 180_000
NOW = 1_764_000_000 * 90_000


@given(st.integers(0, 1 << 40), st.integers(-HALF_WRAP_33 + 1, HALF_WRAP_33 - 1))
def test_unwrap_finds_the_nearest_value(reference: int, step: int):
    assert unwrap_33((reference + step) % WRAP_33, reference) == reference + step


@given(first=st.integers(0, WRAP_33 - 1), delay=st.integers(0, 3600 * 90_000))
def test_two_packagers_that_start_at_different_moments_lift_to_the_same_time(first: int, delay: int):
    stream_now = NOW + delay
    a = Timeline(CELL)
    raw_a = a.lift(first, NOW)
    later_a = unwrap_33((first + delay) % WRAP_33, raw_a)
    # only a stream whose clock is exactly half a wrap away from UTC is ambiguous; that is kept in the state
    if abs(abs(raw_a - NOW) - HALF_WRAP_33) > 1:
        assert Timeline(CELL).lift((first + delay) % WRAP_33, stream_now) == later_a


def test_a_wrap_is_no_event():
    timeline = Timeline(CELL)
    raw = timeline.lift(WRAP_33 - 1000, NOW)
    timeline.advance(raw)
    assert timeline.lift(2600, NOW + 3600) == raw + 3600


@given(
    st.lists(
        st.tuples(st.integers(0, WRAP_33 - 1), st.integers(1, 30 * 90_000), st.integers(0, 3600 * 90_000)), max_size=20
    )
)
def test_numbers_rise_over_any_jumps(jumps: list[tuple[int, int, int]]):
    timeline = Timeline(CELL)
    now, raw = NOW, timeline.lift(0, NOW)
    timeline.advance(raw)
    start = timeline.begin(raw, raw, now)
    assert timeline.presentation(start) == now
    timeline.state.last_number = timeline.number_of(start)
    presentation_end = now
    for value, length, silence in jumps:
        end = start + length
        timeline.state.last_number = timeline.number_of(end - 1)
        now += length + silence
        raw = timeline.lift(value, now)
        timeline.arrived(now - silence)
        timeline.arrived(now)
        timeline.leave(now)
        start = timeline.open_epoch(raw, end, now)
        assert start >= end
        assert timeline.number_of(start) > timeline.state.last_number
        assert start == timeline.start_of(timeline.number_of(start))
        presentation_end += length
        assert timeline.presentation(start) >= presentation_end
        presentation_end = timeline.presentation(start)
        timeline.state.last_number = timeline.number_of(start)


def test_a_restart_goes_on_with_the_same_times():
    first = Timeline(CELL)
    raw = first.lift(5_000, NOW)
    start = first.begin(raw, raw, NOW)
    first.state.last_number = first.number_of(start) + 10
    saved = TimelineState.from_dict(first.state.to_dict())
    later = 60 * 90_000
    second = Timeline(CELL, saved)
    raw_later = second.lift(5_000 + later, NOW + later)
    assert second.begin(raw_later, raw_later, NOW + later) == start + later
    assert second.presentation(start + later) == first.presentation(start + later)


def test_a_restart_with_another_source_clock_opens_an_epoch_behind_all_numbers():
    first = Timeline(CELL)
    raw = first.lift(5_000, NOW)
    start = first.begin(raw, raw, NOW)
    first.state.last_number = first.number_of(start) + 10
    last = first.state.last_number
    second = Timeline(CELL, TimelineState.from_dict(first.state.to_dict()))
    raw = second.lift(7_000_000_000, NOW + 90_000)
    start = second.begin(raw, raw, NOW + 90_000)
    assert second.number_of(start) > last


def test_another_segment_duration_after_a_restart_keeps_numbers_rising():
    first = Timeline(CELL)
    raw = first.lift(5_000, NOW)
    start = first.begin(raw, raw, NOW)
    first.state.last_number = first.number_of(start)
    saved = TimelineState.from_dict(first.state.to_dict())
    second = Timeline(4 * CELL, saved)
    assert second.number_of(start + 5 * CELL) > saved.last_number


@given(
    jitter=st.lists(st.integers(-2000, 2000), min_size=40, max_size=200),
    starts=st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
def test_two_audio_clocks_that_joined_apart_come_together_and_never_part(jitter: list[int], starts: tuple[int, int]):
    clocks = [AudioClock(48_000, 1024), AudioClock(48_000, 1024)]
    apart = None
    for i, error in enumerate(jitter):
        at = 90_000_000 + i * 1920 + error
        places = [
            clock.place(at, after_loss=False, segment_start=i % 8 == 0)
            for clock, start in zip(clocks, starts, strict=True)
            if i >= start
        ]
        if len(places) == 2 and None not in places:
            now_apart = abs(places[0] - places[1])
            assert apart is None or now_apart <= apart
            apart = now_apart


def test_rounded_stamps_of_44100_hz_give_whole_frames_without_drift():
    clock = AudioClock(44_100, 1024)
    at = [
        clock.place(round(n * 1024 * 90_000 / 44_100), after_loss=False, segment_start=n % 86 == 0) for n in range(5000)
    ]
    steps = {b - a for a, b in zip(at, at[1:], strict=False)}
    assert steps <= {1023, 1024, 1025}
    assert abs(at[-1] - 4999 * 1024) <= 1


def test_a_lost_frame_leaves_no_drift():
    clock = AudioClock(48_000, 1024)
    clock.place(0, after_loss=False, segment_start=True)
    assert clock.place(3840, after_loss=True, segment_start=False) == 2048


def test_a_frame_from_the_past_is_dropped():
    clock = AudioClock(48_000, 1024)
    clock.place(90_000, after_loss=False, segment_start=True)
    assert clock.place(80_000, after_loss=False, segment_start=False) is None


@pytest.mark.parametrize("raw_dts", [-WRAP_33 + 876_750, -5 * WRAP_33, -1, 0, 3_600, WRAP_33 + 5])
def test_no_time_of_a_file_is_negative_and_its_clock_is_kept(raw_dts: int):
    timeline = Timeline(CELL, live=False)
    begin = timeline.begin(raw_dts + 7_200, raw_dts, 0)
    moved = begin - 7_200 - raw_dts
    assert raw_dts + moved >= 0
    assert moved % WRAP_33 == 0
    assert moved == 0 or raw_dts < 0
    assert moved == timeline.state.epoch_offset
    assert timeline.presentation(begin) == 0


def test_frames_that_come_out_of_order_are_dropped_and_move_nothing():
    clock, frame = AudioClock(48_000, 1024), 1920
    order = [(0, False), (1, False), (4, True), (5, False), (2, True), (3, False), (6, True), (7, False)]
    placed = [clock.place(n * frame, after_loss=lost, segment_start=n == 0) for n, lost in order]
    assert placed == [0, 1024, 4096, 5120, None, None, 6144, 7168]
