"""Channels in worker processes: from outside a node is the same, and a worker that ends takes no other's channels along."""

import asyncio
import os
import re
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.live.node import PACKAGING, Node, eventually, group, running, sending, service
from tests.live.two_programmes import two_programmes
from tests.origin.playlist_reader import check_successor, read

pytestmark = pytest.mark.slow

SERVICES = ("one", "two", "three", "four", "five", "six")


def config(sources: dict[str, str], workers: object = 2) -> str:
    """The node's section is open: `Node` begins the file with it."""
    return f"workers = {workers}\n{PACKAGING}" + "".join(service(id_, url) for id_, url in sources.items())


async def both_workers_of(node: Node) -> dict[str, int]:
    """The processes of two workers, when there are two."""

    async def both() -> dict[str, int] | None:
        found = await workers_of(node)
        return found if len(found) == 2 else None

    return await eventually(both, node)


async def workers_of(node: Node) -> dict[str, int]:
    """The process of each worker, by name."""
    assert node.process is not None
    children = Path(f"/proc/{node.process.pid}/task/{node.process.pid}/children").read_text().split()
    found = {}
    for pid in children:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"yiwang.cli.worker" in arguments:
            found[arguments[arguments.index(b"yiwang.cli.worker") + 1].decode()] = int(pid)
    return found


async def worker_with(node: Node, service_id: str) -> str:
    """The name of the worker that has a channel: what it logs says so."""
    found = re.search(rf'"service": "{service_id}".*"worker": "(\d+)"', node.log.read_text())
    assert found is not None
    return found[1]


SURFACE = [
    "/",
    "/console",
    "/api/docs",
    "/api/openapi.json",
    "/api/network",
    "/api/channels",
    "/api/services",
    "/healthz",
    "/metrics",
    "/playlist.m3u",
    "/guide.xml",
    "/dvbi/services.xml",
    "/live/one/index.m3u8",
    "/live/one/manifest.mpd",
    "/live/one/ts.m3u8",
    "/live/one/video/index.m3u8",
    "/live/six/audio/index.m3u8",
    "/live/one/video/init.mp4",
    "/live/one/nothing/index.m3u8",
    "/live/nobody/index.m3u8",
    "/nothing",
]
MOVING = {"date", "content-length", "etag", "last-modified", "via", "content-encoding"}


