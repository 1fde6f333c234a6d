"""When sources give out what they hold: some in one round, so that each finds the caches as the one before has left them.

Most of what a block costs is waiting for memory after all else that has run since the last one (docs/performance.md). No
I/O, no clock.
"""

from yiwang.net.source import HOLD_MS

MOST_TOGETHER = 10
"""So many are given out in one round: what each of them adds makes all else in the process wait."""


class Rounds:
    """Places sources in rounds, each as full as it may be before the next is begun.

    Parameters
    ----------
    tick_ms : int    each tick of HOLD_MS is a round's
    """

    def __init__(self, tick_ms: int) -> None:
        self._tick_ms = tick_ms
        self._taken = [0] * (HOLD_MS // tick_ms)

    def join(self) -> int:
        """Return the round of one more source; when all are full, the one with the fewest."""
        has_room = (n for n, taken in enumerate(self._taken) if taken < MOST_TOGETHER)
        mine = next(has_room, self._taken.index(min(self._taken)))
        self._taken[mine] += 1
        return mine

    def leave(self, mine: int) -> None:
        """Let another source have the place."""
        self._taken[mine] -= 1

    def next_ms(self, mine: int, now_ms: int) -> int:
        """Return when it is the next time the turn of round ``mine``, less half a tick: ticks are no more exact."""
        turn_ms = now_ms + HOLD_MS - (now_ms - mine * self._tick_ms) % HOLD_MS
        return turn_ms - self._tick_ms // 2
