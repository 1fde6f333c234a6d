"""MovieHeaderBox (ISO/IEC 14496-12 8.2.2), written as version 0, times of creation left at 0."""

from dataclasses import dataclass
from struct import pack

from yiwang.isobmff.box import fields, full_box, version_flags

UNITY_MATRIX = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True, slots=True)
class MvhdBox:
    """``duration`` in ``timescale``; 0 in a fragmented file."""

    timescale: int
    duration: int
    next_track_id: int

    def to_bytes(self) -> bytes:
        """Octets of the box: rate 1, volume 1."""
        times = pack(">IIII", 0, 0, self.timescale, self.duration)
        rate_volume_reserved = pack(">IHHII", 0x10000, 0x100, 0, 0, 0)
        return full_box(
            "mvhd", 0, 0, times, rate_volume_reserved, UNITY_MATRIX, bytes(24), pack(">I", self.next_track_id)
        )


def parse_mvhd(payload: bytes) -> MvhdBox:
    """Read the payload of a ``mvhd`` box, version 0 or 1."""
    version, _ = version_flags("mvhd", payload, (0, 1))
    timescale, duration = fields("mvhd", "IQ" if version else "II", payload, 20 if version else 12)
    (next_track_id,) = fields("mvhd", "I", payload, 108 if version else 96)
    return MvhdBox(timescale, duration, next_track_id)
