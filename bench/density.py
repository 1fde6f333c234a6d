"""CPU and memory of N live channels in one process, against what else does it, on the same multicast.

`python -m bench.density 20` against one ffmpeg a channel, all at once, so the machine's ups and downs hit all alike; with
`--whole-segments` the node makes no parts either, with `--hevc` the channels are of 36 Mbit/s. With `--apart` in turns,
each alone with the sender: an operator has the one or the other, and of forty processes none finds its code in the caches.
`python -m bench.density --series 1,10,50,100,200` is against all peers and the floor, a few channels of each, read by
viewers; it writes docs/density.json and docs/density.svg.
"""

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from bench.peers import FLOOR, GROUP_6, PEERS, Peer
from bench.plot import lines_svg
from bench.streams import hevc_36_mbit, stream_8_mbit

DOCS = Path(__file__).resolve().parent.parent / "docs"
MOST_OF_A_PEER = 10
"""In a series: so many channels of each peer tell what one costs."""


@dataclass
class Figures:
    """CPU in percent of a core; a peer's, and the floor's, of one channel."""

    channels: int
    seconds: float
    cpu_percent: float
    cpu_percent_per_channel: float
    peers_cpu_percent_per_channel: dict[str, float]
    ratios: dict[str, float]
    rss_mb: float
    media_window_mb: float
    beyond_window_mb_per_channel: float
    continuity_count_errors: int
    socket_overflows: int
    load_average: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))


def free_port(kind: socket.SocketKind) -> int:
    """Two runs at once must not hear each other."""
    with socket.socket(socket.AF_INET6, kind) as sock:
        sock.bind(("::1", 0))
        port: int = sock.getsockname()[1]
        return port


def config(folder: Path, count: int, window: int, port: int, *, parts: bool = True) -> Path:
    packaging = f"window = {window}\nlow_latency = {str(parts).lower()}\n"
    lines = [f'[node]\nstate_dir = "{folder}/state"\n[packaging]\n{packaging}']
    lines += [f'[[service]]\nid = "c{n}"\nsource = "udp://[{GROUP_6.format(n=n + 1)}]:{port}"\n' for n in range(count)]
    path = folder / "bench.toml"
    path.write_text("".join(lines))
    return path


def cpu_s(processes: Sequence[psutil.Process]) -> float:
    """Seconds of processes and of those that they have started."""
    everyone = [one for process in processes for one in (process, *process.children(recursive=True))]
    return sum(t.user + t.system for t in (p.cpu_times() for p in everyone))


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://[::1]:{port}{path}", timeout=5) as answer:
        return answer.read()


def run(
    count: int = 20,
    peers: Sequence[Peer] = PEERS[:1],
    peer_channels: int | None = None,
    *,
    floor: bool = False,
    read: bool = False,
    stream: Path | None = None,
    warm_up_s: int = 30,
    measure_s: int = 30,
    window: int = 20,
    parts: bool = True,
) -> Figures:
    """Run ``count`` channels, and beside them ``peer_channels`` (as many) of each peer, which make whole segments only."""
    of_each = min(count, peer_channels or count)
    started: list[subprocess.Popen[bytes]] = []
    port, http_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def start(command: list[str]) -> psutil.Process:
            started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
            return psutil.Process(started[-1].pid)

        def start_peer(peer: Peer, n: int) -> psutil.Process:
            (folder / peer.name / str(n)).mkdir(parents=True)
            return start(peer.command(n, folder / peer.name / str(n), port))

        try:
            up = [sys.executable, "-m", "yiwang.cli.main", "up", str(config(folder, count, window, port, parts=parts))]
            node = start([*up, "--port", str(http_port)])
            others = {peer.name: [start_peer(peer, n + 1) for n in range(of_each)] for peer in peers}
            shares = {peer.name: of_each for peer in peers}
            if floor:
                others[FLOOR.name], shares[FLOOR.name] = [start_peer(FLOOR, count)], count
            count_4 = of_each if any(peer.needs_ipv4 for peer in peers) else 0
            sender = [sys.executable, "-m", "bench.sender", str(stream or stream_8_mbit()), str(count), str(port)]
            start([*sender, str(count_4)])
            time.sleep(warm_up_s)
            if read:
                start([sys.executable, "-m", "bench.reader", str(http_port), str(count)])
            time.sleep(window)
            began, node_0 = time.monotonic(), cpu_s([node])
            others_0 = {name: cpu_s(processes) for name, processes in others.items()}
            time.sleep(measure_s)
            seconds = time.monotonic() - began
            cpu = 100 * (cpu_s([node]) - node_0) / seconds
            other_cpu = {n: 100 * (cpu_s(p) - others_0[n]) / seconds / shares[n] for n, p in others.items()}
            for name, processes in others.items():
                if any(not p.is_running() or p.status() == psutil.STATUS_ZOMBIE for p in processes):
                    raise SystemExit(f"{name}: a process has ended")
            channels = json.loads(get(http_port, "/api/channels"))["channels"]
            live = sum(c["state"] == "live" for c in channels)
            if live != count:
                raise SystemExit(f"only {live} of {count} channels are live: {channels[0]}")
            rss, media = node.memory_info().rss / 1e6, sum(c["memory_bytes"] for c in channels) / 1e6
            return Figures(
                channels=count,
                seconds=round(seconds, 1),
                cpu_percent=round(cpu, 2),
                cpu_percent_per_channel=round(cpu / count, 3),
                peers_cpu_percent_per_channel={n: round(c, 3) for n, c in other_cpu.items()},
                ratios={n: round(cpu / count / c, 3) for n, c in other_cpu.items() if c},
                rss_mb=round(rss, 1),
                media_window_mb=round(media, 1),
                beyond_window_mb_per_channel=round((rss - media) / count, 2),
                continuity_count_errors=sum(c["continuity_count_errors"] for c in channels),
                socket_overflows=sum(c["faults"].get("socket_overflow", 0) for c in channels),
            )
        finally:
            stop(started)


