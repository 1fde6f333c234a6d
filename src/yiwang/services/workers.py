"""The main process's side of a worker: starts it, hears of its channels, starts it again when it ends (ADR 43)."""

import asyncio
import os
import random
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import structlog

from yiwang.net import node_mark, wall_clock
from yiwang.net.backoff import retry_delay_ms
from yiwang.net.connection_passing import ConnectionPasser, passing_pair
from yiwang.services.messages import Answered, Ask, Start, Stop, Told, packed, read_message

STEADY_MS = 60_000
"""A worker that has lived for so long is started again at once when it ends."""
END_S = 8
"""So long a worker may take to end."""
ANSWER_S = 5
"""So long an answer is waited for."""
LOOKS = 10
"""In how many pieces the patience with a worker passes."""
MOST_ASKED = 256
"""Questions that are open at a time."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a worker may tell nothing, seconds; loading kernels takes a while, so at first it may be longer."""

    start_s: float = 60.0
    silent_s: float = 10.0

    def left_s(self, age_s: float) -> float:
        """Return how long a process of this age may be silent from now on."""
        return max(self.silent_s, self.start_s - age_s)


class Worker:
    """One worker, and those that take its place.

    Parameters
    ----------
    name : str
    start : callable           says what a process that begins now has to run
    take : callable            gets connections that it passes back, and what was read of them
    hear : callable            gets what it tells
    log_json : bool
    patience : Patience
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], Start],
        take: Callable[[socket.socket, bytes], None],
        hear: Callable[[Told], None],
        *,
        log_json: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self.name = name
        self.passer: ConnectionPasser | None = None  # None: it has ended, and is not started again yet
        self.pid: int | None = None
        self.starts = 0
        self.cpu_s = 0.0  # of all processes that this worker has been
        self.rss_bytes = 0
        self._start = start
        self._take = take
        self._hear = hear
        self._log_json = log_json
        self._patience = patience or Patience()
        self._log = log.bind(worker=name)
        self._writer: asyncio.StreamWriter | None = None
        self._stopping = False
        self._cpu_before_s = 0.0
        self._questions = count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}

    async def run(self) -> None:
        """Keep it running until cancelled; then it ends, cleanly if it can."""
        failures = 0
        while not self._stopping:
            began_ms = wall_clock.monotonic_ms()
            try:
                why = await self._run_once()
            except OSError as error:
                why = f"it cannot be started: {error.strerror}"
            except Exception as error:  # a fault of ours, and no other worker's
                self._log.exception("internal_error")
                why = repr(error)
            if self._stopping:
                break
            failures = 1 if wall_clock.monotonic_ms() - began_ms > STEADY_MS else failures + 1
            delay_ms = retry_delay_ms(failures - 1, random.random()) if failures > 1 else 0
            services = [service.id for service in self._start().config.service]
            self._log.error(
                "a worker has ended", why=why, services=services[:5], count=len(services), again_ms=delay_ms
            )
            await asyncio.sleep(delay_ms / 1000)

    async def _run_once(self) -> str:
        """Run one process to its end; return why it ended."""
        stdin = None if self._start().has_stdin else asyncio.subprocess.DEVNULL
        control, its_control = socket.socketpair()
        passing, its_passing = passing_pair()
        with its_control, its_passing:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "yiwang.cli.worker", self.name, str(its_control.fileno())),
                *(str(its_passing.fileno()), "json" if self._log_json else "text"),
                stdin=stdin,
                pass_fds=(its_control.fileno(), its_passing.fileno()),
                env={**os.environ, node_mark.VARIABLE: node_mark.NODE_MARK},
            )
        self.pid = process.pid
        self.starts += 1
        self.passer = ConnectionPasser(passing, self._take)
        reader, writer = await asyncio.open_connection(sock=control)
        self._writer = writer
        try:
            writer.write(packed(self._start()))  # what changes from here on is sent
            return await self._listen(reader, process)
        finally:
            self._writer = None
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_result(None)
            self._asked.clear()
            with suppress(OSError):
                await self._end(process, writer)
            self._cpu_before_s, self.rss_bytes, self.pid = self.cpu_s, 0, None
            self.passer.close()
            self.passer = None

    async def _listen(self, reader: asyncio.StreamReader, process: asyncio.subprocess.Process) -> str:
        began_ms = wall_clock.monotonic_ms()
        while True:
            patience_s = self._patience.left_s((wall_clock.monotonic_ms() - began_ms) / 1000)
            try:
                told: Told | Answered = await heard(reader, patience_s)
            except TimeoutError:
                process.kill()
                return f"it has told nothing for {patience_s:g} s"
            except EOFError:
                with suppress(TimeoutError):
                    async with asyncio.timeout(END_S):
                        await process.wait()
                return f"its process ended with {process.returncode}"
            if isinstance(told, Answered):
                asked = self._asked.pop(told.question, None)
                if asked is not None and not asked.done():
                    asked.set_result(told.answer)
                continue
            self.cpu_s, self.rss_bytes = self._cpu_before_s + told.cpu_s, told.rss_bytes
            self._hear(told)

    async def _end(self, process: asyncio.subprocess.Process, writer: asyncio.StreamWriter) -> None:
        writer.close()  # which tells it to end, if nothing else has
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except (TimeoutError, asyncio.CancelledError):
            if process.returncode is None:
                process.kill()
            await process.wait()

    def send(self, message: Any) -> None:
        """Send it a message, if it runs; it has all that was sent to it before, or starts anew."""
        if self._writer is not None:
            self._writer.write(packed(message))

    async def ask(self, what: str, service_id: str) -> Any:
        """Ask about a channel; None: there is no answer, or none in time."""
        if self._writer is None or len(self._asked) >= MOST_ASKED:
            return None
        question = next(self._questions)
        asked = self._asked[question] = asyncio.get_running_loop().create_future()
        self.send(Ask(question, what, service_id))
        try:
            await asyncio.wait([asked], timeout=ANSWER_S)
        finally:
            self._asked.pop(question, None)
        return asked.result() if asked.done() else None

    def stop(self) -> None:
        """Tell it to end; `run` then returns when it has."""
        self._stopping = True
        self.send(Stop())


async def heard(reader: asyncio.StreamReader, patience_s: float) -> Any:
    """Return the next message of a worker.

    A while for which this process stood still, as it does when its machine is paused, is a small piece of the patience: what
    was told meanwhile has not been read yet, or the worker stood still as well.

    Raises
    ------
    TimeoutError    it tells nothing
    EOFError        it has ended
    """
    reading = asyncio.ensure_future(read_message(reader))
    try:
        for _ in range(LOOKS):
            if (await asyncio.wait([reading], timeout=patience_s / LOOKS))[0]:
                return reading.result()
        raise TimeoutError
    finally:
        reading.cancel()


def worker_count(workers: int | str) -> int:
    """Return how many processes package channels."""
    return len(os.sched_getaffinity(0)) if workers == "auto" else int(workers)
