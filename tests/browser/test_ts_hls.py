"""hls.js and Shaka Player play the MPEG-TS playlist of a packaged stream to its end, with picture and sound."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.conftest import ROOT, missing
from tests.packaging import television as tv
from yiwang.services.package_files import package_files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULES = ROOT / "src/yiwang/web/ui/node_modules"
PLAYERS = {"shaka": "shaka-player/dist/shaka-player.compiled.js", "hls": "hls.js/dist/hls.min.js"}
SECONDS = 6
LOAD = {
    "shaka": """async (video, fail) => {
  const player = new shaka.Player()
  player.addEventListener('error', (e) => fail(String(e.detail)))
  await player.attach(video)
  await player.load('ts.m3u8')
}""",
    "hls": """async (video, fail) => {
  const player = new Hls()
  player.on(Hls.Events.ERROR, (_, data) => fail(data.details))
  player.attachMedia(video)
  player.loadSource('ts.m3u8')
}""",
}
PLAY = """async () => {{
  const video = document.querySelector('video')
  const errors = []
  const ended = new Promise((resolve) => video.addEventListener('ended', resolve))
  const stalls = []
  const late = new Promise((resolve) => setTimeout(resolve, 25000))
  video.addEventListener('waiting', () => stalls.push(video.currentTime))
  await ({load})(video, (text) => errors.push(text))
  await video.play()
  await Promise.race([ended, late])
  const quality = video.getVideoPlaybackQuality()
  return {{
    errors, time: video.currentTime, ended: video.ended, width: video.videoWidth,
    pictures: quality.totalVideoFrames, sound: video.webkitAudioDecodedByteCount, stalls: stalls.filter((t) => t > 0.5),
  }}
}}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t", ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ts-hls")
    (folder / "in.ts").write_bytes(tv.stream(SECONDS))
    package_files([str(folder / "in.ts")], folder, 180_000, None, ts=True)
    for name, file in PLAYERS.items():
        if not (MODULES / file).is_file():
            missing(f"{file} is not installed: make setup")
        shutil.copy(MODULES / file, folder / f"{name}.js")
        (folder / f"{name}.html").write_text(f"<video muted></video><script src={name}.js></script>")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("player", PLAYERS)
def test_a_player_plays_it_to_the_end(browser: Browser, site: str, player: str):
    page = browser.new_page()
    page.set_default_timeout(40_000)
    page.goto(f"{site}/{player}.html")
    seen = page.evaluate(PLAY.format(load=LOAD[player]))
    page.close()
    assert seen["errors"] == []
    assert seen["ended"], seen
    assert seen["time"] == pytest.approx(SECONDS, abs=0.2)
    assert seen["width"] == 96
    assert seen["pictures"] >= 0.9 * SECONDS * 25
    assert seen["sound"] > 0
    assert seen["stalls"] == []
