"""Program association section: which programmes there are, and where their PMTs are."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import MAX_PSI_PAYLOAD, Section, check_sections, number_sections, split_entries

PID = 0x0000
TABLE_ID = 0x00
NETWORK_PROGRAM_NUMBER = 0


@dataclass(frozen=True, slots=True)
class PatProgram:
    """A programme; ``program_map_pid`` is the network_PID when ``program_number`` is NETWORK_PROGRAM_NUMBER."""

    program_number: int
    program_map_pid: int


@dataclass(frozen=True, slots=True)
class Pat:
    """ISO/IEC 13818-1 2.4.4.4."""

    transport_stream_id: int
    programs: tuple[PatProgram, ...]
    version_number: int = 0

    @property
    def network_pid(self) -> int | None:
        """Where the NIT is, None when the PAT does not say."""
        return next((p.program_map_pid for p in self.programs if p.program_number == NETWORK_PROGRAM_NUMBER), None)

    def to_sections(self) -> tuple[Section, ...]:
        """Write the table."""
        entries = [u16(p.program_number) + u16(0xE000 | p.program_map_pid) for p in self.programs]
        runs = split_entries(entries, MAX_PSI_PAYLOAD)
        return number_sections(TABLE_ID, self.transport_stream_id, self.version_number, runs)


def parse_pat(sections: Sequence[Section]) -> Pat:
    """Read all sections of a PAT; :class:`WireError` if they are not one."""
    source = "program_association_section"
    first = check_sections(sections, (TABLE_ID,), source)
    programs = []
    for section in sections:
        if len(section.payload) % 4:
            raise WireError(source, 8, "entries of 4 octets", f"{len(section.payload)} octets")
        reader = FieldReader(section.payload, source)
        while reader.remaining:
            programs.append(PatProgram(reader.u16(), reader.u16() & 0x1FFF))
    return Pat(first.table_id_extension, tuple(programs), first.version_number)
