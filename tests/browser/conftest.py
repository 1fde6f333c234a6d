"""A node in a child process, and a Chromium whose pages keep a record of everything that went wrong."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.conftest import ROOT, missing
from tests.free_port import free_port

VAR = ROOT / "var" / "browser"
STATIC = ROOT / "src" / "yiwang" / "web" / "static"
LOOK_S = 0.1
SLOWEST_S = 60
"""For what takes no time, on a machine that has none."""
WORKERLESS = "Service Worker registration blocked by Playwright"
START_S = 900  # the demo's streams are encoded once, at the first start
expect.set_options(timeout=SLOWEST_S * 1000)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def until(look: Callable[[], Any], seconds: float, what: str | Callable[[], str]) -> Any:
    """Look again and again until something true is seen, and return it; a machine under load is given SLOWEST_S."""
    seconds = max(seconds, SLOWEST_S)
    for _ in range(round(seconds / LOOK_S)):
        seen = look()
        if seen:
            return seen
        time.sleep(LOOK_S)
    pytest.fail(f"waited {seconds} s for {what if isinstance(what, str) else what()}")


@dataclass
class Node:
    """`yiwang up` in a child process."""

    arguments: tuple[str, ...]
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "yiwang.cli.main", "up", *self.arguments, "--host", "127.0.0.1"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "YIWANG_CACHE_DIR": str(VAR)},
            )
        until(self._answers, START_S, f"the node to answer; its log is {self.log}")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the node ended: {self.log.read_text()[-2000:]}"
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz", timeout=2).is_success
        return False

    def services(self) -> list[dict[str, Any]]:
        """What GET /api/network lists."""
        services: list[dict[str, Any]] = httpx.get(f"{self.url}/api/network", timeout=SLOWEST_S).json()["services"]
        return services

    def wait_for_state(self, service_id: str, state: str) -> None:
        """Wait until a service is in a state."""
        until(
            lambda: any(s["id"] == service_id and s["state"] == state for s in self.services()),
            60,
            f"{service_id} to be {state}",
        )

    def stop(self) -> None:
        """Stop it as an operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=SLOWEST_S) == 0
        self.process = None


@contextlib.contextmanager
def node_with(folder: Path, services: str, log: str) -> Iterator[Node]:
    """Run a node with the sections of a config that ``services`` is; its state lies in ``folder``."""
    config = folder / "node.toml"
    config.write_text(f'[node]\nname = "Small"\nstate_dir = "{folder}/state"\n{services}')
    node = Node((str(config),), free_port(), VAR / log)
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="session")
def pages_built() -> None:
    """The front end is built, else there is nothing to look at."""
    if not (STATIC / "index.html").is_file():
        missing("the front end is not built: run `make setup`")


@pytest.fixture(scope="module")
def node(pages_built: None) -> Iterator[Node]:
    """The built-in demo, all its channels on air."""
    demo = Node((), free_port(), VAR / "demo.log")
    try:
        demo.start()
        until(lambda: all(s["state"] == "live" for s in demo.services()), 60, "every channel of the demo to be live")
        yield demo
    finally:
        demo.stop()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Debian's Chromium. It ends with the module: Playwright's loop must not outlive it into asyncio tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A browser window of its own, with a record of what a page must not do."""

    context: BrowserContext
    errors: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        """Open a page and watch it."""
        page = self.context.new_page()
        home = urlsplit(url).netloc

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and message.text != WORKERLESS:
                self.errors.append(f"console {message.type}: {message.text}")

        def on_request(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme not in ("blob", "data") and parts.netloc != home:
                self.errors.append(f"foreign request: {request.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        page.on("request", on_request)
        page.goto(url)
        return page


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """An English-speaking visitor with a full HD screen; whatever goes wrong on a page fails the test.

    Pages are not kept by a service worker: tests answer requests themselves. `test_offline` is about that.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB", service_workers="block")
    visitor = Visitor(context)
    yield visitor
    context.close()
    assert visitor.errors == []
