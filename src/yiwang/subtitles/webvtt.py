"""WebVTT (W3C) segments of HLS (rfc8216bis 3.1.4)."""

import re
from collections.abc import Iterable, Sequence
from functools import partial

from yiwang.base.subtitle import BLACK, COLUMNS, ROWS, WHITE, Colour, Cue, TextLine
from yiwang.base.timebase import TICKS_90K, WRAP_33
from yiwang.subtitles.blocks import Block, blocks

LINE_PERCENT = 5.4
"""Height of a line of text in players, of the picture's."""
LOWEST_PERCENT = 97

_NAMES: dict[Colour, str] = {
    (0, 0, 0): "black",
    (255, 0, 0): "red",
    (0, 255, 0): "lime",
    (255, 255, 0): "yellow",
    (0, 0, 255): "blue",
    (255, 0, 255): "magenta",
    (0, 255, 255): "cyan",
    (255, 255, 255): "white",
}
"""Classes that every player knows without a style sheet (WebVTT 5): the eight colours of teletext."""


_MAP = re.compile(rb"MPEGTS:(\d+)")
_TIMES = re.compile(r"(?m)(?:^|(?<=--> ))(\d\d+):(\d\d):(\d\d)\.(\d{3})(?= -->| line:)")


def webvtt_segment(cues: Iterable[Cue], begin_90k: int) -> bytes:
    """Octets of a segment; with no cue it is empty, but there.

    Parameters
    ----------
    cues : iterable of Cue    on the media timeline, 90 kHz ticks, none before ``begin_90k``
    begin_90k : int           of the segment: what 00:00:00.000 means in it. It is written modulo 2^33, so wraps do no harm
    """
    head = f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{begin_90k % WRAP_33},LOCAL:00:00:00.000\n"
    parts = [head]
    for cue in cues:
        times = f"{_time(cue.begin - begin_90k)} --> {_time(cue.end - begin_90k)}"
        parts += (f"\n{times}{_settings(block)}\n{_text(block)}\n" for block in blocks(cue.screen.lines))
    return "".join(parts).encode()


def joined(segments: Sequence[bytes]) -> bytes:
    """Make one segment of several of ours that follow each other; a cue that goes on from one to the next is two."""
    if not segments:
        return b""
    begin_90k = _begin(segments[0])
    parts = [segments[0].decode()]
    for segment in segments[1:]:
        later_90k = (_begin(segment) - begin_90k) % WRAP_33
        body = segment.decode().partition("\n\n")[2]
        if body:
            parts.append("\n" + _TIMES.sub(partial(_shifted, by_90k=later_90k), body))
    return "".join(parts).encode()


def _begin(segment: bytes) -> int:
    match = _MAP.search(segment)
    return int(match[1]) if match else 0


def _shifted(times: re.Match[str], by_90k: int) -> str:
    hours, minutes, seconds, ms = map(int, times.groups())
    return _time(((hours * 60 + minutes) * 60 + seconds) * TICKS_90K + ms * 90 + by_90k)


def _time(ticks_90k: int) -> str:
    seconds, ms = divmod(ticks_90k // 90, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def _settings(block: Block) -> str:
    line = min(100 * block.row / ROWS, LOWEST_PERCENT - LINE_PERCENT * len(block.lines))
    text = f" line:{max(0, round(line))}%"
    if block.align != "center":
        text += f" position:{round(100 * block.column / COLUMNS)}% align:{block.align}"
    return text


def _text(block: Block) -> str:
    return "\n".join(map(_line, block.lines))


def _line(line: TextLine) -> str:
    text = ""
    for span in line.spans:
        written = span.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        classes = "" if span.colour == WHITE else f".{_NAMES.get(span.colour, 'white')}"
        classes += "" if span.background == BLACK else f".bg_{_NAMES.get(span.background, 'black')}"
        text += f"<c{classes}>{written}</c>" if classes else written
    return text
