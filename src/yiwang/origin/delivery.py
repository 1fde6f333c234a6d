"""What splice cues say of where a channel may be delivered: the fold of segmentation descriptors' delivery restrictions.

Source: SCTE 35 10.3.3.1 (delivery_not_restricted_flag and what follows), table 23 (segmentation_type_id).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.packaging.events import CuePublished
from yiwang.scte35.segmentation_descriptor import DeliveryRestrictions, SegmentationDescriptor
from yiwang.scte35.splice_info_section import parse_splice_info_section

MAX_SPANS = 64
OVERRIDE = 0x18
"""Program Blackout Override: its flags take the place of the programme's."""
_PROGRAMME = range(0x10, 0x20)
_PROGRAMME_ENDS = frozenset({0x11, 0x12, 0x13})  # end, early termination, breakaway
_CONTENT_IDENTIFICATION = 0x01


@dataclass(slots=True)
class DeliverySpan:
    """A segment whose delivery is restricted; 90 kHz ticks since 1970, ``end_90k`` None while it is not known."""

    kind: int  # segmentation_type_id of its begin; those of programmes are one
    event_id: int
    begin_90k: int
    end_90k: int | None
    restrictions: DeliveryRestrictions

    def overlaps(self, begin_90k: int, end_90k: int) -> bool:
        """Whether it has something of a span."""
        return self.begin_90k <= end_90k and (self.end_90k is None or begin_90k < self.end_90k)


class Delivery:
    """Folds cues; `spans` are those restricted, in the order in which they were told."""

    def __init__(self) -> None:
        self.spans: list[DeliverySpan] = []

    def apply(self, cue: CuePublished) -> None:
        """Take the next cue, of whatever kind."""
        if cue.event_id is None:
            return
        try:
            descriptors = parse_splice_info_section(cue.section).descriptors
        except WireError:  # who published it has read it
            return
        for descriptor in descriptors:
            if isinstance(descriptor, SegmentationDescriptor) and descriptor.segmentation_event_id == cue.event_id:
                self._take(descriptor, cue)
        del self.spans[:-MAX_SPANS]

    def forget_until(self, begin_90k: int) -> None:
        """Let go of what ended before."""
        if self.spans:
            self.spans = [span for span in self.spans if span.end_90k is None or span.end_90k > begin_90k]

    def within(self, begin_90k: int, end_90k: int) -> list[DeliverySpan]:
        """Return those that have something of a span of time."""
        return [span for span in self.spans if span.overlaps(begin_90k, end_90k)]

    def _take(self, d: SegmentationDescriptor, cue: CuePublished) -> None:
        at_90k, type_id = cue.presentation_90k, d.segmentation_type_id
        if d.segmentation_event_cancel_indicator:
            self._end((span for span in self.spans if span.event_id == cue.event_id), at_90k)
        elif type_id in _PROGRAMME_ENDS or (type_id > 0x1F and type_id % 2):
            kind = _kind_of(type_id if type_id in _PROGRAMME else type_id - 1)
            self._end((s for s in self.spans if s.event_id == cue.event_id and s.kind == kind), at_90k)
        elif type_id == _CONTENT_IDENTIFICATION or type_id >= _PROGRAMME.start:
            kind = _kind_of(type_id)
            self._end((span for span in self.spans if span.kind == kind), at_90k)
            r = d.restrictions
            if r is not None and not (r.no_regional_blackout_flag and r.web_delivery_allowed_flag):
                end_90k = None if not d.segmentation_duration else at_90k + d.segmentation_duration
                self.spans.append(DeliverySpan(kind, d.segmentation_event_id, at_90k, end_90k, r))

    def _end(self, spans: Iterable[DeliverySpan], at_90k: int) -> None:
        """End those that are on, and let those go that would begin later."""
        ended = [span for span in spans if span.end_90k is None or span.end_90k > at_90k]
        for span in ended:
            span.end_90k = at_90k
        self.spans = [s for s in self.spans if not (s in ended and s.begin_90k >= at_90k)]


def _kind_of(type_id: int) -> int:
    return _PROGRAMME.start if type_id in _PROGRAMME or type_id == _CONTENT_IDENTIFICATION else type_id
