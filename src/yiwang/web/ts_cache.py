"""MPEG-TS segments that are in demand: made once for all who ask, kept while there is room for them on the node."""

import asyncio
from collections import OrderedDict

from yiwang.origin.ts_view import TsParts

ROOM_OCTETS = 48 << 20
"""A hundred channels watched as MPEG-TS have their newest segment here; what nobody asks for is never made."""


class TsCache:
    """Octets of segments by service and number, the least recently used given up first."""

    def __init__(self, room_octets: int = ROOM_OCTETS) -> None:
        self._room = room_octets
        self._octets = 0
        self._made: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._making: dict[tuple[str, int], asyncio.Future[bytes]] = {}

    async def octets(self, service_id: str, parts: TsParts) -> bytes:
        """Return a segment; one thread makes it, whoever waits for it, and it is made to the end if they go away."""
        key = (service_id, parts.number)
        found = self._made.get(key)
        if found is not None:
            self._made.move_to_end(key)
            return found
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.get_running_loop().run_in_executor(None, parts.octets)
            making.add_done_callback(lambda future: self._done(key, future))
        return await asyncio.shield(making)

    def _done(self, key: tuple[str, int], future: asyncio.Future[bytes]) -> None:
        del self._making[key]
        if future.cancelled() or future.exception() is not None:
            return
        octets = self._made[key] = future.result()
        self._octets += len(octets)
        while self._octets > self._room and len(self._made) > 1:
            self._octets -= len(self._made.popitem(last=False)[1])
