"""Match listed services: evidence is found, families are joined by it, and each is divided into services."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, pairwise
from math import exp, log
from typing import Any

from yiwang.base.said import Said, joined, said
from yiwang.network.matching.candidates import Candidates
from yiwang.network.matching.clusters import Cluster, Clusters, matched
from yiwang.network.matching.families import Edge, Found, Line, Spelling
from yiwang.network.matching.identity import Identity, anonymous, identify
from yiwang.network.matching.score import explain, likelihood
from yiwang.network.matching.services import Group
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
    return Matcher().match(listed, rules, overlap, alike)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one source lists: its lines with their ids and spellings; what its members claim to be, and who is in a crowd."""

    lines: tuple[tuple[str, Spelling, Line], ...]
    spelling_of: dict[str, Spelling]
    claims: tuple[tuple[tuple[EvidenceKind, str], Identity], ...]
    crowded: dict[str, int]


_Kept = tuple[tuple[object, ...], list[tuple[ListedService, ListedService, float | None]], Any]
"""What something was made of, what was asked about guides meanwhile, and what it became."""


_Compared = tuple[Identity, Identity, int, tuple[float | None, ...], Edge | Evidence | None]
"""Two that were compared, how many of their names there are, what their guides said, and the evidence."""


class Matcher:
    """Matches again and again: what is made of the same as in the round before is taken from there, and is what it would be.

    Evidence is found place by place: among the lines of one spelling, between two spellings that are alike, among all that
    claim one identifier. What it may join is a cluster; families never reach out of one, so each is matched alone.
    """

    def __init__(self) -> None:
        self._settings: object = None
        self._candidates = Candidates(lambda one, other: likelihood(one, other) >= ASK_FROM)
        self._identities: dict[str, Identity] = {}
        self._before: dict[Hashable, _Kept] = {}
        self._kept: dict[Hashable, _Kept] = {}
        self._pairs: dict[tuple[str, str], _Compared] = {}
        self._asked: list[tuple[ListedService, ListedService, float | None]] = []
        self._links: tuple[object, list[tuple[Spelling, Spelling]]] = None, []

    def match(
        self,
        listed: Iterable[ListedService],
        rules: MatchRules = MatchRules(),  # noqa: B008
        overlap: Overlap | None = None,
        alike: Iterable[tuple[str, str]] = (),
    ) -> Matched:
        """Return which listed services are one, as the function of this name does."""
        settings = rules.aliases, rules.threshold
        if settings != self._settings:
            self._identities, self._kept, self._pairs, self._settings = {}, {}, {}, settings
        self._before, self._kept = self._kept, {}
        self._rules, self._overlap = rules, overlap or _unknown
        self._identify(listed)
        told = self._told()
        self._crowded = {id_: count for one in told.values() for id_, count in one.crowded.items()}
        spelt: dict[Spelling, list[Line]] = defaultdict(list)
        for _, spelt_so, line in sorted(chain.from_iterable(one.lines for one in told.values())):
            spelt[spelt_so].append(line)
        lines = {spelt_so: tuple(some) for spelt_so, some in spelt.items()}
        clusters = Clusters(lines, {id_: so for one in told.values() for id_, so in one.spelling_of.items()})
        clusters.add_each(self._by_rule())
        for claim, claimants in _claimants(told.values()).items():
            clusters.add(self._once(("claim", *claim), (claim, *claimants), self._claims))
        forms: dict[NameForm, list[Spelling]] = defaultdict(list)
        for spelt_so, some in lines.items():
            found, of_it = self._once(("within", spelt_so), some, self._within)
            clusters.add(found, spelt_so)
            for form in of_it:
                forms[form].append(spelt_so)
        for one, other in self._alike(forms):
            clusters.add(self._once(("between", one, other), (lines[one], lines[other]), self._between), one, other)
        clusters.add_each(self._by_guide(alike))
        apart, against, conflicts = self._apart(), clusters.against, clusters.conflicts
        against += [Evidence(min(pair), max(pair), "against", -1.0, detail) for pair, detail in apart.items()]
        groups: list[Group] = []
        for first, of in clusters.parts(apart):
            part: Cluster = self._once(("cluster", first), of, matched)
            groups += part.groups
            against += part.against
            conflicts += part.conflicts
        groups.sort(key=lambda group: group.members[0].id)
        if len(self._pairs) > 4 * len(self._identities):
            self._pairs.clear()
        return Matched(
            groups=tuple(groups),
            against=tuple(sorted(against, key=lambda e: (e.one, e.other, e.kind, e.detail, e.score))),
            conflicts=tuple(sorted(set(conflicts), key=lambda c: (c.kind, c.about, c.detail))),
        )

    def _once(self, key: Hashable, of: tuple[Any, ...], make: Callable[..., Any]) -> Any:
        """Return what ``make`` makes of ``of``: that of the round before, if it was of the same and guides answer the same."""
        known = self._before.get(key)
        if (
            known is None
            or known[0] != of
            or any(self._overlap(one, other) != answer for one, other, answer in known[1])
        ):
            self._asked = []
            made = make(*of)
            known = of, self._asked, made
        self._kept[key] = known
        return known[2]

    def _identify(self, listed: Iterable[ListedService]) -> None:
        before, self._identities = self._identities, {}
        aliases = {normalise(name).plain: meant for name, meant in self._rules.aliases}
        for one in listed:
            id_ = one.id
            known = before.get(id_)
            self._identities[id_] = known if known is not None and known.listed is one else identify(one, aliases)

    def _told(self) -> dict[str, _Told]:
        by_source: dict[str, list[Identity]] = defaultdict(list)
        for one in self._identities.values():
            by_source[one.listed.source].append(one)
        return {source: self._once(("source", source), tuple(its), self._tell) for source, its in by_source.items()}

    def _tell(self, *identities: Identity) -> _Told:
        ordered = sorted(identities, key=lambda one: one.listed.id)
        lines = _lines(ordered, self._how_alike)
        of = {line.id: (line.key, _where(line)) for line in lines}
        claims: list[tuple[tuple[EvidenceKind, str], Identity]] = []
        for one in ordered:
            claims += [(("identifier", one.identifier), one)] if one.identifier else []
            claims += [(("triplet", f"{n:04x}.{t:04x}.{s:04x}"), one) for n, t, s in sorted(one.triplets)]
        return _Told(
            lines=tuple((line.id, of[line.id], line) for line in lines),
            spelling_of={member.listed.id: of[line.id] for line in lines for member in line.members},
            claims=tuple(claims),
            crowded={m.listed.id: len(line.members) for line in lines if _twins(line) >= CROWD for m in line.members},
        )

    def _how_alike(self, one: ListedService, other: ListedService) -> float | None:
        answer = self._overlap(one, other)
        self._asked.append((one, other, answer))
        return answer

    def _guide(self, one: Identity, other: Identity) -> float | None:
        if one.listed.id > other.listed.id:
            one, other = other, one
        return self._how_alike(one.listed, other.listed)

    def _apart(self) -> dict[frozenset[str], str]:
        """Pairs that must not be one, and who says so."""
        different: list[tuple[Iterable[str], str]] = [(ids, said("rule-different")) for ids in self._rules.different]
        different += [(one.about, one.said) for one in self._rules.decided if one.kind == "different"]
        return {
            frozenset(pair): detail
            for ids, detail in different
            for pair in combinations(sorted({id_ for id_ in ids if id_ in self._identities}), 2)
        }

    def _by_rule(self) -> Iterable[Edge]:
        for ids in self._rules.same:
            for one, other in pairwise(sorted({id_ for id_ in ids if id_ in self._identities})):
                yield Edge(0, 1.0, self._identities[one], self._identities[other], "rule", said("rule-same"))
        for decided in self._rules.decided:
            if decided.kind == "same":
                for one, other in pairwise(sorted({id_ for id_ in decided.about if id_ in self._identities})):
                    yield Edge(0, 1.0, self._identities[one], self._identities[other], "decision", decided.said)

    def _claims(self, claim: tuple[EvidenceKind, str], *claimants: Identity) -> Found:
        """Join all that claim one identifier, but for those of plainly different names: that is a conflict."""
        kind, value = claim
        heads: list[Identity] = []
        edges, against, conflicts = [], [], []
        rank, score = (1, 0.999) if kind == "identifier" else (2, 0.99)
        for one in sorted(claimants, key=lambda one: one.listed.id):
            for head in heads:
                by_name = self._name(head, one)[0]
                if by_name >= PLAINLY_DIFFERENT or (self._guide(head, one) or 0.0) >= ALIKE_GUIDES:
                    edges.append(Edge(rank, score, head, one, kind, said(kind, **{kind: value})))
                    break
            else:
                heads.append(one)
        for one, other in pairwise(heads):
            about = (one.listed.id, other.listed.id)
            text = said(f"{kind}-claimed", **{kind: value}, one=_called(one), other=_called(other))
            conflicts.append(Conflict("identifier", about, text))
            against.append(Evidence(*about, "against", -1.0, text))
        return Found(tuple(edges), tuple(against), tuple(conflicts))

    def _name(self, one: Identity, other: Identity) -> tuple[float, NameForm, NameForm]:
        if len(one.forms) == len(other.forms) == 1 or one.form == other.form:
            return likelihood(one.form, other.form), one.form, other.form
        pairs = ((likelihood(a, b), a, b) for a in one.forms for b in other.forms)
        return max(pairs, key=lambda found: found[0])

    def _within(self, *alike: Line) -> tuple[Found, tuple[NameForm, ...]]:
        """Return evidence between lines that are written alike, and all forms of their names."""
        pairs = [(alike[0], other) for other in alike[1:]]
        pairs += combinations(alike[1:], 2) if len(alike) < 9 else ()
        forms = dict.fromkeys(form for line in alike for member in line.members for form in member.forms)
        return self._compared(pair for pair in pairs if pair[0].source != pair[1].source), tuple(forms)

    def _between(self, some: Sequence[Line], others: Sequence[Line]) -> Found:
        """Return evidence between lines of two spellings."""
        pairs = [(some[0], others[0])]
        if len(some) * len(others) <= 16:
            pairs += [(one, other) for one in some for other in others][1:]
        return self._compared(pairs)

    def _compared(self, pairs: Iterable[tuple[Line, Line]]) -> Found:
        found = [self._compare(*_nearest(one, other)) for one, other in pairs]
        edges = tuple(one for one in found if isinstance(one, Edge))
        return Found(edges, tuple(one for one in found if isinstance(one, Evidence)))

    def _alike(self, forms: Mapping[NameForm, list[Spelling]]) -> list[tuple[Spelling, Spelling]]:
        """Return the spellings that are to be compared with each other, each pair once."""
        if forms == self._links[0]:
            return self._links[1]
        found: dict[tuple[Spelling, Spelling], tuple[Spelling, Spelling]] = {}
        for a, b in self._candidates.of(forms):
            for one in forms[a]:
                for other in forms[b]:
                    if one != other:
                        found.setdefault((min(one, other), max(one, other)), (one, other))
        self._links = forms, list(found.values())
        return self._links[1]

    def _compare(self, one: Identity, other: Identity) -> Edge | Evidence | None:
        """Return the evidence of two names and guides: for their being one, against it, or none.

        Of many lines of one spelling a change touches few pairs: the others' evidence is as it was.
        """
        ids = one.listed.id, other.listed.id
        crowd = min(self._crowded.get(id_, 0) for id_ in ids) if self._crowded else 0
        known = self._pairs.get(ids)
        if (
            known is not None
            and known[0] is one
            and known[1] is other
            and known[2] == crowd
            and all(self._guide(one, other) == guide for guide in known[3])
        ):
            return known[4]
        asked = len(self._asked)
        found = self._evidence(one, other, crowd)
        self._pairs[ids] = one, other, crowd, tuple(answer for _, _, answer in self._asked[asked:]), found
        return found

    def _evidence(self, one: Identity, other: Identity, crowd: int) -> Edge | Evidence | None:
        chance, form, other_form = self._name(one, other)
        doubt = one.listed.region != other.listed.region and anonymous(form)
        doubt = doubt and not (one.listed.national and other.listed.national)
        if doubt or crowd:
            chance = min(chance, 0.3)
        guide = self._guide(one, other) if chance >= ASK_FROM else None
        if guide is not None and one.label != other.label:
            guide = max(guide, NOTHING_SAID)  # another hour or region's guide differs by right
        if guide is not None:
            chance = _with_guide(chance, guide)
        if one.language and other.language and one.language != other.language:
            chance -= 1e-4  # of several equally like ones, that in the same language
        is_for = chance >= self._rules.threshold
        if not is_for and (guide is None or guide >= UNLIKE_GUIDES):
            return None
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
            return Edge(3, chance, one, other, kind, detail)
        return Evidence(one.listed.id, other.listed.id, "against", round(chance - 1, 3), detail)

    def _by_guide(self, alike: Iterable[tuple[str, str]]) -> Iterable[Edge]:
        for pair in sorted({(min(pair), max(pair)) for pair in alike}):
            if pair[0] not in self._identities or pair[1] not in self._identities or pair[0] == pair[1]:
                continue
            one, other = self._identities[pair[0]], self._identities[pair[1]]
            if one.listed.source == other.listed.source or (guide := self._guide(one, other)) is None:
                continue
            if guide < ALIKE_GUIDES:
                continue
            chance, form, other_form = self._name(one, other)
            chance = _with_guide(max(chance, 0.01), guide)
            if chance >= self._rules.threshold:
                detail = joined(_same(f"{guide:.0%}"), explain(form, other_form), by="; ")
                yield Edge(3, chance, one, other, "guide", detail)


