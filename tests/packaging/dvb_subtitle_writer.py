"""A DVB subtitle encoder for the tests, in slow plain Python (EN 300 743)."""

from collections.abc import Iterable, Sequence

from tests.packaging.television import _stamp

SUBTITLE_PID = 0x160


def segment(kind: int, page_id: int, data: bytes) -> bytes:
    return bytes([0x0F, kind]) + page_id.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


def display(width: int, height: int) -> bytes:
    return b"\x00" + (width - 1).to_bytes(2, "big") + (height - 1).to_bytes(2, "big")


def page(regions: Sequence[tuple[int, int, int]], state: int = 2, time_out: int = 10) -> bytes:
    """Region id, x, y of each."""
    rows = (bytes([n, 0xFF]) + x.to_bytes(2, "big") + y.to_bytes(2, "big") for n, x, y in regions)
    return bytes([time_out, state << 2 | 3]) + b"".join(rows)


def region(
    n: int, width: int, height: int, depth: int, objects: Sequence[tuple[int, int, int]], fill: int = 0
) -> bytes:
    """Object id, x, y of each; CLUT 0; filled with code ``fill``."""
    code = {2: 1, 4: 2, 8: 3}[depth]
    size = width.to_bytes(2, "big") + height.to_bytes(2, "big")
    fills = bytes([fill, fill << 4 & 0xF0 | fill << 2 & 0x0C | 3])
    rows = (i.to_bytes(2, "big") + x.to_bytes(2, "big") + y.to_bytes(2, "big") for i, x, y in objects)
    return bytes([n, 0x0F]) + size + bytes([code << 5 | code << 2 | 3, 0]) + fills + b"".join(rows)


def clut(entries: dict[int, tuple[int, int, int, int]], depth: int) -> bytes:
    """Y, Cr, Cb, T by entry, in full range."""
    flag = {2: 0x80, 4: 0x40, 8: 0x20}[depth]
    return b"\x00\x0f" + b"".join(bytes([n, flag | 0x1F, *colour]) for n, colour in entries.items())


def runs(row: Sequence[int]) -> list[tuple[int, int]]:
    """Pixel and how often it comes."""
    found: list[tuple[int, int]] = []
    for pixel in row:
        if found and found[-1][0] == pixel:
            found[-1] = (pixel, found[-1][1] + 1)
        else:
            found.append((pixel, 1))
    return found


def string(row: Sequence[int], depth: int) -> bytes:
    """A pixel code string (7.2.5.2), as long runs as there are codes for; its end and stuffing with it."""
    bits = "".join({2: _codes_2, 4: _codes_4, 8: _codes_8}[depth](pixel, n) for pixel, n in runs(row))
    bits += {2: "00000000"[:6], 4: "00000000", 8: "0" * 16}[depth]
    bits += "0" * (-len(bits) % 8)
    return bytes([{2: 0x10, 4: 0x11, 8: 0x12}[depth]]) + bytes(
        int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)
    )


def _codes_2(pixel: int, n: int) -> str:
    out = ""
    while n:
        if n >= 29:
            taken = min(n, 284)
            out += f"00{'00'}11{taken - 29:08b}{pixel:02b}"
        elif n >= 12:
            taken = min(n, 27)
            out += f"00{'00'}10{taken - 12:04b}{pixel:02b}"
        elif n >= 3:
            taken = min(n, 10)
            out += f"001{taken - 3:03b}{pixel:02b}"
        elif pixel:
            taken, out = 1, out + f"{pixel:02b}"
        elif n == 2:
            taken, out = 2, out + "000001"
        else:
            taken, out = 1, out + "0001"
        n -= taken
    return out


def _codes_4(pixel: int, n: int) -> str:
    out = ""
    while n:
        if n >= 25:
            taken = min(n, 280)
            out += f"00001111{taken - 25:08b}{pixel:04b}"
        elif n >= 9:
            taken = min(n, 24)
            out += f"00001110{taken - 9:04b}{pixel:04b}"
        elif pixel == 0 and n >= 3:
            taken = min(n, 9)
            out += f"00000{taken - 2:03b}"
        elif n >= 4:
            taken = min(n, 7)
            out += f"000010{taken - 4:02b}{pixel:04b}"
        elif pixel:
            taken, out = 1, out + f"{pixel:04b}"
        elif n == 2:
            taken, out = 2, out + "00001101"
        else:
            taken, out = 1, out + "00001100"
        n -= taken
    return out


def _codes_8(pixel: int, n: int) -> str:
    out = ""
    while n:
        taken = min(n, 127)
        if pixel == 0:
            out += f"000000000{taken:07b}"
        elif taken >= 3:
            out += f"000000001{taken:07b}{pixel:08b}"
        else:
            taken, out = 1, out + f"{pixel:08b}"
        n -= taken
    return out


def picture(object_id: int, rows: Sequence[Sequence[int]], depth: int, flags: int = 0) -> bytes:
    """object_data_segment: top field the even rows, bottom field the odd ones."""
    top, bottom = (b"".join(string(row, depth) + b"\xf0" for row in rows[n::2]) for n in (0, 1))
    lengths = len(top).to_bytes(2, "big") + len(bottom).to_bytes(2, "big")
    return object_id.to_bytes(2, "big") + bytes([1 | flags]) + lengths + top + bottom


def pes(segments: Iterable[bytes], pts: int, *, says_end: bool = True) -> bytes:
    """A PES packet of a display set."""
    payload = b"\x20\x00" + b"".join(segments) + (segment(0x80, 1, b"") if says_end else b"") + b"\xff"
    head = bytes([0x84, 0x80, 5]) + _stamp(2, pts)
    return b"\0\0\1\xbd" + (len(head) + len(payload)).to_bytes(2, "big") + head + payload


def shown(
    rows: Sequence[Sequence[int]],
    x: int,
    y: int,
    depth: int = 4,
    *,
    time_out: int = 10,
    with_clut: bool = True,
    margin: int = 0,
) -> list[bytes]:
    """Segments of a page with one region, all of it anew."""
    width, height = len(rows[0]) + margin, len(rows)
    colours = {1: (235, 128, 128, 0), 2: (81, 240, 90, 0), 3: (145, 34, 54, 128)}
    return [
        segment(0x14, 1, display(720, 576)),
        segment(0x10, 1, page([(0, x, y)], time_out=time_out)),
        segment(0x11, 1, region(0, width, height, depth, [(7, 0, 0)])),
        *([segment(0x12, 1, clut(colours, depth))] if with_clut else []),
        segment(0x13, 1, picture(7, rows, depth)),
    ]


def cleared() -> list[bytes]:
    """Segments of a page on which nothing is."""
    return [segment(0x14, 1, display(720, 576)), segment(0x10, 1, page([], state=1))]


def descriptor(language: bytes = b"fra", kind: int = 0x10) -> bytes:
    """subtitling_descriptor of pages 1, 1."""
    return bytes([0x59, 8]) + language + bytes([kind, 0, 1, 0, 1])
