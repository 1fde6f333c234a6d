"""A transport stream as one endless HTTP response."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.net.node_mark import check_no_loop
from yiwang.net.source import TICK_MS, Block, SourceError, UntilDue
from yiwang.net.source_url import HttpSpec

CONNECT_TIMEOUT_S = 5.0
SILENCE_TIMEOUT_S = 10.0
MAX_REDIRECTS = 5
PLAYLIST_TYPES = ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl")
BUSY_OCTETS = 32_768
"""After a read of this much the next one follows at once; after a smaller one the kernel may gather for a tick."""


class HttpSource:
    """Reads the body of a GET as it comes."""

    def __init__(self, spec: HttpSpec) -> None:
        self.url = spec.url
        self.bytes_received = 0
        self.via: tuple[str, ...] = ()  # nodes by which it comes
        self._location, self._headers = spec.location, spec.headers
        self._client: httpx.AsyncClient | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._busy = True

    async def open(self) -> None:
        """Send the request and wait for the response's head. Raises :class:`SourceError`."""
        await self.close()
        timeout = httpx.Timeout(SILENCE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=True, max_redirects=MAX_REDIRECTS)
        request = self._client.build_request(
            "GET", self._location, headers={**dict(self._headers), "Accept-Encoding": "identity"}
        )
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            await self.close()
            raise SourceError(f"{self.url}: {_explain(error)}") from error
        if response.status_code != 200:
            await self.close()
            status = f"{response.status_code} {response.reason_phrase}".strip()
            raise SourceError(f"{self.url}: {said('server-answered', status=status)}")
        if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() in PLAYLIST_TYPES:
            await self.close()
            raise SourceError(f"{self.url}: it is an HLS playlist; write #hls behind the URL")
        try:
            self.via = check_no_loop(self.url, response.headers.get("Via", ""))
        except SourceError:
            await self.close()
            raise
        self._chunks = response.aiter_raw()

    async def read(self) -> Block:
        """Return the next octets of the body; empty when the server has ended it."""
        assert self._chunks is not None  # opened
        if not self._busy:
            await asyncio.sleep(TICK_MS / 1000)
        try:
            block = await anext(self._chunks, b"")
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise SourceError(f"{self.url}: {_explain(error)}") from error
        self._busy = len(block) >= BUSY_OCTETS
        self.bytes_received += len(block)
        return block

    def hold(self, until_due: UntilDue) -> None:
        """Hold nothing back: blocks come as they are made."""

    async def close(self) -> None:
        """Close the connection."""
        client, self._client, self._chunks = self._client, None, None
        if client is not None:
            await client.aclose()

    def drain_faults(self) -> list[Fault]:
        """TCP loses nothing."""
        return []


def _explain(error: Exception) -> str:
    if isinstance(error, httpx.TooManyRedirects):
        return said("many-redirects", most=MAX_REDIRECTS)
    if isinstance(error, httpx.ConnectTimeout):
        return said("connection-late", seconds=f"{CONNECT_TIMEOUT_S:.0f}")
    if isinstance(error, httpx.ReadTimeout):
        return said("peer-silent", seconds=f"{SILENCE_TIMEOUT_S:.0f}")
    return str(error) or type(error).__name__
