"""Frames handled as runs are placed and written as they would be one by one."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.timebase import TICKS_90K, WRAP_33
from yiwang.codecs.aac.adts import AdtsFramer
from yiwang.packaging.audio_clock import AudioClock
from yiwang.packaging.events import PartPublished, TrackHeader
from yiwang.packaging.inputs import UNITS_KEPT, AudioInput, StreamSpec
from yiwang.packaging.track_writer import TrackWriter
from yiwang.packaging.units import FrameRun

CONFIG = CodecConfig("audio", "mp4a", "mp4a.40.2", b"", sampling_frequency=44_100, samples_per_frame=1024)
OTHER = CodecConfig("audio", "mp4a", "mp4a.40.2", b"x", sampling_frequency=44_100, samples_per_frame=1024)
HEADER = TrackHeader("audio", 101, 44_100, CONFIG, "und", "main", "init.mp4", b"")


def stream():
    return AudioInput(StreamSpec(257, "audio", 15), "audio", AdtsFramer(), 0)


def frames_of(source):
    return [(run.base, run.unit(n)) for run in source.queue for n in range(len(run.units))]


packets = st.lists(
    st.tuples(
        st.integers(-3, 3),  # jitter of its time stamp, 90 kHz
        st.sampled_from([0, 0, 0, 0, -9000, 200_000]),  # a jump before it
        st.lists(st.sampled_from(["", "", "", "", "loss", "other"]), min_size=1, max_size=9),  # its frames
    ),
    min_size=1,
    max_size=12,
)


def units_of(described):
    at = 1_000_000
    for jitter, jump, frames in described:
        at += jump
        for n, what in enumerate(frames):
            time = (at + jitter) % WRAP_33 if n == 0 else -1
            config = OTHER if what == "other" else CONFIG
            yield AccessUnit(b"%d" % at, time, -1, 1, config, what == "loss")
        at += len(frames) * 1024 * TICKS_90K // 44_100


@settings(max_examples=300)
@given(packets, st.integers(1, 30), st.integers(0, 2_000_000))
def test_frames_are_queued_with_the_times_they_have_one_by_one(described, at_a_time, latest):
    units = list(units_of(described))
    one_by_one, in_runs = stream(), stream()
    for au in units:
        one_by_one.lift(au, 1_000_000, 0)
    for begin in range(0, len(units), at_a_time):
        block, at = units[begin : begin + at_a_time], 0
        while at < len(block):
            in_runs.lift(block[at], 1_000_000, 0)
            at = in_runs.follow(block, at + 1, 0, latest)
    assert frames_of(in_runs) == frames_of(one_by_one)
    assert (in_runs.last_raw, in_runs.base, in_runs.dropped) == (
        one_by_one.last_raw,
        one_by_one.base,
        one_by_one.dropped,
    )
    assert in_runs.stream_time(5_000_000) == one_by_one.stream_time(5_000_000)


def test_the_frames_before_one_are_had_back_through_all_runs_but_not_without_end():
    source = stream()
    for packet in range(UNITS_KEPT):
        source.queue.append(FrameRun(0, [AccessUnit(b"%d" % (3 * packet + n), -1, -1, 1, CONFIG) for n in range(3)], 0))
    while source.queue:
        source.take_queued(2)
    assert [unit.au.data for unit in source.before(0)] == [
        b"%d" % n for n in reversed(range(3 * UNITS_KEPT - UNITS_KEPT, 3 * UNITS_KEPT - 1))
    ]


@given(st.integers(0, 9000), st.integers(1, 40), st.integers(-5000, 100_000))
def test_a_run_counts_the_frames_before_a_moment(origin, n, moment):
    run = FrameRun(0, [AccessUnit(b"", -1, -1, 1, CONFIG)] * n, origin, first=2)
    assert run.count_before(moment) == sum(run.raw(k) < moment for k in range(n))


@given(
    st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=9), st.sampled_from([0, 1000, 1024, 5000, 22_050])
)
def test_runs_make_the_parts_that_frames_one_by_one_make(runs, part_ticks):
    outs = [], []
    one_by_one, in_runs = (TrackWriter(HEADER, part_ticks, out) for out in outs)
    start = 0
    for writer in (one_by_one, in_runs):
        writer.begin_segment(1)
    for n, hole in runs:
        start += 700 * hole
        frames = [b"%d" % k for k in range(n)]
        for k, frame in enumerate(frames):
            one_by_one.add(frame, start + 1024 * k, 1024, 0, True)
        in_runs.add_run(frames, start, 1024)
        start += 1024 * n
    for writer in (one_by_one, in_runs):
        writer.end_segment()
    assert outs[0] == outs[1]
    assert sum(isinstance(event, PartPublished) for event in outs[0]) >= bool(runs)


@pytest.mark.parametrize(("late", "placed"), [(0, True), (1500, True), (9000, False), (-9000, False)])
def test_frames_are_placed_together_only_where_each_surely_follows(late, placed):
    clock = AudioClock(48_000, 1024)
    clock.place(0, after_loss=False, segment_start=True)
    assert clock.place_following(1920 + late, 3 * 1920 + late, 3) is placed
    assert clock.next_ticks == (4 * 1024 if placed else 1024)


@given(st.integers(1, 40), st.integers(0, 60), st.integers(-5_000, 100_000), st.sampled_from([44_100, 48_000, 22_050]))
def test_frames_before_a_time_are_counted_as_their_times_say(n, first, raw, frequency):
    config = replace(CONFIG, sampling_frequency=frequency)
    run = FrameRun(0, [AccessUnit(b"", -1, -1, 1, config)] * n, 10_000, first)
    assert run.count_before(10_000 + raw) == sum(run.raw(k) < 10_000 + raw for k in range(n))
