"""What a viewer has in the hand: a remote control with four arrows, a finger, a mouse; and what the node is told of it."""

import json
import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.conftest import SLOWEST_S, Node, Visitor, until
from tests.browser.test_tv_pages import CHANNEL, at, cursor, guide_row, open_guide, watch
from tests.browser.tv import Tv
from tests.conftest import ROOT, missing
from yiwang.net import wall_clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOLD_MS = 800
SHAKA = ROOT / "src/yiwang/web/ui/node_modules/shaka-player/dist/shaka-player.compiled.js"
FOCUS = "({...document.activeElement?.dataset})"


def figures(node: Node) -> dict[str, float]:
    """What /metrics says of the viewers of the channel."""
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(httpx.get(f"{node.url}/metrics").text)
        for sample in family.samples
        if sample.labels == {"service": CHANNEL} and "viewer" in sample.name
    }


def hold_enter(page: Page) -> None:
    page.keyboard.down("Enter")
    page.wait_for_timeout(HOLD_MS)
    page.keyboard.up("Enter")


# -- CMCD


def test_the_node_is_told_how_it_plays_and_media_requests_are_everybodys(node: Node, visitor: Visitor):
    before = figures(node).get("yiwang_viewer_sessions_total", 0)
    media: list[Any] = []
    tv = watch(node, visitor)
    tv.page.on("request", lambda request: media.append(request) if "/live/" in request.url else None)
    now = until(lambda: (f := figures(node)).get("yiwang_viewer_sessions_total", 0) > before and f, 20, "its report")
    assert now["yiwang_viewer_sessions_total"] == before + 1
    assert now["yiwang_viewers"] >= 1
    assert now["yiwang_viewer_startup_seconds_count"] >= 1
    tv.page.wait_for_timeout(3_000)
    assert media
    for request in media:
        assert "CMCD" not in request.url
        assert not [name for name in request.all_headers() if name.lower().startswith("cmcd")]
    tv.press("ArrowDown")
    until(lambda: figures(node)["yiwang_viewer_played_seconds_total"] > 0, 20, "the end of the session")


def test_it_is_told_nothing_where_the_viewer_does_not_want_that(node: Node, visitor: Visitor):
    tv = watch(node, visitor)
    tv.press("s")
    option = tv.page.locator("[data-group=reports] [role=menuitemradio]").filter(has_text="Do not report")
    option.click()
    expect(option).to_have_attribute("aria-checked", "true")
    sent: list[str] = []
    tv.page.reload()
    tv.page.on("request", lambda request: sent.append(request.url) if "/api/cmcd" in request.url else None)
    tv.wait_until_playing()
    tv.page.wait_for_timeout(3_500)
    tv.press("Escape")
    tv.zap_with("ArrowDown")
    tv.page.wait_for_timeout(3_500)
    assert sent == []


def test_reports_of_another_player_are_understood(node: Node, visitor: Visitor):
    """Shaka Player's own reporter, which is not ours, writes version 2 in event mode."""
    if not SHAKA.is_file():
        missing("shaka-player is not installed: make setup")
    before = figures(node).get("yiwang_viewer_sessions_total", 0)
    taken = metric(node, "taken")
    page = visitor.context.new_page()
    page.goto(f"{node.url}/healthz")
    page.add_script_tag(path=SHAKA)
    page.evaluate(
        """async ([channel]) => {
          const video = document.body.appendChild(document.createElement('video')); video.muted = true
          const player = new shaka.Player()
          player.configure({ cmcd: { enabled: true, version: 2, contentId: channel, useHeaders: true, eventTargets: [
            { mode: 'event', enabled: true, url: '/api/cmcd', events: ['ps', 't'], interval: 2, includeKeys: [] } ] } })
          await player.attach(video); await player.load(`/live/${channel}/manifest.mpd`); await video.play() }""",
        [CHANNEL],
    )
    until(lambda: metric(node, "taken") >= taken + 3, 30, "its reports")
    assert figures(node)["yiwang_viewer_sessions_total"] == before + 1
    assert metric(node, "malformed") == 0
    page.close()


def metric(node: Node, result: str) -> float:
    text = httpx.get(f"{node.url}/metrics").text
    found = re.search(rf'yiwang_cmcd_reports_total{{result="{result}"}} ([\d.]+)', text)
    return float(found[1]) if found else 0


# -- the menu


