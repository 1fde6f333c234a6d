"""Subtitles whose times are wrong, whose end never comes, of several pages and languages."""

from itertools import pairwise

import pytest

from tests.packaging import dvb_subtitle_writer as dvb
from tests.packaging import television as tv
from tests.packaging.teletext_writer import Subtitle, filler, service, with_private, with_teletext
from tests.packaging.test_image_subtitles import ROWS, document_and_pictures, seconds
from tests.packaging.test_text import timeline
from tests.real_streams.footage import WRAP, S
from tests.real_streams.viewer import package
from yiwang.packaging.events import PartPublished

TT = "{http://www.w3.org/ns/ttml}"
FIRST_PICTURE = tv.first_dts(tv.stream(12)) + 7200
SAID = [Subtitle(1, 2.6, [b"One"]), Subtitle(3.5, 6.7, [b"Two"]), Subtitle(8, 9, [b"Three"])]
PAGES = [(b"deu", 2, 8, 0x88), (b"swe", 2, 8, 0x89)]


def texts(view, track="text"):
    return timeline(view.events, track)


@pytest.mark.parametrize("off_s", [-3600, -60, 60, 40_000])
def test_row_34_teletext_with_wrong_times(off_s):
    """Its PTS are of another clock: text is shown when it comes, by the clock of the programme."""
    lines = service(8, 0x88, SAID, FIRST_PICTURE + off_s * S)
    lines[FIRST_PICTURE + (off_s + 10) * S] = [filler(8)]  # completes the last page
    octets = with_teletext(tv.stream(12), PAGES[:1], [lines], late_90k=-off_s * S, filling_every_90k=None)
    view = package(octets)
    found = texts(view)
    assert [text for *_, text in found] == ["One", "Two", "Three"]
    for (begin, end, _), said in zip(found, SAID, strict=True):
        assert begin == pytest.approx(said.begin_s, abs=1.5)
        assert end - begin == pytest.approx(said.end_s - said.begin_s, abs=0.5)
    assert [s.digest for s in view.samples("video")] == [s.digest for s in package(tv.stream(12)).samples("video")]


def test_row_34_teletext_with_wrong_times_no_more_of_several_pages_and_over_the_wrap():
    """Two pages of a PID, each in its national characters: { is a-umlaut in German and Swedish, } is not the same."""
    shift = WRAP - FIRST_PICTURE - 5 * S
    other = [Subtitle(1, 5, [b"{}"]), Subtitle(6, 11, [b"Slut"])]
    octets = with_teletext(
        tv.stream(12), PAGES, [service(8, 0x88, SAID, FIRST_PICTURE), service(8, 0x89, other, FIRST_PICTURE)]
    )
    for octets_of in (octets, tv.shifted(octets, shift)):
        view = package(octets_of)
        assert [t.language for t in view.periods[0].tracks[2:]] == ["deu", "swe"]
        assert texts(view) == [(1, 2.6, "One"), (3.5, 6.7, "Two"), (8, 9, "Three")]
        assert [text for *_, text in texts(view, "text-2")][1:] == ["Slut"]


def test_row_34_teletext_with_wrong_times_whose_end_never_comes():
    """A page that is never cleared ends by its time-out; it does not stay for ever."""
    octets = tv.continuous([tv.shifted(tv.stream(12), n * 12 * S) for n in range(4)])
    lines = service(8, 0x88, [Subtitle(2, 40, [b"Stuck"])], FIRST_PICTURE)
    lines[max(lines)] = [filler(8)]
    view = package(with_teletext(octets, PAGES[:1], [lines]), seconds=48)
    ((begin, end, text),) = texts(view)
    assert (begin, text) == (2, "Stuck")
    assert end <= 2 + 31


@pytest.mark.parametrize("time_out_s", [2, 5])
def test_row_35_dvb_subtitles_without_end(time_out_s):
    """No page is ever cleared: the page's own time-out ends it; an acquisition point clears what was."""
    times = [round(s * S) + FIRST_PICTURE for s in (1, 8)]
    sets = [dvb.shown(ROWS, 100, 500, time_out=time_out_s), dvb.shown(ROWS, 200, 400, time_out=2)]
    parts = [(pts - 20_000, dvb.pes(segments, pts)) for pts, segments in zip(times, sets, strict=True)]
    view = package(with_private(tv.stream(12), dvb.SUBTITLE_PID, dvb.descriptor(), parts))
    shown = []
    start = view.periods[0].media_start_90k / S
    for part in (e for e in view.events if isinstance(e, PartPublished) and e.track == "text"):
        document, _ = document_and_pictures(part)
        for division in document.iter(f"{TT}div"):
            begin, end = (seconds(division.get(name)) - start for name in ("begin", "end"))
            shown.append((round(begin, 2), round(end, 2)))
    assert shown[0][0] == 1
    joined = [shown[0]]
    for a, b in pairwise(shown):
        joined[-1:] = [(joined[-1][0], b[1])] if a[1] == b[0] else [joined[-1], b]
    assert joined == [(1, 1 + time_out_s), (8, 10)]
