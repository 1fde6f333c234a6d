"""What the console is told each second, put together as a page does and compared with what there is."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.hand_fed import feeder, network
from yiwang.base.events import Fault
from yiwang.net import wall_clock
from yiwang.services.channel_health import HEALTHS, OVERDUE_MS, RECENT_MS, channel_health
from yiwang.services.network import Network
from yiwang.services.picture_alarms import Limits, PictureAlarms
from yiwang.services.thumbnails import Thumbnail, Thumbnails
from yiwang.web.console_feed import COLUMNS, FACTS_TICKS, KEPT, ConsoleFeed
from yiwang.web.views import NodeView

NODE = NodeView(uptime_s=1, cpu_percent=2, rss_bytes=3, version="4")


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ms = wall_clock.now_ms()
        monkeypatch.setattr(wall_clock, "now_ms", lambda: self.ms)
        monkeypatch.setattr(wall_clock, "monotonic_ms", lambda: self.ms)


class Reader:
    """A page: keeps what it was told."""

    def __init__(self, read: Callable[[], str]) -> None:
        self.read = read
        self.ids: list[str] = []
        self.columns: dict[str, list[Any]] = {}
        self.facts: list[dict[str, Any]] = []
        self.wholes = 0
        self.octets = 0

    def look(self) -> None:
        text = self.read()
        self.octets = len(text.encode())
        for update in json.loads(text):
            assert update["node"] == NODE.model_dump()
            if "ids" in update:
                self.wholes += 1
                self.ids, self.columns, self.facts = update["ids"], update["columns"], update["facts"]
                assert len(update["rates_kbps"]) == len(self.ids)
                continue
            for name, change in update["columns"].items():
                for at, to in zip(change["at"], change["to"], strict=True):
                    assert self.columns[name][at] != to
                    self.columns[name][at] = to
            for at, facts in update["facts"].items():
                self.facts[int(at)] = facts

    @property
    def told(self) -> tuple[list[str], dict[str, list[Any]], list[dict[str, Any]]]:
        return self.ids, {k: v for k, v in self.columns.items() if k != "rate_kbps"}, self.facts


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def feed_of(net: Network) -> ConsoleFeed:
    return ConsoleFeed(net, lambda: NODE, Thumbnails(net.channels))


def happen(net: Network, rng: random.Random) -> None:
    """Something of what may happen in a second."""
    for channel in net.channels.values():
        channel.health.received(rng.randrange(900_000, 1_100_000) if rng.random() < 0.9 else 0, wall_clock.now_ms())
        channel.health.tick()
        if rng.random() < 0.2:
            channel.note(Fault(rng.choice(["continuity_count_error", "table_error"]), rng.randrange(1, 4), 256))
        channel.requests += rng.randrange(3)
        if rng.random() < 0.05:
            channel.health.tr_101_290.lose_sync()
        if rng.random() < 0.1:
            channel.name_on_air = rng.choice(["一台", "二台", "three"])


async def test_differences_add_up_to_what_there_is(tmp_path: Path, clock: Clock):
    net = network(tmp_path, *(f"c{n}" for n in range(25)))
    feed, rng = feed_of(net), random.Random(11)
    pages = [Reader(feed.reader())]
    for second in range(60):
        clock.ms += 1000
        happen(net, rng)
        if second == 20:
            pages.append(Reader(feed.reader()))
        for n, page in enumerate(pages):
            if n == 0 or second % 3 == 0:  # one that misses some
                page.look()
        if second == 40:
            gone = net.channels["c3"]
            net.remove_programme(gone)
    for _ in range(FACTS_TICKS + 1):
        clock.ms += 1000
        for page in pages:
            page.look()
    fresh = Reader(feed_of(net).reader())
    fresh.look()
    assert "c3" not in fresh.ids
    for page in pages:
        assert page.told == fresh.told
        assert page.wholes == 2  # at first, and when the channels were others
        for told, is_so in zip(page.columns["rate_kbps"], fresh.columns["rate_kbps"], strict=True):
            assert told == pytest.approx(is_so, rel=0.006, abs=1)


async def test_a_second_is_made_once_for_all_and_nothing_for_nobody(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    net = network(tmp_path, "one", "two")
    feed, rows = feed_of(net), 0
    make = feed._row

    def counted(*args):
        nonlocal rows
        rows += 1
        return make(*args)

    monkeypatch.setattr(feed, "_row", counted)
    pages = [Reader(feed.reader()) for _ in range(50)]
    assert rows == 0
    for page in pages:
        page.look()
    assert rows == 2
    clock.ms += 1000
    for page in pages:
        page.look()
    assert rows == 4
    assert {page.wholes for page in pages} == {1}
    assert max(page.octets for page in pages) < 200  # nothing has changed


async def test_who_was_away_is_told_everything_anew(tmp_path: Path, clock: Clock):
    net = network(tmp_path, "one")
    feed = feed_of(net)
    here, away = Reader(feed.reader()), Reader(feed.reader())
    here.look()
    away.look()
    for _ in range(KEPT + 2):
        clock.ms += 1000
        net.channels["one"].requests += 1
        here.look()
    away.look()
    assert (here.wholes, away.wholes) == (1, 2)
    assert here.told == away.told
    clock.ms += 3_600_000  # nobody listened for an hour
    here.look()
    assert here.wholes == 2


async def test_who_comes_after_a_channel_has_ended_is_not_told_of_it(tmp_path: Path, clock: Clock):
    net = network(tmp_path, "one", "two")
    feed = feed_of(net)
    here, later = Reader(feed.reader()), Reader(feed.reader())
    here.look()
    del net.channels["two"]  # within the same second
    later.look()
    here.look()
    assert later.ids == here.ids == ["one"]
    assert later.told == here.told


async def test_a_channel_is_told_in_columns(tmp_path: Path, clock: Clock):
    net = network(tmp_path, "one", "two", name="node")
    one = net.channels["one"]
    feeder(one, now_ms=clock.ms).seconds(5)
    one.picture = PictureAlarms(Limits())
    one.picture.hear(-90, -80, 1_000)
    one.picture.hear(-90, -80, 20_000)
    thumbnails = Thumbnails(net.channels)
    thumbnails._seen["two"] = Thumbnail(b"", 0, 1, clock.ms, -18.4)
    page = Reader(ConsoleFeed(net, lambda: NODE, thumbnails).reader())
    page.look()
    assert tuple(page.columns) == COLUMNS
    row = {name: column[0] for name, column in page.columns.items()}
    assert HEALTHS[row["health"]] == "good"
    assert (row["rms_db"], row["alarms"], row["in_use"]) == (-90, 0b100, 0)
    assert page.columns["rms_db"][1] == -18
    assert page.facts[0]["tracks"][0]["height"] == 64
    assert page.facts[0]["source"] == "udp://[ff11::1]:5000"
    one.note(Fault("table_error", detail="a table is wrong"))
    clock.ms += 1000
    page.look()
    assert HEALTHS[page.columns["health"][0]] == "faulty"
    assert (page.columns["error"][0], page.columns["error_name"][0]) == ("a table is wrong", "table_error")


async def test_health_is_one_word(tmp_path: Path, clock: Clock):
    net = network(tmp_path, "one")
    one = net.channels["one"]
    feeder(one, now_ms=clock.ms).seconds(5)
    now_ms = one._published_ms or 0
    assert channel_health(one, "live", now_ms) == "good"
    assert channel_health(one, "live", now_ms + OVERDUE_MS + 1) == "down"
    for state, health in (("no-signal", "down"), ("unsupported", "unplayable"), ("starting", "starting")):
        assert channel_health(one, state, now_ms) == health
    one.health.note(Fault("table_error"), now_ms)
    assert channel_health(one, "live", now_ms) == "faulty"
    one._published_ms = now_ms + RECENT_MS
    assert channel_health(one, "live", now_ms + RECENT_MS) == "good"
    one.packager.programme.timeline.source_clock.is_off = True
    assert channel_health(one, "live", now_ms + RECENT_MS) == "faulty"
