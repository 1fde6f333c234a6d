"""ServiceInstance (TS 103 770 5.5.4): one way to receive a service, with its delivery parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from yiwang.dvbi.binding import Record, attribute, child, children, content, required
from yiwang.dvbi.common import ExtendedURI, RelatedMaterial, Text, Uri, extended_uri
from yiwang.dvbi.node import Node

DASH = "application/dash+xml"
HLS = "application/vnd.apple.mpegurl"
TRANSPORT_STREAM = "video/mp2t"
HLS_EXTENSION = "vnd.apple.mpegurl"
_HLS_TYPE = re.compile(r"\s*(?:application|audio)/(?:vnd\.apple\.|x-)?mpegurl\s*(?:;.*)?", re.IGNORECASE)
_HLS_NAMESPACE = "{vnd:apple:mpegurl}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DVBTriplet(Record):
    """original_network_id, transport_stream_id, service_id; None: not said."""

    orig_net_id: int | None = attribute("origNetId", "integer", None)
    ts_id: int | None = attribute("tsId", "integer", None)
    service_id: int = required("serviceId", "integer", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DVBTDeliveryParameters(Record):
    """Terrestrial."""

    triplet: DVBTriplet | None = child("sd:DVBTriplet", DVBTriplet)
    target_country: str | None = child("sd:TargetCountry")


@dataclass(frozen=True, slots=True, kw_only=True)
class DVBSDeliveryParameters(Record):
    """Satellite. ``orbital_position`` is degrees east as written; frequency in kHz by the schema; others as written."""

    triplet: DVBTriplet | None = child("sd:DVBTriplet", DVBTriplet)
    orbital_position: str | None = child("sd:OrbitalPosition")
    frequency: int | None = child("sd:Frequency", "integer")
    polarization: str | None = child("sd:Polarization")
    symbol_rate: int | None = child("sd:SymbolRate", "integer")
    roll_off: str | None = child("sd:RollOff")
    modulation_system: str | None = child("sd:ModulationSystem")
    modulation_type: str | None = child("sd:ModulationType")
    fec: str | None = child("sd:FEC")
    modcod_mode: str | None = child("sd:ModcodMode")
    input_stream_identifier: int | None = child("sd:InputStreamIdentifier", "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class DVBCDeliveryParameters(Record):
    """Cable."""

    triplet: DVBTriplet | None = child("sd:DVBTriplet", DVBTriplet)
    target_country: str | None = child("sd:TargetCountry")
    network_ids: tuple[int, ...] = children("sd:NetworkID", "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class RTSPURL(Record):
    """A URL of RTSP."""

    value: str = content()
    control_url: str = attribute("RTSPControlURL")


@dataclass(frozen=True, slots=True, kw_only=True)
class RTSPDeliveryParameters(Record):
    """Unicast IPTV."""

    triplet: DVBTriplet | None = child("sd:DVBTriplet", DVBTriplet)
    rtsp_url: RTSPURL | None = child("sd:RTSPURL", RTSPURL)
    minimum_bit_rate_bps: int | None = child("sd:MinimumBitRate", "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class IPMulticastAddress(Record):
    """A group, IPv4 or IPv6; ``source`` for source-specific multicast; ``streaming`` rtp or udp, empty: rtp."""

    source: str = attribute("Source")
    address: str = required("Address")
    port: int = required("Port", "integer", 0)
    streaming: str = attribute("Streaming")


@dataclass(frozen=True, slots=True, kw_only=True)
class MulticastTSDeliveryParameters(Record):
    """A transport stream by IP multicast."""

    triplet: DVBTriplet | None = child("sd:DVBTriplet", DVBTriplet)
    ip_multicast_address: IPMulticastAddress | None = child("sd:IPMulticastAddress", IPMulticastAddress)
    minimum_bit_rate_bps: int | None = child("sd:MinimumBitRate", "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class DASHDeliveryParameters(Record):
    """DASH."""

    uri_based_location: ExtendedURI | None = child("sd:UriBasedLocation", ExtendedURI)
    minimum_bit_rate_bps: int | None = child("sd:MinimumBitRate", "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDeliveryParameters(Record):
    """A delivery by extension. HLS is one (TS 103 770 annex G): ``hls_delivery`` makes it, ``hls_uri`` reads it."""

    extension_name: str = required("extensionName")
    type: str = attribute("xsi:type")
    hls_location: ExtendedURI | None = child(_HLS_NAMESPACE + "UriBasedLocation", ExtendedURI)

    @property
    def hls_uri(self) -> str | None:
        """URI of the playlist, if this is HLS."""
        location = self.hls_location
        return location.uri.value if location is not None and location.uri is not None else None

    @property
    def hls_uri_in_old_words(self) -> str | None:
        """URI of a playlist in an extension that is none of TS 103 770, as lists before its annex G have it."""
        uris = (uri for kept in self.kept for uri in _hls_uris(kept.node))
        return next(uris, None)


def _hls_uris(node: Node, depth: int = 0) -> Iterator[str]:
    """Yield what stands within an element that says it is of HLS."""
    if _HLS_TYPE.fullmatch(node.attributes.get("contentType", "")):
        texts = (one.text.strip() for one in (node, *node.children))
        yield from (text for text in texts if text.lower().startswith(("http://", "https://")))
    elif depth < 4:
        for child_node in node.children:
            yield from _hls_uris(child_node, depth + 1)


def hls_delivery(uri: str) -> OtherDeliveryParameters:
    """Return the delivery parameters of an HLS playlist."""
    return OtherDeliveryParameters(
        extension_name=HLS_EXTENSION, type=_HLS_NAMESPACE + "m3u8RefType", hls_location=extended_uri(uri, HLS)
    )


def dash_delivery(uri: str) -> DASHDeliveryParameters:
    """Return the delivery parameters of a DASH presentation."""
    return DASHDeliveryParameters(uri_based_location=ExtendedURI(uri=Uri(value=uri), content_type=DASH))


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierBasedDeliveryParameters(Record):
    """A delivery known by an identifier, as 5G Broadcast."""

    value: str = content()
    content_type: str = attribute("contentType")


def transport_stream_delivery(uri: str) -> IdentifierBasedDeliveryParameters:
    """Return the delivery of a transport stream over HTTP: by its URL and content type, as TS 103 770 G.2.3 has HLS."""
    return IdentifierBasedDeliveryParameters(value=uri, content_type=TRANSPORT_STREAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval(Record):
    """Hours of days at which an instance is there, UTC as written; days 1 Monday to 7 Sunday."""

    days: str = attribute("days", default="1 2 3 4 5 6 7")
    recurrence: int = attribute("recurrence", "integer", 1)
    start_time: str = attribute("startTime", default="00:00:00Z")
    end_time: str = attribute("endTime", default="23:59:59.999Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period(Record):
    """Days between which an instance is there; without intervals all the time."""

    valid_from_ms: int | None = attribute("validFrom", "moment_ms", None)
    valid_to_ms: int | None = attribute("validTo", "moment_ms", None)
    intervals: tuple[Interval, ...] = children("sd:Interval", Interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability(Record):
    """When an instance is there."""

    periods: tuple[Period, ...] = children("sd:Period", Period)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInstance(Record):
    """One way to receive a service; the lowest ``priority`` is tried first."""

    priority: int = attribute("priority", "integer", 0)
    id: str = attribute("id")
    display_names: tuple[Text, ...] = children("sd:DisplayName", Text)
    related_materials: tuple[RelatedMaterial, ...] = children("sd:RelatedMaterial", RelatedMaterial)
    content_protections: tuple[Node, ...] = children("sd:ContentProtection", "node")
    content_attributes: Node | None = child("sd:ContentAttributes", "node")
    availability: Availability | None = child("sd:Availability", Availability)
    subscription_packages: tuple[Text, ...] = children("sd:SubscriptionPackage", Text)
    fta_content_management: Node | None = child("sd:FTAContentManagement", "node")
    source_type: str | None = child("sd:SourceType")  # deprecated
    alt_service_names: tuple[str, ...] = children("sd:AltServiceName")
    dvbt: DVBTDeliveryParameters | None = child("sd:DVBTDeliveryParameters", DVBTDeliveryParameters)
    dvbs: DVBSDeliveryParameters | None = child("sd:DVBSDeliveryParameters", DVBSDeliveryParameters)
    satip: Node | None = child("sd:SATIPDeliveryParameters", "node")
    dvbc: DVBCDeliveryParameters | None = child("sd:DVBCDeliveryParameters", DVBCDeliveryParameters)
    rtsp: RTSPDeliveryParameters | None = child("sd:RTSPDeliveryParameters", RTSPDeliveryParameters)
    dash: DASHDeliveryParameters | None = child("sd:DASHDeliveryParameters", DASHDeliveryParameters)
    multicast_ts: MulticastTSDeliveryParameters | None = child(
        "sd:MulticastTSDeliveryParameters", MulticastTSDeliveryParameters
    )
    other: OtherDeliveryParameters | None = child("sd:OtherDeliveryParameters", OtherDeliveryParameters)
    identifier_based: IdentifierBasedDeliveryParameters | None = child(
        "sd:IdentifierBasedDeliveryParameters", IdentifierBasedDeliveryParameters
    )

    @property
    def transport_stream_uri(self) -> str:
        """URL of a transport stream over HTTP, if this is one; else empty."""
        by = self.identifier_based
        if by is None or by.content_type.partition(";")[0].strip().lower() != TRANSPORT_STREAM:
            return ""
        uri = by.value.strip()
        return uri if uri.lower().startswith(("http://", "https://")) else ""

    @property
    def hls_uri(self) -> str | None:
        """URI of an HLS playlist, if this is one."""
        return self.other.hls_uri if self.other is not None else None


def with_hls_of_today(instance: ServiceInstance) -> ServiceInstance:
    """Return an instance of which HLS is said as TS 103 770 annex G has it: some lists say it by another delivery's type."""
    dash, by = instance.dash, instance.identifier_based
    location = dash.uri_based_location if dash is not None else None
    if instance.hls_uri:
        return instance
    if instance.other is not None and (uri := instance.other.hls_uri_in_old_words):
        return replace(instance, other=hls_delivery(uri))
    if by is not None and _HLS_TYPE.fullmatch(by.content_type) and instance.other is None:
        return replace(instance, identifier_based=None, other=hls_delivery(by.value.strip()))
    if location is not None and location.uri is not None and _HLS_TYPE.fullmatch(location.content_type):
        return replace(instance, dash=None, other=instance.other or hls_delivery(location.uri.value))
    return instance
