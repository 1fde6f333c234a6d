"""Two regions and a hub, three nodes as processes: one list of both, and a channel that goes on when its region dies."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.live.node import PACKAGING, Node, eventually, group, running, sending
from tests.origin.playlist_reader import check_successor
from yiwang.dvbi.service_list import read_service_list

pytestmark = pytest.mark.slow

TIMES = "[switch_over]\nleave_after = 1\nreturn_after = 600\n"


def region(id_: str, name: str, source: str) -> str:
    return f"""domain = "{id_.lower()}.example"
{PACKAGING}
[[region]]
id = "{id_}"
name = "{name}"
[[service]]
id = "cctv1"
name = "CCTV-1 综合"
region = "{id_}"
number = 1
source = "{source}"
"""


def hub(*regions: Node) -> str:
    """A hub that lists the regions' services, and carries the national channel from whichever of them has it."""
    streams = ", ".join(f'"{node.url}/live/cctv1/stream.ts"' for node in regions)
    lists = "".join(
        f'[[listing]]\nid = "r{n}"\nurl = "{node.url}/dvbi/registry.xml"\nevery = 5\n' for n, node in enumerate(regions)
    )
    return f"""domain = "hub.example"
{PACKAGING}{TIMES}
[[service]]
id = "national"
name = "CCTV1"
number = 1
source = [{streams}]
{lists}"""


async def test_a_region_dies_and_its_viewers_see_the_other_one(tmp_path: Path, film: Path):
    to = group()
    async with (
        sending(film, to, aligned=True),
        running(tmp_path / "zj", region("CN-ZJ", "浙江", to)) as zj,
        running(tmp_path / "js", region("CN-JS", "江苏", to)) as js,
    ):
        for node in (zj, js):
            await node.until_listed("cctv1", 2)
        async with running(tmp_path / "hub", hub(zj, js)) as one:
            old = await one.until_listed("national", 3)

            async def has_members() -> dict[str, Any] | None:
                services = (await one.get("/api/services")).json()["services"]
                return services[0] if services and len(services[0]["members"]) == 3 else None

            service = await eventually(has_members, one)
            assert {member["source"] for member in service["members"]} == {"own", "r0", "r1"}
            assert (await zj.stop(signal.SIGKILL)) == -signal.SIGKILL
            new = await one.until_listed("national", 3, after=old.segments[-1].msn + 3)
            check_successor(old, new)
            in_use = [source["url"] for source in (await one.channels())["national"]["sources"] if source["in_use"]]
            assert in_use == [f"{js.url}/live/cctv1/stream.ts"]

            async def fault() -> str | None:
                (first, _) = (await one.get("/api/sources")).json()
                return first["fault"] or None

            assert await eventually(fault, one)
            listed = read_service_list((await one.get("/dvbi/services.xml")).content)[0]
            assert len(listed.services) == 1  # what the dead region listed stands until it lists something else
            assert len(listed.services[0].service_instances) == 6
