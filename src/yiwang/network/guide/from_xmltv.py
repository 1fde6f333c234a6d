"""XMLTV's programmes as events and back, and whole documents straight into schedules.

A kernel reads the programmes that are written as nearly all are; what is unusual goes to `xmltv.GuideReader`, which gives
the same records for it as for any other. So a broken document is read as well as ever, and a usual one ten times as fast.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiwang.base.local_time import UTC, LocalTime
from yiwang.base.xml_text import XmlDecoder
from yiwang.kernels import xmltv_rows as scan
from yiwang.kernels.guide_rows import hash_rows
from yiwang.kernels.xml_octets import is_clean_xml
from yiwang.network.guide import rows as tags
from yiwang.network.guide.event import LAST_CHANCE, NEW, OPEN_END, PREMIERE, REPEAT, Event, Synopsis
from yiwang.network.guide.rows import event_row
from yiwang.network.guide.schedule import Integers, Schedule, gathered, make_schedule
from yiwang.network.guide.titles import title_numbers
from yiwang.xmltv.guide import Channel, Programme, SystemValue, Text
from yiwang.xmltv.mending import Mender
from yiwang.xmltv.reader import MAX_ROW_OCTETS, GuideReader
from yiwang.xmltv.writer import CREDIT_JOBS

PIECE_OCTETS = 1 << 18
LAST_EVENT_S = 3600
"""An event without an end that nothing follows."""
LONGEST_OPEN_S = 12 * 3600
"""An event without an end lasts until the next, but not longer."""
MOST_PATIENCE = 256
"""Rows left to the careful reader before the fast one tries again, where all are unusual."""

_FLAGS = (("previously_shown", REPEAT), ("premiere", PREMIERE), ("last_chance", LAST_CHANCE), ("new", NEW))
_SAME_NAME = (
    "titles", "sub_titles", "credits", "date", "categories", "keywords", "language", "orig_language", "length_s", "urls",
    "countries", "episode_nums", "aspect", "quality", "subtitles", "ratings", "star_ratings",
)  # fmt: skip


def event_of_programme(programme: Programme, stop_s: int | None = None) -> Event:
    """Return the event that a programme is; ``stop_s`` where the programme has none (then its end is open)."""
    flags = sum(flag for name, flag in _FLAGS if getattr(programme, name))
    end_s = programme.stop_s
    if end_s is None:
        end_s, flags = programme.start_s if stop_s is None else stop_s, flags | OPEN_END
    return Event(
        start_s=programme.start_s,
        stop_s=end_s,
        flags=flags,
        synopses=tuple(Synopsis(*text) for text in programme.descs),
        images=programme.icons,
        **{name: getattr(programme, name) for name in _SAME_NAME},
    )


def programme_of_event(event: Event, channel: str) -> Programme:
    """Return the programme that an event is, as far as XMLTV has a place for it; an age is a rating."""
    said: dict[str, Any] = {name: bool(event.flags & flag) for name, flag in _FLAGS}
    ages = tuple(SystemValue(str(age.years), age.country) for age in event.ages)
    values: dict[str, Any] = {name: getattr(event, name) for name in _SAME_NAME} | {"ratings": ages + event.ratings}
    return Programme(
        channel=channel,
        start_s=event.start_s,
        stop_s=None if event.flags & OPEN_END else event.stop_s,
        descs=tuple(Text(synopsis.value, synopsis.lang) for synopsis in event.synopses),
        icons=event.images,
        **said,
        **values,
    )


def _packed(words: list[str]) -> tuple[NDArray[np.uint8], Integers]:
    octets = [word.encode() for word in words]
    return np.frombuffer(bytearray(b"".join(octets)), np.uint8), np.cumsum([0, *map(len, octets)])


_ELEMENTS: dict[str, tuple[int, int]] = {
    "title": (scan.TEXT, tags.TITLE), "desc": (scan.TEXT, tags.DESC), "category": (scan.TEXT, tags.CATEGORY),
    "sub-title": (scan.TEXT, tags.SUB_TITLE), "credits": (scan.CREDITS, tags.CREDIT), "date": (scan.PLAIN_ONCE, tags.DATE),
    "keyword": (scan.TEXT, tags.KEYWORD), "language": (scan.PLAIN_ONCE, tags.LANGUAGE),
    "orig-language": (scan.PLAIN_ONCE, tags.ORIG_LANGUAGE), "length": (scan.LENGTH, tags.LENGTH),
    "icon": (scan.SOURCE, tags.ICON), "url": (scan.PLAIN, tags.URL), "country": (scan.TEXT, tags.COUNTRY),
    "episode-num": (scan.SYSTEM, tags.EPISODE_NUM), "video": (scan.VIDEO, tags.ASPECT),
    "previously-shown": (scan.FLAG, REPEAT), "premiere": (scan.FLAG, PREMIERE), "last-chance": (scan.FLAG, LAST_CHANCE),
    "new": (scan.FLAG, NEW), "subtitles": (scan.TYPE, tags.SUBTITLES), "rating": (scan.RATED, tags.RATING),
    "star-rating": (scan.RATED, tags.STAR_RATING),
}  # fmt: skip
_ATTRIBUTES = {
    scan.TEXT: "lang", scan.SOURCE: "src", scan.CREDITS: "role", scan.LENGTH: "units", scan.SYSTEM: "system",
    scan.TYPE: "type", scan.RATED: "system",
}  # fmt: skip
_TABLES = (
    *_packed(list(_ELEMENTS)),
    np.array([kind for kind, _ in _ELEMENTS.values()], np.int64),
    np.array([tag for _, tag in _ELEMENTS.values()], np.int64),
    *_packed(list(CREDIT_JOBS)),
    *_packed(["aspect", "quality", "present", "colour"]),
    *_packed([_ATTRIBUTES.get(kind, "") for kind in range(scan.FLAG + 1)]),
)


def _with_titles(numbers: NDArray[np.int64], rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return what was read of programmes with the numbers of their titles in place of where these are."""
    _, first, which = np.unique(numbers[:, 4], return_index=True, return_inverse=True)
    begins = (np.cumsum(numbers[:, 7]) - numbers[:, 7] + numbers[:, 5])[first].tolist()
    lengths = numbers[first, 6].tolist()
    titles = [title_numbers(rows[at : at + n].tobytes().decode()) for at, n in zip(begins, lengths, strict=True)]
    made = np.array(titles, np.int64).reshape(-1, 2)[which]
    return np.concatenate((numbers[:, :4], made, numbers[:, 7:]), axis=1)


