"""The original for one listener: a channel's source octets as they come, unchanged, the whole multiplex."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

from yiwang.services.channel import Channel

MOST_WAITING_OCTETS = 8 << 20
"""Some seconds of television: who is further behind does not keep up."""
LOOK_S = 0.5


class TooSlow(Exception):
    """The listener does not take the octets as fast as they come."""


class PassThrough:
    """Listens to a channel from `__enter__` to `__exit__`."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._too_slow = False
        self._there = asyncio.Event()

    def __enter__(self) -> Self:
        self._channel.taps.append(self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.taps.remove(self._take)

    def _take(self, octets: bytes) -> None:
        self._size += len(octets)
        self._too_slow |= self._size > MOST_WAITING_OCTETS
        if not self._too_slow:
            self._waiting.append(octets)
        self._there.set()

    async def octets(self) -> bytes:
        """Return what has come since the last call; nothing when nothing has come for LOOK_S.

        Raises
        ------
        TooSlow    octets had to be dropped
        """
        try:
            async with asyncio.timeout(LOOK_S):
                await self._there.wait()
        except TimeoutError:
            return b""
        if self._too_slow:
            raise TooSlow
        octets = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._there.clear()
        return octets
