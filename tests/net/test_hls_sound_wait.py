"""Sound of its own playlist, waited for by its pictures."""

import asyncio

from yiwang.hls.playlist_reader import ListedSound
from yiwang.net.hls_sound import HlsSound


class Queue:
    """Has what was asked for, or nothing."""

    def __init__(self) -> None:
        self.is_there = False

    def has(self, *_: int) -> bool:
        return self.is_there

    def drop_before(self, *_: int) -> None:
        pass


async def waited(*, comes: bool) -> list[str]:
    """Wait without patience, for what comes as the time is up; return the faults."""
    sound = HlsSound(None, "http://h/all.m3u8", "http://h/sound.m3u8", ListedSound("sound.m3u8"), 0)  # type: ignore[arg-type]
    queue = sound._queue = Queue()  # type: ignore[assignment]
    waiting = asyncio.ensure_future(sound.wait(0, 0, 90_000, 0, 0))
    await asyncio.sleep(0)
    if comes:
        queue.is_there = True
        sound._came.set()
    await waiting
    assert sound._is_late is not comes
    return [fault.name for fault in sound.drain_faults()]


async def test_sound_that_comes_as_patience_ends_is_not_late():
    assert await waited(comes=True) == []


async def test_sound_that_does_not_come_is_told():
    assert await waited(comes=False) == ["hls_sound_late"]
