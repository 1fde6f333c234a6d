"""Parts follow a grid that begins with their segment, and none is longer than what is said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.elementary import CodecConfig
from yiwang.packaging.events import EventSink, PartPublished, TrackHeader
from yiwang.packaging.track_writer import TrackWriter, longest_part_90k

HEADER = TrackHeader("video", 101, 90_000, CodecConfig("video", "avc1", "avc1.640028", b""), "und", "main", "init.mp4", b"")


def written(segments: list[list[int]], part_90k: int) -> list[list[int]]:
    """The durations of the parts of segments, given those of their samples; each part as soon as it was due, no sooner."""
    out: EventSink = []
    writer, at = TrackWriter(HEADER, part_90k, out), 0
    for number, durations in enumerate(segments):
        writer.begin_segment(number)
        for duration in durations:
            due, before = writer.due_ticks(duration), len(out)
            writer.add(b"", at, duration, 0, True)
            at += duration
            if len(set(durations)) == 1 and due is not None:
                assert (len(out) > before) == (at >= due)
    writer.end_segment()
    parts = [event for event in out if isinstance(event, PartPublished)]
    return [[part.duration_ticks for part in parts if part.number == number] for number in range(len(segments))]


@pytest.mark.parametrize("frame", [1500, 1800, 3000, 3003, 3600, 3750, 3754])
@pytest.mark.parametrize("part_90k", [18_000, 30_000, 45_000, 90_000])
def test_a_segment_of_whole_parts_has_no_short_one(frame: int, part_90k: int):
    segment_of_2_s = [frame] * round(180_000 / frame)
    for parts in written([segment_of_2_s] * 3, part_90k):
        assert len(parts) == 180_000 // part_90k
        assert max(parts) < longest_part_90k(part_90k)
        assert min(parts) > part_90k - frame


@given(
    st.lists(st.lists(st.integers(1, 20_000) | st.just(3600), min_size=1, max_size=60), min_size=1, max_size=3),
    st.sampled_from([9_000, 45_000]),
)
def test_whatever_samples_last_no_part_is_longer_than_is_said(segments: list[list[int]], part_90k: int):
    for durations, parts in zip(segments, written(segments, part_90k), strict=True):
        assert sum(parts) == sum(durations)
        assert all(part <= max(longest_part_90k(part_90k), *durations) for part in parts)
        assert len(parts) <= 1 + 4 * sum(durations) // part_90k  # none is very short but where a long sample follows
