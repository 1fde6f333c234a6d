"""One path asked over N connections as fast as it is answered, as a process of its own.

`python -m bench.http_client PORT PATH CONNECTIONS SECONDS` prints requests and octets of bodies as JSON. Bodies are counted
and thrown away in the kernel (MSG_TRUNC), so that the servers, not this program, have the machine.
"""

import json
import select
import socket
import sys
import time

HEAD_OCTETS = 4096


class Connection:
    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("::1", port))
        self.request = request
        self.missing = 0
        self.socket.send(request)

    def read(self, room: bytearray) -> int:
        """Return the octets of a body whose last octet came, or -1."""
        if not self.missing:
            head, _, body = self.socket.recv(HEAD_OCTETS).partition(b"\r\n\r\n")
            if b" 200 " not in head[:16]:
                raise SystemExit(f"unexpected answer: {head[:200]!r}")
            self.length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            self.missing = self.length - len(body)
        else:
            self.missing -= self.socket.recv_into(room, min(self.missing, len(room)), socket.MSG_TRUNC)
        if self.missing:
            return -1
        self.socket.send(self.request)
        return self.length


def run(port: int, path: str, connections: int, seconds: float) -> tuple[int, int]:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n".encode()
    by_fd = {c.socket.fileno(): c for c in (Connection(port, request) for _ in range(connections))}
    poll = select.epoll()
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    room = bytearray(1 << 20)
    count = octets = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for fd, _ in poll.poll(1):
            length = by_fd[fd].read(room)
            if length >= 0:
                count += 1
                octets += length
    return count, octets


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))))