def test_enter_held_opens_a_menu_for_the_channel_in_the_list(node: Node, visitor: Visitor):
    tv = watch(node, visitor)
    tv.press("l")
    until(lambda: tv.page.evaluate(FOCUS).get("service") == CHANNEL, 10, "the focus on the channel")
    tv.press("ArrowDown")
    menu = tv.page.get_by_test_id("menu")
    hold_enter(tv.page)
    expect(menu).to_be_visible()
    assert tv.tuned() == CHANNEL  # held, it does not tune
    until(lambda: tv.page.evaluate(FOCUS).get("item") == "watch", 10, "the focus on the first item")
    tv.press("ArrowDown", "Enter")
    expect(menu).to_have_count(0)
    until(lambda: tv.page.evaluate(FOCUS).get("service") == "southport-ocean", 10, "the focus where it was")
    assert json.loads(tv.page.evaluate("localStorage.getItem('yiwang.favourites')")) == ["southport-ocean"]
    hold_enter(tv.page)
    tv.press("Escape")
    expect(menu).to_have_count(0)
    tv.zap_with("Enter")  # pressed shortly, it tunes
    assert tv.tuned() == "southport-ocean"


def go_to_what_comes(tv: Tv) -> Any:
    """Go to the right in the guide until the cursor is on a programme that has not begun."""

    def look() -> Any:
        there = cursor(tv.page)
        if there and int(there["start"]) > wall_clock.now_ms():
            return there
        tv.press("ArrowRight")
        return None

    return until(look, 10, "the cursor on what comes")


def until_behind(tv: Tv, seconds: float) -> None:
    """Wait until so much earlier than the live edge is watched."""
    until(lambda: tv.stats()["behind_live_s"] > seconds, 20, lambda: f"the moment of the address: {tv.stats()}")


