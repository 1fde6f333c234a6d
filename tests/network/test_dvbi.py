"""Lists of others come in and go out again with nothing lost; what goes out is valid by the schema."""

from dataclasses import replace

import pytest

from tests.dvbi.test_documents import FOREIGN, LISTS, need, validate
from yiwang.dvbi import service_list as sl
from yiwang.dvbi import service_list_registry as slr
from yiwang.dvbi.common import Text, related
from yiwang.dvbi.service_instance import ServiceInstance, dash_delivery, hls_delivery
from yiwang.network.assemble import assemble
from yiwang.network.carry import streams_of
from yiwang.network.from_dvbi import Listing, listing_of_service_list
from yiwang.network.logos import logo_of
from yiwang.network.model import ListedService, NetworkService, OneNetwork, Region
from yiwang.network.to_dvbi import ListWriter, registry, service_list
from yiwang.network.to_m3u import addresses

ID = "tag:example.org,2026:network"
NAMES = (Text(value="Network"),)


def network_of(listing: Listing) -> OneNetwork:
    """Each listed service for itself."""
    services = {f"s{n}": NetworkService(id=f"s{n}", members=(one,)) for n, one in enumerate(listing.services)}
    numbers: dict[str, dict[int, str]] = {}
    for id_, service in services.items():
        (member,) = service.members
        if member.number is not None:
            numbers.setdefault(member.region, {}).setdefault(member.number, id_)
    return OneNetwork(regions={r.id: r for r in listing.regions}, services=services, numbers=numbers)


def out(network: OneNetwork, region: str | None = None) -> sl.ServiceList:
    return service_list(network, id=ID, names=NAMES, provider="P", version=3, region=region)


@pytest.mark.parametrize("name", LISTS)
def test_a_foreign_list_goes_through_the_network_with_nothing_lost(name: str):
    before, _ = sl.read_service_list(need(FOREIGN / "reference-client" / "servicelists" / f"{name}.xml"))
    listing = listing_of_service_list("them", before)
    assert len(listing.services) == len({s.unique_identifier for s in before.services})
    document = sl.service_list_document(out(network_of(listing)))
    assert (
        ListWriter().document(network_of(listing), id=ID, names=NAMES, provider="P", version=3, region=None) == document
    )
    after, _ = sl.read_service_list(document)
    by_id = {service.unique_identifier: service for service in before.services}
    assert {service.unique_identifier for service in after.services} == by_id.keys()
    own = ("version", "content_guide_source", "content_guide_source_ref", "content_guide_service_ref", "target_regions")
    for service in after.services:
        original = by_id[service.unique_identifier]
        instances = sorted(original.service_instances, key=lambda one: one.priority)
        expected = replace(original, service_instances=tuple(replace(i, priority=n) for n, i in enumerate(instances)))
        same = {name: getattr(expected, name) for name in own}
        assert replace(service, **same) == expected
        assert service.content_guide_source_ref == "yiwang"


def test_regions_of_others_come_out_with_their_postcodes_and_countries():
    before, _ = sl.read_service_list(need(FOREIGN / "reference-client" / "servicelists" / "regions.xml"))
    listing = listing_of_service_list("them", before)
    network = assemble(listing.services, listing.regions)
    after, _ = sl.read_service_list(sl.service_list_document(out(network)))
    assert before.region_list is not None
    assert after.region_list is not None

    def all_of(regions: tuple[sl.Region, ...]) -> dict[str, sl.Region]:
        found = {region.region_id: replace(region, regions=()) for region in regions}
        return found | {id_: one for region in regions for id_, one in all_of(region.regions).items()}

    theirs, ours = all_of(before.region_list.regions), all_of(after.region_list.regions)
    assert ours == theirs
    assert any(region.postcodes or region.postcode_ranges for region in ours.values())


@pytest.mark.parametrize("year", [2019, 2020, 2021])
def test_a_logo_is_one_whatever_year_its_term_is_of(year: int):
    logo = related(f"urn:dvb:metadata:cs:HowRelatedCS:{year}:1001.2", "http://h/l.png", "image/png")
    one = member("a", "", 1)
    network = assemble([replace(one, service=replace(one.service, related_materials=(logo,)))])
    (service,) = network.services.values()
    assert logo_of(service) == "http://h/l.png"
    (material,) = out(network).services[0].related_materials
    assert material.how_related.href == "urn:dvb:metadata:cs:HowRelatedCS:2021:1001.2"


def test_a_list_that_is_put_into_a_region_keeps_the_numbers_it_has_for_its_own():
    theirs = out(assemble([member("a", "north", 7)], [Region(id="north")]))
    (there,) = listing_of_service_list("them", theirs).services
    (here,) = listing_of_service_list("them", theirs, "CN-ZJ").services
    assert (there.region, there.number) == ("north", 7)
    assert (here.region, here.number) == ("CN-ZJ", 7)


