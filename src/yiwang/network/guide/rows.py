"""Events as rows of octets: fields of tag, key and value (`kernels.guide_rows`), and the records they are.

Version 1. The tags up to STAR_RATING are XMLTV's elements in the order of its DTD, so that a guide can be written from
rows without making a record of each.
"""

from collections.abc import Callable, Iterable

from yiwang.base.errors import WireError
from yiwang.network.guide.event import Age, ContentGroup, Event, Field, Genre, Synopsis
from yiwang.xmltv.guide import Credit, SystemValue, Text
from yiwang.xmltv.writer import CREDIT_JOBS

TITLE, SUB_TITLE, DESC, CREDIT, DATE, CATEGORY, KEYWORD, LANGUAGE, ORIG_LANGUAGE, LENGTH = range(1, 11)
ICON, URL, COUNTRY, EPISODE_NUM, ASPECT, QUALITY = range(11, 17)
SUBTITLES, AGE, RATING, STAR_RATING = range(18, 22)
GENRE, CRID, GROUP, EVENT_ID, AUDIO = range(32, 37)
DVB_CONTENT = 39
"""The loop of an EIT's content_descriptor: what its second level and user bytes say is for nobody here."""
TV_ANYTIME = 40
"""The elements of a TV-Anytime guide, where the fields do not hold all of them."""
OTHER_JOB = 255
"""First octet of a credit's key, where the job is none of XMLTV's: name, zero octet, role follow."""


