"""Black, freeze and silence of made-up television, packaged by a channel and looked at as it would be."""

import asyncio
import io
import multiprocessing
import os
import signal
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.services.hand_fed import Feeder
from yiwang.base.errors import WireError
from yiwang.media.look import QUIETEST_DB, decode_key_frame, decode_sound
from yiwang.media.looker import Looker
from yiwang.services.network import Network
from yiwang.services.picture_alarms import Limits, PictureAlarms
from yiwang.services.picture_watch import PictureWatch
from yiwang.store.config_file import parse_config

FPS, RATE = 25, 48_000
WIDTH, HEIGHT = 320, 192
FRAME = 1024

CONFIG = """[packaging]
segment_duration = 1
part_duration = 0.25
window = 60
[watch_picture]
every = 0.5
black_after = 3
freeze_after = 4
silence_after = 3
[[service]]
id = "one"
source = "udp://[ff11::1]:5000"
watch_picture = true
"""


def picture(kind: str, n: int) -> np.ndarray:
    """Luma and chroma of a picture, 4:2:0, limited range."""
    rng = np.random.default_rng(n if kind == "moving" else 7)
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    planes[:HEIGHT] = 16
    if kind == "black with a logo":
        planes[8:24, 8:40] = 60
    elif kind != "black":
        blocks = rng.integers(30, 220, (HEIGHT // 16, WIDTH // 16), np.uint8)
        planes[:HEIGHT] = np.kron(blocks, np.ones((16, 16), np.uint8))
        if kind == "noisy still":
            noise = np.random.default_rng(n).integers(-3, 4, (HEIGHT, WIDTH))
            planes[:HEIGHT] = planes[:HEIGHT].astype(np.int16) + noise
        if kind == "still with a clock":
            planes[160:192, 280:312] = 40 + 20 * (n // FPS % 8)
    return planes


def television(scenes: list[tuple[float, str, float]]) -> bytes:
    """Encode scenes of (seconds, picture, amplitude of a tone) as a transport stream, a key frame each second."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts", options={"muxrate": "4000000"}) as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.gop_size = FPS
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "scenecut=0", "crf": "24"}
        audio = container.add_stream("aac", rate=RATE, layout="stereo")
        n = sample = 0
        for seconds, kind, amplitude in scenes:
            for _ in range(round(seconds * FPS)):
                frame = av.VideoFrame.from_ndarray(picture(kind, n), "yuv420p")
                frame.pts, frame.time_base = n, Fraction(1, FPS)
                container.mux(video.encode(frame))
                n += 1
                while sample < n * RATE // FPS:
                    at = np.arange(sample, sample + FRAME)
                    tone = (amplitude * np.sin(2 * np.pi * 440 * at / RATE)).astype(np.float32)
                    sound = av.AudioFrame.from_ndarray(np.stack([tone, tone]), "fltp", "stereo")
                    sound.sample_rate, sound.pts, sound.time_base = RATE, sample, Fraction(1, RATE)
                    container.mux(audio.encode(sound))
                    sample += FRAME
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return out.getvalue()


class Watched:
    """A channel that is fed and looked at, second by second."""

    def __init__(self, folder: Path, scenes: list[tuple[float, str, float]], looker: Looker | None = None) -> None:
        self.looker = looker or Looker()
        network = Network(parse_config(f'[node]\nstate_dir = "{folder}"\n{CONFIG}', "test.toml"), "test.toml")
        self.channel = network.channels["one"]
        octets = television(scenes)
        self.feed = Feeder(octets, self.channel, length_s=sum(scene[0] for scene in scenes))
        self.watch = PictureWatch(lambda: [self.channel], network.config.watch_picture)

    async def seconds(self, seconds: int) -> list[str]:
        """Return the alarms that are on."""
        for _ in range(2 * seconds):
            self.feed.seconds(0.5)
            await self.watch._look(self.channel, self.looker)
        alarms = self.channel.picture
        return [name for name in ("black", "freeze", "silence") if alarms is not None and alarms.is_on(name)]

    @property
    def faults(self) -> dict[str, int]:
        return {n: c for n, c in self.channel.health.faults.items() if n.startswith("picture") or n == "silence"}


@pytest.fixture(scope="module")
def looker() -> Iterator[Looker]:
    looker = Looker()
    yield looker
    looker.close()


@pytest.mark.parametrize(
    ("kind", "amplitude", "alarms"),
    [
        ("moving", 0.3, []),
        ("still with a clock", 0.3, []),
        ("black", 0.3, ["black", "freeze"]),
        ("black with a logo", 0.3, ["black", "freeze"]),
        ("still", 0.3, ["freeze"]),
        ("noisy still", 0.3, ["freeze"]),
        ("moving", 0.0, ["silence"]),
        ("moving", 0.0005, ["silence"]),
        ("moving", 0.003, []),
        ("black", 0.0, ["black", "freeze", "silence"]),
    ],
)
async def test_what_lasts_is_an_alarm_that_ends_with_it(
    tmp_path: Path, looker: Looker, kind: str, amplitude: float, alarms: list[str]
):
    watched = Watched(tmp_path, [(4, "moving", 0.3), (9, kind, amplitude), (5, "moving", 0.3)], looker)
    assert await watched.seconds(4) == []
    assert await watched.seconds(9) == alarms
    assert await watched.seconds(5) == []
    expected = {name if name == "silence" else f"picture_{name}": 1 for name in alarms}
    assert watched.faults == expected
    picture_now = watched.channel.picture
    assert picture_now is not None
    assert picture_now.rms_db == pytest.approx(20 * np.log10(0.3 / np.sqrt(2)), abs=0.5)
    assert picture_now.peak_db == pytest.approx(20 * np.log10(0.3), abs=0.5)


async def test_what_is_shorter_than_it_may_be_is_no_alarm(tmp_path: Path, looker: Looker):
    watched = Watched(tmp_path, [(4, "moving", 0.3), (2, "black", 0.0), (4, "moving", 0.3)], looker)
    await watched.seconds(10)
    assert watched.faults == {}


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, list[bytes]]]:
    watched = Watched(tmp_path_factory.mktemp("look"), [(5, "black", 0.0)])
    watched.feed.seconds(5)
    tracks = watched.channel.presentation.tracks
    return {
        name: (track.listed[1].header.init, [part.data for part in track.listed[1].parts])
        for name, track in tracks.items()
    }


def test_black_is_nought_and_digital_silence_the_quietest_there_is(tracks):
    init, chunks = tracks["video"]
    luma = decode_key_frame(init, chunks[0]).luma
    assert luma.shape == (HEIGHT // 16, WIDTH // 16)
    assert luma.max() <= 1
    sound = decode_sound(*tracks["audio"])
    assert sound.rms_db == sound.peak_db == QUIETEST_DB


@pytest.mark.parametrize("damage", ["cut", "garbage", "no init"])
def test_what_cannot_be_decoded_is_an_error_that_is_expected(tracks, damage: str):
    for name, decode in (("video", decode_key_frame), ("audio", lambda init, chunk: decode_sound(init, [chunk]))):
        init, chunks = tracks[name]
        chunk = {"cut": chunks[0][:60], "garbage": bytes(range(256)), "no init": chunks[0]}[damage]
        with pytest.raises(WireError):
            decode(b"" if damage == "no init" else init, chunk)


async def test_a_process_that_ends_is_said_and_begun_anew(tracks):
    looker, (init, chunks) = Looker(), tracks["video"]
    assert (await looker.look((init, chunks[0]), None)).picture.luma.max() <= 1
    looker._process.kill()
    lost = await looker.look((init, chunks[0]), None)
    assert (lost.picture, [fault.name for fault in lost.faults]) == (None, ["picture_not_decoded"])
    assert (await looker.look((init, chunks[0]), None)).picture.luma.max() <= 1
    looker.close()


async def test_a_look_under_way_does_not_keep_a_node_from_its_end(tracks):
    looker, (init, chunks) = Looker(), tracks["video"]
    await looker.look((init, chunks[0]), None)
    process = looker._process
    os.kill(process.pid, signal.SIGSTOP)  # as if it never came to an end
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        look = group.create_task(looker.look((init, chunks[0]), None))
        await asyncio.sleep(0.1)
        looker.close()
    assert (look.result().picture, [fault.name for fault in look.result().faults]) == (None, ["picture_not_decoded"])
    assert not process.is_alive()


def test_a_new_size_of_the_picture_and_an_interruption_are_not_compared():
    alarms = PictureAlarms(Limits(freeze_after_ms=0))
    still = np.full((9, 16), 100, np.uint8)
    assert alarms.see(still, 0) == []
    assert alarms.see(still[:8], 1_000) == []
    assert alarms.see(still[:8], 2_000) == ["freeze"]
    alarms.forget()
    assert not alarms.is_on("freeze")
    assert alarms.see(still[:8], 9_000) == []
    assert alarms.lasted_ms("freeze") is None


async def test_a_network_looks_at_the_services_that_ask_for_it_and_at_no_other(tmp_path: Path):
    other = CONFIG + '[[service]]\nid = "two"\nsource = "udp://[ff11::2]:5000"\n'
    network = Network(parse_config(f'[node]\nstate_dir = "{tmp_path}"\n{other}', "test.toml"), "test.toml")
    octets = television([(4, "black", 0.0)])
    Feeder(octets, *network.channels.values(), length_s=4).seconds(4)
    watch = PictureWatch(network._watched, network.config.watch_picture)
    before = set(multiprocessing.active_children())
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(watch.run())
        while network.channels["one"].picture is None or network.channels["one"].picture.at_ms is None:
            await asyncio.sleep(0.05)
        task.cancel()
    assert network.channels["one"].picture.rms_db == QUIETEST_DB
    assert network.channels["two"].picture is None
    assert set(multiprocessing.active_children()) <= before
