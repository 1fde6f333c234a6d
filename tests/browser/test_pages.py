"""Web TV and console against a real node with its demo channels, in Debian's Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Node, Visitor, until
from tests.browser.tv import Tv

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def in_order(node: Node) -> list[str]:
    """Service ids as the list shows them: the demo's numbers rise region by region."""
    return [service["id"] for service in node.services()]


def first_of_each_region(node: Node) -> list[str]:
    first: dict[str, str] = {}
    for service in node.services():
        first.setdefault(service["region"], service["id"])
    assert len(first) == 2
    return list(first.values())


def watch(node: Node, visitor: Visitor, service_id: str) -> Tv:
    tv = Tv(visitor.open(f"{node.url}/#/{service_id}"))
    tv.wait_until_playing()
    return tv


@pytest.mark.parametrize("protocol", ["dash", "hls"])
def test_channels_of_both_regions_play_on_one_click_and_keep_playing(node, visitor, protocol):
    tv = Tv(visitor.open(f"{node.url}/"))
    tv.remember(protocol=protocol)
    tv.page.reload()
    for service_id in first_of_each_region(node):
        tv.page.locator(f"[data-service={service_id}]").click()
        tv.wait_until_playing()
        time_before, frames_before, phases = tv.media_time(), tv.decoded_frames(), set()
        for _ in range(12):
            tv.page.wait_for_timeout(500)
            phases.add(tv.stats()["phase"])
        assert phases == {"playing"}
        assert tv.media_time() - time_before > 3
        assert tv.decoded_frames() - frames_before > 75
        assert tv.stats()["figures"]["protocol"] == protocol
        assert tv.tuned() == service_id
        assert not tv.is_muted()


def test_the_picture_has_the_size_the_node_announces(node, visitor):
    for service in node.services():
        (video,) = (track for track in service["tracks"] if track["kind"] == "video")
        tv = watch(node, visitor, service["id"])
        assert tv.picture()[1] == video["height"]
        tv.page.close()


def test_arrow_keys_zap_through_the_list_and_wrap_around(node, visitor):
    order = in_order(node)
    tv = watch(node, visitor, order[-1])
    tv.zap_with("ArrowDown")
    assert tv.tuned() == order[0]
    tv.zap_with("ArrowUp")
    assert tv.tuned() == order[-1]
    tv.zap_with("PageUp")
    assert tv.tuned() == order[-2]
    names = {service["id"]: service["name"]["en"] for service in node.services()}
    assert tv.now() == names[order[-2]]


def test_a_long_zap_loads_only_the_channel_it_ends_on(node, visitor):
    order = in_order(node)
    tv = watch(node, visitor, order[0])
    before = tv.zaps()
    tv.press(*["ArrowDown"] * 4)
    until(lambda: tv.zaps() > before and tv.stats()["phase"] == "playing", 20, "the channel at the end of the zap")
    assert tv.tuned() == order[4]
    assert tv.zaps() - before <= 2


def test_digits_tune_by_number_after_enter_or_a_while(node, visitor):
    by_number = {service["number"]: service["id"] for service in node.services()}
    tv = watch(node, visitor, by_number[1])
    preview = tv.page.get_by_test_id("digits")
    tv.press("4")
    expect(preview).to_contain_text("4")
    expect(preview).to_contain_text("Southport One")
    assert tv.tuned() == by_number[1]
    tv.zap_with("Enter")
    assert tv.tuned() == by_number[4]
    expect(preview).to_have_count(0)
    tv.zap_with("0", "2")  # nothing more: taken after a moment
    assert tv.tuned() == by_number[2]
    tv.press("9", "9", "Enter")
    expect(tv.page.locator("[aria-live=polite]")).to_have_text("No such channel")
    assert tv.tuned() == by_number[2]


def test_backspace_returns_to_the_channel_before(node, visitor):
    order = in_order(node)
    tv = watch(node, visitor, order[0])
    tv.zap_with("3", "Enter")
    tv.zap_with("Backspace")
    assert tv.tuned() == order[0]
    tv.zap_with("r")
    assert tv.tuned() == order[2]


