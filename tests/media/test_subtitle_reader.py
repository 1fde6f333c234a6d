"""Who reads subtitles: a process, what waits for it, and what is said when it cannot."""

import multiprocessing
import time

import pytest

from tests.conftest import missing
from tests.media.test_subtitle_lines import screen
from tests.packaging import letters
from yiwang.base.subtitle import Bitmap, Screen
from yiwang.media import subtitle_reader, tesseract_reader
from yiwang.media.subtitle_reader import MOST_WAITING, ChannelReader, PageReading, SubtitleReader, is_installed

EMPTY = Screen(width=720, height=576)


def channel(submitted: list[PageReading], languages=None, *, live: bool = True) -> ChannelReader:
    return ChannelReader(languages, live=live, submit=submitted.append)


def test_no_more_wait_than_can_be_seen_in_time():
    submitted: list[PageReading] = []
    reader = channel(submitted)
    readings = [reader.begin(EMPTY, "eng") for _ in range(MOST_WAITING + 2)]
    assert len(submitted) == MOST_WAITING
    assert [reading.failure for reading in readings[-3:]] == ["", "subtitle_reader_busy", "subtitle_reader_busy"]
    assert [reading.lines(wait=False) for reading in readings[-2:]] == [(), ()]
    submitted[0].settle((), "")
    assert reader.begin(EMPTY, "eng").failure == ""
    assert reader.begin(EMPTY, "eng").failure == "subtitle_reader_busy"


def test_another_channel_may_wait_all_the_same():
    submitted: list[PageReading] = []
    for _ in range(MOST_WAITING + 1):
        channel(submitted).begin(EMPTY, "eng")
    assert not any(reading.failure for reading in submitted)


def test_a_file_waits_for_all_of_them():
    submitted: list[PageReading] = []
    reader = channel(submitted, live=False)
    assert not any(reader.begin(EMPTY, "eng").failure for _ in range(5 * MOST_WAITING))


def test_languages_that_are_not_wanted_are_not_read():
    reader = channel([], frozenset({"fra", "zho"}))
    assert [reader.refusal(language) for language in ("fra", "zho", "deu", "und")] == [None, None, "", ""]


def test_data_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tesseract_reader, "FOLDERS", ())
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    refusal = channel([]).refusal("ell")
    assert refusal is not None
    assert "tesseract-ocr-ell" in refusal
    assert [channel([]).refusal(language) for language in ("fra", "ces", "zho")] == [None] * 3
    assert not tesseract_reader.is_for("ces")  # without them the other reader does what it can


class Fake(SubtitleReader):
    """Its process answers at once, or ends."""

    def __init__(self, ends: int = 0) -> None:
        super().__init__()
        self.asked: list[str] = []

    def _ask(self, reading: PageReading):
        self.asked.append(reading.language)
        return (), ""


def test_what_nobody_wants_any_more_is_passed_over():
    reader = Fake()
    readings = [PageReading(EMPTY, language) for language in ("one", "two", "three")]
    readings[1].give_up()
    for reading in readings:
        reader.submit(reading)
    assert [reading.lines(wait=True) for reading in readings] == [(), (), ()]
    assert reader.asked == ["one", "three"]
    reader.close()


def ending(_: object) -> None:
    raise SystemExit(1)


def sleeping(_: object) -> None:
    time.sleep(30)


@pytest.mark.parametrize("work", [ending, sleeping])
def test_a_process_that_ends_or_gets_stuck_is_told_and_begun_anew(monkeypatch: pytest.MonkeyPatch, work):
    monkeypatch.setattr(subtitle_reader, "_work", work)
    monkeypatch.setattr(subtitle_reader, "LONGEST_S", 0.1 if work is sleeping else 20)
    before = set(multiprocessing.active_children())
    reader = SubtitleReader()
    for _ in range(2):
        reading = PageReading(EMPTY, "eng")
        reader.submit(reading)
        assert reading.lines(wait=True) == ()
        assert reading.failure == "subtitle_reader_ended"
    reader.close()
    assert set(multiprocessing.active_children()) <= before


def said(text: str, language: str, font: str = letters.LATIN) -> list[str]:
    picture = screen((100, 480, letters.drawn(text, font)))
    lines, failure = subtitle_reader.read_screen(picture, language)
    assert failure == ("" if lines else "subtitle_unreadable")
    return [line.text for line in lines]


@pytest.fixture
def installed() -> None:
    if not is_installed():
        missing("the extra that reads letters is not installed: make setup")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("eng", "I don't know, Bill."),
        ("deu", "Größe, Übung, Ärger"),
        ("pol", "Dzień dobry, co słychać?"),
        ("swe", "Åh nej, vad gör du?"),
        ("fra", "...\nOù êtes-vous ?"),
    ],
)
def test_latin_letters_are_read(language, text):
    assert "\n".join(said(text, language)) == text


@pytest.mark.usefixtures("installed")
def test_chinese_is_read():
    assert said("下雨了，快把窗户关上！", "zho", letters.HAN) == ["下雨了，快把窗户关上！"]


def test_other_letters_are_read_with_the_data_of_their_language():
    if tesseract_reader.data_folder("ell") is None:
        missing("Tesseract's data for Greek, or tesserocr, are not installed: scripts/debian-packages.sh")
    assert said("Καλημέρα σας, τι κάνετε;", "ell") == ["Καλημέρα σας, τι κάνετε;"]


@pytest.mark.usefixtures("installed")
def test_what_is_no_picture_and_what_are_no_letters_is_told():
    broken = Screen(bitmaps=(Bitmap(0, 0, 4, 4, b"no picture"),), width=720, height=576)
    assert subtitle_reader.read_screen(broken, "eng") == ((), "subtitle_unreadable")
    assert subtitle_reader.read_screen(EMPTY, "eng") == ((), "")


@pytest.mark.usefixtures("installed")
def test_the_process_reads_and_ends():
    before = set(multiprocessing.active_children())
    reader = SubtitleReader()
    readings = [PageReading(screen((100, 480, letters.drawn(text))), "eng") for text in ("One moment", "Two days")]
    for reading in readings:
        reader.submit(reading)
    assert [[line.text for line in reading.lines(wait=True) or ()] for reading in readings] == [
        ["One moment"],
        ["Two days"],
    ]
    reader.close()
    assert set(multiprocessing.active_children()) <= before
