"""Bit-wise writing of syntax structures; the other direction of `yiwang.base.octets.BitReader`."""


class BitWriter:
    """Appends big-endian bit fields."""

    def __init__(self) -> None:
        self._value = 0
        self.length = 0  # bits written

    def u(self, n: int, value: int) -> None:
        """Append ``value`` in ``n`` bits."""
        if value >> n:
            raise ValueError(f"{value} does not fit in {n} bits")
        self._value = self._value << n | value
        self.length += n

    def align(self) -> None:
        """Append zero bits to the next octet."""
        self.u(-self.length % 8, 0)

    def to_bytes(self) -> bytes:
        """Return what was written, filled with zero bits to whole octets."""
        self.align()
        return self._value.to_bytes(self.length // 8, "big")
