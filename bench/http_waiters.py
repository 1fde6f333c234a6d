"""Many who wait for one thing, as a process of its own: `python -m bench.http_waiters PORT N`.

It connects and says so; reads a path, asks for it over every connection and says so; then prints how many were answered, and
the milliseconds from the first answer to the last, as JSON.
"""

import json
import resource
import select
import socket
import sys
import time

LONGEST_S = 30


def main(port: int, count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sockets = [socket.create_connection(("::1", port)) for _ in range(count)]
    print("connected", flush=True)
    path = sys.stdin.readline().strip()
    poll = select.epoll()
    by_fd = {s.fileno(): s for s in sockets}
    for fd, s in by_fd.items():
        s.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 2001:db8::{fd:x}\r\n\r\n".encode())
        poll.register(fd, select.EPOLLIN)
    print("sent", flush=True)
    good = 0
    first = last = 0.0
    while by_fd and (events := poll.poll(LONGEST_S)):
        last = time.monotonic()
        first = first or last
        for fd, _ in events:
            good += by_fd[fd].recv(64).startswith(b"HTTP/1.1 200 ")
            poll.unregister(fd)
            del by_fd[fd]
    print(json.dumps({"answered": good, "first_to_last_ms": round(1000 * (last - first), 1)}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
