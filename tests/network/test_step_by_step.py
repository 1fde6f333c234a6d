"""What is kept from round to round changes nothing: after any edits the network and its lists are those made of it at once."""

from dataclasses import replace
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network.television import listed
from yiwang.dvbi.common import Text
from yiwang.dvbi.service_instance import ServiceInstance, dash_delivery, hls_delivery
from yiwang.dvbi.service_list import service_list_document
from yiwang.m3u.writer import playlist_text
from yiwang.network.assemble import Assembler, Known, assemble
from yiwang.network.list_contents import ListContents
from yiwang.network.model import ListedService, OneNetwork, Region
from yiwang.network.numbering import Numberer, number
from yiwang.network.of_region import places
from yiwang.network.read_source import read_source, with_what_stays
from yiwang.network.regions import region_tree
from yiwang.network.restrictions import Restriction, Restrictions
from yiwang.network.rules import Decided, MatchRules, NumberRules, ReservedRange, Rules
from yiwang.network.to_dvbi import ListWriter, service_list
from yiwang.network.to_m3u import playlist

NAMES = (
    "CCTV-1 综合", "央视一套", "CCTV1高清", "CCTV-2", "浙江卫视", "浙江卫视HD", "新闻综合", "新闻综合频道",
    "Sky Sports F1", "SkySp F1",
    "Sky Sports Golf", "BBC One", "BBC One Wales", "BBC One +1", "BBC 1",
)  # fmt: skip
PLACES = ("", "CN-ZJ", "CN-JS", "hangzhou")
ID, NAME = "tag:example.org,2026:network", (Text(value="Network"),)
TREES = (
    (Region(id="CN"), Region(id="CN-ZJ"), Region(id="CN-JS"), Region(id="hangzhou", parent="CN-ZJ")),
    (Region(id="CN-ZJ"), Region(id="CN-JS"), Region(id="hangzhou", parent="CN-JS")),
)
RULES = (
    Rules(),
    Rules(match=MatchRules(same=(("a/1", "b/2"), ("c/1", "a/3")))),
    Rules(match=MatchRules(different=(("a/1", "b/1"), ("a/2", "b/2"))), id_of=(("a/1", "first"),)),
    Rules(match=MatchRules(aliases=(("BBC 1", "BBC One"),), threshold=0.7)),
    Rules(match=MatchRules(decided=(Decided(id=1, kind="same", about=("a/1", "b/3"), who="x", at_s=1),))),
    Rules(match=MatchRules(decided=(Decided(id=2, kind="different", about=("a/1", "b/1"), who="x", at_s=1),))),
    Rules(numbers=NumberRules(prefer=(("a/1", 7),), keep=("CN-ZJ",))),
    Rules(
        numbers=NumberRules(
            reserved=(ReservedRange(first=1, last=3), ReservedRange(first=9, last=9, services=("b/1",)))
        )
    ),
    Rules(numbers=NumberRules(overflow_from=5)),
)


@lru_cache(10_000)
def one(source: str, key: int, name: int, place: int, given_number: int, uid: int, ways: int) -> ListedService:
    """The same object for the same facts, as sources give it."""
    made = listed(
        f"{source}/{key}", NAMES[name], *(("第二个名字",) if uid == 1 else ()), region=PLACES[place],
        number=given_number or None, uid=f"tag:x.org,2026:{uid}" if uid > 1 else "",
        triplet=(8468, 1, uid) if uid == 3 else None, national=uid == 2,
    )  # fmt: skip
    address = f"http://{source}.invalid/{key}-{ways}.m3u8"
    instances = {
        1: (
            ServiceInstance(priority=2, other=hls_delivery(address)),
            ServiceInstance(priority=1, dash=dash_delivery("d")),
        ),
        2: (ServiceInstance(other_attributes={"priority": "first"}, other=hls_delivery(address)),),
    }.get(ways, ())
    record = replace(made.service, service_instances=(*made.service.service_instances, *instances))
    also = ("CN-JS",) if ways == 2 and made.region else ()
    return replace(made, service=record, also=also, numbers=(("CN-JS", key),) if also else ())


ENTRY = st.tuples(
    st.sampled_from("abc"), st.integers(1, 4), st.integers(0, len(NAMES) - 1), st.integers(0, len(PLACES) - 1),
    st.integers(0, 10), st.integers(0, 4), st.integers(0, 2),
)  # fmt: skip
EDIT = st.fixed_dictionaries(
    {"put": st.lists(ENTRY, max_size=5), "drop": st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4)), max_size=2)},
    optional={
        "rules": st.sampled_from(RULES), "tree": st.sampled_from(TREES), "guides": st.integers(0, 3),
        "forget": st.booleans(), "restricted": st.booleans(),
    },
)  # fmt: skip
RESTRICTED = Restrictions(
    (
        Restriction(
            id="r", services=("a-1", "first", "cctv-1"), not_in=("CN-JS",), reason=("无", "none"), instead="bbc-one"
        ),
    )
)


