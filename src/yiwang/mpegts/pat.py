"""Program association section: which programmes there are, and where their PMTs are."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import MAX_PSI_PAYLOAD, Section, check_sections, number_sections, split_entries

PAT_PID = 0x0000
TABLE_ID = 0x00


@dataclass(frozen=True, slots=True)
class ProgramAssociationTable:
    """ISO/IEC 13818-1 2.4.4.4.

    ``programs``: pairs (program_number, program_map_PID). ``network_pid``: where the NIT is, None when not said.
    """

    transport_stream_id: int
    programs: tuple[tuple[int, int], ...]
    network_pid: int | None = None
    version_number: int = 0

    def to_sections(self) -> tuple[Section, ...]:
        """Write the table."""
        pairs = self.programs if self.network_pid is None else ((0, self.network_pid), *self.programs)
        entries = [u16(program_number) + u16(0xE000 | pid) for program_number, pid in pairs]
        runs = split_entries(entries, MAX_PSI_PAYLOAD)
        return number_sections(TABLE_ID, self.transport_stream_id, self.version_number, runs)


def parse_pat(sections: Sequence[Section]) -> ProgramAssociationTable:
    """Read all sections of a PAT; :class:`WireError` if they are not one."""
    source = "program_association_section"
    first = check_sections(sections, (TABLE_ID,), source)
    programs = []
    network_pid = None
    for section in sections:
        if len(section.payload) % 4:
            raise WireError(source, 8, "entries of 4 octets", f"{len(section.payload)} octets")
        reader = FieldReader(section.payload, source)
        while reader.remaining:
            program_number, pid = reader.u16(), reader.u16() & 0x1FFF
            if program_number:
                programs.append((program_number, pid))
            else:
                network_pid = pid
    return ProgramAssociationTable(first.table_id_extension, tuple(programs), network_pid, first.version_number)
