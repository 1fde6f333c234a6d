"""The readable twins of the guide's kernels."""

from yiwang.kernels.guide_merge import (
    ENOUGH_LEFT_S,
    LATEST_S,
    LEAST_LEFT_S,
    MAX_EVENT_S,
    SAME_START_S,
)
from yiwang.network.guide.rows import field_octets, row_fields

Event = tuple[int, int, int, int]  # start, stop, title, sketch


def is_alike(one: Event, other: Event) -> bool:
    if one[2] == other[2]:
        return True
    common, every = (one[3] & other[3]).bit_count(), (one[3] | other[3]).bit_count()
    least = min(one[3].bit_count(), other[3].bit_count())
    return common >= 3 and (common / every >= 0.6 or common / least >= 0.9)


def is_same(one: Event, other: Event) -> bool:
    overlap = min(one[1], other[1]) - max(one[0], other[0])
    shorter = min(one[1] - one[0], other[1] - other[0])
    return overlap > 0 and overlap >= shorter / 2 and abs(one[0] - other[0]) <= SAME_START_S and is_alike(one, other)


def clean(events: list[Event]) -> list[Event]:
    out: list[Event] = []
    for event in events:
        if not 0 <= event[0] <= LATEST_S or not 0 < event[1] - event[0] <= MAX_EVENT_S:
            continue
        last = out[-1] if out else None
        if last is not None and event[0] < last[1]:
            if is_same(last, event) or event[0] == last[0]:
                continue
            out[-1] = (last[0], event[0], *last[2:])
        out.append(event)
    return out


def lay(events: list[Event], others: list[Event]) -> list[Event]:
    added = []
    for other in others:
        if any(is_same(event, other) for event in events):
            continue
        gaps, at = [], other[0]
        for event in events:
            if event[1] > other[0] and event[0] < other[1]:
                gaps.append((at, event[0]))
                at = max(at, event[1])
        gaps.append((at, other[1]))
        begin, end = max(gaps, key=lambda gap: gap[1] - gap[0])
        left, whole = end - begin, other[1] - other[0]
        if left == whole or (left >= LEAST_LEFT_S and (left >= ENOUGH_LEFT_S or 2 * left >= whole)):
            added.append((begin, end, *other[2:]))
    return sorted(events + added)


def join(row: bytes, other: bytes) -> bytes:
    fields = row_fields(row)
    tags = {field.tag for field in fields}
    more = []
    for field in row_fields(other):
        keys = [known.key for known in fields if known.tag == field.tag]
        if field.tag not in tags or (field.tag <= 3 and field.key and b"" not in keys and field.key not in keys):
            more.append(field)
    return b"".join(field_octets(*(f.tag, f.value, f.key)) for f in sorted(fields + more, key=lambda f: f.tag))
