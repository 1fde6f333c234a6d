"""Lists, registries and guides: other people's come out again with nothing lost, and ours are valid by the schemas."""

# ruff: noqa: E501
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.conftest import SHARED, missing
from yiwang.base.errors import UsageError, WireError
from yiwang.dvbi import content_guide as cg
from yiwang.dvbi import node as nodes
from yiwang.dvbi import service_instance as si
from yiwang.dvbi import service_list as sl
from yiwang.dvbi import service_list_registry as slr
from yiwang.dvbi.common import LOGO_OF_SERVICE, ControlledTerm, MediaUri, Text, extended_uri, related
from yiwang.dvbi.moment import date_time_text, duration_text, read_date_time, read_duration
from yiwang.dvbi.node import Node, read_node

FOREIGN = SHARED / "metadata" / "dvb-i"
SCHEMAS = SHARED / "schemas" / "dvb-i" / "dvb-i-tools" / "schemas"
LISTS = [
    "TM-STREAM0075r1",
    "DVB-DASH_Reference_Streams",
    "advanced_codecs",
    "drm",
    "example",
    "example_availability",
    "prominence",
    "regions",
]
LISTS = [f"{LISTS[0]} {LISTS[1]}", *LISTS[2:]]
REGISTRIES = [
    "dvb-i-tools/registries/slepr-main",
    "dvb-i-tools/registries/slepr-vers-main",
    "reference-client/slepr-master",
]
_DEFAULTS = {
    "startTime": "00:00:00Z",
    "endTime": "23:59:59.999Z",
    "selectable": "true",
    "visible": "true",
    "priority": "0",
    "regulatorFlag": "false",
    "regulatorListFlag": "false",
}
_CODECS: dict[str, tuple[Callable, Callable]] = {
    "list": (sl.read_service_list, sl.service_list_document),
    "registry": (slr.read_service_list_entry_points, slr.service_list_entry_points_document),
    "guide": (cg.read_content_guide, cg.content_guide_document),
}


def need(path: Path) -> bytes:
    if not path.is_file():
        missing(f"no {path}: it is not part of the repository")
    return path.read_bytes()


def _plain(value: str) -> str:
    value = " ".join(value.split())
    return value.replace(".000Z", "Z") if re.fullmatch(r"[\d:.TZ-]+", value) else value


def normal(element: etree._Element) -> tuple:
    """An element by lxml, the independent reader, without what says nothing: prefixes, edition, defaults, white space."""
    name = re.sub(r":20\d\d\}|(?<=tva:metadata)6\}", "}", element.tag)
    attributes = tuple(sorted(
        (key, value.rpartition(":")[2] if key.endswith("}type") else _plain(value))
        for key, value in element.attrib.items()
        if "schemaLocation" not in key and (_DEFAULTS.get(key) != value or (name.endswith("ServiceInstance") is False and key == "priority"))
    ))  # fmt: skip
    children = [normal(child) for child in element if isinstance(child.tag, str)]
    children.sort(key=lambda child: child[0])  # the schemas order kinds; among one kind order is kept and compared
    return name, attributes, _plain(element.text or ""), tuple(children)


def in_and_out(kind: str, octets: bytes) -> dict[str, int]:
    read, write = _CODECS[kind]
    record, unknown = read(octets)
    out = write(record)
    parser = etree.XMLParser(remove_comments=True, resolve_entities=False, no_network=True)
    assert normal(etree.fromstring(out, parser)) == normal(etree.fromstring(octets, parser))
    assert read(out)[0] == record
    return unknown


@pytest.mark.parametrize("name", LISTS)
def test_other_peoples_lists_come_out_with_nothing_lost(name: str) -> None:
    unknown = in_and_out("list", need(FOREIGN / "reference-client" / "servicelists" / f"{name}.xml"))
    # what the records have no field for: named, so that a new loss is seen
    assert set(unknown) <= {
        "sd:LCNTable@version",
        "sd:DASHDeliveryParameters/sd:CMCD",
        "sd:DASHDeliveryParameters/sd:Extension",
    }


@pytest.mark.parametrize("name", REGISTRIES)
def test_other_peoples_registries_come_out_with_nothing_lost(name: str) -> None:
    assert in_and_out("registry", need(FOREIGN / f"{name}.xml")) == {}


def test_other_peoples_guides_come_out_with_nothing_lost() -> None:
    folder = FOREIGN / "reference-client"
    need(folder / "nownext.xml")
    paths = [
        *sorted((folder / "schedule_templates").glob("*.xml")),
        folder / "nownext.xml",
        folder / "extended_program_information.xml",
    ]
    events = 0
    for path in paths:
        octets = path.read_bytes()
        in_and_out("guide", octets)
        table = cg.read_content_guide(octets)[0].program_description.program_location_table
        if table is not None:
            events += sum(len(schedule.schedule_events) for schedule in table.schedules)
    assert events > 400


