"""Protection of teletext octets (EN 300 706 clause 8). Octets are in the order of transmission, bit 1 the least significant."""

from collections.abc import Sequence

BAD = -1


def _hamming_8_4(d: int) -> int:
    """Octet of four data bits: P1 D1 P2 D2 P3 D3 P4 D4, odd parity (8.2)."""
    d1, d2, d3, d4 = d & 1, d >> 1 & 1, d >> 2 & 1, d >> 3 & 1
    p1, p2, p3 = 1 ^ d1 ^ d3 ^ d4, 1 ^ d1 ^ d2 ^ d4, 1 ^ d1 ^ d2 ^ d3
    p4 = 1 ^ p1 ^ d1 ^ p2 ^ d2 ^ p3 ^ d3 ^ d4
    bits = (p1, d1, p2, d2, p3, d3, p4, d4)
    return sum(bit << n for n, bit in enumerate(bits))


ENCODE_8_4 = tuple(map(_hamming_8_4, range(16)))
DECODE_8_4 = tuple(
    next((d for d, code in enumerate(ENCODE_8_4) if (octet ^ code).bit_count() <= 1), BAD) for octet in range(256)
)
"""By octet: its four data bits, one wrong bit mended; BAD for two."""

ODD_PARITY = tuple(octet & 0x7F if octet.bit_count() & 1 else BAD for octet in range(256))
"""By octet: its seven data bits, BAD where a bit is wrong (8.1)."""

REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
"""Bits in reversed order: DVB sends the first bit as the most significant one (EN 300 472 4.4)."""


def decode_24_18(octets: Sequence[int]) -> int:
    """Eighteen data bits of three octets, one wrong bit mended; BAD for more (8.3)."""
    word = octets[0] | octets[1] << 8 | octets[2] << 16
    syndrome = 0
    for k in range(5):  # P1..P5 at bits 1, 2, 4, 8, 16: odd parity over all bits whose number has that bit
        ones = sum(word >> n - 1 & 1 for n in range(1, 24) if n >> k & 1)
        syndrome |= (1 ^ ones & 1) << k
    is_odd = word.bit_count() & 1 == 1
    if syndrome and is_odd:
        return BAD  # two bits
    if syndrome:
        if syndrome > 23:
            return BAD
        word ^= 1 << syndrome - 1
    return word >> 2 & 1 | word >> 3 & 0xE | word >> 4 & 0x7F0 | word >> 5 & 0x3F800
