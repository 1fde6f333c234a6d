"""Pictures and audio frames with raw times (see `yiwang.packaging.timeline`); audio frames that follow each other are one run.

A PES packet says the time of its first frame; the others are counted on from it. So what holds for the times of a run's
first and last frame holds for those between them, and most questions need not be asked of every frame.
"""

from dataclasses import dataclass
from typing import NamedTuple

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.timebase import TICKS_90K, rescale


class Unit(NamedTuple):
    """An access unit with 64-bit raw times."""

    au: AccessUnit
    raw_dts: int
    raw_pts: int
    raw_next_dts: int  # of its successor where that is known already, else -1


@dataclass(slots=True)
class FrameRun:
    """Frames of one PES packet and one configuration, none missing; all but the first have no time stamp of their own.

    ``base`` is the number of their time base, None while it is not known; ``origin`` the raw time of the packet's first
    frame; ``first`` how many frames of the packet came before these.
    """

    base: int | None
    units: list[AccessUnit]
    origin: int
    first: int = 0

    @property
    def config(self) -> CodecConfig:
        """What all the frames are coded as."""
        return self.units[0].config

    def raw(self, n: int) -> int:
        """Raw time of frame ``n``."""
        config = self.units[0].config
        return self.origin + rescale((self.first + n) * config.samples_per_frame, TICKS_90K, config.sampling_frequency)

    def unit(self, n: int) -> Unit:
        """Frame ``n`` with its raw times."""
        raw = self.raw(n)
        return Unit(self.units[n], raw, raw, -1)

    def count_before(self, raw: int) -> int:
        """How many of the frames begin before a raw time."""
        config = self.units[0].config
        # rounded up: the least n with raw(n) >= raw
        n = -((1 - 2 * (raw - self.origin)) * config.sampling_frequency // (2 * config.samples_per_frame * TICKS_90K))
        return min(max(n - self.first, 0), len(self.units))

    def drop_first(self) -> None:
        """Let go of the first frame."""
        del self.units[0]
        self.first += 1

    def split(self, n: int) -> "FrameRun":
        """Take the first ``n`` frames out, which must be some and not all; return them."""
        head = FrameRun(self.base, self.units[:n], self.origin, self.first)
        self.units = self.units[n:]
        self.first += n
        return head
