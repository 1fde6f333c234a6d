"""`/api/guide`, `/api/search` and `/api/programme`: what the web TV shows, of a guide that a file tells."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.web.asgi import Served, served
from yiwang.net import wall_clock
from yiwang.network.guide.event import Event
from yiwang.services.network import Network
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.web.network_api import second
from yiwang.web.programme_api import episode_of
from yiwang.xmltv.guide import Credit, Programme, SystemValue, Text
from yiwang.xmltv.writer import guide_pieces

HOUR = 3600
NOW_S = wall_clock.now_ms() // 1000 // HOUR * HOUR
LONG = "一支车队穿过戈壁。" * 20


def programme(channel: str, hour: int, *titles: Text, **more: Any) -> Programme:
    return Programme(channel, NOW_S + hour * HOUR, NOW_S + (hour + 1) * HOUR, titles, **more)


GUIDE = (
    programme(
        "a", 0, Text("戈壁之上", "zh"), Text("Over the Gobi", "en"),
        descs=(Text("A convoy crosses the desert.", "en"), Text(LONG, "zh")), sub_titles=(Text("启程", "zh"),),
        credits=(Credit("director", "沈一帆"), Credit("actor", "周沐", "队长")), categories=(Text("纪录片", "zh"),),
        episode_nums=(SystemValue("1.4/12.", "xmltv_ns"), SystemValue("S2E5", "onscreen")),
        ratings=(SystemValue("12", "CSM"),), date="2025", star_ratings=(SystemValue("4/5"),), new=True,
    ),
    programme("a", 1, Text("新闻", "zh"), categories=(Text("新闻", "zh"),)),
    programme("b", 5, Text("戈壁之上 第6集", "zh")),
    programme("b", 6, Text("周沐访谈", "zh"), credits=(Credit("guest", "周沐"),)),
    programme("b", -3, Text("戈壁之上", "zh")),
)  # fmt: skip


def section(id_: str, name: str, region: str, number: int) -> str:
    return (
        f'[[service]]\nid = "{id_}"\nname = "{name}"\nregion = "{region}"\nnumber = {number}\n'
        f'source = "udp://[ff11::1]:{5000 + number}"\n'
    )


CONFIG = """
[[region]]
id = "east"
name = {{ zh = "东", en = "East" }}
[[region]]
id = "west"
name = {{ zh = "西", en = "West" }}
[[listing]]
id = "guide"
url = "file://{guide}"
{services}
"""


@pytest.fixture(autouse=True)
def within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ten past, whenever this runs: what is on and what is over are found in another order."""
    monkeypatch.setattr(wall_clock, "now_ms", lambda: 1000 * (NOW_S + 600))


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Served]:
    """Two channels of the node with a guide, and one that only a list knows."""
    (tmp_path / "guide.xml").write_bytes(b"".join(guide_pieces([], GUIDE)))
    (tmp_path / "list.m3u").write_text(
        '#EXTM3U\n#EXTINF:-1 tvg-id="far" tvg-chno="9",远方\nhttp://tv.example/far.m3u8\n'
    )
    services = section("a", "东方一套", "east", 1) + section("b", "西方一套", "west", 2)
    services += f'[[listing]]\nid = "far"\nurl = "file://{tmp_path}/list.m3u"\n'
    config = CONFIG.format(guide=tmp_path / "guide.xml", services=services)
    network = Network(parse_config(f'[node]\nstate_dir = "{tmp_path}"\n{config}', "net.toml"), "net.toml")
    database = Database.open(network.config.database_url)
    one = OneNetworkService(network, database)
    keeping = asyncio.ensure_future(one.run())
    try:
        async with served(network, one) as service:
            async with asyncio.timeout(60):
                while len(one.published.schedules) < 2 or len(one.published.network.services) < 3:
                    await asyncio.sleep(0.05)
            yield service
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        database.close()


async def ask(node: Served, path: str, **query: Any) -> Any:
    answer = await node.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_guide_tells_what_this_node_plays_and_in_which_language(node: Served):
    window = await ask(node, "/api/guide", start=NOW_S, seconds=2 * HOUR, lang="en")
    assert [row["channel"] for row in window["rows"]] == ["a", "b", ""]
    first, second = window["rows"][0]["events"]
    assert (first["title"], first["text"]) == ("Over the Gobi", "A convoy crosses the desert.")
    assert (first["subject"], second["subject"], second["title"]) == ("education", "news", "新闻")
    chinese = await ask(node, "/api/guide", start=NOW_S, seconds=HOUR, lang="zh-CN", brief=True)
    assert (chinese["rows"][0]["events"][0]["title"], chinese["rows"][0]["events"][0]["text"]) == ("戈壁之上", "")


async def test_rows_are_of_the_channels_asked_for_in_their_order(node: Served):
    window = await ask(node, "/api/guide", channel=["b", "nobody", "a", "b"], seconds=HOUR)
    assert [row["channel"] for row in window["rows"]] == ["b", "a"]
    assert window["total"] == 2
    assert [row["place"] for row in window["rows"]] == [1, 0]
    ids = [row["id"] for row in window["rows"]]
    by_service = await ask(node, "/api/guide", service=[*ids, "nobody"], seconds=HOUR)
    assert [row["id"] for row in by_service["rows"]] == ids
    east = await ask(node, "/api/guide", channel=["b", "a"], region="east", seconds=HOUR)
    assert [row["channel"] for row in east["rows"]] == ["a"]
    assert (await ask(node, "/api/guide", channel=["nobody"]))["rows"] == []


