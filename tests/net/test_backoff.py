"""Delays between tries: they grow to a ceiling, and jitter spreads their upper half."""

from hypothesis import given
from hypothesis import strategies as st

from yiwang.net.backoff import FIRST_DELAY_MS, LONGEST_DELAY_MS, retry_delay_ms


def test_delays_double_until_the_longest() -> None:
    delays = [retry_delay_ms(failures, 0.999999) for failures in range(1, 9)]
    assert delays == [499, 999, 1999, 3999, 7999, 14999, 14999, 14999]


@given(st.integers(-5, 10**12), st.floats(0, 1, exclude_max=True))
def test_a_delay_lies_in_the_upper_half_of_its_ceiling(failures: int, jitter: float) -> None:
    ceiling = min(LONGEST_DELAY_MS, FIRST_DELAY_MS << min(max(failures, 1) - 1, 20))
    assert ceiling // 2 <= retry_delay_ms(failures, jitter) <= ceiling
