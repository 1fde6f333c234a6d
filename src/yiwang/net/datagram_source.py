"""Transport streams in UDP datagrams, bare or in RTP, taken from the kernel in bulk.

The pump fills one buffer, the reader is given what is in it. While the reader has it, and when it is full, the pump leaves
the octets to the kernel, whose buffer is larger, and what the kernel has no room for it counts.
"""

import asyncio
import errno
import mmap
import socket
import sys
from collections.abc import Iterable

import numpy as np

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.net import wall_clock
from yiwang.net.datagram_socket import (
    LARGEST_DATAGRAM,
    UDP_GRO,
    dropped_datagrams,
    receiving_socket,
    room_octets,
)
from yiwang.net.pump import Pump
from yiwang.net.rtp_reorder import RtpReorder
from yiwang.net.source import HOLD_MS, LARGEST_BLOCK_OCTETS, QUIET_MS, TICK_MS, Block, SourceError, UntilDue
from yiwang.net.source_url import DatagramSpec
from yiwang.net.tick_length import SHORTEST_TICK_MS, TickLength

HOLD_OCTETS = LARGEST_BLOCK_OCTETS * 3 // 4
TICK_OCTETS = LARGEST_BLOCK_OCTETS // 2
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
        self._until_due: UntilDue | None = None
        self._tick = TickLength(0)
        self._is_held = False  # what is filled
        self._round: int | None = None
        self._held_until_ms = self._came_ms = self._drained_ms = 0
        self._arrived = asyncio.Event()
        self._error: OSError | None = None
        self._drops_told = 0
        self._knows_payload = False
        self._faults: list[Fault] = []

    async def open(self) -> None:
        """Open, bind and join. Raises :class:`SourceError`."""
        await self.close()
        self._sock = receiving_socket(self._spec)
        self._begin([self._sock])

    def _begin(self, sockets: Iterable[socket.socket]) -> None:
        """Have the sockets drained from now on."""
        self._tick = TickLength(min(TICK_OCTETS, *map(room_octets, sockets)))
        self._drained_ms = wall_clock.monotonic_ms()
        self._pump.add(self._drain)
        self._round = self._pump.rounds.join()

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

    def hold(self, until_due: UntilDue) -> None:
        """Give blocks out later while ``until_due`` says so, HOLD_MS at most and QUIET_MS of silence."""
        self._until_due = until_due

    async def close(self) -> None:
        """Leave the group and forget what was not read."""
        self._pump.remove(self._drain)
        if self._round is not None:
            self._pump.rounds.leave(self._round)
        self._round = None
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

    def _drain(self) -> int:
        assert self._sock is not None  # it leaves the pump before it is closed
        if self._is_lent:
            return TICK_MS
        before, now_ms = self._filled, wall_clock.monotonic_ms()
        try:
            self._receive(self._sock)
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno not in _PASSING_ERRORS:
                self._error = error
                self._pump.remove(self._drain)
                self._arrived.set()
        is_complete = self._finish()
        came, passed_ms = self._filled - before, now_ms - self._drained_ms
        self.bytes_received += came
        until_due_ms = self._hold_back(before, now_ms) if self._filled else 0
        self._drained_ms = now_ms
        if self._filled and not self._is_held:
            self._arrived.set()
        next_ms = self._tick.next_ms(until_due_ms, came, passed_ms)
        if not is_complete:
            next_ms = min(next_ms, TICK_MS)
        return min(next_ms, self._held_until_ms + SHORTEST_TICK_MS // 2 - now_ms) if self._is_held else next_ms

    def _hold_back(self, before: int, now_ms: int) -> int:
        """Decide whether the reader must have what is filled; ``before``: octets that were there at the last tick.

        Returns
        -------
        until_due_ms : int    until what comes is needed; 0: now, or it can not be told
        """
        if self._filled > before:
            self._came_ms = now_ms
        until_ms = 0
        if self._until_due is not None and self._error is None:
            until_ms = self._until_due(np.frombuffer(self._buffer[before : self._filled], np.uint8), now_ms)
        if before == 0:
            self._is_held, self._held_until_ms = True, self._drained_ms + HOLD_MS
            if until_ms > HOLD_MS:
                self._held_until_ms = self._round_ms(self._drained_ms)
        longest_ms = min(self._held_until_ms, self._came_ms + QUIET_MS) - now_ms
        self._is_held &= until_ms > 0 and longest_ms > 0 and self._filled <= HOLD_OCTETS
        return until_ms

    def _round_ms(self, since_ms: int) -> int:
        """Return when what has come since is given out if nothing is due until then."""
        assert self._round is not None
        return self._pump.rounds.next_ms(self._round, since_ms + SHORTEST_TICK_MS)  # what is nearer has just been

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

    def _finish(self) -> bool:
        """Do what must be done at each tick, datagrams or not; tell whether nothing that has come still waits for others."""
        return True


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

    def _finish(self) -> bool:
        self._reorder.expire(wall_clock.monotonic_ms())
        self._take_ready()
        return not self._reorder.is_waiting

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
