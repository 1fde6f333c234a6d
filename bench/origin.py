"""The origin beside nginx: requests a second of a core, and ten thousand who wait at once.

nginx serves the same octets as files with sendfile, so it does nothing but HTTP. A client process keeps 32 connections
busy; what it spends is its own core, and both servers get one process. ADR 11 compares Python's servers with this.
"""

import asyncio
import json
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.streams import stream_8_mbit

PORT, NGINX_PORT = 8768, 8769
SECONDS = 6
CONNECTIONS = 32
WAITING = 10_000
NGINX = """
worker_processes 1; daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; root {folder}/www; client_body_temp_path {folder}/t;
  proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  types {{ application/vnd.apple.mpegurl m3u8; video/mp4 m4s; }}
  server {{ listen [::1]:{port}; }}
}}
"""


@dataclass
class Speed:
    what: str
    octets: int
    requests_per_cpu_s: int
    gbit_per_cpu_s: float
    nginx_requests_per_cpu_s: int
    ratio: float


@dataclass
class Waiting:
    """``kb_each``: memory beside an idle connection's; ``first_to_last_ms``: from the first answer to the last."""

    requests: int
    kb_each: float
    first_to_last_ms: float
    answered: int


async def fetch(port: int, path: str, until: float) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection("::1", port, limit=1 << 22)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    count = octets = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head[:16], (path, head[:100])
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        await reader.readexactly(length)
        count += 1
        octets += length
    writer.close()
    return count, octets


async def measure(port: int, path: str, process: psutil.Process) -> tuple[int, float]:
    """Return requests and Gbit in a second of the server's CPU."""
    cpu = process.cpu_times()
    until = time.monotonic() + SECONDS
    results = await asyncio.gather(*(fetch(port, path, until) for _ in range(CONNECTIONS)))
    after = process.cpu_times()
    spent = after.user + after.system - cpu.user - cpu.system
    requests, octets = (sum(column) for column in zip(*results, strict=True))
    return round(requests / spent), 8 * octets / spent / 1e9


async def get(path: str) -> bytes:
    reader, writer = await asyncio.open_connection("::1", PORT, limit=1 << 22)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


async def wait(process: psutil.Process) -> Waiting:
    """Let ten thousand wait for a segment that does not exist yet (blocking playlist reload)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * WAITING), hard))
    connections = []
    for _ in range(WAITING // 500):  # a backlog is not endless
        connections += await asyncio.gather(*(asyncio.open_connection("::1", PORT) for _ in range(500)))
    before = process.memory_info().rss
    text = (await get("/live/c0/video/index.m3u8")).decode()
    number = int([line for line in text.splitlines() if line.endswith(".m4s")][-1].partition(".")[0]) + 2
    request = f"GET /live/c0/video/index.m3u8?_HLS_msn={number} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _, writer in connections:
        writer.write(request)
    arrived: list[float] = []
    rss = 0

    async def answer(reader: asyncio.StreamReader) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        arrived.append(time.monotonic())
        return b" 200 " in head[:16]

    async def watch() -> None:
        nonlocal rss
        while not arrived:
            rss = max(rss, process.memory_info().rss)
            await asyncio.sleep(0.05)

    *good, _ = await asyncio.gather(*(answer(reader) for reader, _ in connections), watch())
    for _, writer in connections:
        writer.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    each = (rss - before) / 1024 / WAITING
    return Waiting(WAITING, round(each, 2), round(1000 * (max(arrived) - min(arrived)), 1), sum(map(bool, good)))


async def main() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "c.toml"
        source = f"file:{stream_8_mbit()}?loop=1"
        config.write_text(f'[node]\nstate_dir = "{folder}/state"\n[[service]]\nid = "c0"\nsource = "{source}"\n')
        node = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yiwang.cli.main", "up", str(config), "--port", str(PORT)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        (folder / "www").mkdir()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=NGINX_PORT))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        nginx = await asyncio.create_subprocess_exec(program, "-c", str(folder / "nginx.conf"), "-p", str(folder))
        try:
            await asyncio.sleep(15)
            base = "/live/c0/video"
            text = (await get(f"{base}/index.m3u8")).decode()
            segment = [line for line in text.splitlines() if line.endswith(".m4s")][-1]
            part = text.rpartition("PART:DURATION=")[2].partition('URI="')[2].partition('"')[0]
            speeds = []
            for what, uri in (("media playlist", "index.m3u8"), ("part", part), ("segment", segment)):
                octets = await get(f"{base}/{uri}")
                (folder / "www" / uri).write_bytes(octets)
                requests, gbit = await measure(PORT, f"{base}/{uri}", psutil.Process(node.pid))
                of_nginx, _ = await measure(NGINX_PORT, f"/{uri}", psutil.Process(nginx.pid))
                ratio = round(requests / of_nginx, 2)
                speeds.append(asdict(Speed(what, len(octets), requests, round(gbit, 2), of_nginx, ratio)))
            return {"speeds": speeds, "waiting": asdict(await wait(psutil.Process(node.pid)))}
        finally:
            for process in (node, nginx):
                process.terminate()
                await process.wait()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main()), indent=2))
