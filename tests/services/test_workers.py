"""The main process's side of a worker, when the main process is the one that stands still."""

import asyncio
import time

import pytest

from yiwang.services import workers
from yiwang.services.messages import Stop, packed
from yiwang.services.workers import LOOKS, Worker, heard

PATIENCE_S = 0.5


async def test_a_worker_is_not_taken_for_silent_when_nobody_listened():
    reader = asyncio.StreamReader()
    hearing = asyncio.ensure_future(heard(reader, PATIENCE_S))
    await asyncio.sleep(0)
    time.sleep(2 * PATIENCE_S)  # this process stands still
    reader.feed_data(packed(Stop()))  # what was told meanwhile
    assert await hearing == Stop()


async def test_a_moment_in_which_all_stood_still_is_no_silence(monkeypatch: pytest.MonkeyPatch):
    waits: list[float] = []
    reader, wait = asyncio.StreamReader(), asyncio.wait

    async def standing_still(tasks, *, timeout):
        waits.append(timeout)
        if len(waits) == LOOKS:  # the worker goes on, too
            reader.feed_data(packed(Stop()))
            return await wait(tasks)
        return await wait(tasks, timeout=0)  # however long it took

    monkeypatch.setattr(workers.asyncio, "wait", standing_still)
    assert await heard(reader, PATIENCE_S) == Stop()
    assert sum(waits) == pytest.approx(PATIENCE_S)


async def test_a_worker_that_tells_nothing_is_given_up():
    with pytest.raises(TimeoutError):
        await heard(asyncio.StreamReader(), PATIENCE_S)


async def test_an_answer_that_comes_as_the_time_is_up_is_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "ANSWER_S", 0)
    worker = Worker("1", lambda: None, lambda *_: None, lambda *_: None)  # type: ignore[arg-type]

    class Writer:
        def write(self, octets: bytes) -> None:
            pass

    worker._writer = Writer()  # type: ignore[assignment]
    asking = asyncio.ensure_future(worker.ask("picture", "one"))
    await asyncio.sleep(0)
    (asked,) = worker._asked.values()
    asked.set_result(7)
    assert await asking == 7
    assert await worker.ask("picture", "one") is None
    assert not worker._asked
