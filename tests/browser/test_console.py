"""The console against a real node with its demo channels: the board, one channel, the network."""

import re

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Node, Visitor, until
from yiwang.net import wall_clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ENOUGH_SEGMENTS = 8


def ids(node: Node) -> list[str]:
    return [service["id"] for service in node.services()]


def test_each_tile_has_a_picture_of_its_channel(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    pictures = page.locator("[data-channel] img")
    expect(pictures).to_have_count(len(ids(node)))
    widths = "images => images.map((image) => image.naturalWidth)"
    until(lambda: set(pictures.evaluate_all(widths)) == {320}, 60, "every picture to be there")
    assert visitor.errors == []


def test_the_board_is_walked_by_keys_in_every_density(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    tiles = page.locator("[data-channel]")
    expect(tiles).to_have_count(len(ids(node)))
    for density in ("Cards", "Numbers", "Dots", "Pictures"):
        page.get_by_test_id("density").select_option(label=density)
        expect(tiles).to_have_count(len(ids(node)))
        assert page.locator("[data-channel] button[tabindex='0']").count() == 1
        order = tiles.evaluate_all("tiles => tiles.map((tile) => tile.dataset.channel)")
        page.locator(f"[data-channel={order[0]}] button").focus()
        page.keyboard.press("ArrowRight")
        focused = "document.activeElement.closest('[data-channel]').dataset.channel"
        assert page.evaluate(focused) == order[1]
        page.keyboard.press("End")
        assert page.evaluate(focused) == order[-1]
        page.keyboard.press("Home")
        assert page.evaluate(focused) == order[0]
    page.reload()
    expect(page.get_by_test_id("density")).to_have_value("pictures")
    page.get_by_label("Groups").select_option(label="By region")
    expect(page.get_by_role("heading", name="Southport")).to_be_visible()
    assert visitor.errors == []


def test_one_channel_has_history_a_time_line_and_manifests_that_hold(node: Node, visitor: Visitor):
    service = ids(node)[0]
    page = visitor.open(f"{node.url}/console#channel/{service}")
    drawer = page.get_by_test_id("drawer")
    segments = drawer.get_by_test_id("timeline").locator(".segments i")
    # a node that has just begun has one or two, and a quarter of their time has both
    until(lambda: segments.count() >= ENOUGH_SEGMENTS, 60, "segments of which a quarter is fewer")
    drawer.get_by_role("button", name="Zoom in").click()
    drawer.get_by_role("button", name="Zoom in").click()
    until(lambda: segments.count() < ENOUGH_SEGMENTS, 10, "fewer segments")
    expect(drawer.get_by_test_id("viewers")).to_contain_text("No player has reported")
    report = f'br=(5000;v),cid="{service}",e=ps,ltc=1200,msd=700,sid="a",sn=0,sta=p,ts={wall_clock.now_ms()},v=2\n'
    httpx.post(f"{node.url}/api/cmcd", content=report, headers={"Content-Type": "application/cmcd"}).raise_for_status()
    expect(drawer.get_by_test_id("viewers").locator("b")).to_have_text("1")
    expect(drawer.get_by_test_id("viewers")).to_contain_text("5.00 Mbit/s")
    history = drawer.get_by_test_id("history")
    expect(history.locator("svg path:not(.rule)")).to_have_attribute("d", re.compile(r"^M"))
    history.get_by_label("Figure").select_option(label="Segment age")
    expect(history.locator("svg")).to_have_attribute("aria-label", re.compile(r"^Segment age: Lowest [\d.]+ s"))
    manifests = drawer.get_by_test_id("manifests")
    manifests.locator("summary").click()
    expect(manifests).to_contain_text("#EXT-X-STREAM-INF")
    manifests.get_by_label("File").select_option(index=1)
    expect(manifests.locator("li").first).to_contain_text("holds")
    assert manifests.locator("li.bad").count() == 0
    manifests.get_by_label("File").select_option(label=f"/live/{service}/manifest.mpd")
    expect(manifests).to_contain_text("<Period")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    assert page.evaluate("location.hash") == "#now"
    page.go_back()
    expect(drawer).to_have_count(1)
    assert visitor.errors == []


def test_the_network_shows_regions_lists_and_what_the_guide_covers(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    page.get_by_role("link", name="The network").click()
    expect(page.get_by_test_id("regions").get_by_text("Southport", exact=True)).to_be_visible()
    expect(page.get_by_test_id("peers")).to_contain_text("guide")
    rows = page.get_by_test_id("coverage").locator("[role=listitem]")
    expect(rows).to_have_count(len(ids(node)))
    expect(rows.first).to_contain_text("%")
    assert visitor.errors == []


def test_a_picture_that_fails_after_its_tile_has_gone_is_no_fault_of_the_page(node: Node, visitor: Visitor):
    held: list[Route] = []
    visitor.context.route("**/thumbnail.jpg*", lambda route: held.append(route))
    page = visitor.open(f"{node.url}/console")
    until(lambda: page.wait_for_timeout(50) or len(held) >= len(ids(node)), 30, "every picture to be asked for")
    page.get_by_role("link", name="The network").click()
    expect(page.get_by_test_id("regions")).to_be_visible()
    page.wait_for_timeout(11_000)  # the pictures would be newer ones by now
    for route in held:
        route.fulfill(status=404)
    page.wait_for_timeout(500)
    visitor.errors[:] = [error for error in visitor.errors if "Failed to load resource" not in error]
    assert visitor.errors == []
