"""The origin's connections, octet by octet, on the event loop that serves and on Python's own.

The oracle is uvicorn's own protocol in front of the same ASGI app, on another port: whatever comes, both must answer the same.
"""

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.services.hand_fed import Feeder, feeder, network
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.web import ready_answers, request_head, server, waiting
from yiwang.web.listening import listen
from yiwang.web.origin_app import OriginApp
from yiwang.web.server import make_server

DATE = re.compile(rb"date: [^\r]*\r\n")
HOST = b"Host: x\r\n"
BYE = b"GET /live/nobody/index.m3u8 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Counted(OriginApp):
    """Counts what comes by ASGI."""

    asked = 0

    async def __call__(self, scope, receive, send) -> None:
        self.asked += 1
        await super().__call__(scope, receive, send)


@dataclass
class Both:
    """A network served twice."""

    network: Network
    app: Counted
    port: int
    oracle_port: int
    channel: Channel
    feed: Feeder

    def newest(self):
        segment = self.channel.presentation.tracks["video"].newest
        assert segment is not None
        return segment

    def whole(self):
        return self.channel.presentation.tracks["video"].listed[-1]


@asynccontextmanager
async def running(server_: uvicorn.Server, sock: socket.socket, ready: asyncio.Event) -> AsyncIterator[int]:
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server_.serve(sockets=[sock]))
        await ready.wait()
        try:
            yield sock.getsockname()[1]
        finally:
            server_.should_exit = True
            await serving


async def nothing(scope, receive, send) -> None:
    """What lies behind the origin: it reads a body to its end, and says how long it was."""
    assert scope["type"] == "http"
    octets, more = b"", True
    while more:
        message = await receive()
        octets, more = octets + message.get("body", b""), message.get("more_body", False)
    text = b"%d octets to %s" % (len(octets), scope["path"].encode())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    net = network(tmp_path, "one", "quiet")
    stopping = asyncio.Event()
    app, ready, oracle_ready = Counted(net, nothing, stopping), asyncio.Event(), asyncio.Event()
    ours, oracle = make_server(app, ready.set), make_server(app, oracle_ready.set)
    oracle.config.http = HttpToolsProtocol
    channel = net.channels["one"]
    feed = feeder(channel)
    feed.seconds(6.5)
    async with (
        running(ours, listen("::1", 0), ready) as port,
        running(oracle, listen("::1", 0), oracle_ready) as oracle_port,
    ):
        yield Both(net, app, port, oracle_port, channel, feed)
        stopping.set()
        net.wake()


async def say(port: int, *pieces: bytes, end: bool = False) -> bytes:
    """Send pieces, each in a packet of its own; return all that is answered until the server closes."""
    answer = b""

    async def read() -> None:
        nonlocal answer
        while octets := await loop.sock_recv(sock, 1 << 20):
            answer += octets

    async def write() -> None:
        for piece in pieces:
            await loop.sock_sendall(sock, piece)
            await asyncio.sleep(0.001)
        if end:
            sock.shutdown(socket.SHUT_WR)

    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, ("::1", port))
        async with asyncio.timeout(90):
            await asyncio.gather(read(), write(), return_exceptions=True)  # a server that has closed takes no more
    return DATE.sub(b"date: now\r\n", answer)


async def until_waiting(channel: Channel, count: int) -> None:
    async with asyncio.timeout(90):
        while channel.waiting != count:
            await asyncio.sleep(0.01)


def targets(both: Both) -> list[bytes]:
    segment, header = both.whole(), both.whole().header.init_name
    names = ["index.m3u8", "manifest.mpd", "ts.m3u8", "video/index.m3u8", "video/index.m3u8?_HLS_skip=YES"]
    names += [f"video/{header}", f"video/{segment.number}.m4s", f"video/{segment.number}.0.m4s", "video/1.m4s"]
    names += [f"video/index.m3u8?_HLS_msn={segment.number}&x=%2F", "video/index.m3u8?_HLS_msn=1&_HLS_part=99999"]
    names += [
        f"ts/{segment.number}.ts",
        "nothing/at/all",
        "../../etc/passwd",
        "%76ideo/index.m3u8",
        "video/index.m3u8#a",
    ]
    return [f"/live/one/{name}".encode() for name in names] + [b"/live/nobody/index.m3u8", b"/live/", b"/api", b"*"]


