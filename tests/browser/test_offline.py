"""The web TV as an app: kept by the browser, opened without a network, replaced by a newer version, installable."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.conftest import SLOWEST_S, STATIC, Node, Visitor, node_with, until
from tests.browser.tv import Tv
from yiwang.web.api import CONTENT_SECURITY_POLICY, SERVICE_WORKER_POLICY

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IS_KEPT = """async () => {
  const [list, shell] = [await caches.open('yiwang-list'), (await caches.keys()).find(name => /shell/.test(name))];
  return navigator.serviceWorker.controller !== null && shell !== undefined && (await list.keys()).length > 0 }"""
KEPT = """async () => { const urls = [];
  for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) urls.push(url);
  return urls.map(url => new URL(url).pathname) }"""


@pytest.fixture
def app(browser: Browser) -> Iterator[Visitor]:
    """A visitor whose browser keeps pages."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    visitor = Visitor(context)
    yield visitor
    context.close()
    assert visitor.errors == []


@pytest.fixture(scope="module")
def small_node(ffmpeg: str, pages_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    film = folder / "film.ts"
    video = "testsrc2=size=320x180:rate=25:duration=8"
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", video, "-f", "lavfi", "-i", "sine=f=440:duration=8"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac"]
    subprocess.run([*command, str(film)], check=True)
    services = "".join(
        f'[[service]]\nid = "{name}"\nnumber = {n}\nname = {{ zh = "{name}", en = "{name.title()}" }}\n'
        f'source = "file:{film}?loop=1"\n'
        for n, name in enumerate(("film", "other"), 1)
    )
    with node_with(folder, services, "offline.log") as node:
        yield node


def kept(page: Page) -> Page:
    until(lambda: page.evaluate(IS_KEPT), 30, "the browser to keep the pages")
    return page


def forget_network_errors(visitor: Visitor) -> None:
    """A browser logs each request that fails, and the player a clock that it cannot ask; here that is what was asked for."""
    awaited = ("Failed to load resource", "net::ERR", "A UTCTiming element should always be given")
    visitor.errors[:] = [error for error in visitor.errors if not any(text in error for text in awaited)]


def test_without_a_network_it_opens_says_so_and_goes_on_when_there_is_one(small_node: Node, app: Visitor):
    small_node.wait_for_state("film", "live")
    tv = Tv(app.open(f"{small_node.url}/#/film"))
    tv.wait_until_playing()
    page = kept(tv.page)
    app.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-service]")).to_have_count(2)
    notice = page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "offline")
    expect(notice).to_contain_text("This device has no network")
    expect(notice.get_by_role("button", name="Try now")).to_be_visible()
    page.goto(f"{small_node.url}/#mine")  # the viewer's own pages are there, too
    expect(page.get_by_test_id("parental")).to_be_visible()
    page.goto(f"{small_node.url}/#/film")
    app.context.set_offline(False)
    tv.wait_until_playing()
    expect(notice).to_have_count(0)
    forget_network_errors(app)


def test_a_picture_that_runs_dry_says_that_there_is_no_network_until_there_is_one(small_node: Node, app: Visitor):
    small_node.wait_for_state("film", "live")
    tv = Tv(app.open(f"{small_node.url}/#/film"))
    tv.wait_until_playing()
    kept(tv.page)  # else the worker is what fails to come
    notice = tv.page.get_by_test_id("notice")
    tv.page.evaluate(
        """() => { window.phases = []
             new MutationObserver(() => {
               if (document.querySelector('[data-testid=notice]')) window.phases.push(window.__yiwang.stats().phase)
             }).observe(document.body, { childList: true, subtree: true }) }"""
    )
    app.context.set_offline(True)
    expect(notice).to_have_attribute("data-kind", "offline")
    # nothing had failed when it was first seen: the picture had stood for two seconds
    assert tv.page.evaluate("window.phases[0]") == "waiting"
    tv.page.evaluate(
        """() => { window.missing = 0; window.attempts = 0
             window.looks = setInterval(() => {
               if (!document.querySelector('[data-testid=notice]')) window.missing += 1
               if (window.__yiwang.stats().phase === 'loading') window.attempts += 1 }, 50) }"""
    )
    until(lambda: tv.page.evaluate("window.attempts") > 0, SLOWEST_S, "an attempt to play")
    tv.page.wait_for_timeout(1_000)
    assert tv.page.evaluate("clearInterval(window.looks), window.missing") == 0
    app.context.set_offline(False)
    tv.wait_until_playing()
    expect(notice).to_have_count(0)
    forget_network_errors(app)


