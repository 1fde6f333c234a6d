"""The schedule of one service, in one source or merged: columns of numbers and one piece of octets, no object per event."""

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiwang.base.errors import WireError
from yiwang.kernels.guide_merge import COVERED, DOUBLE, KEPT, NEGATIVE, NO_TIME, TOO_LONG, ZERO, clean_events
from yiwang.kernels.guide_rows import gather_rows, hash_rows, measure_rows, rows_are_whole
from yiwang.network.guide.event import Event
from yiwang.network.guide.rows import event_row, row_event
from yiwang.network.guide.titles import title_numbers

Integers = NDArray[np.int64]
_HEADER = struct.Struct("<4sHHQQ")  # magic, version, reserved, events, octets of rows
_MAGIC = b"YWGS"
VERSION = 1
REFUSED = {
    ZERO: "zero length", NEGATIVE: "negative length", TOO_LONG: "too long", NO_TIME: "time", DOUBLE: "doubled",
    COVERED: "at the same time",
}  # fmt: skip
"""Why an event is not in a schedule, as it is counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """N events in the order of their start, none longer than to the next one's start.

    Attributes
    ----------
    start_s, stop_s : ndarray of shape (N,), int64    since 1970-01-01T00:00:00Z; ``stop_s`` exclusive
    title, sketch : ndarray of shape (N,), int64      `titles.title_numbers` of the first title
    flags : ndarray of shape (N,), int32              of `event`
    rows : ndarray of shape (octets,), uint8          what else there is of each (`rows`)
    at : ndarray of shape (N + 1,), int64             where each begins in ``rows``
    fields, score : ndarray of shape (N,), int64 and int32    what a row has, and how complete it is (`measure_rows`)
    """

    start_s: Integers
    stop_s: Integers
    title: Integers
    sketch: Integers
    flags: NDArray[np.int32]
    rows: NDArray[np.uint8]
    at: Integers
    fields: Integers
    score: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start_s)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("start_s", "stop_s", "flags", "at", "title", "sketch", "rows")
        )

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, i: int) -> Event:
        """Decode one event."""
        n = len(self)
        if not -n <= i < n:
            raise IndexError(i)
        i %= n
        return row_event(self.row(i), int(self.start_s[i]), int(self.stop_s[i]), int(self.flags[i]))

    def __iter__(self) -> Iterator[Event]:
        octets, at = self.rows.tobytes(), self.at.tolist()
        columns = zip(self.start_s.tolist(), self.stop_s.tolist(), self.flags.tolist(), at, at[1:], strict=False)
        for start_s, stop_s, flags, begin, end in columns:
            yield row_event(octets[begin:end], start_s, stop_s, flags)

    def row(self, i: int) -> bytes:
        """Return the row of an event."""
        return self.rows[self.at[i] : self.at[i + 1]].tobytes()

    def span(self, from_s: int, until_s: int) -> slice:
        """Return which events are on at some time from ``from_s`` until before ``until_s``."""
        first = int(np.searchsorted(self.stop_s, from_s, "right"))
        return slice(first, max(first, int(np.searchsorted(self.start_s, until_s, "left"))))

    def between(self, from_s: int, until_s: int) -> "Schedule":
        """Return the events that are on at some time of the span, whole; memory is shared."""
        return self.cut(self.span(from_s, until_s))

    def cut(self, span: slice) -> "Schedule":
        """Return a run of events; memory is shared."""
        first, last, _ = span.indices(len(self))
        last = max(first, last)
        at = self.at[first : last + 1]
        return Schedule(
            self.start_s[first:last], self.stop_s[first:last], self.title[first:last], self.sketch[first:last],
            self.flags[first:last], self.rows[at[0] : at[-1]], at - at[0], self.fields[first:last], self.score[first:last],
        )  # fmt: skip

    def now_next(self, now_s: int) -> tuple[int | None, int | None]:
        """Return the numbers of the event that is on and of the one that begins next."""
        following = int(np.searchsorted(self.start_s, now_s, "right"))
        present = following - 1 if following and self.stop_s[following - 1] > now_s else None
        return present, following if following < len(self) else None

    def take(self, chosen: Integers) -> "Schedule":
        """Return some of the events, in the order of their start."""
        rows, at = gathered(self.rows, self.at[:-1], self.at[1:], chosen)
        return Schedule(
            self.start_s[chosen], self.stop_s[chosen], self.title[chosen], self.sketch[chosen], self.flags[chosen],
            rows, at, self.fields[chosen], self.score[chosen],
        )  # fmt: skip

    def shifted(self, by_s: int) -> "Schedule":
        """Return the same at other times, for a source that is wrong throughout."""
        return Schedule(
            self.start_s + by_s, self.stop_s + by_s, self.title, self.sketch, self.flags, self.rows, self.at, self.fields,
            self.score,
        )  # fmt: skip

    def to_bytes(self) -> bytes:
        """Write it for the store: a header, the columns in little-endian order, the rows."""
        header = _HEADER.pack(_MAGIC, VERSION, 0, len(self), len(self.rows))
        wide = (self.start_s, self.stop_s, self.title, self.sketch, self.at)
        columns = [column.astype("<i8", copy=False).tobytes() for column in wide]
        return b"".join([header, *columns, self.flags.astype("<i4", copy=False).tobytes(), self.rows.tobytes()])

    @classmethod
    def from_bytes(cls, octets: bytes) -> "Schedule":
        """Read what `to_bytes` wrote.

        Raises
        ------
        WireError    another version, or not whole
        """
        if len(octets) < _HEADER.size:
            raise WireError("schedule", 0, f"{_HEADER.size} octets of header", str(len(octets)))
        magic, version, _, n, size = _HEADER.unpack_from(octets)
        if magic != _MAGIC or version != VERSION:
            raise WireError("schedule", 0, f"a schedule of version {VERSION}", f"{magic!r} version {version}")
        expected = _HEADER.size + 8 * (5 * n + 1) + 4 * n + size
        if len(octets) != expected:
            raise WireError("schedule", len(octets), f"{expected} octets", str(len(octets)))
        memory, place = bytearray(octets), _HEADER.size  # numba compiles for memory that may be written
        columns = []
        for count, kind in ((n, "<i8"), (n, "<i8"), (n, "<i8"), (n, "<i8"), (n + 1, "<i8"), (n, "<i4"), (size, "u1")):
            column = np.frombuffer(memory, kind, count, place)
            place += column.nbytes
            columns.append(column)
        start_s, stop_s, title, sketch, at, flags, rows = columns
        if not rows_are_whole(rows, at):
            raise WireError("schedule", place - size, "whole rows", "rows that are cut off")
        if (stop_s <= start_s).any() or (start_s[1:] < stop_s[:-1]).any():
            raise WireError("schedule", _HEADER.size, "events one after the other", "events that overlap")
        return cls(start_s, stop_s, title, sketch, flags, rows, at, *measured(rows, at))


def measured(rows: NDArray[np.uint8], at: Integers) -> tuple[Integers, NDArray[np.int32]]:
    """Return what each row has, and how complete it is."""
    fields, score = np.empty(len(at) - 1, np.int64), np.empty(len(at) - 1, np.int32)
    measure_rows(rows, at, fields, score)
    return fields, score


def gathered(
    rows: NDArray[np.uint8],
    begins: Integers,
    ends: Integers,
    chosen: Integers,
    joins: tuple[Integers, Integers] | None = None,
) -> tuple[NDArray[np.uint8], Integers]:
    """Return chosen rows one after the other, and where they begin.

    ``joins``: which of the chosen (its place among them), and the row that has what it lacks.
    """
    m = len(chosen)
    to, joined = joins if joins is not None else (np.empty(0, np.int64), np.empty(0, np.int64))
    next_join = np.full(len(joined) + m, -1, np.int64)
    if len(joined):
        order = np.argsort(to, kind="stable")
        to, joined = to[order], joined[order]
        same = to[1:] == to[:-1]
        next_join[: len(joined) - 1][same] = np.nonzero(same)[0] + 1
        firsts = np.concatenate(([0], np.nonzero(~same)[0] + 1))
        next_join[len(joined) + to[firsts]] = firsts
    size = int((ends[chosen] - begins[chosen]).sum() + (ends[joined] - begins[joined]).sum())
    out = np.empty(size, np.uint8)
    spare = np.empty(size if len(joined) else 0, np.uint8)
    at = np.empty(m + 1, np.int64)
    used = gather_rows(rows, begins, ends, chosen, next_join, joined, out, spare, at)
    return out[:used] if used == size else out[:used].copy(), at


def make_schedule(
    start_s: Integers,
    stop_s: Integers,
    flags: NDArray[np.int32],
    title: Integers,
    sketch: Integers,
    rows: NDArray[np.uint8],
    at: Integers,
    faults: Counter[str] | None = None,
) -> Schedule:
    """Return the schedule of events in any order; what cannot be one is left out and counted in ``faults``.

    Events of no or negative length or of more than three days are refused; an event ends where the next begins; of
    doubles the first stays, with the details of all.
    """
    fields, score = measured(rows, at)
    n = len(start_s)
    if (start_s[1:] > start_s[:-1]).all():
        order = None
    else:
        order = np.lexsort((-stop_s, -score, start_s))
        ordered = start_s[order]
        if (ordered[1:] == ordered[:-1]).any():  # whatever order they came in
            hashes = np.empty(n, np.int64)
            hash_rows(rows, at[:-1], at[1:], hashes)
            order = np.lexsort((flags, hashes, -stop_s, -score, start_s))
        start_s, stop_s, title, sketch, flags = start_s[order], stop_s[order], title[order], sketch[order], flags[order]
    stop_out, reason, kept_as = np.empty(n, np.int64), np.empty(n, np.uint8), np.empty(n, np.int64)
    clean_events(start_s, stop_s, title, sketch, stop_out, reason, kept_as)
    if order is None and not reason.any():  # as nearly all are
        # its columns are its own: of no document that would stay as long as it does
        return Schedule(
            start_s.copy(), stop_out, title.copy(), sketch.copy(), flags.copy(), rows.copy(), at, fields, score
        )  # fmt: skip
    begins, ends = (at[:-1], at[1:]) if order is None else (at[:-1][order], at[1:][order])
    kept = np.nonzero(reason == KEPT)[0]
    joins = None
    if len(kept) < n:
        doubles = np.nonzero(reason == DOUBLE)[0]
        if faults is not None:
            for code, count in zip(*np.unique(reason[reason != KEPT], return_counts=True), strict=True):
                faults[REFUSED[int(code)]] += int(count)
        if len(doubles):
            joins = np.searchsorted(kept, kept_as[doubles]), doubles
    rows, at = gathered(rows, begins, ends, kept, joins)
    return Schedule(
        start_s[kept], stop_out[kept], title[kept], sketch[kept], flags[kept], rows, at, *measured(rows, at)
    )  # fmt: skip


class ScheduleBuilder:
    """Takes events one by one, in any order, and makes the schedule."""

    def __init__(self) -> None:
        self._numbers: list[tuple[int, int, int, int, int]] = []
        self._rows: list[bytes] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, event: Event) -> None:
        """Take an event."""
        self.add_row(event.start_s, event.stop_s, event.flags, event.title, event_row(event))

    def add_row(self, start_s: int, stop_s: int, flags: int, title: str, row: bytes) -> None:
        """Take an event whose row is made already; ``title`` is its first title."""
        self._numbers.append((start_s, stop_s, flags, *title_numbers(title)))
        self._rows.append(row)

    def build(self, faults: Counter[str] | None = None) -> Schedule:
        """Return the schedule of what was taken (`make_schedule`)."""
        numbers = np.array(self._numbers, np.int64).reshape(-1, 5)
        at = np.zeros(len(self._rows) + 1, np.int64)
        np.cumsum([len(row) for row in self._rows], out=at[1:])
        rows = np.frombuffer(bytearray(b"".join(self._rows)), np.uint8)
        start_s, stop_s, flags, title, sketch = (np.ascontiguousarray(column) for column in numbers.T)
        return make_schedule(start_s, stop_s, flags.astype(np.int32), title, sketch, rows, at, faults)


def schedule_of(*events: Event) -> Schedule:
    """Return the schedule of some events."""
    builder = ScheduleBuilder()
    for event in events:
        builder.add(event)
    return builder.build()


EMPTY = schedule_of()
