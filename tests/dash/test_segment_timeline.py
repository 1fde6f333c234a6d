from hypothesis import given
from hypothesis import strategies as st

from yiwang.dash.segment_timeline import SegmentTimeline

durations = st.lists(st.tuples(st.sampled_from([2, 2, 2, 3]), st.sampled_from([0, 0, 0, 1])), min_size=1, max_size=30)


def read(element):
    """Segments of a SegmentTimeline element as a player counts them: (t, d)."""
    found, t = [], 0
    for s in element.children:
        t = s.attributes["t"] if s.attributes["t"] is not None else t
        for _ in range((s.attributes["r"] or 0) + 1):
            found.append((t, s.attributes["d"]))
            t += s.attributes["d"]
    return found


@given(durations, st.integers(0, 40), st.booleans())
def test_what_is_listed_is_what_was_added_less_what_was_dropped(rows, drops, in_progress):
    timeline, expected, t = SegmentTimeline(100), [], 1000
    for d, hole in rows:
        t += hole
        timeline.append(t, d)
        expected.append((t, d))
        t += d
    drops = min(drops, len(expected))
    for _ in range(drops):
        timeline.drop_first()
    assert timeline.start_number == 100 + drops
    assert len(timeline) == len(expected) - drops
    assert bool(timeline) == (drops < len(expected))
    last = (t, 2) if in_progress else None
    assert read(timeline.element(last)) == expected[drops:] + ([last] if last else [])


def test_equal_segments_in_a_row_are_one_s():
    timeline = SegmentTimeline(1)
    for i in range(1000):
        timeline.append(5 + 2 * i, 2)
    assert [s.attributes for s in timeline.element().children] == [{"t": 5, "d": 2, "r": 999}]
