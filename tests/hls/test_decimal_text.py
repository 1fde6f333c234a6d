from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.hls.decimal_text import date_time, decimal_seconds, microseconds


@pytest.mark.parametrize(
    ("us", "text"),
    [(0, "0"), (2_000_000, "2"), (1_920_000, "1.92"), (2_005_333, "2.005333"), (100, "0.0001"), (10**13, "10000000")],
)
def test_seconds_are_exact_decimals(us, text):
    assert decimal_seconds(us) == text


@given(st.integers(0, 2**62))
def test_seconds_are_never_rounded(us):
    assert Decimal(decimal_seconds(us)) == Decimal(us).scaleb(-6)


@given(st.integers(0, 2**62), st.sampled_from([90_000, 48_000, 44_100, 1]))
def test_microseconds_are_the_nearest(ticks, timescale):
    assert abs(Fraction(ticks, timescale) * 1_000_000 - microseconds(ticks, timescale)) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000 * 90_000 + 90 * 40, "2023-11-14T22:13:20.040Z"),
        (44, "1970-01-01T00:00:00.000Z"),
        (46, "1970-01-01T00:00:00.001Z"),
    ],
)
def test_a_date_is_in_milliseconds(ticks, text):
    assert date_time(ticks) == text


@given(st.integers(0, 250_000_000_000 * 90))
def test_a_date_is_within_half_a_millisecond(ticks):
    moment = datetime.fromisoformat(date_time(ticks))
    us = (moment - datetime(1970, 1, 1, tzinfo=UTC)) / (moment.resolution)
    assert abs(us - ticks * 100 / 9) <= 501
