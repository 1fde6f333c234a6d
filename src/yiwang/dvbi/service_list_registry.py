"""ServiceListEntryPoints (TS 103 770 5.3): which lists there are, and where."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from yiwang.base.errors import WireError
from yiwang.dvbi.binding import Faults, Record, attribute, child, children, from_node, to_node
from yiwang.dvbi.common import ControlledTerm, ExtendedURI, RelatedMaterial, Text
from yiwang.dvbi.node import Node, node_document, read_node

CONTENT_TYPE = "application/xml"
LIST_TYPE = "application/xml"
"""What a ServiceListURI says of a list of A177r7 and later, table 12; it was `service_list.CONTENT_TYPE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(Record):
    """Who keeps the registry or provides lists; addresses are kept as they are."""

    regulator_flag: bool = attribute("regulatorFlag", "boolean", False)
    icons: tuple[Node, ...] = children("mpeg7:Icon", "node")
    names: tuple[Text, ...] = children("sld:Name", Text)
    kind: Node | None = child("sld:Kind", "node")
    contact_name: Node | None = child("sld:ContactName", "node")
    jurisdiction: Node | None = child("sld:Jurisdiction", "node")
    address: Node | None = child("sld:Address", "node")
    electronic_address: Node | None = child("sld:ElectronicAddress", "node")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Record):
    """By which ways the services of a list come."""

    dash: Node | None = child("types:DASHDelivery", "node")
    dvbt: tuple[Node, ...] = children("types:DVBTDelivery", "node")
    dvbc: tuple[Node, ...] = children("types:DVBCDelivery", "node")
    dvbs: tuple[Node, ...] = children("types:DVBSDelivery", "node")
    rtsp: Node | None = child("types:RTSPDelivery", "node")
    multicast_ts: Node | None = child("types:MulticastTSDelivery", "node")
    application: Node | None = child("types:ApplicationDelivery", "node")
    others: tuple[Node, ...] = children("types:OtherDeliveryParameters", "node")


def ip_delivery(dash: bool = True, multicast_ts: bool = False) -> Delivery:
    """Return a Delivery of IP."""
    return Delivery(
        dash=Node("types:DASHDelivery", {"required": "true"}) if dash else None,
        multicast_ts=Node("types:MulticastTSDelivery", {"required": "false"}) if multicast_ts else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceListOffering(Record):
    """One list: its names, where it is (several content types or editions), for which countries (ISO 3166-1 alpha-3)."""

    regulator_list_flag: bool = attribute("regulatorListFlag", "boolean", False)
    service_list_names: tuple[Text, ...] = children("types:ServiceListName", Text)
    service_list_uris: tuple[ExtendedURI, ...] = children("types:ServiceListURI", ExtendedURI)
    delivery: Delivery | None = child("types:Delivery", Delivery)
    languages: tuple[str, ...] = children("types:Language")
    genres: tuple[ControlledTerm, ...] = children("types:Genre", ControlledTerm)
    target_countries: tuple[str, ...] = children("types:TargetCountry")
    related_materials: tuple[RelatedMaterial, ...] = children("types:RelatedMaterial", RelatedMaterial)
    srs_support: Node | None = child("types:SRSSupport", "node")
    service_list_id: str | None = child("types:ServiceListId")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOffering(Record):
    """The lists of one provider."""

    provider: Organization | None = child("sld:Provider", Organization)
    service_list_offerings: tuple[ServiceListOffering, ...] = children("sld:ServiceListOffering", ServiceListOffering)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceListEntryPoints(Record):
    """A whole registry, or its answer to a query."""

    version: int | None = attribute("version", "integer", None)
    service_list_registry_entity: Organization | None = child("sld:ServiceListRegistryEntity", Organization)
    signature_policies: Node | None = child("sld:SignaturePolicies", "node")
    provider_offerings: tuple[ProviderOffering, ...] = children("sld:ProviderOffering", ProviderOffering)
    extensions: tuple[Node, ...] = children("sld:Extension", "node")


def read_service_list_entry_points(octets: bytes) -> tuple[ServiceListEntryPoints, dict[str, int]]:
    """Return the registry and what was kept without being understood; WireError as for a list."""
    root = read_node(octets, "ServiceListEntryPoints")
    if root.name != "sld:ServiceListEntryPoints":
        raise WireError("ServiceListEntryPoints", 0, "ServiceListEntryPoints", root.name)
    faults: Faults = Counter()
    return from_node(ServiceListEntryPoints, root, faults), dict(faults)


def service_list_entry_points_document(entry_points: ServiceListEntryPoints, **options: Any) -> bytes:
    """Return the document of a registry, in UTF-8."""
    return node_document(to_node(entry_points, "sld:ServiceListEntryPoints"), **options)
