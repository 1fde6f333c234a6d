"""The little HTTP that the origin needs on ASGI: requests as records, whole and streamed answers, ranges, ETags."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Date, ETag, Content-Length, Content-Range"),
)
FOR_EVER = b"public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request the origin looks at."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[bytes, bytes]

    @classmethod
    def of(cls, scope: Scope) -> "Request":
        """Read an ASGI scope; of a header or parameter that comes twice the last one counts."""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=32))
        return cls(scope["method"], scope["path"], query, dict(scope["headers"]))

    def accepts_gzip(self) -> bool:
        """Tell whether the answer may be compressed."""
        return b"gzip" in self.headers.get(b"accept-encoding", b"")


@dataclass(slots=True)
class Answer:
    """An answer whose octets are all there: ``body`` is sent as it is, without joining."""

    status: int
    body: Sequence[bytes] = ()
    content_type: bytes = b"text/plain; charset=utf-8"
    cache_control: bytes = b"no-store"
    etag: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    ranges: bool = False


@dataclass(slots=True)
class Stream:
    """An answer that grows while it is sent (chunked transfer)."""

    chunks: AsyncIterator[bytes]
    content_type: bytes
    cache_control: bytes


def text_answer(status: int, text: str, *headers: tuple[bytes, bytes]) -> Answer:
    """One line of plain text."""
    return Answer(status, [text.encode() + b"\n"], headers=list(headers))


async def send_answer(request: Request, answer: Answer, send: Send) -> None:
    """Send a whole answer; minds HEAD, If-None-Match and Range (one range, RFC 9110 14)."""
    body, status = answer.body, answer.status
    headers = [(b"content-type", answer.content_type), (b"cache-control", answer.cache_control), *CORS, *answer.headers]
    if answer.etag:
        headers.append((b"etag", answer.etag))
        if status == 200 and _matches(request.headers.get(b"if-none-match", b""), answer.etag):
            await _send(send, 304, headers, ())
            return
    if answer.ranges and status == 200:
        headers.append((b"accept-ranges", b"bytes"))
        wanted = request.headers.get(b"range")
        condition = request.headers.get(b"if-range")
        if wanted is not None and (condition is None or condition == answer.etag):
            total = sum(map(len, body))
            span = parse_range(wanted, total)
            if span is not None and not span:
                headers.append((b"content-range", b"bytes */%d" % total))
                status, body = 416, ()
            elif span:
                first, last = span
                headers.append((b"content-range", b"bytes %d-%d/%d" % (first, last, total)))
                status, body = 206, (b"".join(body)[first : last + 1],)
    headers.append((b"content-length", b"%d" % sum(map(len, body))))
    await _send(send, status, headers, () if request.method == "HEAD" else body)


async def send_stream(request: Request, stream: Stream, send: Send) -> None:
    """Send an answer as it grows."""
    headers = [(b"content-type", stream.content_type), (b"cache-control", stream.cache_control), *CORS]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if request.method != "HEAD":
        async for chunk in stream.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: Sequence[bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for octets in body[:-1]:
        await send({"type": "http.response.body", "body": octets, "more_body": True})
    await send({"type": "http.response.body", "body": body[-1] if body else b""})


def _matches(if_none_match: bytes, etag: bytes) -> bool:
    candidates = [c.strip().removeprefix(b"W/") for c in if_none_match.split(b",")]
    return etag in candidates or b"*" in candidates


def parse_range(value: bytes, total: int) -> tuple[int, int] | tuple[()] | None:
    """Read a Range header.

    Returns
    -------
    (first, last)    octets to send, both included
    ()               not satisfiable: 416
    None             not a range we serve: the whole is sent (RFC 9110 14.2)
    """
    unit, _, spans = value.partition(b"=")
    if unit.strip() != b"bytes" or b"," in spans:
        return None
    first, dash, last = (part.strip() for part in spans.partition(b"-"))
    if not dash or not (first.isdigit() or not first) or not (last.isdigit() or not last) or not (first or last):
        return None
    if not first:
        n = min(int(last), total)
        return (total - n, total - 1) if n else ()
    begin, end = int(first), min(int(last), total - 1) if last else total - 1
    if begin >= total:
        return ()
    return (begin, end) if begin <= end else None
