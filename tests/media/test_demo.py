"""The demo's pictures, sound and transport streams."""

import dataclasses
import fcntl
import json
import multiprocessing
import subprocess
import threading
import time
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from yiwang.base.errors import WorkError
from yiwang.media import demo
from yiwang.media.demo import demo_network, prepare_demo
from yiwang.media.demo_channels import CHANNELS, LOOP_SECONDS, DemoChannel
from yiwang.media.demo_encoder import FIRST_PTS_90K, encode_channel
from yiwang.media.demo_picture import FRAMES, DemoPainter
from yiwang.media.demo_sound import SAMPLING_FREQUENCY, sound
from yiwang.media.demo_strip import BLOCKS, read_strip, strip_blocks

SMALL = dataclasses.replace(CHANNELS[3], width=320, height=192)


def luma_of_strip(picture: np.ndarray, height: int) -> list[int]:
    width = picture.shape[1]
    row = picture[height - max(1, height // 54)]
    return [int(row[(2 * i + 1) * width // (2 * BLOCKS)]) for i in range(BLOCKS)]


def test_every_frame_number_can_be_read_from_its_strip() -> None:
    for frame in range(2048):
        assert read_strip([235 if white else 16 for white in strip_blocks(frame)]) == frame


def test_a_strip_with_one_wrong_block_is_not_read() -> None:
    for frame in range(FRAMES):
        blocks = strip_blocks(frame)
        for i in range(BLOCKS):
            wrong = [*blocks[:i], not blocks[i], *blocks[i + 1 :]]
            assert read_strip([235 * white for white in wrong]) is None


def test_what_is_not_sixteen_blocks_is_no_strip() -> None:
    assert read_strip([]) is None
    assert read_strip([235] * 16) is None
    assert read_strip([235] * 17) is None


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
def test_a_painted_picture_says_its_number_and_moves(channel: DemoChannel) -> None:
    painter = DemoPainter(channel)
    first = painter.paint(700).copy()
    assert first.shape == (channel.height * 3 // 2, channel.width)
    assert read_strip(luma_of_strip(first, channel.height)) == 700
    second = painter.paint(701)
    assert read_strip(luma_of_strip(second, channel.height)) == 701
    assert (first != second).mean() > 0.001


def test_a_picture_depends_on_nothing_but_its_number() -> None:
    painter = DemoPainter(SMALL)
    there = painter.paint(321).copy()
    painter.paint(5)
    assert np.array_equal(painter.paint(321), there)
    assert np.array_equal(DemoPainter(SMALL).paint(321), there)


def test_the_last_picture_of_the_minute_is_followed_by_the_first_without_a_jump() -> None:
    painter = DemoPainter(CHANNELS[4])
    sky_and_sea = slice(CHANNELS[4].height // 4, CHANNELS[4].height * 9 // 10)

    def step(a: int, b: int) -> float:
        one = painter.paint(a)[sky_and_sea].astype(int)
        return float(np.abs(one - painter.paint(b)[sky_and_sea]).mean())

    assert step(FRAMES - 1, 0) < 2 * step(300, 301)


def test_sound_is_the_same_a_minute_later_and_never_clips() -> None:
    minute = LOOP_SECONDS * SAMPLING_FREQUENCY
    assert np.array_equal(sound(1000, 4096, 220), sound(minute + 1000, 4096, 220))
    whole = sound(0, minute, 330)
    assert np.abs(whole).max() < 0.8
    steps = np.abs(np.diff(whole, axis=1, append=whole[:, :1]))
    assert steps[:, -1].max() <= steps[:, :-1].max()


def test_channels_are_told_apart_by_every_name_they_go_by() -> None:
    network = demo_network()
    assert len(network.regions) == 2
    for region in network.regions:
        assert sum(channel.region == region for channel in network.channels) >= 3
    for field in ("id", "number", "service_id", "name_zh", "name_en", "file_name"):
        assert len({getattr(channel, field) for channel in network.channels}) == len(network.channels)
    assert {(channel.width, channel.height) for channel in network.channels} >= {
        (3840, 2160), (1920, 1080), (1280, 720), (720, 576),
    }  # fmt: skip


@pytest.fixture(scope="module")
def small_stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "small.ts"
    encode_channel(SMALL, path, lambda part: None)
    return path


@pytest.mark.slow
def test_a_stream_holds_a_minute_of_every_track(small_stream: Path) -> None:
    with av.open(str(small_stream)) as container:
        video, *sounds = container.streams
        assert [stream.metadata["language"] for stream in sounds] == ["zho", "eng"]
        assert (video.codec_context.width, video.codec_context.height) == (320, 192)
        packets = [packet for packet in container.demux() if packet.size]
    pictures = [packet for packet in packets if packet.stream is video]
    assert len(pictures) == FRAMES
    assert [i for i, packet in enumerate(pictures) if packet.is_keyframe] == list(range(0, FRAMES, 50))
    assert {b.dts - a.dts for a, b in pairwise(pictures)} == {3600}
    assert any(packet.pts != packet.dts for packet in pictures)
    for stream in sounds:
        times = [packet.pts for packet in packets if packet.stream is stream]
        assert times == [FIRST_PTS_90K + 2880 * i for i in range(1875)]


@pytest.mark.slow
def test_pictures_decoded_say_their_own_time(small_stream: Path) -> None:
    with av.open(str(small_stream)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            assert frame.pts == FIRST_PTS_90K + 3600 * i
            assert read_strip(luma_of_strip(frame.to_ndarray()[:192], 192)) == i
    assert i == FRAMES - 1


@pytest.mark.slow
def test_the_service_has_its_names_in_the_sdt(small_stream: Path, ffprobe: str) -> None:
    command = [ffprobe, "-v", "error", "-show_programs", "-of", "json", str(small_stream)]
    (programme,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["programs"]
    assert programme["program_id"] == SMALL.service_id
    assert programme["tags"]["service_name"] == "南港综合 Southport One"
    assert programme["tags"]["service_provider"] == "一网演示"


TINY = tuple(dataclasses.replace(channel, width=64, height=48) for channel in CHANNELS[:3])


@pytest.mark.slow
def test_files_are_made_once_and_older_versions_go(tmp_path: Path) -> None:
    (tmp_path / "demo-0123456789ab").mkdir()
    told: list[float] = []
    whole: list[str] = []

    def ready(channel: DemoChannel, path: Path) -> None:
        assert path.stat().st_size > 0
        whole.append(channel.id)

    files = prepare_demo(tmp_path, lambda channel, part: told.append(part), TINY, ready)
    assert sorted(files) == sorted(whole) == sorted(channel.id for channel in TINY)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    (folder,) = tmp_path.glob("demo-*/")
    assert sorted(path.name for path in folder.iterdir()) == sorted(channel.file_name for channel in TINY)
    before = {path: path.stat().st_mtime_ns for path in files.values()}
    whole.clear()
    assert prepare_demo(tmp_path, lambda channel, part: told.append(-1), TINY, ready) == files
    assert told[-1] != -1
    assert sorted(whole) == sorted(files)
    assert {path: path.stat().st_mtime_ns for path in files.values()} == before


def test_two_programs_that_start_at_once_make_each_file_once(tmp_path: Path) -> None:
    told: list[str] = []
    ended: list[dict[str, Path]] = []

    def other() -> None:
        ended.append(prepare_demo(tmp_path, lambda channel, part: told.append(channel), TINY))

    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(target=other)
        thread.start()
        while not told:
            time.sleep(0.01)
        folder = tmp_path / f"demo-{demo.demo_version()}"
        for channel in TINY:
            (folder / channel.file_name).write_bytes(b"made by another program")
    thread.join()
    assert told == ["waiting"]
    assert [path.read_bytes() for path in ended[0].values()] == [b"made by another program"] * 3


@pytest.mark.slow
def test_a_progress_that_raises_stops_the_work_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(channel: str, part: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        prepare_demo(tmp_path, stop, TINY[:1])
    assert not list(tmp_path.rglob("*.part"))
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_a_channel_that_cannot_be_encoded_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    odd = dataclasses.replace(TINY[0], width=63)
    with pytest.raises(WorkError, match="northfield-news"):
        prepare_demo(tmp_path, lambda channel, part: None, (odd,))
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".ts", ".part")] == []


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkError, match="the demo cannot be made in"):
        prepare_demo(tmp_path / "file", lambda channel, part: None, TINY)


def test_another_generator_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    version = demo.demo_version()
    assert version == demo.demo_version()
    monkeypatch.setattr(av, "library_versions", {"libavcodec": (0, 0, 0)})
    assert demo.demo_version() != version


def test_a_worker_whose_program_has_ended_ends_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that is told to stop while the demo is made leaves no traceback behind."""
    monkeypatch.setattr(demo.signal, "signal", lambda *_: None)
    monkeypatch.setattr(demo, "encode_channel", lambda _, path, progress: (path.write_bytes(b"x"), progress(0.5)))
    reader, writer = multiprocessing.Pipe(duplex=False)
    reader.close()
    demo._work(SMALL, tmp_path / "a.ts", writer)
    assert list(tmp_path.iterdir()) == []
