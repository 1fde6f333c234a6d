"""The network's guide as XMLTV: from the columns of schedules to octets, no object per event."""

from collections.abc import Iterable, Iterator

import numpy as np

from yiwang.base.xml_text import escape_attribute
from yiwang.kernels import guide_xml
from yiwang.network.guide import rows as tags
from yiwang.network.guide.event import LAST_CHANCE, NEW, OPEN_END, PREMIERE, REPEAT
from yiwang.network.guide.schedule import Schedule
from yiwang.xmltv.guide import Channel
from yiwang.xmltv.writer import CREDIT_JOBS, channel_text

PIECE_EVENTS = 1024
_ROOM_OCTETS = 1 << 20
_NAMES: dict[int, tuple[str, int]] = {
    tags.TITLE: ("title", guide_xml.TEXT),
    tags.SUB_TITLE: ("sub-title", guide_xml.TEXT),
    tags.DESC: ("desc", guide_xml.TEXT),
    tags.CREDIT: ("", guide_xml.CREDIT),
    tags.DATE: ("date", guide_xml.PLAIN),
    tags.CATEGORY: ("category", guide_xml.TEXT),
    tags.KEYWORD: ("keyword", guide_xml.TEXT),
    tags.LANGUAGE: ("language", guide_xml.PLAIN),
    tags.ORIG_LANGUAGE: ("orig-language", guide_xml.PLAIN),
    tags.LENGTH: ("", guide_xml.LENGTH),
    tags.ICON: ("", guide_xml.SOURCE),
    tags.URL: ("url", guide_xml.PLAIN),
    tags.COUNTRY: ("country", guide_xml.TEXT),
    tags.EPISODE_NUM: ("episode-num", guide_xml.SYSTEM),
    tags.ASPECT: ("aspect", guide_xml.VIDEO),
    tags.QUALITY: ("quality", guide_xml.VIDEO),
    tags.SUBTITLES: ("", guide_xml.TYPE),
    tags.AGE: ("rating", guide_xml.RATED),
    tags.RATING: ("rating", guide_xml.RATED),
    tags.STAR_RATING: ("star-rating", guide_xml.RATED),
}
_KINDS = np.zeros(256, np.uint8)
for _tag, (_, _kind) in _NAMES.items():
    _KINDS[_tag] = _kind
_WRITTEN = [_NAMES.get(tag, ("", 0))[0].encode() for tag in range(256)] + [job.encode() for job in CREDIT_JOBS]
_NAME_OCTETS = np.frombuffer(b"".join(_WRITTEN), np.uint8)
_NAME_AT = np.cumsum([0, *map(len, _WRITTEN)])
_FLAG_BITS = np.array([REPEAT, PREMIERE, LAST_CHANCE, NEW, OPEN_END], np.int64)
END = b"</tv>\n"
_ACTOR = CREDIT_JOBS.index("actor")


def programme_pieces(channel_id: str, schedule: Schedule) -> Iterator[bytes]:
    """Yield the programmes of a channel."""
    channel = np.frombuffer(bytearray(escape_attribute(channel_id).encode("utf-8", "replace")), np.uint8)
    done, size = 0, _ROOM_OCTETS
    out = np.empty(size, np.uint8)
    while done < len(schedule):
        piece = schedule.cut(slice(done, done + PIECE_EVENTS)) if len(schedule) > PIECE_EVENTS else schedule
        written, octets = guide_xml.write_programmes(
            piece.start_s, piece.stop_s, piece.flags, piece.rows, piece.at, channel, _KINDS, _NAME_OCTETS, _NAME_AT, 256,
            _ACTOR, tags.QUALITY, _FLAG_BITS, out,
        )  # fmt: skip
        done += written
        if written:
            yield out[:octets].tobytes()
        if written < len(piece):
            if not written:
                out = np.empty(2 * len(out), np.uint8)
            schedule, done = schedule.cut(slice(done, None)), 0


def head_pieces(channels: Iterable[Channel], attributes: dict[str, str] | None = None) -> Iterator[bytes]:
    """Yield a document in UTF-8 as far as its first programme; ``END`` is behind the last.

    Parameters
    ----------
    attributes : dict         of ``tv``: ``generator-info-name``, ``source-info-name``, ``date`` …
    """
    head = "".join(f' {name}="{escape_attribute(value)}"' for name, value in (attributes or {}).items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv{head}>\n'
    for channel in channels:
        text += channel_text(channel)
        if len(text) > 1 << 16:
            yield text.encode("utf-8", "replace")
            text = ""
    yield text.encode("utf-8", "replace")


def xmltv_pieces(
    channels: Iterable[Channel], schedules: Iterable[tuple[str, Schedule]], attributes: dict[str, str] | None = None
) -> Iterator[bytes]:
    """Yield an XMLTV document, piece by piece: memory does not grow with the guide.

    Parameters
    ----------
    channels : iterable       gone through once, first
    schedules : iterable      a channel's id and its schedule, gone through once
    attributes : dict         as in `head_pieces`
    """
    yield from head_pieces(channels, attributes)
    for channel_id, schedule in schedules:
        yield from programme_pieces(channel_id, schedule)
    yield END
