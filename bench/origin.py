"""Requests a second of the origin: playlists, parts and segments of one live channel, uvicorn with httptools and uvloop.

A client process keeps 32 connections busy; what it spends is its own core. ADR 11 compares servers with this.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.streams import stream_8_mbit

PORT = 8768
SECONDS = 6
CONNECTIONS = 32


async def fetch(path: str, until: float) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection("::1", PORT)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    count = octets = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        await reader.readexactly(length)
        count += 1
        octets += length
    writer.close()
    return count, octets


async def measure(name: str, path: str, node: psutil.Process) -> dict[str, object]:
    cpu = node.cpu_times()
    began = time.monotonic()
    results = await asyncio.gather(*(fetch(path, began + SECONDS) for _ in range(CONNECTIONS)))
    seconds = time.monotonic() - began
    after = node.cpu_times()
    spent = after.user + after.system - cpu.user - cpu.system
    requests, octets = (sum(column) for column in zip(*results, strict=True))
    return {
        "what": name,
        "requests_per_s": round(requests / seconds),
        "requests_per_cpu_s": round(requests / spent),
        "gbit_per_cpu_s": round(8 * octets / spent / 1e9, 2),
    }


async def main() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "c.toml"
        source = f"file:{stream_8_mbit()}?loop=1"
        config.write_text(f'[node]\nstate_dir = "{folder}/state"\n[[service]]\nid = "c0"\nsource = "{source}"\n')
        node = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yiwang.cli.main", "up", str(config), "--port", str(PORT)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await asyncio.sleep(15)
            process = psutil.Process(node.pid)
            base = "/live/c0/video"
            reader, writer = await asyncio.open_connection("::1", PORT)
            writer.write(f"GET {base}/index.m3u8 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            text = (await reader.read()).decode()
            writer.close()
            segment = [line for line in text.splitlines() if line.endswith(".m4s")][-1]
            part = text.rpartition("PART:DURATION=")[2].partition('URI="')[2].partition('"')[0]
            return [
                await measure("media playlist", f"{base}/index.m3u8", process),
                await measure("part", f"{base}/{part}", process),
                await measure("segment", f"{base}/{segment}", process),
            ]
        finally:
            node.terminate()
            await node.wait()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main()), indent=2))
