"""RTP order, loss and copies: each row is a story of sequence numbers; then any story at all."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.net.rtp_reorder import MAX_DROPOUT, REORDER_MS, REORDER_PACKETS, RtpReorder


def packet(
    sequence_number: int,
    payload: bytes = b"",
    *,
    ssrc: int = 1,
    payload_type: int = 33,
    csrc: int = 0,
    extension: int | None = None,
    padding: int = 0,
) -> memoryview:
    first = 0x80 | csrc | (0x10 if extension is not None else 0) | (0x20 if padding else 0)
    octets = bytes([first, payload_type]) + (sequence_number & 0xFFFF).to_bytes(2, "big") + bytes(4)
    octets += ssrc.to_bytes(4, "big") + b"C" * 4 * csrc
    if extension is not None:
        octets += b"\xbe\xde" + extension.to_bytes(2, "big") + b"X" * 4 * extension
    octets += payload or b"\x47" + sequence_number.to_bytes(4, "big")
    if padding:
        octets += bytes(padding - 1) + bytes([padding])
    return memoryview(octets)


@dataclass
class Receiver:
    reorder: RtpReorder = field(default_factory=RtpReorder)
    got: list[int] = field(default_factory=list)

    def feed(self, sequence_number: int, now_ms: int = 0, ssrc: int = 1) -> None:
        self.reorder.feed(packet(sequence_number, ssrc=ssrc), now_ms)
        self.take()

    def expire(self, now_ms: int) -> None:
        self.reorder.expire(now_ms)
        self.take()

    def take(self) -> None:
        self.got += [int.from_bytes(payload[1:5], "big") for payload in self.reorder.ready]
        self.reorder.ready.clear()

    def counts(self) -> dict[str, int]:
        return {fault.name: fault.count for fault in self.reorder.drain_faults()}


W = 65_536
STORIES: list[tuple[str, list[int], list[int], dict[str, int]]] = [
    ("in order", [5, 6, 7], [5, 6, 7], {}),
    ("over the wrap", [W - 2, W - 1, W, W + 1], [W - 2, W - 1, W, W + 1], {}),
    ("two change places", [1, 3, 2, 4], [1, 2, 3, 4], {}),
    ("two change places over the wrap", [W - 2, W, W - 1, W + 1], [W - 2, W - 1, W, W + 1], {}),
    ("one comes long after", [1, 3, 4, 5, 6, 2], [1, 2, 3, 4, 5, 6], {}),
    ("one comes twice in a row", [1, 2, 2, 3], [1, 2, 3], {"rtp_duplicate": 1}),
    ("one comes again later", [1, 2, 3, 4, 2], [1, 2, 3, 4], {"rtp_duplicate": 1}),
    ("one that waits comes twice", [1, 3, 3, 2], [1, 2, 3], {"rtp_duplicate": 1}),
    ("one is lost", [1, 2, *range(4, 80)], [1, 2, *range(4, 80)], {"rtp_lost": 1}),
    ("three are lost", [1, *range(5, 80)], [1, *range(5, 80)], {"rtp_lost": 3}),
    ("one comes too late", [1, *range(3, 80), 2], [1, *range(3, 80)], {"rtp_lost": 1, "rtp_late": 1}),
    ("a stray number", [1, 2, 30_000, 3, 4], [1, 2, 3, 4], {}),
    ("a restart further on", [1, 2, 30_000, 30_001, 30_002], [1, 2, 30_001, 30_002], {"rtp_restarted": 1}),
    ("a restart further back", [30_000, 1, 2, 3], [30_000, 2, 3], {"rtp_restarted": 1}),
    ("a restart while one waits", [1, 3, 30_000, 30_001], [1, 3, 30_001], {"rtp_lost": 1, "rtp_restarted": 1}),
]


@pytest.mark.parametrize(("sent", "received", "counts"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_story(sent: list[int], received: list[int], counts: dict[str, int]) -> None:
    receiver = Receiver()
    for sequence_number in sent:
        receiver.feed(sequence_number)
    assert receiver.got == received
    assert receiver.counts() == counts
    assert receiver.counts() == {}


def test_a_gap_is_given_up_when_its_time_is_over() -> None:
    receiver = Receiver()
    receiver.feed(1, now_ms=0)
    receiver.feed(3, now_ms=10)
    receiver.feed(6, now_ms=40)
    receiver.expire(10 + REORDER_MS)
    assert receiver.got == [1]
    receiver.expire(11 + REORDER_MS)
    assert receiver.got == [1, 3]
    receiver.expire(41 + REORDER_MS)
    assert receiver.got == [1, 3, 6]
    assert receiver.counts() == {"rtp_lost": 3}


def test_another_sender_in_between_is_not_heard_until_two_packets_follow_each_other() -> None:
    receiver = Receiver()
    receiver.feed(1, ssrc=1)
    receiver.feed(2, ssrc=9)
    receiver.feed(2, ssrc=1)
    receiver.feed(50, ssrc=9)
    receiver.feed(51, ssrc=9)
    assert receiver.got == [1, 2, 51]
    assert receiver.counts() == {"rtp_restarted": 1}


@pytest.mark.parametrize(
    "datagram",
    [
        packet(1, b"\x47payload"),
        packet(1, b"\x47payload", csrc=15),
        packet(1, b"\x47payload", extension=0),
        packet(1, b"\x47payload", extension=3, csrc=2),
        packet(1, b"\x47payload", padding=1),
        packet(1, b"\x47payload", padding=9, extension=1),
        packet(1, b"\x47payload", payload_type=96),
    ],
)
def test_the_payload_is_what_stands_between_header_and_padding(datagram: memoryview) -> None:
    reorder = RtpReorder()
    reorder.feed(datagram, 0)
    assert [bytes(payload) for payload in reorder.ready] == [b"\x47payload"]


@pytest.mark.parametrize(
    ("datagram", "name"),
    [
        (b"", "rtp_malformed"),
        (bytes(11), "rtp_malformed"),
        (b"\x47" + bytes(187), "rtp_malformed"),
        (bytes(packet(1, b"\x47", csrc=15))[:40], "rtp_malformed"),
        (bytes(packet(1, b"\x47", extension=20))[:30], "rtp_malformed"),
        (bytes([0xA0]) + bytes(packet(1, b"\x47"))[1:12] + b"\xff", "rtp_malformed"),
        (bytes(packet(1, b"no TS", payload_type=96)), "rtp_not_ts"),
    ],
)
def test_what_is_not_rtp_is_counted_and_nothing_else(datagram: bytes, name: str) -> None:
    receiver = Receiver()
    receiver.reorder.feed(memoryview(datagram), 0)
    assert receiver.reorder.ready == []
    assert receiver.counts() == {name: 1}


@given(st.binary(max_size=64))
def test_any_octets_at_all_are_borne(datagram: bytes) -> None:
    reorder = RtpReorder()
    reorder.feed(memoryview(datagram), 0)
    assert all(len(payload) <= len(datagram) for payload in reorder.ready)


@given(st.integers(0, W - 1), st.permutations(range(REORDER_PACKETS // 2)))
def test_packets_that_are_all_there_come_in_order_however_they_were_shuffled(start: int, order: list[int]) -> None:
    receiver = Receiver()
    receiver.feed(start)
    for i in order:
        receiver.feed(start + 1 + i)
    assert receiver.got == list(range(start, start + 1 + len(order)))
    assert receiver.counts() == {}


@given(
    st.integers(0, W - 1),
    st.lists(st.tuples(st.integers(-20, 20), st.booleans(), st.integers(0, 30)), max_size=300),
)
def test_numbers_rise_nothing_comes_twice_and_every_packet_is_accounted_for(
    start: int, steps: list[tuple[int, bool, int]]
) -> None:
    receiver = Receiver()
    now_ms = 0
    fed = 0
    for i, (jitter, lost, wait_ms) in enumerate(steps):
        now_ms += wait_ms
        if not lost:
            receiver.feed(max(start, start + i + jitter), now_ms)
            fed += 1
        receiver.expire(now_ms)
    receiver.expire(now_ms + REORDER_MS + 1)
    assert receiver.got == sorted(set(receiver.got))
    counts = receiver.counts()
    assert "rtp_restarted" not in counts or len(receiver.got) < MAX_DROPOUT
    if "rtp_restarted" not in counts and fed:
        copies = counts.get("rtp_duplicate", 0) + counts.get("rtp_late", 0)
        first = receiver.got[0]
        ignored = fed - len(receiver.got) - copies
        assert ignored >= 0
        assert len(receiver.got) + counts.get("rtp_lost", 0) == receiver.got[-1] - first + 1
