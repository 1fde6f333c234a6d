"""The 64-bit timeline of a channel: what 33-bit times mean, which segment a moment belongs to.

Three times, all in 90 kHz ticks:

- *raw*: PTS/DTS lifted to 64 bits, to the value nearest to UTC at the start, then by nearest distance. The same on every
  machine that receives the stream.
- *media time* = raw + ``epoch_offset``: rises for ever. A jump of the source's time base opens a new epoch, whose offset
  puts its first random access point at the begin of the first free cell. It is what ``tfdt`` carries.
- *presentation time* = media time - ``presentation_offset``: the wall clock (UTC since 1970) of the media.

The timeline is cut in cells of ``cell_ticks`` (the target duration). A segment's number is the cell in which it begins,
so it is a function of the stream as well. Where the stream says that something begins, the border of two cells moves there.
"""

from dataclasses import dataclass, fields

from yiwang.base.timebase import TICKS_90K, WRAP_33, unwrap_33
from yiwang.packaging.source_clock import SourceClock

SAME_CLOCK_TOLERANCE_90K = 60 * TICKS_90K
"""After a restart of ours the source's clock is taken for the old one when it is this near to where it should be."""
JITTER_90K = 6 * TICKS_90K // 10
"""Blocks come unevenly, as a source holds them back for up to half a second: less than this says nothing about the wall
clock of the media."""
STOOD_STILL_90K = 10 * TICKS_90K
"""A packager may stand still for so long without taking what it reads then for another time base."""
CHECK_90K = 600 * TICKS_90K
"""Once in so much media time presentation time is held against the wall clock."""
CHECK_SEGMENTS = 30
"""So many segments since the check before must have come: one may be late, the one that is least late tells."""
STEP_90K = TICKS_90K
"""Presentation time steps by multiples of this, when it is off by as much."""
USUAL_90K = 2 * TICKS_90K
"""Sources that come in lumps are always late or early; by no more than this they may be."""


