"""Made-up events and schedules for the tests of the guide."""

from hypothesis import strategies as st

from yiwang.network.guide import Event, Part, Schedule, ScheduleBuilder
from yiwang.network.guide.event import Age, ContentGroup, Field, Genre, Synopsis
from yiwang.xmltv.guide import Credit, SystemValue, Text

T0 = 1_790_000_000 // 60 * 60
TITLES = (
    "新闻联播",
    "新闻联播（重播）",
    "天气预报",
    "红楼梦(12)",
    "电视剧：红楼梦",
    "Match of the Day",
    "MATCH OF THE DAY!",
    "",
    "体育",
)
WHOLE = Event(
    start_s=T0, stop_s=T0 + 1800, flags=0b1010101, titles=(Text("新闻联播", "zh"), Text('News & <"Views">', "en")),
    sub_titles=(Text("Part 1"),), synopses=(Synopsis("short", "en", "short"), Synopsis("长", "zh")),
    credits=(Credit("director", "A B"), Credit("actor", "C D", "Hamlet"), Credit("chef", "E", "cook")), date="2026",
    categories=(Text("News", "en"),), keywords=(Text("china"),), language="zh", orig_language="en", length_s=0,
    images=("http://i/1.png?a=1&b=2",), urls=("http://u/",), countries=(Text("CN"),),
    episode_nums=(SystemValue("1.2.0/1", "xmltv_ns"), SystemValue("S2E3", "onscreen")), aspect="16:9", quality="HDTV",
    subtitles=("teletext", ""), ages=(Age(12, "CHN"), Age(0)), ratings=(SystemValue("PG", "MPAA"),),
    star_ratings=(SystemValue("3/5"),), genres=(Genre("urn:tva:metadata:cs:ContentCS:2011:3.1.1", "News"), Genre("x")),
    crid="crid://a.cn/1", groups=(ContentGroup("crid://a.cn/s", "series"),), event_id=77, audio=(Text("", "chi"),),
    others=(Field(200, b"k" * 300, b"v" * 70_000),),
)  # fmt: skip


def event(start_min: float, stop_min: float, title: str = "新闻联播", **fields: object) -> Event:
    titles = (Text(title, "zh"),) if title else ()
    return Event(start_s=int(T0 + 60 * start_min), stop_s=int(T0 + 60 * stop_min), titles=titles, **fields)


def schedule(*events: Event) -> Schedule:
    builder = ScheduleBuilder()
    for one in events:
        builder.add(one)
    return builder.build()


def listed(some: Schedule) -> list[tuple[float, float, str]]:
    return [((e.start_s - T0) / 60, (e.stop_s - T0) / 60, e.title) for e in some]


@st.composite
def events(draw: st.DrawFn) -> Event:
    start = draw(st.integers(0, 300))
    length = draw(st.sampled_from([-5, 0, 1, 5, 15, 30, 31, 60, 120, 3 * 1440 + 1]))
    synopses = draw(st.lists(st.tuples(st.sampled_from(["a", "bb"]), st.sampled_from(["", "zh", "en"])), max_size=2))
    return event(
        start, start + length, draw(st.sampled_from(TITLES)), flags=draw(st.integers(0, 127)),
        synopses=tuple(Synopsis(value, lang) for value, lang in synopses),
        categories=(Text("News"),) if draw(st.booleans()) else (),
    )  # fmt: skip


schedules = st.lists(events(), max_size=12).map(lambda some: schedule(*some))
parts = st.builds(
    lambda some, priority, source, fresh: Part(schedule=some, priority=priority, source=source, fresh=fresh),
    schedules, st.integers(0, 2), st.sampled_from(["a", "b"]), st.booleans(),
)  # fmt: skip
