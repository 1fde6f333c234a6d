import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.timebase import TICKS_27M, WRAP_33
from yiwang.services.probe_clock import DtsClock, PcrClock


@given(st.integers(0, WRAP_33 * 300 - 1), st.lists(st.integers(1, 2 * TICKS_27M), min_size=1, max_size=50))
def test_a_pcr_clock_runs_on_over_the_wrap(first, steps):
    clock = PcrClock()
    clock.add(0, first, False)
    pcr = first
    for number, step in enumerate(steps, 1):
        pcr += step
        clock.add(10 * number, pcr % (WRAP_33 * 300), False)
    assert clock.ticks_27m == sum(steps)
    assert clock.packets == 10 * len(steps)
    assert clock.repetition_errors == sum(step > TICKS_27M // 10 for step in steps)
    assert clock.discontinuity_errors == 0


@pytest.mark.parametrize(("announced", "errors"), [(True, 0), (False, 1)])
def test_a_jump_measures_no_time_and_is_a_fault_unless_announced(announced, errors):
    clock = PcrClock()
    for packet, pcr, flag in [(0, 0, False), (10, 1000, False), (20, 500 * TICKS_27M, announced)]:
        clock.add(packet, pcr, flag)
    clock.add(30, 500 * TICKS_27M + 1000, False)
    assert (clock.packets, clock.ticks_27m, clock.discontinuity_errors) == (20, 2000, errors)


def test_a_pcr_said_twice_is_no_jump():
    clock = PcrClock()
    for packet, pcr in [(0, 5), (10, 5), (20, 1005)]:
        clock.add(packet, pcr, False)
    assert (clock.packets, clock.ticks_27m, clock.discontinuity_errors) == (20, 1000, 0)


def test_time_stamps_cover_their_access_units_to_the_end():
    clock = DtsClock()
    first = WRAP_33 - 3600
    for n in range(25):
        clock.add(np.array([[0, (first + 3600 * n) % WRAP_33, -1, 1]], np.int64))
    assert clock.duration_90k == 90_000
    assert DtsClock().duration_90k == 0
