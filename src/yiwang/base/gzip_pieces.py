"""Gzip in pieces, each packed once: a document of which little has changed is packed anew only where it has.

A piece is deflated by itself and ends with a full flush (RFC 1951, 3.2.4: an empty stored block, at a whole octet), so any
pieces one after the other are one deflate stream. The CRC of the whole is computed of theirs (RFC 1952, 2.3.1).
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_LEVEL = 4
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # no name, no time, any system: the same every time
_END = b"\x03\x00"  # the last block, empty
_POLYNOMIAL = 0xEDB88320  # bit reversed, the lowest bit is x to the 31st
_ONE, _X = 1 << 31, 1 << 30


@dataclass(frozen=True, slots=True)
class Piece:
    """Some octets, deflated; ``crc`` and ``length`` are those of what was packed."""

    octets: bytes
    crc: int
    length: int


def packed(parts: Iterable[bytes]) -> Piece:
    """Return one piece of all that is given."""
    machine = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
    crc = length = 0
    out = []
    for part in parts:
        out.append(machine.compress(part))
        crc, length = zlib.crc32(part, crc), length + len(part)
    out.append(machine.flush(zlib.Z_FULL_FLUSH))
    return Piece(b"".join(out), crc, length)


def gzip_of(pieces: Iterable[Piece]) -> bytes:
    """Return the one gzip member of pieces."""
    crc = length = 0
    out = [_HEAD]
    for piece in pieces:
        out.append(piece.octets)
        crc, length = _times(_shift(piece.length), crc) ^ piece.crc, length + piece.length
    return b"".join([*out, _END, crc.to_bytes(4, "little"), (length & 0xFFFFFFFF).to_bytes(4, "little")])


def _times(one: int, other: int) -> int:
    """Multiply two polynomials modulo that of the CRC."""
    found, bit = 0, _ONE
    while one:
        if one & bit:
            found ^= other
            one ^= bit
        bit >>= 1
        other = (other >> 1) ^ _POLYNOMIAL if other & 1 else other >> 1
    return found


@lru_cache(16_384)
def _shift(octets: int) -> int:
    """Return what a CRC is multiplied with when so many octets follow: x to the power of their bits."""
    found, power, bits = _ONE, _X, 8 * octets
    while bits:
        if bits & 1:
            found = _times(power, found)
        power, bits = _times(power, power), bits >> 1
    return found
