"""Copies of an RTP stream merged: at a simulated clock, with loss, delay and restarts on every path."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.net.rtp_merge import ALIVE_MS, DISAGREEMENTS, LEG_HISTORY_PACKETS, RtpMerge

SKEW_MS = 50
SPACING_MS = 2
TICK_MS = 10
W = 65_536


def packet(number: int, ssrc: int = 1, stream: int = 0) -> memoryview:
    """A packet whose payload says which one it is; `stream`: packets of another one have other time stamps."""
    stamp = (number * 180 + stream * 1_000_003) & 0xFFFF_FFFF
    header = b"\x80\x21" + (number & 0xFFFF).to_bytes(2, "big") + stamp.to_bytes(4, "big") + ssrc.to_bytes(4, "big")
    return memoryview(header + b"\x47" + bytes([stream]) + number.to_bytes(8, "big"))


@dataclass
class Receiver:
    merge: RtpMerge = field(default_factory=lambda: RtpMerge(2, SKEW_MS))
    got: list[int] = field(default_factory=list)
    streams: set[int] = field(default_factory=set)

    def play(self, arrivals: list[tuple[float, int, memoryview]], until_ms: float = 0) -> None:
        """Take (when, leg, packet); the clock ticks beside them."""
        arrivals = sorted(arrivals, key=lambda arrival: arrival[:2])
        end_ms = max([until_ms, *(at for at, _, _ in arrivals)]) + SKEW_MS + 2 * TICK_MS
        now, i = min([end_ms, *(at for at, _, _ in arrivals)]), 0
        while now <= end_ms:
            while i < len(arrivals) and arrivals[i][0] <= now:
                at, leg, datagram = arrivals[i]
                self.merge.feed(leg, datagram, int(at))
                self.take()
                i += 1
            self.merge.expire(int(now))
            self.take()
            now += TICK_MS

    def take(self) -> None:
        self.got += [int.from_bytes(payload[2:10], "big") for payload in self.merge.ready]
        self.streams |= {payload[1] for payload in self.merge.ready}
        self.merge.ready.clear()

    def counts(self) -> dict[str, int]:
        return {fault.name: fault.count for fault in self.merge.drain_faults()}


def path(
    leg: int,
    numbers: range,
    *,
    lost: frozenset[int] = frozenset(),
    delay_ms: float = 0,
    ssrc: int = 1,
    stream: int = 0,
    begin: int | None = None,
) -> list[tuple[float, int, memoryview]]:
    """What comes over a path, evenly spaced since ``begin``."""
    first = numbers[0] if begin is None else begin
    return [(delay_ms + SPACING_MS * (n - first), leg, packet(n, ssrc, stream)) for n in numbers if n not in lost]


# -- the claim: whatever either path loses


LOSS = st.frozensets(st.integers(0, 399), max_size=250)
DELAY = st.integers(0, SKEW_MS - TICK_MS)


@given(LOSS, LOSS, DELAY, DELAY, st.sampled_from([0, 1000, W - 200]))
def test_what_one_path_at_least_delivered_comes_once_and_in_order(lost_a, lost_b, delay_a, delay_b, first):
    numbers = range(first, first + 400)
    a = path(0, numbers, lost=frozenset(first + n for n in lost_a), delay_ms=delay_a)
    b = path(1, numbers, lost=frozenset(first + n for n in lost_b), delay_ms=delay_b)
    receiver = Receiver()
    receiver.play(a + b)
    delivered = set(numbers) - {first + n for n in lost_a & lost_b}
    earliest = min(a + b, key=lambda arrival: arrival[:2])[2]
    begin = int.from_bytes(earliest[14:22], "big")
    assert receiver.got == sorted(n for n in delivered if n >= begin)
    last = max(delivered)
    assert receiver.counts().get("rtp_lost", 0) == len(
        [n for n in lost_a & lost_b if begin - first <= n < last - first]
    )


JITTER = st.lists(st.integers(0, 9), min_size=400, max_size=400)


@given(LOSS, LOSS, JITTER, JITTER)
def test_packets_that_change_places_on_their_path_do_no_harm(lost_a, lost_b, jitter_a, jitter_b):
    numbers = range(400)
    a = [(at + jitter_a[n], leg, p) for n, (at, leg, p) in enumerate(path(0, numbers)) if n not in lost_a]
    b = [(at + jitter_b[n], leg, p) for n, (at, leg, p) in enumerate(path(1, numbers)) if n not in lost_b]
    receiver = Receiver()
    receiver.play(a + b)
    begin = int.from_bytes(min(a + b, key=lambda arrival: arrival[:2])[2][14:22], "big")
    assert receiver.got == [n for n in numbers if n >= begin and n not in lost_a & lost_b]


# -- each path's own count


def test_each_path_counts_its_own_losses_and_duplicates():
    n = 2 * LEG_HISTORY_PACKETS
    numbers = range(W - 100, W - 100 + n)
    lost = frozenset({W - 50, W - 49, W - 1, W, W + 7})
    twice = [(at + 1, leg, p) for at, leg, p in path(1, numbers)[:5]]
    receiver = Receiver()
    receiver.play(path(0, numbers, lost=lost) + path(1, numbers, delay_ms=20) + twice)
    assert receiver.got == list(numbers)
    a, b = receiver.merge.legs
    assert (a.received, a.lost, a.duplicate, a.late, a.apart) == (n - 5, 5, 0, 0, 0)
    assert (b.received, b.lost, b.duplicate, b.late, b.apart) == (n + 5, 0, 5, 0, 0)
    assert receiver.counts() == {"rtp_leg_lost": 5}
    assert receiver.counts() == {}


def test_a_path_slower_than_the_skew_is_late_and_that_is_counted():
    lost = frozenset({100, 150})
    receiver = Receiver()
    receiver.play(path(0, range(300), lost=lost) + path(1, range(300), delay_ms=SKEW_MS + 5 * TICK_MS))
    assert receiver.got == [n for n in range(300) if n not in lost]
    assert receiver.merge.legs[1].late == 2
    assert receiver.counts()["rtp_lost"] == 2


# -- one path


@pytest.mark.parametrize("leg", [0, 1])
def test_a_dead_path_does_no_harm_is_told_once_and_comes_back(leg):
    n = 3 * ALIVE_MS // SPACING_MS
    alive = path(1 - leg, range(n))
    other = path(leg, range(200)) + path(leg, range(n - 300, n), begin=0)
    receiver = Receiver()
    receiver.play(alive + other)
    assert receiver.got == list(range(n))
    assert receiver.merge.legs[leg].is_alive
    assert not receiver.merge.legs[leg].is_apart
    assert receiver.counts()["rtp_leg_silent"] == 1


def test_a_path_that_never_lived_is_told():
    receiver = Receiver()
    receiver.play(path(0, range(ALIVE_MS)))
    assert receiver.got == list(range(ALIVE_MS))
    assert receiver.counts() == {"rtp_leg_silent": 1}


@pytest.mark.parametrize("delay_ms", [0, 20], ids=["the leading path", "the other path"])
@pytest.mark.parametrize("ssrc", [1, 9])
def test_one_path_that_restarts_elsewhere_is_left_out(ssrc: int, delay_ms: int):
    before, after = path(0, range(200), delay_ms=delay_ms), path(0, range(200, 900), delay_ms=delay_ms, begin=0)
    elsewhere = [(at, leg, packet(n + 20_000, ssrc)) for n, (at, leg, _) in enumerate(after)]
    receiver = Receiver()
    receiver.play(before + elsewhere + path(1, range(900), delay_ms=20 - delay_ms))
    assert receiver.got == list(range(900))
    assert receiver.merge.legs[0].is_apart
    assert receiver.merge.legs[0].apart == 700
    assert receiver.counts()["rtp_leg_apart"] == 1


@pytest.mark.parametrize("delay_ms", [0, 20], ids=["the leading path", "the other path"])
def test_one_path_with_a_new_ssrc_and_the_same_numbers_comes_in_again(delay_ms: int):
    new = path(0, range(200, 900), delay_ms=delay_ms, ssrc=9, begin=0)
    receiver = Receiver()
    receiver.play(
        path(0, range(200), delay_ms=delay_ms)
        + new
        + path(1, range(900), lost=frozenset({800}), delay_ms=20 - delay_ms)
    )
    assert receiver.got == list(range(900)), "800 is only on the one that restarted"
    assert not receiver.merge.legs[0].is_apart


@pytest.mark.parametrize("new_begin", [50_000, 1_000, 150], ids=["far", "near", "back"])
def test_the_sender_restarts_on_both_paths(new_begin: int):
    old, new = range(500), range(new_begin, new_begin + 600)
    shift_ms = 500 * SPACING_MS + 40
    arrivals = []
    for leg, delay_ms in ((0, 0), (1, 20)):
        arrivals += path(leg, old, delay_ms=delay_ms)
        arrivals += path(leg, new, delay_ms=delay_ms + shift_ms, ssrc=77, stream=1)
    receiver = Receiver()
    receiver.play(arrivals)
    assert receiver.got[:500] == list(old)
    rest = receiver.got[500:]
    assert rest == list(range(rest[0], new[-1] + 1))
    assert rest[0] - new_begin <= (SKEW_MS + 20) // SPACING_MS + 2, "what passed until the last path had gone"
    assert receiver.counts()["rtp_restarted"] == 1
    assert not any(leg.is_apart for leg in receiver.merge.legs)


def test_two_different_streams_are_not_mixed_and_when_one_dies_the_other_is_taken():
    n = 2 * ALIVE_MS // SPACING_MS
    receiver = Receiver()
    receiver.play(path(0, range(500)) + path(1, range(n), delay_ms=5, stream=7))
    assert receiver.got[:500] == list(range(500))
    at_first = receiver.got[500:]
    assert at_first == list(range(at_first[0], n))
    assert receiver.streams == {0, 7}
    assert receiver.counts()["rtp_leg_apart"] == 1
    assert receiver.merge.legs[1].apart >= 500 - DISAGREEMENTS


def test_a_stray_datagram_is_nothing():
    receiver = Receiver()
    stray = [(101.0, 0, packet(40_000, 5)), (151.0, 1, packet(7, 6))]
    receiver.play(path(0, range(200)) + path(1, range(200), delay_ms=10) + stray)
    assert receiver.got == list(range(200))
    assert [leg.apart for leg in receiver.merge.legs] == [1, 1]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, W - 1), st.integers(1, 2), st.integers(0, 400)), max_size=300)
)
def test_any_story_at_all_ends_with_nothing_kept_for_long(story):
    """The clock goes on; nothing waits for longer than the skew, and what waits is bounded by what came within it."""
    receiver = Receiver()
    now = 0
    for leg, number, ssrc, ms in story:
        now += ms
        receiver.merge.feed(leg, packet(number, ssrc), now)
        receiver.merge.expire(now)
        receiver.take()
    receiver.merge.expire(now + SKEW_MS + 1)
    receiver.take()
    assert not receiver.merge._waiting
    assert len(receiver.got) <= len(story)


def test_malformed_datagrams_are_counted():
    receiver = Receiver()
    receiver.merge.feed(0, memoryview(b"\x47" + bytes(187)), 0)
    receiver.merge.feed(1, memoryview(b"\x80\x60" + bytes(10) + b"audio"), 0)
    assert receiver.counts() == {"rtp_malformed": 1, "rtp_not_ts": 1}
