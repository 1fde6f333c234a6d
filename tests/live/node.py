"""`yiwang up` as a process of its own, and what sends to it."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import missing
from tests.origin.playlist_reader import ReadPlaylist, read
from yiwang.net.file_source import FileSource
from yiwang.net.source_url import parse_source_url
from yiwang.services.demo import arrives, open_sender

PATIENCE_S = 90
"""How long a test waits for anything: a slow machine is no fault."""
PACKAGING = "[packaging]\nsegment_duration = 1\npart_duration = 0.25\nwindow = 20\n"

_groups = count(1)


def group() -> str:
    """Source URL of a multicast group of our own that does not leave this machine, where other tests may run as well."""
    process, n = os.getpid() & 0xFFFF, next(_groups)
    candidates = (
        f"udp://[ff11::{process:x}:{n:x}]:5008",
        f"udp://[ff15::{process:x}:{n:x}]:5008",
        f"udp://239.{process >> 8}.{process & 0xFF}.{n}:5008?interface=127.0.0.1",
    )
    return next(filter(arrives, candidates), None) or missing("no multicast comes back to this machine")


def service(service_id: str, source: str, **more: object) -> str:
    """A [[service]] of a config file."""
    lines = [f'id = "{service_id}"', f'source = "{source}"']
    lines += [f"{key} = {value}" for key, value in more.items()]
    return "\n".join(["[[service]]", *lines, ""])


class Node:
    """One node, from its config to its end; it may be started again and then keeps port and state."""

    def __init__(self, folder: Path, config: str, host: str = "::1") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "net.toml"
        self.config.write_text(f'[node]\nstate_dir = "{folder / "state"}"\n{config}')
        self.log = folder / "node.log"
        self.host = host
        self.port = 0
        self.process: asyncio.subprocess.Process | None = None
        self.client = httpx.AsyncClient(timeout=PATIENCE_S)

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it lets clients in."""
        with self.log.open("ab") as log:
            began = log.tell()
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "yiwang.cli.main", "up", str(self.config)),
                *("--host", self.host, "--port", str(self.port), "--log-json"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        await eventually(lambda: "/api/docs" in self.log.read_text()[began:], self)
        found = re.search(r":(\d+)/console", self.log.read_text()[began:])
        assert found is not None
        self.port = int(found[1])

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; return the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    async def close(self) -> None:
        """End it if it still runs."""
        if self.process is not None and self.process.returncode is None:
            await self.stop(signal.SIGKILL)
        await self.client.aclose()

    # -- what it says

    async def get(self, path: str, expected: int = 200) -> httpx.Response:
        got = await self.client.get(self.url + path)
        assert got.status_code == expected, (path, got.status_code, got.text[:200])
        return got

    async def media_playlist(self, service_id: str, track: str = "video", query: str = "") -> ReadPlaylist:
        return read((await self.get(f"/live/{service_id}/{track}/index.m3u8{query}")).text)

    async def octets(self, service_id: str, number: int, track: str = "video") -> bytes:
        return (await self.get(f"/live/{service_id}/{track}/{number}.m4s")).content

    async def channels(self) -> dict[str, dict[str, Any]]:
        return {channel["id"]: channel for channel in (await self.get("/api/channels")).json()["channels"]}

    async def until_state(self, service_id: str, state: str) -> dict[str, Any]:
        async def is_so() -> dict[str, Any] | None:
            channel = (await self.channels())[service_id]
            return channel if channel["state"] == state else None

        return await eventually(is_so, self)

    async def until_listed(self, service_id: str, count: int, track: str = "video", after: int = 0) -> ReadPlaylist:
        """Wait until so many segments with numbers above `after` are listed."""

        async def is_so() -> ReadPlaylist | None:
            got = await self.client.get(f"{self.url}/live/{service_id}/{track}/index.m3u8")
            if got.status_code != 200:
                return None
            playlist = read(got.text)
            listed = [segment for segment in playlist.segments if segment.msn > after and not segment.gap]
            return playlist if len(listed) >= count else None

        return await eventually(is_so, self)


async def eventually(look: Callable[[], Any], node: Node | None = None) -> Any:
    """Look again and again until there is something; say what the node said when it does not come."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = look()
                if isinstance(found, Awaitable):
                    found = await found
                if found:
                    return found
                if node is not None and node.process is not None and node.process.returncode is not None:
                    raise AssertionError(
                        f"the node ended with {node.process.returncode}:\n{node.log.read_text()[-4000:]}"
                    )
                await asyncio.sleep(0.1)
    except TimeoutError:
        log = node.log.read_text()[-4000:] if node is not None else ""
        raise AssertionError(f"it did not come in {PATIENCE_S} s\n{log}") from None


@asynccontextmanager
async def running(folder: Path, config: str, host: str = "::1") -> AsyncIterator[Node]:
    """A node that runs."""
    node = Node(folder, config, host)
    try:
        await node.start()
        yield node
    finally:
        await node.close()


@asynccontextmanager
async def sending(path: Path, to: str, *, aligned: bool = False) -> AsyncIterator[None]:
    """Send a file in a loop; `aligned`: with time stamps that are UTC, so that who comes back is where he would be."""
    source = FileSource(parse_source_url(f"file:{path}?loop=1" + ("&align=utc" if aligned else "")))  # type: ignore[arg-type]
    sender = open_sender(to)

    async def send() -> None:
        await source.open()
        while block := await source.read():
            sender.send(block)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(send())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            await source.close()
            sender.close()
