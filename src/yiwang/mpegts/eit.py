"""Event information section: present and following event, and the schedule.

A section is read by itself: a schedule's sub-table takes long to come whole, and a guide wants each event as it comes.
"""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.mpegts.descriptor import Descriptors, parse_descriptors, sized_descriptors
from yiwang.mpegts.dvb_time import duration_octets, parse_duration, parse_utc_time, utc_time_octets
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import EIT_TABLE_IDS, Section, make_section

PID = 0x0012
TABLE_ID_PRESENT_FOLLOWING_ACTUAL = 0x4E
TABLE_ID_PRESENT_FOLLOWING_OTHER = 0x4F
TABLE_IDS_SCHEDULE_ACTUAL = range(0x50, 0x60)
TABLE_IDS_SCHEDULE_OTHER = range(0x60, 0x70)


@dataclass(frozen=True, slots=True)
class EitEvent:
    """An event; times None when undefined (an NVOD reference service) or unreadable."""

    event_id: int
    start_time_s: int | None  # since 1970-01-01T00:00:00Z
    duration_s: int | None
    running_status: int
    free_ca_mode: bool
    descriptors: Descriptors

    def to_bytes(self) -> bytes:
        """Write the entry."""
        return (
            u16(self.event_id)
            + utc_time_octets(self.start_time_s)
            + duration_octets(self.duration_s)
            + sized_descriptors(self.descriptors, self.running_status << 1 | self.free_ca_mode)
        )


@dataclass(frozen=True, slots=True)
class EitSection:
    """EN 300 468 5.2.4. In present/following, section 0 is the present event and section 1 the following one."""

    table_id: int
    service_id: int
    transport_stream_id: int
    original_network_id: int
    events: tuple[EitEvent, ...]
    section_number: int = 0
    last_section_number: int = 0
    segment_last_section_number: int = 0
    last_table_id: int = TABLE_ID_PRESENT_FOLLOWING_ACTUAL
    version_number: int = 0

    def to_section(self) -> Section:
        """Write the section."""
        payload = (
            u16(self.transport_stream_id)
            + u16(self.original_network_id)
            + bytes((self.segment_last_section_number, self.last_table_id))
            + b"".join(event.to_bytes() for event in self.events)
        )
        return make_section(
            self.table_id,
            self.service_id,
            payload,
            version_number=self.version_number,
            section_number=self.section_number,
            last_section_number=self.last_section_number,
            private_indicator=True,
        )


def parse_eit_section(section: Section) -> EitSection:
    """Read one section; :class:`WireError` if it is no EIT."""
    reader = FieldReader(section.payload, "event_information_section")
    if section.table_id not in EIT_TABLE_IDS:
        raise WireError(reader.source, 0, "table_id 0x4e to 0x6f", f"{section.table_id:#04x}")
    transport_stream_id = reader.u16()
    original_network_id = reader.u16()
    segment_last_section_number = reader.u8()
    last_table_id = reader.u8()
    events = []
    while reader.remaining:
        events.append(_take_event(reader))
    return EitSection(
        section.table_id,
        section.table_id_extension,
        transport_stream_id,
        original_network_id,
        tuple(events),
        section.section_number,
        section.last_section_number,
        segment_last_section_number,
        last_table_id,
        section.version_number,
    )


def _take_event(reader: FieldReader) -> EitEvent:
    event_id = reader.u16()
    start_time_s = parse_utc_time(reader.take(5))
    duration_s = parse_duration(reader.take(3))
    status = reader.u16()
    return EitEvent(
        event_id,
        start_time_s,
        duration_s,
        status >> 13,
        bool(status & 0x1000),
        parse_descriptors(reader.take(status & 0xFFF)),
    )
