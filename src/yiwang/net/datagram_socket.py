"""Sockets for transport streams in datagrams: multicast joins of both families, big buffers, segmentation offload.

Multicast is joined with the protocol-independent calls of RFC 3678 (MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP), which
name the interface by its index, so IPv4 and IPv6 go one way. Python's socket module lacks these
numbers; they are Linux's.
"""

import contextlib
import errno
import os
import socket
import struct
import sys
from ipaddress import IPv4Address, IPv6Address

from yiwang.base.said import said
from yiwang.net.interface import LOOPBACK_INDEX, interface_index
from yiwang.net.source import SourceError
from yiwang.net.source_url import DatagramSpec

SO_RCVBUFFORCE = 33
SO_MEMINFO = 55
SK_MEMINFO_DROPS = 8  # place in SO_MEMINFO's array of 32-bit numbers
IP_MULTICAST_ALL = 49
IPV6_MULTICAST_ALL = 29
MCAST_JOIN_GROUP = 42
MCAST_JOIN_SOURCE_GROUP = 46
UDP_SEGMENT = 103
UDP_GRO = 104

LARGEST_DATAGRAM = 65536  # what one receive may give, with and without UDP_GRO


def receiving_socket(spec: DatagramSpec) -> socket.socket:
    """Open a non-blocking socket that receives one stream, and nothing of another.

    Parameters
    ----------
    spec : DatagramSpec

    Raises
    ------
    SourceError     the interface is not there, or the kernel refuses the address or the join
    """
    address = spec.address
    index = multicast_interface(address, spec.interface) if address.is_multicast else 0
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _ask_for_buffer(sock, spec.buffer_octets)
        with contextlib.suppress(OSError):  # kernels before 5.0 give one datagram at a time
            sock.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
        if address == IPv6Address(0):
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # Bound to the group, so that another group on the same port does not come in.
        sock.bind(socket_address(address, spec.port, index))
        if address.is_multicast:
            _join(sock, address, spec.source, index)
    except OSError as error:
        sock.close()
        raise SourceError(f"{spec.url}: {_explain(error, spec)}") from error
    return sock


def family_of(address: IPv4Address | IPv6Address) -> socket.AddressFamily:
    """Tell the socket family of an address."""
    return socket.AF_INET if address.version == 4 else socket.AF_INET6


def socket_address(
    address: IPv4Address | IPv6Address, port: int, index: int
) -> tuple[str, int] | tuple[str, int, int, int]:
    """Write an address as the socket module wants it; ``index`` is the scope of a link-local IPv6 address."""
    if address.version == 4:
        return str(address), port
    return str(address), port, 0, index


def multicast_interface(group: IPv4Address | IPv6Address, interface: str | None) -> int:
    """Choose a group's interface: the one named, loopback for interface-local scope, else 0: the kernel's route."""
    if interface is not None:
        return interface_index(interface)
    interface_local = isinstance(group, IPv6Address) and group.packed[1] & 0x0F == 1  # RFC 4291 2.7
    return LOOPBACK_INDEX if interface_local else 0


def dropped_datagrams(sock: socket.socket) -> int:
    """Count the datagrams this socket had no room for since it was opened, modulo 2**32; 0 if it cannot tell."""
    try:
        info = sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 64)
    except OSError:
        return 0
    at = 4 * SK_MEMINFO_DROPS
    return int.from_bytes(info[at : at + 4], sys.byteorder)


def room_octets(sock: socket.socket) -> int:
    """Tell how much may come between two looks: half of it is overhead by the kernel's account, and it may come in bursts."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 8


def _ask_for_buffer(sock: socket.socket, octets: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, octets)
    except OSError:  # not root: what net.core.rmem_max allows
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets)


def _sockaddr_storage(address: IPv4Address | IPv6Address) -> bytes:
    if address.version == 4:
        return struct.pack("=HH4s120x", socket.AF_INET, 0, address.packed)
    return struct.pack("=HHI16sI100x", socket.AF_INET6, 0, 0, address.packed, 0)


def _join(
    sock: socket.socket,
    group: IPv4Address | IPv6Address,
    source: IPv4Address | IPv6Address | None,
    index: int,
) -> None:
    v4 = group.version == 4
    level = socket.IPPROTO_IP if v4 else socket.IPPROTO_IPV6
    # Otherwise Linux also hands over what any other socket of this machine has joined, so past our source filter.
    with contextlib.suppress(OSError):
        sock.setsockopt(level, IP_MULTICAST_ALL if v4 else IPV6_MULTICAST_ALL, 0)
    if source is None:
        sock.setsockopt(level, MCAST_JOIN_GROUP, struct.pack("@I0L128s", index, _sockaddr_storage(group)))
    else:
        request = struct.pack("@I0L128s128s", index, _sockaddr_storage(group), _sockaddr_storage(source))
        sock.setsockopt(level, MCAST_JOIN_SOURCE_GROUP, request)


def _explain(error: OSError, spec: DatagramSpec) -> str:
    number = error.errno or 0
    if spec.address.is_multicast and number in (errno.ENODEV, errno.EADDRNOTAVAIL):
        return "no interface for this group; name one with interface="
    if number == errno.EADDRNOTAVAIL:
        return said("not-own-address", address=spec.address)
    if number == errno.ENOBUFS:
        return "the kernel allows no more multicast joins; raise net.ipv4.igmp_max_memberships"
    return os.strerror(number) if number else str(error)
