"""The order in which a node starts: channels, database, media, all else (ADR 44); and how it ends within it."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.hand_fed import PACKAGING, network, stream
from tests.services.test_channel import Scripted, in_blocks
from yiwang.base.errors import UsageError
from yiwang.services.network import Network
from yiwang.web import node
from yiwang.web.listening import listen
from yiwang.web.operator_token import FILE

PATIENCE_S = 90
HAS_NO_DATABASE = '[store]\nurl = "sqlite:////proc/not-there/a.sqlite"\n'


def received(folder: Path, packaging: str = PACKAGING) -> tuple[Network, Scripted]:
    """A network of one channel, and its source, which has all its media at once."""
    made, source = network(folder, "one", packaging=packaging), Scripted(*in_blocks(stream()))
    made.channels["one"]._make = lambda _: source
    return made, source


def held(monkeypatch: pytest.MonkeyPatch, step: str) -> threading.Event:
    """Let a step of the start wait for what is returned."""
    go, do = threading.Event(), getattr(node, step)

    def wait(*arguments: Any) -> Any:
        assert go.wait(PATIENCE_S)
        return do(*arguments)

    monkeypatch.setattr(node, step, wait)
    return go


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await asyncio.sleep(0.01)


class Started:
    """A node in this process."""

    def __init__(self, made: Network, sock: socket.socket) -> None:
        self.urls: list[str] = []  # that it said were ready
        self.port = sock.getsockname()[1]
        self.client = httpx.AsyncClient(base_url=f"http://[::1]:{self.port}", timeout=PATIENCE_S)
        self.running = asyncio.ensure_future(node.run_node(made, sock, self.urls.append))

    async def listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("::1", self.port)
        except ConnectionRefusedError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def started(made: Network, *held_back: threading.Event) -> AsyncIterator[Started]:
    """A node from its start to its end, whatever comes of the test; it raises what the node ends with."""
    with listen("::1", 0) as sock:
        it = Started(made, sock)
        async with it.client:
            try:
                yield it
            finally:
                for go in held_back:
                    go.set()
                if not it.running.done():
                    signal.raise_signal(signal.SIGTERM)
                await asyncio.wait([it.running], timeout=PATIENCE_S)
            it.running.result()


async def test_media_is_served_before_all_else_is_loaded_and_who_asks_for_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    go = held(monkeypatch, "_load_beside_media")
    made, _ = received(tmp_path)
    async with started(made, go) as it:
        await eventually(lambda: bool(made.channels["one"].presentation.offered_tracks()))
        while not await it.listens():
            await asyncio.sleep(0.01)
        playlist = await it.client.get("/live/one/video/index.m3u8")
        name = next(line for line in playlist.text.splitlines() if line.endswith(".m4s"))
        segment = await it.client.get(f"/live/one/video/{name}")
        assert (segment.status_code, segment.content[4:8]) == (200, b"moof")

        early = [
            asyncio.ensure_future(it.client.get(path)) for path in ("/healthz", "/dvbi/services.xml", "/api/network")
        ]
        gone = asyncio.ensure_future(it.client.get("/metrics"))
        await asyncio.sleep(0.1)
        gone.cancel()
        assert (await it.client.get("/live/one/video/index.m3u8")).status_code == 200
        assert not any(one.done() for one in early)
        assert it.urls == []

        go.set()
        health, *others = await asyncio.gather(*early)
        assert (health.json()["status"], health.json()["services"]) == ("ok", 1)
        assert [one.status_code for one in others] == [200, 200]
        await eventually(lambda: it.urls == [f"http://[::1]:{it.port}/"])


async def test_channels_receive_and_nobody_is_let_in_before_the_database_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    go = held(monkeypatch, "_open_database")
    made, source = received(tmp_path)
    async with started(made, go) as it:
        await eventually(lambda: not source.script)
        assert made.channels["one"].presentation.offered_tracks()
        assert not await it.listens()
        go.set()
        while not await it.listens():
            await asyncio.sleep(0.01)


async def test_a_database_that_cannot_be_used_ends_the_node_whole(tmp_path: Path):
    made, source = received(tmp_path, HAS_NO_DATABASE + PACKAGING)
    with listen("::1", 0) as sock:
        it = Started(made, sock)
        with pytest.raises(UsageError, match=r"^\[store\] url: sqlite:////proc/not-there/a.sqlite cannot be used: "):
            await it.running
        assert it.urls == []
        assert not await it.listens()
        await it.client.aclose()
    assert source.opened == source.closed


async def test_a_file_that_cannot_be_used_is_told_before_anything_begins(tmp_path: Path):
    made, source = received(tmp_path)
    (made.config.node.state_dir / FILE).write_text("short\n")
    with listen("::1", 0) as sock, pytest.raises(UsageError, match=FILE):
        await node.run_node(made, sock, lambda url: None)
    assert source.opened == 0


@pytest.mark.parametrize("step", ["_open_database", "_load_server", "_load_beside_media"])
async def test_a_node_that_is_told_to_stop_while_it_starts_ends_cleanly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
):
    go = held(monkeypatch, step)
    made, source = received(tmp_path)
    async with started(made, go) as it:
        await eventually(lambda: not source.script)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0)
        go.set()
        async with asyncio.timeout(PATIENCE_S):
            await it.running
    assert source.opened == source.closed == 1


def test_channels_need_neither_database_nor_server_nor_api():
    later = (
        "sqlalchemy",
        "alembic",
        "uvicorn",
        "fastapi",
        "httpx",
        "imageio_ffmpeg",
        "urllib.request",
        "yiwang.services.one_network",
        "yiwang.store.search",
    )
    code = f"import sys, yiwang.cli.up; print(*(name for name in {later} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
