"""Matching by names alone, and by names and guides, on labelled lists: precision and recall in one table.

`python -m bench.matching LABELLED.tsv` prints the table; `--train` learns the weights of `network/matching/score.py`
from the development half and prints them; `--errors N` shows some mistakes on that half.

The lists of one country are paired, each with each. A pair of rows is one service where the part of `xmltv_id` before
the `@` is the same. What follows it is the feed. Two truths, because a feed is neither quite the same service nor another:

- base: feeds count as the same; what is asked is the family (`Group.family`: services, their regions' feeds, their +1),
- feeds apart: +1 is another service, and so are two named places; pairs of feeds whose names do not say which they are
  are left out.

Twice: with all rows as they are labelled, and without those whose name most lists of the country give to another channel.
"""

import argparse
import csv
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from yiwang.dvbi.common import Text
from yiwang.dvbi.service_list import Service
from yiwang.network.matching import match, score
from yiwang.network.matching.candidates import candidates
from yiwang.network.matching.match import spelling
from yiwang.network.model import ListedService
from yiwang.network.names import normalise
from yiwang.network.rules import MatchRules

COUNTRY_IN_SITE_ID = re.compile(r"([A-Z]{2})#")
QUALITY_OF_FEED = re.compile(r"(SD|HD|UHD|4K|UltraHDR?)$")
SHIFT_OF_FEED = re.compile(r"Plus(\d+)")
SHARE_OF_ONE_COUNTRY = 0.5


@dataclass(frozen=True)
class Row:
    list_: str
    lang: str
    name: str
    base: str
    feed: str
    key: str

    @property
    def shift(self) -> str:
        found = SHIFT_OF_FEED.search(self.feed)
        return found[1] if found else ""

    @property
    def place(self) -> str:
        return SHIFT_OF_FEED.sub("", QUALITY_OF_FEED.sub("", self.feed))


def rows(path: Path) -> list[Row]:
    """Rows; a list that names a country in each of its own ids is as many lists."""
    found = []
    with path.open(newline="") as file:
        for at, row in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)):
            if row["list"] == "list":
                continue
            base, _, feed = row["xmltv_id"].partition("@")
            country = COUNTRY_IN_SITE_ID.match(row["site_id"])
            list_ = row["list"] + (f"/{country[1].lower()}" if country else "")
            found.append(Row(list_, row["lang"], row["name"], base, feed, f"{at:05}"))
    return found


def country_of(list_: str, of_it: list[Row], share: float = SHARE_OF_ONE_COUNTRY) -> str | None:
    """The country in its name, or of at least half of its channels."""
    site, _, part = list_.partition("/")
    countries = {row.base.rpartition(".")[2] for row in of_it}
    named = [part, *re.findall(r"_([a-z]{2})$", site), site.partition("_")[0].rpartition(".")[2]]
    for name in named:
        name = {"gb": "uk"}.get(name, name)
        if (
            len(name) == 2
            and (name in countries)
            and name not in ("tv", "io", "me", "co" if site.endswith(".co") else "")
        ):
            return name
    country, count = Counter(row.base.rpartition(".")[2] for row in of_it).most_common(1)[0]
    return country if count >= share * len(of_it) else None


def by_country(all_rows: list[Row]) -> dict[str, dict[str, list[Row]]]:
    by_list: dict[str, list[Row]] = defaultdict(list)
    for row in all_rows:
        by_list[row.list_].append(row)
    found: dict[str, dict[str, list[Row]]] = defaultdict(dict)
    for list_, of_it in sorted(by_list.items()):
        country = country_of(list_, of_it)
        if country:
            found[country][list_] = of_it
    return {country: lists for country, lists in sorted(found.items()) if len(lists) > 1}


