"""Channels in worker processes: from outside a node is the same, and a worker that ends takes no other's channels along."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.live.node import PACKAGING, Node, group, running, sending, service

pytestmark = pytest.mark.slow

SERVICES = ("one", "two", "three", "four", "five", "six")


def config(sources: dict[str, str], workers: object = 2) -> str:
    """The node's section is open: `Node` begins the file with it."""
    return f"workers = {workers}\n{PACKAGING}" + "".join(service(id_, url) for id_, url in sources.items())


async def workers_of(node: Node) -> dict[str, int]:
    """The process of each worker that has told something, by name."""
    assert node.process is not None
    children = Path(f"/proc/{node.process.pid}/task/{node.process.pid}/children").read_text().split()
    found = {}
    for pid in children:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"yiwang.cli.worker" in arguments:
            found[arguments[arguments.index(b"yiwang.cli.worker") + 1].decode()] = int(pid)
    return found


async def test_two_workers_make_the_segments_that_one_process_makes(tmp_path: Path, film: Path):
    async with AsyncExitStack() as stack:
        sources = {id_: group() for id_ in SERVICES}
        alone = await stack.enter_async_context(running(tmp_path / "alone", config(sources, 1)))
        node = await stack.enter_async_context(running(tmp_path / "node", config(sources)))
        for url in sources.values():
            await stack.enter_async_context(sending(film, url, aligned=True))
        assert len(await workers_of(node)) == 2
        assert await workers_of(alone) == {}
        for id_ in SERVICES:
            mine = {s.msn for s in (await node.until_listed(id_, 4)).segments if not s.gap}
            theirs = {s.msn for s in (await alone.until_listed(id_, 4)).segments if not s.gap}
            print(id_, sorted(mine), sorted(theirs))
            both = sorted(theirs & mine)
            assert len(both) >= 2
            for track in ("video", "audio"):
                for number in both[-2:]:
                    assert await node.octets(id_, number, track) == await alone.octets(id_, number, track)
