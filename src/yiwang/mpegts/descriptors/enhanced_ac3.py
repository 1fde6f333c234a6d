"""enhanced_AC-3_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader


@dataclass(frozen=True, slots=True)
class EnhancedAc3Descriptor:
    """EN 300 468 Annex D.5: a field is None when its flag is 0. ``component_type``: table D.1."""

    TAG: ClassVar[int] = 0x7A
    TAG_EXTENSION: ClassVar[int | None] = None

    component_type: int | None = None
    bsid: int | None = None
    mainid: int | None = None
    asvc: int | None = None
    mixinfoexists: bool = False
    substream1: int | None = None
    substream2: int | None = None
    substream3: int | None = None
    additional_info: bytes = b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "enhanced_AC-3_descriptor")
        flags = reader.u8()
        component_type, bsid, mainid, asvc, substream1, substream2, substream3 = [
            reader.u8() if flags & flag else None for flag in (0x80, 0x40, 0x20, 0x10, 0x04, 0x02, 0x01)
        ]
        return cls(
            component_type, bsid, mainid, asvc, bool(flags & 8), substream1, substream2, substream3, reader.rest()
        )

    def to_bytes(self) -> bytes:
        """Write the payload."""
        fields = (
            (0x80, self.component_type),
            (0x40, self.bsid),
            (0x20, self.mainid),
            (0x10, self.asvc),
            (0x04, self.substream1),
            (0x02, self.substream2),
            (0x01, self.substream3),
        )
        flags = self.mixinfoexists << 3 | sum(flag for flag, field in fields if field is not None)
        return bytes((flags, *(field for _, field in fields if field is not None))) + self.additional_info
