"""ServiceList (TS 103 770 5.5): regions, numbering, guide sources and services."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from yiwang.base.errors import WireError
from yiwang.dvbi.binding import Faults, Record, attribute, child, children, content, from_node, required, to_node
from yiwang.dvbi.common import ControlledTerm, ExtendedURI, RelatedMaterial, Text
from yiwang.dvbi.node import Node, node_document, read_node
from yiwang.dvbi.service_instance import ServiceInstance

CONTENT_TYPE = "application/vnd.dvb.dvbisl+xml"
LINEAR_RADIO = "urn:dvb:metadata:cs:ServiceTypeCS:2019:linear-radio"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostcodeRange(Record):
    """Postcodes from one to another, both included."""

    first: str = required("from")
    last: str = required("to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates(Record):
    """A circle: degrees as written, radius in metres."""

    latitude: str | None = child("sd:Latitude")
    longitude: str | None = child("sd:Longitude")
    radius_m: int | None = child("sd:Radius", "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Record):
    """A region with those within it; the first level has ``country_codes`` (ISO 3166-1 alpha-3, commas between)."""

    country_codes: str = attribute("countryCodes")
    region_id: str = required("regionID")
    selectable: bool = attribute("selectable", "boolean", True)
    region_names: tuple[Text, ...] = children("sd:RegionName", Text)
    postcodes: tuple[str, ...] = children("sd:Postcode")
    wildcard_postcodes: tuple[str, ...] = children("sd:WildcardPostcode")
    postcode_ranges: tuple[PostcodeRange, ...] = children("sd:PostcodeRange", PostcodeRange)
    coordinates: tuple[Coordinates, ...] = children("sd:Coordinates", Coordinates)
    regions: tuple["Region", ...] = children("sd:Region", "self")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionList(Record):
    """All regions a list speaks of; up to three levels below a country's."""

    version: int = required("version", "integer", 1)
    regions: tuple[Region, ...] = children("sd:Region", Region)


