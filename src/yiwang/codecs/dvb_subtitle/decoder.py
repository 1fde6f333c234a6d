"""The machine that reads the pages of a DVB subtitle stream: PES payloads in, changes of screens out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import unpack_from
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import MARK_DAMAGED, MARK_PES_START, Marks, Octets
from yiwang.base.events import Fault
from yiwang.base.subtitle import Bitmap, PageId, Screen, ScreenChange
from yiwang.base.timebase import TICKS_90K
from yiwang.codecs.dvb_subtitle.clut import CLEAR, DEFAULTS, rgba
from yiwang.codecs.dvb_subtitle.png import Rgba, png
from yiwang.kernels.dvb_pixel_data import NOT_PIXELS, draw_field

DATA_IDENTIFIER, SUBTITLE_STREAM_ID = 0x20, 0x00
SYNC_BYTE, END_OF_PES_DATA = 0x0F, 0xFF
SEGMENT_HEADER_OCTETS = 6
PAGE_COMPOSITION, REGION_COMPOSITION, CLUT_DEFINITION, OBJECT_DATA, DISPLAY_DEFINITION = range(0x10, 0x15)
END_OF_DISPLAY_SET = 0x80
NORMAL_CASE = 0
"""page_state: of the others all that was known of the page is over (7.2.2)."""

LARGEST_DISPLAY = 4096
MAX_PIXELS = 1920 * 1080
MAX_REGIONS, MAX_OBJECTS = 64, 256
MAX_DISPLAY_SETS = 8
"""Pixels of a page's regions together, regions, places of objects in all of them; sets that end in one PES packet, which
all have its time. They bound memory, and time for each octet."""
LONGEST_TIME_OUT_90K = 60 * TICKS_90K
"""A page_time_out may be 255 s, for receivers that lost the end; a subtitle is never that long."""


class _Object(NamedTuple):
    object_id: int
    x: int
    y: int


@dataclass(slots=True)
class _Region:
    """A region and what has been drawn in it; ``depth`` is bits of a pixel."""

    pixels: NDArray[np.uint8]
    depth: int
    clut_id: int
    objects: list[_Object] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    """What is known of a page; ``shown`` are the regions of its composition with their places, None before there is one."""

    width: int = 720
    height: int = 576
    window_x: int = 0
    window_y: int = 0
    time_out_90k: int = 0
    shown: list[tuple[int, int, int]] | None = None
    regions: dict[int, _Region] = field(default_factory=dict)
    cluts: dict[int, dict[int, dict[int, Rgba]]] = field(default_factory=dict)  # by id, by depth: changed entries
    has_changed: bool = False  # since the last end of a display set
    pts_90k: int = -1


class DvbSubtitleDecoder:
    """`feed` blocks of the elementary stream in any cuts; changes come out at the end of each display set.

    Parameters
    ----------
    pages : iterable of PageId    composition and ancillary page ids of the subtitles that are wanted
    """

    def __init__(self, pages: Iterable[PageId]) -> None:
        self._pages = {page: _Page() for page in pages}
        self._rest = b""
        self._in_pes = False
        self._begins_pes = False
        self._pts_90k = -1
        self._display_sets = 0  # that have ended in this PES packet
        self._faults: dict[str, int] = {}
        self._out: list[ScreenChange] = []

    def feed(self, es: Octets, marks: Marks) -> list[ScreenChange]:
        """Take a block of the elementary stream (see `yiwang.base.elementary`). Never raises, whatever the octets are."""
        begin = 0
        for offset, pts_90k, _, flags in marks.tolist():
            self._take(es[begin:offset])
            begin = offset
            if flags & MARK_DAMAGED:
                if self._in_pes and self._rest:  # else nothing of ours was lost: a padding stream has such marks too
                    self._count("dvb_subtitle_loss")
                self._in_pes = False
            if flags & MARK_PES_START:
                self._display_sets = 0
                self._end_display_sets()  # of encoders that do not say so
                self._in_pes = self._begins_pes = True
                self._rest = b""
                self._pts_90k = pts_90k
        self._take(es[begin:])
        changes, self._out = self._out, []
        return changes

    def flush(self) -> list[ScreenChange]:
        """Take the end of the stream."""
        self._end_display_sets()
        changes, self._out = self._out, []
        return changes

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call; their pid is -1."""
        faults = [Fault(name, count) for name, count in self._faults.items()]
        self._faults = {}
        return faults

    @property
    def pts_90k(self) -> int:
        """PTS of the newest PES packet, 33 bits; -1: not said. What belongs to it may not have come."""
        return self._pts_90k

    def _count(self, name: str) -> None:
        self._faults[name] = self._faults.get(name, 0) + 1

    def _take(self, octets: Octets) -> None:
        if not self._in_pes or not octets.shape[0]:
            return
        data = self._rest + octets.tobytes()
        at = 0
        if self._begins_pes:
            if len(data) < 2:
                self._rest = data
                return
            self._begins_pes = False
            at = 2
            if data[0] != DATA_IDENTIFIER or data[1] != SUBTITLE_STREAM_ID:
                self._in_pes = False
                self._count("dvb_subtitle_data_identifier")
                return
        while at < len(data):
            if data[at] != SYNC_BYTE:
                self._in_pes = False  # the end marker, or what is no segment
                if data[at] != END_OF_PES_DATA:
                    self._count("dvb_subtitle_segment_error")
                self._end_display_sets()
                return
            if at + SEGMENT_HEADER_OCTETS > len(data):
                break
            kind, page_id, length = unpack_from(">BHH", data, at + 1)
            end = at + SEGMENT_HEADER_OCTETS + length
            if end > len(data):
                break
            self._segment(kind, page_id, data[at + SEGMENT_HEADER_OCTETS : end])
            at = end
        self._rest = data[at:]

    # -- segments

    def _segment(self, kind: int, page_id: int, data: bytes) -> None:
        for page_key, page in self._pages.items():
            if page_id not in page_key:
                continue
            try:
                if kind == END_OF_DISPLAY_SET:
                    self._end_display_set(page_key, page)
                elif kind == PAGE_COMPOSITION and page_id == page_key[0]:
                    self._compose_page(page, data)
                elif kind == REGION_COMPOSITION:
                    _compose_region(page, data)
                elif kind == CLUT_DEFINITION:
                    _define_clut(page, data)
                elif kind == OBJECT_DATA:
                    self._draw_object(page, data)
                elif kind == DISPLAY_DEFINITION:
                    _define_display(page, data)
            except (IndexError, ValueError):  # it ends too early, or says what cannot be
                self._count("dvb_subtitle_segment_error")

    def _compose_page(self, page: _Page, data: bytes) -> None:
        """page_composition_segment (7.2.2)."""
        time_out, state = data[0], data[1] >> 2 & 3
        if state != NORMAL_CASE:
            page.regions.clear()
            page.cluts.clear()
        places: dict[int, tuple[int, int, int]] = {}
        for at in range(2, len(data) - 5, 6):
            region_id, _, x, y = unpack_from(">BBHH", data, at)
            places.setdefault(region_id, (region_id, x, y))  # each is shown once
        page.shown = list(places.values())
        page.time_out_90k = min(time_out * TICKS_90K or LONGEST_TIME_OUT_90K, LONGEST_TIME_OUT_90K)
        page.has_changed = True
        page.pts_90k = self._pts_90k

    def _draw_object(self, page: _Page, data: bytes) -> None:
        """object_data_segment (7.2.5), into each region that has the object."""
        object_id = data[0] << 8 | data[1]
        if data[2] >> 2 & 3 != 0 or len(data) < 7:
            return  # characters: of no known service
        keeps_1 = bool(data[2] & 2)
        n_top, n_bottom = unpack_from(">HH", data, 3)
        octets = np.frombuffer(data, np.uint8)
        top = octets[7 : 7 + n_top]
        bottom = octets[7 + n_top : 7 + n_top + n_bottom] if n_bottom else top
        for region in page.regions.values():
            for placed in region.objects:
                if placed.object_id == object_id:
                    drawn = [
                        draw_field(lines, region.pixels, placed.x, placed.y + n, region.depth, keeps_1)
                        for n, lines in enumerate((top, bottom))
                    ]
                    if NOT_PIXELS in drawn:
                        self._count("dvb_subtitle_segment_error")
        page.has_changed = True

    def _end_display_sets(self) -> None:
        for page_id, page in self._pages.items():
            self._end_display_set(page_id, page)

    def _end_display_set(self, page_id: PageId, page: _Page) -> None:
        if not page.has_changed or page.shown is None or self._display_sets >= MAX_DISPLAY_SETS:
            return
        page.has_changed = False
        self._display_sets += 1
        bitmaps = tuple(_bitmaps(page))
        screen = Screen(bitmaps=bitmaps, width=page.width, height=page.height) if bitmaps else None
        self._out.append(ScreenChange(page_id, page.pts_90k, screen, page.time_out_90k))


