"""The socket that a node listens on, bound before anything runs: whether it can be had is known at once."""

import errno
import os
import socket

from yiwang.base.errors import UsageError

VANISHED_MS = 60_000
"""A client that takes nothing for so long is disconnected: it holds media in memory that has left the window."""


def listen(host: str, port: int) -> socket.socket:
    """Bind the socket, dual stack for ``::``; UsageError, one line, when it cannot be had. Nobody is let in yet."""
    if host == "::" and not _has_ipv6():
        host = "0.0.0.0"
    if not 0 <= port <= 65535:
        raise UsageError(f"--port {port}: expected 0 to 65535")
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"--host {host}: not an address or name of this machine") from None
    family = address[0]
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MS)
        if family == socket.AF_INET6 and host == "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address[4])
    except OSError as error:
        sock.close()
        hint = "; is another yiwang running? choose another with --port" if error.errno == errno.EADDRINUSE else ""
        raise UsageError(f"cannot listen on {_authority(host, port)}: {os.strerror(error.errno or 0)}{hint}") from None
    sock.setblocking(False)
    return sock


def _has_ipv6() -> bool:
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def page_url(sock: socket.socket) -> str:
    """Give an address to open in a browser on this machine."""
    host, port = sock.getsockname()[:2]
    if host == "::":
        host = "localhost"
    elif host == "0.0.0.0":
        host = "127.0.0.1"
    return f"http://{_authority(host, port)}/"
