"""WCAG 2.2 AA as axe-core sees it, on every page and panel, in both languages and schemes; what a browser installs."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Node, Visitor, until
from tests.browser.tv import Tv
from tests.conftest import ROOT, missing

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = ROOT / "src/yiwang/web/ui/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": (390, 844), "television": (1920, 1080)}


def violations(page: Page) -> list[str]:
    """What axe finds wrong, a line each."""
    if not AXE.is_file():
        missing("axe-core is not installed: make setup")
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(({violations}) => violations)", RULES
    )
    return [
        f"{v['id']}: {v['help']}: {node['target']}: {' '.join(node['failureSummary'].split())}"
        for v in found
        for node in v["nodes"]
    ]


def in_pages_of_the_web_tv(tv: Tv, url: str, channel: str) -> dict[str, list[str]]:
    """What axe finds in the guide and the pages around it."""
    seen: dict[str, list[str]] = {}
    page = tv.page

    def look(name: str) -> None:
        page.wait_for_timeout(400)  # it fades in
        seen[name] = violations(page)

    page.goto(f"{url}/#guide")
    grid = page.get_by_test_id("guide-grid")
    grid.locator("[role=gridcell]").first.wait_for()
    grid.press("ArrowRight")
    look("guide")
    page.keyboard.down("Enter")
    page.get_by_test_id("menu").wait_for()
    page.keyboard.up("Enter")
    look("menu")
    page.keyboard.press("Escape")
    page.get_by_test_id("guide-subject").select_option("news")
    look("guide with a filter")
    grid.press("Enter")
    page.get_by_test_id("programme").get_by_role("heading", level=1).wait_for()
    look("programme")
    page.goto(f"{url}/#search/ye")
    page.locator("[data-found]").first.wait_for()
    look("search")
    page.get_by_test_id("other-showings").first.click()
    look("search with showings")
    page.get_by_test_id("open-keyboard").click()
    look("search with keys on the screen")
    page.goto(f"{url}/#mine")
    page.get_by_test_id("pin").fill("2468")
    page.get_by_test_id("lock-hours").check()
    look("mine")
    page.get_by_test_id("lock-off").click()
    page.goto(f"{url}/#/{channel}")
    tv.press("ArrowRight")
    page.get_by_test_id("mini-guide").wait_for()
    look("mini-guide")
    now_ms = page.evaluate("Date.now()")
    begins = {"service": "s", "channel": "s", "name": {"zh": "台", "en": "One"}, "title": "x", "startMs": now_ms}
    tv.remember(
        reminders=json.dumps([{**begins, "stopMs": now_ms + 900_000}]),
        parental=json.dumps({"pin": "1111", "age": None, "hours": {"from": 0, "to": 1439}}),
    )
    page.reload()
    page.get_by_test_id("reminder").wait_for()
    look("a reminder over what is locked")
    return seen


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(("size", "locale"), [("phone", "zh-CN"), ("television", "en-GB")])
def test_every_page_of_the_web_tv_is_accessible(node: Node, browser: Browser, size: str, locale: str, scheme: Any):
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme, reduced_motion="reduce"
    )
    visitor = Visitor(context)
    try:
        channel = node.services()[0]["id"]
        tv = Tv(visitor.open(f"{node.url}/#/{channel}"))
        tv.wait_until_playing()
        seen = in_pages_of_the_web_tv(tv, node.url, channel)
        assert not any(seen.values()), "\n".join(f"{name}: {line}" for name, lines in seen.items() for line in lines)
        assert visitor.errors == []
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(("size", "locale"), [("phone", "zh-CN"), ("television", "en-GB")])
def test_every_page_is_accessible(node: Node, browser: Browser, size: str, locale: str, scheme: Any):
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme, reduced_motion="reduce"
    )
    visitor = Visitor(context)
    try:
        tv = Tv(visitor.open(f"{node.url}/#/{node.services()[0]['id']}"))
        tv.wait_until_playing()
        seen = {"watching": violations(tv.page)}
        tv.press("l")
        tv.page.wait_for_timeout(400)  # it fades in
        seen["list"] = violations(tv.page)
        tv.press("s")
        tv.page.get_by_test_id("settings-panel").wait_for()
        seen["settings"] = violations(tv.page)
        tv.press("Escape", "i")
        seen["information"] = violations(tv.page)
        console = visitor.open(f"{node.url}/console")
        console.locator("[data-channel]").first.wait_for()
        seen["console"] = violations(console)
        console.locator("[data-channel]").first.click()
        console.wait_for_timeout(400)
        console.get_by_test_id("timeline").locator(".segments i").first.wait_for()
        console.get_by_test_id("manifests").locator("summary").click()
        console.get_by_test_id("manifests").locator("code").first.wait_for()
        seen["channel"] = violations(console)
        console.keyboard.press("Escape")
        for density in ("cards", "numbers", "dots"):
            console.get_by_test_id("density").select_option(density)
            console.wait_for_timeout(200)
            seen[f"console in {density}"] = violations(console)
        console.goto(f"{node.url}/console#network")
        console.get_by_test_id("coverage").locator("[role=listitem]").first.wait_for()
        seen["network"] = violations(console)
        api = visitor.open(f"{node.url}/api/docs")
        until(lambda: api.locator("h2").count(), 20, "the description of the API")
        seen["api"] = violations(api)
        assert not any(seen.values()), "\n".join(f"{name}: {line}" for name, lines in seen.items() for line in lines)
        assert visitor.errors == []
    finally:
        context.close()


def test_the_web_tv_can_be_installed(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/")
    manifest = page.request.get(page.locator("link[rel=manifest]").evaluate("link => link.href"))
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    described = manifest.json()
    assert described["start_url"] == described["scope"] == "/"
    assert described["display"] == "standalone"
    for icon in described["icons"]:
        answer = httpx.get(node.url + icon["src"])
        assert answer.headers["content-type"] == icon["type"]
        sizes = page.evaluate(
            "src => new Promise(done => { const i = new Image(); i.onload = () => done(i.naturalWidth); i.src = src })",
            icon["src"],
        )
        assert sizes >= 512 if icon["sizes"] == "any" else f"{sizes}x{sizes}" == icon["sizes"]
    assert any(icon["sizes"] == "512x512" for icon in described["icons"])
