"""Network interfaces: from what an operator writes (name, index or address) to the kernel's index."""

import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

from yiwang.base.said import said
from yiwang.net.source import SourceError

LOOPBACK_INDEX = 1  # the first interface of every Linux network namespace

# linux/rtnetlink.h, linux/if_addr.h
_RTM_GETADDR = 22
_NLM_F_REQUEST_DUMP = 0x301
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_IFA_ADDRESS = 1
_IFA_LOCAL = 2


def interface_index(interface: str) -> int:
    """Find the index of an interface.

    Parameters
    ----------
    interface : str     name (``eth0``), index (``2``) or one of its addresses (``192.0.2.7``, ``2001:db8::7``)

    Raises
    ------
    SourceError         no such interface now; it may come up later
    """
    if interface.isascii() and interface.isdigit():
        try:
            socket.if_indextoname(int(interface))
        except (OSError, OverflowError):
            raise SourceError(said("interface-index", index=interface)) from None
        return int(interface)
    try:
        return socket.if_nametoindex(interface)
    except OSError:
        pass
    try:
        address = ip_address(interface)
    except ValueError:
        raise SourceError(said("interface-name", name=repr(interface))) from None
    for index, own in interface_addresses():
        if own == address:
            return index
    raise SourceError(said("interface-address", address=interface))


def interface_addresses() -> list[tuple[int, IPv4Address | IPv6Address]]:
    """List (interface index, address) of this machine, as the kernel's routing socket tells it (RFC 3549)."""
    found: list[tuple[int, IPv4Address | IPv6Address]] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.sendto(struct.pack("=IHHIIBBBBI", 24, _RTM_GETADDR, _NLM_F_REQUEST_DUMP, 1, 0, 0, 0, 0, 0, 0), (0, 0))
        while True:
            answer = kernel.recv(65536)
            at = 0
            while at + 16 <= len(answer):
                length, kind = struct.unpack_from("=IH", answer, at)
                if kind in (_NLMSG_DONE, _NLMSG_ERROR) or length < 16:
                    return found
                found.extend(_addresses_of(answer[at + 16 : at + length]))
                at += (length + 3) & ~3


def _addresses_of(message: bytes) -> list[tuple[int, IPv4Address | IPv6Address]]:
    index = struct.unpack_from("=I", message, 4)[0]
    found = []
    at = 8
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if length < 4:
            break
        if kind in (_IFA_ADDRESS, _IFA_LOCAL):
            found.append((index, ip_address(message[at + 4 : at + length])))
        at += (length + 3) & ~3
    return found
