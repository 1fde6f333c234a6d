"""A document of someone else's, over HTTP or from a file: whole, unpacked, and no larger than it may be.

httpx is loaded with the first client: many a node reads nothing of anybody.
"""

import asyncio
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from yiwang.base.said import said

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S, SILENCE_TIMEOUT_S, DEADLINE_S = 10.0, 30.0, 300.0
MAX_REDIRECTS = 5
PIECE_OCTETS = 1 << 18
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"


class DocumentError(Exception):
    """It cannot be had; the message says why, in one line. ``status`` is the server's answer, 0 where there was none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Document:
    """``octets`` are unpacked; ``etag`` and ``last_modified`` are what to ask with next time.

    ``url`` is where it was in the end, after redirects; ``via`` the header of that name (RFC 9110 7.6.3).
    """

    octets: bytes
    etag: str | None = None
    last_modified: str | None = None
    url: str = ""
    via: str = ""


def new_client() -> "httpx.AsyncClient":
    """Return a client that waits for nobody for ever."""
    import httpx

    timeout = httpx.Timeout(SILENCE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    return httpx.AsyncClient(timeout=timeout, follow_redirects=True, max_redirects=MAX_REDIRECTS)


async def fetch(
    client: "httpx.AsyncClient",
    url: str,
    max_octets: int,
    etag: str | None = None,
    last_modified: str | None = None,
    *,
    span: tuple[int, int] | None = None,
    deadline_s: float = DEADLINE_S,
    prefer: str = "",
) -> Document | None:
    """Get a document; None: it is the one that ``etag`` and ``last_modified`` came with.

    Parameters
    ----------
    url : str           http://, https:// or file:
    max_octets : int    of the document unpacked, and as it comes
    span : tuple        offset and length of the part that is wanted; a server may not know parts and send the whole
    deadline_s : float  for all of it
    prefer : str        of several answers to one address, which (RFC 7240); who does not know it passes over it

    Raises
    ------
    DocumentError       there is none, it is too large, it cannot be unpacked, or the peer does not answer in time
    """
    if urlsplit(url).scheme == "file":
        return await asyncio.to_thread(_read_file, Path(unquote(urlsplit(url).path)), max_octets, etag)
    import httpx

    headers = _headers(etag, last_modified, span) | ({"Prefer": prefer} if prefer else {})
    try:
        async with asyncio.timeout(deadline_s), client.stream("GET", url, headers=headers) as response:
            if response.status_code == 304:
                return None
            is_part = span is not None and response.status_code == 206
            if response.status_code != 200 and not is_part:
                reason = said("server-answered", status=f"{response.status_code} {response.reason_phrase}".strip())
                raise DocumentError(reason, response.status_code)
            pieces, size = [], 0
            async for piece in response.aiter_raw():
                size += len(piece)
                if size > max_octets:
                    raise DocumentError(said("larger-than", size=f"{max_octets / 1e6:.0f}"))
                pieces.append(piece)
    except TimeoutError:
        raise DocumentError(said("not-whole", seconds=f"{deadline_s:.0f}")) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise DocumentError(_explain(error)) from error
    octets = b"".join(pieces)
    if octets.startswith((_GZIP, _XZ)):
        octets = await asyncio.to_thread(unpack, octets, max_octets)
    if span is not None:
        octets = _part(octets if is_part else octets[span[0] : sum(span)], span[1])
    told = response.headers
    return Document(octets, told.get("ETag"), told.get("Last-Modified"), str(response.url), told.get("Via", ""))


def _headers(etag: str | None, last_modified: str | None, span: tuple[int, int] | None) -> dict[str, str]:
    if span is not None:
        return {"Accept-Encoding": "identity", "Range": f"bytes={span[0]}-{sum(span) - 1}"}
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {"Accept-Encoding": "gzip"} | {name: value for name, value in known.items() if value}


def _part(octets: bytes, size: int) -> bytes:
    if len(octets) != size:
        raise DocumentError(f"{len(octets)} octets came of a part of {size}")
    return octets


def unpack(octets: bytes, max_octets: int) -> bytes:
    """Take the packing off: gzip or xz, once or twice (a packed file, sent packed); DocumentError where it is broken."""
    for _ in range(2):
        if octets.startswith(_GZIP):
            octets = _unpacked(octets, lambda: zlib.decompressobj(16 + zlib.MAX_WBITS), max_octets)
        elif octets.startswith(_XZ):
            octets = _unpacked(octets, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=256 << 20), max_octets)
    if len(octets) > max_octets:
        raise DocumentError(said("larger-than", size=f"{max_octets / 1e6:.0f}"))
    return octets


def _unpacked(octets: bytes, make: Callable[[], Any], max_octets: int) -> bytes:
    """Unpack members one after another; what comes after the last one is nothing."""
    out, size, rest = [], 0, octets
    try:
        while rest:
            machine = make()
            piece, rest = rest, b""
            while True:
                made = machine.decompress(piece, PIECE_OCTETS)
                size += len(made)
                if size > max_octets:
                    raise DocumentError(said("larger-unpacked", size=f"{max_octets / 1e6:.0f}"))
                out.append(made)
                piece = getattr(machine, "unconsumed_tail", b"")
                if machine.eof:
                    rest = machine.unused_data.lstrip(b"\0")
                    break
                if not made and not piece:
                    raise DocumentError("the packed document is cut off")
    except (zlib.error, lzma.LZMAError) as error:
        if not out:
            raise DocumentError(said("not-unpacked", why=error)) from error
    return b"".join(out)


def _read_file(path: Path, max_octets: int, etag: str | None) -> Document | None:
    try:
        stat = path.stat()
        mark = f"{stat.st_mtime_ns:x}-{stat.st_size:x}"
        if mark == etag:
            return None
        if stat.st_size > max_octets:
            raise DocumentError(said("larger-than", size=f"{max_octets / 1e6:.0f}"))
        return Document(unpack(path.read_bytes(), max_octets), mark)
    except OSError as error:
        raise DocumentError(error.strerror or str(error)) from error


def _explain(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.TooManyRedirects):
        return said("many-redirects", most=MAX_REDIRECTS)
    if isinstance(error, httpx.ConnectTimeout):
        return said("connection-late", seconds=f"{CONNECT_TIMEOUT_S:.0f}")
    if isinstance(error, httpx.ReadTimeout):
        return said("peer-silent", seconds=f"{SILENCE_TIMEOUT_S:.0f}")
    return " ".join(str(error).split()) or type(error).__name__
