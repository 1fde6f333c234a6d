"""What watching costs: a spare source, merged copies, a look at the picture. ``python -m bench.inputs [FILE]``"""

import asyncio
import struct
import sys
from math import nan
from pathlib import Path
from time import perf_counter, process_time

from tests.packaging import television as tv

from yiwang.media.looker import Looker
from yiwang.net.rtp_merge import RtpMerge
from yiwang.net.rtp_reorder import RtpReorder
from yiwang.services.source_watch import SourceWatch

PAYLOAD_OCTETS = 7 * 188
LAG_SAMPLES = 3000
LAG_SLEEP_S = 0.002


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


def pieces(path: Path) -> dict[str, tuple[bytes, list[bytes]]]:
    """Return header and first parts of a segment of a file's picture and sound, as a channel makes them."""
    from tests.services.hand_fed import Feeder, network

    octets = path.read_bytes()[: 12 << 20] if path.is_file() else tv.stream(8, gop=25)
    channel = network(Path("/tmp") / "yiwang-bench", "one").channels["one"]
    Feeder(octets, channel, length_s=20).seconds(20)
    found = {}
    for kind in ("video", "audio"):
        tracks = [track for track in channel.presentation.tracks.values() if track.header.config.kind == kind]
        segment = next((s for track in tracks for s in track.listed if s.whole and s.independent), None)
        if segment is not None:
            config = segment.header.config
            print(f"  {kind}: {config.codec} {config.width}x{config.height}")
            found[kind] = segment.header.init, [part.data for part in segment.parts[:2]]
    return found


def look(found: dict[str, tuple[bytes, list[bytes]]]) -> tuple[float, float]:
    """Return milliseconds of a look at a key frame, and at half a second of sound."""
    from yiwang.media.look import decode_key_frame, decode_sound

    medians = {"video": nan, "audio": nan}
    for kind, (init, chunks) in found.items():
        times = []
        for _ in range(10):
            began = process_time()
            if kind == "video":
                decode_key_frame(init, chunks[0])
            else:
                decode_sound(init, chunks)
            times.append(process_time() - began)
        medians[kind] = 1000 * sorted(times)[5]
    return medians["video"], medians["audio"]


async def lag(found: dict[str, tuple[bytes, list[bytes]]], looker: Looker | None) -> str:
    """Return how late an event loop is, and how much of that it did not wait for a processor, while ``looker`` looks.

    The machine's other work makes it wait for a processor (`/proc/self/schedstat`); what is left, it waited for Python.
    """
    picture, sound = found["video"], found["audio"]

    async def look_on() -> None:
        while looker is not None:
            await looker.look((picture[0], picture[1][0]), sound)

    def waited_ms() -> float:
        return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e6

    late, rest = [], []
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look_on())
        for _ in range(LAG_SAMPLES):
            began, waited = perf_counter(), waited_ms()
            await asyncio.sleep(LAG_SLEEP_S)
            late.append(1000 * (perf_counter() - began - LAG_SLEEP_S))
            rest.append(late[-1] - waited_ms() + waited)
        looking.cancel()
    late.sort()
    rest.sort()
    in_99 = LAG_SAMPLES * 99 // 100
    return (
        f"{late[in_99]:.1f} ms late (99 %), {late[-1]:.1f} at most; of it for Python {rest[in_99]:.1f}, {rest[-1]:.1f}"
    )


def main() -> None:
    """Print the table."""
    cost = watch(tv.stream(12, gop=25), 50)
    print(f"watching a spare source of 10 Mbit/s: {100 * cost:.2f} % of a core")
    alone, merged = merge(100_000)
    print(f"a packet of one RTP path {alone:.2f} µs; of two copies, merged {merged:.2f} µs")
    for name in sys.argv[1:] or [""]:
        found = pieces(Path(name))
        video_ms, audio_ms = look(found)
        print(f"a look: key frame {video_ms:.1f} ms, half a second of sound {audio_ms:.1f} ms")
        looker = Looker()
        for _ in range(3):
            print(f"event loop: {asyncio.run(lag(found, None))}")
            print(f"event loop, looking without a pause: {asyncio.run(lag(found, looker))}")
        looker.close()


if __name__ == "__main__":
    main()
