"""logical_channel_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, u16


@dataclass(frozen=True, slots=True)
class LogicalChannel:
    """Where a service stands in the viewer's list; ``logical_channel_number`` 0 to 1023."""

    service_id: int
    visible_service_flag: bool
    logical_channel_number: int


@dataclass(frozen=True, slots=True)
class LogicalChannelDescriptor:
    """IEC 62216 8.3.8: private to EACEM, but sent by most networks that number their services, with or without its
    private_data_specifier.
    """

    TAG: ClassVar[int] = 0x83
    TAG_EXTENSION: ClassVar[int | None] = None

    channels: tuple[LogicalChannel, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; a tail shorter than an entry is left out."""
        reader = FieldReader(payload, "logical_channel_descriptor")
        return cls(tuple(_take_channel(reader) for _ in range(len(payload) // 4)))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(
            u16(channel.service_id) + u16(channel.visible_service_flag << 15 | 0x7C00 | channel.logical_channel_number)
            for channel in self.channels
        )


def _take_channel(reader: FieldReader) -> LogicalChannel:
    service_id, fields = reader.u16(), reader.u16()
    return LogicalChannel(service_id, bool(fields & 0x8000), fields & 0x3FF)
