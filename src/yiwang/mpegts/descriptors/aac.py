"""AAC_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader


@dataclass(frozen=True, slots=True)
class AacDescriptor:
    """EN 300 468 Annex H.2.1: what stands behind profile_and_level may be absent (None).

    ``aac_type``: the component_type of table 26, stream_content 6 (0x40, 0x44 audio description; 0x41 hard of hearing).
    """

    TAG: ClassVar[int] = 0x7C
    TAG_EXTENSION: ClassVar[int | None] = None

    profile_and_level: int
    flags: int | None = None  # AAC_type_flag, SAOC_DE_flag, reserved
    aac_type: int | None = None
    additional_info: bytes = b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "AAC_descriptor")
        profile_and_level = reader.u8()
        flags = reader.u8() if reader.remaining else None
        aac_type = reader.u8() if flags is not None and flags & 0x80 else None
        return cls(profile_and_level, flags, aac_type, reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        fields = (self.profile_and_level, self.flags, self.aac_type)
        return bytes(field for field in fields if field is not None) + self.additional_info
