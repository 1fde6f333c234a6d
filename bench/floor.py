"""What cannot be saved: N multicast streams received and each octet copied once into memory, nothing else.

`python -m bench.floor URL_FORMAT N`, as a process of its own: bench.density reads its CPU time.
"""

import selectors
import sys
import time

from yiwang.net.datagram_socket import receiving_socket
from yiwang.net.source_url import parse_source_url

TICK_S = 0.08
"""As the node's: what came in the meantime is taken at once."""
RING_OCTETS = 1 << 21
LARGEST = 1 << 16


def main(url_format: str, count: int) -> None:
    with selectors.DefaultSelector() as selector:
        for n in range(count):
            sock = receiving_socket(parse_source_url(url_format.format(n=n + 1)))  # type: ignore[arg-type]
            selector.register(sock, selectors.EVENT_READ, [bytearray(RING_OCTETS), 0])
        buffer = bytearray(LARGEST)
        view = memoryview(buffer)
        while True:
            time.sleep(TICK_S)
            for key, _ in selector.select(0):
                ring, at = key.data
                try:
                    while True:
                        octets = key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
                        if at + octets > RING_OCTETS:
                            at = 0
                        ring[at : at + octets] = view[:octets]
                        at += octets
                except BlockingIOError:
                    key.data[1] = at


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
