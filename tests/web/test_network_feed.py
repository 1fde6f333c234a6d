"""What a viewer's page is told of the network, put together as the page does and compared with what there is."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.hand_fed import network
from tests.web.test_console_feed import Clock
from yiwang.services.network import Network
from yiwang.web import views
from yiwang.web.network_feed import KEPT, LOOK_MS, NetworkFeed
from yiwang.web.told import Told


class Page:
    """Keeps what it was told."""

    def __init__(self, read: Callable[[], str], network: dict[str, Any] | None = None) -> None:
        self.read = read
        self.network = network or {}
        self.revision = ""
        self.names: list[str] = []
        self.octets = 0

    def look(self) -> None:
        text = self.read()
        self.octets += len(text.encode())
        for event in text.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in event.split("\n"))
            assert fields.keys() == {"event", "id", "data"}
            self.names.append(fields["event"])
            self.revision = fields["id"]
            self._take(fields["event"], json.loads(fields["data"]))

    def _take(self, name: str, data: dict[str, Any]) -> None:
        if name == "network":
            self.network = data
            return
        services = {service["id"]: service for service in self.network["services"]}
        for gone in data["gone"]:
            del services[gone]
        for service in data["services"]:
            known = services.setdefault(service["id"], {})
            assert known.items() != (known | service).items(), "told what it knew"
            known.update(service)
        self.network["services"] = sorted(services.values(), key=lambda one: one["number"])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def now(net: Network, clock: Clock) -> dict[str, Any]:
    return views.network_view(net, clock.ms).model_dump()


async def test_changes_add_up_to_what_there_is(tmp_path: Path, clock: Clock):
    net, rng = network(tmp_path, *(f"c{n}" for n in range(20))), random.Random(3)
    feed = NetworkFeed(net)
    _, text = feed.look()
    pages = [Page(feed.reader()), Page(feed.reader(feed.look()[0]), json.loads(text))]
    for n in range(40):
        clock.ms += LOOK_MS
        for channel in net.channels.values():
            if rng.random() < 0.1:
                channel.name_on_air = rng.choice(["一台", "二台", "three"])
        if n == 20:
            net.remove_programme(net.channels["c3"])
            pages.append(Page(feed.reader()))
        for at, page in enumerate(pages):
            if at == 0 or n % 3 == 0 or n == 39:  # others miss some
                page.look()
    for page in pages:
        assert page.network == now(net, clock) == json.loads(feed.look()[1])
        assert page.revision == feed.look()[0]
    assert [page.names.count("network") for page in pages] == [1, 0, 1]
    assert "c3" not in {service["id"] for service in pages[0].network["services"]}


async def test_who_knows_all_is_told_so_once_and_then_nothing(tmp_path: Path, clock: Clock):
    net = network(tmp_path, "one")
    feed = NetworkFeed(net)
    revision, text = feed.look()
    page = Page(feed.reader(revision), json.loads(text))
    page.look()
    assert (page.names, page.revision) == (["change"], revision)
    clock.ms += LOOK_MS
    assert page.read() == ""
    assert feed.look() == (revision, text)


async def test_who_has_missed_much_or_comes_from_another_node_is_told_everything(tmp_path: Path, clock: Clock):
    net = network(tmp_path, "one")
    feed = NetworkFeed(net)
    first, _ = feed.look()
    for n in range(KEPT + 1):
        clock.ms += LOOK_MS
        net.channels["one"].name_on_air = f"name {n}"
        feed.look()
    era, _, number = feed.look()[0].partition("-")
    for since in (first, "", "junk", f"{era}-", f"{era}-x", f"{era}-{int(number) + 1}", f"{era}--1", f"other-{number}"):
        page = Page(feed.reader(since))
        page.look()
        assert (page.names, page.network) == (["network"], now(net, clock))


async def test_another_region_is_told_with_everything(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    net = network(tmp_path, "one")
    feed = NetworkFeed(net)
    page = Page(feed.reader())
    page.look()
    view = views.network_view

    def renamed(*args):
        return view(*args).model_copy(update={"name": views.TextView(zh="新", en="New")})

    monkeypatch.setattr(views, "network_view", renamed)
    clock.ms += LOOK_MS
    page.look()
    assert page.names == ["network", "network"]
    assert page.network["name"]["en"] == "New"


async def test_a_change_of_one_in_2000_services_is_a_line(tmp_path: Path, clock: Clock):
    net = network(tmp_path, *(f"c{n}" for n in range(2_000)))
    feed = NetworkFeed(net)
    page = Page(feed.reader())
    page.look()
    whole = page.octets
    net.channels["c7"].name_on_air = "News"
    clock.ms += LOOK_MS
    page.look()
    assert page.octets - whole < 250
    assert whole > 600_000


def test_news_are_kept_within_bounds():
    told = Told(3, most_octets=10)
    for text in ("aaaa", "bbbb", "cccc"):
        told.add(text)
    assert [told.since(n) for n in (3, 2, 1, 0, -1, 4)] == [[], ["cccc"], ["bbbb", "cccc"], None, None, None]
    told.add("x" * 11)
    assert told.since(3) is None
    assert told.since(4) == []
    told = Told(2)
    for text in "abc":
        told.add(text)
    assert (told.since(1), told.since(0)) == (["b", "c"], None)
    told.begin_anew()
    assert (told.since(3), told.since(4)) == (None, [])
