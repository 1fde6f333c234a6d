"""Reads subtitles that are pictures, in one process of low priority, one screen after the other.

Not in a thread: readers of letters are native code that a broken picture may end, and the node with it; and a thread of low
priority that is stopped while it has the interpreter stops the event loop (`yiwang.media.looker`). The process begins with the
first screen, and anew after it has ended.

What waits is bounded: MOST_WAITING screens of a channel. One more is not read, and that is told as a fault. A screen that
nobody wants any more when its turn comes is passed over, so that a machine that was too busy for a while catches up.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable
from functools import cache, lru_cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from threading import Event, Lock, Thread

from yiwang.base.subtitle import Screen, TextLine
from yiwang.media import tesseract_reader
from yiwang.media.answering import answer_all
from yiwang.media.latin_han_reader import LatinHanReader, model_file
from yiwang.media.subtitle_lines import Grey, line_pictures
from yiwang.packaging.read_track import BUSY, ENDED, NOTHING
from yiwang.subtitles.recognised import FoundLine, text_lines

MOST_WAITING = 16
"""Screens of a channel: of subtitles that change every second, more than can be seen in time."""
LONGEST_S = 20
"""A screen takes some tenths of a second; a process that takes so long with one has got stuck."""
LANGUAGES_LOADED = 4

Lines = tuple[TextLine, ...]


class PageReading:
    """A screen and what was read of it."""

    def __init__(self, screen: Screen, language: str) -> None:
        self.screen = screen
        self.language = language
        self.failure = ""
        self.is_wanted = True
        self._lines: Lines = ()
        self._is_done = Event()

    @property
    def is_done(self) -> bool:
        """Whether it has been read, or never will be."""
        return self._is_done.is_set()

    def lines(self, *, wait: bool) -> Lines | None:
        """As `yiwang.packaging.reading.Reading.lines`."""
        if wait:
            self._is_done.wait()
        return self._lines if self.is_done else None

    def give_up(self) -> None:
        """Take that nobody wants it any more."""
        self.is_wanted = False

    def settle(self, lines: Lines, failure: str) -> None:
        """Take what was read."""
        self._lines, self.failure = lines, failure
        self._is_done.set()


class SubtitleReader:
    """The process, and the thread that asks it."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[PageReading | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._lock = Lock()
        self._process: BaseProcess | None = None
        self._end: Connection | None = None

    def submit(self, reading: PageReading) -> None:
        """Put a screen behind those that wait."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="subtitle-reader", daemon=True)
                self._thread.start()
        self._jobs.put(reading)

    def close(self) -> None:
        """Read nothing any more, and end the process."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join()

    def _run(self) -> None:
        while (reading := self._jobs.get()) is not None:
            reading.settle(*(self._ask(reading) if reading.is_wanted else ((), "")))
        self._stop()

    def _ask(self, reading: PageReading) -> tuple[Lines, str]:
        try:
            if self._end is None:
                context = multiprocessing.get_context("spawn")  # a fork would copy the locks of the caller's threads
                self._end, theirs = context.Pipe()
                self._process = context.Process(target=_work, args=(theirs,), daemon=True)
                self._process.start()
                theirs.close()
            self._end.send((reading.screen, reading.language))
            if not self._end.poll(LONGEST_S):
                raise TimeoutError
            lines, failure = self._end.recv()
        except (EOFError, OSError):
            self._stop()
            return (), ENDED
        return lines, failure

    def _stop(self) -> None:
        process, end, self._process, self._end = self._process, self._end, None, None
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if end is not None:
            end.close()


@cache
def _shared() -> SubtitleReader:
    return SubtitleReader()


class ChannelReader:
    """Who reads for a channel (`yiwang.packaging.reading.Reader`): all channels of a node have one process.

    Parameters
    ----------
    languages : frozenset of str or None    ISO 639-2/T; None: all
    live : bool                             more than MOST_WAITING are not read: nobody waits for them
    """

    def __init__(
        self, languages: frozenset[str] | None, *, live: bool, submit: Callable[[PageReading], None] | None = None
    ) -> None:
        self._languages = languages
        self._live = live
        self._submit = submit or _shared().submit
        self._waiting: deque[PageReading] = deque()

    def refusal(self, language: str) -> str | None:
        """As `yiwang.packaging.reading.Reader.refusal`."""
        if self._languages is not None and language not in self._languages:
            return ""
        if language not in tesseract_reader.ONLY or tesseract_reader.data_folder(language) is not None:
            return None
        return (
            f"subtitles in {language!r} are read with Tesseract's data, which are not installed "
            f"(of Debian: tesseract-ocr-{language}, or TESSDATA_PREFIX): no text is made of them"
        )

    def prepare(self, language: str) -> None:
        """Let the process load what reads a language: that takes as long as some screens."""
        self._submit(PageReading(Screen(), language))

    def begin(self, screen: Screen, language: str) -> PageReading:
        """Take a screen, and return at once."""
        reading = PageReading(screen, language)
        while self._waiting and self._waiting[0].is_done:
            self._waiting.popleft()
        if self._live and len(self._waiting) >= MOST_WAITING:
            reading.settle((), BUSY)
        else:
            self._waiting.append(reading)
            self._submit(reading)
        return reading


def is_installed() -> bool:
    """Tell whether the extra is there."""
    return model_file() is not None


# -- in the process


def _work(questions: Connection) -> None:
    """Answer until the other end is gone."""
    answer_all(questions, read_screen)


def read_screen(screen: Screen, language: str) -> tuple[Lines, str]:
    """Return the lines of a screen, and the name of a fault where letters in it were not read."""
    try:
        read = _reader(language)
        found = [
            FoundLine("." * line.dots or read(line.grey), line.left, line.top, line.right, line.bottom, line.colour)
            for line in line_pictures(screen)
        ]
    except Exception:  # a picture that cannot be: no reason to end
        return (), NOTHING
    lines = text_lines(found, screen.width, screen.height, language)
    return lines, NOTHING if found and not lines else ""


def _reader(language: str) -> Callable[[Grey], str]:
    return _tesseract(language) if tesseract_reader.is_for(language) else _latin_han()


@cache
def _latin_han() -> LatinHanReader:
    return LatinHanReader()


@lru_cache(LANGUAGES_LOADED)
def _tesseract(language: str) -> tesseract_reader.TesseractReader:
    return tesseract_reader.TesseractReader(language)
