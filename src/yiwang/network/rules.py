"""What the operator decides over the network's own judgement."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from yiwang.base.said import said

DecisionKind = Literal["same", "different", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that an operator made while the node ran; ``about`` are ids of listed services, ``number`` of its kind."""

    id: int
    kind: DecisionKind
    about: tuple[str, ...]
    who: str
    at_s: int
    number: int | None = None

    @property
    def said(self) -> str:
        """Who decided what and when, for people."""
        at = datetime.fromtimestamp(self.at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = {"number": self.number} if self.kind == "number" else {}
        return said(f"decision-{self.kind}", decision=self.id, who=self.who, at=at, **number)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRules:
    """Decisions on what is one service.

    ``same`` and ``different`` hold ids of listed services (``source/key``): those of one tuple are one service, or no two of
    them are. ``aliases`` are names by another name that is meant. ``threshold`` is the probability from which names join.
    ``decided`` are decisions of kinds same and different.
    """

    same: tuple[tuple[str, ...], ...] = ()
    different: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    threshold: float = 0.5
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedRange:
    """Numbers ``first`` to ``last`` are for ``services`` (ids of the network's or listed ones), in this order, in every region.

    Where ``services`` is empty they are for the national ones.
    """

    first: int
    last: int
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRules:
    """Decisions on numbers.

    ``reserved`` ranges are given to those they are for; nobody else gets their numbers, unless ``keep`` says so. ``keep``:
    regions whose own numbers stay, even in a reserved range. ``prefer`` are services (by the network's id or a listed
    one's) with the number they have in every region, before all.
    ``overflow_from`` is where services go that have no number or lost it.
    """

    reserved: tuple[ReservedRange, ...] = ()
    keep: tuple[str, ...] = ()
    prefer: tuple[tuple[str, int], ...] = ()
    overflow_from: int = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of the operator's decisions; ``id_of`` names services: (listed id, the network's id for its service)."""

    match: MatchRules = field(default_factory=MatchRules)
    numbers: NumberRules = field(default_factory=NumberRules)
    id_of: tuple[tuple[str, str], ...] = ()


def with_decisions(rules: Rules, decided: Iterable[Decided]) -> Rules:
    """Return the rules with decisions beside them; a number that was decided goes before one that a rule prefers."""
    every = sorted(decided, key=lambda one: one.id)
    matches = tuple(one for one in every if one.kind != "number")
    numbers = tuple((id_, one.number) for one in reversed(every) if one.number is not None for id_ in one.about)
    if not every:
        return rules
    return replace(
        rules,
        match=replace(rules.match, decided=matches),
        numbers=replace(rules.numbers, prefer=(*numbers, *rules.numbers.prefer)),
    )
