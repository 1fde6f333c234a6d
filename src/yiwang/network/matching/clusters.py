"""Clusters: spellings that evidence joins, however weak. What is in two clusters is in no case one family."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from yiwang.base.said import joined, said
from yiwang.network.matching.families import Edge, Families, Found, Line, Spelling
from yiwang.network.matching.services import Group, divide
from yiwang.network.model import Conflict, Evidence

Lines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that has been matched."""

    groups: tuple[Group, ...]
    against: tuple[Evidence, ...]
    conflicts: tuple[Conflict, ...]


class Clusters:
    """Gathers what was found, and what it joins.

    Parameters
    ----------
    lines : of each spelling, in order of their ids; the spellings in order of their first lines
    spelling_of : the one that a listed service is of, by id
    """

    def __init__(self, lines: Mapping[Spelling, Lines], spelling_of: Mapping[str, Spelling]) -> None:
        self._lines, self._spelling_of = lines, spelling_of
        self._of: dict[Spelling, Spelling] = {}
        self._found: list[tuple[Spelling, Found]] = []
        self.against: list[Evidence] = []
        self.conflicts: list[Conflict] = []

    def _root(self, spelling: Spelling) -> Spelling:
        while (above := self._of.get(spelling, spelling)) != spelling:
            spelling = above
        return spelling

    def add(self, found: Found, *between: Spelling) -> None:
        """Add what was found at one place; ``between``: the spellings that it is about, where that is known."""
        self.against += found.against
        self.conflicts += found.conflicts
        if found.edges:
            ends = between or tuple(
                self._spelling_of[end.listed.id] for edge in found.edges for end in (edge.one, edge.other)
            )
            self._found.append((ends[0], found))
            into = self._root(ends[0])
            for spelling in ends[1:]:
                if (root := self._root(spelling)) != into:
                    self._of[root] = into

    def add_each(self, edges: Iterable[Edge]) -> None:
        """Add edges that were found one by one."""
        for edge in edges:
            self.add(Found((edge,)))

    def parts(self, apart: Mapping[frozenset[str], str]) -> Iterator[tuple[Spelling, tuple[object, ...]]]:
        """Yield each cluster: its first spelling, and arguments for `matched`. ``apart``: pairs that stay two, and why."""
        spellings: dict[Spelling, list[Spelling]] = {}
        for spelling in self._lines:
            spellings.setdefault(self._root(spelling), []).append(spelling)
        found: dict[Spelling, list[Found]] = defaultdict(list)
        for spelling, one in self._found:
            found[self._root(spelling)].append(one)
        kept_apart: dict[Spelling, list[tuple[frozenset[str], str]]] = defaultdict(list)
        for pair, why in apart.items():
            roots = {self._root(self._spelling_of[id_]) for id_ in pair}
            if len(roots) == 1:
                kept_apart[roots.pop()].append((pair, why))
        for root, some in spellings.items():
            lines = tuple(self._lines[spelling] for spelling in some)
            yield some[0], (lines, tuple(found.get(root, ())), tuple(kept_apart.get(root, ())))


def matched(
    spelt: tuple[Lines, ...], found: tuple[Found, ...], kept_apart: tuple[tuple[frozenset[str], str], ...]
) -> Cluster:
    """Return the services of a cluster: families are joined by evidence, the strongest first."""
    apart = dict(kept_apart)
    families = Families(sorted(chain.from_iterable(spelt), key=lambda line: line.id), apart)
    followed: list[Evidence] = []
    against: list[Evidence] = []
    conflicts: list[Conflict] = []
    for edge in sorted((edge for one in found for edge in one.edges), key=lambda edge: edge.order):
        if obstacle := families.obstacle(edge):
            detail = joined(edge.detail, joined(said("but"), obstacle, by=" "), by=", ")
            one, other = edge.one.listed.id, edge.other.listed.id
            against.append(Evidence(one, other, "against", -round(edge.score, 3), detail))
            if edge.kind in ("rule", "decision"):
                conflicts.append(Conflict("rule", (one, other), detail))
            elif edge.kind in ("identifier", "triplet"):
                conflicts.append(Conflict("identifier", (one, other), detail))
        elif families.join(edge) or edge.kind not in ("name", "guide"):
            followed.append(edge.evidence())
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for reason in followed:
        evidence[families.of(reason.one)].append(reason)
    groups = (divide(families.lines(number), evidence[number], apart) for number in families.numbers())
    return Cluster(tuple(chain.from_iterable(groups)), tuple(against), tuple(conflicts))
