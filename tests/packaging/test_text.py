"""Subtitles through the packager: segments like the video's, whatever is said and whenever it comes."""

import random
import re
from dataclasses import replace

import pytest

from tests.packaging import television
from tests.packaging.teletext_writer import (
    YELLOW,
    Subtitle,
    descriptor,
    filler,
    pes,
    service,
    with_component,
    with_private,
    with_teletext,
)
from yiwang.base.subtitle import Screen, ScreenChange, Span, TextLine
from yiwang.packaging.events import PackagerEvent, PartPublished, PeriodStarted, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.text import TEXT_CONFIG, TextTrack
from yiwang.packaging.text_streams import TextPage
from yiwang.packaging.transport import TransportPackager

PAGES = [(b"eng", 5, 8, 0x88), (b"fra", 2, 8, 0x89)]
NOW_90K = 1_795_000_000 * 90_000
PICTURE_LATE_90K = 7200  # the first picture is shown two frames after it is decoded
SUBTITLES = [
    Subtitle(1, 2.6, [b"Hello there"]),
    Subtitle(3.5, 6.7, [b"A long one", b"goes on"], YELLOW),
    Subtitle(8, 9, [b"Last"]),
]


def programme(subtitles=SUBTITLES, seconds=12, **options) -> bytes:
    pictures = television.stream(seconds)
    origin = television.first_dts(pictures) + PICTURE_LATE_90K
    french = service(8, 0x89, [Subtitle(1, 11, [b"Bonjour"])], origin)
    return with_teletext(pictures, PAGES, [service(8, 0x88, subtitles, origin), french], **options)


def package(octets: bytes, settings: Settings | None = None, cut: int = 188 * 40, now_90k: int = NOW_90K):
    """Events of a live stream, in blocks of ``cut`` octets, and the faults."""
    packager = TransportPackager(None, settings or Settings(part_90k=0))
    events: list[PackagerEvent] = []
    for at in range(0, len(octets), cut):
        now = now_90k + at * 90_000 * 12 // len(octets)
        events += packager.feed(octets[at : at + cut], now)
    events += packager.flush(now_90k + 12 * 90_000)
    return events, packager.drain_faults()


def segments(events, track: str) -> list[SegmentPublished]:
    return [e for e in events if isinstance(e, SegmentPublished) and e.track == track]


def cues(webvtt: bytes) -> list[tuple[float, float, str]]:
    """Cues of a segment, seconds since its begin, slowly."""
    text = webvtt.decode()
    assert re.match(r"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:\d+,LOCAL:00:00:00.000\n", text)
    found = []
    for block in text.split("\n\n")[1:]:
        times, *lines = block.strip().split("\n")
        match = re.match(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})", times)
        assert match is not None
        begin, end = (int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in (match.groups()[:3], match.groups()[3:]))
        found.append((begin, end, re.sub("<[^>]*>", "", " ".join(lines))))
    return found


def timeline(events, track: str) -> list[tuple[float, float, str]]:
    """All cues of a track, seconds since the period's begin; those that go on over a boundary are one."""
    start = next(e for e in events if isinstance(e, PeriodStarted)).media_start_90k
    joined: list[tuple[float, float, str]] = []
    for segment in segments(events, track):
        for begin, end, text in cues(segment.webvtt):
            at = (segment.start_ticks - start) / 90_000
            if joined and joined[-1][2] == text and joined[-1][1] == pytest.approx(at + begin, abs=0.0015):
                joined[-1] = (joined[-1][0], round(at + end, 3), text)
            else:
                joined.append((round(at + begin, 3), round(at + end, 3), text))
    return joined


EXPECTED = [(1, 2.6, "Hello there"), (3.5, 6.7, "A long one goes on"), (8, 9, "Last")]


