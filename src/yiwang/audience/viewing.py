"""Who watches what, and how well it comes: sessions of players by what they report, and what they sum up to by channel.

A session is one viewer on one channel, from choosing it to leaving it. Nothing of it outlives it but the sums; no address
and nothing that would tell two sessions of one viewer is known here. What a player says is a stranger's word: each figure is
bounded by what can be true.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from yiwang.cmcd.report import CmcdReport

MOST_SESSIONS = 20_000
"""Some 10 MB; of more the ones that were silent longest are forgotten."""
SILENT_MS = 95_000
"""Players report each 30 s; who has not for three times that has gone."""
LONGEST_BETWEEN_MS = 60_000
"""More is not added for the time between two reports: a machine that slept did not watch."""
LONGEST_START_MS = 600_000
START_BOUNDS_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
GONE = frozenset("qef")

Outcome = Literal["taken", "repeated", "unknown_content"]


@dataclass(slots=True)
class Tally:
    """Sums of a channel since the node started.

    ``starts`` counts sessions by how long their first picture took: up to each of START_BOUNDS_S, and longer.
    """

    sessions: int = 0
    played_ms: int = 0
    stalls: int = 0
    stalled_ms: int = 0
    errors: int = 0
    starts: list[int] = field(default_factory=lambda: [0] * (len(START_BOUNDS_S) + 1))
    start_ms: int = 0


@dataclass(slots=True)
class Session:
    """What is known of one; ``heard_ms`` by the node's clock, ``timestamp_ms`` by the player's."""

    content_id: str
    first_ms: int
    heard_ms: int
    timestamp_ms: int
    sequence_number: int | None = None
    state: str | None = None
    starvations: int = 0
    starvation_ms: int = 0
    has_started: bool = False
    bit_rate_kbps: int | None = None
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """A channel's sessions at a moment: how many, and the means of what they say; None where none says it."""

    viewers: int
    bit_rate_kbps: float | None
    latency_ms: float | None


class Viewing:
    """Takes reports.

    Parameters
    ----------
    knows : callable    whether a content id is a channel's
    """

    def __init__(self, knows: Callable[[str], bool]) -> None:
        self._knows = knows
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        """By session id, those that were heard of last at the end."""
        self.tallies: dict[str, Tally] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def take(self, report: CmcdReport, now_ms: int) -> Outcome:
        """Count a report that came at ``now_ms``."""
        if not self._knows(report.content_id):
            return "unknown_content"
        tally = self.tallies.setdefault(report.content_id, Tally())
        session = self._sessions.get(report.session_id)
        if session is None or session.content_id != report.content_id:
            session = self._begin(report, tally, now_ms)
        elif _is_repeated(session, report):
            return "repeated"
        self._sessions.move_to_end(report.session_id)
        if session.state == "p":
            tally.played_ms += min(max(0, report.timestamp_ms - session.timestamp_ms), LONGEST_BETWEEN_MS)
        _add_start(session, tally, report)
        _add_starvation(session, tally, report, now_ms)
        tally.errors += report.event == "e"
        session.heard_ms = now_ms
        session.timestamp_ms = report.timestamp_ms
        session.sequence_number = report.sequence_number
        session.state = report.state or session.state
        session.bit_rate_kbps = report.bit_rate_kbps or session.bit_rate_kbps
        session.latency_ms = session.latency_ms if report.latency_ms is None else report.latency_ms
        return "taken"

    def now(self, now_ms: int) -> dict[str, Now]:
        """Return who watches, by channel; channels that nobody watches are left out."""
        self._forget(now_ms)
        by_channel: dict[str, list[Session]] = {}
        for session in self._sessions.values():
            if session.state not in GONE:
                by_channel.setdefault(session.content_id, []).append(session)
        return {
            channel: Now(
                len(sessions),
                _mean([s.bit_rate_kbps for s in sessions]),
                _mean([s.latency_ms for s in sessions]),
            )
            for channel, sessions in by_channel.items()
        }

    def _begin(self, report: CmcdReport, tally: Tally, now_ms: int) -> Session:
        self._forget(now_ms)
        if len(self._sessions) >= MOST_SESSIONS:
            self._sessions.popitem(last=False)
        tally.sessions += 1
        session = Session(report.content_id, now_ms, now_ms, report.timestamp_ms)
        if report.sequence_number:  # it began before this node heard of it: what came before is not counted
            session.starvations = report.starvations or 0
            session.starvation_ms = report.starvation_ms or 0
        self._sessions[report.session_id] = session
        return session

    def _forget(self, now_ms: int) -> None:
        while self._sessions:
            session_id, oldest = next(iter(self._sessions.items()))
            if oldest.heard_ms > now_ms - SILENT_MS:
                return
            del self._sessions[session_id]


def _is_repeated(session: Session, report: CmcdReport) -> bool:
    last, number = session.sequence_number, report.sequence_number
    return last is not None and number is not None and number <= last


def _add_start(session: Session, tally: Tally, report: CmcdReport) -> None:
    took_ms = report.media_start_delay_ms
    if took_ms is None or session.has_started or took_ms > LONGEST_START_MS:
        return
    session.has_started = True
    tally.starts[sum(took_ms > 1000 * bound for bound in START_BOUNDS_S)] += 1
    tally.start_ms += took_ms


def _add_starvation(session: Session, tally: Tally, report: CmcdReport, now_ms: int) -> None:
    """Add what is new of counts that run from the session's beginning, so that a lost report costs nothing."""
    longest_ms = now_ms - session.first_ms + LONGEST_BETWEEN_MS
    if report.starvation_ms is not None:
        total_ms = min(report.starvation_ms, max(longest_ms, session.starvation_ms))
        tally.stalled_ms += max(0, total_ms - session.starvation_ms)
        session.starvation_ms = max(total_ms, session.starvation_ms)
    if report.starvations is not None:
        total = min(report.starvations, max(longest_ms // 100, session.starvations))
        tally.stalls += max(0, total - session.starvations)
        session.starvations = max(total, session.starvations)


def _mean(values: list[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
