"""MovieFragmentHeaderBox (ISO/IEC 14496-12 8.8.5)."""

from dataclasses import dataclass
from struct import pack

from yiwang.isobmff.box import fields, full_box, version_flags


@dataclass(frozen=True, slots=True)
class MfhdBox:
    """``sequence_number`` rises from fragment to fragment."""

    sequence_number: int

    def to_bytes(self) -> bytes:
        """Octets of the box."""
        return full_box("mfhd", 0, 0, pack(">I", self.sequence_number))


def parse_mfhd(payload: bytes) -> MfhdBox:
    """Read the payload of a ``mfhd`` box."""
    version_flags("mfhd", payload)
    return MfhdBox(*fields("mfhd", "I", payload, 4))
