"""From octets in any cuts to records, in memory that does not grow with the document (machine: feed, flush).

A row is a ``channel`` or a ``programme``. Where the document breaks, the row in hand is lost and reading resumes at the
next place where a row begins; so a bad row loses only itself, and a document cut anywhere gives what came before.
DTDs are passed over, entities are never expanded and nothing is ever fetched.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Iterator
from xml.parsers import expat

from yiwang.base.local_time import UTC, LocalTime
from yiwang.base.xml_text import XmlDecoder
from yiwang.xmltv.guide import Channel, Programme
from yiwang.xmltv.mending import Mender
from yiwang.xmltv.rows import Row, read_channel, read_programme

MAX_ROW_OCTETS = 1 << 20
MAX_ROW_ELEMENTS = 4096
MAX_DEPTH = 8
"""Of elements within a row; the DTD needs 4."""
NEAR_OCTETS = 1 << 16
"""A broken row is searched for the begin of the next from its own begin when it broke within this, else from there."""
READ_AGAIN_OCTETS = 1 << 22
"""So much, and twice what was fed, may be parsed again: broken rows cost linear time."""
PIECE_OCTETS = 1 << 16
RECENT = 1 << 16
"""Programmes remembered to know doubles by; what is doubled further apart is for the merge to see."""
_ROWS = ("programme", "channel")
_ROW_BEGIN = re.compile(rb"<(?:programme|channel)(?=[\s>/])")
_LONGEST_BEGIN = len("<programme ")


class _RowError(Exception):
    """The row in hand cannot be one."""


class GuideReader:
    """Reads a guide.

    Parameters
    ----------
    local : LocalTime         of times without a zone. XMLTV says such a time is UTC; a source known to write the time of
                              its place gets that here
    shift_s : int             added to every time, for a source that is wrong throughout

    Attributes
    ----------
    faults : Counter          what was not as it should be, by name; the numbers of rows lost are among them
    attributes : dict         of ``tv``
    """

    def __init__(self, local: LocalTime = UTC, shift_s: int = 0) -> None:
        self.faults: Counter[str] = Counter()
        self.attributes: dict[str, str] = {}
        self._local = local
        self._shift_s = shift_s
        self._decoder = XmlDecoder()
        self._mender = Mender()
        self._out: list[Channel | Programme] = []
        self._recent: OrderedDict[int, None] = OrderedDict()
        self._window = b""  # octets from the begin of the row in hand (or what is to be searched for one) on
        self._window_at = 0  # parser's octet number of the window's first
        self._read_again = 0  # octets parsed more than once, for the bound
        self._fed = 0
        self._ended = False  # </tv> was seen
        self._parser: expat.XMLParserType | None = None
        self._start_parser(b"")

    # the parser's side

    def _start_parser(self, prologue: bytes) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.EntityDeclHandler = self._on_entity
        self._parser = parser
        self._stack: list[Row] = []
        self._depth = 0
        self._elements = 0
        self._row_at = -1
        self._row_end_at = -1  # the octet after its end tag
        if prologue:
            parser.Parse(prologue, False)

    def _on_entity(self, *_: object) -> None:
        self.faults["entity declared"] += 1
        raise _RowError

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        if self._stack:
            self._elements += 1
            if name in _ROWS or len(self._stack) > MAX_DEPTH or self._elements > MAX_ROW_ELEMENTS:
                raise _RowError
            row = Row(name, attributes)
            self._stack[-1].children.append(row)
            self._stack.append(row)
        elif name in _ROWS:
            self._row_at = self._parser.CurrentByteIndex if self._parser else 0
            self._elements = 0
            self._stack.append(Row(name, attributes))
            if self._parser:
                self._parser.CharacterDataHandler = self._on_text
        else:
            self._depth += 1
            if name == "tv" and not self.attributes:
                self.attributes = {key[:64]: value[:1024] for key, value in list(attributes.items())[:32]}

    def _on_text(self, text: str) -> None:
        self._stack[-1].text.append(text)

    def _on_end(self, name: str) -> None:
        if not self._stack:
            self._ended = self._ended or name == "tv"
            return
        row = self._stack.pop()
        if self._stack:
            return
        self._row_at = -1
        if self._parser:
            self._parser.CharacterDataHandler = None
            self._row_end_at = self._parser.CurrentByteIndex + len(f"</{name}>")
        record = (
            read_channel(row, self.faults)
            if row.name == "channel"
            else read_programme(row, self.faults, self._local, self._shift_s)
        )
        if record is not None and not self._seen(record):
            self._out.append(record)

    def _seen(self, record: Channel | Programme) -> bool:
        if isinstance(record, Channel):
            key = hash(record)
        else:
            key = hash((record.channel, record.start_s, record.stop_s, record.titles))
        if key in self._recent:
            self.faults["doubled"] += 1
            return True
        self._recent[key] = None
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return False

    # the octets' side

    def _seek(self) -> bool:
        """Begin again at the next row in the window; False when it has none."""
        begin = _ROW_BEGIN.search(self._window)
        if begin is None:
            self._window = self._window[-_LONGEST_BEGIN:]
            return False
        prologue = b"<tv>"
        self._window = self._window[begin.start() :]
        self._window_at = len(prologue)
        self._start_parser(prologue)
        return True

    def _lose(self, broke_at: int) -> None:
        """Give up the row in hand, or the place where the document broke, and stand after it."""
        in_row = self._row_at >= 0
        self.faults["row lost" if in_row else "not well-formed"] += 1
        skip = broke_at - self._window_at
        if in_row:
            near = broke_at - self._row_at <= NEAR_OCTETS and self._read_again <= 2 * self._fed + READ_AGAIN_OCTETS
            row = self._row_at - self._window_at
            if near:
                self._read_again += max(0, broke_at - self._row_at)
                skip = row + 1
            skip = max(skip, row + 1)
        self._window = self._window[max(skip, 0) :]
        self._parser = None

    def _parse(self, octets: bytes) -> None:
        """Parse ``octets``, which are the end of the window."""
        while octets or self._parser is None:
            if self._parser is None:
                if not self._seek():
                    return
                octets = self._window
            assert self._parser is not None
            try:
                self._parser.Parse(octets, False)
            except expat.ExpatError:
                self._lose(self._parser.ErrorByteIndex)
                continue
            except _RowError:
                self._lose(self._parser.CurrentByteIndex)
                continue
            # outside a row what begins with the last event is kept: it may be the begin of a row, cut in two
            keep_at = max(self._row_at if self._row_at >= 0 else self._parser.CurrentByteIndex, self._window_at)
            self._window = self._window[keep_at - self._window_at :]
            self._window_at = keep_at
            if len(self._window) > MAX_ROW_OCTETS:
                self._lose(self._window_at + len(self._window))
                octets = b""
                continue
            return

    def feed(self, octets: bytes) -> Iterator[Channel | Programme]:
        """Take the next octets and yield the rows that are whole now; to be gone through to its end."""
        for start in range(0, len(octets), PIECE_OCTETS):
            self._take(self._decoder.decode(octets[start : start + PIECE_OCTETS]), False)
            yield from self._drain()

    def flush(self) -> Iterator[Channel | Programme]:
        """Say that there is no more, and yield what is left."""
        self._take(self._decoder.decode(b"", True), True)
        if self._row_at >= 0:
            self.faults["row lost"] += 1
        if not self._ended:
            self.faults["truncated"] += 1
        if self._decoder.replaced:
            self.faults["character"] += self._decoder.replaced
        yield from self._drain()

    @property
    def is_between_rows(self) -> bool:
        """Whether what was fed ends right after a row, within nothing but ``tv``: the next one may be read by another."""
        return self._parser is not None and self._row_end_at == self._window_at + len(self._window)

    def feed_mended(self, octets: bytes) -> Iterator[Channel | Programme]:
        """Take the next octets of a document that is well-decoded UTF-8 with XML's entities only, as `Mender` gives it."""
        for start in range(0, len(octets), PIECE_OCTETS):
            self._take_octets(octets[start : start + PIECE_OCTETS])
            yield from self._drain()

    def _take(self, text: str, final: bool) -> None:
        self._take_octets(self._mender.mend(text, final).encode())

    def _take_octets(self, octets: bytes) -> None:
        if octets:
            self._fed += len(octets)
            self._window += octets
            self._parse(octets)

    def _drain(self) -> Iterator[Channel | Programme]:
        out, self._out = self._out, []
        return iter(out)
