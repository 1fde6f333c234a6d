"""Picture order count (ISO/IEC 14496-10 8.2.1), as the first slice of a picture tells it."""

import pytest

from tests.codecs.avc_streams import B, Bits, coded_slice, pps, sample, sei, sps
from yiwang.base.errors import WireError
from yiwang.codecs.avc.nal_unit import nal_unit_of
from yiwang.codecs.avc.picture_order import picture_order_of
from yiwang.codecs.avc.pps import parse_pps
from yiwang.codecs.avc.sps import OrderCycle, parse_sps
from yiwang.codecs.picture_times import PictureOrder

PLAIN = parse_pps(pps())


def order(nal_unit, picture_set=PLAIN, **fields):
    return picture_order_of(sample(sei((5, b"\0" * 300)), nal_unit), parse_sps(sps(**fields)), picture_set)


def test_type_0_is_written_as_it_is():
    assert order(coded_slice(poc_lsb=37)) == PictureOrder(37, 64, True, False)
    assert order(coded_slice(B, poc_lsb=4, ref_idc=0)) == PictureOrder(4, 64, False, False)
    assert order(coded_slice(7, idr=True)) == PictureOrder(0, 64, True, True)


def test_of_a_field_that_begins_a_picture_it_is_its_own():
    bottom = coded_slice(field="bottom", poc_lsb=9, frame_mbs_only=False)
    assert order(bottom, frame_mbs_only=False) == PictureOrder(9, 64, True, False)


def test_type_2_is_decoding_order():
    assert order(coded_slice(), poc_type=2) == PictureOrder(0, 0, True, False)


def of_type_1(frame_num, delta=None, *, ref_idc=1, idr=False):
    bits = Bits()
    bits.ue(0)
    bits.ue(5)
    bits.ue(0)
    bits.u(4, frame_num)
    if idr:
        bits.ue(0)
    if delta is not None:
        bits.se(delta)
    bits.u(8, 0xA5)
    return nal_unit_of(ref_idc << 5 | (5 if idr else 1), bits.rbsp())


def by_the_standard(frame_num, cycle, *, is_reference):
    """8.2.1.2, step by step, of a frame in the first round of frame_num."""
    absolute = frame_num if is_reference or not frame_num else frame_num - 1
    expected = 0
    if absolute:
        cycles, within = divmod(absolute - 1, len(cycle.offset_for_ref_frame))
        expected = cycles * sum(cycle.offset_for_ref_frame) + sum(cycle.offset_for_ref_frame[: within + 1])
    if not is_reference:
        expected += cycle.offset_for_non_ref_pic
    return min(expected, expected + cycle.offset_for_top_to_bottom_field)


@pytest.mark.parametrize("offsets", [(4,), (4, -1), (2, 6), (1, 2, 3, 4)])
@pytest.mark.parametrize("is_reference", [True, False])
def test_type_1_follows_a_cycle(offsets, is_reference):
    cycle = OrderCycle(-3, 2, offsets)
    set_ = parse_sps(sps(poc_type=1, delta_always_zero=True, order_cycle=cycle))
    assert set_.order_cycle == cycle
    for frame_num in range(1, 16):
        found = picture_order_of(sample(of_type_1(frame_num, ref_idc=int(is_reference))), set_, PLAIN)
        modulus = sum(offsets) * 16 // len(offsets)
        true = by_the_standard(frame_num, cycle, is_reference=is_reference)
        assert found == PictureOrder(true % modulus, modulus, is_reference, False)


def test_type_1_with_a_difference():
    cycle = OrderCycle(-3, 0, (4,))
    set_ = parse_sps(sps(poc_type=1, order_cycle=cycle))
    assert picture_order_of(sample(of_type_1(3, 5)), set_, PLAIN) == PictureOrder(17, 64, True, False)
    assert picture_order_of(sample(of_type_1(0, 0, idr=True)), set_, PLAIN) == PictureOrder(0, 64, True, True)


@pytest.mark.parametrize("offsets", [(), (-2,), (1, 2, 3)])
def test_a_cycle_that_tells_nothing_of_the_next_round_is_not_used(offsets):
    set_ = parse_sps(sps(poc_type=1, delta_always_zero=True, order_cycle=OrderCycle(0, 0, offsets)))
    assert picture_order_of(sample(of_type_1(3)), set_, PLAIN) is None


def test_a_header_that_ends_too_early_is_an_error():
    with pytest.raises(WireError):
        order(coded_slice()[:2])


def test_a_sample_without_a_slice_has_none():
    assert picture_order_of(sample(sei((5, b"abc"))), parse_sps(sps()), PLAIN) is None
