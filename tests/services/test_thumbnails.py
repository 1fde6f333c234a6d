"""Small pictures for the console, of made-up television."""

import asyncio
import io
from pathlib import Path

import av
import numpy as np
import pytest

from tests.services.hand_fed import feeder, network
from tests.web.asgi import served
from yiwang.media.look import THUMBNAIL_WIDTH, decode_key_frame
from yiwang.net import wall_clock
from yiwang.services import thumbnails as room
from yiwang.services.lookable import newest
from yiwang.services.thumbnails import Thumbnails


def decoded(jpeg: bytes) -> np.ndarray:
    with av.open(io.BytesIO(jpeg), "r", format="jpeg_pipe") as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


def blocks(picture: np.ndarray) -> np.ndarray:
    """Means of blocks of 16 x 16: ways to make a picture larger differ in detail."""
    rows, columns = picture.shape[0] // 16, picture.shape[1] // 16
    return picture[: 16 * rows, : 16 * columns].reshape(rows, 16, columns, 16, 3).mean(axis=(1, 3))


def test_a_thumbnail_is_the_key_frame_made_small(tmp_path: Path):
    net = network(tmp_path, "one")
    feeder(net.channels["one"]).seconds(5)
    segment = newest(net.channels["one"], "video")
    assert segment is not None
    octets = segment.header.init + segment.parts[0].data
    with av.open(io.BytesIO(octets)) as container:
        frame = next(container.decode(video=0))
        shape = container.streams.video[0].codec_context.display_aspect_ratio or frame.width / frame.height
        whole = frame.reformat(
            width=THUMBNAIL_WIDTH, height=round(THUMBNAIL_WIDTH / shape), format="rgb24"
        ).to_ndarray()
    small = decoded(decode_key_frame(segment.header.init, segment.parts[0].data, thumbnail=True).jpeg)
    assert small.shape[1] == THUMBNAIL_WIDTH
    assert abs(small.shape[0] - whole.shape[0]) <= 1
    assert np.abs(blocks(small) - blocks(whole)).mean() < 3
    assert np.std(blocks(whole)) > 20  # there is something to compare
    assert decode_key_frame(segment.header.init, segment.parts[0].data).jpeg == b""


async def test_the_api_has_a_picture_of_what_is_published_and_says_why_not(tmp_path: Path):
    net = network(tmp_path, "one", "silent")
    feed = feeder(net.channels["one"])
    feed.seconds(5)
    thumbnails = Thumbnails(net.channels)
    running = asyncio.ensure_future(thumbnails.run())
    try:
        async with served(net, thumbnails=thumbnails) as service:
            got = await service.client.get("/api/channels/one/thumbnail.jpg")
            assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
            assert decoded(got.content).shape[1] == THUMBNAIL_WIDTH
            seen = thumbnails.seen("one")
            assert seen is not None
            assert seen.jpeg == got.content
            assert -60 < (seen.rms_db or 0) < 0
            assert thumbnails.cpu_s > 0
            made = thumbnails.made
            assert (await service.client.get("/api/channels/one/thumbnail.jpg?at=2")).content == got.content
            assert thumbnails.made == made  # it is fresh
            assert (await service.client.get("/api/channels/none/thumbnail.jpg")).status_code == 204
            silent = await service.client.get("/api/channels/silent/thumbnail.jpg")
            assert (silent.status_code, silent.content) == (204, b"")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


CPU_S = 0.02


class Fake:
    """A process that looks, for a test that counts."""

    def __init__(self) -> None:
        self.looks = 0
        self.closed = False
        fakes.append(self)

    async def look(self, picture, sound, *, thumbnail):
        from yiwang.media.look import KeyFrame
        from yiwang.media.looker import Seen

        self.looks += 1
        look = sum(fake.looks for fake in fakes)  # of all: a process may end between two looks
        return Seen(KeyFrame(np.zeros((1, 1), np.uint8), b"jpeg%d" % look), cpu_s=CPU_S)

    def close(self) -> None:
        self.closed = True


fakes: list[Fake] = []


async def test_looks_are_bounded_and_the_process_ends_when_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fakes.clear()
    monkeypatch.setattr("yiwang.media.looker.Looker", Fake)
    monkeypatch.setattr(room, "FRESH_MS", 0)
    monkeypatch.setattr(room, "IDLE_S", 0.05)
    net = network(tmp_path, "one", "two")
    feeds = [feeder(channel) for channel in net.channels.values()]
    for feed in feeds:
        feed.seconds(4)
    thumbnails = Thumbnails(net.channels)
    running = asyncio.ensure_future(thumbnails.run())
    one = net.channels["one"]
    try:
        assert not fakes
        first = await asyncio.gather(*(thumbnails.get(one) for _ in range(20)))
        assert {picture.jpeg for picture in first if picture} == {b"jpeg1"}
        assert fakes[0].looks == 1
        feeds[0].seconds(3)
        waited_ms = -wall_clock.monotonic_ms()
        old = await thumbnails.get(one)  # the old one at once, a new one soon
        assert old is not None
        assert old.jpeg == b"jpeg1"
        other = await thumbnails.get(net.channels["two"])
        waited_ms += wall_clock.monotonic_ms()
        assert other is not None
        assert waited_ms >= 1000 * CPU_S * (1 / room.SHARE - 1)  # nine times what the look before took
        while not fakes[0].closed:
            await asyncio.sleep(0.01)
        new = await thumbnails.get(one)
        assert new is not None
        assert new.jpeg != b"jpeg1"
        assert thumbnails.cpu_s == pytest.approx(CPU_S * thumbnails.made)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert all(fake.closed for fake in fakes)


async def test_a_picture_that_comes_as_the_time_is_up_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "LONGEST_WAIT_S", 0)
    one = network(tmp_path, "one").channels["one"]
    thumbnails = Thumbnails({"one": one})
    assert await thumbnails.get(one) is None
    asking = asyncio.ensure_future(thumbnails.get(one))
    await asyncio.sleep(0)
    made = thumbnails._seen["one"] = room.Thumbnail(b"jpeg", 1, 2, wall_clock.monotonic_ms(), None)
    thumbnails._waiting.pop("one").set_result(None)
    assert await asking is made
