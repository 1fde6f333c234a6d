"""How long until the list of channels is seen on a throttled mid phone: 300 ms, 2 Mbit/s, a fourth of the processor.

`seen_ms`: after the frame in which its first row is, whoever draws it; `stands_ms`: the page's own, which all keys are for.

`python -m bench.first_list URL [RUNS]` of a running node. First with an empty browser, then again with what it has kept; at
last how long keys take until the focus moves (`bench.keys`). On a
busy machine the time says little; octets and the main thread's own work (not slowed down) say what it is made of.
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench import keys
from bench.guide_scroll import FLAGS
from bench.keys import PHONE, SLOWER

WATCH = """new MutationObserver((_, observer) => {
  const note = what => requestAnimationFrame(() => {
    const port = new MessageChannel()
    port.port1.onmessage = () => { window[what] ??= performance.now() }
    port.port2.postMessage(null)
  })
  if (document.querySelector('[data-early], [data-service]')) note('seenMs')
  if (!document.querySelector('[data-service]')) return
  note('standsMs'); observer.disconnect()
}).observe(document, { childList: true, subtree: true })"""
LOOK_S = 0.05
LOOKS = 600
KEPT = """async () => navigator.serviceWorker?.controller && (await caches.keys()).some(name => name.includes('shell'))
  && (await (await caches.open('yiwang-list')).keys()).length > 0"""


def _until(page: Page, script: str) -> Any:
    for _ in range(LOOKS):
        seen = page.evaluate(script)
        if seen:
            return seen
        time.sleep(LOOK_S)
    raise SystemExit(f"waited {LOOKS * LOOK_S} s for {script}")


def visit(context: BrowserContext, url: str, *, wait: str | None = None) -> dict[str, float]:
    """Open the page and tell of it, until its list stands."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    for domain in ("Network", "Performance"):
        session.send(f"{domain}.enable")
    session.send("Network.emulateNetworkConditions", PHONE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    octets = {"n": 0}
    session.on("Network.dataReceived", lambda event: octets.update(n=octets["n"] + event["encodedDataLength"]))
    page.goto(url, wait_until="commit")
    stands_ms = _until(page, "window.standsMs")
    received = octets["n"]
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    seen_ms = page.evaluate("window.seenMs")
    painted_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    if wait is not None:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        _until(page, wait)
    page.close()
    return {
        "seen_ms": round(seen_ms),
        "stands_ms": round(stands_ms),
        "painted_ms": round(painted_ms),
        "octets": received,
        "main_thread_ms": round(1000 * metrics["TaskDuration"]),
        "script_ms": round(1000 * metrics["ScriptDuration"]),
        "layout_ms": round(1000 * (metrics["LayoutDuration"] + metrics["RecalcStyleDuration"])),
    }


def both(browser: Browser, url: str) -> tuple[dict[str, float], dict[str, float]]:
    """The first visit and the second."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", is_mobile=True, has_touch=True
    )
    first, second = visit(context, url, wait=KEPT), visit(context, url)
    context.close()
    return first, second


def main(url: str, runs: int) -> dict[str, Any]:
    """Median of each figure, and the least time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        pairs = [both(browser, url) for _ in range(runs)]
        of_keys = keys.screens(browser, url)
        browser.close()
    found: dict[str, Any] = {"keys": of_keys}
    for name, visits in zip(("first", "second"), zip(*pairs, strict=True), strict=True):
        found[name] = {key: statistics.median(one[key] for one in visits) for key in visits[0]}
        for key in ("seen_ms", "stands_ms"):
            found[name][f"least_{key}"] = min(one[key] for one in visits)
    return {"load": Path("/proc/loadavg").read_text().split()[0], "runs": runs, **found}


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit("usage: python -m bench.first_list http://localhost:8080/ [RUNS]")
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5), indent=2))
