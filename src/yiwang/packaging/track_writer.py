"""Samples of one track in, CMAF parts and segments out."""

from collections.abc import Sequence

from yiwang.base.pieces import joined_later
from yiwang.isobmff.chunk import chunk_pieces
from yiwang.packaging.events import EventSink, PartPublished, SegmentPublished, TrackHeader

PARTS_PER_SEGMENT_BOUND = 256  # mfhd sequence_number = number * this + index: a function of the place, rising


class TrackWriter:
    """Cuts one track of one period into parts and segments.

    A part ends before the sample that would make it longer than the target, so no part is longer (rfc8216bis 4.4.3.7);
    that is a function of the segment's samples alone.

    Parameters
    ----------
    header : TrackHeader
    part_ticks : int            part target in the track's timescale; 0: one part per segment
    out : EventSink             events are appended here
    """

    def __init__(self, header: TrackHeader, part_ticks: int, out: EventSink) -> None:
        self.header = header
        self._part_target = part_ticks
        self._out = out
        self.number: int | None = None
        self._segment_start = 0
        self._segment_independent = False
        self._index = 0
        self._part_start = 0
        self.end_ticks = 0
        self._clear_part()

    def _clear_part(self) -> None:
        self._data: list[bytes] = []
        self._durations: list[int] = []
        self._offsets: list[int] = []
        self._sync: list[bool] = []

    def begin_segment(self, number: int) -> None:
        """Start a segment with the next sample; closes the one before."""
        self.end_segment()
        self.number = number
        self._index = 0
        self._segment_start = -1

    def add(self, data: bytes, start_ticks: int, duration_ticks: int, composition_offset: int, sap: bool) -> None:
        """Add a sample whose duration is known."""
        if self._data and (
            start_ticks != self.end_ticks
            or (self._part_target and self.end_ticks - self._part_start + duration_ticks > self._part_target)
        ):
            self._publish_part()
        if self._segment_start < 0:
            self._segment_start = start_ticks
            self._segment_independent = sap
        if not self._data:
            self._part_start = start_ticks
        self._data.append(data)
        self._durations.append(duration_ticks)
        self._offsets.append(composition_offset)
        self._sync.append(sap)
        self.end_ticks = start_ticks + duration_ticks
        if self._part_target and self.end_ticks - self._part_start + duration_ticks > self._part_target:
            self._publish_part()  # the next one will not fit: do not wait for it

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
            target, begun = self._part_target, self.end_ticks - self._part_start
            room = (
                (target - begun) // duration_ticks - 1 if target and self._data and start_ticks == self.end_ticks else 0
            )
            end = min(n, at + room) if target else n
            if not self._data or start_ticks != self.end_ticks or room < 1:
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

    def due_ticks(self, duration_ticks: int) -> int | None:
        """Where samples must have come to for the open part to be published, if they last ``duration_ticks`` each.

        None when parts are whole segments.
        """
        if not self._part_target:
            return None
        return (self._part_start if self._data else self.end_ticks) + self._part_target - duration_ticks + 1

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
