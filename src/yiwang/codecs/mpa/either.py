"""MPEG audio by its stream type, AAC perhaps by its octets: some multiplexers sign ADTS as 0x03 or 0x04."""

from copy import copy

from yiwang.base.elementary import AccessUnit, Marks, Octets
from yiwang.base.events import Fault
from yiwang.codecs.aac.adts import AdtsFramer
from yiwang.codecs.frame_search import FrameSearch
from yiwang.codecs.mpa.framer import MpaFramer


class MpegAudioFramer:
    """The machine: see `yiwang.codecs.framer.Framer`. The coding whose frames come first is that of the stream.

    The two begin alike and differ in the layer, which is 0 in ADTS only; neither finds frames of the other kind.
    """

    def __init__(self) -> None:
        self._chosen: FrameSearch | None = None
        self._candidates: tuple[FrameSearch, ...] = (AdtsFramer(), MpaFramer())
        self._faults: list[Fault] = []

    def __copy__(self) -> "MpegAudioFramer":
        other = MpegAudioFramer()
        other._chosen, other._candidates = copy(self._chosen), tuple(map(copy, self._candidates))
        other._faults = self._faults[:]
        return other

    def feed(self, es: Octets, marks: Marks) -> list[AccessUnit]:
        """Take a block; return the access units it completes."""
        if self._chosen is not None:
            return self._chosen.feed(es, marks)
        return self._choose([(framer, framer.feed(es, marks)) for framer in self._candidates])

    def flush(self) -> list[AccessUnit]:
        """Take the end of the stream; what comes after it is looked into anew."""
        if self._chosen is not None:
            units = self._chosen.flush()
            self._faults += self._chosen.drain_faults()
        else:
            units = self._choose([(framer, framer.flush()) for framer in self._candidates])
        self._chosen, self._candidates = None, (AdtsFramer(), MpaFramer())
        return units

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call; while nothing is known of the stream there are none."""
        faults, self._faults = self._faults, []
        return faults + self._chosen.drain_faults() if self._chosen is not None else faults

    def _choose(self, found: list[tuple[FrameSearch, list[AccessUnit]]]) -> list[AccessUnit]:
        for framer, units in sorted(found, key=lambda pair: pair[0].first_frame or 0):
            if units:
                self._chosen = framer
                if isinstance(framer, AdtsFramer):
                    detail = "its stream_type says MPEG audio; it is AAC (ADTS)"
                    self._faults.append(Fault("wrong_stream_type", detail=detail))
                return units
        return []
