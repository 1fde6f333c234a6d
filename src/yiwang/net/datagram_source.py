"""Transport streams in UDP datagrams, bare or in RTP, taken from the kernel in bulk.

The pump fills one buffer, the reader is given what is in it. While the reader has it, and when it is full, the pump leaves
the octets to the kernel, whose buffer is larger, and what the kernel has no room for it counts.
"""

import asyncio
import errno
import mmap
import socket
import sys

import numpy as np

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.net import wall_clock
from yiwang.net.datagram_socket import LARGEST_DATAGRAM, UDP_GRO, dropped_datagrams, receiving_socket
from yiwang.net.pump import Pump
from yiwang.net.rtp_reorder import RtpReorder
from yiwang.net.source import HOLD_TICKS, LARGEST_BLOCK_OCTETS, QUIET_TICKS, Block, MayWait, SourceError
from yiwang.net.source_url import DatagramSpec

HOLD_OCTETS = LARGEST_BLOCK_OCTETS // 2
RTP_HEADER = 12
RTP_PAYLOAD_TYPE_MP2T = 33  # RFC 3551 Table 5

_PASSING_ERRORS = frozenset({errno.EINTR, errno.ECONNREFUSED, errno.ENOBUFS, errno.ENOMEM})


class UdpSource:
    """Receives what a :class:`DatagramSpec` names; ``read`` gives the datagrams' octets, joined."""

    def __init__(self, spec: DatagramSpec, pump: Pump) -> None:
        self.url = spec.url
        self.bytes_received = 0
        self._spec = spec
        self._pump = pump
        self._sock: socket.socket | None = None
        # of the kernel, not of the heap: only what a channel really fills is ever there
        self._buffer = memoryview(mmap.mmap(-1, LARGEST_BLOCK_OCTETS, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        self._filled = 0
        self._is_lent = False  # the reader has what is filled
        self._may_wait: MayWait | None = None
        self._is_held = False  # what is filled
        self._ticks_held = 0
        self._ticks_quiet = 0
        self._arrived = asyncio.Event()
        self._error: OSError | None = None
        self._drops_told = 0
        self._knows_payload = False
        self._faults: list[Fault] = []

    async def open(self) -> None:
        """Open, bind and join. Raises :class:`SourceError`."""
        await self.close()
        self._sock = receiving_socket(self._spec)
        self._pump.add(self._drain)

    async def read(self) -> Block:
        """Return the octets that came since the last call, as soon as there are any; silence is no error here."""
        if self._is_lent:
            self._is_lent, self._filled = False, 0
        while not self._filled or self._is_held:
            if self._error is not None:
                raise SourceError(f"{self.url}: {self._error.strerror}")
            self._arrived.clear()
            await self._arrived.wait()
        self._is_lent = True
        return self._buffer[: self._filled]

    def hold(self, may_wait: MayWait) -> None:
        """Give blocks out later while ``may_wait`` says so, HOLD_TICKS at most and QUIET_TICKS of silence."""
        self._may_wait = may_wait

    async def close(self) -> None:
        """Leave the group and forget what was not read."""
        self._pump.remove(self._drain)
        if self._sock is not None:
            self._sock.close()
        self._sock, self._error, self._drops_told = None, None, 0
        self._filled, self._is_lent, self._knows_payload = 0, False, False

    def drain_faults(self) -> list[Fault]:
        """Return ``socket_overflow``: datagrams the kernel had no room for since the last call; ``rtp_in_udp``."""
        faults, self._faults = self._faults, []
        if self._sock is None:
            return faults
        drops = dropped_datagrams(self._sock)
        new, self._drops_told = (drops - self._drops_told) & 0xFFFF_FFFF, drops
        if new:
            detail = said("datagrams-lost", n=new)
            faults.append(Fault("socket_overflow", new, detail=detail))
        return faults

    def _drain(self) -> None:
        assert self._sock is not None  # it leaves the pump before it is closed
        if self._is_lent:
            return
        before = self._filled
        try:
            self._receive(self._sock)
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno not in _PASSING_ERRORS:
                self._error = error
                self._pump.remove(self._drain)
                self._arrived.set()
        self._finish()
        if self._filled > before:
            self.bytes_received += self._filled - before
        if self._filled:
            self._hold_back(before)
            if not self._is_held:
                self._arrived.set()

    def _hold_back(self, before: int) -> None:
        """Decide whether the reader must have what is filled; ``before``: octets that were there at the last tick."""
        may_wait = self._may_wait is not None and self._error is None and self._filled <= HOLD_OCTETS
        has_come = self._filled > before
        if self._may_wait is not None and has_come:
            may_wait &= self._may_wait(np.frombuffer(self._buffer[before : self._filled], np.uint8))
        self._ticks_quiet = 0 if has_come else self._ticks_quiet + 1
        if before == 0:
            self._is_held, self._ticks_held = may_wait, 0
        elif self._is_held:
            self._ticks_held += 1
            self._is_held = may_wait and self._ticks_held < HOLD_TICKS and self._ticks_quiet < QUIET_TICKS

    def _receive(self, sock: socket.socket) -> None:
        """Take datagrams while there is room; BlockingIOError ends it."""
        while self._filled + LARGEST_DATAGRAM <= len(self._buffer):
            n = sock.recv_into(self._buffer[self._filled :])
            if not self._knows_payload:
                self._look_for_rtp(self._buffer[self._filled : self._filled + n])
            self._filled += n

    def _look_for_rtp(self, datagram: memoryview) -> None:
        """Say so once when the source sends RTP: as bare octets its headers are garbage between the packets."""
        self._knows_payload = True
        is_rtp = len(datagram) > RTP_HEADER and datagram[0] >> 6 == 2 and datagram[1] & 0x7F == RTP_PAYLOAD_TYPE_MP2T
        if is_rtp and datagram[RTP_HEADER] == 0x47:
            self._faults.append(Fault("rtp_in_udp", detail="the datagrams are RTP: write rtp:// instead of udp://"))

    def _finish(self) -> None:
        """Do what must be done at each tick, datagrams or not."""


class RtpSource(UdpSource):
    """The same in RTP: ``read`` gives the payloads in order of sequence number."""

    def __init__(self, spec: DatagramSpec, pump: Pump) -> None:
        super().__init__(spec, pump)
        self._reorder = RtpReorder()
        self._scratch = memoryview(bytearray(LARGEST_DATAGRAM))

    async def open(self) -> None:
        """Open, bind and join, and expect a new sequence. Raises :class:`SourceError`."""
        self._reorder = RtpReorder()
        await super().open()

    def drain_faults(self) -> list[Fault]:
        """Return ``socket_overflow`` and the counts of :class:`RtpReorder` since the last call."""
        return super().drain_faults() + self._reorder.drain_faults()

    def _receive(self, sock: socket.socket) -> None:
        now_ms = wall_clock.monotonic_ms()
        scratch = self._scratch
        while not self._reorder.ready and self._filled + LARGEST_DATAGRAM <= len(self._buffer):
            n, ancillary, _, _ = sock.recvmsg_into([scratch], 64)
            size = segment_octets(ancillary) or n
            for at in range(0, n, size or 1):
                self._reorder.feed(scratch[at : min(at + size, n)], now_ms)
            self._take_ready()

    def _finish(self) -> None:
        self._reorder.expire(wall_clock.monotonic_ms())
        self._take_ready()

    def _take_ready(self) -> None:
        ready = self._reorder.ready
        taken = 0
        for payload in ready:
            end = self._filled + len(payload)
            if end > len(self._buffer):
                break
            self._buffer[self._filled : end] = payload
            self._filled = end
            taken += 1
        ready[:] = [bytes(payload) for payload in ready[taken:]]  # the rest no longer as views of the scratch


def segment_octets(ancillary: list[tuple[int, int, bytes]]) -> int:
    """Tell how long each datagram is of those that UDP_GRO joined; 0 when none were joined."""
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_UDP and kind == UDP_GRO:
            return int.from_bytes(data, sys.byteorder)
    return 0
