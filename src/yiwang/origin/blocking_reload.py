"""Blocking Playlist Reload (rfc8216bis 6.2.5.2): can a playlist request be answered now."""

from typing import Literal

from yiwang.base.errors import UsageError
from yiwang.base.timebase import TICKS_90K
from yiwang.origin.presentation import Presentation
from yiwang.origin.track import Track

MAX_SEGMENTS_AHEAD = 2
PARTS_AHEAD_S = 3
"""Advance Part Limit: three seconds of parts, three parts where a part target is longer than a second."""

Answer = Literal["ready", "wait"]


def blocked(p: Presentation, track: str, msn: int | None, part: int | None) -> Answer:
    """Tell whether a playlist request with ``_HLS_msn`` and ``_HLS_part`` is answered now or waits.

    The one who waits watches `Track.version`, and gives up with 503 after three target durations.

    Raises
    ------
    NotFound      no such track
    UsageError    (400) a part without a segment, a negative number, or further ahead than the standard allows
    """
    found = p.track(track)
    if msn is None:
        if part is not None:
            raise UsageError("_HLS_part without _HLS_msn")
        return "ready"
    if msn < 0 or (part is not None and part < 0):
        raise UsageError("_HLS_msn and _HLS_part are decimal integers")
    if p.finished:
        return "ready"
    if not found.listed:
        return "wait"
    if p.settings.low_latency:
        last = found.last_listed_number
    else:
        last, part = found.listed[-1].number, None  # no parts are listed: it is a whole segment that is waited for
    if msn > last + MAX_SEGMENTS_AHEAD:
        raise UsageError(f"_HLS_msn {msn} is more than two segments after {last}")
    if part is None:
        return "ready" if msn <= last else "wait"
    return _part_blocked(p, found, msn, part)


def _part_blocked(p: Presentation, track: Track, msn: int, part: int) -> Answer:
    segment = track.segments.get(msn)
    if segment is not None and segment.whole and part >= len(segment.parts):
        msn, part = msn + 1, 0  # beyond the last part of a whole segment: the begin of the next one
        segment = track.segments.get(msn)
    if msn <= track.last_listed_number:
        return "ready"
    have = len(segment.parts) if segment is not None else 0
    part_target = max(1, p.part_target_90k)
    limit = -(-PARTS_AHEAD_S * TICKS_90K // part_target) if part_target < TICKS_90K else PARTS_AHEAD_S
    if part > have - 1 + limit:
        raise UsageError(f"_HLS_part {part} of segment {msn} is more than {limit} parts ahead")
    return "ready" if part < have else "wait"
