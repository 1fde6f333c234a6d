"""A node is killed, stopped, started again: players go on, and nothing that was published changes."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest

from tests.live.node import PACKAGING, PATIENCE_S, Node, eventually, group, running, sending, service
from tests.origin import mpd_reader
from tests.origin.playlist_reader import ReadPlaylist, check_successor, read

pytestmark = pytest.mark.slow


class Player:
    """An HLS client of the simple kind: reloads with blocking, fetches every new segment once, tries again."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.playlists: list[ReadPlaylist] = []
        self.segments: dict[int, bytes] = {}
        self.failed = 0

    async def run(self) -> None:
        async with httpx.AsyncClient(base_url=self.node.url, timeout=PATIENCE_S) as client:
            while True:
                try:
                    await self.step(client)
                except httpx.TransportError:
                    self.failed += 1
                    await asyncio.sleep(0.1)

    async def step(self, client: httpx.AsyncClient) -> None:
        query = f"?_HLS_msn={self.playlists[-1].segments[-1].msn + 1}" if self.playlists else ""
        got = await client.get(f"/live/one/video/index.m3u8{query}")
        if got.status_code != 200:  # 503 while it starts; 400 or 404 for a number it does not know any more
            self.failed += 1
            await asyncio.sleep(0.1)
            got = await client.get("/live/one/video/index.m3u8")
        if got.status_code != 200:
            return
        playlist = read(got.text)
        if self.playlists:
            check_successor(self.playlists[-1], playlist)
        self.playlists.append(playlist)
        for segment in playlist.segments:
            if segment.gap or segment.msn in self.segments:
                continue
            media = await client.get(f"/live/one/video/{segment.uri}")
            assert media.status_code == 200
            self.segments[segment.msn] = media.content


async def mpd(node: Node) -> tuple[str, list[str]]:
    """availabilityStartTime and the ids of the periods."""
    root, _, _ = mpd_reader.read((await node.get("/live/one/manifest.mpd")).text)
    return root.get("availabilityStartTime"), [p.get("id") for p in root.findall("m:Period", mpd_reader.NS)]


@pytest.mark.parametrize("kind", ["multicast", "file"])
async def test_a_node_is_killed_and_started_again_and_a_player_goes_on(tmp_path: Path, film: Path, kind: str):
    to = group() if kind == "multicast" else f"file:{film}?loop=1"
    async with running(tmp_path, PACKAGING + service("one", to)) as node, asyncio.TaskGroup() as tasks:
        sender = sending(film, to, aligned=True) if kind == "multicast" else None
        if sender is not None:
            await sender.__aenter__()
        player = Player(node)
        await node.until_listed("one", 2)
        playing = tasks.create_task(player.run())
        await eventually(lambda: len(player.segments) >= 5, node)
        before, (start, periods) = await node.media_playlist("one"), await mpd(node)
        assert await node.stop(signal.SIGKILL) == -signal.SIGKILL
        published = dict(player.segments)
        await node.start()
        after = await node.until_listed("one", 3)

        check_successor(before, after)
        assert min(s.msn for s in after.segments) > max(published)
        assert after.dsn > before.segments[-1].discontinuity_sequence
        new_start, new_periods = await mpd(node)
        assert new_start == start == "1970-01-01T00:00:00Z"
        assert not set(periods) & set(new_periods)
        for number, octets in published.items():
            got = await node.client.get(f"{node.url}/live/one/video/{number}.m4s")
            assert got.status_code in (404, 410) or got.content == octets

        await eventually(lambda: len([n for n in player.segments if n > max(published)]) >= 3, node)
        assert player.failed > 0
        playing.cancel()
        if sender is not None:
            await sender.__aexit__(None, None, None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_is_clean_though_clients_hold_on(tmp_path: Path, film: Path, number: signal.Signals):
    config = PACKAGING + service("one", f"file:{film}?loop=1") + service("quiet", "udp://[::1]:5999")
    async with running(tmp_path, config) as node:
        playlist = await node.until_listed("one", 2)
        later = f"/live/one/video/index.m3u8?_HLS_msn={playlist.segments[-1].msn + 2}"
        paths = ("/api/events", "/api/console/events", "/live/quiet/index.m3u8", later)

        async def hold(path: str) -> int:
            async with node.client.stream("GET", node.url + path) as answer:
                if path.startswith("/api"):
                    began.release()
                async for _ in answer.aiter_raw():
                    pass
                return answer.status_code

        began = asyncio.Semaphore(0)
        async with asyncio.TaskGroup() as tasks:
            held = [tasks.create_task(hold(path)) for path in paths]
            await began.acquire()
            await began.acquire()
            await eventually(lambda: waiting(node, "quiet"), node)
            assert await node.stop(number) == 0
        assert [task.result() for task in held[:2]] == [200, 200]
        assert held[2].result() == 503
        assert held[3].result() in (200, 503)
        log = node.log.read_text()
        assert "Traceback" not in log
        assert "Cancel" not in log

        await node.start()  # and its numbers go on
        after = await node.until_listed("one", 2)
        assert after.msn > playlist.segments[-1].msn
        assert after.dsn == playlist.dsn + 1


async def waiting(node: Node, service_id: str) -> bool:
    """Whether a request waits for a channel."""
    return f'yiwang_waiting_requests{{service="{service_id}"}} 0.0' not in (await node.get("/metrics")).text


async def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, film: Path):
    config = tmp_path / "net.toml"
    lost = service("lost", "file:/nowhere/at/all.ts")
    config.write_text(
        f'[node]\nstate_dir = "{tmp_path}/state"\n{PACKAGING}{service("one", f"file:{film}?loop=1")}{lost}'
    )
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
        port = free.getsockname()[1]
    with Path("/dev/full").open("wb") as full:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yiwang.cli.main", "up", str(config), "--host", "::1", "--port", str(port)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=full,
            stderr=full,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://[::1]:{port}", timeout=PATIENCE_S) as client:

            async def live() -> bool:
                assert process.returncode is None
                try:
                    got = await client.get("/live/one/video/index.m3u8")
                except httpx.TransportError:
                    return False
                return got.status_code == 200 and len(read(got.text).segments) >= 2

            await eventually(live)
            faults = (await client.get("/api/channels")).json()["channels"][1]["faults"]
            assert faults["source_error"] >= 1  # so something was logged
    finally:
        process.terminate()
    async with asyncio.timeout(PATIENCE_S):
        assert await process.wait() == 0


async def test_a_port_that_is_taken_is_one_line_and_exit_2(tmp_path: Path):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        config = tmp_path / "net.toml"
        config.write_text(f'[node]\nstate_dir = "{tmp_path}/state"\n{service("one", "udp://[::1]:5999")}')
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yiwang.cli.main", "up", str(config)),
            *("--host", "::1", "--port", str(taken.getsockname()[1])),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "COLUMNS": "80"},
        )
        _, said = await process.communicate()
    assert process.returncode == 2
    assert len(said.splitlines()) == 1
    assert b"another with --port" in said
