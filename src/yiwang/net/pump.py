"""One clock tick for all datagram sockets of a process.

A wake-up per datagram would cost a hundred channels 80 000 wake-ups a second. Instead the kernel gathers, and one timer
drains every socket into its channel's block, some tens of milliseconds at a time.
"""

import asyncio
from collections.abc import Callable

from yiwang.net.source import TICK_MS


class Pump:
    """Calls its drains at each tick; asleep while it has none.

    Parameters
    ----------
    tick_ms : int      between two drains: latency against wake-ups
    """

    def __init__(self, tick_ms: int = TICK_MS) -> None:
        self._tick_s = tick_ms / 1000
        self._drains: set[Callable[[], None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, drain: Callable[[], None]) -> None:
        """Call ``drain`` at each tick from now on. It takes what the kernel has, returns at once and never raises."""
        self._drains.add(drain)
        if self._timer is None:
            self._arm(asyncio.get_running_loop())

    def remove(self, drain: Callable[[], None]) -> None:
        """Stop calling ``drain``."""
        self._drains.discard(drain)
        if not self._drains and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._tick_s, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for drain in tuple(self._drains):
            drain()
        if self._drains and self._timer is None:
            self._arm(loop)
