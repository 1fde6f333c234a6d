"""Whatever the packager publishes: what is offered is served, and no published word is taken back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.origin import mpd_reader, playlist_reader
from tests.origin.broadcast import CELL, LOW_LATENCY, PART, WHOLE_SEGMENTS, S, broadcasts, octets
from yiwang.base.errors import NotFound, NotYetAvailable, UsageError
from yiwang.origin import media_answer
from yiwang.origin.blocking_reload import blocked
from yiwang.origin.dash_view import dash_mpd
from yiwang.origin.hls_view import hls_media, hls_multivariant
from yiwang.origin.presentation import Presentation
from yiwang.packaging.events import PartPublished, PeriodStarted

modes = st.sampled_from([(LOW_LATENCY, PART), (WHOLE_SEGMENTS, 0)]).flatmap(
    lambda mode: st.tuples(st.just(mode[0]), broadcasts(mode[1]))
)


class Truth:
    """What has been published, kept in the simplest way."""

    def __init__(self):
        self.octets, self.whole, self.period, self.starts, self.newest = {}, set(), {}, {}, None

    def add(self, event):
        if isinstance(event, PeriodStarted):
            self.newest = event
            return
        key = (event.track, event.number)
        if isinstance(event, PartPublished):
            self.octets.setdefault(key, []).append(event.data)
            self.period.setdefault(key, self.newest)
            self.starts.setdefault(key, event.start_ticks)
        else:
            self.whole.add(key)


def available(view):
    try:
        return view()
    except NotYetAvailable:
        return None


def walk(case, check, often=0.25):
    """Apply the events one by one; look at the presentation after some of them, and at the end."""
    setting, broadcast = case
    events = list(broadcast.events())
    p, truth = Presentation(setting), Truth()
    for i, event in enumerate(events):
        p.apply(event)
        truth.add(event)
        if i % round(1 / often) == 0 or i == len(events) - 1:
            check(p, truth)
    return p


@settings(max_examples=60, deadline=None)
@given(modes)
def test_every_uri_in_a_playlist_is_served_with_the_octets_published(case):
    def check(p, truth):
        for track in p.tracks:
            text = available(lambda track=track: hls_media(p, track))
            if text is None:
                continue
            playlist = playlist_reader.read(text)
            for segment in playlist.segments:
                assert segment.uri == f"{segment.msn}.m4s"
                if segment.gap:
                    with pytest.raises(NotFound):
                        media_answer.segment(p, track, segment.msn)
                    continue
                answer = media_answer.segment(p, track, segment.msn)
                assert answer.whole
                assert list(answer.parts) == truth.octets[track, segment.msn]
                assert segment.discontinuity_sequence == truth.period[track, segment.msn].period_id
                assert media_answer.init(p, track, segment.map)
            for segment in [*playlist.segments, *([playlist.in_progress] if playlist.in_progress else [])]:
                for uri, _, _ in segment.parts:
                    number, index, _ = uri.split(".")
                    part = media_answer.part(p, track, int(number), int(index))
                    assert part == truth.octets[track, int(number)][int(index)]
            if playlist.hint is not None:
                number, index, _ = playlist.hint.split(".")
                with pytest.raises(NotYetAvailable):
                    media_answer.part(p, track, int(number), int(index))
            for uri, (msn, part) in playlist.reports.items():
                other = uri.split("/")[1]
                assert len(truth.octets[other, msn]) == part + 1

    walk(case, check)


@settings(max_examples=60, deadline=None)
@given(modes)
def test_playlists_keep_the_rules_of_the_standard_from_version_to_version(case):
    last = {}

    def check(p, truth):
        targets = set()
        for track in p.tracks:
            text = available(lambda track=track: hls_media(p, track))
            if text is None:
                continue
            playlist = playlist_reader.read(text)
            playlist_reader.check(playlist)
            targets.add((playlist.target, str(playlist.control)))
            if track in last:
                playlist_reader.check_successor(last[track], playlist)
            last[track] = playlist
        assert len(targets) <= 1  # 6.2.4: the same target duration and server control in all renditions

    walk(case, check, often=0.5)


@settings(max_examples=60, deadline=None)
@given(modes)
def test_a_delta_update_and_the_playlist_before_make_the_playlist(case):
    def check(p, truth):
        for track in p.tracks:
            full_text = available(lambda track=track: hls_media(p, track))
            if full_text is None:
                continue
            delta_text = hls_media(p, track, skip=True)
            full, delta = playlist_reader.read(full_text), playlist_reader.read(delta_text)
            if not delta.skipped:
                assert delta_text == full_text
                continue
            assert (delta.msn, delta.dsn, delta.target) == (full.msn, full.dsn, full.target)
            kept = full.segments[delta.skipped :]
            assert [s.uri for s in delta.segments] == [s.uri for s in kept]
            assert [s.date for s in delta.segments] == [s.date for s in kept]
            assert [s.parts for s in delta.segments] == [s.parts for s in kept]
            rest = delta_text.partition("#EXT-X-SKIP")[2].partition("\n")[2]
            if rest.startswith("#EXT-X-MAP"):  # of the first that is there
                rest = rest.partition("\n")[2]
            assert rest in full_text
            assert [s.map for s in delta.segments] == [s.map for s in kept]
            assert sum(s.duration for s in kept) >= 5 * full.target  # only what is behind the boundary is skipped

    walk(case, check)


@settings(max_examples=60, deadline=None)
@given(modes)
def test_every_segment_of_the_mpd_is_served_and_is_where_the_mpd_says(case):
    last_ids = {}

    def check(p, truth):
        text = available(lambda: dash_mpd(p, 0))
        if text is None:
            return
        root, media, headers = mpd_reader.read(text)
        assert media
        for header in headers:
            track, _, name = header.partition("/")
            assert media_answer.init(p, track, name)
        for m in media:
            answer = media_answer.segment(p, m.track, m.number)
            assert answer.parts[0] == octets(m.track, m.number, 0, m.t)
            truth_period = truth.period[m.track, m.number]
            assert m.period.partition(".")[0] == f"p{truth_period.period_id}"
            header = next(h for h in truth_period.tracks if h.name == m.track)
            wall_clock = (
                m.t / header.timescale + (truth_period.presentation_start_90k - truth_period.media_start_90k) / S
            )
            assert abs(float(m.presentation) - wall_clock) < 0.001
            if not answer.whole:
                assert p.settings.low_latency
        starts = [mpd_reader.seconds(e.get("start")) for e in root.findall("m:Period", mpd_reader.NS)]
        assert starts == sorted(set(starts))
        for m in media:
            assert last_ids.setdefault((m.track, m.number), m.period) == m.period

    walk(case, check)


@settings(max_examples=60, deadline=None)
@given(modes)
def test_memory_holds_the_window_and_a_grace_and_no_more(case):
    def check(p, truth):
        held = sum(len(part.data) for t in p.tracks.values() for s in t.segments.values() for part in s.parts)
        names = {h.init_name: len(h.init) for period in p.periods for h in period.tracks}
        assert p.memory_bytes == held + sum(names.values())
        oldest = p.end_90k - 2 * p.settings.window_90k - 8 * CELL
        for track in p.tracks.values():
            stale = [s for s in track.segments.values() if s.end_90k < oldest]
            if track.listed:  # else it begins anew, and what was is let go with the first segment
                assert len(stale) <= len(track.listed)  # a track that stands still keeps the shortest list
            assert track.segments.keys() == {s.number for s in (*track.retired, *track.listed)} | (
                {track.in_progress.number} if track.in_progress else set()
            )

    walk(case, check)


@settings(max_examples=60, deadline=None)
@given(modes, st.integers(-3, 4), st.integers(0, 8) | st.none())
def test_a_blocked_request_is_answered_once_the_playlist_has_what_it_asks_for(case, ahead, part):
    setting, broadcast = case
    p = Presentation(setting)
    asked = None
    for event in broadcast.events():
        p.apply(event)
        track = p.tracks.get("video")
        if track is None or not track.listed:
            continue
        playlist = playlist_reader.read(hls_media(p, "video"))
        if asked is None:
            asked = max(0, playlist.segments[-1].msn + ahead)
        try:
            answer = blocked(p, "video", asked, part)
        except UsageError:
            assert asked > playlist.segments[-1].msn
            asked = None
            continue
        assert answer == expected_answer(playlist, asked, part, p.track("video"))


def expected_answer(playlist, msn, part, track):
    """The rule read from the playlist alone: has it segment ``msn``, or part ``part`` of it, or anything later?"""
    if playlist.part_target is None:
        part = None
    if msn <= playlist.segments[-1].msn:
        listed = next((s for s in playlist.segments if s.msn == msn), None)
        known = track.segments.get(msn)
        if part is None or listed is None or listed.gap or part < len(known.parts):
            return "ready"
        if msn < playlist.segments[-1].msn:
            return "ready"
        msn, part = msn + 1, 0
    if part is None:
        return "wait"
    now = playlist.in_progress
    have = len(now.parts) if now is not None and now.msn == msn else 0
    if track.in_progress is not None and track.in_progress.number == msn:
        have = len(track.in_progress.parts)
    return "ready" if part < have else "wait"


@settings(max_examples=30, deadline=None)
@given(modes)
def test_a_multivariant_playlist_offers_only_playlists_that_are_there(case):
    def check(p, truth):
        text = available(lambda: hls_multivariant(p))
        if text is None:
            return
        offered = {line.split("/")[0] for line in text.splitlines() if not line.startswith("#")}
        for line in text.splitlines():
            if line.startswith("#EXT-X-MEDIA:"):
                offered.add(playlist_reader.attributes(line.partition(":")[2])["URI"].split("/")[0])
        assert offered
        for track in offered:
            assert hls_media(p, track)

    walk(case, check)


@settings(max_examples=30, deadline=None)
@given(broadcasts(0))
def test_versions_rise_with_every_change_of_a_track(broadcast):
    p = Presentation(WHOLE_SEGMENTS)
    last = {}
    for event in broadcast.events():
        before = p.version
        p.apply(event)
        assert p.version > before
        if not isinstance(event, PeriodStarted):
            assert p.track(event.track).version > last.get(event.track, 0)
        for track in p.tracks.values():
            assert track.version >= last.get(track.name, 0)
            last[track.name] = track.version


@settings(max_examples=40, deadline=None)
@given(modes)
def test_a_view_that_was_kept_is_the_one_that_would_be_made_anew(case):
    def check(p, truth):
        views = [lambda: hls_multivariant(p), lambda: dash_mpd(p, 0)]
        views += [lambda track=track: hls_media(p, track) for track in p.tracks]
        kept = [available(view) for view in views]
        p._rendered.clear()
        assert [available(view) for view in views] == kept

    walk(case, check, often=1)
