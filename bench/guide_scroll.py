"""Frames of the guide while it scrolls: 2,000 channels, 7 days, in Chromium without a GPU.

`python -m bench.guide_scroll URL` of a running node, whose `/api/guide` is answered by this program instead. Each way of
scrolling moves a given distance in each animation frame; the time between frames is what a viewer sees, and what the main
thread was busy for is from the browser's trace.
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright
from tests.browser import made_up_guide

FRAMES = 360
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
WAYS = {
    "channels, 4 rows a second": (0, 4),
    "channels, a page a second": (0, 12),
    "channels, flung": (0, 160),
    "time, an hour a second": (4, 0),
    "time, flung": (60, 0),
    "both": (20, 20),
}
SCROLL = """([dx, dy, frames]) => new Promise(done => {
  const grid = document.querySelector('[role=grid]'), times = [];
  grid.scrollTo(2000, 4000);
  let left = frames, sign = 1;
  const step = at => {
    times.push(at);
    if (left-- <= 0) return done(times);
    const atEnd = grid.scrollTop + dy > grid.scrollHeight - grid.clientHeight;
    if (atEnd || grid.scrollLeft + dx > grid.scrollWidth - grid.clientWidth) sign = -1;
    grid.scrollBy(sign * dx, sign * dy);
    requestAnimationFrame(step);
  };
  setTimeout(() => requestAnimationFrame(step), 1500);
})"""


def _fulfil(route: Route) -> None:
    route.fulfill(json=made_up_guide.answer(route.request.url))


def measure(page: Page, dx: int, dy: int) -> dict[str, float]:
    """Scroll one way and tell of its frames, in milliseconds."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def busy() -> float:
        metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        return float(metrics["TaskDuration"])

    before = busy()
    times = page.evaluate(SCROLL, [dx, dy, FRAMES])
    worked = busy() - before
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    ordered = sorted(gaps)
    return {
        "frame_ms_p50": round(statistics.median(gaps), 1),
        "frame_ms_p95": round(ordered[int(0.95 * len(ordered))], 1),
        "frame_ms_max": round(ordered[-1], 1),
        "frames_per_s": round(1000 * len(gaps) / (times[-1] - times[0]), 1),
        "main_thread_ms_per_frame": round(1000 * worked / len(gaps), 2),
    }


def main(url: str) -> dict[str, Any]:
    """Measure every way of scrolling."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 720}, locale="zh-CN", service_workers="block")
        page.route("**/api/guide?*", _fulfil)
        page.goto(f"{url.rstrip('/')}/#guide")
        page.locator("[role=gridcell]").first.wait_for()
        page.evaluate("document.querySelector('video').pause()")
        found = {way: measure(page, *distance) for way, distance in WAYS.items()}
        elements = page.evaluate("document.querySelectorAll('[role=grid] *').length")
        browser.close()
    return {
        "load": Path("/proc/loadavg").read_text().split()[0],
        "channels": made_up_guide.CHANNELS,
        "elements": elements,
        **found,
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m bench.guide_scroll http://localhost:8080/")
    print(json.dumps(main(sys.argv[1]), indent=2, ensure_ascii=False))
