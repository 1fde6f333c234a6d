"""The web TV's pages: guide, programme, search, mini-guide, one's own things; by keys, against the demo and its guide."""

import contextlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import made_up_guide
from tests.browser.conftest import SLOWEST_S, Node, Visitor, until
from tests.browser.tv import Tv
from yiwang.net import wall_clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOUR_S = 3600
LEFT_S = 120
CHANNEL = "southport-one"


def guide_row(node: Node, channel: str, seconds: int = 12 * HOUR_S, lang: str = "en") -> dict[str, Any]:
    """What the node's guide has of a channel from now on; what is on goes on for longer than a test takes."""

    def look() -> Any:
        query = {"channel": channel, "seconds": str(seconds), "lang": lang}
        rows = httpx.get(f"{node.url}/api/guide", params=query, timeout=SLOWEST_S).json()["rows"]
        events = rows[0]["events"] if rows else []
        return rows[0] if events and at(events[0]["stop"]) - wall_clock.now_ms() // 1000 > LEFT_S else None

    row: dict[str, Any] = until(look, 60 + LEFT_S, "the demo's guide")
    return row


def at(moment: str) -> int:
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(UTC).timestamp())


def cursor(page: Page) -> dict[str, str]:
    """Row, beginning and text of the cell that the grid says its cursor is on."""
    cell: dict[str, str] = page.evaluate(
        """() => { const id = document.querySelector('[role=grid]')?.getAttribute('aria-activedescendant');
             const cell = id && document.getElementById(id); if (!cell) return {};
             const box = cell.getBoundingClientRect(), grid = cell.closest('[role=grid]').getBoundingClientRect();
             return {id, row: cell.closest('[data-row]').dataset.row, start: cell.dataset.start,
                     title: cell.querySelector('.title').textContent,
                     seen: box.right > grid.left && box.left < grid.right && box.top >= grid.top && box.bottom <= grid.bottom,
                     focused: document.activeElement?.getAttribute('role') === 'grid'} }"""
    )
    return cell


def open_guide(tv: Tv) -> dict[str, str]:
    tv.press("g")
    return until(lambda: cursor(tv.page), 20, "the guide with its cursor")  # type: ignore[no-any-return]


def watch(node: Node, visitor: Visitor, channel: str = CHANNEL) -> Tv:
    tv = Tv(visitor.open(f"{node.url}/#/{channel}"))
    tv.wait_until_playing()
    return tv


def press_until(tv: Tv, key: str, look: Any, what: str) -> None:
    tv.press(key)
    until(look, 10, what)


def test_the_guide_opens_where_one_is_and_is_walked_by_arrows(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL)
    now, following = row["events"][:2]
    tv = watch(node, visitor)
    frames = tv.decoded_frames()
    here = until(lambda: (c := open_guide(tv))["title"] == now["title"] and c, 20, "what is on")
    assert (int(here["row"]), here["focused"], here["seen"]) == (row["place"], True, True)
    expect(tv.page.get_by_test_id("guide-brief")).to_contain_text(now["title"])
    expect(tv.page.get_by_test_id("guide-brief")).to_contain_text(now["text"] or "")

    press_until(tv, "ArrowRight", lambda: cursor(tv.page).get("start") == str(1000 * at(following["start"])), "next")
    press_until(tv, "ArrowUp", lambda: cursor(tv.page).get("row") == str(row["place"] - 1), "the channel above")
    over = cursor(tv.page)
    assert int(over["start"]) <= 1000 * at(following["start"])
    press_until(tv, "ArrowDown", lambda: cursor(tv.page).get("row") == str(row["place"]), "the channel below")
    assert cursor(tv.page)["title"] == following["title"]  # not drifted
    press_until(tv, "ArrowLeft", lambda: cursor(tv.page).get("title") == now["title"], "back in time")
    for _ in range(12):
        tv.press("ArrowRight")
        tv.page.wait_for_timeout(50)
    until(lambda: cursor(tv.page).get("seen"), 10, "the cursor to be in sight")
    tv.press("Home")
    until(lambda: cursor(tv.page).get("title") == now["title"], 10, "now")
    tv.press("Escape")
    expect(tv.page.get_by_test_id("guide")).to_have_count(0)
    assert tv.tuned() == CHANNEL
    assert tv.decoded_frames() > frames  # the picture went on