def test_while_the_node_restarts_it_opens_says_so_and_goes_on_by_itself(small_node: Node, app: Visitor):
    kept(app.open(f"{small_node.url}/")).close()
    small_node.stop()
    tv = Tv(app.open(f"{small_node.url}/#/film"))
    expect(tv.page.locator("[data-service]")).to_have_count(2)
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "unreachable")
    expect(notice.get_by_role("button", name="Try now")).to_be_visible()
    small_node.start()
    tv.wait_until_playing()
    expect(notice).to_have_count(0)
    forget_network_errors(app)


def test_no_media_and_nothing_that_changes_is_kept_but_the_list(small_node: Node, app: Visitor):
    small_node.wait_for_state("film", "live")
    tv = Tv(app.open(f"{small_node.url}/#/film"))
    tv.wait_until_playing()
    kept(tv.page)
    tv.page.goto(f"{small_node.url}/#guide")
    expect(tv.page.get_by_test_id("guide")).to_be_visible()
    tv.page.goto(f"{small_node.url}/#/other")
    tv.page.reload()  # now all goes by the service worker
    tv.wait_until_playing(frames=50)
    paths = set(tv.page.evaluate(KEPT))
    assert {path for path in paths if not path.startswith("/assets/")} == {"/", "/favicon.svg", "/api/network"}
    assert not any("console" in path for path in paths)
    assert {path.rpartition(".")[2] for path in paths if path.startswith("/assets/")} == {"js", "css"}


def test_a_channel_that_is_new_is_listed_though_the_list_was_kept(small_node: Node, app: Visitor):
    page = kept(app.open(f"{small_node.url}/"))
    page.evaluate(
        """async () => { const cache = await caches.open('yiwang-list'), answer = await cache.match('/api/network');
             const network = await answer.json(); network.services = network.services.slice(0, 1);
             await cache.put('/api/network', new Response(JSON.stringify(network), { headers: { ETag: 'W/"other-7"' } })) }"""
    )
    page.reload()
    expect(page.locator("[data-service]")).to_have_count(2)
    console = app.context.new_page()
    console.goto(f"{small_node.url}/console")
    fresh = console.evaluate("fetch('/api/network').then(answer => answer.json())")
    assert len(fresh["services"]) == 2  # only the web TV is told what was kept


# -- a newer version


