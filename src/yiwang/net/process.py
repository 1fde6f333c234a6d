"""What this process uses: CPU and memory, from the kernel."""

import resource
from pathlib import Path

from yiwang.net import wall_clock


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class ProcessMeter:
    """CPU use between two looks, resident memory now."""

    def __init__(self) -> None:
        self._cpu_s = _cpu_s()
        self._at_ms = wall_clock.monotonic_ms()

    def cpu_percent(self) -> float:
        """Percent of one core since the last call."""
        cpu_s, at_ms = _cpu_s(), wall_clock.monotonic_ms()
        spent, passed = cpu_s - self._cpu_s, max(1, at_ms - self._at_ms) / 1000
        self._cpu_s, self._at_ms = cpu_s, at_ms
        return round(100 * spent / passed, 1)

    @staticmethod
    def rss_bytes() -> int:
        """Resident memory."""
        try:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
        except OSError:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return pages * resource.getpagesize()