def test_enter_held_in_the_guide_sets_a_reminder_and_leads_to_the_programme(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    open_guide(tv)
    there = go_to_what_comes(tv)
    hold_enter(tv.page)
    tv.page.locator("[data-item=remind]").click()
    (kept,) = json.loads(tv.page.evaluate("localStorage.getItem('yiwang.reminders')"))
    assert (kept["title"], kept["startMs"], kept["channel"]) == (there["title"], int(there["start"]), CHANNEL)
    until(lambda: cursor(tv.page).get("focused"), 10, "the focus on the grid")
    hold_enter(tv.page)
    tv.page.locator("[data-item=details]").click()
    expect(tv.page.get_by_test_id("programme").get_by_role("heading", level=1)).to_have_text(there["title"])


def test_the_other_mouse_button_opens_it_too(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    tv.page.locator("[data-service=southport-arts]").click(button="right")
    expect(tv.page.get_by_test_id("menu")).to_be_visible()
    tv.press("Escape")
    open_guide(tv)
    cell = tv.page.locator(f"[data-row='{row['place']}'] [data-start='{1000 * at(row['events'][1]['start'])}']")
    cell.click(button="right")
    expect(tv.page.locator(".card").filter(has_text=row["events"][1]["title"])).to_be_visible()


# -- the keyboard on the screen


def test_a_remote_control_without_letters_can_search(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    tv.press("/")
    tv.page.get_by_test_id("open-keyboard").click()
    keys = tv.page.get_by_test_id("screen-keyboard")
    until(lambda: tv.page.evaluate(FOCUS).get("key") == "a", 10, "the focus on the first key")
    tv.press(*["ArrowRight"] * 6, "Enter")  # g
    tv.press(*["ArrowLeft"] * 2, "Enter")  # e
    tv.press(*["ArrowLeft"] * 3, "Enter")  # b
    tv.press("ArrowDown", *["ArrowLeft"] * 3, "Enter")  # i: k l … back over the row's beginning
    field = tv.page.get_by_test_id("search-field")
    expect(field).to_have_value("gebi")
    expect(tv.page.locator("[data-found=event]").first).to_contain_text("Over the Gobi")
    tv.press("Backspace")
    expect(field).to_have_value("geb")
    keys.locator("[data-key=i]").focus()
    tv.press("Enter")
    expect(tv.page.locator("[data-found=event]").first).to_contain_text("Over the Gobi")
    tv.press(*["ArrowDown"] * 4)
    until(lambda: tv.page.evaluate(FOCUS).get("found") == "event", 10, "the focus on the first result")
    tv.press("ArrowUp", "ArrowDown")
    until(lambda: "key" in tv.page.evaluate(FOCUS), 10, "the keys below the field")
    tv.page.reload()
    expect(keys).to_be_visible()  # as it was left
    keys.locator("[data-key=close]").click()
    expect(keys).to_have_count(0)


# -- touch


@pytest.fixture
def phone(browser: Browser) -> Any:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="en-GB", has_touch=True, is_mobile=True, service_workers="block"
    )
    visitor = Visitor(context)
    yield visitor
    context.close()
    assert visitor.errors == []


def swipe(context: BrowserContext, page: Page, dx: int, dy: int) -> None:
    """Draw a finger over the picture."""
    session = context.new_cdp_session(page)
    x, y = 195, 110
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        point = {"x": x + dx * step / 5, "y": y + dy * step / 5}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_changes_the_channel_and_opens_the_guide(node: Node, phone: Visitor):
    guide_row(node, CHANNEL)
    tv = watch(node, phone)
    swipe(phone.context, tv.page, 0, -80)
    until(lambda: tv.tuned() == "southport-ocean", 10, "the next channel")
    tv.wait_until_playing()  # a page that is busy holds up the strokes of a protocol, not those of a finger
    swipe(phone.context, tv.page, 5, 80)
    until(lambda: tv.tuned() == CHANNEL, 10, "the one before")
    swipe(phone.context, tv.page, 0, -10)
    tv.page.wait_for_timeout(300)
    assert tv.tuned() == CHANNEL
    swipe(phone.context, tv.page, -120, 10)
    expect(tv.page.get_by_test_id("guide")).to_be_visible()


def test_who_has_a_finger_is_told_to_tap_and_who_has_keys_is_told_of_them(node: Node, phone: Visitor, visitor: Visitor):
    for viewer, words, others in ((phone, "Tap one in the list", "digits"), (visitor, "digits and arrow keys", "Tap")):
        welcome = viewer.open(node.url).locator(".welcome")
        expect(welcome.get_by_text(words)).to_be_visible()
        expect(welcome.get_by_text(others).filter(visible=True)).to_have_count(0)


def test_the_settings_leave_their_way_out_on_a_phone(node: Node, phone: Visitor):
    tv = watch(node, phone)
    tv.page.get_by_test_id("settings").tap()
    panel = tv.page.get_by_test_id("settings-panel")
    close = panel.get_by_role("button", name="Close")
    box = until(close.bounding_box, 10, "the button")
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 844
    close.tap()
    expect(panel).to_have_count(0)


# -- what the player can


def test_the_speed_can_be_chosen_and_is_normal_at_the_live_edge(node: Node, visitor: Visitor):
    tv = watch(node, visitor)
    tv.page.wait_for_timeout(6_000)
    tv.press("s")
    group = tv.page.locator("[data-group=speed]")
    group.get_by_text("0.5×").click()
    until(lambda: tv.page.evaluate("document.querySelector('video').playbackRate") == 0.5, 10, "half the speed")
    until(lambda: tv.stats()["behind_live_s"] > 4, 20, "to fall behind")
    group.get_by_text("2×").click()
    until(lambda: tv.page.evaluate("document.querySelector('video').playbackRate") == 2, 10, "twice the speed")
    expect(group.get_by_role("menuitemradio", name="Normal")).to_have_attribute("aria-checked", "true")  # caught up
    until(lambda: abs(tv.page.evaluate("document.querySelector('video').playbackRate") - 1) < 0.06, 10, "normal speed")


def until_kept(node: Node, seconds: float) -> None:
    """Wait until the node has so much of the channel: it may have begun just now."""

    def is_there() -> bool:
        playlist = httpx.get(f"{node.url}/live/{CHANNEL}/video/index.m3u8", timeout=SLOWEST_S).text
        return sum(map(float, re.findall(r"#EXTINF:([\d.]+)", playlist))) > seconds

    until(is_there, 90, f"{seconds} s of the channel")


def test_a_programme_that_the_node_still_has_is_started_over_and_a_moment_is_an_address(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)
    until_kept(node, 40)
    began_ms = wall_clock.now_ms() - 25_000

    def with_beginning(route: Route) -> None:
        answer = route.fetch()
        window = answer.json()
        for row in window["rows"]:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began_ms / 1000))
            row["events"][:1] = [{**event, "start": stamp} for event in row["events"][:1]]
        route.fulfill(response=answer, json=window)

    page = visitor.open(f"{node.url}/#mine")
    page.route("**/api/guide?*", with_beginning)
    tv = Tv(page)
    page.goto("about:blank")
    page.goto(f"{node.url}/#/{CHANNEL}")
    tv.wait_until_playing()
    page.mouse.move(500, 300)
    page.get_by_test_id("start-over").click()
    until(lambda: tv.stats()["behind_live_s"] > 12, 20, "the beginning of the programme")
    page.unroute("**/api/guide?*")
    page.goto("about:blank")
    page.goto(f"{node.url}/#/{CHANNEL}/{wall_clock.now_ms() // 1000 - 30}")
    tv.wait_until_playing()
    until_behind(tv, 12)
    assert tv.tuned() == CHANNEL


