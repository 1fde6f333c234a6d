"""How fast a source's clock runs, by ours."""

from collections import deque

import numpy as np

from yiwang.base.timebase import TICKS_90K

MINUTE_90K = 60 * TICKS_90K
MINUTES_KEPT = 180
LEAST_MINUTES = 20
"""Before, what the network's delay varies by tells more than the clocks."""
LARGEST_PPM = 30
"""27 MHz +- 810 Hz (ISO/IEC 13818-1 2.4.2.1)."""
MEASURED_WITHIN_PPM = 3


class SourceClock:
    """Rate of a source's clock against the wall clock, over hours.

    Packets come late, never early, so of each minute the moment counts that came with the least delay. The rate is the
    median slope of all pairs of these (Theil and Sen): minutes in which nothing came in time, or a step of the delay or
    of our own clock, do not move it.
    """

    def __init__(self) -> None:
        self._minute: int | None = None  # of the source's time
        self._least = (0, 0)  # of this minute: delay, and the wall clock then; 90 kHz ticks
        self._kept: deque[tuple[int, int]] = deque(maxlen=MINUTES_KEPT)
        self.ppm: float | None = None  # positive: the source is fast; None: not known yet
        self.is_off = False  # by more than it may be

    def begin(self) -> None:
        """Take that another clock follows."""
        self._minute, self.ppm, self.is_off = None, None, False
        self._kept.clear()

    def note(self, raw_90k: int, now_90k: int) -> bool:
        """Take that what has this raw time came at ``now_90k``; return True when it turns out to be off."""
        delay, minute = (now_90k - raw_90k, now_90k), raw_90k // MINUTE_90K
        if minute == self._minute:
            self._least = min(self._least, delay)
            return False
        is_whole, self._minute = self._minute is not None, minute
        least, self._least = self._least, delay
        if not is_whole:
            return False
        self._kept.append(least)
        if len(self._kept) < LEAST_MINUTES:
            return False
        self.ppm, was_off = self._rate_ppm(), self.is_off
        self.is_off = abs(self.ppm) > LARGEST_PPM + (-MEASURED_WITHIN_PPM if was_off else MEASURED_WITHIN_PPM)
        return self.is_off and not was_off

    def _rate_ppm(self) -> float:
        kept = np.array(self._kept, np.float64) - np.array(self._kept[0], np.float64)
        first, second = np.triu_indices(len(kept), 1)
        delay, elapsed = (kept[second] - kept[first]).T
        known = elapsed > 0  # ours was not set back between the two
        return float(-1e6 * np.median(delay[known] / elapsed[known])) if known.any() else 0.0
