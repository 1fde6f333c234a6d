"""Octet-wise reading of sections and descriptors; every read is checked against the octets that remain."""

from yiwang.base.errors import WireError


class FieldReader:
    """Reads whole octets in order.

    Parameters
    ----------
    octets : bytes
    source : str    name of the syntax structure, for the error
    """

    __slots__ = ("_octets", "offset", "source")

    def __init__(self, octets: bytes, source: str) -> None:
        self._octets = octets
        self.offset = 0
        self.source = source

    @property
    def remaining(self) -> int:
        """Octets not read yet."""
        return len(self._octets) - self.offset

    def take(self, count: int) -> bytes:
        """Return the next ``count`` octets."""
        if count > self.remaining:
            raise WireError(self.source, self.offset, f"{count} more octets", str(self.remaining))
        start = self.offset
        self.offset += count
        return self._octets[start : self.offset]

    def u8(self) -> int:
        """Return an unsigned integer of one octet."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Return an unsigned integer of two octets."""
        return int.from_bytes(self.take(2), "big")

    def u24(self) -> int:
        """Return an unsigned integer of three octets."""
        return int.from_bytes(self.take(3), "big")

    def language(self) -> str:
        """Return an ISO_639_language_code as it stands, one character for each octet."""
        return self.take(3).decode("latin-1")

    def rest(self) -> bytes:
        """Return all octets that remain."""
        return self.take(self.remaining)


def u16(value: int) -> bytes:
    """Write two octets."""
    return value.to_bytes(2, "big")


def u24(value: int) -> bytes:
    """Write three octets."""
    return value.to_bytes(3, "big")


def language_octets(code: str) -> bytes:
    """Write an ISO_639_language_code."""
    return code.encode("latin-1")[:3].ljust(3)
