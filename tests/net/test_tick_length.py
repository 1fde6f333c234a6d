"""A source looks at its socket rarely while nothing is due, and often enough when something is."""

from hypothesis import given
from hypothesis import strategies as st

from yiwang.net.source import TICK_MS
from yiwang.net.tick_length import LONGEST_TICK_MS, SHORTEST_TICK_MS, TickLength

AMPLE = 1 << 30


@given(
    looks=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 1 << 20), st.integers(0, 1_000)), max_size=30),
    room_octets=st.integers(0, AMPLE),
)
def test_a_tick_is_never_too_short_nor_too_long(looks: list[tuple[int, int, int]], room_octets: int):
    ticks = TickLength(room_octets)
    for until_due_ms, came_octets, passed_ms in looks:
        assert SHORTEST_TICK_MS <= ticks.next_ms(until_due_ms, came_octets, passed_ms) <= LONGEST_TICK_MS


@given(due_ms=st.integers(1, 2_000), speed=st.floats(0.5, 2))
def test_what_comes_up_to_twice_as_fast_as_its_time_says_is_late_by_less_than_the_shortest_tick(
    due_ms: int, speed: float
):
    ticks, now_ms, comes_ms = TickLength(AMPLE), 0, due_ms / speed
    while now_ms < comes_ms:
        now_ms += ticks.next_ms(max(due_ms - int(now_ms * speed), 1), 1316, 20)
    assert now_ms < comes_ms + SHORTEST_TICK_MS


@given(due_ms=st.integers(1, 2_000))
def test_what_comes_when_its_time_says_costs_few_ticks(due_ms: int):
    ticks, now_ms, n = TickLength(AMPLE), 0, 0
    while now_ms < due_ms:
        now_ms += ticks.next_ms(due_ms - now_ms, 1316, 20)
        n += 1
    assert n <= due_ms / LONGEST_TICK_MS + 5


@given(rate=st.integers(1, 20_000), room_octets=st.integers(1_000, AMPLE), until_due_ms=st.integers(0, 2_000))
def test_no_more_comes_in_a_tick_than_there_is_room_for(rate: int, room_octets: int, until_due_ms: int):
    ticks, passed_ms = TickLength(room_octets), SHORTEST_TICK_MS
    for _ in range(20):
        passed_ms = ticks.next_ms(until_due_ms, rate * passed_ms, passed_ms)
        assert passed_ms * rate <= room_octets or passed_ms == SHORTEST_TICK_MS


def test_a_fast_stream_is_not_forgotten_in_a_tick_that_brings_nothing():
    ticks = TickLength(100_000)
    assert ticks.next_ms(2_000, 50_000, 20) == 40
    assert ticks.next_ms(2_000, 0, 40) < LONGEST_TICK_MS


def test_where_nobody_knows_when_something_is_due_ticks_are_of_one_length():
    ticks = TickLength(AMPLE)
    assert [ticks.next_ms(0, octets, TICK_MS) for octets in (0, 40_000, 0)] == [TICK_MS] * 3
