"""TrackHeaderBox (ISO/IEC 14496-12 8.3.2), written as version 0, times of creation left at 0."""

from dataclasses import dataclass
from struct import pack

from yiwang.isobmff.box import fields, full_box, version_flags
from yiwang.isobmff.mvhd import UNITY_MATRIX

TRACK_ENABLED = 1
TRACK_IN_MOVIE = 2
TRACK_IN_PREVIEW = 4


@dataclass(frozen=True, slots=True)
class TkhdBox:
    """``width`` and ``height`` are 16.16 fixed point, the size for display; ``volume`` is 8.8, 0x100 for sound."""

    track_id: int
    duration: int
    volume: int
    width: int
    height: int
    flags: int = TRACK_ENABLED | TRACK_IN_MOVIE | TRACK_IN_PREVIEW

    def to_bytes(self) -> bytes:
        """Octets of the box: layer 0, alternate_group 0."""
        ids = pack(">IIIII", 0, 0, self.track_id, 0, self.duration)
        layout = pack(">QHHHH", 0, 0, 0, self.volume, 0)
        return full_box("tkhd", 0, self.flags, ids, layout, UNITY_MATRIX, pack(">II", self.width, self.height))


def parse_tkhd(payload: bytes) -> TkhdBox:
    """Read the payload of a ``tkhd`` box, version 0 or 1."""
    version, flags = version_flags("tkhd", payload, (0, 1))
    track_id, _, duration = fields("tkhd", "IIQ" if version else "III", payload, 20 if version else 12)
    more = 12 if version else 0
    (volume,) = fields("tkhd", "H", payload, 36 + more)
    width, height = fields("tkhd", "II", payload, 76 + more)
    return TkhdBox(track_id, duration, volume, width, height, flags)
