"""What a segment costs that is asked for as MPEG-TS: two seconds of picture and sound of one's bit rate, in four parts."""

import json
import time

import numpy as np

from yiwang.isobmff.chunk import cmaf_chunk
from yiwang.packaging.events import PeriodStarted
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager
from yiwang.packaging.ts_segment import programme, ts_segment
from yiwang.services.warm_up import made_up_television

RUNS = 30
SEGMENT_90K, PICTURE_90K = 180_000, 3600
FRAME = 341  # octets of AAC, 128 kbit/s


def run(rate_bps: int) -> dict[str, float]:
    """Multiplex; return milliseconds (the least), GB/s of media and how many more octets it has, in percent."""
    octets = made_up_television()
    packager = TransportPackager(None, Settings(segment_90k=90_000))
    events = packager.feed(octets, 9000) + packager.flush(0)
    tracks = programme(next(event for event in events if isinstance(event, PeriodStarted)).tracks)
    random = np.random.default_rng(1)
    size = rate_bps // 4 // 50 - 4
    pictures = [size.to_bytes(4, "big") + random.bytes(size) for _ in range(50)]
    frames = [random.bytes(FRAME) for _ in range(94)]
    video, audio = [], []
    for k in range(4):
        some = pictures[k * 13 : k * 13 + 13]
        n = len(some)
        sync = [k == 0 and i == 0 for i in range(n)]
        at = 7 * SEGMENT_90K + k * 13 * PICTURE_90K
        video.append(cmaf_chunk(k, 1, at, some, [PICTURE_90K] * n, [2 * PICTURE_90K] * n, sync))
        some = frames[k * 24 : k * 24 + 24]
        n = len(some)
        audio.append(cmaf_chunk(k, 2, 7 * 96_000 + k * 24 * 1024, some, [1024] * n, [0] * n, [True] * n))
    least, made = 1e9, b""
    for _ in range(RUNS):
        begin = time.perf_counter()
        made = ts_segment(7, tracks, [video, audio], SEGMENT_90K)
        least = min(least, time.perf_counter() - begin)
    media = sum(map(len, video + audio))
    return {
        "mbit_s": rate_bps / 1e6,
        "ms": round(least * 1e3, 2),
        "gb_s": round(media / least / 1e9, 2),
        "more_percent": round(100 * len(made) / media - 100, 2),
    }


def main() -> list[dict[str, float]]:
    return [run(rate_bps) for rate_bps in (4_000_000, 8_000_000, 20_000_000)]


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
