"""What this node uses: CPU and memory, from the kernel, and from its workers."""

import resource
from collections.abc import Callable
from pathlib import Path

from yiwang.net import wall_clock


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class ProcessMeter:
    """CPU use between two looks, resident memory now.

    Parameters
    ----------
    workers : callable or None    returns CPU time, seconds, and resident memory, octets, of other processes of the node
    """

    def __init__(self, workers: Callable[[], tuple[float, int]] | None = None) -> None:
        self._workers = workers or (lambda: (0.0, 0))
        self._cpu_s = _cpu_s() + self._workers()[0]
        self._at_ms = wall_clock.monotonic_ms()

    def cpu_percent(self) -> float:
        """Percent of one core since the last call."""
        cpu_s, at_ms = _cpu_s() + self._workers()[0], wall_clock.monotonic_ms()
        spent, passed = cpu_s - self._cpu_s, max(1, at_ms - self._at_ms) / 1000
        self._cpu_s, self._at_ms = cpu_s, at_ms
        return round(100 * spent / passed, 1)

    def rss_bytes(self) -> int:
        """Resident memory."""
        others = self._workers()[1]
        try:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
        except OSError:
            return others + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return others + pages * resource.getpagesize()
