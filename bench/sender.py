"""A process of its own that sends one file to N groups, paced by its PCR.

`python -m bench.sender FILE N PORT [M [S]]`: to N groups of IPv6, and M of IPv4 for programs that know no other; one after
the other within S seconds, as the channels of a network do not begin their GOPs together.
"""

import asyncio
import sys
from collections import deque
from ipaddress import ip_address

from bench.peers import GROUP_4, GROUP_6
from yiwang.net.file_source import FileSource
from yiwang.net.multicast_sender import MulticastSender
from yiwang.net.source import TICK_MS
from yiwang.net.source_url import parse_source_url


async def send(path: str, count: int, port: int, count_4: int = 0, spread_s: float = 0) -> None:
    source = FileSource(parse_source_url(f"file:{path}?loop=1"))
    groups = [GROUP_6.format(n=n + 1) for n in range(count)] + [GROUP_4.format(n=n + 1) for n in range(count_4)]
    senders = [MulticastSender(ip_address(group), port, hops=0) for group in groups]
    late = [int(n * spread_s * 1000 / TICK_MS / len(senders)) for n in range(len(senders))]  # blocks
    blocks: deque[bytes] = deque(maxlen=max(late) + 1)  # the newest first
    await source.open()
    while block := await source.read():
        blocks.appendleft(bytes(block))
        for n, sender in zip(late, senders, strict=True):
            if n < len(blocks):
                sender.send(blocks[n])


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], *map(int, sys.argv[2:5]), *map(float, sys.argv[5:])))
