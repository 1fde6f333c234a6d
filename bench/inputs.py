"""What watching costs: a spare source, merged copies, a look at the picture. ``python -m bench.inputs``"""

import struct
import sys
from math import nan
from pathlib import Path
from time import process_time

from tests.packaging import television as tv

from yiwang.net.rtp_merge import RtpMerge
from yiwang.net.rtp_reorder import RtpReorder
from yiwang.services.source_watch import SourceWatch

PAYLOAD_OCTETS = 7 * 188


def watch(octets: bytes, rounds: int) -> float:
    """Return the seconds that a watch needs for a second of 10 Mbit/s."""
    source_watch = SourceWatch(None, 10, 1000, 0)
    source_watch.feed(octets, 0)
    block = 188 * 266  # 40 ms
    began, fed, now_ms = process_time(), 0, 0
    for _ in range(rounds):
        for at in range(0, len(octets), block):
            now_ms += 40
            source_watch.feed(octets[at : at + block], now_ms)
            if now_ms % 120 == 0:
                source_watch.finding(now_ms)
            fed += len(octets[at : at + block])
    return (process_time() - began) / fed * 1_250_000


def merge(n_packets: int) -> tuple[float, float]:
    """Return microseconds for a packet of one path alone, and of two copies."""
    packets = [
        memoryview(struct.pack("!BBHII", 0x80, 33, n & 0xFFFF, n, 1) + b"\x47" * PAYLOAD_OCTETS)
        for n in range(n_packets)
    ]
    reorder, both = RtpReorder(), RtpMerge(2, 50)
    began = process_time()
    for packet in packets:
        reorder.feed(packet, 0)
        reorder.ready.clear()
    alone = process_time() - began
    began = process_time()
    for n, packet in enumerate(packets):
        if n % 100:
            both.feed(0, packet, 0)
        both.feed(1, packet, 0)
        both.ready.clear()
    return 1e6 * alone / n_packets, 1e6 * (process_time() - began) / n_packets


def look(path: Path) -> tuple[float, float]:
    """Return milliseconds of a look at the first key frame of a file, and at half a second of its sound."""
    from tests.services.hand_fed import Feeder, network

    from yiwang.media.look import decode_key_frame, decode_sound

    octets = path.read_bytes()[: 12 << 20] if path.is_file() else tv.stream(8, gop=25)
    channel = network(Path("/tmp") / "yiwang-bench", "one").channels["one"]
    feeder = Feeder(octets, channel, length_s=20)
    feeder.seconds(20)
    found: list[float] = []
    for kind in ("video", "audio"):
        tracks = [track for track in channel.presentation.tracks.values() if track.header.config.kind == kind]
        segment = next((s for track in tracks for s in track.listed if s.whole and s.independent), None)
        if segment is None:
            found.append(nan)
            continue
        init, chunks = segment.header.init, [part.data for part in segment.parts[:2]]
        times = []
        for _ in range(10):
            began = process_time()
            if kind == "video":
                decode_key_frame(init, chunks[0])
            else:
                decode_sound(init, chunks)
            times.append(process_time() - began)
        print(f"  {kind}: {segment.header.config.codec} {segment.header.config.width}x{segment.header.config.height}")
        found.append(1000 * sorted(times)[5])
    return found[0], found[1]


def main() -> None:
    """Print the table."""
    cost = watch(tv.stream(12, gop=25), 50)
    print(f"watching a spare source of 10 Mbit/s: {100 * cost:.2f} % of a core")
    alone, merged = merge(100_000)
    print(f"a packet of one RTP path {alone:.2f} µs; of two copies, merged {merged:.2f} µs")
    for name in sys.argv[1:] or [""]:
        video_ms, audio_ms = look(Path(name))
        print(f"a look: key frame {video_ms:.1f} ms, half a second of sound {audio_ms:.1f} ms")


if __name__ == "__main__":
    main()
