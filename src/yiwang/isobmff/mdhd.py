"""MediaHeaderBox (ISO/IEC 14496-12 8.4.2), written as version 0, times of creation left at 0."""

from dataclasses import dataclass
from struct import pack

from yiwang.isobmff.box import fields, full_box, version_flags


@dataclass(frozen=True, slots=True)
class MdhdBox:
    """``language`` is an ISO 639-2/T code of three lower-case letters."""

    timescale: int
    duration: int
    language: str

    def to_bytes(self) -> bytes:
        """Octets of the box; a language that is not such a code is written as ``und``."""
        code = self.language
        if not (len(code) == 3 and code.isascii() and code.isalpha() and code.islower()):
            code = "und"
        first, second, third = (ord(letter) - 0x60 for letter in code)
        packed = first << 10 | second << 5 | third
        return full_box("mdhd", 0, 0, pack(">IIIIHH", 0, 0, self.timescale, self.duration, packed, 0))


def parse_mdhd(payload: bytes) -> MdhdBox:
    """Read the payload of a ``mdhd`` box, version 0 or 1."""
    version, _ = version_flags("mdhd", payload, (0, 1))
    timescale, duration, packed = fields("mdhd", "IQH" if version else "IIH", payload, 20 if version else 12)
    language = "".join(chr((packed >> shift & 31) + 0x60) for shift in (10, 5, 0))
    return MdhdBox(timescale, duration, language)
