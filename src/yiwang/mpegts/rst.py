"""Running status section: an event has begun, or ended, before the EIT can say so."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import Section, parse_section

PID = 0x0013
TABLE_ID = 0x71


@dataclass(frozen=True, slots=True)
class RunningStatus:
    """An event and its new running_status: EN 300 468 table 6 (4 running)."""

    transport_stream_id: int
    original_network_id: int
    service_id: int
    event_id: int
    running_status: int


@dataclass(frozen=True, slots=True)
class Rst:
    """EN 300 468 5.2.7."""

    statuses: tuple[RunningStatus, ...]

    def to_section(self) -> Section:
        """Write the table."""
        payload = b"".join(
            u16(s.transport_stream_id)
            + u16(s.original_network_id)
            + u16(s.service_id)
            + u16(s.event_id)
            + bytes((0xF8 | s.running_status,))
            for s in self.statuses
        )
        return parse_section(Section(TABLE_ID, 0, 0, True, 0, 0, payload, 0, False, True).to_bytes())


def parse_rst(section: Section) -> Rst:
    """Read an RST; :class:`WireError` if it is none."""
    reader = FieldReader(section.payload, "running_status_section")
    if section.section_syntax_indicator or section.table_id != TABLE_ID:
        raise WireError(reader.source, 0, "a short section with table_id 0x71", f"{section.table_id:#04x}")
    statuses = []
    while reader.remaining:
        statuses.append(RunningStatus(reader.u16(), reader.u16(), reader.u16(), reader.u16(), reader.u8() & 7))
    return Rst(tuple(statuses))
