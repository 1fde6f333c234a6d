"""A node that carries what a list lists: channels come, change and go with it, and the others never notice."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tests.services.test_one_network import Peer, Running, listing, running, service
from yiwang.services import list_source
from yiwang.services.carrying import STOPPED
from yiwang.services.control import Control
from yiwang.services.one_network import LOOK_S

GROUP = "udp://@[ff11::c]:{port}"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_source, "RETRY_S", 0.2)


def playlist(*names: str, port: int = 7000) -> bytes:
    lines = ["#EXTM3U"]
    for n, name in enumerate(names):
        number = name.rpartition("/")[2] if "/" in name else str(n + 1)
        name = name.partition("/")[0]
        lines += [f'#EXTINF:-1 tvg-id="{name}" tvg-chno="{number}",{name}', GROUP.format(port=port + n)]
    return "\n".join([*lines, ""]).encode()


async def again(node: Running, at: int = 0) -> None:
    """Let a listing be read now."""
    await node.one.sources[at]._refresh(node.served.client)
    node.one._changed.set()


def carried(node: Running) -> dict[str, list[str]]:
    return {
        channel.name.zh: [spec.url for spec in (channel.source_spec, *channel.standby_specs)]
        for channel in node.network.channels.values()
        if channel.is_carried
    }


async def test_channels_come_and_go_with_the_list_and_leave_the_others_alone(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/list.m3u": playlist("湖南卫视", "东方卫视")}
    async with peer.running() as url:
        more = listing("op", f"{url}/list.m3u", 'carry = ["*卫视"]\nhold = 0') + service("own1", "本台", "", 1).replace(
            'region = ""\n', ""
        )
        async with running(tmp_path, more) as node:
            await node.until(lambda _: set(carried(node)) == {"湖南卫视", "东方卫视"}, "both")
            before = dict(node.network.channels)
            # an own channel has number 1: one of the carried ones has another
            numbers = [node.network.number_of(channel) for channel in before.values()]
            assert len(set(numbers)) == 3
            peer.documents["/list.m3u"] = playlist("湖南卫视", "东方卫视", "浙江卫视", "购物")
            await again(node)
            await node.until(lambda _: len(carried(node)) == 3, "the third")  # 购物 is not like the pattern
            assert all(node.network.channels[id_] is channel for id_, channel in before.items())
            found = await node.json("/api/services")
            (third,) = [s for s in found["services"] if s["names"][0]["value"] == "浙江卫视"]
            await node.until(
                lambda one: one.published.network.services[third["id"]].members[0].source == "own", "its own feed"
            )
            text = (await node.get("/playlist.m3u")).text
            assert f"{node.url}/live/{third['id']}/index.m3u8" in text
            peer.documents["/list.m3u"] = playlist("湖南卫视", "浙江卫视/3")
            await again(node)
            await node.until(lambda _: set(carried(node)) == {"湖南卫视", "浙江卫视"}, "the second to go")
            assert carried(node)["浙江卫视"] == ["udp://[ff11::c]:7001"]
            stays = [channel for channel in before.values() if channel.name.zh != "东方卫视"]
            assert all(channel in node.network.channels.values() for channel in stays)


async def test_a_service_that_is_left_out_for_a_moment_is_not_torn_down(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/list.m3u": playlist("湖南卫视", "东方卫视")}
    async with peer.running() as url:
        config = listing("op", f"{url}/list.m3u", "carry = true\nhold = 3600")
        async with running(tmp_path, config) as node:
            await node.until(lambda _: len(carried(node)) == 2, "both")
            channels, services = dict(node.network.channels), dict(node.one.published.network.services)
            for broken in (playlist("湖南卫视"), b"#EXTM3U\n", b"<html>"):
                peer.documents["/list.m3u"] = broken
                with suppress(list_source.DocumentError):  # the last good copy
                    await again(node)
                await asyncio.sleep(1.5 * LOOK_S)  # a round and more
                assert len(node.one._look().services) == 2
                assert node.network.channels == channels
            assert set(node.one.published.network.services) == set(services)
            peer.documents["/list.m3u"] = playlist("湖南卫视")
            await again(node)
            held = node.one._held["op"]
            node.one._held["op"] = {id_: (s, g, at - 3_600_001) for id_, (s, g, at) in held.items()}  # an hour later
            await node.until(lambda _: list(carried(node)) == ["湖南卫视"], "the end of the hold time")


async def test_a_second_region_becomes_a_spare_source_of_the_running_channel(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/a.m3u": playlist("湖南卫视"), "/b.m3u": playlist("购物", "湖南卫视 HD", port=7100)}
    async with peer.running() as url:
        config = listing("a", f"{url}/a.m3u", "carry = true\nhold = 0") + listing(
            "b", f"{url}/b.m3u", 'carry = ["湖南*"]\npriority = 80\nhold = 0'
        )
        async with running(tmp_path, config) as node:
            await node.until(lambda _: len(next(iter(carried(node).values()), [])) == 2, "both sources")
            (channel,) = node.network.channels.values()
            sources = next(iter(carried(node).values()))
            assert [url[-4:] for url in sources] == ["7101", "7000"]  # by priority
            peer.documents["/b.m3u"] = playlist("购物", port=7100)
            await again(node, 1)
            await node.until(lambda _: len(next(iter(carried(node).values()), [])) == 1, "the second to go")
            assert list(node.network.channels.values()) == [channel]
            report = (await node.json("/api/channels"))["channels"][0]["sources"]
            assert [one["url"][-4:] for one in report] == ["7000"]


async def test_a_channel_of_the_node_is_never_replaced(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/list.m3u": playlist("湖南卫视", "东方卫视")}
    async with peer.running() as url:
        own = '[[service]]\nid = "hn"\nname = "湖南卫视"\nnumber = 1\nsource = "udp://[ff11::c]:7999"\n'
        async with running(tmp_path, listing("op", f"{url}/list.m3u", "carry = true") + own) as node:
            await node.until(lambda _: list(carried(node)) == ["东方卫视"], "the other one")
            (hn,) = [c for c in node.network.channels.values() if not c.is_carried]
            assert (hn.service.id, hn.source_spec.url) == ("hn", "udp://[ff11::c]:7999")
            members = next(
                s.members
                for s in node.one.published.network.services.values()
                if any(m.source == "own" for m in s.members)
            )
            assert {m.source for m in members} >= {"own"}


async def test_a_hub_that_starts_while_a_region_is_away_carries_it_at_once(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/list.m3u": playlist("湖南卫视")}
    async with peer.running() as url:
        config = listing("op", f"{url}/list.m3u", "carry = true")
        async with running(tmp_path, config) as node:
            await node.until(lambda _: carried(node), "the channel")
            ids = list(node.network.channels)
    async with running(tmp_path, config) as node:  # nobody answers there now
        await node.until(lambda _: carried(node), "the channel")
        await node.until(lambda one: one.states()[0].fault, "the fault")
        assert list(node.network.channels) == ids


async def test_what_an_operator_stops_is_not_carried_until_it_is_begun_again_over_restarts_too(tmp_path: Path) -> None:
    peer = Peer()
    peer.documents = {"/list.m3u": playlist("湖南卫视", "东方卫视")}
    async with peer.running() as url:
        config = listing("op", f"{url}/list.m3u", "carry = true")
        async with running(tmp_path, config) as node:
            await node.until(lambda _: len(carried(node)) == 2, "both")
            (id_,) = (one.service.id for one in node.network.channels.values() if one.name.zh == "东方卫视")
            control = Control(node.network)
            assert {(one.id, one.sources) for one in control.others()} >= {(id_, ("udp://[ff11::c]:7001",))}
            assert not any(one.multiplex or one.is_stopped for one in control.others())
            await control.stop(id_, stopped=True)
            await node.until(lambda _: set(carried(node)) == {"湖南卫视"}, "it to end")
            assert [(one.id, one.sources) for one in control.others() if one.is_stopped] == [(id_, ())]
            told = await node.until(lambda one: one.carrying.left_out.get(id_), "why")
            assert [(left.url, left.reason) for left in told] == [("", STOPPED)]
        async with running(tmp_path, config) as node:
            await node.until(lambda one: id_ in one.carrying.left_out and carried(node), "the other one")
            assert set(carried(node)) == {"湖南卫视"}
            control = Control(node.network)
            await control.stop(id_, stopped=False)
            await node.until(lambda _: len(carried(node)) == 2, "it to be there again")
            assert not node.one.carrying.left_out
            with pytest.raises(KeyError):
                await control.stop("nobody", stopped=True)
