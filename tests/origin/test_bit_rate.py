from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.origin.bit_rate import BitRate, two_digits_up

S = 90_000


@pytest.mark.parametrize(
    ("rate", "stated"), [(1, 1), (99, 99), (100, 100), (101, 110), (3_456_789, 3_500_000), (9_990_000, 10_000_000)]
)
def test_a_rate_is_stated_with_two_digits(rate, stated):
    assert two_digits_up(rate) == stated


@given(st.lists(st.tuples(st.integers(1, 10**8), st.integers(S, 2 * S)), min_size=1, max_size=20), st.integers(0, 10))
def test_stated_rates_are_never_below_what_was_measured(segments, removed):
    rate = BitRate()
    peaks = []
    for octets, duration in segments:
        rate.add(octets, duration)
        peaks.append(rate.peak_bps)
        assert rate.peak_bps >= Fraction(8 * octets * S, duration)
    assert peaks == sorted(peaks)
    window = segments[min(removed, len(segments) - 1) :]
    for octets, duration in segments[: len(segments) - len(window)]:
        rate.remove(octets, duration)
    octets, duration = map(sum, zip(*window, strict=True))
    assert Fraction(8 * octets * S, duration) <= rate.average_bps <= rate.peak_bps


def test_a_scrap_of_a_segment_is_no_peak():
    rate = BitRate()
    rate.add(1_000_000, 2 * S)
    rate.add(1_000_000, S // 10)
    assert rate.peak_bps == two_digits_up(4_000_001)


def test_before_the_first_segment_there_is_a_rate():
    assert (BitRate().peak_bps, BitRate().average_bps) == (1, 1)