def undisputed(lists: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Leave out rows whose name most lists of the country give to another channel: no name tells E4.uk from E4.ie.

    Names are compared as `plain` makes them; of those given to two channels as often, all rows are left out.
    """
    given: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, of_it in lists.items():
        for row in of_it:
            given[plain(row.name)][row.base].add(name)

    def meant(row: Row) -> bool:
        bases = given[plain(row.name)]
        mine = len(bases[row.base])
        return all(len(others) < mine for base, others in bases.items() if base != row.base)

    kept = {name: [row for row in of_it if meant(row)] for name, of_it in lists.items()}
    return {name: of_it for name, of_it in kept.items() if of_it}


def is_for_development(country: str) -> bool:
    """Whether a country is one of those that rules are made and weights learned from; the others are held out: by a hash."""
    return hashlib.sha256(country.encode()).digest()[0] % 2 == 0


def development(countries: dict[str, dict[str, list[Row]]]) -> set[str]:
    """The lists of the countries for development."""
    return {list_ for country, lists in countries.items() if is_for_development(country) for list_ in lists}


def by_country_of_channels(all_rows: list[Row], learned: set[str]) -> dict[str, dict[str, list[Row]]]:
    """The learned lists, and half of those that have no other of their country, divided by the countries of their channels.

    So there are many more pairs to learn from than whole lists of one country have. Channels of countries that are held
    out are left out.
    """
    paired = {name for lists in by_country(all_rows).values() for name in lists}
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in all_rows:
        half = hashlib.sha256(row.list_.encode()).digest()[0] % 2
        country = row.base.rpartition(".")[2]
        if is_for_development(country) and (row.list_ in learned or (row.list_ not in paired and half)):
            found[country][row.list_].append(row)
    return {country: undisputed(lists) for country, lists in sorted(found.items())}


def list_pairs(lists: dict[str, list[Row]]) -> Iterator[tuple[list[Row], list[Row]]]:
    yield from combinations(lists.values(), 2)


def listed(row: Row) -> ListedService:
    names = (Text(value=row.name, lang=row.lang),)
    service = Service(service_names=names)
    return ListedService(source=row.list_, key=row.key, region="", service=service, guide=(row.list_, row.key))


Pairs = set[tuple[str, str]]
Event = tuple[int, int]  # title, start in units of 6 minutes


@dataclass(frozen=True)
class Guide:
    """Events, and the same with those that begin a unit earlier or later."""

    events: frozenset[Event]
    near: frozenset[Event]


@lru_cache(maxsize=20_000)
def guide_of(row: Row) -> Guide:
    """A synthetic week of a row: its channel's 210 events, as this list has them.

    A tenth is missing, a tenth has a title nobody recognises, starts are up to 3 minutes off; one in ten of a region's
    feed is another programme; a +1 runs later.
    """
    channel = np.random.default_rng(int.from_bytes(hashlib.sha256(row.base.encode()).digest()[:8], "big"))
    starts = np.sort(channel.choice(10_080 // 5, 210, replace=False)) * 5
    titles = channel.integers(0, 3_000, 210)
    if row.place:
        feed = np.random.default_rng(
            int.from_bytes(hashlib.sha256(f"{row.base}@{row.place}".encode()).digest()[:8], "big")
        )
        titles = np.where(feed.random(210) < 0.1, feed.integers(0, 3_000, 210), titles)
    own = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{row.list_} {row.key}".encode()).digest()[:8], "big"))
    titles = np.where(own.random(210) < 0.1, own.integers(10_000, 1_000_000, 210), titles)
    starts = starts + own.integers(-3, 4, 210) + 60 * int(row.shift or 0)
    kept = own.random(210) >= 0.1
    events = frozenset(zip(titles[kept].tolist(), (starts[kept] // 6).tolist(), strict=True))
    return Guide(events, frozenset((title, start + step) for title, start in events for step in (-1, 0, 1)))


def overlap_of(one: Guide, other: Guide) -> float:
    """Share of the smaller one's events that the other has, some minutes earlier or later."""
    return len(one.events & other.near) / max(min(len(one.events), len(other.events)), 1)


def alike_guides(one: list[Row], other: list[Row], guides: dict[str, Guide]) -> list[tuple[str, str]]:
    """Ids of pairs that have at least twenty events in common, found by an index of the events."""
    index: dict[Event, list[str]] = defaultdict(list)
    for row in other:
        for event in guides[row.key].events:
            index[event].append(row.key)
    found = []
    list_of = {row.key: row.list_ for row in one + other}
    for row in one:
        common: Counter[str] = Counter()
        for event in guides[row.key].near:
            common.update(index.get(event, ()))
        found += [(f"{row.list_}/{row.key}", f"{list_of[key]}/{key}") for key, count in common.items() if count >= 20]
    return found


def ours(
    one: list[Row], other: list[Row], threshold: float, guides: dict[str, Guide] | None = None
) -> tuple[Pairs, Pairs]:
    """Pairs of keys of one family, and of one service; with the guides of rows by their keys."""
    overlap, alike = None, []
    if guides is not None:
        alike = alike_guides(one, other, guides)

        def overlap(a: ListedService, b: ListedService) -> float:
            return overlap_of(guides[a.key], guides[b.key])

    found = match(map(listed, one + other), MatchRules(threshold=threshold), overlap, alike)
    mine = {row.key for row in one}
    family: dict[str, list[str]] = defaultdict(list)
    same: Pairs = set()
    for group in found.groups:
        keys = [member.key for member in group.members]
        family[group.family] += keys
        same |= {(a, b) for a in keys for b in keys if a in mine and b not in mine}
    families = {(a, b) for keys in family.values() for a in keys for b in keys if a in mine and b not in mine}
    return families, same


def plain(name: str) -> str:
    """What one does first: lower case, no accents, no quality, no punctuation, no blanks."""
    name = unicodedata.normalize("NFKD", name).casefold()
    name = "".join(c for c in name if not unicodedata.combining(c))
    name = re.sub(r"\b(hd|sd|uhd|fhd|4k|tv|channel)\b", " ", name)
    return "".join(c for c in name if c.isalnum() or c == "+")


def equality(one: list[Row], other: list[Row]) -> Pairs:
    by_name: dict[str, list[str]] = defaultdict(list)
    for row in other:
        by_name[plain(row.name)].append(row.key)
    return {(row.key, key) for row in one for key in by_name[plain(row.name)] if plain(row.name)}


def of_equal_names(countries: dict[str, dict[str, list[Row]]]) -> tuple[Counter[str], Counter[str], int]:
    """Pairs under one name as our normal form has it, by country and name; those of one base; all that are of one base."""
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    true = 0
    for country, lists in countries.items():
        for one, other in list_pairs(lists):
            base, _, _ = truths(one, other)
            true += len(base)
            by_name: dict[str, list[str]] = defaultdict(list)
            for row in other:
                by_name[spelling(normalise(row.name))].append(row.key)
            for row in one:
                name = spelling(normalise(row.name))
                said[f"{country} {name}"] += len(by_name[name])
                right[f"{country} {name}"] += sum((row.key, key) in base for key in by_name[name])
    return +said, right, true


def token_set(one: list[Row], other: list[Row]) -> np.ndarray:
    def clean(name: str) -> str:
        return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold()))

    return process.cdist(
        [clean(r.name) for r in one], [clean(r.name) for r in other], scorer=fuzz.token_set_ratio, workers=1
    )


