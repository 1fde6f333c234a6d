"""A channel that is not for every region, over a socket: who has it, who does not, and what caches may keep."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.origin.playlist_reader import read
from tests.services.hand_fed import PACKAGING, Feeder, feeder
from tests.services.hand_fed import network as plain
from tests.web.asgi import Served, served
from yiwang.net import wall_clock
from yiwang.packaging.events import CuePublished
from yiwang.scte35.command import TimeSignal
from yiwang.scte35.segmentation_descriptor import DeliveryRestrictions, SegmentationDescriptor
from yiwang.scte35.splice_info_section import SpliceInfoSection
from yiwang.services.network import Network
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.web.regional import Regional
from yiwang.web.views import iso

HERE, THERE = {"X-Forwarded-For": "2001:db8:2::7"}, {"X-Forwarded-For": "2001:db8:1::7"}
"""Viewers for whom the channel is, and is not."""
NODE = """
[[region]]
id = "zj"
name = {{zh = "浙江", en = "Zhejiang"}}
prefixes = ["2001:db8:1::/48"]
[[region]]
id = "js"
name = "江苏"
prefixes = ["2001:db8:2::/48"]
[[service]]
id = "match"
source = "udp://[ff11::1]:5000"
[[service]]
id = "news"
source = "udp://[ff11::2]:5000"
[[restriction]]
id = "rights"
services = "match"
not_in = "zj"
reason = {{zh = "版权", en = "rights"}}
{more}
"""


def network(folder: Path, more: str = "", before: str = "") -> Network:
    text = f'[node]\nstate_dir = "{folder}/node"\n{PACKAGING}{before}' + NODE.format(more=more)
    return Network(parse_config(text, "test.toml"), "test.toml")


def fed(net: Network, seconds: float = 6.5) -> Feeder:
    feed = feeder(net.channels["match"], net.channels["news"])
    feed.seconds(seconds)
    return feed


@pytest.fixture
async def node(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Network, Served]]:
    net = network(tmp_path, getattr(request, "param", ""))
    async with served(net) as service:
        yield net, service


async def names(client: httpx.AsyncClient) -> dict[str, str]:
    """One path of each kind."""
    media = read((await client.get("/live/match/video/index.m3u8", headers=HERE)).text)
    return {
        "playlist": "/live/match/video/index.m3u8",
        "delta": "/live/match/video/index.m3u8?_HLS_skip=YES",
        "segment": f"/live/match/video/{media.segments[-1].uri}",
        "part": f"/live/match/video/{media.segments[-1].parts[0][0]}",
        "ts": f"/live/match/ts/{media.segments[-1].uri.replace('m4s', 'ts')}",
    }


async def test_who_is_elsewhere_has_no_media_and_is_told_why(node: tuple[Network, Served]):
    net, service = node
    fed(net)
    paths = await names(service.client)
    entries = ["index.m3u8", "manifest.mpd", "ts.m3u8"]
    for path in [*paths.values(), *(f"/live/match/{entry}" for entry in entries)]:
        for once in range(2):  # and out of what is kept ready
            assert (await service.client.get(path, headers=HERE)).status_code == 200, (path, once)
            refused = await service.client.get(path, headers=THERE)
            assert refused.status_code == 451, (path, once)
    assert (await service.client.head(paths["segment"], headers=THERE)).status_code == 451
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["cache-control"] == "private, no-store"
    assert refused.headers["link"] == '</>; rel="blocked-by"'
    problem = refused.json()
    assert problem | {"title": ""} == {
        "type": "urn:yiwang:out-of-region", "title": "", "status": 451, "detail": "rights",
        "reason": {"zh": "版权", "en": "rights"}, "restriction": "rights", "service": "match", "region": "zj",
        "region_by": "address", "until_ms": None, "instead": None,
    }  # fmt: skip
    refused = await service.client.get("/live/match/stream.ts", headers=THERE)
    assert refused.status_code == 451
    assert (await service.client.get("/live/news/index.m3u8", headers=THERE)).status_code == 200
    assert net.channels["match"].refused == 2 * 8 + 2
    metrics = (await service.client.get("/metrics")).text
    assert 'yiwang_refused_requests_total{service="match"} 18.0' in metrics


async def test_a_cmaf_header_has_nothing_to_see(node: tuple[Network, Served]):
    net, service = node
    fed(net)
    media = read((await service.client.get("/live/match/video/index.m3u8", headers=HERE)).text)
    answer = await service.client.get(f"/live/match/video/{media.segments[-1].map}", headers=THERE)
    assert answer.status_code == 200


async def test_what_some_may_not_have_is_for_no_shared_cache_and_all_else_is(node: tuple[Network, Served]):
    net, service = node
    fed(net)
    for path in (await names(service.client)).values():
        answer = await service.client.get(path, headers=HERE)
        assert answer.headers["cache-control"].startswith("private, max-age="), path
        other = await service.client.get(path.replace("match", "news").partition("?")[0], headers=THERE)
        assert other.headers["cache-control"].startswith("public, max-age="), path


@pytest.mark.parametrize("node", ['instead = "news"'], indirect=True)
async def test_a_player_is_sent_to_what_takes_its_place_where_it_begins(node: tuple[Network, Served]):
    net, service = node
    fed(net)
    for entry in ("index.m3u8", "manifest.mpd", "ts.m3u8", "stream.ts"):
        sent = await service.client.get(f"/live/match/{entry}?CMCD=x", headers=THERE)
        assert sent.status_code == 307
        assert sent.headers["location"] == f"/live/news/{entry}?CMCD=x"
        assert sent.headers["cache-control"] == "private, no-store"
    followed = await service.client.get("/live/match/index.m3u8", headers=THERE, follow_redirects=True)
    assert followed.url.path == "/live/news/index.m3u8"
    within = await service.client.get("/live/match/video/index.m3u8", headers=THERE)
    assert within.status_code == 451
    assert within.json()["instead"] == "/live/news/index.m3u8"


@pytest.mark.parametrize(
    "node", ['instead = "news"\n[[restriction]]\nservices = "news"\nonly_in = "js"'], indirect=True
)
async def test_a_substitute_that_is_kept_from_him_too_is_none(node: tuple[Network, Served]):
    net, service = node
    fed(net)
    assert (await service.client.get("/live/match/index.m3u8", headers=THERE)).status_code == 451


def at(ms: int) -> str:
    """A moment as TOML has it."""
    return iso(ms)


async def test_at_times_each_segment_is_kept_by_its_own_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun_ms = wall_clock.now_ms()
    more = f"start = {at(begun_ms + 2500)}\nend = {at(begun_ms + 4500)}"
    net = network(tmp_path, more)
    feed = feeder(net.channels["match"], net.channels["news"], now_ms=begun_ms)
    monkeypatch.setattr(wall_clock, "now_ms", lambda: int(feed.now_ms))
    async with served(net) as service:
        client = service.client
        feed.seconds(2)
        path = "/live/match/video/index.m3u8"
        answer = await client.get(path, headers=THERE)
        assert answer.status_code == 200
        assert answer.headers["cache-control"].startswith("public")
        feed.seconds(4)
        assert (await client.get(path, headers=THERE)).status_code == 451
        feed.seconds(4)
        assert (await client.get(path, headers=THERE)).status_code == 200, "who joins sees nothing of it any more"
        there, here = [], []
        for segment in net.channels["match"].presentation.tracks["video"].listed:
            name = f"/live/match/video/{segment.number}.m4s"
            overlaps = segment.start_90k // 90 < begun_ms + 4500 and segment.end_90k // 90 > begun_ms + 2500
            there.append((overlaps, (await client.get(name, headers=THERE)).status_code == 451))
            answer = await client.get(name, headers=HERE)
            assert answer.status_code == 200
            here.append((overlaps, answer.headers["cache-control"].startswith("private")))
        assert all(one == other for one, other in there + here)
        assert {one for one, _ in there} == {True, False}


async def test_a_blocked_reload_is_answered_by_what_holds_when_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun_ms = wall_clock.now_ms()
    net = network(tmp_path, f"start = {at(begun_ms + 3600)}")
    channel = net.channels["match"]
    feed = feeder(channel, now_ms=begun_ms)
    monkeypatch.setattr(wall_clock, "now_ms", lambda: int(feed.now_ms))
    async with served(net) as service:
        feed.seconds(2.5)
        newest = channel.presentation.tracks["video"].newest
        assert newest is not None
        number = newest.number + 1
        path = f"/live/match/video/index.m3u8?_HLS_msn={number}"
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            asked = [group.create_task(service.client.get(path, headers=who)) for who in (HERE, THERE)]
            while channel.waiting < 2:
                await asyncio.sleep(0.01)
            feed.seconds(6)
        assert [one.result().status_code for one in asked] == [200, 451]


async def test_what_flows_without_end_is_cut_where_it_may_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun_ms = wall_clock.now_ms()
    net = network(tmp_path, f"start = {at(begun_ms + 4000)}")
    channel = net.channels["match"]
    feed = feeder(channel, now_ms=begun_ms)
    monkeypatch.setattr(wall_clock, "now_ms", lambda: int(feed.now_ms))
    async with served(net) as service:
        feed.seconds(0.5)

        async def feeding() -> None:
            while feed.at < len(feed.octets) * 0.9:
                feed.seconds(0.5)
                await asyncio.sleep(0.05)

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            task = group.create_task(feeding())
            whole = await service.client.get("/live/match/stream.ts", headers=THERE)
            task.cancel()
        assert whole.status_code == 200
        assert len(whole.content) < len(feed.octets)


def cue(channel, at_90k: int, event_id: int, type_id: int, restrictions: DeliveryRestrictions | None) -> None:
    d = SegmentationDescriptor(event_id, restrictions=restrictions, segmentation_type_id=type_id)
    section = SpliceInfoSection(TimeSignal(0), (d,)).to_bytes()
    channel.presentation.apply(CuePublished("cmd", event_id, at_90k, at_90k, None, False, section))


@pytest.mark.parametrize("node", ['cue = "regional"'], indirect=True)
async def test_a_rule_that_follows_cues_begins_and_ends_with_them(node: tuple[Network, Served]):
    net, service = node
    feed = fed(net, 4)
    channel = net.channels["match"]
    path = "/live/match/index.m3u8"
    assert (await service.client.get(path, headers=THERE)).status_code == 200
    cue(channel, channel.presentation.end_90k - 90_000, 9, 0x10, DeliveryRestrictions(False, True, True, 3))
    assert (await service.client.get(path, headers=THERE)).status_code == 200, "web delivery is not what it is about"
    cue(channel, channel.presentation.end_90k - 90_000, 10, 0x10, DeliveryRestrictions(True, False, True, 2))
    assert (await service.client.get(path, headers=THERE)).status_code == 451
    assert (await service.client.get(path, headers=HERE)).status_code == 200
    listed = (await service.client.get("/api/network")).json()["services"]
    assert {one["id"]: one["restrictions"] for one in listed if one["restrictions"]} == {
        "match": [
            {"id": "rights", "regions": ["zj"], "reason": {"zh": "版权", "en": "rights"}, "instead": "", "until": None}
        ]
    }
    console = (await service.client.get("/api/channels")).json()["channels"]
    span = next(one for one in console if one["id"] == "match")["delivery"][-1]
    assert (span["event_id"], span["no_regional_blackout"], span["device_restrictions"]) == (10, False, 2)
    cue(channel, channel.presentation.end_90k, 10, 0x11, None)
    feed.seconds(7)
    assert (await service.client.get(path, headers=THERE)).status_code == 200


async def test_who_asks_is_told_where_he_is(tmp_path: Path):
    net = network(tmp_path, before='[viewers]\nchoice = "where-unknown"\n')
    async with served(net) as service:

        async def viewer(address: str, cookie: str = "") -> dict:
            headers = {"X-Forwarded-For": address} | ({"Cookie": cookie} if cookie else {})
            answer = await service.client.get("/api/viewer", headers=headers)
            assert answer.headers["cache-control"] == "private, no-store"
            return answer.json()

        known = {"region": "zj", "by": "address", "choices": [], "cookie": "yiwang_region"}
        assert await viewer("2001:db8:1::7") == known
        assert await viewer("2001:db8:1::7", "yiwang_region=js") == known
        unknown = {"region": "", "by": "unknown", "choices": ["zj", "js"], "cookie": "yiwang_region"}
        assert await viewer("2001:db8:9::7") == unknown
        chosen = unknown | {"region": "zj", "by": "choice"}
        assert await viewer("2001:db8:9::7", "a=b; yiwang_region=zj") == chosen
        assert await viewer("2001:db8:9::7", "yiwang_region=elsewhere") == unknown
        fed(net)
        said = {"X-Forwarded-For": "2001:db8:9::7", "Cookie": "yiwang_region=zj"}
        assert (await service.client.get("/live/match/index.m3u8", headers=said)).status_code == 451


async def test_what_strangers_forward_counts_for_nothing(tmp_path: Path):
    net = network(tmp_path, before='[viewers]\ntrusted = []\nregion = "zj"\n')
    async with served(net) as service:
        fed(net)
        for path in ("/live/match/index.m3u8", "/live/match/video/index.m3u8"):
            assert (await service.client.get(path, headers=HERE)).status_code == 451
        assert (await service.client.get("/api/viewer", headers=HERE)).json()["region"] == "zj"


async def test_operators_see_the_rules_and_what_they_do(node: tuple[Network, Served]):
    net, service = node
    fed(net)
    await service.client.get("/live/match/index.m3u8", headers=THERE)
    seen = (await service.client.get("/api/restrictions")).json()
    (rule,) = seen["rules"]
    assert (rule["id"], rule["not_in"], rule["regions"]) == ("rights", ["zj"], ["zj"])
    assert (rule["channels"], rule["held"], rule["until"]) == (["match"], ["match"], None)
    assert seen["refused"] == {"match": 1}
    assert seen["regions"][0] == {"id": "zj", "prefixes": ["2001:db8:1::/48"]}


async def test_lists_say_what_is_where(tmp_path: Path):
    net = network(tmp_path, 'instead = "news"')
    database = Database.open(net.config.database_url)
    one = OneNetworkService(net, database)
    keeping = asyncio.ensure_future(one.run())
    try:
        async with served(net, one) as service:
            there = (await service.client.get("/api/services?region=zj")).json()
            assert [s["id"] for s in there["services"]] == ["news"]
            (kept,) = there["kept_from"]
            assert (kept["id"], kept["restriction"], kept["instead"]) == ("match", "rights", "news")
            everywhere = (await service.client.get("/api/services")).json()
            assert everywhere["kept_from"] == []
            rules = {s["id"]: [rule["id"] for rule in s["restrictions"]] for s in everywhere["services"]}
            assert rules == {"match": ["rights"], "news": []}
            m3u = (await service.client.get("/playlist.m3u?region=zj")).text
            assert "/live/news/" in m3u
            assert "/live/match/" not in m3u
            xml = (await service.client.get("/dvbi/services.xml?region=zj")).text
            assert "/live/match/" not in xml
            whole = (await service.client.get("/dvbi/services.xml")).text
            assert whole.count("<TargetRegion>js</TargetRegion>") == 1
            explained = (await service.client.get("/api/services/match?region=zj")).json()
            assert explained["instead"]["service"] == "news"
            assert explained["instead"]["said"][0]["code"] == "kept-from-region"
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        database.close()


async def test_a_node_without_rules_looks_once_into_a_dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def not_asked(*args: object) -> None:
        raise AssertionError("nobody is to ask where a viewer is")

    monkeypatch.setattr(Regional, "viewer", not_asked)
    monkeypatch.setattr(Regional, "_span_ms", not_asked)
    net = plain(tmp_path, "one")
    channel = net.channels["one"]
    feeder(channel).seconds(6.5)
    async with served(net) as service:
        for path in ("index.m3u8", "video/index.m3u8", "manifest.mpd"):
            answer = await service.client.get(f"/live/one/{path}", headers=THERE)
            assert answer.status_code == 200
            assert answer.headers["cache-control"].startswith("public")
        listed = (await service.client.get("/api/network")).json()
    assert listed["viewer"] is None
    assert listed["services"][0]["restrictions"] == []
