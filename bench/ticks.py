"""What a source's ticks cost and how late they make what is published, by the stream's time: `python -m bench.ticks [FILE]`.

The file's packets come as its PCR says, evenly or in bursts of 40 ms, to a source without a socket, at a moment that the
bench makes up; so the machine's load does not matter. Late is what is published at a tick against the same fed datagram
by datagram.
"""

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from bench.streams import stream_8_mbit
from yiwang.net.datagram_source import UdpSource
from yiwang.net.pump import Pump
from yiwang.net.source_url import DatagramSpec, parse_source_url
from yiwang.net.tick_length import SHORTEST_TICK_MS, TickLength
from yiwang.packaging.events import PackagerEvent, PartPublished, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

DATAGRAM = 7 * 188
NOW_90K = 1_700_000_000 * 90_000
PHASES = 5
Published = dict[tuple[str, int, int], float]


class SimulatedSource(UdpSource):
    """Receives what has come by a moment that it is told; its reader takes a block at once."""

    def __init__(self, octets: bytes, arrivals_ms: NDArray[np.float64]) -> None:
        spec = parse_source_url("udp://[ff15::1]:5000")
        assert isinstance(spec, DatagramSpec)
        super().__init__(spec, Pump())
        self._octets, self._arrivals_ms = octets, arrivals_ms
        self._received = 0
        self._sock = mock.Mock()
        self._tick = TickLength(1 << 20)
        self.now_ms = 0.0

    def _receive(self, sock: object) -> None:
        came = int(np.searchsorted(self._arrivals_ms, self.now_ms, "right")) * DATAGRAM
        new = self._octets[self._received : came]
        self._buffer[self._filled : self._filled + len(new)] = new
        self._filled, self._received = self._filled + len(new), came

    def tick(self) -> tuple[bytes, int]:
        """Return what the reader is given now, and in how many ms the next tick is."""
        with mock.patch("yiwang.net.wall_clock.monotonic_ms", return_value=int(self.now_ms)):
            wait_ms = self._drain()
        block = b""
        if self._filled and not self._is_held:
            block, self._filled = bytes(self._buffer[: self._filled]), 0
        return block, max(wait_ms // SHORTEST_TICK_MS, 1) * SHORTEST_TICK_MS


def arrivals(octets: bytes, burst_ms: int) -> NDArray[np.float64]:
    """Tell when each datagram has come whole: between PCRs evenly."""
    packets = np.frombuffer(octets, np.uint8).reshape(-1, 188)
    at = np.flatnonzero((packets[:, 3] & 0x20 > 0) & (packets[:, 4] > 0) & (packets[:, 5] & 0x10 > 0))
    pids = (packets[at, 1].astype(int) & 0x1F) << 8 | packets[at, 2]
    at = at[pids == np.bincount(pids).argmax()]
    head = packets[at].astype(np.int64)
    base = head[:, 6] << 25 | head[:, 7] << 17 | head[:, 8] << 9 | head[:, 9] << 1 | head[:, 10] >> 7
    last = np.arange(1, len(octets) // DATAGRAM + 1) * 7 - 1
    moments = np.interp(last, at, (base - base[0]) / 90)
    return np.ceil(moments / burst_ms) * burst_ms if burst_ms else moments


def note(published: Published, events: list[PackagerEvent], now_ms: float) -> None:
    for event in events:
        if isinstance(event, PartPublished):
            published.setdefault((event.track, event.number, event.index), now_ms)
        elif isinstance(event, SegmentPublished):
            published.setdefault((event.track, event.number, -1), now_ms)


def at_once(octets: bytes, came_ms: NDArray[np.float64], settings: Settings) -> Published:
    packager, published = TransportPackager(None, settings), Published()
    for n, moment in enumerate(came_ms.tolist()):
        note(published, packager.feed(octets[n * DATAGRAM : (n + 1) * DATAGRAM], NOW_90K + round(moment * 90)), moment)
    return published


def at_ticks(
    octets: bytes, came_ms: NDArray[np.float64], settings: Settings, phase_ms: float
) -> tuple[Published, int, int]:
    """Return what was published when, and how many ticks and how many blocks there were."""
    packager, published, source = TransportPackager(None, settings), Published(), SimulatedSource(octets, came_ms)
    source.hold(packager.until_due_ms)
    source.now_ms = phase_ms
    ticks = blocks = 0
    while source.now_ms < came_ms[-1]:
        block, wait_ms = source.tick()
        ticks += 1
        if block:
            blocks += 1
            note(published, packager.feed(block, NOW_90K + round(source.now_ms * 90)), source.now_ms)
        source.now_ms += wait_ms
    return published, ticks, blocks


def measure(octets: bytes, burst_ms: int, part_ms: int) -> dict[str, object]:
    came_ms, settings = arrivals(octets, burst_ms), Settings(part_90k=part_ms * 90)
    best = at_once(octets, came_ms, settings)
    late: dict[str, list[float]] = defaultdict(list)
    ticks = blocks = 0
    for phase in range(PHASES):
        published, n_ticks, n_blocks = at_ticks(octets, came_ms, settings, phase * SHORTEST_TICK_MS / PHASES + 0.5)
        ticks, blocks = ticks + n_ticks, blocks + n_blocks
        for (track, number, index), moment in published.items():
            late[f"{track} {'parts' if index >= 0 else 'segments'}"].append(moment - best[track, number, index])
    seconds = PHASES * came_ms[-1] / 1000
    return {
        "burst_ms": burst_ms,
        "part_ms": part_ms,
        "ticks_per_s": round(ticks / seconds, 1),
        "blocks_per_s": round(blocks / seconds, 1),
        "late_ms_p50_p99_max": {
            of: [round(x) for x in (statistics.median(ms), np.percentile(ms, 99), max(ms))] for of, ms in late.items()
        },
    }


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else stream_8_mbit()
    stream = path.read_bytes()
    stream = stream[: len(stream) // DATAGRAM * DATAGRAM]
    for burst_ms in (0, 40):
        for part_ms in (500, 200):
            print(json.dumps(measure(stream, burst_ms, part_ms)), flush=True)
