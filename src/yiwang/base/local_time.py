"""A place's own time, as a table: what its clocks showed, show and will show."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocalTime:
    """How far clocks are ahead of UTC: ``offsets_s[0]`` seconds, from ``begins_s[0]`` on ``offsets_s[1]``, and so on.

    ``begins_s`` are of the clocks themselves, seconds since 1970-01-01 00:00 as they show it. Of an hour that they show twice
    the first is meant, and one that they leave out is counted as before it.
    """

    offsets_s: tuple[int, ...] = (0,)
    begins_s: tuple[int, ...] = ()

    def utc_s(self, local_s: int) -> int:
        """Return seconds since 1970 UTC of what the clocks show."""
        return local_s - self.offsets_s[bisect_right(self.begins_s, local_s)]


UTC = LocalTime()
