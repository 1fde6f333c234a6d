"""One process and two workers, side by side on the same multicast: `python -m bench.workers [CHANNELS] [SECONDS]`.

CPU of all processes of each node, per channel; then what a playlist costs, CPU of all processes per request: over connections
that stay, over a new one each time, and over one that asks for channels of both workers in turn, as an edge's may.
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.density import config, cpu_s, free_port, get
from bench.streams import stream_8_mbit

REQUESTS = 3_000


def family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def until_live(port: int, count: int) -> None:
    """Wait for all channels; a machine that does something else takes its time."""
    for _ in range(180):
        time.sleep(1)
        try:
            channels = json.loads(get(port, "/api/channels"))["channels"]
        except OSError:
            continue
        if sum(channel["state"] == "live" for channel in channels) == count:
            return
    raise SystemExit("not all channels are live")


def ask(port: int, paths: list[str], *, stays: bool) -> None:
    """Ask for each path in turn, REQUESTS times in all."""
    sock = None
    for n in range(REQUESTS):
        if sock is None:
            sock = socket.create_connection(("::1", port))
        path = paths[n % len(paths)]
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        octets = b""
        while b"\r\n\r\n" not in octets:
            octets += sock.recv(65536)
        head, _, body = octets.partition(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            raise SystemExit(f"unexpected answer: {head[:200]!r}")
        missing = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]) - len(body)
        while missing:
            missing -= len(sock.recv(missing))
        if not stays:
            sock.close()
            sock = None
    if sock is not None:
        sock.close()


def main(count: int = 20, seconds: int = 20) -> dict[str, object]:
    started: list[subprocess.Popen[bytes]] = []
    port, ports = free_port(socket.SOCK_DGRAM), [free_port(socket.SOCK_STREAM) for _ in range(2)]
    with tempfile.TemporaryDirectory() as name:

        def start(*command: str) -> psutil.Process:
            started.append(subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.DEVNULL))
            return psutil.Process(started[-1].pid)

        try:
            nodes = []
            for workers, http_port in zip((1, 2), ports, strict=True):
                folder = Path(name) / str(workers)
                folder.mkdir()
                path = config(folder, count, 20, port)
                path.write_text(path.read_text().replace("[node]\n", f"[node]\nworkers = {workers}\n"))
                nodes.append(start("yiwang.cli.main", "up", str(path), "--port", str(http_port)))
            start("bench.sender", str(stream_8_mbit()), str(count), str(port))
            for http_port in ports:
                until_live(http_port, count)
            time.sleep(35)  # kernels are loaded, and what only that needed has been let go
            families = [family(node) for node in nodes]
            before, began = [cpu_s(of) for of in families], time.monotonic()
            time.sleep(seconds)
            passed_s = time.monotonic() - began
            spent = [100 * (cpu_s(of) - was) / passed_s for of, was in zip(families, before, strict=True)]
            main_alone = cpu_s(families[1][:1])
            requests: dict[str, list[float]] = {}
            one, other = "/live/c0/video/index.m3u8", "/live/c1/video/index.m3u8"  # of two workers
            for kind, paths, stays in (
                ("connections that stay", [one], True),
                ("a new connection each", [one], False),
                ("both workers' channels in turn", [one, other], True),
            ):
                for of, http_port, idle in zip(families, ports, spent, strict=True):
                    was, at = cpu_s(of), time.monotonic()
                    ask(http_port, paths, stays=stays)
                    busy_s = cpu_s(of) - was - idle / 100 * (time.monotonic() - at)
                    requests.setdefault(kind, []).append(round(1e6 * busy_s / REQUESTS, 1))
            return {
                "channels": count,
                "cpu_percent_per_channel": {
                    "1 process": round(spent[0] / count, 3),
                    "2 workers": round(spent[1] / count, 3),
                },
                "ratio": round(spent[1] / spent[0], 3),
                "main_process_cpu_s_so_far": round(main_alone, 2),
                "rss_mb": [[round(p.memory_info().rss / 1e6, 1) for p in of] for of in families],
                "us_per_playlist": {
                    kind: dict(zip(("1 process", "2 workers"), both, strict=False)) for kind, both in requests.items()
                },
            }
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait()


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:])), indent=2))
