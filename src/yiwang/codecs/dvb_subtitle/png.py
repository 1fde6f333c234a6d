"""PNG files (W3C PNG) of few colours. Written here, as equal pictures must be equal octets on every machine."""

from collections.abc import Sequence
from struct import pack
from zlib import adler32, crc32

import numpy as np
from numpy.typing import NDArray

Rgba = tuple[int, int, int, int]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE_COLOUR = 3
_NO_FILTER, _UP_FILTER = 0, 2
_LONGEST_MATCH, _SHORTEST_MATCH = 258, 3


def _reversed(code: int, bits: int) -> int:
    return int(f"{code:0{bits}b}"[::-1], 2)


def _literal(value: int) -> tuple[int, int]:
    """Fixed Huffman code of a literal (RFC 1951 3.2.6), least significant bit first, and its length."""
    return (_reversed(0x30 + value, 8), 8) if value < 144 else (_reversed(0x190 + value - 144, 9), 9)


def _match(length: int) -> tuple[int, int]:
    """Code of ``length`` octets like the one before: length symbol, its extra bits, distance symbol 0."""
    if length == _LONGEST_MATCH:
        symbol, extra, extra_bits = 285, 0, 0
    else:
        at = length - _SHORTEST_MATCH
        extra_bits = max(0, at.bit_length() - 3)
        symbol = 257 + 4 * extra_bits + (at >> extra_bits)
        extra = at & (1 << extra_bits) - 1
    code, bits = (symbol - 256, 7) if symbol < 280 else (0xC0 + symbol - 280, 8)
    return _reversed(code, bits) | extra << bits, bits + extra_bits + 5


_LITERALS = [_literal(value) for value in range(256)]
_MATCHES = {length: _match(length) for length in range(_SHORTEST_MATCH, _LONGEST_MATCH + 1)}


def deflate(octets: NDArray[np.uint8]) -> bytes:
    """Compress octets as a zlib stream (RFC 1950) of runs."""
    cuts = np.flatnonzero(octets[1:] != octets[:-1]) + 1
    starts = np.concatenate(([0], cuts)).astype(np.int64)
    lengths = np.diff(np.concatenate((starts, [octets.shape[0]]))).tolist()
    tokens = [(0b011, 3)]  # the last block, of fixed codes
    for value, length in zip(octets[starts].tolist(), lengths, strict=True):
        literal = _LITERALS[value]
        tokens.append(literal)
        length -= 1
        while length >= _SHORTEST_MATCH:
            taken = min(length, _LONGEST_MATCH)
            tokens.append(_MATCHES[taken])
            length -= taken
        tokens += [literal] * length
    tokens.append((0, 7))  # end of block
    codes, sizes = np.array(tokens, np.int64).T
    places = np.arange(int(sizes.max()))
    bits = (codes[:, None] >> places & 1)[places < sizes[:, None]]
    return (
        b"\x78\x01"
        + np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()
        + pack(">I", adler32(octets.tobytes()))
    )


def png(pixels: NDArray[np.uint8], colours: Sequence[Rgba]) -> bytes:
    """Octets of a PNG file.

    Parameters
    ----------
    pixels : ndarray of shape (H, W), uint8    indices into ``colours``
    colours : sequence of at most 256 Rgba     alpha 255 is opaque
    """
    height, width = pixels.shape
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0] = _NO_FILTER
    rows[:, 1:] = pixels
    is_repeated = np.zeros(height, bool)
    is_repeated[1:] = (pixels[1:] == pixels[:-1]).all(axis=1)
    rows[is_repeated, 0] = _UP_FILTER
    rows[is_repeated, 1:] = 0
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, _PALETTE_COLOUR, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for colour in colours for part in colour[:3])),
            _chunk(b"tRNS", bytes(colour[3] for colour in colours)),
            _chunk(b"IDAT", deflate(rows.reshape(-1))),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))
