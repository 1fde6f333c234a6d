"""Time stamps of pictures that have none of their own (ISO/IEC 13818-1 2.7.4, 2.7.5): H.264 and HEVC.

A PES packet may hold several pictures, and only one picture in 0.7 s must have stamps. The rest follow: a picture is decoded
one frame duration after the one before it, and shown as much later than one whose PTS is known as picture order counts say.
MPEG-2 video counts otherwise (temporal_reference) and does this for itself.
"""

from typing import NamedTuple

from yiwang.base.timebase import TICKS_90K, WRAP_33, rescale, step_33

FITS = 50
"""A duration is that of the stream's parameters if it is off by less than one in so many: stamps are rounded."""
LONGEST_REORDER_90K = TICKS_90K
"""No picture is shown so long after it is decoded, nor before."""


class PictureOrder(NamedTuple):
    """What the head of a picture says of its place in output order.

    ``number``: the lowest bits of its picture order count, modulo ``modulus``; 0: pictures are shown as they are decoded.
    ``counts``: others count from it. ``resets``: counts begin anew with it, and what was before is shown before.
    """

    number: int
    modulus: int
    counts: bool
    resets: bool


class PictureTimes:
    """The machine: `complete` is asked for each picture, in decoding order, once one of them had no time stamp.

    Parameters
    ----------
    counts_per_frame : int    by how much picture order count rises from frame to frame, as a rule
    """

    def __init__(self, counts_per_frame: int) -> None:
        self._counts_per_frame = counts_per_frame
        self._from = 0  # picture order count of the last picture that others count from
        self._anchor: tuple[int, int] | None = None  # picture order count and PTS of one of this sequence
        self._latest = -1  # PTS of the picture of this sequence that is shown last
        self._last_dts = -1  # of the last picture that had a stamp
        self._n_since = 0  # pictures since
        self._offset = 0  # its PTS less its DTS
        self._delay: int | None = None  # the same, of the last picture that reset the counts
        self._measured: tuple[int, int] | None = None  # ticks of so many pictures
        self._unit: tuple[int, int] | None = None  # ticks of so many counts, where it is not what the parameters say

    def complete(
        self, pts_90k: int, dts_90k: int, order: PictureOrder | None, frame_rate: tuple[int, int] | None
    ) -> tuple[int, int]:
        """Return the picture's times; -1 as they were where nothing is known.

        Parameters
        ----------
        order : PictureOrder    None where it cannot be read
        frame_rate              (numerator, denominator) pictures per second, when the stream says it
        """
        self._n_since += 1
        frame = self._frame(frame_rate)
        expected = self._expected(frame)
        if order is not None and order.resets:
            self._anchor = None
            self._from = order.number
        count = self._place(order)
        if pts_90k >= 0:
            if dts_90k < 0 and _is_later(pts_90k, expected, frame):
                dts_90k = expected
            self._learn(
                pts_90k, dts_90k if dts_90k >= 0 else pts_90k, count, frame, resets=bool(order and order.resets)
            )
        elif expected >= 0:
            dts_90k = expected
            pts_90k = self._shown(expected, count, frame or (0, 1))
        if count is not None and pts_90k >= 0 and self._anchor is None:
            self._anchor = (count, pts_90k)
        if pts_90k >= 0 and (self._latest < 0 or step_33(pts_90k, self._latest) > 0):
            self._latest = pts_90k
        return pts_90k, dts_90k

    def next_dts(self, pts_90k: int, frame_rate: tuple[int, int] | None) -> int:
        """Return the DTS that `complete` will give to the next picture, which has a PTS alone."""
        frame = self._frame(frame_rate)
        expected = self._expected(frame, 1)
        return expected if _is_later(pts_90k, expected, frame) else pts_90k

    def skip(self) -> None:
        """Note that a picture was left out before it was known."""
        self._n_since += 1

    def _place(self, order: PictureOrder | None) -> int | None:
        """Return a picture's count: the one with these lowest bits that is nearest to where it counts from."""
        if order is None or not order.modulus:
            return None
        half = order.modulus // 2
        count = self._from + (order.number - self._from + half - 1) % order.modulus - half + 1
        if order.counts:
            self._from = count
        return count

    def _frame(self, frame_rate: tuple[int, int] | None) -> tuple[int, int] | None:
        """Return ticks of so many pictures: as the parameters say, unless the stamps say otherwise."""
        if frame_rate is None:
            return self._measured
        said = (TICKS_90K * frame_rate[1], frame_rate[0])
        return said if self._measured is None or _fit(self._measured, said) else self._measured

    def _expected(self, frame: tuple[int, int] | None, further: int = 0) -> int:
        """Return the DTS of this picture, or of one further on, by the last that is known; -1 where none is."""
        if frame is None or self._last_dts < 0:
            return -1
        return (self._last_dts + rescale(self._n_since + further, *frame)) % WRAP_33

    def _count_unit(self, frame: tuple[int, int]) -> tuple[int, int]:
        return self._unit or (frame[0], frame[1] * self._counts_per_frame)

    def _shown(self, dts_90k: int, count: int | None, frame: tuple[int, int]) -> int:
        """Return the PTS of a picture without one."""
        if count is None:
            shown = dts_90k + self._offset
        elif self._anchor is not None:
            shown = self._anchor[1] + rescale(count - self._anchor[0], *self._count_unit(frame))
        elif self._delay is not None or self._latest < 0:
            shown = dts_90k + (self._delay or 0)
        else:
            shown = self._latest + rescale(1, *frame)
        return shown % WRAP_33 if abs(step_33(shown, dts_90k)) < LONGEST_REORDER_90K else dts_90k

    def _learn(
        self, pts_90k: int, dts_90k: int, count: int | None, frame: tuple[int, int] | None, *, resets: bool
    ) -> None:
        """Take a picture that has its stamps."""
        if self._last_dts >= 0:
            step = step_33(dts_90k, self._last_dts)
            self._measured = (step, self._n_since) if 0 < step < self._n_since * TICKS_90K else None
        if self._anchor is not None and count is not None and count != self._anchor[0]:
            between, counts = step_33(pts_90k, self._anchor[1]), count - self._anchor[0]
            if counts < 0:
                between, counts = -between, -counts
            self._unit = self._unit_of((between, counts), frame) if between > 0 else None
        self._last_dts, self._n_since = dts_90k, 0
        self._offset = step_33(pts_90k, dts_90k)
        if resets:
            self._delay = self._offset
        self._anchor = None if count is None else (count, pts_90k)

    def _unit_of(self, measured: tuple[int, int], frame: tuple[int, int] | None) -> tuple[int, int] | None:
        """Return ticks of so many counts as two stamps say; None where it is what the parameters say."""
        if frame is not None:
            for per_frame in (self._counts_per_frame, 1, 2):
                unit = (frame[0], frame[1] * per_frame)
                if _fit(measured, unit):
                    return None if per_frame == self._counts_per_frame else unit
        return measured


def _fit(measured: tuple[int, int], said: tuple[int, int]) -> bool:
    """Tell whether the ticks measured are those said, but for rounding."""
    ticks, n = measured
    off = abs(ticks * said[1] - n * said[0])
    return off <= 2 * said[1] or off * FITS <= n * said[0]


def _is_later(pts_90k: int, dts_90k: int, frame: tuple[int, int] | None) -> bool:
    """Tell whether a PTS is not the DTS too, though its multiplexer says no other."""
    return frame is not None and dts_90k >= 0 and 2 * step_33(pts_90k, dts_90k) * frame[1] > frame[0]