@dataclass(slots=True)
class TimelineState:
    """What must outlive the process, so that numbers never fall."""

    cell_ticks: int
    epoch_offset: int = 0
    presentation_offset: int = 0
    number_offset: int = 0
    period_id: int = -1
    last_number: int = -1
    usual_late: int = 0  # at the first check since presentation time was set
    last_check: int = -1  # media time // CHECK_90K; -1: none since then

    def to_dict(self) -> dict[str, int]:
        """Plain integers, for the store."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, values: dict[str, int]) -> "TimelineState":
        """Read what `to_dict` wrote; unknown keys are passed over, wrong types raise TypeError or ValueError."""
        known = {f.name for f in fields(cls)}
        return cls(**{key: int(value) for key, value in values.items() if key in known})


class Timeline:
    """Maps the times of one programme.

    Parameters
    ----------
    cell_ticks : int                 target segment duration
    saved : TimelineState or None    of an earlier run
    live : bool                      True: cells are places in time (numbers equal on all packagers of one stream);
                                     False: a file; numbers count from 1 and epochs join without a hole
    """

    def __init__(self, cell_ticks: int, saved: TimelineState | None = None, *, live: bool = True) -> None:
        self.live = live
        self.resumed = saved is not None
        self.state = saved or TimelineState(cell_ticks)
        self._reference: int | None = None  # raw time of the last DTS of the primary track
        self._arrived_at: int | None = None  # wall clock of the primary track's last block
        self._silences = (0, 0)  # longest between blocks, before the newest unit and before the one before it
        self._broke_off_at = 0
        self._moved: dict[int, int] = {}  # number -> media time at which its cell begins, where that was moved
        self.source_clock = SourceClock()
        self._check: int | None = None
        self._lates = (0, 0)  # of this check: how many segments, the least late
        if self.state.cell_ticks != cell_ticks:
            self._change_cell(cell_ticks)

    def _change_cell(self, cell_ticks: int) -> None:
        """Keep numbers rising when the operator changed the segment duration."""
        state = self.state
        media_time = (state.last_number + 1 - state.number_offset) * state.cell_ticks
        state.cell_ticks = cell_ticks
        state.number_offset = state.last_number + 1 - media_time // cell_ticks

    @property
    def cell_ticks(self) -> int:
        """Length of a cell, 90 kHz ticks."""
        return self.state.cell_ticks

    # -- raw time

    @property
    def reference(self) -> int | None:
        """Raw time of the primary track's newest DTS."""
        return self._reference

    def lift(self, value_33: int, now_90k: int) -> int:
        """Raw time of a 33-bit time, nearest to the primary track's last DTS (to UTC at the start)."""
        return unwrap_33(value_33, now_90k if self._reference is None else self._reference)

    def arrived(self, now_90k: int) -> None:
        """Note that a block of the primary track has come."""
        if self._arrived_at is not None:
            silence = now_90k - self._arrived_at
            self._silences = (max(self._silences[0], silence), self._silences[1])
        self._arrived_at = now_90k

    def advance(self, raw_dts: int) -> None:
        """Note the primary track's newest DTS."""
        self._reference = raw_dts
        self._silences = (0, self._silences[0])

    def leave(self, now_90k: int) -> int:
        """Note that the newest unit does not continue the one before; return for how long nothing came between them.

        The last unit before a silence is only complete with the first block after it, so one unit more is looked back.
        """
        silence = max(self._silences)
        self._broke_off_at = now_90k - silence
        return silence

    # -- media time

    def number_of(self, media_time: int) -> int:
        """Cell of a moment."""
        number = self._regular_number_of(media_time)
        if self._moved:
            if number + 1 in self._moved and media_time >= self._moved[number + 1]:
                return number + 1
            if number in self._moved and media_time < self._moved[number]:
                return number - 1
        return number

    def _regular_number_of(self, media_time: int) -> int:
        return media_time // self.state.cell_ticks + self.state.number_offset

    def start_of(self, number: int) -> int:
        """Media time at which a cell begins."""
        moved = self._moved.get(number)
        return (number - self.state.number_offset) * self.state.cell_ticks if moved is None else moved

    def begin_cell_at(self, media_time: int) -> bool:
        """Move the nearest border of two cells to a moment: the cell behind it begins there, and keeps its number.

        A border that has passed stays where it is, as does one that was moved before; then it is the next one that comes
        early. No cell gets longer than two.

        Returns
        -------
        bool    a cell begins there
        """
        before = self._regular_number_of(media_time)
        into = media_time - (before - self.state.number_offset) * self.state.cell_ticks
        if self.start_of(self.number_of(media_time)) == media_time:
            return True
        for number in (before, before + 1) if 2 * into < self.cell_ticks else (before + 1,):
            if number > self.state.last_number and number not in self._moved:
                self._moved = {n: at for n, at in self._moved.items() if n >= self.state.last_number}
                self._moved[number] = media_time
                return True
        return False

    def presentation(self, media_time: int) -> int:
        """Wall clock of a media time."""
        return media_time - self.state.presentation_offset

    def is_in_time(self, raw_dts: int, now_90k: int) -> bool:
        """Tell whether a time comes when it should by what came before, or is as late as it is where a packager stood still.

        What came meanwhile waited, and what there was no room for is lost: then neither the silence nor what follows is as
        long as the hole, and a packager that did not stand still sees another one.
        """
        late = now_90k - self.presentation(raw_dts + self.state.epoch_offset) - self.state.usual_late
        return -TICKS_90K < late < STOOD_STILL_90K

    def deviation(self, raw_pts: int, now_90k: int) -> int:
        """Note that a segment's first picture has come; tell by how much presentation time should step: mostly 0.

        The moment of a check lies on the media timeline and the step is a round one, so that two packagers of one stream
        mostly do the same; where they do not, an hour later they have. No segment's octets depend on it.
        """
        state = self.state
        media_time = raw_pts + state.epoch_offset
        late = now_90k - self.presentation(media_time)
        check, (n, least) = media_time // CHECK_90K, self._lates
        if check == self._check:
            self._lates = n + 1, min(least, late)
            return 0
        self._check, self._lates = check, (1, late)
        if n < CHECK_SEGMENTS:
            return 0
        if state.last_check < 0:
            state.usual_late = max(-USUAL_90K, min(USUAL_90K, least))
        state.last_check = check
        return (
            round((least - state.usual_late) / STEP_90K) * STEP_90K if abs(least - state.usual_late) >= STEP_90K else 0
        )

    def step(self, by_90k: int) -> None:
        """Let all that comes be presented so much later."""
        self.state.presentation_offset -= by_90k
        self._lates = (0, 0)

    def begin(self, raw_pts: int, raw_dts: int, now_90k: int) -> int:
        """Place the first random access point of this run; return its media time."""
        state = self.state
        if not self.live:
            if raw_dts < 0:  # no time in CMAF is negative: turns of the 33-bit clock are added
                state.epoch_offset = (-raw_dts // WRAP_33 + 1) * WRAP_33
            state.presentation_offset = raw_pts + state.epoch_offset
            return raw_pts + state.epoch_offset
        media_time = raw_pts + state.epoch_offset
        if not self.resumed:
            state.presentation_offset = media_time - now_90k
            return media_time
        late = now_90k - self.presentation(media_time)
        if abs(late) <= SAME_CLOCK_TOLERANCE_90K and self.number_of(media_time) > state.last_number:
            return media_time
        state.last_check = -1
        return self._open_epoch(raw_pts, max(self.start_of(state.last_number + 1), now_90k + state.presentation_offset))

    def open_epoch(self, raw_pts: int, media_end: int, now_90k: int) -> int:
        """Place the first random access point after a jump of the time base.

        Parameters
        ----------
        raw_pts : int      of that random access point, in the new base
        media_end : int    where the old epoch's media ended
        now_90k : int

        Returns
        -------
        int     its media time: the begin of the first free cell, later by the cells that passed in silence
        """
        state = self.state
        passed = now_90k - self._broke_off_at
        presentation = self.presentation(media_end) + (passed if passed > JITTER_90K else 0)
        is_long = (
            passed >= 2 * state.cell_ticks
        )  # else replicas, who see it a little apart, would choose different cells
        media_time = self._open_epoch(raw_pts, media_end + passed * is_long)
        if self.live and not is_long:
            state.number_offset += state.last_number + 1 - self.number_of(media_time)  # no number is missing
        state.presentation_offset = media_time - presentation
        return media_time

    def _open_epoch(self, raw_pts: int, not_before: int) -> int:
        state = self.state
        media_time = not_before
        self._moved = {}
        self.source_clock.begin()
        if self.live:
            media_time = self.start_of(max(self.number_of(not_before - 1), state.last_number) + 1)
        state.epoch_offset = media_time - raw_pts
        return media_time