def test_a_moment_is_not_lost_when_the_channel_has_to_be_loaded_again(node: Node, visitor: Visitor):
    until_kept(node, 40)
    page = visitor.open(f"{node.url}/#mine")
    tv = Tv(page)
    manifests = re.compile(r"/live/.*\.(mpd|m3u8)")
    page.route(manifests, lambda route: route.fulfill(status=404))
    page.goto("about:blank")
    page.goto(f"{node.url}/#/{CHANNEL}/{wall_clock.now_ms() // 1000 - 30}")
    until(lambda: tv.stats()["phase"] == "failed", 20, "the load to fail")
    page.unroute(manifests)
    tv.wait_until_playing()
    until_behind(tv, 12)
    visitor.errors[:] = [error for error in visitor.errors if "404" not in error]


def kept_for_an_hour(page: Page) -> None:
    """Let the node say that it has an hour of each channel; a viewer at its beginning is where it really begins."""

    def answer(route: Route) -> None:
        channels = re.findall(r"channel=([^&]+)", route.request.url)
        begins = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall_clock.now_ms() / 1000 - 3600))
        route.fulfill(json=dict.fromkeys(channels, begins))

    page.route("**/api/kept?*", answer)


def long_on_air(node: Node) -> dict[str, Any]:
    """Return the event that is on, which began a minute before what is watched 40 s behind: of less nothing is kept."""

    def look() -> Any:
        event = guide_row(node, CHANNEL)["events"][0]
        return event if wall_clock.now_ms() // 1000 - at(event["start"]) > 105 else None

    event: dict[str, Any] = until(look, 240, "a programme that has been on for a while")
    return event


def test_who_comes_back_may_go_on_where_they_left(node: Node, visitor: Visitor):
    title = long_on_air(node)["title"]
    until_kept(node, 45)
    page = visitor.open(f"{node.url}/#mine")
    kept_for_an_hour(page)
    tv = Tv(page)
    page.goto("about:blank")
    page.goto(f"{node.url}/#/{CHANNEL}/{wall_clock.now_ms() // 1000 - 40}")
    tv.wait_until_playing()
    left = "JSON.parse(localStorage.getItem('yiwang.places') ?? '[]')[0]"
    until_behind(tv, 30)
    until(lambda: (place := page.evaluate(left)) and place["wasBehind"], 20, "the place to be kept")
    page.goto("about:blank")
    page.goto(f"{node.url}/")
    offer = page.get_by_test_id("go-on")
    expect(offer).to_contain_text(title)
    tv.wait_until_playing()
    assert tv.stats()["behind_live_s"] < 12  # it is live until one says so
    offer.get_by_role("button", name="Continue watching").click()
    until(lambda: tv.stats()["behind_live_s"] > 20, 20, "the moment that was left")
    expect(offer).to_have_count(0)
    page.goto(f"{node.url}/#mine")
    place = page.locator("[data-left]")
    expect(place).to_contain_text(title)
    place.click()
    page.get_by_test_id("programme").get_by_test_id("go-on").click()
    until(lambda: page.url.endswith(f"#/{CHANNEL}"), 10, "the picture")
    page.goto(f"{node.url}/#mine")
    page.get_by_role("button", name=f"Remove {title}").click()
    expect(page.get_by_role("heading", name="Continue watching")).to_have_count(0)


