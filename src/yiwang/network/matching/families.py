"""Families: services of one name, joined strongest evidence first, two of one source never but for their quality.

A *line* is what one source lists under one name (its qualities, feeds of regions and later hours); lines that are one
service, its feeds or its qualities make a *family*.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from yiwang.base.said import said
from yiwang.network.matching.identity import Identity
from yiwang.network.model import Conflict, Evidence, EvidenceKind

Spelling = tuple[str, str]
"""What some lists call a service; with the region, where it is a name that every region has."""
_AUTHORITY = re.compile(r"(tag:[^:\s]+:)\S")  # RFC 4151: who gave the identifier
SURE_ENOUGH_FOR_ONE_SOURCE = 0.75  # of two names in one list, to be qualities of one service


@dataclass(frozen=True, slots=True)
class Line:
    """Listed services of one source under one name; ``members`` are in order of their ids."""

    source: str
    key: str
    members: tuple[Identity, ...]

    def claims(self) -> Iterator[tuple[Hashable, Hashable]]:
        """Yield what in one region tells a service from its others: of one authority or transport stream it has one name.

        The same service may be listed there by several sources, by multicast and by broadband; then both say the same, or
        say it in the words of different authorities.
        """
        for member in self.members:
            region = member.listed.region
            found = _AUTHORITY.match(member.identifier) if region else None
            if found:
                yield (region, found[1], member.quality, member.label), member.identifier
            for network, stream, service in member.triplets if region else ():
                yield (region, (network, stream), member.quality, member.label), service

    @property
    def id(self) -> str:
        """Id of its first member, which nothing else has."""
        return self.members[0].listed.id


@dataclass(frozen=True, slots=True)
class Edge:
    """Evidence between two members of two lines; the strongest is used first: by ``rank``, then by ``score``."""

    rank: int
    score: float
    one: Identity
    other: Identity
    kind: EvidenceKind
    detail: str

    @property
    def order(self) -> tuple[int, float, str, str]:
        """Place among edges: the same whatever the order they were found in."""
        return self.rank, -self.score, self.one.listed.id, self.other.listed.id

    def evidence(self) -> Evidence:
        """Return it as a record."""
        return Evidence(self.one.listed.id, self.other.listed.id, self.kind, round(self.score, 3), self.detail)


@dataclass(frozen=True, slots=True)
class Found:
    """The evidence that was found at one place."""

    edges: tuple[Edge, ...] = ()
    against: tuple[Evidence, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def _gathered(claims: Iterable[tuple[Hashable, Hashable]]) -> dict[Hashable, set[Hashable]]:
    found: dict[Hashable, set[Hashable]] = {}
    for key, value in claims:
        found.setdefault(key, set()).add(value)
    return found


class Families:
    """Lines in sets that grow; what may not be in one set is kept apart."""

    def __init__(self, lines: list[Line], apart: Mapping[frozenset[str], str]) -> None:
        self._of = list(range(len(lines)))
        self._lines = {at: [at] for at in range(len(lines))}
        self._all = lines
        self._by_source = {at: {line.source: [at]} for at, line in enumerate(lines)}
        self._at = {member.listed.id: at for at, line in enumerate(lines) for member in line.members}
        self._claims = {at: _gathered(line.claims()) for at, line in enumerate(lines)}
        self._kept_apart: dict[int, dict[int, str]] = {}
        for pair, why in apart.items():
            one, other = (self._at[id_] for id_ in pair)
            if one != other:
                self._kept_apart.setdefault(one, {})[other] = why
                self._kept_apart.setdefault(other, {})[one] = why

    def of(self, listed_id: str) -> int:
        """Return the number of the family that a listed service is in."""
        at = self._at[listed_id]
        while self._of[at] != at:
            self._of[at] = self._of[self._of[at]]
            at = self._of[at]
        return at

    def lines(self, family: int) -> list[Line]:
        """Return the lines of a family."""
        return [self._all[at] for at in sorted(self._lines[family])]

    def numbers(self) -> list[int]:
        """Return the families' numbers."""
        return sorted(self._lines)

    def _qualities_differ(self, one: list[int], other: list[int]) -> bool:
        def qualities(lines: list[int]) -> set[tuple[object, ...]]:
            return {(m.quality, m.label) for at in lines for m in self._all[at].members}

        return not qualities(one) & qualities(other)

    def obstacle(self, edge: Edge) -> str:
        """Return why the families of an edge's two ends must stay two, or an empty text."""
        one, other = self.of(edge.one.listed.id), self.of(edge.other.listed.id)
        if one == other:
            return ""
        if self._kept_apart and (why := self._said_apart(one, other)):
            return why
        if edge.kind in ("rule", "decision", "guide"):
            return ""  # what one source lists twice is divided again, into services of one family
        if why := self._said_of_region(one, other):
            return why
        mine, others = self._by_source[one], self._by_source[other]
        if len(others) < len(mine):
            mine, others = others, mine
        for source in mine.keys() & others.keys():
            if edge.score < SURE_ENOUGH_FOR_ONE_SOURCE or not self._qualities_differ(mine[source], others[source]):
                return said("lists-both", source=source)
        return ""

    def _said_apart(self, one: int, other: int) -> str:
        theirs = set(self._lines[other])
        kept = (
            why for at in self._lines[one] for place, why in self._kept_apart.get(at, {}).items() if place in theirs
        )
        return next(kept, "")

    def _said_of_region(self, one: int, other: int) -> str:
        """Return which two services of one region they would be, if they are."""
        mine, theirs = self._claims[one], self._claims[other]
        for key in mine.keys() & theirs.keys() if mine and theirs else ():
            if not mine[key] & theirs[key]:
                assert isinstance(key, tuple)
                two = (min(claims[key], key=str) for claims in (mine, theirs))
                return said("region-has-both", region=key[0], **dict(zip(("one", "other"), two, strict=True)))
        return ""

    def join(self, edge: Edge) -> bool:
        """Make one family of the two; False where they are one already."""
        one, other = self.of(edge.one.listed.id), self.of(edge.other.listed.id)
        if one == other:
            return False
        one, other = min(one, other), max(one, other)
        self._of[other] = one
        self._lines[one] += self._lines.pop(other)
        for key, values in self._claims.pop(other).items():
            self._claims[one].setdefault(key, set()).update(values)
        for source, lines in self._by_source.pop(other).items():
            self._by_source[one].setdefault(source, []).extend(lines)
        return True
