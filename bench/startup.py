"""From nothing to the first segments of N channels that are on the air: `python -m bench.startup [N]`.

Kernels and Python's bytecode are compiled and cached, as `make setup` leaves them. A viewer of each channel asks for its
playlist as soon as anything listens, waits as the node tells it to, and fetches the first segment. Seconds count from the start
of the process; CPU is the process's own. GOPs are of 2 s and begin evenly spread over them, so a channel that is received waits
up to 2 s, 1 s in the mean, for the picture that its first segment can begin with, and 2 s more for that segment's end; the
playlist's date tells when the node had that picture, so how long each wait was is told apart.
"""

import asyncio
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import psutil

from bench.density import config, free_port
from bench.peers import GROUP_6
from bench.streams import stream_8_mbit
from yiwang.net.datagram_socket import LARGEST_DATAGRAM, receiving_socket
from yiwang.net.source_url import DatagramSpec, parse_source_url

SEGMENT_S = 2.0
LONGEST_S = 120
HELP_RUNS = 7


@dataclass
class Startup:
    """``help_cpu_s``: of `yiwang --help`, the median. The rest is of `yiwang up`."""

    help_cpu_s: float
    channels: int
    sockets_s: float
    sockets_cpu_s: float
    listens_s: float
    listens_cpu_s: float
    all_loaded_s: float
    all_loaded_cpu_s: float
    first_picture_p50_s: float
    first_segment_p50_s: float
    first_segment_p99_s: float
    segment_after_picture_p50_s: float
    segment_after_picture_p99_s: float
    first_segments_cpu_s: float
    goal_s: float
    load_average: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))


def see_that_all_is_compiled() -> None:
    """Compiling bytecode is three times the rest of a start: measured by mistake, it hides all else."""
    for name in ("numpy", "fastapi", "sqlalchemy", "yiwang.web.beside_media"):
        spec = find_spec(name)
        if spec is None or spec.cached is None or not Path(spec.cached).exists():
            raise SystemExit(f"{name} is not compiled: python -m yiwang.services.warm_up")


def help_cpu_s() -> float:
    """CPU of a command that only says what there is."""
    spent = []
    for _ in range(HELP_RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "yiwang.cli.main", "--help"], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sorted(spent)[HELP_RUNS // 2]


async def is_on_air(count: int, port: int) -> None:
    """Wait for the channel that is sent last: the sender may take seconds to start."""
    spec = parse_source_url(f"udp://[{GROUP_6.format(n=count)}]:{port}")
    assert isinstance(spec, DatagramSpec)
    with receiving_socket(spec) as sock:
        await asyncio.get_running_loop().sock_recv(sock, LARGEST_DATAGRAM)


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def sockets(process: psutil.Process) -> int:
    found = 0
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            found += os.readlink(descriptor).startswith("socket:")
    return found


async def get(port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("::1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


@dataclass
class Moment:
    """``at_s`` on the monotonic clock; ``cpu_s``: what the node had spent by then."""

    at_s: float
    cpu_s: float


async def moment(process: psutil.Process, is_so: Callable[[], bool]) -> Moment:
    """Wait until something is so."""
    while not is_so():
        await asyncio.sleep(0.02)
    return Moment(time.monotonic(), cpu_s(process))


def listens(port: int) -> bool:
    with socket.socket(socket.AF_INET6) as sock:
        return sock.connect_ex(("::1", port)) == 0


@dataclass
class First:
    """Of a channel, on the monotonic clock: when its first picture had come, and when a viewer had its first segment."""

    picture_s: float
    segment_s: float


async def first_segment(port: int, channel: str) -> First:
    """Fetch a channel's first segment as soon as there is one; who comes so late that it has gone looks again."""
    while (await get(port, f"/live/{channel}/index.m3u8"))[0] != 200:
        await asyncio.sleep(0.1)
    status = 410
    while status == 410:
        playlist = (await must_get(port, f"/live/{channel}/video/index.m3u8")).decode()
        path = f"/live/{channel}/video/" + next(line for line in playlist.splitlines() if line.endswith(".m4s"))
        status, octets = await get(port, path)
    if status != 200 or not octets:
        raise SystemExit(f"{path}: {status} {octets[:200]!r}")
    now_s = time.monotonic()
    found = re.search(r"#EXT-X-PROGRAM-DATE-TIME:(.*)", playlist)
    assert found is not None
    return First(now_s - time.time() + datetime.fromisoformat(found[1]).timestamp(), now_s)


async def must_get(port: int, path: str) -> bytes:
    status, octets = await get(port, path)
    if status != 200:
        raise SystemExit(f"{path}: {status} {octets[:200]!r}")
    return octets


async def all_loaded(port: int, process: psutil.Process) -> Moment:
    """Wait for what is not the channels'."""
    await must_get(port, "/healthz")
    return Moment(time.monotonic(), cpu_s(process))


def at(shares: list[float], part: float) -> float:
    """Return a quantile."""
    return round(sorted(shares)[min(len(shares) - 1, int(len(shares) * part))], 2)


async def run(count: int = 100) -> Startup:
    """Start a node and wait for all its channels."""
    see_that_all_is_compiled()
    spent_on_help = help_cpu_s()
    stream = stream_8_mbit()
    port, http_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    with tempfile.TemporaryDirectory() as name:
        path = config(Path(name), count, 20, port)
        sender = subprocess.Popen(
            [sys.executable, "-m", "bench.sender", str(stream), str(count), str(port), "0", str(SEGMENT_S)]
        )
        node = None
        try:
            async with asyncio.timeout(LONGEST_S):
                await is_on_air(count, port)
            began = time.monotonic()
            node = subprocess.Popen(
                [sys.executable, "-m", "yiwang.cli.main", "up", str(path), "--port", str(http_port)],
                stderr=subprocess.DEVNULL,
            )
            process = psutil.Process(node.pid)
            async with asyncio.timeout(LONGEST_S):
                opening = asyncio.ensure_future(moment(process, lambda: sockets(process) > count))
                listening = await moment(process, lambda: listens(http_port))
                loading = asyncio.ensure_future(all_loaded(http_port, process))
                firsts = await asyncio.gather(*(first_segment(http_port, f"c{n}") for n in range(count)))
                first_segments_cpu = cpu_s(process)
                opened, loaded = await opening, await loading
            return Startup(
                help_cpu_s=round(spent_on_help, 3),
                channels=count,
                sockets_s=round(opened.at_s - began, 2),
                sockets_cpu_s=round(opened.cpu_s, 2),
                listens_s=round(listening.at_s - began, 2),
                listens_cpu_s=round(listening.cpu_s, 2),
                all_loaded_s=round(loaded.at_s - began, 2),
                all_loaded_cpu_s=round(loaded.cpu_s, 2),
                first_picture_p50_s=at([one.picture_s - began for one in firsts], 0.5),
                first_segment_p50_s=at([one.segment_s - began for one in firsts], 0.5),
                first_segment_p99_s=at([one.segment_s - began for one in firsts], 0.99),
                segment_after_picture_p50_s=at([one.segment_s - one.picture_s for one in firsts], 0.5),
                segment_after_picture_p99_s=at([one.segment_s - one.picture_s for one in firsts], 0.99),
                first_segments_cpu_s=round(first_segments_cpu, 2),
                goal_s=SEGMENT_S + 2,
            )
        finally:
            sender.kill()
            sender.wait()
            if node is not None:
                node.kill()
                node.wait()


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100))), indent=2))
