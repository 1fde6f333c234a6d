"""AC-3_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader


@dataclass(frozen=True, slots=True)
class Ac3Descriptor:
    """EN 300 468 Annex D.3: a field is None when its flag is 0. ``component_type``: table D.1."""

    TAG: ClassVar[int] = 0x6A
    TAG_EXTENSION: ClassVar[int | None] = None

    component_type: int | None = None
    bsid: int | None = None
    mainid: int | None = None
    asvc: int | None = None
    additional_info: bytes = b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "AC-3_descriptor")
        flags = reader.u8()
        component_type, bsid, mainid, asvc = [
            reader.u8() if flags & flag else None for flag in (0x80, 0x40, 0x20, 0x10)
        ]
        return cls(component_type, bsid, mainid, asvc, reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        fields = (self.component_type, self.bsid, self.mainid, self.asvc)
        flags = sum(0x80 >> i for i, field in enumerate(fields) if field is not None)
        return bytes((flags, *(field for field in fields if field is not None))) + self.additional_info
