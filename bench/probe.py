"""`yiwang probe FILE` against `ffprobe -show_packets` on the same file, and what measuring costs a live channel.

Processor time, not wall time: another program on the machine changes it less. The files are read once before, so that they
lie in the page cache; the runs of the two take turns, and the best of each counts.
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.streams import FOLDER, multiplex_50_mbit, stream_8_mbit
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager
from yiwang.services.probe import Probe

RUNS = 5
LONG_MINUTES = 8
YIWANG = [sys.executable, "-m", "yiwang.cli.main"]
PROBE = [*YIWANG, "probe", "--json"]
FFPROBE = ["ffprobe", "-v", "error", "-show_packets"]
BLOCK_MS = 40
BLOCK_OCTETS = 188 * 8192


@dataclass
class OfFile:
    """One file; the whole command is the start of Python with it."""

    megabytes: float
    probe_cpu_s: float
    probe_mb_per_s: float
    probe_mb_per_s_running: float  # without its start
    ffprobe_cpu_s: float
    ffprobe_mb_per_s: float
    ratio: float  # the whole command against the whole ffprobe
    ratio_of_wall_time: float


@dataclass
class Figures:
    probe_start_cpu_s: float  # the command on a file of a few packets
    help_cpu_s: float  # yiwang --help
    files: list[OfFile]
    seconds_of_stream: float
    multiplex_percent_of_core: float  # demultiplexer, all streams gathered, and monitor, at the multiplex's own pace
    channel_percent_of_core: float  # the core of a live channel of 8 Mbit/s without the monitor, in blocks of 40 ms
    monitor_percent_of_core: float  # what the monitor adds
    buffers_percent_of_core: float  # what a decoder's buffers add to that


def cost(command: list[str]) -> tuple[float, float]:
    """Processor and wall seconds of a command; Python keeps its bytecode, as it does where it is installed."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(FOLDER / "pycache")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=environment)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - began


def demultiplex(octets: bytes) -> float:
    """Seconds of processor to demultiplex and measure."""
    streams: set[int] = set()

    def select(_pat, pmts):
        return {s.elementary_pid for pmt in pmts.values() for s in pmt.streams}

    demultiplexer = Demultiplexer(select, monitor=Monitor())
    size = 50_000_000 // 8 * BLOCK_MS // 1000 // 188 * 188
    blocks = [octets[at : at + size] for at in range(0, len(octets), size)]
    began = time.process_time()
    for block in blocks:
        streams.update(e.pid for e in demultiplexer.feed(block) if hasattr(e, "es"))
    used = time.process_time() - began
    if len(streams) != 12:
        raise SystemExit(f"{len(streams)} streams of 12")
    return used


def package(octets: bytes, monitor: Monitor | None) -> float:
    """Seconds of processor to package a live channel."""
    size = 8_000_000 // 8 * BLOCK_MS // 1000 // 1316 * 1316
    blocks = [octets[at : at + size] for at in range(0, len(octets), size)]
    packager = TransportPackager(None, Settings(segment_90k=180_000, part_90k=45_000, live=True), None, monitor)
    began = time.process_time()
    for n, block in enumerate(blocks):
        packager.feed(block, 90_000 * 1_700_000_000 + 90 * BLOCK_MS * n)
        packager.drain_faults()
    return time.process_time() - began


def seconds_of(path: Path) -> float:
    probe = Probe()
    with path.open("rb") as file:
        while block := file.read(BLOCK_OCTETS):
            probe.feed(block)
    return probe.report().duration_s or 0.0


def compare(path: Path, start_s: float) -> OfFile:
    """Probe a file with both, in turns."""
    columns = zip(*((*cost([*PROBE, str(path)]), *cost([*FFPROBE, str(path)])) for _ in range(RUNS)), strict=True)
    probe_s, probe_wall_s, ffprobe_s, ffprobe_wall_s = (min(column) for column in columns)
    megabytes = path.stat().st_size / 1e6
    return OfFile(
        megabytes=round(megabytes, 1),
        probe_cpu_s=round(probe_s, 3),
        probe_mb_per_s=round(megabytes / probe_s),
        probe_mb_per_s_running=round(megabytes / max(probe_s - start_s, 0.01)),
        ffprobe_cpu_s=round(ffprobe_s, 3),
        ffprobe_mb_per_s=round(megabytes / ffprobe_s),
        ratio=round(ffprobe_s / probe_s, 2),
        ratio_of_wall_time=round(ffprobe_wall_s / probe_wall_s, 2),
    )


def run() -> Figures:
    path, one = multiplex_50_mbit(), stream_8_mbit()
    octets = path.read_bytes()
    small = path.with_name("small.ts")
    small.write_bytes(octets[: 188 * 100])
    for _ in range(2):
        cost([*PROBE, str(small)])  # compiles, and knows the machine code from then on
    start_s = min(cost([*PROBE, str(small)])[0] for _ in range(RUNS))
    help_s = min(cost([*YIWANG, "--help"])[0] for _ in range(RUNS))
    part = path.with_name("50mbit-100-MB.ts")
    part.write_bytes(octets[: 100_000_000 // 188 * 188])
    files = [compare(file, start_s) for file in (part, path, multiplex_50_mbit(LONG_MINUTES))]
    seconds = seconds_of(path)
    demultiplex(octets[: 188 * 100_000])
    demultiplex_s = min(demultiplex(octets) for _ in range(RUNS))
    live = one.read_bytes()
    live_s = len(live) / 1e6
    package(live, Monitor())
    package(live, Monitor(measures_buffers=True))
    runs = [
        (package(live, None), package(live, Monitor()), package(live, Monitor(measures_buffers=True)))
        for _ in range(3 * RUNS)
    ]
    without, with_monitor, with_buffers = (min(column) for column in zip(*runs, strict=True))
    return Figures(
        probe_start_cpu_s=round(start_s, 3),
        help_cpu_s=round(help_s, 3),
        files=files,
        seconds_of_stream=round(seconds, 1),
        multiplex_percent_of_core=round(100 * demultiplex_s / seconds, 2),
        channel_percent_of_core=round(100 * without / live_s, 3),
        monitor_percent_of_core=round(100 * (with_monitor - without) / live_s, 4),
        buffers_percent_of_core=round(100 * (with_buffers - with_monitor) / live_s, 4),
    )


if __name__ == "__main__":
    print(json.dumps(asdict(run()), indent=2))