def _unknown(_: ListedService, __: ListedService) -> float | None:
    return None


def _claimants(told: Iterable[_Told]) -> dict[tuple[EvidenceKind, str], list[Identity]]:
    found: dict[tuple[EvidenceKind, str], list[Identity]] = defaultdict(list)
    for one in told:
        for claim, identity in one.claims:
            found[claim].append(identity)
    return dict(sorted(found.items()))


def _where(line: Line) -> str:
    """Return the region of a line whose name every region has."""
    first = line.members[0]
    return first.listed.region if anonymous(first.form) else ""


def _lines(identities: list[Identity], overlap: Overlap) -> list[Line]:
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


def _told_apart(members: list[Identity], overlap: Overlap) -> list[list[Identity]]:
    """Divide services of one name where the guides of two of one quality and feed differ."""
    found: list[list[Identity]] = []
    for member in members:
        for some in found:
            twin = next((m for m in some if (m.quality, m.label) == (member.quality, member.label)), None)
            alike = overlap(twin.listed, member.listed) if twin is not None else None
            if alike is None or alike >= ALIKE_GUIDES:
                some.append(member)
                break
        else:
            found.append([member])
    return found


def spelling(form: NameForm) -> str:
    """What one list calls one service: without the words that are noise, but where little is left."""
    return form.core if len(form.core) > 3 else form.full


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