def stop(started: Sequence[subprocess.Popen[bytes]]) -> None:
    """End processes, and those that they have started."""
    for process in started:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
    for process in started:
        process.wait()


def peer_alone(peer: Peer, count: int, *, warm_up_s: int = 50, measure_s: int = 30) -> float:
    """Return what ``count`` processes of a peer take with nothing else but the sender: percent of a core, each."""
    port = free_port(socket.SOCK_DGRAM)
    started: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as name:

        def start(command: list[str]) -> psutil.Process:
            started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
            return psutil.Process(started[-1].pid)

        try:
            processes = []
            for n in range(count):
                folder = Path(name) / str(n)
                folder.mkdir()
                processes.append(start(peer.command(n + 1, folder, port)))
            count_4 = count if peer.needs_ipv4 else 0
            start([sys.executable, "-m", "bench.sender", str(stream_8_mbit()), str(count), str(port), str(count_4)])
            time.sleep(warm_up_s)
            before, began = cpu_s(processes), time.monotonic()
            time.sleep(measure_s)
            return 100 * (cpu_s(processes) - before) / (time.monotonic() - began) / count
        finally:
            stop(started)


def in_turns(count: int, rounds: int = 3) -> dict[str, object]:
    """Run the node and one ffmpeg a channel one after the other, some times over."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(run(count, ()))
        theirs.append(peer_alone(PEERS[0], count))
    node = [one.cpu_percent_per_channel for one in ours]
    return {
        "channels": count,
        "node_percent_per_channel": node,
        f"{PEERS[0].name}_percent_per_channel": [round(one, 3) for one in theirs],
        "ratio": round(sum(node) / sum(theirs), 3),
        "beyond_window_mb_per_channel": [one.beyond_window_mb_per_channel for one in ours],
        "load_average": [one.load_average for one in ours],
    }


def machine() -> dict[str, str]:
    """Facts of the machine, for whoever compares."""
    model = [line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    memory_gb = round(psutil.virtual_memory().total / 1e9)
    return {
        "processor": f"{len(model)} × {model[0]}" if model else platform.machine(),
        "memory": f"{memory_gb} GB",
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def series(counts: Sequence[int], stream: Path | None = None) -> list[Figures]:
    """Measure each count against all peers that are there; write the table and the picture as they grow."""
    peers = [peer for peer in PEERS if peer.is_there()]
    figures: list[Figures] = []
    for count in counts:
        figures.append(run(count, peers, MOST_OF_A_PEER, floor=True, read=True, stream=stream))
        print(json.dumps(asdict(figures[-1])), flush=True)
        table = {"machine": machine(), "series": [asdict(one) for one in figures]}
        (DOCS / "density.json").write_text(json.dumps(table, indent=1) + "\n")
        (DOCS / "density.svg").write_text(picture(figures))
    return figures


def picture(figures: Sequence[Figures]) -> str:
    """CPU and memory against the number of channels."""
    of = [one.channels for one in figures]
    lines = {"yiwang": [one.cpu_percent for one in figures]}
    for name in figures[0].peers_cpu_percent_per_channel:
        lines[name] = [one.channels * one.peers_cpu_percent_per_channel[name] for one in figures]
    memory = {"all": [one.rss_mb for one in figures], "media kept": [one.media_window_mb for one in figures]}
    return lines_svg(
        [("CPU, % of a core", of, lines), ("memory, MB", of, memory)],
        across="live channels of 8 Mbit/s",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("channels", type=int, nargs="?", default=20)
    parser.add_argument("--apart", action="store_true", help="the node and ffmpeg in turns")
    parser.add_argument("--series", help="numbers of channels, with commas between")
    parser.add_argument("--hevc", action="store_true", help="2160p50 HEVC at 36 Mbit/s")
    parser.add_argument("--whole-segments", action="store_true", help="no parts: what ffmpeg makes, and no more")
    options = parser.parse_args()
    if options.series:
        series([int(count) for count in options.series.split(",")])
    elif options.apart:
        print(json.dumps(in_turns(options.channels), indent=2))
    else:
        stream = hevc_36_mbit() if options.hevc else None
        figures = run(options.channels, stream=stream, parts=not options.whole_segments)
        print(json.dumps(asdict(figures), indent=2))
