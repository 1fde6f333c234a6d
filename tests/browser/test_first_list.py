"""The list in the document, which a new viewer sees before any script or style sheet: the same places, and rows that lead."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Visitor, until
from tests.browser.made_up_network import served
from tests.browser.test_accessibility import violations
from tests.browser.test_channel_list import forget_missing_media

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILES = re.compile(r"/assets/(?!early)")
"""All but the script that has the keys until the page is there."""
FOCUS = "({...document.activeElement?.dataset})"
EARLY, ROW = "[data-early]", "[data-service]"
SCREENS = {"phone": (390, 844), "laptop": (1366, 768), "4K": (3840, 2160), "sideways": (844, 390)}
PLACES = """rows => Object.fromEntries(rows.flatMap(row => [row, ...row.querySelectorAll('.number, .name, .on')].map(part => {
  const { x, y, width, height } = part.getBoundingClientRect()
  const name = part === row ? 'row' : part.classList[0]
  const box = name === 'name' ? [x, y, height] : [x, y, width, height] // words of a state take some of its width
  return [`${row.dataset.early ?? row.dataset.service} ${name}`, { box, text: part === row ? '' : part.textContent }]
})))"""
NEAR_PX = 2


@pytest.fixture
def url(pages_built: None) -> Iterator[str]:
    with served(120) as (address, _):
        yield address


class Held:
    """The page's scripts and style sheets, which do not come before they are let go."""

    def __init__(self, visitor: Visitor) -> None:
        self._routes: list[Route] = []
        self._is_free = False
        visitor.context.route(FILES, self._hold)

    def _hold(self, route: Route) -> None:
        if self._is_free:
            route.continue_()
        else:
            self._routes.append(route)

    def let_go(self) -> None:
        """Let it come."""
        self._is_free = True
        for route in self._routes:
            route.continue_()


def opened(visitor: Visitor, url: str, seen: str) -> Page:
    page = visitor.context.new_page()
    page.goto(url, wait_until="commit")
    page.locator(seen).first.wait_for(state="attached")
    return page


@pytest.mark.parametrize("screen", SCREENS)
def test_it_is_where_the_pages_own_list_will_be(url: str, visitor: Visitor, screen: str):
    held = Held(visitor)
    page = visitor.context.new_page()
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(url, wait_until="commit")
    page.locator(EARLY).first.wait_for()
    assert page.locator(ROW).count() == 0
    early: dict[str, Any] = page.locator(EARLY).evaluate_all(PLACES)
    held.let_go()
    expect(page.locator(EARLY)).to_have_count(0)
    own: dict[str, Any] = page.locator(ROW).evaluate_all(PLACES)
    both = early.keys() & own.keys()
    assert len(both) >= 8
    for part in both:
        if part.endswith("row") or early[part]["text"] == own[part]["text"]:
            assert early[part]["box"] == pytest.approx(own[part]["box"], abs=NEAR_PX), part
        assert part.endswith(("row", "on")) or early[part]["text"] == own[part]["text"], part


def test_a_row_leads_to_its_channel_before_the_page_is_there(url: str, visitor: Visitor):
    held = Held(visitor)
    page = opened(visitor, url, EARLY)
    assert violations(page) == []
    page.locator("[data-early=s3]").click()
    held.let_go()
    expect(page.locator("[data-service=s3]")).to_have_attribute("aria-current", "true")
    expect(page.locator(EARLY)).to_have_count(0)
    forget_missing_media(visitor)


def open_with_keys(page: Page, url: str) -> None:
    with page.expect_response("**/assets/early-*.js") as script:
        page.goto(url, wait_until="commit")
    script.value.finished()
    page.locator(EARLY).first.wait_for()
    page.wait_for_timeout(300)  # for it to be run


def press_until(page: Page, key: str, what: dict[str, str]) -> None:
    page.keyboard.press(key)
    until(lambda: page.evaluate(FOCUS).items() >= what.items(), 10, f"the focus on {what}")


