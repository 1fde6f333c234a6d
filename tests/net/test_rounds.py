"""Rounds: where sources that nobody waits for give out what they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.net.rounds import MOST_TOGETHER, Rounds
from yiwang.net.source import HOLD_MS
from yiwang.net.tick_length import SHORTEST_TICK_MS

TICK = SHORTEST_TICK_MS
N_ROUNDS = HOLD_MS // TICK


@pytest.mark.parametrize("count", [1, MOST_TOGETHER, MOST_TOGETHER + 1, 3 * MOST_TOGETHER])
def test_a_round_is_filled_before_the_next_is_begun(count: int) -> None:
    rounds = Rounds(TICK)
    placed = [rounds.join() for _ in range(count)]
    assert len(set(placed)) == -(-count // MOST_TOGETHER)
    assert all(placed.count(mine) <= MOST_TOGETHER for mine in placed)


def test_more_than_all_rounds_have_room_for_are_spread_evenly() -> None:
    rounds = Rounds(TICK)
    placed = [rounds.join() for _ in range((MOST_TOGETHER + 2) * N_ROUNDS)]
    assert {placed.count(mine) for mine in range(N_ROUNDS)} == {MOST_TOGETHER + 2}


def test_one_round_follows_the_other() -> None:
    rounds = Rounds(TICK)
    first, *_, second = [rounds.join() for _ in range(MOST_TOGETHER + 1)]
    assert second == first + 1


def test_a_place_that_was_left_is_taken_again() -> None:
    rounds = Rounds(TICK)
    placed = [rounds.join() for _ in range(2 * MOST_TOGETHER)]
    rounds.leave(placed[0])
    assert rounds.join() == placed[0]


@given(st.integers(0, N_ROUNDS - 1), st.integers(0, 1 << 40))
def test_the_next_turn_is_within_a_round_and_always_at_the_same_place(mine: int, now_ms: int) -> None:
    at_ms = Rounds(TICK).next_ms(mine, now_ms) + TICK // 2
    assert now_ms < at_ms <= now_ms + HOLD_MS
    assert at_ms % HOLD_MS == mine * TICK
