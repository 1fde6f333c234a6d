"""`/api`, `/healthz`, `/metrics` and the pages: FastAPI. Media goes by `yiwang.web.origin_app`, not through here."""

import asyncio
import gzip
import mimetypes
import secrets
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import fastapi
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Response
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from yiwang import __version__
from yiwang.net import wall_clock
from yiwang.net.process import ProcessMeter
from yiwang.services.accounts import Accounts
from yiwang.services.history import History
from yiwang.services.logos import Logos
from yiwang.services.network import Network
from yiwang.services.one_network import OneNetworkService
from yiwang.services.thumbnails import Thumbnails
from yiwang.web import views
from yiwang.web.cmcd_api import CmcdDesk, cmcd_router
from yiwang.web.console_api import console_router
from yiwang.web.console_feed import ConsoleFeed
from yiwang.web.decisions_api import decisions_router
from yiwang.web.first_page import FirstPage
from yiwang.web.gate import Gate, SignedInReaders, bearer
from yiwang.web.history_api import history_router
from yiwang.web.http import Request, Scope
from yiwang.web.kept_api import kept_router
from yiwang.web.late_routes import LateRoutes, describe_with
from yiwang.web.logos_api import logos_router
from yiwang.web.metrics import Metrics
from yiwang.web.network_api import network_router
from yiwang.web.network_feed import NetworkFeed
from yiwang.web.operator_token import load_token
from yiwang.web.packed_events import packed
from yiwang.web.programme_api import programme_router
from yiwang.web.refusals import tell_refusals
from yiwang.web.regional_api import regional_router
from yiwang.web.topology_api import topology_router

STATIC = Path(__file__).parent / "static"
HEARTBEAT_S = 10
LOOK_S = 0.5
LONGEST_REVISION = 60
OPERATORS_PATHS = ("/api/session", "/api/accounts", "/api/audit", "/api/control")
NO_STORE = {"Cache-Control": "no-store"}
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Inline styles are a player's positions of captions; no inline script runs."""
CODINGS = (("br", ".br"), ("gzip", ".gz"))
"""Content codings that the build makes, the smaller first."""
SERVICE_WORKER = "sw.js"
SERVICE_WORKER_POLICY = "default-src 'none'; connect-src 'self'"


class Health(BaseModel):
    """Answer of `/healthz`."""

    status: str
    services: int
    live: int


def make_api(
    network: Network,
    stopping: asyncio.Event,
    one: OneNetworkService | None = None,
    accounts: Accounts | None = None,
    history: History | None = None,
    thumbnails: Thumbnails | None = None,
) -> FastAPI:
    """Make the app.

    Parameters
    ----------
    network : Network
    stopping : asyncio.Event    set when the node stops: open event streams end, so that the stop is not held up
    one : OneNetworkService     what the routes of the one network tell of
    history : History           which somebody runs; none: what was kept before can be read
    thumbnails : Thumbnails     likewise; none: there are no pictures
    accounts : Accounts         who may act; none: nobody has an account
    """
    app = FastAPI(
        title="yiwang",
        version=__version__,
        description="A TV network in software.",
        docs_url=None,  # FastAPI's own page loads its script from another host
        openapi_url="/api/openapi.json",
        redoc_url=None,
    )
    tell_refusals(app)
    desk = CmcdDesk(network)
    gate = Gate(accounts or accounts_of(network), load_token(network.config.node.state_dir))
    late = LateRoutes(OPERATORS_PATHS, lambda: _for_operators(network, gate))
    thumbnails = thumbnails or Thumbnails(network.channels)
    metrics = Metrics(network, thumbnails, desk.collect)
    meter = ProcessMeter(network.workers_use)

    def node_now() -> views.NodeView:
        return views.NodeView(
            uptime_s=(wall_clock.now_ms() - network.started_ms) / 1000,
            cpu_percent=meter.cpu_percent(),
            rss_bytes=meter.rss_bytes(),
            version=__version__,
        )

    def channels_now() -> str:
        return views.console_view(network, node_now(), wall_clock.now_ms()).model_dump_json()

    console_feed, look_at_channels = ConsoleFeed(network, node_now, thumbnails), _shared(channels_now)

    feed = NetworkFeed(network)
    _add_network(app, feed, stopping)

    @app.get("/api/console/events", response_class=StreamingResponse)
    async def get_console_events(request: fastapi.Request) -> StreamingResponse:
        """Return every channel's state as server-sent events: all of it, then each second what has changed."""
        read = console_feed.reader()
        return _event_stream(request, _events(lambda: f"event: channels\ndata: {read()}\n\n", 1, stopping))

    @app.get("/api/channels", response_model=views.ConsoleView)
    async def get_channels() -> Response:
        """Return every channel's state, for an operator."""
        return Response(look_at_channels(), media_type="application/json", headers=NO_STORE)

    _add_for_machines(app, network, metrics)
    app.include_router(regional_router(network))
    app.include_router(kept_router(network))
    app.include_router(console_router(network, thumbnails, desk.viewers))
    app.include_router(history_router(network, history or History(network)))
    if one is not None:
        _add_one_network(app, network, one, gate)
    app.include_router(cmcd_router(desk))
    app.router.routes.append(late)
    describe_with(app, late)
    if network.config.console.sign_in_to_read:
        app.add_middleware(SignedInReaders, gate=gate)
    _add_pages(app, feed)
    return app


