"""Copies of one RTP stream over several paths, read as one source: SMPTE ST 2022-7."""

import errno
import socket
from dataclasses import dataclass

from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.net import wall_clock
from yiwang.net.datagram_socket import LARGEST_DATAGRAM, dropped_datagrams, receiving_socket
from yiwang.net.datagram_source import RtpSource, segment_octets
from yiwang.net.pump import Pump
from yiwang.net.rtp_merge import RtpMerge
from yiwang.net.source import SourceError
from yiwang.net.source_url import MergedSpec

REOPEN_MS = 5_000
"""How often a path is tried again whose socket cannot be had."""

_PASSING_ERRORS = frozenset({errno.EINTR, errno.ECONNREFUSED, errno.ENOBUFS, errno.ENOMEM})


@dataclass(frozen=True, slots=True)
class LegReport:
    """One path; packets since the source was opened."""

    url: str
    alive: bool
    received: int
    lost: int
    late: int
    duplicate: int
    apart: int


class MergedSource(RtpSource):
    """Receives all legs of a :class:`MergedSpec`; a leg that fails does no harm while another one is there."""

    def __init__(self, spec: MergedSpec, pump: Pump) -> None:
        super().__init__(spec.legs[0], pump)
        self.url = spec.url
        self._legs = spec.legs
        self._skew_ms = spec.skew_ms
        self._merge = RtpMerge(len(spec.legs), spec.skew_ms)
        self._sockets: list[socket.socket | None] = []
        self._drops = [0] * len(spec.legs)
        self._try_again_ms = 0

    async def open(self) -> None:
        """Open, bind and join all legs. Raises :class:`SourceError` when none can be had."""
        await self.close()
        self._merge = RtpMerge(len(self._legs), self._skew_ms)
        self._reorder.ready = self._merge.ready
        self._sockets = [None] * len(self._legs)
        errors = self._open_legs()
        if len(errors) == len(self._legs):
            raise SourceError("; ".join(errors))
        self._begin(sock for sock in self._sockets if sock is not None)

    async def close(self) -> None:
        """Leave all groups and forget what was not read."""
        await super().close()
        for sock in self._sockets:
            if sock is not None:
                sock.close()
        self._sockets = []
        self._sock = None
        self._drops = [0] * len(self._legs)

    def drain_faults(self) -> list[Fault]:
        """Return ``socket_overflow`` and the counts of :class:`RtpMerge` since the last call."""
        faults, self._faults = self._faults, []
        for i, sock in enumerate(self._sockets):
            if sock is None:
                continue
            drops = dropped_datagrams(sock)
            new, self._drops[i] = (drops - self._drops[i]) & 0xFFFF_FFFF, drops
            if new:
                detail = f"{self._legs[i].url}: {said('datagrams-lost', n=new)}"
                faults.append(Fault("socket_overflow", new, detail=detail))
        return faults + self._merge.drain_faults()

    def legs(self) -> tuple[LegReport, ...]:
        """Tell how each path does."""
        reports = zip(self._legs, self._merge.legs, self._sockets or [None] * len(self._legs), strict=True)
        return tuple(
            LegReport(
                spec.url,
                sock is not None and leg.is_alive and leg.heard_ms is not None,
                *(leg.received, leg.lost, leg.late, leg.duplicate, leg.apart),
            )
            for spec, leg, sock in reports
        )

    def _open_legs(self) -> list[str]:
        """Open those that are not; return why they cannot be."""
        errors = []
        for i, spec in enumerate(self._legs):
            if self._sockets[i] is None:
                try:
                    self._sockets[i] = receiving_socket(spec)
                except SourceError as error:
                    errors.append(str(error))
        self._sock = next((sock for sock in self._sockets if sock is not None), None)
        self._try_again_ms = wall_clock.monotonic_ms() + REOPEN_MS
        self._faults += [Fault("rtp_leg_error", detail=error) for error in errors]
        return errors

    def _receive(self, sock: socket.socket) -> None:
        """Take the datagrams of all legs; ``sock`` is one of theirs."""
        now_ms = wall_clock.monotonic_ms()
        if now_ms >= self._try_again_ms and None in self._sockets:
            self._open_legs()
        for i, each in enumerate(self._sockets):
            if each is None:
                continue
            try:
                self._receive_leg(i, each, now_ms)
            except BlockingIOError:
                continue
            except OSError as error:
                if error.errno in _PASSING_ERRORS:
                    continue
                if self._sockets.count(None) == len(self._sockets) - 1:
                    raise  # it is the last
                each.close()
                self._sockets[i] = None
                self._faults.append(Fault("rtp_leg_error", detail=f"{self._legs[i].url}: {error.strerror}"))

    def _receive_leg(self, leg: int, sock: socket.socket, now_ms: int) -> None:
        scratch, merge = self._scratch, self._merge
        while not merge.ready and self._filled + LARGEST_DATAGRAM <= len(self._buffer):
            n, ancillary, _, _ = sock.recvmsg_into([scratch], 64)
            size = segment_octets(ancillary) or n
            for at in range(0, n, size or 1):
                merge.feed(leg, scratch[at : min(at + size, n)], now_ms)
            self._take_ready()

    def _finish(self) -> bool:
        self._merge.expire(wall_clock.monotonic_ms())
        self._take_ready()
        return not self._merge.is_waiting
