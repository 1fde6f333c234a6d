"""EN 300 743 7.2.5 in the words of its tables: strings of '0' and '1', one code after the other."""


class Bits:
    def __init__(self, octets: bytes) -> None:
        self.text = "".join(f"{octet:08b}" for octet in octets)
        self.at = 0

    def take(self, n: int) -> int:
        piece = self.text[self.at : self.at + n].ljust(n, "0")
        self.at += n
        return int(piece, 2)

    @property
    def is_over(self) -> bool:
        return self.at >= len(self.text)


def code_2(bits: Bits) -> tuple[int, int]:
    """(pixels, code) of 2-bit/pixel_code_string; 0 pixels end it."""
    code = bits.take(2)
    if code:
        return 1, code
    if bits.take(1):
        run = bits.take(3) + 3
        return run, bits.take(2)
    if bits.take(1):
        return 1, 0
    switch = bits.take(2)
    if switch == 0:
        return 0, 0
    if switch == 1:
        return 2, 0
    run = bits.take(4) + 12 if switch == 2 else bits.take(8) + 29
    return run, bits.take(2)


def code_4(bits: Bits) -> tuple[int, int]:
    code = bits.take(4)
    if code:
        return 1, code
    if not bits.take(1):
        run = bits.take(3)
        return (run + 2, 0) if run else (0, 0)
    if not bits.take(1):
        run = bits.take(2) + 4
        return run, bits.take(4)
    switch = bits.take(2)
    if switch < 2:
        return switch + 1, 0
    run = bits.take(4) + 9 if switch == 2 else bits.take(8) + 25
    return run, bits.take(4)


def code_8(bits: Bits) -> tuple[int, int]:
    code = bits.take(8)
    if code:
        return 1, code
    if not bits.take(1):
        return bits.take(7), 0
    run = bits.take(7)
    return run, bits.take(8)


def paint(region: list[list[int]], y: int, columns: range, pixel: int) -> None:
    for x in columns:
        if 0 <= y < len(region) and 0 <= x < len(region[0]):
            region[y][x] = pixel


def replaced(octets: bytes, at: int, table: list[int]) -> int:
    """A map of whole octets; returns where it ends."""
    for n, value in enumerate(octets[at : at + len(table)]):
        table[n] = value
    return at + len(table)


def draw_field(octets: bytes, region: list[list[int]], x: int, y: int, depth: int, keeps_1: bool) -> int:
    """As `yiwang.kernels.dvb_pixel_data.draw_field`."""
    map_2 = {2: [0, 1, 2, 3], 4: [0, 7, 8, 15], 8: [0, 0x77, 0x88, 0xFF]}[depth]
    map_4 = [n * 0x11 for n in range(16)] if depth == 8 else list(range(16))
    lines, column, at = 0, x, 0
    while at < len(octets):
        kind, at = octets[at], at + 1
        if kind == 0xF0:
            lines += 1
            column, y = x, y + 2
        elif kind in (0x10, 0x11, 0x12):
            bits = Bits(octets[at:])
            read, table = {0x10: (code_2, map_2), 0x11: (code_4, map_4), 0x12: (code_8, range(256))}[kind]
            while not bits.is_over:
                run, code = read(bits)
                if run == 0:
                    break
                if not (keeps_1 and code == 1):
                    paint(region, y, range(column, column + run), table[code] % (1 << depth))
                column += run
            at += -(-bits.at // 8)
        elif kind == 0x20:
            whole = octets[at : at + 2]
            for n in range(4):
                if n // 2 < len(whole):
                    map_2[n] = whole[n // 2] >> (4 if n % 2 == 0 else 0) & 15
            at += 2
        elif kind in (0x21, 0x22):
            at = replaced(octets, at, map_2 if kind == 0x21 else map_4)
        else:
            return -1
    return lines
