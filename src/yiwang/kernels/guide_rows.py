"""Rows of guide events: fields of tag, key and value, one after the other, in the order of their tags.

A field is ``tag`` (1 octet), lengths of key and value (LEB128 each), key, value. What a tag means is `network.guide.rows`'
business; here it only matters which texts come in several languages.
"""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

LAST_LANGUAGED = 3
"""Tags up to this one (title, sub-title, description) have a language as key; of each language there may be one."""
DESCRIPTION = 3
FIRST_LANGUAGE_BIT, LANGUAGE_BITS = 48, 14
"""Of the bits that tell which fields a row has: a tag below 48 is its own bit, languages share the fourteen above."""


@kernel(inline="always")
def _varint(rows: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """Return a length and the place after it."""
    value, shift = np.int64(0), np.int64(0)
    while True:
        octet = np.int64(rows[at])
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80 or shift > 28:
            return value, at
        shift += 7


@kernel
def fields_end(rows: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where the last whole field between ``at`` and ``end`` ends: ``end`` when the row is as it should be."""
    last_tag = np.int64(0)
    while at < end:
        tag, place = np.int64(rows[at]), at + 1
        lengths = np.int64(0)
        for _ in range(2):
            value, shift = np.int64(0), np.int64(0)
            while True:
                if place >= end or shift > 28:
                    return at
                octet = np.int64(rows[place])
                place += 1
                value |= (octet & 0x7F) << shift
                shift += 7
                if octet < 0x80:
                    break
            lengths += value
        if tag < last_tag or place + lengths > end:
            return at
        last_tag, at = tag, place + lengths
    return at


@kernel
def rows_are_whole(rows: NDArray[np.uint8], at: NDArray[np.int64]) -> bool:
    """Tell whether every row is fields to its end: whatever reads rows without bounds relies on it."""
    if at[0] != 0 or at[-1] != rows.shape[0]:
        return False
    for i in range(at.shape[0] - 1):
        if at[i + 1] < at[i] or at[i + 1] > rows.shape[0] or fields_end(rows, at[i], at[i + 1]) != at[i + 1]:
            return False
    return True


@kernel
def measure_rows(
    rows: NDArray[np.uint8], at: NDArray[np.int64], fields: NDArray[np.int64], score: NDArray[np.int32]
) -> None:
    """Find out what N rows have.

    Parameters
    ----------
    rows, at : ndarray of shape (octets,), uint8; of shape (N + 1,), int64
    fields : ndarray of shape (N,), int64    written: a bit for each tag below 48 and for the languages of texts
    score : ndarray of shape (N,), int32     written: completeness, eight for a kind of field, one for 20 octets of description
    """
    for i in range(at.shape[0] - 1):
        place, end = at[i], at[i + 1]
        mask, described, kinds, last_tag = np.int64(0), np.int64(0), np.int64(0), np.int64(-1)
        while place < end:
            tag = np.int64(rows[place])
            key_length, place = _varint(rows, place + 1)
            value_length, place = _varint(rows, place)
            if tag != last_tag:
                kinds += 1
                last_tag = tag
            if tag < FIRST_LANGUAGE_BIT:
                mask |= np.int64(1) << tag
            if tag <= LAST_LANGUAGED and key_length:
                total = np.int64(0)
                for k in range(place, place + key_length):
                    total = total * 3 + np.int64(rows[k])
                mask |= np.int64(1) << (FIRST_LANGUAGE_BIT + total % LANGUAGE_BITS)
            if tag == DESCRIPTION:
                described += value_length
            place += key_length + value_length
        fields[i] = mask
        score[i] = 8 * kinds + (described if described < 1600 else 1600) // 20


@kernel(inline="always")
def _tag_end(rows: NDArray[np.uint8], at: int, end: int, tag: int) -> int:
    """Return where the fields of this tag end that begin at ``at``."""
    while at < end and np.int64(rows[at]) == tag:
        key_length, at = _varint(rows, at + 1)
        value_length, at = _varint(rows, at)
        at += key_length + value_length
    return at


@kernel
def _has_key(
    rows: NDArray[np.uint8], at: int, end: int, other: NDArray[np.uint8], key_at: int, key_length: int
) -> bool:
    """Tell whether one of the fields has this key, or none at all (then it may be any language)."""
    while at < end:
        length, at = _varint(rows, at + 1)
        value_length, at = _varint(rows, at)
        if length == 0:
            return True
        if length == key_length:
            same = True
            for k in range(length):
                if rows[at + k] != other[key_at + k]:
                    same = False
                    break
            if same:
                return True
        at += length + value_length
    return False


@kernel(inline="always")
def _copy(source: NDArray[np.uint8], at: int, end: int, out: NDArray[np.uint8], to: int) -> int:
    for k in range(at, end):
        out[to + k - at] = source[k]
    return to + end - at


@kernel
def _join(
    one: NDArray[np.uint8],
    at: int,
    end: int,
    other: NDArray[np.uint8],
    other_at: int,
    other_end: int,
    out: NDArray[np.uint8],
    to: int,
) -> int:
    """Write the fields of ``one`` and those of ``other`` that it lacks; return the end."""
    while at < end or other_at < other_end:
        tag = np.int64(one[at]) if at < end else np.int64(256)
        other_tag = np.int64(other[other_at]) if other_at < other_end else np.int64(256)
        if tag < other_tag:
            stop = _tag_end(one, at, end, int(tag))
            to = _copy(one, at, stop, out, to)
            at = stop
        elif other_tag < tag:
            stop = _tag_end(other, other_at, other_end, int(other_tag))
            to = _copy(other, other_at, stop, out, to)
            other_at = stop
        else:
            stop = _tag_end(one, at, end, int(tag))
            to = _copy(one, at, stop, out, to)
            other_stop = _tag_end(other, other_at, other_end, int(tag))
            while tag <= LAST_LANGUAGED and other_at < other_stop:
                key_length, key_at = _varint(other, other_at + 1)
                value_length, key_at = _varint(other, key_at)
                field_end = key_at + key_length + value_length
                if key_length and not _has_key(one, at, stop, other, key_at, key_length):
                    to = _copy(other, other_at, field_end, out, to)
                other_at = field_end
            at, other_at = stop, other_stop
    return to


@kernel
def gather_rows(
    rows: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    chosen: NDArray[np.int64],
    next_join: NDArray[np.int64],
    joined: NDArray[np.int64],
    out: NDArray[np.uint8],
    spare: NDArray[np.uint8],
    out_at: NDArray[np.int64],
) -> int:
    """Write M rows, each with what it lacks from others.

    Parameters
    ----------
    rows : ndarray of shape (octets,), uint8
    begins, ends : ndarray of shape (N,), int64    of the rows there are
    chosen : ndarray of shape (M,), int64          the rows to write
    next_join : ndarray of shape (J + M,), int64   a list for each row written, as links: at M's place its first, at J's the
        next of the same list; -1 ends it. The joins are at 0 to J - 1, the rows written at J on
    joined : ndarray of shape (J,), int64          the row of each join
    out, spare : ndarray, uint8    as large as all that is chosen and joined; ``spare`` is overwritten
    out_at : ndarray of shape (M + 1,), int64      written

    Returns
    -------
    octets written
    """
    to = np.int64(0)
    n_joins = joined.shape[0]
    out_at[0] = 0
    for i in range(chosen.shape[0]):
        row = chosen[i]
        begin = to
        to = _copy(rows, begins[row], ends[row], out, int(to))
        join = next_join[n_joins + i]
        while join >= 0:
            length = _copy(out, int(begin), int(to), spare, 0)
            other = joined[join]
            to = _join(spare, 0, length, rows, begins[other], ends[other], out, int(begin))
            join = next_join[join]
        out_at[i + 1] = to
    return to


@kernel
def hash_rows(
    rows: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """Write a hash of each row or part of one (61 bits), the same on every machine."""
    for i in range(begins.shape[0]):
        one, other = np.int64(7), np.int64(11)
        for k in range(begins[i], ends[i]):
            octet = np.int64(rows[k])
            one = (one * 1000003 + octet) & 0x3FFFFFFF
            other = ((other ^ octet) * 69069) & 0x7FFFFFFF
        out[i] = (one << 31) | other
