"""What viewers type, and what they find."""

import threading
from functools import partial

import pytest

from tests.store.search.nation import NOW_S, SCHEDULES, SERVICES, event, index, one_after_the_other
from yiwang.store.search import Event, Filters, Found, SearchIndex, ServiceEvents, ServiceNames

INDEX = index()


def shown(found: Found) -> list[str]:
    return [item.service_id if item.kind == "service" else item.title for item in found.items]


@pytest.mark.parametrize(
    ("query", "first", "by"),
    [
        ("浙江卫视", "zjws", "characters"),
        ("浙江", "zjws", "characters"),
        ("卫视", "cqws", "characters"),
        ("zjws", "zjws", "initials"),
        ("ZJWS", "zjws", "initials"),
        ("zhjws", "zjws", "initials"),
        ("zhejiang", "zjws", "pinyin"),
        ("zhejiangweishi", "zjws", "pinyin"),
        ("zhe jiang", "zjws", "pinyin"),
        ("zhejiangws", "zjws", "initials"),
        ("zjweishi", "zjws", "initials"),
        ("zhejia", "zjws", "pinyin"),
        ("zhejaing", "zjws", "typo"),
        ("zhjeiangweishi", "zjws", "typo"),
        ("hunna", "hnws", "typo"),
        ("hunanweishii", "hnws", "typo"),
        ("hnws", "hnws", "initials"),
        ("浙江未是", "zjws", "pinyin"),
        ("湖南大视", "hnws", "typo"),
        ("cctv", "cctv1", "characters"),
        ("CCTV1", "cctv1", "characters"),
        ("cctv-1", "cctv1", "characters"),
        ("ＣＣＴＶ１", "cctv1", "characters"),
        ("cctv13", "cctv13", "characters"),
        ("cctv5+", "cctv5p", "characters"),
        ("央视一套", "cctv1", "characters"),
        ("ystd", None, None),
        ("chongqing", "cqws", "pinyin"),
        ("cqws", "cqws", "initials"),
        ("xian", "xaxw", "pinyin"),
        ("xi'an", "xaxw", "pinyin"),
        ("xaxw", "xaxw", "initials"),
        ("台湾新闻", "tai", "pinyin"),
        ("شىنجاڭ", "xj", "characters"),
        ("discovery", "discovery", "characters"),
        ("discovry", "discovery", "typo"),
        ("dsicovery", "discovery", "typo"),
        ("disccovery", "discovery", "typo"),
        ("新闻联播", "新闻联播", "characters"),
        ("xinwenlianbo", "新闻联播", "pinyin"),
        ("xwlb", "新闻联播", "initials"),
        ("xinwenlainbo", "新闻联播", "typo"),
        ("甄嬛传", "甄嬛传", "characters"),
        ("zhenhuanzhuan", "甄嬛传", "pinyin"),
        ("zhz", "甄嬛传", "initials"),
        ("changan", "长安十二时辰(12)", "pinyin"),
        ("12", "长安十二时辰(12)", "characters"),
        ("zhaowentianxia", "朝闻天下", "pinyin"),
        ("lvshui", "绿水青山", "pinyin"),
        ("lushui", "绿水青山", "pinyin"),
        ("yinyue", "音乐之声", "pinyin"),
        ("daifu", "大夫日记", "pinyin"),
        ("yinhang", "中国银行杯围棋赛", "pinyin"),
        ("nezha", "哪吒之魔童降世", "pinyin"),
        ("陈建斌", "甄嬛传", "characters"),
        ("chenjianbin", "甄嬛传", "pinyin"),
        ("陈建宾", "甄嬛传", "pinyin"),
        ("sunli", "甄嬛传", "pinyin"),
        ("废妃", "甄嬛传", "characters"),
        ("后宫", "甄嬛传", "characters"),
        ("good morning", "Good Morning China", "characters"),
        ("morning china", "Good Morning China", "characters"),
        ("mornign", "Good Morning China", "typo"),
        ("how its made", "How It's Made", "characters"),
        ("cctv1 新闻", "cctv13", "characters"),
        ("cctv1新闻联播", "新闻联播", "characters"),
        ("浙江卫视 好声音", "中国好声音", "characters"),
        ("那英 好声音", "中国好声音", "characters"),
        ("zjws hsy", "中国好声音", "initials"),
        ("cctv2", None, None),
        ("cctv15", None, None),
        ("qqqqqqqq", None, None),
        ("", None, None),
        ("，。 -", None, None),
    ],
)
def test_viewers_find(query: str, first: str | None, by: str | None):
    found = INDEX.search(query, NOW_S)
    assert shown(found)[:1] == ([] if first is None else [first])
    if first is not None:
        assert found.items[0].reasons[-1].by == by


