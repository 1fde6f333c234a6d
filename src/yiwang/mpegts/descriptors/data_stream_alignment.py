"""data_stream_alignment_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader


@dataclass(frozen=True, slots=True)
class DataStreamAlignmentDescriptor:
    """ISO/IEC 13818-1 2.6.10: what begins where data_alignment_indicator is set; meaning depends on the stream."""

    TAG: ClassVar[int] = 0x06
    TAG_EXTENSION: ClassVar[int | None] = None

    alignment_type: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        return cls(FieldReader(payload, "data_stream_alignment_descriptor").u8())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return bytes((self.alignment_type,))
