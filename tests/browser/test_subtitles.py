"""Subtitles of a broadcast as a viewer has them: in Shaka Player from files, and in the web TV from a live channel."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import VAR, Node, Visitor, node_with, until
from tests.browser.tv import Tv
from tests.conftest import ROOT, missing
from tests.packaging import dvb_subtitle_writer as dvb
from tests.packaging.teletext_writer import YELLOW, Subtitle, service, with_private, with_teletext
from tests.packaging.television import continuous, first_dts, shifted, stream
from yiwang.services.package_files import package_files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHAKA = ROOT / "src/yiwang/web/ui/node_modules/shaka-player/dist/shaka-player.compiled.js"
HLS_JS = ROOT / "src/yiwang/web/ui/node_modules/hls.js/dist/hls.min.js"
LOAD = """async ([manifest, language, at]) => {
  const video = document.querySelector('video')
  const player = new shaka.Player()
  await player.attach(video)
  player.configure({ streaming: { bufferingGoal: 30 } })
  await player.load(manifest)
  const tracks = player.getTextTracks()
  player.selectTextTrack(tracks.find((track) => track.language === language) ?? tracks[0])
  window.tracks = tracks.map(({ language, roles, accessibilityPurpose }) => [language, roles.join()])
  video.currentTime = at
  window.cues = () => [...video.textTracks].flatMap((track) => [...(track.cues ?? [])])
    .map((cue) => [Math.round(cue.startTime * 100) / 100, Math.round(cue.endTime * 100) / 100, cue.text, cue.line])
    .sort((one, other) => one[0] - other[0])
}"""
SHOWN = "document.querySelector('[data-testid=captions]').innerText.trim()"


def television() -> bytes:
    """Twelve seconds with subtitles in English for the hard of hearing, and in French."""
    pictures = stream(12)
    origin = first_dts(pictures) + 7200  # the first picture is shown two frames after it is decoded
    english = [
        Subtitle(1, 2.6, [b"Hello there"]),
        Subtitle(3.5, 6.7, [b"It is a long one", b"and goes on"], YELLOW),
        Subtitle(8, 11.5, [b"A < B & C"]),
    ]
    services = [service(8, 0x88, english, origin), service(8, 0x89, [Subtitle(1, 11, [b"Bonjour"])], origin)]
    return with_teletext(pictures, [(b"eng", 5, 8, 0x88), (b"fra", 2, 8, 0x89)], services)


def television_with_pictures(seconds: int = 12) -> bytes:
    """Some seconds with a DVB subtitle, a block of three colours, in all but the first and last of them."""
    pictures = stream(seconds)
    origin = first_dts(pictures) + 7200
    rows = [[1] * 120 + [2] * 120 + [3] * 120] * 40
    times = (origin + 90_000, origin + (seconds - 1) * 90_000)
    sets = (dvb.shown(rows, 180, 480, time_out=20), dvb.cleared())
    parts = [(pts - 20_000, dvb.pes(segments, pts)) for pts, segments in zip(times, sets, strict=True)]
    return with_private(pictures, dvb.SUBTITLE_PID, dvb.descriptor(), parts)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def pages_of(folder: Path) -> Iterator[str]:
    """Serve a packaged folder, and a page with Shaka Player; yield the URL."""
    shutil.copy(SHAKA, folder / "shaka.js")
    (folder / "page.html").write_text("<video muted></video><script src=shaka.js></script>")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not SHAKA.is_file():
        missing("Shaka Player is not installed: make setup")
    folder = tmp_path_factory.mktemp("subtitles")
    (folder / "in.ts").write_bytes(television())
    package_files([str(folder / "in.ts")], folder, 180_000, None)
    with pages_of(folder) as url:
        yield url


@pytest.mark.parametrize(
    ("manifest", "late"),
    [("manifest.mpd", 0), ("index.m3u8", 0.08)],  # HLS has pictures and text later by the reordering delay (ADR 6)
)
def test_a_player_reads_the_subtitles_where_they_are(browser: Browser, site: str, manifest: str, late: float):
    page = browser.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{site}/page.html")
    page.evaluate(LOAD, [manifest, "en", 0])
    assert {language for language, _ in page.evaluate("window.tracks")} == {"en", "fr"}
    cues = until(lambda: len(found := page.evaluate("window.cues()")) >= 7 and found, 20, "the cues")
    assert [(round(begin - late, 2), round(end - late, 2)) for begin, end, *_ in cues] == [
        (1, 2),
        (2, 2.6),
        (3.5, 4),
        (4, 6),
        (6, 6.7),
        (8, 10),
        (10, 11.5),
    ]
    assert "A < B & C" in cues[-1][2].replace("&lt;", "<").replace("&amp;", "&")
    page.close()


@pytest.fixture(scope="module")
def node(pages_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with a channel with teletext, one with DVB subtitles, and one with those whose clock jumps all 6 seconds."""
    folder: Path = tmp_path_factory.mktemp("node")
    (folder / "in.ts").write_bytes(television())
    (folder / "pictures.ts").write_bytes(television_with_pictures())
    short = television_with_pictures(6)
    (folder / "jumps.ts").write_bytes(continuous([short, shifted(short, 1000 * 90_000)]))
    services = f"""
        [[service]]
        id = "one"
        number = 1
        name = {{ zh = "一", en = "One" }}
        source = "file:{folder}/in.ts?loop=1"
        [[service]]
        id = "two"
        number = 2
        name = {{ zh = "二", en = "Two" }}
        source = "file:{folder}/pictures.ts?loop=1"
        [[service]]
        id = "three"
        number = 3
        name = {{ zh = "三", en = "Three" }}
        source = "file:{folder}/jumps.ts?loop=1"
        """
    with node_with(folder, services, "subtitles.log") as node:
        yield node


