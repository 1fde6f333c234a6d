"""The tree of regions: nation, province, city, county. What sources say of it wrongly is put right, and reported."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from yiwang.base.said import said
from yiwang.dvbi.common import Text
from yiwang.network.countries import ALPHA_3
from yiwang.network.iso_3166 import iso_parent
from yiwang.network.model import Conflict, Region

DEEPEST = 4  # levels: TS 103 770 5.5.8 has a country's region and three below it


class RegionTree:
    """Regions by id, each with its parent; ``""`` is no region and covers all. Made by :func:`region_tree`."""

    def __init__(self, regions: dict[str, Region]) -> None:
        self._regions = regions

    def __iter__(self) -> Iterator[Region]:
        return iter(self._regions.values())

    def __contains__(self, id_: object) -> bool:
        return id_ in self._regions

    @property
    def by_id(self) -> dict[str, Region]:
        """The regions, in order of their ids."""
        return dict(self._regions)

    def lineage(self, id_: str) -> tuple[str, ...]:
        """Return the region, its parent, and so on up to the nation; an unknown one is alone."""
        found = [id_]
        while (region := self._regions.get(found[-1])) is not None and region.parent is not None:
            found.append(region.parent)
        return tuple(found)

    def covers(self, parent: str, child: str) -> bool:
        """Whether ``child`` is ``parent`` or within it."""
        return parent == "" or parent in self.lineage(child)

    def children(self, id_: str) -> tuple[Region, ...]:
        """Return the regions right below one."""
        return tuple(region for region in self._regions.values() if region.parent == id_)

    def name(self, id_: str, lang: str = "") -> str:
        """Return a region's name in a language, else in none, else its first, else its id."""
        names = self._regions[id_].names if id_ in self._regions else ()
        for wanted in (lang, lang.partition("-")[0], ""):
            for text in names:
                if text.lang == wanted or (wanted and text.lang.partition("-")[0] == wanted):
                    return text.value
        return names[0].value if names else id_


def _merged(regions: Iterable[Region], conflicts: list[Conflict]) -> dict[str, Region]:
    """One region of each id: names of all who list it; the parent that sorts first where they differ."""
    by_id: dict[str, list[Region]] = {}
    for region in regions:
        by_id.setdefault(region.id, []).append(region)
    found: dict[str, Region] = {}
    for id_ in sorted(by_id):
        names: dict[str, Text] = {}
        for text in sorted((text for region in by_id[id_] for text in region.names), key=lambda t: (t.lang, t.value)):
            names.setdefault(text.lang, text)
        kept = _in_order_of_one(by_id[id_], names)
        parents = sorted({region.parent for region in by_id[id_] if region.parent})
        if len(parents) > 1:
            conflicts.append(
                Conflict("region", (id_, *parents), said("region-parents", region=id_, parents=", ".join(parents)))
            )
        parent = parents[0] if parents else iso_parent(id_)
        listed = min((region.listed for region in by_id[id_] if region.listed is not None), key=repr, default=None)
        found[id_] = Region(id=id_, names=kept, parent=parent, country_codes=_countries(by_id[id_]), listed=listed)
    return found


def _countries(same: list[Region]) -> str:
    """Return the countries that all who list a region say, as one says them where no other does otherwise."""
    said = {region.country_codes for region in same if region.country_codes}
    return said.pop() if len(said) == 1 else ",".join(sorted({code for codes in said for code in codes.split(",")}))


def country_of(id_: str) -> str:
    """Return the ISO 3166-1 alpha-3 code of the country that an ISO 3166 code of a region names; empty: it is none."""
    return ALPHA_3.get(iso_parent(id_) or id_, "")


def with_more(region: Region, other: Region) -> Region:
    """Return a region with what another list says of it that is not said yet: its country, its postcodes."""
    codes, listed = region.country_codes or other.country_codes, region.listed or other.listed
    return replace(region, country_codes=codes, listed=listed)


def _in_order_of_one(same: list[Region], names: dict[str, Text]) -> tuple[Text, ...]:
    """Return the names as one source orders them, where all say the same; else by language."""
    first = same[0].names
    return first if all(region.names == first for region in same) else tuple(names.values())


def region_tree(regions: Iterable[Region]) -> tuple[RegionTree, tuple[Conflict, ...]]:
    """Return the tree of all regions that sources list, the same in whatever order they come, and what was wrong with them.

    A parent nobody lists is none. A circle is cut at the region whose id sorts first. What is deeper than ``DEEPEST``
    levels goes to its ancestor on the last but one.
    """
    conflicts: list[Conflict] = []
    found = _merged(regions, conflicts)
    for id_, region in found.items():
        if region.parent is not None and region.parent not in found:
            if region.parent != iso_parent(id_):
                conflicts.append(
                    Conflict(
                        "region", (id_, region.parent), said("region-parent-unlisted", parent=region.parent, region=id_)
                    )
                )
            found[id_] = replace(region, parent=None)
    for id_ in found:
        seen = [id_]
        while (parent := found[seen[-1]].parent) is not None and parent not in seen:
            seen.append(parent)
        if parent == id_:
            conflicts.append(
                Conflict("region", tuple(sorted(seen)), said("region-circle", regions=" < ".join((*seen, id_))))
            )
            found[id_] = replace(found[id_], parent=None)
    tree = RegionTree(found)
    for id_ in found:
        lineage = tree.lineage(id_)
        if len(lineage) > DEEPEST:
            conflicts.append(
                Conflict("region", (id_,), said("region-too-deep", region=id_, levels=len(lineage), most=DEEPEST))
            )
    for id_, region in found.items():
        if region.parent is None and not region.country_codes:
            found[id_] = replace(region, country_codes=country_of(id_))
    too_deep = {id_: tree.lineage(id_) for id_ in found if len(tree.lineage(id_)) > DEEPEST}
    for id_, lineage in too_deep.items():
        found[id_] = replace(found[id_], parent=lineage[-(DEEPEST - 1)])
    return tree, tuple(sorted(conflicts, key=lambda c: (c.about, c.detail)))
