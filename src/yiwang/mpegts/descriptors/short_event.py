"""short_event_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.fields import FieldReader, language_octets


@dataclass(frozen=True, slots=True)
class ShortEventDescriptor:
    """EN 300 468 6.2.37: the event's title and a line about it, in one language."""

    TAG: ClassVar[int] = 0x4D
    TAG_EXTENSION: ClassVar[int | None] = None

    language: str
    event_name: DvbText
    text: DvbText

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "short_event_descriptor")
        return cls(reader.language(), DvbText(reader.take(reader.u8())), DvbText(reader.take(reader.u8())))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        name, text = self.event_name.octets, self.text.octets
        return language_octets(self.language) + bytes((len(name),)) + name + bytes((len(text),)) + text
