"""Subtitles that are pictures, as text beside them: their letters are read, and the track's segments wait for that.

Reading takes its time, elsewhere: a screen is handed over when it comes, some tenths of a second before it is to be seen.
Nothing but the track of text waits for what was read, and that for LONGEST_READING_90K at most: what is read still later is
seen from the first segment on that is not written yet, as all text that comes late, and a fault tells it (ADR 63). So unless
that happens the octets depend on the stream and the reader alone.
"""

from collections.abc import Callable

from yiwang.base.elementary import CodecConfig
from yiwang.base.events import Fault
from yiwang.base.subtitle import Cue, Screen, ScreenChange
from yiwang.base.timebase import TICKS_90K
from yiwang.packaging.reading import Reader, Reading
from yiwang.packaging.text import Change, TextTrack
from yiwang.packaging.text_streams import TextPage

LONGEST_READING_90K = 3 * TICKS_90K
"""After the pictures of its time: as late as text comes at all (`text.LONGEST_PATIENCE_90K`)."""
LATE = "subtitle_read_late"


class ReadTrack(TextTrack):
    """The text of one page's pictures.

    Parameters
    ----------
    name, page, config    as of `TextTrack`
    reader : Reader
    wait : bool           for what is read, however long it takes: in a file
    faults : callable     takes them
    """

    def __init__(
        self,
        name: str,
        page: TextPage,
        config: CodecConfig,
        reader: Reader,
        faults: Callable[[Fault], None],
        *,
        wait: bool,
    ) -> None:
        super().__init__(name, page, config)
        self._reader = reader
        self._wait = wait
        self._faults = faults
        self._readings: dict[Change, Reading] = {}
        self._newest: tuple[Screen, Reading] | None = None
        self._told: Reading | None = None  # of its failure, or that it is late

    def add(self, base: int, raw: int, change: ScreenChange) -> Change:
        """Take a change and let it be read; a screen that is sent again is not read again."""
        added = super().add(base, raw, change)
        if added.screen is not None:
            if self._newest is None or self._newest[0] != added.screen or self._newest[1].failure:
                self._newest = (added.screen, self._reader.begin(added.screen, self.page.language))
            self._readings[added] = self._newest[1]
        return added

    def known_until(self, base: int, known: int, reference: int) -> int:
        """Raw time up to which all is read, or no more waited for."""
        if not self._wait:
            for change in self._changes:
                reading = self._readings.get(change)
                if change.base == base and reading is not None and reading.lines(wait=False) is None:
                    return min(known, max(change.raw, reference - LONGEST_READING_90K))
        return known

    def cut(self, base: int, begin: int, end: int) -> list[Cue]:
        """As `TextTrack.cut`; then forget what has been seen."""
        cues = super().cut(base, begin, end)
        kept = {change: self._readings[change] for change in (self._shown, *self._changes) if change in self._readings}
        for change, reading in self._readings.items():
            if change not in kept and reading is not (self._newest and self._newest[1]):
                reading.give_up()
        self._readings = kept
        return cues

    def _seen(self, change: Change) -> Screen | None:
        reading = self._readings.get(change)
        if reading is None:
            return None
        lines = reading.lines(wait=self._wait)
        if reading is not self._told and (lines is None or reading.failure):
            self._told = reading
            self._faults(Fault(LATE if lines is None else reading.failure))
        return Screen(lines) if lines else None
