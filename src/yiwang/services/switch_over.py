"""Which of a channel's sources to use. Pure: findings and `now_ms` of a monotonic clock in, a decision out (ADR 18).

The first source is the best. The one in use is left when it has been bad for `leave_after_ms` and another is known to be
less bad: never for one that nobody has looked at. A better one is returned to when it has been good without a break for
`return_after_ms`; each time it is then left again soon, twice as long is asked of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

LONGEST_DOUBLING = 5
"""A source that comes and goes is asked for at most 2**5 times `return_after_ms`."""
SOON = 10
"""Left within so many `return_after_ms` of its return, a source has flapped."""
ALERT_MS = 10_000
"""So long after the one in use was last bad all others are still watched."""


class Severity(IntEnum):
    """How bad a source is."""

    GOOD = 0
    DAMAGED = 1  # there is a picture, with errors
    UNUSABLE = 2  # there is none


@dataclass(frozen=True, slots=True)
class Finding:
    """What has been seen of a source.

    ``reason`` is one word for figures ('good', 'silent', ...), ``detail`` a clause for people, ``since_ms`` when it began.
    """

    severity: Severity
    reason: str
    detail: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """Times of the decision."""

    leave_after_ms: int = 3_000
    return_after_ms: int = 30_000
    watch_all: bool = False  # also those that are worse than the one in use, though that is good


class SwitchOver:
    """The machine: `decide` at each look; then `in_use` and `watched` say what is to be done.

    Parameters
    ----------
    n_sources : int
    settings : SwitchSettings
    held : int or None    the source that an operator has chosen
    """

    def __init__(self, n_sources: int, settings: SwitchSettings, held: int | None = None) -> None:
        self.in_use = held or 0
        self.switches = 0
        self.held = held
        """The source that an operator has chosen: it stays in use, whatever it is like, until there is none chosen."""
        self._settings = settings
        self._good_since: list[int | None] = [None] * n_sources
        self._returned_ms: list[int | None] = [None] * n_sources
        self._doublings = [0] * n_sources
        self._alert_until_ms = 0
        self._used_since_ms = 0  # who has just been taken, bad as it may be, gets its time

    def is_watched(self, source: int, now_ms: int) -> bool:
        """Tell whether a source is to be received: the one in use, the better ones, in need all."""
        return source <= self.in_use or self._settings.watch_all or now_ms < self._alert_until_ms

    def asked_ms(self, source: int) -> int:
        """For how long it must be good before it is returned to."""
        return self._settings.return_after_ms << self._doublings[source]

    def good_for_ms(self, source: int, now_ms: int) -> int | None:
        """For how long it has been good; None while it is not."""
        since = self._good_since[source]
        return None if since is None else now_ms - since

    def rearrange(self, places: Sequence[int | None], now_ms: int) -> None:
        """Go on with another list of sources.

        ``places`` has for each new one where it was, or None. Where the one in use is gone, the best that was good is used.
        """
        if self.in_use in places:
            in_use = places.index(self.in_use)
        else:
            good = (n for n, place in enumerate(places) if place is not None and self._good_since[place] is not None)
            in_use = next(good, 0)
            self._used_since_ms, self._alert_until_ms = now_ms, now_ms + ALERT_MS
            self.switches += 1
        if self.held is not None:
            self.held = places.index(self.held) if self.held in places else None
        self._good_since = [None if place is None else self._good_since[place] for place in places]
        self._returned_ms = [None if place is None else self._returned_ms[place] for place in places]
        self._doublings = [0 if place is None else self._doublings[place] for place in places]
        self.in_use = in_use

    def decide(self, findings: Sequence[Finding | None], now_ms: int) -> bool:
        """Look at all sources.

        Parameters
        ----------
        findings : one of each source, in their order; None: it is not watched

        Returns
        -------
        bool    another source is in use now
        """
        for source, finding in enumerate(findings):
            if finding is None or finding.severity:
                self._good_since[source] = None
            elif self._good_since[source] is None:
                self._good_since[source] = now_ms
        current = findings[self.in_use]
        if current is not None and current.severity:
            self._alert_until_ms = now_ms + ALERT_MS
        chosen = self._better(now_ms) if self.held is None else self.held
        if chosen is None and current is not None:
            bad_ms = now_ms - max(current.since_ms, self._used_since_ms)
            if bad_ms >= self._settings.leave_after_ms:
                chosen = _less_bad(findings, current.severity)
        if chosen is None or chosen == self.in_use:
            return False
        self._use(chosen, now_ms)
        return True

    def _better(self, now_ms: int) -> int | None:
        for source in range(self.in_use):
            good_ms = self.good_for_ms(source, now_ms)
            if good_ms is not None and good_ms >= self.asked_ms(source):
                return source
        return None

    def _use(self, source: int, now_ms: int) -> None:
        left = self.in_use
        if source > left:
            returned = self._returned_ms[left]
            is_soon = returned is not None and now_ms - returned < SOON * self._settings.return_after_ms
            self._doublings[left] = min(self._doublings[left] + 1, LONGEST_DOUBLING) if is_soon else 0
        else:
            self._returned_ms[source] = now_ms
        # whoever was left begins to prove itself anew
        self._good_since[left] = None
        self.in_use = source
        self._used_since_ms = now_ms
        self.switches += 1


def _less_bad(findings: Sequence[Finding | None], severity: Severity) -> int | None:
    known = [(f.severity, source) for source, f in enumerate(findings) if f is not None and f.severity < severity]
    return min(known)[1] if known else None