@cache
def schema(name: str) -> etree.XMLSchema:
    need(SCHEMAS / name)
    if "discovery" not in name:
        return etree.XMLSchema(etree.parse(str(SCHEMAS / name)))
    return etree.XMLSchema(etree.parse(str(SCHEMAS / name)))


def validate(name: str, octets: bytes) -> None:
    loaded = schema(name)
    assert loaded.validate(etree.fromstring(octets)), loaded.error_log


LIST = sl.ServiceList(
    lang="zh",
    id="tag:yiwang.example,2026:list",
    version=7,
    names=(Text(value="一网", lang="zh"), Text(value='One <"network"> & more', lang="en")),
    provider_names=(Text(value="yiwang"),),
    region_list=sl.RegionList(regions=(
        sl.Region(country_codes="CHN", region_id="CN", selectable=False, region_names=(Text(value="中国"),), regions=(
            sl.Region(region_id="CN-ZJ", region_names=(Text(value="浙江", lang="zh"), Text(value="Zhejiang", lang="en")), regions=(
                sl.Region(region_id="CN-3301", postcodes=("310000",), postcode_ranges=(sl.PostcodeRange(first="310001", last="311000"),)),
            )),
        )),
    )),
    target_regions=("CN-ZJ",),
    lcn_table_list=sl.LCNTableList(lcn_tables=(
        sl.LCNTable(target_regions=("CN-ZJ",), lcns=(sl.LCN(channel_number=1, service_ref="tag:y,2026:cctv1", visible=False),),
                    lcn_ranges=(sl.LCNRange(start=800, end=899),)),
    )),
    content_guide_source=sl.ContentGuideSource(
        cgsid="g1", minimum_metadata_update_period_ms=3_600_000, provider_names=(Text(value="yiwang"),),
        schedule_info_endpoint=extended_uri("http://[::1]/dvbi/schedule", "application/xml"),
        program_info_endpoint=extended_uri("http://[::1]/dvbi/program", "application/xml"),
        more_episodes_endpoint=extended_uri("http://[::1]/dvbi/more", "application/xml"),
    ),
    services=(
        sl.Service(
            unique_identifier="tag:y,2026:cctv1",
            replay_available=True,
            service_instances=(
                si.ServiceInstance(priority=1, id="a", display_names=(Text(value="HD"),), dash=si.dash_delivery("http://h/manifest.mpd"),
                    availability=si.Availability(periods=(si.Period(valid_from_ms=1_790_000_000_000, intervals=(si.Interval(days="1 2"),)),))),
                si.ServiceInstance(priority=2, multicast_ts=si.MulticastTSDeliveryParameters(
                    triplet=si.DVBTriplet(orig_net_id=1, ts_id=2, service_id=3),
                    ip_multicast_address=si.IPMulticastAddress(address="239.1.1.1", source="10.0.0.1", port=5004, streaming="udp"))),
                si.ServiceInstance(priority=3, dvbc=si.DVBCDeliveryParameters(
                    triplet=si.DVBTriplet(service_id=3), target_country="CHN", network_ids=(1, 2))),
                si.ServiceInstance(priority=4, dvbt=si.DVBTDeliveryParameters(triplet=si.DVBTriplet(service_id=3))),
                si.ServiceInstance(priority=5, dvbs=si.DVBSDeliveryParameters(
                    triplet=si.DVBTriplet(orig_net_id=1, service_id=3), orbital_position="92.2")),
                si.ServiceInstance(priority=6, rtsp=si.RTSPDeliveryParameters(
                    triplet=si.DVBTriplet(service_id=3), rtsp_url=si.RTSPURL(value="rtsp://h/1"))),
                si.ServiceInstance(priority=7, identifier_based=si.IdentifierBasedDeliveryParameters(value="urn:x:1")),
            ),
            target_regions=("CN-ZJ",),
            service_names=(Text(value="CCTV-1 综合", lang="zh"),),
            provider_names=(Text(value="央视"),),
            related_materials=(related(LOGO_OF_SERVICE, "http://h/logo.png", "image/png"),
                               related("urn:dvb:metadata:cs:LinkedApplicationCS:2019:1.1", "http://h/a.aitx", "application/vnd.dvb.ait+xml")),
            service_genres=(ControlledTerm(href="urn:tva:metadata:cs:ContentCS:2011:3.1"),),
            service_type=ControlledTerm(href="urn:dvb:metadata:cs:ServiceTypeCS:2019:linear"),
            service_descriptions=(Text(value="综合频道", length="short"),),
            content_guide_source_ref="g1",
            content_guide_service_ref="cctv1",
            prominence_list=sl.ProminenceList(prominences=(sl.Prominence(country="CHN", ranking=1),)),
        ),
    ),
)  # fmt: skip


