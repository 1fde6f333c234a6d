"""CA_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, u16


@dataclass(frozen=True, slots=True)
class CaDescriptor:
    """ISO/IEC 13818-1 2.6.16. In a PMT ``ca_pid`` carries ECMs, in a CAT EMMs."""

    TAG: ClassVar[int] = 0x09
    TAG_EXTENSION: ClassVar[int | None] = None

    ca_system_id: int
    ca_pid: int
    private_data: bytes = b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "CA_descriptor")
        return cls(reader.u16(), reader.u16() & 0x1FFF, reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return u16(self.ca_system_id) + u16(0xE000 | self.ca_pid) + self.private_data
