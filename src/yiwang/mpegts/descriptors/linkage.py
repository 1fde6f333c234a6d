"""Descriptors that point from one service, event or table to another."""

from dataclasses import dataclass
from typing import ClassVar

from yiwang.mpegts.descriptors.layout import LaidOut, Layout, flag, language, loop, octets, reserved, rest, u


@dataclass(frozen=True, slots=True)
class ReferredService(LaidOut):
    """A service that shows the same at another time."""

    LAYOUT: ClassVar[Layout] = (
        u("transport_stream_id", 16),
        u("original_network_id", 16),
        u("service_id", 16),
    )

    transport_stream_id: int
    original_network_id: int
    service_id: int


@dataclass(frozen=True, slots=True)
class CaSystem(LaidOut):
    """A conditional access system."""

    LAYOUT: ClassVar[Layout] = (u("ca_system_id", 16),)

    ca_system_id: int


@dataclass(frozen=True, slots=True)
class Cell(LaidOut):
    """A cell of a terrestrial network."""

    LAYOUT: ClassVar[Layout] = (u("cell_id", 16),)

    cell_id: int


@dataclass(frozen=True, slots=True)
class Country(LaidOut):
    """A country, by ISO 3166."""

    LAYOUT: ClassVar[Layout] = (language("country_code"),)

    country_code: str


@dataclass(frozen=True, slots=True)
class LinkageDescriptor(LaidOut):
    """EN 300 468 6.2.19. ``private_data``: what linkage_type (table 58) puts there."""

    TAG: ClassVar[int] = 0x4A
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("transport_stream_id", 16),
        u("original_network_id", 16),
        u("service_id", 16),
        u("linkage_type", 8),
        rest("private_data"),
    )

    transport_stream_id: int
    original_network_id: int
    service_id: int
    linkage_type: int
    private_data: bytes


@dataclass(frozen=True, slots=True)
class NvodReferenceDescriptor(LaidOut):
    """EN 300 468 6.2.26."""

    TAG: ClassVar[int] = 0x4B
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("services", ReferredService),)

    services: tuple[ReferredService, ...]


@dataclass(frozen=True, slots=True)
class TimeShiftedServiceDescriptor(LaidOut):
    """EN 300 468 6.2.45."""

    TAG: ClassVar[int] = 0x4C
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (u("reference_service_id", 16),)

    reference_service_id: int


@dataclass(frozen=True, slots=True)
class TimeShiftedEventDescriptor(LaidOut):
    """EN 300 468 6.2.44."""

    TAG: ClassVar[int] = 0x4F
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("reference_service_id", 16),
        u("reference_event_id", 16),
    )

    reference_service_id: int
    reference_event_id: int


@dataclass(frozen=True, slots=True)
class MosaicDescriptor(LaidOut):
    """EN 300 468 6.2.21: the grid; the cells as octets."""

    TAG: ClassVar[int] = 0x51
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("mosaic_entry_point"),
        u("number_of_horizontal_elementary_cells", 3),
        reserved(1),
        u("number_of_vertical_elementary_cells", 3),
        rest("cells"),
    )

    mosaic_entry_point: bool
    number_of_horizontal_elementary_cells: int
    number_of_vertical_elementary_cells: int
    cells: bytes


@dataclass(frozen=True, slots=True)
class CaIdentifierDescriptor(LaidOut):
    """EN 300 468 6.2.5. ``ca_systems``: CA_system_ids."""

    TAG: ClassVar[int] = 0x53
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("ca_systems", CaSystem),)

    ca_systems: tuple[CaSystem, ...]


@dataclass(frozen=True, slots=True)
class ServiceMoveDescriptor(LaidOut):
    """EN 300 468 6.2.36."""

    TAG: ClassVar[int] = 0x60
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("new_original_network_id", 16),
        u("new_transport_stream_id", 16),
        u("new_service_id", 16),
    )

    new_original_network_id: int
    new_transport_stream_id: int
    new_service_id: int


@dataclass(frozen=True, slots=True)
class ServiceRelocatedDescriptor(LaidOut):
    """EN 300 468 6.4."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x0B
    LAYOUT: ClassVar[Layout] = (
        u("old_original_network_id", 16),
        u("old_transport_stream_id", 16),
        u("old_service_id", 16),
    )

    old_original_network_id: int
    old_transport_stream_id: int
    old_service_id: int


@dataclass(frozen=True, slots=True)
class UriLinkageDescriptor(LaidOut):
    """TS 101 162; EN 300 468 6.4. ``uri`` is UTF-8; ``min_polling_interval`` in 2 s."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x13
    LAYOUT: ClassVar[Layout] = (
        u("uri_linkage_type", 8),
        octets("uri"),
        u("min_polling_interval", 16).if_(lambda v: v["uri_linkage_type"] in (0, 1)),
        rest("private_data"),
    )

    uri_linkage_type: int
    uri: bytes
    min_polling_interval: int | None
    private_data: bytes


@dataclass(frozen=True, slots=True)
class ServiceAvailabilityDescriptor(LaidOut):
    """EN 300 468 6.2.34. ``cells``: cell_ids."""

    TAG: ClassVar[int] = 0x72
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("availability_flag"),
        reserved(7),
        loop("cells", Cell),
    )

    availability_flag: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CountryAvailabilityDescriptor(LaidOut):
    """EN 300 468 6.2.10: where the service may be received, or may not."""

    TAG: ClassVar[int] = 0x49
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        flag("country_availability_flag"),
        reserved(7),
        loop("countries", Country),
    )

    country_availability_flag: bool
    countries: tuple[Country, ...]


@dataclass(frozen=True, slots=True)
class AnnouncementSupportDescriptor(LaidOut):
    """EN 300 468 6.2.3: emergency and traffic announcements; the links as octets."""

    TAG: ClassVar[int] = 0x6E
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("announcement_support_indicator", 16),
        rest("announcements"),
    )

    announcement_support_indicator: int
    announcements: bytes


@dataclass(frozen=True, slots=True)
class TransportStreamDescriptor(LaidOut):
    """EN 300 468 6.2.46."""

    TAG: ClassVar[int] = 0x67
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (rest("octets_of_text"),)

    octets_of_text: bytes


@dataclass(frozen=True, slots=True)
class ServiceIdentifierDescriptor(LaidOut):
    """TS 102 809 6.2.1: a textual identifier, ASCII."""

    TAG: ClassVar[int] = 0x71
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (rest("textual_service_identifier"),)

    textual_service_identifier: bytes
