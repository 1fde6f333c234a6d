"""TS program map section: what a programme is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.mpegts.descriptor import Descriptors, sized_descriptors, take_descriptors
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import MAX_PSI_PAYLOAD, Section, check_sections, number_sections, split_entries

TABLE_ID = 0x02
NO_PCR_PID = 0x1FFF


@dataclass(frozen=True, slots=True)
class PmtStream:
    """An elementary stream: ``es_info`` is the descriptor loop after ES_info_length."""

    stream_type: int
    elementary_pid: int
    es_info: Descriptors = ()

    def to_bytes(self) -> bytes:
        """Write the entry."""
        return bytes((self.stream_type,)) + u16(0xE000 | self.elementary_pid) + sized_descriptors(self.es_info)


@dataclass(frozen=True, slots=True)
class Pmt:
    """ISO/IEC 13818-1 2.4.4.9. ``pcr_pid`` is NO_PCR_PID when the programme has no clock."""

    program_number: int
    pcr_pid: int
    program_info: Descriptors
    streams: tuple[PmtStream, ...]
    version_number: int = 0

    def to_sections(self) -> tuple[Section, ...]:
        """Write the table; the standard wants it in one section, so more than 1012 octets are refused."""
        payload = u16(0xE000 | self.pcr_pid) + sized_descriptors(self.program_info)
        payload += b"".join(stream.to_bytes() for stream in self.streams)
        return number_sections(
            TABLE_ID, self.program_number, self.version_number, split_entries([payload], MAX_PSI_PAYLOAD)
        )


def parse_pmt(sections: Sequence[Section]) -> Pmt:
    """Read a PMT; :class:`WireError` if it is none. Streams of further sections, against the standard, are joined."""
    first = check_sections(sections, (TABLE_ID,), "TS_program_map_section")
    pcr_pid = NO_PCR_PID
    program_info: Descriptors = ()
    streams = []
    for section in sections:
        reader = FieldReader(section.payload, "TS_program_map_section")
        section_pcr_pid = reader.u16() & 0x1FFF
        section_info = take_descriptors(reader)
        if section is first:
            pcr_pid, program_info = section_pcr_pid, section_info
        while reader.remaining:
            streams.append(PmtStream(reader.u8(), reader.u16() & 0x1FFF, take_descriptors(reader)))
    return Pmt(first.table_id_extension, pcr_pid, program_info, tuple(streams), first.version_number)
