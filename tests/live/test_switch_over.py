"""A service with two sources: the better one dies, is damaged, is scrambled, comes back; viewers see one channel go on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.node import PACKAGING, Node, eventually, group, running, sending
from tests.origin.playlist_reader import check_successor
from yiwang.net.file_source import FileSource
from yiwang.net.source_url import parse_source_url
from yiwang.services.demo import open_sender

pytestmark = pytest.mark.slow

TIMES = "[switch_over]\nleave_after = 1\nreturn_after = 4\n"
PACKET = 188

Change = Callable[[bytes], bytes]


def two_sources(better: str, worse: str) -> str:
    return f'{PACKAGING}{TIMES}[[service]]\nid = "one"\nsource = ["{better}", "{worse}"]\n'


async def until_in_use(node: Node, source: str) -> dict[str, Any]:
    async def is_so() -> dict[str, Any] | None:
        channel = (await node.channels())["one"]
        in_use = [report for report in channel["sources"] if report["in_use"]]
        return channel if channel["source"] == source and in_use[0]["url"] == source else None

    return await eventually(is_so, node)


async def conditions(node: Node, expected: list[str]) -> bool:
    return [report["condition"] for report in (await node.channels())["one"]["sources"]] == expected


@asynccontextmanager
async def changed(path: Path, to: str, change: Change, on: asyncio.Event) -> AsyncIterator[None]:
    """Send a file in a loop, aligned to UTC; what it sends is changed while ``on`` is set."""
    source = FileSource(parse_source_url(f"file:{path}?loop=1&align=utc"))  # type: ignore[arg-type]
    sender = open_sender(to)

    async def send() -> None:
        await source.open()
        while block := await source.read():
            sender.send(change(bytes(block)) if on.is_set() else block)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(send())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            await source.close()
            sender.close()


@pytest.mark.parametrize("worse_is", ["of the same time base", "of another time base"])
async def test_the_better_source_dies_and_comes_back(tmp_path: Path, film: Path, other_base: Path, worse_is: str):
    better, worse = group(), group()
    same = worse_is == "of the same time base"
    async with running(tmp_path, two_sources(better, worse)) as node:
        async with sending(film if same else other_base, worse, aligned=same):
            async with sending(film, better, aligned=True):
                old = await node.until_listed("one", 3)
                await eventually(lambda: conditions(node, ["good", "not_watched"]), node)
            channel = await until_in_use(node, worse)
            await eventually(lambda: conditions(node, ["silent", "good"]), node)
            assert channel["switches"] % 2 == 1  # once, unless the sender was slow
            quiet = await node.media_playlist("one")
            check_successor(old, quiet)
            new = await node.until_listed("one", 3, after=quiet.segments[-1].msn)
            check_successor(quiet, new)
            more = new.segments[-1].discontinuity_sequence - old.segments[-1].discontinuity_sequence
            reason = (await node.channels())["one"]["period_reason"]
            # a second of silence and one time base: the period goes on, unless this machine was slow, once or more often
            assert reason in (("start", "signal returned") if same else ("time jump", "signal returned"))
            assert (more >= 1) == (reason != "start")
            async with sending(film, better, aligned=True):
                channel = await until_in_use(node, better)
                assert channel["switches"] % 2 == 0
                newest = await node.until_listed("one", 3, after=new.segments[-1].msn)
                check_successor(new, newest)
                metrics = (await node.get("/metrics")).text
                assert f'yiwang_source_in_use{{service="one",source="{better}"}} 1.0' in metrics
                assert f'yiwang_source_in_use{{service="one",source="{worse}"}} 0.0' in metrics
                switches = (await node.channels())["one"]["switches"]
                assert f'yiwang_source_switches_total{{service="one"}} {switches}.0' in metrics
        assert '"event": "source_switched"' in node.log.read_text()


def lossy(octets: bytes) -> bytes:
    return b"".join(octets[at : at + PACKET] for i, at in enumerate(range(0, len(octets), PACKET)) if i % 20)


def scrambled(octets: bytes) -> bytes:
    changed = bytearray(octets)
    for at in range(0, len(octets), PACKET):
        if (octets[at + 1] & 0x1F) << 8 | octets[at + 2] in (256, 257):
            changed[at + 3] |= 0x80
    return bytes(changed)


def without_pat(octets: bytes) -> bytes:
    cut = [octets[at : at + PACKET] for at in range(0, len(octets), PACKET)]
    return b"".join(p for p in cut if (p[1] & 0x1F) << 8 | p[2])


@pytest.mark.parametrize(
    ("change", "condition"), [(lossy, "errors"), (scrambled, "scrambled"), (without_pat, "no_tables")]
)
async def test_the_better_source_goes_bad_and_good_again(tmp_path: Path, film: Path, change: Change, condition: str):
    better, worse = group(), group()
    bad = asyncio.Event()
    async with (
        running(tmp_path, two_sources(better, worse)) as node,
        sending(film, worse, aligned=True),
        changed(film, better, change, bad),
    ):
        old = await node.until_listed("one", 3)
        bad.set()
        await until_in_use(node, worse)
        await eventually(lambda: conditions(node, [condition, "good"]), node)
        assert (await node.channels())["one"]["sources"][0]["detail"]
        new = await node.until_listed("one", 3, after=old.segments[-1].msn)
        check_successor(old, new)
        bad.clear()
        await until_in_use(node, better)
        back = await node.media_playlist("one")
        newest = await node.until_listed("one", 3, after=back.segments[-1].msn)
        check_successor(new, newest)
        # one clock: at most a random access point is lost on the way, never the time base
        assert (await node.channels())["one"]["period_reason"] in ("start", "signal returned")


async def test_a_best_source_that_was_never_there_does_not_keep_the_channel_from_starting(tmp_path: Path, film: Path):
    worse = group()
    async with sending(film, worse), running(tmp_path, two_sources("file:/nowhere/at/all.ts", worse)) as node:
        channel = await until_in_use(node, worse)
        await node.until_listed("one", 2)
        assert channel["sources"][0]["condition"] == "error"
        assert "No such file" in channel["sources"][0]["detail"]