def test_a_list_with_everything_is_valid() -> None:
    octets = sl.service_list_document(LIST)
    validate("dvbi_v8.0.xsd", octets)
    assert sl.read_service_list(octets) == (LIST, {})
    assert sl.read_service_list(octets.replace(b":2026", b":2024"))[0].services[0].guide_ref == "cctv1"


def test_an_hls_instance_is_an_extension_and_is_read_again() -> None:
    instance = si.ServiceInstance(other=si.hls_delivery("http://h/index.m3u8"))
    octets = sl.service_list_document(sl.ServiceList(services=(sl.Service(service_instances=(instance,)),)))
    assert b'xmlns:n1="vnd:apple:mpegurl"' in octets
    assert b'xsi:type="n1:m3u8RefType"' in octets
    (service,) = sl.read_service_list(octets)[0].services
    assert service.service_instances == (instance,)
    assert service.service_instances[0].other.hls_uri == "http://h/index.m3u8"


REGISTRY = slr.ServiceListEntryPoints(
    lang="zh", version=3,
    service_list_registry_entity=slr.Organization(names=(Text(value="yiwang"),)),
    provider_offerings=(slr.ProviderOffering(
        provider=slr.Organization(names=(Text(value="浙江"),)),
        service_list_offerings=(slr.ServiceListOffering(
            service_list_names=(Text(value="一网"),), delivery=slr.ip_delivery(multicast_ts=True), languages=("zh",),
            service_list_uris=(extended_uri("http://h/dvbi/services.xml", sl.CONTENT_TYPE),), target_countries=("CHN",),
            related_materials=(related("urn:dvb:metadata:cs:HowRelatedCS:2020:1001.1", "http://h/l.png", "image/png"),),
            service_list_id="tag:yiwang.example,2026:list",
        ),),
    ),),
)  # fmt: skip


def test_a_registry_is_valid() -> None:
    octets = slr.service_list_entry_points_document(REGISTRY)
    validate("dvbi_service_list_discovery_v1.8.xsd", octets)
    assert slr.read_service_list_entry_points(octets) == (REGISTRY, {})


GUIDE = cg.TVAMain(
    lang="zh",
    publication_time_ms=1_790_000_000_500,
    program_description=cg.ProgramDescription(
        program_information_table=cg.ProgramInformationTable(program_informations=(
            cg.ProgramInformation(
                program_id="crid://yiwang.example/1",
                basic_description=cg.BasicDescription(
                    titles=(Text(value="新闻联播", type="main"), Text(value="第一集", type="secondary")),
                    synopses=(Text(value="short", length="short"), Text(value="longer", length="medium", lang="en")),
                    keywords=(Text(value="news"),),
                    genres=(ControlledTerm(href="urn:dvb:metadata:cs:ContentSubject:2019:2", type="main"),),
                    parental_guidances=(cg.ParentalGuidance(minimum_age=12),),
                    related_materials=(related("urn:tva:metadata:cs:HowRelatedCS:2012:19", "http://h/s.png", "image/png"),),
                    duration_ms=1_800_000,
                ),
                episode_of=cg.CRIDRef(crid="crid://yiwang.example/series", index=3),
            ),
        )),
        group_information_table=cg.GroupInformationTable(group_informations=(
            cg.GroupInformation(
                group_id="crid://yiwang.example/series", ordered=True, num_of_items=10,
                group_type=Node("tva:GroupType", {"xsi:type": "tva:ProgramGroupTypeType", "value": "series"}),
                basic_description=cg.BasicDescription(titles=(Text(value="新闻联播", type="main"),)),
            ),
        )),
        program_location_table=cg.ProgramLocationTable(
            schedules=(cg.Schedule(
                service_id_ref="cctv1", start_ms=1_790_000_000_000, end_ms=1_790_003_600_000,
                schedule_events=(cg.ScheduleEvent(
                    program=cg.CRIDRef(crid="crid://yiwang.example/1"),
                    program_urls=(MediaUri(value="http://h/p.mpd", content_type="application/dash+xml"),),
                    published_start_time_ms=1_790_000_000_000, published_duration_ms=1_800_000, live=cg.Flag(value=True),
                    free=cg.Flag(value=False),
                ),),
            ),),
            on_demand_programs=(cg.OnDemandProgram(
                service_id_ref="cctv1", program=cg.CRIDRef(crid="crid://yiwang.example/1"),
                program_urls=(MediaUri(value="http://h/p.mpd", content_type="application/dash+xml"),),
                published_duration_ms=1_800_000, start_of_availability_ms=1_790_000_000_000, end_of_availability_ms=1_790_600_000_000,
                delivery_mode="streaming",
            ),),
        ),
    ),
)  # fmt: skip


