"""Rows of guide events written as XMLTV's ``programme``: what `xmltv.writer.programme_text` writes, octet for octet."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel
from yiwang.kernels.guide_rows import _varint

# how the field of a tag is written
NOT_WRITTEN, TEXT, PLAIN, SOURCE, CREDIT, LENGTH, SYSTEM, VIDEO, TYPE, RATED = range(10)
MOST_FOR_ONE, MARGIN = 28, 256
"""Octets written at most for one of a row (a field has three at least, an empty one is written in 80, and one of text in
6), and for a programme's begin and end."""

_WORDS = (
    b' <programme start="', b'" stop="', b'" channel="', b'">\n', b" </programme>\n", b"  <", b' lang="', b'"', b">", b"</",
    b">\n", b'  <icon src="', b'"/>\n', b"  <credits>", b"</credits>\n", b' role="', b'  <length units="seconds">',
    b"</length>\n", b' system="', b"  <video>", b"</video>\n", b"  <subtitles", b' type="', b"/>\n", b"><value>",
    b"</value></", b"<", b"  <title></title>\n", b"  <previously-shown/>\n", b"  <premiere/>\n", b"  <last-chance/>\n",
    b"  <new/>\n", b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&#13;", b"&#9;", b"&#10;", b" +0000",
)  # fmt: skip
(
    _PROGRAMME, _STOP, _CHANNEL, _OPEN_END, _PROGRAMME_END, _OPEN, _LANG, _QUOTE, _CLOSE, _END_OPEN, _END_CLOSE, _ICON,
    _EMPTY_END, _CREDITS, _CREDITS_END, _ROLE, _LENGTH, _LENGTH_END, _SYSTEM, _VIDEO, _VIDEO_END, _SUBTITLES, _TYPE,
    _EMPTY_CLOSE, _VALUE, _VALUE_END, _OPEN_INNER, _NO_TITLE, _FLAG_0, _FLAG_1, _FLAG_2, _FLAG_3, _AMP, _LT, _GT, _QUOT,
    _CR, _TAB, _LF, _UTC,
) = range(len(_WORDS))  # fmt: skip
_WORD_OCTETS = np.frombuffer(b"".join(_WORDS), np.uint8)
_WORD_AT = np.cumsum([0, *map(len, _WORDS)])


@kernel(inline="always")
def _word(out: NDArray[np.uint8], to: int, word: int) -> int:
    for k in range(_WORD_AT[word], _WORD_AT[word + 1]):
        out[to] = _WORD_OCTETS[k]
        to += 1
    return to


@kernel(inline="always")
def _copy(source: NDArray[np.uint8], at: int, end: int, out: NDArray[np.uint8], to: int) -> int:
    for k in range(at, end):
        out[to] = source[k]
        to += 1
    return to


@kernel
def _escaped(source: NDArray[np.uint8], at: int, end: int, out: NDArray[np.uint8], to: int, is_attribute: bool) -> int:
    """Write text; what XML cannot hold is left out."""
    k = at
    while k < end:
        octet = np.int64(source[k])
        k += 1
        if octet > 0x3E or (octet >= 0x27 and octet < 0x3C) or octet == 0x20:
            if octet == 0xEF and k + 1 < end and source[k] == 0xBF and source[k + 1] >= 0xBE:  # U+FFFE and U+FFFF
                k += 2
                continue
            out[to] = octet
            to += 1
        elif octet == 0x26:
            to = _word(out, to, _AMP)
        elif octet == 0x3C:
            to = _word(out, to, _LT)
        elif octet == 0x3E:
            to = _word(out, to, _GT)
        elif octet == 0x22:
            to = _word(out, to, _QUOT)
        elif octet == 0x0D:
            to = _word(out, to, _CR)
        elif octet == 0x09 and is_attribute:
            to = _word(out, to, _TAB)
        elif octet == 0x0A and is_attribute:
            to = _word(out, to, _LF)
        elif octet >= 0x20 or octet == 0x09 or octet == 0x0A:
            out[to] = octet
            to += 1
    return to


