"""Descriptors whose syntax is a list of fields: told once, read and written by the same list.

A room that needs no more than this is a frozen dataclass with a ``LAYOUT``: one `Part` for each field of the dataclass, and
`reserved` bits between them. `LaidOut` reads and writes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.dvb_time import duration_octets, parse_duration, parse_utc_time, utc_time_octets

Values = dict[str, Any]


class BitWriter:
    """Writes what `BitReader` reads."""

    def __init__(self) -> None:
        self._value = self._length = 0

    def u(self, n: int, value: int) -> None:
        """Append ``n`` bits; WireError if ``value`` needs more."""
        if not 0 <= value < 1 << n:
            raise WireError("descriptor", self._length // 8, f"a value of {n} bits", str(value))
        self._value, self._length = self._value << n | value, self._length + n

    def octets(self, octets: bytes) -> None:
        """Append whole octets."""
        self.u(8 * len(octets), int.from_bytes(octets, "big"))

    def to_bytes(self) -> bytes:
        """Return what was written."""
        if self._length % 8:
            raise WireError("descriptor", self._length // 8, "whole octets", f"{self._length} bits")
        return self._value.to_bytes(self._length // 8, "big")


@dataclass(frozen=True, slots=True)
class Part:
    """One field: how it is read and written. ``name`` is that of the dataclass's field; empty for reserved bits."""

    name: str
    read: Callable[[BitReader, Values], Any]
    write: Callable[[BitWriter, Any], None]
    when: Callable[[Values], bool] | None = None  # the field is None where it is not so

    def if_(self, when: Callable[[Values], bool]) -> "Part":
        """Make the part one that is there only under a condition on the fields before it."""
        return Part(self.name, self.read, self.write, when)


Layout = Sequence[Part]


def _octets(reader: BitReader, count: int) -> bytes:
    return reader.u(8 * count).to_bytes(count, "big")


def u(name: str, bits: int) -> Part:
    """Make an unsigned integer."""
    return Part(name, lambda reader, _: reader.u(bits), lambda writer, value: writer.u(bits, value))


def flag(name: str) -> Part:
    """Make one bit."""
    return Part(name, lambda reader, _: reader.flag(), lambda writer, value: writer.u(1, value))


def reserved(bits: int, value: int | None = None) -> Part:
    """Make bits that mean nothing: ones when written, unless a value is given."""
    ones = (1 << bits) - 1 if value is None else value
    return Part("", lambda reader, _: reader.skip(bits), lambda writer, _: writer.u(bits, ones))


def bcd(name: str, digits: int) -> Part:
    """Make decimal digits, 4 bits each; None where they are none."""

    def read(reader: BitReader, _: Values) -> int | None:
        text = f"{reader.u(4 * digits):0{digits}x}"
        return int(text) if text.isdecimal() else None

    def write(writer: BitWriter, value: int | None) -> None:
        writer.u(4 * digits, (1 << 4 * digits) - 1 if value is None else int(str(value), 16))

    return Part(name, read, write)


def language(name: str) -> Part:
    """Make an ISO_639_language_code or a country code."""
    return Part(
        name,
        lambda reader, _: _octets(reader, 3).decode("latin-1"),
        lambda writer, value: writer.octets(value.encode("latin-1")[:3].ljust(3)),
    )


def utc_time(name: str) -> Part:
    """Make 40 bits of MJD and BCD: seconds since 1970-01-01Z, None when undefined."""
    return Part(
        name,
        lambda reader, _: parse_utc_time(_octets(reader, 5)),
        lambda writer, value: writer.octets(utc_time_octets(value)),
    )


def duration(name: str) -> Part:
    """Make six BCD digits hhmmss: seconds."""
    return Part(
        name,
        lambda reader, _: parse_duration(_octets(reader, 3)),
        lambda writer, value: writer.octets(duration_octets(value)),
    )


def octets(name: str, length_bits: int = 8) -> Part:
    """Make octets behind their length."""

    def write(writer: BitWriter, value: bytes) -> None:
        writer.u(length_bits, len(value))
        writer.octets(value)

    return Part(name, lambda reader, _: _octets(reader, reader.u(length_bits)), write)


def fixed(name: str, count: int) -> Part:
    """Make a known number of octets."""
    return Part(name, lambda reader, _: _octets(reader, count), lambda writer, value: writer.octets(value))


def text(name: str) -> Part:
    """Make DVB text behind its length in octets."""
    plain = octets(name)
    return Part(
        name,
        lambda reader, values: DvbText(plain.read(reader, values)),
        lambda writer, value: plain.write(writer, value.octets),
    )


def rest(name: str) -> Part:
    """Make all octets that remain."""
    return Part(
        name, lambda reader, _: _octets(reader, reader.remaining // 8), lambda writer, value: writer.octets(value)
    )


def rest_text(name: str) -> Part:
    """Make DVB text to the end."""
    return Part(
        name,
        lambda reader, _: DvbText(_octets(reader, reader.remaining // 8)),
        lambda writer, value: writer.octets(value.octets),
    )


def loop(name: str, entry: "type[LaidOut]", length_bits: int = 0, *, counted: bool = False) -> Part:
    """Make entries: to the end, or behind their length in octets, or behind their number (``counted``)."""

    def read(reader: BitReader, _: Values) -> tuple[Any, ...]:
        entries: list[Any] = []
        if counted:
            return tuple(entry.take(reader) for _ in range(reader.u(length_bits)))
        count = reader.u(length_bits) if length_bits else reader.remaining // 8
        inner = BitReader(_octets(reader, count), reader.source)
        while inner.remaining:
            entries.append(entry.take(inner))
        return tuple(entries)

    def write(writer: BitWriter, value: tuple[Any, ...]) -> None:
        inner = b"".join(each.to_bytes() for each in value)
        if length_bits:
            writer.u(length_bits, len(value) if counted else len(inner))
        writer.octets(inner)

    return Part(name, read, write)


class LaidOut:
    """Base of the dataclasses that have a ``LAYOUT``."""

    __slots__ = ()
    LAYOUT: ClassVar[Layout] = ()

    @classmethod
    def take(cls, reader: BitReader) -> Self:
        """Read the fields; WireError when the octets end before."""
        values: Values = {}
        for part in cls.LAYOUT:
            if part.when is not None and not part.when(values):
                if part.name:
                    values[part.name] = None
                continue
            value = part.read(reader, values)
            if part.name:
                values[part.name] = value
        return cls(**values)

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; what follows the last field is left out."""
        return cls.take(BitReader(payload, cls.__name__))

    def to_bytes(self) -> bytes:
        """Write the payload."""
        writer = BitWriter()
        values = {part.name: getattr(self, part.name) for part in self.LAYOUT if part.name}
        for part in self.LAYOUT:
            if part.when is None or part.when(values):
                part.write(writer, values.get(part.name))
        return writer.to_bytes()
