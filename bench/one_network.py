"""The guide of the synthetic nation (`bench.nation`): read, merged, updated, written; xmltv's `tv_cat`, `tv_merge` beside it.

Every part runs in processes of its own, so that a peak of memory is that part's. CPU time is user and system of all its
processes; wall time is shown with it, on a machine that may do other things at the same time.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.nation import PROVINCES, instances, write_guide, write_nation
from bench.streams import FOLDER
from yiwang.network.guide import Part, Schedule, merge, update
from yiwang.network.guide.from_xmltv import PIECE_OCTETS, XmltvSchedules
from yiwang.network.to_xmltv import xmltv_pieces
from yiwang.xmltv.guide import Channel, Text

NATION = FOLDER / "nation"
STORE = FOLDER / "nation-store"
PROCESSES = 2
TOOL_CHANNELS = 40
"""Of one province: what xmltv's programs are given, as they take a minute for a whole one."""
EXPORT_CHANNELS = 2000


@dataclass
class Cost:
    wall_s: float
    cpu_s: float
    peak_mb: float  # of all processes together, each at its own peak
    events: int
    result: Any = None

    @property
    def cpu_us_per_event(self) -> float:
        return self.cpu_s / max(1, self.events) * 1e6


def _rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measured(job: tuple[Callable[..., tuple[int, Any]], tuple[Any, ...]]) -> tuple[float, float, int, Any]:
    function, arguments = job
    before = time.process_time()
    events, result = function(*arguments)
    return time.process_time() - before, _rss_mb(), events, result


def measure(function: Callable[..., tuple[int, Any]], shares: list[tuple[Any, ...]]) -> Cost:
    """Run a function on each share in a process of its own, PROCESSES at a time; the kernels are compiled before."""
    with ProcessPoolExecutor(min(PROCESSES, len(shares)), mp_context=get_context("spawn"), initializer=_warm) as pool:
        list(pool.map(_nothing, range(16)))  # each has started and loaded its kernels
        began = time.perf_counter()
        costs = list(pool.map(_measured, [(function, share) for share in shares]))
        wall_s = time.perf_counter() - began
    peaks = sorted((peak for _, peak, _, _ in costs), reverse=True)[:PROCESSES]
    return Cost(wall_s, sum(c for c, *_ in costs), sum(peaks), sum(c[2] for c in costs), [c[3] for c in costs])


def _nothing(_: int) -> None:
    time.sleep(0.05)


def _warm() -> None:
    """Load every kernel from the cache."""
    path = FOLDER / "warm.xml"
    if not path.exists():
        write_guide(path, 33, channels=2)
    first = list(read_file(path).values())
    whole = merge([Part(schedule=first[0], source="a"), Part(schedule=first[1], source="b")])
    merge([Part(schedule=first[0], fresh=True), Part(schedule=first[1])])
    update(whole, first[0])
    Schedule.from_bytes(whole.to_bytes())
    sum(map(len, xmltv_pieces([], [("a", whole)])))


def read_file(path: Path) -> dict[str, Schedule]:
    reader = XmltvSchedules()
    with path.open("rb") as file:
        while octets := file.read(PIECE_OCTETS):
            reader.feed(octets)
    reader.flush()
    return reader.schedules()


class Region:
    """A province's schedules as a store keeps them: octets by channel, one file."""

    def __init__(self, code: int) -> None:
        self._path = STORE / f"{code}.guide"
        self._places: dict[str, tuple[int, int]] = pickle.loads((STORE / f"{code}.places").read_bytes())

    def octets(self, channel: str) -> bytes:
        place, size = self._places[channel]
        with self._path.open("rb") as file:
            return os.pread(file.fileno(), size, place)

    @staticmethod
    def write(code: int | str, schedules: dict[str, Schedule]) -> int:
        places, at = {}, 0
        with (STORE / f"{code}.guide").open("wb") as file:
            for channel, schedule in schedules.items():
                octets = schedule.to_bytes()
                places[channel] = at, len(octets)
                at += len(octets)
                file.write(octets)
        (STORE / f"{code}.places").write_bytes(pickle.dumps(places))
        return at


def read_province(code: int) -> tuple[int, int]:
    schedules = read_file(NATION / f"{code}.xml")
    return sum(map(len, schedules.values())), Region.write(code, schedules)


def groups() -> dict[str, list[Any]]:
    by_service: dict[str, list[Any]] = {}
    for instance in instances():
        by_service.setdefault(instance.service, []).append(instance)
    return by_service


def merge_share(share: int) -> tuple[int, dict[str, int]]:
    """Merge every PROCESSES-th service from the store, and write what comes out."""
    regions = {code: Region(code) for code in PROVINCES}
    events, merged, octets, at = 0, 0, [], 0
    with (STORE / f"merged-{share}.guide").open("wb") as file:
        for services in list(groups().values())[share::PROCESSES]:
            parts = [
                Part(schedule=Schedule.from_bytes(regions[one.province].octets(one.channel)), source=str(one.province))
                for one in services
            ]
            events += sum(len(part.schedule) for part in parts)
            schedule = merge(parts)
            merged += len(schedule)
            octets.append(schedule.to_bytes())
            if len(octets) == 64:
                at += file.write(b"".join(octets))
                octets.clear()
        at += file.write(b"".join(octets))
    return events, {"events": merged, "octets": at}