@kernel
def _digits(value: int, count: int, out: NDArray[np.uint8], to: int) -> int:
    for k in range(count - 1, -1, -1):
        out[to + k] = 48 + value % 10
        value //= 10
    return to + count


@kernel
def write_moment(moment_s: int, out: NDArray[np.uint8], to: int) -> int:
    """Write ``YYYYMMDDhhmmss +0000`` of seconds since 1970 UTC (Gregorian, years of 400 from March on)."""
    day, second = moment_s // 86_400, moment_s % 86_400
    since = day + 719_468  # 0000-03-01
    era, of_era = since // 146_097, since % 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + 400 * era + (1 if month <= 2 else 0)
    to = _digits(year, 4, out, to)
    to = _digits(month, 2, out, to)
    to = _digits(of_year - (153 * shifted + 2) // 5 + 1, 2, out, to)
    to = _digits(second // 3600, 2, out, to)
    to = _digits(second // 60 % 60, 2, out, to)
    to = _digits(second % 60, 2, out, to)
    return _word(out, to, _UTC)


@kernel
def _name(names: NDArray[np.uint8], name_at: NDArray[np.int64], tag: int, out: NDArray[np.uint8], to: int) -> int:
    return _copy(names, name_at[tag], name_at[tag + 1], out, to)


@kernel
def _attribute(word: int, rows: NDArray[np.uint8], at: int, end: int, out: NDArray[np.uint8], to: int) -> int:
    if at < end:
        to = _word(out, to, word)
        to = _escaped(rows, at, end, out, to, True)
        to = _word(out, to, _QUOTE)
    return to


@kernel
def _field(
    kind: int,
    tag: int,
    rows: NDArray[np.uint8],
    key: int,
    key_end: int,
    value_end: int,
    names: NDArray[np.uint8],
    name_at: NDArray[np.int64],
    out: NDArray[np.uint8],
    to: int,
) -> int:
    """Write one element that stands alone."""
    if kind == SOURCE:
        to = _word(out, to, _ICON)
        to = _escaped(rows, key_end, value_end, out, to, True)
        return _word(out, to, _EMPTY_END)
    if kind == LENGTH:
        if value_end - key_end == 1 and rows[key_end] == 48:
            return to
        to = _word(out, to, _LENGTH)
        to = _escaped(rows, key_end, value_end, out, to, False)
        return _word(out, to, _LENGTH_END)
    if kind == TYPE:
        to = _word(out, to, _SUBTITLES)
        to = _attribute(_TYPE, rows, key, key_end, out, to)
        return _word(out, to, _EMPTY_CLOSE)
    if kind == PLAIN and key_end == value_end:
        return to
    to = _word(out, to, _OPEN)
    to = _name(names, name_at, tag, out, to)
    if kind == TEXT:
        language_end = key
        while language_end < key_end and rows[language_end] != 0:
            language_end += 1
        to = _attribute(_LANG, rows, key, language_end, out, to)
    elif kind != PLAIN:
        to = _attribute(_SYSTEM, rows, key, key_end, out, to)
    to = _word(out, to, _VALUE if kind == RATED else _CLOSE)
    to = _escaped(rows, key_end, value_end, out, to, False)
    to = _word(out, to, _VALUE_END if kind == RATED else _END_OPEN)
    to = _name(names, name_at, tag, out, to)
    return _word(out, to, _END_CLOSE)


@kernel
def _inner(
    name_number: int,
    role: int,
    role_end: int,
    rows: NDArray[np.uint8],
    value: int,
    value_end: int,
    names: NDArray[np.uint8],
    name_at: NDArray[np.int64],
    out: NDArray[np.uint8],
    to: int,
) -> int:
    """Write one element within credits or video."""
    to = _word(out, to, _OPEN_INNER)
    to = _name(names, name_at, name_number, out, to)
    to = _attribute(_ROLE, rows, role, role_end, out, to)
    to = _word(out, to, _CLOSE)
    to = _escaped(rows, value, value_end, out, to, False)
    to = _word(out, to, _END_OPEN)
    to = _name(names, name_at, name_number, out, to)
    return _word(out, to, _CLOSE)


@kernel
def write_programmes(
    start_s: NDArray[np.int64],
    stop_s: NDArray[np.int64],
    flags: NDArray[np.int32],
    rows: NDArray[np.uint8],
    at: NDArray[np.int64],
    channel: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    names: NDArray[np.uint8],
    name_at: NDArray[np.int64],
    job_names: int,
    actor: int,
    after_video: int,
    flag_bits: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> tuple[int, int]:
    """Write N programmes of a channel, or as many of them as there is room for.

    Parameters
    ----------
    start_s, stop_s, flags, rows, at : the columns of a schedule
    channel : ndarray, uint8                  its id, escaped
    kinds : ndarray of shape (256,), uint8    how the field of each tag is written
    names, name_at : ndarray, uint8; ndarray of shape (256 + J + 1,), int64    names of elements by tag, and of J jobs
    job_names, actor : int                    number of the first job's name; the job that has a role
    after_video : int                         tag of the last field before the flags
    flag_bits : ndarray of shape (5,), int64  repeat, premiere, last chance, new; open end (no stop is written)
    out : ndarray, uint8                      written

    Returns
    -------
    programmes written, octets written
    """
    to, done = np.int64(0), np.int64(0)
    size = out.shape[0]
    for i in range(start_s.shape[0]):
        if to + MOST_FOR_ONE * (at[i + 1] - at[i]) + channel.shape[0] + MARGIN > size:
            break
        to = _word(out, to, _PROGRAMME)
        to = write_moment(start_s[i], out, to)
        if not flags[i] & flag_bits[4]:
            to = _word(out, to, _STOP)
            to = write_moment(stop_s[i], out, to)
        to = _word(out, to, _CHANNEL)
        to = _copy(channel, 0, channel.shape[0], out, to)
        to = _word(out, to, _OPEN_END)
        place, end = at[i], at[i + 1]
        if place == end or rows[place] != 1:
            to = _word(out, to, _NO_TITLE)
        flags_written, within = False, np.int64(NOT_WRITTEN)
        while True:
            tag, kind, key, key_end, value_end = np.int64(255), np.int64(NOT_WRITTEN), place, place, place
            if place < end:
                tag = np.int64(rows[place])
                key_length, key = _varint(rows, place + 1)
                value_length, key = _varint(rows, key)
                key_end = key + key_length
                value_end = key_end + value_length
                kind = np.int64(kinds[tag])
                if kind == CREDIT and (key_length == 0 or np.int64(rows[key]) >= name_at.shape[0] - 1 - job_names):
                    kind = np.int64(NOT_WRITTEN)
            if within != NOT_WRITTEN and (kind != within) and (place == end or kind != NOT_WRITTEN):
                to = _word(out, to, _CREDITS_END if within == CREDIT else _VIDEO_END)
                within = np.int64(NOT_WRITTEN)
            if not flags_written and tag > after_video:
                for f in range(4):
                    if flags[i] & flag_bits[f]:
                        to = _word(out, to, _FLAG_0 + f)
                flags_written = True
            if place >= end:
                break
            if kind in (CREDIT, VIDEO):
                if within == NOT_WRITTEN:
                    to = _word(out, to, _CREDITS if kind == CREDIT else _VIDEO)
                    within = kind
                if kind == CREDIT:
                    job = np.int64(rows[key])
                    role_end = key_end if job == actor else key + 1
                    to = _inner(job_names + job, key + 1, role_end, rows, key_end, value_end, names, name_at, out, to)
                else:
                    to = _inner(tag, key, key, rows, key_end, value_end, names, name_at, out, to)
            elif kind != NOT_WRITTEN:
                to = _field(kind, tag, rows, key, key_end, value_end, names, name_at, out, to)
            place = value_end
        to = _word(out, to, _PROGRAMME_END)
        done += 1
    return done, to