@pytest.mark.parametrize("protocol", ["dash", "hls"])
def test_a_viewer_chooses_subtitles_and_sees_them(node: Node, visitor: Visitor, protocol: str):
    node.wait_for_state("one", "live")
    tv = Tv(visitor.open(node.url))
    tv.remember(protocol=protocol)
    tv.page.goto(f"{node.url}/#/one")
    tv.page.reload()
    tv.wait_until_playing()
    assert tv.stats()["figures"]["protocol"] == protocol
    tv.press("s")
    group = tv.page.get_by_test_id("settings-panel").locator('[data-group="text"]')
    expect(group.get_by_role("menuitemradio")).to_have_count(3)
    group.get_by_role("menuitemradio").filter(has_text="English").click()
    tv.page.get_by_test_id("settings-panel").press("Escape")
    seen = until(lambda: tv.page.evaluate(SHOWN), 90, "a subtitle on the screen")
    assert seen.split("\n")[0] in ("Hello there", "It is a long one", "A < B & C")
    tv.page.screenshot(path=VAR / f"subtitle-{protocol}.png")
    until(lambda: "goes on" in tv.page.evaluate(SHOWN), 90, "the next subtitle")
    until(lambda: not tv.page.evaluate(SHOWN), 90, "a screen without subtitles")


CHOOSE_LATE = """async (url) => {
  const video = document.querySelector('video')
  const hls = new Hls({ lowLatencyMode: true })
  window.errors = []
  hls.on(Hls.Events.ERROR, (_, data) => data.fatal && window.errors.push(data.details))
  hls.attachMedia(video)
  hls.loadSource(url)
  await new Promise((done) => video.addEventListener('canplay', done, { once: true }))
  await video.play()
  await new Promise((done) => hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => details.skippedSegments && done()))
  hls.subtitleTrack = hls.subtitleTracks.findIndex(({ lang }) => lang === 'en')
  hls.subtitleDisplay = true
  window.shown = () => [...video.textTracks].flatMap((track) => [...(track.activeCues ?? [])]).map((cue) => cue.text)
}"""


