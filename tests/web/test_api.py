"""What viewers' pages, operators and machines are told of the network."""

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.services.hand_fed import PACKAGING, Feeder, feeder, network, stream
from tests.web.asgi import Served, served
from yiwang import __version__
from yiwang.base.events import Fault
from yiwang.net import wall_clock
from yiwang.net.merged_source import MergedSource
from yiwang.net.process import ProcessMeter
from yiwang.net.pump import Pump
from yiwang.net.source_url import MergedSpec, parse_source_url
from yiwang.packaging.events import CuePublished
from yiwang.services.network import Network
from yiwang.services.picture_alarms import Limits, PictureAlarms
from yiwang.store.config_file import parse_config
from yiwang.web import api, network_feed
from yiwang.web.views import iso

CONFIG = """
[node]
name = {{zh = "一网", en = "One"}}
state_dir = "{folder}"
{packaging}
[[region]]
id = "north"
name = {{zh = "北方", en = "North"}}
[[service]]
id = "one"
name = {{zh = "一台", en = "One"}}
region = "north"
number = 7
source = "srt://[::1]:5000?passphrase=verysecret"
[[service]]
id = "two"
source = "http://user:verysecret@[::1]/two.ts"
low_latency = false
measure_buffers = true
[[service]]
id = "three"
number = 1
source = "udp://[ff11::1]:5000"
"""


@pytest.fixture
async def node(tmp_path: Path):
    text = CONFIG.format(folder=tmp_path / "state", packaging=PACKAGING)
    it = Network(parse_config(text, "net.toml"), "net.toml")
    async with served(it) as service:
        yield it, service


@pytest.fixture
def every_look_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LOOK_S", 0.01)
    monkeypatch.setattr(network_feed, "LOOK_MS", 0)


def fed(net: Network, service_id: str = "one", seconds: float = 6) -> Feeder:
    feed = feeder(net.channels[service_id])
    feed.now_ms += 60_000  # however long the rest of the test takes, it is live
    feed.seconds(seconds)
    return feed


async def test_a_viewer_is_told_of_regions_services_and_tracks(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net)
    got = await client.get("/api/network")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["cache-control"] == "no-store"
    view = got.json()
    assert view["name"] == {"zh": "一网", "en": "One"}
    assert view["version"] == __version__
    assert [region["id"] for region in view["regions"]] == ["north", ""]
    services = view["services"]
    assert [(s["number"], s["id"], s["region"]) for s in services] == [
        (1, "three", ""),
        (2, "two", ""),
        (7, "one", "north"),
    ]
    one = services[2]
    assert (one["state"], one["reason"], one["low_latency"]) == ("live", None, True)
    assert (one["hls"], one["dash"]) == ("/live/one/index.m3u8", "/live/one/manifest.mpd")
    video, audio = one["tracks"]
    assert (video["kind"], video["width"], video["height"], video["frame_rate"]) == ("video", 96, 64, 25)
    assert video["codec"].startswith("avc1.")
    assert (audio["kind"], audio["codec"], audio["channels"], audio["sampling_frequency"]) == (
        *("audio", "mp4a.40.2", 2, 48000),
    )
    assert services[0]["name"] == {"zh": "three", "en": "three"}
    assert services[0]["tracks"] == []
    assert services[0]["state"] in ("starting", "no-signal")  # by how fast this machine is
    assert (await client.get(one["hls"])).status_code == 200
    assert (await client.get(one["dash"])).status_code == 200
    assert (one["ts"], one["original"]) == ("/live/one/ts.m3u8", "/live/one/stream.ts")
    assert (await client.get(one["ts"])).status_code == 200


