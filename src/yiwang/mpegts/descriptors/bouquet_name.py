"""bouquet_name_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.dvb_text import DvbText


@dataclass(frozen=True, slots=True)
class BouquetNameDescriptor:
    """EN 300 468 6.2.4."""

    TAG: ClassVar[int] = 0x47
    TAG_EXTENSION: ClassVar[int | None] = None

    bouquet_name: DvbText

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        return cls(DvbText(payload))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return self.bouquet_name.octets
