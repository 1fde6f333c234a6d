"""Match listed services: evidence is gathered, families are joined by it, and each is divided into services."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from math import exp, log

from yiwang.base.said import Said, joined, said
from yiwang.network.matching.candidates import candidates
from yiwang.network.matching.families import Edge, Families, Line
from yiwang.network.matching.identity import Identity, anonymous, identify
from yiwang.network.matching.score import explain, likelihood
from yiwang.network.matching.services import Group, divide
from yiwang.network.model import Conflict, Evidence, EvidenceKind, ListedService
from yiwang.network.names import NameForm, normalise
from yiwang.network.rules import MatchRules

Overlap = Callable[[ListedService, ListedService], float | None]

ASK_FROM = 0.02  # probability by name from which the guide is asked
CROWD = 3  # services of one quality and feed that both of two lists give one name: it does not tell which is which
PLAINLY_DIFFERENT = 0.02  # probability by name: one identifier for such two is a mistake somewhere
UNLIKE_GUIDES, NOTHING_SAID, ALIKE_GUIDES = 0.1, 0.3, 0.5  # overlaps that speak against, for neither, and for the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """``groups`` in order of their first member's id; ``against`` is evidence that was found and not followed."""

    groups: tuple[Group, ...] = ()
    against: tuple[Evidence, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def match(
    listed: Iterable[ListedService],
    rules: MatchRules = MatchRules(),  # noqa: B008
    overlap: Overlap | None = None,
    alike: Iterable[tuple[str, str]] = (),
) -> Matched:
    """Return which listed services are one; the same for any order of ``listed``.

    Parameters
    ----------
    overlap : how much of two services' guides is the same events at the same times, 0 to 1; None: not known. Asked only for
        pairs whose names may be one service's, and for those of ``alike``
    alike : pairs of ids of listed services whose guides may be the same, whatever their names
    """
    aliases = {normalise(name).plain: meant for name, meant in rules.aliases}
    by_id = {one.id: one for one in listed}
    identities = {id_: identify(by_id[id_], aliases) for id_ in sorted(by_id)}
    lines = _lines(list(identities.values()), overlap)
    return _Matching(identities, lines, rules, overlap).run(alike)


def _lines(identities: list[Identity], overlap: Overlap | None) -> list[Line]:
    """Gather what one source lists under one name.

    Where it lists the same twice (same name, feed and quality) each language is a line; and each that a guide tells from
    those before.
    """
    found: dict[tuple[str, str], list[Identity]] = defaultdict(list)
    for one in identities:
        found[one.listed.source, spelling(one.form)].append(one)
    lines = []
    for (source, key), members in found.items():
        languages = sorted({m.language for m in members})
        twice = len({(m.quality, m.label) for m in members}) < len(members)
        for language in languages if twice else (None,):
            of_it = [m for m in members if language is None or m.language == language]
            lines += [Line(source, key, tuple(some)) for some in _told_apart(of_it, overlap)]
    return sorted(lines, key=lambda line: line.id)


def _told_apart(members: list[Identity], overlap: Overlap | None) -> list[list[Identity]]:
    """Divide services of one name where the guides of two of one quality and feed differ."""
    found: list[list[Identity]] = []
    for member in members:
        for some in found:
            twin = next((m for m in some if (m.quality, m.label) == (member.quality, member.label)), None)
            alike = overlap(twin.listed, member.listed) if overlap is not None and twin is not None else None
            if alike is None or alike >= ALIKE_GUIDES:
                some.append(member)
                break
        else:
            found.append([member])
    return found


def spelling(form: NameForm) -> str:
    """What one list calls one service: without the words that are noise, but where little is left."""
    return form.core if len(form.core) > 3 else form.full


class _Matching:
    def __init__(
        self, identities: dict[str, Identity], lines: list[Line], rules: MatchRules, overlap: Overlap | None
    ) -> None:
        self.identities, self.lines, self.rules, self.overlap = identities, lines, rules, overlap
        self._crowded = {
            member.listed.id: len(line.members) for line in lines if _twins(line) >= CROWD for member in line.members
        }
        self.conflicts: list[Conflict] = []
        self.against: list[Evidence] = []
        self.followed: list[Evidence] = []

    def run(self, alike: Iterable[tuple[str, str]]) -> Matched:
        apart = self._apart()
        families = Families(self.lines, apart)
        edges = [
            *self._by_rule(),
            *self._by_identifier(),
            *self._by_triplet(),
            *self._by_name(),
            *self._by_guide(alike),
        ]
        for edge in sorted(edges, key=lambda edge: edge.order):
            if obstacle := families.obstacle(edge):
                self._note_obstacle(edge, obstacle)
            elif families.join(edge) or edge.kind not in ("name", "guide"):
                self.followed.append(edge.evidence())
        groups: list[Group] = []
        for number in families.numbers():
            groups += divide(families.lines(number), self.followed_in(families, number), apart)
        groups.sort(key=lambda group: group.members[0].id)
        return Matched(
            groups=tuple(groups),
            against=tuple(sorted(self.against, key=lambda e: (e.one, e.other, e.kind, e.detail))),
            conflicts=tuple(sorted(set(self.conflicts), key=lambda c: (c.kind, c.about, c.detail))),
        )

    def _apart(self) -> dict[frozenset[str], str]:
        """Pairs that must not be one, and who says so."""
        different: list[tuple[Iterable[str], str]] = [(ids, said("rule-different")) for ids in self.rules.different]
        different += [(one.about, one.said) for one in self.rules.decided if one.kind == "different"]
        apart: dict[frozenset[str], str] = {}
        for ids, detail in different:
            for one, other in combinations(sorted({id_ for id_ in ids if id_ in self.identities}), 2):
                apart[frozenset((one, other))] = detail
                self.against.append(Evidence(one, other, "against", -1.0, detail))
        return apart

    def followed_in(self, families: Families, number: int) -> list[Evidence]:
        if not hasattr(self, "_followed_in"):
            self._followed_in: dict[int, list[Evidence]] = defaultdict(list)
            for evidence in self.followed:
                self._followed_in[families.of(evidence.one)].append(evidence)
        return self._followed_in.get(number, [])

    def _note_obstacle(self, edge: Edge, obstacle: str) -> None:
        one, other = edge.one.listed.id, edge.other.listed.id
        detail = joined(edge.detail, joined(said("but"), obstacle, by=" "), by=", ")
        self.against.append(Evidence(one, other, "against", -round(edge.score, 3), detail))
        if edge.kind in ("rule", "decision"):
            self.conflicts.append(Conflict("rule", (one, other), detail))
        elif edge.kind in ("identifier", "triplet"):
            self.conflicts.append(Conflict("identifier", (one, other), detail))

    def _by_rule(self) -> Iterable[Edge]:
        for ids in self.rules.same:
            for one, other in pairwise(sorted({id_ for id_ in ids if id_ in self.identities})):
                yield Edge(0, 1.0, self.identities[one], self.identities[other], "rule", said("rule-same"))
        for decided in self.rules.decided:
            if decided.kind == "same":
                for one, other in pairwise(sorted({id_ for id_ in decided.about if id_ in self.identities})):
                    yield Edge(0, 1.0, self.identities[one], self.identities[other], "decision", decided.said)

    def _by_identifier(self) -> Iterable[Edge]:
        found: dict[str, list[Identity]] = defaultdict(list)
        for one in self.identities.values():
            if one.identifier:
                found[one.identifier].append(one)
        for identifier, claimants in sorted(found.items()):
            yield from self._claims(1, claimants, "identifier", identifier)

    def _by_triplet(self) -> Iterable[Edge]:
        found: dict[tuple[int, int, int], list[Identity]] = defaultdict(list)
        for one in self.identities.values():
            for triplet in one.triplets:
                found[triplet].append(one)
        for (network, stream, service), claimants in sorted(found.items()):
            yield from self._claims(2, claimants, "triplet", f"{network:04x}.{stream:04x}.{service:04x}")

    def _claims(self, rank: int, claimants: list[Identity], kind: EvidenceKind, claim: str) -> Iterable[Edge]:
        """Join all that claim one identifier, but for those of plainly different names: that is a conflict."""
        heads: list[Identity] = []
        detail = said(kind, **{kind: claim})
        for one in claimants:
            for head in heads:
                by_name = self._name(head, one)[0]
                if by_name >= PLAINLY_DIFFERENT or (self._guide(head, one) or 0.0) >= ALIKE_GUIDES:
                    yield Edge(rank, 0.999 if rank == 1 else 0.99, head, one, kind, detail)
                    break
            else:
                heads.append(one)
        for one, other in pairwise(heads):
            about = (one.listed.id, other.listed.id)
            text = said(f"{kind}-claimed", **{kind: claim}, one=_called(one), other=_called(other))
            self.conflicts.append(Conflict("identifier", about, text))
            self.against.append(Evidence(*about, "against", -1.0, text))

    def _guide(self, one: Identity, other: Identity) -> float | None:
        if self.overlap is None:
            return None
        return self.overlap(*sorted((one.listed, other.listed), key=lambda listed: listed.id))

    def _name(self, one: Identity, other: Identity) -> tuple[float, NameForm, NameForm]:
        if len(one.forms) == len(other.forms) == 1 or one.form == other.form:
            return likelihood(one.form, other.form), one.form, other.form
        pairs = ((likelihood(a, b), a, b) for a in one.forms for b in other.forms)
        return max(pairs, key=lambda found: found[0])

    def _by_name(self) -> Iterable[Edge]:
        """Yield evidence by names: first among those that are written alike, then between the different spellings."""
        spelt: dict[tuple[str, ...], list[Line]] = defaultdict(list)
        for line in self.lines:
            local = line.members[0].listed.region if anonymous(line.members[0].form) else ""
            spelt[line.key, local, ""].append(line)
        heads = []
        for alike in spelt.values():
            heads.append(alike)
            for other in alike[1:]:
                if alike[0].source != other.source:
                    yield from self._edge(_nearest(alike[0], other))
            for one, other in combinations(alike, 2) if len(alike) < 9 else ():
                if one.source != other.source and one is not alike[0]:
                    yield from self._edge(_nearest(one, other))
        yield from self._between_spellings(heads)

    def _between_spellings(self, spelt: list[list[Line]]) -> Iterable[Edge]:
        forms: dict[NameForm, list[int]] = defaultdict(list)
        for at, alike in enumerate(spelt):
            for form in {form for line in alike for member in line.members for form in member.forms}:
                forms[form].append(at)
        ordered = sorted(forms, key=lambda form: (form.plain, form.words, form.quality, form.shift_h))
        seen: set[tuple[int, int]] = set()
        for a, b in sorted(candidates(ordered)):
            chance = likelihood(ordered[a], ordered[b])
            if chance < ASK_FROM:
                continue
            for one in forms[ordered[a]]:
                for other in forms[ordered[b]]:
                    pair = (min(one, other), max(one, other))
                    if one != other and pair not in seen:
                        seen.add(pair)
                        yield from self._edges(spelt[one], spelt[other])

    def _edges(self, some: list[Line], others: list[Line]) -> Iterable[Edge]:
        yield from self._edge(_nearest(some[0], others[0]))
        if len(some) * len(others) <= 16:
            for one in some:
                for other in others:
                    if (one, other) != (some[0], others[0]):
                        yield from self._edge(_nearest(one, other))

    def _edge(self, ends: tuple[Identity, Identity]) -> Iterable[Edge]:
        one, other = ends
        chance, form, other_form = self._name(one, other)
        doubt = one.listed.region != other.listed.region and anonymous(form)
        doubt = doubt and not (one.listed.national and other.listed.national)
        crowd = min(self._crowded.get(one.listed.id, 0), self._crowded.get(other.listed.id, 0))
        if doubt or crowd:
            chance = min(chance, 0.3)
        guide = self._guide(one, other) if self.overlap is not None and chance >= ASK_FROM else None
        if guide is not None and one.label != other.label:
            guide = max(guide, NOTHING_SAID)  # another hour or region's guide differs by right
        if guide is not None:
            chance = _with_guide(chance, guide)
        if one.language and other.language and one.language != other.language:
            chance -= 1e-4  # of several equally like ones, that in the same language
        is_for = chance >= self.rules.threshold
        if not is_for and (guide is None or guide >= UNLIKE_GUIDES):
            return
        why = [explain(form, other_form)]
        if doubt:
            why.append(said("name-everywhere"))
        if crowd:
            why.append(said("name-crowd", count=crowd))
        if guide is not None:
            why.append(_same(f"{guide:.0%}"))
        detail = joined(*why, by="; ") if len(why) > 1 else why[0]
        if is_for:
            kind: EvidenceKind = "guide" if guide is not None and guide >= ALIKE_GUIDES else "name"
            yield Edge(3, chance, one, other, kind, detail)
        else:
            self.against.append(Evidence(one.listed.id, other.listed.id, "against", round(chance - 1, 3), detail))

    def _by_guide(self, alike: Iterable[tuple[str, str]]) -> Iterable[Edge]:
        for pair in sorted({(min(pair), max(pair)) for pair in alike}):
            if pair[0] not in self.identities or pair[1] not in self.identities or pair[0] == pair[1]:
                continue
            one, other = self.identities[pair[0]], self.identities[pair[1]]
            if one.listed.source == other.listed.source or (guide := self._guide(one, other)) is None:
                continue
            if guide < ALIKE_GUIDES:
                continue
            chance, form, other_form = self._name(one, other)
            chance = _with_guide(max(chance, 0.01), guide)
            if chance >= self.rules.threshold:
                detail = joined(_same(f"{guide:.0%}"), explain(form, other_form), by="; ")
                yield Edge(3, chance, one, other, "guide", detail)


@lru_cache(128)
def _same(share: str) -> Said:
    return said("guides-same", share=share)


def _with_guide(chance: float, guide: float) -> float:
    """Return the probability by name and by how much of the guides is the same."""
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    odds = log(chance / (1 - chance)) + min(max(14 * (guide - NOTHING_SAID), -5.0), 8.0)
    return 1 / (1 + exp(-odds))


def _twins(line: Line) -> int:
    """How many of one quality and feed a source lists under one name."""
    return max(Counter((member.quality, member.label) for member in line.members).values())


def _called(one: Identity) -> str:
    names: Sequence[str] = [text.value for text in one.listed.service.service_names]
    return f"{one.listed.id} ({names[0]})" if names else one.listed.id


def _nearest(one: Line, other: Line) -> tuple[Identity, Identity]:
    """Return a member of each line to compare: of the same label and quality if there are such."""
    if len(one.members) == 1 and len(other.members) == 1:
        return one.members[0], other.members[0]
    by_label = {(m.label, m.quality): m for m in reversed(other.members)}
    for member in one.members:
        if (member.label, member.quality) in by_label:
            return member, by_label[member.label, member.quality]
    labels = {m.label: m for m in reversed(other.members)}
    for member in one.members:
        if member.label in labels:
            return member, labels[member.label]
    return one.members[0], other.members[0]
