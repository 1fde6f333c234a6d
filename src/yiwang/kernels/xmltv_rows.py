"""XMLTV's ``programme`` elements, as nearly all are written, read into rows of guide events.

What is in any way unusual (CDATA, comments, an element or an entity that is not known, a time in another form, a length
that cannot be) is not read here: the scan stops in front of it, and `xmltv.reader` reads it as carefully as it does.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel
from yiwang.kernels.guide_rows import _varint

MORE, ODD, FULL = 0, 1, 2
"""Why a scan ends: the octets end within or before a programme; what comes is for the other reader; no room is left."""
START, STOP, FLAGS, CHANNEL, CHANNEL_END, TITLE_AT, TITLE_END, ROW_END, IS_OTHER = range(9)
"""Columns of what is written of a programme; CHANNEL and CHANNEL_END are where its id is in the text,
TITLE_AT and TITLE_END where its first title is in the rows; IS_OTHER: its channel is not that of the one before."""
N_COLUMNS = 9
NO_STOP = -1
_ODD, _MORE = -1, -2
"""Instead of a place: what is here is not as usual; the octets end before it does."""
FIELDS = 256
"""Of one programme at most."""
MAX_VALUE = 1 << 14
OTHER_ATTRIBUTES = 6

# how an element is read
UNKNOWN, TEXT, PLAIN_ONCE, PLAIN, SOURCE, CREDITS, LENGTH, SYSTEM, VIDEO, TYPE, RATED, FLAG = range(12)
MAX_LENGTH_S = 3 * 86_400
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365], np.int64)

_IS_SPECIAL = np.zeros(256, np.bool_)
_IS_SPECIAL[[9, 10, 13, 32, 38, 93, 0xC2, 0xE1, 0xE2, 0xE3]] = True
"""Octets of a value that may be white space, an entity's begin or a CDATA section's end."""
_PROGRAMME = np.frombuffer(b"programme", np.uint8)
_START_NAME = np.frombuffer(b"start", np.uint8)
_STOP_NAME = np.frombuffer(b"stop", np.uint8)
_CHANNEL_NAME = np.frombuffer(b"channel", np.uint8)
_VALUE_NAME = np.frombuffer(b"value", np.uint8)
_LANGUAGE_NAME = np.frombuffer(b"language", np.uint8)
_USUAL_START, _USUAL_STOP, _USUAL_CHANNEL, _USUAL_LANGUAGE = (
    np.frombuffer(word, np.uint8) for word in (b' start="', b' stop="', b' channel="', b' lang="')
)
_SECONDS, _MINUTES, _HOURS = (np.frombuffer(unit, np.uint8) for unit in (b"seconds", b"minutes", b"hours"))
_ENTITIES = np.frombuffer(b"amp;\x26lt;\x3cgt;\x3equot;\x22apos;\x27", np.uint8)


@kernel(inline="always")
def _is_space(octet: int) -> bool:
    return octet == 32 or octet == 10 or octet == 9 or octet == 13


@kernel(inline="always")
def _skip_space(text: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and _is_space(text[at]):
        at += 1
    return at


@kernel(inline="always")
def _is_name(octet: int) -> bool:
    """Tell whether an octet may be within a name; others than ASCII's are left to the other reader."""
    return (97 <= octet <= 122) or (65 <= octet <= 90) or (48 <= octet <= 57) or octet == 45 or octet == 95


