"""ASGI app of the network's documents: `/dvbi/…`, `/guide.xml`, `/guide.xml.gz`, `/playlist.m3u`; the rest goes on.

Documents leave the node's address open; it is filled in with the one the reader used, so a list read through an edge names
the edge.
"""

import asyncio
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable

from yiwang.base.errors import UsageError
from yiwang.dvbi import content_guide, service_list, service_list_registry
from yiwang.net import wall_clock
from yiwang.network.guide.dvbi_profile import WHOLE
from yiwang.network.model import HERE
from yiwang.services.network_documents import NetworkDocument, NetworkDocuments, NoSuchThing, NotAtHand
from yiwang.web.http import Answer, Receive, Request, Scope, Send, send_answer, text_answer

METHODS = b"GET, HEAD, OPTIONS"
FRESH = b"no-cache"
"""Ask each time: an ETag makes that cheap, and changes are everywhere within seconds."""
SCHEDULE = "/dvbi/schedule"
MOST_KEPT = 128
SMALL_OCTETS = 1024
_HOST = re.compile(rb"[\w.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_HERE = HERE.encode()

Make = Callable[[NetworkDocuments, dict[str, str]], NetworkDocument]


class ListsApp:
    """Answers what it knows, and hands everything else on.

    Parameters
    ----------
    documents : NetworkDocuments
    otherwise : ASGI app
    """

    def __init__(self, documents: NetworkDocuments, otherwise: Callable[..., object]) -> None:
        self._otherwise = otherwise
        self._ready: OrderedDict[tuple[str, bytes, bool], tuple[bytes, bytes]] = OrderedDict()
        self._documents, self._at_hand = documents, documents.at_hand()
        self._routes: dict[str, tuple[Make, str]] = {
            "/dvbi/registry.xml": (lambda d, _: d.registry(), service_list_registry.CONTENT_TYPE),
            "/dvbi/services.xml": (lambda d, q: d.services(_region(q)), service_list.CONTENT_TYPE),
            SCHEDULE: (_schedule, content_guide.CONTENT_TYPE),
            "/dvbi/programme": (lambda d, q: d.programme(_asked(q, "pid")), content_guide.CONTENT_TYPE),
            "/dvbi/episodes": (lambda d, q: d.episodes(_asked(q, "pid")), content_guide.CONTENT_TYPE),
            "/playlist.m3u": (
                lambda d, q: d.playlist(_region(q), q.get("lang", "zh")[:8]),
                "audio/x-mpegurl; charset=utf-8",
            ),
            "/guide.xml": (lambda d, q: d.guide(_region(q)), "application/xml; charset=utf-8"),
            "/guide.xml.gz": (lambda d, q: d.guide(_region(q)), "application/gzip"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await self._otherwise(scope, receive, send)  # type: ignore[misc]
            return
        request = Request.of(scope)
        await send_answer(request, await self._answer(request, scope.get("scheme", "http"), *route), send)

    async def _answer(self, request: Request, scheme: str, make: Make, content_type: str) -> Answer:
        if request.method == "OPTIONS":
            return Answer(204, headers=[(b"allow", METHODS), (b"access-control-allow-methods", METHODS)])
        if request.method not in ("GET", "HEAD"):
            return text_answer(405, "only GET and HEAD", (b"allow", METHODS))
        if not await self._documents.made():
            return text_answer(503, "the network is still being made", (b"retry-after", b"5"))
        whole = request.path == SCHEDULE and WHOLE.encode() in request.headers.get(b"prefer", b"")
        try:
            query = request.query() | ({WHOLE: "1"} if whole else {})
            try:
                document = make(self._at_hand, query)
            except NotAtHand:
                document = await asyncio.to_thread(make, self._documents, query)
        except NoSuchThing as error:
            return text_answer(404, str(error))
        except UsageError as error:
            return text_answer(400, str(error))
        as_file = request.path.endswith(".gz")
        packed = as_file or request.accepts_gzip()
        base = _base(request, scheme)
        body, etag = await self._body(document, base, packed)
        answer = Answer(200, [body], content_type.encode(), FRESH, etag, [(b"vary", b"Accept-Encoding, Host, Prefer")])
        if whole:
            answer.headers.append((b"preference-applied", WHOLE.encode()))
        if packed and not as_file and body[:2] == b"\x1f\x8b":
            answer.headers.append((b"content-encoding", b"gzip"))
        return answer

    async def _body(self, document: NetworkDocument, base: bytes, packed: bool) -> tuple[bytes, bytes]:
        """Return the octets for a reader at ``base``, and their ETag."""
        key = document.tag, base, packed
        known = self._ready.get(key)
        if known is None:
            body = await asyncio.to_thread(_filled, document, base, packed)
            known = body, b'"%s-%08x-%d"' % (document.tag.encode(), zlib.crc32(base), packed)
            self._ready[key] = known
            while len(self._ready) > MOST_KEPT:
                self._ready.popitem(last=False)
        return known


def _filled(document: NetworkDocument, base: bytes, packed: bool) -> bytes:
    if document.is_packed:
        return document.octets if packed else zlib.decompress(document.octets, 16 + zlib.MAX_WBITS)
    octets = document.octets.replace(_HERE, base)
    if not packed or len(octets) < SMALL_OCTETS:
        return octets
    machine = zlib.compressobj(6, wbits=16 + zlib.MAX_WBITS)
    return machine.compress(octets) + machine.flush()


def _base(request: Request, scheme: str) -> bytes:
    """Return the address by which the reader reached the node; a Host that cannot be one is taken for none."""
    forwarded = request.headers.get(b"x-forwarded-proto", b"")
    host = request.headers.get(b"host", b"")
    if not _HOST.fullmatch(host):
        host = b"localhost"
    return (forwarded if forwarded in (b"http", b"https") else scheme.encode()) + b"://" + host


def _region(query: dict[str, str]) -> str | None:
    return query.get("region") or None


def _asked(query: dict[str, str], name: str) -> str:
    value = query.get(name, "")
    if not value:
        raise UsageError(f"{name} is missing")
    return value


def _moment(query: dict[str, str], *names: str) -> int | None:
    for name in names:
        value = query.get(name)
        if value is not None:
            if not value.isascii() or not value.isdigit() or len(value) > 11:
                raise UsageError(f"{name}: expected seconds since 1970, got {value[:40]!r}")
            return int(value)
    return None


def _schedule(documents: NetworkDocuments, query: dict[str, str]) -> NetworkDocument:
    """TS 103 770 6.5: a schedule between two moments, or now and next; some clients leave out ``_unixtime``."""
    return documents.schedule(
        _asked(query, "sid"),
        _moment(query, "start_unixtime", "start"),
        _moment(query, "end_unixtime", "end"),
        wall_clock.now_ms() // 1000,
        now_next=query.get("now_next", "").lower() in ("true", "1"),
        whole=WHOLE in query,
    )
