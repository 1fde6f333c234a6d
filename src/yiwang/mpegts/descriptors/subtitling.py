"""subtitling_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.mpegts.fields import FieldReader, language_octets, u16


@dataclass(frozen=True, slots=True)
class Subtitling:
    """``subtitling_type``: EN 300 468 table 26, stream_content 3 (0x10 to 0x16, hard of hearing 0x20 to 0x26)."""

    language: str
    subtitling_type: int
    composition_page_id: int
    ancillary_page_id: int

    @property
    def hard_of_hearing(self) -> bool:
        """Subtitles that also tell what is heard beside speech."""
        return 0x20 <= self.subtitling_type <= 0x26


@dataclass(frozen=True, slots=True)
class SubtitlingDescriptor:
    """EN 300 468 6.2.41."""

    TAG: ClassVar[int] = 0x59
    TAG_EXTENSION: ClassVar[int | None] = None

    subtitles: tuple[Subtitling, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; a tail shorter than an entry is left out."""
        reader = FieldReader(payload, "subtitling_descriptor")
        return cls(
            tuple(
                Subtitling(reader.language(), reader.u8(), reader.u16(), reader.u16()) for _ in range(len(payload) // 8)
            )
        )

    def to_bytes(self) -> bytes:
        """Write the payload."""
        return b"".join(
            language_octets(s.language)
            + bytes((s.subtitling_type,))
            + u16(s.composition_page_id)
            + u16(s.ancillary_page_id)
            for s in self.subtitles
        )
