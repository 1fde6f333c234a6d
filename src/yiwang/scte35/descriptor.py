"""Splice descriptors (SCTE 35 10): the loop, the small ones, and those that are not known, kept as they came."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.scte35.bit_writer import BitWriter, take
from yiwang.scte35.segmentation_descriptor import SegmentationDescriptor, parse_segmentation_descriptor

CUEI = int.from_bytes(b"CUEI", "big")


@dataclass(frozen=True, slots=True)
class AvailDescriptor:
    """avail_descriptor() (10.3.1)."""

    TAG = 0x00

    provider_avail_id: int
    rest: bytes = b""

    def to_bytes(self) -> bytes:
        """Write the octets after the identifier."""
        return self.provider_avail_id.to_bytes(4, "big") + self.rest


@dataclass(frozen=True, slots=True)
class DtmfDescriptor:
    """DTMF_descriptor() (10.3.2). ``preroll``: tenths of a second; ``dtmf``: at most seven of 0-9, * and #.

    ``reserved_bits``: five, which some send as zeros.
    """

    TAG = 0x01

    preroll: int
    dtmf: bytes
    rest: bytes = b""
    reserved_bits: int = 0x1F

    def to_bytes(self) -> bytes:
        """Write the octets after the identifier."""
        w = BitWriter().u(8, self.preroll).u(3, len(self.dtmf)).u(5, self.reserved_bits)
        return w.octets(self.dtmf).to_bytes() + self.rest


@dataclass(frozen=True, slots=True)
class TimeDescriptor:
    """time_descriptor() (10.3.4): TAI since 1970, seconds and nanoseconds, and its distance to UTC in seconds."""

    TAG = 0x03

    tai_seconds: int
    tai_ns: int
    utc_offset: int
    rest: bytes = b""

    def to_bytes(self) -> bytes:
        """Write the octets after the identifier."""
        return BitWriter().u(48, self.tai_seconds).u(32, self.tai_ns).u(16, self.utc_offset).to_bytes() + self.rest


@dataclass(frozen=True, slots=True)
class UnknownDescriptor:
    """A descriptor of another tag or identifier, or one that is damaged inside: kept as it came."""

    splice_descriptor_tag: int
    payload: bytes  # with the identifier

    def to_bytes(self) -> bytes:
        """Write the octets after splice_descriptor_length."""
        return self.payload


SpliceDescriptor = AvailDescriptor | DtmfDescriptor | SegmentationDescriptor | TimeDescriptor | UnknownDescriptor


def _parse(tag: int, payload: bytes) -> SpliceDescriptor:
    reader = BitReader(payload, "splice_descriptor")
    if reader.u(32) != CUEI:
        return UnknownDescriptor(tag, payload)
    if tag == AvailDescriptor.TAG:
        return AvailDescriptor(reader.u(32), take(reader, reader.remaining // 8))
    if tag == DtmfDescriptor.TAG:
        preroll, count, reserved = reader.u(8), reader.u(3), reader.u(5)
        return DtmfDescriptor(preroll, take(reader, count), take(reader, reader.remaining // 8), reserved)
    if tag == SegmentationDescriptor.TAG:
        return parse_segmentation_descriptor(reader)
    if tag == TimeDescriptor.TAG:
        return TimeDescriptor(reader.u(48), reader.u(32), reader.u(16), take(reader, reader.remaining // 8))
    return UnknownDescriptor(tag, payload)


def parse_descriptors(octets: bytes) -> tuple[SpliceDescriptor, ...]:
    """Read a descriptor loop; WireError when one is longer than the loop."""
    descriptors: list[SpliceDescriptor] = []
    at = 0
    while at < len(octets):
        end = at + 2 + (octets[at + 1] if at + 1 < len(octets) else 255)
        if end > len(octets):
            raise WireError("splice_descriptor", at, "a whole descriptor", f"{len(octets) - at} octets")
        tag, payload = octets[at], octets[at + 2 : end]
        try:
            descriptors.append(_parse(tag, payload))
        except WireError:
            descriptors.append(UnknownDescriptor(tag, payload))
        at = end
    return tuple(descriptors)


def write_descriptors(descriptors: tuple[SpliceDescriptor, ...]) -> bytes:
    """Write a descriptor loop."""
    w = BitWriter()
    for descriptor in descriptors:
        payload = descriptor.to_bytes()
        if isinstance(descriptor, UnknownDescriptor):
            tag = descriptor.splice_descriptor_tag
        else:
            tag, payload = descriptor.TAG, b"CUEI" + payload
        w.u(8, tag).u(8, len(payload)).octets(payload)
    return w.to_bytes()
