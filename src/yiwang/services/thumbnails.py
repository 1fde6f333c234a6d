"""A small key frame of each channel that somebody's console shows, made by the process that looks at pictures (ADR 40).

Nothing is decoded for nobody: who asks gets the picture there is, and one that is older than FRESH_MS is made anew, one at
a time, within SHARE of a core. Without questions the process ends, and its memory is free.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from yiwang.net import wall_clock
from yiwang.services.channel import Channel
from yiwang.services.lookable import Pieces, pieces_of

if TYPE_CHECKING:
    from yiwang.media.looker import Looker

FRESH_MS = 5_000
SHARE = 0.1
"""Of one core, by the time of the process; it rests after each look."""
LONGEST_WAIT_S = 8.0
"""For the first picture of a channel."""
IDLE_S = 30.0
MOST_WAITING = 512
KEPT_MS = 600_000
"""A picture that nobody asked for any more is forgotten."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture of a channel and the sound beside it; ``jpeg`` is empty where it has no picture, or none can be decoded."""

    jpeg: bytes
    period_id: int
    number: int  # of the segment
    made_ms: int  # of a monotonic clock
    rms_db: float | None


class Thumbnails:
    """Answers `get`, as long as it runs.

    Parameters
    ----------
    channels : mapping     by id; they come and go
    """

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self.made = 0
        self.cpu_s = 0.0  # of the process that decodes, without its start
        self._channels = channels
        self._seen: dict[str, Thumbnail] = {}
        self._waiting: dict[str, asyncio.Future[None]] = {}  # in the order in which they were asked for
        self._asked = asyncio.Event()

    def seen(self, service_id: str) -> Thumbnail | None:
        """Return what there is, and ask for nothing."""
        return self._seen.get(service_id)

    async def get(self, channel: Channel) -> Thumbnail | None:
        """Return the newest there is, perhaps after waiting for the first; None: it did not come."""
        service_id = channel.service.id
        known = self._seen.get(service_id)
        if known is not None and wall_clock.monotonic_ms() - known.made_ms < FRESH_MS:
            return known
        made = self._waiting.get(service_id)
        if made is None and len(self._waiting) < MOST_WAITING:
            made = self._waiting[service_id] = asyncio.get_running_loop().create_future()
            self._asked.set()
        if known is not None or made is None:
            return known
        await asyncio.wait([made], timeout=LONGEST_WAIT_S)
        return self._seen.get(service_id)

    async def run(self) -> None:
        """Make what is asked for, for ever."""
        looker: Looker | None = None
        try:
            while True:
                if not self._waiting:
                    self._asked.clear()
                    try:
                        async with asyncio.timeout(IDLE_S if looker is not None else None):
                            await self._asked.wait()
                    except TimeoutError:
                        assert looker is not None
                        looker.close()
                        looker = None
                        self._forget()
                    continue
                if looker is None:
                    from yiwang.media import looker as room  # with FFmpeg, which most nodes never need

                    looker = room.Looker()
                service_id = next(iter(self._waiting))
                before_s = self.cpu_s
                try:
                    await self._make(service_id, looker)
                except Exception:  # a fault of ours, and no channel's
                    log.exception("no thumbnail", service=service_id)
                self._waiting.pop(service_id).set_result(None)
                await asyncio.sleep((self.cpu_s - before_s) * (1 / SHARE - 1))
        finally:
            if looker is not None:
                looker.close()
            for made in self._waiting.values():
                made.cancel()

    async def _make(self, service_id: str, looker: "Looker") -> None:
        channel, now_ms = self._channels.get(service_id), wall_clock.monotonic_ms()
        pieces = await _pieces(channel) if channel is not None else None
        known = self._seen.get(service_id)
        if pieces is None:
            self._seen.pop(service_id, None)
            return
        place = pieces.period_id, pieces.number
        if known is not None and (known.period_id, known.number) == place:
            return  # nothing new has come
        seen = await looker.look(pieces.pictures, pieces.sound, thumbnail=True)
        self.made += 1
        self.cpu_s += seen.cpu_s
        jpeg = seen.picture.jpeg if seen.picture is not None else b""
        rms_db = seen.sound.rms_db if seen.sound is not None else None
        self._seen[service_id] = Thumbnail(jpeg, *place, now_ms, rms_db)

    def _forget(self) -> None:
        now_ms = wall_clock.monotonic_ms()
        for service_id, seen in list(self._seen.items()):
            if now_ms - seen.made_ms > KEPT_MS or service_id not in self._channels:
                del self._seen[service_id]


async def _pieces(channel: Channel) -> Pieces | None:
    if not channel.is_elsewhere:
        return pieces_of(channel)
    from yiwang.services.elsewhere import ask  # which a node of one process does not need

    found: Pieces | None = await ask(channel, "pieces")
    return found
