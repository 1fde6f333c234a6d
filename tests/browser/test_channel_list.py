"""The web TV's list at 2,000 channels: few rows are in the document, and yet all can be reached, heard and found."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Visitor, until
from tests.browser.made_up_network import REGIONS, Changes, served
from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHANNELS = 2_000
FOCUS = "document.activeElement?.dataset.service ?? ''"
ROWS = "[data-service]"
PLACES = """() => [...document.querySelectorAll('[data-service] :is(.number, .name, .on)')].map(part => {
  const { x, y } = part.getBoundingClientRect()
  return [part.closest('button').dataset.service, part.className, x, y] })"""


@pytest.fixture
def site(pages_built: None) -> Iterator[tuple[str, Changes]]:
    with served(CHANNELS) as made_up:
        yield made_up


def opened(visitor: Visitor, url: str) -> Page:
    page = visitor.open(url)
    page.locator(ROWS).first.wait_for()
    return page


def scroll(page: Page, top: int) -> None:
    page.locator("aside .rows").evaluate("(rows, top) => rows.scrollTo(0, top)", top)


def forget_missing_media(visitor: Visitor) -> None:
    """There is no node: media are not there, nor what else a page asks of it, for as long as it is open."""
    for page in visitor.context.pages:
        page.close()
    visitor.errors[:] = [error for error in visitor.errors if "Failed to load resource" not in error]


def test_rows_near_the_window_are_in_the_document_and_all_headings(site: Any, visitor: Visitor):
    page = opened(visitor, site[0])
    assert page.locator(ROWS).count() < 60
    headings = page.get_by_role("complementary").get_by_role("heading", level=2)
    expect(headings).to_have_count(REGIONS)
    last = page.locator("[data-service=s1999]")
    expect(last).to_have_count(0)
    scroll(page, 10**9)
    expect(last).to_be_in_viewport(ratio=1)
    assert page.locator(ROWS).count() < 60
    row = page.get_by_role("listitem").filter(has=last)
    assert [row.get_attribute(f"aria-{name}") for name in ("setsize", "posinset")] == ["50", "50"]
    forget_missing_media(visitor)


def test_arrow_keys_walk_through_all_of_it_and_wrap_around(site: Any, visitor: Visitor):
    page = opened(visitor, site[0])
    page.keyboard.press("l")
    until(lambda: page.evaluate(FOCUS) == "s0", 10, "the focus on the first row")
    for n in range(1, 56):
        page.keyboard.press("ArrowDown")
        until(lambda n=n: page.evaluate(FOCUS) == f"s{n}", 10, f"row {n}")
    expect(page.locator(":focus")).to_be_in_viewport(ratio=1)  # in the next region
    page.locator("[data-service=s50]").focus()
    for n in (49, 48):  # up over the heading, which stays at the top and hides none
        page.keyboard.press("ArrowUp")
        until(lambda n=n: page.evaluate(FOCUS) == f"s{n}", 10, f"row {n}")
    for _ in range(49):
        page.keyboard.press("ArrowUp")
    until(lambda: page.evaluate(FOCUS) == "s1999", 10, "the last row")
    expect(page.locator(":focus")).to_be_in_viewport(ratio=1)
    box, top = page.locator(":focus").bounding_box(), page.locator("aside .rows").bounding_box()
    assert box is not None
    assert top is not None
    assert box["y"] >= top["y"]
    page.keyboard.press("ArrowDown")
    until(lambda: page.evaluate(FOCUS) == "s0", 10, "the first row")
    forget_missing_media(visitor)


def test_the_focus_stays_where_it_is_while_one_looks_elsewhere(site: Any, visitor: Visitor):
    page = opened(visitor, site[0])
    page.locator("[data-service=s3]").focus()
    scroll(page, 60_000)
    expect(page.locator("[data-service=s800]")).to_have_count(1)
    assert page.evaluate(FOCUS) == "s3"
    page.keyboard.press("ArrowDown")
    until(lambda: page.evaluate(FOCUS) == "s4", 10, "the next row")
    expect(page.locator("[data-service=s4]")).to_be_in_viewport(ratio=1)
    forget_missing_media(visitor)


def test_the_channel_of_an_address_is_shown_and_has_the_focus_first(site: Any, visitor: Visitor):
    page = opened(visitor, f"{site[0]}/#/s1234")
    current = page.locator("[aria-current]")
    expect(current).to_have_attribute("data-service", "s1234")
    expect(current).to_be_in_viewport(ratio=1)
    page.keyboard.press("l")
    until(lambda: page.evaluate(FOCUS) == "s1234", 10, "the focus on the channel")
    forget_missing_media(visitor)


def test_what_is_liked_stands_first_and_in_its_region(site: Any, visitor: Visitor):
    page = visitor.open(site[0])
    page.evaluate("localStorage.setItem('yiwang.favourites', JSON.stringify(['s1500', 's2']))")
    page.goto("about:blank")
    page.goto(f"{site[0]}/#/s2")
    shown = page.locator(ROWS).evaluate_all("rows => rows.map(row => row.dataset.service)")
    assert until(lambda: shown[:5], 1, "rows") == ["s1500", "s2", "s0", "s1", "s2"]
    expect(page.locator("[aria-current]")).to_have_count(2)
    page.keyboard.press("l")
    until(lambda: page.evaluate(FOCUS) == "s2", 10, "the focus on the one that is liked")
    page.keyboard.press("ArrowDown")
    until(lambda: page.evaluate(FOCUS) == "s0", 10, "the region below")
    forget_missing_media(visitor)


def test_the_guide_is_asked_of_what_is_seen_and_nothing_moves_when_it_comes(site: Any, visitor: Visitor):
    page = visitor.open(f"{site[0]}/#mine")
    asked, held = set[str](), list[Route]()

    def has_asked(request: Request) -> bool:
        """Several requests may ask: of the channels around the first, and of the rows."""
        asked.update(parse_qs(urlsplit(request.url).query).get("channel", []))
        return len(asked) > 5

    page.route("**/api/guide?*", lambda route: held.append(route))
    page.goto("about:blank")
    with page.expect_request(has_asked):
        page.goto(f"{site[0]}/")
    rows = page.locator(ROWS)
    assert asked <= {f"s{n}" for n in (*range(12), CHANNELS - 2, CHANNELS - 1)}
    before = page.evaluate(PLACES)
    for route in held:
        route.continue_()
    expect(rows.first.locator(".next")).to_have_count(1)
    assert page.evaluate(PLACES) == before
    page.unroute("**/api/guide?*")
    forget_missing_media(visitor)


def test_a_change_reaches_its_row(site: Any, visitor: Visitor):
    page = opened(visitor, site[0])
    row = page.locator("[data-service=s1]")
    expect(row).not_to_contain_text("No signal")
    site[1].put({"services": [{"id": "s1", "state": "no-signal"}], "gone": ["s2"]})
    expect(row).to_contain_text("No signal")
    expect(page.locator("[data-service=s2]")).to_have_count(0)
    forget_missing_media(visitor)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_is_accessible(site: Any, browser: Any, scheme: Any):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="zh-CN", color_scheme=scheme, service_workers="block"
    )
    visitor = Visitor(context)
    page = opened(visitor, site[0])
    scroll(page, 4_000)
    page.wait_for_timeout(500)
    assert violations(page) == []
    context.close()