@kernel
def _name_end(text: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and _is_name(text[at]):
        at += 1
    return at


@kernel
def _is_word(text: NDArray[np.uint8], at: int, end: int, word: NDArray[np.uint8]) -> bool:
    if end - at != word.shape[0]:
        return False
    for k in range(word.shape[0]):  # noqa: SIM110 (numba has no generators here)
        if text[at + k] != word[k]:
            return False
    return True


@kernel
def _find_name(text: NDArray[np.uint8], at: int, end: int, names: NDArray[np.uint8], name_at: NDArray[np.int64]) -> int:
    for i in range(name_at.shape[0] - 1):
        if name_at[i + 1] - name_at[i] == end - at:
            same = True
            for k in range(end - at):
                if text[at + k] != names[name_at[i] + k]:
                    same = False
                    break
            if same:
                return i
    return _ODD


@kernel
def _attribute(text: NDArray[np.uint8], at: int, end: int, found: NDArray[np.int64]) -> int:
    """Read ``name="value"`` into ``found`` (begin and end of name, of value); return the place after it, _MORE or _ODD."""
    name_end = _name_end(text, at, end)
    if name_end >= end:
        return _MORE
    if name_end == at or not (97 <= text[at] <= 122 or 65 <= text[at] <= 90 or text[at] == 95) or text[name_end] != 61:
        return _ODD
    place = name_end + 1
    if place >= end:
        return _MORE
    quote = text[place]
    if quote != 34 and quote != 39:
        return _ODD
    place += 1
    found[0], found[1], found[2] = at, name_end, place
    while place < end and text[place] != quote:
        if text[place] == 60:
            return _ODD
        place += 1
    if place >= end:
        return _MORE
    found[3] = place
    place += 1
    if place < end and not (_is_space(text[place]) or text[place] == 62 or text[place] == 47):
        return _ODD
    return place


@kernel
def _entity(text: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Return the octet that the entity after an ampersand is, and the place after it; -1 where it is none of ASCII's."""
    place = 0
    while place < _ENTITIES.shape[0]:
        length = 0
        while _ENTITIES[place + length] != 59:
            length += 1
        length += 1
        if at + length <= end:
            same = True
            for k in range(length):
                if text[at + k] != _ENTITIES[place + k]:
                    same = False
                    break
            if same:
                return np.int64(_ENTITIES[place + length]), at + length
        place += length + 1
    if at < end and text[at] == 35:  # decimal
        value, place = np.int64(0), at + 1
        while place < end and place < at + 5 and 48 <= text[place] <= 57:
            value = value * 10 + np.int64(text[place]) - 48
            place += 1
        if place < end and place > at + 1 and text[place] == 59 and 32 < value < 127:
            return value, place + 1
    return -1, at


@kernel
def _space_length(text: NDArray[np.uint8], at: int, end: int) -> int:
    """Return how many octets the white space beyond ASCII has that begins here (as Python's `str.split`), 0: it is none."""
    one = np.int64(text[at])
    two = np.int64(text[at + 1]) if at + 1 < end else np.int64(0)
    if one == 0xC2:
        return 2 if two == 0x85 or two == 0xA0 else 0
    three = np.int64(text[at + 2]) if at + 2 < end else np.int64(0)
    if one == 0xE3:
        return 3 if two == 0x80 and three == 0x80 else 0
    if one == 0xE2 and two == 0x80:
        return 3 if 0x80 <= three <= 0x8A or three == 0xA8 or three == 0xA9 or three == 0xAF else 0
    if (one == 0xE2 and two == 0x81 and three == 0x9F) or (one == 0xE1 and two == 0x9A and three == 0x80):
        return 3
    return 0


@kernel
def _take(text: NDArray[np.uint8], at: int, end: int, out: NDArray[np.uint8], to: int, is_text: bool) -> int:
    """Write a value; return its end, _ODD where it is not as usual. Of text every run of white space is one space."""
    if end - at > MAX_VALUE:
        return _ODD
    begin = to
    gap = False
    while at < end:
        if not _IS_SPECIAL[text[at]]:
            if gap:
                out[to] = 32
                to += 1
                gap = False
            out[to] = text[at]
            to += 1
            at += 1
            continue
        octet = np.int64(text[at])
        length = np.int64(1)
        if octet == 38:
            octet, place = _entity(text, at + 1, end)
            if octet < 0:
                return _ODD
            length = place - at
        elif octet == 93 and at + 2 < end and text[at + 1] == 93 and text[at + 2] == 62:
            return _ODD
        elif is_text and (octet == 0xC2 or 0xE1 <= octet <= 0xE3):
            length = _space_length(text, at, end)
            octet, length = (np.int64(32), length) if length else (octet, np.int64(1))
        at += length
        if _is_space(octet):
            if is_text:
                gap = to > begin
                continue
            octet = np.int64(32)
        if gap:
            out[to] = 32
            to += 1
            gap = False
        out[to] = octet
        to += 1
    return to


@kernel
def _number(text: NDArray[np.uint8], at: int, count: int) -> int:
    value = np.int64(0)
    for k in range(at, at + count):
        digit = np.int64(text[k]) - 48
        if not 0 <= digit <= 9:
            return _ODD
        value = value * 10 + digit
    return value


@kernel
def _utc_s(local_s: int, local: tuple[NDArray[np.int64], NDArray[np.int64]]) -> int:
    """Return seconds since 1970 UTC of what clocks show: `base.local_time`, its ``offsets_s`` and ``begins_s``."""
    offsets_s, begins_s = local
    low, high = np.int64(0), np.int64(begins_s.shape[0])
    while low < high:
        middle = (low + high) // 2
        if begins_s[middle] <= local_s:
            low = middle + 1
        else:
            high = middle
    return local_s - offsets_s[low]


@kernel
def read_moment(text: NDArray[np.uint8], at: int, end: int, local: tuple[NDArray[np.int64], NDArray[np.int64]]) -> int:
    """Return seconds since 1970 UTC of ``YYYYMMDDhhmmss`` with or without `` +hhmm``; -1 for anything else."""
    length = end - at
    if length != 14 and length != 20:
        return _ODD
    year, month, day = _number(text, at, 4), _number(text, at + 4, 2), _number(text, at + 6, 2)
    hour, minute, second = _number(text, at + 8, 2), _number(text, at + 10, 2), _number(text, at + 12, 2)
    if not (
        1970 <= year < 2200
        and 1 <= month <= 12
        and day >= 1
        and 0 <= hour <= 24
        and 0 <= minute <= 59
        and 0 <= second <= 60
    ):
        return _ODD
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = _DAYS_BEFORE[month] - _DAYS_BEFORE[month - 1] + (1 if is_leap and month == 2 else 0)
    if day > days:
        return _ODD
    before = year - 1
    day_number = 365 * before + before // 4 - before // 100 + before // 400 + _DAYS_BEFORE[month - 1] + day - 719_163
    if is_leap and month > 2:
        day_number += 1
    moment = day_number * 86_400 + hour * 3600 + minute * 60 + second
    if length == 20:
        sign, hours, minutes = text[at + 15], _number(text, at + 16, 2), _number(text, at + 18, 2)
        if text[at + 14] != 32 or (sign != 43 and sign != 45) or hours < 0 or not 0 <= minutes <= 59:
            return _ODD
        offset_s = hours * 3600 + minutes * 60
        if offset_s > 14 * 3600:
            return _ODD
        moment += offset_s if sign == 45 else -offset_s
    else:
        moment = _utc_s(moment, local)
    return moment if moment >= 0 else -1


@kernel
def _put_length(out: NDArray[np.uint8], to: int, value: int) -> int:
    while value >= 0x80:
        out[to] = value & 0x7F | 0x80
        value >>= 7
        to += 1
    out[to] = value
    return to + 1


@kernel
def _end_tag(text: NDArray[np.uint8], at: int, end: int, name: int, name_end: int) -> int:
    """Return the place after ``</name>`` (the name as at ``name``); _MORE; _ODD: it is not that."""
    length = name_end - name
    for k in range(length + 2):
        if at + k >= end:
            return _MORE
        expected = text[name + k - 2]
        if k == 0:
            expected = np.uint8(60)
        elif k == 1:
            expected = np.uint8(47)
        if text[at + k] != expected:
            return _ODD
    at = _skip_space(text, at + 2 + length, end)
    if at >= end:
        return _MORE
    return at + 1 if text[at] == 62 else _ODD


@kernel
def _text_end(text: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and text[at] != 60:
        at += 1
    return at


@kernel
def _open_tag(
    text: NDArray[np.uint8],
    at: int,
    end: int,
    wanted: NDArray[np.uint8],
    tag: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Read ``<name attributes>``, the name being at ``at``; return the place after it, _MORE or _ODD.

    ``tag``: end of the name, begin and end of the wanted attribute's value (-1: there is none), whether it is ``/>``.
    """
    name_end = _name_end(text, at, end)
    tag[0], tag[1], tag[2], tag[3] = name_end, -1, -1, 0
    place = name_end
    others = 0
    while True:
        before = place
        place = _skip_space(text, place, end)
        if place >= end:
            return _MORE
        if text[place] == 62:
            return place + 1
        if text[place] == 47:
            if place + 1 >= end:
                return _MORE
            tag[3] = 1
            return place + 2 if text[place + 1] == 62 else _ODD
        if place == before:
            return _ODD
        place = _attribute(text, place, end, found)
        if place < 0:
            return place
        if _is_word(text, found[0], found[1], wanted):
            if tag[1] >= 0:
                return _ODD
            tag[1], tag[2] = found[2], found[3]
        else:
            for k in range(found[2], found[3]):
                if text[k] == 38:
                    return _ODD
            for other in range(others):
                if _is_word(text, found[0], found[1], text[found[4 + 2 * other] : found[5 + 2 * other]]):
                    return _ODD
            if others == OTHER_ATTRIBUTES:
                return _ODD
            found[4 + 2 * others], found[5 + 2 * others] = found[0], found[1]
            others += 1


@kernel
def _leaf(
    text: NDArray[np.uint8],
    at: int,
    end: int,
    wanted: NDArray[np.uint8],
    tag: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Read a whole element without children, its name at ``at``; ``tag`` as `_open_tag`, then begin and end of its text."""
    place = _open_tag(text, at, end, wanted, tag, found)
    if place < 0:
        return place
    tag[4], tag[5] = place, place
    if tag[3]:
        return place
    tag[5] = _text_end(text, place, end)
    return _end_tag(text, tag[5], end, at, tag[0])


@kernel
def _write_field(
    text: NDArray[np.uint8],
    field_tag: int,
    key: int,
    key_end: int,
    value: int,
    value_end: int,
    first: int,
    out: NDArray[np.uint8],
    to: int,
    spare: NDArray[np.uint8],
) -> int:
    """Write a field (``first``: an octet that the key begins with, -1: none); return the end, ``to``: nothing, _ODD."""
    key_length = np.int64(0)
    if first >= 0:
        spare[0] = first
        key_length = 1
    if key_end > key:
        key_length = _take(text, key, key_end, spare, key_length, False)
        if key_length < 0:
            return _ODD
    value_length = _take(text, value, value_end, spare, key_length, True)
    if value_length < 0:
        return _ODD
    value_length -= key_length
    if value_length == 0:
        return to
    out[to] = field_tag
    to = _put_length(out, to + 1, key_length)
    to = _put_length(out, to, value_length)
    for k in range(key_length + value_length):
        out[to + k] = spare[k]
    return to + key_length + value_length


@kernel
def _children(
    text: NDArray[np.uint8],
    at: int,
    end: int,
    kind: int,
    parent: int,
    parent_end: int,
    names: NDArray[np.uint8],
    name_at: NDArray[np.int64],
    aspect: int,
    credit: int,
    role: NDArray[np.uint8],
    out: NDArray[np.uint8],
    to: int,
    spare: NDArray[np.uint8],
    index: NDArray[np.int64],
    count: int,
    tag: NDArray[np.int64],
    found: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Read the children of credits or video and their end tag; return place (_MORE or _ODD), end of out, fields."""
    seen = np.int64(0)
    while True:
        at = _skip_space(text, at, end)
        if at + 1 >= end:
            return _MORE, to, count
        if text[at] != 60:
            return _ODD, to, count
        if text[at + 1] == 47:
            return _end_tag(text, at, end, parent, parent_end), to, count
        at += 1
        place = _leaf(text, at, end, role, tag, found)
        if place < 0:
            return place, to, count
        name = _find_name(text, at, tag[0], names, name_at)
        if name < 0 or count >= FIELDS:
            return _ODD, to, count
        if kind == CREDITS:
            written = _write_field(text, credit, tag[1], tag[2], tag[4], tag[5], name, out, to, spare)
            order = (np.int64(credit) << 8) | name
        else:
            if tag[1] >= 0 or (seen >> name) & 1:
                return _ODD, to, count
            seen |= np.int64(1) << name
            if name > 1:  # present, colour
                for k in range(tag[4], tag[5]):
                    if text[k] == 38 or text[k] == 93:
                        return _ODD, to, count
                at = place
                continue
            written = _write_field(text, aspect + name, 0, 0, tag[4], tag[5], -1, out, to, spare)
            order = np.int64(aspect + name) << 8
        if written < 0:
            return _ODD, to, count
        if written > to:
            index[count, 0], index[count, 1], index[count, 2] = order, to, written
            count += 1
            to = written
        at = place


@kernel
def _element(
    text: NDArray[np.uint8],
    at: int,
    end: int,
    tables: tuple[
        NDArray[np.uint8],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.uint8],
        NDArray[np.int64],
        NDArray[np.uint8],
        NDArray[np.int64],
        NDArray[np.uint8],
        NDArray[np.int64],
    ],
    out: NDArray[np.uint8],
    to: int,
    spare: NDArray[np.uint8],
    index: NDArray[np.int64],
    count: int,
    tag: NDArray[np.int64],
    found: NDArray[np.int64],
    state: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Read one child of a programme, its name at ``at``; ``state``: elements seen (bits), flags of the event."""  # fmt: skip
    names, name_at, kinds, field_tags, jobs, job_at, parts, part_at, attributes, attribute_at = tables
    name_end = _name_end(text, at, end)
    if name_end >= end:
        return _MORE, to, count
    name = _find_name(text, at, name_end, names, name_at)
    if name < 0 or count >= FIELDS:
        return _ODD, to, count
    kind, field_tag = kinds[name], field_tags[name]
    wanted = attributes[attribute_at[kind] : attribute_at[kind + 1]]
    if kind in (PLAIN_ONCE, VIDEO, LENGTH) and (state[0] >> name) & 1:
        return _ODD, to, count
    state[0] |= np.int64(1) << name
    if kind in (CREDITS, VIDEO):
        place = _open_tag(text, at, end, wanted, tag, found)
        if place < 0 or tag[3]:
            return place, to, count
        if kind == CREDITS:
            return _children(
                text, place, end, kind, at, name_end, jobs, job_at, 0, field_tag, wanted, out, to, spare, index, count,
                tag, found,
            )  # fmt: skip
        return _children(
            text, place, end, kind, at, name_end, parts, part_at, field_tag, 0, wanted, out, to, spare, index, count, tag,
            found,
        )  # fmt: skip
    if kind in (RATED, TYPE):
        place = _open_tag(text, at, end, wanted, tag, found)
        if place < 0:
            return place, to, count
        key, key_end, is_empty = tag[1], tag[2], tag[3]
        value = value_end = place
        if not is_empty:
            place = _skip_space(text, place, end)
            if place + 1 >= end:
                return _MORE, to, count
            if text[place] == 60 and text[place + 1] != 47:
                inner = place + 1
                place = _leaf(text, inner, end, wanted, tag, found)
                if place < 0:
                    return place, to, count
                if not _is_word(text, inner, tag[0], _VALUE_NAME if kind == RATED else _LANGUAGE_NAME) or tag[3]:
                    return _ODD, to, count
                value, value_end = tag[4], tag[5]
                place = _skip_space(text, place, end)
            elif kind == RATED:
                return _ODD, to, count
            place = _end_tag(text, place, end, at, name_end)
            if place < 0:
                return place, to, count
        elif kind == RATED:
            return place, to, count
        if kind == TYPE:
            for k in range(value, value_end):
                if text[k] == 38 or text[k] == 93:
                    return _ODD, to, count
            key_length = _take(text, max(key, np.int64(0)), max(key_end, np.int64(0)), spare, 0, False)
            if key_length < 0:
                return _ODD, to, count
            out[to] = field_tag
            written = _put_length(out, to + 1, key_length)
            written = _put_length(out, written, 0)
            for k in range(key_length):
                out[written + k] = spare[k]
            written += key_length
        else:
            written = _write_field(text, field_tag, key, key_end, value, value_end, -1, out, to, spare)
    else:
        place = _leaf(text, at, end, wanted, tag, found)
        if place < 0:
            return place, to, count
        if kind in (FLAG, SOURCE):
            for k in range(tag[4], tag[5]):
                if text[k] == 38 or text[k] == 93:
                    return _ODD, to, count
        if kind == FLAG:
            state[1] |= field_tag
            return place, to, count
        if kind == SOURCE:
            written = _write_source(text, field_tag, tag[1], tag[2], out, to, spare)
        elif kind == LENGTH:
            written = _write_length(text, field_tag, tag, out, to)
        elif kind in (PLAIN, PLAIN_ONCE):
            written = _write_field(text, field_tag, 0, 0, tag[4], tag[5], -1, out, to, spare)
        else:
            written = _write_field(text, field_tag, tag[1], tag[2], tag[4], tag[5], -1, out, to, spare)
        if kind == PLAIN_ONCE and written == to:  # the next may be the one
            return _ODD, to, count
    if written < 0:
        return _ODD, to, count
    if written > to:
        index[count, 0], index[count, 1], index[count, 2] = np.int64(field_tag) << 8, to, written
        count += 1
    return place, written, count


@kernel
def _write_source(
    text: NDArray[np.uint8],
    field_tag: int,
    at: int,
    end: int,
    out: NDArray[np.uint8],
    to: int,
    spare: NDArray[np.uint8],
) -> int:
    """Write an address: one with white space at its ends is left to the other reader."""
    if at < 0 or at == end:
        return to
    length = _take(text, at, end, spare, 0, False)
    if length < 0:
        return _ODD
    if spare[0] <= 32 or spare[length - 1] <= 32:
        return _ODD
    for k in (0, length - 2, length - 3):
        if k >= 0 and spare[k] >= 0x80 and _space_length(spare, k, length):
            return _ODD
    out[to] = field_tag
    to = _put_length(out, to + 1, 0)
    to = _put_length(out, to, length)
    for k in range(length):
        out[to + k] = spare[k]
    return to + length


@kernel
def _write_length(
    text: NDArray[np.uint8], field_tag: int, tag: NDArray[np.int64], out: NDArray[np.uint8], to: int
) -> int:
    """Write a length in seconds."""
    at, end = tag[4], tag[5]
    if not 1 <= end - at <= 7 or tag[1] < 0 or tag[1] == tag[2]:
        return _ODD
    value = _number(text, at, end - at)
    if value < 0:
        return _ODD
    if _is_word(text, tag[1], tag[2], _MINUTES):
        value *= 60
    elif _is_word(text, tag[1], tag[2], _HOURS):
        value *= 3600
    elif not _is_word(text, tag[1], tag[2], _SECONDS):
        return _ODD
    digits, rest = 1, value
    while rest >= 10:
        rest //= 10
        digits += 1
    out[to], out[to + 1], out[to + 2] = field_tag, 0, digits
    for k in range(digits - 1, -1, -1):
        out[to + 3 + k] = 48 + value % 10
        value //= 10
    return to + 3 + digits


@kernel
def _head(
    text: NDArray[np.uint8],
    at: int,
    end: int,
    local: tuple[NDArray[np.int64], NDArray[np.int64]],
    column: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Read the start tag of a programme into its columns; return the place after it, _MORE or _ODD."""
    column[START], column[STOP], column[CHANNEL] = -1, NO_STOP, -1
    seen = 0
    while True:
        before = at
        at = _skip_space(text, at, end)
        if at >= end:
            return _MORE
        if text[at] == 62:
            break
        if at == before:
            return _ODD
        at = _attribute(text, at, end, found)
        if at < 0:
            return at
        for k in range(found[2], found[3]):
            if text[k] == 38 or text[k] < 32:
                return _ODD
        which = 0
        if _is_word(text, found[0], found[1], _START_NAME):
            which = 1
            column[START] = read_moment(text, found[2], found[3], local)
        elif _is_word(text, found[0], found[1], _STOP_NAME):
            which = 2
            column[STOP] = read_moment(text, found[2], found[3], local)
            if column[STOP] < 0:
                return _ODD
        elif _is_word(text, found[0], found[1], _CHANNEL_NAME):
            which = 4
            column[CHANNEL], column[CHANNEL_END] = found[2], found[3]
            if found[3] == found[2] or found[3] - found[2] > 1024:
                return _ODD
            if text[found[2]] == 32 or text[found[3] - 1] == 32:
                return _ODD
            for k in (found[2], found[3] - 2, found[3] - 3):
                if k >= found[2] and text[k] >= 0x80 and _space_length(text, k, found[3]):
                    return _ODD
        else:
            which = 8
        if seen & which:
            return _ODD
        seen |= which
    if column[START] < 0 or column[CHANNEL] < 0:
        return _ODD
    if seen & 2 and not 0 < column[STOP] - column[START] <= MAX_LENGTH_S:
        return _ODD
    return at + 1


@kernel(inline="always")
def _has(text: NDArray[np.uint8], at: int, word: NDArray[np.uint8]) -> bool:
    """Tell whether a word is at a place that is far enough from the end."""
    same = True
    for k in range(word.shape[0]):
        same &= text[at + k] == word[k]
    return same


@kernel
def _usual_head(
    text: NDArray[np.uint8],
    at: int,
    end: int,
    local: tuple[NDArray[np.int64], NDArray[np.int64]],
    column: NDArray[np.int64],
) -> int:
    """Read ``start="…" stop="…" channel="…">``, as nearly all programmes begin: `_head` in short; _ODD: it is not that."""
    if end - at < 80 or not _has(text, at, _USUAL_START):
        return _ODD
    at += 8
    length = np.int64(20) if text[at + 14] != 34 else np.int64(14)
    if text[at + length] != 34 or not _has(text, at + length + 1, _USUAL_STOP):
        return _ODD
    column[START] = read_moment(text, at, at + length, local)
    at += length + 8
    length = np.int64(20) if text[at + 14] != 34 else np.int64(14)
    if end - at < 40 or text[at + length] != 34 or not _has(text, at + length + 1, _USUAL_CHANNEL):
        return _ODD
    column[STOP] = read_moment(text, at, at + length, local)
    at += length + 11
    column[CHANNEL] = at
    while at < end and text[at] > 32 and text[at] < 127 and text[at] != 34 and text[at] != 38 and text[at] != 60:
        at += 1
    column[CHANNEL_END] = at
    if (
        at + 1 >= end
        or text[at] != 34
        or text[at + 1] != 62
        or not 0 < at - column[CHANNEL] <= 1024
        or column[START] < 0
        or column[STOP] < 0
        or not 0 < column[STOP] - column[START] <= MAX_LENGTH_S
    ):
        return _ODD
    return at + 2


@kernel
def _usual_element(
    text: NDArray[np.uint8],
    at: int,
    end: int,
    names: NDArray[np.uint8],
    name_at: NDArray[np.int64],
    kinds: NDArray[np.int64],
    field_tags: NDArray[np.int64],
    out: NDArray[np.uint8],
    to: int,
    index: NDArray[np.int64],
    count: int,
) -> tuple[int, int, int]:
    """Read a text as nearly all are, with a language or without: `_element` in short; place _ODD: it is not that."""
    name_end = at
    while name_end < end and (97 <= text[name_end] <= 122 or text[name_end] == 45):
        name_end += 1
    if end - name_end < 10 or count >= FIELDS:
        return _ODD, to, count
    value, key, key_end = name_end + 1, name_end, name_end
    if text[name_end] == 32:
        if not _has(text, name_end, _USUAL_LANGUAGE):
            return _ODD, to, count
        key = key_end = name_end + 7
        while key_end < end and text[key_end] != 34:
            if text[key_end] <= 32 or text[key_end] == 38 or text[key_end] == 60 or text[key_end] == 93:
                return _ODD, to, count
            key_end += 1
        value = key_end + 2
        if value >= end or text[key_end + 1] != 62:
            return _ODD, to, count
    elif text[name_end] != 62:
        return _ODD, to, count
    name = _find_name(text, at, name_end, names, name_at)
    if name < 0 or not (kinds[name] == TEXT or (kinds[name] == PLAIN and key == name_end)):
        return _ODD, to, count
    value_end = value
    while value_end < end and text[value_end] != 60:
        if _IS_SPECIAL[text[value_end]]:
            octet = text[value_end]
            if octet == 32:  # one between words is written as it is
                if value_end == value or value_end + 1 >= end or text[value_end + 1] <= 32 or text[value_end + 1] == 60:
                    return _ODD, to, count
            elif octet < 0xC2 or _space_length(text, value_end, end):
                return _ODD, to, count
        value_end += 1
    length, key_length, name_length = value_end - value, key_end - key, name_end - at
    place = value_end + name_length + 3
    if (
        place > end
        or length > MAX_VALUE
        or key_length > MAX_VALUE
        or text[value_end + 1] != 47
        or text[place - 1] != 62
    ):
        return _ODD, to, count
    for k in range(name_length):
        if text[value_end + 2 + k] != text[at + k]:
            return _ODD, to, count
    if length == 0:
        return place, to, count
    index[count, 0], index[count, 1] = np.int64(field_tags[name]) << 8, to
    out[to] = field_tags[name]
    to = _put_length(out, to + 1, key_length)
    to = _put_length(out, to, length)
    for k in range(key_length):
        out[to + k] = text[key + k]
    to += key_length
    for k in range(length):
        out[to + k] = text[value + k]
    to += length
    index[count, 2] = to
    return place, to, count + 1


@kernel
def scan_programmes(
    text: NDArray[np.uint8],
    at: int,
    local: tuple[NDArray[np.int64], NDArray[np.int64]],
    tables: tuple[
        NDArray[np.uint8],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.uint8],
        NDArray[np.int64],
        NDArray[np.uint8],
        NDArray[np.int64],
        NDArray[np.uint8],
        NDArray[np.int64],
    ],
    title: int,
    columns: NDArray[np.int64],
    out: NDArray[np.uint8],
    scratch: NDArray[np.uint8],
    spare: NDArray[np.uint8],
) -> tuple[int, int, int, int]:
    """Read programmes, one after the other with nothing but white space between them.

    Parameters
    ----------
    text : ndarray, uint8        of the document, well-formed UTF-8 that XML may hold, its entities XML's own
    at : int                     where to begin: between two rows
    local : the times of places without a zone: offsets, and from when on the next one (`base.local_time`)
    tables : names of elements with their offsets, kind and tag (a bit of the flags) of each; names of jobs and of the
        children of video, with offsets; the attribute that is read of each kind, with offsets
    title : int                  the tag of a title
    columns : ndarray of shape (N, N_COLUMNS), int64    written, a row for each programme
    out : ndarray, uint8         their rows, one after the other, written
    scratch, spare : ndarray, uint8    as large as ``text`` and some more; overwritten

    Returns
    -------
    programmes, place after the last, octets of ``out``, MORE, ODD or FULL
    """  # fmt: skip
    end = text.shape[0]
    n, used = np.int64(0), np.int64(0)
    names, name_at, kinds, field_tags = tables[0], tables[1], tables[2], tables[3]
    index = np.empty((FIELDS, 3), np.int64)
    tag, found, state = np.empty(8, np.int64), np.empty(4 + 2 * OTHER_ATTRIBUTES, np.int64), np.empty(2, np.int64)
    while True:
        at = _skip_space(text, at, end)
        if end - at < 11:
            return n, at, used, MORE
        if n >= columns.shape[0]:
            return n, at, used, FULL
        if text[at] != 60 or not _is_word(text, at + 1, at + 10, _PROGRAMME) or not _is_space(text[at + 10]):
            return n, at, used, ODD
        place = _usual_head(text, at + 10, end, local, columns[n])
        if place < 0:
            place = _head(text, at + 10, end, local, columns[n], found)
        state[0], state[1] = 0, 0
        count, to = np.int64(0), np.int64(0)
        while place >= 0:
            place = _skip_space(text, place, end)
            if place + 1 >= end:
                place = _MORE
                break
            if text[place] != 60:
                place = _ODD
                break
            if text[place + 1] == 47:
                break
            begin = place + 1
            place, to, count = _usual_element(
                text, begin, end, names, name_at, kinds, field_tags, scratch, to, index, count
            )
            if place < 0:
                place, to, count = _element(
                    text, begin, end, tables, scratch, to, spare, index, count, tag, found, state
                )
        if place >= 0:
            place = _end_tag(text, place, end, at + 1, at + 10)
        if place < 0:
            return n, at, used, ODD if place == _ODD else MORE
        if to + used > out.shape[0]:
            return n, at, used, FULL
        for i in range(1, count):  # by their tags; they nearly always are
            k = i
            while k > 0 and index[k - 1, 0] > index[k, 0]:
                for column in range(3):
                    index[k - 1, column], index[k, column] = index[k, column], index[k - 1, column]
                k -= 1
        if count == 0 or index[0, 0] >> 8 != title:
            return n, at, used, ODD
        key_length, value = _varint(scratch, index[0, 1] + 1)
        _, value = _varint(scratch, value)
        columns[n, TITLE_AT] = used + value + key_length - index[0, 1]
        columns[n, TITLE_END] = used + index[0, 2] - index[0, 1]
        for i in range(count):
            for k in range(index[i, 1], index[i, 2]):
                out[used] = scratch[k]
                used += 1
        columns[n, FLAGS], columns[n, ROW_END] = state[1], used
        columns[n, IS_OTHER] = 1
        if n:
            one = text[columns[n - 1, CHANNEL] : columns[n - 1, CHANNEL_END]]
            columns[n, IS_OTHER] = not _is_word(text, columns[n, CHANNEL], columns[n, CHANNEL_END], one)
        n += 1
        at = place
