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
    first, second = (lambda: called.append("first")), (lambda: called.append("second"))
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

    def once() -> None:
        called.append("once")
        pump.remove(once)
        pump.add(then)

    def then() -> None:
        called.append("then")

    pump.add(once)
    await ticks(called, 4)
    pump.remove(then)
    assert called[:4] == ["once", "then", "then", "then"]
