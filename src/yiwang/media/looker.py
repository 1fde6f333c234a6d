"""Looks at pictures and sound in a process of low priority.

Not in a thread: one of low priority that a busy machine stops while it has the interpreter stops the event loop with it, and
what FFmpeg makes of damaged pictures may end the process it is in.
"""

import asyncio
import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import process_time

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.media.answering import answer_all
from yiwang.media.look import KeyFrame, Loudness, decode_key_frame, decode_sound

Picture = tuple[bytes, bytes]
"""CMAF header of a video track, and a chunk that begins with a random access point."""
Sound = tuple[bytes, list[bytes]]
"""CMAF header of an audio track, and chunks."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The picture (`decode_key_frame`), level of the sound; None for what was not there or not decoded.

    ``cpu_s`` is what the process spent on it.
    """

    picture: KeyFrame | None = None
    sound: Loudness | None = None
    faults: tuple[Fault, ...] = ()
    cpu_s: float = 0.0


class Looker:
    """The process: it begins with the first look, and anew after it has ended. One look at a time."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._end: Connection | None = None

    async def look(self, picture: Picture | None, sound: Sound | None, *, thumbnail: bool = False) -> Seen:
        """Decode the first picture of one chunk and the begin of other chunks."""
        return await asyncio.to_thread(self._ask, picture, sound, thumbnail)

    def _ask(self, picture: Picture | None, sound: Sound | None, thumbnail: bool) -> Seen:
        if self._process is None or self._end is None:
            context = multiprocessing.get_context("spawn")  # a fork would copy the locks of the caller's threads
            self._end, theirs = context.Pipe()
            self._process = context.Process(target=_work, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        try:
            self._end.send((picture, sound, thumbnail))
            seen = self._end.recv()
        except (EOFError, OSError):
            self.close()
            return Seen(faults=(Fault("picture_not_decoded", detail="the process that decodes has ended"),))
        assert isinstance(seen, Seen)
        return seen

    def close(self) -> None:
        """End the process; a look that is under way gives no picture. The pipe is left to whom waits at it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()


def _work(questions: Connection) -> None:
    """Answer until the other end is gone."""
    answer_all(questions, _decode)


def _decode(picture: Picture | None, sound: Sound | None, thumbnail: bool) -> Seen:
    key_frame, loudness, faults, began_s = None, None, [], process_time()
    try:
        if picture is not None:
            key_frame = decode_key_frame(*picture, thumbnail=thumbnail)
    except WireError as error:
        faults.append(Fault("picture_not_decoded", detail=str(error)))
    try:
        if sound is not None:
            loudness = decode_sound(*sound)
    except WireError as error:
        faults.append(Fault("sound_not_decoded", detail=str(error)))
    return Seen(key_frame, loudness, tuple(faults), process_time() - began_s)
