"""The whole network, from what is listed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from anyascii import anyascii

from yiwang.base.said import said
from yiwang.network.matching import Group, Matcher
from yiwang.network.matching.match import Overlap
from yiwang.network.model import Conflict, ListedService, NetworkService, OneNetwork, Region
from yiwang.network.names import fold, without_quality
from yiwang.network.numbering import Numberer
from yiwang.network.regions import region_tree
from yiwang.network.rules import Rules

LONGEST_ID = 64
_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is to stay of the network before: of which service a listed one was, by its id, the best first; its numbers."""

    ids: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


def assemble(
    listed: Iterable[ListedService],
    regions: Iterable[Region] = (),
    rules: Rules = Rules(),  # noqa: B008
    previous: OneNetwork | None = None,
    overlap: Overlap | None = None,
    alike: Iterable[tuple[str, str]] = (),
) -> OneNetwork:
    """Return the network of all that is listed; the same for any order of what is given.

    Parameters
    ----------
    previous : the network before, for the ids and numbers that stay
    overlap, alike : as in :func:`yiwang.network.matching.match`
    """
    before = previous or OneNetwork()
    ids = {member.id: service.id for service in before.services.values() for member in service.members}
    return Assembler().assemble(listed, regions, rules, Known(ids=ids, numbers=before.numbers), overlap, alike)


class Assembler:
    """Assembles again and again: what a change does not touch is taken from the round before, and is what it would be."""

    def __init__(self) -> None:
        self._matcher, self._numberer = Matcher(), Numberer()

    def assemble(
        self,
        listed: Iterable[ListedService],
        regions: Iterable[Region],
        rules: Rules,
        known: Known,
        overlap: Overlap | None = None,
        alike: Iterable[tuple[str, str]] = (),
    ) -> OneNetwork:
        """Return the network of all that is listed, as the function of this name does."""
        tree, conflicts = region_tree(regions)
        matched = self._matcher.match(listed, rules.match, overlap, alike)
        ids, id_conflicts = _ids(matched.groups, known, rules)
        families: dict[tuple[str, int], list[str]] = defaultdict(list)
        for group, id_ in zip(matched.groups, ids, strict=True):
            families[group.family, group.shift_h].append(id_)
        services = {}
        for group, id_ in sorted(zip(matched.groups, ids, strict=True), key=lambda pair: pair[1]):
            variants = tuple(sorted(other for other in families[group.family, group.shift_h] if other != id_))
            services[id_] = NetworkService(id=id_, members=group.members, evidence=group.evidence, variants=variants)
        numbered = self._numberer.number(services.values(), tree, rules.numbers, known.numbers)
        return OneNetwork(
            regions=tree.by_id,
            services=services,
            numbers=numbered.numbers,
            conflicts=(*conflicts, *matched.conflicts, *id_conflicts, *numbered.conflicts),
            against=matched.against,
        )


def _ids(groups: tuple[Group, ...], known: Known, rules: Rules) -> tuple[list[str], list[Conflict]]:
    """Return an id for each group: of a rule; that most of its members had; a new one made of its best member's key or name."""
    given: dict[int, str] = {}
    taken: set[str] = set()
    conflicts = []
    group_of = {member.id: at for at, group in enumerate(groups) for member in group.members}
    for listed_id, wanted in sorted(rules.id_of):
        at = group_of.get(listed_id)
        if at is None:
            continue
        if wanted in taken or at in given or not is_id(wanted):
            detail = said("id-refused", listed=listed_id, id=wanted)
            conflicts.append(Conflict("id", (listed_id, wanted), detail))
            continue
        given[at] = wanted
        taken.add(wanted)
    for at, wanted in _claims(groups, known):
        if at not in given and wanted not in taken:
            given[at] = wanted
            taken.add(wanted)
    for at, group in enumerate(groups):
        if at not in given:
            given[at] = _free(_readable(group), group.members[0].region, taken)
            taken.add(given[at])
    return [given[at] for at in range(len(groups))], conflicts


def _claims(groups: tuple[Group, ...], known: Known) -> list[tuple[int, str]]:
    """Return who was what before, the one with the most of a service's members first; of equal ones, the one with its best."""
    rank_of: dict[str, tuple[str, int]] = {}
    ranks_of: Counter[str] = Counter()
    for listed_id, service_id in known.ids.items():
        rank_of[listed_id] = service_id, -ranks_of[service_id]
        ranks_of[service_id] += 1
    claims = []
    for at, group in enumerate(groups):
        had: dict[str, list[int]] = defaultdict(list)
        for member in group.members:
            if member.id in rank_of:
                id_, rank = rank_of[member.id]
                had[id_].append(rank)
        claims += [(-len(ranks), -max(ranks), at, id_) for id_, ranks in had.items()]
    return [(at, id_) for _, _, at, id_ in sorted(claims)]


def is_id(text: str) -> bool:
    """Whether a text may be a service's id: of a-z, 0-9, '-', '_', '.', at most 64, as in the config file."""
    return bool(_ID.fullmatch(text)) and ".." not in text


def _slug(text: str) -> str:
    """Return a text as an id, readable: Chinese by its sound, blanks and punctuation as one dash; may be empty."""
    latin = anyascii(fold(text).replace("+", " plus "))
    words = re.findall(r"[a-z0-9]+", latin.lower())
    return "-".join(words)[: LONGEST_ID - 8].strip("-")


def _readable(group: Group) -> str:
    best = group.members[0]
    key = best.key.lower()
    if best.key == key and is_id(key) and re.search("[a-z]{2}", key) and not re.search(r"\d{5}|[0-9a-f]{12}", key):
        return key
    names = [text.value for text in best.service.service_names]
    return next((slug for slug in map(_slug, [*map(without_quality, names), best.key]) if slug), "service")


def _free(wanted: str, region: str, taken: set[str]) -> str:
    """Return ``wanted``, or with the region behind it, or with a number."""
    if wanted not in taken:
        return wanted
    if region and (of_region := f"{wanted}-{_slug(region)}") not in taken and is_id(of_region):
        return of_region
    return next(free for at in count(2) if (free := f"{wanted}-{at}") not in taken)
