"""A page of a subtitle service: rows as received, and what of them is to be seen (EN 300 706 clauses 9.3, 12)."""

from dataclasses import dataclass, field

from yiwang.base.subtitle import BLACK, COLUMNS, ROWS, Colour, Screen, Span, TextLine
from yiwang.codecs.teletext.characters import LATIN_G2, g0_set, with_diacritic
from yiwang.codecs.teletext.hamming import BAD, ODD_PARITY, decode_24_18

SPACE = 0x20
LAST_ROW = 24
"""Packets X/25 and above are no rows of the screen of a subtitle."""

_COLOURS: tuple[Colour, ...] = tuple((255 * (n & 1), 255 * (n >> 1 & 1), 255 * (n >> 2)) for n in range(8))
"""Black, red, green, yellow, blue, magenta, cyan, white (12.4)."""

# spacing attributes (12.2 table 26)
NORMAL_SIZE, DOUBLE_HEIGHT, DOUBLE_SIZE = 0x0C, 0x0D, 0x0F
END_BOX, START_BOX = 0x0A, 0x0B
CONCEAL, BLACK_BACKGROUND, NEW_BACKGROUND = 0x18, 0x1C, 0x1D


@dataclass(frozen=True, slots=True)
class Header:
    """What packet X/0 says of its page (9.3.1); flags C4 to C11, and C12 to C14 as one number."""

    page: int
    erase: bool
    is_boxed: bool  # newsflash or subtitle: only what is in boxes is seen
    inhibit: bool
    is_serial: bool
    option: int


@dataclass(slots=True)
class Page:
    """The rows of a page, kept from one transmission to the next.

    ``rows`` are 40 characters of seven bits; ``replaced`` are characters by (row, column) that packets X/26 put in.
    """

    rows: dict[int, bytearray] = field(default_factory=dict)
    enhancements: dict[int, bytes] = field(default_factory=dict)  # X/26 by designation code
    designated: int | None = None  # X/28

    def erase(self) -> None:
        """Forget what C4 says is over."""
        self.rows.clear()
        self.enhancements.clear()
        self.designated = None

    def put_row(self, row: int, octets: bytes) -> None:
        """Take packet X/1 to X/24; a character with a wrong bit leaves what was there."""
        line = self.rows.setdefault(row, bytearray([SPACE]) * COLUMNS)
        for column, octet in enumerate(octets):
            character = ODD_PARITY[octet]
            if character != BAD:
                line[column] = character

    def screen(self, header: Header, designated: int | None, language: str) -> Screen | None:
        """What is to be seen; None when that is nothing.

        Parameters
        ----------
        designated : int or None    character sets of the magazine (M/29)
        language : str              ISO 639-2/T
        """
        if header.inhibit:
            return None
        if self.designated is not None:
            designated = self.designated
        characters = g0_set(header.option, designated, language)
        replaced = self._replaced(characters)
        lines = []
        below_double = -1
        for row in sorted(self.rows):
            if row == below_double:
                continue  # hidden by the lower half of the row above
            line = _line(row, self.rows[row], characters, replaced, header.is_boxed)
            if line is not None:
                lines.append(line)
                if line.height == 2:
                    below_double = row + 1
        return Screen(tuple(lines)) if lines else None

    def _replaced(self, characters: str) -> dict[tuple[int, int], str]:
        """Read the triplets of packets X/26 that put characters in: address, mode, data (12.3)."""
        found: dict[tuple[int, int], str] = {}
        row = 0
        for designation in sorted(self.enhancements):
            octets = self.enhancements[designation]
            for at in range(0, 39, 3):
                triplet = decode_24_18(octets[at : at + 3])
                if triplet == BAD:
                    continue
                address, mode, data = triplet & 0x3F, triplet >> 6 & 0x1F, triplet >> 11
                if address >= COLUMNS:  # row address group
                    if mode == 0x1F:
                        return found  # termination
                    if mode in (0x01, 0x04):  # full row colour, set active position
                        row = LAST_ROW if address == COLUMNS else address - COLUMNS
                elif data >= SPACE:
                    if mode == 0x09:
                        found[row, address] = characters[data - SPACE]
                    elif mode == 0x0F:
                        found[row, address] = LATIN_G2[data - SPACE]
                    elif mode == 0x10 and data == 0x2A:
                        found[row, address] = "@"
                    elif mode >= 0x10:
                        found[row, address] = with_diacritic(characters[data - SPACE], mode & 0x0F)
        return found


@dataclass(slots=True)
class _Look:
    """What the spacing attributes of a row have set so far (12.2)."""

    in_box: bool
    colour: Colour = _COLOURS[7]
    background: Colour = BLACK
    is_mosaic: bool = False
    is_concealed: bool = False
    is_double: bool = False

    def set_at(self, code: int) -> None:
        """Follow an attribute that holds for its own cell."""
        if code == CONCEAL:
            self.is_concealed = True
        elif code == BLACK_BACKGROUND:
            self.background = BLACK
        elif code == NEW_BACKGROUND:
            self.background = self.colour
        elif code == NORMAL_SIZE:
            self.is_double = False

    def set_after(self, code: int, following: int, is_boxed: bool) -> None:
        """Follow an attribute that holds from the next cell on; a box begins or ends between two equal ones."""
        if code < 0x08 or 0x10 <= code < 0x18:
            self.colour, self.is_mosaic, self.is_concealed = _COLOURS[code & 7], code >= 0x10, False
        elif code in (START_BOX, END_BOX):
            if is_boxed and following == code:
                self.in_box = code == START_BOX
        elif code in (DOUBLE_HEIGHT, DOUBLE_SIZE):
            self.is_double = True

    def character(self, code: int, characters: str, replaced: str | None) -> str:
        """Return what is seen in a cell."""
        if self.is_concealed:
            return " "
        if replaced is not None:
            return replaced
        is_blank = code < SPACE or (self.is_mosaic and code & 0x20)  # block graphics are no text
        return " " if is_blank else characters[code - SPACE]


def _line(
    row: int, octets: bytearray, characters: str, replaced: dict[tuple[int, int], str], is_boxed: bool
) -> TextLine | None:
    """Follow a row's spacing attributes; None when nothing but spaces is to be seen."""
    look = _Look(in_box=not is_boxed)
    height = 1
    cells: list[tuple[int, str, Colour, Colour]] = []  # column, character, colour, background
    for column, code in enumerate(octets):
        look.set_at(code)
        if look.in_box:
            character = look.character(code, characters, replaced.get((row, column)))
            cells.append((column, character, look.colour, look.background))
            if look.is_double and character != " ":
                height = 2
        look.set_after(code, octets[column + 1] if column + 1 < COLUMNS else code, is_boxed)
    shown = [n for n, cell in enumerate(cells) if cell[1] != " "]
    if not shown:
        return None
    cells = cells[shown[0] : shown[-1] + 1]
    if row + height > ROWS:
        height = 1
    return TextLine(row, height, cells[0][0], cells[-1][0] - cells[0][0] + 1, _spans(cells))


def _spans(cells: list[tuple[int, str, Colour, Colour]]) -> tuple[Span, ...]:
    """Join cells of one look; a space has any look, and several are one."""
    spans: list[Span] = []
    text, look = "", (cells[0][2], cells[0][3])
    for _, character, colour, background in cells:
        if character == " ":
            text += "" if text.endswith(" ") else " "
            continue
        if (colour, background) != look and text.strip():
            spans.append(Span(text, *look))
            text = ""
        look = (colour, background)
        text += character
    spans.append(Span(text, *look))
    return tuple(spans)
