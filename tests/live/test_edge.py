"""The cache tier in front of origins that count: however many viewers, each thing is asked for once."""

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import missing
from tests.free_port import free_port
from yiwang.base.errors import UsageError
from yiwang.services.edge import Edge, check, find_nginx, nginx_configuration

VIEWERS = 60
FOR_EVER = "public, max-age=31536000, immutable"


class Origin:
    """Answers after a moment, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.status = 200
        self.delay_s = 0.3
        self.moment_s = 1  # a playlist may be used so long
        self.port = 0
        self.is_private = False  # what not all may have; it then says by whom it was asked
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            path = head.split()[1]
            self.asked[path] += 1
            await asyncio.sleep(self.delay_s)
            cache = (
                FOR_EVER
                if path.endswith(".m4s")
                else "public, max-age=6"
                if "_HLS_msn" in path
                else f"public, max-age={self.moment_s}"
            )
            if self.is_private:
                cache = "private, max-age=1"
                path += re.findall(r"(?im)^x-forwarded-for: (.*)\r$", head)[0]
            body = f"{self.port} {path}".encode() + bytes(1000)
            headers = f"content-length: {len(body)}\r\ncache-control: {cache}\r\nvary: accept-encoding\r\n"
            writer.write(f"HTTP/1.1 {self.status} X\r\n{headers}\r\n".encode() + body)
        writer.close()


@asynccontextmanager
async def edge_of(*origins: Origin, config: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """Run `yiwang edge` in front of origins; give a client of it."""
    try:
        find_nginx()
    except UsageError:
        missing("nginx is not installed: run scripts/debian-packages.sh")
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        log = Path(name) / "log"
        more: tuple[str, ...] = ()
        if config:
            (Path(name) / "node.toml").write_text(config)
            more = "--config", f"{name}/node.toml"
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "yiwang.cli.main", "edge"),
                *(f"http://127.0.0.1:{origin.port}" for origin in origins),
                *("--host", "127.0.0.1", "--port", str(port), "--folder", f"{name}/edge", *more),
                stderr=file,
            )
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=90, limits=limits) as client:
            try:
                async with asyncio.timeout(90):
                    while True:
                        try:
                            assert (await client.get("/healthz")).text == "ok\n"
                            break
                        except httpx.TransportError:
                            assert process.returncode is None, log.read_text()
                            await asyncio.sleep(0.05)
                yield client
            finally:
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), 90) == 0, log.read_text()


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    origin = Origin()
    await origin.start()
    yield origin
    origin.stop()


async def together(client: httpx.AsyncClient, path: str, n: int = VIEWERS) -> list[httpx.Response]:
    return await asyncio.gather(*(client.get(path) for _ in range(n)))


async def test_viewers_who_want_the_same_cost_the_origin_one_answer(origin: Origin) -> None:
    async with edge_of(origin) as client:
        for path in ("/live/c/video/5.m4s", "/live/c/video/5.1.m4s", "/live/c/video/index.m3u8?_HLS_msn=6&_HLS_part=1"):
            answers = await together(client, path)
            assert {answer.status_code for answer in answers} == {200}
            assert {answer.text.rstrip("\0") for answer in answers} == {f"{origin.port} {path}"}
            assert origin.asked[path] <= 2  # just started, nginx has been seen to ask twice
            assert Counter(answer.headers["x-cache"] for answer in answers)["HIT"] >= VIEWERS - 2
        assert {answer.headers["cache-control"] for answer in await together(client, "/live/c/video/5.m4s")} == {
            FOR_EVER
        }


async def test_a_playlist_is_asked_for_again_when_its_moment_is_over(origin: Origin) -> None:
    origin.delay_s = 0
    async with edge_of(origin) as client:
        path = "/live/c/video/index.m3u8"
        async with asyncio.timeout(60):
            while origin.asked[path] < 2:
                assert (await client.get(path)).status_code == 200
                await asyncio.sleep(0.1)
        origin.moment_s = 3600
        await asyncio.sleep(2.2)  # the moment of the last answer is over
        await together(client, path)
        assert origin.asked[path] == 3
        path = "/live/d/video/index.m3u8"
        await client.get(path)
        await together(client, path)
        await client.get(path + "?session=of-one-viewer")
        assert [asked for asked in origin.asked if "/d/" in asked] == [path]
        assert origin.asked[path] == 1


async def test_a_range_of_a_segment_comes_from_the_whole(origin: Origin) -> None:
    async with edge_of(origin) as client:
        await client.get("/live/c/video/7.m4s")
        part = await client.get("/live/c/video/7.m4s", headers={"Range": "bytes=0-4"})
        assert (part.status_code, part.text) == (206, str(origin.port)[:5])
        assert (await client.head("/live/c/video/7.m4s")).headers["content-length"] == part.headers[
            "content-range"
        ].rpartition("/")[2]
        assert sum(origin.asked.values()) == 1


async def test_when_a_node_fails_another_answers_and_when_all_fail_what_is_there(origin: Origin) -> None:
    origin.delay_s = 0
    other = Origin()
    other.delay_s = 0
    await other.start()
    async with edge_of(origin, other) as client:
        path = "/live/c/video/index.m3u8"
        first = int((await client.get(path)).text.split()[0])
        failing, standing = (origin, other) if first == origin.port else (other, origin)
        failing.status = 503
        await asyncio.sleep(2.2)
        answer = await client.get(path)
        assert (answer.status_code, int(answer.text.split()[0])) == (200, standing.port)
        failing.status = standing.status = 500
        await asyncio.sleep(2.2)
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["x-cache"]) == (200, "STALE")
    other.stop()


async def test_what_is_for_operators_is_not_at_the_edge(origin: Origin) -> None:
    async with edge_of(origin) as client:
        for path in ("/console", "/metrics", "/api/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 404
        assert origin.asked.total() == 0
        assert (await client.get("/api/channels")).status_code == 200


def edge(*nodes: str, **more: object) -> Edge:
    return Edge(nodes, **{"host": "::", "port": 8081, "folder": Path("/tmp/e"), **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (edge(), "at least one node"),
        (edge("ftp://a"), "ftp://a: expected the URL of a node"),
        (edge("http://a/live"), "expected the URL of a node"),
        (edge("http://a;b"), "is no host name"),
        (edge("http://a:99999"), "expected a port"),
        (edge("http://a", "https://b"), "name them all alike"),
        (edge("http://a", certificate=Path("/nonexistent")), "belong together"),
        (edge("http://a", certificate=Path("/nonexistent"), key=Path("/nonexistent")), "no such file"),
        (edge("http://a", port=0), "--port 0"),
        (edge("http://a", cache_gb=0), "--cache-gb"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(wrong: Edge, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        check(wrong)
    assert "\n" not in str(caught.value)


def test_addresses_and_paths_are_written_as_nginx_reads_them() -> None:
    text = nginx_configuration(edge("http://[2001:db8::1]:8080", "http://node-2"))
    assert "server [2001:db8::1]:8080 max_fails" in text
    assert "server node-2:80 max_fails" in text
    assert "listen [::]:8081 ipv6only=off;" in text
    text = nginx_configuration(edge("http://a", certificate=Path("/a b/chain.pem"), key=Path("/a b/key.pem")))
    assert 'ssl_certificate "/a b/chain.pem";' in text
    with pytest.raises(UsageError):
        nginx_configuration(edge("http://a", certificate=Path('/a"b'), key=Path("/k")))


REGIONAL = """
[[region]]
id = "zj"
name = "浙江"
prefixes = ["127.0.0.2/31"]
[[region]]
id = "js"
name = "江苏"
prefixes = ["127.0.0.4/32"]
[[service]]
id = "sport-1"
source = "udp://[ff11::1]:5000"
[[restriction]]
services = "sport-?"
not_in = "zj"
"""


@pytest.mark.parametrize("config", [REGIONAL, ""])
async def test_what_not_all_may_have_is_kept_for_each_region_apart_or_not_at_all(origin: Origin, config: str) -> None:
    origin.delay_s, origin.is_private = 0, True
    async with edge_of(origin, config=config) as edge, AsyncExitStack() as stack:

        async def of(address: str) -> httpx.AsyncClient:
            transport = httpx.AsyncHTTPTransport(local_address=address)
            return await stack.enter_async_context(httpx.AsyncClient(base_url=edge.base_url, transport=transport))

        async def asked_by(client: httpx.AsyncClient, path: str, **headers: str) -> str:
            answer = await client.get(path, headers=headers)
            assert answer.headers["cache-control"] == "private, max-age=1"
            return answer.text.rstrip("\0").rpartition("/")[2].removeprefix(path.rpartition("/")[2])

        here, neighbour, there = [await of(address) for address in ("127.0.0.2", "127.0.0.3", "127.0.0.4")]
        path = "/live/sport-1/video/5.m4s"
        assert await asked_by(here, path) == "127.0.0.2"
        assert await asked_by(neighbour, path) == ("127.0.0.2" if config else "127.0.0.3")
        assert await asked_by(there, path) == "127.0.0.4"
        assert await asked_by(neighbour, path, **{"X-Forwarded-For": "192.0.2.1"}) == "192.0.2.1, 127.0.0.3"
        assert await asked_by(neighbour, path) == ("127.0.0.2" if config else "127.0.0.3")
        other = "/live/news/video/5.m4s"  # what is for all, and says that it is not to be kept
        assert [await asked_by(client, other) for client in (here, there)] == ["127.0.0.2", "127.0.0.4"]
        origin.status = 451
        refused = "/live/sport-1/video/6.m4s"
        for _ in range(2):
            assert (await here.get(refused)).status_code == 451
        assert origin.asked[refused] == 2