@dataclass
class Count:
    right: int = 0
    said: int = 0
    true: int = 0

    def add(self, said: Pairs, true: Pairs, ignored: Pairs = frozenset()) -> None:  # type: ignore[assignment]
        said = said - ignored
        self.right += len(said & true)
        self.said += len(said)
        self.true += len(true)

    def __str__(self) -> str:
        precision = self.right / self.said if self.said else 1.0
        recall = self.right / self.true if self.true else 0.0
        return f"precision {precision:.4f}  recall {recall:.4f}"


def truths(one: list[Row], other: list[Row]) -> tuple[Pairs, Pairs, Pairs]:
    """Pairs of one base; of one feed; and those of one base that are left out where feeds are apart."""
    by_base: dict[str, list[Row]] = defaultdict(list)
    for row in other:
        by_base[row.base].append(row)
    base: Pairs = set()
    feed: Pairs = set()
    ignored: Pairs = set()
    for row in one:
        for partner in by_base[row.base]:
            pair = (row.key, partner.key)
            base.add(pair)
            if row.shift != partner.shift:
                continue
            if row.place == partner.place:
                feed.add(pair)
            elif not (normalise(row.name).places and normalise(partner.name).places):
                ignored.add(pair)
    return base, feed, ignored


def at_best(said: Counter[str], right: Counter[str], true: int, precision: float = 0.98) -> float:
    """Recall of what joins equal names only, all of one name or none, and is told by the labels which names err.

    The purest names come first, and of the last one as large a share as `precision` lets in.
    """
    all_said = all_right = 0.0
    for name in sorted(said, key=lambda name: (-right[name] / said[name], name)):
        if all_right + right[name] < precision * (all_said + said[name]):
            share = (all_right - precision * all_said) / (precision * said[name] - right[name])
            return (all_right + share * right[name]) / true
        all_said, all_right = all_said + said[name], all_right + right[name]
    return all_right / true if true else 0.0


