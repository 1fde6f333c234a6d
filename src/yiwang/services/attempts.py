"""How often one may try to sign in: a few times at once, then slowly. Pure: ``now_ms`` of a monotonic clock comes in."""

from collections import OrderedDict

MOST_KEYS = 4096
"""Names and addresses that are remembered; those that tried longest ago are forgotten first."""


class Attempts:
    """A bucket of attempts for each key, which fills again.

    Parameters
    ----------
    at_once : int      attempts that a key has at first
    each_ms : int      time until it has one more
    """

    def __init__(self, at_once: int, each_ms: int) -> None:
        self._full_ms = at_once * each_ms
        self._each_ms = each_ms
        self._empty_at: OrderedDict[str, int] = OrderedDict()  # when a bucket would have been empty

    def wait_ms(self, key: str, now_ms: int) -> int:
        """Return how long to wait until the next attempt; 0: none."""
        return max(0, self._each_ms - self._left_ms(key, now_ms))

    def take(self, key: str, now_ms: int) -> None:
        """Note an attempt, before it is known how it ends: many at once are many."""
        self._empty_at[key] = now_ms - self._left_ms(key, now_ms) + self._each_ms
        self._empty_at.move_to_end(key)
        while len(self._empty_at) > MOST_KEYS:
            self._empty_at.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Take an attempt for none: it was right."""
        if key in self._empty_at:
            self._empty_at[key] -= self._each_ms

    def _left_ms(self, key: str, now_ms: int) -> int:
        """Return what is in a bucket, as time that it took to fill."""
        return min(self._full_ms, now_ms - self._empty_at.get(key, now_ms - self._full_ms))
