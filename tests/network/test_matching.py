import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network.television import listed, services_of
from yiwang.network.matching import match
from yiwang.network.matching.score import FEATURES, WEIGHTS, features, probability
from yiwang.network.names import normalise
from yiwang.network.rules import MatchRules


def joined(*services, **arguments):
    """Groups of more than one."""
    return {ids for ids in services_of(match(services, **arguments)) if len(ids) > 1}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CCTV-1 综合", "央视一套高清"),
        ("浙江卫视", "浙江衛視"),
        ("Sky Sports F1 HD", "SkySp F1"),
        ("Cartoon Network", "Cartoon Netwrk"),
        ("Discovery Channel", "Discovery"),
        ("RAI 24 News", "RAI News 24"),
        ("Jawa Pos TV", "jawaposTV"),
        ("FOX (KSTU) Salt Lake City, UT HD", "KSTU"),
        ("Nick Jr.", "Nick Junior"),
    ],
)
def test_names_of_one_service(one, other):
    assert joined(listed("a/1", one), listed("b/1", other)) == {frozenset({"a/1", "b/1"})}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("beIN Sports 1", "beIN Sports 2"),
        ("CCTV-5", "CCTV-5+"),
        ("山西卫视", "陕西卫视"),
        ("浙江卫视", "浙江教育科技频道"),
        ("杭州综合频道", "宁波综合频道"),
        ("Sky Cinema Action", "Sky Cinema Animation"),
        ("Pesca e Caccia", "Pesca"),
        ("MTV", "MTV Hits"),
        ("C8", "CCTV-8 电视剧"),
        ("TV BRICS Chinese", "TV BRICS Russian"),
        ("Euronews Deutsch", "Euronews Russian"),
        ("BBC News", "Sky News"),
        ("E4", "E4 Extra"),
        ("Disney Channel", "Disney Junior"),
        ("Canal+ Sport", "Canal Sport 2"),
    ],
)
def test_names_of_two_services(one, other):
    assert not joined(listed("a/1", one), listed("b/1", other))


def test_qualities_are_one_service_the_best_first():
    found = match([listed("a/1", "BBC Two"), listed("a/2", "BBC Two HD"), listed("b/1", "BBC Two 4K")])
    assert [[m.id for m in group.members] for group in found.groups] == [["b/1", "a/2", "a/1"]]


def test_two_of_one_source_are_two_services_though_called_the_same():
    found = match([listed("a/1", "7flix"), listed("a/2", "7flix"), listed("b/1", "7flix")])
    assert sorted(len(group.members) for group in found.groups) == [1, 2]
    assert len({group.family for group in found.groups}) == 1


def test_feeds_of_regions_and_later_hours_are_services_of_one_family():
    found = match(
        [
            listed("a/1", "ITV1 London"),
            listed("a/2", "ITV1 Wales"),
            listed("a/3", "ITV1+1"),
            listed("b/1", "ITV1 Wales HD"),
        ]
    )
    assert services_of(found) == {frozenset({"a/1"}), frozenset({"a/2", "b/1"}), frozenset({"a/3"})}
    assert len({group.family for group in found.groups}) == 1
    assert sorted(group.shift_h for group in found.groups) == [0, 0, 1]


def test_a_name_that_every_region_has_joins_nothing_but_in_its_region():
    zj, js = (listed(f"{r}/9", "新闻综合频道", region=f"CN-{r}") for r in ("ZJ", "JS"))
    also = listed("m3u/9", "新闻综合", region="CN-ZJ")
    assert joined(zj, js, also) == {frozenset({"ZJ/9", "m3u/9"})}


def test_one_identifier_joins_names_that_have_little_in_common():
    one, other = listed("a/1", "Virgin Media Two", uid="tag:x,2020:2"), listed("b/1", "Virgin 2", uid="tag:x,2020:2")
    assert joined(one, other)
    assert not joined(listed("a/1", "Virgin Media Two"), listed("b/1", "Virgin 2"))
    evidence = match([one, other]).groups[0].evidence
    assert [(e.one, e.other, e.kind) for e in evidence] == [("a/1", "b/1", "identifier")]
    assert "tag:x,2020:2" in evidence[0].detail


def test_one_identifier_of_plainly_different_names_is_a_conflict():
    found = match([listed("a/1", "浙江卫视", uid="tag:x,2020:1"), listed("b/1", "BBC News", uid="tag:x,2020:1")])
    assert len(found.groups) == 2
    assert [(c.kind, c.about) for c in found.conflicts] == [("identifier", ("a/1", "b/1"))]
    assert [(e.one, e.other, e.kind) for e in found.against] == [("a/1", "b/1", "against")]


