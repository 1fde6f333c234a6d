# ruff: noqa: E501, C901, PLR0912, PLR0915 - lists of words
"""Search over 3 million made-up events: time to build, memory, and how long answers take for 20 kinds of queries.

The nation is deterministic. Its titles are of the kinds that Chinese guides have: news of each place, series with the number of
the episode in the title, films, columns, shopping; persons and synopses by the programme.
"""

import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import psutil

from yiwang.store.search import Event, Filters, SearchIndex, ServiceEvents, ServiceNames

NOW_S = 1_800_000_000
DAYS = 7

PROVINCES = (
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆"
).split()
PLACE_ONE = "长安宁清金东南北西河江山海龙凤平永新大青高泰兴华阳石武桂临洛云白黄乐古合光都"
PLACE_TWO = "州城安山江阳海口林川原昌春宁德门平水源泉陵丰和岭浦康乐台溪港坪定义沙湾"
KINDS = "新闻综合 公共 经济生活 影视 少儿 都市 体育 科教 文艺 法制 农村 购物".split()
NEWS = "新闻联播 新闻60分 早间新闻 晚间报道 新闻直播间 今日关注 民生在线 都市快报 新闻30分 天气预报 焦点访谈 零距离".split()
COLUMNS = "健康 美食 旅游 法治 财经 音乐 戏曲 收藏 少儿 科技 乡村 军事 体育 汽车 教育 历史 自然 文化 房产 时尚".split()
COLUMN_ENDS = (
    "天地 时间 之声 大观 课堂 在线 直通车 周刊 故事会 人生 风云 面对面 大讲堂 俱乐部 万里行 非常道 档案 访谈录".split()
)
ONE = "甄嬛芈月琅琊繁花长风红旗大宅乔家康熙雍正乾隆武林天龙射雕神雕倚天笑傲江湖西游水浒红楼三国封神白蛇牛郎梁祝花木兰穆桂英包青天狄仁杰"
TWO = "传记缘情恩怨风云传奇往事岁月人家故事春秋战争爱情英雄儿女兄弟姐妹父亲母亲青春年华时代大道山河故乡远方黎明黄昏"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英建国志红文斌海燕晓东佳琪雨晨欣怡子轩梓涵浩宇俊辉雪莲"
ENGLISH = "Good Morning World Planet Ocean Travel Kitchen Star Night Music Story Football Discovery China Asia Live Show Garden Science".split()
SAYS = "讲述 介绍 关注 探访 记录 回顾 解读 带您走进 聚焦 追踪".split()
WHAT = "改革 乡村振兴 环境保护 传统文化 老百姓的生活 科学技术 青年创业 抗战历史 家庭矛盾 美食 名胜古迹 医疗健康 交通安全 体育赛事 非物质文化遗产".split()
TAILS = "敬请收看。 本期节目为您揭晓。 他们最终走到了一起。 一场较量就此展开。 专家现场答疑。 更多精彩不容错过。 真相究竟如何？ 记者深入一线。".split()


