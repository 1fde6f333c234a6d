"""What viewer and operator see when a source falls silent, cannot be played, or the node itself goes away."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Node, Visitor, node_with, until
from tests.browser.tv import Tv
from tests.free_port import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RECOVERY_MS = 90_000


class Sender:
    """A small transport stream over UDP, from ffmpeg, that can be cut and started anew."""

    def __init__(self, ffmpeg: str, port: int) -> None:
        video = "testsrc2=size=320x180:rate=25"
        self.command = [ffmpeg, "-v", "error", "-re", "-f", "lavfi", "-i", video, "-f", "lavfi", "-i", "sine=f=440"]
        self.command += ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"]
        self.command += ["-g", "25", "-c:a", "aac", "-f", "mpegts", f"udp://127.0.0.1:{port}?pkt_size=1316"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)

    def cut(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None


@pytest.fixture(scope="module")
def source_port() -> int:
    return free_port(socket.SOCK_DGRAM)


@pytest.fixture
def sender(ffmpeg: str, source_port: int) -> Iterator[Sender]:
    sender = Sender(ffmpeg, source_port)
    sender.start()
    yield sender
    sender.cut()


@pytest.fixture(scope="module")
def small_node(
    ffmpeg: str, source_port: int, pages_built: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """A node with one channel that the tests feed, and one whose video no browser plays."""
    folder: Path = tmp_path_factory.mktemp("node")
    old = folder / "old.ts"
    lavfi = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=10"]
    subprocess.run([*lavfi, "-c:v", "mpeg4", "-f", "mpegts", str(old)], check=True)
    services = f"""
        [[service]]
        id = "fed"
        number = 1
        name = {{ zh = "馈送", en = "Fed" }}
        source = "udp://127.0.0.1:{source_port}"
        [[service]]
        id = "old"
        number = 2
        name = {{ zh = "旧式", en = "Old" }}
        source = "file:{old}?loop=1"
        """
    with node_with(folder, services, "small.log") as node:
        yield node


def watch_fed(node: Node, visitor: Visitor) -> Tv:
    node.wait_for_state("fed", "live")
    tv = Tv(visitor.open(f"{node.url}/#/fed"))
    tv.wait_until_playing()
    return tv


def forget_network_errors(visitor: Visitor) -> None:
    """A browser logs each request that fails; here that is what was asked for."""
    visitor.errors = [error for error in visitor.errors if "Failed to load resource" not in error]


def test_a_silent_source_is_told_and_the_channel_returns_by_itself(small_node, visitor, sender):
    tv = watch_fed(small_node, visitor)
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_have_count(0)
    sender.cut()
    expect(notice).to_have_attribute("data-kind", "no-signal", timeout=RECOVERY_MS)
    expect(notice).to_contain_text("This channel has no signal")
    sender.start()
    expect(notice).to_have_count(0, timeout=RECOVERY_MS)
    tv.wait_until_playing(frames=50)
    forget_network_errors(visitor)


def test_a_channel_that_is_silent_from_the_start_begins_when_its_signal_does(small_node, visitor, sender):
    small_node.wait_for_state("fed", "live")
    sender.cut()
    small_node.wait_for_state("fed", "no-signal")
    tv = Tv(visitor.open(f"{small_node.url}/#/fed"))
    expect(tv.page.get_by_test_id("notice")).to_have_attribute("data-kind", "no-signal")
    sender.start()
    tv.page.wait_for_timeout(1_000)
    tv.wait_until_playing()
    forget_network_errors(visitor)


def test_a_channel_no_browser_plays_names_its_codec(small_node, visitor):
    small_node.wait_for_state("old", "unsupported")
    tv = Tv(visitor.open(f"{small_node.url}/#/old"))
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "codec")
    expect(notice).to_contain_text("MPEG-4")
    expect(tv.page.locator("[data-service=old]")).to_contain_text("Not playable")


def test_a_node_that_goes_away_is_told_on_both_pages_and_they_return_by_themselves(small_node, visitor, sender):
    tv = watch_fed(small_node, visitor)
    console = visitor.open(f"{small_node.url}/console")
    row = console.locator("[data-channel=fed]")
    expect(row).to_be_visible()
    small_node.stop()
    lost = console.get_by_test_id("connection-lost")
    expect(lost).to_contain_text("Connection lost, last seen at")
    expect(row).to_be_visible()  # what was known last stays on the page
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "unreachable", timeout=RECOVERY_MS)
    small_node.start()
    expect(lost).to_have_count(0, timeout=RECOVERY_MS)
    expect(notice).to_have_count(0, timeout=RECOVERY_MS)
    tv.wait_until_playing()
    before = row.inner_text()
    until(lambda: row.inner_text() != before, 10, "the console to move again")
    forget_network_errors(visitor)
