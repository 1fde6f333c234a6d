"""Logical channel numbers, one table for each region that lists services of its own, and one for no region (ADR 31)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from yiwang.base.said import Said, said
from yiwang.network.model import Conflict, ListedService, NetworkService
from yiwang.network.regions import RegionTree
from yiwang.network.rules import NumberRules

FIRST, LAST = 1, 9999  # TS 103 770 5.5.10; the schema has no last, its text that of CI Plus' logical_channel_number

Tables = dict[str, dict[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Tables by region, the numbers in order; a region without a table has that of the next region above it that has one."""

    numbers: Tables = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    """A number for a service, and why; the lower ``rank`` goes first."""

    rank: int
    number: int
    why: str


RULE, KEPT, PREVIOUS, OWN, ELSEWHERE = range(5)


@dataclass(frozen=True, slots=True)
class _Asks:
    """What a service's lists ask for it: ``numbers`` of each region, ``usual`` the one most give it, of several the lowest."""

    id: str
    ids: tuple[str, ...]
    is_national: bool
    regions: frozenset[str]
    numbers: dict[str, list[int]]
    usual: int | None


def _asks(service: NetworkService) -> _Asks:
    numbers: dict[str, set[int]] = defaultdict(set)
    counts: Counter[int] = Counter()
    for member in service.members:
        for region, number in member.all_numbers:
            numbers[region].add(number)
            counts[number] += FIRST <= number <= LAST
    counts = +counts
    return _Asks(
        id=service.id,
        ids=tuple({service.id: 0} | {member.id: 0 for member in service.members}),
        is_national=any(m.national or not m.region for m in service.members),
        regions=frozenset(region for m in service.members for region in (m.region, *m.also)),
        numbers={region: sorted(some) for region, some in numbers.items()},
        usual=min(counts, key=lambda n: (-counts[n], n)) if counts else None,
    )


def number(
    services: Iterable[NetworkService],
    tree: RegionTree,
    rules: NumberRules = NumberRules(),  # noqa: B008
    previous: Mapping[str, Mapping[int, str]] | None = None,
) -> Numbered:
    """Return the numbers of services in each region.

    In a region a service has, in this order: the number of a rule (``prefer``, then ``reserved``); where the rules keep the
    region's own numbers, that; its ``previous`` number; the region's own; the one that most regions give it; the first
    free one from ``overflow_from``. Of two for one number the one with the better reason has it, then the national one,
    then the one whose id sorts first.
    """
    return Numberer().number(services, tree, rules, previous)


_Table = tuple[dict[int, str], list[Conflict]]


class Numberer:
    """Numbers again and again: the table of a region for which all is as it was in the round before is taken from there."""

    def __init__(self) -> None:
        self._asks: dict[str, tuple[tuple[ListedService, ...], _Asks]] = {}
        self._tables: dict[str, tuple[tuple[object, ...], _Table]] = {}

    def number(
        self,
        services: Iterable[NetworkService],
        tree: RegionTree,
        rules: NumberRules = NumberRules(),  # noqa: B008
        previous: Mapping[str, Mapping[int, str]] | None = None,
    ) -> Numbered:
        """Return the numbers of services in each region, as the function of this name does."""
        asks_before, self._asks = self._asks, {}
        tables_before, self._tables = self._tables, {}
        for service in sorted(services, key=lambda s: s.id):
            known = asks_before.get(service.id)
            has = known is not None and known[0] == service.members
            self._asks[service.id] = known if known and has else (service.members, _asks(service))
        numbering = _Numbering([asks for _, asks in self._asks.values()], tree, rules, previous or {})
        for region, there in numbering.by_region().items():
            of = numbering.made_of(region, there)
            kept = tables_before.get(region)
            has = kept is not None and kept[0] == of
            self._tables[region] = kept if kept and has else (of, numbering.table(region, there))
        conflicts = {*numbering.conflicts, *(one for _, (_, some) in self._tables.values() for one in some)}
        return Numbered(
            numbers={region: table for region, (_, (table, _)) in self._tables.items()},
            conflicts=tuple(sorted(conflicts, key=lambda c: (c.kind, c.about, c.detail))),
        )