def test_nothing_is_offered_that_the_node_has_no_more(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL)
    event = row["events"][0]
    page = visitor.open(f"{node.url}/#mine")
    tv = Tv(page)
    now_ms = wall_clock.now_ms()
    start_ms, stop_ms = (1000 * at(event[end]) for end in ("start", "stop"))
    place = {"service": row["id"], "channel": CHANNEL, "name": {"zh": "", "en": ""}, "title": event["title"]}
    times = {"startMs": start_ms, "stopMs": stop_ms, "atMs": now_ms - 600_000, "leftMs": now_ms, "wasBehind": True}
    tv.remember(places=json.dumps([{**place, **times}]), channel=CHANNEL)
    page.goto("about:blank")
    page.goto(f"{node.url}/")
    tv.wait_until_playing()
    expect(page.get_by_test_id("go-on")).to_have_count(0)
    page.goto(f"{node.url}/#mine")
    expect(page.get_by_test_id("mine")).to_contain_text("No reminders yet")
    expect(page.locator("[data-left]")).to_have_count(0)


def test_a_programme_that_is_over_is_watched_from_its_beginning_and_by_its_own_age(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL)
    until_kept(node, 45)
    now_s = wall_clock.now_ms() // 1000

    def over(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        began, ended = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s - ago)) for ago in (40, 10))
        told["event"] |= {"start": began, "stop": ended, "age": 18}
        route.fulfill(response=answer, json=told)

    page = visitor.open(f"{node.url}/#mine")
    kept_for_an_hour(page)
    page.route("**/api/programme?*", over)
    tv = Tv(page)
    tv.remember(parental=json.dumps({"pin": "1111", "age": 18, "hours": None}))
    page.goto("about:blank")
    page.goto(f"{node.url}/#programme/{row['id']}/{at(row['events'][0]['start'])}")
    locked = page.get_by_test_id("locked")
    expect(locked).to_contain_text("This programme is locked")
    expect(page.get_by_test_id("from-beginning")).to_have_count(0)
    locked.get_by_test_id("pin").fill("1111")
    page.get_by_test_id("from-beginning").click()
    tv.wait_until_playing()
    until(lambda: tv.stats()["behind_live_s"] > 12, 20, "the beginning")
    assert tv.tuned() == CHANNEL


def test_who_looks_back_is_asked_for_the_pin_of_what_is_seen_there(node: Node, visitor: Visitor):
    """What is on is for everybody, what was on until half a minute ago is rated; the guide of hours that are over says so."""
    until_kept(node, 50)
    parting_s = 0

    def parted(route: Route) -> None:
        answer = route.fetch()
        window = answer.json()
        for row in window["rows"]:
            parting = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(parting_s))
            for event in row["events"]:
                event["age"] = None
            first = next((e for e in row["events"] if at(e["start"]) < parting_s < at(e["stop"])), None)
            if first and row["channel"] == CHANNEL:
                place = row["events"].index(first)
                row["events"][place : place + 1] = [{**first, "stop": parting, "age": 16}, {**first, "start": parting}]
        route.fulfill(response=answer, json=window)

    def before_the_parting() -> str:
        nonlocal parting_s
        parting_s = wall_clock.now_ms() // 1000 - 32
        return f"#/{CHANNEL}/{parting_s - 12}"

    page = visitor.open(f"{node.url}/#mine")
    tv = Tv(page)
    tv.remember(parental=json.dumps({"pin": "1357", "age": 12, "hours": None}))
    page.route("**/api/guide?*", parted)
    page.goto("about:blank")
    before_the_parting()
    page.goto(f"{node.url}/#/{CHANNEL}")
    tv.wait_until_playing()  # what is on is for all
    page.evaluate("address => (location.hash = address)", before_the_parting())
    notice = page.get_by_test_id("notice")
    expect(notice).to_contain_text("Rated 16")
    assert tv.stats()["phase"] == "idle"
    tv.zap_with("ArrowDown")  # another channel is not judged by it
    expect(notice).to_have_count(0)
    tv.zap_with("ArrowUp")  # nor is what is on
    expect(notice).to_have_count(0)
    page.goto("about:blank")
    page.goto(f"{node.url}/{before_the_parting()}")
    expect(notice).to_contain_text("Rated 16")
    assert (tv.zaps(), tv.decoded_frames()) == (0, 0)
    page.get_by_test_id("pin").press_sequentially("1357")
    tv.wait_until_playing()
    assert tv.stats()["behind_live_s"] > 30  # where it was asked for
    until(lambda: wall_clock.now_ms() / 1000 - tv.stats()["behind_live_s"] > parting_s + 2, 60, "what follows")
    expect(notice).to_have_count(0)
    page.unroute("**/api/guide?*")