def test_a_paused_channel_falls_behind_live_and_returns_with_one_click(node, visitor):
    tv = watch(node, visitor, in_order(node)[0])
    live = tv.page.get_by_test_id("live")
    expect(live).to_have_text("LIVE")
    tv.press(" ")
    until(lambda: tv.stats()["phase"] == "paused", 5, "the pause")
    until(lambda: tv.stats()["behind_live_s"] > 4, 20, "the live edge to run away")
    tv.press(" ")
    until(lambda: tv.stats()["phase"] == "playing", 5, "playing on")
    expect(live).to_have_text(re.compile(r"^-\d+ s$"))
    live.click()
    until(lambda: tv.stats()["behind_live_s"] < 3, 10, "the live edge")
    expect(live).to_have_text("LIVE")
    tv.wait_until_playing()


def test_a_refused_sound_is_told_and_comes_with_one_click(node, visitor):
    tv = Tv(visitor.open(f"{node.url}/#/{in_order(node)[0]}"))
    tv.page.wait_for_timeout(6_000)  # nothing is asked of the page: Playwright's questions count as a user's gesture
    hint = tv.page.get_by_test_id("unmute")
    expect(hint).to_be_visible()
    assert tv.is_muted()
    tv.wait_until_playing()
    hint.click()
    expect(hint).to_have_count(0)
    assert not tv.is_muted()
    tv.press("m")
    assert tv.is_muted()
    tv.press("m")
    assert not tv.is_muted()
    tv.wait_until_playing()


def radios(page: Page, group: str):
    return page.locator(f"[data-group={group}] [role=menuitemradio]")


def test_the_settings_choose_audio_quality_and_protocol(node, visitor):
    two_languages = next(
        service["id"]
        for service in node.services()
        if sum(track["kind"] == "audio" for track in service["tracks"]) == 2
    )
    tv = watch(node, visitor, two_languages)
    tv.press("s")
    panel = tv.page.get_by_test_id("settings-panel")
    expect(panel).to_be_visible()
    expect(tv.page.locator("[data-group=text]")).to_contain_text("None on this channel")

    audio = radios(tv.page, "audio")
    expect(audio).to_have_count(2)
    english = audio.filter(has_text="English")
    expect(english).to_have_attribute("aria-checked", "false")
    english.click()
    expect(english).to_have_attribute("aria-checked", "true")
    expect(audio.filter(has_text="Chinese")).to_have_attribute("aria-checked", "false")
    tv.wait_until_playing()

    quality = radios(tv.page, "quality")
    expect(quality.nth(0)).to_have_attribute("aria-checked", "true")
    quality.nth(1).click()
    expect(quality.nth(1)).to_have_attribute("aria-checked", "true")
    expect(quality.nth(0)).to_have_attribute("aria-checked", "false")
    tv.wait_until_playing()

    before = tv.zaps()
    radios(tv.page, "protocol").filter(has_text="HLS").click()
    until(lambda: tv.zaps() > before, 20, "the channel over HLS")
    tv.wait_until_playing()
    assert tv.stats()["figures"]["protocol"] == "hls"
    expect(radios(tv.page, "audio").filter(has_text="English")).to_have_attribute("aria-checked", "true")  # remembered

    tv.press("Escape")
    expect(panel).to_have_count(0)


def test_the_settings_can_be_walked_with_a_remote_control(node, visitor):
    tv = watch(node, visitor, in_order(node)[0])
    tv.press("s")
    expect(tv.page.get_by_test_id("settings-panel").locator(":focus")).to_have_count(1)
    seen = set()
    for _ in range(12):
        seen.add(tv.page.evaluate("document.activeElement.textContent.trim()"))
        tv.press("ArrowDown")
    assert {"DASH", "HLS"} <= seen
    tv.press("ArrowLeft")
    expect(tv.page.get_by_test_id("settings-panel")).to_have_count(0)
    tv.zap_with("ArrowDown")  # the keys belong to the picture again


