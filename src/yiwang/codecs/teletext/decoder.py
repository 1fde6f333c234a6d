"""The machine that reads the subtitle pages of a teletext stream: PES payloads in, changes of screens out."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from yiwang.base.elementary import MARK_DAMAGED, MARK_PES_START, Marks, Octets
from yiwang.base.events import Fault
from yiwang.base.subtitle import PageId, ScreenChange
from yiwang.base.timebase import HALF_WRAP_33, TICKS_90K, WRAP_33
from yiwang.codecs.teletext.hamming import BAD, DECODE_8_4, REVERSED, decode_24_18
from yiwang.codecs.teletext.page import LAST_ROW, Header, Page

UNIT_OCTETS = 46
"""A data unit: id, length, line, framing code, 42 octets (EN 300 472 4.4)."""
UNIT_LENGTH = 44
TELETEXT_UNITS = (0x02, 0x03)
FRAMING_CODE = 0xE4
DATA_IDENTIFIERS = range(0x10, 0x20)

TIME_OUT_90K = 30 * TICKS_90K
"""A subtitle that is neither taken off nor sent again is over. The standard knows no limit; readers are never given half
of this."""
PAGE_PATIENCE_90K = TICKS_90K // 2
"""So long after its header a page is taken for whole, though none has followed."""
NO_PAGE = 0xFF

_REVERSED = np.frombuffer(REVERSED, np.uint8)
_ADDRESS = np.array(
    [[-1 if BAD in (low, high) else low | high << 4 for low in DECODE_8_4] for high in DECODE_8_4], np.int16
)
"""By second and first address octet: magazine (0 is 8) in bits 0 to 2, packet number in bits 3 to 7; -1: too damaged."""


class _Open(NamedTuple):
    """A page that is being received."""

    page: PageId
    header: Header
    pts_90k: int


class TeletextDecoder:
    """`feed` blocks of the elementary stream in any cuts; changes come out when a page is whole.

    Parameters
    ----------
    languages : mapping of PageId to str    the pages that are wanted and their languages, ISO 639-2/T
    """

    def __init__(self, languages: Mapping[PageId, str]) -> None:
        self._languages = dict(languages)
        self._pages = {page: Page() for page in languages}
        self._open: dict[int, _Open] = {}  # by magazine
        self._designated: dict[int, int] = {}  # by magazine: M/29
        self._rest: Octets = np.empty(0, np.uint8)
        self._in_pes = False
        self._at_identifier = False
        self._pts_90k = -1
        self._faults: dict[str, int] = {}
        self._out: list[ScreenChange] = []

    # -- octets

    def feed(self, es: Octets, marks: Marks) -> list[ScreenChange]:
        """Take a block of the elementary stream (see `yiwang.base.elementary`). Never raises, whatever the octets are."""
        begin = 0
        for offset, pts_90k, _, flags in marks.tolist():
            self._take(es[begin:offset])
            begin = offset
            if flags & MARK_DAMAGED:
                if self._in_pes and self._rest.shape[0]:
                    self._count("teletext_loss")
                self._in_pes = False  # where units begin is known again in the next PES packet
            if flags & MARK_PES_START:
                self._begin_pes(pts_90k)
        self._take(es[begin:])
        changes, self._out = self._out, []
        return changes

    def flush(self) -> list[ScreenChange]:
        """Take the end of the stream."""
        for magazine in list(self._open):
            self._close(magazine)
        changes, self._out = self._out, []
        return changes

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call; their pid is -1."""
        faults = [Fault(name, count) for name, count in self._faults.items()]
        self._faults = {}
        return faults

    @property
    def pts_90k(self) -> int:
        """PTS of the newest PES packet up to which all changes are known, 33 bits; -1: not said."""
        return min((page.pts_90k for page in self._open.values()), key=self._age, default=self._pts_90k)

    def _age(self, pts_90k: int) -> int:
        return (pts_90k - self._pts_90k + HALF_WRAP_33) % WRAP_33 if pts_90k >= 0 else HALF_WRAP_33

    def _count(self, name: str) -> None:
        self._faults[name] = self._faults.get(name, 0) + 1

    def _begin_pes(self, pts_90k: int) -> None:
        self._rest = self._rest[:0]
        self._in_pes = self._at_identifier = True
        self._pts_90k = pts_90k
        for magazine, page in list(self._open.items()):
            if pts_90k >= 0 and (pts_90k - page.pts_90k) % WRAP_33 > PAGE_PATIENCE_90K:
                self._close(magazine)

    def _take(self, octets: Octets) -> None:
        if not self._in_pes or not octets.shape[0]:
            return
        if self._at_identifier:
            self._at_identifier = False
            if int(octets[0]) not in DATA_IDENTIFIERS:
                self._in_pes = False
                self._count("teletext_data_identifier")
                return
            octets = octets[1:]
        if self._rest.shape[0]:
            octets = np.concatenate((self._rest, octets))
        n = octets.shape[0] // UNIT_OCTETS
        self._rest = octets[n * UNIT_OCTETS :].copy()
        units = octets[: n * UNIT_OCTETS].reshape(n, UNIT_OCTETS)
        # The length is 44 of every unit, stuffing too (4.4); a unit of another one is the end of what can be read.
        odd = np.flatnonzero(units[:, 1] != UNIT_LENGTH)
        if odd.shape[0]:
            units = units[: odd[0]]
            self._in_pes = False
            self._count("teletext_data_unit")
        ids = units[:, 0]
        units = units[((ids == TELETEXT_UNITS[0]) | (ids == TELETEXT_UNITS[1])) & (units[:, 3] == FRAMING_CODE)]
        if units.shape[0]:
            self._take_packets(_REVERSED[units[:, 4:]])

    def _take_packets(self, packets: Octets) -> None:
        """Take teletext packets, ndarray of shape (N, 42), least significant bit first."""
        addresses = _ADDRESS[packets[:, 1], packets[:, 0]]
        bad = int(np.count_nonzero(addresses < 0))
        if bad:
            self._faults["teletext_hamming_error"] = self._faults.get("teletext_hamming_error", 0) + bad
        for n, address in enumerate(addresses.tolist()):
            magazine, number = address & 7 or 8, address >> 3
            if address < 0:
                continue
            if number == 0:
                self._header(magazine, packets[n, 2:].tobytes())
            elif number == 29:
                self._designate(magazine, packets[n, 2:].tobytes())
            elif magazine in self._open:
                self._row(magazine, number, packets[n, 2:].tobytes())

    # -- packets

    def _header(self, magazine: int, octets: bytes) -> None:
        fields = [DECODE_8_4[octet] for octet in octets[:8]]
        if BAD in fields:
            self._open.pop(magazine, None)  # which page follows is not known; what it interrupts is not whole
            self._count("teletext_hamming_error")
            return
        units, tens, _, s2, _, s4, c7, c11 = fields
        option = (c11 >> 1 & 1) << 2 | (c11 >> 2 & 1) << 1 | c11 >> 3
        header = Header(
            page=tens << 4 | units,
            erase=bool(s2 & 8),
            is_boxed=bool(s4 & 0xC),
            inhibit=bool(c7 & 8),
            is_serial=bool(c11 & 1),
            option=option,
        )
        for other in list(self._open) if header.is_serial else [magazine]:
            self._close(other)
        page = (magazine, header.page)
        if page not in self._pages or header.page == NO_PAGE:
            return
        if header.erase:
            self._pages[page].erase()
        self._open[magazine] = _Open(page, header, self._pts_90k)

    def _row(self, magazine: int, number: int, octets: bytes) -> None:
        page = self._pages[self._open[magazine].page]
        if number <= LAST_ROW:
            page.put_row(number, octets)
            return
        designation = DECODE_8_4[octets[0]]
        if number == 26 and designation != BAD:
            page.enhancements[designation] = octets[1:]
        elif number == 28 and designation in (0, 4):
            page.designated = _designated(octets, page.designated)

    def _designate(self, magazine: int, octets: bytes) -> None:
        if DECODE_8_4[octets[0]] in (0, 4):
            designated = _designated(octets, self._designated.get(magazine))
            if designated is not None:
                self._designated[magazine] = designated

    def _close(self, magazine: int) -> None:
        """Take a page for whole, and tell what it shows."""
        found = self._open.pop(magazine, None)
        if found is None:
            return
        page, header, pts_90k = found
        screen = self._pages[page].screen(header, self._designated.get(magazine), self._languages[page])
        self._out.append(ScreenChange(page, pts_90k, screen, TIME_OUT_90K))


def _designated(octets: bytes, before: int | None) -> int | None:
    """G0 designation of a packet X/28 or M/29 (9.4.2, 9.5.1): bits 8 to 14 of its first triplet, bits 1 to 7 being 0."""
    triplet = decode_24_18(octets[1:4])
    return before if triplet == BAD or triplet & 0x7F else triplet >> 7 & 0x7F
