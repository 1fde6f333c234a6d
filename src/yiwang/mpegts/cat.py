"""Conditional access section: where the EMMs of each conditional access system are."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.mpegts.descriptor import Descriptors, parse_descriptors
from yiwang.mpegts.section import MAX_PSI_PAYLOAD, Section, check_sections, number_sections, split_entries

PID = 0x0001
TABLE_ID = 0x01


@dataclass(frozen=True, slots=True)
class Cat:
    """ISO/IEC 13818-1 2.4.4.6."""

    descriptors: Descriptors
    version_number: int = 0

    def to_sections(self) -> tuple[Section, ...]:
        """Write the table."""
        entries = [descriptor.to_bytes() for descriptor in self.descriptors]
        return number_sections(TABLE_ID, 0xFFFF, self.version_number, split_entries(entries, MAX_PSI_PAYLOAD))


def parse_cat(sections: Sequence[Section]) -> Cat:
    """Read all sections of a CAT; :class:`WireError` if they are not one."""
    first = check_sections(sections, (TABLE_ID,), "CA_section")
    descriptors = tuple(d for section in sections for d in parse_descriptors(section.payload))
    return Cat(descriptors, first.version_number)