def test_the_list_can_be_walked_with_a_remote_control(node, visitor):
    order = in_order(node)
    tv = watch(node, visitor, order[0])
    tv.press("Enter")
    focused = "document.activeElement.dataset.service"
    until(lambda: tv.page.evaluate(focused) == order[0], 5, "the focus on the current channel")
    tv.press("ArrowDown", "ArrowDown")
    assert tv.page.evaluate(focused) == order[2]
    assert tv.tuned() == order[0]
    tv.zap_with("Enter")
    assert tv.tuned() == order[2]


def test_the_information_shows_latency_and_protocol(node, visitor):
    tv = watch(node, visitor, in_order(node)[0])
    tv.press("i")
    panel = tv.page.get_by_test_id("info-panel")
    expect(panel.locator("[data-row=latency]")).to_have_text(re.compile(r"^\d+(\.\d)? s$"))
    expect(panel.locator("[data-row=protocol]")).to_have_text("DASH · LL")
    expect(panel.locator("[data-row=codecs]")).to_have_text("H.264/AVC + AAC")
    expect(panel.locator("[data-row=picture]")).to_have_text("1280 × 720")
    tv.press("i")
    expect(panel).to_have_count(0)


def test_what_lies_over_the_picture_fades_and_comes_back(node, visitor):
    tv = watch(node, visitor, in_order(node)[0])
    bar, channels = tv.page.locator(".controls"), tv.page.locator(".list")
    tv.page.mouse.move(600, 300)
    expect(channels).to_have_css("opacity", "1")
    expect(bar).to_have_css("opacity", "0", timeout=15_000)
    expect(channels).to_have_css("opacity", "0")
    tv.press("ArrowDown")
    expect(bar).to_have_css("opacity", "1")
    expect(channels).to_have_css("opacity", "0")  # zapping names the channel and leaves the picture free
    tv.page.mouse.move(500, 300)
    expect(channels).to_have_css("opacity", "1")


def test_full_screen_is_one_key(node, visitor):
    tv = watch(node, visitor, in_order(node)[0])
    tv.press("f")
    until(lambda: tv.page.evaluate("document.fullscreenElement !== null"), 5, "full screen")
    tv.press("f")
    until(lambda: tv.page.evaluate("document.fullscreenElement === null"), 5, "the window")


def test_picture_in_picture_is_a_key_and_a_button_where_the_browser_has_it(node, visitor):
    visitor.context.add_init_script(
        """let inset = null
           Object.defineProperty(Document.prototype, 'pictureInPictureEnabled', { get: () => true })
           Object.defineProperty(Document.prototype, 'pictureInPictureElement', { get: () => inset })
           HTMLVideoElement.prototype.requestPictureInPicture = async function () { inset = this }
           Document.prototype.exitPictureInPicture = async () => { inset = null }"""
    )
    tv = watch(node, visitor, node.services()[0]["id"])
    inset = "document.pictureInPictureElement?.localName ?? null"
    tv.press("p")
    until(lambda: tv.page.evaluate(inset) == "video", 5, "the inset")
    tv.page.mouse.move(500, 300)
    tv.page.get_by_role("button", name="Picture in picture").click()
    until(lambda: tv.page.evaluate(inset) is None, 5, "the picture to be back")


def test_there_is_no_button_for_picture_in_picture_where_the_browser_has_none(node, visitor):
    visitor.context.add_init_script(
        "Object.defineProperty(Document.prototype, 'pictureInPictureEnabled', { get: () => false })"
    )
    tv = watch(node, visitor, node.services()[0]["id"])
    tv.press("p")
    tv.page.mouse.move(500, 300)
    expect(tv.page.get_by_role("button", name="Pause")).to_be_visible()
    expect(tv.page.get_by_role("button", name="Picture in picture")).to_have_count(0)


def test_the_language_follows_the_browser_and_can_be_switched_for_good(node, visitor):
    page = visitor.open(f"{node.url}/")
    first = page.locator("[data-service] .name").first
    expect(first).to_have_text("Northfield News")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_test_id("language").click()
    expect(first).to_have_text("北原新闻")
    expect(page.get_by_role("heading", name="请选择频道")).to_be_visible()
    page.reload()
    expect(page.locator("[data-service] .name").first).to_have_text("北原新闻")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_the_channel_is_remembered_and_a_deep_link_goes_before_it(node, visitor):
    order = in_order(node)
    tv = watch(node, visitor, order[2])
    tv.page.close()
    again = Tv(visitor.open(f"{node.url}/"))
    again.wait_until_playing()
    assert again.tuned() == order[2]
    again.page.close()
    assert watch(node, visitor, order[1]).tuned() == order[1]


