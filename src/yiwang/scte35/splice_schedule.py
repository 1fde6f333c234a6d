"""splice_schedule() (SCTE 35 9.7.2): splice events hours ahead, in UTC."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader
from yiwang.scte35.bit_writer import BitWriter
from yiwang.scte35.splice_time import BreakDuration, parse_break_duration


@dataclass(frozen=True, slots=True)
class ScheduledSplice:
    """One event. ``utc_splice_time``: seconds since 1980-01-06T00:00:00Z, leap seconds counted; None if components have it."""

    splice_event_id: int
    splice_event_cancel_indicator: bool = False
    event_id_compliance_flag: bool = True
    out_of_network_indicator: bool = False
    utc_splice_time: int | None = 0
    components: tuple[tuple[int, int], ...] = ()
    break_duration: BreakDuration | None = None
    unique_program_id: int = 0
    avail_num: int = 0
    avails_expected: int = 0

    def write(self, w: BitWriter) -> None:
        """Append it."""
        w.u(32, self.splice_event_id).u(1, self.splice_event_cancel_indicator)
        w.u(1, self.event_id_compliance_flag).reserved(6)
        if self.splice_event_cancel_indicator:
            return
        w.u(1, self.out_of_network_indicator).u(1, self.utc_splice_time is not None)
        w.u(1, self.break_duration is not None).reserved(5)
        if self.utc_splice_time is not None:
            w.u(32, self.utc_splice_time)
        else:
            w.u(8, len(self.components))
            for tag, utc in self.components:
                w.u(8, tag).u(32, utc)
        if self.break_duration is not None:
            self.break_duration.write(w)
        w.u(16, self.unique_program_id).u(8, self.avail_num).u(8, self.avails_expected)


def _parse_event(reader: BitReader) -> ScheduledSplice:
    event_id, cancelled, compliance = reader.u(32), reader.flag(), reader.flag()
    reader.skip(6)
    if cancelled:
        return ScheduledSplice(event_id, True, compliance)
    out, program_splice, has_duration = reader.flag(), reader.flag(), reader.flag()
    reader.skip(5)
    utc: int | None = None
    components: tuple[tuple[int, int], ...] = ()
    if program_splice:
        utc = reader.u(32)
    else:
        components = tuple((reader.u(8), reader.u(32)) for _ in range(reader.u(8)))
    duration = parse_break_duration(reader) if has_duration else None
    return ScheduledSplice(
        event_id, False, compliance, out, utc, components, duration, reader.u(16), reader.u(8), reader.u(8)
    )


@dataclass(frozen=True, slots=True)
class SpliceSchedule:
    """The command: at most 255 events."""

    TYPE = 0x04

    events: tuple[ScheduledSplice, ...]

    def to_bytes(self) -> bytes:
        """Write the command."""
        w = BitWriter().u(8, len(self.events))
        for event in self.events:
            event.write(w)
        return w.to_bytes()


def parse_splice_schedule(reader: BitReader) -> SpliceSchedule:
    """Read the command; WireError when it is cut off."""
    return SpliceSchedule(tuple(_parse_event(reader) for _ in range(reader.u(8))))
