"""CPU and memory of N live channels: yiwang in one process against one `ffmpeg -c copy` per channel.

Both receive the same multicast from the same sender at the same time, so the machine's ups and downs hit both alike.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.sender import GROUP
from bench.streams import stream_8_mbit

PORT = 5600
HTTP_PORT = 8765


@dataclass
class Figures:
    channels: int
    seconds: float
    yiwang_cpu_percent: float
    yiwang_cpu_percent_per_channel: float
    ffmpeg_cpu_percent_per_channel: float
    ratio: float
    yiwang_rss_mb: float
    media_window_mb: float
    beyond_window_mb_per_channel: float
    continuity_count_errors: int
    socket_overflows: int


def config(folder: Path, count: int, window: int) -> Path:
    lines = [f'[node]\nstate_dir = "{folder}/state"\n[packaging]\nwindow = {window}\n']
    lines += [f'[[service]]\nid = "c{n}"\nsource = "udp://[{GROUP.format(n=n + 1)}]:{PORT}"\n' for n in range(count)]
    path = folder / "bench.toml"
    path.write_text("".join(lines))
    return path


def ffmpeg(folder: Path, n: int) -> list[str]:
    (folder / f"f{n}").mkdir()
    url = f"udp://[{GROUP.format(n=n + 1)}]:{PORT}?fifo_size=100000&overrun_nonfatal=1"
    return [
        *("ffmpeg", "-v", "error", "-nostdin", "-i", url, "-map", "0:v", "-map", "0:a", "-c", "copy"),
        *("-bsf:a", "aac_adtstoasc", "-f", "hls"),
        *("-hls_time", "2", "-hls_list_size", "30", "-hls_segment_type", "fmp4", "-hls_flags", "delete_segments"),
        str(folder / f"f{n}" / "index.m3u8"),
    ]


def cpu_s(processes: list[psutil.Process]) -> float:
    return sum(t.user + t.system for t in (p.cpu_times() for p in processes))


def get(path: str) -> bytes:
    with urllib.request.urlopen(f"http://[::1]:{HTTP_PORT}{path}", timeout=5) as answer:
        return answer.read()


def run(count: int = 20, warm_up_s: int = 30, measure_s: int = 30, window: int = 20) -> Figures:
    stream = stream_8_mbit()
    started: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def start(command: list[str]) -> psutil.Process:
            started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
            return psutil.Process(started[-1].pid)

        try:
            node = start(
                [
                    sys.executable,
                    "-m",
                    "yiwang.cli.main",
                    "up",
                    str(config(folder, count, window)),
                    "--port",
                    str(HTTP_PORT),
                ]
            )
            peers = [start(ffmpeg(folder, n)) for n in range(count)]
            start([sys.executable, "-m", "bench.sender", str(stream), str(count), str(PORT)])
            time.sleep(warm_up_s + window)
            began, node_0, peers_0 = time.monotonic(), cpu_s([node]), cpu_s(peers)
            time.sleep(measure_s)
            seconds = time.monotonic() - began
            node_cpu = 100 * (cpu_s([node]) - node_0) / seconds
            peer_cpu = 100 * (cpu_s(peers) - peers_0) / seconds / count
            if not all(peer.is_running() and peer.status() != psutil.STATUS_ZOMBIE for peer in peers):
                raise SystemExit("an ffmpeg has ended")
            channels = json.loads(get("/api/channels"))["channels"]
            live = sum(c["state"] == "live" for c in channels)
            if live != count:
                raise SystemExit(f"only {live} of {count} channels are live: {channels[0]}")
            rss, media = node.memory_info().rss / 1e6, sum(c["memory_bytes"] for c in channels) / 1e6
            return Figures(
                count,
                round(seconds, 1),
                round(node_cpu, 2),
                round(node_cpu / count, 3),
                round(peer_cpu, 3),
                round(node_cpu / count / peer_cpu, 3),
                round(rss, 1),
                round(media, 1),
                round((rss - media) / count, 2),
                sum(c["continuity_count_errors"] for c in channels),
                sum(c["faults"].get("socket_overflow", 0) for c in channels),
            )
        finally:
            for process in started:
                process.kill()
            for process in started:
                process.wait()


if __name__ == "__main__":
    figures = run(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    print(json.dumps(asdict(figures), indent=2))
