import re

from tests.packaging.test_text import cues
from yiwang.base.subtitle import Cue, Screen, Span, TextLine
from yiwang.base.timebase import WRAP_33
from yiwang.subtitles.webvtt import joined, webvtt_segment

YELLOW, BLUE = (255, 255, 0), (0, 0, 255)


def screen(*lines: TextLine) -> Screen:
    return Screen(lines)


CENTRED = TextLine(22, 2, 16, 8, (Span("Centred!"),))
LEFT = TextLine(5, 1, 4, 6, (Span("Left ", YELLOW, BLUE), Span("--> <b>&")))


def test_a_segment_is_written_to_the_character():
    begin = 3 * WRAP_33 + 1000
    text = webvtt_segment([Cue(begin, begin + 90_045, screen(LEFT, CENTRED))], begin).decode()
    assert text == (
        "WEBVTT\n"
        "X-TIMESTAMP-MAP=MPEGTS:1000,LOCAL:00:00:00.000\n"
        "\n"
        "00:00:00.000 --> 00:00:01.000 line:20% position:10% align:start\n"
        "<c.yellow.bg_blue>Left </c>--&gt; &lt;b&gt;&amp;\n"
        "\n"
        "00:00:00.000 --> 00:00:01.000 line:88%\n"
        "Centred!\n"
    )


def test_lines_that_end_together_are_set_to_the_right_and_none_below_the_picture():
    lines = tuple(TextLine(row, 1, 30 - n, 5 + n, (Span("x" * (5 + n)),)) for n, row in enumerate((21, 22, 23, 24)))
    (settings,) = re.findall(r"--> \S+ (.*)", webvtt_segment([Cue(0, 9000, screen(*lines))], 0).decode())
    assert settings == "line:75% position:88% align:end"


def test_segments_that_follow_each_other_can_be_joined():
    begin = WRAP_33 - 45_000
    one = webvtt_segment([Cue(begin + 9000, begin + 45_000, screen(CENTRED))], begin)
    empty = webvtt_segment([], begin + 45_000)
    three = webvtt_segment([Cue(begin + 99_000, begin + 135_000, screen(LEFT))], begin + 90_000)
    found = cues(joined([one, empty, three]))
    assert [(b, e) for b, e, _ in found] == [(0.1, 0.5), (1.1, 1.5)]
    assert found[0][2] == "Centred!"
    assert joined([one]) == one
    assert joined([]) == b""
