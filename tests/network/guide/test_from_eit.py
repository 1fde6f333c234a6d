"""Events of an EIT as events of the guide."""

# ruff: noqa: E501
from collections import Counter

from tests.network.guide.guides import T0, event, listed, schedule
from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.descriptors import ShortEventDescriptor
from yiwang.mpegts.descriptors.events import (
    ComponentDescriptor,
    Content,
    ContentDescriptor,
    ContentIdentifierDescriptor,
    Crid,
    ExtendedEventDescriptor,
    ExtendedEventItem,
    ParentalRating,
    ParentalRatingDescriptor,
)
from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.eit import EitEvent
from yiwang.mpegts.service_information import PresentFollowing
from yiwang.network.guide import Part, merge, update
from yiwang.network.guide.event import FREE, SCRAMBLED, Age, ContentGroup, Genre, Synopsis
from yiwang.network.guide.from_eit import event_of_eit, schedule_of_eit, schedule_of_present_following
from yiwang.network.guide.rows import DVB_CONTENT
from yiwang.xmltv.guide import Credit, SystemValue, Text


def text(value: str) -> DvbText:
    return DvbText.of(value)


def eit(
    start_min: int | None, length_min: int | None, *typed, event_id: int = 1, scrambled: bool = False, title: str = ""
) -> EitEvent:
    descriptors = [Descriptor.of(one) for one in typed]
    if title:
        descriptors.append(Descriptor.of(ShortEventDescriptor("chi", text(title), text(""))))
    start = None if start_min is None else T0 + 60 * start_min
    return EitEvent(event_id, start, None if length_min is None else 60 * length_min, 4, scrambled, tuple(descriptors))


def test_all_that_descriptors_tell() -> None:
    known = event_of_eit(
        eit(
            0, 30,
            ShortEventDescriptor("chi", text("新闻联播"), text("今日要闻")), ShortEventDescriptor("eng", text("News"), text("")),
            ExtendedEventDescriptor(1, 1, "chi", (ExtendedEventItem(text("年份"), text("2026")),), text("第二部分")),
            ExtendedEventDescriptor(0, 1, "chi", (ExtendedEventItem(text("导演："), text("张三")),), text("第一部分")),
            ExtendedEventDescriptor(0, 0, "eng", (ExtendedEventItem(text("Actor"), text("A B")),), text("")),
            ContentDescriptor((Content(2, 1, 7), Content(2, 2, 0), Content(4, 3, 0), Content(15, 1, 0))),
            ParentalRatingDescriptor((ParentalRating("CHN", 9), ParentalRating("GBR", 0), ParentalRating("FRA", 0x11))),
            ContentIdentifierDescriptor((
                Crid(1, 0, b"/AB12", None), Crid(0x32, 0, b"crid://b.cn/series", None), Crid(2, 1, None, 5), Crid(9, 0, b"x", None),
            )),
            ComponentDescriptor(0, 5, 0x0B, 1, "und", text("")), ComponentDescriptor(0, 2, 3, 2, "chi", text("立体声")),
            ComponentDescriptor(0, 3, 0x10, 3, "eng", text("")), ComponentDescriptor(0, 3, 1, 4, "eng", text("")),
            event_id=77, scrambled=True,
        ),
        "a.cn",
    )  # fmt: skip
    assert known is not None
    assert (known.start_s, known.stop_s, known.flags, known.event_id) == (T0, T0 + 1800, SCRAMBLED, 77)
    assert known.titles == (Text("新闻联播", "zh"), Text("News", "en"))
    assert known.synopses == (
        Synopsis("今日要闻", "zh", "short"),
        Synopsis("第一部分第二部分\n年份: 2026", "zh", "long"),
    )
    assert known.credits == (Credit("director", "张三"), Credit("actor", "A B"))
    assert [genre.href.rpartition(":")[2] for genre in known.genres] == ["2", "4"]
    assert known.genres[0] == Genre("urn:dvb:metadata:cs:ContentSubject:2019:2", "News")
    assert known.categories == (Text("News", "en"), Text("Sports", "en"))
    assert (known.ages, known.ratings) == ((Age(12, "CHN"),), (SystemValue("0x11", "DVB FRA"),))
    assert (known.crid, known.groups) == ("crid://a.cn/AB12", (ContentGroup("crid://b.cn/series", "series"),))
    assert (known.aspect, known.quality, known.audio) == ("16:9", "HDTV", (Text("立体声", "zh"),))
    assert known.subtitles == ("onscreen", "teletext")
    assert known.others[0].tag == DVB_CONTENT
    assert known.others[0].value == bytes((0x21, 7, 0x22, 0, 0x43, 0, 0xF1, 0))
    assert schedule(known)[0] == known


def test_events_without_time_and_of_times_that_cannot_be() -> None:
    faults: Counter[str] = Counter()
    some = schedule_of_eit(
        [eit(None, 30), eit(0, None), eit(0, 0), eit(30, 3 * 365 * 1440), eit(60, 30, title="体育", event_id=9)],
        faults=faults,
    )
    assert listed(some) == [(60, 90, "体育")]
    assert faults == {"time": 2, "zero length": 1, "too long": 1}
    assert some[0].flags == FREE
    assert listed(schedule_of_eit([eit(60, 30, title="体育")], shift_s=-120)) == [(58, 88, "体育")]


def test_what_is_on_is_fresh_and_what_was_on_is_kept() -> None:
    plan = schedule(event(0, 30, "新闻联播"), event(30, 60, "动物世界"), event(60, 90, "红楼梦"), event(90, 95, "广告"))
    first = schedule_of_present_following(PresentFollowing(eit(0, 40, title="新闻联播"), eit(40, 30, title="动物世界")))
    assert listed(merge([Part(schedule=plan), Part(schedule=first, fresh=True)])) == [
        (0, 40, "新闻联播"), (40, 70, "动物世界"), (70, 100, "红楼梦"), (100, 105, "广告"),
    ]  # fmt: skip
    then = schedule_of_present_following(PresentFollowing(eit(40, 30, title="动物世界"), None))
    kept = update(first, then).schedule
    assert listed(kept) == [(0, 40, "新闻联播"), (40, 70, "动物世界")]
    assert len(schedule_of_present_following(PresentFollowing())) == 0
