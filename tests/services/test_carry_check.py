"""Streams of lists are looked at before they become sources: what is asked, how often, and what is made of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.net.hls_server import HlsServer, playlist
from tests.services.test_carrying import again, carried
from tests.services.test_one_network import Peer, listing, running
from yiwang.net.node_mark import via_header
from yiwang.net.source_url import parse_source_url
from yiwang.services import carry_check, list_source
from yiwang.services.carry_check import CarryCheck


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_source, "RETRY_S", 0.2)
    monkeypatch.setattr(carry_check, "FIRST_AGAIN_MS", 100)
    monkeypatch.setattr(carry_check, "LONGEST_AGAIN_MS", 200)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def checking(check: CarryCheck) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(check.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not look():
            await asyncio.sleep(0.02)


GOOD, SAMPLES = playlist(["a.ts"]), playlist(["a.ts"], before='#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"')


async def test_hls_is_not_used_before_its_playlist_was_read_and_not_at_all_where_it_cannot_be():
    server = HlsServer({"/good.m3u8": GOOD, "/samples.m3u8": SAMPLES})
    changes: list[int] = []
    check = CarryCheck(lambda: changes.append(1))
    async with server.running() as url, checking(check):
        good, samples, gone = (parse_source_url(f"{url}/{name}.m3u8") for name in ("good", "samples", "gone"))
        other = parse_source_url("udp://239.1.1.1:5000")
        assert check.trouble(other) == ""
        check.want([good, samples, gone, other])
        assert [check.trouble(spec) for spec in (good, samples, gone)] == [None, None, None]
        await until(lambda: None not in [check.trouble(spec) for spec in (good, samples, gone)])
        assert check.trouble(good) == ""
        assert "SAMPLE-AES" in (check.trouble(samples) or "")
        assert "404" in (check.trouble(gone) or "")
        assert len(changes) == 3
        server.documents["/gone.m3u8"] = GOOD  # it is asked for again
        await until(lambda: check.trouble(gone) == "")
        assert server.asked["/good.m3u8"] == 1
        check.want([good])
        assert check.trouble(samples) == ""  # nobody wants to know any longer


async def test_a_stream_of_a_node_is_left_out_as_long_as_it_comes_from_here():
    server = HlsServer({"/live/a/stream.ts": b"", "/other.ts": b""}, headers={"Via": via_header(())})
    check = CarryCheck(lambda: None)
    async with server.running() as url, checking(check):
        stream, vendor = parse_source_url(f"{url}/live/a/stream.ts"), parse_source_url(f"{url}/other.ts")
        check.want([stream, vendor])
        assert check.trouble(stream) == ""  # a transport stream is used unless something speaks against it
        await until(lambda: check.trouble(stream) != "")
        assert "a loop" in (check.trouble(stream) or "")
        server.headers = {"Via": "1.1 another-node"}
        await until(lambda: check.trouble(stream) == "")
        assert all(head.startswith("HEAD /live/a/stream.ts") for head in server.heads)


async def test_who_does_not_answer_is_a_source_all_the_same():
    async with HlsServer().running() as url:
        pass
    changes: list[int] = []
    check = CarryCheck(lambda: changes.append(1))
    stream = parse_source_url(f"{url}/live/a/stream.ts")
    async with checking(check):
        check.want([stream])
        await until(lambda: bool(changes))
        assert check.trouble(stream) == ""


async def test_a_fault_of_ours_is_one_streams_trouble(monkeypatch: pytest.MonkeyPatch):
    from yiwang.net import source_check

    async def broken(client: object, spec: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(source_check, "trouble_of", broken)
    check = CarryCheck(lambda: None)
    spec = parse_source_url("http://h.invalid/a.m3u8")
    async with checking(check):
        check.want([spec])
        await until(lambda: check.trouble(spec) is not None)
        assert check.trouble(spec) == "ZeroDivisionError()"


async def test_a_listed_service_is_carried_as_soon_as_its_playlist_can_be_read(tmp_path: Path):
    peer, server = Peer(), HlsServer({"/samples.m3u8": SAMPLES})
    async with peer.running() as lists, server.running() as url:
        rows = {"湖南卫视": f"{url}/hn.m3u8", "东方卫视": f"{url}/samples.m3u8", "浙江卫视": f"{url}/a.mpd"}
        lines = [f'#EXTINF:-1 tvg-id="{name}",{name}\n{uri}' for name, uri in rows.items()]
        peer.documents["/list.m3u"] = "\n".join(["#EXTM3U", *lines, ""]).encode()
        config = listing("op", f"{lists}/list.m3u", "carry = true\nhold = 0")
        async with running(tmp_path, config) as node:

            async def reasons() -> dict[str, str]:
                told = await node.json("/api/not-carried")
                assert not any(one["carried"] for one in told)
                assert {name["value"] for one in told for name in one["names"]} <= rows.keys()
                return {left["url"]: left["reason"] for one in told for left in one["left_out"]}

            await node.until(lambda one: len(one.carrying.left_out) == 3, "what is known of all")
            await node.until(lambda one: "404" in str(one.carrying.left_out), "what the servers say")
            told = await reasons()
            assert "404" in told[rows["湖南卫视"]]
            assert "SAMPLE-AES" in told[rows["东方卫视"]]
            assert "DASH only" in told[""]
            streams = [stream for one in await node.json("/api/not-carried") for stream in one["left_out"]]
            codes = {stream["url"]: [clause["code"] for clause in stream["said"]] for stream in streams}
            answered, encrypted = ["server-answered"], ["samples-encrypted"]
            assert codes == {rows["湖南卫视"]: answered, rows["东方卫视"]: encrypted, "": ["dash-only"]}
            assert carried(node) == {}
            server.documents["/hn.m3u8"] = GOOD
            await node.until(lambda _: carried(node) == {"湖南卫视": [rows["湖南卫视"]]}, "the service")
            (id_,) = node.network.channels
            explained = await node.json(f"/api/services/{id_}")
            assert explained["left_out"] == []
            channel = node.network.channels[id_]
            server.documents["/moved.m3u8"] = GOOD  # another address: the channel goes on, first with the old one
            peer.documents["/list.m3u"] = peer.documents["/list.m3u"].replace(b"/hn.m3u8", b"/moved.m3u8")
            await again(node)
            await node.until(lambda _: carried(node) == {"湖南卫视": [f"{url}/moved.m3u8"]}, "the other address")
            assert node.network.channels == {id_: channel}
