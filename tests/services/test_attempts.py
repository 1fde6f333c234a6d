"""Guessing is slow, being right is not, and memory is bounded."""

from yiwang.services.attempts import MOST_KEYS, Attempts


def test_some_attempts_at_once_then_one_each_so_often():
    attempts = Attempts(at_once=3, each_ms=10_000)
    heard_ms = []
    for now_ms in range(0, 60_000, 500):
        if not attempts.wait_ms("wang", now_ms):
            attempts.take("wang", now_ms)
            heard_ms.append(now_ms)
    assert heard_ms == [0, 500, 1_000, 10_000, 20_000, 30_000, 40_000, 50_000]
    assert attempts.wait_ms("wang", 59_999) == 1
    assert attempts.wait_ms("li", 59_999) == 0


def test_who_is_right_has_as_many_attempts_as_before():
    attempts = Attempts(at_once=2, each_ms=10_000)
    for _ in range(100):
        assert attempts.wait_ms("wang", 0) == 0
        attempts.take("wang", 0)
        attempts.give_back("wang")


def test_a_bucket_holds_no_more_than_it_had_at_first():
    attempts = Attempts(at_once=2, each_ms=10_000)
    attempts.give_back("wang")
    attempts.take("wang", 0)
    attempts.give_back("wang")
    attempts.give_back("wang")
    n = 0
    while not attempts.wait_ms("wang", 1_000_000):
        attempts.take("wang", 1_000_000)
        n += 1
    assert n == 2


def test_many_names_are_forgotten_the_oldest_first():
    attempts = Attempts(at_once=1, each_ms=10_000)
    attempts.take("first", 0)
    attempts.take("second", 0)
    for n in range(MOST_KEYS - 1):
        attempts.take(str(n), 0)
    assert attempts.wait_ms("first", 0) == 0
    assert attempts.wait_ms("second", 0) == 10_000