def test_text_segments_have_the_numbers_and_spans_of_the_video_s():
    events, faults = package(programme())
    video = segments(events, "video")
    start = next(e for e in events if isinstance(e, PeriodStarted))
    assert [(t.name, t.language, t.role) for t in start.tracks[2:]] == [
        ("text", "eng", "caption"),
        ("text-2", "fra", "subtitle"),
    ]
    for track in ("text", "text-2"):
        text = segments(events, track)
        assert [s.number for s in text] == [s.number for s in video]
        assert [s.duration_ticks for s in text] == [s.duration_ticks for s in video]
        assert text[0].start_ticks == start.media_start_90k
        assert all(a.start_ticks + a.duration_ticks == b.start_ticks for a, b in zip(text, text[1:], strict=False))
    assert timeline(events, "text") == EXPECTED
    assert timeline(events, "text-2") == [(1, 11, "Bonjour")]
    assert faults == []


def test_a_subtitle_that_crosses_a_boundary_is_in_both_segments_and_silence_is_an_empty_one():
    events, _ = package(programme())
    texts = [[text for *_, text in cues(s.webvtt)] for s in segments(events, "text")]
    long = "A long one goes on"
    assert texts == [["Hello there"], ["Hello there", long], [long], [long], ["Last"], []]
    for segment in segments(events, "text"):
        assert all(0 <= begin < end <= segment.duration_ticks / 90_000 for begin, end, _ in cues(segment.webvtt))


@pytest.mark.parametrize("part_90k", [0, 45_000])
def test_the_cuts_of_the_stream_make_no_difference(part_90k):
    octets = programme()
    settings = Settings(part_90k=part_90k)

    def text_of(cut: int):
        events, _ = package(octets, settings, cut)
        return [e for e in events if not isinstance(e, PeriodStarted) and e.track.startswith("text")]

    reference = text_of(188)
    for cut in (188 * 7, 188 * 64, 10_000):
        # order between tracks may differ within a block, octets may not
        assert sorted(text_of(cut), key=repr) == sorted(reference, key=repr)


def test_parts_near_the_live_edge_say_the_same_as_the_segment():
    events, _ = package(programme(), Settings(part_90k=45_000))
    for track in ("text", "text-2"):
        for segment in segments(events, track):
            parts = [
                e for e in events if isinstance(e, PartPublished) and (e.track, e.number) == (track, segment.number)
            ]
            assert [p.index for p in parts] == list(range(len(parts)))
            assert all(p.duration_ticks <= 45_000 for p in parts)
            assert sum(p.duration_ticks for p in parts) == segment.duration_ticks
            assert [bool(p.data) for p in parts] == [False] * (len(parts) - 1) + [True]
            pieces = [
                (round((p.start_ticks - segment.start_ticks) / 90_000 + begin, 3), text)
                for p in parts
                for begin, _, text in cues(p.webvtt)
            ]
            for begin, _, text in cues(segment.webvtt):
                assert (pytest.approx(begin, abs=0.0015), text) in pieces
            assert bool(pieces) == bool(cues(segment.webvtt))


def test_text_delays_neither_pictures_nor_sound():
    """With text that comes seconds late, or not at all, the rest is published as without it, call by call."""
    plain = television.stream(12)

    def without_text(octets: bytes) -> list[list[PackagerEvent]]:
        packager = TransportPackager(None, Settings(part_90k=45_000))
        counted, calls = 0, []
        for packet in television.packets(octets):
            events = packager.feed(packet, NOW_90K)
            if television.pid_of(packet) in (television.VIDEO_PID, television.AUDIO_PID):
                counted += 1
                kept = [e for e in events if not isinstance(e, PeriodStarted) and not e.track.startswith("text")]
                calls += [(counted, e) for e in kept]
        return calls

    expected = without_text(plain)
    assert expected
    assert without_text(programme(late_90k=2 * 90_000)) == expected
    assert without_text(programme([], filling_every_90k=None)) == expected


def test_a_stream_in_which_nothing_is_said_gets_its_empty_segments_a_second_later():
    octets = with_private(television.stream(12), 0x150, descriptor(PAGES), [])
    events, _ = package(octets)
    video, text = segments(events, "video"), segments(events, "text")
    assert [s.number for s in text] == [s.number for s in video]
    assert all(cues(s.webvtt) == [] for s in text)
    order = [(e.track, e.number) for e in events if isinstance(e, SegmentPublished)]
    assert order.index(("text", text[0].number)) < order.index(("video", video[2].number))


