"""The splice cues of a presentation: the fold of `CuePublished`, as ranges of time."""

from collections import deque
from dataclasses import dataclass

from yiwang.base.timebase import TICKS_90K
from yiwang.packaging.events import CuePublished

MAX_RANGES = 64
"""More are not kept: a playlist carries all of them each time."""

SAME_EVENT_90K = 60 * TICKS_90K
"""A cue of the same id and kind within so much is the same event said anew; later it is another one."""


@dataclass(slots=True)
class CueRange:
    """A break, or a moment (``kind`` 'in' or 'cmd' without a break it belongs to); times are 90 kHz since 1970."""

    id: str
    kind: str
    event_id: int | None
    start_90k: int
    planned_90k: int | None
    auto_return: bool
    section: bytes
    end_90k: int | None = None  # once it is known for certain
    in_section: bytes | None = None

    def end(self) -> int | None:
        """Where it ends as far as one knows; None: not known."""
        if self.end_90k is not None:
            return self.end_90k
        if self.planned_90k is not None:
            return self.start_90k + self.planned_90k
        return None if self.kind == "out" else self.start_90k

    def overlaps(self, begin_90k: int) -> bool:
        """Whether a window that begins at ``begin_90k`` still has some of it."""
        end = self.end()
        return end is None or end > begin_90k or (end == self.start_90k == begin_90k)


class Cues:
    """Folds cues; `ranges` are those kept, in the order in which they were first told."""

    def __init__(self) -> None:
        self.ranges: list[CueRange] = []
        self.recent: deque[CuePublished] = deque(maxlen=16)

    def apply(self, cue: CuePublished) -> None:
        """Take the next cue."""
        self.recent.append(cue)
        same = [r for r in self.ranges if r.event_id == cue.event_id and cue.event_id is not None]
        if cue.kind == "cancel":
            self._cancel(same, cue)
            return
        if cue.kind == "in":
            breaks = [r for r in same if r.kind == "out" and r.start_90k <= cue.presentation_90k and not r.in_section]
            if breaks:
                breaks[-1].end_90k, breaks[-1].in_section = cue.presentation_90k, cue.section
                return
        name = "splice" if cue.event_id is None else f"splice-{cue.event_id}"
        name += f"-{cue.kind}-{cue.media_90k}"
        if cue.duration_90k is not None:
            name += f"-{cue.duration_90k}"
        if any(r.id == name for r in self.ranges):
            return  # said again, by a packager that began anew
        again = [r for r in same if r.kind == cue.kind != "cmd" and r.in_section is None]
        if again and abs(again[-1].start_90k - cue.presentation_90k) < SAME_EVENT_90K:
            self.ranges.remove(again[-1])  # said anew: under a new ID, as the values of a DATERANGE never change
        self.ranges.append(
            CueRange(name, cue.kind, cue.event_id, cue.presentation_90k, cue.duration_90k, cue.auto_return, cue.section)
        )
        del self.ranges[:-MAX_RANGES]

    def _cancel(self, same: list[CueRange], cue: CuePublished) -> None:
        """Take back what has not begun; end what has."""
        for found in same:
            if found.start_90k > cue.presentation_90k:
                self.ranges.remove(found)
            elif found.kind == "out" and (found.end() is None or (found.end() or 0) > cue.presentation_90k):
                found.end_90k = cue.presentation_90k

    def forget_until(self, begin_90k: int) -> None:
        """Let go of what ended before the window's begin."""
        self.ranges = [r for r in self.ranges if r.overlaps(begin_90k)]
