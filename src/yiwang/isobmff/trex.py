"""TrackExtendsBox (ISO/IEC 14496-12 8.8.3): defaults that every movie fragment may override."""

from dataclasses import dataclass
from struct import pack

from yiwang.isobmff.box import fields, full_box, version_flags


@dataclass(frozen=True, slots=True)
class TrexBox:
    """``default_sample_duration`` in the track's timescale; 0 where each fragment says it."""

    track_id: int
    default_sample_description_index: int = 1
    default_sample_duration: int = 0
    default_sample_size: int = 0
    default_sample_flags: int = 0

    def to_bytes(self) -> bytes:
        """Octets of the box."""
        return full_box(
            "trex",
            0,
            0,
            pack(
                ">5I",
                self.track_id,
                self.default_sample_description_index,
                self.default_sample_duration,
                self.default_sample_size,
                self.default_sample_flags,
            ),
        )


def parse_trex(payload: bytes) -> TrexBox:
    """Read the payload of a ``trex`` box."""
    version_flags("trex", payload)
    return TrexBox(*fields("trex", "5I", payload, 4))