def shape(value: object) -> object:
    """What a JSON document is made of; what is measured may be there now or a little later."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items() if key not in ("faults", "last_error")}
    return "number" if value is None or isinstance(value, int | float) else type(value).__name__


async def check_surface(alone: Node, node: Node) -> None:
    """The same answers, but for what moves."""
    for path in SURFACE:
        theirs, mine = [await one.client.get(one.url + path) for one in (alone, node)]
        assert mine.status_code == theirs.status_code, path
        headers = [{k: v for k, v in got.headers.items() if k not in MOVING} for got in (theirs, mine)]
        assert headers[0] == headers[1], path
    theirs, mine = [(await one.get("/api/network")).json() for one in (alone, node)]
    for service_ in (*theirs["services"], *mine["services"]):
        assert service_.pop("state") == "live"
    assert mine == theirs
    theirs, mine = [(await one.get("/api/channels")).json() for one in (alone, node)]
    assert [shape(channel) for channel in mine["channels"]] == [shape(channel) for channel in theirs["channels"]]
    for a, b in zip(theirs["channels"], mine["channels"], strict=True):
        same = ("id", "number", "name", "state", "source", "program", "tracks", "skipped", "window_s", "sources")
        assert {key: a[key] for key in same} == {key: b[key] for key in same}
        assert b["input_bit_rate_bps"] > 0
        assert b["memory_bytes"] > 0
        assert b["tr_101_290"]["measured_s"] > 0
    moving = ("yiwang_worker_", "yiwang_faults_total")  # a slow machine has faults
    names = [
        {re.split("[{ ]", line)[0] for line in (await one.get("/metrics")).text.splitlines() if line[:1] != "#"}
        for one in (alone, node)
    ]
    assert {name for name in names[0] ^ names[1] if not name.startswith(moving)} == set()


async def test_two_workers_make_what_one_process_makes(tmp_path: Path, film: Path):
    async with AsyncExitStack() as stack:
        sources = {id_: group() for id_ in SERVICES}
        alone = await stack.enter_async_context(running(tmp_path / "alone", config(sources, 1)))
        node = await stack.enter_async_context(running(tmp_path / "node", config(sources)))
        for url in sources.values():
            await stack.enter_async_context(sending(film, url, aligned=True))
        processes = await both_workers_of(node)
        assert await workers_of(alone) == {}
        for id_ in SERVICES:
            mine = {s.msn for s in (await node.until_listed(id_, 4)).segments if not s.gap}
            theirs = {s.msn for s in (await alone.until_listed(id_, 4)).segments if not s.gap}
            both = sorted(theirs & mine)
            assert len(both) >= 2
            for track in ("video", "audio"):
                for number in both[-2:]:
                    assert await node.octets(id_, number, track) == await alone.octets(id_, number, track)
        assert len({await worker_with(node, id_) for id_ in SERVICES}) == 2
        for id_ in SERVICES:
            await node.until_state(id_, "live")
            await alone.until_state(id_, "live")
        await check_surface(alone, node)
        strip = (await node.get("/api/channels/six/timeline")).json()
        assert len(strip["segments"]) >= 4

        async def picture() -> bytes | None:
            got = await node.client.get(f"{node.url}/api/channels/six/thumbnail.jpg")
            return got.content if got.status_code == 200 else None

        assert (await eventually(picture, node)).startswith(b"\xff\xd8")
        assert await node.stop() == 0
        assert await alone.stop() == 0
        for pid in processes.values():
            assert not Path(f"/proc/{pid}").exists()


async def test_a_worker_refuses_what_a_viewers_region_may_not_have(tmp_path: Path, film: Path):
    """Each worker knows the rules and where viewers are: nobody asks the main process."""
    sources = {"one": group(), "two": group()}
    rules = """