def test_arrows_go_over_it_and_the_pages_own_list_goes_on_there(url: str, visitor: Visitor):
    held = Held(visitor)
    page = visitor.context.new_page()
    open_with_keys(page, url)
    press_until(page, "ArrowDown", {"early": "s0"})
    press_until(page, "ArrowDown", {"early": "s1"})
    press_until(page, "ArrowDown", {"early": "s2"})
    press_until(page, "ArrowUp", {"early": "s1"})
    held.let_go()
    expect(page.locator("#early")).to_have_count(0)
    until(lambda: page.evaluate(FOCUS).get("service") == "s1", 10, "the focus on the page's own row")
    press_until(page, "ArrowDown", {"service": "s2"})
    page.keyboard.press("Enter")
    expect(page.locator("[data-service=s2]")).to_have_attribute("aria-current", "true")
    forget_missing_media(visitor)


@pytest.mark.parametrize("keys", [("ArrowDown", "ArrowDown", "Enter"), ("2", "Enter"), ("0", "0", "2")])
def test_what_is_chosen_by_keys_before_the_page_is_there_is_the_channel(url: str, visitor: Visitor, keys: tuple[str]):
    held = Held(visitor)
    page = visitor.context.new_page()
    open_with_keys(page, url)
    second = page.locator(EARLY).nth(1)
    assert second.locator(".number").inner_text() == "2"
    for key in keys:
        page.keyboard.press(key)
    until(lambda: page.evaluate("location.hash") == "#/s1", 10, "the channel in the address")
    held.let_go()
    expect(page.locator("[data-service=s1]")).to_have_attribute("aria-current", "true")
    expect(page.locator("#early")).to_have_count(0)
    forget_missing_media(visitor)


@pytest.mark.parametrize("address", ["#guide", "#mine", "#/s7"])
def test_it_goes_where_something_else_is_asked_for(url: str, visitor: Visitor, address: str):
    page = opened(visitor, f"{url}/{address}", "#page main")
    expect(page.locator("#early")).to_have_count(0)
    forget_missing_media(visitor)


def test_who_has_chosen_something_here_gets_the_page_itself(url: str, visitor: Visitor):
    page = opened(visitor, f"{url}/#/s7", "[data-service=s7][aria-current=true]")
    Held(visitor)
    page.reload(wait_until="commit")
    page.locator("#page").wait_for(state="attached")
    assert page.locator("#early").count() == 0
    forget_missing_media(visitor)


def test_the_list_is_asked_for_once(url: str, visitor: Visitor):
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url))
    opened(visitor, url, ROW)
    assert len([one for one in asked if one.endswith("/api/network")]) <= 2  # the preload and who uses it
    forget_missing_media(visitor)


def test_it_speaks_the_language_of_the_viewer(url: str, browser: Browser):
    for locale, name in (("zh-CN", "频道 0"), ("en-GB", "Channel 0"), ("fr-FR", "Channel 0")):
        context = browser.new_context(locale=locale, service_workers="block")
        Held(Visitor(context))
        page = context.new_page()
        page.goto(url, wait_until="commit")
        expect(page.locator("[data-early=s0] .name")).to_have_text(name)
        context.close()


def test_a_phones_list_stays_where_it_is_when_a_channel_is_chosen(url: str, visitor: Visitor):
    page = visitor.context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(url)
    first = page.locator(ROW).first
    first.wait_for()
    before = first.bounding_box()
    first.click()
    page.get_by_test_id("now-event").wait_for()
    assert first.bounding_box() == pytest.approx(before, abs=1)
    forget_missing_media(visitor)


def test_the_bar_is_one_line_beside_the_list(url: str, visitor: Visitor):
    page = opened(visitor, f"{url}/#/s1", "[data-service=s1][aria-current=true]")
    name, button = page.get_by_test_id("now-name"), page.get_by_test_id("settings")
    page.get_by_test_id("now-event").wait_for()
    title, buttons = page.locator(".title", has=name).bounding_box(), button.bounding_box()
    assert title is not None
    assert buttons is not None
    assert title["y"] < buttons["y"] + buttons["height"] / 2 < title["y"] + title["height"]
    forget_missing_media(visitor)