THRESHOLDS = (0.35, 0.5, 0.7, 0.9)


def table(  # noqa: C901
    countries: dict[str, dict[str, list[Row]]], learned: set[str]
) -> None:
    print(f"{len(countries)} countries, {sum(map(len, countries.values()))} lists")
    counts: dict[tuple[str, str], Count] = defaultdict(Count)
    for country, lists in countries.items():
        for one, other in list_pairs(lists):
            half = "development" if {one[0].list_, other[0].list_} <= learned else "held out"
            base, feed, ignored = truths(one, other)
            said: dict[str, Pairs] = {"normalised equality": equality(one, other)}
            for threshold in THRESHOLDS:
                family, same = ours(one, other, threshold)
                said[f"ours, from {threshold}"] = family
                for which in (half, "all"):
                    counts[which, f"ours, feeds apart, from {threshold}"].add(same, feed, ignored)
            guides = {row.key: guide_of(row) for row in one + other}
            family, same = ours(one, other, 0.5, guides)
            said["ours with guides, from 0.5"] = family
            for which in (half, "all"):
                counts[which, "ours with guides, feeds apart"].add(same, feed, ignored)
            likeness = token_set(one, other)
            for at in (80, 90, 95, 100):
                where = zip(*np.nonzero(likeness >= at), strict=True)
                said[f"token_set_ratio, from {at}"] = {(one[i].key, other[j].key) for i, j in where}
            for method, pairs in said.items():
                for which in (half, "all", f"country {country}"):
                    counts[which, method].add(pairs, base)
    for which in ("all", "development", "held out"):
        print(f"\n{which}: {counts[which, 'normalised equality'].true} pairs of one base")
        for (of, method), count in counts.items():
            if of == which:
                print(f"  {method:32} {count}")
    print_bounds(countries)
    print("\nby country: pairs; ours from 0.5 | normalised equality")
    for country in countries:
        of_it = [counts[f"country {country}", method] for method in ("ours, from 0.5", "normalised equality")]
        print(f"  {country} {of_it[0].true:5}  {of_it[0]} | {of_it[1]}")


def print_bounds(countries: dict[str, dict[str, list[Row]]]) -> None:
    print("\nequal names alone, were it known from the labels which of them err: recall at precision 0.98")
    for half in ("development", "held out"):
        of_half = {c: lists for c, lists in countries.items() if is_for_development(c) == (half == "development")}
        said, right, true = of_equal_names(of_half)
        print(f"  {half}: {at_best(said, right, true):.4f}; {true - right.total()} of {true} pairs have two names")


