from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network.television import listed, services_of
from yiwang.network.assemble import assemble, is_id
from yiwang.network.model import Region
from yiwang.network.of_region import instead
from yiwang.network.rules import MatchRules, Rules

REGIONS = (Region(id="CN"), Region(id="CN-ZJ"), Region(id="CN-JS"))
PROVINCES = (
    listed("zj/cctv1", "CCTV-1 综合", region="CN-ZJ", number=1),
    listed("zj/102", "CCTV-1 高清", region="CN-ZJ", number=101),
    listed("zj/2", "浙江卫视", region="CN-ZJ", number=2),
    listed("zj/9", "新闻综合频道", region="CN-ZJ", number=9),
    listed("js/1", "央视一套", region="CN-JS", number=1),
    listed("js/30", "浙江衛視", region="CN-JS", number=30),
    listed("js/9", "新闻综合", region="CN-JS", number=9),
)


def test_two_provinces_are_one_network():
    network = assemble(PROVINCES, REGIONS)
    assert services_of(network) == {
        frozenset({"zj/cctv1", "zj/102", "js/1"}),
        frozenset({"zj/2", "js/30"}),
        frozenset({"zj/9"}),
        frozenset({"js/9"}),
    }
    assert sorted(network.services) == ["cctv-1", "xinwenzonghe", "xinwenzonghepindao", "zhejiangweishi"]
    assert network.numbers == {
        "CN-JS": {1: "cctv-1", 9: "xinwenzonghe", 30: "zhejiangweishi"},
        "CN-ZJ": {1: "cctv-1", 2: "zhejiangweishi", 9: "xinwenzonghepindao"},
    }
    assert not network.conflicts


def test_ids_stay_though_names_change():
    before = assemble(PROVINCES, REGIONS)
    renamed = [
        listed("zj/2", "ZJTV 国际", region="CN-ZJ", number=2),
        listed("zj/cctv1", "央视1", region="CN-ZJ", number=5),
    ]
    after = assemble(renamed, REGIONS, previous=before)
    assert after.services["cctv-1"].members[0].id == "zj/cctv1"
    assert after.numbers["CN-ZJ"] == {1: "cctv-1", 2: "zhejiangweishi"}


def test_an_id_goes_with_the_most_of_its_members():
    three = [listed(f"{s}/1", "BBC One") for s in "abc"]
    before = assemble(three)
    (id_,) = before.services
    apart = Rules(match=MatchRules(different=(("a/1", "b/1"), ("a/1", "c/1"))))
    after = assemble(three, rules=apart, previous=before)
    assert {m.id for m in after.services[id_].members} == {"b/1", "c/1"}
    assert len(after.services) == 2


def test_a_rule_names_a_service():
    network = assemble(PROVINCES, REGIONS, Rules(id_of=(("js/1", "first"), ("zj/2", "Not An Id"), ("gone/1", "gone"))))
    assert {m.id for m in network.services["first"].members} == {"zj/cctv1", "zj/102", "js/1"}
    assert [(c.kind, c.about) for c in network.conflicts] == [("id", ("zj/2", "Not An Id"))]


def test_ids_of_the_same_name_differ():
    found = assemble([listed(f"{r}/1", "新闻综合", region=f"CN-{r}") for r in ("ZJ", "JS", "SH")])
    assert sorted(found.services) == ["xinwenzonghe", "xinwenzonghe-cn-sh", "xinwenzonghe-cn-zj"]


def test_a_readable_key_is_the_id():
    assert list(assemble([listed("own/sport-1", "Анвещь 1")]).services) == ["sport-1"]
    assert list(assemble([listed("m3u/https://x/1.m3u8", "Das Erste HD")]).services) == ["das-erste"]
    assert all(map(is_id, assemble([listed("m3u/1", "🏴")]).services))


def test_regional_variants_are_linked():
    network = assemble(
        [listed("a/bbc-w", "BBC One Wales"), listed("a/bbc-l", "BBC One London"), listed("a/bbc-1", "BBC One +1")]
    )
    assert network.services["bbc-w"].variants == ("bbc-l",)
    assert network.services["bbc-l"].variants == ("bbc-w",)
    assert network.services["bbc-1"].variants == ()


def test_out_of_its_region_a_service_has_its_variant_there_in_its_place_with_the_reason():
    feeds = [("a/w", "BBC One Wales", "GB-WLS"), ("a/l", "BBC One London", "GB-ENG"), ("a/s", "S4C", "GB-WLS")]
    tree = [Region(id="GB-WLS"), Region(id="GB-ENG"), Region(id="kent", parent="GB-ENG"), Region(id="FR")]
    network = assemble([listed(id_, name, region=region) for id_, name, region in feeds], tree)
    by_name = {s.members[0].service.service_names[0].value: s for s in network.services.values()}
    wales, welsh = by_name["BBC One Wales"], by_name["S4C"]
    assert instead(network, wales, "GB-WLS") is None
    other, why = instead(network, wales, "kent")
    assert other is by_name["BBC One London"]
    assert why == f"{wales.id} is for GB-WLS, not for kent, whose variant of it is {other.id}"
    for service, region in (welsh, "GB-ENG"), (wales, "FR"):
        assert instead(network, service, region) == (
            None,
            f"{service.id} is for GB-WLS, not for {region}, which has no variant of it",
        )


def test_nothing_listed_is_an_empty_network():
    network = assemble([])
    assert (network.services, network.numbers, network.conflicts) == ({}, {}, ())


NAMES = st.sampled_from(
    [
        "CCTV-1 综合",
        "央视一套",
        "浙江卫视",
        "浙江卫视HD",
        "新闻综合",
        "ITV1",
        "ITV1 Wales",
        "ITV1+1",
        "",
        "",
        "7flix",
        "!",
    ]
)
LISTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        NAMES,
        st.sampled_from(["", "CN-ZJ", "CN-JS"]),
        st.none() | st.integers(0, 3),
        st.booleans(),
    ),
    max_size=9,
)


@settings(deadline=None)
@given(LISTS, st.randoms())
def test_assembling_is_the_same_in_any_order_and_again(given_services, random):
    services = [
        listed(f"{s}/{i}", name, region=r, number=n, national=nat)
        for i, (s, name, r, n, nat) in enumerate(given_services)
    ]
    network = assemble(services, REGIONS)
    assert all(is_id(id_) and service.id == id_ for id_, service in network.services.items())
    assert sorted(m.id for s in network.services.values() for m in s.members) == sorted(s.id for s in services)
    random.shuffle(services)
    assert assemble(services, reversed(REGIONS)) == network
    again = assemble(services, REGIONS, previous=network)
    assert (again.services, again.numbers) == (network.services, network.numbers)


@settings(deadline=None)
@given(LISTS, st.data())
def test_ids_stay_when_some_go_and_others_come(given_services, data):
    services = [listed(f"{s}/{i}", name, region=r) for i, (s, name, r, _, _) in enumerate(given_services)]
    before = assemble(services, REGIONS)
    fewer = [s for s in services if data.draw(st.booleans())]
    after = assemble([*fewer, listed("new/1", "Quite Another")], REGIONS, previous=before)
    had = {m.id: s.id for s in before.services.values() for m in s.members}
    for service in after.services.values():
        ids = {had[m.id] for m in service.members if m.id in had}
        assert not ids or service.id in ids or len(ids & set(after.services)) == len(ids)
