"""service_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.fields import FieldReader


@dataclass(frozen=True, slots=True)
class ServiceDescriptor:
    """EN 300 468 6.2.33. ``service_type``: table 87 (0x01 television, 0x02 radio, 0x1F HEVC television)."""

    TAG: ClassVar[int] = 0x48
    TAG_EXTENSION: ClassVar[int | None] = None

    service_type: int
    service_provider_name: DvbText
    service_name: DvbText

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "service_descriptor")
        return cls(reader.u8(), DvbText(reader.take(reader.u8())), DvbText(reader.take(reader.u8())))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        provider, name = self.service_provider_name.octets, self.service_name.octets
        return bytes((self.service_type, len(provider))) + provider + bytes((len(name),)) + name
