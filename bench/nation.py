"""A nation that does not exist, the same every time: provinces, cities and counties with their real names and codes, 15,000
channels that they list, and seven days of guide of which 4 million events are told.

National channels are carried by every province, each with its own spelling of names and titles, its own small errors of
time and its own gaps; others are one province's, city's or county's. `python -m bench.nation FOLDER` writes the guides as
XMLTV, a file for each province.
"""

# ruff: noqa: E501

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from random import Random

from bench.streams import FOLDER

DIVISIONS = "china-division@2.7.0"
INSTANCES = 15_000
EVENTS = 4_000_000
DAYS = 7
MONDAY_S = 1_790_553_600  # 2026-09-28T00:00:00Z, a Monday
PROVINCES = {  # code of GB/T 2260: ISO 3166-2, name
    11: ("CN-BJ", "北京"), 12: ("CN-TJ", "天津"), 13: ("CN-HE", "河北"), 14: ("CN-SX", "山西"), 15: ("CN-NM", "内蒙古"),
    21: ("CN-LN", "辽宁"), 22: ("CN-JL", "吉林"), 23: ("CN-HL", "黑龙江"), 31: ("CN-SH", "上海"), 32: ("CN-JS", "江苏"),
    33: ("CN-ZJ", "浙江"), 34: ("CN-AH", "安徽"), 35: ("CN-FJ", "福建"), 36: ("CN-JX", "江西"), 37: ("CN-SD", "山东"),
    41: ("CN-HA", "河南"), 42: ("CN-HB", "湖北"), 43: ("CN-HN", "湖南"), 44: ("CN-GD", "广东"), 45: ("CN-GX", "广西"),
    46: ("CN-HI", "海南"), 50: ("CN-CQ", "重庆"), 51: ("CN-SC", "四川"), 52: ("CN-GZ", "贵州"), 53: ("CN-YN", "云南"),
    54: ("CN-XZ", "西藏"), 61: ("CN-SN", "陕西"), 62: ("CN-GS", "甘肃"), 63: ("CN-QH", "青海"), 64: ("CN-NX", "宁夏"),
    65: ("CN-XJ", "新疆"),
}  # fmt: skip
_CCTV = (
    "综合", "财经", "综艺", "中文国际", "体育", "电影", "国防军事", "电视剧", "纪录", "科教", "戏曲", "社会与法", "新闻", "少儿", "音乐",
    "奥林匹克", "农业农村",
)  # fmt: skip
_KINDS = ("新闻", "综艺", "电视剧", "少儿", "体育", "纪录片", "电影", "生活", "财经", "戏曲")
_WORDS = "今日晚间早安城市故事人生法治天下美食家园百姓健康大地风云青春时代梦想黄金长江黄河山海春秋星光岁月记忆传奇英雄少年老师医生"
_SENTENCE = "本期节目带您走进普通人的生活，讲述他们在时代变迁中的坚守与奋斗，感受平凡中的力量。"


@dataclass(frozen=True, slots=True)
class Instance:
    """A channel as one province lists it; ``service`` is what it really is."""

    service: str
    province: int
    name: str
    number: int

    @property
    def channel(self) -> str:
        """Its id in the province's guide."""
        return f"{self.province}-{self.number}"


