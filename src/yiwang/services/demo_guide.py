"""The demo's guide: invented programmes for its channels, the same for everybody on the same day, as an XMLTV file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yiwang.media.demo_channels import CHANNELS, DemoChannel
from yiwang.xmltv.guide import Channel, Credit, Programme, SystemValue, Text
from yiwang.xmltv.writer import guide_pieces

DAY_S = 86_400
DAYS_BEFORE, DAYS_AFTER = 1, 8
FILE_NAME = "guide.xml"


@dataclass(frozen=True, slots=True)
class _Show:
    """Something that is on again and again; ``episodes``: how many parts a series has, 0: none."""

    zh: str
    en: str
    category: tuple[str, str]
    minutes: int
    about: tuple[str, str]
    people: tuple[tuple[str, str, str], ...] = ()
    episodes: int = 0
    age: int = 0


_NEWS, _DOC, _SPORT, _DRAMA = ("新闻", "News"), ("纪录片", "Documentary"), ("体育", "Sports"), ("电视剧", "Drama")
_KIDS, _MUSIC, _ARTS, _LIFE, _SHOW = (
    ("少儿", "Children"), ("音乐", "Music"), ("艺术", "Arts"), ("生活", "Lifestyle"), ("综艺", "Variety show"),
)  # fmt: skip

_HOURLY = _Show(
    "整点新闻", "News on the hour", _NEWS, 30, ("北原与南港的最新消息。", "The latest from Northfield and Southport.")
)
_WEATHER = _Show(
    "天气与潮汐",
    "Weather and tides",
    _NEWS,
    15,
    ("今天与明天的天气、风和潮水。", "Weather, wind and tides, today and tomorrow."),
)
_TALK = _Show(
    "灯下谈", "By lamplight", _SHOW, 45, ("一位嘉宾，一盏灯，一个问题。", "One guest, one lamp, one question."),
    (("presenter", "林晓川", ""), ("guest", "周沐", "")),
)  # fmt: skip
_GOBI = _Show(
    "戈壁之上", "Over the Gobi", _DOC, 60,
    ("摄制组用三年时间跟随一支车队穿过戈壁，记录风、沙和人。", "Three years with a convoy: wind, sand and people."),
    (("director", "沈一帆", ""), ("writer", "秦舟", "")), episodes=12,
)  # fmt: skip
_DEEP = _Show(
    "深蓝", "Deep blue", _DOC, 50, ("从浅湾到海沟，一次下潜一个故事。", "From the bay to the trench, a dive a story."),
    (("director", "沈一帆", ""), ("presenter", "何以澜", "")), episodes=8,
)  # fmt: skip
_PORT = _Show(
    "港口人家", "Harbour families", _DRAMA, 45, ("三代人守着同一座码头。", "Three generations on one quay."),
    (("director", "顾南星", ""), ("actor", "周沐", "陈大海"), ("actor", "叶知秋", "阿青")), episodes=36, age=12,
)  # fmt: skip
_NIGHT = _Show(
    "夜航", "Night passage", _DRAMA, 95, ("一艘渡轮，一封没有寄出的信。", "A ferry, and a letter that was never sent."),
    (("director", "顾南星", ""), ("actor", "叶知秋", "船长")), age=16,
)  # fmt: skip
_MATCH = _Show(
    "城市足球联赛", "City football league", _SPORT, 120, ("北原对南港，现场直播。", "Northfield against Southport, live."),
    (("commentator", "罗一鸣", ""),),
)  # fmt: skip
_CRAB = _Show(
    "小螃蟹学游泳",
    "Little crab learns to swim",
    _KIDS,
    20,
    ("小螃蟹怕水，怎么办？", "A crab that fears the water."),
    episodes=26,
)
_STARS = _Show("数星星", "Counting stars", _KIDS, 25, ("睡前一起认星座。", "A constellation before bed."), episodes=26)
_OPERA = _Show(
    "水乡戏台", "Stage on the water", _MUSIC, 90, ("戏曲名段，水上演出。", "Famous arias, sung on the water."),
    (("presenter", "柳如烟", ""),),
)  # fmt: skip
_INK = _Show(
    "一笔一画",
    "Stroke by stroke",
    _ARTS,
    30,
    ("书法课：今天写「海」。", "Calligraphy: today the sea."),
    (("presenter", "秦舟", ""),),
    20,
)
_TABLE = _Show(
    "潮汐餐桌",
    "The tidal table",
    _LIFE,
    30,
    ("渔港早市里的一道菜。", "A dish from the fish market."),
    (("presenter", "何以澜", ""),),
    40,
)

_DAYS: dict[str, tuple[_Show, ...]] = {
    "northfield-news": (_HOURLY, _WEATHER, _HOURLY, _TALK, _HOURLY, _GOBI),
    "northfield-uhd": (_GOBI, _DEEP, _MATCH, _NIGHT),
    "northfield-kids": (_CRAB, _STARS, _CRAB, _INK, _STARS),
    "southport-one": (_PORT, _HOURLY, _PORT, _TABLE, _TALK, _NIGHT, _MATCH),
    "southport-ocean": (_DEEP, _TABLE, _WEATHER, _DEEP, _GOBI),
    "southport-arts": (_OPERA, _INK, _TALK, _NIGHT),
}


def write_demo_guide(folder: Path, now_s: int) -> Path:
    """Write the guide from yesterday on, and return where it is."""
    path = folder / FILE_NAME
    channels = [Channel(c.id, (Text(c.name_zh, "zh"), Text(c.name_en, "en"))) for c in CHANNELS]
    new = path.with_suffix(".new")
    new.write_bytes(b"".join(guide_pieces(channels, demo_programmes(now_s))))
    new.replace(path)
    return path


def demo_programmes(now_s: int) -> Iterator[Programme]:
    """Yield the programmes of all channels, from yesterday (UTC) on."""
    first_day = now_s // DAY_S - DAYS_BEFORE
    for channel in CHANNELS:
        for day in range(first_day, first_day + DAYS_BEFORE + DAYS_AFTER):
            yield from _day(channel, day)


def _day(channel: DemoChannel, day: int) -> Iterator[Programme]:
    """A day begins with another of the channel's shows than the day before, and ends whatever is on at midnight."""
    shows = _DAYS[channel.id]
    at_s, place, seen = day * DAY_S, day % len(shows), dict.fromkeys(shows, 0)
    while at_s < (day + 1) * DAY_S:
        show = shows[place % len(shows)]
        stop_s = min(at_s + 60 * show.minutes, (day + 1) * DAY_S)
        yield _programme(channel, show, at_s, stop_s, day * 8 + seen[show])
        at_s, place, seen[show] = stop_s, place + 1, seen[show] + 1


def _programme(channel: DemoChannel, show: _Show, start_s: int, stop_s: int, showing: int) -> Programme:
    episode = showing % show.episodes if show.episodes else 0
    part = (Text(f"第 {episode + 1} 集", "zh"), Text(f"Episode {episode + 1}", "en")) if show.episodes else ()
    numbers = (SystemValue(f"0.{episode}/{show.episodes}.", "xmltv_ns"),) if show.episodes else ()
    return Programme(
        channel.id, start_s, stop_s, (Text(show.zh, "zh"), Text(show.en, "en")), sub_titles=part,
        descs=(Text(show.about[0], "zh"), Text(show.about[1], "en")), credits=tuple(Credit(*one) for one in show.people),
        categories=(Text(show.category[0], "zh"), Text(show.category[1], "en")), episode_nums=numbers,
        ratings=(SystemValue(str(show.age), "demo"),) if show.age else (), date="2026", new=bool(show.episodes),
    )  # fmt: skip
