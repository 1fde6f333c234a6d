from dataclasses import replace

import pytest

from tests.origin import mpd_reader, playlist_reader
from tests.origin.broadcast import (
    AUDIO_TRACK,
    CELL,
    DESCRIPTION_TRACK,
    FILE,
    LOW_LATENCY,
    TRACKS,
    UTC,
    VIDEO_TRACK,
    WHOLE_SEGMENTS,
    S,
    period,
    segment,
    segments,
)
from yiwang.base.errors import Gone, NotFound, NotYetAvailable, UsageError
from yiwang.origin import media_answer
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.origin.presentation import Presentation


def fold(settings, events):
    p = Presentation(settings)
    for event in events:
        p.apply(event)
    return p


def read(p, track="video"):
    return playlist_reader.read(hls_media(p, track))


def test_nothing_is_offered_before_the_first_segment_is_whole():
    p = Presentation(LOW_LATENCY)
    views = [lambda: hls_multivariant(p), lambda: dash_mpd(p, 0)]
    for view in views:
        with pytest.raises(NotYetAvailable):
            view()
    for event in [period(0, 100), *segment(VIDEO_TRACK, 100, whole=False)]:
        p.apply(event)
    for view in [*views, lambda: hls_media(p, "video")]:
        with pytest.raises(NotYetAvailable):
            view()


def test_tracks_are_offered_together_unless_one_stays_away():
    p = fold(LOW_LATENCY, [period(0, 100, TRACKS), *segments([100], TRACKS[:2])])
    assert p.offered_tracks() == []
    for event in segments([101, 102], TRACKS[:2]):
        p.apply(event)
    assert [track.name for track in p.offered_tracks()] == ["video", "audio"]


def test_a_new_period_takes_over_when_its_tracks_have_come():
    p = fold(LOW_LATENCY, [period(0, 100), *segments([100, 101]), period(1, 102, TRACKS[:1])])
    assert [track.name for track in p.offered_tracks()] == ["video", "audio"]
    for event in segments([102], TRACKS[:1]):
        p.apply(event)
    assert [track.name for track in p.offered_tracks()] == ["video"]
    assert "AUDIO" not in hls_multivariant(p)


def test_a_track_that_no_longer_exists_leaves_with_its_last_segment():
    p = fold(LOW_LATENCY, [period(0, 100, TRACKS), *segments(range(100, 110), TRACKS), period(1, 110)])
    for event in segments(range(110, 145)):
        p.apply(event)
    assert set(p.tracks) == {"video", "audio"}
    assert len(p.periods) == 1
    with pytest.raises(NotFound):
        media_answer.segment(p, "audio-2", 109)


def test_the_target_duration_is_raised_once_and_stays():
    p = fold(WHOLE_SEGMENTS, [period(0, 100, TRACKS[:1]), *segments([100], TRACKS[:1], part_90k=0)])
    targets = [p.target_duration_s]
    start = 101 * CELL
    for number, duration in [(101, 2.4 * S), (102, 3.4 * S), (103, 2 * S), (104, 3.96 * S)]:
        for event in segment(VIDEO_TRACK, number, start, round(duration), 0):
            p.apply(event)
        start += round(duration)
        targets.append(p.target_duration_s)
    assert targets == [2, 2, 4, 4, 4]


def test_the_target_duration_of_a_file_is_that_of_its_segments():
    p = fold(FILE, [period(0, 1, TRACKS[:1]), *segment(VIDEO_TRACK, 1, duration_90k=S, part_90k=0)])
    p.finish()
    playlist = read(p)
    assert (playlist.target, playlist.type, playlist.ended) == (1, "VOD", True)


def test_a_file_that_grows_is_an_event():
    p = fold(FILE, [period(0, 1, TRACKS[:1]), *segment(VIDEO_TRACK, 1, part_90k=0)])
    assert read(p).type == "EVENT"


def test_a_hole_longer_than_the_window_begins_the_list_anew():
    p = fold(LOW_LATENCY, [period(3, 100), *segments(range(100, 110)), period(4, 200), *segments([200, 201])])
    playlist = read(p)
    assert (playlist.msn, playlist.dsn) == (200, 4)
    assert not any(s.gap for s in playlist.segments)
    with pytest.raises(Gone):
        media_answer.segment(p, "video", 100)


def test_a_hole_within_the_window_is_gaps_of_the_time_that_is_missing():
    late = 105 * CELL + S // 2
    events = [period(0, 100), *segments([100, 101, 102]), *segment(VIDEO_TRACK, 105, late)]
    gaps = [s for s in read(fold(LOW_LATENCY, events)).segments if s.gap]
    assert [(s.msn, float(s.duration)) for s in gaps] == [(103, 2), (104, 2)]
    soon = 103 * CELL + S
    gaps = [s for s in read(fold(LOW_LATENCY, [*events[:-5], *segment(VIDEO_TRACK, 105, soon)])).segments if s.gap]
    assert [(s.msn, float(s.duration)) for s in gaps] == [(103, 0.5), (104, 0.5)]


def test_gaps_before_a_discontinuity_are_there_for_their_numbers_alone():
    events = [period(0, 100), *segments([100]), period(1, 104), *segments([104])]
    segments_read = read(fold(LOW_LATENCY, events)).segments
    assert [(s.msn, s.gap, float(s.duration)) for s in segments_read[1:-1]] == [
        (n, True, 0.001) for n in (101, 102, 103)
    ]
    assert (segments_read[-1].date - segments_read[0].date).seconds == 8


