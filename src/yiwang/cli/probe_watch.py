"""`yiwang probe --watch`: a live view of a stream in the terminal, or a line of JSON each interval, until Ctrl-C."""

import asyncio
import json as json_text
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

from rich.bar import Bar
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from yiwang.base.errors import UsageError, WorkError
from yiwang.net import wall_clock
from yiwang.net.backoff import retry_delay_ms
from yiwang.net.make_source import make_source
from yiwang.net.merged_source import LegReport, MergedSource
from yiwang.net.pump import Pump
from yiwang.net.source import Source, SourceError
from yiwang.net.source_url import SourceSpec, parse_source_url
from yiwang.services.probe_watch import Interval, ProbeWatch

LONGEST_RETRY_MS = 5_000
STYLES = {1: "red", 2: "yellow", 3: "cyan"}


def run(source: str, *, json: bool, interval_s: float, buffers: bool = False) -> None:
    """Watch ``source`` until it ends, or SIGINT or SIGTERM; what was seen last stays on the terminal.

    Raises
    ------
    UsageError    a URL that is none, an interval of nothing
    WorkError     nothing ever came
    """
    if not 0.1 <= interval_s <= 3600:
        raise UsageError(f"--interval {interval_s:g}: expected seconds, 0.1 to 3600")
    asyncio.run(_Watching(parse_source_url(source), json=json, interval_s=interval_s, buffers=buffers).run())


class _Watching:
    def __init__(self, spec: SourceSpec, *, json: bool, interval_s: float, buffers: bool) -> None:
        self._spec = spec
        self._json = json
        self._interval_s = interval_s
        self._watch = ProbeWatch(wall_clock.monotonic_ms(), measures_buffers=buffers)
        self._stopping = asyncio.Event()
        self._source: Source | None = None
        self._trouble = ""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read())
            try:
                await self._show()
            finally:
                reading.cancel()
        if not self._watch.probe.octets:
            raise WorkError(self._trouble or f"{self._spec.url}: nothing came")

    async def _read(self) -> None:
        """Read the source; one that fails is opened again, a file ends."""
        failures, pump = 0, Pump()
        while True:
            source = self._source = make_source(self._spec, pump)
            try:
                await source.open()
                while block := await source.read():
                    failures, self._trouble = 0, ""
                    self._watch.probe.feed(block)
                    self._watch.probe.add_faults(source.drain_faults())
                self._stopping.set()
                return
            except SourceError as error:
                self._trouble = str(error)
            finally:
                self._source = None
                await source.close()
            failures += 1
            await asyncio.sleep(retry_delay_ms(failures, random.random(), longest_ms=LONGEST_RETRY_MS) / 1000)

    async def _show(self) -> None:
        if self._json:
            async for interval in _each(self._interval_s, self._stopping, self._watch):
                time = datetime.fromtimestamp(wall_clock.now_ms() / 1000, UTC).isoformat(timespec="milliseconds")
                line = interval.as_json(self._spec.url, time.replace("+00:00", "Z"))
                line["legs"] = [_leg_json(leg) for leg in self._legs()]
                line["trouble"] = self._trouble or None
                sys.stdout.write(json_text.dumps(line, ensure_ascii=False) + "\n")
                sys.stdout.flush()
            return
        console = Console(highlight=False)
        with Live(Text(f"{self._spec.url}: waiting"), console=console, auto_refresh=False) as live:
            async for interval in _each(self._interval_s, self._stopping, self._watch):
                live.update(self._view(interval), refresh=True)

    def _legs(self) -> tuple[LegReport, ...]:
        return self._source.legs() if isinstance(self._source, MergedSource) else ()

    def _view(self, interval: Interval) -> Group:
        rate = f"{interval.bit_rate_bps / 1e6:.2f} Mbit/s" if interval.bit_rate_bps else "[red]nothing comes[/]"
        head = f"[bold]{escape(self._spec.url)}[/]  {rate}  {_clock(interval.elapsed_s)}"
        parts: list[Table | Text] = [Text.from_markup(head)]
        if self._trouble:
            parts.append(Text(self._trouble, style="red"))
        parts += [_pid_table(interval), *_indicator_lines(interval)]
        if interval.pcrs:
            parts.append(_pcr_table(interval))
        if legs := self._legs():
            parts.append(_leg_table(legs))
        return Group(*parts)


async def _each(interval_s: float, stopping: asyncio.Event, watch: ProbeWatch) -> AsyncIterator[Interval]:
    """Yield an interval at each tick and, when it is to stop, the one that is left.

    Ticks for which the process stood still are left out: the interval is as long as that.
    """
    interval_ms = round(1000 * interval_s)
    due_ms = wall_clock.monotonic_ms()
    while not stopping.is_set():
        missed = max(0, wall_clock.monotonic_ms() - due_ms) // interval_ms
        due_ms += (1 + missed) * interval_ms
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, (due_ms - wall_clock.monotonic_ms()) / 1000)):
                await stopping.wait()
        yield watch.take(wall_clock.monotonic_ms())


def _leg_json(leg: LegReport) -> dict[str, object]:
    return {name: getattr(leg, name) for name in ("url", "alive", "received", "lost", "late", "duplicate", "apart")}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _table(*headers: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for header in headers:
        table.add_column(header, justify="left" if header in ("usage", "", "path") else "right", no_wrap=True)
    return table


def _pid_table(interval: Interval) -> Table:
    largest = max((pid.bit_rate_bps for pid in interval.pids), default=0)
    table = _table("PID", "usage", "kbit/s", "", "CC errors")
    for pid in interval.pids:
        errors = f"[red]{pid.continuity_count_errors}[/]" if pid.continuity_count_errors else ""
        bar = Bar(max(largest, 1), 0, pid.bit_rate_bps, width=20, color="cyan")
        table.add_row(str(pid.pid), escape(pid.usage), f"{pid.bit_rate_bps / 1000:.0f}", bar, errors)
    return table


def _indicator_lines(interval: Interval) -> list[Table | Text]:
    seen = [indicator for indicator in interval.indicators if indicator.total]
    if not seen:
        return [Text("ETSI TR 101 290: no errors", style="green")]
    table = _table("", "ETSI TR 101 290", "now", "since the start")
    for indicator in seen:
        style = STYLES[indicator.priority]
        now = f"[bold {style}]{indicator.count}[/]" if indicator.count else "0"
        table.add_row(indicator.clause, f"[{style}]{indicator.name}[/]", now, str(indicator.total))
    return [table]


def _pcr_table(interval: Interval) -> Table:
    table = _table("PCR PID", "PCRs", "longest interval", "accuracy", "jitter")
    for pcr in interval.pcrs:
        nanoseconds = ("variable rate" if ns is None else f"{ns} ns" for ns in (pcr.accuracy_ns, pcr.jitter_ns))
        table.add_row(str(pcr.pid), str(pcr.pcrs), f"{pcr.longest_interval_ms:.1f} ms", *nanoseconds)
    return table


def _leg_table(legs: tuple[LegReport, ...]) -> Table:
    table = _table("path", "", "packets", "lost", "late", "twice")
    for leg in legs:
        state = "[green]alive[/]" if leg.alive else "[red]silent[/]"
        counts = (leg.received, leg.lost, leg.late, leg.duplicate)
        table.add_row(escape(leg.url), state, *map(str, counts))
    return table
