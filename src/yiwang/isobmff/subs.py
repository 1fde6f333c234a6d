"""SubSampleInformationBox (ISO/IEC 14496-12 8.7.7)."""

from collections.abc import Sequence
from struct import pack

from yiwang.isobmff.box import full_box


def subs(sizes: Sequence[int]) -> bytes:
    """Octets of the box for a run of one sample, whose sub-samples have these sizes."""
    entries = b"".join(pack(">IBBI", size, 0, 0, 0) for size in sizes)
    return full_box("subs", 1, 0, pack(">IIH", 1, 1, len(sizes)), entries)
