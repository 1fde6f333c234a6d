"""News for many readers: made once, kept for a while, and told to each from where it stands (ADR 40, 48)."""

from collections import deque


class Told:
    """The last pieces of news.

    Parameters
    ----------
    most : int           pieces that are kept
    most_octets : int    and their characters together; who has missed more is better told everything
    """

    def __init__(self, most: int, most_octets: int = 1 << 62) -> None:
        self.number = 0
        self._most = most
        self._most_octets = most_octets
        self._kept: deque[str] = deque()
        self._octets = 0

    def add(self, news: str) -> None:
        """Add a piece."""
        self.number += 1
        self._kept.append(news)
        self._octets += len(news)
        while len(self._kept) > self._most or self._octets > self._most_octets:
            self._octets -= len(self._kept.popleft())

    def begin_anew(self) -> None:
        """Let everybody be told everything."""
        self.number += 1
        self._kept.clear()
        self._octets = 0

    def since(self, number: int) -> list[str] | None:
        """Return what came after a piece; None: that is not known any more, or never was."""
        missed = self.number - number
        if not 0 <= missed <= len(self._kept):
            return None
        return list(self._kept)[len(self._kept) - missed :]
