import pytest

from tests.origin.broadcast import (
    AUDIO_TRACK,
    CELL,
    LOW_LATENCY,
    VIDEO_TRACK,
    octets,
    period,
    segment,
    segments,
)
from yiwang.base.errors import Gone, NotFound, NotYetAvailable
from yiwang.origin import media_answer
from yiwang.origin.presentation import Presentation
from yiwang.origin.settings import PresentationSettings

NEWEST = 140  # the video's segment in progress, with two parts; 139 is whole; 137 is missing


@pytest.fixture(scope="module")
def p():
    p = Presentation(LOW_LATENCY)
    for event in [
        period(0, 100),
        *segments(range(100, 137)),
        *segments(range(138, NEWEST)),
        *segment(VIDEO_TRACK, NEWEST, whole=False)[:2],
    ]:
        p.apply(event)
    return p


def answer(call, *arguments):
    """What a request is answered with, in words of a table."""
    try:
        return call(*arguments)
    except NotYetAvailable as error:
        return f"in {error.delta_ms} ms"
    except (NotFound, Gone) as error:
        return type(error).__name__


@pytest.mark.parametrize(
    ("track", "number", "expected"),
    [
        ("video", NEWEST - 1, "4 parts, whole"),
        ("video", NEWEST, "2 parts, more to come"),
        ("video", NEWEST + 1, "in 2000 ms"),
        ("video", NEWEST + 5, "in 10000 ms"),
        ("video", NEWEST + 6, "NotFound"),
        ("video", 10**15, "NotFound"),
        ("audio", NEWEST, "in 2000 ms"),
        ("video", 137, "NotFound"),  # a gap
        ("video", 130, "4 parts, whole"),  # the first in the window
        ("video", 121, "4 parts, whole"),  # out of the window, in the grace
        ("video", 117, "Gone"),
        ("video", 99, "Gone"),
        ("video", -1, "NotFound"),
        ("subtitles", NEWEST, "NotFound"),
    ],
)
def test_a_request_for_a_segment(p, track, number, expected):
    found = answer(media_answer.segment, p, track, number)
    if isinstance(found, media_answer.SegmentAnswer):
        found = f"{len(found.parts)} parts, {'whole' if found.whole else 'more to come'}"
    assert found == expected


@pytest.mark.parametrize(
    ("number", "index", "expected"),
    [
        (NEWEST, 0, octets("video", NEWEST, 0, NEWEST * CELL)),
        (NEWEST - 1, 3, octets("video", NEWEST - 1, 3, (NEWEST - 1) * CELL + 3 * CELL // 4)),
        (NEWEST, 2, "in 542 ms"),  # what the preload hint names
        (NEWEST, 3, "NotFound"),
        (NEWEST - 1, 4, "NotFound"),  # the segment is whole, there will be no such part
        (NEWEST - 1, -1, "NotFound"),
        (NEWEST + 1, 0, "in 542 ms"),  # a hint may be wrong: another part of this segment may come first
        (NEWEST + 1, 1, "NotFound"),
        (117, 0, "Gone"),
        (121, 0, octets("video", 121, 0, 121 * CELL)),
    ],
)
def test_a_request_for_a_part(p, number, index, expected):
    assert answer(media_answer.part, p, "video", number, index) == expected


def test_after_a_whole_segment_the_first_part_of_the_next_is_hinted(p):
    assert answer(media_answer.part, p, "audio", NEWEST, 0) == "in 542 ms"
    assert answer(media_answer.part, p, "audio", NEWEST, 1) == "NotFound"


def test_a_header_is_found_by_track_and_name(p):
    assert media_answer.init(p, "video", "init-v.mp4") == VIDEO_TRACK.init
    assert answer(media_answer.init, p, "video", "init-a.mp4") == "NotFound"
    assert answer(media_answer.init, p, "audio-2", "init-a.mp4") == "NotFound"


def test_a_track_without_segments_has_none():
    p = Presentation(LOW_LATENCY)
    p.apply(period(0, 100))
    assert answer(media_answer.segment, p, "video", 100) == "NotFound"


def test_a_finished_presentation_has_no_future():
    p = Presentation(LOW_LATENCY)
    for event in [period(0, 100), *segments([100])]:
        p.apply(event)
    p.finish()
    assert answer(media_answer.segment, p, "video", 101) == "NotFound"


def test_octets_that_are_not_kept_still_have_their_size():
    p = Presentation(PresentationSettings(keep_media=False))
    events = [period(0, 100), *segments([100])]
    for event in events:
        p.apply(event)
    assert p.memory_bytes == len(VIDEO_TRACK.init) + len(AUDIO_TRACK.init)
    assert p.track("video").listed[0].octets == sum(len(e.data) for e in events[1:5])


def test_a_segment_as_long_as_planned_hints_at_the_next_one_before_it_ends():
    p = Presentation(LOW_LATENCY)
    parts = segment(VIDEO_TRACK, 101, whole=False)
    for event in [period(0, 100, [VIDEO_TRACK]), *segments([100], [VIDEO_TRACK]), *parts[:-1]]:
        p.apply(event)
    assert p.track("video").hinted_part == (101, len(parts) - 1)
    p.apply(parts[-1])  # the random access point that ends it takes its time
    assert p.track("video").hinted_part == (102, 0)
    assert answer(media_answer.part, p, "video", 102, 0) == "in 542 ms"
    assert answer(media_answer.part, p, "video", 101, len(parts)) == "NotFound"