def test_a_guide_is_valid() -> None:
    octets = cg.content_guide_document(GUIDE)
    validate("tva_metadata_3-1_v1141.xsd", octets)
    assert cg.read_content_guide(octets) == (GUIDE, {})
    validate("tva_metadata_3-1_v1141.xsd", cg.content_guide_document(cg.TVAMain(lang="en")))


def test_what_a_field_cannot_hold_is_kept_in_its_place() -> None:
    octets = sl.service_list_document(LIST)
    for old, new in (
        (b'channelNumber="1"', b'channelNumber="one" x="&lt;y"'),
        (b"<ContentGuideSourceRef>g1", b'<ContentGuideSourceRef new="1">g1'),
        (
            b"<TargetRegion>CN-ZJ</TargetRegion>",
            b'<TargetRegion>CN-ZJ</TargetRegion><f:Odd xmlns:f="urn:f" f:a="1">t<f:b/></f:Odd>',
        ),
        (b"</ServiceList>", b'<New a="1"/></ServiceList>'),
        (b"</ServiceList>", b'<New xmlns="" a="1"><Newer/></New></ServiceList>'),
    ):
        changed = octets.replace(old, new)
        assert changed != octets
        assert sum(in_and_out("list", changed).values()) >= 1


@pytest.mark.parametrize(
    "octets",
    [
        b"", b"<a", b"<ServiceList/>", b"\xff\xfe\x00", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a>&nbsp;</a>",
        b'<!DOCTYPE ServiceList SYSTEM "file:///etc/passwd"><ServiceList/>', b"<a>" * 100, b"<a/><a/>",
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(octets: bytes) -> None:
    for read, _ in _CODECS.values():
        with pytest.raises(WireError) as caught:
            read(octets)
        assert caught.value.offset >= 0


def test_size_and_number_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = sl.service_list_document(LIST)
    for name, value in (("MAX_OCTETS", 100), ("MAX_ELEMENTS", 10), ("MAX_DEPTH", 2), ("MAX_ATTRIBUTES", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(nodes, name, value)
            with pytest.raises(WireError):
                sl.read_service_list(octets)


@settings(max_examples=200)
@given(st.integers(0, 1 << 32), st.sampled_from(["list", "guide"]))
def test_noise_gives_a_record_or_a_wire_error(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    read, write = _CODECS[kind]
    octets = bytearray(sl.service_list_document(LIST) if kind == "list" else cg.content_guide_document(GUIDE))
    for _ in range(rng.choice([1, 2, 5])):
        at = rng.randrange(len(octets))
        octets[at : at + rng.randrange(4)] = rng.choice(
            [b"", b"9", b"<", b"/>", b'"', b":", b"x", b"\xff", b"&", b"T", b"-"]
        )
    try:
        record, _ = read(bytes(octets))
    except WireError:
        return
    assert read(write(record))[0] == record


def test_names_that_are_none_are_not_written() -> None:
    for name in ("sd:a b", "zz:a", "{urn:x}a>", "sd:"):
        with pytest.raises(UsageError):
            nodes.node_document(Node("sd:ServiceList", children=(Node(name),)))


@given(st.integers(0, 4_000_000_000_000), st.integers(0, 10**12))
def test_times_and_durations(moment_ms: int, duration_ms: int) -> None:
    assert read_date_time(date_time_text(moment_ms)) == moment_ms
    assert read_duration(duration_text(duration_ms % 10**10)) == duration_ms % 10**10


def test_forms_of_times() -> None:
    assert read_date_time("2026-09-26T14:00:00.25+08:00") == read_date_time("2026-09-26T06:00:00Z") + 250
    assert read_duration("P1DT1H1M1.5S") == 90_061_500
    for text in ("P1Y", "P", "PT", "1", "PT1", "-PT1S"):
        with pytest.raises(ValueError, match=re.escape(text)):
            read_duration(text)
    for text in ("2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00x", "now"):
        with pytest.raises(ValueError, match=r"."):
            read_date_time(text)


def test_namespace_of_any_year_is_read() -> None:
    assert read_node(b'<a xmlns="urn:dvb:metadata:servicediscovery:2019"/>', "x").name == "sd:a"