def _length(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_SHORT = [_length(n) for n in range(1024)]


def field_octets(tag: int, value: bytes, key: bytes = b"") -> bytes:
    """Return one field of a row."""
    n, m = len(key), len(value)
    return b"%c%b%b%b%b" % (
        tag,
        _SHORT[n] if n < 1024 else _length(n),
        _SHORT[m] if m < 1024 else _length(m),
        key,
        value,
    )


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _pairs(tag: int, values: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(field_octets(tag, _octets(value), _octets(key)) for value, key in values)


def _plain(tag: int, values: Iterable[str]) -> bytes:
    return b"".join(field_octets(tag, _octets(value)) for value in values)


def _synopses(synopses: tuple[Synopsis, ...]) -> bytes:
    return _pairs(DESC, ((s.value, f"{s.lang}\0{s.length}" if s.length else s.lang) for s in synopses))


def credit_octets(credits_: Iterable[Credit]) -> bytes:
    """Return the fields of credits, in the order of XMLTV's DTD."""
    keyed = []
    for job, name, role in credits_:
        if job in CREDIT_JOBS:
            order = CREDIT_JOBS.index(job)
            keyed.append((order, bytes((order,)) + _octets(role), _octets(name)))
        else:
            keyed.append((OTHER_JOB, b"\xff" + _octets(job) + b"\0" + _octets(role), _octets(name)))
    keyed.sort(key=lambda credit: credit[0])
    return b"".join(field_octets(CREDIT, name, key) for _, key, name in keyed)


_WRITERS: tuple[tuple[str, Callable[[Event], bytes]], ...] = (
    ("titles", lambda e: _pairs(TITLE, e.titles)),
    ("sub_titles", lambda e: _pairs(SUB_TITLE, e.sub_titles)),
    ("synopses", lambda e: _synopses(e.synopses)),
    ("credits", lambda e: credit_octets(e.credits)),
    ("date", lambda e: _plain(DATE, (e.date,))),
    ("categories", lambda e: _pairs(CATEGORY, e.categories)),
    ("keywords", lambda e: _pairs(KEYWORD, e.keywords)),
    ("language", lambda e: _plain(LANGUAGE, (e.language,))),
    ("orig_language", lambda e: _plain(ORIG_LANGUAGE, (e.orig_language,))),
    ("length_s", lambda e: _plain(LENGTH, (str(e.length_s),))),
    ("images", lambda e: _plain(ICON, e.images)),
    ("urls", lambda e: _plain(URL, e.urls)),
    ("countries", lambda e: _pairs(COUNTRY, e.countries)),
    ("episode_nums", lambda e: _pairs(EPISODE_NUM, e.episode_nums)),
    ("aspect", lambda e: _plain(ASPECT, (e.aspect,))),
    ("quality", lambda e: _plain(QUALITY, (e.quality,))),
    ("subtitles", lambda e: b"".join(field_octets(SUBTITLES, b"", _octets(kind)) for kind in e.subtitles)),
    ("ages", lambda e: _pairs(AGE, ((str(age.years), age.country) for age in e.ages))),
    ("ratings", lambda e: _pairs(RATING, e.ratings)),
    ("star_ratings", lambda e: _pairs(STAR_RATING, e.star_ratings)),
    ("genres", lambda e: _pairs(GENRE, ((genre.name, genre.href) for genre in e.genres))),
    ("crid", lambda e: _plain(CRID, (e.crid,))),
    ("groups", lambda e: _pairs(GROUP, e.groups)),
    ("event_id", lambda e: _plain(EVENT_ID, (str(e.event_id),))),
    ("audio", lambda e: _pairs(AUDIO, e.audio)),
)  # in the order of the tags


def event_row(event: Event) -> bytes:
    """Return the row of an event; times and flags are in the schedule's columns, not in the row."""
    row = b""
    for name, write in _WRITERS:
        value = getattr(event, name)
        if value or (value == 0 and value is not None and value != ""):
            row += write(event)
    if not event.others:
        return row
    fields = row_fields(row) + list(event.others)
    fields.sort(key=lambda field: field.tag)
    return b"".join(field_octets(field.tag, field.value, field.key) for field in fields)


def row_fields(row: bytes) -> list[Field]:
    """Return the fields of a row; :class:`WireError` where it is cut off."""
    fields, at, end = [], 0, len(row)
    try:
        while at < end:
            tag = row[at]
            key_length, value_length = row[at + 1], row[at + 2]
            if key_length < 0x80 and value_length < 0x80:  # nearly always
                at += 3
            else:
                key_length, at = _read_length(row, at + 1)
                value_length, at = _read_length(row, at)
            key_end = at + key_length
            fields.append(Field(tag, row[at:key_end], row[key_end : key_end + value_length]))
            at = key_end + value_length
    except IndexError:
        at = end + 1
    if at != end:
        raise WireError("guide row", end, "whole fields", "a row that is cut off")
    return fields


def _read_length(row: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while row[at] >= 0x80 and shift < 28:
        value |= (row[at] & 0x7F) << shift
        shift += 7
        at += 1
    return value | row[at] << shift, at + 1


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _read_text(field: Field) -> Text:
    return Text(_text(field.value), _text(field.key))


def _read_synopsis(field: Field) -> Synopsis:
    lang, _, length = _text(field.key).partition("\0")
    return Synopsis(_text(field.value), lang, length)


def _read_credit(field: Field) -> Credit:
    order, rest = (field.key[0], _text(field.key[1:])) if field.key else (OTHER_JOB, "")
    if order < len(CREDIT_JOBS):
        return Credit(CREDIT_JOBS[order], _text(field.value), rest)
    job, _, role = rest.partition("\0")
    return Credit(job, _text(field.value), role)


def _read_system(field: Field) -> SystemValue:
    return SystemValue(_text(field.value), _text(field.key))


def _integer(field: Field) -> int:
    return int(field.value) if field.value.isdigit() and len(field.value) < 10 else 0


_READERS: dict[int, tuple[str, bool, Callable[[Field], object]]] = {
    TITLE: ("titles", True, _read_text),
    SUB_TITLE: ("sub_titles", True, _read_text),
    DESC: ("synopses", True, _read_synopsis),
    CREDIT: ("credits", True, _read_credit),
    DATE: ("date", False, lambda f: _text(f.value)),
    CATEGORY: ("categories", True, _read_text),
    KEYWORD: ("keywords", True, _read_text),
    LANGUAGE: ("language", False, lambda f: _text(f.value)),
    ORIG_LANGUAGE: ("orig_language", False, lambda f: _text(f.value)),
    LENGTH: ("length_s", False, _integer),
    ICON: ("images", True, lambda f: _text(f.value)),
    URL: ("urls", True, lambda f: _text(f.value)),
    COUNTRY: ("countries", True, _read_text),
    EPISODE_NUM: ("episode_nums", True, _read_system),
    ASPECT: ("aspect", False, lambda f: _text(f.value)),
    QUALITY: ("quality", False, lambda f: _text(f.value)),
    SUBTITLES: ("subtitles", True, lambda f: _text(f.key)),
    AGE: ("ages", True, lambda f: Age(_integer(f), _text(f.key))),
    RATING: ("ratings", True, _read_system),
    STAR_RATING: ("star_ratings", True, _read_system),
    GENRE: ("genres", True, lambda f: Genre(_text(f.key), _text(f.value))),
    CRID: ("crid", False, lambda f: _text(f.value)),
    GROUP: ("groups", True, lambda f: ContentGroup(_text(f.value), _text(f.key))),
    EVENT_ID: ("event_id", False, _integer),
    AUDIO: ("audio", True, _read_text),
}


_UNKNOWN: tuple[str, bool, Callable[[Field], object]] = ("", False, lambda field: field)


def row_event(row: bytes, start_s: int, stop_s: int, flags: int = 0) -> Event:
    """Return the event of a row; :class:`WireError` where it is cut off."""
    values: dict[str, object] = {}
    lists: dict[str, list[object]] = {}
    others: list[Field] = []
    for field in row_fields(row):
        name, is_list, read = _READERS.get(field[0], _UNKNOWN)
        if is_list:
            lists.setdefault(name, []).append(read(field))
        elif name:
            values[name] = read(field)
        else:
            others.append(field)
    for name, items in lists.items():
        values[name] = tuple(items)
    return Event(start_s=start_s, stop_s=stop_s, flags=flags, others=tuple(others), **values)  # type: ignore[arg-type]


def row_titles(row: bytes) -> tuple[Text, ...]:
    """Return the titles only."""
    titles = []
    at = 0
    while at + 3 <= len(row) and row[at] == TITLE:
        key_length, place = _read_length(row, at + 1)
        value_length, place = _read_length(row, place)
        at = place + key_length + value_length
        titles.append(Text(_text(row[place + key_length : at]), _text(row[place : place + key_length])))
    return tuple(titles)
