"""What viewers are told of a programme by the stream's own tables."""

import json
from pathlib import Path

import pytest

from tests.mpegts.test_service_information import APPLICATION, eit_section
from tests.services.made_up_stream import Writer, service
from tests.services.test_multiplex import NOW_MS, a_network, feed, one
from yiwang.mpegts.ait import Ait
from yiwang.mpegts.ait_descriptors import TransportProtocolDescriptor
from yiwang.mpegts.descriptor import Descriptor, TypedDescriptor
from yiwang.mpegts.descriptors import LogicalChannelDescriptor, NetworkNameDescriptor, ShortEventDescriptor
from yiwang.mpegts.descriptors.application_signalling import ApplicationSignallingDescriptor
from yiwang.mpegts.descriptors.events import (
    Content,
    ContentDescriptor,
    ExtendedEventDescriptor,
    ParentalRating,
    ParentalRatingDescriptor,
)
from yiwang.mpegts.descriptors.logical_channel import LogicalChannel
from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.eit import EitEvent
from yiwang.mpegts.nit import Nit, NitTransportStream
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.sdt import Sdt
from yiwang.services.on_air import event_on_air
from yiwang.services.probe import Probe
from yiwang.web import views

START_S = 1_800_000_000


def news(event_id: int, title: str, *more: TypedDescriptor) -> EitEvent:
    short = ShortEventDescriptor("chi", DvbText.of(title), DvbText.of("要闻"))
    descriptors = tuple(Descriptor.of(typed) for typed in (short, *more))
    return EitEvent(event_id, START_S + 1800 * event_id, 1800, 4, False, descriptors)


def stream() -> bytes:
    """Two programmes with everything that a guide needs; the second is number 31 of its network."""
    signalling = (Descriptor.of(ApplicationSignallingDescriptor(((0x10, 0),))),)
    w = Writer()
    w.sections(0, Pat(1, (PatProgram(7, 0x100), PatProgram(8, 0x110))).to_sections())
    w.sections(0x100, Pmt(7, 0x101, (), (PmtStream(0x1B, 0x101), PmtStream(5, 0x102, signalling))).to_sections())
    w.sections(0x110, Pmt(8, 0x111, (), (PmtStream(0x1B, 0x111),)).to_sections())
    w.sections(0x11, Sdt(1, 9, (service(7, "新闻"), service(8, "体育"))).to_sections())
    rating = ParentalRatingDescriptor((ParentalRating("chn", 9),))
    w.sections(0x12, (eit_section(0x4E, 0, news(1, "新闻联播", ContentDescriptor((Content(2, 1, 0),)), rating)),))
    w.sections(0x12, (eit_section(0x4E, 1, news(2, "天气预报")),))
    w.sections(0x102, Ait(0x10, (), (APPLICATION,)).to_sections())
    numbers = LogicalChannelDescriptor((LogicalChannel(7, True, 1), LogicalChannel(8, True, 31)))
    name = Descriptor.of(NetworkNameDescriptor(DvbText.of("广电")))
    w.sections(0x10, Nit(3, (name,), (NitTransportStream(1, 9, (Descriptor.of(numbers),)),)).to_sections())
    return w.to_bytes()


@pytest.mark.parametrize("shared", [True, False])
def test_a_viewer_is_told_what_is_on_what_comes_next_and_of_the_linked_application(tmp_path: Path, shared: bool):
    if shared:
        net = a_network(tmp_path, one("a", "7"), one("b", "8"))
        feed(net, stream(), length_s=1)
    else:
        net = a_network(tmp_path, one("a", "7"))
        net.channels["a"].take(stream(), NOW_MS)
    view = views.network_view(net, NOW_MS).services[0].model_dump()
    assert view["now"] == {
        "title": "新闻联播",
        "text": "要闻",
        "language": "chi",
        "start": "2027-01-15T08:30:00.000Z",
        "duration_s": 1800,
        "genre": "news",
        "age": 12,
    }
    assert view["next"]["title"] == "天气预报"
    assert view["next"]["start"] == "2027-01-15T09:00:00.000Z"
    assert view["applications"] == [
        {"name": "Red", "url": "http://hbbtv.test/a/index.html", "kind": "HbbTV", "control": "autostart"}
    ]
    assert view["dvb"] == "dvb://9.1.7"
    if not shared:
        late = views.network_view(net, NOW_MS + 60_001).services[0].model_dump()
        assert (late["now"], late["next"], late["applications"]) == (None, None, [])
    if shared:
        other = views.network_view(net, NOW_MS).services[1].model_dump()
        assert (other["now"], other["next"], other["applications"], other["dvb"]) == (None, None, [], "dvb://9.1.8")


