"""Round trips over the loopback interface: what a sender sends is what a source reads, and nothing else."""

import asyncio
import socket
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import missing
from tests.free_port import free_port
from yiwang.net.make_source import make_source
from yiwang.net.multicast_sender import DATAGRAM_OCTETS, MulticastSender
from yiwang.net.pump import Drain, Pump
from yiwang.net.source import HOLD_MS, TICK_MS, Source, SourceError
from yiwang.net.source_url import parse_source_url
from yiwang.net.tick_length import LONGEST_TICK_MS, SHORTEST_TICK_MS


def url_address(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def ts_octets(n_packets: int) -> bytes:
    return b"".join(b"\x47\x01\x00" + bytes([0x10 | i & 15]) + i.to_bytes(4, "big") * 46 for i in range(n_packets))


async def read_all(source: Source, n_octets: int) -> bytes:
    got = b""
    async with asyncio.timeout(90):
        while len(got) < n_octets:
            got += bytes(await source.read())
    return got


def loopback_for(address: str) -> str | None:
    """Choose the interface: the kernel has a route for IPv6 multicast only on interfaces that do multicast, so not lo."""
    if not ip_address(address).is_multicast:
        return None
    if ip_address(address).version == 4:
        return "lo"
    for line in Path("/proc/net/ipv6_route").read_text().splitlines():
        destination, prefix, *_, name = line.split()
        if destination.startswith("ff00") and prefix == "08":
            return name
    missing("no interface has an IPv6 multicast route")


GROUPS = ["239.255.1.1", "232.1.2.3", "ff15::2", "ff35::8000:1", "127.0.0.1", "::1"]


@pytest.mark.parametrize("segmentation", [True, False])
@pytest.mark.parametrize("group", GROUPS)
async def test_octets_sent_are_the_octets_read(group: str, segmentation: bool) -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    interface = loopback_for(group)
    source = make_source(parse_source_url(f"udp://{url_address(group)}:{port}", interface=interface), Pump(tick_ms=5))
    sender = MulticastSender(ip_address(group), port, interface=interface, hops=0, segmentation=segmentation)
    await source.open()
    octets = ts_octets(7 * 300 + 3)
    sender.send(octets[:10_000])
    sender.send(octets[10_000:])
    sender.flush()
    assert await read_all(source, len(octets)) == octets
    assert sender.datagrams_sent == 301
    assert source.bytes_received == len(octets)
    assert source.drain_faults() == sender.drain_faults() == []
    await source.close()
    sender.close()


async def test_another_group_on_the_same_port_does_not_come_in() -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    pump = Pump(tick_ms=5)
    wanted = make_source(parse_source_url(f"udp://239.255.1.1:{port}?interface=lo"), pump)
    other = make_source(parse_source_url(f"udp://239.255.1.2:{port}?interface=lo"), pump)
    await wanted.open()
    await other.open()
    sender = MulticastSender(IPv4Address("239.255.1.1"), port, interface="lo")
    foreign = MulticastSender(IPv4Address("239.255.1.2"), port, interface="lo")
    foreign.send(b"F" * DATAGRAM_OCTETS)
    sender.send(b"W" * DATAGRAM_OCTETS)
    assert await read_all(wanted, DATAGRAM_OCTETS) == b"W" * DATAGRAM_OCTETS
    assert await read_all(other, DATAGRAM_OCTETS) == b"F" * DATAGRAM_OCTETS
    assert wanted.bytes_received == DATAGRAM_OCTETS
    for thing in (wanted, other):
        await thing.close()
    sender.close()
    foreign.close()


async def test_a_source_that_closes_and_opens_again_goes_on() -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    interface = loopback_for("ff15::7")
    source = make_source(parse_source_url(f"udp://[ff15::7]:{port}?interface={interface}"), Pump(tick_ms=5))
    sender = MulticastSender(IPv6Address("ff15::7"), port, interface=interface, hops=0)
    for letter in (b"A", b"B"):
        await source.open()
        sender.send(letter * DATAGRAM_OCTETS)
        assert await read_all(source, DATAGRAM_OCTETS) == letter * DATAGRAM_OCTETS
        await source.close()
        await source.close()
    sender.close()


async def test_datagrams_the_kernel_has_no_room_for_are_counted() -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    source = make_source(parse_source_url(f"udp://239.255.1.9:{port}?interface=lo&buffer=65536"), Pump(tick_ms=5))
    await source.open()
    sender = MulticastSender(IPv4Address("239.255.1.9"), port, interface="lo", segmentation=False)
    sender.send(b"G" * DATAGRAM_OCTETS * 1000)  # no await in between: nobody empties the socket
    got = await source.read()
    (fault,) = source.drain_faults()
    assert fault.name == "socket_overflow"
    assert fault.count == 1000 - len(got) // DATAGRAM_OCTETS
    assert source.drain_faults() == []
    await source.close()
    sender.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("udp://239.1.1.1:5000?interface=nosuch0", "no network interface is named 'nosuch0'"),
        ("udp://239.1.1.1:5000?interface=99999", "no network interface has index 99999"),
        ("udp://239.1.1.1:5000?interface=192.0.2.1", "no network interface has address 192.0.2.1"),
        ("udp://192.0.2.1:5000", "192.0.2.1 is not an address of this machine"),
    ],
)
async def test_what_is_not_there_is_said_in_one_line(url: str, reason: str) -> None:
    source = make_source(parse_source_url(url), Pump())
    with pytest.raises(SourceError, match=reason) as caught:
        await source.open()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("interface", ["lo", "1", "127.0.0.1", "::1"])
