"""xs:dateTime and xs:duration as whole milliseconds; a time is since 1970-01-01T00:00:00Z."""

import re
from datetime import UTC, datetime, timedelta

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DURATION = re.compile(r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.(\d{1,9}))?S)?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_date_time(text: str) -> int:
    """Return milliseconds; without a zone it is UTC. ValueError: no such time."""
    moment = _MOMENT.fullmatch(text.strip())
    if moment is None:
        raise ValueError(text)
    zone = moment[3] or "Z"
    try:
        whole = datetime.fromisoformat(moment[1] + ("+00:00" if zone == "Z" else zone)) - _EPOCH
    except OverflowError:
        raise ValueError(text) from None
    return (whole.days * 86_400 + whole.seconds) * 1000 + int((moment[2] or "0").ljust(3, "0")[:3])


def date_time_text(moment_ms: int) -> str:
    """Return ``YYYY-MM-DDThh:mm:ss[.mmm]Z``."""
    moment = _EPOCH + timedelta(milliseconds=moment_ms)
    fraction = f".{moment_ms % 1000:03}" if moment_ms % 1000 else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def read_duration(text: str) -> int:
    """Return milliseconds. ValueError: no duration, or one of months and years."""
    parts = _DURATION.fullmatch(text.strip())
    if parts is None or not any(parts.groups()):
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part or 0) for part in parts.groups()[:4])
    fraction = int((parts[5] or "0").ljust(3, "0")[:3])
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + fraction


def duration_text(duration_ms: int) -> str:
    """Return ``PT[nH][nM][nS]``."""
    seconds, milliseconds = divmod(duration_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if milliseconds:
        return f"{text}{seconds}.{milliseconds:03}S"
    return text + (f"{seconds}S" if seconds or text == "PT" else "")
