"""ISO_639_language_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, language_octets

UNDEFINED, CLEAN_EFFECTS, HEARING_IMPAIRED, VISUAL_IMPAIRED_COMMENTARY = range(4)
"""audio_type: ISO/IEC 13818-1 table 2-60."""


@dataclass(frozen=True, slots=True)
class Iso639LanguageDescriptor:
    """ISO/IEC 13818-1 2.6.18. ``languages``: pairs (ISO_639_language_code, audio_type), two for dual mono."""

    TAG: ClassVar[int] = 0x0A
    TAG_EXTENSION: ClassVar[int | None] = None

    languages: tuple[tuple[str, int], ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; a tail shorter than an entry is left out."""
        reader = FieldReader(payload, "ISO_639_language_descriptor")
        return cls(tuple((reader.language(), reader.u8()) for _ in range(len(payload) // 4)))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(language_octets(code) + bytes((audio_type,)) for code, audio_type in self.languages)
