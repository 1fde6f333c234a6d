"""Octets that lie in pieces until somebody asks for the whole."""

from collections.abc import Sequence

SMALL_PIECE_OCTETS = 4096
"""Pieces that are smaller on average are joined at once: as objects of their own they would take more than the copy does."""


class Pieces:
    """Octets that become one ``bytes`` object when they are first asked for, and then stay that.

    Of the parts of many channels few are ever asked for, and all of them would be copied otherwise.

    Parameters
    ----------
    pieces : sequence of bytes
    """

    __slots__ = ("_pieces", "_size")

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self._size = sum(map(len, pieces))

    def __len__(self) -> int:
        return self._size

    def __bytes__(self) -> bytes:
        pieces = self._pieces
        if len(pieces) != 1:
            pieces = self._pieces = (b"".join(pieces),)
        return pieces[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pieces | bytes) and bytes(self) == bytes(other)

    def __hash__(self) -> int:
        return hash(bytes(self))


def joined_later(pieces: Sequence[bytes]) -> bytes | Pieces:
    """Join pieces now if they are small, else when they are asked for."""
    later = Pieces(pieces)
    return bytes(later) if len(later) < len(pieces) * SMALL_PIECE_OCTETS else later
