"""local_time_offset_descriptor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from yiwang.base.errors import WireError
from yiwang.mpegts.dvb_time import duration_octets, parse_duration, parse_utc_time, utc_time_octets
from yiwang.mpegts.fields import FieldReader, language_octets

ENTRY = 13


@dataclass(frozen=True, slots=True)
class LocalTimeOffset:
    """Local time less UTC in a region of a country, now and from ``time_of_change_s`` (since 1970-01-01Z) on."""

    country_code: str
    country_region_id: int
    offset_minutes: int
    time_of_change_s: int | None
    next_offset_minutes: int


@dataclass(frozen=True, slots=True)
class LocalTimeOffsetDescriptor:
    """EN 300 468 6.2.20."""

    TAG: ClassVar[int] = 0x58
    TAG_EXTENSION: ClassVar[int | None] = None

    offsets: tuple[LocalTimeOffset, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read the payload; a tail shorter than an entry is left out."""
        reader = FieldReader(payload, "local_time_offset_descriptor")
        return cls(tuple(_take_offset(reader) for _ in range(len(payload) // ENTRY)))

    def to_bytes(self) -> bytes:
        """Write the payload; one polarity serves both offsets, so they must not differ in sign."""
        return b"".join(
            language_octets(o.country_code)
            + bytes((o.country_region_id << 2 | 2 | (o.offset_minutes < 0 or o.next_offset_minutes < 0),))
            + _minutes_octets(o.offset_minutes)
            + utc_time_octets(o.time_of_change_s)
            + _minutes_octets(o.next_offset_minutes)
            for o in self.offsets
        )


def _take_offset(reader: FieldReader) -> LocalTimeOffset:
    country = reader.language()
    region_and_polarity = reader.u8()
    sign = -1 if region_and_polarity & 1 else 1
    offset = sign * _take_minutes(reader)
    change_s = parse_utc_time(reader.take(5))
    return LocalTimeOffset(country, region_and_polarity >> 2, offset, change_s, sign * _take_minutes(reader))


def _take_minutes(reader: FieldReader) -> int:
    """Read four BCD digits hhmm."""
    octets = reader.take(2)
    duration_s = parse_duration(octets + b"\0")
    if duration_s is None:
        raise WireError(reader.source, reader.offset - 2, "four BCD digits hhmm", octets.hex())
    return duration_s // 60


def _minutes_octets(minutes: int) -> bytes:
    return duration_octets(abs(minutes) * 60)[:2]
