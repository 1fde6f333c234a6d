"""A channel in a codec this browser has no decoder for: the page says so, at once and by name, and the others still play.

Debian's Chromium plays H.264 and refuses HEVC.
"""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Node, Visitor, node_with
from tests.browser.test_interruptions import Sender, forget_network_errors
from tests.browser.tv import Tv
from tests.free_port import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHANGE_MS = 90_000


class TwoCodecs(Sender):
    """A stream over UDP that may come from either encoder."""

    def __init__(self, ffmpeg: str, port: int) -> None:
        super().__init__(ffmpeg, port)
        self.avc = self.command
        self.hevc = [{"libx264": "libx265"}.get(word, word) for word in self.command]
        self.hevc[self.hevc.index("-preset") : self.hevc.index("-preset")] = ["-x265-params", "log-level=none"]

    def turn(self, command: list[str]) -> None:
        self.cut()
        self.command = command
        self.start()


@pytest.fixture(scope="module")
def source_port() -> int:
    return free_port(socket.SOCK_DGRAM)


@pytest.fixture
def sender(ffmpeg: str, source_port: int) -> Iterator[TwoCodecs]:
    sender = TwoCodecs(ffmpeg, source_port)
    sender.start()
    yield sender
    sender.cut()


@pytest.fixture(scope="module")
def two_codecs(
    ffmpeg: str, source_port: int, pages_built: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """A node with a channel that is fed, and one in HEVC."""
    folder: Path = tmp_path_factory.mktemp("node")
    hevc = folder / "hevc.ts"
    lavfi = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=10"]
    encoder = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=25"]
    subprocess.run([*lavfi, *encoder, "-pix_fmt", "yuv420p", "-f", "mpegts", str(hevc)], check=True)
    services = f"""
        [[service]]
        id = "fed"
        number = 1
        name = {{ zh = "馈送", en = "Fed" }}
        source = "udp://127.0.0.1:{source_port}"
        [[service]]
        id = "uhd"
        number = 2
        name = {{ zh = "超高清", en = "UHD" }}
        source = "file:{hevc}?loop=1"
        """
    with node_with(folder, services, "two_codecs.log") as node:
        yield node


def expect_refusal(tv: Tv) -> None:
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "codec", timeout=CHANGE_MS)
    expect(notice).to_contain_text("This browser cannot play this channel")
    expect(notice).to_contain_text("H.265/HEVC")


def test_an_hevc_channel_names_its_codec_and_the_next_channel_plays(
    two_codecs: Node, visitor: Visitor, sender: TwoCodecs
) -> None:
    for service in ("fed", "uhd"):
        two_codecs.wait_for_state(service, "live")
    (track,) = next(s for s in two_codecs.services() if s["id"] == "uhd")["tracks"]
    assert track["codec"].startswith("hvc1.1.6.L")
    tv = Tv(visitor.open(f"{two_codecs.url}/#/uhd"))
    expect_refusal(tv)
    tv.page.keyboard.press("ArrowUp")
    tv.wait_until_playing()
    expect(tv.page.get_by_test_id("notice")).to_have_count(0)


def test_a_channel_that_turns_to_hevc_says_so_and_plays_again_when_it_turns_back(
    two_codecs: Node, visitor: Visitor, sender: TwoCodecs
) -> None:
    two_codecs.wait_for_state("fed", "live")
    tv = Tv(visitor.open(f"{two_codecs.url}/#/fed"))
    tv.wait_until_playing()
    sender.turn(sender.hevc)
    expect_refusal(tv)
    sender.turn(sender.avc)
    expect(tv.page.get_by_test_id("notice")).to_have_count(0, timeout=CHANGE_MS)
    tv.wait_until_playing()
    # Shaka Player rejects a promise of its own, which nobody can catch, for each manifest with a part it cannot play
    tv.page.close()  # or another one comes after this
    visitor.errors = [error for error in visitor.errors if not error.startswith("page error:")]
    forget_network_errors(visitor)
