"""Text that is read in pictures: its segments wait for it, nothing else does, and what comes late is told."""

from tests.packaging import dvb_subtitle_writer as write
from tests.packaging import television
from tests.packaging.teletext_writer import with_private
from tests.packaging.test_image_subtitles import OTHER, ROWS, programme
from tests.packaging.test_text import NOW_90K, cues, package, segments
from yiwang.base.events import Fault
from yiwang.base.subtitle import COLUMNS, Screen, Span, TextLine
from yiwang.packaging.events import PackagerEvent, PartPublished, PeriodStarted
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

SETTINGS = {"segment_90k": 180_000, "part_90k": 0}


class Handed:
    """A screen that was handed over: read when the test says so, or ``after`` so many questions."""

    def __init__(self, text: str, after: int = 0) -> None:
        self.text, self.after = text, after
        self.failure = ""
        self.is_given_up = False

    def lines(self, *, wait: bool) -> tuple[TextLine, ...] | None:
        self.after -= 1
        if self.after >= 0 and not wait:
            return None
        return (TextLine(20, 2, 0, COLUMNS, (Span(self.text),)),) if self.text else ()

    def give_up(self) -> None:
        self.is_given_up = True


class Hand:
    """A reader that says which screen it was: 1, 2, ..."""

    def __init__(self, after: int = 0, *, failure: str = "", refusal: str | None = None) -> None:
        self.after, self.failure, self._refusal = after, failure, refusal
        self.handed: list[Handed] = []
        self.asked: list[str] = []
        self.prepared: list[str] = []

    def refusal(self, language: str) -> str | None:
        self.asked.append(language)
        return self._refusal

    def prepare(self, language: str) -> None:
        assert not self.handed
        self.prepared.append(language)

    def begin(self, screen: Screen, language: str) -> Handed:
        assert screen.bitmaps
        reading = Handed("" if self.failure else f"screen {len(self.handed) + 1}", self.after)
        reading.failure = self.failure
        self.handed.append(reading)
        return reading


def live(octets: bytes, reader: Hand, **options: int) -> tuple[list[PackagerEvent], list[Fault]]:
    return package(octets, Settings(**(SETTINGS | options), reader=reader))


def said(events, track: str = "text-ocr") -> list[tuple[float, float, str]]:
    start = next(e for e in events if isinstance(e, PeriodStarted))
    found = []
    for segment in segments(events, track):
        at = (segment.start_ticks - start.media_start_90k) / 90_000
        found += [(round(at + begin, 2), round(at + end, 2), text) for begin, end, text in cues(segment.webvtt)]
    return found


SEEN = [(1, 2, "screen 1"), (2, 4, "screen 1"), (4, 4.5, "screen 1"), (6, 8, "screen 2")]
"""As the pictures, to the tick: see test_image_subtitles."""


def test_text_is_beside_the_pictures_at_their_times():
    reader = Hand()
    events, faults = live(programme(), reader)
    assert reader.prepared == ["fra"]  # before the first screen
    tracks = next(e for e in events if isinstance(e, PeriodStarted)).tracks[2:]
    assert [(t.name, t.track_id, t.config.codec, t.language, t.role) for t in tracks] == [
        ("text", 201, "stpp.ttml.im1i", "fra", "caption"),
        ("text-ocr", 301, "stpp.ttml.im1t", "fra", "caption"),
    ]
    assert said(events) == SEEN
    assert [s.number for s in segments(events, "text-ocr")] == [s.number for s in segments(events, "video")]
    assert faults == []


def test_the_octets_do_not_depend_on_how_fast_it_is_read():
    """Replicas: one that reads at once and one that takes half a second of the stream publish the same."""

    def published(reader: Hand, track: str) -> list[tuple]:
        events, faults = live(programme(), reader, part_90k=45_000)
        assert faults == []
        return [
            (e.number, e.index, e.data, e.webvtt) for e in events if isinstance(e, PartPublished) and e.track == track
        ]

    quick, slow = Hand(), Hand(after=4)
    assert published(quick, "text-ocr") == published(slow, "text-ocr")
    assert slow.handed[0].after < 0


