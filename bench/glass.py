"""Glass to glass and channel change, in Chromium, on the demo: the clock burnt into the picture against this machine's.

The demo's picture carries, as black and white blocks, which frame of the minute it is, and is sent at the UTC it says. The
page's picture is read back from a canvas; UTC now minus what it says is the whole way: encoder's clock, multicast,
packaging, HTTP, player, decoder. What a screen adds after that is not in it.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from pathlib import Path

from playwright.async_api import Page, async_playwright

from yiwang.media.demo_strip import BLOCKS, HEIGHT_DIVISOR, read_strip

PORT = 8767
CHROMIUM = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"),
)
READ = """([blocks, divisor]) => {
  const video = document.querySelector('video');
  if (!video || video.readyState < 2) return null;
  const canvas = document.createElement('canvas');
  canvas.width = blocks; canvas.height = 1;
  const height = video.videoHeight / divisor;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.imageSmoothingEnabled = false;
  context.drawImage(video, 0, video.videoHeight - height / 2, video.videoWidth, 1, 0, 0, blocks, 1);
  const at = Date.now();
  const pixels = context.getImageData(0, 0, blocks, 1).data;
  return [at, Array.from({length: blocks}, (_, i) => pixels[4 * i])];
}"""


async def glass_ms(page: Page, count: int) -> list[float]:
    found: list[float] = []
    for _ in range(count):
        await page.wait_for_timeout(300)
        seen = await page.evaluate(READ, [BLOCKS, HEIGHT_DIVISOR])
        frame = read_strip(seen[1]) if seen else None
        if frame is not None:
            found.append((seen[0] - frame * 40) % 60_000)
    return found


async def measure(protocol: str) -> dict[str, object]:
    async with async_playwright() as p:
        browser = await p.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        page = await browser.new_page(viewport={"width": 1280, "height": 720}, locale="en")
        await page.add_init_script(f"localStorage.setItem('yiwang.protocol', '{protocol}')")
        await page.goto(f"http://localhost:{PORT}/#/southport-ocean")
        await page.wait_for_timeout(8000)
        latencies = await glass_ms(page, 40)
        for _ in range(12):
            await page.keyboard.press("ArrowDown")
            await page.wait_for_timeout(2500)
        zaps = await page.evaluate("window.__yiwang.zapTimesMs")
        stats = await page.evaluate("window.__yiwang.stats()")
        await browser.close()
        changes = zaps[1:] or [float("nan")]
        return {
            "protocol": stats["figures"]["protocol"] if stats.get("figures") else protocol,
            "glass_to_glass_ms_p50": round(statistics.median(latencies)) if latencies else None,
            "glass_to_glass_ms_max": round(max(latencies)) if latencies else None,
            "channel_change_ms_p50": round(statistics.median(changes)),
            "channel_change_ms_max": round(max(changes)),
            "changes": len(changes),
        }


async def main() -> list[dict[str, object]]:
    cache = os.environ.get("YIWANG_CACHE_DIR") or str(Path(__file__).resolve().parent.parent / "var" / "cache")
    node = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yiwang.cli.main", "up", "--port", str(PORT)),
        env={**os.environ, "YIWANG_CACHE_DIR": cache},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        began = time.monotonic()
        while time.monotonic() - began < 300:
            await asyncio.sleep(2)
            try:
                _, writer = await asyncio.open_connection("localhost", PORT)
                writer.close()
                break
            except OSError:
                continue
        await asyncio.sleep(12)
        return [await measure("hls"), await measure("dash")]
    finally:
        node.terminate()
        await node.wait()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main()), indent=2))
