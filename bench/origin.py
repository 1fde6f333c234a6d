"""The origin beside nginx: requests a second of a core, and ten thousand who wait at once.

nginx serves the same octets as files with sendfile, so it does nothing but HTTP. A client process keeps 32 connections
busy; what it spends is its own core, and both servers get one process (ADR 36).
"""

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.streams import stream_8_mbit

PORT, NGINX_PORT = 8768, 8769
SECONDS = 6
CONNECTIONS = 32
WAITING = 10_000
ENOUGH = 5
NGINX = """
worker_processes 1; daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; root {folder}/www;
  open_file_cache max=100; client_body_temp_path {folder}/t;
  proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  types {{ application/vnd.apple.mpegurl m3u8; video/mp4 m4s; }}
  server {{ listen [::1]:{port}; }}
}}
"""


@dataclass
class Speed:
    """``ratio``: requests a second of CPU, ours to nginx's."""

    what: str
    octets: int
    requests_per_cpu_s: int
    gbit_per_cpu_s: float
    us_per_request: float
    nginx_requests_per_cpu_s: int
    nginx_us_per_request: float
    ratio: float


@dataclass
class Waiting:
    """``kb_each``: memory beside an idle connection's; ``first_to_last_ms``: from the first answer to the last."""

    requests: int
    kb_each: float
    first_to_last_ms: float
    answered: int


async def measure(port: int, path: str, process: psutil.Process) -> tuple[float, float]:
    """Return microseconds of the server's CPU for a request, and Gbit in a second of it."""
    cpu = process.cpu_times()
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.http_client", str(port), path, str(CONNECTIONS), str(SECONDS)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await client.communicate()
    after = process.cpu_times()
    spent = after.user + after.system - cpu.user - cpu.system
    requests, octets = json.loads(output)
    return 1e6 * spent / requests, 8 * octets / spent / 1e9


async def get(path: str) -> bytes:
    reader, writer = await asyncio.open_connection("::1", PORT, limit=1 << 22)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


async def segments() -> list[str]:
    """Return the segments of the playlist, when there are enough to choose one from."""
    async with asyncio.timeout(120):
        while True:
            with contextlib.suppress(ConnectionError):
                lines = (await get("/live/c0/video/index.m3u8")).decode().splitlines()
                names = [line for line in lines if line.endswith(".m4s")]
                if len(names) >= ENOUGH:
                    return names
            await asyncio.sleep(0.5)


async def wait(process: psutil.Process) -> Waiting:
    """Let ten thousand wait for a segment that does not exist yet (blocking playlist reload), each with a head of its own."""
    crowd = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.http_waiters", str(PORT), str(WAITING)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    assert await crowd.stdout.readline() == b"connected\n"
    before = process.memory_info().rss
    number = int((await segments())[-1].partition(".")[0]) + 2
    crowd.stdin.write(f"/live/c0/video/index.m3u8?_HLS_msn={number}\n".encode())
    assert await crowd.stdout.readline() == b"sent\n"
    await asyncio.sleep(0.2)
    each = (process.memory_info().rss - before) / 1024 / WAITING
    seen = json.loads(await crowd.stdout.readline())
    await crowd.wait()
    return Waiting(WAITING, round(each, 2), seen["first_to_last_ms"], seen["answered"])


async def main() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "c.toml"
        source = f"file:{stream_8_mbit()}?loop=1"
        packaging = "part_duration = 0.2\nwindow = 60"
        service = f'[[service]]\nid = "c0"\nsource = "{source}"'
        config.write_text(f'[node]\nstate_dir = "{folder}/state"\n[packaging]\n{packaging}\n{service}\n')
        node = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yiwang.cli.main", "up", str(config), "--port", str(PORT)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        (folder / "www").mkdir()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=NGINX_PORT))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        nginx = await asyncio.create_subprocess_exec(program, "-c", str(folder / "nginx.conf"), "-p", str(folder))
        try:
            segment = (await segments())[-3]
            base = "/live/c0/video"
            text = (await get(f"{base}/index.m3u8")).decode()
            part = text.rpartition("PART:DURATION=")[2].partition('URI="')[2].partition('"')[0]
            speeds = []
            for what, uri in (("media playlist", "index.m3u8"), ("part", part), ("segment", segment)):
                octets = await get(f"{base}/{uri}")
                (folder / "www" / uri).write_bytes(octets)
                ours, gbit = await measure(PORT, f"{base}/{uri}", psutil.Process(node.pid))
                of_nginx, _ = await measure(NGINX_PORT, f"/{uri}", psutil.Process(nginx.pid))
                speed = Speed(
                    what=what,
                    octets=len(octets),
                    requests_per_cpu_s=round(1e6 / ours),
                    gbit_per_cpu_s=round(gbit, 2),
                    us_per_request=round(ours, 1),
                    nginx_requests_per_cpu_s=round(1e6 / of_nginx),
                    nginx_us_per_request=round(of_nginx, 1),
                    ratio=round(of_nginx / ours, 2),
                )
                speeds.append(asdict(speed))
            return {"speeds": speeds, "waiting": asdict(await wait(psutil.Process(node.pid)))}
        finally:
            for process in (node, nginx):
                process.terminate()
                await process.wait()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main()), indent=2))
