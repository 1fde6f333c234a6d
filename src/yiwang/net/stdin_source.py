"""Standard input as a source: a pipe from another program, taken as fast as it comes."""

import asyncio
import os
import sys

from yiwang.base.events import Fault
from yiwang.net.source import Block, SourceError, UntilDue
from yiwang.net.source_url import StdinSpec

READ_OCTETS = 1 << 18


class StdinSource:
    """Reads standard input until its end."""

    def __init__(self, spec: StdinSpec) -> None:
        self.url = spec.url
        self.bytes_received = 0
        self._descriptor = -1

    async def open(self) -> None:
        """Take hold of standard input. Raises :class:`SourceError` when there is none."""
        await self.close()
        try:
            self._descriptor = sys.stdin.fileno()
        except (AttributeError, ValueError, OSError):
            raise SourceError("standard input is closed") from None

    async def read(self) -> Block:
        """Return what there is, waiting for some; empty at the end."""
        await self._readable()
        try:
            block = os.read(self._descriptor, READ_OCTETS)
        except OSError as error:
            raise SourceError(f"standard input: {error.strerror}") from error
        self.bytes_received += len(block)
        return block

    def hold(self, until_due: UntilDue) -> None:
        """Hold nothing back: blocks come as they are made."""

    async def close(self) -> None:
        """Let standard input be; it is not ours to close."""
        self._descriptor = -1

    def drain_faults(self) -> list[Fault]:
        """A pipe loses nothing."""
        return []

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(self._descriptor, ready.set)
        except PermissionError:  # a regular file is always readable, and epoll refuses it
            await asyncio.sleep(0)  # let other channels have their turn
            return
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)