async def test_a_programme_has_all_its_details(node: Served):
    (row,) = (await ask(node, "/api/guide", channel="a", start=NOW_S, seconds=60))["rows"]
    shown = await ask(node, "/api/programme", service=row["id"], at=NOW_S + 1800, lang="zh")
    assert shown["event"]["start"] == row["events"][0]["start"]
    assert (shown["channel"], shown["number"]) == ("a", 1)
    assert shown["event"]["text"] == LONG
    assert shown["event"]["sub_title"] == "启程"
    assert shown["credits"] == [
        {"job": "director", "name": "沈一帆", "role": ""},
        {"job": "actor", "name": "周沐", "role": "队长"},
    ]
    assert shown["episode"] == {"season": 2, "number": 5, "of": 12, "text": "S2E5"}
    assert (shown["date"], shown["categories"], shown["stars"]) == ("2025", ["纪录片"], ["4/5"])
    assert shown["ratings"] == [{"system": "CSM", "value": "12"}]
    assert shown["event"]["flags"] == ["new"]


async def test_repeats_are_to_come_and_related_have_its_people(node: Served):
    (row,) = (await ask(node, "/api/guide", channel="a", start=NOW_S, seconds=60))["rows"]
    shown = await ask(node, "/api/programme", service=row["id"], at=NOW_S)
    (repeat,) = shown["repeats"]
    assert (repeat["title"], repeat["channel"], repeat["number"]) == ("戈壁之上 第6集", "b", 2)
    (related,) = shown["related"]
    assert (related["title"], related["service_names"][0]["value"]) == ("周沐访谈", "西方一套")


@pytest.mark.parametrize(("service", "hour"), [("nobody", 0), ("a", 3)])
async def test_where_nothing_is_known_that_is_said(node: Served, service: str, hour: int):
    known = {row["channel"]: row["id"] for row in (await ask(node, "/api/guide"))["rows"]}
    at = NOW_S + hour * HOUR
    answer = await node.client.get("/api/programme", params={"service": known.get(service, service), "at": at})
    assert answer.status_code == 404
    assert service in answer.json()["detail"] or known.get(service, "") in answer.json()["detail"]


async def test_what_is_found_can_be_watched_where_this_node_plays_it(node: Served):
    found = (await ask(node, "/api/search", q="yifang"))["found"]
    channels = [item["channel"] for item in found if item["kind"] == "service"]
    assert channels == []  # 一 is yi, 方 fang: of 东方一套 there is fang yi, not yi fang
    for lang, title in (("en", "Over the Gobi"), ("zh-CN", "戈壁之上")):
        found = (await ask(node, "/api/search", q="gebizhishang", lang=lang))["found"]
        assert title in [item["title"] for item in found]
    found = (await ask(node, "/api/search", q="dfyt"))["found"]
    assert [(item["channel"], item["number"]) for item in found] == [("a", 1)]
    found = (await ask(node, "/api/search", q="yuanfang"))["found"]
    assert [(item["channel"], item["title"]) for item in found] == [("", "远方")]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((SystemValue("0.0.0/1", "xmltv_ns"),), (1, 1, None, "")),
        ((SystemValue(" . 7 / 24 . ", "xmltv_ns"),), (None, 8, 24, "")),
        ((SystemValue("3..", "xmltv_ns"), SystemValue("Season 4", "onscreen")), (4, None, None, "Season 4")),
        ((SystemValue("..", "xmltv_ns"), SystemValue("第3集", "onscreen")), (None, None, None, "第3集")),
        ((SystemValue("EP0123", "dd_progid"),), None),
        ((), None),
    ],
)
def test_episodes_count_from_one(numbers: tuple[SystemValue, ...], expected: tuple[Any, ...] | None):
    episode: BaseModel | None = episode_of(Event(start_s=0, stop_s=1, episode_nums=numbers))
    assert (tuple(episode.model_dump().values()) if episode is not None else None) == expected


async def test_a_title_is_found_in_each_of_its_languages(node: Served):
    for text in ("over the gobi", "戈壁之上", "qicheng"):
        found = (await ask(node, "/api/search", q=text, lang="en", kind="event"))["found"]
        assert found[0]["title"] == "Over the Gobi", text
    assert found[0]["sub_title"] == "启程"
    found = (await ask(node, "/api/search", q="gobi", lang="en", kind="event"))["found"]
    assert found[0]["reasons"] == [
        {"field": "sub_title", "text": "Over the Gobi", "spans": [[9, 13]], "by": "characters"}
    ]


async def test_a_programme_is_found_once_with_all_its_showings(node: Served):
    apart = await ask(node, "/api/search", q="戈壁之上", lang="en")
    assert (apart["total"], len(apart["found"])) == (3, 3)
    assert [item["others"] for item in apart["found"]] == [[], [], []]
    together = await ask(node, "/api/search", q="戈壁之上", lang="en", together=True)
    assert together["total"] == 1
    (found,) = together["found"]
    assert (found["title"], found["channel"], found["n_others"]) == ("Over the Gobi", "a", 2)  # it is on
    assert [(o["title"], o["channel"], o["number"], o["start"]) for o in found["others"]] == [
        ("戈壁之上 第6集", "b", 2, second(NOW_S + 5 * HOUR)),
        ("戈壁之上", "b", 2, second(NOW_S - 3 * HOUR)),
    ]
    assert found["others"][0]["service_names"][0]["value"] == "西方一套"