def test_a_programme_has_the_number_that_its_network_gives_it_unless_another_has_it(tmp_path: Path):
    net = a_network(tmp_path, one("mux", '"*"'), one("mine", "1", "udp://[ff11::9]:1") + "\nnumber = 1")
    at_ms = feed(net, stream(), length_s=1)
    feed(net, stream(), at_ms, length_s=1)
    assert {i: net.number_of(c) for i, c in net.channels.items()} == {"mine": 1, "mux-7": 2, "mux-8": 31}


def test_nothing_is_told_where_the_stream_says_nothing(tmp_path: Path):
    net = a_network(tmp_path, one("a", "7"))
    view = views.network_view(net, NOW_MS).services[0].model_dump()
    assert (view["now"], view["next"], view["applications"], view["dvb"]) == (None, None, [], None)


@pytest.mark.parametrize(
    "base", [b"javascript:alert(1)//", b'http://a/"><script>', b"http://a/\n", b"ftp://a/", b"\xff\xfe"]
)
def test_what_is_no_address_is_no_link(tmp_path: Path, base: bytes):
    selector = bytes((len(base),)) + base + b"\0"
    descriptors = (*APPLICATION.descriptors[:2], Descriptor.of(TransportProtocolDescriptor(3, 1, selector)))
    w = Writer()
    signalling = (Descriptor.of(ApplicationSignallingDescriptor(((0x10, 0),))),)
    w.sections(0, Pat(1, (PatProgram(7, 0x100),)).to_sections())
    w.sections(0x100, Pmt(7, 0x101, (), (PmtStream(0x1B, 0x101), PmtStream(5, 0x102, signalling))).to_sections())
    application = type(APPLICATION)(1, 2, 1, descriptors)
    w.sections(0x102, Ait(0x10, (), (application,)).to_sections())
    net = a_network(tmp_path, one("a", "7"))
    net.channels["a"].take(w.to_bytes(), NOW_MS)
    assert net.channels["a"].information.aits
    assert views.network_view(net, NOW_MS).services[0].applications == []


def test_a_long_text_is_joined_from_its_parts_in_their_order():
    parts = [ExtendedEventDescriptor(n, 1, "chi", (), DvbText.of(text)) for n, text in ((1, "第二"), (0, "第一"))]
    other = ExtendedEventDescriptor(0, 0, "eng", (), DvbText.of("English"))
    told = event_on_air(news(1, "标题", *parts, other))
    assert told.text == "要闻\n第一第二"
    assert told.running_status == "running"


def test_the_probe_tells_the_same_and_every_member_is_in_its_description(request: pytest.FixtureRequest):
    probe = Probe()
    probe.feed(stream())
    probe.flush()
    document = json.loads(json.dumps(probe.report().as_json("x")))
    tables = document["tables"]
    described = (request.config.rootpath / "docs/probe.md").read_text()
    for record in (tables, tables["networks"][0], tables["services"][0], tables["applications"][0]):
        for member in record:
            assert f"`{member}`" in described or f"`{member}[]`" in described or member.endswith("_id"), member
    (both,) = tables["present_following"]
    assert (both["service_id"], both["present"]["title"], both["following"]["title"]) == (7, "新闻联播", "天气预报")
    assert [s["name"] for s in tables["services"]] == ["新闻", "体育"]
    (network,) = tables["networks"]
    (numbers,) = network["transport_streams"][0]["descriptors"]
    assert numbers["name"] == "logical_channel_descriptor"
    assert numbers["channels"][1]["logical_channel_number"] == 31
    assert tables["applications"][0]["urls"] == ["http://hbbtv.test/a/index.html"]
