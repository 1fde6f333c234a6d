"""What subtitles are, whatever they came in and whatever they go out in.

A decoder tells when the screen changes (`ScreenChange`); between two changes one `Screen` is to be seen, or none.
"""

from dataclasses import dataclass
from typing import TypeAlias

ROWS, COLUMNS = 25, 40
"""The grid of a text screen: row 0 is the top; a subtitle is mostly in rows 18 to 23 (EN 300 706)."""

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue; 0 to 255."""
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one look."""

    text: str
    colour: Colour = WHITE
    background: Colour = BLACK


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text: its first row, how many rows high, the column of its first character, and how many columns wide."""

    row: int
    height: int
    column: int
    width: int
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """All its characters."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A picture on the screen: its place and size in the screen's pixels, and the octets of a PNG file."""

    x: int
    y: int
    width: int
    height: int
    png: bytes


@dataclass(frozen=True, slots=True)
class Screen:
    """What is to be seen at one time; equal screens are one subtitle that goes on.

    ``lines`` from top to bottom; or ``bitmaps`` on a screen of ``width`` x ``height`` pixels.
    """

    lines: tuple[TextLine, ...] = ()
    bitmaps: tuple[Bitmap, ...] = ()
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class ScreenChange:
    """From ``pts_90k`` on (33 bits; -1: not said) this is to be seen; None: nothing.

    ``page`` tells which subtitles of the elementary stream: see `PageId`. A screen that is not said again goes away by
    itself after ``time_out_90k``.
    """

    page: "PageId"
    pts_90k: int
    screen: Screen | None
    time_out_90k: int


PageId: TypeAlias = tuple[int, int]
"""Teletext: magazine 1 to 8, page number 0x00 to 0xFF. DVB subtitles: composition page id, ancillary page id."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A screen and when it is seen, in ticks of the writer's choice."""

    begin: int
    end: int
    screen: Screen
