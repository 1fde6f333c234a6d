"""caption_service_descriptor of ATSC."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.base.errors import WireError
from yiwang.mpegts.fields import FieldReader, language_octets


@dataclass(frozen=True, slots=True)
class CaptionService:
    """``number`` of a CEA-708 service, 1 to 63; None: CEA-608 captions, in field 1 or, with ``line21_field``, 2."""

    language: str
    number: int | None
    line21_field: int = 0
    easy_reader: bool = False
    wide_aspect_ratio: bool = False


@dataclass(frozen=True, slots=True)
class CaptionServiceDescriptor:
    """ATSC A/65 6.9.2."""

    TAG: ClassVar[int] = 0x86
    TAG_EXTENSION: ClassVar[int | None] = None

    services: tuple[CaptionService, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload. In DVB the tag is anybody's: WireError where the length is not that of the services."""
        reader = FieldReader(payload, "caption_service_descriptor")
        head = reader.u8()
        if head & 0xE0 != 0xE0 or reader.remaining != 6 * (head & 0x1F):
            raise WireError(reader.source, 0, "six octets for each service", f"{reader.remaining} for {head & 0x1F}")
        return cls(tuple(_take_service(reader) for _ in range(head & 0x1F)))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return bytes((0xE0 | len(self.services),)) + b"".join(map(_service_octets, self.services))


def _take_service(reader: FieldReader) -> CaptionService:
    language, kind, flags = reader.language(), reader.u8(), reader.u16()
    number = kind & 0x3F if kind & 0x80 else None
    return CaptionService(language, number, 0 if kind & 0x80 else kind & 1, bool(flags >> 15), bool(flags >> 14 & 1))


def _service_octets(service: CaptionService) -> bytes:
    kind = 0x7E | service.line21_field if service.number is None else 0xC0 | service.number
    flags = service.easy_reader << 15 | service.wide_aspect_ratio << 14 | 0x3FFF
    return language_octets(service.language) + bytes((kind,)) + flags.to_bytes(2, "big")
