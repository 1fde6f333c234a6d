"""application_signalling_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, u16


@dataclass(frozen=True, slots=True)
class ApplicationSignallingDescriptor:
    """TS 102 809 5.3.5.1: this component carries an AIT. ``applications``: pairs (application_type, AIT version)."""

    TAG: ClassVar[int] = 0x6F
    TAG_EXTENSION: ClassVar[int | None] = None

    applications: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; a tail shorter than an entry is left out."""
        reader = FieldReader(payload, "application_signalling_descriptor")
        return cls(tuple((reader.u16() & 0x7FFF, reader.u8() & 0x1F) for _ in range(len(payload) // 3)))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(u16(0x8000 | kind) + bytes((0xE0 | version,)) for kind, version in self.applications)
