"""Descriptors of events in an EIT."""

from dataclasses import dataclass
from typing import ClassVar

from yiwang.mpegts.descriptors.layout import (
    LaidOut,
    Layout,
    flag,
    language,
    loop,
    octets,
    reserved,
    rest,
    rest_text,
    text,
    u,
)
from yiwang.mpegts.dvb_text import DvbText


@dataclass(frozen=True, slots=True)
class TvaId(LaidOut):
    """An identifier and its running status."""

    LAYOUT: ClassVar[Layout] = (u("tva_id", 16), reserved(5), u("running_status", 3))

    tva_id: int
    running_status: int


@dataclass(frozen=True, slots=True)
class Crid(LaidOut):
    """A CRID: here (``crid_location`` 0), or by reference to a content identifier table (1)."""

    LAYOUT: ClassVar[Layout] = (
        u("crid_type", 6),
        u("crid_location", 2),
        octets("crid").if_(lambda v: v["crid_location"] == 0),
        u("crid_ref", 16).if_(lambda v: v["crid_location"] == 1),
    )

    crid_type: int
    crid_location: int
    crid: bytes | None
    crid_ref: int | None


@dataclass(frozen=True, slots=True)
class ExtendedEventItem(LaidOut):
    """A line such as "Director": who."""

    LAYOUT: ClassVar[Layout] = (
        text("item_description"),
        text("item"),
    )

    item_description: DvbText
    item: DvbText


@dataclass(frozen=True, slots=True)
class ExtendedEventDescriptor(LaidOut):
    """EN 300 468 6.2.15: a longer text, in up to sixteen descriptors."""

    TAG: ClassVar[int] = 0x4E
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("descriptor_number", 4),
        u("last_descriptor_number", 4),
        language("language"),
        loop("items", ExtendedEventItem, 8),
        text("text"),
    )

    descriptor_number: int
    last_descriptor_number: int
    language: str
    items: tuple[ExtendedEventItem, ...]
    text: DvbText


@dataclass(frozen=True, slots=True)
class Content(LaidOut):
    """A genre: EN 300 468 table 29."""

    LAYOUT: ClassVar[Layout] = (
        u("content_nibble_level_1", 4),
        u("content_nibble_level_2", 4),
        u("user_byte", 8),
    )

    content_nibble_level_1: int
    content_nibble_level_2: int
    user_byte: int


@dataclass(frozen=True, slots=True)
class ContentDescriptor(LaidOut):
    """EN 300 468 6.2.9."""

    TAG: ClassVar[int] = 0x54
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("contents", Content),)

    contents: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class ParentalRating(LaidOut):
    """An age: ``rating`` + 3 years for 0x01 to 0x0F."""

    LAYOUT: ClassVar[Layout] = (
        language("country_code"),
        u("rating", 8),
    )

    country_code: str
    rating: int


@dataclass(frozen=True, slots=True)
class ParentalRatingDescriptor(LaidOut):
    """EN 300 468 6.2.28."""

    TAG: ClassVar[int] = 0x55
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("ratings", ParentalRating),)

    ratings: tuple[ParentalRating, ...]


@dataclass(frozen=True, slots=True)
class ComponentDescriptor(LaidOut):
    """EN 300 468 6.2.8. ``stream_content`` and ``component_type``: table 26."""

    TAG: ClassVar[int] = 0x50
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("stream_content_ext", 4),
        u("stream_content", 4),
        u("component_type", 8),
        u("component_tag", 8),
        language("language"),
        rest_text("text"),
    )

    stream_content_ext: int
    stream_content: int
    component_type: int
    component_tag: int
    language: str
    text: DvbText


@dataclass(frozen=True, slots=True)
class TelephoneDescriptor(LaidOut):
    """EN 300 468 6.2.42; the numbers as octets."""

    TAG: ClassVar[int] = 0x57
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        reserved(2),
        flag("foreign_availability"),
        u("connection_type", 5),
        rest("numbers"),
    )

    foreign_availability: bool
    connection_type: int
    numbers: bytes


@dataclass(frozen=True, slots=True)
class PdcDescriptor(LaidOut):
    """EN 300 468 6.2.30. ``programme_identification_label``: day, month, hour, minute of the announced start."""

    TAG: ClassVar[int] = 0x69
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        reserved(4),
        u("programme_identification_label", 20),
    )

    programme_identification_label: int


@dataclass(frozen=True, slots=True)
class ShortSmoothingBufferDescriptor(LaidOut):
    """EN 300 468 6.2.38."""

    TAG: ClassVar[int] = 0x61
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        u("sb_size", 2),
        u("sb_leak_rate", 6),
        rest("reserved_octets"),
    )

    sb_size: int
    sb_leak_rate: int
    reserved_octets: bytes


@dataclass(frozen=True, slots=True)
class TvaIdDescriptor(LaidOut):
    """TS 102 323 11.2.4: TVA_ids and their running status."""

    TAG: ClassVar[int] = 0x75
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("ids", TvaId),)

    ids: tuple[TvaId, ...]


@dataclass(frozen=True, slots=True)
class ContentIdentifierDescriptor(LaidOut):
    """TS 102 323 12.1: CRIDs of the event, of its series."""

    TAG: ClassVar[int] = 0x76
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("crids", Crid),)

    crids: tuple[Crid, ...]


@dataclass(frozen=True, slots=True)
class RelatedContentDescriptor(LaidOut):
    """TS 102 323 10.3: this component carries a related content table."""

    TAG: ClassVar[int] = 0x74
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (rest("reserved_octets"),)

    reserved_octets: bytes


@dataclass(frozen=True, slots=True)
class DefaultAuthorityDescriptor(LaidOut):
    """TS 102 323 12.2: what CRIDs without an authority have."""

    TAG: ClassVar[int] = 0x73
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (rest("default_authority"),)

    default_authority: bytes


@dataclass(frozen=True, slots=True)
class FtaContentManagementDescriptor(LaidOut):
    """EN 300 468 6.2.18: what may be done with content in the clear."""

    TAG: ClassVar[int] = 0x7E
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (
        reserved(1),
        flag("user_defined"),
        reserved(2),
        flag("do_not_scramble"),
        u("control_remote_access_over_internet", 2),
        flag("do_not_apply_revocation"),
    )

    user_defined: bool
    do_not_scramble: bool
    control_remote_access_over_internet: int
    do_not_apply_revocation: bool
