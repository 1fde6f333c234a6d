"""What all framers do alike: follow the marks of an elementary stream, and count what is wrong with it."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from yiwang.base.elementary import MARK_BETWEEN, MARK_DAMAGED, MARK_PES_START, AccessUnit, Marks, Octets
from yiwang.base.events import Fault

NO_TIMES = (-1, -1)
NEVER = 1 << 62


class Framer(Protocol):
    """Octets of one elementary stream in, in any cuts; its access units out, the same for all cuts."""

    def feed(self, es: Octets, marks: Marks) -> list[AccessUnit]:
        """Take a block; return the access units it completes. Never raises, whatever the octets are."""

    def flush(self) -> list[AccessUnit]:
        """Take the end of the stream."""

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call; their pid is -1."""


class PesTimes:
    """Which access unit has which PES packet's time stamps (ISO/IEC 13818-1 2.4.3.7).

    PTS and DTS are those of the first access unit that begins in the PES packet. Positions are octets since the start
    of the elementary stream.
    """

    def __init__(self) -> None:
        self._coming: deque[tuple[int, int, int]] = deque()
        self._next = NEVER  # where the first of them begins
        self._open = NO_TIMES

    def __copy__(self) -> "PesTimes":
        other = object.__new__(PesTimes)
        other._coming, other._next, other._open = self._coming.copy(), self._next, self._open
        return other

    def pes_start(self, position: int, pts_90k: int, dts_90k: int) -> None:
        """Note a PES packet whose payload begins at ``position``."""
        if self._coming and self._coming[-1][0] == position:
            self._coming.pop()  # no access unit begins in an empty packet
        self._coming.append((position, pts_90k, dts_90k))
        self._next = self._coming[0][0]

    def lost(self, position: int) -> None:
        """Note that octets were lost before ``position``: a unit that begins later in the packet may not be its first."""
        self.pes_start(position, -1, -1)

    def take(self, position: int) -> tuple[int, int]:
        """Return (pts_90k, dts_90k) of an access unit that begins at ``position``; -1 where it has none.

        Each call's position is at or after the last call's.
        """
        if self._next <= position:
            self._pass(position)
        times, self._open = self._open, NO_TIMES
        return times

    @property
    def next_start(self) -> int:
        """Where the next PES packet begins whose times nothing has asked for; far away where none has come."""
        return self._next

    def untimed_until(self, position: int) -> int:
        """Return up to where units that begin from ``position`` on surely have no time stamps; the position of a PES start."""
        return self._next if self._open == NO_TIMES else position

    def starts_between(self, begin: int, end: int) -> Sequence[int]:
        """Return where PES packets begin after ``begin`` and before ``end``."""
        return [position for position, *_ in self._coming if begin < position < end] if self._next < end else ()

    def forget(self, position: int) -> None:
        """Drop what only units before ``position`` could take."""
        if self._next <= position:
            self._pass(position)

    def _pass(self, position: int) -> None:
        coming = self._coming
        while coming and coming[0][0] <= position:
            _, pts_90k, dts_90k = coming.popleft()
            self._open = (pts_90k, dts_90k)
        self._next = coming[0][0] if coming else NEVER


class MarkedStream:
    """Base of the framers: cuts each block at the places where octets were lost.

    A framer says what to do with octets that follow each other without loss (`_take`), with a loss (`_lose`), and at the
    end of the stream (`_end`).
    """

    def __init__(self) -> None:
        self._pes_times = PesTimes()
        self._fed = 0  # octets of the elementary stream so far
        self._faults: dict[str, tuple[int, str]] = {}

    def feed(self, es: Octets, marks: Marks) -> list[AccessUnit]:
        """Take a block of the elementary stream.

        Parameters
        ----------
        es : ndarray of shape (N,), uint8
        marks : ndarray of shape (M, 4), int64    see `yiwang.base.elementary`

        Returns
        -------
        units : list of AccessUnit    those now complete, in decoding order
        """
        units: list[AccessUnit] = []
        begin, base = 0, self._fed
        for offset, pts_90k, dts_90k, flags in marks.tolist():
            if flags & MARK_DAMAGED:
                if offset > begin:
                    self._fed = base + offset
                    self._take(es[begin:offset], units)
                    begin = offset
                if flags & MARK_BETWEEN:
                    self._end(units)
                self._lose(units)
                self._pes_times.lost(base + offset)
            if flags & MARK_PES_START:
                self._pes_times.pes_start(base + offset, pts_90k, dts_90k)
        if begin < es.shape[0]:
            self._fed = base + int(es.shape[0])
            self._take(es[begin:], units)
        return units

    def flush(self) -> list[AccessUnit]:
        """Take the end of the stream: what is still waited for will not come."""
        units: list[AccessUnit] = []
        self._end(units)
        return units

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        if not self._faults:
            return []
        faults = [Fault(name, count, detail=detail) for name, (count, detail) in self._faults.items()]
        self._faults = {}
        return faults

    def _fault(self, name: str, detail: str = "") -> None:
        count, first = self._faults.get(name, (0, detail))
        self._faults[name] = (count + 1, first)

    def _take(self, octets: Octets, units: list[AccessUnit]) -> None:
        raise NotImplementedError

    def _lose(self, units: list[AccessUnit]) -> None:
        raise NotImplementedError

    def _end(self, units: list[AccessUnit]) -> None:
        raise NotImplementedError
