"""Requests to the origin: straight to the ASGI app, or through uvicorn over a socket, as `yiwang up` serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from yiwang.services.network import Network
from yiwang.services.network_documents import NetworkDocuments
from yiwang.services.one_network import OneNetworkService
from yiwang.services.thumbnails import Thumbnails
from yiwang.web.api import make_api
from yiwang.web.listening import listen, page_url
from yiwang.web.lists_app import ListsApp
from yiwang.web.origin_app import OriginApp
from yiwang.web.server import make_server


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


async def get(app, path: str, method: str = "GET", **headers: str) -> Got:
    """One request without a socket; the client stays to the end."""
    path, _, query = path.partition("?")
    got = Got(0, {}, b"")
    ended: list[bool] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive():
        await asyncio.get_running_loop().create_future()

    async def send(message):
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            got.body += message.get("body", b"")
            ended.append(not message.get("more_body", False))

    await app(scope, receive, send)
    assert ended[-1:] == [True], "the answer is broken off"
    return got


@dataclass
class Served:
    client: httpx.AsyncClient
    stopping: asyncio.Event
    port: int


@asynccontextmanager
async def served(
    network: Network, one: OneNetworkService | None = None, thumbnails: Thumbnails | None = None
) -> AsyncIterator[Served]:
    """Serve a network on ::1; its channels are not run. ``one``: with the documents of the one network."""
    stopping = asyncio.Event()
    sock = listen("::1", 0)
    ready = asyncio.Event()
    app = make_api(network, stopping, one, thumbnails=thumbnails)
    lists = ListsApp(NetworkDocuments(one, network.config.node.name), app) if one is not None else app
    server = make_server(OriginApp(network, lists, stopping), ready.set)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[sock]))
        await ready.wait()
        try:
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(base_url=page_url(sock), timeout=60, limits=limits) as client:
                yield Served(client, stopping, sock.getsockname()[1])
        finally:
            stopping.set()
            network.wake()
            server.should_exit = True
            await serving
