"""Event streams in gzip, compressed once for all who read them.

A member of gzip (RFC 1952) is any number of deflate blocks (RFC 1951). Each text becomes blocks that refer to nothing
before them and end at an octet, so they stand in every reader's stream alike: no connection has a compressor of its own.
"""

import zlib
from collections.abc import AsyncIterator
from functools import lru_cache

HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
LAST_BLOCK = b"\x03\x00"


@lru_cache(16)
def _blocks(text: str) -> tuple[bytes, bytes]:
    """Return the octets of a text, and its blocks."""
    octets = text.encode()
    machine = zlib.compressobj(4, wbits=-zlib.MAX_WBITS)
    return octets, machine.compress(octets) + machine.flush(zlib.Z_FULL_FLUSH)


async def packed(texts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Compress a stream of texts; each is whole for its reader when it is sent."""
    yield HEADER
    checksum = size = 0
    async for text in texts:
        octets, blocks = _blocks(text)
        checksum, size = zlib.crc32(octets, checksum), size + len(octets)
        yield blocks
    yield LAST_BLOCK + checksum.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
