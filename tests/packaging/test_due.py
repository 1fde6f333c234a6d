"""A live source keeps octets back as long as nothing can be published of them, and not longer."""

import numpy as np
import pytest

from tests.kernels.test_pes_due import Packet
from tests.packaging import television as tv
from tests.packaging.test_programme import NOW, Published
from yiwang.packaging.due import NOTHING_DUE_MS, Due, Watch
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

TICK = 188 * 9  # about 40 ms of the made-up stream
LENGTH_S = 12


def watched(octets: bytes, settings: Settings) -> tuple[list[tuple[int, int]], Published, int]:
    """Feed a stream as a source that holds does.

    Returns
    -------
    (octets fed, octets published) after each feed, all that was published, how many ticks were held back
    """
    packager, published, held, waiting, at = TransportPackager(None, settings), Published(), 0, b"", 0
    progress = []
    for begin in range(0, len(octets), TICK):
        block = octets[begin : begin + TICK]
        waiting += block
        if packager.until_due_ms(np.frombuffer(bytearray(block), np.uint8), 40 * begin // TICK):
            held += 1
            continue
        at += len(waiting)
        published.take(packager.feed(waiting, NOW + begin * 90_000 * LENGTH_S // len(octets)))
        waiting = b""
        progress.append((at, sum(map(len, published.octets.values()))))
    published.take(packager.feed(waiting, NOW))
    published.take(packager.flush(NOW))
    return progress, published, held


def tick_by_tick(octets: bytes, settings: Settings) -> tuple[list[tuple[int, int]], Published]:
    packager, published, progress = TransportPackager(None, settings), Published(), []
    for begin in range(0, len(octets), TICK):
        published.take(packager.feed(octets[begin : begin + TICK], NOW + begin * 90_000 * LENGTH_S // len(octets)))
        progress.append((begin + TICK, sum(map(len, published.octets.values()))))
    published.take(packager.flush(NOW))
    return progress, published


def without_random_access_indicator(octets: bytes) -> bytes:
    packets = np.frombuffer(bytearray(octets), np.uint8).reshape(-1, 188)
    has_flags = (packets[:, 3] & 0x20 > 0) & (packets[:, 4] > 0)
    assert (packets[has_flags, 5] & 0x40).any()
    packets[has_flags, 5] &= 0xBF
    return packets.tobytes()


@pytest.mark.parametrize("part_90k", [18_000, 45_000])
@pytest.mark.parametrize("is_indicated", [True, False])
def test_nothing_is_published_later_than_without_it(part_90k: int, is_indicated: bool):
    octets = tv.stream(LENGTH_S) if is_indicated else without_random_access_indicator(tv.stream(LENGTH_S))
    settings = Settings(part_90k=part_90k)
    all_ticks, plain = tick_by_tick(octets, settings)
    fed, held_back, n_held = watched(octets, settings)
    assert held_back.octets == plain.octets
    assert n_held > len(all_ticks) // 2
    by_octets = dict(fed)
    published, late = 0, []
    for at, so_far in all_ticks:
        if so_far > published and by_octets.get(at) != so_far:
            late.append(at)
        published = so_far
    assert not late


def test_of_whole_segments_nothing_is_due_once_it_is_known_what_the_stream_is():
    octets = tv.stream(LENGTH_S)
    fed, published, n_held = watched(octets, Settings(part_90k=0))
    _, plain = tick_by_tick(octets, Settings(part_90k=0))
    assert published.octets == plain.octets
    assert len(fed) * TICK < len(octets) // 4
    assert n_held + len(fed) == -(-len(octets) // TICK)


def test_of_whole_segments_everything_is_due_while_a_period_may_end():
    octets = tv.stream(4)
    packager = TransportPackager(None, Settings(part_90k=0))
    packager.feed(octets, NOW)
    assert packager.until_due_ms(np.zeros(0, np.uint8), 0) == NOTHING_DUE_MS
    packager.feed(tv.shifted(tv.stream(1), 90_000 * 3600), NOW + 4 * 90_000)  # time has jumped
    assert packager.until_due_ms(np.zeros(0, np.uint8), 40) == 0


def test_everything_is_due_while_the_stream_is_not_understood():
    octets = tv.stream(2)
    packager = TransportPackager(None, Settings())
    assert packager.until_due_ms(np.frombuffer(bytearray(octets[:TICK]), np.uint8), 0) == 0
    packager.feed(octets[:188], NOW)
    assert packager.until_due_ms(np.frombuffer(bytearray(octets[188:TICK]), np.uint8), 40) == 0


def test_times_that_wrap_come_due_as_others_do():
    octets = tv.stream(LENGTH_S)
    to_the_wrap = (1 << 33) - tv.first_dts(octets) - 4 * 90_000
    settings = Settings()
    _, _, n_held = watched(octets, settings)
    _, published, n_held_at_wrap = watched(tv.shifted(octets, to_the_wrap), settings)
    assert abs(n_held_at_wrap - n_held) <= n_held // 20
    assert len(published.periods) == 1


@pytest.mark.parametrize(("live", "least_octets"), [(True, 256 * 188), (False, 64 * 188)])
def test_a_block_that_is_late_is_cut_into_no_more_slices_than_needed(monkeypatch, live, least_octets):
    packager, fed = TransportPackager(None, Settings(live=live)), []
    feed = packager.demultiplexer.feed
    monkeypatch.setattr(packager.demultiplexer, "feed", lambda octets: fed.append(len(octets)) or feed(octets))
    null_packet = b"\x47\x1f\xff\x10" + bytes(184)
    packager.feed(null_packet * 5578, NOW if live else 0)  # 1 MiB: the largest block of a source
    assert sum(fed) == 188 * 5578
    assert min(fed[:-1]) >= least_octets
    assert len(fed) == -(-188 * 5578 // fed[0])


def block(*times: int, pid: int = 256) -> np.ndarray:
    return np.frombuffer(bytearray(b"".join(Packet(pid, pts=time).octets() for time in times)), np.uint8)


def test_what_is_due_is_expected_when_the_streams_own_time_comes_to_it():
    watch = Watch()
    watch.set([Due(256, 90_000)])
    until_ms = [watch.until_due_ms(block(3600 * n), 5_000 + 40 * n) for n in range(26)]
    assert until_ms[2:] == [*range(880, 0, -40), 1, 0]  # each header is at the begin of a block of 40 ms


def test_sound_is_expected_with_the_next_of_its_pes_packets():
    watch = Watch()
    watch.set([Due(256, 90_000), Due(257, 45_000, first_33=44_000)])
    watch.until_due_ms(block(0, pid=257), 0)
    watch.until_due_ms(block(14_400, pid=257), 160)  # one each 160 ms: the time is reached with that of 57 600
    assert (
        watch.until_due_ms(block(18_000), 200) == 60 + 3 * 160 - 200
    )  # the last one had come at 60, 100 ms before it was seen


def test_what_should_have_come_long_ago_is_not_looked_for_ever_more_often():
    watch = Watch()
    watch.set([Due(256, 90_000), Due(257, 21_600)])
    watch.until_due_ms(block(14_400, pid=257), 160)
    assert watch.until_due_ms(block(21_600), 240) == 1
    assert watch.until_due_ms(block(72_000), 900) >= 80
