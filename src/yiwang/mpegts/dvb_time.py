"""UTC_time, start_time and duration of service information: Modified Julian Date and BCD."""

from yiwang.base.errors import WireError

MJD_1970 = 40587
MJD_RANGE = 1 << 16
DAY_S = 86_400
UNDEFINED_TIME = b"\xff" * 5
UNDEFINED_DURATION = b"\xff" * 3


def parse_utc_time(octets: bytes) -> int | None:
    """Return seconds since 1970-01-01T00:00:00Z, None when undefined (all ones) or no time of day.

    Notes
    -----
    Source: EN 300 468 Annex C. The 16-bit MJD runs out on 2038-04-22; no service information is older than 1970, so a
    date before is read as one after the wrap, which serves until 2149.
    """
    time_of_day_s = parse_duration(octets[2:])
    if octets == UNDEFINED_TIME or time_of_day_s is None or time_of_day_s >= DAY_S:
        return None
    days = (int.from_bytes(octets[:2], "big") - MJD_1970) % MJD_RANGE
    return days * DAY_S + time_of_day_s


def utc_time_octets(utc_s: int | None) -> bytes:
    """Write what :func:`parse_utc_time` reads."""
    if utc_s is None:
        return UNDEFINED_TIME
    days, time_of_day_s = divmod(utc_s, DAY_S)
    if not 0 <= days < MJD_RANGE:
        raise WireError("UTC_time", 0, "a date from 1970 to 2149", f"{utc_s} s")
    return ((days + MJD_1970) % MJD_RANGE).to_bytes(2, "big") + duration_octets(time_of_day_s)


def parse_duration(octets: bytes) -> int | None:
    """Return seconds from six BCD digits hhmmss, None when they are no duration."""
    digits = octets.hex()
    if len(digits) != 6 or not digits.isdecimal():
        return None
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    return None if minutes > 59 or seconds > 59 else hours * 3600 + minutes * 60 + seconds


def duration_octets(duration_s: int | None) -> bytes:
    """Write what :func:`parse_duration` reads."""
    if duration_s is None:
        return UNDEFINED_DURATION
    minutes, seconds = divmod(duration_s, 60)
    hours, minutes = divmod(minutes, 60)
    if not 0 <= hours < 100:
        raise WireError("duration", 0, "less than 100 hours", f"{duration_s} s")
    return bytes.fromhex(f"{hours:02d}{minutes:02d}{seconds:02d}")
