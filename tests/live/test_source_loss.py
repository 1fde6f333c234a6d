"""A source goes away and comes back: the channel says so, numbers go on, what is in the window is served."""

import asyncio
from pathlib import Path

import pytest

from tests.live.node import PACKAGING, Node, eventually, group, running, sending, service
from tests.origin.playlist_reader import ReadPlaylist, check_successor

pytestmark = pytest.mark.slow


async def remember(node: Node, count: int = 3) -> dict[int, bytes]:
    """Fetch what is listed."""
    playlist = await node.until_listed("one", count)
    return {s.msn: await node.octets("one", s.msn) for s in playlist.segments if not s.gap}


async def check_return(node: Node, before: dict[int, bytes], old: ReadPlaylist) -> None:
    """After the return of the signal."""
    left = old.segments[-1].discontinuity_sequence

    async def returned() -> ReadPlaylist | None:
        playlist = await node.media_playlist("one")
        return playlist if [s.discontinuity_sequence > left for s in playlist.segments].count(True) >= 3 else None

    new = await eventually(returned, node)
    check_successor(old, new)
    newest = new.segments[-1]
    assert newest.msn > old.segments[-1].msn
    assert newest.date > old.segments[-1].date
    listed = {segment.msn for segment in new.segments if not segment.gap}
    assert listed & before.keys(), "the window still reaches back"
    for number in listed & before.keys():
        assert await node.octets("one", number) == before[number]


@pytest.mark.parametrize("comes_back_as", ["the same time base", "another time base"])
async def test_a_sender_stops_and_starts(tmp_path: Path, film: Path, other_base: Path, comes_back_as: str):
    to = group()
    async with running(tmp_path, PACKAGING + service("one", to)) as node:
        async with sending(film, to, aligned=True):
            before = await remember(node)
            old = await node.media_playlist("one")
        channel = await node.until_state("one", "no-signal")
        assert channel["reason"]["zh"]
        quiet = await node.media_playlist("one")
        assert (quiet.msn, quiet.dsn) >= (old.msn, old.dsn)
        for number in before:
            assert await node.octets("one", number) == before[number]
        same = comes_back_as == "the same time base"
        async with sending(film if same else other_base, to, aligned=same):
            await node.until_state("one", "live")
            await check_return(node, before, quiet)
            channel = (await node.channels())["one"]
            assert channel["period_reason"] in (("signal returned", "time jump") if same else ("time jump",))
            assert channel["last_error"] is not None


async def test_a_file_is_taken_away_and_put_back(tmp_path: Path, film: Path):
    path = tmp_path / "film.ts"
    octets = film.read_bytes()
    path.write_bytes(octets[: len(octets) // 2 // 188 * 188])
    async with running(tmp_path / "node", PACKAGING + service("one", f"file:{path}")) as node:
        await node.until_listed("one", 3)
        path.unlink()  # the open file plays to its end, then cannot be opened
        await node.until_state("one", "no-signal")
        before = await remember(node)
        old = await node.media_playlist("one")
        assert "No such file" in (await node.channels())["one"]["last_error"]["text"]
        path.write_bytes(octets)
        await node.until_state("one", "live")
        await check_return(node, before, old)


async def test_a_network_that_never_had_a_signal_says_so_and_begins_when_it_comes(tmp_path: Path, film: Path):
    to = group()
    async with running(tmp_path, PACKAGING + service("one", to) + service("gone", "file:/nowhere/at/all.ts")) as node:
        await node.until_state("one", "no-signal")
        await node.until_state("gone", "no-signal")
        assert (await node.get("/healthz")).json() == {"status": "ok", "services": 2, "live": 0}
        async with asyncio.TaskGroup() as tasks, sending(film, to):
            waiting = tasks.create_task(eventually(lambda: multivariant(node), node))
            await node.until_state("one", "live")
            assert "video/index.m3u8" in await waiting
        assert (await node.channels())["gone"]["state"] == "no-signal"


async def multivariant(node: Node) -> str | None:
    got = await node.client.get(f"{node.url}/live/one/index.m3u8")
    assert got.status_code in (200, 503)
    return got.text if got.status_code == 200 else None
