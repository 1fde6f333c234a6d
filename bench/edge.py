"""The load of a node while viewers grow behind `yiwang edge`: `python -m bench.edge`.

wrk's connections ask the edge (Debian's nginx) for the media playlist, the newest parts and segments, as fast as they are
answered; the node's CPU and the requests it was asked are taken from the kernel and from `/metrics`. wrk comes with
scripts/debian-packages.sh.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.origin import PORT as NODE_PORT
from bench.origin import get, segments
from bench.streams import stream_8_mbit

EDGE_PORT = 8770
SECONDS = 20
CONNECTIONS = (1, 100, 1000)
LUA = """
local paths = {{ {paths} }}
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", paths[n % #paths + 1])
end
"""


@dataclass
class Load:
    """``node_cpu_percent``: of a core, packaging included; 0 connections: what packaging alone takes."""

    connections: int
    viewers_requests_per_s: float
    node_requests_per_s: float
    node_cpu_percent: float
    errors: int


async def node_requests() -> int:
    """How often the node was asked for something of a channel."""
    text = (await get("/metrics")).decode()
    return sum(int(float(value)) for value in re.findall(r"^yiwang_requests_total\{[^}]*\} (\S+)", text, re.MULTILINE))


def wrk(connections: int, script: Path) -> tuple[float, int]:
    """Return requests a second, and how many were not answered well."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{SECONDS}s",
        "--timeout",
        "20s",
        "-s",
        str(script),
        f"http://[::1]:{EDGE_PORT}",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate, said
    return float(rate[1]), sum(map(int, re.findall(r"(?:connect|read|write|timeout|responses:) (\d+)", said)))


async def measure(connections: int, script: Path, node: psutil.Process) -> Load:
    asked, before = await node_requests(), node.cpu_times()
    if connections:
        rate, errors = await asyncio.to_thread(wrk, connections, script)
    else:
        await asyncio.sleep(SECONDS)
        rate, errors = 0.0, 0
    after = node.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return Load(
        connections=connections,
        viewers_requests_per_s=round(rate, 1),
        node_requests_per_s=round((await node_requests() - asked) / SECONDS, 1),
        node_cpu_percent=round(100 * spent / SECONDS, 2),
        errors=errors,
    )


async def main() -> list[Load]:
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: run scripts/debian-packages.sh")
    yiwang = [sys.executable, "-m", "yiwang.cli.main"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's workers are another user when root starts it
        config = folder / "c.toml"
        source = f"file:{stream_8_mbit()}?loop=1"
        config.write_text(f'[node]\nstate_dir = "{folder}/state"\n[[service]]\nid = "c0"\nsource = "{source}"\n')
        node = subprocess.Popen([*yiwang, "up", str(config), "--port", str(NODE_PORT)], stderr=subprocess.DEVNULL)
        edge = subprocess.Popen(
            [*yiwang, "edge", f"http://[::1]:{NODE_PORT}", "--port", str(EDGE_PORT), "--folder", str(folder / "edge")],
            stderr=subprocess.DEVNULL,
        )
        try:
            names = (await segments())[-3:]
            parts = [name.replace(".m4s", ".0.m4s") for name in names[-2:]]
            paths = [f"/live/c0/video/{name}" for name in ("index.m3u8", *parts, "index.m3u8", names[-1])]
            script = folder / "ask.lua"
            script.write_text(LUA.format(paths=", ".join(f'"{path}"' for path in paths)))
            process = psutil.Process(node.pid)
            return [await measure(connections, script, process) for connections in (0, *CONNECTIONS)]
        finally:
            for child in (edge, node):
                child.terminate()
                child.wait()


if __name__ == "__main__":
    print(json.dumps([asdict(load) for load in asyncio.run(main())], indent=1))