def train(path: Path) -> None:
    """Learn the weights: logistic regression, each channel counted alike however many feeds it has."""
    all_rows = rows(path)
    learned = development(by_country(all_rows))
    of_channels = by_country_of_channels(all_rows, learned)
    xs, ys, ws = [], [], []
    for lists in of_channels.values():
        for one, other in list_pairs(lists):
            base, _, _ = truths(one, other)
            said = Counter(a for a, _ in base), Counter(b for _, b in base)
            forms = list(dict.fromkeys(normalise(row.name) for row in one + other))
            near: dict[int, set[int]] = defaultdict(set)
            for a, b in candidates(forms, other_numbers=True):
                near[a].add(b)
                near[b].add(a)
            at = {form: i for i, form in enumerate(forms)}
            by_form: dict[int, list[Row]] = defaultdict(list)
            for row in other:
                by_form[at[normalise(row.name)]].append(row)
            for row in one:
                i = at[normalise(row.name)]
                for j in near[i] | {i}:
                    for partner in by_form[j]:
                        true = (row.key, partner.key) in base
                        xs.append(score.features(forms[i], forms[j]))
                        ys.append(float(true))
                        ws.append(1 / np.sqrt(said[0][row.key] * said[1][partner.key]) if true else 1.0)
    x, y, w = np.array(xs), np.array(ys), np.array(ws)
    weights = np.zeros(x.shape[1])
    ridge = np.r_[0.0, np.ones(x.shape[1] - 1)]
    for _ in range(60):
        chance = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (w * (chance - y)) + ridge * weights
        hessian = (x.T * (w * chance * (1 - chance))) @ x + np.diag(ridge) + 1e-9 * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, gradient)
    print(f"{len(y)} candidates, {int(y.sum())} of one service")
    print("WEIGHTS = (" + ", ".join(f"{weight:.2f}" for weight in weights) + ")")
    for name, weight in zip(score.FEATURES, weights, strict=True):
        print(f"  {name:18} {weight:6.2f}")


def errors(path: Path, count: int, which: str) -> None:
    countries = by_country(rows(path))
    learned = development(countries)
    wrong, missed = [], []
    for lists in countries.values():
        for one, other in list_pairs(lists):
            if ({one[0].list_, other[0].list_} <= learned) != (which == "development"):
                continue
            by_key = {row.key: row for row in one + other}
            base, _, _ = truths(one, other)
            family, _ = ours(one, other, 0.5)
            wrong += [(by_key[a], by_key[b]) for a, b in family - base]
            missed += [(by_key[a], by_key[b]) for a, b in base - family]
    choose = np.random.default_rng(1)
    for title, pairs in (("joined, but of two services", wrong), ("of one service, but not joined", missed)):
        print(f"\n{title}: {len(pairs)}")
        pairs.sort(key=lambda p: (p[0].key, p[1].key))
        for i in choose.permutation(len(pairs))[:count]:
            a, b = pairs[i]
            p = score.probability(score.features(normalise(a.name), normalise(b.name)))
            print(f"  {p:.2f} {a.list_}: {a.name} ({a.base}@{a.feed}) | {b.list_}: {b.name} ({b.base}@{b.feed})")


def tables(path: Path) -> None:
    countries = by_country(rows(path))
    learned = development(countries)
    print("All rows, as they are labelled")
    table(countries, learned)
    print("\nWithout rows whose name most lists of the country give to another channel")
    table({country: undisputed(lists) for country, lists in countries.items()}, learned)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.matching")
    parser.add_argument("path", type=Path)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--errors", type=int, default=0)
    chosen = parser.parse_args(arguments)
    run: Callable[[], None] = lambda: tables(chosen.path)  # noqa: E731
    if chosen.train:
        run = lambda: train(chosen.path)  # noqa: E731
    elif chosen.errors:
        run = lambda: errors(chosen.path, chosen.errors, "development")  # noqa: E731
    run()


if __name__ == "__main__":
    main()
