"""Names of networks, bouquets, services and components in several languages."""

from dataclasses import dataclass
from typing import ClassVar

from yiwang.mpegts.descriptors.layout import LaidOut, Layout, language, loop, octets, reserved, rest, rest_text, text, u
from yiwang.mpegts.dvb_text import DvbText


@dataclass(frozen=True, slots=True)
class NameInLanguage(LaidOut):
    """A name."""

    LAYOUT: ClassVar[Layout] = (
        language("language"),
        text("name"),
    )

    language: str
    name: DvbText


@dataclass(frozen=True, slots=True)
class ServiceNameInLanguage(LaidOut):
    """A service's provider and name."""

    LAYOUT: ClassVar[Layout] = (
        language("language"),
        text("service_provider_name"),
        text("service_name"),
    )

    language: str
    service_provider_name: DvbText
    service_name: DvbText


@dataclass(frozen=True, slots=True)
class MultilingualNetworkNameDescriptor(LaidOut):
    """EN 300 468 6.2.24."""

    TAG: ClassVar[int] = 0x5B
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("names", NameInLanguage),)

    names: tuple[NameInLanguage, ...]


@dataclass(frozen=True, slots=True)
class MultilingualBouquetNameDescriptor(LaidOut):
    """EN 300 468 6.2.22."""

    TAG: ClassVar[int] = 0x5C
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("names", NameInLanguage),)

    names: tuple[NameInLanguage, ...]


@dataclass(frozen=True, slots=True)
class MultilingualServiceNameDescriptor(LaidOut):
    """EN 300 468 6.2.25."""

    TAG: ClassVar[int] = 0x5D
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("names", ServiceNameInLanguage),)

    names: tuple[ServiceNameInLanguage, ...]


@dataclass(frozen=True, slots=True)
class MultilingualComponentDescriptor(LaidOut):
    """EN 300 468 6.2.23."""

    TAG: ClassVar[int] = 0x5E
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("component_tag", 8),
        loop("names", NameInLanguage),
    )

    component_tag: int
    names: tuple[NameInLanguage, ...]


@dataclass(frozen=True, slots=True)
class TargetRegionNameDescriptor(LaidOut):
    """EN 300 468 6.4; the regions as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x0A
    LAYOUT: ClassVar[Layout] = (
        language("country_code"),
        language("language"),
        rest("regions"),
    )

    country_code: str
    language: str
    regions: bytes


@dataclass(frozen=True, slots=True)
class TargetRegionDescriptor(LaidOut):
    """EN 300 468 6.4; the regions as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x09
    LAYOUT: ClassVar[Layout] = (
        language("country_code"),
        rest("regions"),
    )

    country_code: str
    regions: bytes


@dataclass(frozen=True, slots=True)
class MessageDescriptor(LaidOut):
    """EN 300 468 6.4."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x08
    LAYOUT: ClassVar[Layout] = (
        u("message_id", 8),
        language("language"),
        rest_text("text"),
    )

    message_id: int
    language: str
    text: DvbText


@dataclass(frozen=True, slots=True)
class NetworkChangeNotifyDescriptor(LaidOut):
    """EN 300 468 6.4; the cells' changes as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x07
    LAYOUT: ClassVar[Layout] = (rest("cells"),)

    cells: bytes


@dataclass(frozen=True, slots=True)
class ImageIconDescriptor(LaidOut):
    """EN 300 468 6.4: part of an icon; from the first part on, position and type as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x00
    LAYOUT: ClassVar[Layout] = (
        u("descriptor_number", 4),
        u("last_descriptor_number", 4),
        reserved(5),
        u("icon_id", 3),
        rest("icon"),
    )

    descriptor_number: int
    last_descriptor_number: int
    icon_id: int
    icon: bytes


@dataclass(frozen=True, slots=True)
class ServiceProminenceDescriptor(LaidOut):
    """EN 300 468 6.4; as octets."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x22
    LAYOUT: ClassVar[Layout] = (
        octets("sogi_list"),
        rest("private_data"),
    )

    sogi_list: bytes
    private_data: bytes