def test_the_list_is_grouped_by_region_and_marks_the_channel(node, visitor):
    order = in_order(node)
    tv = watch(node, visitor, order[3])
    regions = tv.page.get_by_role("complementary", name="Channel list").locator("section")
    expect(regions).to_have_count(2)
    expect(regions.nth(1).get_by_role("heading")).to_contain_text("Southport")
    shown = tv.page.locator("[data-service]").evaluate_all("rows => rows.map((row) => row.dataset.service)")
    assert shown == order
    expect(tv.page.locator("[aria-current]")).to_have_attribute("data-service", order[3])


@pytest.mark.parametrize("size", [(360, 740), (740, 360), (3840, 2160)])
def test_the_pages_fit_phones_and_large_screens(node, browser, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    visitor = Visitor(context)
    tv = watch(node, visitor, in_order(node)[0])
    console = visitor.open(f"{node.url}/console")
    expect(console.locator("[data-channel]").first).to_be_visible()
    for page in (tv.page, console):
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
    assert visitor.errors == []


def test_the_console_shows_every_channel_and_moves(node, visitor):
    page = visitor.open(f"{node.url}/console")
    rows = page.locator("[data-channel]")
    expect(rows).to_have_count(len(in_order(node)))
    ids = rows.evaluate_all("rows => rows.map((row) => row.dataset.channel)")
    assert sorted(ids) == sorted(in_order(node))
    row = page.locator(f"[data-channel={in_order(node)[0]}]")
    expect(row.locator("[data-field=bit-rate]")).to_have_text(re.compile(r"\d [kM]bit/s$"))
    before = row.inner_text()
    until(lambda: row.inner_text() != before, 10, "the row to change")
    expect(page.get_by_test_id("feed")).to_contain_text("Live")


def test_the_console_filters_by_region_text_and_health(node, visitor):
    page = visitor.open(f"{node.url}/console")
    rows = page.locator("[data-channel]")
    everything = len(in_order(node))
    expect(rows).to_have_count(everything)
    page.get_by_label("Filter by region").select_option(label="Southport")
    expect(rows).to_have_count(3)
    page.get_by_label("Search name, number, source").fill("ocean")
    expect(rows).to_have_count(1)
    page.get_by_label("Search name, number, source").fill("nothing like this")
    page.get_by_role("button", name="Clear the filter").click()
    expect(rows).to_have_count(everything)
    page.locator("[data-health=unplayable]").first.click()
    expect(rows).to_have_count(0)


def test_the_console_opens_the_details_of_a_channel_and_goes_on_moving(node, visitor):
    page = visitor.open(f"{node.url}/console")
    page.locator(f"[data-channel={in_order(node)[3]}] button").focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_test_id("drawer")
    expect(drawer.get_by_role("heading", name="Southport One")).to_be_visible()
    expect(drawer).to_contain_text("H.264/AVC")
    expect(drawer).to_contain_text("1920 × 1080")
    expect(drawer).to_contain_text("udp://")
    measured = drawer.get_by_test_id("measurement")
    expect(measured).to_contain_text("Priority 2")
    expect(measured.locator("[data-indicator]")).to_have_count(13)
    expect(measured.locator("[data-indicator=pmt_error_2]")).to_contain_text("PMT error")
    expect(drawer.get_by_test_id("pids").get_by_role("listitem").first).to_contain_text("256 H.264/AVC")
    before = drawer.inner_text()
    until(lambda: drawer.inner_text() != before, 10, "the drawer to change")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_the_api_is_described_by_this_node_alone(node, visitor):
    page = visitor.open(f"{node.url}/api/docs")
    expect(page.get_by_role("heading", name="GET /api/channels", exact=True)).to_be_visible()
    expect(page.locator("section#ConsoleView")).to_be_visible()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("API")
    page.get_by_role("button", name="中文").click()
    expect(heading).to_have_text("接口")
