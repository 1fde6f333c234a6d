"""EditListBox (ISO/IEC 14496-12 8.6.6): where on the line of presentation a track's composition times begin."""

from dataclasses import dataclass
from struct import iter_unpack, pack

from yiwang.base.errors import WireError
from yiwang.isobmff.box import fields, full_box, version_flags

EMPTY = -1
"""media_time of an edit that shows nothing."""


@dataclass(frozen=True, slots=True)
class ElstBox:
    """``edits`` are (segment_duration in the movie's timescale, media_time in the track's), each at the normal rate."""

    edits: tuple[tuple[int, int], ...]

    def to_bytes(self) -> bytes:
        """Octets of the box, version 1."""
        rows = [pack(">QqI", duration, media_time, 0x10000) for duration, media_time in self.edits]
        return full_box("elst", 1, 0, pack(">I", len(rows)), *rows)

    def offset_ticks(self, movie_timescale: int, timescale: int) -> int:
        """Return what is added to composition times to have presentation times: empty edits, less the first media_time."""
        empty = 0
        for duration, media_time in self.edits:
            if media_time != EMPTY:
                return empty * timescale // max(movie_timescale, 1) - media_time
            empty += duration
        return 0


def parse_elst(payload: bytes) -> ElstBox:
    """Read the payload of an ``elst`` box, version 0 or 1; rates are passed over.

    Raises
    ------
    WireError    its entries are not all there
    """
    version, _ = version_flags("elst", payload, (0, 1))
    (count,) = fields("elst", "I", payload, 4)
    size = 20 if version else 12
    if count * size > len(payload) - 8:
        raise WireError("elst", 4, f"entries in {len(payload) - 8} octets", f"entry_count {count}")
    rows = iter_unpack(">Qq4x" if version else ">Ii4x", payload[8 : 8 + count * size])
    return ElstBox(tuple((duration, media_time) for duration, media_time in rows))
