"""The lines of text in a screen of pictures: each as black letters on white, with its place and its colour.

A subtitle's letters are brighter than what is around them - an outline, a box, nothing - or, in a bright box, darker. They
are taken as they are, anti-aliased, without a threshold: readers of letters know such edges.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from yiwang.base.subtitle import Bitmap, Colour, Screen

Grey: TypeAlias = NDArray[np.uint8]

INK = 128
"""Darker than this is a letter."""
ACCENT, THIN, LEAST, USUAL, TALL, HIGHEST = 72, 54, 40, 24, 14, 10
"""Of a screen's height: accents and dots are no further than a 72nd from their letters; small letters are a 54th high at
least, a line with ascenders a 40th; most lines are a 24th, large ones a 14th, and none with all its accents above a 10th."""
FEW = 0.06
"""Where two lines touch, rows have so much ink at most, of the row that has most."""
MARGIN = 3
MAX_DOTS = 6
MAX_LINES = 16
"""More lines than any subtitle has; they bound the time for each screen."""


@dataclass(frozen=True, slots=True)
class LinePicture:
    """A line: black on white, and where its letters are on the screen, in pixels; the end is outside.

    ``dots``: so many, and nothing else, which readers of letters take for dirt.
    """

    grey: Grey
    left: int
    top: int
    right: int
    bottom: int
    colour: Colour
    dots: int = 0


def line_pictures(screen: Screen) -> list[LinePicture]:
    """Return the lines of a screen from top to bottom, and from left to right where they lie side by side.

    Raises
    ------
    ValueError, OSError    a bitmap is no picture
    """
    found = [line for bitmap in screen.bitmaps for line in _lines(bitmap, screen.height)]
    return sorted(found, key=lambda line: (line.top, line.left))[:MAX_LINES]


def _lines(bitmap: Bitmap, height: int) -> list[LinePicture]:
    rgba = np.asarray(Image.open(BytesIO(bitmap.png)).convert("RGBA"), np.int32)
    grey = black_on_white(rgba)
    lines = []
    for top, bottom in rows_of_lines(grey < INK, height):
        columns = np.flatnonzero((grey[top:bottom] < INK).any(axis=0))
        left, right = int(columns[0]), int(columns[-1]) + 1
        # a dash alone is not made as high as a line: what is around it comes with it
        lack = max(0, height // USUAL - (bottom - top)) // 2 + 1
        rows = slice(max(0, top - lack), bottom + lack)
        picture = np.pad(grey[rows, max(0, left - MARGIN) : right + MARGIN], MARGIN, constant_values=255)
        colour = _colour(rgba[top:bottom, left:right], grey[top:bottom, left:right])
        place = (bitmap.x + left, bitmap.y + top, bitmap.x + right, bitmap.y + bottom)
        dots = _dots(grey[top:bottom, left:right] < INK) if bottom - top <= height // THIN else 0
        lines.append(LinePicture(picture, *place, colour, dots))
    return lines


def _dots(ink: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(ink.any(axis=0).astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    widths = edges[:, 1] - edges[:, 0]
    return widths.shape[0] if 1 < widths.shape[0] <= MAX_DOTS and 2 * widths.max() <= 3 * ink.shape[0] else 0


def black_on_white(rgba: NDArray[np.int32]) -> Grey:
    """Letters of a picture, 0 where they are and 255 where they are not; ``rgba`` of shape (height, width, 4)."""
    value = rgba[..., :3].max(axis=2) * rgba[..., 3] // 255  # so that blue and red are as bright as white
    if _is_bright_box(rgba, value):
        value = np.where(rgba[..., 3] > INK, 255 - value, 0)
    brightest = max(1, int(value.max()))
    around = int(np.bincount(value.ravel(), minlength=256).argmax())
    if around > brightest // 2:
        around = 0
    stretched = (value - around) * 255 // (brightest - around)
    grey: Grey = (255 - stretched.clip(0, 255)).astype(np.uint8)
    return grey


def _is_bright_box(rgba: NDArray[np.int32], value: NDArray[np.int32]) -> bool:
    edge = np.ones(value.shape, np.bool_)
    edge[1:-1, 1:-1] = False
    opaque = edge & (rgba[..., 3] > INK)
    return bool(2 * opaque.sum() > edge.sum() and np.median(value[opaque]) >= INK)


def _colour(rgba: NDArray[np.int32], grey: Grey) -> Colour:
    """The colour that most pixels of the letters have."""
    pixels = rgba[..., :3][grey < INK // 4]
    if not pixels.shape[0]:
        pixels = rgba[..., :3][grey < INK]
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    red, green, blue = colours[counts.argmax()].tolist()
    return (red, green, blue)


def rows_of_lines(ink: NDArray[np.bool_], height: int) -> list[tuple[int, int]]:
    """First row of each line and the row behind it; ``height`` of the screen tells how large letters may be."""
    inked = np.flatnonzero(np.diff(ink.any(axis=1).astype(np.int8), prepend=0, append=0))
    runs = [_Run(int(begin), int(end), int(end - begin)) for begin, end in inked.reshape(-1, 2)]
    lines: list[tuple[int, int]] = []
    for run in _joined(runs, height):
        lines += _apart(ink, run.begin, run.end, height)
    return lines


class _Run(NamedTuple):
    """Rows with ink: all between ``begin`` and ``end``, or several such pieces, the thickest of ``thickest`` rows."""

    begin: int
    end: int
    thickest: int


def _joined(runs: list[_Run], height: int) -> list[_Run]:
    """Put dots and accents to the letters they are of, and the strokes of 二 together, the smallest gap first."""
    runs = list(runs)
    while len(runs) > 1:
        gaps = [
            (below.begin - above.end, n)
            for n, (above, below) in enumerate(zip(runs, runs[1:], strict=False))
            if _belong_together(above, below, height)
        ]
        if not gaps:
            break
        _, n = min(gaps)
        above, below = runs[n : n + 2]
        runs[n : n + 2] = [_Run(above.begin, below.end, max(above.thickest, below.thickest))]
    return runs


def _belong_together(above: _Run, below: _Run, height: int) -> bool:
    gap, size = below.begin - above.end, below.end - above.begin
    smaller, larger = sorted((above.thickest, below.thickest))
    if larger < height // THIN:
        return gap <= height // USUAL and size <= height // TALL
    return 2 * smaller < larger and gap <= height // ACCENT and size <= height // HIGHEST


def _apart(ink: NDArray[np.bool_], begin: int, end: int, height: int) -> list[tuple[int, int]]:
    """Cut rows that are several lines, of which one reaches down to where the next begins."""
    least = height // LEAST
    if end - begin > 2 * least:
        counts = ink[begin:end].sum(axis=1)
        at = least + int(counts[least:-least].argmin())
        is_between = counts[at] <= FEW * counts.max()
        if is_between and all(np.ptp(np.flatnonzero(part)) >= least - 1 for part in (counts[:at], counts[at:])):
            return [*_apart(ink, begin, begin + at, height), *_apart(ink, begin + at, end, height)]
    return [(begin, end)]
