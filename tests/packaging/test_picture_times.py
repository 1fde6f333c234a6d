"""Pictures keep the PTS their multiplexer gave them, whatever it says of the DTS; decoding times rise and come before."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.timebase import HALF_WRAP_33, WRAP_33
from yiwang.packaging.inputs import REORDER_90K, REORDER_PICTURES, StreamSpec, VideoInput

CONFIG = CodecConfig("video", "avc1", "avc1.64001F", b"")
FRAME = 3600
REORDERED = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
"""Order of display of pictures in decoding order: I P B B P B B P B B."""


def lifted(stamps, *, promised=False):
    """Units of pictures with these (PTS, DTS); with ``promised`` each knows the DTS of the next."""
    source = VideoInput(StreamSpec(256, "video", 0x1B), "video", None)
    units, last = [], HALF_WRAP_33
    for n, (pts, dts) in enumerate(stamps):
        following = stamps[n + 1] if promised and n + 1 < len(stamps) else (-1, -1)
        next_dts = following[1] if following[1] >= 0 else following[0]
        unit, broken = source.lift(AccessUnit(b"", pts, dts, 0, CONFIG, next_dts_90k=next_dts), last)
        assert not broken
        last = unit.raw_dts
        units.append(unit)
    return units


def lifted_without_dts(pictures):
    """Units of pictures of which each is (PTS, whether it is a random access point)."""
    source, units = VideoInput(StreamSpec(256, "video", 0x1B), "video", None), []
    for pts, is_random_access in pictures:
        au = AccessUnit(b"", pts, -1, int(is_random_access), CONFIG)
        unit, broken = source.lift(au, units[-1].raw_dts if units else HALF_WRAP_33)
        assert not broken
        units.append(unit)
    return units


def displayed(n, start=900_000):
    """PTS of the nth picture in decoding order."""
    return start + (n // 10 * 10 + REORDERED[n % 10]) * FRAME


def test_times_that_are_right_stay_as_they_are():
    stamps = [(displayed(n) + 2 * FRAME, 900_000 + n * FRAME) for n in range(60)]
    assert [(u.raw_pts, u.raw_dts) for u in lifted(stamps)] == stamps


def test_a_dts_that_counts_from_the_first_pts_is_moved_before_it():
    stamps = [(displayed(n), 900_000 + n * FRAME) for n in range(60)]
    units = lifted(stamps)
    assert [u.raw_pts for u in units] == [pts for pts, _ in stamps]
    assert [u.raw_dts for u in units[10:]] == [dts - FRAME for _, dts in stamps[10:]]
    # while it is not known yet how far, a picture may be decoded a tick late
    assert max(u.raw_dts - u.raw_pts for u in units) <= 1


def test_pictures_without_dts_are_shown_in_order_and_decoded_before_they_are_shown():
    stamps = [(displayed(n), -1) for n in range(60)]
    units = lifted(stamps)
    assert [u.raw_pts for u in units] == [pts for pts, _ in stamps]
    assert all(u.raw_dts <= u.raw_pts for u in units[10:])
    assert all(a.raw_dts < b.raw_dts for a, b in zip(units, units[1:], strict=False))


def test_pictures_without_dts_are_decoded_as_evenly_as_they_are_shown():
    units = lifted([(displayed(n), -1) for n in range(60)])
    assert {b.raw_dts - a.raw_dts for a, b in pairwise(units[10:])} == {FRAME}
    assert all(u.raw_dts <= u.raw_pts <= u.raw_dts + 6 * FRAME for u in units[10:])


@pytest.mark.parametrize("begin", [0, 1, 2, 3, 7, 11, 20])
def test_times_of_pictures_without_dts_are_the_same_wherever_one_joined(begin):
    pictures = [(displayed(n), n % 10 == 0) for n in range(60)]
    whole, later = lifted_without_dts(pictures), lifted_without_dts(pictures[begin:])
    assert [u.raw_dts for u in later[20:]] == [u.raw_dts for u in whole[begin + 20 :]]


def test_one_pts_that_steps_back_is_forgotten_with_the_second_random_access_point_after_it():
    pictures = [(900_000 + n * FRAME - 2 * FRAME * (n == 12), n % 10 == 0) for n in range(60)]
    units = lifted_without_dts(pictures)
    assert all(u.raw_dts == u.raw_pts for u in units[:12])
    assert all(u.raw_dts < u.raw_pts for u in units[20:30])
    assert all(u.raw_dts == u.raw_pts for u in units[30:])


def test_deep_pyramids_without_dts_are_no_jump_of_the_time_base():
    """Sixteen pictures between two that are shown in the order in which they are decoded: PTS fall by 8 pictures."""
    order = [16, 8, 4, 2, 1, 3, 6, 5, 7, 12, 10, 9, 11, 14, 13, 15]
    pictures = [(900_000, True)] + [(900_000 + (16 * k + n) * FRAME, False) for k in range(6) for n in order]
    units = lifted_without_dts(pictures)
    assert all(a.raw_dts < b.raw_dts for a, b in pairwise(units))
    assert {b.raw_dts - a.raw_dts for a, b in pairwise(units[30:])} == {FRAME}
    assert all(u.raw_dts <= u.raw_pts for u in units[30:])


def test_a_dts_far_after_the_pts_says_the_pts_is_wrong():
    stamps = [(900_000 + n * FRAME, 900_000 + n * FRAME) for n in range(10)]
    stamps[5] = (stamps[5][1] - REORDER_90K - 1, stamps[5][1])
    assert lifted(stamps)[5].raw_pts == stamps[5][1]


def test_a_dts_before_the_wrap_belongs_to_a_pts_after_it():
    stamps = [
        ((displayed(n, WRAP_33 - 4 * FRAME) + 2 * FRAME) % WRAP_33, (WRAP_33 + (n - 4) * FRAME) % WRAP_33)
        for n in range(20)
    ]
    units = lifted(stamps)
    assert [u.raw_pts - u.raw_dts for u in units] == [(pts - dts) % WRAP_33 for pts, dts in stamps]
    assert all(b.raw_dts - a.raw_dts == FRAME for a, b in zip(units, units[1:], strict=False))


@given(st.lists(st.tuples(st.integers(-20_000, 20_000), st.integers(-3, 9000)), min_size=2, max_size=60))
def test_decoding_times_rise_and_the_next_one_is_what_was_promised(steps):
    stamps, dts = [], 900_000
    for offset, step in steps:
        dts += step
        stamps.append((dts + offset, dts))
    units = lifted(stamps, promised=True)
    for a, b in zip(units, units[1:], strict=False):
        assert a.raw_dts < b.raw_dts
        assert a.raw_next_dts in (-1, b.raw_dts)
    assert [u.raw_pts for u in units] == [pts for pts, _ in stamps]


def test_the_next_decoding_time_is_promised_once_the_reordering_is_known():
    units = lifted([(displayed(n), 900_000 + n * FRAME) for n in range(60)], promised=True)
    assert all(u.raw_next_dts == -1 for u in units[:REORDER_PICTURES])
    assert all(u.raw_next_dts == u.raw_dts + FRAME for u in units[REORDER_PICTURES:-1])
