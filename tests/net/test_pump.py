"""The pump calls every drain at each tick, and sleeps when it has none."""

import asyncio

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


async def test_each_drain_says_when_its_next_turn_is_and_turns_fall_on_the_same_ticks() -> None:
    pump = Pump(tick_ms=1)
    called: list[str] = []

    def often() -> int:
        called.append("often")
        return 5

    def rarely() -> int:
        called.append("rarely")
        return 20

    pump.add(often)
    pump.add(rarely)
    async with asyncio.timeout(90):
        while called.count("rarely") < 4:
            await asyncio.sleep(0.001)
    pump.remove(often)
    pump.remove(rarely)
    assert 2 * called.count("rarely") < called.count("often")
