"""Every real capture that a browser can decode plays in Chromium, by Shaka Player (DASH) and by hls.js (HLS)."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import until
from tests.conftest import ROOT, missing
from tests.differential.test_captures import CASES
from yiwang.services.package_files import package_files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULES = ROOT / "src" / "yiwang" / "web" / "ui" / "node_modules"
PLAYERS = {
    "shaka": MODULES / "shaka-player" / "dist" / "shaka-player.compiled.js",
    "hls": MODULES / "hls.js" / "dist" / "hls.min.js",
}
SEGMENT_90K = 180_000
LONG_ENOUGH_S = 4
"""Of a longer capture so much is played."""
PATIENCE_S = 20

NOT_FOR_BROWSERS = {
    "tsduck/test-026.ts": "the second field of its first picture refers to one before it, and Chromium takes none of it",
}
"""Captures that a browser refuses for a reason of their own."""

PAGE = """<!doctype html><video muted></video><script src="/{player}.js"></script><script>
window.errors = [];
const video = document.querySelector('video');
video.onerror = () => window.errors.push('element: ' + video.error.message);
window.play = async (folder) => {{
  if ('{player}' === 'shaka') {{
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    window.player = player;
    await player.attach(video);
    player.addEventListener('error', (e) => window.errors.push('shaka ' + e.detail.code + ' ' + e.detail.data));
    await player.load(folder + '/manifest.mpd');
  }} else {{
    const player = new Hls();
    window.player = player;
    player.on(Hls.Events.ERROR, (_, data) => {{ if (data.fatal) window.errors.push('hls.js ' + data.details); }});
    const ready = new Promise((done) => player.on(Hls.Events.MANIFEST_PARSED, done));
    player.loadSource(folder + '/index.m3u8');
    player.attachMedia(video);
    await ready;
  }}
  video.playbackRate = 2;
  await video.play();
}};
window.look = () => ({{
  errors: window.errors, at: video.currentTime, end: video.ended, duration: video.duration,
  begin: video.buffered.length ? video.buffered.start(0) : 0,
  frames: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth,
}});
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    extensions_map = {  # noqa: RUF012 - the base class has it so
        ".m3u8": "application/vnd.apple.mpegurl",
        ".mpd": "application/dash+xml",
        ".m4s": "video/iso.segment",
        ".mp4": "video/mp4",
        ".html": "text/html",
        ".js": "text/javascript",
        "": "application/octet-stream",
    }

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """URL and folder of a server of files, with both players."""
    folder = tmp_path_factory.mktemp("site")
    for name, script in PLAYERS.items():
        if not script.is_file():
            missing(f"{script.name} is not installed: run `make setup`")
        (folder / f"{name}.js").write_bytes(script.read_bytes())
        (folder / f"{name}.html").write_text(PAGE.format(player=name))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join()


def plays(page: Page, folder: str, *, has_video: bool) -> dict[str, Any]:
    """Play to the end, or long enough; return what was seen at last."""
    page.evaluate("folder => { window.play(folder).catch(e => window.errors.push(String(e.code ?? e))); }", folder)

    def enough() -> dict[str, Any] | None:
        seen: dict[str, Any] = page.evaluate("window.look()")
        assert not seen["errors"], seen
        length = min(LONG_ENOUGH_S, (seen["duration"] or 0) - seen["begin"])
        has_played = seen["end"] or (length > 0 and seen["at"] - seen["begin"] >= length - 0.3)
        return seen if has_played and (seen["frames"] or not has_video) else None

    try:
        return until(enough, PATIENCE_S, f"{folder} to play")
    except BaseException:
        print(page.evaluate("window.look()"))
        raise


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if len(case.files) == 1])
def test_a_capture_plays(captures: Path, browser: Browser, site: tuple[str, Path], name: str, player: str) -> None:
    url, folder = site
    case, out = CASES[name], folder / str(list(CASES).index(name))
    if not out.exists():
        package_files([str(captures / case.files[0])], out, SEGMENT_90K, case.program)
    manifest = (out / "manifest.mpd").read_text()
    kinds = [kind for kind in ("video", "audio") if f'contentType="{kind}"' in manifest]
    codecs = [part.split('"')[0] for part in manifest.split('codecs="')[1:]]
    if "video" in kinds and not any(codec.startswith("avc") for codec in codecs):
        pytest.skip(f"Chromium does not decode {codecs}: compared with ffmpeg in tests/differential")
    if name in NOT_FOR_BROWSERS:
        pytest.skip(NOT_FOR_BROWSERS[name])
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{url}/{player}.html")
        seen = plays(page, f"{url}/{out.name}", has_video="video" in kinds)
    finally:
        context.close()
    if "video" in kinds:
        assert seen["frames"] > 0
        assert seen["width"] > 0