def guides(salt: int):
    """How much of two guides is the same, another with each ``salt``."""

    def overlap(one: ListedService, other: ListedService) -> float | None:
        return (None, 0.0, 0.4, 0.9)[(sum(map(ord, one.id + other.id)) * salt) % 4] if salt else None

    return overlap


@settings(max_examples=150, deadline=None)
@given(st.lists(EDIT, min_size=2, max_size=6))
def test_a_network_assembled_step_by_step_is_that_assembled_at_once(edits):
    assembler, writer, contents = Assembler(), ListWriter(), ListContents()
    there: dict[tuple[str, int], ListedService] = {}
    known = Known()
    facts = {"rules": RULES[0], "tree": TREES[0], "guides": 0, "restricted": False}
    lists: dict[str | None, tuple[bytes, str, object]] = {}
    for edit in edits:
        there |= {(entry[0], entry[1]): one(*entry) for entry in edit["put"]}
        for key in edit["drop"]:
            there.pop(key, None)
        facts |= {name: edit[name] for name in facts if name in edit}
        if edit.get("forget"):
            known = Known()
        arguments = list(there.values()), facts["tree"], facts["rules"], known, guides(facts["guides"])
        network = assembler.assemble(*arguments)
        assert network == Assembler().assemble(*arguments)
        assert network == Assembler().assemble(arguments[0][::-1], *arguments[1:]), "the order says nothing"
        ids = {member.id: service.id for service in network.services.values() for member in service.members}
        known = Known(ids=dict(sorted(ids.items())), numbers=network.numbers)
        if facts["restricted"]:
            network = replace(network, restrictions=RESTRICTED)
        lists = _check_lists(network, writer, contents, lists)


def _check_lists(network: OneNetwork, writer: ListWriter, contents: ListContents, before):
    """Lists are those that are written whole, and what stands for their contents differs where they do."""
    whole, by_place = contents.of(network)
    assert (whole, by_place) == ListContents().of(network)
    now = {}
    for region in (None, *network.regions):
        how = {"id": ID, "names": NAME, "provider": "P", "version": 3, "region": region}
        document = writer.document(network, **how)
        assert document == service_list_document(service_list(network, **how))
        text = playlist_text(playlist(network, region))
        of = whole if region is None else tuple(by_place[place] for place in places(network, region))
        now[region] = document, text, of
        if region in before and before[region][2] == of:
            assert before[region][:2] == (document, text), "another list of the same content"
    return now


def test_what_happens_elsewhere_leaves_a_region_s_content_as_it_is():
    contents = ListContents()
    tree = (Region(id="CN-ZJ"), Region(id="CN-JS"))
    both = [listed("zj/1", "浙江卫视", region="CN-ZJ", number=1), listed("js/1", "江苏新闻", region="CN-JS", number=1)]
    _, before = contents.of(assemble(both, tree))
    _, after = contents.of(assemble([listed("zj/1", "浙江卫视", "新名", region="CN-ZJ", number=1), both[1]], tree))
    assert after["CN-JS"] == before["CN-JS"]
    assert after["CN-ZJ"] != before["CN-ZJ"]
    _, moved = contents.of(assemble([listed("zj/1", "浙江卫视", region="CN-ZJ", number=5), both[1]], tree))
    assert moved["CN-ZJ"] != before["CN-ZJ"]
    assert moved["CN-JS"] == before["CN-JS"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.lists(ENTRY, max_size=6), st.sampled_from(RULES), st.sampled_from(TREES)), max_size=5))
def test_numbers_given_again_and_again_are_those_given_at_once(rounds):
    numberer, before = Numberer(), {}
    for entries, rules, regions in rounds:
        tree, _ = region_tree(regions)
        services = assemble([one(*entry) for entry in entries], regions).services.values()
        found = numberer.number(services, tree, rules.numbers, before)
        assert found == number(services, tree, rules.numbers, before)
        before = found.numbers


def test_of_a_document_that_is_read_again_what_is_equal_is_the_same_object():
    def read(last: str, title: str):
        rows = "".join(f'#EXTINF:-1 tvg-id="{n}",{name}\nhttp://x/{n}\n' for n, name in enumerate(("一", "二", last)))
        programme = (
            f'<programme start="20260101000000" stop="20260101010000" channel="{{}}"><title>{title}</title></programme>'
        )
        guide = read_source("g", f"<tv>{programme.format(0)}</tv>".encode())
        return replace(read_source("m", f"#EXTM3U\n{rows}".encode()), schedules=guide.schedules)

    before = read("三", "新闻")
    assert with_what_stays(read("三", "新闻"), before) is before
    after = with_what_stays(read("四", "新闻"), before)
    assert after == read("四", "新闻")
    assert [a is b for a, b in zip(after.listing.services, before.listing.services, strict=True)] == [True, True, False]
    assert after.schedules["0"] is before.schedules["0"]
    other = with_what_stays(read("三", "体育"), before)
    assert other.schedules["0"] is not before.schedules["0"]
    assert other.listing.services[2] is before.listing.services[2]
