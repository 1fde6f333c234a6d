"""Packets that come before a table has named their PID: kept for a while, as the table may follow (ADR 45)."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets

NULL_PID = 0x1FFF
FIRST_ELEMENTARY_PID = 0x0010
"""PIDs below are tables' by definition (ISO/IEC 13818-1 table 2-3)."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """N packets in the order of the stream, and what `ts_scan` says of each.

    Parameters
    ----------
    packets : ndarray of shape (N, 188), uint8
    pids : ndarray of shape (N,), int32
    flags, payloads : ndarrays of shape (N,), uint8
    feed : int    number of the feed that brought them
    """

    packets: Octets
    pids: NDArray[np.int32]
    flags: Octets
    payloads: Octets
    feed: int

    def only(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Scanned":
        """Copy some of the packets."""
        return Scanned(self.packets[which], self.pids[which], self.flags[which], self.payloads[which], self.feed)


class EarlyPackets:
    """Keeps what comes on PIDs that nobody knows, until it is told that no table is missing, or has too much.

    Parameters
    ----------
    limit_octets : int    so much is kept, from `begin` on; with the first packet that is more all of it is forgotten
    """

    def __init__(self, limit_octets: int) -> None:
        self._limit = limit_octets
        self._held: list[Scanned] = []
        self._left = 0
        self.begin()

    @property
    def is_open(self) -> bool:
        """Tell whether packets are kept."""
        return self._left > 0

    def begin(self) -> None:
        """Forget all, and keep what comes."""
        self._held = []
        self._left = self._limit

    def end(self) -> None:
        """Forget all, and keep nothing."""
        self._held = []
        self._left = 0

    def keep(self, scanned: Scanned, begin: int, end: int, known: Collection[int]) -> None:
        """Keep the packets of rows ``begin..end`` whose PIDs are not ``known``."""
        is_strange = np.ones(NULL_PID + 1, np.bool_)
        is_strange[[*known, NULL_PID]] = False  # PID -1, of what is no packet, is the last one
        is_strange[:FIRST_ELEMENTARY_PID] = False
        rows = begin + np.flatnonzero(is_strange[scanned.pids[begin:end]])
        self._left -= 188 * rows.size
        if self._left <= 0:
            self.end()
        elif rows.size:
            self._held.append(scanned.only(rows))

    def take(self, pids: Collection[int]) -> list[Scanned]:
        """Return the packets of some PIDs, and keep them no longer."""
        taken, left = [], []
        for held in self._held:
            is_wanted = np.isin(held.pids, list(pids))
            if is_wanted.any():
                taken.append(held.only(is_wanted))
                held = held.only(~is_wanted)
            if held.pids.size:
                left.append(held)
        self._held = left
        return taken
