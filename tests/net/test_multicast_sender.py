"""The sender: datagrams of seven packets in every case, with and without the kernel's help."""

import errno
import socket
from ipaddress import IPv4Address, IPv6Address

import pytest

from yiwang.net.multicast_sender import DATAGRAM_OCTETS, MulticastSender
from yiwang.net.source import SourceError


class Receiver:
    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.port = int(self.sock.getsockname()[1])

    def datagrams(self) -> list[bytes]:
        got = []
        try:
            while True:
                got.append(self.sock.recv(65536))
        except BlockingIOError:
            return got


@pytest.fixture
def receiver() -> Receiver:
    receiver = Receiver()
    yield receiver
    receiver.sock.close()


PACKETS = b"".join(bytes([0x47]) + i.to_bytes(4, "big") * 46 + b"end" for i in range(100))


@pytest.mark.parametrize("segmentation", [True, False])
@pytest.mark.parametrize("block_packets", [1, 6, 7, 8, 50, 100])
def test_every_datagram_but_the_last_has_seven_packets_however_the_blocks_were_cut(
    receiver: Receiver, segmentation: bool, block_packets: int
) -> None:
    sender = MulticastSender(IPv4Address("127.0.0.1"), receiver.port, segmentation=segmentation)
    for at in range(0, len(PACKETS), 188 * block_packets):
        sender.send(PACKETS[at : at + 188 * block_packets])
    sender.flush()
    sender.flush()
    got = receiver.datagrams()
    assert [len(datagram) // 188 for datagram in got] == [7] * 14 + [2]
    assert b"".join(got) == PACKETS
    assert sender.datagrams_sent == 15
    sender.close()


class RefusingSocket:
    """A kernel that refuses segments, or everything."""

    def __init__(self, sock: socket.socket, number: int, only_above: int) -> None:
        self._sock, self._number, self._only_above = sock, number, only_above

    def send(self, octets: memoryview) -> int:
        if len(octets) > self._only_above:
            raise OSError(self._number, "refused")
        return self._sock.send(octets)

    def setsockopt(self, *arguments: int) -> None:
        self._sock.setsockopt(*arguments)

    def close(self) -> None:
        self._sock.close()


@pytest.mark.parametrize("number", [errno.EIO, errno.EINVAL, errno.EMSGSIZE])
def test_a_kernel_that_refuses_segments_gets_one_datagram_at_a_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    sender = MulticastSender(IPv4Address("127.0.0.1"), receiver.port)
    monkeypatch.setattr(sender, "_sock", RefusingSocket(sender._sock, number, DATAGRAM_OCTETS))
    sender.send(PACKETS)
    sender.flush()
    assert b"".join(receiver.datagrams()) == PACKETS
    assert sender.drain_faults() == []
    sender.close()


def test_what_the_kernel_has_no_room_for_is_counted(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = MulticastSender(IPv4Address("127.0.0.1"), receiver.port)
    monkeypatch.setattr(sender, "_sock", RefusingSocket(sender._sock, errno.ENOBUFS, 0))
    sender.send(PACKETS)
    (fault,) = sender.drain_faults()
    assert (fault.name, fault.count) == ("send_overflow", 14)
    assert sender.drain_faults() == []
    sender.close()


def test_any_other_refusal_is_an_error(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = MulticastSender(IPv4Address("127.0.0.1"), receiver.port)
    monkeypatch.setattr(sender, "_sock", RefusingSocket(sender._sock, errno.EPERM, 0))
    with pytest.raises(SourceError, match="sending failed: refused"):
        sender.send(PACKETS)
    sender.close()


def test_multicast_options_are_those_that_were_asked_for() -> None:
    sender = MulticastSender(IPv4Address("239.255.3.1"), 5000, interface="lo", hops=17, loop=False)
    assert sender._sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 17
    assert sender._sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP) == 0
    sender.close()


def test_what_cannot_be_sent_to_is_said_in_one_line() -> None:
    with pytest.raises(SourceError, match=r"cannot send to ff15::1 port 5000: .*; is there a multicast route"):
        MulticastSender(IPv6Address("ff15::1"), 5000, interface="lo")