def test_text_that_comes_too_late_begins_with_the_segment_that_is_still_open():
    """Five seconds after the pictures of its time, without headers in between that would tell that it is behind."""
    octets = programme([Subtitle(1, 6, [b"Late"])], late_90k=5 * 90_000, filling_every_90k=None)
    events, _ = package(octets)
    assert timeline(events, "text") == [(4, 8, "Late")]  # as segments until 4 s, and later until 8 s, were written


def test_a_subtitle_without_an_end_is_over_after_half_a_minute():
    octets = programme([Subtitle(1, 39, [b"Forgotten"])], seconds=40)
    events, _ = package(octets)
    assert timeline(events, "text") == [(1, 31, "Forgotten")]


def test_a_subtitle_that_is_sent_again_goes_on():
    again = [Subtitle(1 + 0.5 * n, 1.5 + 0.5 * n, [b"Said again"]) for n in range(6)]
    pictures = television.stream(12)
    origin = television.first_dts(pictures) + PICTURE_LATE_90K
    found = service(8, 0x88, again, origin)
    for pts in sorted(found)[1:-1]:
        found[pts] = found[pts][1:]  # no empty page in between
    events, _ = package(with_teletext(pictures, PAGES[:1], [found]))
    assert timeline(events, "text") == [(1, 4, "Said again")]


def test_the_wrap_of_33_bits_makes_no_difference():
    octets = programme()
    moved = television.shifted(octets, television.WRAP - 5 * 90_000 - television.first_dts(octets))
    events, faults = package(moved)
    assert timeline(events, "text") == EXPECTED
    assert faults == []
    period = next(e for e in events if isinstance(e, PeriodStarted))
    maps = [int(re.findall(rb"MPEGTS:(\d+)", s.webvtt)[0]) for s in segments(events, "text")]
    assert maps == [s.start_ticks % television.WRAP for s in segments(events, "text")]
    assert period.media_start_90k > television.WRAP


def test_a_time_jump_ends_what_was_seen_and_what_follows_is_in_place():
    """REAL_STREAMS: an encoder that restarts; text of the old and of the new time base."""
    one = programme([Subtitle(9, 20, [b"Never ended"])])
    other = television.shifted(programme([Subtitle(5, 7, [b"After"])]), 777_777_777)
    events, _ = package(television.continuous([one, other]))
    periods = [e for e in events if isinstance(e, PeriodStarted)]
    assert len(periods) == 2
    text, video = segments(events, "text"), segments(events, "video")
    assert [s.number for s in text] == [s.number for s in video]
    after = [s for s in text if s.number >= periods[1].first_number]
    said = [
        ((s.start_ticks - periods[1].media_start_90k) / 90_000 + begin, text)
        for s in after
        for begin, _, text in cues(s.webvtt)
    ]
    assert {text for _, text in said} == {"After"}
    assert said[0][0] == pytest.approx(5, abs=0.002)


def test_times_far_from_the_pictures_are_not_used():
    """REAL_STREAMS 34: wrong PTS; the programme's clock tells when it was said."""
    pictures = television.stream(12)
    origin = television.first_dts(pictures) + PICTURE_LATE_90K
    found = service(8, 0x88, [Subtitle(3, 5, [b"Bogus"])], origin)
    parts = [(pts, pes([*rows, filler(8)], pts + 3600 * 90_000)) for pts, rows in sorted(found.items())]
    events, faults = package(with_private(pictures, 0x150, descriptor(PAGES[:1]), parts))
    ((begin, end, text),) = timeline(events, "text")
    assert text == "Bogus"
    assert begin == pytest.approx(3, abs=0.15)
    assert end == pytest.approx(5, abs=0.15)
    assert {fault.name for fault in faults} == {"text_time_stamp"}
    assert {fault.pid for fault in faults} == {0x150}