def test_hls_js_shows_subtitles_that_are_chosen_while_it_plays(node: Node, browser: Browser, tmp_path: Path):
    if not HLS_JS.is_file():
        missing("hls.js is not installed: make setup")
    node.wait_for_state("one", "live")
    shutil.copy(HLS_JS, tmp_path / "hls.js")
    with pages_of(tmp_path) as url:
        page = browser.new_page()
        page.goto(f"{url}/page.html")
        page.add_script_tag(url=f"{url}/hls.js")
        page.evaluate(CHOOSE_LATE, f"{node.url}/live/one/index.m3u8")
        until(lambda: "Hello there" in page.evaluate("window.shown()"), 90, "a subtitle")
        until(lambda: any("goes on" in text for text in page.evaluate("window.shown()")), 90, "the next one")
        until(lambda: not page.evaluate("window.shown()"), 90, "a screen without subtitles")
        assert page.evaluate("window.errors") == []
        page.close()


PICTURE_PLACE = """async () => {
  const found = [...document.querySelectorAll('[data-testid=captions] *')]
    .find((element) => element.style.backgroundImage.includes('data:image/png'))
  if (!found) return null
  const image = new Image()
  image.src = found.style.backgroundImage.replace(/^url\\(["']?|["']?\\)$/g, '')
  await image.decode()
  const box = found.getBoundingClientRect()
  return [image.naturalWidth, image.naturalHeight, box.x, box.y, box.width, box.height].map(Math.round)
}"""


def test_a_viewer_sees_subtitles_that_are_pictures(node: Node, visitor: Visitor):
    node.wait_for_state("two", "live")
    tv = Tv(visitor.open(node.url))
    tv.remember(protocol="dash", **{"text-language": "fr"})
    tv.page.goto(f"{node.url}/#/two")
    tv.page.reload()
    tv.wait_until_playing()
    place = until(lambda: tv.page.evaluate(PICTURE_PLACE), 90, "a picture on the screen")
    tv.page.screenshot(path=VAR / "subtitle-pictures.png")
    assert place[:2] == [360, 40]  # all three colours are seen, so nothing was cropped
    # 720x576 pixels are the whole 1280x720 screen
    assert place[2:] == pytest.approx([180 * 1280 / 720, 480 * 720 / 576, 360 * 1280 / 720, 40 * 720 / 576], abs=100)
    until(lambda: tv.page.evaluate(PICTURE_PLACE) is None, 90, "a screen without subtitles")


def test_subtitles_go_on_where_the_channel_begins_anew(node: Node, visitor: Visitor):
    """A player learns of what a Period has when it sees it first; text comes later than the pictures."""
    node.wait_for_state("three", "live")
    tv = Tv(visitor.open(node.url))
    tv.remember(protocol="dash", **{"text-language": "fr"})
    tv.page.goto(f"{node.url}/#/three")
    tv.page.reload()
    tv.wait_until_playing()
    for n in range(3):
        until(lambda: tv.page.evaluate(PICTURE_PLACE), 90, f"picture {n} on the screen")
        until(lambda: tv.page.evaluate(PICTURE_PLACE) is None, 90, f"a screen without subtitles after picture {n}")


@pytest.fixture(scope="module")
def captioned_site(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not SHAKA.is_file():
        missing("Shaka Player is not installed: make setup")
    folder = tmp_path_factory.mktemp("captions")
    package_files([str(captures / "shaka-player/captions-test.ts")], folder, 540_000, None)
    with pages_of(folder) as url:
        yield url


@pytest.mark.parametrize("manifest", ["manifest.mpd", "index.m3u8"])
def test_a_player_finds_the_captions_within_the_video(browser: Browser, captioned_site: str, manifest: str):
    page = browser.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{captioned_site}/page.html")
    page.evaluate(LOAD, [manifest, "und", 0])  # in HLS Shaka calls a language that is not said "CC1"
    assert len(page.evaluate("window.tracks")) == 2  # CEA-608 and CEA-708
    found = until(lambda: [text for *_, text, _ in page.evaluate("window.cues()") if "captions" in text], 20, "cues")
    assert "608 captions" in found[0]
    page.close()