def test_one_identifier_twice_in_one_source_is_a_conflict():
    found = match([listed("a/1", "BBC One", uid="tag:x,2020:1"), listed("a/2", "BBC Two", uid="tag:x,2020:1")])
    assert len(found.groups) == 2
    assert found.conflicts


def test_one_dvb_triplet_joins_but_not_one_that_was_never_set_up():
    names = ("Cuatro", "Cuatro España")
    same = [listed(f"{s}/1", name, triplet=(0x22D4, 1, 5)) for s, name in zip("ab", names, strict=True)]
    assert match(same).groups[0].evidence[0].kind == "triplet"
    unset = [listed(f"{s}/1", name, triplet=(0xFFFF, 1, 5)) for s, name in zip("ab", names, strict=True)]
    assert all(e.kind != "triplet" for group in match(unset).groups for e in group.evidence)


def test_rules_join_and_keep_apart():
    services = [listed("a/1", "浙江卫视"), listed("b/1", "Zhejiang Satellite"), listed("c/1", "浙江卫视")]
    assert joined(*services) == {frozenset({"a/1", "c/1"})}
    assert joined(*services, rules=MatchRules(same=(("a/1", "b/1"),))) == {frozenset({"a/1", "b/1", "c/1"})}
    assert not joined(*services, rules=MatchRules(different=(("a/1", "c/1"),)))
    assert joined(*services, rules=MatchRules(aliases=(("zhejiang satellite", "浙江卫视"),))) == {
        frozenset({"a/1", "b/1", "c/1"})
    }
    both = match(services, MatchRules(same=(("a/1", "c/1"),), different=(("a/1", "c/1"),)))
    assert services_of(both) == {frozenset({s.id}) for s in services}
    assert [c.kind for c in both.conflicts] == ["rule"]


def test_rules_keep_apart_what_others_would_join():
    services = [listed(f"{s}/1", "BBC One") for s in "abc"]
    found = services_of(match(services, MatchRules(different=(("a/1", "b/1"),))))
    assert not any({"a/1", "b/1"} <= ids for ids in found)
    assert max(map(len, found)) == 2


def test_guides_decide_where_names_leave_doubt():
    one, other = listed("a/1", "Real History"), listed("b/1", "History")
    assert not joined(one, other)
    assert joined(one, other, overlap=lambda a, b: 0.9)
    found = match([listed("a/1", "NTV"), listed("b/1", "NTV")], overlap=lambda a, b: 0.0)
    assert len(found.groups) == 2
    assert found.against[0].detail.endswith("0% of the guides is the same")
    assert joined(listed("a/1", "NTV"), listed("b/1", "NTV"), overlap=lambda a, b: None)


def test_guides_find_what_no_name_tells():
    one, other = listed("a/1", "翡翠台"), listed("b/1", "Jade")
    assert not joined(one, other, overlap=lambda a, b: 0.8)
    found = match([one, other], overlap=lambda a, b: 0.8, alike=[("b/1", "a/1"), ("a/1", "gone/1")])
    assert [e.kind for e in found.groups[0].evidence] == ["guide"]


def test_a_later_hour_s_guide_says_nothing_against_it():
    found = match([listed("a/1", "E4"), listed("b/1", "E4+1")], overlap=lambda a, b: 0.0)
    assert len({group.family for group in found.groups}) == 1


def test_guides_are_asked_only_for_candidates():
    asked = []

    def overlap(one, other):
        asked.append((one.id, other.id))
        return None

    names = [f"{a}{b} channel" for a in ("nordic", "river", "quartz", "violet") for b in ("lynx", "maple", "umbra")]
    match([listed(f"a/{i}", n) for i, n in enumerate(names)] + [listed("b/1", "Nordiclynx")], overlap=overlap)
    assert ("a/0", "b/1") in asked
    assert len(asked) < len(names)


def test_of_two_spellings_in_one_source_the_nearer_one_is_meant():
    found = services_of(
        match([listed("a/1", "Discovery"), listed("a/2", "Discovery Science"), listed("b/1", "Discovery Channel")])
    )
    assert frozenset({"a/1", "b/1"}) in found


