"""Nodes of regions and a hub that reads them, through real HTTP; and what happens when a region errs or dies."""

import asyncio
import gzip
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import ipytv.playlist
import pytest
from lxml import etree
from structlog.testing import CapturingLogger

from tests.web.asgi import Served, served
from yiwang.base.said import clauses_of, said_as
from yiwang.dvbi.service_list import read_service_list
from yiwang.net import wall_clock
from yiwang.network.guide.event import Event
from yiwang.network.guide.schedule import Schedule, schedule_of
from yiwang.services import list_source, one_network
from yiwang.services.network import Network
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.xmltv.guide import Programme, Text
from yiwang.xmltv.writer import guide_pieces

HOUR = 3600
GUIDE = """<tv><channel id="{channel}"><display-name>{name}</display-name></channel>{programmes}</tv>"""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is not waited for."""
    monkeypatch.setattr(list_source, "RETRY_S", 0.2)


class Peer:
    """Somebody else's server: says what it is told to say."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.status = 200
        self.hangs = False
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.more = ""  # lines of the answers' heads

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "::1", 0)
        async with server:
            yield f"http://[::1]:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = head.split()[1]
                self.asked.append(path)
                self.heads.append(head)
                if self.hangs:
                    await asyncio.sleep(60)
                body = self.documents.get(path.partition("?")[0])
                status = self.status if body is not None else 404
                body = body or b""
                more = self.more.encode()
                writer.write(b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n" % (status, more, len(body)) + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass
class Running:
    """A node of which only the lists run."""

    network: Network
    one: OneNetworkService
    served: Served

    @property
    def url(self) -> str:
        return f"http://[::1]:{self.served.port}"

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.served.client.get(path, headers=headers)

    async def json(self, path: str) -> Any:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until(self, look: Callable[[OneNetworkService], Any], what: str) -> Any:
        for _ in range(600):
            seen = look(self.one)
            if seen:
                return seen
            await asyncio.sleep(0.05)
        pytest.fail(f"waited for {what}: {self.one.states()} {list(self.one.published.network.services)}")


@asynccontextmanager
async def running(folder: Path, config: str) -> AsyncIterator[Running]:
    folder.mkdir(exist_ok=True)
    network = Network(parse_config(f'[node]\nstate_dir = "{folder}"\n{config}', "net.toml"), "net.toml")
    database = Database.open(network.config.database_url)
    one = OneNetworkService(network, database)
    keeping = asyncio.ensure_future(one.run())
    try:
        async with served(network, one) as service:
            yield Running(network, one, service)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        database.close()


def region(id_: str, name: str, services: str) -> str:
    return f"""
domain = "{id_.lower()}.example"
[[region]]
id = "CN"
name = {{ zh = "中国", en = "China" }}
countries = ["CHN"]
[[region]]
id = "{id_}"
name = "{name}"
parent = "CN"
{services}
"""


def service(id_: str, name: str, region: str, number: int) -> str:
    return f"""
[[service]]
id = "{id_}"
name = "{name}"
region = "{region}"
number = {number}
source = "udp://[ff11::1]:{5000 + number}"
"""


def listing(id_: str, url: str, more: str = "", every: int = 5) -> str:
    return f'\n[[listing]]\nid = "{id_}"\nurl = "{url}"\nevery = {every}\n{more}\n'


ZHEJIANG = region(
    "CN-ZJ", "浙江", service("cctv1", "CCTV-1 综合", "CN-ZJ", 1) + service("zjws", "浙江卫视", "CN-ZJ", 4)
)
JIANGSU = region(
    "CN-JS", "江苏", service("yangshi1", "CCTV1 高清", "CN-JS", 1) + service("jscs", "江苏城市", "CN-JS", 30)
)


@asynccontextmanager
async def federation(folder: Path, more: str = "") -> AsyncIterator[tuple[Running, Running, Running]]:
    """Two regions and a hub that reads their registries."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        zj = await enter(running(folder / "zj", ZHEJIANG))
        js = await enter(running(folder / "js", JIANGSU))
        for node in (zj, js):
            await node.until(lambda one: len(one.published.network.services) == 2, "the region's services")
        lists = listing("zj", f"{zj.url}/dvbi/registry.xml") + listing("js", f"{js.url}/dvbi/registry.xml")
        hub = await enter(running(folder / "hub", f'domain = "hub.example"\n{lists}{more}'))
        await hub.until(lambda one: len(one.published.network.services) >= 3, "services of both regions")
        yield zj, js, hub


async def test_target_regions_of_a_list_are_restrictions_where_the_operator_says_so(tmp_path: Path):
    list_ = b"""<ServiceList xmlns="urn:dvb:metadata:servicediscovery:2025"
      version="1" id="tag:them,2026:l" xml:lang="en"><Name>N</Name><ProviderName>P</ProviderName>
      <Service version="1"><UniqueIdentifier>tag:them,2026:sport</UniqueIdentifier>
      <ServiceInstance><IdentifierBasedDeliveryParameters contentType="video/mp2t">http://[::1]:9/sport.ts</IdentifierBasedDeliveryParameters>
      </ServiceInstance><TargetRegion>CN-ZJ</TargetRegion><TargetRegion>CN-JS</TargetRegion>
      <ServiceName>Sport</ServiceName><ProviderName>P</ProviderName></Service></ServiceList>"""
    regions = "".join(f'[[region]]\nid = "{id_}"\nname = "{id_}"\n' for id_ in ("CN-ZJ", "CN-JS", "CN-AH"))
    peer = Peer()
    peer.documents["/l.xml"] = list_
    async with peer.running() as url:
        more = "carry = true\ntarget_regions = true"
        async with running(tmp_path / "hub", f"{regions}{listing('them', f'{url}/l.xml', more)}") as hub:
            (id_,) = await hub.until(lambda one: list(one.carrying.channels), "the carried channel")
            restrictions = hub.network.restrictions
            await hub.until(lambda one: restrictions.of(id_), "the list's TargetRegions")
            assert set(restrictions.regions_against(restrictions.of(id_)[0])) == {"CN-AH", ""}
            for region, there in (("CN-ZJ", 1), ("CN-JS", 1), ("CN-AH", 0)):
                assert (await hub.json(f"/api/services?region={region}"))["total"] == there
            whole = read_service_list((await hub.get("/dvbi/services.xml")).content)[0]
            assert whole.services[0].target_regions == ("CN-ZJ", "CN-JS")


@pytest.mark.parametrize("path", ["/playlist.m3u", "/dvbi/services.xml", "/api/services"])
async def test_who_asks_before_the_network_is_made_waits_and_is_told_no_empty_one(tmp_path: Path, path: str):
    async def before_it_is_made() -> tuple[str, str]:
        network = Network(parse_config(f'[node]\nstate_dir = "{tmp_path}"\n{ZHEJIANG}', "net.toml"), "net.toml")
        database = Database.open(network.config.database_url)
        one = OneNetworkService(network, database)
        try:
            async with served(network, one) as service, asyncio.TaskGroup() as group:
                asked = group.create_task(service.client.get(path))
                await asyncio.sleep(0.2)
                assert not asked.done()
                keeping = group.create_task(one.run())
                first = await asked
                second = await service.client.get(path)
                keeping.cancel()
        finally:
            database.close()
        return first.text, second.text

    for _ in range(2):  # with an empty database, and with one that knows the list and its version
        first, second = await before_it_is_made()
        assert "zjws" in first
        assert first == second


async def test_a_network_that_cannot_be_made_is_not_told_to_be_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(one_network, "MAKING_S", 0.05)
    network = Network(parse_config(f'[node]\nstate_dir = "{tmp_path}"\n{ZHEJIANG}', "net.toml"), "net.toml")
    database = Database.open(network.config.database_url)
    async with served(network, OneNetworkService(network, database)) as service:
        for path in ("/playlist.m3u", "/api/services"):
            answer = await service.client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "still being made" in answer.text
    database.close()


async def test_two_regions_become_one_network(tmp_path: Path):
    async with federation(tmp_path) as (zj, js, hub):
        network = hub.one.published.network
        by_region = {frozenset(m.region for m in s.members): s for s in network.services.values()}
        assert set(by_region) == {frozenset({"CN-ZJ", "CN-JS"}), frozenset({"CN-ZJ"}), frozenset({"CN-JS"})}
        national = by_region[frozenset({"CN-ZJ", "CN-JS"})]
        assert {m.source for m in national.members} == {"zj", "js"}
        assert {e.kind for e in national.evidence} == {"name"}
        assert network.numbers["CN-ZJ"][1] == network.numbers["CN-JS"][1] == national.id
        assert network.regions["CN-ZJ"].parent == "CN"

        explained = await hub.json(f"/api/services/{national.id}")
        assert {m["source"] for m in explained["service"]["members"]} == {"zj", "js"}
        assert explained["evidence"][0]["followed"] is True

        document = (await hub.get("/dvbi/services.xml")).content
        listed, unknown = read_service_list(document)
        assert unknown == {}
        assert len(listed.services) == 3
        jiangsu = read_service_list((await hub.get("/dvbi/services.xml?region=CN-JS")).content)[0]
        first = next(s for s in jiangsu.services if len(s.service_instances) > 3)
        assert first.service_instances[0].dash.uri_based_location.uri.value == f"{js.url}/live/yangshi1/manifest.mpd"

        playlist = ipytv.playlist.loads((await hub.get("/playlist.m3u?region=CN-ZJ")).text)
        assert [channel.url for channel in playlist] == [
            f"{zj.url}/live/cctv1/index.m3u8",
            f"{zj.url}/live/zjws/index.m3u8",
        ]
        found = await hub.json("/api/search?q=zjws")
        assert [item["title"] for item in found["found"]] == ["浙江卫视"]
        assert (await hub.get("/dvbi/services.xml?region=CN-XX")).status_code == 404


async def test_answers_are_asked_again_cheaply_and_change_only_with_their_content(tmp_path: Path):
    async with federation(tmp_path) as (zj, _, hub):
        for path in ("/dvbi/services.xml", "/playlist.m3u", "/guide.xml", "/guide.xml.gz", "/dvbi/registry.xml"):
            answer = await hub.get(path)
            assert answer.status_code == 200, path
            assert answer.headers["access-control-allow-origin"] == "*"
            again = await hub.get(path, **{"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), path
            head = await hub.served.client.head(path)
            assert (head.status_code, head.content) == (200, b""), path
            plain = await hub.get(path, **{"Accept-Encoding": "identity"})
            assert plain.content == answer.content, path  # the client unpacks
        before = await hub.get("/dvbi/services.xml")
        guide_before, version = hub.one.published.revision, hub.one.published.list_version
        source = hub.one.sources[0]
        (sid,) = [s.guide[1] for s in source.documents[1].listing.services if "zjws" in s.key]
        now_s = wall_clock.now_ms() // 1000
        source._guides[sid] = schedule_of(Event(start_s=now_s, stop_s=now_s + HOUR, titles=(Text("新闻", "zh"),)))
        hub.one._changed.set()
        await hub.until(lambda one: one.published.revision > guide_before, "the guide")
        assert (await hub.get("/dvbi/services.xml")).headers["etag"] == before.headers["etag"]
        assert zj.one.published.list_version >= 1
        assert hub.one.published.list_version == version


async def test_a_change_of_one_region_leaves_the_lists_of_others_as_they_are(tmp_path: Path):
    """Also over a restart; and the version of a list never falls."""
    peer, lists = Peer(), '[[region]]\nid = "CN"\nname = "中国"\ncountries = ["CHN"]\n'
    places = {"zj": "浙江新闻", "js": "江苏新闻"}
    async with peer.running() as url:
        for id_, name in places.items():
            peer.documents[f"/{id_}.m3u"] = f'#EXTM3U\n#EXTINF:-1 tvg-id="c",{name}\n{url}/a.m3u8\n'.encode()
            lists += f'[[region]]\nid = "CN-{id_.upper()}"\nname = "{id_}"\nparent = "CN"\n'
            lists += listing(id_, f"{url}/{id_}.m3u", f'region = "CN-{id_.upper()}"', every=86_400)
        paths = [
            f"{path}{query}"
            for path in ("/dvbi/services.xml", "/playlist.m3u", "/api/services")
            for query in ("", "?region=CN-ZJ", "?region=CN-JS")
        ]

        async def tags(node: Running) -> dict[str, str]:
            return {path: (await node.get(path)).headers["etag"] for path in paths}

        async def version(node: Running, region: str) -> int:
            return read_service_list((await node.get(f"/dvbi/services.xml?region={region}")).content)[0].version

        async with running(tmp_path, lists) as node:
            await node.until(lambda one: len(one.published.network.services) == 2, "both regions")
            before, versions = await tags(node), [await version(node, at) for at in ("CN-ZJ", "CN-JS")]
            published = node.one.published
            peer.documents["/zj.m3u"] = peer.documents["/zj.m3u"].replace(b"/a.m3u8", b"/b.m3u8")
            assert await node.one.sources[0]._refresh(node.served.client) == (True, "")
            node.one._changed.set()
            await node.until(lambda one: one.published is not published, "the new address")
            after = await tags(node)
            assert {path for path in paths if after[path] == before[path]} == {p for p in paths if "CN-JS" in p}
            assert await version(node, "CN-ZJ") > versions[0]
            assert await version(node, "CN-JS") == versions[1]
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: len(one.published.network.services) == 2, "both regions")
            here = [path for path in paths if "dvbi" in path]  # which say no address of the node's
            again = {path: (await node.get(path)).content for path in here}
            assert [await version(node, at) for at in ("CN-ZJ", "CN-JS")][1] == versions[1]
            assert all(again.values())


async def test_a_restart_knows_ids_numbers_and_the_last_good_copy(tmp_path: Path):
    async with federation(tmp_path) as (_, _, hub):
        ids = {m.id: s.id for s in hub.one.published.network.services.values() for m in s.members}
        numbers = hub.one.published.network.numbers
        gone = hub.one._config.listing[0].url, hub.one._config.listing[1].url
        version = hub.one.published.list_version
    lists = listing("zj", gone[0]) + listing("js", gone[1])
    async with running(tmp_path / "hub", f'domain = "hub.example"\n{lists}') as hub:
        await hub.until(lambda one: all(state.fault for state in one.states()), "both to be away")
        assert hub.one.published.list_version >= version
        known = hub.one._database.network()
        assert dict(known.members) == ids
        assert known.numbers == numbers


CHANNEL_LIST = """#EXTM3U
#EXTINF:-1 tvg-id="a" tvg-chno="5",湖南卫视
http://tv.example/hn.m3u8
#EXTINF:-1 tvg-id="b" tvg-chno="6",东方卫视
http://tv.example/df.m3u8
"""


def guide(hours: int = 4, title: str = "节目") -> bytes:
    """Programmes of an hour; now is the middle of the first, and will be for longer than a test takes."""
    begin_s = wall_clock.now_ms() // 1000 - HOUR // 2
    programmes = [
        Programme("a", begin_s + n * HOUR, begin_s + (n + 1) * HOUR, (Text(f"{title} {n}", "zh"),))
        for n in range(hours)
    ]
    return b"".join(guide_pieces([], programmes))


async def test_a_list_and_a_guide_of_others_are_one_network(tmp_path: Path):
    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml.gz": gzip.compress(guide())}
    async with peer.running() as url:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml.gz")
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.published.schedules, "the guide")
            window = await node.json("/api/guide?seconds=7200&limit=10")
            rows = {row["number"]: row for row in window["rows"]}
            assert [event["title"] for event in rows[5]["events"]] == ["节目 0", "节目 1", "节目 2"][
                : len(rows[5]["events"])
            ]
            assert len(rows[5]["events"]) >= 2
            assert rows[6]["events"] == []
            document = etree.fromstring((await node.get("/guide.xml")).content)
            assert [p.findtext("title") for p in document.iterfind("programme")] == [f"节目 {n}" for n in range(4)]
            (id_,) = {p.get("channel") for p in document.iterfind("programme")}
            assert id_ == rows[5]["id"]
            now_next = etree.fromstring((await node.get(f"/dvbi/schedule?sid={id_}&now_next=true")).content)
            assert len(now_next.findall(".//{*}ScheduleEvent")) == 2
            crid = now_next.find(".//{*}Program").get("crid")
            answer = await node.served.client.get("/dvbi/programme", params={"pid": crid})
            programme = etree.fromstring(answer.content)
            assert programme.findtext(".//{*}Title") == "节目 0"
            silent = etree.fromstring((await node.get(f"/dvbi/schedule?sid={rows[6]['id']}&now_next=true")).content)
            (said,) = silent.iterfind(".//{*}Schedule")
            assert said.get("start") < said.get("end"), "of a service without a guide as well"
            assert len(said) == 0
            assert (await node.get("/dvbi/schedule?sid=nobody")).status_code == 404
            assert (await node.get("/dvbi/schedule")).status_code == 400
            assert (await node.get(f"/dvbi/schedule?sid={id_}&start_unixtime=x")).status_code == 400
            hit = (await node.json("/api/search?q=jiemu"))["found"][0]
            assert (hit["kind"], hit["service"]) == ("event", id_)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "a playlist, a DVB-I list"),
        (b"<html>We moved</html>", "a playlist, a DVB-I list"),
        (b"#EXTM3U\n", "it is empty now"),
        (CHANNEL_LIST.encode()[:30], "it is empty now"),
        (gzip.compress(bytes(5_000_000)), "larger than"),
        (
            b'<!DOCTYPE x [<!ENTITY a "b">]><ServiceList xmlns="urn:dvb:metadata:servicediscovery:2024"/>',
            "cannot be read",
        ),
    ],
)
async def test_what_a_source_breaks_leaves_the_last_good_copy(tmp_path: Path, body: bytes, sentence: str):
    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode()}
    config = "max_mb = 1", 86_400  # the test alone reads it again
    async with peer.running() as url, running(tmp_path, listing("op", f"{url}/list.m3u", *config)) as node:
        await node.until(lambda one: len(one.published.network.services) == 2, "the services")
        published = node.one.published
        peer.documents["/list.m3u"] = body
        (source,) = node.one.sources
        with pytest.raises(list_source.DocumentError, match=sentence) as told:
            await source._refresh(node.served.client)
        assert clauses_of(said_as(f"{url}/list.m3u: {told.value}"))  # in both languages of the console
        assert node.one.published is published
        peer.documents["/list.m3u"] = CHANNEL_LIST.replace("东方", "上海东方").encode()
        assert await source._refresh(node.served.client) == (True, "")


async def test_a_playlist_outlives_the_guide_that_it_names(tmp_path: Path):
    peer = Peer()
    head = '#EXTM3U x-tvg-url="gone.xml,guide.xml"'
    peer.documents = {"/list.m3u": CHANNEL_LIST.replace("#EXTM3U", head, 1).encode(), "/guide.xml": guide()}
    async with peer.running() as url, running(tmp_path, listing("op", f"{url}/list.m3u")) as node:
        await node.until(lambda one: len(one.published.network.services) == 2, "the services")
        await node.until(lambda one: one.published.schedules, "the other guide")
        await node.until(lambda one: "gone.xml: the server answered 404" in one.states()[0].fault, "the fault")
        peer.documents["/gone.xml"] = guide()
        await node.until(lambda one: not one.states()[0].fault, "the end of the fault")


async def test_a_hub_has_all_of_a_guide_and_a_receiver_what_its_profile_has(tmp_path: Path):
    begin_s = wall_clock.now_ms() // 1000 - HOUR // 2
    told = "三百个字。" * 60
    programme = Programme(
        "a", begin_s, begin_s + HOUR, (Text("节目", "zh"),), descs=(Text(told, "zh"),), keywords=(Text("词", "zh"),)
    )
    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml": b"".join(guide_pieces([], [programme]))}
    async with peer.running() as url, AsyncExitStack() as stack:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml")
        node = await stack.enter_async_context(running(tmp_path / "node", lists))
        await node.until(lambda one: one.published.schedules, "the guide")
        hub = await stack.enter_async_context(running(tmp_path / "hub", listing("n", f"{node.url}/dvbi/registry.xml")))
        await hub.until(lambda one: one.published.schedules, "the guide by way of the node")
        (event,) = [event for schedule in hub.one.published.schedules.values() for event in schedule]
        assert [synopsis.value for synopsis in event.synopses] == [told]
        assert [keyword.value for keyword in event.keywords] == ["词"]
        (id_,) = node.one.published.schedules
        answer = await node.get(f"/dvbi/schedule?sid={id_}")
        assert len(etree.fromstring(answer.content).findtext(".//{*}Synopsis")) == 250
        assert "Prefer" in answer.headers["vary"]
        whole = await node.get(f"/dvbi/schedule?sid={id_}", Prefer="respond-async, details=all")
        assert whole.headers["preference-applied"] == "details=all"
        assert etree.fromstring(whole.content).findtext(".//{*}Synopsis") == told


async def test_a_schedule_that_comes_empty_takes_nothing_away(tmp_path: Path):
    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/schedule": b'<TVAMain xmlns="urn:tva:metadata:2024"/>'}
    async with peer.running() as url, running(tmp_path, listing("op", f"{url}/list.m3u")) as node:
        (source,) = node.one.sources
        assert len(source._read_guide("a", peer.documents["/schedule"])) == 0
        kept = schedule_of(Event(start_s=0, stop_s=HOUR, titles=(Text("节目", "zh"),)))
        source._guides["a"] = kept
        assert not await source._refresh_guide(node.served.client, "a", f"{url}/schedule")
        assert any(path.startswith("/schedule?sid=a&") for path in peer.asked)
        assert source._guides["a"] is kept


async def test_a_peer_that_hangs_or_fails_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("yiwang.net.document.SILENCE_TIMEOUT_S", 0.5)
    good, bad = Peer(), Peer()
    good.documents = {"/list.m3u": CHANNEL_LIST.encode()}
    bad.hangs = True
    async with good.running() as url, bad.running() as bad_url:
        lists = listing("bad", f"{bad_url}/x") + listing("op", f"{url}/list.m3u")
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: len(one.published.network.services) == 2, "the good one's services")
            await node.until(lambda one: one.states()[0].fault, "the fault to be known")
            (state, _) = await node.json("/api/sources")
            assert "silent" in state["fault"]
            assert state["fault_since"] is not None


@pytest.mark.parametrize("year", [1970, 2199])
async def test_a_peer_whose_clock_is_wrong_is_read_and_asked_in_its_own_words(tmp_path: Path, year: int):
    peer, then = Peer(), f"Thu, 01 Jan {year} 00:00:00 GMT"
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml": guide()}
    peer.more = f"Date: {then}\r\nLast-Modified: {then}\r\nExpires: {then}\r\nAge: 99999999\r\n"
    async with peer.running() as url:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml")
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.published.schedules, "the guide")
            window = await node.json("/api/guide?seconds=3600&limit=10")
            assert window["rows"][0]["events"][0]["title"] == "节目 0", "what is on goes by our clock"
            source = next(one for one in node.one.sources if one.listing.id == "op")
            assert not await source._refresh_document(node.served.client, f"{url}/list.m3u")
            assert f"if-modified-since: {then}\r\n".lower() in peer.heads[-1].lower()
            assert node.one.states()[0].fault == ""


async def test_a_region_that_renumbers_everything_changes_its_own_numbers_only(tmp_path: Path):
    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode()}
    async with peer.running() as url, running(tmp_path, listing("op", f"{url}/list.m3u")) as node:
        await node.until(lambda one: len(one.published.network.services) == 2, "the services")
        ids = set(node.one.published.network.services)
        peer.documents["/list.m3u"] = (
            CHANNEL_LIST.replace('chno="5"', 'chno="6"', 1).replace('chno="6",东', 'chno="5",东').encode()
        )
        node.one._changed.set()
        (source,) = node.one.sources
        await source._refresh(node.served.client)
        node.one._changed.set()
        await asyncio.sleep(1.5)
        assert set(node.one.published.network.services) == ids  # who they are does not hang on a number


async def test_a_fault_of_ours_in_the_lists_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode()}
    async with peer.running() as url, running(tmp_path, listing("op", f"{url}/list.m3u")) as node:
        await node.until(lambda one: len(one.published.network.services) == 2, "the services")
        published = node.one.published
        monkeypatch.setattr("yiwang.services.list_source.read_source", broken)
        monkeypatch.setattr("yiwang.network.assemble.Assembler.assemble", broken)
        peer.documents["/list.m3u"] = CHANNEL_LIST.replace("湖南", "湖北").encode()
        await node.until(lambda one: "ZeroDivisionError" in one.states()[0].fault, "the fault to be told")
        node.one._seen = None
        node.one._changed.set()
        await node.until(lambda one: one._seen is not None, "a round without a network")
        assert node.one.published is published
        monkeypatch.undo()
        monkeypatch.setattr(list_source, "RETRY_S", 0.2)
        await node.until(lambda one: one.published is not published, "the next list")


async def test_a_list_is_answered_anew_without_a_thread_once_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a thread")

    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode()}
    async with peer.running() as url, running(tmp_path, listing("op", f"{url}/list.m3u")) as node:
        await node.until(lambda one: len(one.published.network.services) == 2, "the services")
        id_ = next(iter(node.one.published.network.services))
        paths = ("/dvbi/services.xml", "/playlist.m3u", "/guide.xml", f"/dvbi/schedule?sid={id_}&now_next=true")
        first = {path: await node.get(path) for path in paths}
        monkeypatch.setattr("yiwang.web.lists_app.asyncio.to_thread", refused)
        for path, answer in first.items():
            assert answer.status_code == 200, path
            again = await node.get(path, **{"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), path
            assert (await node.get(path)).content == answer.content
        monkeypatch.undo()


async def test_the_api_s_answers_have_etags_that_change_with_what_they_tell(tmp_path: Path):
    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml": guide()}
    async with peer.running() as url:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml", every=86_400)
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.published.schedules, "the guide")
            start = wall_clock.now_ms() // 1000
            paths = (f"/api/guide?start={start}", "/api/services", "/api/services?limit=1")
            first = {path: await node.get(path) for path in paths}
            assert len({answer.headers["etag"] for answer in first.values()}) == len(paths)
            for path, answer in first.items():
                again = await node.get(path, **{"If-None-Match": answer.headers["etag"]})
                assert (again.status_code, again.content) == (304, b"")
                plain = await node.get(path, **{"Accept-Encoding": "identity"})
                assert plain.json() == answer.json()
            peer.documents["/guide.xml"] = guide(title="新")
            revision = node.one.published.revision
            assert await node.one.sources[1]._refresh(node.served.client) == (True, "")
            node.one._changed.set()
            await node.until(lambda one: one.published.revision > revision, "the new guide")
            for path, answer in first.items():
                again = await node.get(path, **{"If-None-Match": answer.headers["etag"]})
                assert again.status_code == (200 if "guide" in path else 304), "a guide changes no list"
            events = (await node.json(paths[0]))["rows"][0]["events"]
            assert all(event["title"].startswith("新") for event in events)


async def test_nothing_waits_for_the_search_and_the_store_but_they_follow(tmp_path: Path):
    peer, held = Peer(), threading.Event()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml": guide()}
    async with peer.running() as url:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml", every=86_400)
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.published.schedules, "the guide")
            index, keep = node.one.search.update, node.one._database.save_source
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(node.one.search, "update", lambda *told: (held.wait(60), index(*told)))
                patch.setattr(node.one._database, "save_source", lambda *told: (held.wait(60), keep(*told)))
                readers = []
                try:
                    for title in ("新", "又"):
                        peer.documents["/guide.xml"] = guide(title=title)
                        readers.append(asyncio.ensure_future(node.one.sources[1]._refresh(node.served.client)))
                        await node.until(
                            lambda one, now=title: told_now(one).startswith(now), "a guide that nobody keeps yet"
                        )
                finally:
                    held.set()
                await asyncio.gather(*readers)
            await node.until(lambda one: one.search.search("又", 0).total, "the search")
            (id_,) = node.one.published.schedules
            stored = await node.until(lambda one: stored_now(one, id_), "the stored guide")
            assert stored == node.one.published.schedules[id_]


async def test_the_search_steps_back_while_a_network_is_made(tmp_path: Path):
    peer, is_read = Peer(), threading.Event()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml": guide()}
    async with peer.running() as url:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml", every=86_400)
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.search.search("节目", 0).total, "the search")
            await node.until(lambda one: one._at_leisure.is_set(), "an end of the making")
            schedules = node.one.published.schedules
            node.one._at_leisure.clear()
            reading = asyncio.ensure_future(
                asyncio.to_thread(lambda: (list(node.one._texts(schedules, schedules)), is_read.set()))
            )
            await asyncio.sleep(0.1)
            assert not is_read.is_set()
            node.one._at_leisure.set()
            await reading
            assert is_read.is_set()


def told_now(one: OneNetworkService) -> str:
    """The title of the first event of the only guide there is."""
    (schedule,) = one.published.schedules.values()
    return schedule[0].title


def stored_now(one: OneNetworkService, id_: str) -> Schedule | None:
    """The guide that is stored, if it is the one that is published."""
    stored = one._database.schedule(id_)
    schedule = Schedule.from_bytes(stored.octets) if stored is not None else None
    return schedule if schedule == one.published.schedules[id_] else None


async def test_a_revision_that_was_published_never_comes_again(tmp_path: Path):
    peer = Peer()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml": guide()}
    async with peer.running() as url:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml", every=86_400)
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.published.schedules, "the guide")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(node.one, "_store", lambda: None)  # as if the node went down before
                for n in range(3):
                    peer.documents["/guide.xml"] = guide(title=f"新{n}")
                    assert await node.one.sources[1]._refresh(node.served.client) == (True, "")
                    await node.until(lambda one, now=f"新{n}": told_now(one).startswith(now), "the new guide")
            last = node.one.published.revision
            assert node.one._database.revision() >= last
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.published.network.services, "the services")
            assert node.one.published.revision > last


async def test_a_guide_that_changes_elsewhere_leaves_the_etag_of_a_window(tmp_path: Path):
    peer = Peer()
    first = guide()
    peer.documents = {"/list.m3u": CHANNEL_LIST.encode(), "/guide.xml": first}
    async with peer.running() as url:
        lists = listing("op", f"{url}/list.m3u") + listing("epg", f"{url}/guide.xml", every=86_400)
        async with running(tmp_path, lists) as node:
            await node.until(lambda one: one.published.schedules, "the guide")
            start = wall_clock.now_ms() // 1000
            (told,) = node.one.published.schedules
            other = next(id_ for id_ in node.one.published.network.services if id_ != told)
            of_it, of_other, later = (
                f"/api/guide?start={start}&service={told}", f"/api/guide?start={start}&service={other}",
                f"/api/guide?start={start + 40 * 86_400}&service={told}",
            )  # fmt: skip
            before = {path: (await node.get(path)).headers["etag"] for path in (of_it, of_other, later)}
            for title in ("新", ""):
                revision = node.one.published.revision
                peer.documents["/guide.xml"] = guide(title=title) if title else first
                assert await node.one.sources[1]._refresh(node.served.client) == (True, "")
                await node.until(lambda one, was=revision: one.published.revision > was, "another guide")
                now = {path: await node.get(path, **{"If-None-Match": etag}) for path, etag in before.items()}
                assert [now[path].status_code for path in (of_other, later)] == [304, 304]
                assert now[of_it].status_code == (200 if title else 304), "what is told again has its ETag again"
            packed, plain = [await node.get(of_it, **{"Accept-Encoding": how}) for how in ("gzip", "identity")]
            assert packed.headers["etag"] != plain.headers["etag"]
            assert packed.json() == plain.json()


async def test_guides_that_do_not_come_are_told_once_with_how_many(tmp_path: Path):
    async with federation(tmp_path) as (zj, _, hub):
        (source, _) = hub.one.sources
        client = hub.served.client
        await hub.until(lambda _: source.state.guides_asked, "the guides, which come after their list")
        n = len([d for document in source.documents for d in document.listing.services])
        assert (source.state.guides_asked, source.state.guides_failing) == (n, 0)
        real = list_source.fetch

        async def broken(client: Any, url: str, *more: Any, **options: Any) -> Any:
            if "/dvbi/schedule" in url:
                raise list_source.DocumentError("the server answered 500")
            return await real(client, url, *more, **options)

        logger = CapturingLogger()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(list_source, "log", logger)
            patch.setattr(list_source, "fetch", broken)
            for _ in range(3):
                await source._refresh_guides(client)
        (said,) = (call for call in logger.calls if call.method_name == "warning")
        assert said.args[0].startswith("guides of services cannot be read")
        assert said.kwargs["failing"] == n
        (state, _) = await hub.json("/api/sources")
        assert (state["guides_asked"], state["guides_failing"]) == (n, n)
        assert state["guide_fault"] == f"{zj.url}/dvbi/schedule: the server answered 500"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(list_source, "log", logger)
            await source._refresh_guides(client)
        assert logger.calls[-1].args == ("guides of services are read again",)
        assert source.state.guides_failing == 0


async def test_an_endpoint_that_gives_no_guide_is_not_asked_for_all_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []

    async def broken(_: Any, url: str, *__: Any, **options: Any) -> Any:
        asked.append(url)
        raise list_source.DocumentError("silent")

    many = "".join(service(f"s{n}", f"频道 {n}", "CN-ZJ", n + 1) for n in range(40))
    async with running(tmp_path / "zj", region("CN-ZJ", "浙江", many)) as zj:
        await zj.until(lambda one: len(one.published.network.services) == 40, "the region's services")
        async with running(tmp_path / "hub", listing("zj", f"{zj.url}/dvbi/registry.xml")) as hub:
            await hub.until(lambda one: len(one.published.network.services) == 40, "them at the hub")
            (source,) = hub.one.sources
            await hub.until(lambda _: source.state.guides_asked == 40, "the first round")
            monkeypatch.setattr(list_source, "fetch", broken)
            await source._refresh_guides(hub.served.client)
            assert list_source.MOST_IN_VAIN <= len(asked) < list_source.MOST_IN_VAIN + list_source.GUIDES_AT_ONCE
            assert source.state.guides_failing == 40