async def test_an_interface_may_be_named_by_name_index_or_address(interface: str) -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    source = make_source(parse_source_url(f"udp://239.255.1.3:{port}", interface=interface), Pump(tick_ms=5))
    await source.open()
    sender = MulticastSender(IPv4Address("239.255.1.3"), port, interface=interface)
    sender.send(b"I" * DATAGRAM_OCTETS)
    assert await read_all(source, DATAGRAM_OCTETS) == b"I" * DATAGRAM_OCTETS
    await source.close()
    sender.close()


def rtp(sequence_number: int, payload: bytes, ssrc: int = 7) -> bytes:
    return (
        bytes([0x80, 33]) + (sequence_number & 0xFFFF).to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big") + payload
    )


@pytest.mark.parametrize("segment", [True, False])
async def test_rtp_comes_in_order_without_its_headers(segment: bool) -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    source = make_source(parse_source_url(f"rtp://239.255.1.4:{port}?interface=lo"), Pump(tick_ms=5))
    await source.open()
    octets = ts_octets(7 * 40)
    datagrams = [rtp(65_530 + i, octets[i * 1316 : (i + 1) * 1316]) for i in range(40)]
    datagrams[10], datagrams[12] = datagrams[12], datagrams[10]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        if segment:
            sock.setsockopt(socket.IPPROTO_UDP, 103, 1328)
            sock.sendto(b"".join(datagrams), ("239.255.1.4", port))
        else:
            for datagram in datagrams:
                sock.sendto(datagram, ("239.255.1.4", port))
    assert await read_all(source, len(octets)) == octets
    assert source.drain_faults() == []
    await source.close()


@pytest.mark.parametrize(("first", "names"), [(rtp(1, ts_octets(7)), ["rtp_in_udp"]), (ts_octets(7), [])])
async def test_rtp_where_the_config_says_udp_is_told_once(first: bytes, names: list[str]) -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    source = make_source(parse_source_url(f"udp://127.0.0.1:{port}"), Pump(tick_ms=5))
    await source.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for datagram in (first, first):
            sock.sendto(datagram, ("127.0.0.1", port))
    await read_all(source, 2 * len(first))
    assert [fault.name for fault in source.drain_faults()] == names
    assert source.drain_faults() == []
    await source.close()


async def test_source_specific_multicast_keeps_other_senders_out() -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    pump = Pump(tick_ms=5)
    wanted = make_source(parse_source_url(f"udp://127.0.0.2@232.1.2.4:{port}?interface=lo"), pump)
    everyone = make_source(parse_source_url(f"udp://232.1.2.4:{port}?interface=lo"), pump)
    await wanted.open()
    await everyone.open()
    for sender_address, letter in (("127.0.0.3", b"F"), ("127.0.0.2", b"W")):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((sender_address, 0))
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            sock.sendto(letter * DATAGRAM_OCTETS, ("232.1.2.4", port))
    assert await read_all(everyone, 2 * DATAGRAM_OCTETS) == b"F" * DATAGRAM_OCTETS + b"W" * DATAGRAM_OCTETS
    assert await read_all(wanted, DATAGRAM_OCTETS) == b"W" * DATAGRAM_OCTETS
    await wanted.close()
    await everyone.close()


