"""Service description section: the names of services."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.mpegts.descriptor import Descriptors, parse_descriptors, sized_descriptors
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import MAX_PSI_PAYLOAD, Section, check_sections, number_sections, split_entries

PID = 0x0011
TABLE_ID_ACTUAL = 0x42
TABLE_ID_OTHER = 0x46
RUNNING_STATUS = ("", "not running", "starts soon", "pausing", "running", "off air", "", "")
"""EN 300 468 table 6."""


@dataclass(frozen=True, slots=True)
class SdtService:
    """A service. ``running_status``: EN 300 468 table 6 (4 running)."""

    service_id: int
    eit_schedule_flag: bool
    eit_present_following_flag: bool
    running_status: int
    free_ca_mode: bool
    descriptors: Descriptors

    def to_bytes(self) -> bytes:
        """Write the entry."""
        flags = 0xFC | self.eit_schedule_flag << 1 | self.eit_present_following_flag
        status = self.running_status << 1 | self.free_ca_mode
        return u16(self.service_id) + bytes((flags,)) + sized_descriptors(self.descriptors, status)


@dataclass(frozen=True, slots=True)
class Sdt:
    """EN 300 468 5.2.3. ``actual``: of the transport stream that carries it."""

    transport_stream_id: int
    original_network_id: int
    services: tuple[SdtService, ...]
    actual: bool = True
    version_number: int = 0

    def to_sections(self) -> tuple[Section, ...]:
        """Write the table."""
        header = u16(self.original_network_id) + b"\xff"
        runs = split_entries([service.to_bytes() for service in self.services], MAX_PSI_PAYLOAD - len(header))
        return number_sections(
            TABLE_ID_ACTUAL if self.actual else TABLE_ID_OTHER,
            self.transport_stream_id,
            self.version_number,
            [header + run for run in runs],
            private_indicator=True,
        )


def parse_sdt(sections: Sequence[Section]) -> Sdt:
    """Read all sections of an SDT; :class:`WireError` if they are not one."""
    source = "service_description_section"
    first = check_sections(sections, (TABLE_ID_ACTUAL, TABLE_ID_OTHER), source)
    original_network_id = FieldReader(first.payload, source).u16()
    services = []
    for section in sections:
        reader = FieldReader(section.payload, source)
        reader.take(3)  # original_network_id, reserved_future_use
        while reader.remaining:
            services.append(_take_service(reader))
    return Sdt(
        first.table_id_extension,
        original_network_id,
        tuple(services),
        first.table_id == TABLE_ID_ACTUAL,
        first.version_number,
    )


def _take_service(reader: FieldReader) -> SdtService:
    service_id = reader.u16()
    flags = reader.u8()
    status = reader.u16()
    return SdtService(
        service_id,
        bool(flags & 2),
        bool(flags & 1),
        status >> 13,
        bool(status & 0x1000),
        parse_descriptors(reader.take(status & 0xFFF)),
    )
