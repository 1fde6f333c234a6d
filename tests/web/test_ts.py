"""HLS with MPEG-TS, and the original, over HTTP."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.origin.playlist_reader import read
from tests.packaging import television as tv
from tests.services.hand_fed import PACKAGING, SECONDS, Feeder, feeder, network, stream
from tests.web.asgi import Served, get, served
from yiwang.net.node_mark import NODE_MARK, nodes_of
from yiwang.origin import ts_view
from yiwang.packaging.events import CuePublished
from yiwang.services import pass_through
from yiwang.services.network import Network
from yiwang.web.origin_app import OriginApp
from yiwang.web.ts_cache import TsCache

FOR_EVER = "public, max-age=31536000, immutable"
NOW_MS = 1_800_000_000_000


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[tuple[Network, Served]]:
    it = network(tmp_path, "one", "quiet")
    async with served(it) as service:
        yield it, service


def segments(text: str) -> list[int]:
    return [int(line[3:-3]) for line in text.splitlines() if line.startswith("ts/")]


async def test_the_playlist_says_the_same_as_that_of_the_picture(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    feed = feeder(net.channels["one"])
    feed.seconds(6.5)
    p = net.channels["one"].presentation
    p.apply(CuePublished("out", 7, 0, p.end_90k - 150_000, 90_000, True, b"\xfc\x30"))
    got, cmaf = await client.get("/live/one/ts.m3u8"), await client.get("/live/one/video/index.m3u8")
    assert got.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert got.headers["cache-control"] == "public, max-age=1"
    again = await client.get("/live/one/ts.m3u8", headers={"if-none-match": got.headers["etag"]})
    assert again.status_code == 304
    lines, others = got.text.splitlines(), cmaf.text.splitlines()
    assert "#EXT-X-VERSION:3" in lines
    whole = [line for line in others if line.startswith(("#EXTINF", "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-DATERANGE"))]
    mine = [line for line in lines if line.startswith(("#EXTINF", "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-DATERANGE"))]
    assert mine == whole[: len(mine)]
    assert any(line.startswith("#EXT-X-DATERANGE") for line in mine)
    ours, theirs = read(got.text), read(cmaf.text)
    assert [s.msn for s in ours.segments] == [s.msn for s in theirs.segments][: len(ours.segments)]
    assert len(ours.segments) >= len([s for s in theirs.segments if s.uri]) - 1
    assert not [line for line in lines if line.startswith(("#EXT-X-MAP", "#EXT-X-PART"))]


async def test_a_segment_is_served_as_those_of_cmaf_are(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    feeder(net.channels["one"]).seconds(6.5)
    numbers = segments((await client.get("/live/one/ts.m3u8")).text)
    path = f"/live/one/ts/{numbers[-1]}.ts"
    got = await client.get(path)
    assert (got.status_code, got.headers["content-type"]) == (200, "video/mp2t")
    assert got.headers["cache-control"] == FOR_EVER
    assert len(got.content) % 188 == 0
    assert set(got.content[::188]) == {0x47}
    head = await client.head(path)
    assert (head.headers["content-length"], head.content) == (str(len(got.content)), b"")
    part = await client.get(path, headers={"range": "bytes=188-375"})
    assert (part.status_code, part.content) == (206, got.content[188:376])
    assert (await client.get(path, headers={"if-none-match": got.headers["etag"]})).status_code == 304
    for name, status in (("5.ts", 410), (f"{numbers[-1] + 99}.ts", 404), ("x.ts", 404), ("01.ts", 404)):
        assert (await client.get(f"/live/one/ts/{name}")).status_code == status


async def test_nothing_is_made_of_what_nobody_asks_for(node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch):
    net, client = node[0], node[1].client
    made = []
    octets = ts_view.TsParts.octets
    monkeypatch.setattr(ts_view.TsParts, "octets", lambda parts: made.append(parts.number) or octets(parts))
    feeder(net.channels["one"]).seconds(6.5)
    numbers = segments((await client.get("/live/one/ts.m3u8")).text)
    assert made == []
    await asyncio.gather(*(client.get(f"/live/one/ts/{numbers[-1]}.ts") for _ in range(8)))
    assert made == [numbers[-1]]  # once for all


async def test_a_segment_that_comes_soon_is_waited_for(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    feed = feeder(net.channels["one"])
    feed.seconds(5.5)
    number = segments((await client.get("/live/one/ts.m3u8")).text)[-1] + 1
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(client.get(f"/live/one/ts/{number}.ts"))
        await asyncio.sleep(0.2)
        assert not asked.done()
        feed.seconds(2)
    assert asked.result().status_code == 200


async def test_the_cache_gives_up_what_was_used_least_recently():
    class Parts:
        def __init__(self, number: int) -> None:
            self.number, self.made = number, 0

        def octets(self) -> bytes:
            self.made += 1
            return bytes(400)

    cache, parts = TsCache(1000), [Parts(n) for n in range(3)]
    for n in (0, 1, 0, 2, 0, 1):
        assert len(await cache.octets("one", parts[n])) == 400
    assert [p.made for p in parts] == [1, 2, 1]


def test_packagers_that_joined_apart_make_the_same_octets(tmp_path: Path):
    async def run() -> None:
        octets = tv.packets(stream())
        found = []
        for name, skipped in (("a", 0), ("b", len(octets) // 3)):
            net = network(tmp_path, "one", name=name)
            ms = skipped / len(octets) * SECONDS * 1000
            part = b"".join(octets[skipped:])
            feed = Feeder(part, net.channels["one"], length_s=SECONDS - ms / 1000, now_ms=NOW_MS + int(ms))
            feed.seconds(SECONDS)
            app = OriginApp(net, None, asyncio.Event())  # type: ignore[arg-type]
            numbers = segments((await get(app, "/live/one/ts.m3u8")).body.decode())
            found.append({n: (await get(app, f"/live/one/ts/{n}.ts")).body for n in numbers})
        both = sorted(found[0].keys() & found[1].keys())[1:]  # the joiner's first can be short of its begin
        assert len(both) >= 5
        for number in both:
            assert found[0][number] == found[1][number]

    asyncio.run(run())


def test_periods_are_told_apart_and_numbers_go_on():
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            net = network(Path(folder), "one", packaging=PACKAGING)
            app = OriginApp(net, None, asyncio.Event())  # type: ignore[arg-type]
            half = b"".join(tv.packets(stream())[: len(tv.packets(stream())) // 2])
            now_ms = NOW_MS
            for octets in (half, tv.shifted(half, 1_000_000_007)):
                feed = Feeder(octets, net.channels["one"], length_s=SECONDS / 2, now_ms=now_ms)
                feed.seconds(SECONDS)
                now_ms = int(feed.now_ms)
            text = (await get(app, "/live/one/ts.m3u8")).body.decode()
            assert text.count("#EXT-X-DISCONTINUITY\n") == 1
            numbers = segments(text)
            assert numbers == sorted(set(numbers))
            for segment in read(text).segments:
                assert segment.gap or (await get(app, f"/live/one/{segment.uri}")).status == 200

    asyncio.run(run())


# -- the original


async def test_the_original_is_passed_on_octet_for_octet(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    channel = net.channels["one"]
    octets = stream()
    async with client.stream("GET", "/live/one/stream.ts") as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp2t")
        assert answer.headers["cache-control"] == "no-store"
        async with asyncio.timeout(90):
            while not channel.taps:
                await asyncio.sleep(0.01)
        feeder(channel).seconds(4)
        got = b""
        async for chunk in answer.aiter_bytes():
            got += chunk
            if len(got) >= len(octets) // 4:
                break
        assert octets.startswith(got)
    async with asyncio.timeout(90):
        while channel.taps:  # the node sees that the client has gone
            await asyncio.sleep(0.05)
    assert (await client.head("/live/one/stream.ts")).status_code == 200


async def test_streams_say_by_which_nodes_they_have_come(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    feeder(net.channels["one"]).seconds(4)
    for path in ("/live/one/stream.ts", "/live/one/ts.m3u8"):
        assert nodes_of((await client.head(path)).headers["via"]) == (NODE_MARK,)

    class FromElsewhere:
        via = ("region", "hub")

    net.channels["one"].source = FromElsewhere()  # type: ignore[assignment]
    answer = await client.head("/live/one/stream.ts")
    assert nodes_of(answer.headers["via"]) == ("region", "hub", NODE_MARK)


async def test_a_listener_who_is_too_slow_is_let_go(node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pass_through, "MOST_WAITING_OCTETS", 10_000)
    net, client = node[0], node[1].client
    channel = net.channels["one"]
    async with client.stream("GET", "/live/one/stream.ts") as answer:
        async with asyncio.timeout(90):
            while not channel.taps:
                await asyncio.sleep(0.01)
        feeder(channel).seconds(4)  # at once: nobody can take it in between
        with suppress(httpx.RemoteProtocolError):
            async with asyncio.timeout(90):
                async for _ in answer.aiter_bytes():
                    pass
            pytest.fail("the answer ended as if it were whole")
    assert channel.taps == []


async def test_the_original_ends_when_the_node_stops(node: tuple[Network, Served]):
    net, service = node
    async with service.client.stream("GET", "/live/quiet/stream.ts") as answer:
        service.stopping.set()
        async with asyncio.timeout(90):
            assert await answer.aread() == b""
    assert net.channels["quiet"].taps == []
