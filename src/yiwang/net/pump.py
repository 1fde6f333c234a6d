"""One clock tick for all datagram sockets of a process.

A wake-up per datagram would cost a hundred channels 80 000 wake-ups a second. Instead the kernel gathers, and one timer
drains sockets into their channels' blocks, some tens of milliseconds at a time: at each tick those whose turn it is.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from yiwang.net.rounds import Rounds
from yiwang.net.tick_length import SHORTEST_TICK_MS

Drain: TypeAlias = Callable[[], int]
"""Takes what the kernel has, returns at once and never raises: in how many ms its next turn is."""


class Pump:
    """Calls its drains when it is their turn, all at the same ticks; asleep while it has none.

    Parameters
    ----------
    tick_ms : int      all turns are at multiples of it
    """

    def __init__(self, tick_ms: int = SHORTEST_TICK_MS) -> None:
        self.rounds = Rounds(tick_ms)
        self._tick_ms = tick_ms
        self._turns: dict[Drain, int] = {}  # the tick at which it is a drain's turn
        self._timer: asyncio.TimerHandle | None = None

    def add(self, drain: Drain) -> None:
        """Call ``drain`` at the next tick, and then as it says."""
        loop = asyncio.get_running_loop()
        self._turns[drain] = self._now(loop) + 1
        self._arm(loop)

    def remove(self, drain: Drain) -> None:
        """Stop calling ``drain``."""
        self._turns.pop(drain, None)
        if not self._turns:
            self._disarm()

    def _now(self, loop: asyncio.AbstractEventLoop) -> int:
        return round(loop.time() * 1000 / self._tick_ms)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._disarm()
        self._timer = loop.call_at(min(self._turns.values()) * self._tick_ms / 1000, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = self._now(loop)
        for drain in [drain for drain, turn in self._turns.items() if turn <= now]:
            if drain in self._turns:  # another one may have removed it
                wait_ms = drain()
                if drain in self._turns:
                    self._turns[drain] = now + max(wait_ms // self._tick_ms, 1)
        if self._turns:
            self._arm(loop)
