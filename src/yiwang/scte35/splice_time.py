"""splice_time() (SCTE 35 9.8.1) and break_duration() (9.8.2)."""

from dataclasses import dataclass

from yiwang.base.octets import BitReader
from yiwang.scte35.bit_writer import BitWriter


def parse_splice_time(reader: BitReader) -> tuple[int | None, int]:
    """Read pts_time, 33 bits of 90 kHz, None when no time is specified; and the reserved bits, of six 0x40 more."""
    if not reader.flag():
        return None, reader.u(7)
    reserved = 0x40 | reader.u(6)
    return reader.u(33), reserved


def write_splice_time(writer: BitWriter, pts_time: int | None, reserved_bits: int = 0x7F) -> None:
    """Write what `parse_splice_time` reads."""
    if pts_time is None:
        writer.u(1, 0).u(7, reserved_bits)
    else:
        writer.u(1, 1).u(6, reserved_bits & 0x3F).u(33, pts_time)


@dataclass(frozen=True, slots=True)
class BreakDuration:
    """How long a break is, 90 kHz ticks; ``auto_return``: it ends by itself then."""

    auto_return: bool
    duration: int

    def write(self, writer: BitWriter) -> None:
        """Append it."""
        writer.u(1, self.auto_return).reserved(6).u(33, self.duration)


def parse_break_duration(reader: BitReader) -> BreakDuration:
    """Read a break_duration()."""
    auto_return = reader.flag()
    reader.skip(6)
    return BreakDuration(auto_return, reader.u(33))