class Site:
    """A node's pages in a folder, so that they can become others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(STATIC, folder)
        network = {"name": {"zh": "网", "en": "Net"}, "version": "1", "regions": [], "services": [], "cmcd": None}
        text = json.dumps(network)

        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args, directory=str(folder))

            def log_message(self, *args: Any) -> None:
                pass

            def end_headers(self) -> None:
                policy = SERVICE_WORKER_POLICY if self.path == "/sw.js" else CONTENT_SECURITY_POLICY
                self.send_header("Content-Security-Policy", policy)
                self.send_header("Cache-Control", "no-cache")
                super().end_headers()

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path == "/api/network":
                    self._say(text, "application/json")
                elif path == "/api/events":  # each ends at once, as of a node that starts again and again
                    self._say(f"event: network\nid: 1\ndata: {text}\n\n", "text/event-stream")
                elif path == "/api/time":
                    self._say("2026-01-01T00:00:00.000Z", "text/plain")
                elif path == "/api/guide":
                    self._say('{"revision": 1, "total": 0, "rows": []}', "application/json")
                else:
                    super().do_GET()

            def _say(self, body: str, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def renew(self) -> None:
        """Another page, and the service worker that belongs to it; what only the old one had is gone."""
        page, worker = self.folder / "index.html", self.folder / "sw.js"
        page.write_text(page.read_text().replace("<title>", '<meta name="edition" content="2"><title>'))
        script = next((self.folder / "assets").glob("MinePage-*.js"))
        text = worker.read_text().replace(script.name, "MinePage-new.js")
        script.rename(script.with_name("MinePage-new.js"))
        for other in (self.folder / "assets").glob("*.js"):
            other.write_text(other.read_text().replace(script.name, "MinePage-new.js"))
        worker.write_text(re.sub(r'"version":"\w+"', '"version":"second"', text))


@pytest.fixture
def site(pages_built: None, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


EDITION = "document.querySelector('meta[name=edition]')?.content"


SHELLS = "caches.keys().then(names => names.filter(name => name.includes('shell')))"


def test_a_newer_version_is_offered_where_one_is_busy(site: Site, app: Visitor):
    page = kept(app.open(f"{site.url}/#mine"))
    assert page.evaluate(EDITION) is None
    site.renew()
    note = page.get_by_test_id("renewal")
    expect(note).to_contain_text("A new version is ready")
    until(lambda: page.evaluate(SHELLS) == ["yiwang-shell-second"], 10, "the old one not to be kept")
    note.get_by_role("button", name="Later").click()
    expect(note).to_have_count(0)
    assert page.evaluate(EDITION) is None
    page.reload()
    assert page.evaluate(EDITION) == "2"
    expect(page.get_by_test_id("parental")).to_be_visible()
    expect(note).to_have_count(0)
    forget_network_errors(app)


def test_a_newer_version_is_read_on_request(site: Site, app: Visitor):
    page = kept(app.open(f"{site.url}/#mine"))
    site.renew()
    page.get_by_test_id("renewal").get_by_role("button", name="Reload").click()
    until(lambda: evaluated(page, EDITION) == "2", 20, "the newer version")
    expect(page.get_by_test_id("parental")).to_be_visible()
    forget_network_errors(app)


def test_a_newer_version_is_taken_by_itself_where_nothing_plays(site: Site, app: Visitor):
    page = kept(app.open(f"{site.url}/"))
    site.renew()
    until(lambda: evaluated(page, EDITION) == "2", 60, "the newer version")
    until(lambda: evaluated(page, SHELLS) == ["yiwang-shell-second"], 10, "the old one not to be kept")
    forget_network_errors(app)


def evaluated(page: Page, script: str) -> Any:
    """What a page says that may just be read again; None: it is."""
    try:
        return page.evaluate(script)
    except Error as error:
        if "context was destroyed" not in str(error):
            raise
        return None


# -- to be installed


@pytest.mark.parametrize(("locale", "name"), [("en-GB", "yiwang television"), ("zh-CN", "一网电视")])
def test_it_can_be_installed(small_node: Node, browser: Browser, locale: str, name: str):
    """What Chromium asks of an app before it offers to install it, and the icons as large as they say."""
    context = browser.new_context(locale=locale)
    visitor = Visitor(context)
    page = kept(visitor.open(f"{small_node.url}/"))
    session = context.new_cdp_session(page)
    told: Callable[[], Any] = lambda: session.send("Page.getAppManifest")  # noqa: E731
    until(lambda: f'"{name}"' in told().get("data", ""), 10, "the manifest of the language")
    answer = told()
    assert answer["errors"] == []
    manifest = json.loads(answer["data"])
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        size = page.evaluate(
            """async ([src]) => { const image = new Image(); image.src = src; await image.decode();
                 return `${image.naturalWidth}x${image.naturalHeight}` }""",
            [icon["src"]],
        )
        assert icon["sizes"] in (size, "any")
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] in ([], ["in-incognito"])  # a window of Playwright is a private one
    for shortcut in manifest["shortcuts"]:
        page.goto(small_node.url + shortcut["url"])
        expect(page.locator(".tv.paged")).to_be_visible()
    context.close()
    assert visitor.errors == []
