"""What a node carries of others' lists: which services, from where, in which order; and how it lists them."""

from dataclasses import replace

import pytest

from tests.dvbi.test_documents import validate
from yiwang.dvbi.common import Text
from yiwang.dvbi.service_instance import (
    DVBTDeliveryParameters,
    IPMulticastAddress,
    MulticastTSDeliveryParameters,
    ServiceInstance,
    dash_delivery,
    hls_delivery,
    transport_stream_delivery,
)
from yiwang.dvbi.service_list import Service, read_service_list, service_list_document
from yiwang.m3u.reader import read_playlist
from yiwang.net.source_url import DatagramSpec, HlsSpec, HttpSpec, parse_source_url
from yiwang.network.assemble import assemble
from yiwang.network.carry import MOST_SOURCES, CarryRule, carried, streams_of, with_carried
from yiwang.network.from_dvbi import listing_of_service_list
from yiwang.network.from_m3u import listing_of_playlist
from yiwang.network.model import ListedService, OneNetwork
from yiwang.network.of_region import in_order
from yiwang.network.own_service import own_service
from yiwang.network.to_dvbi import service_list
from yiwang.network.to_m3u import addresses, playlist

ALL = CarryRule(patterns=("*",))


def listed(source: str, name: str, region: str, *uris: str, key: str = "", **more: object) -> ListedService:
    instances = [ServiceInstance(other=hls_delivery(f"http://{source}.example/{name}/index.m3u8"))]
    instances += [
        ServiceInstance(priority=1 + n, identifier_based=transport_stream_delivery(uri)) for n, uri in enumerate(uris)
    ]
    service = Service(
        unique_identifier=f"tag:{source}.example,2026:{key or name}",
        service_names=(Text(value=name, lang="zh"),),
        service_instances=tuple(instances),
    )
    return ListedService(source=source, key=key or name, region=region, service=service, **more)


ZJ = listed("zj", "CCTV-1 综合", "CN-ZJ", "http://zj.example/1.ts", key="a", number=1)
JS = listed("js", "CCTV1", "CN-JS", "http://js.example/1.ts", key="b", number=1)
LOCAL = listed("zj", "浙江卫视", "CN-ZJ", "http://zj.example/4.ts", number=4)


def plan(network: OneNetwork, **rules: CarryRule) -> dict[str, tuple[str, ...]]:
    return {id_: one.sources for id_, one in carried(network, rules, "own", 100).services.items()}


def test_a_service_has_the_streams_of_all_its_regions_those_of_higher_priority_first() -> None:
    network = assemble([ZJ, JS, LOCAL])
    (national,) = [id_ for id_, s in network.services.items() if len(s.members) == 2]
    for zj, js, order in ((50, 60, ["js", "zj"]), (60, 50, ["zj", "js"])):
        rules = {"zj": replace(ALL, priority=zj), "js": replace(ALL, priority=js)}
        assert plan(network, **rules)[national] == tuple(f"http://{source}.example/1.ts" for source in order)
    assert len(plan(network, js=ALL)) == 1  # what zj alone lists is not carried
    assert plan(network, js=ALL)[national] == ("http://js.example/1.ts",)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("cctv*", {"a", "b"}), ("*卫视", {"浙江卫视"}), ("浙江?视", {"浙江卫视"}), ("b", {"b"}), ("nothing", set())],
)
def test_patterns_are_of_names_and_ids_whatever_their_case(pattern: str, found: set[str]) -> None:
    network = assemble([ZJ, JS, LOCAL])
    rule = CarryRule(patterns=(pattern,))
    got = plan(network, zj=rule, js=rule)
    uris = {"a": "http://zj.example/1.ts", "b": "http://js.example/1.ts", "浙江卫视": "http://zj.example/4.ts"}
    assert {key for key, uri in uris.items() if any(uri in sources for sources in got.values())} == found


def test_multicast_and_http_go_by_their_priority() -> None:
    group = IPMulticastAddress(address="ff3e::1", source="2001:db8::1", port=5000, streaming="udp")
    instances = (
        ServiceInstance(priority=2, identifier_based=transport_stream_delivery("http://h/1.ts")),
        ServiceInstance(priority=1, multicast_ts=MulticastTSDeliveryParameters(ip_multicast_address=group)),
        ServiceInstance(priority=3, identifier_based=transport_stream_delivery("file:/etc/passwd")),
    )
    one = replace(LOCAL, service=replace(LOCAL.service, service_instances=instances))
    assert list(streams_of(one)) == ["udp://[2001:db8::1]@[ff3e::1]:5000", "http://h/1.ts"]


def with_instances(*instances: ServiceInstance) -> ListedService:
    return replace(LOCAL, service=replace(LOCAL.service, service_instances=instances))


def test_hls_is_a_source_where_no_transport_stream_can_be_had_over_http() -> None:
    group = MulticastTSDeliveryParameters(ip_multicast_address=IPMulticastAddress(address="ff3e::1", port=5000))
    hls = [
        ServiceInstance(priority=n, other=hls_delivery(uri))
        for n, uri in enumerate(("http://h/a", "http://h/b.m3u8?c"))
    ]
    found = list(streams_of(with_instances(*hls, ServiceInstance(priority=9, multicast_ts=group))))
    assert found == ["rtp://[ff3e::1]:5000", "http://h/a#hls", "http://h/b.m3u8?c"]
    assert [type(parse_source_url(url)) for url in found] == [DatagramSpec, HlsSpec, HlsSpec]
    stream = ServiceInstance(priority=5, identifier_based=transport_stream_delivery("http://h/1.ts"))
    assert list(streams_of(with_instances(*hls, stream))) == ["http://h/1.ts"]
    assert list(streams_of(replace(with_instances(*hls), streams=("http://h/2.ts",)))) == ["http://h/2.ts"]


