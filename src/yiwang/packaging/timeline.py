"""The 64-bit timeline of a channel: what 33-bit times mean, which segment a moment belongs to.

Three times, all in 90 kHz ticks:

- *raw*: PTS/DTS lifted to 64 bits, to the value nearest to UTC at the start, then by nearest distance. The same on every
  machine that receives the stream.
- *media time* = raw + ``epoch_offset``: rises for ever. A jump of the source's time base opens a new epoch, whose offset
  puts its first random access point at the begin of the first free cell. It is what ``tfdt`` carries.
- *presentation time* = media time - ``presentation_offset``: the wall clock (UTC since 1970) of the media.

The timeline is cut in cells of ``cell_ticks`` (the target duration). A segment's number is the cell in which it begins,
so it is a function of the stream as well.
"""

from dataclasses import asdict, dataclass, fields

from yiwang.base.timebase import unwrap_33

SAME_CLOCK_TOLERANCE_90K = 60 * 90_000
"""After a restart of ours the source's clock is taken for the old one when it is this near to where it should be."""


@dataclass(slots=True)
class TimelineState:
    """What must outlive the process, so that numbers never fall."""

    cell_ticks: int
    epoch_offset: int = 0
    presentation_offset: int = 0
    number_offset: int = 0
    period_id: int = -1
    last_number: int = -1

    def to_dict(self) -> dict[str, int]:
        """Plain integers, for the store."""
        return asdict(self)

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
        self._now_at_reference = 0
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

    def advance(self, raw_dts: int, now_90k: int) -> None:
        """Note the primary track's newest DTS."""
        self._reference = raw_dts
        self._now_at_reference = now_90k

    def elapsed(self, now_90k: int) -> int:
        """Wall-clock time since the last `advance`."""
        return max(0, now_90k - self._now_at_reference)

    # -- media time

    def number_of(self, media_time: int) -> int:
        """Cell of a moment."""
        return media_time // self.state.cell_ticks + self.state.number_offset

    def start_of(self, number: int) -> int:
        """Media time at which a cell begins."""
        return (number - self.state.number_offset) * self.state.cell_ticks

    def presentation(self, media_time: int) -> int:
        """Wall clock of a media time."""
        return media_time - self.state.presentation_offset

    def begin(self, raw_pts: int, now_90k: int) -> int:
        """Place the first random access point of this run; return its media time."""
        state = self.state
        if not self.live:
            state.presentation_offset = raw_pts + state.epoch_offset
            return raw_pts
        media_time = raw_pts + state.epoch_offset
        if not self.resumed:
            state.presentation_offset = media_time - now_90k
            return media_time
        late = now_90k - self.presentation(media_time)
        if abs(late) <= SAME_CLOCK_TOLERANCE_90K and self.number_of(media_time) > state.last_number:
            return media_time
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
        silence = self.elapsed(now_90k)
        if silence < 2 * state.cell_ticks:
            silence = 0  # jitter of arrival must not decide: replicas choose the same cell
        presentation_end = self.presentation(media_end) + silence
        media_time = self._open_epoch(raw_pts, media_end + silence)
        state.presentation_offset = media_time - presentation_end
        return media_time

    def _open_epoch(self, raw_pts: int, not_before: int) -> int:
        state = self.state
        media_time = not_before
        if self.live:
            media_time = self.start_of(max(self.number_of(not_before - 1), state.last_number) + 1)
        state.epoch_offset = media_time - raw_pts
        return media_time