def test_a_screen_nearby_is_offered_where_there_is_one(node: Node, visitor: Visitor):
    visitor.context.add_init_script(
        """window.prompted = 0; const remote = Object.assign(new EventTarget(), { state: 'disconnected',
             watchAvailability: async tell => { tell(true); return 1 }, prompt: async () => { window.prompted += 1 } });
           Object.defineProperty(HTMLMediaElement.prototype, 'remote', { get: () => remote })"""
    )
    tv = watch(node, visitor)
    tv.page.mouse.move(500, 300)
    tv.page.get_by_test_id("cast").click()
    assert tv.page.evaluate("window.prompted") == 1


def test_keys_of_headphones_change_the_channel(node: Node, visitor: Visitor):
    visitor.context.add_init_script(
        """window.keys = {}; MediaSession.prototype.setActionHandler = (name, act) => { window.keys[name] = act }"""
    )
    tv = watch(node, visitor)
    until(lambda: tv.page.evaluate("navigator.mediaSession.playbackState") == "playing", 10, "to be told")
    tv.page.evaluate("window.keys.nexttrack()")
    until(lambda: tv.tuned() == "southport-ocean", 10, "the next channel")
    tv.wait_until_playing()
    tv.page.evaluate("window.keys.pause()")
    until(lambda: tv.stats()["phase"] == "paused", 10, "the pause")
    assert tv.page.evaluate("navigator.mediaSession.metadata.artist") == "Southport Ocean"


# -- why there is nothing to see


def test_a_channel_that_is_refused_says_so_and_leads_on(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/#mine")
    page.route(f"**/live/{CHANNEL}/**", lambda route: route.fulfill(status=403, body="not here"))
    tv = Tv(page)
    page.goto("about:blank")
    page.goto(f"{node.url}/#/{CHANNEL}")
    notice = page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "refused")
    expect(notice).to_contain_text("This channel may not be watched from here")
    notice.get_by_role("button", name="Choose another channel").click()
    until(lambda: "service" in page.evaluate(FOCUS), 10, "the focus in the list")
    tv.zap_with("ArrowDown", "Enter")
    expect(notice).to_have_count(0)
    page.unroute(f"**/live/{CHANNEL}/**")
    visitor.errors[:] = [e for e in visitor.errors if "403" not in e]  # Chromium logs each


def test_a_device_without_a_network_says_so_and_goes_on_by_itself(node: Node, visitor: Visitor):
    tv = watch(node, visitor)
    visitor.context.set_offline(True)
    tv.press("ArrowDown")
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "offline")
    expect(notice).to_contain_text("This device has no network")
    visitor.context.set_offline(False)
    tv.wait_until_playing()
    expect(notice).to_have_count(0)
    visitor.errors[:] = [e for e in visitor.errors if "ERR_INTERNET_DISCONNECTED" not in e]  # what we did to it


def test_what_cannot_be_decoded_is_named_with_what_can(node: Node, visitor: Visitor):
    visitor.context.add_init_script(
        """const can = MediaSource.isTypeSupported.bind(MediaSource);
           MediaSource.isTypeSupported = type => !/avc1/.test(type) && can(type)"""
    )
    page = visitor.open(f"{node.url}/#/{CHANNEL}")
    notice = page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "codec")
    expect(notice.locator("[data-playable=false]")).to_contain_text("Video H.264/AVC")
    expect(notice.locator("[data-playable=false]")).to_contain_text("cannot be played")
    expect(notice.locator("[data-playable=true]").first).to_contain_text("Audio AAC")
    notice.get_by_role("button", name="Listen to the sound").click()
    expect(page.get_by_test_id("sound-alone")).to_be_visible()
    tv = Tv(page)
    since = tv.media_time()
    until(lambda: tv.media_time() > since + 1, 20, "the sound to run")
    assert tv.picture() == (0, 0)
    expect(notice).to_have_count(0)


