"""Splice cues as they come: each once, at its effective time, and a segment begins at the picture they mean."""

from itertools import pairwise

import numpy as np
import pytest

from tests.packaging import television as tv
from tests.packaging.test_cues import section
from tests.real_streams.footage import (
    PICTURE,
    VIDEO,
    WRAP,
    Mux,
    S,
    component,
    footage,
    mux,
    packets,
    pid_of,
    pmt,
)
from tests.real_streams.viewer import FILE, LIVE, package
from yiwang.kernels.ts_restamp import ts_restamp
from yiwang.mpegts.descriptors import RegistrationDescriptor
from yiwang.scte35.splice_insert import SpliceInsert
from yiwang.scte35.splice_time import BreakDuration

SPLICE = 0x1A0
GOP = S
START = next(u.pts for u in footage() if u.pid == VIDEO)


def out_at(pts, event_id=7, *, duration=3 * GOP, auto_return=True, adjustment=0, out=True):
    break_duration = None if duration is None else BreakDuration(auto_return, duration)
    insert = SpliceInsert(event_id, False, out, pts_time=pts % WRAP, break_duration=break_duration)
    return section(insert, adjustment=adjustment)


def with_cues(cues, units=None):
    """The stream with splice_info_sections: {seconds of the stream: section}."""
    units = list(units or footage())
    table = pmt(
        component(0x1B, VIDEO), component(0x0F, 0x101), component(0x86, SPLICE, RegistrationDescriptor(b"CUEI"))
    )
    writer, octets, at = Mux(), b"", 0
    for seconds, octets_of_cue in sorted(cues.items()):
        upto = [u for u in units[at:] if u.dts < units[0].dts + seconds * S]
        octets += mux(upto, table=table, mux=writer)
        before = len(writer.packets)
        for one in octets_of_cue if isinstance(octets_of_cue, list) else [octets_of_cue]:
            writer.sections(SPLICE, [one])
        octets += b"".join(writer.packets[before:])
        at += len(upto)
    return octets + mux(units[at:], table=table, mux=writer)


def begins(view):
    """Presentation times, from the start, at which segments of video begin."""
    (period,) = view.periods
    reorder = period.media_start_90k - view.published.segments["video", period.first_number].start_ticks
    starts = [view.published.segments["video", n].start_ticks + reorder for n in view.published.numbers("video")]
    return [start - period.media_start_90k for start in starts]


def times(view):
    start = view.periods[0].presentation_start_90k
    return [(c.kind, c.event_id, c.presentation_90k - start, c.duration_90k) for c in view.cues]


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("gop", [3, 4, 5])
def test_row_36_splice_cues_begin_a_segment_and_end_one(gop, live):
    view = package(with_cues({1.2: out_at(START + gop * GOP)}), settings=LIVE if live else FILE)
    view.without_hole()
    assert times(view) == [("out", 7, gop * GOP, 3 * GOP)]
    assert {gop * GOP, (gop + 3) * GOP} <= set(begins(view))  # and not inside one
    assert max(b - a for a, b in pairwise(begins(view))) < 2 * 180_000


@pytest.mark.parametrize("off", [1, PICTURE, GOP - 1])
def test_row_36_splice_cues_off_any_random_access_point(off):
    view = package(with_cues({1.2: out_at(START + 3 * GOP + off)}))
    assert times(view) == [("out", 7, 3 * GOP + off, 3 * GOP)]  # its date stays exact
    assert 4 * GOP in begins(view)  # the segment begins at the first random access point after it


def test_row_36_splice_cues_in_the_past_immediate_and_without_duration():
    cues = {
        6: out_at(START + 2 * GOP, 1),
        7: section(SpliceInsert(2, False, True, True)),
        8: out_at(START + 10 * GOP, 3, duration=None),
    }
    view = package(with_cues(cues))
    (past, immediate, open_end) = times(view)
    assert past[:3] == ("out", 1, 2 * GOP)
    assert immediate[:2] == ("out", 2)
    assert abs(immediate[2] - 7 * S) < S // 5
    assert open_end == ("out", 3, 10 * GOP, None)