def _compose_region(page: _Page, data: bytes) -> None:
    """region_composition_segment (7.2.3)."""
    region_id, flags, width, height = unpack_from(">BBHH", data) if len(data) >= 10 else _too_short()
    depth = {1: 2, 2: 4, 3: 8}.get(data[6] >> 2 & 7)
    others = [region for known, region in page.regions.items() if known != region_id]
    room = MAX_PIXELS - sum(region.pixels.size for region in others)
    if depth is None or not 0 < width * height <= room or len(others) >= MAX_REGIONS:
        raise ValueError("a region that cannot be")
    background = {8: data[8], 4: data[9] >> 4, 2: data[9] >> 2 & 3}[depth]
    region = page.regions.get(region_id)
    if region is None or region.pixels.shape != (height, width) or region.depth != depth:
        region = page.regions[region_id] = _Region(np.zeros((height, width), np.uint8), depth, data[7])
        region.pixels[:] = background
    elif flags & 8:
        region.pixels[:] = background
    region.clut_id = data[7]
    region.objects = []
    at = 10
    most = MAX_OBJECTS - sum(len(other.objects) for other in others)
    while at + 6 <= len(data) and len(region.objects) < most:
        object_id, x, y = unpack_from(">HHH", data, at)
        region.objects.append(_Object(object_id, x & 0xFFF, y & 0xFFF))
        at += 8 if x >> 14 in (1, 2) else 6
    page.has_changed = True


