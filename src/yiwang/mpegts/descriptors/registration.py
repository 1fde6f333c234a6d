"""registration_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader


@dataclass(frozen=True, slots=True)
class RegistrationDescriptor:
    """ISO/IEC 13818-1 2.6.8. ``format_identifier``: four octets, as b"HEVC"."""

    TAG: ClassVar[int] = 0x05
    TAG_EXTENSION: ClassVar[int | None] = None

    format_identifier: bytes
    additional_identification_info: bytes = b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "registration_descriptor")
        return cls(reader.take(4), reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return self.format_identifier + self.additional_identification_info
