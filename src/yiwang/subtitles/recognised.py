"""Text that was read in pictures: what readers get wrong is mended, and lines get their places on the text screen."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from yiwang.base.subtitle import COLUMNS, ROWS, WHITE, Colour, Span, TextLine

LINE_ROWS = 2
"""A line of a DVB subtitle is about so many rows of the text screen high."""
LONGEST_LINE = 200
HAN = frozenset(("zho", "jpn"))
"""Languages that are written without spaces and with full-width punctuation."""

_HAN = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
_BETWEEN_HAN = re.compile(rf"(?<={_HAN}) +(?={_HAN})")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_FRENCH_ARTICLE = re.compile(r"(?<![\w'])I(?='\w)")
_FRENCH_SPACE = re.compile(r"(?<=[\w»\"'.)])(?=[?!]|[:;](?!\d))")
_SPANISH_BEGIN = re.compile(r"(?<!\w)[i!](?=[A-ZÁÉÍÓÚÑ¿][^!]*!)")

_MENDED: dict[str, list[Callable[[str], str]]] = {
    "fra": [
        lambda text: _FRENCH_ARTICLE.sub("l", text),  # l'hôpital
        lambda text: _FRENCH_SPACE.sub(" ", text),  # what the reader drops before ? and !
    ],
    "ita": [lambda text: _FRENCH_ARTICLE.sub("l", text)],
    "cat": [lambda text: _FRENCH_ARTICLE.sub("l", text)],
    "spa": [lambda text: _SPANISH_BEGIN.sub("¡", text)],  # which the reader does not know
}


def tidied(text: str, language: str) -> str:
    """Return a line as it was meant; ``language`` is ISO 639-2/T."""
    text = unicodedata.normalize("NFC", _CONTROLS.sub(" ", text))
    if language in HAN or language == "und":
        text = _BETWEEN_HAN.sub("", text)
    else:
        text = "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in text)
    text = text.replace("|", "I")  # which no subtitle has
    for mend in _MENDED.get(language, ()):
        text = mend(text)
    return " ".join(text.split())[:LONGEST_LINE]


class FoundLine(NamedTuple):
    """A line that was read; its letters' place on the screen in pixels, the end outside."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    colour: Colour


def text_lines(found: Sequence[FoundLine], width: int, height: int, language: str) -> tuple[TextLine, ...]:
    """Return the lines of a screen of ``width`` x ``height`` pixels, from top to bottom; what lies side by side is one."""
    lines: list[TextLine] = []
    above: FoundLine | None = None
    for rows in _beside(found):
        left, right = min(line.left for line in rows), max(line.right for line in rows)
        spans: list[Span] = []
        for line in rows:
            text = tidied(line.text, language)
            if text:
                spans.append(Span(f" {text}" if spans else text, nearest(line.colour)))
        if not spans:
            continue
        row = rows[0].top * ROWS // height
        if above is not None:
            lowest = lines[-1].row + LINE_ROWS
            is_next = rows[0].top - above.bottom < above.bottom - above.top
            row = lowest if is_next else max(row, lowest + 1)
        row = min(row, ROWS - LINE_ROWS)
        column = round(COLUMNS * left / width)
        lines.append(TextLine(row, LINE_ROWS, column, round(COLUMNS * right / width) - column, tuple(spans)))
        above = rows[0]
    return tuple(lines)


def _beside(found: Sequence[FoundLine]) -> list[list[FoundLine]]:
    """Put lines together of which each is beside the first one by half its height."""
    groups: list[list[FoundLine]] = []
    for line in sorted(found, key=lambda line: line.top):
        first = groups[-1][0] if groups else None
        if first is not None and 2 * (min(first.bottom, line.bottom) - line.top) > line.bottom - line.top:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [sorted(group, key=lambda line: line.left) for group in groups]


def nearest(colour: Colour) -> Colour:
    """Return which of the eight colours of a text screen one is meant as; black, in a bright box, is white on black."""
    red, green, blue = (255 if 2 * part > max(colour) else 0 for part in colour)
    return WHITE if max(colour) < 64 or (red, green, blue) == (0, 0, 0) else (red, green, blue)
