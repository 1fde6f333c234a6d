"""From a change's arrival to all outputs: 3,000 services of 15,000 instances in 31 provinces.

`python -m bench.propagation [EVENTS]` (of each service, 270 are a week). A list or guide arrives as octets; it is read, and
the network made, saved and published as in a node; then everybody asks for every document. Seconds that passed, CPU
seconds of the process, and the longest that the event loop was kept from its work.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.nation import MONDAY_S, PROVINCES, programme_of_week
from yiwang.network.guide.schedule import Schedule
from yiwang.network.read_source import SourceDocument, read_source
from yiwang.services.list_source import ListSource, _Known
from yiwang.services.network import Network
from yiwang.services.network_documents import NetworkDocuments
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.xmltv.moment import moment_text

SYLLABLES = "安宁平阳江海山河城东西南北泰和兴华德永清长大丰金玉龙云天水石林州"
KINDS = "新闻 影视 生活 教育 少儿 体育 经济 法治 音乐 戏曲".split()
NATIONAL, LOCAL = 400, 84
"""Services that all provinces carry; those of one alone."""
WEEKS = 40
"""Different weeks of programmes."""
NOW_S = int(time.time())
SHIFT_S = NOW_S // 86_400 * 86_400 - MONDAY_S
"""The nation's week begins today: what is long over is not kept."""


def names() -> list[str]:
    """Return as many different names as there are services."""
    rng = random.Random(7)
    found: dict[str, None] = {}
    while len(found) < NATIONAL + LOCAL * len(PROVINCES):
        found["".join(rng.sample(SYLLABLES, 3)) + rng.choice(KINDS)] = None
    return list(found)


NAMES = names()


def channels(at: int) -> dict[str, str]:
    """Return a province's channels: key and name as it spells it."""
    rng = random.Random(at)
    local = NATIONAL + at * LOCAL
    mine = [*range(NATIONAL), *range(local, local + LOCAL)]
    return {f"c{n}": NAMES[n] + (rng.choice(("高清", "HD", "频道")) if rng.random() < 0.3 else "") for n in mine}


def playlist(at: int, listed: dict[str, str]) -> bytes:
    """Return a province's list as an M3U playlist."""
    rows = [f'#EXTINF:-1 tvg-id="{k}" tvg-chno="{n}",{name}\nhttp://p{at}.invalid/{k}.m3u8\n'
            for n, (k, name) in enumerate(listed.items(), 1)]  # fmt: skip
    return ("#EXTM3U\n" + "".join(rows)).encode()


def guide(listed: dict[str, str], events: int, changed: float = 0.0) -> bytes:
    """Return a province's guide as XMLTV; ``changed``: the share of titles that are others."""
    rng, rows = random.Random(1), ["<tv>\n"]
    for key in listed:
        for start, stop, title, kind, text in programme_of_week(f"w{int(key[1:]) % WEEKS}")[:events]:
            title = f"特别节目{rng.randrange(1000)}" if rng.random() < changed else title
            begin, end = moment_text(start + SHIFT_S), moment_text(stop + SHIFT_S)
            rows.append(f'<programme start="{begin}" stop="{end}" channel="{key}">\n'
                        f'  <title lang="zh">{title}</title>\n  <desc lang="zh">{text}</desc>\n'
                        f'  <category lang="zh">{kind}</category>\n</programme>\n')  # fmt: skip
    return ("".join(rows) + "</tv>\n").encode()


