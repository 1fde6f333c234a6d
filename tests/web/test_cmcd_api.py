"""Reports of players: over HTTP, into the figures for Prometheus."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.asgi import served
from yiwang.services.network import Network
from yiwang.store.config_file import parse_config

CONFIG = """
[node]
state_dir = "{folder}"
{more}
[[service]]
id = "one"
source = "udp://[ff11::1]:5000"
"""
HEADERS = {"Content-Type": "application/cmcd"}
START = 'cid="one",e=ps,sid="a",sn=0,sta=s,ts=1764216000000,v=2\n'
PLAYS = 'br=(5000;v),cid="one",e=ps,ltc=1200,msd=700,sid="a",sn=1,sta=p,ts=1764216000700,v=2\n'
LATER = 'bsa=(1),bsda=(1500),cid="one",e=t,sid="a",sn=2,sta=p,ts=1764216010700,v=2\n'


def network(folder: Path, more: str = "") -> Network:
    return Network(parse_config(CONFIG.format(folder=folder / "state", more=more), "x.toml"), "x.toml")


async def figures(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    text = (await client.get("/metrics")).text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "viewer" in sample.name or "cmcd" in sample.name
    }


async def test_reports_are_counted_by_channel(tmp_path: Path):
    async with served(network(tmp_path)) as node:
        assert (await node.client.get("/api/network")).json()["cmcd"] == "/api/cmcd"
        assert await figures(node.client) == {}
        assert (await node.client.get("/api/channels/one")).json()["viewers"] is None
        answer = await node.client.post("/api/cmcd", content=START + PLAYS, headers=HEADERS)
        assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (204, b"", "no-store")
        await node.client.post("/api/cmcd", content=LATER + LATER + "nonsense\n", headers=HEADERS)
        found = await figures(node.client)
        told = (await node.client.get("/api/channels/one")).json()["viewers"]
    assert told == {
        **{"viewers": 1, "bit_rate_bps": 5e6, "latency_s": 1.2, "sessions": 1, "played_s": 10.0},
        **{"stalls": 1, "stalled_s": 1.5, "errors": 0},
    }
    assert found["yiwang_viewers", "one"] == 1
    assert found["yiwang_viewer_sessions_total", "one"] == 1
    assert found["yiwang_viewer_played_seconds_total", "one"] == 10
    assert found["yiwang_viewer_stalls_total", "one"] == 1
    assert found["yiwang_viewer_stalled_seconds_total", "one"] == 1.5
    assert found["yiwang_viewer_bit_rate_bps", "one"] == 5e6
    assert found["yiwang_viewer_latency_seconds", "one"] == 1.2
    buckets = [
        found["yiwang_viewer_startup_seconds_bucket", *sorted(["one", bound])] for bound in ("0.5", "1.0", "+Inf")
    ]
    assert buckets == [0, 1, 1]
    assert found["yiwang_viewer_startup_seconds_sum", "one"] == 0.7
    results = {key[1]: value for key, value in found.items() if key[0] == "yiwang_cmcd_reports_total"}
    assert results == {"taken": 3, "repeated": 1, "malformed": 1}


@pytest.mark.parametrize(
    ("content", "headers", "status", "says"),
    [
        ("nonsense", HEADERS, 400, "expected"),
        (START.replace("v=2", "v=1"), HEADERS, 400, "v=2"),
        (START, {"Content-Type": "text/plain"}, 415, "application/cmcd"),
        (START * 2000, HEADERS, 413, "65536"),
    ],
)
async def test_what_is_no_report_is_refused_in_a_line(tmp_path: Path, content, headers, status, says):
    async with served(network(tmp_path)) as node:
        answer = await node.client.post("/api/cmcd", content=content, headers=headers)
        assert answer.status_code == status
        assert says in answer.text
        assert answer.text.count("\n") == 1
        assert (await node.client.get("/metrics")).status_code == 200


async def test_content_that_is_no_channel_is_only_counted(tmp_path: Path):
    async with served(network(tmp_path)) as node:
        other = START.replace("one", "nine")
        assert (await node.client.post("/api/cmcd", content=other, headers=HEADERS)).status_code == 204
        assert await figures(node.client) == {("yiwang_cmcd_reports_total", "unknown_content"): 1}


async def test_one_switch_turns_it_off(tmp_path: Path):
    async with served(network(tmp_path, "[audience]\ncmcd = false")) as node:
        assert (await node.client.get("/api/network")).json()["cmcd"] is None
        answer = await node.client.post("/api/cmcd", content=START, headers=HEADERS)
        assert answer.status_code == 410  # CTA-5004-A: the player is to be silent from then on
        assert await figures(node.client) == {}


def test_a_node_without_viewers_does_not_load_it():
    look = "import sys, yiwang.web.api; print([m for m in sys.modules if m.startswith(('yiwang.cmcd', 'yiwang.audience'))])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
