"""stream_identifier_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader


@dataclass(frozen=True, slots=True)
class StreamIdentifierDescriptor:
    """EN 300 468 6.2.39: the ``component_tag`` stays with a component when its PID changes."""

    TAG: ClassVar[int] = 0x52
    TAG_EXTENSION: ClassVar[int | None] = None

    component_tag: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        return cls(FieldReader(payload, "stream_identifier_descriptor").u8())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return bytes((self.component_tag,))
