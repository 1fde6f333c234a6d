"""Text as a broadcaster draws it: anti-aliased letters in the 16 colours of a CLUT, as a display set (EN 300 743)."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.packaging import dvb_subtitle_writer as write

LATIN = str(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf")
ITALIC = str(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans-BoldOblique.ttf")
HAN = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
WHITE, YELLOW = (235, 128, 128), (210, 146, 16)
"""Y, Cr, Cb."""
OUTLINE, BRIGHTEST = 1, 15
"""Entries of the CLUT: 0 is clear, from the outline's black to the letters' colour the others are steps."""


def drawn(text: str, font: str = LATIN, size: int = 28, outline: int = 2, box: bool = False) -> list[list[int]]:
    """Rows of entries; lines are centred. In a box all that is clear is black."""
    face = ImageFont.truetype(font, size)
    place = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox
    left, top, right, bottom = place((0, 0), text, font=face, align="center", spacing=size // 5, stroke_width=outline)
    width, height = int(right - left) + 8, int(bottom - top) + 8
    layers = []
    for stroke in (0, outline):
        image = Image.new("L", (width, height), 0)
        at = (4 - left, 4 - top)
        draw = ImageDraw.Draw(image)
        draw.multiline_text(at, text, 255, face, align="center", spacing=size // 5, stroke_width=stroke)
        layers.append(np.asarray(image, np.int32))
    letters, around = layers
    steps = OUTLINE + letters * (BRIGHTEST - OUTLINE) // 255
    is_seen = np.full_like(around, box, bool) | (around > 127) | (letters > 8)
    return [[int(entry) for entry in row] for row in np.where(is_seen, steps, 0)]


def clut(colour: tuple[int, int, int] = WHITE) -> bytes:
    """From black to ``colour`` in even steps."""
    entries = {}
    for entry in range(OUTLINE, BRIGHTEST + 1):
        part = (entry - OUTLINE) / (BRIGHTEST - OUTLINE)
        y, cr, cb = (round(a + (b - a) * part) for a, b in zip((16, 128, 128), colour, strict=True))
        entries[entry] = (y, cr, cb, 0)
    return write.clut(entries, 4)


def said(
    texts: Sequence[tuple[str, int]],
    font: str = LATIN,
    colour: tuple[int, int, int] = WHITE,
    *,
    time_out: int = 10,
    **look: int,
) -> list[bytes]:
    """Segments of a page of 720 x 576 pixels: each text is a region in the middle, at a row."""
    rows = [drawn(text, font, **look) for text, _ in texts]
    places = [(n, 360 - len(r[0]) // 2, y) for n, (r, (_, y)) in enumerate(zip(rows, texts, strict=True))]
    return [
        write.segment(0x14, 1, write.display(720, 576)),
        write.segment(0x10, 1, write.page(places, time_out=time_out)),
        *(write.segment(0x11, 1, write.region(n, len(r[0]), len(r), 4, [(n, 0, 0)])) for n, r in enumerate(rows)),
        write.segment(0x12, 1, clut(colour)),
        *(write.segment(0x13, 1, write.picture(n, r, 4)) for n, r in enumerate(rows)),
    ]
