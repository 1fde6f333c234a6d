"""TrackFragmentBaseMediaDecodeTimeBox (ISO/IEC 14496-12 8.8.12)."""

from dataclasses import dataclass
from struct import pack

from yiwang.isobmff.box import fields, full_box, version_flags


@dataclass(frozen=True, slots=True)
class TfdtBox:
    """``base_media_decode_time`` in the track's timescale: decode time of the fragment's first sample, 64 bits."""

    base_media_decode_time: int

    def to_bytes(self) -> bytes:
        """Octets of the box, version 1."""
        return full_box("tfdt", 1, 0, pack(">Q", self.base_media_decode_time))


def parse_tfdt(payload: bytes) -> TfdtBox:
    """Read the payload of a ``tfdt`` box, version 0 or 1."""
    version, _ = version_flags("tfdt", payload, (0, 1))
    return TfdtBox(*fields("tfdt", "Q" if version else "I", payload, 4))
