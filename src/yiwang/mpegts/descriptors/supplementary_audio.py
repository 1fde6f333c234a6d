"""supplementary_audio_descriptor, by the extension descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, language_octets

MAIN, AUDIO_DESCRIPTION, CLEAN_AUDIO, SPOKEN_SUBTITLES = range(4)
"""editorial_classification: EN 300 468 table 112; further values name parametric data for a receiver-mixed service."""


@dataclass(frozen=True, slots=True)
class SupplementaryAudioDescriptor:
    """EN 300 468 6.4.11. ``mix_type`` 1: complete by itself, 0: to be mixed with the main audio by the receiver."""

    TAG: ClassVar[int] = 0x7F
    TAG_EXTENSION: ClassVar[int | None] = 0x06

    mix_type: int
    editorial_classification: int
    language: str | None = None
    private_data: bytes = b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload."""
        reader = FieldReader(payload, "supplementary_audio_descriptor")
        fields = reader.u8()
        language = reader.language() if fields & 1 else None
        return cls(fields >> 7, fields >> 2 & 0x1F, language, reader.rest())

    def to_bytes(self) -> bytes:
        """Write the payload."""
        fields = self.mix_type << 7 | self.editorial_classification << 2 | 2 | (self.language is not None)
        language = b"" if self.language is None else language_octets(self.language)
        return bytes((fields,)) + language + self.private_data