def accounts_of(network: Network) -> Accounts:
    """Return the accounts of a node; who makes them closes them."""
    console = network.config.console
    return Accounts(network.config.database_url, console.idle, console.longest)


def _add_for_machines(app: FastAPI, network: Network, metrics: Metrics) -> None:
    """Add what players, load balancers and Prometheus ask for."""

    @app.get("/api/time", response_class=PlainTextResponse)
    async def get_time() -> PlainTextResponse:
        """Return UTC, for players' clocks (urn:mpeg:dash:utc:http-iso:2014)."""
        return PlainTextResponse(
            views.iso(wall_clock.now_ms()), headers={**NO_STORE, "Access-Control-Allow-Origin": "*"}
        )

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz")
    async def get_health(response: Response) -> Health:
        """Tell whether the node runs, and how many of its services are live."""
        now_ms = wall_clock.now_ms()
        live = sum(channel.state(now_ms) == "live" for channel in network.channels.values())
        response.headers["Cache-Control"] = "no-store"
        return Health(status="ok", services=len(network.channels), live=live)

    reader = Depends(_reader_of_metrics(network.config.console.metrics_token))

    @app.get("/metrics", response_class=PlainTextResponse, dependencies=[reader])
    async def get_metrics() -> Response:
        """Return the figures for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_network(app: FastAPI, feed: NetworkFeed, stopping: asyncio.Event) -> None:
    """Add what the web TV begins with: compressed once for all who ask for the same, and what changes then."""
    compressed = lru_cache(1)(lambda text: gzip.compress(text.encode(), 4, mtime=0))

    @app.get("/api/network", response_model=views.NetworkView)
    async def get_network(request: fastapi.Request) -> Response:
        """Return regions and services, for a viewer; the ETag is a revision that `/api/events` goes on from."""
        revision, text = feed.look()
        headers = {**NO_STORE, "Vary": "Accept-Encoding", "ETag": f'W/"{revision}"'}
        if not Request.of(request.scope).accepts_gzip():
            return Response(text, media_type="application/json", headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(compressed(text), media_type="application/json", headers=headers)

    @app.get("/api/events", response_class=StreamingResponse)
    async def get_events(
        request: fastapi.Request,
        since: Annotated[str, Query(max_length=LONGEST_REVISION, description="a revision of the network")] = "",
    ) -> StreamingResponse:
        """Return the network as server-sent events.

        ``network`` is all of it, as `/api/network` answers: at first, unless ``since`` or Last-Event-ID is a revision
        that the node remembers. Then ``change``: ``services``, each with its id and the fields that are others, and
        ``gone``, ids of services. The id of an event is the revision of the network with it.
        """
        read = feed.reader(since or request.headers.get("last-event-id", ""))
        return _event_stream(request, _events(read, LOOK_S, stopping))


def _add_one_network(app: FastAPI, network: Network, one: OneNetworkService, gate: Gate) -> None:
    app.include_router(network_router(one))
    app.include_router(topology_router(network, one))
    app.include_router(programme_router(one))
    app.include_router(logos_router(Logos(one, network.config.node.state_dir / "logos")))
    app.include_router(decisions_router(one, gate))


def _for_operators(network: Network, gate: Gate) -> APIRouter:
    from yiwang.services.control import Control  # all of these when the first operator comes
    from yiwang.web.accounts_api import accounts_router
    from yiwang.web.control_api import control_router

    router = accounts_router(gate)
    router.include_router(control_router(Control(network), gate))
    return router


def _reader_of_metrics(token: str | None) -> Callable[[fastapi.Request], None]:
    """Return the dependency of `/metrics`: for everybody, or for who has the config's token."""

    def check(request: fastapi.Request) -> None:
        if token is not None and not secrets.compare_digest((bearer(request) or "").encode(), token.encode()):
            detail = "Authorization: Bearer, with [console] metrics_token of the node's config"
            raise HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})

    return check


