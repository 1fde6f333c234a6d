"""Transport stream octets out as datagrams of seven packets, many to a system call where the kernel can cut them up."""

import contextlib
import errno
import socket
import struct
from ipaddress import IPv4Address, IPv6Address

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.net.datagram_socket import UDP_SEGMENT, family_of, multicast_interface, socket_address
from yiwang.net.source import Block, SourceError

DATAGRAM_OCTETS = 7 * 188  # ISO/IEC 13818-1 packets in one Ethernet frame: DVB-IPI, ETSI TS 102 034 7.1.1
DATAGRAMS_PER_CALL = 48  # 64 kiB is the most of one call
SEND_BUFFER_OCTETS = 4 << 20

_CANNOT_SEGMENT = frozenset({errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.ENOPROTOOPT})
_PASSING_ERRORS = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ECONNREFUSED, errno.ENETUNREACH, errno.ENETDOWN})


class MulticastSender:
    """Sends to one group, or to one host.

    Parameters
    ----------
    address : IPv4Address | IPv6Address
    port : int
    interface : str, optional      name, index or address; without it the kernel's route decides
    hops : int                     TTL or hop limit of multicast, 0 (this machine only) to 255
    loop : bool                    let this machine's receivers have it too
    segmentation : bool            use UDP_SEGMENT where the kernel has it

    Raises
    ------
    SourceError                    the interface or the address cannot be used
    """

    def __init__(
        self,
        address: IPv4Address | IPv6Address,
        port: int,
        *,
        interface: str | None = None,
        hops: int = 1,
        loop: bool = True,
        segmentation: bool = True,
    ) -> None:
        self.datagrams_sent = 0
        self._dropped = 0
        self._rest = b""
        index = multicast_interface(address, interface)
        self._sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
        try:
            self._sock.setblocking(False)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_OCTETS)
            if address.is_multicast:
                _set_multicast(self._sock, address.version, index, hops, loop)
            self._sock.connect(socket_address(address, port, index))
        except OSError as error:
            self._sock.close()
            hint = "; is there a multicast route on this interface?" if address.is_multicast else ""
            raise SourceError(f"cannot send to {address} port {port}: {error.strerror}{hint}") from error
        self._segmented = False
        if segmentation:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, DATAGRAM_OCTETS)
                self._segmented = True

    @property
    def local_address(self) -> str:
        """The address it sends from: what receivers of source-specific multicast must name."""
        return str(self._sock.getsockname()[0])

    def send(self, block: Block) -> None:
        """Send a run of whole packets; what does not fill a datagram waits for the next run or :meth:`flush`."""
        view = memoryview(block).cast("B")
        if self._rest:
            missing = DATAGRAM_OCTETS - len(self._rest)
            self._rest += bytes(view[:missing])
            view = view[missing:]
            if len(self._rest) < DATAGRAM_OCTETS:
                return
            self._send_whole(memoryview(self._rest))
        whole = len(view) - len(view) % DATAGRAM_OCTETS
        self._send_whole(view[:whole])
        self._rest = bytes(view[whole:])

    def flush(self) -> None:
        """Send what waits, as one shorter datagram."""
        self._send_whole(memoryview(self._rest))
        self._rest = b""

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def drain_faults(self) -> list[Fault]:
        """Return ``send_overflow``: datagrams the kernel would not take since the last call."""
        dropped, self._dropped = self._dropped, 0
        return [Fault("send_overflow", dropped, detail=said("datagrams-unsent", n=dropped))] if dropped else []

    def _send_whole(self, view: memoryview) -> None:
        at = 0
        while at < len(view):
            size = DATAGRAM_OCTETS * (DATAGRAMS_PER_CALL if self._segmented else 1)
            part = view[at : at + size]
            datagrams = -(-len(part) // DATAGRAM_OCTETS)
            try:
                self._sock.send(part)
                self.datagrams_sent += datagrams
            except OSError as error:
                if self._segmented and error.errno in _CANNOT_SEGMENT:
                    self._sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
                    self._segmented = False
                    continue
                if error.errno not in _PASSING_ERRORS:
                    raise SourceError(f"sending failed: {error.strerror}") from error
                self._dropped += datagrams
            at += size


def _set_multicast(sock: socket.socket, version: int, index: int, hops: int, loop: bool) -> None:
    if version == 4:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", b"", b"", index))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, loop)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, loop)
