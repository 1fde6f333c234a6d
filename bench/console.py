"""What the console costs: 2,000 channels at 1 Hz on the node, frames in the page, and history a channel and second.

`python -m bench.console`. The channels are those of 100 multiplexes whose counters a task moves each second (bit rates differ
each second, one channel in twenty has a fault); what that task needs is measured first and taken off. The page is Chromium
without a GPU: its frames while tiles change each second, and while it is scrolled.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.density import free_port

CHANNELS, PROGRAMMES = 2_000, 20
SECONDS = 20
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
FRAMES = """([seconds, dy]) => new Promise(done => {
  const board = document.querySelector('[data-testid=board]'), times = [], ends = performance.now() + 1000 * seconds
  let sign = 1
  const step = at => {
    times.push(at)
    if (at > ends) return done(times)
    if (dy) {
      if (board.scrollTop + dy > board.scrollHeight - board.clientHeight) sign = -1
      if (board.scrollTop - dy < 0) sign = 1
      board.scrollBy(0, sign * dy)
    }
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})"""


def made_up_network(folder: Path) -> Any:
    """Channels of multiplexes that nobody reads."""
    from yiwang.services.network import Network
    from yiwang.store.config_file import parse_config

    lines = [f'[node]\nstate_dir = "{folder}/state"\n']
    lines += [f'[[region]]\nid = "r{n}"\nname = {{zh = "区域{n}", en = "Region {n}"}}\n' for n in range(20)]
    for n in range(CHANNELS):
        multiplex = n // PROGRAMMES
        lines.append(
            f'[[service]]\nid = "c{n}"\nname = {{zh = "频道{n}", en = "Channel {n}"}}\nnumber = {n + 1}\n'
            f'region = "r{multiplex % 20}"\nprogram = {n % PROGRAMMES + 1}\nsource = "udp://[ff15::{multiplex + 1:x}]:5000"\n'
        )
    return Network(parse_config("".join(lines), "bench"), "bench")


def second(network: Any, rng: random.Random, now_ms: int) -> None:
    """Let what happens in a second happen."""
    from yiwang.base.events import Fault

    for channel in network.channels.values():
        channel.health.received(rng.randrange(900_000, 1_100_000), now_ms)
        channel.health.tick()
        channel._published_ms = now_ms
        channel.requests += rng.randrange(4)
        if rng.random() < 0.05 / 60:  # so that one in twenty is faulty at a time
            channel.health.note(Fault("continuity_count_error", 1, 256), now_ms)


async def serve(port: int) -> None:
    """Serve until killed."""
    from yiwang.net import wall_clock
    from yiwang.web.api import make_api
    from yiwang.web.listening import listen
    from yiwang.web.origin_app import OriginApp
    from yiwang.web.server import make_server

    with tempfile.TemporaryDirectory() as folder:
        network, rng = made_up_network(Path(folder)), random.Random(1)
        app = OriginApp(network, make_api(network, asyncio.Event()), asyncio.Event())
        server = make_server(app, lambda: None)

        async def move() -> None:
            while True:
                second(network, rng, wall_clock.now_ms())
                await asyncio.sleep(1)

        async with asyncio.TaskGroup() as group:
            group.create_task(move())
            group.create_task(server.serve(sockets=[listen("::1", port)]))


@contextmanager
def node() -> Iterator[tuple[str, psutil.Process]]:
    import socket

    port = free_port(socket.SOCK_STREAM)
    child = subprocess.Popen([sys.executable, "-m", "bench.console", "--serve", str(port)], stdout=subprocess.DEVNULL)
    try:
        url = f"http://[::1]:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{url}/healthz", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield url, psutil.Process(child.pid)
    finally:
        child.kill()
        child.wait()


def cpu_percent(process: psutil.Process, seconds: float) -> float:
    """CPU of a process, percent of a core, by its own time."""
    before, began = process.cpu_times(), time.monotonic()
    time.sleep(seconds)
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return 100 * spent / (time.monotonic() - began)


@contextmanager
def listeners(url: str, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = ["curl", "-sgN", "-o", "/dev/null", f"{url}/api/console/events"]
    readers = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield readers
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()


def of_node() -> dict[str, Any]:
    """CPU of the feed for no, one and ten listeners, and what one is sent."""
    with node() as (url, process):
        time.sleep(5)
        rates, figures = {}, {}
        for count in (0, 1, 10, 0):
            with listeners(url, count):
                time.sleep(3)
                rates.setdefault(count, []).append(cpu_percent(process, SECONDS))
        alone = statistics.mean(rates[0])
        for count in (1, 10):
            figures[f"cpu_percent_of_a_core_for_{count}"] = round(rates[count][0] - alone, 2)
        sizes = []
        with httpx.stream("GET", f"{url}/api/console/events", timeout=20) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    sizes.append(len(line))
                if len(sizes) == 6:
                    break
        return {
            "channels": CHANNELS,
            "the_moving_alone_percent": round(alone, 2),
            **figures,
            "octets_at_first": sizes[0],
            "octets_a_second": round(statistics.mean(sizes[1:])),
        }


def of_history() -> dict[str, Any]:
    """CPU of looking and writing, by simulated seconds."""
    from yiwang.net import wall_clock
    from yiwang.services.history import History

    with tempfile.TemporaryDirectory() as folder:
        network, rng = made_up_network(Path(folder)), random.Random(1)
        history = History(network)
        history._begin()
        now_ms = wall_clock.now_ms()
        wall_clock.now_ms = lambda: now_ms  # type: ignore[assignment]
        looks = writes = 0.0
        seconds = 130
        for n in range(seconds + 10):
            now_ms += 1000
            second(network, rng, now_ms)
            began = time.process_time()
            rows = history.look(now_ms // 1000 - 1, now_ms // 1000)
            looked = time.process_time()
            history._write(rows)
            if n >= 10:  # the first looks have nothing to compare with
                looks += looked - began
                writes += time.process_time() - looked
        files = [path.stat() for path in Path(folder, "state", "history").iterdir()]
        per = 1e6 / seconds / CHANNELS
        return {
            "us_per_channel_and_second": round((looks + writes) * per, 2),
            "of_it_looking": round(looks * per, 2),
            "cpu_percent_of_a_core": round(100 * (looks + writes) / seconds, 2),
            "octets_a_channel_at_most": files[0].st_size,
        }


def of_page() -> dict[str, Any]:
    """Frames of the page, in milliseconds."""
    from playwright.sync_api import sync_playwright

    found: dict[str, Any] = {}
    with node() as (url, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{url}/console")
        page.locator("[data-channel]").first.wait_for(timeout=60_000)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def busy() -> float:
            metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
            return float(metrics["TaskDuration"])

        for density in ("dots", "numbers", "cards"):
            page.get_by_test_id("density").select_option(density)
            time.sleep(2)
            for way, dy in (("still", 0), ("scrolled", 24)):
                before = busy()
                times = page.evaluate(FRAMES, [10, dy])
                worked = busy() - before
                gaps = sorted(b - a for a, b in zip(times, times[1:], strict=False))
                found[f"{density}, {way}"] = {
                    "frame_ms_p50": round(statistics.median(gaps), 1),
                    "frame_ms_p95": round(gaps[int(0.95 * len(gaps))], 1),
                    "frame_ms_p99": round(gaps[int(0.99 * len(gaps))], 1),
                    "frame_ms_max": round(gaps[-1], 1),
                    "main_thread_ms_a_second": round(1000 * worked / ((times[-1] - times[0]) / 1000), 0),
                    "tiles_in_the_document": page.locator("[data-channel]").count(),
                }
        browser.close()
    return found


def main() -> dict[str, Any]:
    return {
        "load": round(os.getloadavg()[0], 1),
        "node": of_node(),
        "history": of_history(),
        "page": of_page(),
        "load_after": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, metavar="PORT", help="of this program: the node")
    parser.add_argument("--only", choices=("node", "history", "page"))
    arguments = parser.parse_args()
    if arguments.serve:
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(arguments.serve))
    elif arguments.only:
        print(json.dumps({"node": of_node, "history": of_history, "page": of_page}[arguments.only](), indent=2))
    else:
        print(json.dumps(main(), indent=2))
