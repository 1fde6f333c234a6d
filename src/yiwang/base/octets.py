"""Bit-wise reading of syntax structures. Reading past the end raises at once."""

from yiwang.base.errors import WireError


class BitReader:
    """Reads big-endian bit fields, in the order the standards' tables give them.

    Parameters
    ----------
    data : bytes
    source : str    name of the syntax structure, for the error
    """

    __slots__ = ("_bits", "_length", "position", "source")

    def __init__(self, data: bytes, source: str) -> None:
        self._bits = int.from_bytes(data, "big")
        self._length = 8 * len(data)
        self.position = 0
        self.source = source

    @property
    def remaining(self) -> int:
        """Bits not read yet."""
        return self._length - self.position

    def u(self, n: int) -> int:
        """Unsigned integer of ``n`` bits, most significant bit first: u(n), uimsbf, bslbf."""
        end = self.position + n
        if end > self._length:
            raise WireError(self.source, self.position // 8, f"{n} more bits", f"{self.remaining}")
        self.position = end
        return (self._bits >> (self._length - end)) & ((1 << n) - 1)

    def flag(self) -> bool:
        """One bit."""
        return self.u(1) == 1

    def skip(self, n: int) -> None:
        """Pass over ``n`` bits."""
        self.u(n)

    def ue(self) -> int:
        """Unsigned Exp-Golomb code, ue(v): ISO/IEC 14496-10 9.1."""
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise WireError(self.source, self.position // 8, "an Exp-Golomb code", "more than 32 leading zeros")
        return (1 << zeros) - 1 + self.u(zeros)

    def bounded_ue(self, name: str, maximum: int) -> int:
        """ue(v) that the standard bounds."""
        value = self.ue()
        if value > maximum:
            raise WireError(self.source, self.position // 8, f"{name} <= {maximum}", str(value))
        return value

    def se(self) -> int:
        """Signed Exp-Golomb code, se(v): ISO/IEC 14496-10 9.1.1."""
        k = self.ue()
        return (k + 1) // 2 if k & 1 else -(k // 2)