def test_a_stream_is_asked_for_with_the_headers_that_its_list_says() -> None:
    text = """#EXTM3U
#EXTINF:-1 tvg-id="a",A
#EXTVLCOPT:http-user-agent=A/1 (x&y)
http://h/a#b
#EXTINF:-1 tvg-id="b",B
#EXTVLCOPT:http-referrer=http://r/
http://h/b.m3u8
#EXTINF:-1 tvg-id="b",B again
#EXTVLCOPT:http-user-agent=B/2
http://h/again.m3u
"""
    one, two = listing_of_playlist("m", read_playlist(text.encode())).services
    (spec,) = map(parse_source_url, streams_of(one))
    assert (type(spec), spec.location, spec.headers) == (HttpSpec, "http://h/a", (("user-agent", "A/1 (x&y)"),))
    specs = [parse_source_url(url) for url in streams_of(two)]
    assert [(spec.location, spec.headers) for spec in specs] == [
        ("http://h/b.m3u8", (("referer", "http://r/"),)),
        ("http://h/again.m3u", (("user-agent", "B/2"),)),
    ]
    entries = playlist(assemble([one, two])).entries
    assert [entry.vlc_options for entry in entries] == [
        (("http-user-agent", "A/1 (x&y)"),),
        (("http-referrer", "http://r/"),),
    ]


@pytest.mark.parametrize(
    ("instances", "reason"),
    [
        ((), "without any way"),
        ((ServiceInstance(dash=dash_delivery("http://h/a.mpd")),), "DASH only"),
        ((ServiceInstance(dvbt=DVBTDeliveryParameters()),), "tuners and players only"),
    ],
)
def test_what_cannot_be_carried_has_its_reason(instances: tuple[ServiceInstance, ...], reason: str) -> None:
    network = assemble([with_instances(*instances)])
    got = carried(network, {"zj": ALL}, "own", 100)
    assert got.services == {}
    assert list(got.without_source) == list(network.services)
    assert all(reason in why for why in got.without_source.values())


def test_a_node_lists_a_playlist_of_transport_stream_segments_after_all_else() -> None:
    own = own_service("own", "one", names=[Text(value="One")], provider="", domain="h.example")
    uris = [i.other.hls_uri for i in own.service.service_instances if i.other is not None]
    assert [uri.rpartition("/")[2] for uri in uris] == ["index.m3u8", "ts.m3u8"]
    last = max(own.service.service_instances, key=lambda one: one.priority)
    assert last.other is not None
    assert last.other.hls_uri == uris[1]


def test_what_is_the_nodes_own_is_not_carried_and_counts_are_bounded() -> None:
    own = listed("own", "CCTV-1", "", key="cctv1")
    assert plan(assemble([ZJ, own]), zj=ALL) == {}
    many = [listed("zj", f"Channel Name {n} of Town {n * 7}", "CN-ZJ", f"http://h/{n}.ts") for n in range(5)]
    got = carried(assemble(many), {"zj": ALL}, "own", 3)
    assert (len(got.services), got.left_out) == (3, 2)
    much = listed("zj", "浙江卫视", "CN-ZJ", *(f"http://h/{n}.ts" for n in range(20)))
    (sources,) = plan(assemble([much]), zj=ALL).values()
    assert len(sources) == MOST_SOURCES


def test_a_carried_service_keeps_who_it_is_and_has_the_nodes_address_first_for_every_region() -> None:
    network = assemble([ZJ, JS, LOCAL])
    (national,) = [id_ for id_, s in network.services.items() if len(s.members) == 2]
    feed = ListedService(
        source="own",
        key=national,
        region="",
        service=Service(
            unique_identifier="tag:hub.example,2026:x",
            service_instances=(ServiceInstance(other=hls_delivery("http://hub/index.m3u8")),),
        ),
    )
    after = with_carried(network, {national: feed, "nobody": feed})
    assert after.numbers == network.numbers
    assert {id_ for id_ in after.services if after.services[id_] != network.services[id_]} == {national}
    for region in ("CN-ZJ", "CN-JS"):
        of_region = {s.id: n for n, s in in_order(after, region)}
        assert of_region[national] == 1
        made = service_list(after, id="tag:hub,2026:l", names=(), provider="", version=1, region=region)
        (one,) = [s for s in made.services if any(name.value.startswith("CCTV") for name in s.service_names)]
        assert one.service_instances[0].other.hls_uri == "http://hub/index.m3u8"
        assert one.unique_identifier in (ZJ.service.unique_identifier, JS.service.unique_identifier)
        assert len(one.service_instances) == 5
    assert len({s.id for _, s in in_order(after, "CN-JS")}) == 1  # the local one is not there
    assert next(addresses(after.services[national].members[0])) == "http://hub/index.m3u8"


def test_a_transport_stream_over_http_is_said_in_words_that_the_schema_has() -> None:
    stream = replace(LOCAL, service=replace(LOCAL.service, service_instances=LOCAL.service.service_instances[1:]))
    made = service_list(
        assemble([stream]), id="tag:hub.example,2026:l", names=(Text(value="l"),), provider="p", version=1
    )
    octets = service_list_document(made)
    validate("dvbi_v8.0.xsd", octets)
    assert b'contentType="video/mp2t">http://zj.example/4.ts<' in octets
    read, unknown = read_service_list(octets)
    assert unknown == {}
    (again,) = listing_of_service_list("hub", read).services
    assert list(streams_of(again)) == ["http://zj.example/4.ts"]
