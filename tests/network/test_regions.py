from hypothesis import given
from hypothesis import strategies as st

from yiwang.dvbi.common import Text
from yiwang.dvbi.service_list import Region as ListRegion
from yiwang.network.model import Region
from yiwang.network.regions import DEEPEST, region_tree, with_more


def test_a_tree_of_nation_province_city_and_county():
    tree, conflicts = region_tree(
        [
            Region(id="CN", names=(Text(value="中国", lang="zh"), Text(value="China", lang="en"))),
            Region(id="CN-ZJ", names=(Text(value="浙江", lang="zh"), Text(value="Zhejiang", lang="en"))),
            Region(id="hangzhou", parent="CN-ZJ"),
            Region(id="tonglu", parent="hangzhou"),
        ]
    )
    assert not conflicts
    assert tree.lineage("tonglu") == ("tonglu", "hangzhou", "CN-ZJ", "CN")
    assert tree.covers("CN-ZJ", "tonglu")
    assert tree.covers("", "tonglu")
    assert tree.covers("tonglu", "tonglu")
    assert not tree.covers("tonglu", "hangzhou")
    assert not tree.covers("tonglu", "")
    assert tree.name("CN-ZJ", "en-GB") == "Zhejiang"
    assert tree.name("CN-ZJ", "fr") == "浙江"
    assert tree.name("tonglu") == tree.name("tonglu", "zh") == "tonglu"
    assert [region.id for region in tree.children("CN")] == ["CN-ZJ"]


def test_a_region_has_the_countries_that_its_lists_say_else_that_of_its_code():
    def countries(*regions: Region) -> dict[str, str]:
        return {region.id: region.country_codes for region in region_tree(regions)[0]}

    assert countries(Region(id="north", country_codes="DEU,AUT")) == {"north": "DEU,AUT"}
    assert countries(Region(id="a", country_codes="DEU"), Region(id="a"), Region(id="a", country_codes="AUT")) == {
        "a": "AUT,DEU"
    }
    assert countries(Region(id="CN-ZJ"), Region(id="south"), Region(id="FR"), Region(id="XX-1")) == {
        "CN-ZJ": "CHN",
        "FR": "FRA",
        "XX-1": "",
        "south": "",
    }
    assert countries(Region(id="CN"), Region(id="CN-ZJ")) == {"CN": "CHN", "CN-ZJ": ""}


def test_a_region_of_the_config_has_the_postcodes_that_a_list_says():
    ours = Region(id="n", names=(Text(value="Nord"),), parent="x")
    listed = ListRegion(region_id="n", postcodes=("10115",))
    theirs = Region(id="n", names=(Text(value="North"),), country_codes="DEU", listed=listed)
    assert with_more(ours, theirs) == Region(id="n", names=ours.names, parent="x", country_codes="DEU", listed=listed)
    assert with_more(theirs, Region(id="n", country_codes="AUT", listed=ListRegion(region_id="n"))) == theirs


def test_circles_are_cut_and_reported():
    tree, conflicts = region_tree([Region(id=a, parent=b) for a, b in ("ab", "bc", "ca")])
    assert tree.lineage("c") == ("c", "a")
    assert [conflict.about for conflict in conflicts] == [("a", "b", "c")]
    tree, conflicts = region_tree([Region(id="a", parent="a")])
    assert tree.lineage("a") == ("a",)
    assert conflicts


def test_a_parent_nobody_lists_is_none():
    tree, conflicts = region_tree([Region(id="x", parent="y"), Region(id="FR-75")])
    assert tree.lineage("x") == ("x",)
    assert [conflict.about for conflict in conflicts] == [("x", "y")]


def test_what_is_too_deep_goes_up():
    tree, conflicts = region_tree([Region(id=str(i), parent=str(i - 1) if i else None) for i in range(8)])
    assert max(len(tree.lineage(region.id)) for region in tree) == DEEPEST
    assert tree.covers("2", "7")
    assert len(conflicts) == 8 - DEEPEST


def test_two_sources_that_put_a_region_in_two_places():
    tree, conflicts = region_tree(
        [Region(id="a"), Region(id="b"), Region(id="x", parent="b"), Region(id="x", parent="a")]
    )
    assert tree.lineage("x") == ("x", "a")
    assert [conflict.about for conflict in conflicts] == [("x", "a", "b")]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", *"abcdefgh"])), max_size=20), st.randoms())
def test_any_regions_make_a_bounded_tree_whatever_their_order(pairs, random):
    regions = [Region(id=a, parent=b or None) for a, b in pairs]
    tree, conflicts = region_tree(regions)
    assert all(len(tree.lineage(region.id)) <= DEEPEST for region in tree)
    random.shuffle(regions)
    again, others = region_tree(regions)
    assert (again.by_id, others) == (tree.by_id, conflicts)
