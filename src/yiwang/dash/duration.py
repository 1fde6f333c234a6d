"""xs:duration and xs:dateTime from integers."""

from datetime import UTC, datetime, timedelta

from yiwang.base.timebase import TICKS_90K, rescale

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def xs_duration(ticks: int, timescale: int = TICKS_90K) -> str:
    """``PT...S`` rounded to the nearest microsecond; players read it as a double, which holds no more since 1970."""
    whole, fraction = divmod(rescale(ticks, 1_000_000, timescale), 1_000_000)
    return "PT" + f"{whole}.{fraction:06}".rstrip("0").rstrip(".") + "S"


def xs_date_time(us: int) -> str:
    """Date and time of microseconds since 1970-01-01T00:00:00Z."""
    moment = _EPOCH + timedelta(microseconds=us)
    fraction = f".{moment.microsecond:06}".rstrip("0").rstrip(".")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