@dataclass(frozen=True, slots=True, kw_only=True)
class LCN(Record):
    """A service's number, 1 to 9999."""

    channel_number: int = required("channelNumber", "integer", 0)
    service_ref: str = required("serviceRef")
    selectable: bool = attribute("selectable", "boolean", True)
    visible: bool = attribute("visible", "boolean", True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LCNRange(Record):
    """Numbers for services that have none."""

    start: int = required("start", "integer", 0)
    end: int | None = attribute("end", "integer", None)
    priority: int = attribute("priority", "integer", 0)
    fill_method: str = attribute("fillMethod", default="startFromHighest")
    service_origin: str = attribute("serviceOrigin", default="dvbi")
    service_type: str = attribute("serviceType")
    service_genre: str = attribute("serviceGenre")


@dataclass(frozen=True, slots=True, kw_only=True)
class LCNTable(Record):
    """Numbers in its target regions; in all where it names none."""

    version: int = required("version", "integer", 1)
    preserve_broadcast_lcn: bool = attribute("preserveBroadcastLCN", "boolean", False)
    target_regions: tuple[str, ...] = children("sd:TargetRegion")
    subscription_packages: tuple[Text, ...] = children("sd:SubscriptionPackage", Text)
    lcns: tuple[LCN, ...] = children("sd:LCN", LCN)
    lcn_ranges: tuple[LCNRange, ...] = children("sd:LCNRange", LCNRange)


@dataclass(frozen=True, slots=True, kw_only=True)
class LCNTableList(Record):
    """The tables of a list."""

    lcn_tables: tuple[LCNTable, ...] = children("sd:LCNTable", LCNTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentGuideSource(Record):
    """Where a guide is asked for (TS 103 770 6)."""

    cgsid: str = required("CGSID")
    minimum_metadata_update_period_ms: int | None = attribute("minimumMetadataUpdatePeriod", "duration_ms", None)
    names: tuple[Text, ...] = children("sd:Name", Text)
    provider_names: tuple[Text, ...] = children("sd:ProviderName", Text)
    related_materials: tuple[RelatedMaterial, ...] = children("sd:RelatedMaterial", RelatedMaterial)
    schedule_info_endpoint: ExtendedURI | None = child("sd:ScheduleInfoEndpoint", ExtendedURI)
    program_info_endpoint: ExtendedURI | None = child("sd:ProgramInfoEndpoint", ExtendedURI)
    group_info_endpoint: ExtendedURI | None = child("sd:GroupInfoEndpoint", ExtendedURI)
    more_episodes_endpoint: ExtendedURI | None = child("sd:MoreEpisodesEndpoint", ExtendedURI)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentGuideSourceList(Record):
    """Several sources, for services to refer to by CGSID."""

    content_guide_sources: tuple[ContentGuideSource, ...] = children("sd:ContentGuideSource", ContentGuideSource)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prominence(Record):
    """How far in front a service is to be shown: 1 first."""

    country: str = attribute("country")
    region: str = attribute("region")
    ranking: int | None = attribute("ranking", "integer", None)
    value: str = content()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProminenceList(Record):
    """Prominences by country and region."""

    prominences: tuple[Prominence, ...] = children("sd:Prominence", Prominence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Record):
    """A service with its instances."""

    version: int = required("version", "integer", 1)
    dynamic: bool = attribute("dynamic", "boolean", False)
    replay_available: bool = attribute("replayAvailable", "boolean", False)
    unique_identifier: str = child("sd:UniqueIdentifier", default="")
    service_instances: tuple[ServiceInstance, ...] = children("sd:ServiceInstance", ServiceInstance)
    target_regions: tuple[str, ...] = children("sd:TargetRegion")
    service_names: tuple[Text, ...] = children("sd:ServiceName", Text)
    provider_names: tuple[Text, ...] = children("sd:ProviderName", Text)
    related_materials: tuple[RelatedMaterial, ...] = children("sd:RelatedMaterial", RelatedMaterial)
    service_genres: tuple[ControlledTerm, ...] = children("sd:ServiceGenre", ControlledTerm)
    service_type: ControlledTerm | None = child("sd:ServiceType", ControlledTerm)
    service_descriptions: tuple[Text, ...] = children("sd:ServiceDescription", Text)
    recording_info: ControlledTerm | None = child("sd:RecordingInfo", ControlledTerm)
    content_guide_source: ContentGuideSource | None = child("sd:ContentGuideSource", ContentGuideSource)
    content_guide_source_ref: str | None = child("sd:ContentGuideSourceRef")
    content_guide_service_ref: str | None = child("sd:ContentGuideServiceRef")
    additional_service_parameters: tuple[Node, ...] = children("sd:AdditionalServiceParameters", "node")
    nvod: Node | None = child("sd:NVOD", "node")
    prominence_list: ProminenceList | None = child("sd:ProminenceList", ProminenceList)
    parental_rating: Node | None = child("sd:ParentalRating", "node")

    @property
    def guide_ref(self) -> str:
        """What a guide is asked for this service by: ContentGuideServiceRef, else the UniqueIdentifier."""
        return self.content_guide_service_ref or self.unique_identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceList(Record):
    """A whole list. ``version`` rises with each change; ``lang`` is the language of what says none."""

    id: str = required("id")
    version: int = required("version", "integer", 1)
    response_status: str = attribute("responseStatus")
    standard_versions: tuple[str, ...] = children("sd:StandardVersion")
    names: tuple[Text, ...] = children("sd:Name", Text)
    provider_names: tuple[Text, ...] = children("sd:ProviderName", Text)
    requires: tuple[Node, ...] = children("sd:Requires", "node")
    signature_policies: Node | None = child("sd:SignaturePolicies", "node")
    language_list: Node | None = child("sd:LanguageList", "node")
    related_materials: tuple[RelatedMaterial, ...] = children("sd:RelatedMaterial", RelatedMaterial)
    region_list: RegionList | None = child("sd:RegionList", RegionList)
    target_regions: tuple[str, ...] = children("sd:TargetRegion")
    lcn_table_list: LCNTableList | None = child("sd:LCNTableList", LCNTableList)
    content_guide_source_list: ContentGuideSourceList | None = child(
        "sd:ContentGuideSourceList", ContentGuideSourceList
    )
    content_guide_source: ContentGuideSource | None = child("sd:ContentGuideSource", ContentGuideSource)
    services: tuple[Service, ...] = children("sd:Service", Service)
    test_services: tuple[Service, ...] = children("sd:TestService", Service)
    subscription_package_list: Node | None = child("sd:SubscriptionPackageList", "node")


def read_service_list(octets: bytes) -> tuple[ServiceList, dict[str, int]]:
    """Return the list and what of it was kept without being understood, by name, with how often.

    Raises
    ------
    WireError    no XML, not a ServiceList, or out of bounds
    """
    root = read_node(octets, "ServiceList")
    if root.name != "sd:ServiceList":
        raise WireError("ServiceList", 0, "ServiceList of urn:dvb:metadata:servicediscovery", root.name)
    faults: Faults = Counter()
    return from_node(ServiceList, root, faults), dict(faults)


def service_list_document(service_list: ServiceList, **options: Any) -> bytes:
    """Return the document of a list, in UTF-8; ``edition`` as in :func:`yiwang.dvbi.node.node_document`."""
    return node_document(to_node(service_list, "sd:ServiceList"), **options)