async def test_an_operator_sees_each_channel_and_no_secret(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    feed = fed(net)
    channel = net.channels["one"]
    channel.health.tick()
    channel._note(Fault("continuity_count_error", 3, pid=256))
    end_90k = channel.presentation.end_90k
    channel.presentation.apply(CuePublished("out", 7, 0, end_90k, 450_000, True, b"\xfc"))
    got = await client.get("/api/channels")
    assert got.headers["cache-control"] == "no-store"
    assert "verysecret" not in got.text
    view = got.json()
    assert view["node"]["rss_bytes"] > 10_000_000
    assert 0 <= view["node"]["cpu_percent"] < 10_000
    assert view["node"]["version"] == __version__
    one = next(c for c in view["channels"] if c["id"] == "one")
    assert one["source"] == "srt://[::1]:5000"
    assert one["state"] == "live"
    assert one["input_bit_rate_history_bps"] == [8 * feed.at]
    assert one["continuity_count_errors"] == one["faults"]["continuity_count_error"] == 3
    assert one["last_error"]["text"] == "continuity count error on PID 256 (3 times)"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["last_error"]["at"])
    assert one["last_number"] == max(channel.presentation.tracks["video"].segments)
    assert (one["period_id"], one["period_reason"], one["window_s"]) == (0, "start", 10)
    assert one["memory_bytes"] == channel.presentation.memory_bytes > 100_000
    assert one["cues"] == [{"event_id": 7, "kind": "out", "at": iso(end_90k // 90), "duration_s": 5.0}]
    assert (one["source_clock_ppm"], one["source_clock_off"]) == (None, False)
    quiet = next(c for c in view["channels"] if c["id"] == "three")
    assert (quiet["last_number"], quiet["segment_age_s"], quiet["last_error"]) == (None, None, None)


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    """Read server-sent events: name and data; comments have the name ''."""
    name, data = "", ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data = value.strip()
        elif line.startswith(":"):
            yield "", value.strip()
        elif not line and name:
            yield name, data
            name, data = "", ""


@pytest.mark.usefixtures("every_look_is_new")
async def test_a_viewers_page_is_told_at_once_and_of_each_change(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    async with asyncio.timeout(60), client.stream("GET", "/api/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        stream = events(answer)
        name, data = await anext(stream)
        assert name == "network"
        assert json.loads(data) == (await client.get("/api/network")).json()
        fed(net)
        async for name, data in stream:
            assert name == "change"
            states = {service["id"]: service.get("state") for service in json.loads(data)["services"]}
            if states.get("one") == "live":
                break


@pytest.mark.usefixtures("every_look_is_new")
async def test_a_page_that_has_the_network_is_told_only_what_changed_since(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    before = await client.get("/api/network")
    revision = before.headers["etag"].removeprefix('W/"').removesuffix('"')
    assert (await client.get("/api/network")).headers["etag"] == before.headers["etag"]
    fed(net)
    for ask in ({"params": {"since": revision}}, {"headers": {"Last-Event-ID": revision}}):
        async with asyncio.timeout(60), client.stream("GET", "/api/events", **ask) as answer:
            name, data = await anext(events(answer))
            assert name == "change"
            assert [service["id"] for service in json.loads(data)["services"]] == ["one"]
    for unknown in ("x", "0-1", revision.partition("-")[0] + "-99999", "-" * 60):
        async with asyncio.timeout(60), client.stream("GET", "/api/events", params={"since": unknown}) as answer:
            assert (await anext(events(answer)))[0] == "network"
    assert (await client.get("/api/events", params={"since": "1" * 61})).status_code == 422


@pytest.mark.parametrize("path", ["/api/events", "/api/console/events"])
async def test_a_stream_of_events_is_compressed_for_whom_that_is_good(node: tuple[Network, Served], path: str):
    """Each event is whole when it is sent, and the end is that of a gzip file."""
    service = node[1]

    async def read(coding: str, n_events: int) -> bytes:
        octets, machine = b"", zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        async with service.client.stream("GET", path, headers={"Accept-Encoding": coding}) as answer:
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.headers.get("content-encoding") == (coding if coding == "gzip" else None)
            async for chunk in answer.aiter_raw():
                octets += machine.decompress(chunk) if coding == "gzip" else chunk
                if octets.count(b"\n\n") >= n_events:
                    service.stopping.set()
        assert machine.eof or coding != "gzip"
        return octets

    async with asyncio.timeout(60):
        packed = await read("gzip", 2 if "console" in path else 1)
        service.stopping.clear()
        plain = await read("identity", 1)
    assert packed.startswith(b"event: ")
    assert packed.endswith(b"\n\n")
    assert packed.split(b"\n")[0] == plain.split(b"\n")[0]


@pytest.mark.usefixtures("every_look_is_new")
async def test_a_quiet_stream_of_events_has_a_heartbeat(node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api, "HEARTBEAT_S", 0.05)
    async with asyncio.timeout(60), node[1].client.stream("GET", "/api/events") as answer:
        stream = events(answer)
        assert (await anext(stream))[0] == "network"
        while (await anext(stream))[0] != "":
            pass


async def test_the_console_is_told_each_second(node: tuple[Network, Served]):
    async with asyncio.timeout(60), node[1].client.stream("GET", "/api/console/events") as answer:
        stream = events(answer)
        looks = [await anext(stream) for _ in range(3)]
    assert {name for name, _ in looks} == {"channels"}
    times = [json.loads(data)[-1]["now"] for _, data in looks]
    assert times == sorted(times)
    assert times[0] < times[-1]


async def test_many_viewers_cost_one_look(node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch):
    net, client = node[0], node[1].client
    looks = 0
    view = api.views.network_view

    def counted(*args):
        nonlocal looks
        looks += 1
        return view(*args)

    monkeypatch.setattr(api.views, "network_view", counted)
    now_ms = wall_clock.monotonic_ms()
    monkeypatch.setattr(wall_clock, "monotonic_ms", lambda: now_ms)

    async def first() -> str:
        async with client.stream("GET", "/api/events") as answer:
            return (await anext(events(answer)))[1]

    seen = await asyncio.gather(*(first() for _ in range(40)), return_exceptions=False)
    assert len(set(seen)) == 1
    assert looks == 1
    assert net.channels


@pytest.mark.parametrize("path", ["/api/events", "/api/console/events"])
async def test_a_stream_of_events_ends_when_its_reader_goes_and_when_the_node_stops(
    node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch, path: str
):
    service = node[1]
    open_streams = 0
    make = api._events

    async def counted(*args, **named):
        nonlocal open_streams
        open_streams += 1
        try:
            async for event in make(*args, **named):
                yield event
        finally:
            open_streams -= 1

    monkeypatch.setattr(api, "_events", counted)
    async with asyncio.timeout(60):
        async with service.client.stream("GET", path) as answer:
            assert (await anext(events(answer)))[0]
            assert open_streams == 1
        while open_streams:
            await asyncio.sleep(0.02)
        async with service.client.stream("GET", path) as answer:
            stream = events(answer)
            await anext(stream)
            service.stopping.set()
            async for _ in stream:
                pass
        assert open_streams == 0


async def test_every_figure_is_documented_and_every_documented_figure_is_there(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net)
    channel = net.channels["one"]
    channel._note(Fault("continuity_count_error", 3))
    copies = parse_source_url("rtp://[ff11::1]:5000+rtp://[ff11::2]:5000")
    assert isinstance(copies, MergedSpec)
    channel.source = MergedSource(copies, Pump())
    channel.picture = PictureAlarms(Limits())
    channel.picture.see(np.zeros((4, 4), np.uint8), 1_000)
    channel.picture.hear(-20.0, -10.0, 1_000)
    channel.packager.programme.timeline.source_clock.ppm = 12.5
    await client.get("/live/one/index.m3u8")
    report = 'br=(5000;v),cid="one",e=ps,ltc=1200,msd=700,sid="a",sn=0,sta=p,ts=1764216000700,v=2'
    await client.post("/api/cmcd", content=report, headers={"Content-Type": "application/cmcd"})
    net.workers = (SimpleNamespace(name="1", pid=7, starts=2, cpu_s=1.5, rss_bytes=100_000_000),)
    got = await client.get("/metrics")
    assert got.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(got.text)}
    ours = {name: family for name, family in families.items() if name.startswith("yiwang_")}
    written = {name + ("_total" if family.type == "counter" else ""): family for name, family in ours.items()}
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \|", Path("docs/metrics.md").read_text(), re.M)
    assert {
        name: (family.type, tuple(sorted(set().union(*(s.labels for s in family.samples)))))
        for name, family in written.items()
    } == {name: (kind, tuple(sorted(re.findall(r"`(\w+)`", labels)))) for name, kind, labels in rows}
    assert all(family.documentation for family in ours.values())
    assert "process_cpu_seconds" in families

    value = {
        (s.name, *(s.labels[k] for k in sorted(s.labels, reverse=True))): s.value
        for family in ours.values()
        for s in family.samples
    }
    assert value["yiwang_worker_up", "1"] == 1
    assert value["yiwang_worker_starts_total", "1"] == 2
    assert value["yiwang_channel_state", "live", "one"] == 1
    assert value["yiwang_channel_state", "no-signal", "one"] == 0
    assert value["yiwang_faults_total", "one", "continuity_count_error"] == 3
    assert value["yiwang_input_octets_total", "one"] == net.channels["one"].health.octets > 0
    assert value["yiwang_segment_number", "one"] == net.channels["one"].packager.state.last_number
    assert value["yiwang_periods_total", "one"] == 1
    assert value["yiwang_requests_total", "one"] == 1
    assert value["yiwang_requests_total", "three"] == 0
    assert ("yiwang_segment_age_seconds", "three") not in value


async def test_health_counts_what_is_live(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    assert (await client.get("/healthz")).json() == {"status": "ok", "services": 3, "live": 0}
    fed(net, "one")
    fed(net, "two")
    got = await client.get("/healthz")
    assert got.json() == {"status": "ok", "services": 3, "live": 2}
    assert got.headers["cache-control"] == "no-store"
    head = await client.head("/healthz")  # what load balancers ask
    assert (head.status_code, head.content) == (200, b"")


async def test_the_time_is_utc_for_players(node: tuple[Network, Served]):
    before = wall_clock.now_ms()
    got = await node[1].client.get("/api/time")
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["access-control-allow-origin"] == "*"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", got.text)
    assert api.views.iso(before) <= got.text <= api.views.iso(wall_clock.now_ms())


async def test_the_api_describes_itself(node: tuple[Network, Served]):
    client = node[1].client
    document = (await client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.")
    assert document["info"] == {"title": "yiwang", "version": __version__, "description": "A TV network in software."}
    assert {
        "/api/network",
        "/api/events",
        "/api/channels",
        "/api/console/events",
        "/api/time",
        "/healthz",
        "/metrics",
    } <= (document["paths"].keys())
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["description"]
            assert {"200", "201", "204"} & operation["responses"].keys()
    for pointer in re.findall(r'"\$ref": ?"#/([^"]+)"', json.dumps(document)):
        at = document
        for step in pointer.split("/"):
            at = at[step]
        assert at["type"] in ("object", "array")
    for path, schema in (("/api/network", "NetworkView"), ("/api/channels", "ConsoleView"), ("/healthz", "Health")):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        assert content["schema"]["$ref"] == f"#/components/schemas/{schema}"
        assert (await client.get(path)).json().keys() == document["components"]["schemas"][schema]["properties"].keys()
    docs = await client.get("/api/docs")
    assert docs.status_code == 200
    assert "script-src 'self'" in docs.headers["content-security-policy"]


async def test_the_pages_are_served_with_a_strict_policy_or_say_how_to_build_them(
    node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(api, "STATIC", tmp_path / "nothing")
    for path in ("/", "/console", "/api/docs"):
        got = await node[1].client.get(path)
        assert got.status_code == 503
        assert "make setup" in got.text
    (tmp_path / "nothing" / "assets").mkdir(parents=True)
    (tmp_path / "nothing" / "index.html").write_text("<p>television</p>")
    (tmp_path / "nothing" / "console.html").write_text("<p>console</p>")
    (tmp_path / "nothing" / "assets" / "tv-12345678.js").write_text("1")
    async with served(network(tmp_path, "one")) as built:
        for path, text in (("/", "television"), ("/console", "console")):
            got = await built.client.get(path)
            assert text in got.text
            assert got.headers["cache-control"] == "no-cache"
            assert "script-src 'self'" in got.headers["content-security-policy"]
            assert (await built.client.head(path)).status_code == 200
        asset = await built.client.get("/assets/tv-12345678.js")
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asset.headers["x-content-type-options"] == "nosniff"
        assert (await built.client.get("/assets/../../../etc/passwd")).status_code == 404
        assert (await built.client.get("/nothing/here")).status_code == 404


def test_cpu_use_is_that_since_the_last_look(monkeypatch: pytest.MonkeyPatch):
    at_ms, cpu_s = 1000, 500.0  # the process has worked long before
    monkeypatch.setattr(wall_clock, "monotonic_ms", lambda: at_ms)
    monkeypatch.setattr("yiwang.net.process._cpu_s", lambda: cpu_s)
    meter = ProcessMeter()
    at_ms, cpu_s = 3000, 500.5
    assert meter.cpu_percent() == 25.0
    at_ms, cpu_s = 4000, 501.5
    assert meter.cpu_percent() == 100.0
    assert meter.rss_bytes() > 10_000_000


async def test_the_measurement_of_a_channel_is_the_same_to_operators_and_to_prometheus(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net)
    channels = (await client.get("/api/channels")).json()["channels"]
    channel = next(c for c in channels if c["id"] == "one")
    indicators = channel["tr_101_290"]["indicators"]
    assert [i["name"] for i in indicators if i["count"] is None] == [
        "buffer_error",
        "empty_buffer_error",
        "data_delay_error",
    ]
    counts = {(i["priority"], i["name"]): i["count"] for i in indicators if i["count"] is not None}
    assert [i["clause"][0] for i in indicators if i["count"] is not None] == [str(p) for p, _ in counts]
    assert channel["tr_101_290"]["measured_s"] > 1
    assert "PAT" in {p["carries"] for p in channel["tr_101_290"]["pids"] if p["pid"] == 0}
    assert {p["pid"] for p in channel["tr_101_290"]["pids"]} == set(net.channels["one"].health.tr_101_290.bit_rates())
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    samples = next(family for family in families if family.name == "yiwang_tr_101_290").samples
    assert {
        (int(s.labels["priority"]), s.labels["indicator"]): s.value for s in samples if s.labels["service"] == "one"
    } == counts


async def test_buffers_are_measured_of_the_service_that_asks_for_it(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net, "two")
    channels = (await client.get("/api/channels")).json()["channels"]
    measured = next(c for c in channels if c["id"] == "two")["tr_101_290"]
    counts = {i["name"]: i["count"] for i in measured["indicators"]}
    assert None not in counts.values()
    video, sound = (next(b for b in measured["buffers"] if b["pid"] == pid) for pid in (0x100, 0x101))
    assert (video["not_measured"], video["method"], sound["method"]) == (None, "leak", "main")
    failures = ("tb_overflows", "mb_overflows", "b_overflows", "underflows")
    assert counts["buffer_error"] == sum(b[name] or 0 for b in measured["buffers"] for name in failures)
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    samples = next(family for family in families if family.name == "yiwang_tr_101_290").samples
    told = {(s.labels["service"], s.labels["indicator"]): s.value for s in samples}
    assert told["two", "buffer_error"] == counts["buffer_error"]
    assert ("one", "buffer_error") not in told


async def test_what_was_measured_outlives_a_new_packager(node: tuple[Network, Served]):
    net = node[0]
    fed(net)
    channel = net.channels["one"]
    monitor = channel.health.tr_101_290
    before = monitor.packets
    channel.begin_again()
    channel.take(stream()[: 188 * 100], wall_clock.now_ms())
    assert channel.health.tr_101_290 is monitor
    assert monitor.packets == before + 100