@cache
def divisions() -> dict[int, list[str]]:
    """Return the names of cities and counties by province, from npm's `china-division`; made up where there is no npm."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "china-division-2.7.0.tgz"
    names: dict[int, list[str]] = {code: [] for code in PROVINCES}
    try:
        if not path.exists():
            subprocess.run(["npm", "pack", DIVISIONS], cwd=FOLDER, check=True, capture_output=True, timeout=120)
        with tarfile.open(path) as archive:
            for member in ("cities", "areas"):
                file = archive.extractfile(f"package/dist/{member}.json")
                assert file is not None
                for place in json.load(file):
                    names[int(place["provinceCode"])].append(place["name"])
    except (OSError, subprocess.SubprocessError, tarfile.TarError, AssertionError) as error:
        print(f"no {DIVISIONS}, names are made up: {error}", file=sys.stderr)
        rng = Random(3)
        for code in PROVINCES:
            names[code] = ["".join(rng.sample(_WORDS, 2)) + rng.choice("市县区") for _ in range(106)]
    return names


def _national() -> list[tuple[str, tuple[str, ...]]]:
    """Return national services with the spellings of their names."""
    some = []
    for n, kind in enumerate(_CCTV, 1):
        some.append(
            (f"cctv{n}", (f"CCTV-{n} {kind}", f"CCTV{n}", f"央视{n}套", f"CCTV-{n}{kind}高清", f"ＣＣＴＶ－{n}"))
        )
        some.append((f"cctv{n}hd", (f"CCTV-{n} {kind} HD", f"CCTV{n}高清", f"CCTV-{n}超高清")))
    for _, name in PROVINCES.values():
        some.append((f"sat-{name}", (f"{name}卫视", f"{name}衛視", f"{name}卫视高清", f"{name}TV")))
        some.append((f"sat-{name}-hd", (f"{name}卫视HD", f"{name}卫视 高清", f"{name}卫视[高清]")))
    return some


@cache
def instances() -> tuple[Instance, ...]:
    """Return every channel of every province: 15,000."""
    rng = Random(1)
    national, per_province = _national(), INSTANCES // len(PROVINCES)
    out = []
    for at, (code, (_, province)) in enumerate(PROVINCES.items()):
        wanted = per_province + (1 if at < INSTANCES % len(PROVINCES) else 0)
        listed = [(service, rng.choice(spellings)) for service, spellings in national]
        listed += [(f"{code}-{kind}", f"{province}{kind}频道") for kind in _KINDS]
        places = divisions()[code]
        channels = (
            "综合",
            "新闻综合",
            "生活",
            "公共",
            "影视",
            "都市",
            "经济",
            "教育",
            "文艺",
            "少儿",
            "科教",
            "法治",
            "体育",
            "乡村",
        )
        for kind in channels * 4:
            listed += [(f"{code}-{n}-{kind}-{len(listed)}", f"{place}{kind}") for n, place in enumerate(places)]
            if len(listed) >= wanted:
                break
        out += [Instance(service, code, name, n) for n, (service, name) in enumerate(listed[:wanted], 1)]
    return tuple(out)


@lru_cache(256)
def programme_of_week(service: str) -> tuple[tuple[int, int, str, str, str], ...]:
    """Return what a service really shows: start, stop, title, kind, description."""
    rng = Random(service)
    titles = [
        ("".join(rng.sample(_WORDS, rng.choice((2, 3, 4)))), rng.choice(_KINDS), _SENTENCE * rng.randrange(1, 4))
        for _ in range(60)
    ]
    now, end, out = MONDAY_S, MONDAY_S + DAYS * 86_400, []
    mean_s = 86_400 * DAYS * INSTANCES / EVENTS / 1.02  # some are lost in gaps
    while now < end:
        title, kind, text = rng.choice(titles)
        if kind == "电视剧":
            title = f"{title}({rng.randrange(1, 40)})"
        stop = min(end, now + 60 * max(5, round(rng.uniform(0.4, 1.6) * mean_s / 60)))
        out.append((now, stop, title, kind, text if rng.random() < 0.6 else ""))
        now = stop
    return tuple(out)


def _spelt(title: str, rng: Random) -> str:
    which = rng.randrange(5)
    if which == 0:
        return f"{title}（重播）"
    if which == 1:
        return f"电视剧：{title}"
    if which == 2:
        return title.replace("(", " 第").replace(")", "集")
    if which == 3:
        return f"{title} "
    return title + rng.choice("剧的版")


def guide_of(instance: Instance, changes: float = 0.0) -> Iterator[tuple[int, int, str, str, str]]:
    """Yield what a province tells of a channel: 8 % of titles spelt otherwise, 5 % minutes off, 2 % missing.

    ``changes``: the share of events that are others than usual, for a new guide.
    """
    rng = Random(f"{instance.province}/{instance.service}")
    change = Random(f"{instance.province}/{instance.service}/change")
    tells = rng.random() < 0.5  # descriptions
    for start, stop, title, kind, text in programme_of_week(instance.service):
        chance = rng.random()
        if chance < 0.02:
            continue
        shift = 60 * rng.randrange(-4, 5) if chance < 0.07 else 0
        if 0.07 <= chance < 0.15:
            title = _spelt(title, rng)
        if changes and change.random() < changes:
            title = f"特别节目{change.randrange(1000)}"
        yield start + shift, stop + shift, title, kind, text if tells else ""


def _moments() -> dict[int, str]:
    from yiwang.xmltv.moment import moment_text

    return {
        minute: moment_text(60 * minute) for minute in range(MONDAY_S // 60 - 60, MONDAY_S // 60 + DAYS * 1440 + 60)
    }


def write_guide(path: Path, code: int, changes: float = 0.0, channels: int = 1 << 30) -> int:
    """Write a province's guide as XMLTV; return the number of its events."""
    moments, events = _moments(), 0
    mine = [instance for instance in instances() if instance.province == code][:channels]
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<tv generator-info-name="{PROVINCES[code][0]}">\n')
        for one in mine:
            file.write(
                f'<channel id="{one.channel}">\n  <display-name lang="zh">{one.name}</display-name>\n</channel>\n'
            )
        for one in mine:
            rows = []
            for start, stop, title, kind, text in guide_of(one, changes):
                events += 1
                described = f'  <desc lang="zh">{text}</desc>\n' if text else ""
                rows.append(
                    f'<programme start="{moments[start // 60]}" stop="{moments[stop // 60]}" channel="{one.channel}">\n'
                    f'  <title lang="zh">{title}</title>\n{described}  <category lang="zh">{kind}</category>\n</programme>\n'
                )
            file.write("".join(rows))
        file.write("</tv>\n")
    return events


def _write(job: tuple[Path, int]) -> int:
    return write_guide(*job)


def write_nation(folder: Path) -> list[Path]:
    """Write every province's guide that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {code: folder / f"{code}.xml" for code in PROVINCES}
    divisions()
    with ProcessPoolExecutor() as pool:
        jobs = [(path, code) for code, path in paths.items() if not path.exists()]
        for (path, code), events in zip(jobs, pool.map(_write, jobs), strict=True):
            print(f"{PROVINCES[code][0]}: {events} events in {path.name}", file=sys.stderr, flush=True)
    return list(paths.values())


if __name__ == "__main__":
    write_nation(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "nation")
