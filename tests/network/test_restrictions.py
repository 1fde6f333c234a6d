"""What may be watched where: rules against regions and those within them, at times, as cues say; and where a viewer is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.television import listed
from yiwang.network import of_region
from yiwang.network.assemble import assemble
from yiwang.network.model import OneNetwork, Region
from yiwang.network.restrictions import Restriction, Restrictions, Times, aimed, in_force
from yiwang.network.to_dvbi import service_list
from yiwang.network.to_m3u import playlist
from yiwang.network.viewer_region import Viewer, ViewerRegions
from yiwang.store.local_times import local_time_of

PARENTS = {"CN": None, "CN-ZJ": "CN", "hangzhou": "CN-ZJ", "CN-JS": "CN"}
WHY = ("版权", "rights")
HOUR_MS = 3_600_000


def rule(services="match", **more) -> Restriction:
    return Restriction(**{"id": "r", "services": (services,), "reason": WHY, **more})


def ms(text: str, zone: str = "UTC") -> int:
    return round(1000 * datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({"not_in": ("CN-ZJ",)}, {"CN-ZJ", "hangzhou"}),
        ({"only_in": ("CN-ZJ",)}, {"CN", "CN-JS", ""}),
        ({"only_in": ("CN",)}, {""}),
        ({"not_in": ("hangzhou", "CN-JS")}, {"hangzhou", "CN-JS"}),
        ({"cue": "web"}, {"CN", "CN-ZJ", "hangzhou", "CN-JS", ""}),
    ],
)
def test_a_region_stands_for_those_within_it_and_who_is_nowhere_is_in_none(more, kept):
    restrictions = Restrictions([rule(**more)], PARENTS)
    assert set(restrictions.regions_against(restrictions.rules[0])) == kept
    says = {"web": True}
    for region in restrictions.regions:
        found = restrictions.against("match", region, 0, 0, lambda cue, *_: says[cue])
        assert (found is not None) == (region in kept)


def test_rules_are_looked_at_in_order_and_by_patterns_of_ids():
    restrictions = Restrictions([rule("sport*", id="a", not_in=("CN-ZJ",)), rule("*", id="b", not_in=("CN",))], PARENTS)
    assert [r.id for r in restrictions.of("sport-1")] == ["a", "b"]
    assert [r.id for r in restrictions.of("news")] == ["b"]
    against = [restrictions.against(id_, "hangzhou", 0, 0) for id_ in ("sport-1", "news")]
    assert [r.id for r in against if r is not None] == ["a", "b"]
    assert Restrictions([], PARENTS).of("news") == ()


def test_what_lists_bring_comes_and_goes():
    restrictions = Restrictions([], PARENTS)
    assert restrictions.are_none
    assert restrictions.aim({"cctv1": aimed("cctv1", ["CN-ZJ"])})
    assert not restrictions.aim({"cctv1": aimed("cctv1", ["CN-ZJ"])})
    assert restrictions.against("cctv1", "hangzhou", 0, 0) is None
    assert restrictions.against("cctv1", "CN-JS", 0, 0) is not None
    assert restrictions.aim({})
    assert restrictions.against("cctv1", "CN-JS", 0, 0) is None


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2026-12-01T19:29:59.999", False),  # a Tuesday
        ("2026-12-01T19:30:00", True),
        ("2026-12-01T20:59:59.999", True),
        ("2026-12-01T21:00:00", False),
        ("2026-12-02T20:00:00", False),
    ],
)
def test_hours_are_of_the_places_clocks_and_days(at, held):
    times = Times(hours=(19 * 60 + 30, 21 * 60), days=frozenset({2}), local=local_time_of("Asia/Shanghai"))
    at_ms = ms(at, "Asia/Shanghai")
    span = in_force(rule(times=times), at_ms, at_ms)
    assert (span is not None) == held
    if span is not None:
        assert span == (ms("2026-12-01T11:30:00"), ms("2026-12-01T13:00:00"))


def test_hours_over_midnight_and_over_a_change_of_clocks():
    late = Times(hours=(23 * 60, 60), local=local_time_of("Europe/Berlin"))
    at = ms("2026-03-29T00:30:00", "Europe/Berlin")
    assert in_force(rule(times=late), at, at) == (
        ms("2026-03-28T23:00:00", "Europe/Berlin"),
        ms("2026-03-29T01:00:00", "Europe/Berlin"),
    )
    spring = Times(hours=(60, 4 * 60), local=local_time_of("Europe/Berlin"))
    at = ms("2026-03-29T03:30:00", "Europe/Berlin")
    found = in_force(rule(times=spring), at, at)
    assert found is not None
    assert found[1] - found[0] == 2 * HOUR_MS  # the clocks leave an hour out


def test_what_only_touches_a_span_is_not_in_it_and_what_overlaps_is():
    times = Times(from_ms=1000, until_ms=2000)
    assert in_force(rule(times=times), 0, 999) is None
    assert in_force(rule(times=times), 0, 1000) == (1000, 2000)
    assert in_force(rule(times=times), 1999, 5000) == (1000, 2000)
    assert in_force(rule(times=times), 2000, 5000) is None
    daily = Times(from_ms=12 * HOUR_MS, until_ms=60 * HOUR_MS, hours=(0, 24 * 60))
    assert in_force(rule(times=daily), 13 * HOUR_MS, 13 * HOUR_MS) == (12 * HOUR_MS, 24 * HOUR_MS)


def test_a_rule_that_follows_cues_holds_while_they_say_so():
    blackout = Restrictions([rule(cue="regional", not_in=("CN-ZJ",))], PARENTS)
    assert blackout.against("match", "CN-ZJ", 0, 10) is None
    assert blackout.against("match", "CN-ZJ", 0, 10, lambda cue, *_: cue == "regional") is not None
    assert blackout.against("match", "CN-JS", 0, 10, lambda *_: True) is None
    assert blackout.always_against(["match"], ("CN-ZJ",)) is None


# -- where a viewer is

REGIONS = ViewerRegions(
    prefixes=[("2001:db8:1::/48", "CN-ZJ"), ("2001:db8:1:8000::/52", "hangzhou"), ("10.1.0.0/16", "CN-JS")],
    trusted=["2001:db8:e::/48", "127.0.0.0/8"],
)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "region"),
    [
        ("2001:db8:1::7", "", "CN-ZJ"),
        ("2001:db8:1:8001::7", "", "hangzhou"),
        ("2001:db8:2::7", "", ""),
        ("10.1.2.3", "", "CN-JS"),
        ("::ffff:10.1.2.3", "", "CN-JS"),  # a dual-stack socket
        ("10.1.2.3", "2001:db8:1::7", "CN-JS"),  # nobody whom we trust says so
        ("2001:db8:e::1", "2001:db8:1::7", "CN-ZJ"),
        ("2001:db8:e::1", "10.1.2.3, 2001:db8:1::7", "CN-ZJ"),  # the first address is what the viewer says himself
        ("::ffff:127.0.0.1", "10.1.2.3, 2001:db8:e::9", "CN-JS"),  # two edges of ours
        ("2001:db8:e::1", "[2001:db8:1::7]:443", "CN-ZJ"),
        ("2001:db8:e::1", "10.1.2.3:5000", "CN-JS"),
        ("2001:db8:e::1", "unknown", ""),
        ("2001:db8:e::1", "2001:db8:1::7, unknown", ""),
        ("2001:db8:e::1", "", ""),
        ("", "2001:db8:1::7", ""),
        ("fe80::1%eth0", "", ""),
    ],
)
def test_a_region_is_that_of_the_first_address_that_no_trusted_proxy_has(peer, forwarded_for, region):
    assert REGIONS.of(peer, forwarded_for).region == region


@pytest.mark.parametrize(
    ("choice", "peer", "found", "may"),
    [
        ("no", "2001:db8:1::7", Viewer("CN-ZJ", "address"), False),
        ("no", "2001:db8:2::7", Viewer("CN", "default"), False),
        ("where-unknown", "2001:db8:1::7", Viewer("CN-ZJ", "address"), False),
        ("where-unknown", "2001:db8:2::7", Viewer("CN-JS", "choice"), True),
        ("yes", "2001:db8:1::7", Viewer("CN-JS", "choice"), True),
    ],
)
def test_a_viewers_own_word_counts_where_the_operator_lets_it(choice, peer, found, may):
    regions = ViewerRegions([("2001:db8:1::/48", "CN-ZJ")], (), "CN", choice, ["CN-ZJ", "CN-JS"])
    viewer = regions.of(peer, "", "CN-JS")
    assert viewer == found
    assert regions.may_choose(viewer) == may
    assert regions.of(peer, "", "elsewhere").by != "choice"


@given(st.text(max_size=80), st.text(max_size=200))
def test_whatever_is_said_of_an_address_is_a_region_or_none(peer, forwarded_for):
    assert REGIONS.of(peer, forwarded_for).region in ("", "CN-ZJ", "hangzhou", "CN-JS")


# -- lists


def network(*rules: Restriction) -> OneNetwork:
    services = [
        listed("own/match", "球赛", region="CN", number=5),
        listed("own/news", "新闻", number=1),
        listed("own/slate", "告示"),
        listed("own/zj", "浙江", region="CN-ZJ", number=7),
    ]
    made = assemble(services, [Region(id=id_, parent=parent) for id_, parent in PARENTS.items()])
    restrictions = Restrictions(rules, PARENTS)
    return OneNetwork(regions=made.regions, services=made.services, numbers=made.numbers, restrictions=restrictions)


def numbers(made: OneNetwork, region: str) -> dict[str, int | None]:
    return {service.id: number for number, service in of_region.in_order(made, region)}


def test_what_a_region_never_has_is_not_in_its_list_and_its_substitute_has_its_number():
    open_ = network()
    assert numbers(open_, "hangzhou")["match"] == 5
    kept = network(rule(not_in=("CN-ZJ",), instead="slate"))
    found = numbers(kept, "hangzhou")
    assert "match" not in found
    assert found["slate"] == numbers(open_, "hangzhou")["slate"]  # it has one of its own
    assert numbers(kept, "CN-JS") == numbers(open_, "CN-JS")
    list_ = service_list(kept, id="tag:x,2026:n", names=(), provider="P", version=1, region="hangzhou")
    assert [s.unique_identifier.rpartition(":")[2] for s in list_.services] == ["news", "slate", "zj"]
    assert list_.lcn_table_list is not None
    (table,) = list_.lcn_table_list.lcn_tables
    assert sorted(lcn.service_ref.rpartition(":")[2] for lcn in table.lcns) == ["news", "slate", "zj"]
    assert playlist(kept, "hangzhou").entries == playlist(network(), "hangzhou").entries[:0]  # nothing has an address
    other, why = of_region.instead(kept, kept.services["match"], "hangzhou") or (None, "")
    assert other is kept.services["slate"]
    assert why == "match is kept from hangzhou by the restriction r"


def test_a_substitute_without_a_number_gets_that_of_what_it_is_in_the_place_of():
    made = network(rule(not_in=("CN-ZJ",), instead="slate"))
    bare = {place: {n: id_ for n, id_ in of.items() if id_ != "slate"} for place, of in made.numbers.items()}
    made = OneNetwork(regions=made.regions, services=made.services, numbers=bare, restrictions=made.restrictions)
    assert numbers(made, "CN-ZJ")["slate"] == 5
    table = of_region.substituted(made, of_region.numbers(made, of_region.places(made, "CN-ZJ")), "CN-ZJ")
    assert table[5] == "slate"


def test_the_list_of_all_names_the_regions_that_a_service_is_for():
    made = network(rule(not_in=("CN-ZJ",)), rule("news", only_in=("CN-JS",)))
    list_ = service_list(made, id="tag:x,2026:n", names=(), provider="P", version=1)
    targets = {s.unique_identifier.rpartition(":")[2]: set(s.target_regions) for s in list_.services}
    assert targets == {"match": {"CN", "CN-JS"}, "news": {"CN-JS"}, "slate": set(), "zj": {"CN-ZJ"}}


def test_what_is_restricted_at_times_stays_in_the_list():
    made = network(rule(not_in=("CN-ZJ",), times=Times(until_ms=1)))
    assert numbers(made, "hangzhou") == numbers(network(), "hangzhou")
