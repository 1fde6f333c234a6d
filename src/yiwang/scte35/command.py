"""Splice commands (SCTE 35 9.7): the small ones, and which type is which."""

from collections.abc import Callable
from dataclasses import dataclass

from yiwang.base.octets import BitReader
from yiwang.scte35.bit_writer import BitWriter, take
from yiwang.scte35.splice_insert import SpliceInsert, parse_splice_insert
from yiwang.scte35.splice_schedule import SpliceSchedule, parse_splice_schedule
from yiwang.scte35.splice_time import parse_splice_time, write_splice_time


@dataclass(frozen=True, slots=True)
class SpliceNull:
    """splice_null() (9.7.1): nothing, a heartbeat."""

    TYPE = 0x00

    def to_bytes(self) -> bytes:
        """Write the command."""
        return b""


@dataclass(frozen=True, slots=True)
class BandwidthReservation:
    """bandwidth_reservation() (9.7.5): nothing, to hold room."""

    TYPE = 0x07

    def to_bytes(self) -> bytes:
        """Write the command."""
        return b""


@dataclass(frozen=True, slots=True)
class TimeSignal:
    """time_signal() (9.7.4): the time that the section's descriptors are about; None: immediately.

    ``reserved_bits``: six before the time, which some send as zeros; seven where there is no time.
    """

    TYPE = 0x06

    pts_time: int | None
    reserved_bits: int = 0x7F

    def to_bytes(self) -> bytes:
        """Write the command."""
        w = BitWriter()
        write_splice_time(w, self.pts_time, self.reserved_bits)
        return w.to_bytes()


@dataclass(frozen=True, slots=True)
class PrivateCommand:
    """private_command() (9.7.6): ``identifier`` as in a registration_descriptor."""

    TYPE = 0xFF

    identifier: int
    private_bytes: bytes

    def to_bytes(self) -> bytes:
        """Write the command."""
        return self.identifier.to_bytes(4, "big") + self.private_bytes


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """A command of a type that is not known: kept as it came."""

    splice_command_type: int
    payload: bytes

    def to_bytes(self) -> bytes:
        """Write the command."""
        return self.payload


SpliceCommand = (
    SpliceNull | SpliceSchedule | SpliceInsert | TimeSignal | BandwidthReservation | PrivateCommand | UnknownCommand
)
_PARSERS: dict[int, Callable[[BitReader], SpliceCommand]] = {
    SpliceNull.TYPE: lambda reader: SpliceNull(),
    SpliceSchedule.TYPE: parse_splice_schedule,
    SpliceInsert.TYPE: parse_splice_insert,
    TimeSignal.TYPE: lambda reader: TimeSignal(*parse_splice_time(reader)),
    BandwidthReservation.TYPE: lambda reader: BandwidthReservation(),
    PrivateCommand.TYPE: lambda reader: PrivateCommand(reader.u(32), take(reader, reader.remaining // 8)),
}


def has_own_end(splice_command_type: int) -> bool:
    """Tell whether a command's end can be found by reading it: needed where splice_command_length is 0xFFF."""
    return splice_command_type in _PARSERS and splice_command_type != PrivateCommand.TYPE


def parse_command(splice_command_type: int, reader: BitReader) -> SpliceCommand:
    """Read a command from ``reader``, which ends where the command does, or later; WireError when it is cut off."""
    parse = _PARSERS.get(splice_command_type)
    if parse is None:
        return UnknownCommand(splice_command_type, take(reader, reader.remaining // 8))
    return parse(reader)


def command_type(command: SpliceCommand) -> int:
    """Return the splice_command_type of a command."""
    return command.splice_command_type if isinstance(command, UnknownCommand) else command.TYPE
