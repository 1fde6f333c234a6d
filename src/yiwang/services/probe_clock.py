"""How long a transport stream lasts where it has no PCR: by its DTS."""

from yiwang.base.elementary import MARK_DTS, MARK_PTS, Marks
from yiwang.base.timebase import unwrap_33


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
