"""Blocking Playlist Reload: a table of requests against one state (rfc8216bis 6.2.5.2)."""

from dataclasses import replace

import pytest

from tests.origin.broadcast import (
    LOW_LATENCY,
    VIDEO_TRACK,
    WHOLE_SEGMENTS,
    period,
    segment,
    segments,
)
from yiwang.base.errors import NotFound, UsageError
from yiwang.origin.blocking_reload import blocked
from yiwang.origin.presentation import Presentation

LAST = 119  # whole, parts 0..3; LAST + 1 is in progress with parts 0 and 1


def fold(settings, events):
    p = Presentation(settings)
    for event in events:
        p.apply(event)
    return p


@pytest.fixture(scope="module")
def p():
    events = [period(0, 100), *segments(range(100, LAST + 1)), *segment(VIDEO_TRACK, LAST + 1, whole=False)[:2]]
    return fold(LOW_LATENCY, events)


@pytest.mark.parametrize(
    ("msn", "part", "expected"),
    [
        (None, None, "ready"),
        (LAST, None, "ready"),
        (LAST + 1, None, "wait"),
        (LAST + 2, None, "wait"),
        (LAST + 3, None, "400"),  # more than two after the last
        (10**15, None, "400"),
        (None, 0, "400"),  # a part of what?
        (-1, None, "400"),
        (LAST, -1, "400"),
        (LAST, 3, "ready"),
        (LAST, 4, "ready"),  # beyond its parts: part 0 of the next, which is there
        (LAST, 999, "ready"),
        (LAST + 1, 1, "ready"),
        (LAST + 1, 2, "wait"),
        (LAST + 1, 7, "wait"),  # Advance Part Limit: 3 s of parts of 0.5 s
        (LAST + 1, 8, "400"),
        (LAST + 2, 0, "wait"),
        (LAST + 2, 5, "wait"),
        (LAST + 2, 6, "400"),
        (100, None, "ready"),  # long gone: the playlist has later ones
        (100, 2, "ready"),
        (0, 0, "ready"),
    ],
)
def test_a_request_is_answered_waits_or_is_refused(p, msn, part, expected):
    try:
        found = blocked(p, "video", msn, part)
    except UsageError:
        found = "400"
    assert found == expected


def test_a_part_beyond_the_newest_whole_segment_waits_for_the_next_segment(p):
    assert blocked(p, "audio", LAST, 3) == "ready"
    assert blocked(p, "audio", LAST, 4) == "wait"


def test_a_part_longer_than_a_second_makes_the_limit_three_parts():
    settings = replace(LOW_LATENCY, part_90k=2 * 90_000, segment_90k=8 * 90_000)
    p = fold(settings, [period(0, 100), *segments(range(100, 104), part_90k=90_000)])
    assert blocked(p, "video", 104, 2) == "wait"
    with pytest.raises(UsageError):
        blocked(p, "video", 104, 3)


def test_gaps_before_a_segment_in_progress_are_listed_already():
    events = [period(0, 100), *segments([100, 101]), *segment(VIDEO_TRACK, 105, whole=False)[:1]]
    p = fold(LOW_LATENCY, events)
    assert blocked(p, "video", 104, None) == "ready"
    assert blocked(p, "video", 103, 7) == "ready"
    assert blocked(p, "video", 105, 0) == "ready"
    assert blocked(p, "video", 105, 1) == "wait"
    assert blocked(p, "video", 106, None) == "wait"


def test_without_parts_a_part_directive_waits_for_the_segment():
    p = fold(WHOLE_SEGMENTS, [period(0, 100), *segments([100, 101], part_90k=0)])
    assert blocked(p, "video", 101, 5) == "ready"
    assert blocked(p, "video", 102, 0) == "wait"


def test_before_the_first_segment_all_wait_and_after_the_end_none_does():
    p = fold(LOW_LATENCY, [period(0, 100)])
    assert blocked(p, "video", 7, None) == "wait"
    p.finish()
    assert blocked(p, "video", 7, None) == "ready"


def test_a_track_that_is_not_there_is_not_found(p):
    with pytest.raises(NotFound):
        blocked(p, "subtitles", None, None)
