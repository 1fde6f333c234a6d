"""Content guide documents: TVAMain of TV-Anytime (TS 102 822-3-1) as TS 103 770 6 profiles it.

Now/next and schedules have programmes and a Schedule; programme information has one programme and its event or on-demand
instances; more episodes has programmes and on-demand instances. Times are milliseconds since 1970 UTC.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from yiwang.base.errors import WireError
from yiwang.dvbi.binding import Faults, Record, attribute, child, children, from_node, required, to_node
from yiwang.dvbi.common import ControlledTerm, MediaUri, RelatedMaterial, Text
from yiwang.dvbi.node import Node, node_document, read_node

CONTENT_TYPE = "application/xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentalGuidance(Record):
    """An age, or a rating of a scheme, with its reasons; countries as written."""

    minimum_age: int | None = child("mpeg7:MinimumAge", "integer")
    parental_rating: ControlledTerm | None = child("mpeg7:ParentalRating", ControlledTerm)
    explanatory_texts: tuple[Text, ...] = children("tva:ExplanatoryText", Text)
    country_codes: str | None = child("tva:CountryCodes")


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicDescription(Record):
    """What a programme or a group is."""

    titles: tuple[Text, ...] = children("tva:Title", Text)
    short_titles: tuple[Text, ...] = children("tva:ShortTitle", Text)
    synopses: tuple[Text, ...] = children("tva:Synopsis", Text)
    keywords: tuple[Text, ...] = children("tva:Keyword", Text)
    genres: tuple[ControlledTerm, ...] = children("tva:Genre", ControlledTerm)
    parental_guidances: tuple[ParentalGuidance, ...] = children("tva:ParentalGuidance", ParentalGuidance)
    languages: tuple[Node, ...] = children("tva:Language", "node")
    credits_list: Node | None = child("tva:CreditsList", "node")
    related_materials: tuple[RelatedMaterial, ...] = children("tva:RelatedMaterial", RelatedMaterial)
    production_date: Node | None = child("tva:ProductionDate", "node")
    duration_ms: int | None = child("tva:Duration", "duration_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class CRIDRef(Record):
    """A reference to a programme or group; ``index``: which episode of it."""

    type: str = attribute("xsi:type")
    crid: str = required("crid")
    index: int | None = attribute("index", "integer", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramInformation(Record):
    """A programme, whenever it is shown."""

    program_id: str = required("programId")
    basic_description: BasicDescription = child("tva:BasicDescription", BasicDescription, default=BasicDescription())
    other_identifiers: tuple[Node, ...] = children("tva:OtherIdentifier", "node")
    member_ofs: tuple[CRIDRef, ...] = children("tva:MemberOf", CRIDRef)
    episode_of: CRIDRef | None = child("tva:EpisodeOf", CRIDRef)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInformation(Record):
    """A series or a collection."""

    group_id: str = required("groupId")
    ordered: bool = attribute("ordered", "boolean", False)
    num_of_items: int | None = attribute("numOfItems", "integer", None)
    service_id_ref: str = attribute("serviceIDRef")
    group_type: Node | None = child("tva:GroupType", "node")
    basic_description: BasicDescription = child(
        "tva:BasicDescription", BasicDescription, default=BasicDescription(), always=True
    )
    member_ofs: tuple[CRIDRef, ...] = children("tva:MemberOf", CRIDRef)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Record):
    """tva:FlagType."""

    value: bool = required("value", "boolean", True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEvent(Record):
    """A programme at a time on a service; ``service_id_ref`` only outside a Schedule."""

    service_id_ref: str = attribute("serviceIDRef")
    program: CRIDRef | None = child("tva:Program", CRIDRef)
    program_urls: tuple[MediaUri, ...] = children("tva:ProgramURL", MediaUri)
    auxiliary_urls: tuple[MediaUri, ...] = children("tva:AuxiliaryURL", MediaUri)
    instance_metadata_id: str | None = child("tva:InstanceMetadataId")
    instance_descriptions: tuple[Node, ...] = children("tva:InstanceDescription", "node")
    published_start_time_ms: int | None = child("tva:PublishedStartTime", "moment_ms")
    published_end_time_ms: int | None = child("tva:PublishedEndTime", "moment_ms")
    published_duration_ms: int | None = child("tva:PublishedDuration", "duration_ms")
    actual_start_time_ms: int | None = child("tva:ActualStartTime", "moment_ms")
    actual_end_time_ms: int | None = child("tva:ActualEndTime", "moment_ms")
    actual_duration_ms: int | None = child("tva:ActualDuration", "duration_ms")
    live: Flag | None = child("tva:Live", Flag)
    repeat: Flag | None = child("tva:Repeat", Flag)
    first_showing: Flag | None = child("tva:FirstShowing", Flag)
    last_showing: Flag | None = child("tva:LastShowing", Flag)
    free: Flag | None = child("tva:Free", Flag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """The events of a service from one time to another."""

    service_id_ref: str = required("serviceIDRef")
    start_ms: int | None = attribute("start", "moment_ms", None)
    end_ms: int | None = attribute("end", "moment_ms", None)
    schedule_events: tuple[ScheduleEvent, ...] = children("tva:ScheduleEvent", ScheduleEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemandProgram(Record):
    """A programme that can be had whenever the viewer asks, as in the archive."""

    service_id_ref: str = attribute("serviceIDRef")
    program: CRIDRef | None = child("tva:Program", CRIDRef)
    program_urls: tuple[MediaUri, ...] = children("tva:ProgramURL", MediaUri)
    auxiliary_urls: tuple[MediaUri, ...] = children("tva:AuxiliaryURL", MediaUri)
    instance_metadata_id: str | None = child("tva:InstanceMetadataId")
    instance_descriptions: tuple[Node, ...] = children("tva:InstanceDescription", "node")
    published_duration_ms: int | None = child("tva:PublishedDuration", "duration_ms")
    start_of_availability_ms: int | None = child("tva:StartOfAvailability", "moment_ms")
    end_of_availability_ms: int | None = child("tva:EndOfAvailability", "moment_ms")
    delivery_mode: str | None = child("tva:DeliveryMode")
    free: Flag | None = child("tva:Free", Flag)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramInformationTable(Record):
    """Programmes."""

    program_informations: tuple[ProgramInformation, ...] = children("tva:ProgramInformation", ProgramInformation)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInformationTable(Record):
    """Groups."""

    group_informations: tuple[GroupInformation, ...] = children("tva:GroupInformation", GroupInformation)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramLocationTable(Record):
    """Where and when; an event outside a Schedule is a BroadcastEvent in the schema, a ScheduleEvent with some vendors."""

    schedules: tuple[Schedule, ...] = children("tva:Schedule", Schedule)
    schedule_events: tuple[ScheduleEvent, ...] = children("tva:ScheduleEvent", ScheduleEvent)
    broadcast_events: tuple[ScheduleEvent, ...] = children("tva:BroadcastEvent", ScheduleEvent)
    on_demand_programs: tuple[OnDemandProgram, ...] = children("tva:OnDemandProgram", OnDemandProgram)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDescription(Record):
    """The tables of a document."""

    program_information_table: ProgramInformationTable | None = child(
        "tva:ProgramInformationTable", ProgramInformationTable
    )
    group_information_table: GroupInformationTable | None = child("tva:GroupInformationTable", GroupInformationTable)
    program_location_table: ProgramLocationTable | None = child("tva:ProgramLocationTable", ProgramLocationTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class TVAMain(Record):
    """A whole document."""

    publisher: str = attribute("publisher")
    publication_time_ms: int | None = attribute("publicationTime", "moment_ms", None)
    program_description: ProgramDescription = child(
        "tva:ProgramDescription", ProgramDescription, default=ProgramDescription()
    )


def read_content_guide(octets: bytes) -> tuple[TVAMain, dict[str, int]]:
    """Return the guide and what was kept without being understood; WireError as for a list."""
    root = read_node(octets, "TVAMain")
    if root.name != "tva:TVAMain":
        raise WireError("TVAMain", 0, "TVAMain", root.name)
    faults: Faults = Counter()
    return from_node(TVAMain, root, faults), dict(faults)


def content_guide_document(guide: TVAMain, **options: Any) -> bytes:
    """Return the document of a guide, in UTF-8."""
    return node_document(to_node(guide, "tva:TVAMain"), **options)
