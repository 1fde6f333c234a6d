"""Channels whose sound the browser does not play: the extra AAC track is heard; without one the picture goes on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Node, Visitor, node_with, until
from tests.browser.tv import TOUCHED, Tv

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def sound_node(ffmpeg: str, pages_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with AC-3 in two channels: one transcoded, one not; and one with Opus alone."""
    folder: Path = tmp_path_factory.mktemp("sound")
    file = folder / "ac3.ts"
    video, tone = "testsrc2=size=320x180:rate=25:duration=10", "sine=f=440:r=48000:d=10"
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", video, "-f", "lavfi", "-i", tone, "-ac", "2"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "ac3"]
    subprocess.run([*command, "-f", "mpegts", str(file)], check=True)
    opus = folder / "opus.ts"
    command[-1] = "libopus"
    subprocess.run([*command, "-f", "mpegts", str(opus)], check=True)
    services = f"""
        [[service]]
        id = "heard"
        number = 1
        name = {{ zh = "有声", en = "Heard" }}
        source = "file:{file}?loop=1"
        [[service]]
        id = "mute"
        number = 2
        name = {{ zh = "无声", en = "Mute" }}
        source = "file:{file}?loop=1"
        transcode_audio = "never"
        [[service]]
        id = "opus"
        number = 3
        name = {{ zh = "欧普斯", en = "Opus" }}
        source = "file:{opus}?loop=1"
        transcode_audio = "never"
        """
    with node_with(folder, services, "sound.log") as node:
        yield node


@pytest.mark.parametrize("protocol", ["dash", "hls"])
def test_the_extra_track_is_heard(sound_node: Node, visitor: Visitor, protocol: str):
    sound_node.wait_for_state("heard", "live")
    page = visitor.open(f"{sound_node.url}/#/heard")
    tv = Tv(page)
    tv.remember(protocol=protocol)
    page.reload()
    tv.wait_until_playing()
    heard = f"{TOUCHED}.webkitAudioDecodedByteCount"
    until(lambda: page.evaluate(heard) > 0, 20, "sound to be decoded")

    assert page.get_by_test_id("soundless").count() == 0


@pytest.mark.parametrize("protocol", ["dash", "hls"])
def test_the_picture_goes_on_without_sound_that_cannot_be_decoded(sound_node: Node, visitor: Visitor, protocol: str):
    sound_node.wait_for_state("mute", "live")
    page = visitor.open(f"{sound_node.url}/#/mute")
    tv = Tv(page)
    tv.remember(protocol=protocol)
    page.reload()
    tv.wait_until_playing()
    expect(page.get_by_test_id("soundless")).to_contain_text("AC-3")
    assert page.evaluate(f"{TOUCHED}.webkitAudioDecodedByteCount") == 0
    tv.zap_with("1", "Enter")
    until(lambda: page.evaluate(f"{TOUCHED}.webkitAudioDecodedByteCount") > 0, 20, "sound of the other channel")
    assert page.get_by_test_id("soundless").count() == 0


@pytest.mark.parametrize("protocol", ["dash", "hls"])
def test_opus_is_heard_as_it_is(sound_node: Node, visitor: Visitor, protocol: str):
    sound_node.wait_for_state("opus", "live")
    tracks = next(s for s in sound_node.services() if s["id"] == "opus")["tracks"]
    assert [track["codec"] for track in tracks][1:] == ["opus"]
    page = visitor.open(f"{sound_node.url}/#/opus")
    tv = Tv(page)
    tv.remember(protocol=protocol)
    page.reload()
    tv.wait_until_playing()
    until(lambda: page.evaluate(f"{TOUCHED}.webkitAudioDecodedByteCount") > 0, 20, "sound to be decoded")
    assert page.get_by_test_id("soundless").count() == 0
