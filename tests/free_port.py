"""Ports for those who cannot be told to take any."""

import os
import socket
from itertools import count

LOWEST, COUNT = 10_000, 20_000
"""Below what Linux gives to whoever does not mind (`net.ipv4.ip_local_port_range`): another test may be given one of these
before it is used."""

_tried = count(os.getpid() * 997)  # the workers of a test run begin far apart


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """Return a port that nobody has, and that nobody but a caller of this will take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        port = LOWEST + next(_tried) % COUNT
        with socket.socket(family, kind) as sock:
            try:
                sock.bind((host, port))
            except OSError:
                continue
            return port