class _Numbering:
    def __init__(
        self, services: list[_Asks], tree: RegionTree, rules: NumberRules, previous: Mapping[str, Mapping[int, str]]
    ) -> None:
        self.services, self.tree, self.rules, self.previous = services, tree, rules, previous
        self.conflicts: list[Conflict] = []
        self.by_rule = self._by_rule() if rules.prefer or rules.reserved else {}

    def by_region(self) -> dict[str, list[_Asks]]:
        """Services of each region that lists some: its own, those of the regions it is in, and the national ones."""
        own: dict[str, set[str]] = defaultdict(set)
        for service in self.services:
            for region in service.regions:
                own[region].add(service.id)
            for region in service.numbers:
                own.setdefault(region, set())  # has a table, though it may list nothing of its own
        everywhere = own.pop("", set()) | {service.id for service in self.services if service.is_national}
        by_id = {s.id: s for s in self.services}
        found: dict[str, list[_Asks]] = {"": list(self.services)} if by_id and not own else {}
        for region in sorted(own):
            there = set(everywhere)
            for above in self.tree.lineage(region):
                there |= own.get(above, set())
            found[region] = [by_id[id_] for id_ in sorted(there)]
        if everywhere and own:
            found[""] = [by_id[id_] for id_ in sorted(everywhere)]
        return dict(sorted(found.items()))

    def made_of(self, region: str, there: list[_Asks]) -> tuple[object, ...]:
        """Return all that the table of a region is made of."""
        rules = self.rules.reserved, region in self.rules.keep, self.rules.overflow_from
        by_rule = {asks.id: self.by_rule[asks.id] for asks in there if asks.id in self.by_rule} if self.by_rule else {}
        before = dict(self.previous.get(region, {}))
        return self.tree.lineage(region), tuple(there), rules, by_rule, before

    def _by_rule(self) -> dict[str, int]:
        """Numbers of rules, the same in every region: preferred ones, then those of reserved ranges in order."""
        service_of = {id_: service.id for service in reversed(self.services) for id_ in service.ids}
        found: dict[str, int] = {}
        taken: set[int] = set()
        for id_, wanted in self.rules.prefer:
            service = service_of.get(id_)
            if service is None or service in found or not FIRST <= wanted <= LAST:
                continue
            if wanted in taken:
                self.conflicts.append(
                    Conflict("number", (service,), said("number-preferred-twice", number=wanted, service=service))
                )
                continue
            found[service] = wanted
            taken.add(wanted)
        for range_ in self.rules.reserved:
            named = [service_of[id_] for id_ in range_.services if id_ in service_of]
            wanting = named if range_.services else self._nationals_in(range_.first, range_.last)
            free = iter(n for n in range(max(range_.first, FIRST), min(range_.last, LAST) + 1) if n not in taken)
            for service in dict.fromkeys(wanting):
                if service in found:
                    continue
                next_free = next(free, None)
                if next_free is None:
                    detail = said("number-range-full", first=range_.first, last=range_.last, service=service)
                    self.conflicts.append(Conflict("number", (service,), detail))
                    break
                found[service] = next_free
                taken.add(next_free)
        return found

    def _nationals_in(self, first: int, last: int) -> list[str]:
        """National services, those first that had a number there, in its order: a new one moves none."""
        had: dict[str, int] = {}
        for table in self.previous.values():
            for wanted, service in table.items():
                if first <= wanted <= last:
                    had[service] = min(wanted, had.get(service, LAST))
        by_id = {s.id: s for s in self.services}

        def order(service: str) -> tuple[int, int, str]:
            if service in had:
                return 0, had[service], service
            return 1, by_id[service].usual or LAST + 1, service

        return sorted((service.id for service in self.services if service.is_national), key=order)

    def _reserved(self, wanted: int) -> bool:
        return any(range_.first <= wanted <= range_.last for range_ in self.rules.reserved)

    def _own(self, service: _Asks, region: str, conflicts: list[Conflict]) -> int | None:
        """What the region, or the nearest region above it that lists the service, gives it."""
        for at in (*self.tree.lineage(region), ""):
            numbers = service.numbers.get(at)
            if not numbers:
                continue
            good = [n for n in numbers if FIRST <= n <= LAST]
            if good:
                return good[0]
            detail = said("number-out-of-range", number=numbers[0], first=FIRST, last=LAST)
            conflicts.append(Conflict("number", (service.id,), detail))
        return None

    def _wishes(self, service: _Asks, region: str, before: dict[str, int], conflicts: list[Conflict]) -> list[_Wish]:
        if service.id in self.by_rule:
            return [_Wish(RULE, self.by_rule[service.id], "a rule")]
        kept = region in self.rules.keep
        own, usual = self._own(service, region, conflicts), service.usual
        wishes = []
        if own is not None and kept:
            wishes.append(_Wish(KEPT, own, "the region's own, which a rule keeps"))
        if service.id in before:
            wishes.append(_Wish(PREVIOUS, before[service.id], "its number before"))
        if own is not None and not kept:
            wishes.append(_Wish(OWN, own, "the region's own"))
        if usual is not None:
            wishes.append(_Wish(ELSEWHERE, usual, "its number elsewhere"))
        return [wish for wish in wishes if wish.rank == KEPT or not self._reserved(wish.number)]

    def table(self, region: str, there: list[_Asks]) -> _Table:
        """Return the numbers of a region, and who did not get the one it asked for."""
        conflicts: list[Conflict] = []
        national = {service.id for service in there if service.is_national}
        before = {id_: n for n, id_ in sorted(self.previous.get(region, {}).items(), reverse=True)}
        wishes = {service.id: self._wishes(service, region, before, conflicts) for service in there}
        ordered = sorted(
            (wish.rank, id_ not in national, id_, at) for id_, of_it in wishes.items() for at, wish in enumerate(of_it)
        )
        table: dict[int, str] = {}
        has: dict[str, int] = {}
        for _, _, id_, at in ordered:
            wish = wishes[id_][at]
            if id_ in has:
                continue
            if wish.number not in table:
                table[wish.number] = id_
                has[id_] = wish.number
        free = (n for n in (*range(self.rules.overflow_from, LAST + 1), *range(FIRST, self.rules.overflow_from)))
        free_numbers = (n for n in free if n not in table and not self._reserved(n))
        for service in there:
            if service.id not in has:
                wanted = next(free_numbers, None)
                if wanted is None:
                    conflicts.append(Conflict("number", (service.id,), _somewhere("number-none-left", region)))
                    continue
                table[wanted] = service.id
                has[service.id] = wanted
        # who loses a number once has another one since, its number before: the conflict lasts as long as both ask for one
        asked = {id_: next((w.number for w in of_it if w.rank != PREVIOUS), None) for id_, of_it in wishes.items()}
        for id_, wanted in sorted(asked.items()):
            winner = id_ if wanted is None else table.get(wanted, id_)
            if winner != id_ and id_ in has and asked[winner] == wanted and winner not in self.by_rule:
                detail = _somewhere("number-taken", region, number=wanted, winner=winner, service=id_, has=has[id_])
                conflicts.append(Conflict("number", (winner, id_), detail))
        return dict(sorted(table.items())), conflicts


def _somewhere(code: str, region: str, **values: object) -> Said:
    return said(code, region=region, **values) if region else said(f"{code}-nowhere", **values)
