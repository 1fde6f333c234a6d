"""Times as playlist text, from integers: no float comes near a playlist."""

from datetime import UTC, datetime, timedelta

from yiwang.base.timebase import TICKS_90K, rescale

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(ticks: int, timescale: int) -> int:
    """Microseconds of a time, rounded to the nearest."""
    return rescale(ticks, 1_000_000, timescale)


def decimal_seconds(us: int) -> str:
    """Decimal-floating-point seconds of a duration in microseconds: ``1920000`` is ``1.92``."""
    whole, fraction = divmod(us, 1_000_000)
    return f"{whole}.{fraction:06}".rstrip("0").rstrip(".")


def date_time(presentation_90k: int) -> str:
    """ISO 8601 date and time, in ms, of 90 kHz ticks since 1970-01-01T00:00:00Z."""
    moment = _EPOCH + timedelta(milliseconds=rescale(presentation_90k, 1000, TICKS_90K))
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def exact_date_time(presentation_90k: int) -> str:
    """Return the same in microseconds: a tick of 90 kHz is 11 of them, so no two ticks read the same."""
    moment = _EPOCH + timedelta(microseconds=microseconds(presentation_90k, TICKS_90K))
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
