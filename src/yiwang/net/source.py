"""What every source of a transport stream can do, and how one is made from its record."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from yiwang.base.elementary import Octets
from yiwang.base.errors import WorkError
from yiwang.base.events import Fault

Block: TypeAlias = memoryview | bytes

TICK_MS = 40
"""How long octets are gathered before the channel is woken, where nothing says when it needs them: whatever the bit rate."""

HOLD_MS = 480
"""So long after they may have come octets are held back that their reader has no use for yet."""

QUIET_MS = 160
"""What is held back is given out when nothing has come for so long: its reader has to know that."""

LARGEST_BLOCK_OCTETS = 1 << 20

UntilDue: TypeAlias = Callable[[Octets, int], int]
"""Told of octets as they come, in order, each once, and of the time, ms of a clock that only rises; returns in how many ms the
one who reads will need them, as far as can be told; 0: now."""


class SourceError(WorkError):
    """The source cannot be had now: no route, refused, silent, damaged beyond reading. It is tried again."""


class Source(Protocol):
    """A transport stream as it comes.

    The one who reads opens it, reads until ``b""`` or :class:`SourceError`, and closes it; a closed source may be
    opened again.
    """

    url: str
    bytes_received: int

    async def open(self) -> None:
        """Get ready to read. Raises :class:`SourceError`, and then has let go of everything."""

    async def read(self) -> Block:
        """Wait for the next block of octets, some tens of milliseconds of stream and at most about 1 MiB.

        Returns
        -------
        block : memoryview | bytes    valid until the next ``read``; empty at the end of a source that has one

        Raises
        ------
        SourceError
        """

    def hold(self, until_due: UntilDue) -> None:
        """Give blocks out later while ``until_due`` says so, HOLD_MS at most, QUIET_MS of silence; a source need not."""

    async def close(self) -> None:
        """Let go of everything at once; never raises, may be called twice."""

    def drain_faults(self) -> list[Fault]:
        """Return what went wrong in transport since the last call (``rtp_lost``, ``socket_overflow`` ...)."""
