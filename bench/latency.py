"""Part latency of one live channel: from the arrival of a part's first picture to the part being fetchable.

The sender writes when it has sent each picture; a client waits for each part with blocking playlist reload and notes when
its octets are there. Late by = fetched - (first picture sent + part duration). Loopback, so sending is arriving.
`python -m bench.latency N`: N other channels in the same process keep it busy, as much as its CPU says.
"""

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from ipaddress import ip_address
from pathlib import Path

import httpx
import psutil

from bench.peers import GROUP_6
from bench.streams import stream_8_mbit
from yiwang.mpegts.demultiplexer import Demultiplexer, EsBlock
from yiwang.net.file_source import FileSource
from yiwang.net.multicast_sender import MulticastSender
from yiwang.net.source import TICK_MS
from yiwang.net.source_url import parse_source_url

GROUP, PORT, HTTP_PORT = "ff15::2:1", 5700, 8766
PARTS = 60
PIECES, DATAGRAM_OCTETS = 8, 7 * 188
"""A multiplexer sends evenly: what the file's pace brings at once goes in so many pieces, one after the other."""
PART = re.compile(r'#EXT-X-PART:DURATION=([\d.]+),URI="([^"]+)"')
WRAP = 1 << 33


async def send(path: Path, sent_at: dict[int, float]) -> None:
    """Send the file; note per picture (33-bit DTS) when its last packet left: when the next one's first does."""
    source = FileSource(parse_source_url(f"file:{path}?loop=1"))
    sender = MulticastSender(ip_address(GROUP), PORT, hops=0)
    demultiplexer = Demultiplexer(lambda pat, pmts: [s.elementary_pid for p in pmts.values() for s in p.streams][:1])
    await source.open()
    previous = None
    while block := await source.read():
        began, size = time.monotonic(), DATAGRAM_OCTETS * -(-len(block) // (DATAGRAM_OCTETS * PIECES))
        for n, at in enumerate(range(0, len(block), size)):
            await asyncio.sleep(began + n * TICK_MS / 1000 / PIECES - time.monotonic())
            sender.send(block[at : at + size])
            now = time.monotonic()
            for event in demultiplexer.feed(bytes(block[at : at + size])):
                for _, pts, dts, flags in event.marks.tolist() if isinstance(event, EsBlock) else ():
                    if flags & 1:
                        if previous is not None:
                            sent_at[previous] = now
                        previous = dts if dts >= 0 else pts


def first_dts(part: bytes) -> int:
    at = part.index(b"tfdt") + 8
    return int.from_bytes(part[at : at + 8], "big") % WRAP


async def receive(sent_at: dict[int, float], node: psutil.Process) -> tuple[list[float], float]:
    """Return how late each part was, ms, and the node's CPU in percent of a core meanwhile."""
    fetched: dict[str, float] = {}  # s since a part's first picture was sent, by URI
    durations: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=f"http://[::1]:{HTTP_PORT}", timeout=30) as client:
        base = "/live/c0/video"
        while True:
            await asyncio.sleep(0.3)
            try:
                if (await client.get(f"{base}/index.m3u8")).status_code == 200:
                    break
            except httpx.TransportError:
                continue  # it is starting
        await asyncio.sleep(4)
        began_at, cpu_before = time.monotonic(), sum(node.cpu_times()[:2])
        while len(fetched.keys() & durations.keys()) < PARTS:
            text = (await client.get(f"{base}/index.m3u8")).text
            durations |= {uri: float(duration) for duration, uri in PART.findall(text)}
            uri = text.rpartition('EXT-X-PRELOAD-HINT:TYPE=PART,URI="')[2].partition('"')[0]
            answer = await client.get(f"{base}/{uri}")  # waits until the part is there
            now = time.monotonic()
            if answer.status_code != 200:
                continue
            began = sent_at.get(first_dts(answer.content))
            if began is not None:
                fetched[uri] = now - began
    cpu = 100 * (sum(node.cpu_times()[:2]) - cpu_before) / (time.monotonic() - began_at)
    return [1000 * (seconds - durations[uri]) for uri, seconds in fetched.items() if uri in durations], cpu


async def main(beside: int = 0) -> dict[str, float]:
    path, others = stream_8_mbit(), None
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "c.toml"
        config.write_text(
            f'[node]\nstate_dir = "{folder}/state"\n[packaging]\nwindow = 20\n'
            + "".join(
                f'[[service]]\nid = "c{n}"\nsource = "udp://[{GROUP_6.format(n=n) if n else GROUP}]:{PORT}"\n'
                for n in range(beside + 1)
            )
        )
        node = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yiwang.cli.main", "up", str(config), "--port", str(HTTP_PORT)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        if beside:
            others = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.sender", str(path), str(beside), str(PORT), "0", "2")
            )
        sent_at: dict[int, float] = {}
        sending = asyncio.ensure_future(send(path, sent_at))
        try:
            late, cpu = await receive(sent_at, psutil.Process(node.pid))
        finally:
            sending.cancel()
            if others is not None:
                others.kill()
            node.terminate()
            await node.wait()
    late.sort()
    return {
        "channels_beside": beside,
        "cpu_percent": round(cpu, 1),
        "parts": len(late),
        "late_ms_p50": round(statistics.median(late), 1),
        "late_ms_p99": round(late[int(0.99 * len(late)) - 1], 1),
        "late_ms_max": round(late[-1], 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("beside", type=int, nargs="?", default=0)
    print(json.dumps(asyncio.run(main(parser.parse_args().beside)), indent=2))
