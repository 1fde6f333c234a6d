"""Whole packets come out of any octets in any cuts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.mpegts.packet import PacketSync


def packets(n: int, seed: int = 1) -> list[bytes]:
    random = np.random.default_rng(seed)
    return [b"\x47" + bytes(random.integers(0, 256, 187, np.uint8)) for _ in range(n)]


def read(blocks: list[bytes]) -> tuple[bytes, PacketSync]:
    sync = PacketSync()
    out = b"".join(sync.feed(block).tobytes() for block in blocks)
    return out + sync.flush().tobytes(), sync


def cut(octets: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(octets), *(c % (len(octets) + 1) for c in cuts)})
    return [octets[a:b] for a, b in zip(places, places[1:], strict=False)]


@pytest.mark.parametrize("size", [188, 192, 204])
@given(cuts=st.lists(st.integers(0, 5000), max_size=12))
@settings(max_examples=30, deadline=None)
def test_any_cuts_give_the_same_packets(size: int, cuts: list[int]):
    source = packets(20)
    octets = b"".join(p + bytes(size - 188) for p in source)
    out, sync = read(cut(octets, cuts))
    assert out == b"".join(source)
    assert sync.packet_size == size


@pytest.mark.parametrize("garbage", [0, 1000])
def test_the_arrival_time_before_the_first_packet_is_no_garbage(garbage: int):
    octets = bytes(garbage) + b"".join(b"\1\2\3\4" + p for p in packets(9))
    out, sync = read([octets])
    assert out == b"".join(packets(9))
    assert sum(f.count for f in sync.drain_faults()) == sync.skipped_octets == garbage


def test_octet_by_octet_is_the_same():
    source = packets(6)
    assert read([bytes([o]) for o in b"".join(source)])[0] == b"".join(source)


def test_garbage_before_between_and_after_is_skipped_and_counted():
    source = packets(20)
    octets = b"\x47ab" * 40 + b"".join(source[:10]) + bytes(77) + b"".join(source[10:]) + b"tail"
    out, sync = read([octets])
    assert out.count(source[0]) == 1
    assert b"".join(source[11:]) in out
    assert {f.name for f in sync.drain_faults()} >= {"ts_garbage", "ts_sync_loss"}


def test_one_wrong_sync_byte_keeps_the_lock():
    source = packets(9)
    source[4] = b"\x00" + source[4][1:]
    out, sync = read([b"".join(source)])
    assert out == b"".join(source)
    assert not sync.drain_faults()


def test_a_file_of_two_packets_is_read():
    source = packets(2)
    assert read([b"".join(source)])[0] == b"".join(source)


@given(st.binary(max_size=3000), st.lists(st.integers(0, 3000), max_size=5))
@settings(max_examples=80, deadline=None)
def test_nothing_is_lost_silently_in_random_octets(octets: bytes, cuts: list[int]):
    out, sync = read(cut(octets, cuts))
    assert len(out) % 188 == 0
    assert len(out) + sync.skipped_octets <= len(octets)
