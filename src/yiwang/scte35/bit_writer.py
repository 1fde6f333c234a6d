"""Bit-wise writing of syntax structures: the counterpart of `yiwang.base.octets.BitReader`."""

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader


class BitWriter:
    """Appends big-endian bit fields, in the order the standard's tables give them."""

    __slots__ = ("_bits", "_length")

    def __init__(self) -> None:
        self._bits = 0
        self._length = 0

    def u(self, n: int, value: int) -> "BitWriter":
        """Append an unsigned integer of ``n`` bits; WireError when it has more."""
        if not 0 <= value < 1 << n:
            raise WireError("splice_info_section", self._length // 8, f"a value of {n} bits", str(value))
        self._bits = self._bits << n | value
        self._length += n
        return self

    def reserved(self, n: int) -> "BitWriter":
        """Append reserved bits, which are ones."""
        return self.u(n, (1 << n) - 1)

    def octets(self, data: bytes) -> "BitWriter":
        """Append whole octets."""
        return self.u(8 * len(data), int.from_bytes(data, "big"))

    def to_bytes(self) -> bytes:
        """Return what was written, a whole number of octets."""
        return self._bits.to_bytes(self._length // 8, "big")


def take(reader: BitReader, count: int) -> bytes:
    """Read ``count`` whole octets of a BitReader."""
    return reader.u(8 * count).to_bytes(count, "big")