HEADERS = [
    b"Accept-Encoding: gzip, br\r\n",
    b"accept-encoding:identity\r\n",
    b"Accept-Encoding: gzip\r\nACCEPT-ENCODING: identity\r\n",
    b"If-None-Match: *\r\n",
    b'If-None-Match: "{number}.m4s", "x"\r\n',
    b"Range: bytes=5-9\r\n",
    b'Range: bytes=-7\r\nIf-Range: "x"\r\n',
    b"Range: bytes=999999999-\r\n",
    b"Connection: keep-alive\r\n",
    b"Connection: Keep-Alive, x\r\nX-Long: " + 3000 * b"a" + b"\r\n",
    b"Cookie: a=b; c=d\r\nUser-Agent: T\xe9l\xe9\r\n",
    b"X-Empty:\r\nX-Spaces:   y  \r\n",
]
ODD = [  # each ends a request line and a header section; some are malformed
    b" HTTP/1.0\r\nHost: x\r\n\r\n",
    b" HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b" HTTP/1.1\r\nHost : x\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
    b" HTTP/1.1\r\n: x\r\n\r\n",
    b" HTTP/1.1\r\n\r\n",
    b"  HTTP/1.1\r\nHost: x\r\n\r\n",
    b" HTTP/1.1 \r\nHost: x\r\n\r\n",
    b" HTTP/2.0\r\nHost: x\r\n\r\n",
    b"\r\nHost: x\r\n\r\n",
    b" http/1.1\r\nHost: x\r\n\r\n",
    b" HTTP/1.1\nHost: x\n\n",
    b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b" HTTP/1.1\r\nHost: x\r\nConnection: close, keep-alive\r\n\r\n",
]


async def test_every_request_alone_is_answered_as_uvicorn_answers_it(both: Both):
    number = b"%d" % both.whole().number
    requests = [
        method + b" " + target + b" HTTP/1.1\r\n" + HOST + header.replace(b"{number}", number) + b"\r\n"
        for target in targets(both)
        for method, header in [(b"GET", b""), (b"HEAD", b""), (b"OPTIONS", b""), *((b"GET", h) for h in HEADERS)]
    ]
    requests += [b"GET " + target + odd for target in targets(both)[:7] for odd in ODD]
    requests += [b"POST /live/one/index.m3u8" + odd for odd in ODD]
    requests += [b"GET http://x/live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n", b"get /live/one/ HTTP/1.1\r\n\r\n"]
    requests += [b"\r\n\r\nGET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"]
    for request in requests:
        mine, other = await asyncio.gather(say(both.port, request + BYE), say(both.oracle_port, request + BYE))
        assert mine == other, request


async def test_requests_in_a_row_cut_anywhere_are_answered_as_uvicorn_answers_them(both: Both):
    chance = random.Random(36)
    number = b"%d" % both.whole().number
    for _ in range(150):
        octets = b""
        for _ in range(chance.randrange(1, 7)):
            target, header = chance.choice(targets(both)), chance.choice([*HEADERS, b"", b""])
            end = b" HTTP/1.1\r\n" + HOST + header.replace(b"{number}", number) + b"\r\n"
            octets += chance.choice([b"GET ", b"GET ", b"HEAD "]) + target
            octets += chance.choice(ODD[:6]) if chance.random() < 0.15 else end
        octets += BYE
        cuts = sorted(chance.randrange(len(octets)) for _ in range(chance.randrange(4)))
        if ODD[0] in octets:  # it ends the connection: what comes in a later packet is answered with a reset by either
            cuts = []
        pieces = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True) if a < b]
        mine, other = await asyncio.gather(say(both.port, *pieces), say(both.oracle_port, *pieces))
        assert mine == other, pieces


async def test_what_is_ready_is_answered_without_the_asgi_app(both: Both):
    request = b"".join(
        b"GET " + target + b" HTTP/1.1\r\n" + HOST + header + b"\r\n"
        for target in targets(both)
        if target.startswith(b"/live/one/") and not re.search(rb"ts/|at/all|\.\./|%76|#", target)
        for header in HEADERS
    )
    answers = await say(both.port, request + BYE)
    assert both.app.asked == 1  # the one that closes the connection
    assert answers.count(b"HTTP/1.1 ") == request.count(b"GET ") + 1
    assert both.channel.requests == request.count(b"GET ")


