"""A multiplex that is taken whole, in the web TV: its channels by name and number, what is on, the linked application."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Node, node_with
from tests.browser.tv import Tv
from tests.live.two_programmes import VIDEO, two_programmes
from tests.mpegts.test_service_information import APPLICATION
from tests.packaging import television as tv
from tests.services.made_up_stream import Writer
from tests.services.test_on_air import news
from yiwang.mpegts.ait import Ait
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors.application_signalling import ApplicationSignallingDescriptor
from yiwang.mpegts.eit import EitSection
from yiwang.mpegts.pmt import Pmt, PmtStream

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECONDS = 12
AIT_PID = 0x300


def with_guide(octets: bytes) -> bytes:
    """Give programme 1 a guide and an application."""
    signalling = (Descriptor.of(ApplicationSignallingDescriptor(((0x10, 0),))),)
    streams = (PmtStream(0x1B, VIDEO), PmtStream(0x0F, VIDEO + 1), PmtStream(5, AIT_PID, signalling))
    w = Writer()
    w.sections(0x1000, Pmt(1, VIDEO, (), streams).to_sections())
    w.sections(AIT_PID, Ait(0x10, (), (APPLICATION,)).to_sections())
    for number, title in enumerate(("新闻联播", "天气预报")):
        section = EitSection(0x4E, 1, 1, 9, (news(number, title),), number, 1, number)
        w.sections(0x12, (section.to_section(),))
    out = []
    for packet in tv.packets(octets):
        if tv.pid_of(packet) == 0x1000:
            out += w.packets
        else:
            out.append(packet)
    return tv.continuous([b"".join(out)])


@pytest.fixture(scope="module")
def node(pages_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("mux")
    (folder / "mux.ts").write_bytes(with_guide(two_programmes(tv.stream(SECONDS, gop=25), tv.stream(SECONDS, gop=25))))
    services = (
        "[packaging]\nsegment_duration = 1\npart_duration = 0.25\n"
        f'[[service]]\nid = "mux"\nsource = "file:{folder}/mux.ts?loop=1"\nprogram = "*"\n'
    )
    with node_with(folder, services, "multiplex.log") as it:
        for service_id in ("mux-1", "mux-2"):
            it.wait_for_state(service_id, "live")
        yield it


def test_the_channels_of_a_multiplex_are_watched_by_name_with_what_is_on_and_what_comes_next(node, visitor):
    page = visitor.open(f"{node.url}/#/mux-1")
    watching = Tv(page)
    watching.wait_until_playing()
    assert watching.now() == "CCTV-1综合"
    expect(page.get_by_test_id("now-event")).to_have_text(re.compile(r"^\d\d:\d\d–\d\d:\d\d 新闻联播$"))
    watching.press("i")
    panel = page.get_by_test_id("info-panel")
    expect(panel.locator("[data-row=now]")).to_contain_text("新闻联播")
    expect(panel.locator("[data-row=next]")).to_contain_text("天气预报")
    link = panel.locator("[data-row=application] a")
    expect(link).to_have_text("Red")
    expect(link).to_have_attribute("href", "http://hbbtv.test/a/index.html")
    watching.press("i")
    watching.zap_with("ArrowDown")
    assert watching.tuned() == "mux-2"
    assert watching.now() == "湖南卫视"
    expect(page.get_by_test_id("now-event")).to_have_count(0)


def test_the_console_shows_the_channels_of_a_multiplex(node, visitor):
    page = visitor.open(f"{node.url}/console")
    for name in ("CCTV-1综合", "湖南卫视"):
        expect(page.get_by_text(name).first).to_be_visible()


def test_the_file_is_opened_once(node: Node):
    assert node.process is not None
    links = [link.readlink() for link in Path(f"/proc/{node.process.pid}/fd").iterdir() if link.is_symlink()]
    assert sum(link.name == "mux.ts" for link in links) == 1
