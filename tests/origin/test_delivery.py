"""What segmentation descriptors say of delivery, as spans of time."""

from yiwang.origin.delivery import MAX_SPANS, Delivery
from yiwang.packaging.events import CuePublished
from yiwang.scte35.command import TimeSignal
from yiwang.scte35.segmentation_descriptor import DeliveryRestrictions, SegmentationDescriptor
from yiwang.scte35.splice_info_section import SpliceInfoSection

BLACKOUT = DeliveryRestrictions(True, False, True, 3)
NO_WEB = DeliveryRestrictions(False, True, True, 3)
FREE = DeliveryRestrictions(True, True, False, 3)


def told(delivery, at, event_id, type_id, restrictions=None, duration=None, cancel=False):
    d = SegmentationDescriptor(
        event_id,
        cancel,
        restrictions=restrictions,
        segmentation_duration=duration,
        segmentation_type_id=type_id,
    )
    section = SpliceInfoSection(TimeSignal(at), (d,)).to_bytes()
    delivery.apply(CuePublished("cancel" if cancel else "cmd", event_id, at, at, duration, False, section))


def spans(delivery):
    return [(s.begin_90k, s.end_90k, s.restrictions) for s in delivery.spans]


def test_a_programme_is_restricted_from_its_start_to_its_end():
    delivery = Delivery()
    told(delivery, 100, 7, 0x10, BLACKOUT)
    assert spans(delivery) == [(100, None, BLACKOUT)]
    assert delivery.within(0, 99) == []
    assert delivery.within(0, 100)
    told(delivery, 900, 8, 0x11)  # of another programme
    told(delivery, 500, 7, 0x11)
    assert spans(delivery) == [(100, 500, BLACKOUT)]
    assert delivery.within(500, 600) == []
    assert delivery.within(499, 600)


def test_the_next_programme_ends_one_that_nobody_has_ended_and_a_duration_does():
    delivery = Delivery()
    told(delivery, 100, 7, 0x10, BLACKOUT)
    told(delivery, 300, 8, 0x10)
    told(delivery, 400, 9, 0x10, NO_WEB, duration=50)
    assert spans(delivery) == [(100, 300, BLACKOUT), (400, 450, NO_WEB)]


def test_an_override_and_early_termination_take_the_place_of_what_was_said():
    delivery = Delivery()
    told(delivery, 100, 7, 0x10, BLACKOUT)
    told(delivery, 200, 7, 0x18, NO_WEB)
    assert spans(delivery) == [(100, 200, BLACKOUT), (200, None, NO_WEB)]
    told(delivery, 300, 7, 0x18, FREE)
    assert spans(delivery)[-1] == (200, 300, NO_WEB)
    told(delivery, 400, 8, 0x10, BLACKOUT)
    told(delivery, 450, 8, 0x12)
    assert spans(delivery)[-1] == (400, 450, BLACKOUT)


def test_an_advertisement_within_a_programme_has_restrictions_of_its_own():
    delivery = Delivery()
    told(delivery, 100, 7, 0x10, BLACKOUT)
    told(delivery, 200, 70, 0x30, NO_WEB)
    told(delivery, 230, 70, 0x31)
    assert spans(delivery) == [(100, None, BLACKOUT), (200, 230, NO_WEB)]


def test_what_is_cancelled_or_may_go_everywhere_is_no_span():
    delivery = Delivery()
    told(delivery, 100, 7, 0x10, FREE)
    told(delivery, 200, 8, 0x10, BLACKOUT)
    told(delivery, 150, 8, 0, cancel=True)
    assert spans(delivery) == []


def test_what_has_left_the_window_is_forgotten_and_there_is_an_end_of_what_is_kept():
    delivery = Delivery()
    told(delivery, 100, 7, 0x10, BLACKOUT, duration=50)
    delivery.forget_until(150)
    assert spans(delivery) == []
    for n in range(2 * MAX_SPANS):
        told(delivery, 1000 + n, n, 0x30 + 2 * (n % 6), BLACKOUT, duration=10**6)
    assert len(delivery.spans) <= MAX_SPANS