@pytest.mark.parametrize("upgrade", [b"h2c\r\nHTTP2-Settings: AAMAAABk", b"websocket\r\nSec-WebSocket-Key: eA=="])
async def test_who_wants_another_protocol_is_answered_in_this_one(both: Both, upgrade: bytes):
    """RFC 9110 7.8: a server may ignore Upgrade."""
    reader, writer = await asyncio.open_connection("::1", both.port)
    line = b"GET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n"
    for headers in (b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n", b""):
        writer.write(line + headers + b"\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        length = re.search(rb"content-length: (\d+)", head)
        assert length
        assert (await reader.readexactly(int(length[1]))).startswith(b"#EXTM3U")
    writer.close()


async def test_a_connection_that_is_half_closed_is_still_answered(both: Both):
    request = b"GET /live/one/video/%d.m4s HTTP/1.1\r\nHost: x\r\n\r\n" % both.whole().number
    answer = await say(both.port, request, end=True)
    assert answer.endswith(b"".join(part.data for part in both.whole().parts))


async def test_a_head_without_end_is_refused(both: Both):
    for piece in (b"X-%d: y\r\n", b"X: " + 400 * b"z" + b"%d\r\n"):
        head = b"GET /live/one/index.m3u8 HTTP/1.1\r\n" + b"".join(piece % n for n in range(40_000))
        answer = await say(both.port, head)
        assert answer.startswith(b"HTTP/1.1 431 ") or not answer  # reset, as it sent on when it was refused
    reader, writer = await asyncio.open_connection("::1", both.port)
    writer.write(b"GET /live/one/" + 70_000 * b"a")
    assert (await reader.readline()).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_who_does_not_read_is_sent_one_answer_and_held_up_and_nobody_else_is(both: Both):
    count = 400
    segment = both.whole()
    request = b"GET /live/one/video/%d.m4s HTTP/1.1\r\nHost: x\r\n\r\n" % segment.number
    octets = b"".join(part.data for part in segment.parts)
    slow = socket.socket(socket.AF_INET6)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("::1", both.port))
    reader, writer = await asyncio.open_connection(sock=slow, limit=1024)
    writer.transport.pause_reading()
    writer.write(request * count + BYE)
    before = -1
    async with asyncio.timeout(90):
        while before != both.channel.requests or not before:
            before = both.channel.requests
            await asyncio.sleep(0.2)
            assert octets in await say(both.port, request + BYE)
            before += 1
    in_kernel = 8_000_000 // len(octets)  # tcp_wmem and some more
    assert before <= in_kernel + 40 < count
    writer.transport.resume_reading()
    for _ in range(count):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert await reader.readexactly(len(octets)) == octets
    assert (await reader.read()).startswith(b"HTTP/1.1 404")
    writer.close()


async def test_requests_behind_one_that_waits_are_answered_after_it(both: Both):
    hint = b"GET /live/one/video/%d.%d.m4s HTTP/1.1\r\nHost: x\r\n\r\n"
    number, index = both.newest().number, len(both.newest().parts)
    request = hint % (number, index) + b"GET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n"
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(say(both.port, request, b"HEAD /live/one/index.m3u8 HTTP/1.1\r\n\r\n", BYE))
        await until_waiting(both.channel, 1)
        assert both.app.asked == 0
        both.feed.until(lambda: (both.newest().number, len(both.newest().parts)) != (number, index))
    data = both.channel.presentation.tracks["video"].segments[number].parts[index].data
    head, _, rest = asked.result().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert rest.startswith(data + b"HTTP/1.1 200 OK")
    assert rest.count(b"HTTP/1.1 200 OK") == 2
    assert rest.count(b"HTTP/1.1 404 Not Found") == 1


async def test_a_segment_in_progress_that_was_waited_for_comes_in_chunks_and_so_does_what_is_behind_it(both: Both):
    number = both.newest().number + 1
    request = b"GET /live/one/video/%d.m4s HTTP/1.1\r\nHost: x\r\n\r\n" % number
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(say(both.port, 2 * request + BYE))
        await until_waiting(both.channel, 1)
        both.feed.until(lambda: both.newest().number == number)
        async with asyncio.timeout(90):
            while not both.app.asked:
                await asyncio.sleep(0.01)
        await until_waiting(both.channel, 1)
        both.feed.until(lambda: both.newest().number > number)
    parts = [part.data for part in both.channel.presentation.tracks["video"].segments[number].parts]
    head, _, rest = asked.result().partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    assert rest.startswith(chunks + b"HTTP/1.1 200 OK")
    assert b"".join(parts) in rest.removeprefix(chunks)


async def test_who_goes_while_waiting_is_forgotten_at_once(both: Both):
    both.channel.presentation.target_duration_s = 600
    _, writer = await asyncio.open_connection("::1", both.port)
    writer.write(b"GET /live/one/video/index.m3u8?_HLS_msn=%d HTTP/1.1\r\n\r\n" % (both.newest().number + 1))
    await until_waiting(both.channel, 1)
    writer.close()
    await until_waiting(both.channel, 0)


async def test_who_waits_too_long_is_told_to_come_again_and_stays_connected(
    both: Both, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waiting, "TARGET_DURATIONS", 0)
    request = b"GET /live/one/video/index.m3u8?_HLS_msn=%d HTTP/1.1\r\n\r\n" % (both.newest().number + 1)
    mine = await say(both.port, request + request + BYE)
    assert mine == await say(both.oracle_port, request + request + BYE)
    assert mine.count(b"HTTP/1.1 503 Service Unavailable") == 2


async def test_a_service_that_is_replaced_is_the_new_one_to_old_connections(both: Both):
    reader, writer = await asyncio.open_connection("::1", both.port)
    request = b"GET /live/one/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n"
    for status in (b"200", b"404"):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 " + status)
        length = re.search(rb"content-length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
        both.network.channels.pop("one", None)
    writer.close()


async def test_a_connection_on_which_nothing_whole_is_asked_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "KEEP_ALIVE_S", 0.3)
    net = network(tmp_path, "one")
    ready = asyncio.Event()
    app = OriginApp(net, nothing, asyncio.Event())

    async def answer(request: bytes) -> bytes:
        """What comes on a connection that is left open; on a slow machine it may have been idle before it asks."""
        async with asyncio.timeout(60):
            while not (said := await say(port, request, b"")):
                pass
        return said

    async with running(make_server(app, ready.set), listen("::1", 0), ready) as port:
        assert await say(port) == b""
        assert await say(port, b"GET /live/one/index.m3u8 HT") == b""
        assert (await answer(b"GET /api HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")
        assert (await answer(b"GET /live/one/no/index.m3u8 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404")
        net.channels["one"].presentation.target_duration_s = 1
        monkeypatch.setattr(waiting, "TARGET_DURATIONS", 2)  # who waits is not idle
        assert (await answer(b"GET /live/one/index.m3u8 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 503")


async def test_who_waits_on_a_connection_that_uvicorn_has_answered_on_is_not_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(server, "KEEP_ALIVE_S", 0.3)
    monkeypatch.setattr(waiting, "TARGET_DURATIONS", 2)
    net, ready = network(tmp_path, "one"), asyncio.Event()
    net.channels["one"].presentation.target_duration_s = 1
    app = OriginApp(net, nothing, asyncio.Event())

    async def ask(port: int) -> list[bytes]:
        reader, writer = await asyncio.open_connection("::1", port)
        status_lines = []
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            for target in (b"/api", b"/live/one/index.m3u8"):
                writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head)
                assert length
                await reader.readexactly(int(length[1]))
                status_lines.append(head[:12])
        writer.close()
        return status_lines

    async with running(make_server(app, ready.set), listen("::1", 0), ready) as port, asyncio.timeout(60):
        while len(answered := await ask(port)) < 2:
            pass  # on a slow machine it may have been idle between the two
    assert answered == [b"HTTP/1.1 200", b"HTTP/1.1 503"]


async def test_what_is_kept_is_bounded(both: Both, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ready_answers, "MOST_KEPT", 8)
    monkeypatch.setattr(request_head, "MOST_KEPT", 8)
    line = b"GET /live/one/video/index.m3u8?x=%d HTTP/1.1\r\nX-N: %d\r\n\r\n"
    answers = await say(both.port, b"".join(line % (n, n) for n in range(100)) + BYE)
    assert answers.count(b"HTTP/1.1 200 OK") == 100
    (ready,) = both.channel.watchers
    assert isinstance(ready, ready_answers.ReadyAnswers)
    assert [len(known) for known in ready._found] <= [8, 8]
    both.feed.until(lambda: ready._version != both.channel.presentation.version or not any(ready._found))
    assert not any(ready._found)  # nothing holds media back when it leaves the window
    heads = request_head.RequestHeads()
    for n in range(100):
        heads.of(b"X-N: %d\r\n\r\n" % n)
    assert len(heads._known) <= 8
