"""How long a transport stream lasts, by its own clocks: PCR against packets, DTS where there is no PCR."""

from yiwang.base.elementary import MARK_DTS, MARK_PTS, Marks
from yiwang.base.timebase import TICKS_27M, WRAP_33, unwrap_33

PCR_WRAP = WRAP_33 * 300
LARGEST_STEP_27M = 2 * TICKS_27M
"""A PCR further from the last is another time base, not a pause."""
REPETITION_27M = TICKS_27M // 10
"""ISO/IEC 13818-1 2.7.2: PCRs are at most 0.1 s apart; TR 101 290 2.3a."""


class PcrClock:
    """The PCRs of one PID: packets of the whole stream passed, against ticks passed."""

    def __init__(self) -> None:
        self.packets = 0
        self.ticks_27m = 0
        self.repetition_errors = 0
        self.discontinuity_errors = 0
        self._last: tuple[int, int] | None = None

    def add(self, packet: int, pcr_27m: int, announced: bool) -> None:
        """Take the PCR of packet number ``packet``; ``announced``: its discontinuity_indicator."""
        if self._last is not None:
            last_packet, last_pcr = self._last
            step = (pcr_27m - last_pcr) % PCR_WRAP
            if not step:
                return  # said twice, as some multiplexers do
            if step <= LARGEST_STEP_27M and not announced:
                self.packets += packet - last_packet
                self.ticks_27m += step
                self.repetition_errors += step > REPETITION_27M
            elif not announced:
                self.discontinuity_errors += 1
        self._last = (packet, pcr_27m)


class DtsClock:
    """The DTS (PTS where there is none) of one elementary stream: what time its access units cover."""

    def __init__(self) -> None:
        self._count = 0
        self._first = self._last = self._end = 0

    def add(self, marks: Marks) -> None:
        """Take the marks of a block."""
        for pts_90k, dts_90k in marks[:, [MARK_PTS, MARK_DTS]].tolist():
            time_33 = dts_90k if dts_90k >= 0 else pts_90k
            if time_33 < 0:
                continue
            if not self._count:
                self._first = self._last = self._end = time_33
            self._last = unwrap_33(time_33, self._last)
            self._end = max(self._end, self._last)
            self._count += 1

    @property
    def duration_90k(self) -> int:
        """From the first time stamp to the end of the last access unit, taken to be as long as the others."""
        return (self._end - self._first) * self._count // (self._count - 1) if self._count > 1 else 0
