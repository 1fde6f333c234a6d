"""Assembling a nation: 31 regions, 15,000 listed services; seconds of a core. `python -m bench.assembly`."""

import random
import time
from collections.abc import Iterator

from yiwang.dvbi.common import Text
from yiwang.dvbi.service_list import Service
from yiwang.network.assemble import assemble
from yiwang.network.matching import match
from yiwang.network.model import ListedService, Region
from yiwang.network.words import CCTV

PROVINCES = (
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 "
    "湖北 湖南 广东 广西 海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆"
).split()
KINDS = "新闻综合 公共 经济生活 影视娱乐 少儿 教育科技 都市 体育 农村 法治".split()
SYLLABLES = "安宁平阳江海山河城东西南北泰和兴华德永清长大丰金玉龙云天水石林州".strip()
PAY = "风云足球 怀旧剧场 第一剧场 世界地理 高尔夫网球 女性时尚 央视台球 兵器科技 电视指南 求索纪录 四海钓鱼 环球旅游".split()


def spelt(name: str, rng: random.Random) -> str:
    """A name as some region spells it."""
    if rng.random() < 0.3:
        name += rng.choice(("高清", "HD", " HD", "频道", "(高清)", "-高清"))
    if rng.random() < 0.1:
        name = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    return name


def listed(count: int, regions: int = 31, seed: int = 1) -> Iterator[ListedService]:
    """``count`` services in ``regions``: CCTV's, all provinces' satellite channels, pay
    channels; each city's own."""
    rng = random.Random(seed)
    each = count // regions
    for province in PROVINCES[:regions]:
        region = f"CN-{PROVINCES.index(province):02}"
        names = []
        for number, (first, *_) in CCTV.items():
            names.append(rng.choice((f"CCTV-{number}", f"CCTV{number}", f"CCTV-{number} {first}", f"CCTV {number}")))
        names += [f"{other}卫视" for other in PROVINCES]
        names += [f"CCTV{pay}" if rng.random() < 0.5 else pay for pay in PAY]
        while len(names) < each:
            place = "".join(rng.sample(SYLLABLES, 2))
            names += [f"{place}{kind}" for kind in rng.sample(KINDS, 3)]
            names += rng.sample(KINDS, 1)
        for number, name in enumerate(names[:each], 1):
            service = Service(service_names=(Text(value=spelt(name, rng), lang="zh"),))
            yield ListedService(source=f"dvb-{region}", key=str(number), region=region, service=service, number=number)


def main() -> dict[str, float]:
    services = list(listed(15_000))
    regions = [Region(id=f"CN-{at:02}", names=(Text(value=name),)) for at, name in enumerate(PROVINCES)]
    started = time.process_time()
    matched = match(services)
    by_match = time.process_time() - started
    started = time.process_time()
    network = assemble(services, regions)
    whole = time.process_time() - started
    started = time.process_time()
    again = assemble(services, regions, previous=network)
    result = {
        "listed services": len(services),
        "services": len(network.services),
        "in several regions": sum(len({m.region for m in s.members}) > 1 for s in network.services.values()),
        "groups": len(matched.groups),
        "match, first time, s": round(by_match, 2),
        "assemble, names known, s": round(whole, 2),
        "assemble again, s": round(time.process_time() - started, 2),
        "the same again": float(again.services.keys() == network.services.keys() and again.numbers == network.numbers),
        "conflicts": len(network.conflicts),
    }
    print("\n".join(f"{name:28} {value}" for name, value in result.items()))
    return result


if __name__ == "__main__":
    main()
