"""What one elementary stream tells of its codec, from its first access units."""

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_90K, unwrap_33
from yiwang.codecs.framer import Framer
from yiwang.codecs.registry import framer_for
from yiwang.mpegts.demultiplexer import EsBlock
from yiwang.services.probe_clock import DtsClock

UNITS_TO_SEE = 64
"""The codec and frame rate of a stream are known after so many access units, or will not be."""
LARGEST_DENOMINATOR = 1001


class StreamProbe:
    """The machine: `feed` blocks of one PID."""

    def __init__(self, stream_type: int, channel_config: bytes = b"") -> None:
        self.clock = DtsClock()
        self.config: CodecConfig | None = None
        self._framer: Framer | None = framer_for(stream_type, channel_config=channel_config)
        self._units = 0
        self._dts_90k: list[int] = []

    @property
    def is_done(self) -> bool:
        """Whether more octets would tell nothing new of the codec."""
        return self._framer is None

    @property
    def frame_rate(self) -> tuple[int, int] | None:
        """Pictures a second as the stream states them, else as its DTS go; None for audio."""
        if self.config is None or self.config.kind != "video":
            return None
        span = max(self._dts_90k, default=0) - min(self._dts_90k, default=0)
        if self.config.frame_rate or not span:
            return self.config.frame_rate
        from fractions import Fraction  # where the stream does not say

        rate = Fraction(TICKS_90K * (len(self._dts_90k) - 1), span).limit_denominator(LARGEST_DENOMINATOR)
        return rate.numerator, rate.denominator

    def feed(self, block: EsBlock) -> list[Fault]:
        """Take a block; return the faults in it."""
        self.clock.add(block.marks)
        if self._framer is None:
            return []
        self._look_at(self._framer.feed(block.es, block.marks))
        faults = self._framer.drain_faults()
        if self._units >= UNITS_TO_SEE:
            self._framer = None
        return faults

    def flush(self) -> None:
        """Take the end of the stream."""
        if self._framer is not None:
            self._look_at(self._framer.flush())
            self._framer = None

    def _look_at(self, units: list[AccessUnit]) -> None:
        for unit in units:
            self._units += 1
            self.config = unit.config
            if unit.dts_90k >= 0:
                self._dts_90k.append(unwrap_33(unit.dts_90k, self._dts_90k[-1] if self._dts_90k else unit.dts_90k))
