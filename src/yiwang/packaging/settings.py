"""How a channel is packaged."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from yiwang.base.timebase import TICKS_90K
from yiwang.packaging.bridge import PlanBridge
from yiwang.packaging.reading import Reader
from yiwang.packaging.transcoding import PlanTranscoding
from yiwang.packaging.video_transcoding import PlanVideoTranscoding


def hashed_init_name(track: str, octets: bytes) -> str:
    """Name a CMAF header after its octets, so that a name never means two things."""
    return f"init-{crc32(octets):08x}.mp4"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a channel is packaged; 90 kHz ticks.

    ``part_90k`` 0 means one part per segment; ``live`` False packages a file (see `Timeline`).
    ``transcode`` makes extra tracks of what browsers do not play: where no sound of the programme is such that they do,
    or, with ``transcode_always``, beside every such track. ``transcode_video`` makes pictures that browsers play in place of
    those that they do not. ``bridge`` makes sound that has become another one fit its track until the period ends. ``reader``
    makes text of subtitles that are pictures.
    """

    segment_90k: int = 2 * TICKS_90K
    part_90k: int = TICKS_90K // 2
    live: bool = True
    init_name: Callable[[str, bytes], str] = hashed_init_name
    transcode: PlanTranscoding | None = None
    transcode_always: bool = False
    transcode_video: PlanVideoTranscoding | None = None
    bridge: PlanBridge | None = None
    reader: Reader | None = None