def _define_clut(page: _Page, data: bytes) -> None:
    """CLUT_definition_segment (7.2.4)."""
    clut = page.cluts.setdefault(data[0], {2: {}, 4: {}, 8: {}})
    at = 2
    while at + 4 <= len(data):
        entry, flags = data[at], data[at + 1]
        if flags & 1:
            y, cr, cb, t = data[at + 2 : at + 6] if at + 6 <= len(data) else _too_short()
            at += 6
        else:
            word = data[at + 2] << 8 | data[at + 3]
            y, cr, cb, t = word >> 10 << 2, (word >> 6 & 15) << 4, (word >> 2 & 15) << 4, (word & 3) * 85
            at += 4
        colour = rgba(y, cr, cb, t)
        for bit, depth in ((0x80, 2), (0x40, 4), (0x20, 8)):
            if flags & bit and entry < 1 << depth:
                clut[depth][entry] = colour
    page.has_changed = True


def _define_display(page: _Page, data: bytes) -> None:
    """display_definition_segment (7.2.1)."""
    if len(data) < 5:
        _too_short()
    width, height = (value + 1 for value in unpack_from(">HH", data, 1))
    if width > LARGEST_DISPLAY or height > LARGEST_DISPLAY:
        raise ValueError("a display that cannot be")
    page.width, page.height = width, height
    page.window_x = page.window_y = 0
    if data[0] & 8 and len(data) >= 13:
        page.window_x, _, page.window_y, _ = unpack_from(">HHHH", data, 5)


def _too_short() -> tuple[int, int, int, int]:
    raise ValueError("a segment that ends too early")


def _bitmaps(page: _Page) -> Iterator[Bitmap]:
    """Yield the regions of the composition in which something is to be seen, as far as that reaches."""
    for region_id, x, y in page.shown or ():
        region = page.regions.get(region_id)
        if region is None:
            continue
        changed = page.cluts.get(region.clut_id, {}).get(region.depth, {})
        colours = [changed.get(n, colour) for n, colour in enumerate(DEFAULTS[region.depth])]
        is_seen = np.array([colour[3] > 0 for colour in colours])[region.pixels]
        rows, columns = np.flatnonzero(is_seen.any(axis=1)), np.flatnonzero(is_seen.any(axis=0))
        if not rows.shape[0]:
            continue
        top, left = int(rows[0]), int(columns[0])
        pixels = region.pixels[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        used = [colour if colour[3] else CLEAR for colour in colours[: int(pixels.max()) + 1]]
        height, width = pixels.shape
        yield Bitmap(page.window_x + x + left, page.window_y + y + top, width, height, png(pixels, used))
