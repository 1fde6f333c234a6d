"""The pump calls every drain at each tick, and sleeps when it has none."""

import asyncio
from collections.abc import Callable
from unittest import mock

from yiwang.net.pump import Pump


async def ticks(called: list[str], n: int) -> None:
    async with asyncio.timeout(90):
        while len(called) < n:
            await asyncio.sleep(0.001)


async def test_every_drain_is_called_again_and_again_until_it_is_removed() -> None:
    pump = Pump(tick_ms=1)
    called: list[str] = []

    def first() -> int:
        called.append("first")
        return 1

    def second() -> int:
        called.append("second")
        return 0

    pump.add(first)
    pump.add(second)
    await ticks(called, 6)
    assert called.count("first") >= 3
    assert called.count("second") >= 3
    pump.remove(first)
    called.clear()
    await ticks(called, 3)
    assert set(called) == {"second"}
    pump.remove(second)
    pump.remove(second)
    called.clear()
    await asyncio.sleep(0.01)
    assert called == []


async def test_a_drain_may_remove_and_add_within_a_tick() -> None:
    pump = Pump(tick_ms=1)
    called: list[str] = []

    def once() -> int:
        called.append("once")
        pump.remove(once)
        pump.add(then)
        return 1

    def then() -> int:
        called.append("then")
        return 1

    pump.add(once)
    await ticks(called, 4)
    pump.remove(then)
    assert called[:4] == ["once", "then", "then", "then"]


class StandingLoop:
    """An event loop whose clock goes on when it is told to."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.due: list[tuple[float, Callable[..., object], tuple[object, ...]]] = []

    def time(self) -> float:
        return self.now_ms / 1000

    def call_at(self, when: float, callback: Callable[..., object], *arguments: object) -> mock.Mock:
        self.due = [(when, callback, arguments)]
        return mock.Mock()

    def run(self, ms: int) -> None:
        for _ in range(ms):
            self.now_ms += 1
            if self.due and self.due[0][0] <= self.time():
                ((_, callback, arguments),) = self.due
                self.due = []
                callback(*arguments)


def test_each_drain_says_when_its_next_turn_is_and_turns_fall_on_the_same_ticks() -> None:
    loop, pump = StandingLoop(), Pump(tick_ms=10)
    called: dict[str, list[int]] = {"often": [], "rarely": []}

    def often() -> int:
        called["often"].append(loop.now_ms)
        return 25

    def rarely() -> int:
        called["rarely"].append(loop.now_ms)
        return 60

    with mock.patch("asyncio.get_running_loop", return_value=loop):
        pump.add(often)
        loop.run(3)
        pump.add(rarely)
        loop.run(200)
    assert called == {"often": [*range(10, 200, 20)], "rarely": [10, 70, 130, 190]}
