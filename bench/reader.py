"""One viewer of each channel, as a process of its own: `python -m bench.reader PORT N`: playlists and each new segment.

It asks as a player does that does not want low latency: once in a segment's duration, over one connection a channel.
"""

import asyncio
import sys

SEGMENT_S = 2.0


async def get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bytes:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
    return await reader.readexactly(length)


async def view(port: int, channel: str, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    reader, writer = await asyncio.open_connection("::1", port)
    seen: dict[str, str] = {}
    try:
        while True:
            for track in ("video", "audio"):
                playlist = (await get(reader, writer, f"/live/{channel}/{track}/index.m3u8")).decode()
                newest = [line for line in playlist.splitlines() if line.endswith(".m4s")][-1:]
                if newest and newest[0] != seen.get(track):
                    seen[track] = newest[0]
                    await get(reader, writer, f"/live/{channel}/{track}/{newest[0]}")
            await asyncio.sleep(SEGMENT_S)
    finally:
        writer.close()


async def main(port: int, count: int) -> None:
    await asyncio.gather(*(view(port, f"c{n}", SEGMENT_S * n / count) for n in range(count)))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