def test_enter_opens_the_programme_and_back_returns_to_where_one_was(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    open_guide(tv)
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        tv.press(key)
        tv.page.wait_for_timeout(100)
    there = until(lambda: cursor(tv.page), 10, "the cursor")
    tv.press("Enter")
    programme = tv.page.get_by_test_id("programme")
    expect(programme.get_by_role("heading", level=1)).to_have_text(there["title"])
    assert tv.page.url.endswith(f"#programme/{row['id']}/{int(there['start']) // 1000}")
    until(lambda: tv.page.evaluate("document.activeElement?.dataset.testid") == "watch", 10, "the focus on the button")
    tv.press("Escape")
    until(lambda: cursor(tv.page).get("id") == there["id"], 20, "the cell from before")
    assert cursor(tv.page)["focused"]
    tv.press("Enter")
    expect(programme).to_be_visible()
    tv.page.go_back()
    until(lambda: cursor(tv.page).get("id") == there["id"], 20, "the cell from before, by the browser's own key")


def test_a_deep_link_leads_to_a_programme_which_can_be_watched(node: Node, visitor: Visitor):
    row = guide_row(node, "southport-ocean")
    now = row["events"][0]
    tv = Tv(visitor.open(f"{node.url}/#programme/{row['id']}/{at(now['start']) + 60}"))
    programme = tv.page.get_by_test_id("programme")
    expect(programme.get_by_role("heading", level=1)).to_have_text(now["title"])
    expect(programme).to_contain_text("Southport Ocean")
    when = tv.page.get_by_test_id("programme-when")
    local = tv.page.evaluate(
        "ms => new Intl.DateTimeFormat('en', {timeStyle: 'short', hourCycle: 'h23'}).format(ms)",
        1000 * at(now["start"]),
    )
    expect(when).to_contain_text(f"{local}–")
    tv.press("Enter")  # the focus is on Watch
    until(lambda: tv.tuned() == "southport-ocean", 20, "the channel")
    tv.wait_until_playing()
    assert tv.now() == "Southport Ocean"


def test_a_programme_that_is_unknown_says_so_and_leads_back(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)
    tv = Tv(visitor.open(f"{node.url}/#programme/{CHANNEL}/1000"))
    expect(tv.page.get_by_role("alert")).to_have_text("The guide has no such programme")
    tv.press("Enter")
    expect(tv.page.get_by_test_id("programme")).to_have_count(0)
    visitor.errors[:] = [e for e in visitor.errors if "404" not in e]  # Chromium logs each


def test_days_regions_and_genres(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    open_guide(tv)
    grid = tv.page.get_by_test_id("guide-grid")
    before = int(cursor(tv.page)["start"])
    tv.page.locator("[data-day='2']").click()
    until(
        lambda: (c := cursor(tv.page)) and int(c["start"]) - before > 36 * HOUR_S * 1000, 20, "the day after tomorrow"
    )
    assert cursor(tv.page)["focused"]
    expect(tv.page.locator("[data-day='2']")).to_have_attribute("aria-pressed", "true")
    tv.page.get_by_test_id("guide-shown").select_option("northfield")
    expect(grid).to_have_attribute("aria-rowcount", "4")  # with the row of times
    expect(grid.get_by_role("rowheader")).to_have_count(3)
    tv.page.get_by_test_id("guide-shown").select_option("favourites")
    expect(tv.page.get_by_role("status").filter(has_text="No favourites yet")).to_be_visible()
    tv.page.get_by_test_id("guide-shown").select_option("all")
    tv.page.get_by_test_id("guide-subject").select_option("news")
    expect(grid.locator("[data-subject=news]").first).to_be_visible()
    assert grid.locator("[data-subject=news].away").count() == 0
    assert grid.locator("[data-subject=sports]:not(.away), [data-subject=movie]:not(.away)").count() == 0


def test_the_guide_can_be_used_by_mouse(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    tv.page.mouse.move(500, 300)
    tv.page.locator("[data-page=guide]").click()
    cell = tv.page.locator(f"[data-row='{row['place']}'] [data-start]").filter(has_text=row["events"][1]["title"]).first
    cell.click()
    expect(tv.page.get_by_test_id("programme").get_by_role("heading", level=1)).to_have_text(row["events"][1]["title"])
    tv.page.get_by_role("button", name="Back", exact=True).click()
    tv.page.get_by_role("rowheader").filter(has_text="Southport Arts").click()
    until(lambda: tv.tuned() == "southport-arts", 10, "the channel whose name was clicked")


def test_two_thousand_channels_are_a_handful_in_the_document(node: Node, visitor: Visitor):
    page = visitor.open(f"{node.url}/")
    page.evaluate("document.querySelector('video').pause()")

    def fulfil(route: Route) -> None:
        route.fulfill(json=made_up_guide.answer(route.request.url))

    page.route("**/api/guide?*", fulfil)
    tv = Tv(page)
    open_guide(tv)
    grid = page.get_by_test_id("guide-grid")
    expect(grid).to_have_attribute("aria-rowcount", "2001")
    grid.evaluate("grid => grid.scrollTo(grid.scrollWidth / 2, grid.scrollHeight)")
    expect(grid.get_by_role("rowheader").filter(has_text="频道 1999")).to_be_visible()
    expect(grid.locator("[data-row='1999'] [role=gridcell]").first).to_be_visible()
    assert page.evaluate("document.querySelectorAll('[role=grid] *').length") < 2_000
    assert page.evaluate("document.querySelectorAll('[role=grid] [role=row]').length") < 40
    row = int(cursor(page).get("row", 0))
    tv.press("PageDown", "PageDown", "PageDown")
    until(lambda: int(cursor(page).get("row", -1)) > row + 6, 10, "three pages further")
    assert cursor(page)["seen"]
    tv.press("End")
    until(lambda: cursor(page).get("seen"), 10, "a day later")


@pytest.mark.parametrize(
    ("typed", "title", "kind"),
    [("gebi", "Over the Gobi", "event"), ("ngwy", "Southport Arts", "service"), ("harbour", "Harbour families", "event"),
     ("戈壁", "Over the Gobi", "event")],
)  # fmt: skip
def test_search_in_pinyin_initials_english_and_characters(
    node: Node, visitor: Visitor, typed: str, title: str, kind: str
):
    guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    tv.press("/")
    tv.page.keyboard.insert_text(typed)
    first = tv.page.locator(f"[data-found={kind}]").first
    expect(first).to_contain_text(title)
    tv.press("ArrowDown")
    until(
        lambda: tv.page.evaluate("document.activeElement?.dataset.found") == kind, 10, "the focus on the first result"
    )
    assert tv.page.url.rpartition("#search/")[2]
    tv.press("Enter")
    if kind == "event":
        expect(tv.page.get_by_test_id("programme").get_by_role("heading", level=1)).to_have_text(title)
        tv.press("Escape")
        expect(tv.page.get_by_test_id("search-field")).to_have_value(typed)  # where one was
    else:
        until(lambda: tv.tuned() == "southport-arts", 10, "the channel")


def test_a_programme_is_found_once_and_its_showings_are_below_it(node: Node, visitor: Visitor):
    guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    tv.press("/")
    tv.page.keyboard.insert_text("news on the hour")
    expect(tv.page.locator("[data-found=event]")).to_have_count(1)
    more = tv.page.get_by_test_id("other-showings")
    expect(more).to_have_attribute("aria-expanded", "false")
    tv.press("ArrowDown", "ArrowDown", "Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    rows = tv.page.locator("[data-found=event]")
    until(lambda: rows.count() > 3, 10, "the showings")
    expect(rows.nth(1)).to_contain_text(re.compile(r"(Today|Tomorrow|\w{3} \d).*\d\d:\d\d–\d\d:\d\d"))
    tv.press("ArrowDown", "ArrowDown")
    when = rows.nth(2).locator(".where .tabular").inner_text()
    tv.press("Enter")
    expect(tv.page.get_by_test_id("programme-when")).to_have_text(when)


def test_search_asks_once_and_tells_when_it_finds_nothing_or_fails(node: Node, visitor: Visitor):
    asked: list[str] = []
    page = visitor.open(f"{node.url}/#search")
    page.on("request", lambda request: asked.append(request.url) if "/api/search" in request.url else None)
    status = page.get_by_test_id("search-status")
    expect(status).to_contain_text("pinyin, their initials")
    page.get_by_test_id("search-field").press_sequentially("qqqxzv", delay=20)
    expect(status).to_have_text("Nothing was found for “qqqxzv”")
    assert len(asked) <= 2
    page.route("**/api/search?*", lambda route: route.abort())
    page.get_by_test_id("search-field").fill("news")
    expect(status).to_have_text("The search failed. Check your network")
    page.unroute("**/api/search?*")
    page.get_by_test_id("search-field").fill("newsx")
    page.get_by_test_id("search-field").fill("news")
    expect(status).to_contain_text("found")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("search")).to_have_count(0)
    visitor.errors[:] = [e for e in visitor.errors if "ERR_FAILED" not in e]  # what we did to it


def test_a_person_of_a_programme_leads_to_what_else_they_are_in(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL, 24 * HOUR_S)
    family = next(e for e in row["events"] if e["title"] == "Harbour families")
    page = visitor.open(f"{node.url}/#programme/{row['id']}/{at(family['start'])}")
    programme = page.get_by_test_id("programme")
    expect(programme).to_contain_text("From 12")
    expect(programme.get_by_text("Also on")).to_be_visible()
    programme.get_by_role("button", name=re.compile("叶知秋")).first.click()
    expect(page.get_by_test_id("search-field")).to_have_value("叶知秋")
    expect(page.locator("[data-found=event]").filter(has_text="Night passage").first).to_be_visible()


LABELS = """() => {
  const boxes = [...document.querySelectorAll('[role=columnheader].mark span')].filter(s => s.offsetWidth > 1)
    .map(s => { const range = document.createRange(); range.selectNodeContents(s); return range.getBoundingClientRect() })
    .sort((a, b) => a.left - b.left);
  return boxes.slice(1).map((box, n) => box.left - boxes[n].right) }"""


@pytest.mark.parametrize(("width", "locale"), [(390, "zh-CN"), (390, "en-GB"), (1366, "zh-CN"), (1366, "en-GB")])
def test_times_in_the_guides_bar_stand_apart_also_at_midnight(node: Node, browser: Any, width: int, locale: str):
    guide_row(node, CHANNEL)
    context = browser.new_context(viewport={"width": width, "height": 800}, locale=locale, service_workers="block")
    visitor = Visitor(context)
    page = visitor.open(f"{node.url}/#guide")
    grid = page.get_by_test_id("guide-grid")
    day = grid.locator(".mark .day")
    for _ in range(60):
        if day.count():  # early in the day for a moment also before the grid is at the present
            page.wait_for_timeout(300)
        if day.count():
            break
        grid.evaluate("grid => grid.scrollBy(3 * grid.clientWidth / 4, 0)")
        page.wait_for_timeout(150)
    expect(day).to_have_count(1)
    gaps = page.evaluate(LABELS)
    assert len(gaps) > 1
    assert min(gaps) > 0
    context.close()
    assert visitor.errors == []


def test_the_mini_guide_tells_of_the_neighbours_and_changes_the_channel(node: Node, visitor: Visitor):
    row = guide_row(node, CHANNEL)
    tv = watch(node, visitor)
    tv.press("ArrowRight")
    mini = tv.page.get_by_test_id("mini-guide")
    current = mini.locator(f"[data-mini={CHANNEL}]")
    expect(current).to_have_attribute("aria-selected", "true")
    expect(current).to_contain_text(row["events"][0]["title"])
    expect(current).to_contain_text(row["events"][1]["title"])
    tv.press("ArrowDown")
    expect(mini.locator("[data-mini=southport-ocean]")).to_have_attribute("aria-selected", "true")
    assert tv.tuned() == CHANNEL
    tv.zap_with("Enter")
    assert tv.tuned() == "southport-ocean"
    expect(mini).to_have_count(0)
    expect(tv.page.get_by_test_id("now-event")).to_contain_text(
        guide_row(node, "southport-ocean")["events"][0]["title"]
    )
    tv.zap_with("Backspace")
    assert tv.tuned() == CHANNEL
    tv.press("ArrowLeft", "ArrowRight")  # opens, then the guide at the channel
    until(lambda: cursor(tv.page).get("row") == str(row["place"]), 20, "the guide")


def test_digits_show_what_is_on_the_channel_they_would_be(node: Node, visitor: Visitor):
    title = guide_row(node, "southport-ocean")["events"][0]["title"]
    tv = watch(node, visitor)
    tv.press("5")
    expect(tv.page.get_by_test_id("digits")).to_contain_text(title)


def test_the_neighbours_are_prepared_as_far_as_their_initialisation_segments(node: Node, visitor: Visitor):
    asked: list[str] = []
    page = visitor.open(f"{node.url}/")
    page.on("request", lambda request: asked.append(request.url.removeprefix(node.url)))
    tv = Tv(page)
    wanted = [
        f"/live/{neighbour}/{track}/init-"
        for neighbour in ("southport-one", "southport-arts")
        for track in ("video", "audio")
    ]
    with contextlib.ExitStack() as stack:
        for address in wanted:
            stack.enter_context(
                page.expect_request(lambda request, address=address: address in request.url, timeout=60_000)
            )
        page.locator("[data-service=southport-ocean]").click()
        tv.wait_until_playing()
    media = [url for url in asked if re.match(r"/live/southport-(one|arts)/\w+/\d+\.m4s", url)]
    assert media == []  # what they are made ready for costs the node no media


def test_favourites_are_kept_and_listed_first(node: Node, visitor: Visitor):
    row = guide_row(node, "southport-arts")
    page = visitor.open(f"{node.url}/#programme/{row['id']}/{at(row['events'][0]['start'])}")
    page.get_by_test_id("favourite").click()
    expect(page.get_by_test_id("favourite")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{node.url}/#/northfield-news")
    page.reload()
    expect(page.locator("[data-service]").first).to_have_attribute("data-service", "southport-arts")
    tv = Tv(page)
    tv.wait_until_playing()
    open_guide(tv)
    page.get_by_test_id("guide-shown").select_option("favourites")
    expect(page.get_by_test_id("guide-grid").get_by_role("rowheader")).to_have_count(1)
    tv.press("Escape", "h")
    page.locator("[data-favourite=southport-arts]").click()
    until(lambda: tv.tuned() == "southport-arts", 10, "the favourite")


def test_a_reminder_is_kept_and_told_when_its_time_comes(node: Node, visitor: Visitor):
    row = guide_row(node, "southport-arts")
    coming = row["events"][1]
    tv = watch(node, visitor)
    tv.page.goto(f"{node.url}/#programme/{row['id']}/{at(coming['start'])}")
    tv.page.get_by_test_id("remind").click()
    tv.page.reload()
    expect(tv.page.get_by_test_id("remind")).to_have_attribute("aria-pressed", "true")
    (kept,) = json.loads(tv.page.evaluate("localStorage.getItem('yiwang.reminders')"))
    assert (kept["title"], kept["startMs"]) == (coming["title"], 1000 * at(coming["start"]))
    now_ms = tv.page.evaluate("Date.now()")
    tv.remember(reminders=json.dumps([{**kept, "startMs": now_ms + 30_000, "stopMs": now_ms + 900_000}]))
    tv.page.goto(f"{node.url}/#/{CHANNEL}")
    tv.page.reload()
    told = tv.page.get_by_test_id("reminder")
    expect(told).to_contain_text(f"{coming['title']} begins on Southport Arts")
    told.get_by_role("button", name="Watch now").click()
    until(lambda: tv.tuned() == "southport-arts", 10, "the channel of the reminder")
    expect(told).to_have_count(0)
    assert json.loads(tv.page.evaluate("localStorage.getItem('yiwang.reminders')")) == []


def test_the_pin_locks_hours(node: Node, visitor: Visitor):
    tv = Tv(visitor.open(f"{node.url}/#mine"))
    tv.page.get_by_test_id("pin").fill("2468")
    tv.page.get_by_test_id("lock-hours").check()
    hour = tv.page.evaluate("new Date().getHours()")
    tv.page.get_by_test_id("lock-from").fill(f"{hour:02}:00")
    tv.page.get_by_test_id("lock-to").fill(f"{(hour + 2) % 24:02}:00")
    tv.page.get_by_test_id("lock-age").select_option("12")
    tv.page.goto(f"{node.url}/#/southport-ocean")  # none of its programmes has an age
    tv.page.reload()
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_have_attribute("data-kind", "locked")
    tv.page.wait_for_timeout(1_500)
    assert tv.stats()["phase"] == "idle"  # nothing plays behind it
    pin = tv.page.get_by_test_id("pin")
    pin.press_sequentially("1111")
    expect(notice).to_contain_text("That is not the PIN")
    assert tv.tuned() == "southport-ocean"  # the digits were not a channel's
    tv.press("Tab", "h")
    expect(tv.page.get_by_test_id("parental")).to_be_visible()
    expect(notice.get_by_test_id("pin")).to_be_hidden()  # the small picture only says that it is locked
    tv.press("Escape")
    expect(pin).to_be_focused()  # digits are the PIN's again
    tv.press("2", "4", "6", "8")
    tv.wait_until_playing()
    expect(notice).to_have_count(0)
    tv.page.goto(f"{node.url}/#mine")
    expect(tv.page.get_by_test_id("lock-age")).to_have_count(0)  # without the PIN nothing is changed
    tv.page.get_by_test_id("parental").get_by_test_id("pin").fill("2468")
    tv.page.get_by_test_id("lock-off").click()
    assert json.loads(tv.page.evaluate("localStorage.getItem('yiwang.parental')"))["pin"] == ""


def test_a_programme_of_an_age_is_locked_by_what_the_guide_says_of_it(node: Node, visitor: Visitor):
    rated = {"age": 16, "title": "Night passage"}

    def with_age(route: Route) -> None:
        answer = route.fetch()
        window = answer.json()
        for row in window["rows"]:
            for event in row["events"][:1]:
                event.update(rated if row["channel"] == CHANNEL else {"age": None})
        route.fulfill(response=answer, json=window)

    guide_row(node, CHANNEL)
    tv = Tv(visitor.open(f"{node.url}/"))
    tv.remember(parental=json.dumps({"pin": "1357", "age": 12, "hours": None}))
    tv.page.route("**/api/guide?*", with_age)
    tv.page.goto(f"{node.url}/#/southport-ocean")
    tv.page.reload()
    tv.wait_until_playing()
    tv.press("ArrowUp")
    notice = tv.page.get_by_test_id("notice")
    expect(notice).to_contain_text("Rated 16")
    tv.zap_with("ArrowDown")  # the keys still change the channel
    expect(notice).to_have_count(0)
    tv.press("ArrowUp")
    tv.page.get_by_test_id("pin").press_sequentially("1357")
    tv.wait_until_playing()
    assert tv.tuned() == CHANNEL
    tv.page.unroute("**/api/guide?*")


def test_captions_look_as_the_viewer_wants(node: Node, visitor: Visitor):
    tv = watch(node, visitor)
    tv.press("s")
    for group, label in (("caption-size", "Very large"), ("caption-colour", "Yellow"), ("caption-ground", "Black")):
        option = tv.page.locator(f"[data-group={group}] [role=menuitemradio]").filter(has_text=label)
        option.click()
        expect(option).to_have_attribute("aria-checked", "true")
    tv.page.reload()
    tv.wait_until_playing()
    look = """() => { const captions = document.querySelector('[data-testid=captions]');
        const box = document.createElement('div'); box.className = 'shaka-text-container';
        box.innerHTML = '<span class="shaka-text-wrapper"><span style="color: red; background-color: blue">x</span></span>';
        captions.append(box); const style = getComputedStyle(box.querySelector('span span'));
        return [style.color, style.backgroundColor] }"""
    assert tv.page.evaluate(look) == ["rgb(255, 255, 0)", "rgb(0, 0, 0)"]


@pytest.mark.parametrize("size", [(360, 740), (740, 360), (1280, 720), (3840, 2160)])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_every_page_fits(node: Node, browser: Any, size: tuple[int, int], locale: str):
    row = guide_row(node, CHANNEL)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
    visitor = Visitor(context)
    page = visitor.open(f"{node.url}/#/{CHANNEL}")
    for address in ("#guide", f"#programme/{row['id']}/{at(row['events'][0]['start'])}", "#search/ye", "#mine"):
        page.goto(f"{node.url}/{address}")
        page.wait_for_timeout(600)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        hidden = "[...document.querySelectorAll('.page button')].filter(b => b.getBoundingClientRect().right > innerWidth + 1)"
        assert address == "#guide" or page.evaluate(f"{hidden}.length") == 0, address
    context.close()
    assert visitor.errors == []