def test_services_come_first_then_what_is_on_next_over():
    found = INDEX.search("新闻", NOW_S)
    assert [(i.kind, i.service_id, i.title, i.start_s) for i in found.items] == [
        ("service", "cctv13", "CCTV-13 新闻", None),
        ("service", "xaxw", "西安新闻综合", None),
        ("service", "tai", "臺灣新聞", None),
        ("event", "cctv13", "新闻直播间", NOW_S),
        ("event", "cctv1", "新闻联播", NOW_S + 1000),
        ("event", "cctv1", "新闻联播", NOW_S - 1000),
        ("event", "zjws", "浙江新闻联播", NOW_S),
    ]


def test_the_whole_comes_before_the_beginning_before_the_inside():
    titles = ["看新闻联播", "新闻联播特别版", "新闻联播"]
    small = SearchIndex.build([], [one_after_the_other("a", *map(event, titles))])
    assert shown(small.search("新闻联播", 0)) == titles[::-1]


def test_reasons_say_which_characters_matched():
    found = INDEX.search("cctv1 jianbin", NOW_S).items[0]
    assert [(r.field, r.text, [r.text[a:b] for a, b in r.spans], r.by) for r in found.reasons] == [
        ("service", "CCTV-1 综合", ["CCTV-1"], "characters"),
        ("persons", "陈建斌", ["建斌"], "pinyin"),
    ]
    found = INDEX.search("cctv 综合", NOW_S).items[0]
    assert [(r.field, [r.text[a:b] for a, b in r.spans]) for r in found.reasons] == [("service", ["CCTV", "综合"])]
    found = INDEX.search("长安城", NOW_S).items[0]
    assert [(r.field, r.text, r.spans) for r in found.reasons] == [("synopsis", "唐代长安城", ((2, 5),))]


@pytest.mark.parametrize("as_programmes", [False, True])
def test_pages_together_are_the_whole(as_programmes: bool):
    for query in ("新", "c", "cctv", "a"):
        search = partial(INDEX.search, query, NOW_S, together=as_programmes)
        whole = search(limit=200)
        pages = [search(limit=3, offset=at) for at in range(0, whole.total + 3, 3)]
        assert tuple(item for page in pages for item in page.items) == whole.items
        assert {page.total for page in pages} == {whole.total} == {len(whole.items)}


def together(index: SearchIndex, query: str, **more) -> list[tuple[str, str, int | None, list[int | None], int]]:
    """Service, title and time of each item, and when its others are."""
    found = index.search(query, NOW_S, together=True, **more)
    assert found.total >= len(found.items)
    return [(i.service_id, i.title, i.start_s, [o.start_s for o in i.others], i.n_others) for i in found.items]


def test_events_of_one_programme_are_told_together_with_what_is_on_or_next_first():
    index = SearchIndex.build(
        SERVICES,
        [
            one_after_the_other(
                "cctv1", event("红楼梦 第1集"), event("新闻"), event("红楼梦 第2集"), event("《红楼梦》(3)"), event("")
            ),
            one_after_the_other("hnws", event("红楼梦魇"), event("红楼梦 第1集"), event("新闻")),
        ],
    )
    at = (NOW_S - 1000, NOW_S, NOW_S + 1000, NOW_S + 2000)
    assert together(index, "红楼梦") == [
        ("hnws", "红楼梦 第1集", at[1], [at[2], at[3], at[0]], 3),
        ("hnws", "红楼梦魇", at[0], [], 0),
    ]
    assert together(index, "xinwen", filters=Filters(kinds=frozenset({"event"}))) == [
        ("cctv1", "新闻", at[1], [at[2]], 1)
    ]
    assert index.search("红楼梦", NOW_S, limit=1, together=True).total == 2
    assert [item[1] for item in together(index, "红楼梦", limit=1, offset=1)] == ["红楼梦魇"]


def test_a_title_on_every_channel_hides_no_other_and_tells_how_many_it_has():
    schedules = [one_after_the_other(f"s{n}", *[event("News")] * 30, first_s=NOW_S) for n in range(40)]
    index = SearchIndex.build([], [*schedules, one_after_the_other("t", event("Newsroom"))])
    (_, title, start_s, others, count), last = together(index, "news")
    assert (title, start_s, count) == ("News", NOW_S, 1199)
    assert others == [NOW_S] * 12
    assert last[1] == "Newsroom"