def test_a_region_of_no_known_country_makes_a_valid_list():
    regions = (Region(id="north", names=NAMES), Region(id="south", names=NAMES))
    for said, expected in ((), "ZZZ"), ((Region(id="FR-75"),), "FRA"):
        network = assemble([member("a", "north", 1)], (*regions, *said))
        validate("dvbi_v8.0.xsd", sl.service_list_document(without_hls(out(network))))
        regions_of = {region.region_id: region.country_codes for region in out(network).region_list.regions}
        assert regions_of["north"] == expected


def member(source: str, region: str, number: int | None = None, **fields: object) -> ListedService:
    instances = (
        ServiceInstance(dash=dash_delivery(f"http://{source}.example/a.mpd")),
        ServiceInstance(other=hls_delivery(f"http://{source}.example/a.m3u8"), priority=1),
    )
    service = sl.Service(service_names=(Text(value="浙江卫视", lang="zh"),), service_instances=instances)
    return ListedService(source=source, key="a", region=region, service=service, number=number, **fields)


REGIONS = {
    "CN": Region(id="CN", names=(Text(value="中国", lang="zh"),), country_codes="CHN"),
    "CN-ZJ": Region(id="CN-ZJ", names=(Text(value="浙江", lang="zh"),), parent="CN"),
    "CN-JS": Region(id="CN-JS", names=(Text(value="江苏", lang="zh"),), parent="CN"),
}
NETWORK = OneNetwork(
    regions=REGIONS,
    services={
        "zj": NetworkService(id="zj", members=(member("hangzhou", "CN-ZJ", 4), member("nanjing", "CN-JS", 33))),
        "all": NetworkService(id="all", members=(member("beijing", "", 1, national=True),)),
        "js": NetworkService(id="js", members=(member("suzhou", "CN-JS", 7),)),
    },
    numbers={"": {1: "all"}, "CN-ZJ": {4: "zj"}, "CN-JS": {7: "js", 33: "zj"}},
)


def without_hls(made: sl.ServiceList) -> sl.ServiceList:
    """The schema of HLS's extension (annex G) is not among those we have; the instances without it are judged."""
    services = []
    for service in made.services:
        assert sum(i.other is not None for i in service.service_instances) > 0
        services.append(replace(service, service_instances=tuple(i for i in service.service_instances if not i.other)))
    return replace(made, services=tuple(services))


@pytest.mark.parametrize("region", [None, "CN-ZJ", "CN-JS", "CN"])
def test_what_goes_out_is_valid_and_of_its_region(region):
    made = out(NETWORK, region)
    validate("dvbi_v8.0.xsd", sl.service_list_document(without_hls(made)))
    names = {service.unique_identifier.rpartition(":")[2] for service in made.services}
    assert (
        names
        == {None: {"zj", "all", "js"}, "CN-ZJ": {"zj", "all"}, "CN-JS": {"zj", "all", "js"}, "CN": {"all"}}[region]
    )
    lcns = {lcn.channel_number for table in made.lcn_table_list.lcn_tables for lcn in table.lcns}
    assert lcns == {None: {1, 4, 7, 33}, "CN-ZJ": {1, 4}, "CN-JS": {1, 7, 33}, "CN": {1}}[region]


def test_the_instances_of_the_reader_s_region_go_first():
    for region, first in (("CN-ZJ", "hangzhou"), ("CN-JS", "nanjing"), (None, "hangzhou")):
        service = next(s for s in out(NETWORK, region).services if s.unique_identifier.endswith(":zj"))
        uris = [i.dash.uri_based_location.uri.value for i in service.service_instances if i.dash]
        assert uris[0] == f"http://{first}.example/a.mpd"
        assert [i.priority for i in service.service_instances] == [0, 1, 2, 3]
        assert set(service.target_regions) == {"CN-ZJ", "CN-JS"}


def test_regions_come_out_as_a_tree_with_the_country_s_codes():
    (top,) = out(NETWORK).region_list.regions
    assert (top.region_id, top.country_codes) == ("CN", "CHN")
    assert [r.region_id for r in top.regions] == ["CN-ZJ", "CN-JS"]
    back = listing_of_service_list("us", out(NETWORK))
    assert {r.id: replace(r, listed=None) for r in back.regions} == REGIONS


def test_a_list_of_ours_is_read_again_as_it_was():
    back = listing_of_service_list("us", out(NETWORK), "CN-JS")
    assert {s.key.rpartition(":")[2]: s.number for s in back.services} == {"zj": 33, "all": 1, "js": 7}
    assert all(back.guides[s.key].cgsid == "yiwang" for s in back.services)
    assert back.faults == {}


def test_doubles_and_nameless_services_are_counted():
    one = sl.Service(unique_identifier="tag:a.example,2026:1", service_names=NAMES)
    listing = listing_of_service_list("x", sl.ServiceList(id=ID, services=(one, one, sl.Service(service_names=NAMES))))
    assert [s.key for s in listing.services] == ["tag:a.example,2026:1"]
    assert listing.faults == {"service listed twice": 1, "service without an identifier": 1}


