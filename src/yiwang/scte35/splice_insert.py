"""splice_insert() (SCTE 35 9.7.3)."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader
from yiwang.scte35.bit_writer import BitWriter
from yiwang.scte35.splice_time import (
    BreakDuration,
    parse_break_duration,
    parse_splice_time,
    write_splice_time,
)


@dataclass(frozen=True, slots=True)
class SpliceInsert:
    """A splice event; of one that is cancelled only the id is known.

    ``components``: (component_tag, pts_time) each; None when the whole programme is spliced at ``pts_time``.
    """

    TYPE = 0x05

    splice_event_id: int
    splice_event_cancel_indicator: bool = False
    out_of_network_indicator: bool = False
    splice_immediate_flag: bool = False
    event_id_compliance_flag: bool = True
    pts_time: int | None = None
    components: tuple[tuple[int, int | None], ...] | None = None
    break_duration: BreakDuration | None = None
    unique_program_id: int = 0
    avail_num: int = 0
    avails_expected: int = 0

    def to_bytes(self) -> bytes:
        """Write the command."""
        w = BitWriter().u(32, self.splice_event_id).u(1, self.splice_event_cancel_indicator).reserved(7)
        if self.splice_event_cancel_indicator:
            return w.to_bytes()
        w.u(1, self.out_of_network_indicator).u(1, self.components is None).u(1, self.break_duration is not None)
        w.u(1, self.splice_immediate_flag).u(1, self.event_id_compliance_flag).reserved(3)
        if self.components is None and not self.splice_immediate_flag:
            write_splice_time(w, self.pts_time)
        if self.components is not None:
            w.u(8, len(self.components))
            for tag, pts_time in self.components:
                w.u(8, tag)
                if not self.splice_immediate_flag:
                    write_splice_time(w, pts_time)
        if self.break_duration is not None:
            self.break_duration.write(w)
        return w.u(16, self.unique_program_id).u(8, self.avail_num).u(8, self.avails_expected).to_bytes()


def parse_splice_insert(reader: BitReader) -> SpliceInsert:
    """Read the command; WireError when it is cut off."""
    event_id, cancelled = reader.u(32), reader.flag()
    reader.skip(7)
    if cancelled:
        return SpliceInsert(event_id, True)
    out, program_splice, has_duration, immediate, compliance = (reader.flag() for _ in range(5))
    reader.skip(3)
    pts_time, components = None, None
    if program_splice and not immediate:
        pts_time, _ = parse_splice_time(reader)
    if not program_splice:
        components = tuple(
            (reader.u(8), None if immediate else parse_splice_time(reader)[0]) for _ in range(reader.u(8))
        )
    duration = parse_break_duration(reader) if has_duration else None
    return SpliceInsert(
        event_id,
        False,
        out,
        immediate,
        compliance,
        pts_time,
        components,
        duration,
        reader.u(16),
        reader.u(8),
        reader.u(8),
    )
