"""Where the MPD has its Periods when a track misses numbers."""

import pytest

from tests.origin import mpd_reader
from tests.origin.broadcast import (
    AUDIO_TRACK,
    CELL,
    LOW_LATENCY,
    VIDEO_TRACK,
    WHOLE_SEGMENTS,
    period,
    segment,
    segments,
)
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.presentation import Presentation


def numbers(settings, events):
    """Numbers listed: {(Period id, track): [number, ...]}."""
    p = Presentation(settings)
    for event in events:
        p.apply(event)
    listed = {}
    for media in mpd_reader.read(dash_mpd(p, 0))[1]:
        listed.setdefault((media.period, media.track), []).append(media.number)
    return listed


def test_one_period_of_the_packager_is_one_period():
    assert numbers(WHOLE_SEGMENTS, [period(3, 100), *segments([100, 101], part_90k=0)]) == {
        ("p3", "video"): [100, 101],
        ("p3", "audio"): [100, 101],
    }


def test_numbers_that_all_tracks_miss_are_between_two_periods():
    events = [period(3, 100), *segments([100, 104], part_90k=0)]
    assert numbers(WHOLE_SEGMENTS, events) == {
        ("p3", "video"): [100],
        ("p3", "audio"): [100],
        ("p3.104", "video"): [104],
        ("p3.104", "audio"): [104],
    }


def test_after_a_hole_in_one_track_all_go_on_in_a_period_none_has_begun():
    events = [period(3, 100), *segments([100], part_90k=0)]
    events += segments([101, 102, 103], [VIDEO_TRACK], part_90k=0)  # the video is ahead
    events += segments([103], [AUDIO_TRACK], part_90k=0)  # so this one finds no place
    events += segments([104, 105], part_90k=0)
    assert numbers(WHOLE_SEGMENTS, events) == {
        ("p3", "video"): [100, 101, 102, 103],
        ("p3", "audio"): [100],
        ("p3.104", "video"): [104, 105],
        ("p3.104", "audio"): [104, 105],
    }


def test_a_period_waits_for_its_tracks():
    events = [period(0, 100), *segments([100], part_90k=0), period(1, 101), *segments([101], [VIDEO_TRACK], 0)]
    assert ("p1", "video") not in numbers(WHOLE_SEGMENTS, events)
    assert ("p1", "video") in numbers(WHOLE_SEGMENTS, [*events, *segments([101], [AUDIO_TRACK], 0)])


def test_a_segment_in_progress_is_listed_last_with_its_nominal_duration():
    events = [period(0, 100), *segments([100]), *segment(VIDEO_TRACK, 101, whole=False)[:1]]
    p = Presentation(LOW_LATENCY)
    for event in events:
        p.apply(event)
    media = [m for m in mpd_reader.read(dash_mpd(p, 0))[1] if m.track == "video"]
    assert [(m.number, m.d) for m in media] == [(100, CELL), (101, CELL)]
    for event in segment(VIDEO_TRACK, 101, duration_90k=CELL + CELL // 2)[1:]:
        p.apply(event)
    media = [m for m in mpd_reader.read(dash_mpd(p, 0))[1] if m.track == "video"]
    assert [(m.number, m.d) for m in media] == [(100, CELL), (101, CELL + CELL // 2)]


@pytest.mark.parametrize("settings", [LOW_LATENCY, WHOLE_SEGMENTS])
def test_periods_leave_the_window_with_their_last_segment(settings):
    part = settings.part_90k
    events = [period(0, 100), *segments([100, 101], part_90k=part), period(1, 102)]
    events += segments(range(102, 120), part_90k=part)
    assert {key[0] for key in numbers(settings, events)} == {"p1"}


@pytest.mark.parametrize(("silence", "durations"), [(0, [None, None]), (3, ["PT4S", None])])
def test_a_period_before_silence_says_when_it_ends(silence, durations):
    number = 102 + silence
    events = [period(0, 100), *segments([100, 101], part_90k=0), period(1, number), *segments([number], part_90k=0)]
    p = Presentation(WHOLE_SEGMENTS)
    for event in events:
        p.apply(event)
    root, _, _ = mpd_reader.read(dash_mpd(p, 0))
    assert [e.get("duration") for e in root.findall("m:Period", mpd_reader.NS)] == durations