def test_what_has_no_title_is_a_programme_of_its_own():
    nameless = [event("", persons=("沈一帆",)), event("", persons=("沈一帆",)), event("远行", persons=("沈一帆",))]
    index = SearchIndex.build([], [one_after_the_other("a", *nameless)])
    assert sorted(item[1] for item in together(index, "沈一帆")) == ["", "", "远行"]


def test_filters():
    def found(query: str, **filters) -> list[str]:
        return shown(INDEX.search(query, NOW_S, filters=Filters(**filters)))

    assert found("卫视", regions=frozenset({"CN-ZJ"})) == ["zjws"]
    assert found("新闻联播", regions=frozenset({"CN-HN"})) == ["新闻联播", "新闻联播"]  # the nation's is everybody's
    assert found("新闻联播", genres=frozenset({"3.1"}), kinds=frozenset({"event"})) == ["新闻联播", "新闻联播"]
    assert found("甄嬛传", genres=frozenset({"3.4"})) == ["甄嬛传"]
    assert found("甄嬛传", genres=frozenset({"3"})) == ["甄嬛传"]
    assert found("甄嬛传", genres=frozenset({"3.4.21"})) == []
    assert found("新闻联播", from_s=NOW_S + 1000) == ["新闻联播"]
    assert found("新闻联播", until_s=NOW_S - 1000) == []
    assert found("新闻", kinds=frozenset({"service"})) == ["cctv13", "xaxw", "tai"]


def test_an_update_is_what_a_new_index_would_be():
    changed = one_after_the_other("cctv1", event("开讲啦"), event("甄嬛传", "第4集"))
    renamed = ServiceNames(service_id="hnws", names=("芒果台",))
    updated = index()
    updated.update([renamed], [changed], gone=["cqws", "nobody"])
    services = [renamed if s.service_id == "hnws" else s for s in SERVICES if s.service_id != "cqws"]
    schedules = [changed if s.service_id == "cctv1" else s for s in SCHEDULES if s.service_id != "cqws"]
    anew = SearchIndex.build(services, schedules)
    for query in (
        "新闻",
        "xwlb",
        "甄嬛传",
        "芒果",
        "湖南卫视",
        "重庆",
        "nezha",
        "开讲",
        "c",
        "z",
        "后宫",
        "chenjianbin",
    ):
        assert updated.search(query, NOW_S) == anew.search(query, NOW_S), query
    assert updated.search("新闻联播", NOW_S).total == 1
    assert updated.search("后宫", NOW_S).total == 0


def test_many_updates_leave_nothing_behind():
    many = index()
    for n in range(40):
        titles = [event(f"特别节目{n}之{k}", synopsis=f"第{n}天第{k}集的介绍") for k in range(50)]
        many.update(schedules=[one_after_the_other("cctv1", *titles)])
    content = many._content
    assert len(content.texts) < 200
    assert len(content.synopses) < 200
    assert content.columns.shape[1] < 200
    assert len(content.events.service) == 50 + sum(len(list(s.events)) for s in SCHEDULES[1:])
    assert many.search("特别节目39之7", NOW_S).items[0].title == "特别节目39之7"
    assert many.search("第39天第7集", NOW_S).items[0].title == "特别节目39之7"
    assert many.search("第38天第7集", NOW_S).total == 0
    assert shown(many.search("zjws", NOW_S)) == ["zjws"]


def test_events_that_cannot_be_are_left_out():
    times = [(5, 5), (6, 5), (-1, 5), (5, 1 << 32)]
    small = SearchIndex.build([], [ServiceEvents("a", [Event(a, b, "新闻") for a, b in [*times, (1, 2)]])])
    assert small.search("新闻", 0).total == 1


def test_an_empty_index_finds_nothing():
    assert SearchIndex().search("新闻", 0) == Found((), 0)
    assert SearchIndex.build([], []).search("x", 0) == Found((), 0)
    assert SearchIndex.build([], [ServiceEvents("a", [])]).search("x", 0) == Found((), 0)


def test_searches_go_on_while_the_index_is_updated():
    shared, wrong = index(), []

    def look() -> None:
        for _ in range(200):
            if shown(shared.search("zjws", NOW_S)) != ["zjws"] or shared.search("新闻联播", NOW_S).total < 1:
                wrong.append(1)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(30):
        shared.update(schedules=[one_after_the_other("cctv13", event(f"节目{n}"))])
    for thread in threads:
        thread.join()
    assert not wrong
