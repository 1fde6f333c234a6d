"""Figures over time in a file of fixed size: rings of rows, each of a coarser step than the one before (ADR 40).

A row is written over in place, the oldest of its ring. A coarser row is made of finer ones that are in the file already, so
nothing is lost with the process but the step in progress.
"""

import json
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figure:
    """What is kept of one quantity: ``fold`` says what of some steps is that of all of them."""

    name: str
    fold: Literal["mean", "sum", "max"]


@dataclass(frozen=True, slots=True)
class Ring:
    """So many rows of so many seconds."""

    step_s: int
    rows: int

    @property
    def span_s(self) -> int:
        """How far it reaches back."""
        return self.step_s * self.rows


RINGS = (Ring(10, 720), Ring(60, 1800), Ring(900, 2976))
"""Two hours, thirty hours, a month. The rows of a coarser step lie beside each other in the finer ring."""
STEP_S = RINGS[0].step_s
LONGEST_S = RINGS[-1].span_s
_HEADER_OCTETS = 1024
_ROWS_BEFORE = tuple(accumulate((ring.rows for ring in RINGS), initial=0))


def whole_step(step_s: int) -> int:
    """Return the longest step that can be read and is not longer than this one: a multiple of a ring's."""
    finest = max((ring.step_s for ring in RINGS if ring.step_s <= step_s), default=STEP_S)
    return max(1, step_s // finest) * finest


def fold(values: Values, figures: Sequence[Figure]) -> Values:
    """Fold rows of shape (N, F) into one of shape (F,); NaN is what was not measured."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    counts = known.sum(axis=0)
    largest = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    kinds = np.array([figure.fold for figure in figures])
    folded = np.where(kinds == "sum", sums, np.where(kinds == "max", largest, sums / np.maximum(counts, 1)))
    return np.where(counts > 0, folded, np.nan).astype(np.float32)


def fold_steps(steps: Steps, values: Values, ratio: int, figures: Sequence[Figure]) -> tuple[Steps, Values]:
    """Fold rows of rising steps into rows of steps ``ratio`` times as long."""
    coarse = steps // ratio
    firsts = np.flatnonzero(np.diff(coarse, prepend=-1))
    if not len(firsts):
        return coarse, values
    folded = [fold(part, figures) for part in np.split(values, firsts[1:])]
    return coarse[firsts], np.stack(folded)


@lru_cache
def _row_types(n_figures: int) -> tuple[struct.Struct, np.dtype[np.void]]:
    """Return how a row is written, and how rows are read: the step, then a float of each figure."""
    return struct.Struct(f"<I{n_figures}f"), np.dtype([("step", "<u4"), ("values", "<f4", (n_figures,))])


class HistoryFile:
    """One file: `write` each step, `read` a window. A file of other figures is begun anew.

    Parameters
    ----------
    path : str
    figures : Figures      of each row, in this order
    """

    __slots__ = ("_is_ready", "_last", "_packed", "_row", "figures", "path")

    def __init__(self, path: str, figures: tuple[Figure, ...]) -> None:
        self.path = path
        self.figures = figures
        self._packed, self._row = _row_types(len(figures))
        self._is_ready = False
        self._last: int | None = None  # the newest step that was written

    def write(self, step: int, values: Sequence[float]) -> None:
        """Write a row.

        Parameters
        ----------
        step : int                       seconds since 1970 // STEP_S
        values : floats of shape (F,)    NaN: not measured

        Raises
        ------
        OSError                          it could not be written
        """
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._prepare(file)
            self._put(file, 0, step, values)
            before, self._last = self._last, step
            if before is not None and step > before:  # else the clock has been set back
                self._fold_up(file, before, step)
        finally:
            os.close(file)

    def read(self, begin_s: int, end_s: int, step_s: int) -> tuple[Steps, Values]:
        """Read a window.

        Parameters
        ----------
        begin_s, end_s : int    seconds since 1970; end exclusive
        step_s : int            `whole_step` of it is taken

        Returns
        -------
        times_s : ndarray of shape (N,), int64        when each step began; steps of which nothing is known are left out
        values : ndarray of shape (N, F), float32

        Raises
        ------
        OSError                 it cannot be read; a file that is not there has nothing
        """
        nothing = np.empty(0, np.int64), np.empty((0, len(self.figures)), np.float32)
        place = max((i for i, ring in enumerate(RINGS) if ring.step_s <= step_s), default=0)
        ratio = max(1, step_s // RINGS[place].step_s)
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return nothing
        try:
            if os.pread(file, _HEADER_OCTETS, 0) != self._header():
                return nothing
            steps, values = self._rows(file, place, begin_s, end_s)
        finally:
            os.close(file)
        steps, values = fold_steps(steps, values, ratio, self.figures)
        return steps * (ratio * RINGS[place].step_s), values

    # -- the file

    def _header(self) -> bytes:
        rings = [[ring.step_s, ring.rows] for ring in RINGS]
        names = [[figure.name, figure.fold] for figure in self.figures]
        return json.dumps({"yiwang history": 1, "rings": rings, "figures": names}).encode().ljust(_HEADER_OCTETS)

    def _offset(self, place: int, index: int) -> int:
        return _HEADER_OCTETS + (_ROWS_BEFORE[place] + index) * self._packed.size

    def _prepare(self, file: int) -> None:
        size = self._offset(len(RINGS), 0)
        is_whole = os.fstat(file).st_size == size
        if self._is_ready and is_whole:
            return
        if not is_whole or os.pread(file, _HEADER_OCTETS, 0) != self._header():
            os.ftruncate(file, 0)
            os.ftruncate(file, size)  # takes no room on the disk before it is written
            os.pwrite(file, self._header(), 0)
        self._last = int(self._ring(file, 0)["step"].max()) or None
        self._is_ready = True

    def _put(self, file: int, place: int, step: int, values: Sequence[float]) -> None:
        octets = self._packed.pack(step, *values)
        if os.pwrite(file, octets, self._offset(place, step % RINGS[place].rows)) != len(octets):
            raise OSError("the disk is full")

    def _fold_up(self, file: int, before: int, step: int) -> None:
        """Write the coarser steps that ended between two steps: those that have any rows."""
        for place in range(1, len(RINGS)):
            ratio = RINGS[place].step_s // RINGS[place - 1].step_s
            first, before, step = before // ratio * ratio, before // ratio, step // ratio
            if before == step:
                return
            offset = self._offset(place - 1, first % RINGS[place - 1].rows)
            rows = np.frombuffer(os.pread(file, ratio * self._packed.size, offset), self._row)
            there = rows["values"][rows["step"] == first + np.arange(len(rows))]
            if len(there):
                self._put(file, place, before, fold(there, self.figures).tolist())

    def _ring(self, file: int, place: int) -> NDArray[np.void]:
        octets = os.pread(file, RINGS[place].rows * self._packed.size, self._offset(place, 0))
        return np.frombuffer(octets, self._row)

    def _rows(self, file: int, place: int, begin_s: int, end_s: int) -> tuple[Steps, Values]:
        """Return the rows of a ring in a window, in order; the newest, in progress, of finer ones."""
        step_s = RINGS[place].step_s
        ring = self._ring(file, place)
        steps = ring["step"].astype(np.int64)
        inside = np.flatnonzero((steps >= -(-begin_s // step_s)) & (steps < -(-end_s // step_s)) & (steps > 0))
        order = inside[np.argsort(steps[inside])]
        steps, values = steps[order], ring["values"][order]
        if place:
            begin_s = max(begin_s, (int(steps[-1]) + 1) * step_s if len(steps) else begin_s)
            begin_s = -(-begin_s // step_s) * step_s
            ratio = step_s // RINGS[place - 1].step_s
            finer = fold_steps(*self._rows(file, place - 1, begin_s, end_s), ratio, self.figures)
            steps, values = np.concatenate((steps, finer[0])), np.concatenate((values, finer[1]))
        return steps, values


def remove_old(folder: Path, now_s: int) -> None:
    """Remove files that nothing was written to for as long as the longest ring reaches back. OSError."""
    for path in folder.glob("*.history"):
        if now_s - path.stat().st_mtime > LONGEST_S:
            path.unlink()
