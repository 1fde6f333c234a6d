"""XMLTV's times: ``YYYYMMDDhhmmss +hhmm``, seconds and minutes may be missing, so may the zone."""

import re
from datetime import date
from functools import lru_cache

from yiwang.base.local_time import UTC, LocalTime

_MOMENT = re.compile(
    r"\s*(\d{4})-?(\d\d)-?(\d\d)[T ]?(?:(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.\d{1,9})?)?)?)?\s*([^\s].{0,15})?\s*", re.ASCII
)
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d\d))?(?:\s.*)?", re.ASCII)
_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 3600, "WEST": 3600, "CET": 3600, "CEST": 7200, "EET": 7200,
    "EEST": 10800, "MSK": 10800, "CST": 28800, "HKT": 28800, "JST": 32400, "KST": 32400, "EST": -18000, "EDT": -14400,
    "CDT": -18000, "MST": -25200, "MDT": -21600, "PST": -28800, "PDT": -25200, "AKST": -32400, "AKDT": -28800, "HST": -36000,
    "ADT": -10800, "BRT": -10800, "ART": -10800, "CLT": -14400, "AWST": 28800, "ACST": 34200, "ACDT": 37800, "AEST": 36000,
    "AEDT": 39600, "NZST": 43200, "NZDT": 46800, "MEZ": 3600, "MESZ": 7200, "TRT": 10800, "SAST": 7200, "WAT": 3600,
    "CAT": 7200, "EAT": 10800, "PKT": 18000, "ICT": 25200, "WIB": 25200, "WITA": 28800, "SGT": 28800,
    "MYT": 28800, "PHT": 28800,
}  # fmt: skip
"""Names seen in guides; CST is China's."""
LARGEST_OFFSET_S = 14 * 3600
_DAY_S = 86_400
_UNIX_DAY = date(1970, 1, 1).toordinal()


@lru_cache(4096)
def _day_s(year: int, month: int, day: int) -> int:
    return (date(year, month, day).toordinal() - _UNIX_DAY) * _DAY_S


@lru_cache(4096)
def _offset_s(zone: str) -> int | None:
    written = _OFFSET.fullmatch(zone)
    if written is None:
        return _ZONES.get(zone.upper())
    minutes = int(written[3] or 0)
    offset_s = int(written[2]) * 3600 + minutes * 60
    if offset_s > LARGEST_OFFSET_S or minutes > 59:
        return None
    return -offset_s if written[1] == "-" else offset_s


def read_moment(text: str, local: LocalTime = UTC) -> tuple[int, bool] | None:
    """Return seconds since 1970 UTC and whether the zone was understood; None where it is no time of 1970 to 2199.

    A time without a zone, or with one that nobody knows, is ``local``: the source's own.
    """
    moment = _MOMENT.fullmatch(text)
    if moment is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in moment.groups()[:6])
    if not 1970 <= year < 2200 or hour > 24 or minute > 59 or second > 60:
        return None
    try:
        local_s = _day_s(year, month, day) + hour * 3600 + minute * 60 + second
    except ValueError:  # no such day
        return None
    zone = moment[7]
    if zone is None:
        return local.utc_s(local_s), True
    offset_s = _offset_s(zone.rstrip())
    if offset_s is None:
        return local.utc_s(local_s), False
    return local_s - offset_s, True


@lru_cache(4096)
def _day_text(day: int) -> str:
    return date.fromordinal(_UNIX_DAY + day).strftime("%Y%m%d")


@lru_cache(_DAY_S // 60)
def _minute_text(minute: int) -> str:
    return f"{minute // 60:02}{minute % 60:02}"


@lru_cache(1 << 15)  # channels begin programmes at the same minutes
def moment_text(moment_s: int) -> str:
    """Return ``YYYYMMDDhhmmss +0000`` of seconds since 1970 UTC."""
    day, second = divmod(moment_s, _DAY_S)
    minute, second = divmod(second, 60)
    return f"{_day_text(day)}{_minute_text(minute)}{second:02} +0000"