def test_row_36_splice_cues_repeated_and_cancelled():
    again = out_at(START + 8 * GOP)
    cancel = section(SpliceInsert(7, True))
    view = package(with_cues({1: [again] * 3, 2: again, 3: cancel, 4: [cancel] * 2}))
    assert [c.kind for c in view.cues] == ["out", "cancel"]


def test_row_36_splice_cues_with_an_early_return():
    early = out_at(START + 7 * GOP, out=False, duration=None)
    view = package(with_cues({1: out_at(START + 3 * GOP, duration=8 * GOP), 5: early}))
    assert [t[:3] for t in times(view)] == [("out", 7, 3 * GOP), ("in", 7, 7 * GOP)]
    assert {3 * GOP, 7 * GOP} <= set(begins(view))


def test_row_36_splice_cues_encrypted_or_damaged_are_counted():
    plain = bytearray(out_at(START + 4 * GOP))
    plain[4] |= 0x80  # encrypted_packet
    encrypted = bytes(plain[:-4]) + tv.crc32_mpeg2(plain[:-4]).to_bytes(4, "big")
    short = bytearray(out_at(START + 4 * GOP)[:-4])
    short[1:3] = (0x3000 | len(short) - 3 + 4 - 6).to_bytes(2, "big")
    short = short[:-6]
    view = package(with_cues({1: encrypted, 2: bytes(short) + tv.crc32_mpeg2(short).to_bytes(4, "big")}))
    assert not [c for c in view.cues if c.kind == "out"]
    assert view.faults["splice_info_error"] >= 1
    view.without_hole()


@pytest.mark.parametrize("adjustment", [0, 90_000, WRAP - 7, WRAP // 2])
@pytest.mark.parametrize("before_wrap", [None, 2 * S, 6 * S])
def test_row_36_splice_cues_at_their_effective_time_over_the_wrap(adjustment, before_wrap):
    shift = 0 if before_wrap is None else WRAP - START - before_wrap
    units = [u.moved(shift) for u in footage()]
    cue = out_at(START + shift + 4 * GOP - adjustment, adjustment=adjustment)
    view = package(with_cues({1: cue}, units))
    assert times(view) == [("out", 7, 4 * GOP, 3 * GOP)]
    assert {4 * GOP, 7 * GOP} <= set(begins(view))


def test_row_36_splice_cues_of_a_real_advertisement(captures):
    view = package((captures / "mp2ts-tools/80s_with_ad.ts").read_bytes(), seconds=80, settings=FILE)
    golden = (captures / "mp2ts-tools/golden_avc_with_scte35.txt").read_text()
    (cue,) = view.cues
    assert f'"eventId":{cue.event_id},"pts":{cue.media_90k},"duration":{cue.duration_90k},' in golden
    presented = cue.media_90k - view.periods[0].media_start_90k
    keys = [s.time - view.periods[0].presentation_start_90k for s in view.samples("video") if s.is_key]
    assert min(k for k in keys if k >= presented) in begins(view)


@pytest.mark.parametrize("by", [5 * S, 3600 * S, WRAP - 20 * S])
def test_row_37_cue_in_a_restamped_stream(by):
    """A multiplexer on the way moves PTS and says so in pts_adjustment only."""
    moved = [u.moved(by) for u in footage()]
    view = package(with_cues({1.2: out_at(START + 4 * GOP, adjustment=by % WRAP)}, moved))
    assert times(view) == [("out", 7, 4 * GOP, 3 * GOP)]


def test_row_37_cue_in_a_restamped_stream_of_ours():
    """Our own loop moves times of PES packets, not the cue: it is off by the move, and never by a wrap."""
    octets = np_restamped(with_cues({1.2: out_at(START + 4 * GOP)}), 3 * S)
    (cue,) = package(octets).cues
    first = package(octets).periods[0].presentation_start_90k
    assert cue.presentation_90k - first == 4 * GOP - 3 * S
    assert {pid_of(p) for p in packets(octets)} >= {SPLICE}


def np_restamped(octets, by):
    array = np.frombuffer(octets, np.uint8).copy()
    ts_restamp(array, 188, by, np.zeros(8192, np.uint8))
    return array.tobytes()