def test_pes_packets_without_a_time_take_the_programme_s():
    pictures = television.stream(12)
    origin = television.first_dts(pictures) + PICTURE_LATE_90K
    found = service(8, 0x88, [Subtitle(3, 5, [b"No time"])], origin)
    parts = [(pts, pes([*rows, filler(8)], None)) for pts, rows in sorted(found.items())]
    events, faults = package(with_private(pictures, 0x150, descriptor(PAGES[:1]), parts))
    ((begin, _, text),) = timeline(events, "text")
    assert text == "No time"
    assert begin == pytest.approx(3, abs=0.15)
    assert faults == []


def test_a_new_language_begins_a_new_period_and_a_new_pid_does_not():
    one = programme()
    half = len(television.packets(one)) // 2
    moved = television.with_version(television.moved(one, {0x150: 0x151}), 1)
    events, _ = package(b"".join(television.packets(one)[:half]) + b"".join(television.packets(moved)[half:]))
    assert len([e for e in events if isinstance(e, PeriodStarted)]) == 1
    assert timeline(events, "text") == EXPECTED

    def spanish(section: bytearray) -> None:
        section[:] = section.replace(b"fra", b"spa")

    other = television.with_version(television.with_sections(one, television.PMT_PID, spanish), 1)
    events, _ = package(b"".join(television.packets(one)[:half]) + b"".join(television.packets(other)[half:]))
    periods = [e for e in events if isinstance(e, PeriodStarted)]
    assert [[t.language for t in p.tracks[2:]] for p in periods] == [["eng", "fra"], ["eng", "spa"]]
    assert [t.name for t in periods[1].tracks[2:]] == ["text", "text-3"]


def test_a_radio_programme_may_have_text():
    sound = television.stream(12, video=False)
    entry = bytes([6, 0xE1, 0x50, 0xF0, len(descriptor(PAGES))]) + descriptor(PAGES)
    events, _ = package(with_component(sound, entry))
    assert [s.number for s in segments(events, "text")] == [s.number for s in segments(events, "audio")]


# -- the track alone

SCREEN = Screen((TextLine(22, 2, 10, 5, (Span("Hello"),)),))


def change(screen: Screen | None, time_out_90k: int = 900) -> ScreenChange:
    return ScreenChange((8, 0x88), 0, screen, time_out_90k)


def test_a_track_gives_each_span_once():
    track = TextTrack("text", TextPage((8, 0x88), "eng", "subtitle"), TEXT_CONFIG)
    track.add(0, 100, change(SCREEN))
    track.add(0, 250, change(None))
    assert [(c.begin, c.end) for c in track.cut(0, 0, 200)] == [(100, 200)]
    assert [(c.begin, c.end) for c in track.cut(0, 200, 400)] == [(200, 250)]
    assert track.cut(0, 400, 600) == []


def test_the_newest_word_on_what_is_to_come_counts():
    track = TextTrack("text", TextPage((8, 0x88), "eng", "subtitle"), TEXT_CONFIG)
    track.add(0, 500, change(replace(SCREEN, width=1)))
    track.add(0, 100, change(SCREEN))
    assert [(c.begin, c.end, c.screen) for c in track.cut(0, 0, 800)] == [(100, 800, SCREEN)]


@pytest.mark.parametrize("seed", range(6))
def test_damaged_text_harms_nothing_but_text(seed):
    chance = random.Random(seed)
    octets = television.packets(programme())
    damaged = []
    for packet in octets:
        if television.pid_of(packet) == 0x150 and chance.random() < 0.3:
            if chance.random() < 0.3:
                continue  # lost
            broken = bytearray(packet)
            for _ in range(chance.randrange(1, 30)):
                broken[chance.randrange(4, 188)] = chance.randrange(256)
            packet = bytes(broken)
        damaged.append(packet)

    def others(stream: list[bytes]) -> list[PackagerEvent]:
        events, _ = package(b"".join(stream), Settings(part_90k=45_000))
        assert [s.number for s in segments(events, "text")] == [s.number for s in segments(events, "video")]
        return [e for e in events if not isinstance(e, PeriodStarted) and not e.track.startswith("text")]

    def key(events: list[PackagerEvent]) -> list[str]:
        return sorted(map(repr, events))

    assert key(others(damaged)) == key(others(octets))
