"""network_name_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.dvb_text import DvbText


@dataclass(frozen=True, slots=True)
class NetworkNameDescriptor:
    """EN 300 468 6.2.27."""

    TAG: ClassVar[int] = 0x40
    TAG_EXTENSION: ClassVar[int | None] = None

    network_name: DvbText

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        return cls(DvbText(payload))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return self.network_name.octets
