"""What viewers are told of cues: in every playlist whose window has some of a break, and no longer."""

import base64

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.origin import playlist_reader
from tests.origin.broadcast import CELL, LOW_LATENCY, UTC, WHOLE_SEGMENTS, S, cue, period, segments
from yiwang.origin.cues import MAX_RANGES, Cues
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media
from yiwang.origin.presentation import Presentation

MPD = "{urn:mpeg:dash:schema:mpd:2011}"


def fold(events, settings=LOW_LATENCY):
    p = Presentation(settings)
    for event in events:
        p.apply(event)
    return p


def date_ranges(p, track="video", *, skip=False):
    text = hls_media(p, track, skip=skip)
    lines = [line.partition(":")[2] for line in text.splitlines() if line.startswith("#EXT-X-DATERANGE:")]
    return [playlist_reader.attributes(line) for line in lines]


def dash_events(p):
    root = etree.fromstring(dash_mpd(p, 0).encode())
    return [
        (period.get("id"), int(e.get("presentationTime")), e.get("duration"), base64.b64decode("".join(e.itertext())))
        for period in root.iter(MPD + "Period")
        for e in period.iter(MPD + "Event")
    ]


def test_a_cue_is_seen_at_once_in_what_was_rendered_before_it():
    p = fold([period(0, 100), *segments(range(100, 106))])
    assert date_ranges(p) == date_ranges(p, "audio") == date_ranges(p, skip=True) == []
    assert dash_events(p) == []
    p.apply(cue("out", 7, 213 * S, 5 * S))
    assert len(date_ranges(p)) == len(date_ranges(p, "audio")) == len(date_ranges(p, skip=True)) == 1
    assert dash_events(p) == [("p0", 13 * S, str(5 * S), b"\xfc\x30section")]


def test_a_break_is_out_then_in_under_one_id_with_its_true_duration():
    events = [period(0, 100), *segments(range(100, 106)), cue("out", 7, 203 * S + 1, 30 * S)]
    p = fold(events)
    (before,) = date_ranges(p)
    assert before["PLANNED-DURATION"] == "30"
    assert before["START-DATE"].endswith(".000011Z"), "to the tick"
    assert "DURATION" not in before
    p.apply(cue("in", 7, 211 * S + 1, section=b"\xfc\x02"))
    (after,) = date_ranges(p)
    assert before.items() <= after.items(), "what was told of an ID never changes"
    assert (after["DURATION"], after["SCTE35-IN"]) == ("8", "0xFC02")
    assert [e[1:] for e in dash_events(p)] == [
        (3 * S + 1, str(8 * S), b"\xfc\x30section"),
        (11 * S + 1, "0", b"\xfc\x02"),
    ]


def test_a_break_that_returns_by_itself_has_a_duration_once_it_is_over():
    events = [period(0, 100), *segments(range(100, 103)), cue("out", 7, 203 * S, 4 * S, auto_return=True)]
    p = fold(events)
    assert "DURATION" not in date_ranges(p)[0]
    for event in segments([103]):
        p.apply(event)
    assert date_ranges(p)[0]["DURATION"] == "4"


def test_a_cancelled_break_is_taken_back_before_it_begins_and_ended_after():
    p = fold([period(0, 100), *segments(range(100, 106)), cue("out", 7, 230 * S, 4 * S), cue("cancel", 7, 212 * S)])
    assert date_ranges(p) == []
    assert dash_events(p) == []
    p = fold([period(0, 100), *segments(range(100, 106)), cue("out", 7, 203 * S), cue("cancel", 7, 212 * S)])
    assert date_ranges(p)[0]["DURATION"] == "9"


def test_a_break_said_anew_has_a_new_id_and_the_old_one_is_gone():
    p = fold([period(0, 100), *segments(range(100, 106)), cue("out", 7, 230 * S, 4 * S)])
    (before,) = date_ranges(p)
    p.apply(cue("out", 7, 230 * S, 8 * S))
    (after,) = date_ranges(p)
    assert after["PLANNED-DURATION"] == "8"
    assert after["ID"] != before["ID"]


def test_a_break_told_again_by_a_packager_that_began_anew_keeps_its_end():
    told = cue("out", 7, 203 * S, 30 * S)
    p = fold([period(0, 100), *segments(range(100, 106)), told, cue("in", 7, 209 * S)])
    before = date_ranges(p)
    p.apply(told)
    assert date_ranges(p) == before
    assert before[0]["DURATION"] == "6"


def test_a_break_leaves_with_the_last_segment_that_has_some_of_it():
    p = fold([period(0, 100), *segments(range(100, 106)), cue("out", 7, 205 * S, 4 * S, auto_return=True)])
    seen = []
    for number in range(106, 125):
        for event in segments([number]):
            p.apply(event)
        first = p.track("video").listed[0].start_90k
        overlaps = first < UTC + 209 * S
        assert bool(date_ranges(p)) == overlaps
        seen.append(overlaps)
    assert seen[0]
    assert not seen[-1]
    assert dash_events(p) == []
    assert p.cues.ranges == []


def test_a_break_is_told_in_the_period_in_which_it_begins_and_again_when_that_has_gone():
    events = [period(0, 100), cue("out", 7, 205 * S, 60 * S), *segments(range(100, 106)), period(1, 106)]
    p = fold([*events, *segments(range(106, 110))])
    assert [e[:3] for e in dash_events(p)] == [("p0", 5 * S, str(60 * S))]
    for event in segments(range(110, 125)):
        p.apply(event)
    assert [e[:3] for e in dash_events(p)] == [("p1", 0, str(53 * S))]


def test_the_event_stream_comes_before_the_adaptation_sets():
    p = fold([period(0, 100), *segments(range(100, 106)), cue("out", 7, 213 * S)], WHOLE_SEGMENTS)
    root = etree.fromstring(dash_mpd(p, 0).encode())
    (first, *others) = list(root.find(MPD + "Period"))
    assert first.tag == MPD + "EventStream"
    assert {e.tag for e in others} == {MPD + "AdaptationSet"}
    assert (first.get("schemeIdUri"), first.get("timescale")) == ("urn:scte:scte35:2014:xml+bin", "90000")


kinds = st.sampled_from(["out", "in", "cmd", "cancel"])


@given(
    st.lists(
        st.tuples(kinds, st.none() | st.integers(0, 3), st.integers(0, 60 * S), st.none() | st.integers(0, 90 * S)),
        max_size=150,
    )
)
@settings(max_examples=60)
def test_whatever_is_told_playlists_stay_readable_and_ids_are_unique(told):
    p = fold([period(0, 100), *segments(range(100, 110))])
    for kind, event_id, at, duration in told:
        p.apply(cue(kind, event_id, 100 * CELL + at, duration))
    ranges = date_ranges(p)
    assert len({r["ID"] for r in ranges}) == len(ranges) <= MAX_RANGES
    assert all(float(r.get("DURATION", 0)) >= 0 for r in ranges)
    playlist_reader.check(playlist_reader.read(hls_media(p, "video")))
    assert all(time >= 0 and int(duration or 0) >= 0 for _, time, duration, _ in dash_events(p))


def test_no_more_cues_are_kept_than_a_playlist_can_carry():
    cues = Cues()
    for n in range(1000):
        cues.apply(cue("out", n, n))
    assert len(cues.ranges) == MAX_RANGES
    assert cues.ranges[-1].event_id == 999
