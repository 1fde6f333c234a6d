"""NAL units of a sample, each after its length of four octets (ISO/IEC 14496-15 4.3.3, 5.3.4.2)."""

from collections.abc import Iterator

LENGTH_OCTETS = 4


def nal_units_in(sample: bytes) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each; of a sample that is cut the last end may lie beyond it, and its begin never does."""
    at = 0
    while (begin := at + LENGTH_OCTETS) < len(sample):
        at = begin + int.from_bytes(sample[at:begin], "big")
        yield begin, at
