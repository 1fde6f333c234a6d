"""An HTTP server for playlists and segments that does what the test says: late, gone, packed, elsewhere, in parts."""

import asyncio
import gzip
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANG = b"hang"
"""A document that never comes."""


@dataclass
class HlsServer:
    """``documents`` by path: octets, a status as ``404 Not Found``, or a function that returns one of these."""

    documents: dict[str, bytes | str | Callable[[], bytes | str]] = field(default_factory=dict)
    packed: bool = False
    knows_ranges: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    heads: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, host: str = "127.0.0.1") -> AsyncIterator[str]:
        clients: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            clients.add(task)
            try:
                while True:
                    await self._answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                clients.discard(task)
                writer.close()

        listening = await asyncio.start_server(serve, host, 0)
        port = listening.sockets[0].getsockname()[1]
        try:
            yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
        finally:
            listening.close()
            for task in tuple(clients):
                task.cancel()
            if clients:
                await asyncio.wait(tuple(clients))

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        path = head.split()[1]
        self.asked[path] += 1
        self.heads.append(head)
        found = self.documents.get(path, "404 Not Found")
        body = found() if callable(found) else found
        if body == HANG:
            await asyncio.Event().wait()
        status, more = "200 OK", dict(self.headers)
        if isinstance(body, str):
            status, _, location = body.partition(" -> ")
            more |= {"Location": location} if location else {}
            body = b""
        wanted = re.search(r"^Range: bytes=(\d+)-(\d+)", head, re.MULTILINE | re.IGNORECASE)
        if wanted and self.knows_ranges and status == "200 OK":
            status, body = "206 Partial Content", body[int(wanted[1]) : int(wanted[2]) + 1]
        elif self.packed and "gzip" in head:
            body, more = gzip.compress(body), more | {"Content-Encoding": "gzip"}
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *(f"{k}: {v}" for k, v in more.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + (b"" if head.startswith("HEAD") else body))
        await writer.drain()


def playlist(uris: list[str], duration_s: float = 2, first: int = 0, *, ended: bool = False, before: str = "") -> bytes:
    """A Media Playlist; a URI may have tags before it, each on its line."""
    lines = ["#EXTM3U", f"#EXT-X-TARGETDURATION:{-(-duration_s // 1):.0f}", f"#EXT-X-MEDIA-SEQUENCE:{first}", before]
    for uri in uris:
        *tags, name = uri.split("\n")
        lines += [*tags, f"#EXTINF:{duration_s},", name]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else []), ""]).encode()
