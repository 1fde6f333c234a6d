"""How a presentation is offered."""

from dataclasses import dataclass

from yiwang.base.timebase import TICKS_90K
from yiwang.packaging.track_writer import longest_part_90k


@dataclass(frozen=True, slots=True)
class PresentationSettings:
    """All durations are 90 kHz ticks.

    ``segment_90k`` and ``part_90k`` are the packager's nominal durations; ``part_90k`` 0 means no low latency.
    ``window_90k`` is how much media a playlist offers; None offers all.
    ``live`` False is a file: VOD playlists without dates, a static MPD.
    ``utc_timing_url`` is where players of the MPD read the time (xs:dateTime).
    ``keep_media`` False keeps sizes and times only, where segments are written elsewhere.
    """

    segment_90k: int = 2 * TICKS_90K
    part_90k: int = TICKS_90K // 2
    window_90k: int | None = 30 * TICKS_90K
    live: bool = True
    utc_timing_url: str = "/api/time"
    keep_media: bool = True

    @property
    def low_latency(self) -> bool:
        """Parts are offered before their segment is whole."""
        return self.live and self.part_90k > 0

    @property
    def part_target_90k(self) -> int:
        """No part of usual frames is longer."""
        return longest_part_90k(self.part_90k)
