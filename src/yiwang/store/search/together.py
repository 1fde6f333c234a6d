"""Events that are found, by what viewers call one programme: its title, whatever its part is."""

import numpy as np
import numpy.typing as npt

from yiwang.network.guide.titles import normal_title
from yiwang.store.search.texts import Texts

MOST_TOGETHER = 10_000
"""Events that are looked at: a title that is on thousands of channels hides no other."""
MOST_READ = 300
"""Titles that are read, the best; of others those that are spelt alike are one programme."""
MOST_OTHERS = 12


class Together:
    """Rows of events of one programme each, in the order of the best of each.

    Parameters
    ----------
    events : ndarray of shape (E,), int32    the best first
    titles : ndarray of shape (E,), int32    of each, an index of ``texts``; -1: none, then it is a programme of its own
    texts : Texts
    """

    def __init__(self, events: npt.NDArray[np.int32], titles: npt.NDArray[np.int32], texts: Texts) -> None:
        own = np.where(titles < 0, -1 - np.arange(len(titles)), titles.astype(np.int64))
        different, first, spelt = np.unique(own, return_index=True, return_inverse=True)
        by_rank, row_of = np.argsort(first), np.empty(len(different), np.int64)
        rows, known = 0, dict[str, int]()
        for n in by_rank[:MOST_READ].tolist():
            title = int(different[n])
            name = normal_title(texts.text(title)) if title >= 0 else ""
            row = known.setdefault(name, rows) if name else rows
            rows += row == rows
            row_of[n] = row
        others = by_rank[MOST_READ:]
        row_of[others] = rows + np.arange(len(others))
        rows += len(others)
        of_event = row_of[spelt]
        order = np.argsort(of_event, kind="stable")
        self._events = events[order]
        self._starts = np.searchsorted(of_event[order], np.arange(rows + 1))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def events(self, row: int) -> npt.NDArray[np.int32]:
        """Return the events of a row, the best first."""
        return self._events[self._starts[row] : self._starts[row + 1]]
