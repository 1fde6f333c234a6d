"""Segments on one line of time: the pace of their clock, counters that go on, and nothing lost or changed on the way."""

from functools import cache

import numpy as np
import pytest

from tests.kernels.test_ts_restamp import WRAP, packet, pes_header
from tests.net.test_file_source import VIDEO, broadcast, times_and_counters
from yiwang.base.timebase import TICKS_90K
from yiwang.net.file_clock import NULL_PID
from yiwang.net.hls_pacer import HlsPacer
from yiwang.net.source import SourceError

FRAMES, STEP = 50, 3600
SEGMENT_90K = FRAMES * STEP


@cache
def segment(n: int, base: int = 1000, frames: int = FRAMES) -> bytes:
    """The n-th segment of a server that begins to count packets anew with each."""
    return b"".join(broadcast(frames, (base + n * SEGMENT_90K) % WRAP))


def add(
    pacer: HlsPacer, data: bytes, duration_90k: int = SEGMENT_90K, missing_90k: int = 0, *, leap: bool = False
) -> None:
    pacer.append(pacer.prepare(data, duration_90k, missing_90k, leap=leap))


def played(pacer: HlsPacer, tick: int = 1800) -> list[tuple[int, bytes]]:
    """Play to the end; return each block with its moment."""
    out, now = [], 0
    while not pacer.is_empty:
        while not pacer.is_empty and pacer.next_due_90k <= now:
            block = bytes(pacer.advance(now))
            assert block, "what is due is given"
            out.append((now, block))
        now += tick
        assert now < 3600 * TICKS_90K
    return out


@pytest.mark.parametrize("base", [1000, WRAP - SEGMENT_90K - 900])  # the clock wraps
def test_octets_come_at_the_pace_of_the_clock_over_all_joints(base: int):
    pacer = HlsPacer()
    for n in range(3):
        add(pacer, segment(n, base))
    size = pacer.octets_waiting
    blocks = played(pacer)
    assert sum(len(block) for _, block in blocks) == size
    assert pacer.octets_waiting == 0
    _, _, pcrs = times_and_counters(b"".join(block for _, block in blocks))
    at = [now for now, block in blocks for _ in times_and_counters(block)[2]]
    ticks = [(pcr - pcrs[0]) % WRAP for pcr in pcrs]
    assert max(abs(now - tick) for now, tick in zip(at, ticks, strict=True)) <= 1800
    assert pacer.end_90k == pytest.approx(3 * SEGMENT_90K, abs=STEP)


def test_only_counters_are_changed_and_none_breaks_at_a_joint():
    pacer = HlsPacer()
    given = [segment(n) for n in range(4)]
    for data in given:
        add(pacer, data)
    out = b"".join(block for _, block in played(pacer))

    def without_counters(octets: bytes) -> bytes:
        packets = np.frombuffer(octets, np.uint8).reshape(-1, 188).copy()
        packets[:, 3] &= 0xF0
        return packets.tobytes()

    assert without_counters(out) == without_counters(b"".join(given))
    _, counters, _ = times_and_counters(out)
    assert set(counters) >= {VIDEO}
    del counters[NULL_PID]
    for pid, values in counters.items():
        steps = {(b - a) % 16 for a, b in zip(values, values[1:], strict=False)}
        assert steps <= {1}, pid


@pytest.mark.parametrize("within_a_unit", [0, 1, 2])
def test_a_stream_whose_counters_go_on_is_not_touched(within_a_unit: int):
    whole = broadcast(3 * FRAMES)
    cuts = [n for n, one in enumerate(whole) if one[1] & 0x1F == VIDEO >> 8 and one[2] == VIDEO and one[1] & 0x40]
    one, two = cuts[FRAMES] + within_a_unit, cuts[2 * FRAMES] + within_a_unit
    pieces = [whole[:one], whole[one:two], whole[two:]]
    pacer = HlsPacer()
    for piece in pieces:
        add(pacer, b"".join(piece))
    assert b"".join(block for _, block in played(pacer)) == b"".join(whole)


@pytest.mark.parametrize("leap", [False, True])
def test_where_a_segment_is_missing_packets_are_seen_to_be_and_its_time_is_kept(leap: bool):
    pacer = HlsPacer()
    add(pacer, segment(0))
    add(pacer, segment(2), missing_90k=0 if leap else SEGMENT_90K, leap=leap)
    blocks = played(pacer)
    _, counters, _ = times_and_counters(b"".join(block for _, block in blocks))
    del counters[NULL_PID]
    broken = [sum((b - a) % 16 != 1 for a, b in zip(v, v[1:], strict=False)) for v in counters.values()]
    assert broken == [1] * len(counters)
    pauses = max(b - a for (a, _), (b, _) in zip(blocks, blocks[1:], strict=False))
    assert (pauses >= SEGMENT_90K) is not leap
    assert pacer.end_90k == pytest.approx((2 if leap else 3) * SEGMENT_90K, abs=2 * STEP)


def test_a_new_time_base_goes_on_where_the_old_one_ended():
    pacer = HlsPacer()
    add(pacer, segment(0))
    add(pacer, segment(0, base=5_000_000_000))
    add(pacer, segment(1, base=5_000_000_000))
    assert pacer.end_90k == pytest.approx(3 * SEGMENT_90K, abs=2 * STEP)
    blocks = played(pacer)
    assert max(b - a for (a, _), (b, _) in zip(blocks, blocks[1:], strict=False)) <= 2 * STEP


def without_clock(n: int) -> bytes:
    return b"".join(packet(VIDEO, k % 16, bytes(184)) for k in range(n))


def test_a_segment_without_a_clock_or_with_a_wrong_one_takes_as_long_as_it_is_listed():
    wrong = b"".join(
        packet(VIDEO, k % 16, pes_header(0xE0, k * 400_000), pusi=True, pcr=(k * 400_000, 0)) for k in range(100)
    )  # 4.4 s between two
    for data in (without_clock(500), wrong):
        pacer = HlsPacer()
        add(pacer, segment(0))
        add(pacer, data)
        assert pacer.end_90k == pytest.approx(2 * SEGMENT_90K, abs=STEP)
        blocks = played(pacer)
        assert max(b - a for (a, _), (b, _) in zip(blocks, blocks[1:], strict=False)) <= 2 * STEP
        assert sum(len(block) for _, block in blocks) == len(segment(0)) + len(data)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x18ftypmp42", b"<html>" * 100, b"\x47" * 100])
def test_what_is_no_transport_stream_is_refused_and_changes_nothing(data: bytes):
    pacer = HlsPacer()
    add(pacer, segment(0))
    end = pacer.end_90k
    with pytest.raises(SourceError, match="not a transport stream"):
        pacer.prepare(data, SEGMENT_90K)
    assert pacer.end_90k == end


def test_blocks_are_of_bounded_size():
    pacer = HlsPacer()
    add(pacer, without_clock(20_000), 0)
    sizes = [len(block) for _, block in played(pacer)]
    assert max(sizes) <= 1 << 20
    assert sum(sizes) == 20_000 * 188
