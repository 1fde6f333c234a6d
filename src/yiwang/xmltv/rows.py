"""A row of the document as a small tree, and the record that it is."""

from collections import Counter
from dataclasses import dataclass, field

from yiwang.base.local_time import LocalTime
from yiwang.xmltv.guide import Channel, Credit, Programme, SystemValue, Text
from yiwang.xmltv.moment import read_moment

MAX_TEXT = 1 << 14
"""Characters of one text; the longest descriptions seen have 5,000."""
MAX_EVENT_S = 3 * 86_400
"""Longer is a mistake: a marathon or a test card of a weekend fits."""
DAY_S = 86_400
LONGEST_OVER_MIDNIGHT_S = 12 * 3600
_LENGTH_S = {"seconds": 1, "minutes": 60, "hours": 3600}
_TIMES = {"start", "stop", "channel"}


@dataclass(slots=True)
class Row:
    """An element: ``text`` pieces in order, children without regard to the text between them."""

    name: str
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)
    children: list["Row"] = field(default_factory=list)

    def value(self) -> str:
        """Return the text with every run of white space as one space, cut at MAX_TEXT."""
        return " ".join("".join(self.text).split())[:MAX_TEXT]


def _child_value(row: Row, name: str) -> str:
    return next((child.value() for child in row.children if child.name == name), "")


def _texts(rows: list[Row]) -> tuple[Text, ...]:
    return tuple(Text(value, row.attributes.get("lang", "")) for row in rows if (value := row.value()))


def _sources(rows: list[Row]) -> tuple[str, ...]:
    return tuple(uri for row in rows if (uri := row.attributes.get("src", "").strip()[:MAX_TEXT]))


def _values(rows: list[Row]) -> tuple[str, ...]:
    return tuple(value for row in rows if (value := row.value()))


def _systems(rows: list[Row], inner: bool) -> tuple[SystemValue, ...]:
    return tuple(
        SystemValue(value, row.attributes.get("system", ""))
        for row in rows
        if (value := (_child_value(row, "value") or row.value()) if inner else row.value())
    )


def _credits(rows: list[Row]) -> tuple[Credit, ...]:
    return tuple(
        Credit(person.name, name, person.attributes.get("role", ""))
        for row in rows
        for person in row.children
        if (name := person.value())
    )


def _length_s(rows: list[Row]) -> int | None:
    for row in rows:
        value = row.value()
        if value.isascii() and value.isdigit() and len(value) < 8:
            return int(value) * _LENGTH_S.get(row.attributes.get("units", "minutes"), 60)
    return None


_KNOWN = {
    "title", "sub-title", "desc", "credits", "date", "category", "keyword", "language", "orig-language", "length", "icon",
    "url", "country", "episode-num", "video", "previously-shown", "premiere", "last-chance", "new", "subtitles", "rating",
    "star-rating", "image",
}  # fmt: skip


def read_channel(row: Row, faults: Counter[str]) -> Channel | None:
    """Return the record of a ``channel`` row; None, counted, when it has no id."""
    channel_id = row.attributes.get("id", "").strip()[:MAX_TEXT]
    if not channel_id:
        faults["channel without id"] += 1
        return None
    by_name: dict[str, list[Row]] = {}
    for child in row.children:
        by_name.setdefault(child.name, []).append(child)
    get = by_name.get
    return Channel(channel_id, _texts(get("display-name", [])), _sources(get("icon", [])), _values(get("url", [])))


def _times(row: Row, faults: Counter[str], local: LocalTime, shift_s: int) -> tuple[int, int | None] | None:
    """Return start and stop, None when the row is to be dropped (counted)."""
    start = read_moment(row.attributes.get("start", ""), local)
    if start is None:
        faults["start"] += 1
        return None
    if not start[1]:
        faults["zone"] += 1
    written = row.attributes.get("stop", "")
    stop = read_moment(written, local) if written.strip() else None
    if stop is None:
        if written.strip():
            faults["stop"] += 1
        return start[0] + shift_s, None
    length_s = stop[0] - start[0]
    if -DAY_S <= length_s < 0 and length_s + DAY_S <= LONGEST_OVER_MIDNIGHT_S:
        faults["stop a day early"] += 1  # 23:30 to 00:00 of the same date
        length_s += DAY_S
    if not 0 < length_s <= MAX_EVENT_S:
        faults["zero length" if length_s == 0 else "negative length" if length_s < 0 else "too long"] += 1
        return None
    return start[0] + shift_s, start[0] + length_s + shift_s


def read_programme(row: Row, faults: Counter[str], local: LocalTime, shift_s: int) -> Programme | None:
    """Return the record of a ``programme`` row; None, counted, when it has no channel or no times that can be."""
    channel = row.attributes.get("channel", "").strip()[:MAX_TEXT]
    if not channel:
        faults["programme without channel"] += 1
        return None
    times = _times(row, faults, local, shift_s)
    if times is None:
        return None
    by_name: dict[str, list[Row]] = {}
    for child in row.children:
        by_name.setdefault(child.name, []).append(child)
    if unknown := by_name.keys() - _KNOWN:
        faults["element passed over"] += len(unknown)
    titles = _texts(by_name.pop("title", []))
    if not titles:
        faults["programme without title"] += 1
    descs, categories = _texts(by_name.pop("desc", [])), _texts(by_name.pop("category", []))
    if not by_name:
        return Programme(channel, *times, titles, descs=descs, categories=categories)
    return _whole(channel, times, titles, descs, categories, by_name)


def _whole(
    channel: str,
    times: tuple[int, int | None],
    titles: tuple[Text, ...],
    descs: tuple[Text, ...],
    categories: tuple[Text, ...],
    by_name: dict[str, list[Row]],
) -> Programme:
    def get(name: str) -> list[Row]:
        return by_name.get(name, [])

    video = get("video")
    return Programme(
        channel,
        *times,
        titles,
        sub_titles=_texts(get("sub-title")),
        descs=descs,
        credits=_credits(get("credits")),
        date=next(iter(_values(get("date"))), ""),
        categories=categories,
        keywords=_texts(get("keyword")),
        language=next(iter(_values(get("language"))), ""),
        orig_language=next(iter(_values(get("orig-language"))), ""),
        length_s=_length_s(get("length")),
        icons=_sources(get("icon")) or _values(get("image")),
        urls=_values(get("url")),
        countries=_texts(get("country")),
        episode_nums=_systems(get("episode-num"), inner=False),
        aspect=_child_value(video[0], "aspect") if video else "",
        quality=_child_value(video[0], "quality") if video else "",
        previously_shown="previously-shown" in by_name,
        premiere="premiere" in by_name,
        last_chance="last-chance" in by_name,
        new="new" in by_name,
        subtitles=tuple(row.attributes.get("type", "") for row in get("subtitles")),
        ratings=_systems(get("rating"), inner=True),
        star_ratings=_systems(get("star-rating"), inner=True),
    )
