"""Waiting for a channel on behalf of one request."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from yiwang.base.errors import NotYetAvailable
from yiwang.net import wall_clock
from yiwang.services.channel import Channel
from yiwang.web.http import Receive

TARGET_DURATIONS = 3
"""So long a request waits before it is answered with 503 (rfc8216bis 6.2.5.2)."""
LOOK_S = 2
"""How often one looks whether the client is still there, while nothing is published."""

T = TypeVar("T")


class ClientGone(Exception):
    """The client has closed its connection: there is nobody to answer."""


class Waiting:
    """A future in the channel's set, no thread; it ends when the client goes away or the node stops.

    Parameters
    ----------
    channel : Channel
    receive : Receive          the request's, to see whether its client is still there
    stopping : asyncio.Event   set when the node stops
    """

    def __init__(self, channel: Channel, receive: Receive, stopping: asyncio.Event) -> None:
        self._channel = channel
        self._receive = receive
        self._stopping = stopping
        self._deadline_ms = 0

    def begin(self) -> None:
        """Be patient for three target durations from now."""
        target_s = self._channel.presentation.target_duration_s
        self._deadline_ms = wall_clock.monotonic_ms() + 1000 * TARGET_DURATIONS * target_s

    async def until_there(self, view: Callable[[], T]) -> T:
        """Return the view; wait for it while it says that it will come.

        Raises
        ------
        NotYetAvailable    it did not come in time
        ClientGone
        """
        self.begin()
        while True:
            try:
                return view()
            except NotYetAvailable:
                if not await self.changed():
                    raise

    async def changed(self) -> bool:
        """Wait until something is published; False when patience is at its end. Raises `ClientGone`."""
        while not self._stopping.is_set():
            left_s = (self._deadline_ms - wall_clock.monotonic_ms()) / 1000
            if left_s <= 0:
                return False
            if await self._channel.changed(min(left_s, LOOK_S)):
                return True
            if await self._client_has_gone():
                raise ClientGone
        return False

    async def is_over(self) -> bool:
        """Tell whether there is nobody to answer any more: the client has gone, or the node stops."""
        return self._stopping.is_set() or await self._client_has_gone()

    async def _client_has_gone(self) -> bool:
        try:
            async with asyncio.timeout(0):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True
