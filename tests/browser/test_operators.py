"""Operators in the console: signing in, every action, what each role is not offered, and all of it without an axe complaint."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.conftest import VAR, Node, Visitor, node_with, until
from tests.browser.test_accessibility import SIZES, violations
from tests.services.hand_fed import stream

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "correct horse battery"
SERVICES = """
[packaging]
segment_duration = 1
part_duration = 0.25
[[region]]
id = "north"
name = {{zh = "北方", en = "North"}}
[[region]]
id = "city"
name = {{zh = "北城", en = "North City"}}
parent = "north"
[[listing]]
id = "far"
url = "file://{folder}/far.m3u"
region = "city"
carry = true
[[service]]
id = "one"
name = {{zh = "一台", en = "One"}}
number = 7
region = "north"
source = "file:{folder}/a.ts?loop=1"
[[service]]
id = "two"
source = ["file:{folder}/a.ts?loop=1", "file:{folder}/b.ts?loop=1"]
"""


class Stream(BaseHTTPRequestHandler):
    """A transport stream over HTTP, at about its pace."""

    octets = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        size = len(self.octets) // 188 // 1200 * 188
        with contextlib.suppress(OSError):
            for at in range(0, len(self.octets), size):
                self.wfile.write(self.octets[at : at + size])
                time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    Stream.octets = stream(120)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/new.ts"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def node(pages_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("operators")
    for name in ("a.ts", "b.ts"):
        (folder / name).write_bytes(stream())
    (folder / "far.m3u").write_text('#EXTM3U\n#EXTINF:-1 tvg-id="x" tvg-chno="50",远方台\nhttp://[::1]:9/x.mpd\n')
    with node_with(folder, SERVICES.format(folder=folder), "operators.log") as it:
        for role in ("viewer", "operator", "admin"):
            command = [sys.executable, "-m", "yiwang.cli.main", "accounts", "add", role, "--role", role, "--config"]
            subprocess.run([*command, it.arguments[0]], input=PASSWORD + "\n", text=True, check=True, timeout=120)
        it.wait_for_state("one", "live")
        it.wait_for_state("two", "live")
        yield it


def pages(page: Page, url: str) -> None:
    page.goto(f"{url}/console")
    page.get_by_test_id("operator").click()
    page.get_by_test_id("operator-pages").wait_for()


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    form = page.get_by_test_id("operator-pages").locator("form")
    form.locator("[name=username]").fill(name)
    form.locator("[name=password]").fill(password)
    form.locator("button").click()


def tabs(page: Page) -> list[str]:
    page.locator("[data-tab]").first.wait_for()
    return [str(one.get_attribute("data-tab")) for one in page.locator("[data-tab]").all()]


def refusals(visitor: Visitor) -> list[str]:
    """Take what Chromium says of requests that were refused, which this test meant; the rest stays an error."""
    refused = [line for line in visitor.errors if "Failed to load resource" in line]
    visitor.errors[:] = [line for line in visitor.errors if line not in refused]
    return refused


def state_of(node: Node, service_id: str) -> str | None:
    return next((s["state"] for s in node.services() if s["id"] == service_id), None)


def test_an_operator_signs_in_and_does_everything(node: Node, source: str, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    pages(page, node.url)
    sign_in(page, "operator", "wrong")
    expect(page.get_by_test_id("operator-pages").get_by_role("alert")).to_have_text("Account or password is wrong")
    assert len(refusals(visitor)) == 1
    sign_in(page, "operator")
    assert tabs(page) == ["channels", "account"]
    configured = page.get_by_test_id("configured")
    expect(configured.locator("[data-configured]")).to_have_count(2)

    # a channel is tried, seen, saved
    page.get_by_role("button", name="Add a channel").click()
    editor = page.get_by_test_id("channel-editor")
    editor.get_by_label("Channel id").fill("new")
    editor.get_by_label("English name").fill("New")
    editor.get_by_label("Chinese name").fill("新台")
    editor.get_by_label("Number", exact=True).fill("9")
    editor.get_by_label("Region").select_option("north")
    editor.get_by_label("Source URLs").fill(f"{node.url}/live/one/stream.ts")
    editor.get_by_role("button", name="Try it").click()
    tried = page.get_by_test_id("tried")
    expect(tried).to_have_attribute("data-good", "false")
    expect(tried).to_contain_text("a loop: it comes from this node itself")
    expect(editor.get_by_role("button", name="Save, and go live")).to_have_count(0)
    editor.get_by_label("Source URLs").fill(source)
    editor.get_by_role("button", name="Try it").click()
    expect(tried).to_have_attribute("data-good", "true")
    expect(tried.locator("img")).to_be_visible()
    until(lambda: tried.locator("img").evaluate("i => i.naturalWidth") == 96, 10, "the picture")
    expect(tried).to_contain_text("96 × 64")

    # so is where it is sent to; and another way to receive it is another dry run
    editor.get_by_label("Output:").fill("udp://127.0.0.1:5997?interface=nowhere9")
    expect(editor.get_by_role("button", name="Save, and go live")).to_have_count(0)
    editor.get_by_role("button", name="Try it").click()
    output = page.get_by_test_id("tried-output")
    expect(output).to_contain_text("nowhere9")
    editor.get_by_label("Output:").fill("udp://127.0.0.1:5997")
    editor.get_by_test_id("packaging").locator("summary").click()
    expect(editor.get_by_label("Segment duration")).to_have_attribute("placeholder", "1")
    editor.get_by_label("Segment duration").fill("2")
    editor.get_by_label("Low latency").select_option(label="off")
    editor.get_by_role("button", name="Try it").click()
    expect(output).to_have_attribute("data-good", "true")
    page.screenshot(path=VAR / "operators-dry-run.png")
    editor.get_by_role("button", name="Save, and go live").click()
    expect(configured.locator("[data-configured=new]")).to_be_visible()
    node.wait_for_state("new", "live")
    assert [s["low_latency"] for s in node.services() if s["id"] == "new"] == [False]

    # a bad one is refused with a sentence
    page.get_by_role("button", name="Edit the channel new").click()
    editor.get_by_label("Number", exact=True).fill("7")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_test_id("editor-said")).to_contain_text("7 is taken by 'one'")
    assert len(refusals(visitor)) == 1
    editor.get_by_label("Number", exact=True).fill("10")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(configured.locator("[data-configured=new]")).to_be_visible()
    until(lambda: [s["number"] for s in node.services() if s["id"] == "new"] == [10], 10, "the number")

    # stop, start, choose a source, reload, remove
    page.get_by_role("button", name="Stop the channel new").click()
    expect(configured.locator("[data-configured=new]")).to_have_attribute("data-stopped", "true")
    until(lambda: state_of(node, "new") is None, 10, "the channel to be off the list")
    page.get_by_role("button", name="Start the channel new").click()
    expect(configured.locator("[data-configured=new]")).to_have_attribute("data-stopped", "false")
    node.wait_for_state("new", "live")
    two = configured.locator("[data-configured=two]")
    second = two.locator("option").nth(2).get_attribute("value")
    assert second is not None
    two.locator("select").select_option(second)
    expect(two.get_by_role("status")).to_have_text("Done")
    expect(two.locator("select")).to_have_value(second)
    two.locator("select").select_option("")
    expect(two.locator("select")).to_have_value("")
    page.get_by_role("button", name="Reload the config file").click()
    expect(page.get_by_test_id("reloaded")).to_have_text("Done")
    remove = page.get_by_role("button", name="Remove the channel new")
    remove.click()
    expect(remove).to_have_text("Press again to remove")
    remove.click()
    expect(configured.locator("[data-configured=new]")).to_have_count(0)
    until(lambda: state_of(node, "new") is None, 10, "the channel to be off the list")
    assert state_of(node, "one") == "live"

    # the session holds over a reload, and ends
    pages(page, node.url)
    assert tabs(page) == ["channels", "account"]
    page.locator("[data-tab=account]").click()
    page.get_by_test_id("sign-out").click()
    expect(page.locator("[name=username]")).to_be_visible()
    pages(page, node.url)
    expect(page.locator("[name=username]")).to_be_visible()


def test_an_operator_acts_beside_the_channel(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    pages(page, node.url)
    sign_in(page, "operator")
    tabs(page)
    page.keyboard.press("Escape")
    page.goto(f"{node.url}/console#channel/two")
    drawer = page.get_by_test_id("drawer")
    acts = drawer.get_by_test_id("drawer-actions")
    second = acts.locator("option").nth(2).get_attribute("value")
    assert second is not None
    acts.locator("select").select_option(second)
    expect(acts.get_by_role("status")).to_have_text("Done")
    expect(acts.locator("select")).to_have_value(second)
    acts.locator("select").select_option("")
    expect(acts.locator("select")).to_have_value("")
    acts.get_by_role("button", name="Edit the channel two").click()
    editor = acts.get_by_test_id("channel-editor")
    editor.get_by_label("English name").fill("Second")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(drawer.get_by_role("heading", name="Second")).to_be_visible()
    acts.get_by_role("button", name="Stop the channel two").click()
    expect(drawer).to_have_count(0)
    until(lambda: state_of(node, "two") is None, 10, "the channel to be off the list")
    pages(page, node.url)
    page.get_by_role("button", name="Start the channel two").click()
    node.wait_for_state("two", "live")
    assert visitor.errors == []


def test_the_network_is_a_tree_with_whose_lists_have_what_and_what_cannot_be_carried(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console#network")
    city = page.get_by_test_id("regions").locator("[data-region=city]")
    expect(city).to_contain_text("North City")
    expect(city.locator("[data-peer=far]")).to_contain_text("1 services · checked")
    depth = "one => Number(getComputedStyle(one).getPropertyValue('--depth'))"
    north = page.get_by_test_id("regions").locator("[data-region=north]")
    assert city.evaluate(depth) == north.evaluate(depth) + 1
    left_out = page.get_by_test_id("not-carried").locator("li")
    expect(left_out).to_contain_text("远方台")
    expect(left_out).to_contain_text("DASH only")
    expect(page.get_by_test_id("failover")).to_contain_text("b.ts?loop=1")
    assert visitor.errors == []


def test_a_conflict_is_decided_with_one_click_by_who_is_signed_in(node: Node, visitor: Visitor):
    conflict = {"kind": "match", "about": ["far.one", "near.one"], "detail": "one is like the other", "said": []}
    visitor.context.route("**/api/conflicts", lambda route: route.fulfill(json=[conflict]))
    decided: list[Request] = []

    def decide(route: Route) -> None:
        if route.request.method == "POST":
            decided.append(route.request)
        route.fulfill(json=[])

    visitor.context.route("**/api/decisions", decide)
    page = visitor.open(f"{node.url}/console#network")
    same = page.get_by_role("button", name="They are the same")
    expect(same).to_be_disabled()
    expect(page.get_by_text("Sign in to decide")).to_be_visible()
    expect(page.get_by_label("Operator token")).to_be_hidden()
    page.get_by_test_id("operator").click()
    page.get_by_test_id("operator-pages").wait_for()
    sign_in(page, "operator")
    tabs(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("You decide as operator")).to_be_visible()
    same.click()
    expect(page.get_by_text("Kept; it takes effect within seconds")).to_be_visible()
    (asked,) = decided
    assert asked.post_data_json == {"kind": "same", "about": ["far.one", "near.one"]}
    assert asked.headers["x-yiwang-console"] == "1"


def test_an_admin_keeps_accounts_and_reads_what_was_done(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    pages(page, node.url)
    sign_in(page, "admin")
    assert tabs(page) == ["channels", "account", "accounts", "audit"]
    page.locator("[data-tab=accounts]").click()
    form = page.get_by_test_id("operator-pages").locator("form")
    form.get_by_label("Account").fill("王芳")
    form.get_by_label("New password").fill(PASSWORD)
    form.get_by_label("Role").select_option("viewer")
    form.get_by_role("button").click()
    row = page.locator("[data-account=王芳]")
    expect(row).to_be_visible()
    row.locator("select").select_option("operator")
    expect(page.get_by_test_id("operator-pages").get_by_role("status").first).to_have_text("Done")
    page.locator("[data-tab=audit]").click()
    audit = page.get_by_test_id("audit")
    expect(audit.locator("[data-action='role changed']").first).to_contain_text("role: viewer → operator")
    page.locator("[data-tab=accounts]").click()
    remove = row.get_by_role("button")
    remove.click()
    remove.click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Remove the account admin").click()
    page.get_by_role("button", name="Remove the account admin").click()
    expect(page.get_by_test_id("operator-pages").get_by_role("status").first).to_contain_text(
        "the last account with the role admin"
    )
    assert len(refusals(visitor)) == 1


def test_a_viewer_is_offered_no_action_and_refused_each(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    pages(page, node.url)
    sign_in(page, "viewer")
    assert tabs(page) == ["account"]
    said = page.evaluate(
        """async () => {
            const asked = [
                ['POST', '/api/control/channels/one/stop'], ['POST', '/api/control/channels/one/start'],
                ['DELETE', '/api/control/channels/one'], ['POST', '/api/control/reload'], ['GET', '/api/control/channels'],
                ['GET', '/api/accounts'], ['GET', '/api/audit'], ['DELETE', '/api/accounts/admin'],
            ]
            const told = []
            for (const [method, path] of asked)
                told.push((await fetch(path, {method, headers: {'X-Yiwang-Console': '1'}})).status)
            told.push((await fetch('/api/session', {method: 'DELETE'})).status)
            return [told, document.cookie]
        }"""
    )
    assert said == [[403] * 9, ""]
    assert len(refusals(visitor)) == 9
    page.goto(f"{node.url}/console#channel/one")
    expect(page.get_by_test_id("errors")).to_be_visible()
    expect(page.get_by_test_id("drawer-actions")).to_have_count(0)
    assert state_of(node, "one") == "live"


@pytest.mark.parametrize(("size", "locale", "scheme"), [("phone", "zh-CN", "light"), ("television", "en-GB", "dark")])
def test_the_pages_are_accessible_and_fit(node: Node, browser: Browser, size: str, locale: str, scheme: str):
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme, reduced_motion="reduce"
    )
    visitor = Visitor(context)
    try:
        page = visitor.open(f"{node.url}/console")
        seen = {}

        def look(name: str) -> None:
            page.wait_for_timeout(300)
            seen[name] = violations(page)
            dialog = page.get_by_test_id("operator-pages")
            assert dialog.evaluate("d => d.scrollWidth <= d.clientWidth && d.offsetWidth <= innerWidth"), name
            page.screenshot(path=VAR / f"operators-{name}-{size}.png")

        pages(page, node.url)
        look("sign-in")
        sign_in(page, "admin")
        for tab in tabs(page):
            page.locator(f"[data-tab={tab}]").click()
            look(tab)
        page.locator("[data-tab=channels]").click()
        page.locator("[data-configured=one] button").first.click()
        page.get_by_test_id("channel-editor").wait_for()
        page.get_by_test_id("packaging").locator("summary").click()
        look("editor")
        page.keyboard.press("Escape")
        page.goto(f"{node.url}/console#channel/two")
        page.get_by_test_id("drawer-actions").wait_for()
        seen["actions beside a channel"] = violations(page)
        page.get_by_test_id("drawer-actions").locator("button").first.click()
        page.get_by_test_id("channel-editor").wait_for()
        seen["editor beside a channel"] = violations(page)
        assert page.get_by_test_id("drawer").evaluate("d => d.scrollWidth <= d.clientWidth")
        page.goto(f"{node.url}/console#network")
        page.get_by_test_id("not-carried").locator("li").wait_for()
        seen["network"] = violations(page)
        assert not any(seen.values()), "\n".join(f"{name}: {line}" for name, lines in seen.items() for line in lines)
        assert visitor.errors == []
    finally:
        context.close()
