"""The little HTTP that the origin needs on ASGI: requests as records, whole and streamed answers, ranges, ETags."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from yiwang.base.errors import UsageError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Date, ETag, Content-Length, Content-Range"),
)
FOR_EVER = b"public, max-age=31536000, immutable"
NO_STORE = b"no-store"
MOST_PARAMETERS = 32
LONGEST_RANGE = 40  # octets; more is no number of ours


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request the origin looks at."""

    method: str
    path: str
    query_string: bytes
    headers: dict[bytes, bytes]

    @classmethod
    def of(cls, scope: Scope) -> "Request":
        """Read an ASGI scope; of a header that comes twice the last one counts."""
        return cls(scope["method"], scope["path"], scope["query_string"], dict(scope["headers"]))

    def query(self) -> dict[str, str]:
        """Read the parameters; of one that comes twice the last one counts.

        Raises
        ------
        UsageError    more parameters than anyone needs
        """
        text = self.query_string.decode("latin-1")
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
        except ValueError:
            raise UsageError(f"more than {MOST_PARAMETERS} query parameters") from None

    def accepts(self, wanted: bytes) -> bool:
        """Tell whether the answer may have a content coding, as `gzip` (RFC 9110 12.5.3)."""
        qualities = {}
        for choice in self.headers.get(b"accept-encoding", b"").lower().split(b","):
            coding, _, weight = choice.replace(b" ", b"").partition(b";q=")
            qualities[coding] = weight.strip(b"0.") != b"" or not weight
        return qualities.get(wanted, qualities.get(b"*", False))

    def accepts_gzip(self) -> bool:
        """Tell whether the answer may be compressed."""
        return self.accepts(b"gzip")


@dataclass(slots=True)
class Answer:
    """An answer whose octets are all there: ``body`` is sent as it is, without joining."""

    status: int
    body: Sequence[bytes] = ()
    content_type: bytes = b"text/plain; charset=utf-8"
    cache_control: bytes = NO_STORE
    etag: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    ranges: bool = False


@dataclass(slots=True)
class Stream:
    """An answer that grows while it is sent (chunked transfer); its chunks may end with `BrokenOff`."""

    chunks: AsyncIterator[bytes]
    content_type: bytes
    cache_control: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()


class BrokenOff(Exception):
    """The rest of a streamed answer will not come: the client must not take what it has for the whole."""


def text_answer(status: int, text: str, *headers: tuple[bytes, bytes]) -> Answer:
    """One line of plain text."""
    return Answer(status, [text.encode() + b"\n"], headers=list(headers))


def finished(request: Request, answer: Answer) -> tuple[int, list[tuple[bytes, bytes]], Sequence[bytes]]:
    """Return status, headers and body of an answer; minds HEAD, If-None-Match and Range."""
    chosen = _under_conditions(request, answer)
    body = chosen.body
    headers = [(b"cache-control", chosen.cache_control), *CORS, *chosen.headers]
    if chosen.etag:
        headers.append((b"etag", chosen.etag))
    if chosen.status not in (204, 304):
        headers += [(b"content-type", chosen.content_type), (b"content-length", b"%d" % sum(map(len, body)))]
    return chosen.status, headers, () if request.method == "HEAD" else body


async def send_answer(request: Request, answer: Answer, send: Send) -> None:
    """Send a whole answer."""
    await _send(send, *finished(request, answer))


def _under_conditions(request: Request, answer: Answer) -> Answer:
    """Apply If-None-Match, Range and If-Range (one range, RFC 9110 13 and 14)."""
    if answer.status != 200:
        return answer
    if answer.etag and matches(request.headers.get(b"if-none-match", b""), answer.etag):
        return replace(answer, status=304, body=())
    if not answer.ranges:
        return answer
    headers = [*answer.headers, (b"accept-ranges", b"bytes")]
    wanted = request.headers.get(b"range") if request.method == "GET" else None
    total = sum(map(len, answer.body))
    span = parse_range(wanted, total) if wanted is not None else None
    if span is None or request.headers.get(b"if-range", answer.etag) != answer.etag:
        return replace(answer, headers=headers)
    if not span:
        headers.append((b"content-range", b"bytes */%d" % total))
        return replace(answer, status=416, body=(), headers=headers, cache_control=NO_STORE, etag=b"")
    first, last = span
    headers.append((b"content-range", b"bytes %d-%d/%d" % (first, last, total)))
    return replace(answer, status=206, body=(b"".join(answer.body)[first : last + 1],), headers=headers)


async def send_stream(request: Request, stream: Stream, send: Send) -> None:
    """Send an answer as it grows; one that is broken off is not ended, so the server closes the connection."""
    headers = [(b"content-type", stream.content_type), (b"cache-control", stream.cache_control), *CORS, *stream.headers]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if request.method != "HEAD":
        try:
            async for chunk in stream.chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except BrokenOff:
            return
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: Sequence[bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for octets in body[:-1]:
        await send({"type": "http.response.body", "body": octets, "more_body": True})
    await send({"type": "http.response.body", "body": body[-1] if body else b""})


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Tell whether If-None-Match names an ETag (RFC 9110 13.1.2)."""
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
    if unit.strip() != b"bytes" or b"," in spans or len(spans) > LONGEST_RANGE:
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
