"""Lines of text in pictures: where they are, and as what a reader sees them."""

import numpy as np
import pytest

from tests.packaging import letters
from yiwang.base.subtitle import Bitmap, Screen
from yiwang.codecs.dvb_subtitle.png import png
from yiwang.media.subtitle_lines import INK, black_on_white, line_pictures, rows_of_lines

CLEAR, BLACK, WHITE, YELLOW, BLUE = (
    (0, 0, 0, 0),
    (0, 0, 0, 255),
    (255, 255, 255, 255),
    (212, 211, 0, 255),
    (0, 0, 255, 255),
)


def steps(colour=WHITE) -> list[tuple[int, int, int, int]]:
    """The colours of `letters.drawn`."""
    span = letters.BRIGHTEST - letters.OUTLINE
    r, g, b, _ = colour
    return [CLEAR, *((r * n // span, g * n // span, b * n // span, 255) for n in range(span + 1))]


def screen(*pictures: tuple[int, int, list[list[int]]], colours=None) -> Screen:
    """Pictures at x, y on 720 x 576."""
    bitmaps = [
        Bitmap(x, y, len(rows[0]), len(rows), png(np.array(rows, np.uint8), colours or steps()))
        for x, y, rows in pictures
    ]
    return Screen(bitmaps=tuple(bitmaps), width=720, height=576)


def rgba(rows: list[list[int]], colours) -> np.ndarray:
    return np.array(colours, np.int32)[np.array(rows)]


@pytest.mark.parametrize("size", [18, 24, 32, 40])
@pytest.mark.parametrize("text", ["Ég er hér.", "Ärger über Öl", "jaguar", "一二三", "二", "Hm... i!", "=", "ÅÄÖ :"])
def test_one_line_is_one_whatever_dots_and_strokes_it_has(text, size):
    font = letters.HAN if text[0] in "一二" else letters.LATIN
    assert len(line_pictures(screen((100, 500, letters.drawn(text, font, size))))) == 1


@pytest.mark.parametrize("size", [18, 24, 32, 40])
@pytest.mark.parametrize("spacing", [8, 0])
def test_two_lines_are_two_even_where_they_touch(size, spacing):
    above, below = (
        np.array(letters.drawn(text, size=size, outline=1)) for text in ("Égypte, jägare", "Élise à Ångström")
    )
    width = max(above.shape[1], below.shape[1])
    rows = [np.pad(r, ((0, 0), (0, width - r.shape[1]))) for r in (above, below)]
    gap = max(0, size // 4 - 8 + spacing)
    ink = np.vstack((rows[0][:-4], np.zeros((gap, width), np.int64), rows[1][4:])) > 8
    lines = rows_of_lines(ink, 576)
    assert len(lines) == 2
    assert abs(lines[0][1] - (rows[0].shape[0] - 4)) <= 8


def test_lines_have_their_places_on_the_screen_and_their_colours():
    found = line_pictures(
        screen((50, 400, letters.drawn("One")), (300, 480, letters.drawn("Two")), colours=steps(YELLOW))
    )
    assert 50 <= found[0].left < 60
    assert 400 <= found[0].top < 412
    assert found[1].left >= 300
    assert found[1].top >= 480
    assert [line.colour for line in found] == [(212, 211, 0)] * 2
    assert all(line.grey.min() == 0 and line.grey.max() == 255 for line in found)


def test_lines_side_by_side_are_from_left_to_right():
    found = line_pictures(screen((400, 480, letters.drawn("Two")), (50, 480, letters.drawn("One"))))
    assert [line.left < 300 for line in found] == [True, False]


@pytest.mark.parametrize(
    ("letter", "around"),
    [
        (WHITE, CLEAR),
        (WHITE, BLACK),
        (WHITE, (0, 0, 0, 120)),
        (WHITE, (60, 60, 60, 255)),
        (BLUE, (0, 0, 0, 128)),
        (YELLOW, BLACK),
        (BLACK, WHITE),
        ((30, 30, 30, 255), (230, 230, 200, 255)),
        ((128, 128, 128, 255), CLEAR),
    ],
)
def test_letters_are_black_on_white_whatever_they_were(letter, around):
    rows = [[0] * 12, [0] * 4 + [1] * 4 + [0] * 4, [0] * 12]
    grey = black_on_white(rgba(rows, [around, letter]))
    assert (grey[1, 4:8] == 0).all()
    assert (grey[0] >= 224).all()
    assert (grey[1, :4] >= 224).all()


def test_an_outline_is_no_letter():
    grey = black_on_white(rgba([[0, 1, 2, 1, 0]], [CLEAR, BLACK, WHITE]))
    assert (grey < INK).tolist() == [[False, False, True, False, False]]


def test_dots_alone_are_counted():
    (line,) = line_pictures(screen((300, 500, letters.drawn("..."))))
    assert line.dots == 3
    assert [line.dots for line in line_pictures(screen((300, 500, letters.drawn("i..."))))] == [0]
    assert [line.dots for line in line_pictures(screen((300, 500, letters.drawn("– –"))))] == [0]


def test_nothing_to_be_read_is_nothing():
    assert line_pictures(Screen(width=720, height=576)) == []
    assert line_pictures(screen((0, 0, [[0, 0], [0, 0]]))) == []
    assert line_pictures(screen((0, 0, [[1] * 30] * 30), colours=[CLEAR, BLACK])) == []


def test_lines_are_bounded():
    rows = [[15] * 20 if y % 30 < 12 else [0] * 20 for y in range(576)]
    assert len(line_pictures(screen((0, 0, rows)))) == 16


def test_what_is_no_picture_is_said():
    with pytest.raises(OSError, match="cannot identify"):
        line_pictures(Screen(bitmaps=(Bitmap(0, 0, 4, 4, b"no picture"),), width=720, height=576))
