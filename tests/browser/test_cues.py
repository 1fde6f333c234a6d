"""Shaka Player reads the cues of a packaged file where they are, from the playlist and from the manifest."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.conftest import ROOT, missing
from yiwang.services.package_files import package_files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHAKA = ROOT / "src/yiwang/web/ui/node_modules/shaka-player/dist/shaka-player.compiled.js"
LOAD = """async (manifest) => {
  const player = new shaka.Player()
  await player.attach(document.querySelector('video'))
  const region = new Promise((resolve) => player.addEventListener('timelineregionadded', (e) => resolve(e.detail)))
  await player.load(manifest)
  const { schemeIdUri, startTime, endTime } = await region
  return [schemeIdUri, startTime, endTime]
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not SHAKA.is_file():
        missing("Shaka Player is not installed: make setup")
    folder = tmp_path_factory.mktemp("cues")
    package_files([str(captures / "mp2ts-tools/80s_with_ad.ts")], folder, 540_000, None)
    shutil.copy(SHAKA, folder / "shaka.js")
    (folder / "page.html").write_text("<video muted></video><script src=shaka.js></script>")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("manifest", "scheme"),
    [("manifest.mpd", "urn:scte:scte35:2014:xml+bin"), ("index.m3u8", "com.apple.quicktime.HLS")],
)
def test_a_player_knows_when_the_break_begins_and_ends(browser: Browser, site: str, manifest: str, scheme: str):
    page = browser.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{site}/page.html")
    assert page.evaluate(LOAD, manifest) == [scheme, 10, 30]
    page.close()
