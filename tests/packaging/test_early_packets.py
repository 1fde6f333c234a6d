"""A stream that begins in the middle: what comes before its PAT and PMT is packaged like what follows them."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packaging import television as tv
from tests.packaging.test_cues import insert, row_at
from tests.packaging.test_files_joined import package as package_files
from tests.packaging.test_programme import NOW, RATE_90K, Published, package
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.packaging import transport
from yiwang.packaging.events import CuePublished
from yiwang.packaging.multiplex import Multiplex
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

SECONDS = 6
FILE, LIVE = Settings(live=False, part_90k=0), Settings()
TABLES = (0, tv.PMT_PID)


def without_first(octets: bytes, share: float, pids: tuple[int, ...] = TABLES) -> bytes:
    """The stream without tables in its first part."""
    n = len(octets) // 188 * share
    return b"".join(p for i, p in enumerate(tv.packets(octets)) if i >= n or tv.pid_of(p) not in pids)


def pmt_first(octets: bytes) -> bytes:
    """The stream with one PMT, which precedes the only PAT."""
    seen: dict[int, bytes] = {}
    rows = [p for p in tv.packets(octets) if tv.pid_of(p) not in TABLES or not seen.setdefault(tv.pid_of(p), p)]
    third = len(rows) // 3
    return b"".join([*rows[:third], seen[tv.PMT_PID], *rows[third : 2 * third], seen[0], *rows[2 * third :]])


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("pids", [TABLES, (0,), (tv.PMT_PID,)])
def test_what_comes_before_the_tables_is_published_as_if_they_had_come_first(live, share, pids):
    octets, how = tv.stream(SECONDS, gop=25), LIVE if live else FILE
    whole, _ = package(octets, duration_s=SECONDS, settings=how, now_90k=NOW * live)
    late, packager = package(without_first(octets, share, pids), duration_s=SECONDS, settings=how, now_90k=NOW * live)
    assert late.octets == whole.octets
    assert late.periods[0].tracks == whole.periods[0].tracks
    apart = late.periods[0].presentation_start_90k - whole.periods[0].presentation_start_90k
    assert abs(apart) < RATE_90K // 2  # the pictures' own time of arrival counts, not that of the table (3 s, 6 s)
    assert not [f for f in packager.drain_faults() if f.name != "ts_garbage"]


def test_a_table_is_early_too_where_the_one_that_names_it_is_late():
    octets = tv.stream(SECONDS, gop=25)
    whole, _ = package(octets, duration_s=SECONDS, settings=FILE, now_90k=0)
    late, _ = package(pmt_first(octets), duration_s=SECONDS, settings=FILE, now_90k=0)
    assert late.octets == whole.octets


@pytest.mark.parametrize("wanted", [None, 1, 2])
@pytest.mark.parametrize("with_pmt_of_first", [True, False])
@pytest.mark.parametrize("share", [0.05, 0.6])
def test_a_programme_of_several_loses_nothing_either(wanted, with_pmt_of_first, share):
    if wanted == 1 and not with_pmt_of_first:
        return
    mux = tv.two_programmes(tv.stream(SECONDS), tv.stream(4, gop=25, audio=False), with_pmt_of_first=with_pmt_of_first)

    def published(octets):
        packager, result = TransportPackager(wanted, FILE), Published()
        for at in range(0, len(octets), 100_000):
            result.take(packager.feed(octets[at : at + 100_000], 0))
        result.take(packager.flush(0))
        return result, packager

    whole, _ = published(mux)
    late, packager = published(without_first(mux, share, (0, tv.PMT_PID, 0x1100)))
    assert packager.program_number == (wanted or (1 if with_pmt_of_first else 2))
    assert late.octets == whole.octets
    assert {h.name for h in late.periods[0].tracks} == (
        {"video", "audio"} if packager.program_number == 1 else {"video"}
    )


def test_programmes_of_a_shared_multiplex_lose_nothing():
    mux = tv.two_programmes(tv.stream(SECONDS), tv.stream(4, gop=25, audio=False))

    def published(octets):
        multiplex = Multiplex(Monitor())
        results = {multiplex.packager(n, LIVE, None, NOW): Published() for n in (1, 2)}
        for at in range(0, len(octets), 188 * 40):
            now = NOW + at * SECONDS * RATE_90K // len(octets)
            for events, part in multiplex.feed(octets[at : at + 188 * 40]):
                for packager, result in results.items():
                    result.take(transport.settle(packager.take(multiplex.share(events, packager), part, now)))
        return [result.octets for result in results.values()]

    whole, late = published(mux), published(without_first(mux, 0.3, (0, tv.PMT_PID, 0x1100)))
    assert late == whole
    assert all(late)


@pytest.mark.parametrize("live", [True, False])
def test_a_cue_before_the_tables_is_published(live):
    octets = tv.stream(SECONDS, gop=25)
    with_cue = tv.with_splices(octets, {row_at(octets, 0.1): insert(tv.first_dts(octets) + 4 * RATE_90K)})

    def cues(of):
        published, _ = package(of, duration_s=SECONDS, settings=LIVE if live else FILE, now_90k=NOW * live)
        return [(e.kind, e.media_90k) for e in published.others if isinstance(e, CuePublished)]

    assert cues(without_first(with_cue, 0.3)) == cues(with_cue)
    assert len(cues(with_cue)) == 1


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_the_next_file_s_streams_on_other_pids_begin_before_its_tables(share):
    one = tv.stream(4)
    two = tv.moved(tv.shifted(one, 4 * RATE_90K), {tv.VIDEO_PID: 0x200, tv.AUDIO_PID: 0x201})
    whole, _ = package_files([one, two])
    late, _ = package_files([one, without_first(two, share)])
    assert late.octets == whole.octets


def test_another_source_s_streams_on_other_pids_begin_before_its_tables():
    one = tv.stream(8, gop=25)
    two = tv.moved(tv.shifted(one, 8 * RATE_90K), {tv.VIDEO_PID: 0x200, tv.AUDIO_PID: 0x201})

    def numbers(then):
        published, packager = package(one, duration_s=8, flush=False)
        packager.begin_source()
        for n, at in zip(count(), range(0, len(then), 188 * 20), strict=False):
            published.take(packager.feed(then[at : at + 188 * 20], NOW + 8 * RATE_90K + n * RATE_90K // 20))
        published.take(packager.flush(NOW + 16 * RATE_90K))
        return published

    whole, late = numbers(two), numbers(without_first(two, 0.2))
    assert late.octets == whole.octets


@given(first=st.integers(0, 2000), second=st.integers(0, 2000), every=st.integers(1, 8))
@settings(max_examples=15, deadline=None)
def test_packagers_that_join_anywhere_between_tables_agree_from_the_second_segment_on(first, second, every):
    whole = tv.packets(tv.stream(12, gop=25))
    seen = {pid: count() for pid in TABLES}
    rows = [p for p in whole if tv.pid_of(p) not in seen or next(seen[tv.pid_of(p)]) % every == 0]
    octets, made = b"".join(rows), []
    for join in (first, second):
        at = 188 * (join % (len(rows) // 2))
        now = NOW + at * 12 * RATE_90K // len(octets)
        cuts = list(range(0, len(octets) - at, 188 * (13 + join % 40)))
        published, _ = package(octets[at:], duration_s=12 * (1 - at / len(octets)), now_90k=now, cuts=cuts)
        made.append(published)
    for track in ("video", "audio"):
        begin = max(p.numbers(track)[1] for p in made)
        common = [n for n in made[0].numbers(track) if n >= begin]
        assert len(common) >= 2
        for number in common:
            assert made[0].octets[track, number] == made[1].octets[track, number]


def test_more_than_the_limit_is_not_kept(monkeypatch):
    octets = tv.stream(SECONDS, gop=25)
    monkeypatch.setattr(transport, "EARLY_FILE_OCTETS", len(octets) // 4)
    whole, _ = package(octets, duration_s=SECONDS, settings=FILE, now_90k=0)
    late, packager = package(without_first(octets, 0.5), duration_s=SECONDS, settings=FILE, now_90k=0)
    lasted = [sum(s.duration_ticks for (t, _), s in p.segments.items() if t == "video") for p in (whole, late)]
    assert 0 < lasted[1] < lasted[0]
    assert not packager.demultiplexer.keeps_early
