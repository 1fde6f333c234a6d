"""segmentation_descriptor() (SCTE 35 10.3.3)."""

from dataclasses import dataclass, field

from yiwang.base.octets import BitReader
from yiwang.scte35.bit_writer import BitWriter, take
from yiwang.scte35.segmentation_upid import SegmentationUpid


@dataclass(frozen=True, slots=True)
class DeliveryRestrictions:
    """What a segment may not be used for; device_restrictions: table 21."""

    web_delivery_allowed_flag: bool
    no_regional_blackout_flag: bool
    archive_allowed_flag: bool
    device_restrictions: int


@dataclass(frozen=True, slots=True)
class SegmentationDescriptor:
    """A segment begins or ends; of one that is cancelled only the id is known.

    ``components``: (component_tag, pts_offset) each, None for the whole programme. ``segmentation_duration``: 40 bits of
    90 kHz. ``rest``: sub_segment_num and sub_segments_expected where they are sent, and whatever follows.
    ``unrestricted_bits``: the five bits that old encoders fill where there are no restrictions; ``reserved_bits``: the six
    before them, which some send as zeros.
    """

    TAG = 0x02

    segmentation_event_id: int
    segmentation_event_cancel_indicator: bool = False
    segmentation_event_id_compliance_indicator: bool = True
    restrictions: DeliveryRestrictions | None = None
    components: tuple[tuple[int, int], ...] | None = None
    segmentation_duration: int | None = None
    upid: SegmentationUpid = field(default_factory=lambda: SegmentationUpid(0, b""))
    segmentation_type_id: int = 0
    segment_num: int = 0
    segments_expected: int = 0
    rest: bytes = b""
    unrestricted_bits: int = 0x1F
    reserved_bits: int = 0x3F

    @property
    def is_start(self) -> bool:
        """Whether it begins a segment: from 0x10 on, table 23 has starts on even numbers, ends on odd ones."""
        return self.segmentation_type_id >= 0x10 and self.segmentation_type_id % 2 == 0

    @property
    def is_out(self) -> bool:
        """Whether an advertisement, a placement opportunity or a break begins: 0x22, 0x30 to 0x3A, 0x44, 0x46."""
        return self.segmentation_type_id in _BREAKS

    @property
    def is_in(self) -> bool:
        """Whether what `is_out` tells of ends."""
        return self.segmentation_type_id - 1 in _BREAKS

    def to_bytes(self) -> bytes:
        """Write the octets after the identifier."""
        w = BitWriter().u(32, self.segmentation_event_id).u(1, self.segmentation_event_cancel_indicator)
        w.u(1, self.segmentation_event_id_compliance_indicator).u(6, self.reserved_bits)
        if self.segmentation_event_cancel_indicator:
            return w.to_bytes() + self.rest
        w.u(1, self.components is None).u(1, self.segmentation_duration is not None).u(1, self.restrictions is None)
        if self.restrictions is None:
            w.u(5, self.unrestricted_bits)
        else:
            r = self.restrictions
            w.u(1, r.web_delivery_allowed_flag).u(1, r.no_regional_blackout_flag)
            w.u(1, r.archive_allowed_flag).u(2, r.device_restrictions)
        if self.components is not None:
            w.u(8, len(self.components))
            for tag, offset in self.components:
                w.u(8, tag).reserved(7).u(33, offset)
        if self.segmentation_duration is not None:
            w.u(40, self.segmentation_duration)
        w.octets(self.upid.to_bytes())
        w.u(8, self.segmentation_type_id).u(8, self.segment_num).u(8, self.segments_expected)
        return w.to_bytes() + self.rest


_BREAKS = frozenset({0x22, 0x30, 0x32, 0x34, 0x36, 0x38, 0x3A, 0x44, 0x46})


def parse_segmentation_descriptor(reader: BitReader) -> SegmentationDescriptor:
    """Read the octets after the identifier; WireError when they are cut off."""
    event_id, cancelled, compliance, reserved = reader.u(32), reader.flag(), reader.flag(), reader.u(6)
    if cancelled:
        rest = take(reader, reader.remaining // 8)
        return SegmentationDescriptor(event_id, True, compliance, rest=rest, reserved_bits=reserved)
    whole_program, has_duration, not_restricted = reader.flag(), reader.flag(), reader.flag()
    restrictions, components, bits = None, None, 0x1F
    if not_restricted:
        bits = reader.u(5)
    else:
        restrictions = DeliveryRestrictions(reader.flag(), reader.flag(), reader.flag(), reader.u(2))
    if not whole_program:
        components = tuple((reader.u(8), reader.u(40) & (1 << 33) - 1) for _ in range(reader.u(8)))
    duration = reader.u(40) if has_duration else None
    upid_type = reader.u(8)
    return SegmentationDescriptor(
        event_id,
        False,
        compliance,
        restrictions,
        components,
        duration,
        SegmentationUpid(upid_type, take(reader, reader.u(8))),
        reader.u(8),
        reader.u(8),
        reader.u(8),
        take(reader, reader.remaining // 8),
        bits,
        reserved,
    )