async def test_source_specific_multicast_over_ipv6() -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    group = "ff35::8000:4"
    interface = loopback_for(group)
    sender = MulticastSender(ip_address(group), port, interface=interface, hops=0)
    own = sender.local_address
    pump = Pump(tick_ms=5)
    wanted = make_source(parse_source_url(f"udp://[{own}]@[{group}]:{port}?interface={interface}"), pump)
    not_wanted = make_source(parse_source_url(f"udp://[2001:db8::1]@[{group}]:{port}?interface={interface}"), pump)
    await wanted.open()
    await not_wanted.open()
    sender.send(b"W" * DATAGRAM_OCTETS)
    assert await read_all(wanted, DATAGRAM_OCTETS) == b"W" * DATAGRAM_OCTETS
    assert not_wanted.bytes_received == 0
    await wanted.close()
    await not_wanted.close()
    sender.close()


class Reader:
    """Says of what comes whether it may wait, and remembers that."""

    def __init__(self) -> None:
        self.until_due_ms = 100
        self.told = b""

    def __call__(self, octets: np.ndarray, now_ms: int) -> int:
        self.told += octets.tobytes()
        return self.until_due_ms


async def test_octets_nobody_waits_for_are_held_back_for_a_while_and_told_once(monkeypatch) -> None:
    port, reader = free_port(socket.SOCK_DGRAM, "0.0.0.0"), Reader()
    monkeypatch.setattr("yiwang.net.datagram_source.QUIET_MS", 1 << 40)
    source = make_source(parse_source_url(f"udp://127.0.0.1:{port}"), Pump(tick_ms=5))
    source.hold(reader)
    await source.open()
    octets = ts_octets(7 * 6)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # no reason to give them out before HOLD_MS
        sock.sendto(octets[:1316], ("127.0.0.1", port))
        reading = asyncio.ensure_future(source.read())
        while not reader.told:
            await asyncio.sleep(0)
        assert not reading.done()
        sock.sendto(octets[1316:2632], ("127.0.0.1", port))
        async with asyncio.timeout(90):
            assert bytes(await reading) == octets[:2632] == reader.told
        # at once when one of them is due
        monkeypatch.setattr("yiwang.net.datagram_source.HOLD_MS", 1 << 40)
        for at in (2632, 3948):
            sock.sendto(octets[at : at + 1316], ("127.0.0.1", port))
            reading = reading if at > 2632 else asyncio.ensure_future(source.read())
            while len(reader.told) < at + 1316:
                await asyncio.sleep(0)
            reader.until_due_ms = 0
        async with asyncio.timeout(90):
            assert bytes(await reading) == octets[2632:5264]
    assert reader.told == octets[:5264]
    await source.close()


