"""Who reads the letters of subtitles that are pictures: what the core asks of it (see `yiwang.media.subtitle_reader`)."""

from typing import Protocol

from yiwang.base.subtitle import Screen, TextLine


class Reading(Protocol):
    """A screen that is being read."""

    @property
    def failure(self) -> str:
        """Name of the fault by which it has not been read, once that is known; else ""."""

    def lines(self, *, wait: bool) -> tuple[TextLine, ...] | None:
        """Return the text; None: it has not been read yet, which cannot be where one waits for it."""

    def give_up(self) -> None:
        """Take that nobody wants it any more."""


class Reader(Protocol):
    """Who reads for a channel."""

    def refusal(self, language: str) -> str | None:
        """Tell why a language is not read; "": nobody wants that; None: it is read."""

    def prepare(self, language: str) -> None:
        """Take that screens in a language may come, and return at once: what reads them takes its time to load."""

    def begin(self, screen: Screen, language: str) -> Reading:
        """Take a screen, and return at once."""
