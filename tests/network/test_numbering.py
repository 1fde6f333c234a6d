import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.television import listed
from yiwang.network.model import NetworkService, Region
from yiwang.network.numbering import number
from yiwang.network.regions import region_tree
from yiwang.network.rules import NumberRules, ReservedRange

TREE, _ = region_tree(
    [Region(id=id_) for id_ in ("CN", "CN-ZJ", "CN-JS", "CN-SH")] + [Region(id="hangzhou", parent="CN-ZJ")]
)


def service(id_, national=False, **numbers):
    """A service that regions give numbers: ZJ=5."""
    members = tuple(
        listed(
            f"{region}/{id_}",
            id_,
            region=region if region == "hangzhou" else f"CN-{region}",
            number=n,
            national=national,
        )
        for region, n in numbers.items()
    )
    return NetworkService(id=id_, members=members)


def test_each_region_has_its_own_numbers():
    found = number([service("zjtv", ZJ=2, JS=30), service("jstv", ZJ=30, JS=2)], TREE)
    assert found.numbers == {"CN-JS": {2: "jstv", 30: "zjtv"}, "CN-ZJ": {2: "zjtv", 30: "jstv"}}
    assert not found.conflicts


def test_a_city_has_its_province_s_services_too():
    found = number([service("zjtv", ZJ=2), service("hztv", hangzhou=7), service("jstv", JS=2)], TREE)
    assert found.numbers["hangzhou"] == {2: "zjtv", 7: "hztv"}


def test_a_national_service_is_in_every_region():
    found = number([service("cctv1", national=True, ZJ=1), service("jstv", JS=2)], TREE)
    assert found.numbers["CN-JS"] == {1: "cctv1", 2: "jstv"}
    assert found.numbers[""] == {1: "cctv1"}


def test_two_for_one_number_the_national_one_has_it_and_it_is_reported():
    found = number([service("a", ZJ=1), service("cctv1", national=True, ZJ=1)], TREE)
    assert found.numbers["CN-ZJ"] == {1: "cctv1", 800: "a"}
    assert [(c.kind, c.about) for c in found.conflicts] == [("number", ("cctv1", "a"))]


def test_two_for_one_number_are_reported_as_long_as_both_ask_for_it():
    both = [service("a", ZJ=1), service("b", ZJ=1)]
    first = number(both, TREE)
    again = number(both, TREE, previous=first.numbers)
    assert again == first
    assert [c.about for c in again.conflicts] == [("a", "b")]
    decided = number(both, TREE, NumberRules(prefer=(("b", 1),)), first.numbers)
    assert decided.numbers["CN-ZJ"][1] == "b"
    assert not decided.conflicts
    assert not number([service("a", ZJ=1), service("b", ZJ=2)], TREE, previous=first.numbers).conflicts


def test_a_service_keeps_its_number_though_its_region_renumbers():
    before = number([service("a", ZJ=1), service("b", ZJ=2)], TREE).numbers
    renumbered = [service("a", ZJ=2), service("b", ZJ=1), service("c", ZJ=3)]
    assert number(renumbered, TREE, previous=before).numbers["CN-ZJ"] == {1: "a", 2: "b", 3: "c"}
    kept = number(renumbered, TREE, NumberRules(keep=("CN-ZJ",)), before)
    assert kept.numbers["CN-ZJ"] == {1: "b", 2: "a", 3: "c"}


def test_reserved_numbers_are_for_those_they_are_for():
    rules = NumberRules(reserved=(ReservedRange(first=1, last=2, services=("cctv1", "ZJ/cctv2")),))
    services = [service("cctv1", national=True, ZJ=101), service("cctv2", national=True, ZJ=102), service("a", ZJ=1)]
    assert number(services, TREE, rules).numbers["CN-ZJ"] == {1: "cctv1", 2: "cctv2", 800: "a"}
    keeping = NumberRules(reserved=(ReservedRange(first=1, last=9),), keep=("CN-ZJ",))
    assert number([service("a", ZJ=1)], TREE, keeping).numbers["CN-ZJ"] == {1: "a"}


def test_a_range_for_all_national_services_moves_none_when_another_comes():
    rules = NumberRules(reserved=(ReservedRange(first=1, last=20),))
    some = [service("m", national=True, ZJ=1), service("z", national=True, ZJ=2)]
    before = number(some, TREE, rules).numbers
    after = number([*some, service("a", national=True, ZJ=1)], TREE, rules, before).numbers
    assert before["CN-ZJ"] == {1: "m", 2: "z"}
    assert after["CN-ZJ"] == {1: "m", 2: "z", 3: "a"}


def test_a_range_that_is_too_small_is_reported():
    rules = NumberRules(reserved=(ReservedRange(first=1, last=1),))
    found = number([service("a", national=True, ZJ=1), service("b", national=True, ZJ=2)], TREE, rules)
    assert found.numbers["CN-ZJ"] == {1: "a", 2: "b"}
    assert [c.about for c in found.conflicts] == [("b",)]


def test_a_preferred_number_comes_before_all():
    rules = NumberRules(prefer=(("b", 1), ("a", 1), ("nobody", 5)))
    found = number([service("a", ZJ=1), service("b", ZJ=7)], TREE, rules, {"CN-ZJ": {1: "a"}})
    assert found.numbers["CN-ZJ"] == {1: "b", 800: "a"}


@pytest.mark.parametrize("wrong", [0, -3, 10_000, 2**40])
def test_what_is_no_number_is_reported_and_not_used(wrong):
    found = number([service("a", ZJ=wrong)], TREE)
    assert found.numbers["CN-ZJ"] == {800: "a"}
    assert [c.about for c in found.conflicts] == [("a",)]


def test_more_services_than_numbers():
    found = number([service(f"s{i:05}", ZJ=1) for i in range(10_001)], TREE)
    table = found.numbers["CN-ZJ"]
    assert sorted(table) == list(range(1, 10_000))
    assert sum("no number is left" in c.detail for c in found.conflicts) == 2


NUMBERS = st.none() | st.integers(-1, 6) | st.just(10_000)


@given(
    st.lists(st.tuples(st.booleans(), NUMBERS, NUMBERS), max_size=8),
    st.sampled_from(
        [NumberRules(), NumberRules(reserved=(ReservedRange(first=1, last=3),)), NumberRules(keep=("CN-ZJ",))]
    ),
    st.randoms(),
)
def test_the_order_of_services_says_nothing_and_numbers_stay(given_numbers, rules, random):
    services = [service(f"s{at}", national=n, ZJ=a, JS=b) for at, (n, a, b) in enumerate(given_numbers)]
    found = number(services, TREE, rules)
    for table in found.numbers.values():
        assert len(set(table.values())) == len(table)
        assert all(1 <= n <= 9999 for n in table)
    random.shuffle(services)
    assert number(services, TREE, rules) == found
    assert number(services, TREE, rules, found.numbers).numbers == found.numbers