def test_the_registry_names_the_list_and_is_valid():
    made = registry(NAMES, "P", ID, ["CHN"])
    validate("dvbi_service_list_discovery_v1.8.xsd", slr.service_list_entry_points_document(made))
    (offering,) = made.provider_offerings[0].service_list_offerings
    assert offering.service_list_uris[0].uri.value == "http://here.invalid/dvbi/services.xml"


REGIONAL = """<?xml version="1.0"?>
<ServiceList xmlns="urn:dvb:metadata:servicediscovery:2020" xmlns:tva="urn:tva:metadata:2019" id="tag:h,2026:l" version="1">
 <Name>L</Name><ProviderName>P</ProviderName>
 <RegionList version="1"><Region countryCodes="DEU" regionID="de"><Region regionID="north"/><Region regionID="south"/>
  <Region regionID="west"/></Region></RegionList>
 <LCNTableList>
  <LCNTable><TargetRegion>north</TargetRegion><LCN channelNumber="1" serviceRef="tag:h,2026:all"/>
   <LCN channelNumber="3" serviceRef="tag:h,2026:two"/></LCNTable>
  <LCNTable><TargetRegion>south</TargetRegion><TargetRegion>west</TargetRegion>
   <LCN channelNumber="7" serviceRef="tag:h,2026:all"/><LCN channelNumber="4" serviceRef="tag:h,2026:two"/></LCNTable>
 </LCNTableList>
 <Service version="1"><UniqueIdentifier>tag:h,2026:all</UniqueIdentifier>
  <ServiceInstance><DASHDeliveryParameters><UriBasedLocation contentType="application/dash+xml"><URI>https://h/1.mpd</URI>
  </UriBasedLocation></DASHDeliveryParameters></ServiceInstance>
  <ServiceInstance priority="1"><OtherDeliveryParameters extensionName="APPLE-HLS.0">
   <HLSUrl contentType="application/vnd.apple.mpegurl"><URI> https://h/1.m3u8 </URI></HLSUrl>
  </OtherDeliveryParameters></ServiceInstance>
  <ServiceName>All</ServiceName><ProviderName>P</ProviderName>
  <RelatedMaterial><HowRelated href="urn:dvb:metadata:cs:HowRelatedCS:2020:1001.2"/>
   <MediaLocator><tva:MediaUri contentType="image/png">https://h/1.png</tva:MediaUri></MediaLocator></RelatedMaterial>
 </Service>
 <Service version="1"><UniqueIdentifier>tag:h,2026:two</UniqueIdentifier>
  <ServiceInstance><DASHDeliveryParameters><UriBasedLocation contentType="application/x-mpegURL"><URI>https://h/2.m3u8</URI>
  </UriBasedLocation></DASHDeliveryParameters></ServiceInstance>
  <TargetRegion>north</TargetRegion><TargetRegion>south</TargetRegion>
  <ServiceName>Two</ServiceName><ProviderName>P</ProviderName>
 </Service>
</ServiceList>"""


def test_each_region_s_numbers_and_all_regions_of_a_service_come_through():
    listing = listing_of_service_list("x", sl.read_service_list(REGIONAL.encode())[0])
    network = assemble(listing.services, listing.regions)
    of = {"".join(n.value for n in s.members[0].service.service_names): s.id for s in network.services.values()}
    numbers = {place: {id_: n for n, id_ in table.items()} for place, table in network.numbers.items()}
    assert numbers["north"] == {of["All"]: 1, of["Two"]: 3}
    assert numbers["south"] == {of["All"]: 7, of["Two"]: 4}
    assert numbers["west"] == {of["All"]: 7}
    made = out(network)
    assert [service.target_regions for service in made.services] == [(), ("north", "south")]
    again = listing_of_service_list("y", made)
    assert {(one.key, at, n) for one in again.services for at, n in one.all_numbers if at} == {
        ("tag:h,2026:all", "north", 1), ("tag:h,2026:all", "south", 7), ("tag:h,2026:all", "west", 7),
        ("tag:h,2026:two", "north", 3), ("tag:h,2026:two", "south", 4),
    }  # fmt: skip
    assert [s.service_names[0].value for s in out(network, "south").services] == ["All", "Two"]
    assert [s.service_names[0].value for s in out(network, "west").services] == ["All"]
    put = listing_of_service_list("x", sl.read_service_list(REGIONAL.encode())[0], "elsewhere")
    assert [one.number for one in put.services] == [7, 3], "the number that most of its regions have"


def test_elements_of_a_wrong_vocabulary_and_hls_in_old_words_are_read():
    listing = listing_of_service_list("x", sl.read_service_list(REGIONAL.encode())[0])
    one, two = listing.services
    assert list(addresses(one)) == ["https://h/1.m3u8", "https://h/1.mpd"]
    assert list(addresses(two)) == list(streams_of(two)) == ["https://h/2.m3u8"]
    assert logo_of(NetworkService(id="a", members=(one,))) == "https://h/1.png"
    document = sl.service_list_document(without_hls(out(network_of(listing))))
    validate("dvbi_v8.0.xsd", document)