def test_periods_without_a_segment_of_a_track_count_as_discontinuities():
    events = [period(0, 100, TRACKS), *segments([100], TRACKS), period(1, 101), *segments([101])]
    events += [period(2, 102, TRACKS), *segments([102], TRACKS)]
    playlist = read(fold(WHOLE_SEGMENTS, events), "audio-2")
    assert [(s.msn, s.discontinuity_sequence) for s in playlist.segments] == [(100, 0), (101, 0), (102, 2)]


def test_what_moved_out_of_the_window_keeps_its_discontinuity_sequence():
    p = fold(WHOLE_SEGMENTS, [period(7, 100), *segments(range(100, 103)), period(8, 103), *segments(range(103, 116))])
    playlist = read(p)
    assert playlist.segments[0].discontinuity_sequence == 8
    assert playlist.dsn <= 8


def test_part_targets_that_are_exceeded_are_raised():
    events = [period(0, 100, TRACKS[:1]), *segment(VIDEO_TRACK, 100, part_90k=S)]
    assert read(fold(LOW_LATENCY, events)).part_target == 1


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([*segments([100])], "belongs to no period"),
        ([period(1, 100), period(1, 200)], "period 1 after period 1"),
        ([period(0, 100), *segments([99])], "before the oldest period's first"),
        ([period(0, 100), *segments([101, 100])], "segment 100 of video after segment 101"),
        ([period(0, 100), *segment(VIDEO_TRACK, 100)[:1] * 2], "out of order"),
        ([period(0, 100), segment(VIDEO_TRACK, 100)[-1]], "has no parts"),
        ([period(0, 100), *segment(VIDEO_TRACK, 100, whole=False), *segment(VIDEO_TRACK, 101)], "out of order"),
    ],
)
def test_events_out_of_order_are_refused(events, words):
    with pytest.raises(UsageError, match=words):
        fold(LOW_LATENCY, events)


def test_views_are_made_once_per_change(monkeypatch):
    p = fold(LOW_LATENCY, [period(0, 100), *segments([100, 101])])
    first = (hls_media(p, "video"), hls_multivariant(p), dash_mpd(p, 5_000))
    assert hls_media(p, "video") is first[0]
    assert hls_multivariant(p) is first[1]
    assert dash_mpd(p, 6_000) is first[2]
    for event in segments([102]):
        p.apply(event)
    assert hls_media(p, "video") != first[0]
    assert 'publishTime="1970-01-01T00:00:07Z"' in dash_mpd(p, 7_000)


def test_the_wall_clock_of_periods_is_the_packagers():
    p = fold(WHOLE_SEGMENTS, [period(0, 100, utc_90k=UTC), *segments([100])])
    assert read(p).segments[0].date.isoformat() == "2023-11-14T22:13:20+00:00"
    assert 'start="PT1700000000S"' in dash_mpd(p, 0)


def test_memory_is_that_of_parts_and_headers():
    events = [period(0, 100), *segments([100])]
    p = fold(LOW_LATENCY, events)
    data = sum(len(e.data) for e in events if hasattr(e, "data"))
    assert p.memory_bytes == data + len(VIDEO_TRACK.init) + len(AUDIO_TRACK.init)


def test_a_window_of_a_day_costs_no_more_than_its_segments():
    p = fold(replace(WHOLE_SEGMENTS, window_90k=86_400 * S), [period(0, 0, TRACKS[:1])])
    for event in segments(range(3_000), TRACKS[:1], part_90k=0):
        p.apply(event)
    assert len(read(p).segments) == 3_000
    assert dash_mpd(p, 0).count("<S ") == 1


def test_description_is_told_from_the_main_sound():
    p = fold(WHOLE_SEGMENTS, [period(0, 100, TRACKS), *segments([100], TRACKS)])
    text = hls_multivariant(p)
    assert text.count("DEFAULT=YES") == 1
    assert 'NAME="zh (description)"' in text
    assert "describes-video" in text
    assert DESCRIPTION_TRACK.role in dash_mpd(p, 0)


def test_reordered_pictures_are_listed_when_they_are_shown():
    delay = 2 * 3600  # the first picture is decoded two frames before it is shown
    start = 100 * CELL
    events = [period(0, 100, media_90k=start, utc_90k=UTC)]
    for number in (100, 101):
        events += segment(VIDEO_TRACK, number, number * CELL - delay) + segment(AUDIO_TRACK, number)
    p = fold(LOW_LATENCY, events)
    video, audio = read(p), read(p, "audio")
    assert [s.date for s in video.segments] == [s.date for s in audio.segments]
    assert [s.duration for s in video.segments] == [2, 2]
    _, media, _ = mpd_reader.read(dash_mpd(p, 0))
    assert [m.presentation for m in media] == [UTC // S, UTC // S + 2] * 2
    assert media[0].t == start


def test_a_delay_that_cannot_be_reordering_is_none():
    events = [period(0, 100, TRACKS[:1], 100 * CELL, UTC), *segment(VIDEO_TRACK, 100, 98 * CELL)]
    assert read(fold(LOW_LATENCY, events)).segments[0].date.second == 16  # where its time stamps are, 4 s earlier


def test_when_the_packager_breaks_off_segments_in_progress_are_whole():
    events = [period(0, 100), *segments([100]), *segment(VIDEO_TRACK, 101, whole=False)[:3]]
    p = fold(LOW_LATENCY, [*events, *segment(AUDIO_TRACK, 101)])
    p.break_off()
    assert media_answer.segment(p, "video", 101).whole
    assert float(read(p).segments[-1].duration) == 1.5
    for event in [period(1, 105), *segments([105])]:
        p.apply(event)
    assert [s.msn for s in read(p).segments if s.gap] == [102, 103, 104]
