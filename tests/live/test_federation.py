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
    """A hub that carries what the regions list, whatever it is."""
    lists = "".join(
        f'[[listing]]\nid = "r{n}"\nurl = "{node.url}/dvbi/registry.xml"\nevery = 5\ncarry = true\npriority = {90 - n}\n'
        for n, node in enumerate(regions)
    )
    return f'domain = "hub.example"\n{PACKAGING}{TIMES}{lists}'


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

            async def has_members() -> dict[str, Any] | None:
                services = (await one.get("/api/services")).json()["services"]
                return services[0] if services and len(services[0]["members"]) == 3 else None

            service = await eventually(has_members, one)
            assert service["members"][0]["source"] == "own"
            assert {member["source"] for member in service["members"]} == {"own", "r0", "r1"}
            id_ = service["id"]

            async def both_are_sources() -> bool:
                channel = (await one.channels()).get(id_)
                return channel is not None and len(channel["sources"]) == 2

            await eventually(both_are_sources, one)
            old = await one.until_listed(id_, 3)

            async def in_use() -> list[str]:
                return [source["url"] for source in (await one.channels())[id_]["sources"] if source["in_use"]]

            first_url = (await in_use())[0]  # of the region whose list came first
            dying, living = (zj, js) if first_url.startswith(zj.url) else (js, zj)
            assert (await dying.stop(signal.SIGKILL)) == -signal.SIGKILL
            new = await one.until_listed(id_, 3, after=old.segments[-1].msn + 3)
            check_successor(old, new)
            assert await in_use() == [f"{living.url}/live/cctv1/stream.ts"]

            async def fault() -> str | None:
                states = (await one.get("/api/sources")).json()
                return next((state["fault"] for state in states if state["url"].startswith(dying.url)), None) or None

            assert await eventually(fault, one)
            for where in (
                "",
                "?region=CN-ZJ",
                "?region=CN-JS",
            ):  # the hub's own address first, for every region's viewers
                listed = read_service_list((await one.get(f"/dvbi/services.xml{where}")).content)[0]
                (first,) = listed.services  # what the dead region listed stands until it lists something else
                assert len(first.service_instances) == 9
                first_uri = first.service_instances[0].dash.uri_based_location.uri.value
                assert first_uri == f"{one.url}/live/{id_}/manifest.mpd"
                assert first.unique_identifier.endswith(":cctv1")  # it is still the region's service
