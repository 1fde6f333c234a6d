"""Counters and rates of a channel's input."""

from yiwang.base.events import Fault
from yiwang.services.health import HISTORY_S, LOG_INTERVAL_MS, Health


def test_the_rate_is_the_mean_of_the_last_seconds_and_the_history_is_bounded():
    health = Health()
    assert health.rate_bps == 0
    for second in range(2 * HISTORY_S):
        health.received(1000 * (second % 2), 1000 * second)
        health.tick()
    assert health.octets == 1000 * HISTORY_S
    assert health.rate_bps == 4000
    assert len(health.rates_bps) == HISTORY_S
    assert health.last_data_ms == 1000 * (2 * HISTORY_S - 1)


def test_a_fault_is_counted_always_and_logged_now_and_then():
    health = Health()
    fault = Fault("continuity_count_error", 2, pid=256)
    assert health.note(fault, 0) == 2
    assert [health.note(fault, now_ms) for now_ms in range(1, 6)] == [None] * 5
    assert health.note(Fault("crc_error"), 6) == 1  # another fault has its own turn
    assert health.note(fault, LOG_INTERVAL_MS) == 12
    assert health.continuity_count_errors == 14


def test_the_last_error_says_what_where_and_how_often():
    health = Health()
    assert health.last_error is None
    health.note(Fault("continuity_count_error", 2, pid=256), 5)
    assert health.last_error is not None
    assert (health.last_error.at_ms, health.last_error.text) == (5, "continuity count error on PID 256 (2 times)")
    health.note(Fault("source_error", detail="no route to host"), 6)
    assert health.last_error.text == "no route to host"