async def test_what_is_held_back_is_given_out_when_nothing_more_comes(monkeypatch) -> None:
    port, reader = free_port(socket.SOCK_DGRAM, "0.0.0.0"), Reader()
    monkeypatch.setattr("yiwang.net.datagram_source.HOLD_MS", 1 << 40)
    source = make_source(parse_source_url(f"udp://127.0.0.1:{port}"), Pump(tick_ms=5))
    source.hold(reader)
    await source.open()
    octets = ts_octets(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(octets, ("127.0.0.1", port))
        async with asyncio.timeout(90):
            assert bytes(await source.read()) == octets == reader.told
    await source.close()


async def test_a_block_is_the_readers_until_it_reads_again() -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    source = make_source(parse_source_url(f"udp://127.0.0.1:{port}"), Pump(tick_ms=5))
    await source.open()
    octets = ts_octets(14)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(octets[:1316], ("127.0.0.1", port))
        async with asyncio.timeout(90):
            block = await source.read()
            sock.sendto(octets[1316:], ("127.0.0.1", port))
            await asyncio.sleep(0.05)
            assert bytes(block) == octets[:1316]
            assert bytes(await source.read()) == octets[1316:]
    await source.close()


class OneDrain(Pump):
    """Has no clock: the test calls the drain of its one source."""

    def add(self, drain: Drain) -> None:
        self.drain = drain

    def remove(self, drain: Drain) -> None:
        pass

    def until(self, reader: Reader, n_octets: int) -> int:
        """Drain until the reader has been told of so much; return what the drain said then."""
        while len(reader.told) < n_octets:
            wait_ms = self.drain()
        return wait_ms


async def test_a_source_wants_its_next_turn_soon_when_something_is_due_soon(monkeypatch) -> None:
    monkeypatch.setattr("yiwang.net.wall_clock.monotonic_ms", partial(next, count(10 * HOLD_MS, 5)))
    port, reader, pump = free_port(socket.SOCK_DGRAM, "0.0.0.0"), Reader(), OneDrain()
    source = make_source(parse_source_url(f"udp://127.0.0.1:{port}"), pump)
    await source.open()
    assert pump.drain() == TICK_MS
    source.hold(reader)
    octets, told = ts_octets(7), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for reader.until_due_ms, wait_ms in ((1_000, LONGEST_TICK_MS), (100, 50), (5, SHORTEST_TICK_MS), (0, TICK_MS)):
            sock.sendto(octets, ("127.0.0.1", port))
            told += len(octets)
            assert pump.until(reader, told) == wait_ms
    await source.close()


async def test_no_long_tick_while_a_packet_waits_for_the_one_before_it(monkeypatch) -> None:
    monkeypatch.setattr("yiwang.net.wall_clock.monotonic_ms", partial(next, count(10 * HOLD_MS, 5)))
    port, reader, pump = free_port(socket.SOCK_DGRAM, "0.0.0.0"), Reader(), OneDrain()
    source = make_source(parse_source_url(f"rtp://127.0.0.1:{port}"), pump)
    source.hold(reader)
    reader.until_due_ms = 1_000
    await source.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for sequence_number in (1, 3):
            sock.sendto(rtp(sequence_number, ts_octets(7)), ("127.0.0.1", port))
        assert pump.until(reader, 1316) == TICK_MS
        sock.sendto(rtp(2, ts_octets(7)), ("127.0.0.1", port))
        assert pump.until(reader, 3 * 1316) == LONGEST_TICK_MS
    await source.close()


class Held:
    """A source to which octets come all the time, at a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, began_ms: int, until_due_ms: int) -> None:
        monkeypatch.setattr("yiwang.net.wall_clock.monotonic_ms", lambda: self.now_ms)
        self.now_ms, self._told = began_ms, 0
        self._port, self._reader, self._pump = free_port(socket.SOCK_DGRAM, "0.0.0.0"), Reader(), OneDrain()
        self._reader.until_due_ms = until_due_ms
        self.source = make_source(parse_source_url(f"udp://127.0.0.1:{self._port}"), self._pump)
        self.source.hold(self._reader)

    async def gives_out_at(self) -> int:
        """Play on until it gives out a block; return the time of that, and let its next turn come."""
        reading = asyncio.ensure_future(self.source.read())
        await asyncio.sleep(0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not reading.done():
                at_ms = self.now_ms
                sock.sendto(ts_octets(7), ("127.0.0.1", self._port))
                self._told += 7 * 188
                wait_ms = self._pump.until(self._reader, self._told)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                self.now_ms += max(wait_ms // SHORTEST_TICK_MS, 1) * SHORTEST_TICK_MS
        return at_ms


@pytest.mark.parametrize("until_due_ms", [HOLD_MS, 1_000])
@pytest.mark.parametrize("began_ms", range(5_000, 5_000 + HOLD_MS, 60))
async def test_octets_are_never_held_longer_than_the_longest_time(
    monkeypatch, until_due_ms: int, began_ms: int
) -> None:
    held = Held(monkeypatch, began_ms, until_due_ms)
    await held.source.open()
    times = [began_ms, *[await held.gives_out_at() for _ in range(4)]]
    lengths = [after - before for before, after in pairwise(times)]
    assert max(lengths) <= HOLD_MS + SHORTEST_TICK_MS
    assert min(lengths[1:]) >= HOLD_MS - SHORTEST_TICK_MS
    await held.source.close()


async def test_sources_that_nobody_waits_for_give_out_what_they_hold_at_the_same_tick(monkeypatch) -> None:
    places = set()
    for began_ms in (5_000, 5_160, 9_980):
        held = Held(monkeypatch, began_ms, 1_000)
        await held.source.open()
        places |= {await held.gives_out_at() % HOLD_MS // SHORTEST_TICK_MS for _ in range(3)}
        await held.source.close()
    assert len(places) == 1
