"""From what a config file calls a place's time to its table; the zones are the system's, else the tzdata package's."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from yiwang.base.local_time import LocalTime
from yiwang.base.said import said

_OFFSET = re.compile(r"([+-])(\d\d):?([0-5]\d)")
LARGEST_OFFSET_S = 14 * 3600
_WEEK_S = 7 * 86_400
FIRST_S, LAST_S = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1990, 2060))
"""Changes of clocks before and after are nobody's guide."""


@lru_cache(64)
def local_time_of(zone: str) -> LocalTime:
    """Return the time of an IANA zone, or of an offset (``+08:00``). Raises ValueError."""
    if written := _OFFSET.fullmatch(zone):
        offset_s = int(written[2]) * 3600 + int(written[3]) * 60
        if offset_s <= LARGEST_OFFSET_S:
            return LocalTime((-offset_s if written[1] == "-" else offset_s,))
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(said("zone-form", got=repr(zone[:60]))) from None
    return _table(place)


def _table(place: ZoneInfo) -> LocalTime:
    def offset_at(moment_s: int) -> int:
        offset = datetime.fromtimestamp(moment_s, place).utcoffset()
        assert offset is not None  # a zone has one
        return round(offset.total_seconds())

    offsets, begins = [offset_at(FIRST_S)], []
    for week_s in range(FIRST_S, LAST_S, _WEEK_S):
        before_s, after_s, offset = week_s, week_s + _WEEK_S, offset_at(week_s + _WEEK_S)
        if offset == offsets[-1]:
            continue
        while after_s - before_s > 1:
            middle_s = (before_s + after_s) // 2
            if offset_at(middle_s) == offset:
                after_s = middle_s
            else:
                before_s = middle_s
        begins.append(after_s + max(offsets[-1], offset))
        offsets.append(offset)
    return LocalTime(tuple(offsets), tuple(begins))
