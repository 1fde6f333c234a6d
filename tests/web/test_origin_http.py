"""What a player, a cache and a stranger get from the origin, over a socket."""

import asyncio
import gzip
import threading
from pathlib import Path

import httpx
import pytest

from tests.origin.playlist_reader import read
from tests.services.hand_fed import Feeder, feeder, network
from tests.web.asgi import Served, served
from yiwang.origin.track import Segment
from yiwang.services.channel import Channel
from yiwang.services.network import Network
from yiwang.web import waiting
from yiwang.web.origin_app import _growing

FOR_EVER = "public, max-age=31536000, immutable"
HLS = "application/vnd.apple.mpegurl"


@pytest.fixture
async def node(tmp_path: Path):
    it = network(tmp_path, "one", "quiet")
    async with served(it) as service:
        yield it, service


def fed(net: Network, seconds: float = 6.5, length_s: int = 12) -> tuple[Channel, Feeder]:
    channel = net.channels["one"]
    feed = feeder(channel, length_s=length_s)
    feed.seconds(seconds)
    return channel, feed


def newest(channel: Channel) -> Segment:
    """The newest segment, whole or in progress."""
    segment = channel.presentation.tracks["video"].newest
    assert segment is not None
    return segment


async def until_waiting(channel: Channel, count: int = 1) -> None:
    """Let the server go on until so many requests wait."""
    async with asyncio.timeout(60):
        while channel.waiting < count:
            await asyncio.sleep(0.01)


async def playlist(client: httpx.AsyncClient, track: str = "video", query: str = ""):
    answer = await client.get(f"/live/one/{track}/index.m3u8{query}")
    assert answer.status_code == 200
    return read(answer.text)


async def paths(client: httpx.AsyncClient) -> dict[str, str]:
    """One path of each kind, on a channel that was fed."""
    media = await playlist(client)
    return {
        "multivariant": "/live/one/index.m3u8",
        "media": "/live/one/video/index.m3u8",
        "mpd": "/live/one/manifest.mpd",
        "init": f"/live/one/video/{media.segments[0].map}",
        "segment": f"/live/one/video/{media.segments[-1].uri}",
        "part": f"/live/one/video/{media.segments[-1].parts[0][0]}",
    }


