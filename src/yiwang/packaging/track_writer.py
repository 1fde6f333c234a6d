"""Samples of one track in, CMAF parts and segments out."""

from collections.abc import Sequence

from yiwang.base.pieces import joined_later
from yiwang.base.timebase import TICKS_90K, rescale
from yiwang.isobmff.chunk import chunk_pieces
from yiwang.packaging.events import EventSink, PartPublished, SegmentPublished, TrackHeader

PARTS_PER_SEGMENT_BOUND = 256  # mfhd sequence_number = number * this + index: a function of the place, rising


LONGEST_FRAME_90K = 3780
"""42 ms: a little more than one of film, of 24/1.001 a second, lasts."""


def longest_part_90k(part_90k: int) -> int:
    """Return what no part is longer than, for a nominal duration; 0: there are no parts."""
    return part_90k and part_90k + LONGEST_FRAME_90K


class TrackWriter:
    """Cuts one track of one period into parts and segments.

    A part ends with the sample that comes to the next multiple of the nominal duration since the segment began: so four
    parts of half a second fill two seconds, whatever the frame rate, and no short one is left over. It ends before the
    sample that would make it longer than `longest_part_90k` (rfc8216bis 4.4.3.7). All that is a function of the segment's
    samples alone.

    Parameters
    ----------
    header : TrackHeader
    part_90k : int              nominal duration of a part; 0: one part per segment
    out : EventSink             events are appended here
    """

    def __init__(self, header: TrackHeader, part_90k: int, out: EventSink) -> None:
        self.header = header
        self._part_ticks = rescale(part_90k, header.timescale, TICKS_90K)
        self._longest_part = rescale(longest_part_90k(part_90k), header.timescale, TICKS_90K)
        self._out = out
        self.number: int | None = None
        self._segment_start = 0
        self._segment_independent = False
        self._index = 0
        self._part_start = self._part_end = 0
        self.end_ticks = 0
        self._clear_part()

    def _clear_part(self) -> None:
        self._data: list[bytes] = []
        self._durations: list[int] = []
        self._offsets: list[int] = []
        self._sync: list[bool] = []

    def go_to(self, out: EventSink) -> None:
        """Append events to another list from here on."""
        self._out = out

    def begin_segment(self, number: int) -> None:
        """Start a segment with the next sample; closes the one before."""
        self.end_segment()
        self.number = number
        self._index = 0
        self._segment_start = -1

    def add(self, data: bytes, start_ticks: int, duration_ticks: int, composition_offset: int, sap: bool) -> None:
        """Add a sample whose duration is known."""
        if self._data and (start_ticks != self.end_ticks or not self._fits(duration_ticks)):
            self._publish_part()
        if self._segment_start < 0:
            self._segment_start = start_ticks
            self._segment_independent = sap
        if not self._data:
            self._begin_part(start_ticks)
        self._data.append(data)
        self._durations.append(duration_ticks)
        self._offsets.append(composition_offset)
        self._sync.append(sap)
        self.end_ticks = start_ticks + duration_ticks
        if self._part_ticks and (self.end_ticks >= self._part_end or not self._fits(duration_ticks)):
            self._publish_part()  # where the next one will not fit it is not waited for

    def _begin_part(self, start_ticks: int) -> None:
        self._part_start = start_ticks
        self._part_end = self._end_of_part(start_ticks, self._segment_start)

    def _end_of_part(self, start_ticks: int, segment_start: int) -> int:
        """Return the multiple of the nominal duration after the one that is nearest to a part's begin."""
        part = self._part_ticks
        return segment_start + ((start_ticks - segment_start + part // 2) // part + 1) * part if part else 0

    def _fits(self, duration_ticks: int) -> bool:
        return not self._part_ticks or self.end_ticks - self._part_start + duration_ticks <= self._longest_part

    def extend(self, by_ticks: int) -> bool:
        """Let the last sample last longer; False, and nothing is done, where its part has been published."""
        if not self._data:
            return False
        self._durations[-1] += by_ticks
        self.end_ticks += by_ticks
        return True

    def add_run(self, data: Sequence[bytes], start_ticks: int, duration_ticks: int) -> None:
        """Add samples that follow each other, all of one duration and all sync samples: the same as `add` one by one."""
        n, at = len(data), 0
        while at < n:
            end = n if not self._part_ticks else min(n, at + self._room(duration_ticks))
            if not self._data or start_ticks != self.end_ticks or end <= at:
                self.add(data[at], start_ticks, duration_ticks, 0, True)
                at, start_ticks = at + 1, start_ticks + duration_ticks
                continue
            k = end - at
            self._data += data[at:end]
            self._durations += [duration_ticks] * k
            self._offsets += [0] * k
            self._sync += [True] * k
            at, start_ticks = end, start_ticks + k * duration_ticks
            self.end_ticks = start_ticks

    def _room(self, duration_ticks: int) -> int:
        """Return how many samples go into the open part without completing it."""
        last = min(self._part_end - 1, self._part_start + self._longest_part - duration_ticks)
        return (last - self.end_ticks) // duration_ticks

    def due_ticks(self, duration_ticks: int) -> int | None:
        """Where samples must have come to for the open part to be published, if they last ``duration_ticks`` each.

        None when parts are whole segments.
        """
        if not self._part_ticks:
            return None
        start, end = self._part_start, self._part_end
        if not self._data:
            start = self.end_ticks
            is_first = self.number is None or self._segment_start < 0
            end = self._end_of_part(start, start if is_first else self._segment_start)
        return min(end, start + self._longest_part - duration_ticks + 1)

    def _publish_part(self) -> None:
        if not self._data or self.number is None:
            return
        pieces = chunk_pieces(
            (self.number * PARTS_PER_SEGMENT_BOUND + self._index) & 0xFFFFFFFF,
            self.header.track_id,
            self._part_start,
            self._data,
            self._durations,
            self._offsets,
            self._sync,
        )
        self._out.append(
            PartPublished(
                self.header.name,
                self.number,
                self._index,
                joined_later(pieces),
                self._part_start,
                self.end_ticks - self._part_start,
                self._sync[0],
            )
        )
        self._index += 1
        self._clear_part()

    def end_segment(self) -> None:
        """Publish what is left of the segment, and the segment."""
        self._publish_part()
        if self.number is not None and self._index:
            self._out.append(
                SegmentPublished(
                    self.header.name,
                    self.number,
                    self._segment_start,
                    self.end_ticks - self._segment_start,
                    self._segment_independent,
                )
            )
        self.number = None