def test_the_model_has_a_weight_for_each_feature_and_no_order():
    assert len(WEIGHTS) == len(FEATURES)
    one, other = normalise("Sky Sports F1"), normalise("SkySp F1 HD")
    assert features(one, other) == features(other, one)
    assert 0.5 < probability(features(one, other)) < 1


NAMES = st.sampled_from(
    [
        "CCTV-1 综合",
        "央视一套",
        "CCTV1高清",
        "CCTV-2",
        "浙江卫视",
        "浙江卫视HD",
        "新闻综合",
        "ITV1",
        "ITV1 Wales",
        "ITV1+1",
        "ITV1 HD",
        "Sky Sports F1",
        "SkySp F1",
        "Sky Sports Golf",
        "7flix",
    ]
)
LISTS = st.lists(
    st.tuples(st.sampled_from("abc"), NAMES, st.sampled_from(["", "", "tag:x,1:1", "tag:x,1:2"])), max_size=10
)


@settings(deadline=None)
@given(LISTS, st.randoms())
def test_the_order_of_what_is_listed_says_nothing(given_services, random):
    services = [listed(f"{s}/{i}", name, uid=uid) for i, (s, name, uid) in enumerate(given_services)]
    found = match(services)
    random.shuffle(services)
    assert match(services) == found


@settings(deadline=None)
@given(LISTS)
def test_each_listed_service_is_in_one_group_and_no_source_twice_in_one_quality(given_services):
    services = [listed(f"{s}/{i}", name, uid=uid) for i, (s, name, uid) in enumerate(given_services)]
    found = match(services)
    assert sorted(m.id for group in found.groups for m in group.members) == sorted(s.id for s in services)
    for group in found.groups:
        kinds = [(m.source, normalise(m.service.service_names[0].value).quality) for m in group.members]
        assert len(set(kinds)) == len(kinds)


def test_a_region_may_list_one_service_twice_by_multicast_and_by_broadband():
    multicast = listed("cable/5", "浙江影视娱乐", region="CN-ZJ", triplet=(0x22D4, 1, 5))
    broadband = listed("web/yule", "浙江影视娱乐频道 HD", region="CN-ZJ", uid="tag:zj.example,2026:yule")
    again = listed("hub/yule", "浙江影视娱乐", region="CN-ZJ", uid="tag:zj.example,2026:yule")
    found = match([multicast, broadband, again])
    assert services_of(found) == {frozenset({"cable/5", "web/yule", "hub/yule"})}
    assert not found.conflicts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"uid": "tag:zj.example,2026:ent"}, {"uid": "tag:zj.example,2026:film"}),
        ({"triplet": (0x22D4, 1, 5)}, {"triplet": (0x22D4, 1, 6)}),
    ],
)
def test_two_services_of_one_region_never_merge_not_by_way_of_a_third(one, other):
    both = [
        listed("a/1", "浙江影视", region="CN-ZJ", **one),
        listed("b/1", "浙江影视", region="CN-ZJ", **other),
        listed("c/1", "浙江影视", region="CN-JS"),
    ]
    found = services_of(match(both))
    assert not any({"a/1", "b/1"} <= ids for ids in found)
    assert max(map(len, found)) == 2
    assert any("CN-ZJ has both" in e.detail for e in match(both).against)
    elsewhere = [both[0], listed("b/1", "浙江影视", region="CN-JS", **other)]  # another region's feed has its own names
    assert joined(*elsewhere) == {frozenset({"a/1", "b/1"})}
    said = MatchRules(same=(("a/1", "b/1"),))  # but the operator may say so
    assert frozenset({"a/1", "b/1"}) in {ids & {"a/1", "b/1"} for ids in services_of(match(both, said))}


def test_a_name_that_two_lists_give_to_many_services_each_does_not_tell_which_is_which():
    many = [listed(f"{source}/{n}", "Sky Sport") for source in "ab" for n in range(9)]
    assert not joined(*many)
    one = [*many[:9], listed("b/0", "Sky Sport")]  # feeds whose names do not say which: one of them, and variants
    assert len(joined(*one)) == 1
    guides = {frozenset({"a/2", "b/5"}): 0.9}

    def overlap(x, y):
        return guides.get(frozenset({x.id, y.id}), 0.0)

    found = joined(*many, overlap=overlap, alike=[("a/2", "b/5")])
    assert found == {frozenset({"a/2", "b/5"})}  # a guide tells
    qualities = [listed(f"{s}/{q}", f"Sky Sport {q}") for s in "ab" for q in ("SD", "HD", "UHD")]
    assert len(joined(*qualities)) == 1
