"""EXT-X-DATERANGE (rfc8216bis 4.4.5.1) that carries SCTE 35 (4.4.5.1.1)."""

from dataclasses import dataclass

from yiwang.base.timebase import TICKS_90K
from yiwang.hls.attributes import Quoted, tag
from yiwang.hls.decimal_text import decimal_seconds, exact_date_time, microseconds


def _hex(section: bytes | None) -> str | None:
    return None if section is None else "0x" + section.hex().upper()


@dataclass(frozen=True, slots=True)
class DateRange:
    """The tag; times in 90 kHz ticks, ``start_90k`` since 1970; the sections are whole splice_info_sections."""

    id: str
    start_90k: int
    duration_90k: int | None = None
    planned_duration_90k: int | None = None
    scte35_cmd: bytes | None = None
    scte35_out: bytes | None = None
    scte35_in: bytes | None = None

    def to_text(self) -> str:
        """Return its line."""
        return tag(
            "EXT-X-DATERANGE",
            {
                "ID": Quoted(self.id),
                "START-DATE": Quoted(exact_date_time(self.start_90k)),
                "DURATION": _seconds(self.duration_90k),
                "PLANNED-DURATION": _seconds(self.planned_duration_90k),
                "SCTE35-CMD": _hex(self.scte35_cmd),
                "SCTE35-OUT": _hex(self.scte35_out),
                "SCTE35-IN": _hex(self.scte35_in),
            },
        )


def _seconds(duration_90k: int | None) -> str | None:
    return None if duration_90k is None else decimal_seconds(microseconds(duration_90k, TICKS_90K))
