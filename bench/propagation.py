"""From a change's arrival to all outputs: 3,000 services of 15,000 instances in 31 provinces.

`python -m bench.propagation [EVENTS]` (of each service, 270 are a week). A list or guide arrives as octets; it is read, and
the network made, saved and published as in a node; then each output is asked for over HTTP for the first time (without
sockets; packed, as browsers ask). Of each change: seconds from its arrival until it is published and until each output has
come, one after the other; CPU seconds; the longest that the event loop was kept from its work; which ETags stayed.
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

import httpx
from fastapi import FastAPI

from bench.nation import MONDAY_S, PROVINCES, programme_of_week
from yiwang.cli.process_tuning import tune_process
from yiwang.network.guide.schedule import Schedule
from yiwang.network.read_source import SourceDocument
from yiwang.network.rules import Decided
from yiwang.services.list_source import ListSource, _Known
from yiwang.services.network import Network
from yiwang.services.network_documents import NetworkDocuments
from yiwang.services.one_network import OneNetworkService
from yiwang.store.config_file import parse_config
from yiwang.store.database.database import Database
from yiwang.web.lists_app import ListsApp
from yiwang.web.network_api import network_router
from yiwang.xmltv.moment import moment_text

SYLLABLES = "安宁平阳江海山河城东西南北泰和兴华德永清长大丰金玉龙云天水石林州"
KINDS = "新闻 影视 生活 教育 少儿 体育 经济 法治 音乐 戏曲".split()
NATIONAL, LOCAL = 400, 84
"""Services that all provinces carry; those of one alone."""
WEEKS = 40
"""Different weeks of programmes."""
PACKED = {"accept-encoding": "gzip"}
OUTPUTS = {
    "list": "/dvbi/services.xml",
    "list of its region": "/dvbi/services.xml?region=CN-ZJ",
    "list of another": "/dvbi/services.xml?region=CN-JS",
    "playlist": "/playlist.m3u",
    "api": "/api/services?limit=500",
    "api of its region": "/api/services?region=CN-ZJ&limit=500",
    "api of another": "/api/services?region=CN-JS&limit=500",
    "schedule": "/dvbi/schedule?sid={sid}",
    "now and next": "/dvbi/schedule?sid={sid}&now_next=true",
    "guide window": "/api/guide?region=CN-ZJ",
    "XMLTV": "/guide.xml.gz",
}
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
        self.events, self.longest_s = events, 0.0
        self.figures: dict[str, object] = {}
        self.tags: dict[str, str] = {}
        self.stayed: dict[str, bool] = {}
        app = FastAPI()
        app.include_router(network_router(self.one))
        transport = httpx.ASGITransport(ListsApp(self.documents, app))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://node.invalid")
        self.regions = [region for region, _ in PROVINCES.values()]

    def tell(self, source: ListSource, url: str, document: SourceDocument) -> None:
        """Let a source have read a document."""
        source._documents = source._documents | {url: _Known(document)}  # as a refresh leaves it

    def read(self, at: int, octets: bytes, url: str = "") -> SourceDocument:
        source = self.one.sources[at]
        return source._read(octets, url or source.listing.url)

    def first(self) -> None:
        """Every province's list and guide; provinces have schedules of their own of the same programmes."""
        weeks = self.read(0, guide({f"c{n}": "" for n in range(WEEKS)}, self.events)).schedules
        octets = {key: schedule.to_bytes() for key, schedule in weeks.items()}
        for at, source in enumerate(self.one.sources):
            listed = channels(at)
            self.tell(source, source.listing.url, self.read(at, playlist(at, listed)))
            told = {key: Schedule.from_bytes(octets[f"c{int(key[1:]) % WEEKS}"]) for key in listed}
            self.tell(source, "guide", SourceDocument(schedules=told))

    async def ask(self, began: float) -> dict[str, float]:
        """Ask for each output; return when each had come, in seconds since ``began``."""
        came: dict[str, float] = {}
        services = self.one.published.network.services.values()
        sid = next(s.id for s in services if any(member.key == "c3" for member in s.members))
        for name, path in OUTPUTS.items():
            answer = await self.client.get(path.format(sid=sid), headers=PACKED)
            answer.raise_for_status()
            came[name] = round(time.perf_counter() - began, 2)
            self.stayed[name] = answer.headers["etag"] == self.tags.get(name)
            self.tags[name] = answer.headers["etag"]
            await asyncio.sleep(0)  # others have their turn between two requests
        return came

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.longest_s = max(self.longest_s, time.perf_counter() - before - 0.005)

    async def change(self, what: str, arrive: Callable[[], object]) -> None:
        """Measure one change: ``arrive`` reads it, in a thread."""
        self.longest_s = 0.0
        began, cpu = time.perf_counter(), time.process_time()
        before = self.one.published
        await asyncio.to_thread(arrive)
        read_s = time.perf_counter() - began
        self.one._changed.set()
        while self.one.published is before:
            await asyncio.sleep(0.005)
        made_s, made_cpu = time.perf_counter() - began, time.process_time() - cpu
        came = await self.ask(began)
        self.figures[what] = {
            "read": round(read_s, 2), "published": round(made_s, 2), **came,
            "cpu_published": round(made_cpu, 2), "cpu_all": round(time.process_time() - cpu, 2),
            "loop_waits": round(self.longest_s, 3), "etag_stays": [name for name, so in self.stayed.items() if so],
        }  # fmt: skip
        while not (self.one._indexed is self.one._stored is self.one.published):  # the next change is alone
            await asyncio.sleep(0.05)
        print(what, json.dumps(self.figures[what], ensure_ascii=False), file=sys.stderr, flush=True)


