"""A family's services: one for each feed (place, hours later), of which no source lists two of one quality."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from yiwang.network.matching.families import Line
from yiwang.network.matching.identity import Identity, Label
from yiwang.network.model import Evidence, ListedService

QUALITIES = ("uhd", "hd", "", "sd")  # best first; what is not said lies between


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One service: its members, the best first; ``family`` is the same text for all that are feeds of one service.

    ``shift_h`` and ``places`` tell it from the others of its family.
    """

    members: tuple[ListedService, ...]
    family: str
    evidence: tuple[Evidence, ...] = ()
    shift_h: int = 0
    places: frozenset[str] = frozenset()


def _parts(members: list[Identity], evidence: list[Evidence]) -> list[list[Identity]]:
    """Divide by label; what an identifier or a rule joins is of one part whatever its label."""
    part_of: dict[str, int] = {}
    labels: dict[Label, int] = {}
    for member in members:
        part_of[member.listed.id] = labels.setdefault(member.label, len(labels))
    joined = list(range(len(labels)))

    def root(part: int) -> int:
        while joined[part] != part:
            part = joined[part]
        return part

    strong: dict[str, str] = {}

    def head(id_: str) -> str:
        while strong.get(id_, id_) != id_:
            id_ = strong[id_]
        return id_

    for one in evidence:
        if one.kind in ("rule", "decision", "identifier", "triplet"):
            a, b = sorted((head(one.one), head(one.other)))
            strong[b] = a
    by_part: dict[tuple[int, str], list[Identity]] = defaultdict(list)
    for member in members:
        first = head(member.listed.id)
        by_part[root(part_of.get(first, part_of[member.listed.id])), ""].append(member)
    return list(by_part.values())


def _rank(member: Identity, languages: Counter[str]) -> tuple[bool, int, int, str]:
    quality = QUALITIES.index(member.quality)
    return (not member.listed.national, quality, -languages[member.language], member.listed.id)


def _one_of_each(part: list[Identity], apart: Collection[frozenset[str]]) -> list[list[Identity]]:
    """Divide so that no source has two of one quality in one, nor two that a rule keeps apart; the best together."""
    languages = Counter(member.language for member in part)
    found: list[list[Identity]] = []
    taken: list[set[tuple[str, str]]] = []
    for member in sorted(part, key=lambda m: (-languages[m.language], m.listed.number or 10_000, m.listed.id)):
        place = (member.listed.source, member.quality)
        for group, places in zip(found, taken, strict=True):
            if place in places:
                continue
            if apart and any(frozenset((member.listed.id, m.listed.id)) in apart for m in group):
                continue
            group.append(member)
            places.add(place)
            break
        else:
            found.append([member])
            taken.append({place})
    for group in found:
        group.sort(key=lambda m: _rank(m, languages))
    return found


def divide(lines: list[Line], evidence: list[Evidence], apart: Collection[frozenset[str]]) -> list[Group]:
    """Return the services of a family."""
    members = sorted((m for line in lines for m in line.members), key=lambda m: m.listed.id)
    family = members[0].listed.id
    groups = []
    for part in _parts(members, evidence):
        for group in _one_of_each(part, apart):
            ids = {m.listed.id for m in group}
            own = tuple(e for e in evidence if e.one in ids or e.other in ids)
            label = group[0].label
            groups.append(
                Group(
                    members=tuple(m.listed for m in group),
                    family=family,
                    evidence=own,
                    shift_h=label[0],
                    places=label[1],
                )
            )
    return groups