[[region]]
id = "zj"
name = "浙江"
prefixes = ["2001:db8:1::/48"]
[[restriction]]
id = "rights"
services = "*"
not_in = "zj"
reason = {zh = "版权", en = "rights"}
"""
    there, here = {"X-Forwarded-For": "2001:db8:1::7"}, {"X-Forwarded-For": "2001:db8:2::7"}
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(running(tmp_path, config(sources) + rules))
        for url in sources.values():
            await stack.enter_async_context(sending(film, url, aligned=True))
        for id_ in sources:
            newest = (await node.until_listed(id_, 2)).segments[-1].uri
            for path in ("index.m3u8", "manifest.mpd", "video/index.m3u8", f"video/{newest}"):
                url = f"{node.url}/live/{id_}/{path}"
                refused = await node.client.get(url, headers=there)
                assert refused.status_code == 451
                assert refused.headers["cache-control"] == "private, no-store"
                assert refused.json()["restriction"] == "rights"
                had = await node.client.get(url, headers=here)
                assert had.status_code == 200
                assert had.headers["cache-control"].startswith("private")
        assert len({await worker_with(node, id_) for id_ in sources}) == 2
        channels = await node.channels()
        assert all(channels[id_]["state"] == "live" for id_ in sources)


async def test_a_multiplex_is_one_workers_and_its_programmes_have_their_numbers(tmp_path: Path, film: Path):
    mux = tmp_path / "mux.ts"
    mux.write_bytes(two_programmes(film.read_bytes(), film.read_bytes()))
    to, other = group(), group()
    services = service("mux", to, program='"*"') + service("mine", to, program=2, number=7) + service("other", other)
    config = f"workers = 2\n{PACKAGING}{services}"
    async with sending(mux, to, aligned=True), sending(film, other), running(tmp_path, config) as node:
        for _ in range(2):
            for id_ in ("mux-1", "mine", "other"):
                await node.until_listed(id_, 2)
            views = {s["id"]: s for s in (await node.get("/api/network")).json()["services"]}
            assert {id_: (view["number"], view["name"]["zh"]) for id_, view in views.items()} == {
                "mux-1": (2, "CCTV-1综合"),
                "mine": (7, "湖南卫视"),
                "other": (1, "Service01"),
            }
            assert await worker_with(node, "mux-1") == await worker_with(node, "mine")
            assert await worker_with(node, "mux-1") != await worker_with(node, "other")

            async def all_listed(wanted: tuple[str, ...] = tuple(views)) -> bool:
                listed = (await node.get("/playlist.m3u")).text
                return all(id_ in listed for id_ in wanted)

            await eventually(all_listed, node)
            assert await node.stop() == 0
            await node.start()


async def test_a_thousand_wait_at_once_and_all_are_answered(tmp_path: Path, film: Path):
    url = group()
    async with running(tmp_path, config({"one": url, "two": group()})) as node, sending(film, url, aligned=True):
        newest = (await node.until_listed("one", 2)).segments[-1].msn

        async def ask() -> bytes:
            reader, writer = await asyncio.open_connection(node.host, node.port)
            target = f"/live/one/video/index.m3u8?_HLS_msn={newest + 2}"
            writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), head
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None
            body = await reader.readexactly(int(length[1]))
            writer.close()
            return body

        answers = await asyncio.gather(*(ask() for _ in range(1000)))
        assert all(b"%d.m4s" % (newest + 2) in answer for answer in answers)


class Viewer:
    """Reloads a playlist again and again; fetches each new segment once."""

    def __init__(self, node: Node, service_id: str) -> None:
        self.node, self.service_id = node, service_id
        self.segments: dict[int, bytes] = {}
        self.failed = 0
        self.newest = 0

    async def run(self) -> None:
        before = None
        async with httpx.AsyncClient(base_url=self.node.url, timeout=90) as client:
            while True:
                await asyncio.sleep(0.2)
                try:
                    got = await client.get(f"/live/{self.service_id}/video/index.m3u8")
                    if got.status_code != 200:
                        self.failed += 1
                        continue
                    playlist = read(got.text)
                    if before is not None:
                        check_successor(before, playlist)
                    before = playlist
                    for segment in playlist.segments:
                        if not segment.gap and segment.msn not in self.segments:
                            media = await client.get(f"/live/{self.service_id}/video/{segment.uri}")
                            assert media.status_code == 200
                            self.segments[segment.msn] = media.content
                    self.newest = playlist.segments[-1].msn
                except httpx.TransportError:
                    self.failed += 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_worker_ends_and_its_channels_go_on_and_no_other_notices(tmp_path: Path, film: Path, how: int):
    async with AsyncExitStack() as stack:
        sources = {id_: group() for id_ in SERVICES[:4]}
        node = await stack.enter_async_context(running(tmp_path, config(sources)))
        for url in sources.values():
            await stack.enter_async_context(sending(film, url, aligned=True))
        for id_ in sources:
            await node.until_listed(id_, 3)
        names = {id_: await worker_with(node, id_) for id_ in sources}
        others = [id_ for id_ in sources if names[id_] != names["one"]]
        assert len(others) == 2
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        viewers = {id_: Viewer(node, id_) for id_ in sources}
        watching = [tasks.create_task(viewer.run()) for viewer in viewers.values()]
        await eventually(lambda: all(len(viewer.segments) >= 4 for viewer in viewers.values()), node)
        pids = await workers_of(node)
        newest = {id_: viewer.newest for id_, viewer in viewers.items()}
        failed = {id_: viewers[id_].failed for id_ in others}
        os.kill(pids[names["one"]], how)

        def all_went_on() -> bool:
            return all(viewer.newest >= newest[id_] + 3 for id_, viewer in viewers.items())

        await eventually(all_went_on, node)
        after = await workers_of(node)
        assert after[names["one"]] != pids[names["one"]]
        assert after[names[others[0]]] == pids[names[others[0]]]
        assert {id_: viewers[id_].failed for id_ in others} == failed
        for id_ in sources:
            numbers = sorted(viewers[id_].segments)
            assert numbers[-1] > newest[id_]
            if id_ in others:
                assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert '"event": "a worker has ended"' in node.log.read_text()
        for id_ in sources:
            await node.until_state(id_, "live")
        metrics = (await node.get("/metrics")).text
        assert f'yiwang_worker_starts_total{{worker="{names["one"]}"}} 2.0' in metrics
        assert f'yiwang_worker_starts_total{{worker="{names[others[0]]}"}} 1.0' in metrics
        for task in watching:
            task.cancel()


async def test_services_begin_change_and_end_in_workers_while_the_node_runs(tmp_path: Path, film: Path):
    urls = {id_: group() for id_ in ("one", "two", "new")}
    some = {id_: urls[id_] for id_ in ("one", "two")}
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(running(tmp_path, config(some)))
        for url in urls.values():
            await stack.enter_async_context(sending(film, url, aligned=True))
        for id_ in some:
            await node.until_listed(id_, 2)
        pids = await both_workers_of(node)
        token = (tmp_path / "state" / "operator-token").read_text().strip()
        operator = {"Authorization": f"Bearer {token}"}

        async def reload(sources: dict[str, str]) -> None:
            text = f'[node]\nstate_dir = "{tmp_path / "state"}"\n{config(sources)}'
            node.config.write_text(text)
            got = await node.client.post(f"{node.url}/api/control/reload", headers=operator)
            assert got.status_code == 200, got.text

        await reload(urls)
        await node.until_listed("new", 2)
        views = {s["id"]: s for s in (await node.get("/api/network")).json()["services"]}
        assert {id_: view["number"] for id_, view in views.items()} == {"one": 1, "two": 2, "new": 3}
        owner = await worker_with(node, "new")
        newest = (await node.until_listed("new", 2)).segments[-1].msn
        os.kill(pids[owner], signal.SIGKILL)  # what begins in its place has the new one, too

        async def began_again() -> bool:
            return (await both_workers_of(node))[owner] != pids[owner]

        await eventually(began_again, node)
        await node.until_listed("new", 2, after=newest + 1)
        await reload({"one": urls["one"], "new": urls["two"]})  # one that goes, one with another source
        await node.get("/live/two/index.m3u8", 404)

        async def has_another() -> bool:
            return (await node.channels())["new"]["source"] == urls["two"]

        await eventually(has_another, node)
        newest = (await node.until_listed("new", 2)).segments[-1].msn
        await node.until_listed("new", 2, after=newest + 1)
        assert list(await node.channels()) == ["one", "new"]


async def test_what_operators_have_done_is_so_when_a_worker_or_the_node_begins_anew(tmp_path: Path, film: Path):
    first, spare, other, third = group(), group(), group(), group()
    two = f'[[service]]\nid = "two"\nsource = ["{first}", "{spare}"]\n'
    text = f"workers = 2\n{PACKAGING}{two}{service('one', other)}{service('three', third)}"
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(running(tmp_path, text))
        for url in (first, spare, other, third):
            await stack.enter_async_context(sending(film, url, aligned=True))
        for id_ in ("one", "two", "three"):
            await node.until_listed(id_, 2)
        token = (tmp_path / "state" / "operator-token").read_text().strip()

        async def act(method: str, path: str, **body: object) -> None:
            headers = {"Authorization": f"Bearer {token}"}
            got = await node.client.request(method, f"{node.url}/api/control{path}", headers=headers, json=body or None)
            assert got.status_code == 200, got.text

        async def uses_the_spare() -> bool:
            return (await node.channels())["two"]["source"] == spare and "one" not in await node.channels()

        await act("POST", "/channels/two/source", url=spare)
        await act("POST", "/channels/one/stop")
        await eventually(uses_the_spare, node)
        owner, pids = await worker_with(node, "two"), await both_workers_of(node)
        newest = (await node.until_listed("two", 2)).segments[-1].msn
        os.kill(pids[owner], signal.SIGKILL)

        async def began_again() -> bool:
            return (await both_workers_of(node))[owner] != pids[owner]

        await eventually(began_again, node)
        await node.until_listed("two", 2, after=newest + 1)
        assert await uses_the_spare()
        # what shapes segments makes another channel of it: the choice stays
        await act("PUT", "/channels/two?untried=true", source=[first, spare], segment_duration=2)
        await node.until_listed("two", 2)
        await eventually(uses_the_spare, node)
        # what is seen of a picture is the worker's to say
        await act("PUT", "/channels/three?untried=true", source=[third], watch_picture=True)

        async def is_looked_at() -> bool:
            return (await node.channels())["three"]["picture"] is not None

        await eventually(is_looked_at, node)
        assert await node.stop() == 0
        await node.start()
        await node.until_listed("two", 2)
        await eventually(uses_the_spare, node)


async def test_workers_end_with_the_main_process(tmp_path: Path):
    async with running(tmp_path, config({"one": group(), "two": group()})) as node:
        pids = await both_workers_of(node)
        await node.stop(signal.SIGKILL)
        await eventually(lambda: not any(_runs(pid) for pid in pids.values()))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


async def test_a_carried_channel_is_stopped_begun_and_switched_beside_workers(tmp_path: Path, film: Path):
    first, spare = group(), group()

    def listed(name: str, url: str) -> str:
        path = tmp_path / f"{name}.m3u"
        path.write_text(f'#EXTM3U\n#EXTINF:-1 tvg-id="df" tvg-chno="9",东方卫视\n{url}\n')
        return f'[[listing]]\nid = "{name}"\nurl = "{path.as_uri()}"\ncarry = true\nevery = 5\n'

    lists = listed("a", first.replace("udp://", "udp://@", 1)) + listed("b", spare.replace("udp://", "udp://@", 1))
    async with AsyncExitStack() as stack:
        mine = group()
        node = await stack.enter_async_context(running(tmp_path, config({"mine": mine}) + lists))
        for url in (mine, first, spare):
            await stack.enter_async_context(sending(film, url, aligned=True))
        token = (tmp_path / "state" / "operator-token").read_text().strip()

        async def do(what: str, **body: object) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"}
            return await node.client.post(
                f"{node.url}/api/control/channels/{id_}/{what}", headers=headers, json=body or None
            )

        async def carried() -> tuple[str, dict[str, object]] | None:
            found = {one: view for one, view in (await node.channels()).items() if one != "mine"}
            return next(iter(found.items()), None) if found else None

        async def both_sources() -> list[dict[str, object]] | None:
            found = await carried()
            sources = found[1]["sources"] if found else []
            assert isinstance(sources, list)
            return sources if len(sources) == 2 else None

        best, other = (str(source["url"]) for source in await eventually(both_sources, node))
        id_, _ = await eventually(carried, node)
        await node.until_listed(id_, 2)
        await node.until_listed("mine", 2)

        assert (await do("source", url=other)).status_code == 200

        async def reads(url: str) -> bool:
            return bool((await node.channels())[id_]["source"] == url)

        await eventually(lambda: reads(other), node)
        assert (await do("source", url="udp://[ff11::99]:1")).status_code == 422
        assert (await do("stop")).status_code == 200

        async def is_gone() -> bool:
            return await carried() is None

        await eventually(is_gone, node)
        (left_out,) = [one for one in (await node.get("/api/not-carried")).json() if one["service"] == id_]
        assert left_out["left_out"][0]["said"] == [{"code": "stopped", "values": {}}]
        await node.get(f"/live/{id_}/index.m3u8", 404)
        assert await node.stop() == 0
        await node.start()
        await node.until_state("mine", "live")
        assert await is_gone()
        assert (await do("start")).status_code == 200
        await eventually(carried, node)
        await node.until_listed(id_, 2)
        assert await reads(other)  # what was chosen is kept
        assert (await do("source", url=None)).status_code == 200
        await eventually(lambda: reads(best), node)
        assert await node.stop() == 0
