"""Passes connections between processes of this node: the socket itself (SCM_RIGHTS), and the octets that were read of it."""

import array
import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable

MESSAGE_OCTETS = 60_000
"""Less than the smallest send buffer; more octets of one connection go in several messages, the last with the socket."""
AT_ONCE = 64
"""So many messages are taken before the event loop does something else."""
MOST_WAITING = 16_384
"""Messages that wait for the other process to take them; connections beyond that are closed."""


def passing_pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a way for connections."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class ConnectionPasser:
    """One end. What cannot be sent at once waits in order; when the other process ends, so do they.

    Parameters
    ----------
    end : socket                  of `passing_pair`; it is closed by `close`
    take : callable               gets each connection that comes, and what was read of it
    """

    def __init__(self, end: socket.socket, take: Callable[[socket.socket, bytes], None]) -> None:
        end.setblocking(False)
        self._end = end
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, int | None]] = deque()  # messages, and the socket that goes with one
        self._read = b""  # of a connection whose socket is still to come
        self._is_open = True
        self._loop.add_reader(end, self._receive)

    def give(self, connection: int, octets: bytes) -> None:
        """Pass a connection on; who calls this closes his own descriptor of it afterwards.

        Parameters
        ----------
        connection : int    file descriptor
        octets : bytes      what was read of it and not answered
        """
        if not self._is_open or len(self._waiting) >= MOST_WAITING:
            return
        was_idle = not self._waiting
        if was_idle and len(octets) <= MESSAGE_OCTETS and self._send(octets, connection):
            return
        begin = max(0, len(octets) - 1) // MESSAGE_OCTETS * MESSAGE_OCTETS  # of the last message
        pieces = [octets[at : at + MESSAGE_OCTETS] for at in range(0, begin, MESSAGE_OCTETS)]
        self._waiting.extend((piece, None) for piece in pieces)
        self._waiting.append((octets[begin:], os.dup(connection)))
        if was_idle:
            self._loop.add_writer(self._end, self._go_on)

    def _send(self, octets: bytes, connection: int | None) -> bool:
        """Send a message; False: the way is full. A message is never empty, as that is the end of the way."""
        try:
            if connection is None:
                self._end.send(b"\0" + octets)
            else:
                rights = array.array("i", [connection])
                self._end.sendmsg([b"\0", octets], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        except BlockingIOError:
            return False
        except OSError:
            self.close()
        return True

    def _go_on(self) -> None:
        while self._waiting:
            octets, connection = self._waiting[0]
            if not self._send(octets, connection) or not self._is_open:
                return
            self._waiting.popleft()
            if connection is not None:
                os.close(connection)
        self._loop.remove_writer(self._end)

    def _receive(self) -> None:
        room = socket.CMSG_LEN(array.array("i").itemsize)
        for _ in range(AT_ONCE):
            try:
                message, rights, _, _ = self._end.recvmsg(MESSAGE_OCTETS + 1, room, socket.MSG_CMSG_CLOEXEC)
            except BlockingIOError:
                return
            except OSError:
                message, rights = b"", []
            if not message:
                self.close()
                return
            self._read += message[1:]
            for _, _, octets in rights:
                (descriptor,) = array.array("i", octets)
                read, self._read = self._read, b""
                self._take(socket.socket(fileno=descriptor), read)

    def close(self) -> None:
        """Close it, and what still waits."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._end)
        self._loop.remove_writer(self._end)
        self._end.close()
        while self._waiting:
            _, connection = self._waiting.popleft()
            if connection is not None:
                os.close(connection)
