"""A viewer whose region may not have a channel: a sentence, a way back, and what plays in its place."""

import os
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import VAR, Node, Visitor, node_with
from tests.browser.tv import Tv

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NODE = """
[viewers]
choice = "where-unknown"
[packaging]
segment_duration = 1
part_duration = 0.25
[[region]]
id = "CN-ZJ"
name = {{zh = "浙江", en = "Zhejiang"}}
prefixes = ["2001:db8:1::/48"]
[[region]]
id = "CN-JS"
name = {{zh = "江苏", en = "Jiangsu"}}
prefixes = ["2001:db8:2::/48"]
[[service]]
id = "match"
number = 5
name = {{zh = "球赛", en = "The match"}}
source = "{file}?loop=1"
[[service]]
id = "news"
number = 1
name = {{zh = "新闻", en = "News"}}
source = "{file}?loop=1"
[[service]]
id = "film"
number = 6
name = {{zh = "电影", en = "Films"}}
source = "{file}?loop=1"
[[restriction]]
id = "rights"
services = "match"
only_in = "CN-ZJ"
instead = "news"
reason = {{zh = "转播权仅限浙江", en = "The rights are for Zhejiang only"}}
[[restriction]]
id = "films"
services = "film"
not_in = "CN-JS"
end = 2099-01-01T00:00:00Z
reason = {{zh = "该片尚未在江苏公映", en = "It has not been released in Jiangsu yet"}}
"""
EVERY = [("en-GB", 1280, 720), ("zh-CN", 1280, 720), ("en-GB", 390, 844), ("zh-CN", 390, 844)]


@pytest.fixture(scope="module")
def node(ffmpeg: str, pages_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("regional")
    file = folder / "loop.ts"
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8", "-f", "lavfi"]
    command += ["-i", "sine=f=440:duration=8", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, "-g", "25", "-c:a", "aac", "-f", "mpegts", str(file)], check=True)
    with node_with(folder, NODE.format(file=file), "regional.log") as node:
        for service in ("match", "news", "film"):
            node.wait_for_state(service, "live")
        yield node


def comes_from(visitor: Visitor, address: str) -> None:
    """Let every request of the page say where its viewer is, as an edge does."""
    visitor.context.set_extra_http_headers({"X-Forwarded-For": address})


def picture(page: Page, name: str) -> None:
    """Keep a picture for who wants to look at it (`YIWANG_PICTURES`)."""
    if os.environ.get("YIWANG_PICTURES"):
        page.screenshot(path=str(VAR / f"regional-{name}.png"))


def test_what_takes_a_channels_place_plays_and_says_so(node: Node, visitor: Visitor):
    comes_from(visitor, "2001:db8:2::7")
    page = visitor.open(f"{node.url}/#/match")
    tv = Tv(page)
    tv.wait_until_playing()
    note = page.get_by_test_id("substitute")
    expect(note).to_contain_text("The rights are for Zhejiang only. News plays in place of The match.")
    assert tv.now() == "The match"
    tv.zap_with("1", "Enter")
    expect(note).to_have_count(0)


def test_who_is_where_it_is_for_has_it(node: Node, visitor: Visitor):
    comes_from(visitor, "2001:db8:1::7")
    page = visitor.open(f"{node.url}/#/match")
    Tv(page).wait_until_playing()
    expect(page.get_by_test_id("substitute")).to_have_count(0)
    expect(page.get_by_test_id("notice")).to_have_count(0)


def test_where_nothing_takes_its_place_there_is_a_sentence_and_a_way_back(node: Node, visitor: Visitor):
    comes_from(visitor, "2001:db8:2::7")
    page = visitor.open(f"{node.url}/#/film")
    notice = page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "kept")
    expect(notice).to_contain_text("It has not been released in Jiangsu yet")
    expect(notice).to_contain_text("You are in Jiangsu.")
    expect(notice).to_contain_text("It returns by itself at")
    expect(page.get_by_test_id("region-choice")).to_have_count(0)  # his address says where he is
    notice.get_by_role("button", name="Choose another channel").click()
    page.locator("[data-service=news]").click()
    Tv(page).wait_until_playing()


def test_who_is_nobody_knows_where_may_say_so_and_has_it_then(node: Node, visitor: Visitor):
    comes_from(visitor, "2001:db8:9::7")
    page = visitor.open(f"{node.url}/#/match")
    tv = Tv(page)
    tv.wait_until_playing()
    expect(page.get_by_test_id("substitute")).to_be_visible()
    page.get_by_test_id("region-choice").select_option("CN-ZJ")
    expect(page.get_by_test_id("substitute")).to_have_count(0)
    tv.wait_until_playing()


@pytest.mark.parametrize(("language", "width", "height"), EVERY)
def test_it_is_said_in_each_language_on_each_screen(node: Node, browser, language: str, width: int, height: int):
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=language, service_workers="block",
        extra_http_headers={"X-Forwarded-For": "2001:db8:2::7"},
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{node.url}/#/match")
    Tv(page).wait_until_playing()
    note = page.get_by_test_id("substitute")
    expect(note).to_contain_text("转播权仅限浙江。" if language == "zh-CN" else "The rights are for Zhejiang only.")
    picture(page, f"substitute-{language}-{width}")
    box, screen = note.bounding_box(), page.viewport_size
    assert box is not None
    assert screen is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= screen["width"]
    page.goto(f"{node.url}/#/film")
    expect(page.get_by_test_id("notice")).to_contain_text(
        "该片尚未在江苏公映" if language == "zh-CN" else "It has not been released in Jiangsu yet"
    )
    picture(page, f"kept-{language}-{width}")
    context.close()


def test_the_console_shows_the_rules(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/console")
    page.get_by_role("link", name="The network").or_(page.get_by_role("button", name="The network")).first.click()
    rules = page.get_by_test_id("restrictions")
    expect(rules.locator("[data-restriction=rights]")).to_contain_text("in force on 1")
    expect(rules.locator("[data-restriction=rights]")).to_contain_text("only in CN-ZJ · always")
    expect(page.get_by_test_id("viewer-regions")).to_contain_text("2001:db8:1::/48")
    rules.scroll_into_view_if_needed()
    picture(page, "console")
