"""Take the picture of the README: `python -m tests.browser.screenshot URL` of a running node, to docs/screenshot.png."""

import io
import shutil
import sys
import time

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.tv import Tv
from tests.conftest import ROOT
from yiwang.net import wall_clock

TARGET = ROOT / "docs" / "screenshot.png"
LARGEST_OCTETS = 300_000
SUN_S = 41
"""Of a minute: then the demo's sun is in the middle of what the list leaves free."""


def take(url: str) -> None:
    """Show the first channel that is live, with the list over it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 810}, locale="zh-CN", color_scheme="dark")
        page.goto(url)
        page.locator("[data-service]").first.click()
        tv = Tv(page)
        tv.wait_until_playing(frames=100)
        time.sleep((SUN_S - wall_clock.now_ms() / 1000) % 60)
        page.mouse.move(900, 360)
        page.wait_for_timeout(1_500)
        shot = page.screenshot()
        browser.close()
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.save(TARGET, optimize=True)
    size = TARGET.stat().st_size
    print(f"{TARGET}: {size} octets")
    if size > LARGEST_OCTETS:
        raise SystemExit(f"larger than {LARGEST_OCTETS} octets")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.browser.screenshot http://localhost:8080/")
    take(sys.argv[1])
