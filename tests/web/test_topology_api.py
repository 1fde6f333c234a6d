"""The shape of the network: regions, what the guide covers, where channels go when a source fails."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.asgi import Served, served
from yiwang.net import wall_clock
from yiwang.network.guide.event import Event
from yiwang.network.guide.schedule import schedule_of
from yiwang.services.network import Network
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.web.topology_api import CELL_S, covered
from yiwang.xmltv.guide import Programme, Text
from yiwang.xmltv.writer import guide_pieces


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=12), st.integers(1, 50))
def test_what_is_covered_is_what_counting_seconds_says(spans: list[tuple[int, int]], step: int):
    at, events = 0, []
    for pause, length in spans:
        at += pause
        events.append((at, at + length))
        at += length
    schedule = schedule_of(*(Event(start_s=start, stop_s=stop, titles=(Text("x", ""),)) for start, stop in events))
    edges = 100 + step * np.arange(9)
    seconds = np.zeros(20_000)
    for start, stop in events:
        seconds[start:stop] = 1
    expected = [seconds[a:b].mean() for a, b in zip(edges, edges[1:], strict=False)]
    assert covered(schedule, edges) == pytest.approx(expected)


HOUR = 3600
CELL = wall_clock.now_ms() // 1000 // CELL_S * CELL_S

CONFIG = """
[[region]]
id = "north"
name = {{ zh = "北方", en = "North" }}
[[region]]
id = "north-city"
name = {{ zh = "北城", en = "North City" }}
parent = "north"
[[listing]]
id = "guide"
url = "file://{folder}/guide.xml"
[[listing]]
id = "far"
url = "file://{folder}/list.m3u"
[[service]]
id = "a"
name = "东方一套"
region = "north-city"
number = 1
source = ["udp://[ff11::1]:5001", "udp://[ff11::2]:5001"]
[[service]]
id = "b"
name = "西方一套"
region = "north-city"
number = 2
source = "udp://[ff11::1]:5002"
"""


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Served]:
    guide = [Programme("a", CELL, CELL + CELL_S * 5 // 2, (Text("长片", "zh"),))]
    (tmp_path / "guide.xml").write_bytes(b"".join(guide_pieces([], guide)))
    (tmp_path / "list.m3u").write_text(
        '#EXTM3U\n#EXTINF:-1 tvg-id="b" tvg-chno="2",西方一套\nhttp://tv.example/b.m3u8\n'
    )
    text = f'[node]\nstate_dir = "{tmp_path}"\n{CONFIG.format(folder=tmp_path)}'
    network = Network(parse_config(text, "net.toml"), "net.toml")
    database = Database.open(network.config.database_url)
    one = OneNetworkService(network, database)
    keeping = asyncio.ensure_future(one.run())
    try:
        async with served(network, one) as service:
            async with asyncio.timeout(60):
                while not one.published.schedules or len(one._seen.services if one._seen else ()) < 3:
                    await asyncio.sleep(0.05)
            yield service
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        database.close()


async def test_regions_are_a_tree(node: Served):
    regions = {region["id"]: region for region in (await node.client.get("/api/regions")).json()}
    assert regions["north"]["parent"] == ""
    assert regions["north-city"]["parent"] == "north"
    assert (regions["north-city"]["services"], regions["north-city"]["own"]) == (2, 2)
    assert {"value": "北城", "lang": "zh"} in regions["north-city"]["names"]
    assert regions["north-city"]["lists"] == []
    assert (regions[""]["own"], regions[""]["lists"]) == (0, [{"source": "far", "services": 1}])


async def test_the_guide_covers_what_it_tells(node: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wall_clock, "now_ms", lambda: 1000 * CELL + 5)  # the cell may have ended since
    view = (await node.client.get("/api/guide/coverage?days=1")).json()
    assert (view["start_s"], view["step_s"]) == (CELL, CELL_S)
    of = {row["names"][0]["value"]: row["percent"] for row in view["rows"]}
    assert of["东方一套"] == [100, 100, 50, 0, 0, 0, 0, 0]
    assert of["西方一套"] == [0] * 8
    assert view["mean"][0] == round(100 / view["total"])
    page = (await node.client.get("/api/guide/coverage?offset=1&limit=1&days=2")).json()
    assert (len(page["rows"]), page["total"], len(page["mean"])) == (1, view["total"], 16)


async def test_where_a_channel_goes_when_a_source_fails(node: Served):
    view = {one["channel"]: one for one in (await node.client.get("/api/failover")).json()}
    assert [source["url"] for source in view["a"]["sources"]] == ["udp://[ff11::1]:5001", "udp://[ff11::2]:5001"]
    assert not any(source["in_use"] for source in view["a"]["sources"])  # the channels are not run
    if "b" in view:  # where the lists' services are taken for the same
        assert view["b"]["elsewhere"] == [{"source": "far", "region": ""}]