@pytest.mark.parametrize(
    ("kind", "content_type", "cache_control"),
    [
        ("multivariant", HLS, "public, max-age=1"),
        ("media", HLS, "public, max-age=1"),
        ("mpd", "application/dash+xml", "public, max-age=1"),
        ("init", "video/mp4", FOR_EVER),
        ("segment", "video/mp4", FOR_EVER),
        ("part", "video/mp4", FOR_EVER),
    ],
)
async def test_every_kind_of_answer_says_what_it_is_and_how_long_it_may_be_kept(
    node: tuple[Network, Served], kind: str, content_type: str, cache_control: str
):
    net, (client) = node[0], node[1].client
    fed(net)
    path = (await paths(client))[kind]
    got = await client.get(path)
    assert got.status_code == 200
    assert got.headers["content-type"] == content_type
    assert got.headers["cache-control"] == cache_control
    assert got.headers["access-control-allow-origin"] == "*"
    exposed = got.headers["access-control-expose-headers"]
    assert {"Date", "ETag", "Content-Length", "Content-Range"} <= set(exposed.split(", "))
    assert got.headers["date"]
    assert "server" not in got.headers

    head = await client.head(path)
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}

    again = await client.get(path, headers={"If-None-Match": f'"other", W/{got.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == got.headers["etag"]
    assert again.headers["cache-control"] == cache_control
    assert "content-length" not in again.headers
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_text_is_compressed_for_those_who_can_read_it_and_media_never(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net)
    of = await paths(client)
    for kind in ("media", "mpd"):
        plain = await client.get(of[kind], headers={"Accept-Encoding": "identity"})
        packed = await client.get(of[kind], headers={"Accept-Encoding": "br, gzip;q=0.5"})
        refused = await client.get(of[kind], headers={"Accept-Encoding": "gzip;q=0, *;q=0"})
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < len(plain.content)
        assert packed.content == plain.content == refused.content  # httpx has unpacked it
        assert "content-encoding" not in plain.headers
        assert "content-encoding" not in refused.headers
        assert {plain.headers["vary"], packed.headers["vary"]} == {"accept-encoding"}
        assert plain.headers["etag"] != packed.headers["etag"]
        unchanged = await client.get(of[kind], headers={"If-None-Match": packed.headers["etag"]})
        assert unchanged.status_code == 304
        assert unchanged.headers["vary"] == "accept-encoding"
    for kind in ("init", "segment", "part"):
        got = await client.get(of[kind], headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in got.headers
        assert not got.content.startswith(gzip.compress(b"")[:2])


async def test_a_segment_is_served_in_ranges(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net)
    path = (await paths(client))["segment"]
    whole = await client.get(path)
    total = len(whole.content)
    assert whole.headers["accept-ranges"] == "bytes"
    for value, first, last in (
        ("bytes=0-99", 0, 99),
        ("bytes=1000-", 1000, total - 1),
        ("bytes=-77", total - 77, total - 1),
        (f"bytes=5-{10 * total}", 5, total - 1),
    ):
        got = await client.get(path, headers={"Range": value})
        assert got.status_code == 206
        assert got.headers["content-range"] == f"bytes {first}-{last}/{total}"
        assert got.headers["content-length"] == str(last - first + 1)
        assert got.content == whole.content[first : last + 1]
        assert got.headers["etag"] == whole.headers["etag"]
        assert got.headers["cache-control"] == FOR_EVER
    beyond = await client.get(path, headers={"Range": f"bytes={total}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{total}"
    assert beyond.headers["cache-control"] == "no-store"
    assert beyond.content == b""


async def test_a_range_counts_only_for_get_and_only_for_the_version_it_is_meant_for(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net)
    of = await paths(client)
    path = of["segment"]
    etag = (await client.get(path)).headers["etag"]
    assert (await client.get(path, headers={"Range": "bytes=0-9", "If-Range": etag})).status_code == 206
    for condition in ('"other"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert (await client.get(path, headers={"Range": "bytes=0-9", "If-Range": condition})).status_code == 200
    head = await client.head(path, headers={"Range": "bytes=0-9"})  # RFC 9110 14.2: other methods ignore it
    assert head.status_code == 200
    assert int(head.headers["content-length"]) > 10
    huge = await client.get(path, headers={"Range": "bytes=0-" + 5000 * "9"})
    assert huge.status_code == 200
    assert (await client.get(of["media"], headers={"Range": "bytes=0-9"})).status_code == 200


async def test_a_page_of_another_origin_may_ask_and_nobody_may_change_anything(node: tuple[Network, Served]):
    client = node[1].client
    preflight = await client.options("/live/one/index.m3u8", headers={"Origin": "https://tv.example"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert preflight.headers["access-control-allow-headers"] == "*"
    assert not {"content-length", "content-type", "transfer-encoding"} & set(preflight.headers)
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        got = await client.request(method, "/live/one/index.m3u8")
        assert got.status_code == 405
        assert got.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path",
    [
        "/live/nobody/index.m3u8",
        "/live/one/nothing",
        "/live/one/nothing/index.m3u8",
        "/live/one/video/init-00000000.mp4",
        "/live/one/video/999999999999999.m4s",
        "/live/one/video/{newest}.99.m4s",
        "/live/one/video/0{newest}.m4s",  # a number is written in one way
        "/live/one/video/{newest}.m4s/",
        "/live/one/video/%D9%A3.m4s",
        "/live/one/video/init.mp4",
        "/live/one/",
        "/live/",
        "/live//one/index.m3u8",
        "/live/one/../../../etc/passwd",
        "/live/one/%2e%2e/%2e%2e/etc/passwd",
        "/live/..%2f..%2fetc%2fpasswd",
        "/live/one/video/%00",
        "/live/one/video/%ff%fe",
        "/live/%F0%9F%93%BA/index.m3u8",
        "/live/" + 3000 * "x",
    ],
)
async def test_what_is_not_there_is_not_found(node: tuple[Network, Served], path: str):
    net, service = node
    channel, _ = fed(net)
    newest = channel.presentation.tracks["video"].listed[-1].number
    head, _, body = (await raw_get(service, path.format(newest=newest))).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert b"cache-control: no-store" in head
    assert b"root:" not in body


async def raw_get(service: Served, path: str) -> bytes:
    """Ask for a path that no client library would let through."""
    reader, writer = await asyncio.open_connection("::1", service.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_an_encoded_path_is_the_path_it_encodes(node: tuple[Network, Served]):
    net, service = node
    fed(net)
    assert (await raw_get(service, "/live/%6fne/%76ideo/index%2em3u8")).startswith(b"HTTP/1.1 200")


async def test_what_left_the_window_is_gone_and_what_left_the_playlist_just_now_is_not(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    _, feed = fed(net, 3.5, length_s=36)
    first = (await playlist(client)).segments[0]
    path = f"/live/one/video/{first.uri}"
    octets = (await client.get(path)).content
    feed.seconds(13)
    assert first.uri not in [segment.uri for segment in (await playlist(client)).segments]
    assert (await client.get(path)).content == octets
    feed.seconds(15)
    gone = await client.get(path)
    assert gone.status_code == 410
    assert gone.headers["cache-control"] == "no-store"
    assert (await client.get(path.replace(".m4s", ".0.m4s"))).status_code == 410


@pytest.mark.parametrize(
    "query",
    [
        "_HLS_msn=x",
        "_HLS_msn=-1",
        "_HLS_msn=",
        "_HLS_msn=1.5",
        "_HLS_msn=%D9%A3",
        "_HLS_msn=9999999999999999",
        "_HLS_part=0",
        "_HLS_msn={newest}&_HLS_part=y",
        "_HLS_msn={later}",
        "_HLS_msn={next}&_HLS_part=1000",
        "&".join(f"p{n}=1" for n in range(40)),
    ],
)
async def test_a_reload_that_makes_no_sense_is_a_bad_request(node: tuple[Network, Served], query: str):
    net, client = node[0], node[1].client
    channel, _ = fed(net)
    newest = channel.presentation.tracks["video"].listed[-1].number
    query = query.format(newest=newest, next=newest + 1, later=newest + 5)
    got = await client.get(f"/live/one/video/index.m3u8?{query}")
    assert got.status_code == 400
    assert got.headers["cache-control"] == "no-store"


async def test_a_blocked_reload_waits_and_answers_with_the_part_it_asked_for(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    channel, feed = fed(net)
    number, have = newest(channel).number, len(newest(channel).parts)
    query = f"?_HLS_msn={number}&_HLS_part={have}"
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(client.get(f"/live/one/video/index.m3u8{query}"))
        await until_waiting(channel)
        assert not asked.done()
        feed.until(lambda: (newest(channel).number, len(newest(channel).parts)) > (number, have))
    got = asked.result()
    assert got.status_code == 200
    assert got.headers["cache-control"] == "public, max-age=6"
    media = read(got.text)
    everything = [*media.segments, media.in_progress]
    (its,) = [segment for segment in everything if segment is not None and segment.msn == number]
    assert len(its.parts) > have

    async with asyncio.TaskGroup() as group:  # and for a whole segment
        asked = group.create_task(client.get(f"/live/one/video/index.m3u8?_HLS_msn={number}"))
        await until_waiting(channel)
        feed.until(lambda: newest(channel).number > number)
    assert any(segment.msn == number for segment in read(asked.result().text).segments)


async def test_a_hinted_part_and_a_segment_a_little_early_are_waited_for(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    channel, feed = fed(net)
    hint = (await playlist(client)).hint
    early = newest(channel).number + 2
    async with asyncio.TaskGroup() as group:
        part = group.create_task(client.get(f"/live/one/video/{hint}"))
        segment = group.create_task(client.get(f"/live/one/video/{early}.m4s"))
        await until_waiting(channel, 2)
        feed.until(lambda: newest(channel).number > early)
    assert part.result().status_code == 200
    number, index, _ = hint.split(".")
    assert part.result().content == channel.presentation.tracks["video"].segments[int(number)].parts[int(index)].data
    assert segment.result().content == (await client.get(f"/live/one/video/{early}.m4s")).content


async def test_a_thousand_wait_at_once_in_no_thread_and_all_are_answered(
    node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waiting, "TARGET_DURATIONS", 100)  # a slow machine needs seconds to ask a thousand times
    net, service = node
    channel, feed = fed(net)
    hint = (await playlist(service.client)).hint
    reload = f"index.m3u8?_HLS_msn={newest(channel).number}&_HLS_part={len(newest(channel).parts)}"
    threads, processes = threading.active_count(), os_threads()
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(raw_get(service, f"/live/one/video/{hint if n % 2 else reload}")) for n in range(1000)
        ]
        await until_waiting(channel, 1000)
        assert not any(task.done() for task in asked)
        assert threading.active_count() <= threads  # those that other tests left may end
        assert os_threads() <= processes
        feed.seconds(1)
    bodies = {task.result().partition(b"\r\n\r\n")[2] for task in asked}
    assert {task.result().split(b"\r\n")[0] for task in asked} == {b"HTTP/1.1 200 OK"}
    assert len(bodies) == 2
    assert channel.waiting == 0


def os_threads() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("Threads:")[1].split()[0])


async def test_a_segment_in_progress_comes_part_by_part_and_is_the_whole_one_in_the_end(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    channel, feed = fed(net)
    feed.until(lambda: len(newest(channel).parts) == 1)
    number = newest(channel).number
    first = newest(channel).parts[0].data
    path = f"/live/one/video/{number}.m4s"
    async with client.stream("GET", path) as answer:
        assert answer.status_code == 200
        assert answer.headers["transfer-encoding"] == "chunked"
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["cache-control"] == FOR_EVER
        chunks = answer.aiter_raw()
        got = b""
        while len(got) < len(first):
            got += await anext(chunks)
        assert got == first
        feed.until(lambda: newest(channel).number > number)
        async for chunk in chunks:
            got += chunk
    whole = await client.get(path)
    assert whole.headers["content-length"] == str(len(got))
    assert whole.content == got


async def test_a_segment_that_is_broken_off_is_never_taken_for_a_whole_one(
    node: tuple[Network, Served], caplog: pytest.LogCaptureFixture
):
    net, service = node
    channel, feed = fed(net)
    feed.until(lambda: len(newest(channel).parts) == 1)

    async def read_all() -> None:
        async with service.client.stream("GET", f"/live/one/video/{newest(channel).number}.m4s") as answer:
            async for _ in answer.aiter_raw():
                pass

    async with asyncio.TaskGroup() as group:
        asked = group.create_task(failure(read_all()))
        await until_waiting(channel)
        service.stopping.set()
        channel.wake()
    assert isinstance(asked.result(), httpx.RemoteProtocolError)
    assert not caplog.records  # a thousand viewers would be a thousand lines


async def failure(awaitable) -> Exception | None:
    try:
        await awaitable
    except httpx.HTTPError as error:
        return error
    return None


async def test_who_waits_when_the_node_stops_is_told_to_come_again(node: tuple[Network, Served]):
    net, service = node
    channel, _ = fed(net)
    query = f"_HLS_msn={newest(channel).number + 1}"
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(service.client.get(f"/live/one/video/index.m3u8?{query}"))
        quiet = group.create_task(service.client.get("/live/quiet/index.m3u8"))
        await until_waiting(channel)
        await until_waiting(net.channels["quiet"])
        service.stopping.set()
        net.wake()
    for task in (asked, quiet):
        assert task.result().status_code == 503
        assert int(task.result().headers["retry-after"]) >= 1


async def test_a_channel_without_signal_is_answered_with_503_after_a_while(node: tuple[Network, Served]):
    client = node[1].client
    for name in ("index.m3u8", "manifest.mpd"):
        got = await client.get(f"/live/quiet/{name}")
        assert got.status_code == 503
        assert int(got.headers["retry-after"]) >= 1
        assert got.headers["cache-control"] == "no-store"
    assert (await client.get("/live/quiet/video/index.m3u8")).status_code == 404


async def test_a_segment_that_became_whole_while_its_client_took_parts_is_given_whole(
    node: tuple[Network, Served], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waiting, "TARGET_DURATIONS", 0)  # nothing is published any more: who waits is broken off
    channel, feed = fed(node[0])
    number = newest(channel).number
    feed.until(lambda: newest(channel).number > number)
    segment = newest(channel)
    taking = _growing(channel.presentation, "video", segment.number, waiting.Waiting(channel, None, asyncio.Event()))
    taken = [await anext(taking)]
    feed.until(lambda: newest(channel) is not segment)
    taken += [octets async for octets in taking]
    assert taken == [part.data for part in segment.parts]
    assert len(taken) > 1


async def test_nobody_waits_for_a_client_that_has_gone(node: tuple[Network, Served]):
    net, service = node
    channel, feed = fed(net)
    channel.presentation.target_duration_s = 600  # patience for half an hour
    number = newest(channel).number
    feed.until(lambda: newest(channel).number > number)
    number = newest(channel).number
    writers = []
    for name in (f"index.m3u8?_HLS_msn={number + 1}", f"{number + 1}.m4s", f"{number}.m4s"):
        _, writer = await asyncio.open_connection("::1", service.port)
        writer.write(f"GET /live/one/video/{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        writers.append(writer)
    await until_waiting(channel, 3)
    for writer in writers:
        writer.close()
    async with asyncio.timeout(60):
        while channel.waiting:
            await asyncio.sleep(0.05)


async def test_a_delta_update_leaves_out_what_the_player_has(node: tuple[Network, Served]):
    net, client = node[0], node[1].client
    fed(net, 10.5)
    whole = await playlist(client)
    delta = await playlist(client, query="?_HLS_skip=YES")
    assert delta.skipped > 0
    assert delta.msn == whole.msn
    assert delta.skipped + len(delta.segments) == len(whole.segments)
    kept = whole.segments[delta.skipped :]
    assert [s.uri for s in delta.segments] == [s.uri for s in kept]
    assert [s.parts for s in delta.segments] == [s.parts for s in kept]
    assert (await playlist(client, query="?_HLS_skip=NO")).skipped == 0
