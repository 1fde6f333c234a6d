"""maximum_bitrate_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, u24

UNIT_BPS = 400


@dataclass(frozen=True, slots=True)
class MaximumBitrateDescriptor:
    """ISO/IEC 13818-1 2.6.26. ``maximum_bitrate``: 22 bits, in units of 50 octets a second, headers included."""

    TAG: ClassVar[int] = 0x0E
    TAG_EXTENSION: ClassVar[int | None] = None

    maximum_bitrate: int

    @property
    def rate_bps(self) -> int:
        """Bits a second."""
        return self.maximum_bitrate * UNIT_BPS

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        return cls(FieldReader(payload, "maximum_bitrate_descriptor").u24() & 0x3FFFFF)

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return u24(0xC00000 | self.maximum_bitrate)
