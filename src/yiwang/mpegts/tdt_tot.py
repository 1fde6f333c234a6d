"""Time and date section, time offset section: what time the sender says it is."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.mpegts.descriptor import Descriptors, sized_descriptors, take_descriptors
from yiwang.mpegts.dvb_time import parse_utc_time, utc_time_octets
from yiwang.mpegts.fields import FieldReader
from yiwang.mpegts.section import TABLE_ID_TOT, Section, parse_section

PID = 0x0014
TABLE_ID_TDT = 0x70


@dataclass(frozen=True, slots=True)
class Tdt:
    """EN 300 468 5.2.5. ``utc_s``: seconds since 1970-01-01T00:00:00Z, None when the sender does not know."""

    utc_s: int | None

    def to_section(self) -> Section:
        """Write the table."""
        return _short_section(TABLE_ID_TDT, utc_time_octets(self.utc_s))


@dataclass(frozen=True, slots=True)
class Tot:
    """EN 300 468 5.2.6: ``descriptors`` hold the local time offsets."""

    utc_s: int | None
    descriptors: Descriptors

    def to_section(self) -> Section:
        """Write the table."""
        return _short_section(TABLE_ID_TOT, utc_time_octets(self.utc_s) + sized_descriptors(self.descriptors))


def parse_tdt_tot(section: Section) -> Tdt | Tot:
    """Read a TDT or TOT; :class:`WireError` if it is neither."""
    reader = FieldReader(section.payload, "time_offset_section")
    if section.section_syntax_indicator or section.table_id not in (TABLE_ID_TDT, TABLE_ID_TOT):
        raise WireError(reader.source, 0, "a short section with table_id 0x70 or 0x73", f"{section.table_id:#04x}")
    utc_s = parse_utc_time(reader.take(5))
    return Tdt(utc_s) if section.table_id == TABLE_ID_TDT else Tot(utc_s, take_descriptors(reader))


def _short_section(table_id: int, payload: bytes) -> Section:
    section = Section(table_id, 0, 0, True, 0, 0, payload, 0, False, True)
    return parse_section(section.to_bytes())
