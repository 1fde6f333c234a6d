"""A transport stream file as a source, sent at the pace of its own clock."""

import asyncio
from io import BufferedReader
from pathlib import Path

from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_90K
from yiwang.net import wall_clock
from yiwang.net.file_player import FilePlayer
from yiwang.net.source import TICK_MS, Block, SourceError, UntilDue
from yiwang.net.source_url import FileSpec

LATEST_90K = TICKS_90K
"""Later than this (the process slept, the clock was set) what was missed is passed over, not sent in a burst."""

_TICK_90K = TICK_MS * 90


class FileSource:
    """Plays a file; ``align=utc`` ties the place in the loop to UTC.

    Aligned, the picture whose PTS says t (90 kHz since 1970, modulo 2**33) is sent at UTC t, as by an encoder that
    takes no time: pictures that are sent before their turn (B pictures) keep the whole file waiting by that reordering.
    """

    def __init__(self, spec: FileSpec) -> None:
        self.url = spec.url
        self.bytes_received = 0
        self._spec = spec
        self._file: BufferedReader | None = None
        self._player: FilePlayer | None = None
        self._origin_90k = 0  # the clock's value at the timeline's 0
        self._woken_90k = 0

    async def open(self) -> None:
        """Open the file, find its clock and, for a loop, measure it. Raises :class:`SourceError`."""
        await self.close()
        try:
            self._file = Path(self._spec.path).open("rb")  # noqa: SIM115 - closed by close()
            player = await asyncio.to_thread(FilePlayer, self._file, self._spec.loop, self._spec.align_utc)
        except (OSError, SourceError) as error:
            await self.close()
            reason = error.strerror if isinstance(error, OSError) else error
            raise SourceError(f"{self.url}: {reason}") from error
        self._set_out(player)
        self._player = player

    async def read(self) -> Block:
        """Wait until octets are due and return them; empty at the end of a file without loop."""
        player = self._player
        assert player is not None  # opened
        while True:
            if player.needs_load:
                await self._load(player)
            if player.ended:
                return b""
            now, due = self._now_90k(), player.next_due_90k
            if now - due > LATEST_90K or due - now > LATEST_90K:
                self._set_out(player)
            elif due > now - _TICK_90K and (wait := max(due, self._woken_90k + _TICK_90K) - now) > 0:
                await asyncio.sleep(wait / TICKS_90K)
            elif block := player.advance(now):
                self._woken_90k = now
                self.bytes_received += len(block)
                return block

    def hold(self, until_due: UntilDue) -> None:
        """Hold nothing back: blocks come as they are made."""

    async def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file = self._player = None

    def drain_faults(self) -> list[Fault]:
        """A file loses nothing on its way."""
        return []

    async def _load(self, player: FilePlayer) -> None:
        try:
            await asyncio.to_thread(player.load)
        except (OSError, ValueError) as error:  # ValueError: closed meanwhile
            raise SourceError(f"{self.url}: {error}") from error

    def _clock_90k(self) -> int:
        return wall_clock.now_90k() if self._spec.align_utc else wall_clock.monotonic_90k()

    def _now_90k(self) -> int:
        return self._clock_90k() - self._origin_90k

    def _set_out(self, player: FilePlayer) -> None:
        """Begin, or begin again after a leap of the clock: aligned, where UTC is; else, go on with what is next."""
        if self._spec.align_utc and player.loop is not None:
            self._origin_90k = player.loop.reorder_90k
            player.seek(self._now_90k())
        else:
            self._origin_90k = self._clock_90k() - player.next_due_90k
        self._woken_90k = self._now_90k() - _TICK_90K
