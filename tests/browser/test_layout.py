"""Nothing lies beyond an edge of the screen, on a phone and on a laptop, in the longer and in the wider language."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Node, Visitor
from tests.browser.tv import Tv

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"phone": (360, 800), "laptop": (1280, 800)}
MAY_SCROLL = "[role=region][tabindex], [role=grid], nav, [role=group]"
"""What is meant to be moved sideways: a manifest's text, the guide, a line of buttons."""
BEYOND = """mayScroll => [...document.querySelectorAll('body, body *')].flatMap((one) => {
    const style = getComputedStyle(one), box = one.getBoundingClientRect()
    if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || style.clipPath !== 'none') return []
    const name = `${one.tagName}.${one.className}`
    const moves = ['auto', 'scroll'].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1
    if (moves && !one.matches(mayScroll)) return [`${name} scrolls sideways: ${one.scrollWidth} in ${one.clientWidth}`]
    let clipped = one.closest(mayScroll) !== null
    for (let up = one.parentElement; up && !clipped; up = up.parentElement)
      clipped = getComputedStyle(up).overflowX !== 'visible'
    if (clipped || box.width === 0 || (box.right <= innerWidth + 1 && box.left >= -1)) return []
    return [`${name} from ${box.left} to ${box.right}`]
})"""


def beyond(page: Page) -> list[str]:
    found: list[str] = page.evaluate(BEYOND, MAY_SCROLL)
    return found


@pytest.mark.parametrize(("size", "locale"), [("phone", "en-GB"), ("laptop", "zh-CN"), ("laptop", "en-GB")])
def test_nothing_lies_beyond_the_edge(node: Node, browser: Browser, size: str, locale: str):
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, reduced_motion="reduce")
    visitor = Visitor(context)
    seen: dict[str, list[str]] = {}
    try:
        channel = node.services()[3]["id"]
        page = visitor.open(f"{node.url}/#/{channel}")
        tv = Tv(page)
        tv.wait_until_playing()
        seen["watching"] = beyond(page)
        tv.press("l", "s")
        page.get_by_test_id("settings-panel").wait_for()
        seen["settings"] = beyond(page)
        for place in ("guide", "search/ye", "mine"):
            page.goto(f"{node.url}/#{place}")
            page.wait_for_timeout(700)
            seen[place] = beyond(page)
        page.goto(f"{node.url}/console")
        page.locator("[data-channel]").first.wait_for()
        seen["console"] = beyond(page)
        page.locator("[data-channel]").first.click()
        page.get_by_test_id("manifests").locator("summary").click()
        page.get_by_test_id("manifests").locator("code").first.wait_for()
        seen["channel"] = beyond(page)
        page.goto(f"{node.url}/console#network")
        page.get_by_test_id("coverage").locator("[role=listitem]").first.wait_for()
        seen["network"] = beyond(page)
        page.get_by_test_id("operator").click()
        page.get_by_test_id("operator-pages").wait_for()
        seen["signing in"] = beyond(page)
        assert not any(seen.values()), "\n".join(f"{name}: {line}" for name, lines in seen.items() for line in lines)
        assert visitor.errors == []
    finally:
        context.close()
