"""From nothing to the first segments of N channels that are on the air: `python -m bench.startup [N]`.

Kernels are compiled and cached, as `make setup` leaves them. A viewer of each channel asks for its playlist as soon as
anything listens, waits as the node tells it to, and fetches the first segment. Seconds count from the start of the process;
CPU is the process's own.
"""

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from bench.density import config, free_port
from bench.streams import stream_8_mbit

SEGMENT_S = 2.0
LONGEST_S = 30
HELP_RUNS = 7


@dataclass
class Startup:
    """``help_cpu_s``: of `yiwang --help`, the median. The rest is of `yiwang up`."""

    help_cpu_s: float
    channels: int
    listens_s: float
    listens_cpu_s: float
    sockets_s: float
    sockets_cpu_s: float
    first_segment_p50_s: float
    first_segment_p99_s: float
    first_segments_cpu_s: float
    goal_s: float
    load_average: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))


def help_cpu_s() -> float:
    """CPU of a command that only says what there is."""
    spent = []
    for _ in range(HELP_RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "yiwang.cli.main", "--help"], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sorted(spent)[HELP_RUNS // 2]


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def sockets(process: psutil.Process) -> int:
    folder = Path(f"/proc/{process.pid}/fd")
    return sum(os.readlink(folder / fd).startswith("socket:") for fd in os.listdir(folder))


async def get(port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("::1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0.02)


async def until_listens(port: int) -> None:
    while True:
        with socket.socket(socket.AF_INET6) as sock:
            if sock.connect_ex(("::1", port)) == 0:
                return
        await asyncio.sleep(0.02)


async def first_segment(port: int, channel: str) -> float:
    """Return the moment at which a viewer has the first segment."""
    while (await get(port, f"/live/{channel}/index.m3u8"))[0] != 200:
        await asyncio.sleep(0.1)
    _, playlist = await get(port, f"/live/{channel}/video/index.m3u8")
    name = next(line for line in playlist.decode().splitlines() if line.endswith(".m4s"))
    status, octets = await get(port, f"/live/{channel}/video/{name}")
    assert status == 200
    assert octets
    return time.monotonic()


async def run(count: int = 100) -> Startup:
    """Start a node and wait for all its channels."""
    spent_on_help = help_cpu_s()
    stream = stream_8_mbit()
    port, http_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    with tempfile.TemporaryDirectory() as name:
        path = config(Path(name), count, 20, port)
        sender = subprocess.Popen([sys.executable, "-m", "bench.sender", str(stream), str(count), str(port)])
        node = None
        try:
            await asyncio.sleep(5)
            began = time.monotonic()
            node = subprocess.Popen(
                [sys.executable, "-m", "yiwang.cli.main", "up", str(path), "--port", str(http_port)],
                stderr=subprocess.DEVNULL,
            )
            process = psutil.Process(node.pid)
            async with asyncio.timeout(LONGEST_S):
                await until_listens(http_port)
                listens, listens_cpu = time.monotonic() - began, cpu_s(process)
                viewers = [asyncio.ensure_future(first_segment(http_port, f"c{n}")) for n in range(count)]
                await until(lambda: sockets(process) > count)
                opened, opened_cpu = time.monotonic() - began, cpu_s(process)
                moments = sorted(moment - began for moment in await asyncio.gather(*viewers))
            return Startup(
                help_cpu_s=round(spent_on_help, 3),
                channels=count,
                listens_s=round(listens, 2),
                listens_cpu_s=round(listens_cpu, 2),
                sockets_s=round(opened, 2),
                sockets_cpu_s=round(opened_cpu, 2),
                first_segment_p50_s=round(moments[count // 2], 2),
                first_segment_p99_s=round(moments[min(count - 1, count * 99 // 100)], 2),
                first_segments_cpu_s=round(cpu_s(process), 2),
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
