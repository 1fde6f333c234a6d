"""Text that was read: tidied by language, and placed on the text screen."""

import pytest

from yiwang.base.subtitle import Span
from yiwang.subtitles.blocks import blocks
from yiwang.subtitles.recognised import FoundLine, nearest, text_lines, tidied


@pytest.mark.parametrize(
    ("language", "read", "meant"),
    [
        ("eng", "  It's   7:30 \n", "It's 7:30"),
        ("eng", "I'll go", "I'll go"),
        ("eng", "| don't", "I don't"),
        ("eng", "What？ （yes）", "What? (yes)"),
        ("fra", "Où va-t-il?", "Où va-t-il ?"),
        ("fra", "Il est 7:30: vite!", "Il est 7:30 : vite !"),
        ("fra", "Quoi ?!", "Quoi ?!"),
        ("fra", "I'hôpital, I'été et I'm", "l'hôpital, l'été et l'm"),
        ("fra", "L'ami: «Non!»", "L'ami : «Non !»"),
        ("spa", "iHola! ¿Qué tal?", "¡Hola! ¿Qué tal?"),
        ("spa", "iglesia", "iglesia"),
        ("zho", "请问 ， 去 火车站？", "请问，去火车站？"),
        ("zho", "BBC News 新闻", "BBC News 新闻"),
        ("jpn", "こんにちは 世界", "こんにちは世界"),
        ("und", "今天 不错 OK", "今天不错 OK"),
        ("deu", "Gru\u0308ße\x00\x1f", "Grüße"),
        ("ell", "Καλημέρα", "Καλημέρα"),
    ],
)
def test_it_is_tidied(language, read, meant):
    assert tidied(read, language) == meant


def test_tidied_text_stays_as_it_is():
    for language, text in (("fra", "Où va-t-il ? L'été « bleu » !"), ("zho", "大家好，欢迎！"), ("spa", "¡Hola!")):
        assert tidied(tidied(text, language), language) == tidied(text, language) == text


def test_it_is_no_longer_than_a_line():
    assert len(tidied("x" * 5000, "eng")) == 200


def line(text, left, top, right, bottom, colour=(255, 255, 255)):
    return FoundLine(text, left, top, right, bottom, colour)


def test_two_lines_are_one_block_in_the_middle():
    lines = text_lines([line("One", 260, 480, 460, 506), line("and two", 220, 512, 500, 538)], 720, 576, "eng")
    assert [(text.row, text.height, text.text) for text in lines] == [(20, 2, "One"), (22, 2, "and two")]
    (block,) = blocks(lines)
    assert (block.align, block.row, block.rows) == ("center", 20, 4)


def test_lines_far_from_each_other_are_two_blocks():
    lines = text_lines([line("Top", 260, 40, 460, 66), line("Bottom", 220, 512, 500, 538)], 720, 576, "eng")
    assert [block.row for block in blocks(lines)] == [1, 22]


def test_lines_stay_on_the_screen_and_in_their_order():
    found = [line(str(n), 260, 500 + 12 * n, 460, 510 + 12 * n) for n in range(6)]
    lines = text_lines(found, 720, 576, "eng")
    assert [text.text for text in lines] == list("012345")
    assert all(0 <= text.row <= 23 for text in lines)


def test_what_lies_side_by_side_is_one_line_in_its_colours():
    found = [line("right", 400, 482, 500, 505, (212, 211, 0)), line("left", 200, 480, 300, 506)]
    (text,) = text_lines(found, 720, 576, "eng")
    assert text.spans == (Span("left"), Span(" right", (255, 255, 0)))
    assert (text.column, text.width) == (11, 17)


def test_what_was_not_read_is_left_out():
    assert text_lines([line("", 0, 0, 9, 9), line(" ", 0, 20, 9, 29)], 720, 576, "eng") == ()


@pytest.mark.parametrize(
    ("colour", "meant"),
    [
        ((255, 255, 255), (255, 255, 255)),
        ((125, 125, 125), (255, 255, 255)),
        ((212, 211, 0), (255, 255, 0)),
        ((223, 8, 255), (255, 0, 255)),
        ((0, 0, 180), (0, 0, 255)),
        ((0, 190, 190), (0, 255, 255)),
        ((16, 16, 16), (255, 255, 255)),
    ],
)
def test_colours_are_those_of_a_text_screen(colour, meant):
    assert nearest(colour) == meant
