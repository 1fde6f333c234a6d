"""Sockets and what was read of them, from one process to another."""

import asyncio
import os
import socket

import pytest

from yiwang.net.connection_passing import ConnectionPasser, passing_pair


async def until(holds) -> None:
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("size", [0, 1, 59_999, 60_000, 60_001, 300_000, 2_000_000])
async def test_a_connection_arrives_with_what_was_read_of_it(size: int):
    came: list[tuple[socket.socket, bytes]] = []
    ends = passing_pair()
    there = ConnectionPasser(ends[1], lambda connection, octets: came.append((connection, octets)))
    here = ConnectionPasser(ends[0], lambda connection, octets: connection.close())
    octets = os.urandom(size)
    mine, theirs = socket.socketpair()
    with mine:
        here.give(theirs.fileno(), octets)
        theirs.close()
        await until(lambda: came)
        ((connection, read),) = came
        assert read == octets
        with connection:
            connection.send(b"hello")
            assert mine.recv(10) == b"hello"
    here.close()
    there.close()


async def test_a_thousand_at_once_arrive_in_order_and_none_is_left():
    came: list[bytes] = []

    def take(connection: socket.socket, octets: bytes) -> None:
        came.append(octets)
        connection.close()

    ends = passing_pair()
    here, there = ConnectionPasser(ends[0], take), ConnectionPasser(ends[1], take)
    before = len(os.listdir("/proc/self/fd"))
    texts = [b"%d " % n * (1 + n % 7 * 4000) for n in range(1000)]
    for text in texts:
        mine, theirs = socket.socketpair()
        here.give(theirs.fileno(), text)
        mine.close()
        theirs.close()
    await until(lambda: len(came) == 1000)
    assert came == texts
    assert len(os.listdir("/proc/self/fd")) == before
    here.close()
    there.close()


async def test_who_has_ended_gets_nothing_and_connections_that_waited_are_closed():
    ends = passing_pair()
    here = ConnectionPasser(ends[0], lambda connection, octets: connection.close())
    ours = []
    for _ in range(1000):  # more than the way holds
        mine, theirs = socket.socketpair()
        here.give(theirs.fileno(), b"x" * 1000)
        theirs.close()
        ours.append(mine)
    ends[1].close()
    await until(lambda: not here._is_open)
    for mine in ours:
        mine.settimeout(90)
        assert mine.recv(1) == b""
        mine.close()
    mine, theirs = socket.socketpair()
    here.give(theirs.fileno(), b"")
    here.close()
    mine.close()
    theirs.close()
