"""Keys of encrypted Media Segments (rfc8216bis 4.4.4.4, METHOD=AES-128): each had once, never told to anybody.

The cipher is loaded with the first encrypted segment.
"""

import asyncio
from collections.abc import Awaitable, Callable

from yiwang.hls.playlist_reader import IDENTITY, ListedKey
from yiwang.net import wall_clock
from yiwang.net.document import DocumentError

METHOD = "AES-128"
KEY_OCTETS = BLOCK_OCTETS = 16
LARGEST_ANSWER_OCTETS = 1 << 20
"""To a request for a key: an error page is no reason to read on."""
MOST_KEYS = 64
"""Of one playlist, the newest; one that turns them every segment needs no more than a window."""
PIECE_OCTETS = 1 << 18
THREAD_FROM_OCTETS = 8 << 20
"""Less is decrypted in a few milliseconds, of which a thread, and fresh memory in it, would take more."""
ASK_AGAIN_MS = 5_000
"""After a key could not be had: other segments that want it are not had either, and nobody is asked for each."""


def is_carried(key: ListedKey | None) -> bool:
    """Tell whether segments under such a key can be read."""
    return key is None or (key.method == METHOD and key.key_format == IDENTITY)


class HlsKeys:
    """Those of one source, by their address. ``fetch`` gets a document of at most so many octets: DocumentError if not."""

    def __init__(self, fetch: Callable[[str, int], Awaitable[bytes]]) -> None:
        self._fetch = fetch
        self._keys: dict[str, bytes] = {}
        self._refused: dict[str, tuple[int, DocumentError]] = {}

    async def decrypted(self, octets: bytes, key: ListedKey, url: str, media_sequence_number: int) -> bytes:
        """Return what a segment, or a part of a resource that is one, was before it was encrypted.

        Parameters
        ----------
        octets : bytes
        key : ListedKey
        url : str                      of the key
        media_sequence_number : int    the initialization vector where the playlist says none

        Raises
        ------
        DocumentError                  the key cannot be had, or it is none; octets that nothing was encrypted to
        """
        secret = await self.key(url)
        if not octets or len(octets) % BLOCK_OCTETS:
            raise DocumentError(f"it is no whole number of blocks of AES: {len(octets)} octets")
        iv = key.iv if key.iv is not None else media_sequence_number.to_bytes(BLOCK_OCTETS, "big")
        if len(octets) < THREAD_FROM_OCTETS:
            return _decrypted(octets, secret, iv)
        return await asyncio.to_thread(_decrypted, octets, secret, iv)

    async def key(self, url: str) -> bytes:
        """Return the key behind an address; it is asked for once. Raises DocumentError."""
        known = self._keys.pop(url, None)
        if known is None:
            known = await self._ask(url)
            while len(self._keys) >= MOST_KEYS:
                self._keys.pop(next(iter(self._keys)))
        self._keys[url] = known  # the one used last is let go of last
        return known

    async def _ask(self, url: str) -> bytes:
        now_ms = wall_clock.monotonic_ms()
        until_ms, error = self._refused.get(url, (0, None))
        if error is not None and now_ms < until_ms:
            raise DocumentError(str(error), error.status)
        self._refused = {address: one for address, one in self._refused.items() if now_ms < one[0]}
        try:
            octets = await self._fetch(url, LARGEST_ANSWER_OCTETS)
            if len(octets) != KEY_OCTETS:
                raise DocumentError(f"it has {len(octets)} octets, not {KEY_OCTETS}")
        except DocumentError as error:
            told = DocumentError(f"its key: {error}", error.status)
            self._refused[url] = now_ms + ASK_AGAIN_MS, told
            raise told from error
        return octets


def _decrypted(octets: bytes, secret: bytes, iv: bytes) -> bytes:
    """Return the plain text, without its padding (RFC 5652 6.3), which some encoders leave out.

    A wrong key gives noise, with or without what looks like padding; the reader of a segment sees that.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    machine = Cipher(algorithms.AES(secret), modes.CBC(iv)).decryptor()
    given, plain = memoryview(octets), bytearray(len(octets) + BLOCK_OCTETS - 1)
    for at in range(0, len(octets), PIECE_OCTETS):
        machine.update_into(given[at : at + PIECE_OCTETS], memoryview(plain)[at:])
    machine.finalize()
    size = len(octets)
    n = plain[size - 1]
    if 0 < n <= BLOCK_OCTETS and plain[size - n : size] == bytes((n,)) * n:
        size -= n
    return bytes(memoryview(plain)[:size])
