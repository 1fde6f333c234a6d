"""HTTP sources against a server of a few lines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from yiwang.net.http_source import MAX_REDIRECTS, HttpSource
from yiwang.net.node_mark import NODE_MARK
from yiwang.net.source import SourceError
from yiwang.net.source_url import HttpSpec, parse_source_url

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
OCTETS = bytes(range(256)) * 7 * 47 * 4


@asynccontextmanager
async def server(answer: Answer, host: str = "127.0.0.1") -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        try:
            await answer(head, writer)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, host, 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"


def source_of(url: str) -> HttpSource:
    spec = parse_source_url(url)
    assert isinstance(spec, HttpSpec)
    return HttpSource(spec)


async def read_all(source: HttpSource) -> bytes:
    got = b""
    async with asyncio.timeout(90):
        while block := await source.read():
            got += bytes(block)
    return got


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_the_body_comes_as_it_was_sent(host: str) -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + OCTETS)

    async with server(answer, host) as url:
        source = source_of(url)
        await source.open()
        assert await read_all(source) == OCTETS
        assert source.bytes_received == len(OCTETS)
        await source.close()
        await source.close()


async def test_the_request_has_the_headers_that_the_address_asks_for() -> None:
    asked = []

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        asked.append(head)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + OCTETS)

    async with server(answer) as url:
        source = source_of(f"{url}/a.ts#user-agent=A%2F1%20(x)&origin=http%3A%2F%2Fo")
        await source.open()
        assert await read_all(source) == OCTETS
        await source.close()
    assert asked[0].startswith("GET /a.ts HTTP")
    assert "user-agent: A/1 (x)\r\n" in asked[0].replace("User-Agent", "user-agent")
    assert "origin: http://o\r\n" in asked[0].replace("Origin", "origin")


async def test_a_chunked_body_comes_without_its_chunks_as_soon_as_they_are_there() -> None:
    goes_on = asyncio.Event()

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await writer.drain()
        await goes_on.wait()
        writer.write(b"6\r\nsecond\r\n0\r\n\r\n")

    async with server(answer) as url:
        source = source_of(url)
        await source.open()
        assert bytes(await source.read()) == b"first"
        goes_on.set()
        assert await read_all(source) == b"second"
        await source.close()


async def test_redirects_are_followed_but_not_for_ever() -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        n = int(head.split()[1].strip("/"))
        if n:
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: /{n - 1}\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\nthere")

    async with server(answer) as url:
        source = source_of(f"{url}/{MAX_REDIRECTS}")
        await source.open()
        assert await read_all(source) == b"there"
        await source.close()
        with pytest.raises(SourceError, match=f"more than {MAX_REDIRECTS} redirects"):
            await source_of(f"{url}/{MAX_REDIRECTS + 1}").open()


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "503 Service Unavailable", "204 No Content"])
async def test_any_answer_but_200_is_an_error_that_says_which(status: str) -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())

    async with server(answer) as url:
        with pytest.raises(SourceError, match=f"the server answered {status}"):
            await source_of(url).open()


async def test_a_connection_that_breaks_within_a_chunk_is_an_error() -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n10\r\nhal")

    async with server(answer) as url:
        source = source_of(url)
        await source.open()
        with pytest.raises(SourceError, match=url):
            await read_all(source)
        await source.close()


async def test_user_and_password_are_sent_and_not_shown() -> None:
    heads = []

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(b"HTTP/1.1 401 Unauthorized\r\n\r\n")

    async with server(answer) as url:
        source = source_of(url.replace("http://", "http://user:sesame@"))
        with pytest.raises(SourceError, match="401") as caught:
            await source.open()
        assert "Authorization: Basic dXNlcjpzZXNhbWU=" in heads[0]
        assert "sesame" not in str(caught.value) + source.url


async def test_a_server_that_is_not_there_is_said_in_one_line() -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("nobody may come")

    async with server(answer) as url:
        pass
    with pytest.raises(SourceError, match=url) as caught:
        await source_of(url).open()
    assert "\n" not in str(caught.value)


async def test_a_stream_that_comes_from_this_node_itself_is_refused() -> None:
    via = ["1.1 region"]

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nVia: {', '.join(via)}\r\n\r\nthere".encode())

    async with server(answer) as url:
        source = source_of(url)
        await source.open()
        assert source.via == ("region",)
        await source.close()
        via += [f"1.1 {NODE_MARK}", "1.1 other"]
        with pytest.raises(SourceError, match="a loop: it comes from this node itself"):
            await source.open()


async def test_a_playlist_is_no_transport_stream_and_it_is_said_how_to_read_it() -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: Application/x-mpegURL; charset=utf-8\r\n\r\n#EXTM3U\n")

    async with server(answer) as url:
        with pytest.raises(SourceError, match="write #hls behind the URL"):
            await source_of(f"{url}/live").open()
