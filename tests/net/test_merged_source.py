"""Two paths over loopback: real sockets, real loss on each, one output."""

import asyncio
import random
import socket
import struct

import pytest

from tests.free_port import free_port
from yiwang.base.errors import UsageError
from yiwang.net.make_source import make_source
from yiwang.net.merged_source import MergedSource
from yiwang.net.pump import Pump
from yiwang.net.source import SourceError
from yiwang.net.source_url import MergedSpec, parse_source_url

N = 3_000


def free_ports(n: int) -> list[int]:
    return [free_port(socket.SOCK_DGRAM, "::1") for _ in range(n)]


def payload(n: int) -> bytes:
    return 7 * (b"\x47\x1f\xff\x10" + n.to_bytes(4, "big") + bytes([n & 0xFF]) * 180)


def rtp(n: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 33, (65_000 + n) & 0xFFFF, n * 100, 5) + payload(n)


async def receive(source: MergedSource, until: bytes, got: bytearray) -> None:
    while not got.endswith(until):
        got += await source.read()


@pytest.mark.parametrize("dead", [None, 0, 1])
async def test_what_one_path_loses_the_other_one_brings(dead: int | None):
    ports = free_ports(2)
    source = make_source(parse_source_url(f"rtp://[::1]:{ports[0]} + rtp://[::1]:{ports[1]}?skew=high"), Pump())
    assert isinstance(source, MergedSource)
    await source.open()
    rng = random.Random(5)
    sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    got = bytearray()
    sent = [0, 0]
    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            reading = group.create_task(receive(source, payload(N - 1), got))
            for n in range(N):
                lost = rng.choice([None, 0, 1]) if 0 < n < N - 1 and dead is None else dead
                for leg, port in enumerate(ports):
                    if leg != lost:
                        sender.sendto(rtp(n), ("::1", port))
                        sent[leg] += 1
                if n % 50 == 0:
                    await asyncio.sleep(0.01)
            await reading
        assert bytes(got) == b"".join(map(payload, range(N)))
        assert source.bytes_received == len(got)
        legs = source.legs()
        assert [leg.received for leg in legs] == sent
        assert [leg.alive for leg in legs] == [dead != 0, dead != 1]
        assert sum(leg.late for leg in legs) == 0
        names = {fault.name for fault in source.drain_faults()}
        assert "rtp_lost" not in names
        assert ("rtp_leg_lost" in names) == (dead is None)
    finally:
        await source.close()
        sender.close()


async def test_a_path_that_cannot_be_opened_does_no_harm_and_two_that_cannot_are_an_error():
    (port,) = free_ports(1)
    source = make_source(parse_source_url(f"rtp://[2001:db8::7]:5000+rtp://[::1]:{port}"), Pump())
    assert isinstance(source, MergedSource)
    await source.open()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(rtp(0), ("::1", port))
        async with asyncio.timeout(90):
            assert bytes(await source.read()) == payload(0)
    assert [leg.alive for leg in source.legs()] == [False, True]
    (fault,) = (fault for fault in source.drain_faults() if fault.name == "rtp_leg_error")
    assert "2001:db8::7 is not an address of this machine" in fault.detail
    await source.close()
    await source.close()
    source = make_source(parse_source_url("rtp://[2001:db8::7]:5000+rtp://[2001:db8::8]:5000"), Pump())
    with pytest.raises(SourceError, match="2001:db8::7 is not an address"):
        await source.open()


@pytest.mark.parametrize(
    ("url", "skew_ms"),
    [
        ("rtp://[ff3e::1]:5000+rtp://[ff3e::2]:5000", 50),
        ("rtp://239.1.1.1:5000 + rtp://239.1.1.2:5000?interface=lo&skew=low", 10),
        ("rtp://239.1.1.1:5000?skew=high+RTP://239.1.1.1:5000?interface=lo", 150),
        ("rtp://10.0.0.1@239.1.1.1:5000+rtp://10.0.1.1@239.1.1.1:5000+rtp://:5000?skew=80", 80),
    ],
)
def test_the_url_of_copies(url: str, skew_ms: int):
    spec = parse_source_url(url, interface="eth7")
    assert isinstance(spec, MergedSpec)
    assert spec.skew_ms == skew_ms
    assert len(spec.legs) == url.lower().count("rtp://")
    assert {leg.interface for leg in spec.legs} <= {"lo", "eth7"}


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("rtp://[ff3e::1]:5000+rtp://[ff3e::1]:5000", "the same copy is named twice"),
        ("udp://[ff3e::1]:5000+rtp://[ff3e::2]:5000", "only copies in RTP"),
        ("rtp://[ff3e::1]:5000+rtp://[ff3e::2]:5000?skew=slow", "skew must be low, moderate, high or milliseconds"),
        ("rtp://[ff3e::1]:5000+rtp://[ff3e::2]:5000?skew=501", "skew must be a whole number from 1 to 500"),
        ("rtp://[ff3e::1]:5000?skew=1+rtp://[ff3e::2]:5000?skew=1", "given twice"),
        ("+".join(f"rtp://[ff3e::{n}]:5000" for n in range(5)), "at most 4 copies"),
        ("rtp://[ff3e::1]:5000+rtp://[ff3e::2]", "no port"),
    ],
)
def test_a_url_of_copies_that_is_none(url: str, wrong: str):
    with pytest.raises(UsageError, match=wrong):
        parse_source_url(url)
