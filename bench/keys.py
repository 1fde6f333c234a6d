"""How long from a key to the focus, and to the frame that shows it: a phone and a TV with a fourth of the processor.

`python -m bench.keys [URL]` of a running node; without it the pages are served by this program, over a made-up network of 2,000
channels. Keys of the list of channels and of the guide, one by one and held down (30 a second), and the channel's name after a
zap. Times are from when the browser has the key (`event.timeStamp`), on the slowed-down main thread. A key that moves nothing
is lost; keys that are held down answer at most once a frame.
"""

import contextlib
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.made_up_network import served

from bench.guide_scroll import FLAGS

PHONE = {"offline": False, "latency": 300, "downloadThroughput": 250_000, "uploadThroughput": 93_750}
"""Of the line: 300 ms, 2 Mbit/s."""
SLOWER = 4
SCREENS = {"phone": (390, 844), "tv": (1920, 1080)}
CHANNELS = 2000
KEYS, APART_S = 60, 0.2
HELD, HELD_APART_S = 60, 1 / 30
SETTLED_S = 4.0
"""By then the pages of the web TV have been read."""
WATCH = """
window.moves = []
window.frames = 0
let pressed = [], drawn = 0
addEventListener('keydown', ({ key, timeStamp, repeat }) => {
  if (!key.startsWith('Arrow')) return
  pressed = repeat ? [...pressed, timeStamp] : [timeStamp]
}, true)
window.moved = () => {
  const at = performance.now(), answered = pressed.splice(0)
  if (answered.length === 0) return
  requestAnimationFrame(() => {
    const port = new MessageChannel()
    port.port1.onmessage = () => answered.forEach(from => moves.push([at - from, performance.now() - from]))
    if (drawn !== (drawn = document.timeline.currentTime)) frames += 1
    port.port2.postMessage(null)
  })
}
window.begin = () => { pressed = []; moves = []; frames = 0 }
addEventListener('focusin', moved, true)
const names = new MutationObserver(moved)
new MutationObserver(records => {
  if (records.some(({ type }) => type === 'attributes')) moved()
  const name = document.querySelector('[data-testid=now-name]')
  if (name && name !== window.named) names.observe(window.named = name, { childList: true, characterData: true, subtree: true })
}).observe(document, { childList: true, subtree: true, attributeFilter: ['aria-activedescendant'] })"""


def _press(page: Page, keys: list[str], apart_s: float, *, held: bool = False) -> dict[str, float]:
    page.evaluate("begin()")
    due = time.perf_counter()
    for key in keys:
        due += apart_s
        page.keyboard.down(key)
        if not held:
            page.keyboard.up(key)
        time.sleep(max(0.0, due - time.perf_counter()))
    for key in set(keys) if held else ():
        page.keyboard.up(key)
    page.wait_for_timeout(1_500)
    moves, frames = page.evaluate("[moves, frames]")
    found: dict[str, float] = {"keys": len(keys), "lost": len(keys) - len(moves), "frames_with_news": frames}
    if not moves:
        return found
    for name, times in zip(("focus", "frame"), zip(*moves, strict=True), strict=True):
        ordered = sorted(times)
        found[f"{name}_ms_p50"] = round(statistics.median(ordered), 1)
        found[f"{name}_ms_p95"] = round(ordered[int(0.95 * len(ordered))], 1)
        found[f"{name}_ms_max"] = round(ordered[-1], 1)
    return found


def measure(page: Page, url: str) -> dict[str, Any]:
    """Use the keys of the list, of the guide and of the picture."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", PHONE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    row = page.locator("[data-service]").first
    row.wait_for(timeout=60_000)
    time.sleep(SETTLED_S)
    row.focus()
    found = {
        "list": _press(page, ["ArrowDown"] * KEYS, APART_S),
        "list, held": _press(page, ["ArrowDown"] * HELD, HELD_APART_S, held=True),
    }
    page.goto(f"{url.rstrip('/')}/#guide")
    page.locator("[role=gridcell]").first.wait_for(timeout=60_000)
    time.sleep(SETTLED_S)
    ways = ["ArrowDown", "ArrowRight"]
    found["guide"] = _press(page, (ways * KEYS)[:KEYS], APART_S)
    found["guide, held"] = _press(page, ["ArrowDown"] * HELD, HELD_APART_S, held=True)
    first = page.evaluate(
        "fetch('/api/network').then(a => a.json()).then(n => n.services.find(s => s.state === 'live').id)"
    )
    page.goto(f"{url.rstrip('/')}/#/{first}")
    page.locator("[data-testid=now-name]").wait_for(state="attached", timeout=60_000)
    time.sleep(SETTLED_S)
    page.evaluate("document.querySelector('main').focus()")
    found["zap, to the name"] = _press(page, ["ArrowDown", "ArrowUp"] * 15, 4 * APART_S)
    return found


def screens(browser: Browser, url: str) -> dict[str, Any]:
    """Measure on each screen."""
    found = {}
    for name, (width, height) in SCREENS.items():
        is_phone = name == "phone"
        viewport = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, locale="zh-CN", is_mobile=is_phone, has_touch=is_phone)
        found[name] = measure(context.new_page(), url)
        context.close()
    return found


@contextlib.contextmanager
def _node(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with served(CHANNELS) as (made_up, _):
        yield made_up


def main(url: str | None) -> dict[str, Any]:
    """Measure over a node, or over a made-up network."""
    with sync_playwright() as playwright, _node(url) as address:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        found = screens(browser, address)
        browser.close()
    return {"load": Path("/proc/loadavg").read_text().split()[0], **found}


if __name__ == "__main__":
    if len(sys.argv) > 2:
        raise SystemExit("usage: python -m bench.keys [http://localhost:8080/]")
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else None), indent=2))
