"""teletext_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, language_octets

INITIAL_PAGE, SUBTITLE_PAGE, ADDITIONAL_INFORMATION, PROGRAMME_SCHEDULE, SUBTITLE_HEARING_IMPAIRED = range(1, 6)
"""teletext_type: EN 300 468 table 100."""


@dataclass(frozen=True, slots=True)
class TeletextPage:
    """A page: ``magazine_number`` 1 to 8 and ``page_number`` 0x00 to 0xFF, two hexadecimal digits on the screen."""

    language: str
    teletext_type: int
    magazine_number: int
    page_number: int

    def __str__(self) -> str:
        return f"{self.magazine_number}{self.page_number:02x}"


@dataclass(frozen=True, slots=True)
class TeletextDescriptor:
    """EN 300 468 6.2.43."""

    TAG: ClassVar[int] = 0x56
    TAG_EXTENSION: ClassVar[int | None] = None

    pages: tuple[TeletextPage, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; a tail shorter than an entry is left out."""
        reader = FieldReader(payload, "teletext_descriptor")
        return cls(tuple(_take_page(reader) for _ in range(len(payload) // 5)))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(
            language_octets(page.language)
            + bytes((page.teletext_type << 3 | page.magazine_number & 7, page.page_number))
            for page in self.pages
        )


def _take_page(reader: FieldReader) -> TeletextPage:
    language = reader.language()
    type_and_magazine = reader.u8()
    return TeletextPage(language, type_and_magazine >> 3, type_and_magazine & 7 or 8, reader.u8())
