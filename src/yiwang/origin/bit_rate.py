"""Measured bit rates of a track, as playlists and manifests state them."""

from yiwang.base.timebase import TICKS_90K


def two_digits_up(rate_bps: int) -> int:
    """Round up to two significant digits, so that a stated rate stays the same while the measured one hardly moves."""
    step: int = 10 ** max(0, len(str(rate_bps)) - 2)
    return -(-rate_bps // step) * step


class BitRate:
    """Peak over all segments so far, and average over the window; bits per second.

    A segment shorter than half of the longest says nothing of the peak: rfc8216bis 4.4.6.2 takes it over at least half
    a target duration.
    """

    __slots__ = ("_longest", "_octets", "_peak", "_ticks")

    def __init__(self) -> None:
        self._octets = self._ticks = 0
        self._peak = self._longest = 0

    def add(self, octets: int, duration_90k: int) -> None:
        """Count a segment that came into the window."""
        self._octets += octets
        self._ticks += duration_90k
        self._longest = max(self._longest, duration_90k)
        if duration_90k > 0 and 2 * duration_90k >= self._longest:
            self._peak = max(self._peak, octets * 8 * TICKS_90K // duration_90k + 1)

    def remove(self, octets: int, duration_90k: int) -> None:
        """Take a segment off that left the window."""
        self._octets -= octets
        self._ticks -= duration_90k

    @property
    def peak_bps(self) -> int:
        """Peak segment bit rate, rounded up; never falls."""
        return two_digits_up(max(self._peak, 1))

    @property
    def average_bps(self) -> int:
        """Average over the window, rounded up, not above the peak."""
        average = self._octets * 8 * TICKS_90K // self._ticks + 1 if self._ticks > 0 else 1
        return min(two_digits_up(average), self.peak_bps)