def update_region(code: int) -> tuple[int, dict[str, float]]:
    """Take a province's new guide: read it, tell what changed, merge anew the services that did, write those."""
    mine_all, by_service = [one.channel for one in instances() if one.province == code], list(groups().values())
    region, times, last = Region(code), {}, time.process_time()

    def lap(name: str) -> None:
        nonlocal last
        now = time.process_time()
        times[name], last = round(now - last, 3), now

    previous = {channel: Schedule.from_bytes(region.octets(channel)) for channel in mine_all}
    lap("load_previous_s")
    new = read_file(NATION / f"{code}-new.xml")
    lap("read_xmltv_s")
    updates = {channel: update(schedule, new[channel]) for channel, schedule in previous.items()}
    changed = {channel: one for channel, one in updates.items() if one.is_change}
    lap("update_s")
    written = sum(len(one.schedule.take(one.changed).to_bytes()) for one in changed.values())
    times["octets_written"], times["octets_of_all"] = (
        written,
        sum(len(one.schedule.to_bytes()) for one in updates.values()),
    )
    lap("write_changes_s")
    regions = {other: Region(other) for other in PROVINCES}
    for services in by_service:
        mine = [one for one in services if one.province == code and one.channel in changed]
        if mine:
            parts = [
                Part(
                    schedule=updates[one.channel].schedule
                    if one.province == code
                    else Schedule.from_bytes(regions[one.province].octets(one.channel)),
                    source=str(one.province),
                )
                for one in services
            ]
            merge(parts)
    lap("merge_anew_s")
    times["events_changed"] = sum(len(one.changed) for one in changed.values())
    return sum(map(len, new.values())), times


def export(count: int) -> tuple[int, dict[str, float]]:
    """Write the guide of ``count`` channels; the octets go nowhere."""
    region = {}
    for one in instances()[:count]:
        region[one.channel] = region.get(one.channel) or Schedule.from_bytes(Region(one.province).octets(one.channel))
    channels = [Channel(one.channel, (Text(one.name, "zh"),)) for one in instances()[:count]]
    rss, began = _rss_mb(), time.process_time()
    octets = sum(map(len, xmltv_pieces(channels, region.items())))
    cpu_s = time.process_time() - began
    events = sum(map(len, region.values()))
    return events, {
        "cpu_s": cpu_s,
        "mb": octets / 1e6,
        "more_memory_mb": _rss_mb() - rss,
        "us_per_event": cpu_s / events * 1e6,
    }


def ours_cat(paths: list[Path], out: Path) -> tuple[int, None]:
    """What `tv_cat` does: several files in, one out."""
    channels: dict[str, Channel] = {}
    schedules: dict[str, Schedule] = {}
    for path in paths:
        reader = XmltvSchedules()
        reader.feed(path.read_bytes())
        reader.flush()
        channels |= reader.channels
        for channel, schedule in reader.schedules().items():
            known = schedules.get(channel)
            schedules[channel] = (
                schedule if known is None else merge([Part(schedule=schedule), Part(schedule=known, priority=1)])
            )
    with out.open("wb") as file:
        for piece in xmltv_pieces(channels.values(), schedules.items()):
            file.write(piece)
    return sum(map(len, schedules.values())), None


def _tool(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def against_xmltv() -> dict[str, float]:
    """XMLTV in, XMLTV out, on the same files; the start of each program is part of it, of ours that of Python and numba too."""
    one, other, changed = (FOLDER / f"tools-{name}.xml" for name in ("33", "32", "33-new"))
    events_one = write_guide(one, 33, channels=TOOL_CHANNELS)
    events_other = write_guide(other, 32, channels=TOOL_CHANNELS)
    events_changed = write_guide(changed, 33, 0.02, channels=TOOL_CHANNELS)
    ours = [sys.executable, "-m", "bench.one_network"]
    figures: dict[str, float] = {}
    runs = {
        "cat": (["tv_cat", "--output", "OUT", str(one), str(other)], [one, other], events_one + events_other),
        "merge": (
            ["tv_merge", "-i", str(one), "-m", str(changed), "-o", "OUT"],
            [one, changed],
            events_one + events_changed,
        ),
    }
    for name, (command, files, events) in runs.items():
        out = FOLDER / f"tools-{name}.xml"
        tool = min(_tool([str(out) if word == "OUT" else word for word in command]) for _ in range(2))
        mine = min(_tool([*ours, "cat", str(out), *map(str, files)]) for _ in range(2))
        start = min(_tool([*ours, "cat", str(out)]) for _ in range(2))
        figures |= {
            f"{name}_events": events,
            f"tv_{name}_us_per_event": tool / events * 1e6,
            f"ours_{name}_us_per_event": mine / events * 1e6,
            f"ours_{name}_without_start_us_per_event": (mine - start) / events * 1e6,
            f"{name}_ratio": tool / mine,
            f"{name}_ratio_without_start": tool / (mine - start),
        }
    return figures


def run() -> dict[str, Any]:
    STORE.mkdir(parents=True, exist_ok=True)
    write_nation(NATION)
    write_guide(NATION / "33-new.xml", 33, 0.02)
    _warm()
    figures: dict[str, Any] = {}
    for name, function, shares in (
        ("read_xmltv", read_province, [(code,) for code in PROVINCES]),
        ("full_merge", merge_share, [(share,) for share in range(PROCESSES)]),
        ("one_region", update_region, [(33,)]),
        ("export", export, [(EXPORT_CHANNELS,)]),
    ):
        cost = measure(function, shares)
        figures[name] = asdict(cost) | {"cpu_us_per_event": cost.cpu_us_per_event}
        if name == "read_xmltv":
            figures[name]["result"] = sum(cost.result)
        print(name, json.dumps(figures[name]), file=sys.stderr, flush=True)
    figures["xmltv_util"] = against_xmltv()
    return figures


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "cat":
        ours_cat([Path(name) for name in sys.argv[3:]], Path(sys.argv[2]))
    else:
        print(json.dumps(run(), indent=2))