class Bench:
    """A node without media, whose sources are told by hand."""

    def __init__(self, folder: Path, events: int) -> None:
        text = f'[node]\nstate_dir = "{folder}"\n' + "".join(
            f'[[region]]\nid = "{region}"\nname = "{name}"\ncountries = ["CHN"]\n'
            f'[[listing]]\nid = "{region[3:].lower()}"\nurl = "http://p{at}.invalid/"\nregion = "{region}"\n'
            for at, (region, name) in enumerate(PROVINCES.values())
        )
        config = parse_config(text, "bench")
        self.one = OneNetworkService(Network(config, "bench"), Database.open(config.database_url))
        self.documents = NetworkDocuments(self.one, config.node.name)
        self.events, self.figures = events, {}  # type: ignore[var-annotated]
        self.longest_s = 0.0
        self.regions = [region for region, _ in PROVINCES.values()]

    def tell(self, source: ListSource, url: str, document: SourceDocument) -> None:
        """Let a source have read a document."""
        source._documents = source._documents | {url: _Known(document)}  # as a refresh leaves it

    def read(self, at: int, octets: bytes) -> SourceDocument:
        return read_source(self.one.sources[at].listing.id, octets, "auto", self.regions[at])

    def first(self) -> None:
        """Every province's list and guide; provinces have schedules of their own of the same programmes."""
        weeks = self.read(0, guide({f"c{n}": "" for n in range(WEEKS)}, self.events)).schedules
        octets = {key: schedule.to_bytes() for key, schedule in weeks.items()}
        for at, source in enumerate(self.one.sources):
            listed = channels(at)
            self.tell(source, source.listing.url, self.read(at, playlist(at, listed)))
            told = {key: Schedule.from_bytes(octets[f"c{int(key[1:]) % WEEKS}"]) for key in listed}
            self.tell(source, "guide", SourceDocument(schedules=told))

    def ask(self) -> None:
        """Ask for all there is."""
        for region in (None, *self.regions):
            self.documents.services(region)
            self.one.in_order(region or "")
        self.documents.playlist(None)
        self.documents.guide()
        for id_ in self.one.published.network.services:
            self.documents.schedule(id_, None, None, NOW_S, now_next=True)

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.longest_s = max(self.longest_s, time.perf_counter() - before - 0.005)

    async def change(self, what: str, arrive: Callable[[], None]) -> None:
        """Measure one change: ``arrive`` reads it, in a thread."""
        self.longest_s = 0.0
        began, cpu = time.perf_counter(), time.process_time()
        before = self.one.published
        await asyncio.to_thread(arrive)
        read_s = time.perf_counter() - began
        self.one._changed.set()
        while self.one.published is before:
            await asyncio.sleep(0.005)
        made_s = time.perf_counter() - began
        await asyncio.to_thread(self.ask)
        all_s = time.perf_counter() - began
        self.figures[what] = {
            "read_s": round(read_s, 2), "published_s": round(made_s, 2), "all_outputs_s": round(all_s, 2),
            "cpu_s": round(time.process_time() - cpu, 2), "loop_waits_s": round(self.longest_s, 3),
        }  # fmt: skip
        print(what, json.dumps(self.figures[what]), file=sys.stderr, flush=True)


async def run(bench: Bench) -> None:
    """Keep the network as a node does, but for the reading of lists."""
    async with asyncio.TaskGroup() as group:
        group.create_task(bench.one._keep(group))


async def main(events: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), events)
        bench.first()
        task, watching = asyncio.ensure_future(run(bench)), asyncio.ensure_future(bench.watch())
        source, url = bench.one.sources[10], bench.one.sources[10].listing.url
        listed = channels(10)

        def of_list(more: dict[str, str], without: str = "") -> Callable[[], None]:
            changed = {key: name for key, name in (listed | more).items() if key != without}
            return lambda: bench.tell(source, url, bench.read(10, playlist(10, changed)))

        await bench.change("first", lambda: None)
        network = bench.one.published.network
        bench.figures["services"] = len(network.services)
        bench.figures["instances"] = sum(len(s.members) for s in network.services.values())
        await bench.change("renamed", of_list({"c5": NAMES[5] + "超清", f"c{NATIONAL + 845}": "钱塘潮新闻"}))
        await bench.change("added", of_list({"c99999": "西溪湿地生活"}))
        await bench.change("removed", of_list({}, "c7"))
        octets = guide(listed, events, 0.02)
        await bench.change("guide, 2 %", lambda: bench.tell(source, "guide", bench.read(10, octets)))
        late = dict(source._documents["guide"].document.schedules)
        late["c3"] = late["c3"].shifted(600)
        await bench.change("one event late", lambda: bench.tell(source, "guide", SourceDocument(schedules=late)))
        task.cancel(), watching.cancel()
        return bench.figures | {"load": os.getloadavg()[0]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 270)), indent=1))
