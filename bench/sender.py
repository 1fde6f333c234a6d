"""A process of its own that sends one file to N groups, paced by its PCR: `python -m bench.sender FILE N FIRST_PORT`."""

import asyncio
import sys
from ipaddress import ip_address

from yiwang.net.file_source import FileSource
from yiwang.net.multicast_sender import MulticastSender
from yiwang.net.source_url import parse_source_url

GROUP = "ff15::1:{n:x}"  # hop limit 0: does not leave this machine


async def send(path: str, count: int, port: int) -> None:
    source = FileSource(parse_source_url(f"file:{path}?loop=1"))
    senders = [MulticastSender(ip_address(GROUP.format(n=n + 1)), port, hops=0) for n in range(count)]
    await source.open()
    while block := await source.read():
        for sender in senders:
            sender.send(block)


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