def test_only_the_text_waits():
    """Pictures, sound and the pictures of subtitles come when they come, whatever reading takes."""

    def order(reader: Hand | None) -> list[tuple[str, int]]:
        events, _ = package(programme(), Settings(**SETTINGS, reader=reader))
        return [(e.track, e.number) for e in events if isinstance(e, PartPublished) and e.track != "text-ocr"]

    assert order(Hand(after=10**6)) == order(Hand()) == order(None)


def test_what_is_read_too_late_is_seen_from_then_on_and_told():
    """The limit is three seconds after the pictures; a screen that is still to be seen then is seen from the next segment."""
    pictures = television.stream(16)
    origin = television.first_dts(pictures) + 7200
    times = [origin + 90_000, origin + 13 * 90_000]
    sets = [write.shown(ROWS, 100, 500, time_out=20), write.cleared()]
    parts = [(pts - 20_000, write.pes(segments, pts)) for pts, segments in zip(times, sets, strict=True)]
    octets = with_private(pictures, write.SUBTITLE_PID, write.descriptor(), parts)

    class Slow(Hand):
        def begin(self, screen: Screen, language: str) -> Handed:
            reading = super().begin(screen, language)
            reading.after = 10**6
            return reading

    reader = Slow()
    packager = TransportPackager(None, Settings(**SETTINGS, reader=reader))
    events: list[PackagerEvent] = []
    cut = 188 * 20
    for at in range(0, len(octets), cut):
        events += packager.feed(octets[at : at + cut], NOW_90K + at * 90_000 * 16 // len(octets))
        if reader.handed and at > len(octets) // 2:
            reader.handed[0].after = 0
    events += packager.flush(NOW_90K + 16 * 90_000)
    shown = said(events)
    assert shown[0][0] in (4, 6)
    assert shown[-1][1] == 13
    assert {text for *_, text in shown} == {"screen 1"}
    assert [(f.name, f.count) for f in packager.drain_faults()] == [("subtitle_read_late", 1)]
    assert [s.number for s in segments(events, "text-ocr")] == [s.number for s in segments(events, "video")]


def test_a_screen_that_nobody_waits_for_any_more_is_given_up():
    reader = Hand(after=10**6)
    events, faults = live(programme(seconds=20), reader)
    assert said(events) == []
    assert [reading.is_given_up for reading in reader.handed] == [True, False]  # the newest may be sent again
    assert [f.name for f in faults] == ["subtitle_read_late"] * 2


def test_a_file_waits_for_as_long_as_it_takes():
    events, faults = package(programme(), Settings(**SETTINGS, live=False, reader=Hand(after=10**6)))
    assert said(events) == SEEN
    assert faults == []


def test_what_could_not_be_read_is_told():
    events, faults = live(programme(), Hand(failure="subtitle_unreadable"))
    assert said(events) == []
    assert [f.name for f in faults] == ["subtitle_unreadable"] * 2


def test_a_screen_that_is_sent_again_is_read_once():
    pictures = television.stream(12)
    origin = television.first_dts(pictures) + 7200
    times = [origin + round(s * 90_000) for s in (1, 3, 5, 7)]
    sets = [write.shown(ROWS, 100, 500), write.shown(ROWS, 100, 500), write.shown(OTHER, 100, 500), write.cleared()]
    parts = [(pts - 20_000, write.pes(segments, pts)) for pts, segments in zip(times, sets, strict=True)]
    reader = Hand()
    events, _ = live(with_private(pictures, write.SUBTITLE_PID, write.descriptor(), parts), reader)
    assert said(events) == [
        (1, 2, "screen 1"),
        (2, 4, "screen 1"),
        (4, 5, "screen 1"),
        (5, 6, "screen 2"),
        (6, 7, "screen 2"),
    ]
    assert len(reader.handed) == 2


def test_a_language_that_is_not_read_has_no_such_track_and_says_why_once():
    for refusal, told in (("no data", ["no data"]), ("", [])):
        reader = Hand(refusal=refusal)
        events, faults = live(programme(), reader)
        names = [t.name for e in events if isinstance(e, PeriodStarted) for t in e.tracks]
        assert names == ["video", "audio", "text"]
        assert [(f.name, f.detail) for f in faults] == [("subtitle_language_not_read", detail) for detail in told]
        assert set(reader.asked) == {"fra"}
