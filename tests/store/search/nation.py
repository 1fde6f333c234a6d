"""A small nation that viewers search."""

from yiwang.store.search import Event, SearchIndex, ServiceEvents, ServiceNames

NOW_S = 10_000

SERVICES = [
    ServiceNames(service_id="cctv1", names=("CCTV-1 综合", "央视一套")),
    ServiceNames(service_id="cctv5", names=("CCTV-5 体育",)),
    ServiceNames(service_id="cctv5p", names=("CCTV-5+ 体育赛事",)),
    ServiceNames(service_id="cctv13", names=("CCTV-13 新闻",)),
    ServiceNames(service_id="zjws", names=("浙江卫视", "ZJTV"), regions=frozenset({"CN-ZJ"})),
    ServiceNames(service_id="hnws", names=("湖南卫视",), regions=frozenset({"CN-HN"})),
    ServiceNames(service_id="cqws", names=("重庆卫视",), regions=frozenset({"CN-CQ"})),
    ServiceNames(service_id="xaxw", names=("西安新闻综合",), regions=frozenset({"CN-SN"})),
    ServiceNames(service_id="discovery", names=("Discovery Channel", "探索频道")),
    ServiceNames(service_id="xj", names=("شىنجاڭ تېلېۋىزىيەسى",)),
    ServiceNames(service_id="tai", names=("臺灣新聞",)),
]


def one_after_the_other(service_id: str, *events: Event, first_s: int = NOW_S - 1000) -> ServiceEvents:
    """Each lasts 1,000 s: the second is on."""
    placed = [e._replace(start_s=first_s + 1000 * n, stop_s=first_s + 1000 * (n + 1)) for n, e in enumerate(events)]
    return ServiceEvents(service_id, placed)


def event(title: str, sub_title: str = "", persons: tuple[str, ...] = (), synopsis: str = "", genre: str = "") -> Event:
    return Event(0, 1, title, sub_title, persons, synopsis, genre)


SCHEDULES = [
    one_after_the_other(
        "cctv1",
        event("新闻联播", genre="3.1.1"),
        event("甄嬛传", "第3集 废妃", ("孙俪", "陈建斌"), "雍正年间的后宫故事", "3.4.2"),
        event("新闻联播", genre="3.1.1"),
        event("焦点访谈", genre="3.1"),
        event("长安十二时辰(12)", "", ("雷佳音", "易烊千玺"), "唐代长安城", "3.4.2"),
    ),
    one_after_the_other("cctv13", event("朝闻天下"), event("新闻直播间"), event("东方时空")),
    one_after_the_other("zjws", event("奔跑吧"), event("浙江新闻联播"), event("中国好声音", "", ("那英", "汪峰"))),
    one_after_the_other("hnws", event("快乐大本营"), event("绿水青山"), event("音乐之声")),
    one_after_the_other("discovery", event("How It's Made"), event("Good Morning China"), event("Planet Earth II")),
    one_after_the_other("cqws", event("大夫日记"), event("中国银行杯围棋赛"), event("哪吒之魔童降世", genre="3.4")),
]


def index() -> SearchIndex:
    return SearchIndex.build(SERVICES, SCHEDULES)
