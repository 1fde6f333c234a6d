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

            async def the_other_is_in_use() -> bool:
                return await in_use() == [f"{living.url}/live/cctv1/stream.ts"]

            await eventually(the_other_is_in_use, one)
            new = await one.until_listed(id_, 3, after=(await one.media_playlist(id_)).segments[-1].msn)
            check_successor(old, new)
            assert await the_other_is_in_use()

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
                assert len(first.service_instances) == 12
                first_uri = first.service_instances[0].dash.uri_based_location.uri.value
                assert first_uri == f"{one.url}/live/{id_}/manifest.mpd"
                assert first.unique_identifier.endswith(":cctv1")  # it is still the region's service


def hls_hub(folder: Path, *regions: Node) -> str:
    """A hub that carries lists that have nothing but HLS: with MPEG-TS segments, of CMAF, and DASH alone."""
    lists = []
    for n, node in enumerate(regions):
        path = folder / f"list{n}.m3u"
        path.write_text(
            f'#EXTM3U\n#EXTINF:-1 tvg-id="cctv1",CCTV-1 综合\n{node.url}/live/cctv1/ts.m3u8\n'
            f'#EXTINF:-1 tvg-id="cmaf",湖南卫视\n{node.url}/live/cctv1/index.m3u8\n'
            f'#EXTINF:-1 tvg-id="dash",东方卫视\n{node.url}/live/cctv1/manifest.mpd\n'
        )
        lists.append(f'[[listing]]\nid = "r{n}"\nurl = "file:{path}"\nevery = 5\ncarry = true\npriority = {90 - n}\n')
    return f'domain = "hub.example"\n{PACKAGING}{TIMES}{"".join(lists)}'


async def test_services_with_hls_alone_are_carried_and_go_on_when_their_region_dies(tmp_path: Path, film: Path):
    to = group()
    async with (
        sending(film, to, aligned=True),
        running(tmp_path / "zj", region("CN-ZJ", "浙江", to)) as zj,
        running(tmp_path / "js", region("CN-JS", "江苏", to)) as js,
    ):
        for node in (zj, js):
            await node.until_listed("cctv1", 3)
        async with running(tmp_path / "hub", hls_hub(tmp_path, zj, js)) as one:

            async def carried(playlist: str = "ts.m3u8") -> dict[str, Any] | None:
                urls = [f"{node.url}/live/cctv1/{playlist}" for node in (zj, js)]
                channels = (await one.channels()).values()
                return next((c for c in channels if [source["url"] for source in c["sources"]] == urls), None)

            channel = await eventually(carried, one)
            fragmented = await eventually(lambda: carried("index.m3u8"), one)
            old = await one.until_listed(channel["id"], 3)
            await one.until_listed(fragmented["id"], 3)
            assert len(await one.channels()) == 2  # the third is not carried, and it is said why
            reasons = {
                left["url"]: left["reason"]
                for service in (await one.get("/api/not-carried")).json()
                for left in service["left_out"]
            }
            assert "DASH only" in reasons[""]
            await check_media_is_the_regions(zj, one, channel["id"])
            assert (await zj.stop(signal.SIGKILL)) == -signal.SIGKILL
            new = await one.until_listed(channel["id"], 3, after=old.segments[-1].msn + 5)
            check_successor(old, new)

            async def js_is_in_use() -> bool:
                sources = (await one.channels())[channel["id"]]["sources"]
                return [source["url"] for source in sources if source["in_use"]] == [f"{js.url}/live/cctv1/ts.m3u8"]

            await eventually(js_is_in_use, one)
            after = await one.until_listed(channel["id"], 3, after=new.segments[-1].msn + 5)
            check_successor(new, after)


async def check_media_is_the_regions(region_node: Node, hub_node: Node, id_: str) -> None:
    """The samples of a segment of the hub are the region's: the essence has come through untouched."""
    theirs = {
        samples(await region_node.octets("cctv1", segment.msn))
        for segment in (await region_node.media_playlist("cctv1")).segments
    }
    mine = await hub_node.until_listed(id_, 4)
    same = [samples(await hub_node.octets(id_, segment.msn)) in theirs for segment in mine.segments[:3]]
    assert same.count(True) >= 2, "a region's segment begins and ends with a hub's"


def samples(segment: bytes) -> bytes:
    """The octets of all `mdat` boxes."""
    found, at = b"", 0
    while at < len(segment):
        size = int.from_bytes(segment[at : at + 4], "big")
        if segment[at + 4 : at + 8] == b"mdat":
            found += segment[at + 8 : at + size]
        at += size
    return found


async def test_two_hubs_that_carry_each_others_lists_leave_their_own_streams_out(tmp_path: Path, film: Path):
    to = group()
    async with sending(film, to, aligned=True), running(tmp_path / "zj", region("CN-ZJ", "浙江", to)) as zj:
        await zj.until_listed("cctv1", 2)
        one, two = Node(tmp_path / "a", hub(zj)), Node(tmp_path / "b", hub(zj))
        try:
            for node in (one, two):
                await node.start()
                await eventually(node.channels, node)
            for node, other in ((one, two), (two, one)):  # now that they have an address, each has the other's list too
                await node.stop()
                listing = f'[[listing]]\nid = "peer"\nurl = "{other.url}/dvbi/registry.xml"\nevery = 5\n'
                node.config.write_text(f"{node.config.read_text()}{listing}carry = true\npriority = 10\n")
                await node.start()
            for node, other in ((one, two), (two, one)):

                async def sources(node: Node = node, other: Node = other) -> list[str] | None:
                    found = [s["url"] for c in (await node.channels()).values() for s in c["sources"]]
                    return found if any(url.startswith(other.url) for url in found) else None

                async def loops(node: Node = node) -> list[str] | None:
                    left = [
                        one for service in (await node.get("/api/not-carried")).json() for one in service["left_out"]
                    ]
                    return [one["url"] for one in left if "a loop" in one["reason"]] or None

                found_loops = await eventually(loops, node)
                assert all(url.startswith(node.url) for url in found_loops)
                found = await eventually(sources, node)
                assert found[0].startswith(zj.url)
                assert not any(url.startswith(node.url) for url in found), "its own streams are no spares"
                (channel,) = (await node.channels()).values()
                await node.until_listed(channel["id"], 2)
        finally:
            await one.close()
            await two.close()
