"""SegmentTimeline (ISO/IEC 23009-1 5.3.9.6), kept as runs while segments come at the end and leave at the front."""

from collections import deque

from yiwang.dash.xml import Element


class SegmentTimeline:
    """Segments of one Representation in one Period, numbered without a hole from ``start_number``."""

    __slots__ = ("_length", "_runs", "start_number")

    def __init__(self, start_number: int) -> None:
        self.start_number = start_number
        self._length = 0
        self._runs: deque[list[int]] = deque()  # [t, d, how many]

    def __len__(self) -> int:
        return self._length

    def append(self, t: int, d: int) -> None:
        """Add a segment that begins at ``t`` and lasts ``d`` ticks."""
        self._length += 1
        if self._runs:
            run = self._runs[-1]
            if d == run[1] and t == run[0] + run[1] * run[2]:
                run[2] += 1
                return
        self._runs.append([t, d, 1])

    def drop_first(self) -> None:
        """Take the first segment away."""
        run = self._runs[0]
        self.start_number += 1
        self._length -= 1
        run[0] += run[1]
        run[2] -= 1
        if not run[2]:
            self._runs.popleft()

    def element(self, segment_in_progress: tuple[int, int] | None = None) -> Element:
        """Return the element; (t, d) of a segment in progress is listed last.

        @t is written where it does not follow from the segment before.
        """
        runs = [*self._runs]
        if segment_in_progress is not None:
            runs.append([*segment_in_progress, 1])
        elements = []
        expected = None
        for t, d, count in runs:
            elements.append(Element("S", {"t": t if t != expected else None, "d": d, "r": count - 1 or None}))
            expected = t + d * count
        return Element("SegmentTimeline", {}, tuple(elements))
