"""service_list_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, u16


@dataclass(frozen=True, slots=True)
class ServiceListDescriptor:
    """EN 300 468 6.2.35. ``services``: pairs (service_id, service_type)."""

    TAG: ClassVar[int] = 0x41
    TAG_EXTENSION: ClassVar[int | None] = None

    services: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; a tail shorter than an entry is left out."""
        reader = FieldReader(payload, "service_list_descriptor")
        return cls(tuple((reader.u16(), reader.u8()) for _ in range(len(payload) // 3)))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(u16(service_id) + bytes((service_type,)) for service_id, service_type in self.services)
