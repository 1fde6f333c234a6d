"""DSM-CC stream descriptor section: events for applications, at once or at a normal play time."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.base.errors import WireError
from yiwang.mpegts.descriptor import Descriptors, descriptors_to_bytes, find_all, parse_descriptors
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import Section, make_section

TABLE_ID = 0x3D
STREAM_TYPES = frozenset({0x0B, 0x0C, 0x0D})
"""ISO/IEC 13818-6 table 9-4: where DSM-CC sections may be."""


@dataclass(frozen=True, slots=True)
class StreamEventDescriptor:
    """ISO/IEC 13818-6 8.3. ``event_npt`` 0 in a "do it now" event; ``private_data`` is for the application."""

    TAG: ClassVar[int] = 0x1A
    TAG_EXTENSION: ClassVar[int | None] = None

    event_id: int
    event_npt: int  # 33 bits
    private_data: bytes

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "streamEventDescriptor")
        return cls(reader.u16(), int.from_bytes(reader.take(8), "big") & 0x1FFFFFFFF, reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return u16(self.event_id) + (0x7FFFFFFF << 33 | self.event_npt).to_bytes(8, "big") + self.private_data


@dataclass(frozen=True, slots=True)
class NptReferenceDescriptor:
    """ISO/IEC 13818-6 8.1: normal play time against the system time clock."""

    TAG: ClassVar[int] = 0x17
    TAG_EXTENSION: ClassVar[int | None] = None

    post_discontinuity_indicator: bool
    content_id: int
    stc_reference: int
    npt_reference: int
    scale_numerator: int
    scale_denominator: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "NPTReferenceDescriptor")
        first, second = int.from_bytes(reader.take(6), "big"), int.from_bytes(reader.take(8), "big")
        return cls(
            bool(first >> 47), first >> 40 & 0x7F, first & 0x1FFFFFFFF, second & 0x1FFFFFFFF, reader.u16(), reader.u16()
        )

    def to_bytes(self) -> bytes:
        """Write the payload."""
        first = self.post_discontinuity_indicator << 47 | self.content_id << 40 | 0x7F << 33 | self.stc_reference
        second = 0x7FFFFFFF << 33 | self.npt_reference
        return (
            first.to_bytes(6, "big")
            + second.to_bytes(8, "big")
            + u16(self.scale_numerator)
            + u16(self.scale_denominator)
        )


@dataclass(frozen=True, slots=True)
class StreamDescriptors:
    """ISO/IEC 13818-6 9.2.7, DSMCC_section with table_id 0x3D."""

    table_id_extension: int
    descriptors: Descriptors
    version_number: int = 0

    @property
    def events(self) -> list[StreamEventDescriptor]:
        """The stream events."""
        return find_all(self.descriptors, StreamEventDescriptor)

    def to_section(self) -> Section:
        """Write the section."""
        payload = descriptors_to_bytes(self.descriptors)
        return make_section(TABLE_ID, self.table_id_extension, payload, version_number=self.version_number)


def parse_stream_descriptors(section: Section) -> StreamDescriptors:
    """Read one section; :class:`WireError` if it is none."""
    if section.table_id != TABLE_ID or not section.section_syntax_indicator:
        raise WireError("DSMCC_section", 0, "table_id 0x3d", f"{section.table_id:#04x}")
    return StreamDescriptors(section.table_id_extension, parse_descriptors(section.payload), section.version_number)
