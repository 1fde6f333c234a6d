"""Network information section: the transport streams of a network; and bouquet association section, of like syntax."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.mpegts.descriptor import Descriptors, sized_descriptors, take_descriptors
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import MAX_PSI_PAYLOAD, Section, check_sections, number_sections, split_entries

PID = 0x0010
BAT_PID = 0x0011
TABLE_ID_ACTUAL = 0x40
TABLE_ID_OTHER = 0x41
TABLE_ID_BAT = 0x4A


@dataclass(frozen=True, slots=True)
class NitTransportStream:
    """A transport stream; its delivery system, service list and logical channels are in the descriptors."""

    transport_stream_id: int
    original_network_id: int
    descriptors: Descriptors

    def to_bytes(self) -> bytes:
        """Write the entry."""
        return u16(self.transport_stream_id) + u16(self.original_network_id) + sized_descriptors(self.descriptors)


@dataclass(frozen=True, slots=True)
class Nit:
    """EN 300 468 5.2.1 and 5.2.2. ``network_id`` is the bouquet_id when ``table_id`` is TABLE_ID_BAT."""

    network_id: int
    descriptors: Descriptors
    transport_streams: tuple[NitTransportStream, ...]
    table_id: int = TABLE_ID_ACTUAL
    version_number: int = 0

    def to_sections(self) -> tuple[Section, ...]:
        """Write the table: the network's descriptors are in its first section."""
        loop = sized_descriptors(self.descriptors)
        streams = [stream.to_bytes() for stream in self.transport_streams]
        runs = split_entries(streams, MAX_PSI_PAYLOAD - len(loop) - 2)
        payloads = [
            (sized_descriptors(()) if number else loop) + u16(0xF000 | len(run)) + run
            for number, run in enumerate(runs)
        ]
        return number_sections(self.table_id, self.network_id, self.version_number, payloads, private_indicator=True)


def parse_nit(sections: Sequence[Section]) -> Nit:
    """Read all sections of a NIT or BAT; :class:`WireError` if they are not one."""
    source = "network_information_section"
    first = check_sections(sections, (TABLE_ID_ACTUAL, TABLE_ID_OTHER, TABLE_ID_BAT), source)
    descriptors: Descriptors = ()
    streams = []
    for section in sections:
        reader = FieldReader(section.payload, source)
        descriptors += take_descriptors(reader)
        loop = FieldReader(reader.take(reader.u16() & 0xFFF), "transport_stream_loop")
        while loop.remaining:
            streams.append(NitTransportStream(loop.u16(), loop.u16(), take_descriptors(loop)))
    return Nit(first.table_id_extension, descriptors, tuple(streams), first.table_id, first.version_number)
