"""Application information section: interactive applications linked to a service, and where they are (HbbTV)."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.mpegts.ait_descriptors import (
    HTTP,
    ApplicationDescriptor,
    ApplicationNameDescriptor,
    SimpleApplicationLocationDescriptor,
    TransportProtocolDescriptor,
)
from yiwang.mpegts.descriptor import Descriptors, find, find_all, sized_descriptors, take_descriptors
from yiwang.mpegts.fields import FieldReader, u16
from yiwang.mpegts.section import MAX_PSI_PAYLOAD, Section, check_sections, number_sections, split_entries

TABLE_ID = 0x74
STREAM_TYPE = 0x05
HBBTV = 0x0010
CONTROL_CODES = {
    1: "autostart",
    2: "present",
    3: "destroy",
    4: "kill",
    5: "prefetch",
    6: "remote",
    7: "disabled",
    8: "playback-autostart",
}
"""TS 102 809 table 3."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application; it is the same one wherever organisation_id and application_id are."""

    organisation_id: int
    application_id: int
    application_control_code: int
    descriptors: Descriptors

    @property
    def control(self) -> str:
        """What a terminal does with it: ``autostart``, ``present`` ...; empty for a code without a name."""
        return CONTROL_CODES.get(self.application_control_code, "")

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Pairs of language and name."""
        found = find(self.descriptors, ApplicationNameDescriptor)
        return tuple((name.language, str(name.name)) for name in found.names) if found else ()

    @property
    def priority(self) -> int:
        """Which of several begins: the highest."""
        found = find(self.descriptors, ApplicationDescriptor)
        return found.application_priority if found else 0

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it begins, by HTTP: the base of each transport protocol in the order of preference, and the initial path."""
        location = find(self.descriptors, SimpleApplicationLocationDescriptor)
        about = find(self.descriptors, ApplicationDescriptor)
        labels = about.transport_protocol_labels if about else b""
        protocols = [p for p in find_all(self.descriptors, TransportProtocolDescriptor) if p.protocol_id == HTTP]
        protocols.sort(key=lambda p: labels.find(p.transport_protocol_label) % 256)
        path = location.initial_path if location else ""
        return tuple(base + path for protocol in protocols for base in protocol.url_bases)

    def to_bytes(self) -> bytes:
        """Write the entry."""
        return (
            self.organisation_id.to_bytes(4, "big")
            + u16(self.application_id)
            + bytes((self.application_control_code,))
            + sized_descriptors(self.descriptors)
        )


@dataclass(frozen=True, slots=True)
class Ait:
    """TS 102 809 5.3.4. ``application_type`` 0x0010 is HbbTV."""

    application_type: int
    common_descriptors: Descriptors
    applications: tuple[Application, ...]
    is_test: bool = False
    version_number: int = 0

    def to_sections(self) -> tuple[Section, ...]:
        """Write the table."""
        common = sized_descriptors(self.common_descriptors)
        runs = split_entries([a.to_bytes() for a in self.applications], MAX_PSI_PAYLOAD - len(common) - 2)
        payloads = [common + u16(0xF000 | len(run)) + run for run in runs]
        return number_sections(TABLE_ID, self.is_test << 15 | self.application_type, self.version_number, payloads)


def parse_ait(sections: Sequence[Section]) -> Ait:
    """Read all sections of an AIT; :class:`WireError` if they are not one."""
    source = "application_information_section"
    first = check_sections(sections, (TABLE_ID,), source)
    common: Descriptors = ()
    applications = []
    for section in sections:
        reader = FieldReader(section.payload, source)
        of_section = take_descriptors(reader)
        common = common or of_section
        loop = FieldReader(reader.take(reader.u16() & 0xFFF), "application_loop")
        while loop.remaining:
            organisation_id = loop.u16() << 16 | loop.u16()
            applications.append(Application(organisation_id, loop.u16(), loop.u8(), take_descriptors(loop)))
    extension = first.table_id_extension
    return Ait(extension & 0x7FFF, common, tuple(applications), bool(extension & 0x8000), first.version_number)
