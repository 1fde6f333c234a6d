"""Tables that change, come late, come damaged, or describe several programmes and languages."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.origin import playlist_reader
from tests.packaging import television as tv
from tests.real_streams.footage import (
    AUDIO,
    FIRST_DTS,
    PMT_PID,
    VIDEO,
    Mux,
    S,
    component,
    footage,
    mux,
    packets,
    pid_of,
    pmt,
)
from tests.real_streams.viewer import LIVE, package, source_times
from yiwang.mpegts.descriptors import Iso639LanguageDescriptor, StreamIdentifierDescriptor
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.section import parse_section
from yiwang.mpegts.tdt_tot import parse_tdt_tot
from yiwang.origin.hls_view import hls_media
from yiwang.origin.presentation import Presentation
from yiwang.origin.settings import PresentationSettings

H264, AAC = 0x1B, 0x0F
OTHER = 0x181


def language(code, audio_type=0):
    return Iso639LanguageDescriptor(((code, audio_type),))


def on(units, pids):
    """Units on other PIDs; those without a new one are left out."""
    return [replace(u, pid=pids[u.pid]) for u in units if u.pid in pids]


def between(units, begin_s, end_s):
    """Units of a stretch that begins and ends with a random access point."""
    return [u for u in units if FIRST_DTS + begin_s * S <= u.dts < FIRST_DTS + end_s * S]


def second_sound(seconds=12):
    return [replace(u, pid=OTHER) for u in footage(seconds, seed=2) if u.pid == AUDIO]


def three_stretches(first, other, table, other_table, *, third_table=None):
    """The first stretch, another until 8 s, the first again until 12 s."""
    writer = Mux()
    return b"".join(
        (
            mux(between(first, 0, 4), table=table, mux=writer),
            mux(between(other, 4, 8), table=other_table, mux=writer),
            mux(between(first, 8, 13), table=third_table or replace(table, version_number=2), mux=writer),
        )
    )


def test_row_09_pmt_version_changes_and_pids_move():
    moved = {VIDEO: 0x200, AUDIO: 0x201}
    table = pmt(component(H264, 0x200), component(AAC, 0x201), pcr_pid=0x200, version=1)
    view = package(three_stretches(footage(), on(footage(), moved), pmt(), table))
    view.without_hole()
    assert view.tracks() == [["video", "audio"]]  # the same streams: no new period
    counts = view.in_sync(footage())
    assert counts["video"] >= 297
    assert counts["audio"] >= 556


def test_row_09_pmt_version_changes_and_a_language_comes_and_goes():
    both = [*footage(), *second_sound()]
    plain = pmt(component(H264, VIDEO), component(AAC, AUDIO, language("chi")))
    table = pmt(
        component(H264, VIDEO),
        component(AAC, AUDIO, language("chi")),
        component(AAC, OTHER, language("eng")),
        version=1,
    )
    view = package(three_stretches(footage(), both, plain, table))
    view.without_hole()
    assert view.tracks() == [["video", "audio"], ["video", "audio", "audio-2"], ["video", "audio"]]
    assert [[h.language for h in p.tracks[1:]] for p in view.periods] == [["zho"], ["zho", "eng"], ["zho"]]
    counts = view.in_sync(both)
    assert counts["video"] >= 299
    assert counts["audio"] >= 560
    assert counts["audio-2"] >= 80  # of 4 s, from the next random access point on that begins a segment


def test_row_09_pmt_version_changes_to_the_regional_window_and_back():
    """At 19:00 the region's own encoder: another size, other sound, other PIDs; then the network's again."""
    region = on(footage(12, size=(128, 96), seed=3, frequency=44_100), {VIDEO: 0x210, AUDIO: 0x211})
    table = pmt(component(H264, 0x210), component(AAC, 0x211), pcr_pid=0x210, version=1)
    view = package(three_stretches(footage(), region, pmt(), table))
    view.without_hole()
    assert [p.tracks[0].config.width for p in view.periods] == [96, 128, 96]
    assert [p.tracks[1].config.sampling_frequency for p in view.periods] == [48_000, 44_100, 48_000]
    assert {h.name for p in view.periods for h in p.tracks} == {"video", "audio"}
    sources = [*footage(), *on(region, {0x210: VIDEO, 0x211: AUDIO})]
    counts = view.in_sync(sources)
    assert counts["video"] >= 299
    assert counts["audio"] >= 540
    numbers = view.published.numbers("video")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_row_10_pmt_changes_with_the_same_version():
    moved = {VIDEO: 0x200, AUDIO: 0x201}
    table = pmt(component(H264, 0x200), component(AAC, 0x201), pcr_pid=0x200)
    view = package(three_stretches(footage(), on(footage(), moved), pmt(), table, third_table=pmt()))
    view.without_hole()
    counts = view.in_sync(footage())
    assert counts["video"] >= 297
    assert counts["audio"] >= 556


def test_row_10_pmt_changes_with_the_same_version_as_the_first_one_was_incomplete():
    writer = Mux()
    first = mux(between(footage(), 0, 4), table=pmt(component(H264, VIDEO)), mux=writer)
    view = package(first + mux(between(footage(), 4, 13), mux=writer))
    view.without_hole()
    assert view.tracks() == [["video"], ["video", "audio"]]
    assert view.in_sync(footage())["video"] >= 299


def test_row_11_tables_late_rare_in_sections_or_damaged_once_a_file():
    writer = Mux()
    octets = mux(footage(), tables_every=0, mux=writer)
    at = len(packets(octets)) // 3
    head, body = packets(octets)[:2], packets(octets)[2:]
    late = b"".join([*body[:at], *head, *body[at:]])
    view = package(late)
    view.without_hole()
    counts = view.in_sync(footage())
    assert counts["video"] >= 300 * 2 // 3 - 26  # from the next random access point on
    never = package(b"".join(body))
    assert never.periods == []  # PIDs are not guessed


def test_row_11_tables_late_rare_in_sections_or_damaged_with_a_wrong_crc():
    whole = package(mux(footage()))
    damaged = []
    for n, packet in enumerate(packets(mux(footage()))):
        if pid_of(packet) in (0, PMT_PID) and n > 20:
            packet = packet[:10] + bytes([packet[10] ^ 1 + n % 255]) + packet[11:]  # it names other PIDs
        damaged.append(packet)
    view = package(b"".join(damaged))
    assert view.published.octets == whole.published.octets
    assert view.faults["crc_error"] > 40


def test_row_11_tables_late_rare_in_sections_or_damaged_pat_in_two_sections():
    programmes = [PatProgram(n, PMT_PID if n == 300 else 0x1100) for n in range(1, 301)]
    sections = Pat(1, tuple(programmes)).to_sections()
    assert len(sections) == 2
    writer = Mux()
    writer.sections(0, sections)
    head = len(writer.packets)
    mux(footage(), table=pmt(program=300), tables_every=0, mux=writer)
    rest = [packet for packet in writer.packets[head:] if pid_of(packet)]  # without the PAT that `mux` writes
    view = package(b"".join([*writer.packets[:head], *rest]), program=300)
    view.without_hole()
    assert view.in_sync(footage())["video"] == 300


@pytest.mark.parametrize("wanted", [None, 1, 2])
def test_row_12_several_programmes(wanted):
    one, other = tv.stream(8), tv.stream(8, gop=25, audio=False)
    view = package(tv.two_programmes(one, other), seconds=8, program=wanted)
    alone = package(other if wanted == 2 else one, seconds=8)
    assert view.tracks() == alone.tracks()
    assert [s.digest for s in view.samples("video")] == [s.digest for s in alone.samples("video")]


def test_row_12_several_programmes_and_a_number_that_changes():
    writer = Mux()
    octets = mux(between(footage(), 0, 6), mux=writer)
    octets += mux(between(footage(), 6, 13), table=pmt(program=7, version=1), mux=writer)
    followed = package(octets)  # no programme was asked for: the first that can be packaged
    followed.without_hole()
    assert followed.in_sync(footage())["video"] >= 299
    asked = package(octets, program=1)
    assert asked.faults["no_program"] >= 1
    assert 140 <= asked.in_sync(footage())["video"] <= 160


def test_row_33_several_audio_tracks():
    sounds = [
        (0x110, language("chi"), StreamIdentifierDescriptor(1)),
        (0x111, language("chi"), StreamIdentifierDescriptor(2)),
        (0x112, language("chi", 3), StreamIdentifierDescriptor(3)),  # visual impaired commentary
        (0x113,),  # no language
    ]
    units = [u for u in footage() if u.pid == VIDEO]
    for n, (pid, *_) in enumerate(sounds):
        units += [replace(u, pid=pid) for u in footage(12, seed=10 + n) if u.pid == AUDIO]
    table = pmt(component(H264, VIDEO), *(component(AAC, pid, *ds) for pid, *ds in sounds))
    # a new version has them in another order, on other PIDs
    move = {VIDEO: VIDEO, 0x110: 0x123, 0x111: 0x122, 0x112: 0x121, 0x113: 0x120}
    other = pmt(component(H264, VIDEO), *(component(AAC, move[pid], *ds) for pid, *ds in reversed(sounds)), version=1)
    view = package(three_stretches(units, on(units, move), table, other))
    view.without_hole()
    assert view.tracks() == [["video", "audio", "audio-2", "audio-3", "audio-4"]]
    assert [(h.language, h.role) for h in view.periods[0].tracks[1:]] == [
        ("zho", "main"),
        ("zho", "main"),
        ("zho", "description"),
        ("und", "main"),
    ]
    counts = view.in_sync(units)
    assert all(counts[f"audio{n}"] >= 550 for n in ("", "-2", "-3", "-4"))
    # a track keeps its own sound through the change
    for n, (pid, *_) in enumerate(sounds):
        mine = {s.digest for s in view.samples("audio" if n == 0 else f"audio-{n + 1}")}
        theirs = set(source_times(u for u in units if u.pid == pid))
        assert mine <= theirs


def test_row_42_summer_time_in_tables():
    """Times of tables are UTC, whatever the local offset: the hour that is told twice is two hours in UTC."""
    for hour in (0, 1, 2):
        time = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        mjd = (time.date() - date(1858, 11, 17)).days
        bcd = bytes(int(f"{n:02}", 16) for n in (time.hour, time.minute, time.second))
        tdt = parse_tdt_tot(parse_section(bytes([0x70, 0x70, 0x05]) + mjd.to_bytes(2, "big") + bcd))
        assert tdt.utc_s == time.timestamp()


@pytest.mark.parametrize("change", [datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)])
def test_row_42_summer_time_in_playlists(monkeypatch, change):
    """The node's zone changes its offset in the middle of a stream: dates are UTC and rise by what passes."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        presentation = Presentation(PresentationSettings(180_000, 0, None))
        view = package(mux(footage()), now_90k=int(change.timestamp() - 6) * S, settings=replace(LIVE, part_90k=0))
        for event in view.events:
            presentation.apply(event)
        playlist = playlist_reader.read(hls_media(presentation, "video"))
    finally:
        monkeypatch.undo()
        time.tzset()
    dates = [segment.date for segment in playlist.segments]
    assert dates[0] < change < dates[-1]
    for segment, following in zip(playlist.segments, playlist.segments[1:], strict=False):
        assert abs((following.date - segment.date).total_seconds() - float(segment.duration)) < 0.001
