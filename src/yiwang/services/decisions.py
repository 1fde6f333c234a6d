"""What operators decide while the node runs, from the database to the rules; checked before it is kept (ADR 37)."""

import asyncio
import json
from collections.abc import Callable, Collection

from yiwang.base.errors import UsageError
from yiwang.net import wall_clock
from yiwang.network.numbering import FIRST, LAST
from yiwang.network.rules import Decided, DecisionKind
from yiwang.store.database.database import Database
from yiwang.store.database.records import Decision

KINDS: tuple[DecisionKind, ...] = ("same", "different", "number")
MOST_ABOUT = 100
LONGEST_WHO = 100


class ContradictionError(UsageError):
    """A decision in force says the opposite."""


class NoDecisionError(UsageError):
    """There is no decision in force of this id."""


class Decisions:
    """Those in force, as the rules read them; ``on_change`` is called when another is.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database, on_change: Callable[[], None]) -> None:
        self._database = database
        self._on_change = on_change
        self.decided: tuple[Decided, ...] = ()

    def restore(self) -> None:
        """Read those in force; for a thread. Raises WorkError."""
        self.decided = tuple(one for one in map(_decided, self._database.decisions()) if one is not None)

    async def every(self, *, history: bool) -> tuple[Decision, ...]:
        """Return the decisions in force, or all there ever were. Raises WorkError."""
        return await asyncio.to_thread(lambda: self._database.decisions(history=history))

    async def decide(self, kind: DecisionKind, about: Collection[str], who: str, number: int | None = None) -> Decision:
        """Keep a decision about listed services.

        Raises
        ------
        UsageError            it says nothing, or nothing that can be
        ContradictionError    one in force says the opposite
        WorkError             the database fails
        """
        ids = tuple(sorted(set(about)))
        _check(kind, ids, who, number)
        self._check_against(kind, ids)
        now_s = wall_clock.now_ms() // 1000
        made = await asyncio.to_thread(lambda: self._database.decide(kind, ids, number, who=who.strip(), at_s=now_s))
        await self._changed()
        return made

    async def withdraw(self, decision_id: int, who: str) -> None:
        """Take a decision back. Raises NoDecisionError, WorkError."""
        _check_who(who)
        now_s = wall_clock.now_ms() // 1000
        if not await asyncio.to_thread(lambda: self._database.withdraw(decision_id, who=who.strip(), at_s=now_s)):
            raise NoDecisionError(f"no decision {decision_id} is in force")
        await self._changed()

    async def _changed(self) -> None:
        await asyncio.to_thread(self.restore)
        self._on_change()

    def _check_against(self, kind: DecisionKind, ids: tuple[str, ...]) -> None:
        opposite = {"same": "different", "different": "same"}.get(kind)
        for one in self.decided:
            if one.kind == opposite and len(set(one.about) & set(ids)) > 1:
                raise ContradictionError(f"it contradicts decision {one.id} ({one.said}); withdraw that first")


def _check(kind: str, ids: tuple[str, ...], who: str, number: int | None) -> None:
    _check_who(who)
    if kind not in KINDS:
        raise UsageError(f"kind: expected {', '.join(KINDS)}, got {kind!r}")
    if kind == "number":
        if len(ids) != 1:
            raise UsageError(f"about: a number is of one service, got {len(ids)}")
        if number is None or not FIRST <= number <= LAST:
            raise UsageError(f"number: expected {FIRST} to {LAST}, got {number}")
        return
    if not 2 <= len(ids) <= MOST_ABOUT:
        raise UsageError(f"about: expected 2 to {MOST_ABOUT} different services, got {len(ids)}")
    if number is not None:
        raise UsageError(f"number: is of kind number only, not of {kind}")


def _check_who(who: str) -> None:
    if not who.strip() or len(who) > LONGEST_WHO or not who.isprintable():
        raise UsageError(f"who: expected a name of 1 to {LONGEST_WHO} characters")


def _decided(decision: Decision) -> Decided | None:
    """Read a decision; None: of a kind that this version does not know."""
    kind = next((kind for kind in KINDS if kind == decision.kind), None)
    if kind is None:
        return None
    value = json.loads(decision.value)
    number = value if kind == "number" and isinstance(value, int) else None
    return Decided(id=decision.id, kind=kind, about=decision.about, who=decision.who, at_s=decision.at_s, number=number)
