"""What a channel's source costs over HLS and as one endless HTTP response. `python -m bench.hls_source`

A child process makes the same 8 Mbit/s as segments of two seconds and as a stream; what it spends is its own.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator

from tests.net.test_file_source import broadcast

from yiwang.net.make_source import make_source
from yiwang.net.pump import Pump
from yiwang.net.source_url import parse_source_url

PORT = 8772
SEGMENT_S, FRAMES_A_S = 2, 25
BIT_RATE_BPS = 8_000_000
LISTED = 6
WARM_UP_S, SECONDS = 6, 20


def segment(n: int) -> bytes:
    """The n-th two seconds."""
    packets = BIT_RATE_BPS // 8 // FRAMES_A_S // 188
    first_dts = (1000 + n * SEGMENT_S * 90_000) % (1 << 33)
    return b"".join(broadcast(SEGMENT_S * FRAMES_A_S, first_dts, packets_per_frame=packets - 4))


def playlist(newest: int) -> bytes:
    names = "".join(f"#EXTINF:{SEGMENT_S},\n{n}.ts\n" for n in range(max(newest - LISTED, 0), newest))
    head = f"#EXTM3U\n#EXT-X-TARGETDURATION:{SEGMENT_S}\n#EXT-X-MEDIA-SEQUENCE:{max(newest - LISTED, 0)}\n"
    return (head + names).encode()


def stream() -> Iterator[bytes]:
    for n in range(1 << 20):
        octets = segment(n)
        step = len(octets) * 40 // (1000 * SEGMENT_S)
        yield from (octets[at : at + step] for at in range(0, len(octets), step))


async def serve() -> None:
    began = time.monotonic()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
                if path == "/stream.ts":
                    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                    for piece in stream():
                        writer.write(piece)
                        await writer.drain()
                        await asyncio.sleep(0.04)
                newest = LISTED + int((time.monotonic() - began) / SEGMENT_S)
                body = playlist(newest) if path.endswith("m3u8") else segment(int(path[1:-3]))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(answer, "::1", PORT)
    print("ready", flush=True)
    await server.serve_forever()


async def measure(name: str) -> dict[str, object]:
    """Read for SECONDS; the longest pause is what a reader waits for a block, on a machine that may be busy."""
    source = make_source(parse_source_url(f"http://[::1]:{PORT}/{name}"), Pump())
    await source.open()
    until = time.monotonic() + WARM_UP_S
    while time.monotonic() < until:
        await source.read()
    began, before, came = time.monotonic(), time.process_time(), source.bytes_received
    blocks, longest, last = 0, 0.0, began
    while last - began < SECONDS:
        await source.read()
        now = time.monotonic()
        blocks, longest, last = blocks + 1, max(longest, now - last), now
    cpu_s, passed = time.process_time() - before, last - began
    await source.close()
    return {
        "source": name,
        "mbit_s": round((source.bytes_received - came) * 8e-6 / passed, 2),
        "percent_of_a_core": round(100 * cpu_s / passed, 3),
        "blocks_a_second": round(blocks / passed, 1),
        "longest_pause_ms": round(1000 * longest),
        "faults": [fault.name for fault in source.drain_faults()],
    }


async def main() -> list[dict[str, object]]:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.hls_source", "serve"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        await server.stdout.readline()
        return [await measure(name) for name in ("live.m3u8", "stream.ts")]
    finally:
        server.terminate()
        await server.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve())
    else:
        print(json.dumps(asyncio.run(main()), indent=1))