async def run(bench: Bench) -> None:
    """Keep the network as a node does, but for the reading of lists."""
    async with asyncio.TaskGroup() as group:
        group.create_task(bench.one._keep(group))


async def main(events: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), events)
        bench.first()
        tune_process()
        task, watching = asyncio.ensure_future(run(bench)), asyncio.ensure_future(bench.watch())
        source, url = bench.one.sources[10], bench.one.sources[10].listing.url
        listed = channels(10)

        def of_list(more: dict[str, str], without: str = "", at: str = "") -> Callable[[], None]:
            changed = {key: name for key, name in (listed | more).items() if key != without}
            octets = playlist(10, changed).replace(f"/{at}.m3u8".encode(), f"/{at}-2.m3u8".encode())
            return lambda: bench.tell(source, url, bench.read(10, octets))

        await bench.change("first", lambda: None)
        network = bench.one.published.network
        bench.figures["services"] = len(network.services)
        bench.figures["instances"] = sum(len(s.members) for s in network.services.values())
        await bench.change("address of a local service", of_list({}, at=f"c{NATIONAL + 845}"))
        await bench.change("address of a national service", of_list({}, at="c5"))
        await bench.change("both renamed", of_list({"c5": NAMES[5] + "超清", f"c{NATIONAL + 845}": "钱塘潮新闻"}))
        await bench.change("added", of_list({"c99999": "西溪湿地生活"}))
        await bench.change("removed", of_list({}, "c7"))
        for what, share in (
            ("guide, 2 %", 0.02),
            ("guide, 1 %", 0.01),
            ("guide, all titles", 1.0),
            ("guide, again", 0.02),
        ):
            octets = guide(listed, events, share)
            await bench.change(what, lambda octets=octets: bench.tell(source, "guide", bench.read(10, octets, "guide")))
        late = dict(source._documents["guide"].document.schedules)
        late["c3"] = late["c3"].shifted(600)
        await bench.change("one event late", lambda: bench.tell(source, "guide", SourceDocument(schedules=late)))
        decided = Decided(
            id=1,
            kind="number",
            about=(bench.one.listed_id(f"{source.listing.id}/c9"),),
            who="bench",
            at_s=NOW_S,
            number=77,
        )
        bench.one.decisions.decided = (decided,)
        await bench.change("a decision", bench.one._decided)
        task.cancel(), watching.cancel()
        return bench.figures | {"load": os.getloadavg()[0]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 270)), indent=1))
