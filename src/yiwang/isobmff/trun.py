"""TrackRunBox (ISO/IEC 14496-12 8.8.8) and the sample flags of 8.8.3.1."""

from dataclasses import dataclass
from struct import pack

from yiwang.base.errors import WireError
from yiwang.isobmff.box import fields, full_box, version_flags

DATA_OFFSET_PRESENT = 0x000001
FIRST_SAMPLE_FLAGS_PRESENT = 0x000004
SAMPLE_DURATION_PRESENT = 0x000100
SAMPLE_SIZE_PRESENT = 0x000200
SAMPLE_FLAGS_PRESENT = 0x000400
SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT = 0x000800

SYNC_SAMPLE = 0x02000000  # sample_depends_on = 2: on no other
NON_SYNC_SAMPLE = 0x01010000  # sample_depends_on = 1: on others; sample_is_non_sync_sample


@dataclass(frozen=True, slots=True)
class TrunBox:
    """A run of samples; a column that is None is absent and its default of ``tfhd`` or ``trex`` holds.

    Durations and composition time offsets are in the track's timescale; a negative offset makes it version 1.
    """

    data_offset: int
    sample_count: int
    sample_durations: tuple[int, ...] | None = None
    sample_sizes: tuple[int, ...] | None = None
    sample_flags: tuple[int, ...] | None = None
    sample_composition_time_offsets: tuple[int, ...] | None = None
    first_sample_flags: int | None = None

    def to_bytes(self) -> bytes:
        """Octets of the box."""
        flags = DATA_OFFSET_PRESENT
        head = pack(">Ii", self.sample_count, self.data_offset)
        if self.first_sample_flags is not None:
            flags |= FIRST_SAMPLE_FLAGS_PRESENT
            head += pack(">I", self.first_sample_flags)
        offsets = self.sample_composition_time_offsets
        columns = []
        for bit, column in (
            (SAMPLE_DURATION_PRESENT, self.sample_durations),
            (SAMPLE_SIZE_PRESENT, self.sample_sizes),
            (SAMPLE_FLAGS_PRESENT, self.sample_flags),
            (SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT, offsets),
        ):
            if column is not None:
                flags |= bit
                columns.append(column)
        rows = [pack(">I", value & 0xFFFFFFFF) for row in zip(*columns, strict=True) for value in row]
        version = 1 if offsets is not None and min(offsets, default=0) < 0 else 0
        return full_box("trun", version, flags, head, *rows)


def parse_trun(payload: bytes) -> TrunBox:
    """Read the payload of a ``trun`` box, version 0 or 1.

    Raises
    ------
    WireError    sample_count does not fit in the box; data offset absent
    """
    version, flags = version_flags("trun", payload, (0, 1))
    (sample_count,) = fields("trun", "I", payload, 4)
    if not flags & DATA_OFFSET_PRESENT:
        raise WireError("trun", 0, "data-offset-present", f"flags {flags:#x}")
    (data_offset,) = fields("trun", "i", payload, 8)
    offset = 12
    first_sample_flags = None
    if flags & FIRST_SAMPLE_FLAGS_PRESENT:
        (first_sample_flags,) = fields("trun", "I", payload, offset)
        offset += 4
    layout = ""
    present = []
    for bit, code in (
        (SAMPLE_DURATION_PRESENT, "I"),
        (SAMPLE_SIZE_PRESENT, "I"),
        (SAMPLE_FLAGS_PRESENT, "I"),
        (SAMPLE_COMPOSITION_TIME_OFFSETS_PRESENT, "i" if version else "I"),
    ):
        present.append(bool(flags & bit))
        layout += code if flags & bit else ""
    if sample_count * len(layout) * 4 != len(payload) - offset:
        raise WireError("trun", 4, f"{len(payload) - offset} octets of samples", f"sample_count {sample_count}")
    values = fields("trun", layout * sample_count, payload, offset)
    columns: list[tuple[int, ...] | None] = []
    for column_present in present:
        position = sum(column is not None for column in columns)
        columns.append(values[position :: len(layout)] if column_present else None)
    durations, sizes, sample_flags, offsets = columns
    return TrunBox(data_offset, sample_count, durations, sizes, sample_flags, offsets, first_sample_flags)
