"""Colour look-up tables (EN 300 743 7.2.4, 10)."""

from yiwang.codecs.dvb_subtitle.png import Rgba

CLEAR: Rgba = (0, 0, 0, 0)


def _default_4() -> list[Rgba]:
    return [CLEAR, (255, 255, 255, 255), (0, 0, 0, 255), (127, 127, 127, 255)]


def _part(entry: int, shift: int, full: int) -> int:
    return full * (entry >> shift & 1)


def _default_16() -> list[Rgba]:
    found = [CLEAR]
    for entry in range(1, 16):
        full = 255 if entry < 8 else 127
        found.append((_part(entry, 0, full), _part(entry, 1, full), _part(entry, 2, full), 255))
    return found


def _default_256() -> list[Rgba]:
    """10.1: two bits for each colour, and two that choose transparency or brightness."""
    found = [CLEAR, *((_part(e, 0, 255), _part(e, 1, 255), _part(e, 2, 255), 63) for e in range(1, 8))]
    for entry in range(8, 256):
        is_dim, is_other = bool(entry & 0x80), bool(entry & 0x08)
        low, high = (43, 85) if is_dim else (85, 170)
        base = 127 if is_dim and not is_other else 0
        red, green, blue = (base + _part(entry, n, low) + _part(entry, n + 4, high) for n in range(3))
        found.append((red, green, blue, 127 if is_other and not is_dim else 255))
    return found


DEFAULTS = {2: tuple(_default_4()), 4: tuple(_default_16()), 8: tuple(_default_256())}
"""By bits of a pixel."""


def rgba(y: int, cr: int, cb: int, transparency: int) -> Rgba:
    """Colour of an entry: ITU-R BT.601, in integers; Y 0 is full transparency."""
    if y == 0:
        return CLEAR
    luma, red, blue = 298 * (y - 16), cr - 128, cb - 128
    parts = (luma + 409 * red, luma - 100 * blue - 208 * red, luma + 516 * blue)
    r, g, b = (min(255, max(0, (part + 128) >> 8)) for part in parts)
    return (r, g, b, 255 - transparency)
