"""TrackFragmentHeaderBox (ISO/IEC 14496-12 8.8.7)."""

from dataclasses import dataclass
from struct import pack

from yiwang.isobmff.box import fields, full_box, version_flags

BASE_DATA_OFFSET_PRESENT = 0x000001
SAMPLE_DESCRIPTION_INDEX_PRESENT = 0x000002
DEFAULT_SAMPLE_DURATION_PRESENT = 0x000008
DEFAULT_SAMPLE_SIZE_PRESENT = 0x000010
DEFAULT_SAMPLE_FLAGS_PRESENT = 0x000020
DURATION_IS_EMPTY = 0x010000
DEFAULT_BASE_IS_MOOF = 0x020000


@dataclass(frozen=True, slots=True)
class TfhdBox:
    """A field that is None is absent; data offsets count from the begin of the ``moof`` box."""

    track_id: int
    sample_description_index: int | None = None
    default_sample_duration: int | None = None
    default_sample_size: int | None = None
    default_sample_flags: int | None = None

    def to_bytes(self) -> bytes:
        """Octets of the box, with default-base-is-moof."""
        flags = DEFAULT_BASE_IS_MOOF
        words = [self.track_id]
        for bit, value in (
            (SAMPLE_DESCRIPTION_INDEX_PRESENT, self.sample_description_index),
            (DEFAULT_SAMPLE_DURATION_PRESENT, self.default_sample_duration),
            (DEFAULT_SAMPLE_SIZE_PRESENT, self.default_sample_size),
            (DEFAULT_SAMPLE_FLAGS_PRESENT, self.default_sample_flags),
        ):
            if value is not None:
                flags |= bit
                words.append(value)
        return full_box("tfhd", 0, flags, pack(f">{len(words)}I", *words))


def parse_tfhd(payload: bytes) -> TfhdBox:
    """Read the payload of a ``tfhd`` box; base_data_offset is passed over."""
    _, flags = version_flags("tfhd", payload)
    (track_id,) = fields("tfhd", "I", payload, 4)
    offset = 16 if flags & BASE_DATA_OFFSET_PRESENT else 8
    values: list[int | None] = []
    for bit in (
        SAMPLE_DESCRIPTION_INDEX_PRESENT,
        DEFAULT_SAMPLE_DURATION_PRESENT,
        DEFAULT_SAMPLE_SIZE_PRESENT,
        DEFAULT_SAMPLE_FLAGS_PRESENT,
    ):
        if flags & bit:
            values.extend(fields("tfhd", "I", payload, offset))
            offset += 4
        else:
            values.append(None)
    return TfhdBox(track_id, *values)