_ROW_END = re.compile(rb"</(?:programme|channel)>")


def _room(octets: int) -> tuple[Integers, NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return where the kernel writes what it reads of so many octets."""
    out, scratch, spare = (np.empty(octets + 64, np.uint8) for _ in range(3))
    return np.empty((16 + octets // 128, scan.N_COLUMNS), np.int64), out, scratch, spare


class XmltvSchedules:
    """Reads a document, in any cuts, into a schedule for each channel (machine: feed, flush, then `schedules`).

    Parameters
    ----------
    local : LocalTime    as `GuideReader`: of times without a zone
    shift_s : int        added to every time

    Attributes
    ----------
    channels : dict      by id, as the document lists them; of several of one id the first
    faults : Counter     what was not as it should be; after `schedules` events that were refused, too
    """

    def __init__(self, local: LocalTime = UTC, shift_s: int = 0) -> None:
        self.channels: dict[str, Channel] = {}
        self._shift_s = shift_s
        self._local = np.array(local.offsets_s, np.int64), np.array(local.begins_s, np.int64)
        self._reader = GuideReader(local, shift_s)
        self.faults: Counter[str] = self._reader.faults
        self._decoder, self._mender = XmlDecoder(), Mender()
        self._window = b""
        self._room = _room(0)
        self._careful = 1  # rows to be left to the reader
        self._patience = 1
        self._numbers: dict[str, int] = {}  # of channels
        self._rest = b""  # behind the last end of a tag
        self._pieces: list[tuple[NDArray[np.int64], NDArray[np.uint8]]] = []
        self._slow_numbers: list[tuple[int, ...]] = []
        self._slow_rows: list[bytes] = []

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""
        for start in range(0, len(octets), PIECE_OCTETS):
            piece = self._rest + octets[start : start + PIECE_OCTETS]
            cut = piece.rfind(b">") + 1 or len(piece)
            piece, self._rest = piece[:cut], piece[cut:]
            is_clean = self._decoder.is_at_utf_8 and self._mender.is_at_markup
            if is_clean and is_clean_xml(np.frombuffer(bytearray(piece), np.uint8)):
                self._take(piece)  # what decoder and mender would give
            else:
                self._take(self._mender.mend(self._decoder.decode(piece)).encode())

    def flush(self) -> None:
        """Say that there are no more."""
        self._take(self._mender.mend(self._decoder.decode(self._rest, True), True).encode())
        self._rest = b""
        self._read_carefully(self._window)
        self._window = b""
        self._keep(self._reader.flush())
        if self._decoder.replaced:
            self.faults["character"] += self._decoder.replaced

    def _take(self, octets: bytes) -> None:
        self._window = self._window + octets if self._window else octets
        at = 0
        window = np.frombuffer(bytearray(self._window), np.uint8)
        if len(self._room[1]) < len(window):
            self._room = _room(2 * len(window))
        while at < len(window):
            if self._careful:
                end = _ROW_END.search(self._window, at)
                if end is None:
                    self._read_carefully(self._window[at:])
                    at = len(window)
                    break
                self._read_carefully(self._window[at : end.end()])
                at = end.end()
                self._careful = max(self._careful - 1, 0 if self._reader.is_between_rows else 1)
                continue
            at, ended = self._scan(window, at)
            if ended == scan.MORE and len(window) - at <= MAX_ROW_OCTETS:
                break
            if ended != scan.FULL:
                self._careful = self._patience
        self._window = self._window[at:]

    def _scan(self, text: NDArray[np.uint8], at: int) -> tuple[int, int]:
        """Read usual programmes from ``at`` on; return where the first that is none begins, and why it ended."""
        columns, out, scratch, spare = self._room
        n, place, used, ended = scan.scan_programmes(
            text, at, self._local, _TABLES, tags.TITLE, columns, out, scratch, spare
        )
        if n:
            self._patience = 1
            self._add(text, columns[:n], out[:used])
        elif ended == scan.ODD:
            self._patience = min(2 * self._patience, MOST_PATIENCE)
        return place, ended

    def _number_of(self, channel: str) -> int:
        return self._numbers.setdefault(channel, len(self._numbers))

    def _add(self, text: NDArray[np.uint8], columns: NDArray[np.int64], rows: NDArray[np.uint8]) -> None:
        n = len(columns)
        begins = np.nonzero(columns[:, scan.IS_OTHER])[0]
        ids = [
            text[a:b].tobytes().decode() for a, b in columns[begins][:, scan.CHANNEL : scan.CHANNEL_END + 1].tolist()
        ]
        channel = np.repeat([self._number_of(channel_id) for channel_id in ids], np.diff(begins, append=n))
        no_stop = columns[:, scan.STOP] == scan.NO_STOP
        stop_s = np.where(no_stop, scan.NO_STOP, columns[:, scan.STOP] + self._shift_s)
        flags = columns[:, scan.FLAGS] | no_stop * OPEN_END
        hashes = np.empty(n, np.int64)
        hash_rows(rows, columns[:, scan.TITLE_AT], columns[:, scan.TITLE_END], hashes)
        row_at = np.concatenate(([0], columns[:-1, scan.ROW_END]))
        title_at = columns[:, scan.TITLE_AT] - row_at
        title_octets = columns[:, scan.TITLE_END] - columns[:, scan.TITLE_AT]
        start_s = columns[:, scan.START] + self._shift_s
        lengths = columns[:, scan.ROW_END] - row_at
        made = np.column_stack((channel, start_s, stop_s, flags, hashes, title_at, title_octets, lengths))
        self._pieces.append((made, rows.copy()))

    def _read_carefully(self, octets: bytes) -> None:
        self._keep(self._reader.feed_mended(octets))

    def _keep(self, records: Iterator[Channel | Programme]) -> None:
        for record in records:
            if isinstance(record, Channel):
                if self.channels.setdefault(record.id, record) is not record:
                    self.faults["channel doubled"] += 1
                continue
            stop_s = scan.NO_STOP if record.stop_s is None else record.stop_s
            event = event_of_programme(record, stop_s)
            row = event_row(event)
            number = self._number_of(record.channel)
            self._slow_numbers.append(
                (number, event.start_s, stop_s, event.flags, *title_numbers(event.title), len(row))
            )
            self._slow_rows.append(row)

    def schedules(self) -> dict[str, Schedule]:
        """Return the schedule of each channel that has one, by its id."""
        numbers = np.concatenate([np.empty((0, 8), np.int64), *(piece for piece, _ in self._pieces)])
        rows = np.concatenate([np.empty(0, np.uint8), *(piece for _, piece in self._pieces)])
        numbers = _with_titles(numbers, rows)
        if self._slow_rows:
            numbers = np.concatenate((numbers, np.array(self._slow_numbers, np.int64)))
            rows = np.concatenate((rows, np.frombuffer(bytearray(b"".join(self._slow_rows)), np.uint8)))
        at = np.concatenate(([0], np.cumsum(numbers[:, 6])))
        if (numbers[1:, 0] < numbers[:-1, 0]).any():
            order = np.argsort(numbers[:, 0], kind="stable")
            rows, at = gathered(rows, at[:-1], at[1:], order)
            numbers = numbers[order]
        edges = np.searchsorted(numbers[:, 0], np.arange(len(self._numbers) + 1))
        return {
            channel: self._schedule(numbers[edges[i] : edges[i + 1]], rows, at[edges[i] : edges[i + 1] + 1])
            for channel, i in self._numbers.items()
        }

    def _schedule(self, numbers: NDArray[np.int64], rows: NDArray[np.uint8], at: Integers) -> Schedule:
        _, start_s, stop_s, flags, title, sketch, _ = (np.ascontiguousarray(column) for column in numbers.T)
        is_open = stop_s == scan.NO_STOP
        if is_open.any():
            starts = np.append(np.unique(start_s), start_s.max() + LAST_EVENT_S)
            following = starts[np.searchsorted(starts, start_s, "right")]
            stop_s = np.where(is_open, np.minimum(following, start_s + LONGEST_OPEN_S), stop_s)
        return make_schedule(
            start_s, stop_s, flags.astype(np.int32), title, sketch, rows[at[0] : at[-1]], at - at[0], self.faults
        )
