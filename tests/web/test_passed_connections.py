"""Connections passed between two servers, as between two processes, are answered as one server answers them, octet by octet.

Both servers are in this process, on ends of one pair of sockets; the oracle is uvicorn's own protocol, before all channels.
"""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.services.hand_fed import feeder, network
from tests.web.test_origin_protocol import (
    BYE,
    HEADERS,
    HOST,
    ODD,
    Both,
    Counted,
    nothing,
    running,
    say,
    targets,
    until_waiting,
)
from yiwang.net.connection_passing import ConnectionPasser, passing_pair
from yiwang.services.elsewhere import ChannelElsewhere
from yiwang.services.network import Network
from yiwang.web.listening import listen
from yiwang.web.passed_connections import begin, passing_class, service_asked
from yiwang.web.server import make_server


@dataclass
class Spread(Both):
    """As `Both`; ``port`` is a server that has nothing of channel one, whose connections another server gets."""

    main: Counted


async def no_answer(what: str) -> None:
    """Nothing is asked here."""


def elsewhere(net: Network, service_id: str) -> None:
    """Let a channel be another process's."""
    channel = net.channels[service_id]
    net.channels[service_id] = ChannelElsewhere(
        channel.service, channel.packaging, channel.source_spec, (), 0, no_answer, print, is_of_multiplex=False
    )


@pytest.fixture
async def spread(tmp_path: Path) -> AsyncIterator[Spread]:
    net, main_net = network(tmp_path, "one", "quiet"), network(tmp_path, "one", "quiet", name="main")
    del net.channels["quiet"]
    elsewhere(main_net, "one")
    everything = network(tmp_path, "one", "quiet", name="oracle")
    everything.channels["one"] = net.channels["one"]
    stopping = asyncio.Event()
    app, main, oracle_app = (Counted(of, nothing, stopping) for of in (net, main_net, everything))
    channel = net.channels["one"]
    feed = feeder(channel)
    feed.seconds(6.5)
    ready = [asyncio.Event() for _ in range(3)]
    ends = passing_pair()
    async with asyncio.TaskGroup() as group:

        def take_in_worker(connection: socket.socket, octets: bytes) -> None:
            group.create_task(begin(worker, connection, octets, None))

        def take_in_main(connection: socket.socket, octets: bytes) -> None:
            group.create_task(begin(ours, connection, octets, to_worker))

        to_worker, to_main = ConnectionPasser(ends[0], take_in_main), ConnectionPasser(ends[1], take_in_worker)
        ours = make_server(
            main, ready[0].set, passing_class(main, lambda service_id: to_worker if service_id == "one" else None)
        )
        worker = make_server(
            app, ready[1].set, passing_class(app, lambda service_id: None if service_id in net.channels else to_main)
        )
        oracle = make_server(oracle_app, ready[2].set)
        oracle.config.http = HttpToolsProtocol
        async with (
            running(ours, listen("::1", 0), ready[0]) as port,
            running(worker, listen("::1", 0), ready[1]),
            running(oracle, listen("::1", 0), ready[2]) as oracle_port,
        ):
            yield Spread(net, app, port, oracle_port, channel, feed, main)
            stopping.set()
            net.wake()
            main_net.wake()
        to_worker.close()
        to_main.close()


