"""How long a source lets the kernel gather: long while nothing is due, less when something soon is. No I/O, no clock."""

from yiwang.net.source import TICK_MS

SHORTEST_TICK_MS = 20
LONGEST_TICK_MS = 240
RATE_KEPT = 7 / 8
"""So much of the highest rate is believed at each tick after it."""


class TickLength:
    """Chooses after each tick when the next one is.

    Half the time until something is expected passes before the next look. So what comes twice as fast as expected is no
    later than what comes in time: by less than the shortest tick.

    Parameters
    ----------
    room_octets : int    so much may come in a tick
    """

    def __init__(self, room_octets: int) -> None:
        self._room_octets = room_octets
        self._octets_per_ms = 0.0

    def next_ms(self, until_due_ms: int, came_octets: int, passed_ms: int) -> int:
        """Return how long the next tick is.

        Parameters
        ----------
        until_due_ms : int    until something is expected that the reader waits for; 0: nobody knows
        came_octets : int     with this tick
        passed_ms : int       since the tick before
        """
        self._octets_per_ms = max(came_octets / max(passed_ms, 1), RATE_KEPT * self._octets_per_ms)
        wanted_ms = until_due_ms // 2 if until_due_ms else TICK_MS
        if wanted_ms * self._octets_per_ms > self._room_octets:
            wanted_ms = int(self._room_octets / self._octets_per_ms)
        return min(max(wanted_ms, SHORTEST_TICK_MS), LONGEST_TICK_MS)
