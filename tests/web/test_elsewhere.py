"""What is told of a channel in another process reads as the channel itself does: in the API, in the figures, in the guide."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mpegts.test_service_information import eit_section
from tests.services.hand_fed import feeder, network
from tests.services.made_up_stream import Writer
from tests.services.test_multiplex import NOW_MS, a_network, one
from tests.services.test_on_air import news, stream
from yiwang.base.events import Fault
from yiwang.net import wall_clock
from yiwang.net.source_url import parse_source_url
from yiwang.services.channel import Channel
from yiwang.services.elsewhere import ChannelElsewhere, SourceInUse, ask
from yiwang.services.figures import Telling
from yiwang.services.lookable import pieces_of
from yiwang.services.messages import UseSource
from yiwang.services.network import Network
from yiwang.services.own_source import OwnSource
from yiwang.services.picture_alarms import Limits, PictureAlarms
from yiwang.services.switched_source import SwitchedSource
from yiwang.services.thumbnails import Thumbnails
from yiwang.web import views
from yiwang.web.console_api import timeline_view
from yiwang.web.console_feed import ConsoleFeed
from yiwang.web.metrics import Metrics
from yiwang.web.worker import ANSWERS


@pytest.fixture
def net(tmp_path: Path) -> Network:
    found = network(tmp_path, "one", "quiet")
    channel = found.channels["one"]
    feeder(channel).seconds(6.5)
    channel.health.tick()
    channel.note(Fault("pes_damaged", pid=256, count=3))
    channel.picture = PictureAlarms(Limits(silence_after_ms=0))
    channel.picture.hear(-90.0, -80.0, 5_000)
    channel.requests = 17
    return found


def mirror(channel: Channel, send: Callable[[object], None] = print) -> ChannelElsewhere:
    async def ask(what: str) -> object:
        return pickle.loads(pickle.dumps(ANSWERS[what](channel)))

    return ChannelElsewhere(
        channel.service,
        channel.packaging,
        channel.source_spec,
        channel.standby_specs,
        0,
        ask,
        send,
        is_of_multiplex=False,
    )


def mirrored(net: Network) -> tuple[Network, dict[str, Telling]]:
    """The same network in another process, and who tells it."""
    other = Network(net.config, "test.toml")
    tellings = {id_: Telling(channel) for id_, channel in net.channels.items()}
    other.channels.update({id_: mirror(channel) for id_, channel in net.channels.items()})
    tell(other, tellings)
    return other, tellings


def tell(other: Network, tellings: dict[str, Telling]) -> None:
    for id_, telling in tellings.items():
        channel = other.channels[id_]
        assert isinstance(channel, ChannelElsewhere)
        channel.take_figures(pickle.loads(pickle.dumps(telling.news())))


def check_same(net: Network, other: Network) -> None:
    now_ms = wall_clock.now_ms()
    assert views.network_view(other, now_ms) == views.network_view(net, now_ms)
    for id_, channel in net.channels.items():
        number = net.number_of(channel)
        assert views.channel_view(other.channels[id_], number, now_ms) == views.channel_view(channel, number, now_ms)
        assert other.channels[id_].waiting == channel.waiting
        assert other.channels[id_].kept_from_ms == channel.kept_from_ms


def figures(of: Network) -> list[str]:
    """All but those of the process, and of the moment."""
    lines = Metrics(of, Thumbnails(of.channels), lambda: ()).text().decode().splitlines()
    return [line for line in lines if not line.startswith(("process_", "# ", "yiwang_segment_age_seconds"))]


def on_the_board(of: Network) -> tuple[Any, Any]:
    """What a console is told, without the moment."""
    node = views.NodeView(uptime_s=0, cpu_percent=0, rss_bytes=0, version="")
    (update,) = json.loads(ConsoleFeed(of, lambda: node, Thumbnails(of.channels)).reader()())
    return update["columns"], update["facts"]


def test_it_reads_the_same(net: Network):
    other, _ = mirrored(net)
    check_same(net, other)
    assert on_the_board(other) == on_the_board(net)
    assert figures(other) == figures(net)
    view = views.channel_view(other.channels["one"], 1, wall_clock.now_ms())
    assert (view.requests, view.faults["pes_damaged"]) == (17, 3)
    assert view.picture is not None
    assert [alarm.on for alarm in view.picture.alarms] == [False, False, True]
    assert view.last_number == net.channels["one"].packager.state.last_number


def test_it_has_everything_that_a_channel_shows(net: Network):
    channel = net.channels["one"]
    names = {name for name in dir(channel) if not name.startswith("_")}
    other = mirror(channel)
    for name in names:
        getattr(other, name)


def test_only_what_has_changed_is_told_again(net: Network):
    other, tellings = mirrored(net)
    assert [telling.news() for telling in tellings.values()] == [{}, {}]
    net.channels["one"].requests += 1
    assert [telling.news() for telling in tellings.values()] == [{"requests": 18}, {}]
    net.channels["one"].note(Fault("pes_damaged"))
    other.channels["one"].requests = 18
    tell(other, tellings)
    check_same(net, other)


async def test_a_picture_and_the_strip_of_its_time_are_asked_for(net: Network):
    other, _ = mirrored(net)
    here, there = pieces_of(net.channels["one"]), await ask(other.channels["one"], "pieces")
    assert here is not None
    assert here.pictures is not None
    assert there == here
    assert await ask(other.channels["quiet"], "pieces") is None
    strip = await ask(other.channels["one"], "timeline")
    assert len(strip.segments) > 3
    assert strip.segments == timeline_view(net.channels["one"], 0).segments


def test_an_operator_chooses_a_source_where_the_channel_is(net: Network):
    sent: list[object] = []
    channel = mirror(net.channels["one"], sent.append)
    a, b = (parse_source_url(f"udp://239.1.1.1:{port}") for port in (5001, 5002))
    channel.set_sources([a, b])
    channel.take_figures({"source_in_use": SourceInUse(b.url, 1, None, (a.url, b.url))})
    source = channel.source
    assert isinstance(source, SwitchedSource)
    assert (source.url, source.machine.in_use, source.machine.held) == (b.url, 1, None)
    channel.use_source(a.url)
    assert (source.url, source.machine.held, channel.chosen_source) == (a.url, 0, a.url)
    channel.use_source(None)
    assert source.machine.held is None
    with pytest.raises(KeyError):
        channel.use_source("c")
    channel.take_figures({"source_in_use": None})
    assert channel.source is None
    channel.use_source(b.url)  # between two attempts, too
    assert sent == [UseSource("one", a.url), UseSource("one", None), UseSource("one", b.url)]
    channel.set_sources([b, a])
    assert channel.chosen_source == b.url
    channel.set_sources([a])
    assert channel.chosen_source is None


def test_a_channel_that_is_told_of_no_more_has_no_signal(net: Network):
    other, _ = mirrored(net)
    channel = other.channels["one"]
    assert channel.state(wall_clock.now_ms()) == "live"
    assert channel.state(wall_clock.now_ms() + 60_000) == "no-signal"


def test_what_a_stream_says_of_itself_is_told_with_its_guide(tmp_path: Path):
    net = a_network(tmp_path, one("a", "7"))
    channel = net.channels["a"]
    channel.take(stream(), NOW_MS)
    day = Writer()
    day.sections(0x12, (eit_section(0x50, 0, news(1, "新闻联播"), news(2, "天气预报")),))
    channel.take(day.to_bytes(), NOW_MS)
    other, tellings = mirrored(net)
    view = views.network_view(other, NOW_MS)
    assert view == views.network_view(net, NOW_MS)
    (service,) = view.services
    assert service.name.zh == "新闻"
    assert service.now is not None
    assert service.now.title == "新闻联播"
    assert [application.kind for application in service.applications] == ["HbbTV"]
    mine, theirs = OwnSource(net, "x.invalid"), OwnSource(other, "x.invalid")
    fresh, days = theirs.guide("a")
    assert (len(fresh), len(days)) == (2, 2)
    assert (fresh, days) == mine.guide("a")
    assert [listed.service for listed in theirs.services()] == [listed.service for listed in mine.services()]
    day.sections(0x12, (eit_section(0x51, 0, news(3, "焦点访谈")),))
    channel.take(day.to_bytes(), NOW_MS)
    told = tellings["a"].news()
    assert len(told["schedule"].events) == 3
    other_channel = other.channels["a"]
    assert isinstance(other_channel, ChannelElsewhere)
    other_channel.take_figures(told)
    assert theirs.guide("a") == mine.guide("a")
    assert len(theirs.guide("a")[1]) == 3
    assert "schedule" not in tellings["a"].news()