async def test_every_request_alone_is_answered_as_by_one_server(spread: Spread):
    number = b"%d" % spread.whole().number
    requests = [
        method + b" " + target + b" HTTP/1.1\r\n" + HOST + header.replace(b"{number}", number) + b"\r\n"
        for target in targets(spread)
        for method, header in [(b"GET", b""), (b"HEAD", b""), (b"OPTIONS", b""), *((b"GET", h) for h in HEADERS[:6])]
    ]
    # not those with a body: what comes behind it belongs to who has read it
    odd = [one for one in ODD if b"\r\n\r\n" in one and one.endswith(b"\r\n\r\n")]
    requests += [b"GET " + target + end for target in targets(spread)[:3] for end in odd]
    requests += [b"GET http://x/live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n", b"get /live/one/ HTTP/1.1\r\n\r\n"]
    requests += [
        b"GET /l%69ve/o%6ee/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET //live/one HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    requests += [b"\r\n\r\nGET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"]
    for request in requests:
        mine, other = await asyncio.gather(say(spread.port, request + BYE), say(spread.oracle_port, request + BYE))
        assert mine == other, request


async def test_requests_in_a_row_cut_anywhere_are_answered_as_by_one_server(spread: Spread):
    chance = random.Random(43)
    number = b"%d" % spread.whole().number
    for _ in range(150):
        octets = b""
        for _ in range(chance.randrange(1, 7)):
            target, header = chance.choice(targets(spread)), chance.choice([*HEADERS, b"", b""])
            octets += chance.choice([b"GET ", b"GET ", b"HEAD "]) + target
            octets += b" HTTP/1.1\r\n" + HOST + header.replace(b"{number}", number) + b"\r\n"
        octets += BYE
        cuts = sorted(chance.randrange(len(octets)) for _ in range(chance.randrange(4)))
        pieces = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True) if a < b]
        mine, other = await asyncio.gather(say(spread.port, *pieces), say(spread.oracle_port, *pieces))
        assert mine == other, pieces


async def test_a_player_is_passed_once(spread: Spread):
    names = [b"index.m3u8", b"video/index.m3u8", b"video/%d.m4s" % spread.whole().number]
    requests = [b"GET /live/one/" + name + b" HTTP/1.1\r\n" + HOST + b"\r\n" for name in names]
    requests.append(b"GET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    mine, other = await asyncio.gather(say(spread.port, *requests), say(spread.oracle_port, *requests))
    assert mine == other
    assert spread.main.asked == 0


async def test_a_blocked_reload_waits_where_the_channel_is(spread: Spread):
    number = spread.newest().number + 1
    ask = b"GET /live/one/video/index.m3u8?_HLS_msn=%d HTTP/1.1\r\nHost: x\r\n\r\n" % number
    asking = [asyncio.ensure_future(say(spread.port, ask + BYE)) for _ in range(50)]
    await until_waiting(spread.channel, 50)
    assert not any(one.done() for one in asking)
    spread.feed.seconds(2.5)
    answers = await asyncio.gather(*asking)
    assert len(set(answers)) == 1
    assert b"%d.m4s" % number in answers[0]
    assert answers[0].startswith(b"HTTP/1.1 200")


async def test_a_large_answer_is_out_before_its_connection_goes_elsewhere(spread: Spread):
    whole = b"GET /live/one/video/%d.m4s HTTP/1.1\r\nHost: x\r\n\r\n" % spread.whole().number
    row = 20 * (whole + b"GET /live/quiet/index.m3u8 HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n".replace(b"quiet", b"nobody"))
    mine, other = await asyncio.gather(say(spread.port, row + BYE), say(spread.oracle_port, row + BYE))
    assert mine == other


async def test_a_body_goes_along_however_large_it_is(spread: Spread):
    player = b"GET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n"
    body = random.Random(1).randbytes(400_000)
    post = b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\nConnection: close\r\n\r\n" + body
    answer = await say(spread.port, player, post)
    assert answer.endswith(b"400000 octets to /api/x")
    assert spread.main.asked == 1


async def test_who_does_not_have_what_it_is_asked_for_does_not_get_it_again(spread: Spread):
    del spread.network.channels["one"]
    answer = await say(spread.port, b"GET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1\r\n" in answer


@pytest.mark.parametrize(
    ("line", "service"),
    [
        (b"GET /live/one/index.m3u8 HTTP/1.1", "one"),
        (b"GET /live/one HTTP/1.1", "one"),
        (b"GET /live/one?x=/y HTTP/1.1", "one"),
        (b"HEAD /live/ HTTP/1.1", ""),
        (b"GET /live HTTP/1.1", None),
        (b"GET /api/live/one HTTP/1.1", None),
        (b"GET /l%69ve/a%2Db/x HTTP/1.1", "a-b"),
        (b"GET http://h:1/live/one/x HTTP/1.1", "one"),
        (b"GET * HTTP/1.1", None),
        (b"GET", None),
        (b"", None),
        (b"\xff\xfe /live/\xff/ \xff", "\xff"),
    ],
)
def test_whose_request_a_line_begins(line: bytes, service: str | None):
    assert service_asked(line) == service