def test_a_locked_channel_opened_by_its_address_shows_no_frame(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)

    def late_and_rated(route: Route) -> None:
        answer = route.fetch()
        window = answer.json()
        for row in window["rows"]:
            for event in row["events"][:1]:
                event["age"] = 16
        time.sleep(1.5)
        route.fulfill(response=answer, json=window)

    page = visitor.open(f"{node.url}/#mine")
    page.evaluate("""localStorage.setItem('yiwang.parental', '{"pin": "1357", "age": 12, "hours": null}')""")
    page.route("**/api/guide?*", late_and_rated)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if f"/live/{CHANNEL}/" in request.url else None)
    page.goto("about:blank")
    page.goto(f"{node.url}/#/{CHANNEL}")
    expect(page.get_by_test_id("notice")).to_contain_text("Rated 16")
    tv = Tv(page)
    assert tv.zaps() == 0
    assert asked == []
    assert tv.decoded_frames() == 0
    page.get_by_test_id("pin").press_sequentially("1357")
    tv.wait_until_playing()
    page.unroute("**/api/guide?*")


def test_a_channel_whose_age_nobody_can_say_shows_no_frame_without_the_pin(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)
    page = visitor.open(f"{node.url}/#mine")
    page.evaluate("""localStorage.setItem('yiwang.parental', '{"pin": "1357", "age": 12, "hours": null}')""")
    page.route("**/api/guide?*", lambda route: route.abort())
    page.goto("about:blank")
    page.goto(f"{node.url}/#/{CHANNEL}")
    notice = page.get_by_test_id("notice")
    expect(notice).to_contain_text("The guide cannot say from what age it is")
    tv = Tv(page)
    assert (tv.zaps(), tv.decoded_frames()) == (0, 0)
    tv.press("ArrowDown")  # nor does another
    until(lambda: tv.tuned() == "southport-ocean", 10, "the next channel")
    expect(notice).to_contain_text("The guide cannot say from what age it is")
    assert tv.zaps() == 0
    page.unroute("**/api/guide?*")
    expect(notice).to_have_count(0)  # it is asked again: this one is for all ages
    until(lambda: tv.stats()["phase"] != "idle", 20, "the channel to begin")
    visitor.errors[:] = [e for e in visitor.errors if "ERR_FAILED" not in e]  # what we did to it


# -- light


def octets_of(url: str) -> int:
    """What comes over the wire for an address."""
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        answer.read()
        return answer.num_bytes_downloaded


def test_the_list_of_channels_waits_for_two_round_trips_and_nothing_else(node: Node, visitor: Visitor):
    """The page; then, at once, its script, its style and the list. Player, events, clock and guide come after it."""
    page = visitor.open(f"{node.url}/#mine")
    asked: list[str] = []
    kept: list[Route] = []

    def hold_back(route: Route) -> None:
        kept.append(route)

    for later in (
        "**/assets/shaka*",
        "**/api/events",
        "**/api/time",
        "**/api/guide?*",
        "**/api/cmcd",
        "**/assets/*Page*",
    ):
        page.route(later, hold_back)
    page.on("request", lambda request: asked.append(request.url.removeprefix(node.url)))
    page.goto("about:blank")
    page.goto(f"{node.url}/")
    expect(page.locator("[data-service]")).to_have_count(len(node.services()))
    stands_with = [url for url in asked if not url.startswith(("/live/", "blob:"))]
    page_text = httpx.get(f"{node.url}/").text
    named = set(re.findall(r'(?:src|href)="(/[^"]+)"', page_text))
    needed = {url for url in stands_with if url.startswith(("/assets/", "/api/network"))} - {
        url for url in stands_with if re.search(r"shaka|Page|Panel|words", url)
    }
    assert needed <= named, "a request that only the script's reading brings about is another round trip"
    assert len(needed) <= 8
    assert sum(octets_of(node.url + url) for url in needed) <= 67_000
    for route in kept:
        route.abort()
    page.close()  # no message comes later
    visitor.errors.clear()  # what we did to it


def test_an_address_of_an_earlier_visit_goes_on_where_it_was_left(node: Node, visitor: Visitor):
    tv = watch(node, visitor, "southport-arts")
    tv.page.goto("about:blank")
    tv.page.goto(f"{node.url}/")
    tv.wait_until_playing()
    assert tv.tuned() == "southport-arts"


def test_a_page_that_cannot_be_read_says_so(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/#mine")
    page.route("**/assets/GuidePage*", lambda route: route.abort())
    page.goto("about:blank")
    page.goto(f"{node.url}/#guide")
    expect(page.get_by_role("alert").filter(has_text="This page cannot be read")).to_be_visible()
    page.unroute("**/assets/GuidePage*")
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_test_id("guide")).to_be_visible()
    visitor.errors[:] = [e for e in visitor.errors if "ERR_FAILED" not in e and "Failed to fetch" not in e]