def distinct(rng: random.Random, make, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[make()] = None
    return list(found)


@dataclass
class Nation:
    services: list[ServiceNames]
    schedules: list[ServiceEvents]


def nation(n_services: int, n_events: int) -> Nation:
    rng = random.Random(1)

    def word(letters: str, low: int, high: int) -> str:
        return "".join(rng.choice(letters) for _ in range(rng.randint(low, high)))

    places = distinct(rng, lambda: rng.choice(PLACE_ONE) + rng.choice(PLACE_TWO), 1200)
    people = distinct(rng, lambda: rng.choice(SURNAMES) + word(GIVEN, 1, 2), 40_000)
    series = distinct(rng, lambda: word(ONE, 1, 3) + word(TWO, 1, 3), 12_000)
    films = distinct(rng, lambda: word(ONE + TWO, 2, 6), 30_000)
    english = distinct(rng, lambda: " ".join(rng.sample(ENGLISH, rng.randint(2, 4))), 3000)
    columns = [f"{one}{end}" for one, end in itertools.product(COLUMNS, COLUMN_ENDS)]
    casts = [tuple(rng.sample(people, rng.randint(2, 5))) for _ in range(20_000)]

    def says() -> str:
        return f"{rng.choice(SAYS)}{rng.choice(places)}的{rng.choice(people)}与{rng.choice(WHAT)}，{rng.choice(people)}{word(TWO, 4, 16)}，{rng.choice(TAILS)}"

    episodes: dict[tuple[str, int], Event] = {}
    services, schedules = [], []
    per_service = -(-n_events // n_services)
    length_s = DAYS * 86_400 // per_service
    for n in range(n_services):
        province = PROVINCES[n % len(PROVINCES)]
        place = places[n // len(KINDS) % len(places)]
        kind = KINDS[n % len(KINDS)]
        if n < 17:
            names: tuple[str, ...] = (f"CCTV-{n + 1} {kind}", f"央视{n + 1}套")
        elif n < 17 + len(PROVINCES):
            names = (f"{PROVINCES[n - 17]}卫视", f"{PROVINCES[n - 17]}卫视高清")
        else:
            names = (f"{place}电视台{kind}频道", f"{province}{place}{n}")
        services.append(
            ServiceNames(service_id=f"s{n:05}", names=names, regions=frozenset({province}) if n >= 48 else frozenset())
        )
        events, at_s = [], NOW_S - 86_400
        running, episode = rng.choice(series), rng.randint(1, 30)
        for _ in range(per_service):
            draw = rng.random()
            span = (at_s, at_s + length_s)
            at_s += length_s
            if draw < 0.25:
                events.append(Event(*span, f"{place}{rng.choice(NEWS)}", genre="3.1.1"))
            elif draw < 0.6:
                key = (running, episode)
                if key not in episodes:
                    cast = casts[hash_of(running) % len(casts)]
                    episodes[key] = Event(0, 0, f"电视剧:{running}({episode})", f"第{episode}集", cast, says(), "3.4.2")
                events.append(Event(*span, *episodes[key][2:]))
                episode += 1
                if episode > 40:
                    running, episode = rng.choice(series), 1
            elif draw < 0.7:
                title = rng.choice(films)
                key = (title, 0)
                if key not in episodes:
                    episodes[key] = Event(0, 0, title, "", rng.choice(casts), says(), "3.4")
                events.append(Event(*span, *episodes[key][2:]))
            elif draw < 0.72:
                events.append(Event(*span, rng.choice(english), "", (), "", "3.2"))
            else:
                synopsis = says() if rng.random() < 0.1 else ""
                events.append(Event(*span, f"{rng.choice(columns)}", "", (), synopsis, "3.5"))
        schedules.append(ServiceEvents(f"s{n:05}", events))
    return Nation(services, schedules)


def hash_of(text: str) -> int:
    return sum(ord(c) * 31**n for n, c in enumerate(text))


QUERIES: dict[str, list[str]] = {
    "a service by its name": ["浙江卫视", "重庆卫视", "央视1套"],
    "a service, pinyin": ["zhejiangweishi", "chongqingweishi", "hunanweishi"],
    "a service, initials": ["zjws", "hnws", "cqws"],
    "a service, latin": ["cctv", "cctv1", "CCTV-13"],
    "one character": ["新", "国", "长"],
    "two characters": ["新闻", "美食", "英雄"],
    "a title": ["新闻联播", "健康大讲堂", "康熙往事"],
    "a title's pinyin": ["xinwenlianbo", "jiankangdajiangtang", "meishifengyun"],
    "a title's initials": ["xwlb", "jkdjt", "msfy"],
    "pinyin begun": ["xinwe", "dianshij", "jiaod"],
    "one letter": ["x", "d", "z"],
    "a person": ["王伟", "陈建国", "李晓东"],
    "a person's pinyin": ["wangwei", "chenjianguo", "lixiaodong"],
    "english": ["morning", "planet", "discovery"],
    "english words": ["good morning", "ocean star", "travel kitchen"],
    "a mistake in pinyin": ["zhejaingweishi", "xinwenlainbo", "jiankangdajiangtagn"],
    "a mistake in english": ["discovry", "mornning", "kitcehn"],
    "a wrong character": ["浙江未是", "新文联播", "健康大奖堂"],
    "service and title": ["cctv1 新闻联播", "浙江卫视 电视剧", "cctv13健康"],
    "nothing like it": ["qqqqqqqqqq", "鑫鑫鑫鑫鑫", "wvwvwvwv xyz"],
}


@dataclass
class Figures:
    events: int
    services: int
    different_texts: int
    different_synopses: int
    different_programmes: int
    build_cpu_s: float
    index_mb: float
    update_of_a_region_events: int
    update_of_a_region_cpu_s: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float
    cpu_worst_ms: float
    by_kind_p50_ms: dict[str, float]
    by_kind_p99_ms: dict[str, float]
    by_kind_found: dict[str, list[int]]


def spent(work) -> tuple[float, object]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def one_region(made: Nation, share: float = 0.02) -> Iterator[ServiceEvents]:
    """Give a region's schedules again, a share of the events changed."""
    rng = random.Random(2)
    for schedule in made.schedules[:: len(PROVINCES)]:
        events = [
            e._replace(title=f"{e.title}（特别节目{rng.randint(1, 9999)}）") if rng.random() < share else e
            for e in schedule.events
        ]
        yield ServiceEvents(schedule.service_id, events)


def run(n_services: int = 10_000, n_events: int = 3_000_000, rounds: int = 20, together: int = 0) -> Figures:
    SearchIndex.build(
        [ServiceNames(service_id="a", names=("中 a",))], [ServiceEvents("a", [Event(1, 2, "中 a")])]
    ).search("zhong b xxxxx", 0)  # compiles
    made = nation(n_services, n_events)
    process = psutil.Process()
    before = process.memory_info().rss
    build_s, index = spent(lambda: SearchIndex.build(made.services, made.schedules))
    assert isinstance(index, SearchIndex)
    after = process.memory_info().rss
    region = list(one_region(made))
    update_s, _ = spent(lambda: index.update(schedules=region))
    content = index._content
    times: dict[str, list[float]] = {}
    spent_ms: list[float] = []
    found: dict[str, list[int]] = {}
    filters = [
        Filters(),
        Filters(regions=frozenset({"浙江"})),
        Filters(genres=frozenset({"3.4"})),
        Filters(from_s=NOW_S),
    ]
    for n in range(rounds):
        for kind, queries in QUERIES.items():
            for query in queries:
                began, began_cpu = time.perf_counter(), time.process_time()
                page = 0 if n % 2 else 20
                answer = index.search(query, NOW_S, 20, page, filters[n // 2 % 4], together=bool(together))
                times.setdefault(kind, []).append(1000 * (time.perf_counter() - began))
                spent_ms.append(1000 * (time.process_time() - began_cpu))
                if n == 0:
                    found.setdefault(kind, []).append(answer.total)
    every = np.array(list(itertools.chain(*times.values())))
    return Figures(
        len(content.events.service),
        n_services,
        len(content.texts),
        len(content.synopses),
        content.columns.shape[1],
        round(build_s, 2),
        round((after - before) / 1e6, 1),
        sum(len(list(s.events)) for s in region),
        round(update_s, 3),
        *(round(float(np.percentile(every, p)), 2) for p in (50, 99, 100)),
        *(round(float(np.percentile(spent_ms, p)), 2) for p in (50, 99, 100)),
        {kind: round(float(np.percentile(some, 50)), 2) for kind, some in times.items()},
        {kind: round(float(np.percentile(some, 99)), 2) for kind, some in times.items()},
        found,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(run(*map(int, sys.argv[1:]))), indent=2, ensure_ascii=False))
