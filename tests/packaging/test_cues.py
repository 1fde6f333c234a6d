"""Cues at known pictures of made-up television: published once, with the time of that picture to the tick."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packaging import television as tv
from tests.packaging.test_programme import NOW
from yiwang.packaging.cues import CueFilter, read_cues
from yiwang.packaging.events import CuePublished, PeriodStarted, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager
from yiwang.scte35.command import SpliceNull, TimeSignal
from yiwang.scte35.segmentation_descriptor import SegmentationDescriptor
from yiwang.scte35.splice_info_section import SpliceInfoSection
from yiwang.scte35.splice_insert import SpliceInsert
from yiwang.scte35.splice_time import BreakDuration

GOP = 2 * 90_000
SECONDS = 12
BREAK = BreakDuration(True, 3 * GOP)


def first_pts(octets):
    return tv._read(next(p for p in map(video_stamps, tv.packets(octets)) if p))


def video_stamps(packet):
    at = 5 + packet[4] if packet[3] & 0x20 else 4
    is_video = tv.pid_of(packet) == tv.VIDEO_PID and packet[1] & 0x40
    return packet[at + 9 : at + 14] if is_video else b""


def row_at(octets, share):
    return int(len(octets) // 188 * share)


def events_of(octets, *, live=True, blocks=20, cuts=None, now_90k=NOW):
    packager = TransportPackager(None, replace(Settings(), live=live))
    places = sorted({0, len(octets), *(range(0, len(octets), 188 * blocks) if cuts is None else cuts)})
    events = []
    for a, b in zip(places, places[1:], strict=False):
        now = now_90k + round(a / len(octets) * SECONDS * 90_000) if live else 0
        events += packager.feed(octets[a:b], now)
    events += packager.flush(now_90k + SECONDS * 90_000 if live else 0)
    return events, packager


def cues_of(octets, **keywords):
    events, _ = events_of(octets, **keywords)
    return [e for e in events if isinstance(e, CuePublished)], events


def section(command, *descriptors, adjustment=0):
    return SpliceInfoSection(command, tuple(descriptors), pts_adjustment=adjustment).to_bytes()


def insert(pts, event_id=7, out=True, duration=BREAK, adjustment=0):
    return section(
        SpliceInsert(event_id, False, out, pts_time=pts % tv.WRAP, break_duration=duration), adjustment=adjustment
    )


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("adjustment", [0, 1, 90_000, tv.WRAP - 5 * 90_000])
@pytest.mark.parametrize("before_wrap_90k", [None, 5 * 90_000, 9 * 90_000])
def test_a_cue_has_the_time_of_its_picture_to_the_tick(live, adjustment, before_wrap_90k):
    tv_stream = tv.stream(SECONDS)
    if before_wrap_90k is not None:
        tv_stream = tv.shifted(tv_stream, -first_pts(tv_stream) - before_wrap_90k)
    at = first_pts(tv_stream) + 4 * GOP  # 8 s after the first picture: told at 4 s, before or after the wrap
    octets = tv.with_splices(tv_stream, {row_at(tv_stream, 0.33): insert(at - adjustment, adjustment=adjustment)})
    cues, events = cues_of(octets, live=live)
    (cue,) = cues
    assert (cue.kind, cue.event_id, cue.duration_90k, cue.auto_return) == ("out", 7, 3 * GOP, True)
    period = next(e for e in events if isinstance(e, PeriodStarted))
    whole_gops, rest = divmod(cue.media_90k - period.media_start_90k, GOP)
    assert rest == 0
    assert whole_gops == 4
    assert cue.presentation_90k - period.presentation_start_90k == cue.media_90k - period.media_start_90k
    if live:
        assert cue.media_90k % tv.WRAP == at % tv.WRAP


def test_the_segment_of_a_cue_at_a_random_access_point_begins_at_it():
    tv_stream = tv.stream(SECONDS)
    octets = tv.with_splices(tv_stream, {row_at(tv_stream, 0.3): insert(first_pts(tv_stream) + 3 * GOP)})
    (cue,), events = cues_of(octets)
    period = next(e for e in events if isinstance(e, PeriodStarted))
    segments = [e for e in events if isinstance(e, SegmentPublished) and e.track == "video"]
    reordering = period.media_start_90k - segments[0].start_ticks
    assert cue.media_90k in {s.start_ticks + reordering for s in segments}


def test_a_cue_in_the_past_and_one_off_any_picture_keep_their_times():
    tv_stream = tv.stream(SECONDS)
    start = first_pts(tv_stream)
    splices = {row_at(tv_stream, 0.7): insert(start + GOP, 1), row_at(tv_stream, 0.71): insert(start + 5 * GOP + 17, 2)}
    cues, events = cues_of(tv.with_splices(tv_stream, splices))
    begin = next(e for e in events if isinstance(e, PeriodStarted)).media_start_90k
    assert [c.media_90k - begin for c in cues] == [GOP, 5 * GOP + 17]


def test_a_cue_told_before_the_first_picture_waits_for_it():
    tv_stream = tv.stream(SECONDS)
    row = next(n for n, p in enumerate(tv.packets(tv_stream)) if tv.pid_of(p) == tv.VIDEO_PID)
    (cue,), events = cues_of(tv.with_splices(tv_stream, {row: insert(first_pts(tv_stream) + GOP)}))
    assert isinstance(events[0], PeriodStarted)
    assert cue.media_90k == events[0].media_start_90k + GOP


def test_a_repeated_cue_is_published_once_and_a_changed_one_again():
    tv_stream = tv.stream(SECONDS)
    at = first_pts(tv_stream) + 4 * GOP
    shorter = BreakDuration(True, GOP)
    told = [insert(at), insert(at - 90, adjustment=90), insert(at), insert(at, duration=shorter), insert(at)]
    splices = {row_at(tv_stream, 0.3) + n: octets for n, octets in enumerate(told)}
    cues, _ = cues_of(tv.with_splices(tv_stream, splices))
    assert [c.duration_90k for c in cues] == [3 * GOP, GOP, 3 * GOP]


def test_an_immediate_cue_and_a_cancelled_one_are_where_the_programme_is():
    tv_stream = tv.stream(SECONDS)
    immediate = section(SpliceInsert(1, False, True, True))
    cancelled = section(SpliceInsert(1, True))
    row = row_at(tv_stream, 0.5)
    splices = {row: immediate, row + 3: immediate, row_at(tv_stream, 0.75): cancelled}
    octets = tv.with_splices(tv_stream, splices)
    (out, cancel), events = cues_of(octets)
    begin = next(e for e in events if isinstance(e, PeriodStarted)).media_start_90k
    assert [out.kind, cancel.kind] == ["out", "cancel"]
    assert 5 * 90_000 < out.media_90k - begin < 7 * 90_000
    assert 8 * 90_000 < cancel.media_90k - begin < 10 * 90_000


def test_each_segmentation_descriptor_of_a_time_signal_is_a_cue():
    start = SegmentationDescriptor(5, segmentation_duration=900_000, segmentation_type_id=0x34)
    end = SegmentationDescriptor(6, segmentation_type_id=0x35)
    chapter = SegmentationDescriptor(8, segmentation_type_id=0x20)
    cancel = SegmentationDescriptor(9, True)
    found = read_cues(section(TimeSignal(100), start, end, chapter, cancel, adjustment=tv.WRAP - 101))
    assert [(c.kind, c.event_id, c.time_33, c.duration_90k) for c in found] == [
        ("out", 5, tv.WRAP - 1, 900_000),
        ("in", 6, tv.WRAP - 1, None),
        ("cmd", 8, tv.WRAP - 1, None),
        ("cancel", 9, None, None),
    ]
    assert [c.kind for c in read_cues(section(TimeSignal(1)))] == ["cmd"]


def test_a_heartbeat_and_an_encrypted_section_are_no_cue():
    assert read_cues(section(SpliceNull())) == []
    assert read_cues(SpliceInfoSection(encrypted=b"secret").to_bytes()) == []


def test_a_section_that_cannot_be_read_is_a_fault():
    tv_stream = tv.stream(SECONDS)
    broken = bytearray(insert(5))
    broken[11:13] = (0x00, 0x40)  # splice_command_length: more than there is
    broken[-4:] = tv.crc32_mpeg2(broken[:-4]).to_bytes(4, "big")
    events, packager = events_of(tv.with_splices(tv_stream, {row_at(tv_stream, 0.5): bytes(broken)}))
    assert not [e for e in events if isinstance(e, CuePublished)]
    (fault,) = [f for f in packager.drain_faults() if f.name == "splice_info_error"]
    assert fault.pid == tv.SPLICE_PID


def test_an_id_that_is_given_again_after_a_while_is_another_cue():
    (cue,) = read_cues(section(SpliceInsert(1, False, True, True)))
    known = CueFilter()
    assert known.is_new(cue, 0, 0)
    assert not known.is_new(cue, 90_000, 90_000)
    assert known.is_new(cue, 20 * 90_000, 20 * 90_000)


def a_programme_with_all_of_them():
    tv_stream = tv.stream(SECONDS)
    start, row = first_pts(tv_stream), row_at(tv_stream, 0.4)
    told = {
        row: insert(start + 4 * GOP),
        row + 11: section(SpliceInsert(2, False, True, True)),
        row + 12: section(SpliceInsert(7, True)),
        row + 60: insert(start + 5 * GOP, 2, out=False, duration=None),
    }
    return tv.with_splices(tv_stream, told)


@given(st.lists(st.integers(1, 400_000), max_size=12))
@settings(max_examples=10, deadline=None)
def test_cuts_of_the_stream_do_not_move_a_cue(cuts):
    octets = a_programme_with_all_of_them()
    whole, _ = cues_of(octets, cuts=[])
    cut, _ = cues_of(octets, cuts=[c % len(octets) for c in cuts])
    assert [(c.kind, c.event_id, c.media_90k) for c in whole] == [(c.kind, c.event_id, c.media_90k) for c in cut]
    assert len(whole) == 4


def test_two_packagers_that_joined_apart_publish_the_same_cues():
    octets = a_programme_with_all_of_them()
    late = octets[188 * row_at(octets, 0.2) :]
    one, _ = cues_of(octets)
    other, _ = cues_of(late, now_90k=NOW + 3 * 90_000)
    assert [replace(c, presentation_90k=0) for c in one] == [replace(c, presentation_90k=0) for c in other]
    assert len(one) == 4


def test_a_real_advertisement_is_where_the_golden_file_of_another_program_says(captures):
    octets = (captures / "mp2ts-tools/80s_with_ad.ts").read_bytes()
    (cue,), _ = cues_of(octets, live=False, cuts=[])
    golden = (captures / "mp2ts-tools/golden_avc_with_scte35.txt").read_text()
    assert '"eventId":255,"pts":1032000,"duration":1800000,"outOfNetwork":true' in golden
    assert (cue.event_id, cue.media_90k, cue.duration_90k, cue.kind) == (255, 1032000, 1800000, "out")


SHORT_GOP = 45_000


def segments_of(events):
    """Return {number: media time of its begin} of the video, and how long the longest segment is."""
    period = next(e for e in events if isinstance(e, PeriodStarted))
    segments = [e for e in events if isinstance(e, SegmentPublished) and e.track == "video"]
    reordering = period.media_start_90k - segments[0].start_ticks
    numbers = [s.number for s in segments]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return {s.number: s.start_ticks + reordering for s in segments}, max(s.duration_ticks for s in segments)


@given(gops=st.integers(8, 17), off=st.sampled_from([0, 0, -1, 1, 3_600, SHORT_GOP - 1]), live=st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_segment_begins_at_the_random_access_point_of_a_splice_and_of_its_return(gops: int, off: int, live: bool):
    tv_stream = tv.stream(SECONDS, gop=12, rate=24)
    break_duration = BreakDuration(True, 5 * SHORT_GOP)
    cue = insert(first_pts(tv_stream) + gops * SHORT_GOP + off, duration=break_duration)
    octets = tv.with_splices(tv_stream, {row_at(tv_stream, 0.25): cue})
    (published,), events = cues_of(octets, live=live)
    begins, longest = segments_of(events)
    period = next(e for e in events if isinstance(e, PeriodStarted))
    for splice in (published.media_90k, published.media_90k + break_duration.duration):
        gop_begin = -(-(splice - period.media_start_90k) // SHORT_GOP) * SHORT_GOP + period.media_start_90k
        assert gop_begin in begins.values()
    assert longest <= 2 * 180_000


def test_replicas_cut_alike_for_a_splice():
    tv_stream = tv.stream(SECONDS, gop=12, rate=24)
    octets = tv.with_splices(
        tv_stream, {row_at(tv_stream, 0.5): insert(first_pts(tv_stream) + 17 * SHORT_GOP, duration=None)}
    )
    first, _ = segments_of(events_of(octets)[0])
    late = row_at(octets, 0.2) * 188
    second, _ = segments_of(events_of(octets[late:], blocks=7, now_90k=NOW + round(SECONDS * 90_000 * 0.2))[0])
    common = sorted(first.keys() & second.keys())[1:]
    assert len(common) >= 3
    assert [first[n] for n in common] == [second[n] for n in common]
    assert any((begin - first[common[0]]) % 180_000 for begin in first.values())
