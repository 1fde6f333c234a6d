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
"""Connections that wait for the other process to take them; more are closed."""


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
        self._waiting: deque[tuple[int, bytes]] = deque()
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
        if self._waiting or not self._send(connection, octets):
            if not self._waiting:
                self._loop.add_writer(self._end, self._go_on)
            self._waiting.append((os.dup(connection), octets))

    def _send(self, connection: int, octets: bytes) -> bool:
        """Send one; False: the way is full, and what there is of it is to be sent later, from its beginning."""
        *begin, last = [octets[at : at + MESSAGE_OCTETS] for at in range(0, len(octets), MESSAGE_OCTETS)] or [b""]
        try:
            if begin:
                self._end.send(b"\0")  # what came before, half sent, is void
            for piece in begin:
                self._end.send(b"\1" + piece)
            rights = array.array("i", [connection])
            self._end.sendmsg([b"\2", last], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        except BlockingIOError:
            return False
        except OSError:
            self.close()
        return True

    def _go_on(self) -> None:
        while self._waiting:
            connection, octets = self._waiting[0]
            if not self._send(connection, octets):
                return
            if self._waiting:  # it may have been closed
                self._waiting.popleft()
                os.close(connection)
        if self._is_open:
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
            if message[0] == 0:
                self._read = b""
                continue
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
            os.close(self._waiting.popleft()[0])
