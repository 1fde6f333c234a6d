"""The web TV's list of channels at 2,000 of them on a slow phone: Chromium with a sixth of the processor.

`python -m bench.channel_list [CHANNELS]`. The built pages are served by this program, with a made-up network and guide.
`list_ms`: from the answer of `/api/network` until the first row is laid out; `longest_task_ms` until five seconds later;
`second_ms` what the main thread does in a second when nothing happens; `change_ms` for an event that changes a service;
`key_ms` from an arrow key to the frame with its focus. All but the heap are of the slowed-down main thread.
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright
from tests.browser.made_up_network import Changes, served

from bench.guide_scroll import FLAGS

SLOWER = 6
KEYS = 20
FRAMES = 90
WATCH = """
window.tasks = []
new PerformanceObserver(list => tasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration])))
  .observe({ type: 'longtask', buffered: true })
window.shift = 0
new PerformanceObserver(list => list.getEntries().forEach(({ value }) => (window.shift += value)))
  .observe({ type: 'layout-shift', buffered: true })
new MutationObserver((_, observer) => {
  if (!document.querySelector('[data-service]')) return
  observer.disconnect()
  requestAnimationFrame(() => setTimeout(() => (window.standsMs = performance.now())))
}).observe(document, { childList: true, subtree: true })"""
SCROLL = """([dy, frames]) => new Promise(done => {
  const rows = document.querySelector('aside .rows'), times = []
  rows.scrollTo(0, 0)
  const step = at => {
    times.push(at)
    if (times.length > frames) return done(times)
    rows.scrollBy(0, dy)
    requestAnimationFrame(step)
  }
  setTimeout(() => requestAnimationFrame(step), 300)
})"""
KEY = """() => new Promise(done => {
  const from = performance.now(), row = document.activeElement
  row.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }))
  requestAnimationFrame(() => setTimeout(() => done(document.activeElement === row ? -1 : performance.now() - from)))
})"""


def _metrics(session: CDPSession) -> dict[str, float]:
    return {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}


def _busy_ms(session: CDPSession, page: Page, wait_ms: int) -> float:
    before = _metrics(session)["TaskDuration"]
    page.wait_for_timeout(wait_ms)
    return 1000 * (_metrics(session)["TaskDuration"] - before)


def measure(page: Page, session: CDPSession, url: str, changes: Changes) -> dict[str, float]:
    """Open the page and use its list."""
    page.add_init_script(WATCH)
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.standsMs")
    page.wait_for_timeout(5_000)
    stands, answered, tasks, shift = page.evaluate(
        "[standsMs, performance.getEntriesByName(location.origin + '/api/network').at(-1).responseEnd, tasks, shift]"
    )
    session.send("HeapProfiler.collectGarbage")
    metrics = _metrics(session)
    found = {
        "list_ms": round(stands - answered),
        "stands_ms": round(stands),
        "longest_task_ms": round(max((duration for _, duration in tasks), default=0)),
        "long_tasks_ms": round(sum(duration for _, duration in tasks)),
        "layout_shift": round(shift, 4),
        "script_ms": round(1000 * metrics["ScriptDuration"]),
        "layout_ms": round(1000 * (metrics["LayoutDuration"] + metrics["RecalcStyleDuration"])),
        "heap_mb": round(metrics["JSHeapUsedSize"] / 1e6, 1),
        "nodes": round(metrics["Nodes"]),
        "second_ms": round(_busy_ms(session, page, 4_000) / 4, 1),
    }
    idle = found["second_ms"]
    change_ms = []
    for n in range(4):
        changes.put({"services": [{"id": "s1", "state": "no-signal" if n % 2 else "live"}], "gone": []})
        change_ms.append(_busy_ms(session, page, 1_000) - idle)
    found["change_ms"] = round(statistics.median(change_ms), 1)
    for name, dy in (("slow", 30), ("flung", 900)):
        times = page.evaluate(SCROLL, [dy, FRAMES])
        gaps = sorted(b - a for a, b in zip(times, times[1:], strict=False))
        found[f"scroll_{name}_frame_ms_p50"] = round(statistics.median(gaps), 1)
        found[f"scroll_{name}_frame_ms_p95"] = round(gaps[int(0.95 * len(gaps))], 1)
        found[f"scroll_{name}_frame_ms_max"] = round(gaps[-1], 1)
    page.locator("[data-service]").first.focus()
    keys = [page.evaluate(KEY) for _ in range(KEYS)]
    found |= {
        "key_ms_p50": round(statistics.median(keys), 1),
        "key_ms_max": round(max(keys), 1),
        "keys_lost": keys.count(-1),
    }
    return found


def main(channels: int, runs: int) -> dict[str, Any]:
    """Median of each figure."""
    rows = []
    with sync_playwright() as playwright, served(channels) as (url, changes):
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        for _ in range(runs):
            context = browser.new_context(
                viewport={"width": 360, "height": 740},
                locale="zh-CN",
                is_mobile=True,
                has_touch=True,
                service_workers="block",
            )
            page = context.new_page()
            rows.append(measure(page, context.new_cdp_session(page), url, changes))
            context.close()
            time.sleep(0.5)
        browser.close()
    figures = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    return {"load": Path("/proc/loadavg").read_text().split()[0], "channels": channels, "runs": runs, **figures}


if __name__ == "__main__":
    if len(sys.argv) > 3:
        raise SystemExit("usage: python -m bench.channel_list [CHANNELS [RUNS]]")
    asked = [int(value) for value in sys.argv[1:]]
    print(json.dumps(main(asked[0] if asked else 2_000, asked[1] if len(asked) > 1 else 3), indent=2))