def _shared(make: Callable[[], str]) -> Callable[[], str]:
    """Make a text at most once per LOOK_S, however many look at it."""
    text, made_ms = "", -(1 << 62)

    def look() -> str:
        nonlocal text, made_ms
        now_ms = wall_clock.monotonic_ms()
        if now_ms - made_ms >= 1000 * LOOK_S:
            text, made_ms = make(), now_ms
        return text

    return look


def _event_stream(request: fastapi.Request, events: AsyncIterator[str]) -> StreamingResponse:
    headers = {**NO_STORE, "X-Accel-Buffering": "no", "Vary": "Accept-Encoding"}
    if not Request.of(request.scope).accepts_gzip():
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return StreamingResponse(packed(events), media_type="text/event-stream", headers=headers)


async def _events(read: Callable[[], str], interval_s: float, stopping: asyncio.Event) -> AsyncIterator[str]:
    quiet_s = 0.0
    while not stopping.is_set():
        text = read()
        if text:
            quiet_s = 0
            yield text
        elif quiet_s >= HEARTBEAT_S:
            quiet_s = 0
            yield ": still here\n\n"
        try:
            async with asyncio.timeout(interval_s):
                await stopping.wait()
        except TimeoutError:
            quiet_s += interval_s


def _add_pages(app: FastAPI, feed: NetworkFeed) -> None:
    """Serve the built front end; without it, say how to build it."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": CONTENT_SECURITY_POLICY}

    def page(name: str) -> Callable[[], Response]:
        async def get() -> Response:
            path = STATIC / name
            return FileResponse(path, headers=headers) if path.is_file() else _unbuilt()

        return get  # type: ignore[return-value]

    made: list[FirstPage] = []

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def get_first_page(request: fastapi.Request) -> Response:
        path = STATIC / "index.html"
        if not path.is_file():
            return _unbuilt()
        if not made:
            made.append(FirstPage(path.read_text("utf-8")))
        asked = Request.of(request.scope)
        octets = made[0].octets(asked, *feed.view(), wall_clock.now_ms())
        coding = {"Content-Encoding": "gzip"} if asked.accepts_gzip() else {}
        vary = {"Vary": "Accept-Encoding, Accept-Language, Cookie"}
        return Response(octets, media_type="text/html", headers={**headers, **vary, **coding})

    for path, name in (("/console", "console.html"), ("/api/docs", "api.html")):
        app.api_route(path, methods=["GET", "HEAD"], include_in_schema=False)(page(name))
    if STATIC.is_dir():
        app.mount("/", _Immutable(directory=STATIC))


def _unbuilt() -> Response:
    return PlainTextResponse("The pages are not built: run `make setup`.\n", status_code=503)


class _Immutable(StaticFiles):
    """Static files; those under /assets/ carry a hash in their name and may be kept for ever; the build compresses them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        packed, coding = self._packed(path, Request.of(scope))
        response = await super().get_response(packed, scope)
        if coding:
            response.headers["Content-Encoding"] = coding
            response.headers["Content-Type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return response

    @staticmethod
    def _packed(path: str, request: Request) -> tuple[str, str]:
        """Return the smallest file that the client can read, and its content coding; empty: as it is."""
        for coding, ending in CODINGS if ".." not in path else ():
            if request.accepts(coding.encode()) and (STATIC / f"{path}{ending}").is_file():
                return f"{path}{ending}", coding
        return path, ""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        path = str(args[0])
        cache = "public, max-age=31536000, immutable" if "/assets/" in path else "no-cache"
        response.headers["Cache-Control"] = cache
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if Path(path).name.removesuffix(".gz").removesuffix(".br") == SERVICE_WORKER:
            response.headers["Content-Security-Policy"] = SERVICE_WORKER_POLICY  # it has its own, not its pages'
        return response
