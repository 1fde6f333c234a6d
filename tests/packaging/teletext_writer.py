"""A teletext subtitle encoder for the tests, in slow plain Python (EN 300 706, EN 300 472), bit by bit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.packaging.television import PMT_PID, VIDEO_PID, WRAP, _stamp, first_dts, packets, pid_of, with_sections

TELETEXT_PID = 0x150
END_BOX, START_BOX, DOUBLE_HEIGHT = 0x0A, 0x0B, 0x0D
RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE = range(1, 8)
NEW_BACKGROUND = 0x1D


def odd(character: int) -> int:
    """Seven bits with odd parity."""
    return character | (0x80 if bin(character).count("1") % 2 == 0 else 0)


def hamming_8_4(value: int) -> int:
    """Clause 8.2, from its parity equations."""
    d = [value >> n & 1 for n in range(4)]
    p1 = (1 + d[0] + d[2] + d[3]) % 2
    p2 = (1 + d[0] + d[1] + d[3]) % 2
    p3 = (1 + d[0] + d[1] + d[2]) % 2
    p4 = (1 + p1 + p2 + p3 + sum(d)) % 2
    return sum(bit << n for n, bit in enumerate([p1, d[0], p2, d[1], p3, d[2], p4, d[3]]))


def hamming_24_18(value: int) -> bytes:
    """Clause 8.3: data bits at the places that are no power of two, each parity bit odd over the places that have its bit."""
    bits = [0] * 25
    places = [n for n in range(1, 24) if n & (n - 1)]
    for n, place in enumerate(places):
        bits[place] = value >> n & 1
    for k in range(5):
        bits[1 << k] = (1 + sum(bits[n] for n in range(1, 24) if n >> k & 1)) % 2
    bits[24] = (1 + sum(bits[1:24])) % 2
    word = sum(bits[n] << n - 1 for n in range(1, 25))
    return word.to_bytes(3, "little")


def packet(magazine: int, number: int, data: bytes) -> bytes:
    """42 octets, least significant bit first."""
    address = magazine % 8 | number << 3
    return bytes([hamming_8_4(address & 15), hamming_8_4(address >> 4)]) + data


def header(
    magazine: int,
    page: int,
    *,
    erase: bool = True,
    subtitle: bool = True,
    serial: bool = False,
    inhibit: bool = False,
    option: int = 0,
) -> bytes:
    """Packet X/0; ``option`` is C12 C13 C14 as a number, C12 the most significant."""
    flags = [
        page & 15,
        page >> 4,
        0,
        erase << 3,
        0,
        subtitle << 3,
        1 | inhibit << 3,
        serial | (option >> 2 & 1) << 1 | (option >> 1 & 1) << 2 | (option & 1) << 3,
    ]
    return packet(magazine, 0, bytes(map(hamming_8_4, flags)) + bytes([odd(0x20)]) * 32)


def filler(magazine: int) -> bytes:
    """A time filling header: page 0xFF does not exist, and ends the one before."""
    return header(magazine, 0xFF, erase=False, subtitle=False)


def codes(text: str) -> bytes:
    """Characters of the basic set."""
    return text.encode("ascii")


def row(magazine: int, number: int, content: bytes, column: int | None = None, *, boxed: bool = True) -> bytes:
    """A row of double height, in a box; centred where no column is given (that of the first character)."""
    before = bytes([DOUBLE_HEIGHT, START_BOX, START_BOX]) if boxed else b""
    if column is None:
        column = (40 - len(content)) // 2
    line = (b" " * (column - len(before)) + before + content + bytes([END_BOX, END_BOX]) * boxed).ljust(40)[:40]
    return packet(magazine, number, bytes(map(odd, line)))


def triplets(magazine: int, number: int, designation: int, values: Sequence[int]) -> bytes:
    """A packet X/26 or X/28 of 13 triplets; X/26 is filled with terminations."""
    fill = 0x3F | 0x1F << 6 if number == 26 else 0
    rows = [*values, *[fill] * (13 - len(values))]
    return packet(magazine, number, bytes([hamming_8_4(designation)]) + b"".join(map(hamming_24_18, rows)))


def triplet(address: int, mode: int, data: int) -> int:
    """Its 18 bits."""
    return address | mode << 6 | data << 11


def unit(line: bytes, unit_id: int = 0x03) -> bytes:
    """A data unit: bits are sent the other way round."""
    return bytes([unit_id, 44, 0xE0 | 7, 0xE4]) + bytes(int(f"{octet:08b}"[::-1], 2) for octet in line)


STUFFING_UNIT = b"\xff\x2c" + b"\xff" * 44


def pes(lines: Iterable[bytes], pts: int | None, unit_id: int = 0x03) -> bytes:
    """A PES packet that fills whole transport packets, its header 45 octets long (EN 300 472 4.2)."""
    units = [unit(line, unit_id) for line in lines]
    units += [STUFFING_UNIT] * (-(len(units) + 1) % 4)
    payload = b"\x10" + b"".join(units)
    head = bytes([0x85, 0x80 if pts is not None else 0, 0x24]) + (b"" if pts is None else _stamp(2, pts))
    head = head.ljust(3 + 0x24, b"\xff")
    return b"\0\0\1\xbd" + (len(head) + len(payload)).to_bytes(2, "big") + head + payload


def transport(pid: int, octets: bytes, counter: int) -> list[bytes]:
    """Transport packets of a PES packet; the last one is stuffed where it is not full."""
    out = []
    for n, at in enumerate(range(0, len(octets), 184)):
        part = octets[at : at + 184]
        short = 184 - len(part)
        field = b"" if not short else bytes([short - 1]) + (b"\0" + b"\xff" * (short - 2) if short > 1 else b"")
        flags = (0x30 if short else 0x10) | (counter + n) % 16
        out.append(bytes([0x47, (0x40 if n == 0 else 0) | pid >> 8, pid & 0xFF, flags]) + field + part)
    return out


def with_component(octets: bytes, entry: bytes) -> bytes:
    """The stream with one more component in its PMT: stream_type, PID, ES_info."""

    def rewrite(section: bytearray) -> None:
        section += entry
        section[2] += len(entry)

    return with_sections(octets, PMT_PID, rewrite)


def with_private(octets: bytes, pid: int, descriptors: bytes, parts: Sequence[tuple[int, bytes]]) -> bytes:
    """The stream with a component of stream_type 6: each PES packet as soon as the pictures have come to its time."""
    entry = bytes([6, 0xE0 | pid >> 8, pid & 0xFF, 0xF0, len(descriptors)]) + descriptors
    out: list[bytes] = []
    waiting, counter, dts = list(parts), 0, None
    for p in packets(with_component(octets, entry)):
        if pid_of(p) == VIDEO_PID and p[1] & 0x40:
            dts = first_dts(p)
        while waiting and dts is not None and (dts - waiting[0][0]) % WRAP < WRAP // 2:
            rows = transport(pid, waiting.pop(0)[1], counter)
            counter += len(rows)
            out += rows
        out.append(p)
    return b"".join(out)


@dataclass
class Subtitle:
    """Lines to be seen from one second of the stream to another."""

    begin_s: float
    end_s: float
    lines: Sequence[bytes]
    colour: int = WHITE


def descriptor(pages: Sequence[tuple[bytes, int, int, int]]) -> bytes:
    """teletext_descriptor: language, type, magazine, page."""
    entries = b"".join(lang + bytes([kind << 3 | magazine % 8, page]) for lang, kind, magazine, page in pages)
    return bytes([0x56, len(entries)]) + entries


def service(
    magazine: int, page: int, subtitles: Sequence[Subtitle], origin: int, option: int = 0
) -> dict[int, list[bytes]]:
    """Packets by PTS: each subtitle, and its page empty where it ends; a header follows that completes the page."""
    found: dict[int, list[bytes]] = {}
    for subtitle in subtitles:
        begin, end = (origin + round(s * 90_000) for s in (subtitle.begin_s, subtitle.end_s))
        first = 22 - 2 * (len(subtitle.lines) - 1)
        head = [header(magazine, page, option=option)]
        rows = [
            row(magazine, first + 2 * n, bytes([subtitle.colour]) + line if subtitle.colour != WHITE else line)
            for n, line in enumerate(subtitle.lines)
        ]
        found.setdefault(begin, []).extend([*head, *rows])
        found.setdefault(end, []).extend(head)
    return found


def with_teletext(
    octets: bytes,
    pages: Sequence[tuple[bytes, int, int, int]],
    services: Sequence[dict[int, list[bytes]]],
    *,
    late_90k: int = 0,
    filling_every_90k: int | None = 3600,
) -> bytes:
    """The stream with teletext; ``late_90k`` is by how much it comes after the pictures of its time."""
    lines: dict[int, list[bytes]] = {}
    for found in services:
        for pts, rows in found.items():
            lines.setdefault(pts, []).extend(rows)
    if filling_every_90k:
        at = first_dts(octets)
        last = max(lines, default=at)
        while at <= last + 30 * 90_000:
            for magazine in {page[2] for page in pages}:
                lines.setdefault(at, []).append(filler(magazine))
            at += filling_every_90k
    parts = [(pts, rows) for pts, rows in sorted(lines.items())]
    return with_private(
        octets, TELETEXT_PID, descriptor(pages), [(pts + late_90k, pes(rows, pts % WRAP)) for pts, rows in parts]
    )
