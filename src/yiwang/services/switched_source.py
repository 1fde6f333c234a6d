"""Several sources as one: the best that is good is read, those it may be left for are watched (ADR 18)."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from yiwang.base.elementary import Octets
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.mpegts.demultiplexer import Workspace
from yiwang.net import wall_clock
from yiwang.net.backoff import retry_delay_ms
from yiwang.net.source import Block, Source, SourceError, UntilDue
from yiwang.net.source_url import SourceSpec
from yiwang.packaging.due import NOTHING_DUE_MS
from yiwang.services.source_watch import SourceWatch
from yiwang.services.switch_over import Finding, Severity, SwitchOver, SwitchSettings
from yiwang.store.config_file import Packaging, SwitchOverTimes

LOOK_MS = 100
LONGEST_RETRY_MS = 5_000
LONGEST_PATIENCE_MS = 1_000
"""A source is called silent no later than after so much, however long it may then be kept."""


@dataclass(frozen=True, slots=True)
class SwitchedSettings:
    """How sources are judged and when they are left."""

    switch: SwitchSettings
    errors_per_second: float = 10.0
    unpackaged_ms: int = 8_000  # without anything published, from when on the one in use is called bad

    @property
    def patience_ms(self) -> int:
        """Pauses shorter than this are nothing."""
        return min(LONGEST_PATIENCE_MS, self.switch.leave_after_ms // 2)


def switched_settings(times: SwitchOverTimes, packaging: Packaging) -> SwitchedSettings:
    """Read the config's times."""
    switch = SwitchSettings(
        leave_after_ms=round(1000 * times.leave_after),
        return_after_ms=round(1000 * times.return_after),
        watch_all=times.watch == "all",
    )
    unpackaged_ms = round(1000 * (3 * packaging.segment_duration + 2))
    return SwitchedSettings(switch, times.errors_per_second, unpackaged_ms)


class Feed:
    """One of the sources."""

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self.source: Source | None = None
        self.watch: SourceWatch | None = None
        self.finding: Finding | None = None  # None: it is not watched
        self.task: asyncio.Task[None] | None = None
        self.taken = asyncio.Event()  # its block has been used
        self.taken.set()


class SwitchedSource:
    """Reads as one source; it never fails, as long as it is open it looks for one that gives something.

    Parameters
    ----------
    specs : the sources, the best first
    make : callable                 makes one of them
    settings : SwitchedSettings
    program : int or None           program_number
    published : callable            returns a number that changes when something of the one in use has been published
    note : callable                 told of faults, of the one in use and of the others
    chosen : str or None            URL of the one that an operator has chosen; if there is none such, it is as if none was
    """

    def __init__(
        self,
        specs: Sequence[SourceSpec],
        make: Callable[[SourceSpec], Source],
        settings: SwitchedSettings,
        program: int | None,
        published: Callable[[], int],
        note: Callable[[Fault], None],
        workspace: Workspace | None = None,
        chosen: str | None = None,
    ) -> None:
        self.bytes_received = 0  # from all
        self.feeds = [Feed(spec) for spec in specs]
        self.machine = SwitchOver(len(specs), settings.switch, self._places.get(chosen))
        self.url = self.in_use.spec.url
        self._make = make
        self._settings = settings
        self._program = program
        self._published = published
        self._note = note
        self._workspace = workspace
        self._until_due: UntilDue | None = None
        self._group: asyncio.TaskGroup | None = None
        self._looking: asyncio.Task[None] | None = None
        self._waiting: tuple[Feed, Block] | None = None  # for the reader
        self._lent: Feed | None = None  # whose block the reader has
        self._read_from: Feed | None = None
        self._arrived = asyncio.Event()
        self._looked_ms = 0
        self._progress = (0, 0)  # what `published` said, and when it changed

    @property
    def in_use(self) -> Feed:
        """The one that is read."""
        return self.feeds[self.machine.in_use]

    @property
    def _places(self) -> dict[str | None, int]:
        return {feed.spec.url: place for place, feed in enumerate(self.feeds)}

    @property
    def via(self) -> tuple[str, ...]:
        """Marks of the nodes by which the one in use comes."""
        return getattr(self.in_use.source, "via", ())

    async def open(self) -> None:
        """Begin to receive the best one."""
        await self.close()
        self._group = await asyncio.TaskGroup().__aenter__()
        self._looked_ms = wall_clock.monotonic_ms()
        self._progress = (self._published(), self._looked_ms)
        self._looking = self._group.create_task(self._look_for_ever())

    async def read(self) -> Block:
        """Return the next block of the one in use; silence is no error here."""
        if self._lent is not None:
            self._lent.taken.set()
            self._lent = None
        while self._waiting is None:
            self._arrived.clear()
            await self._arrived.wait()
        (feed, block), self._waiting = self._waiting, None
        self._lent = feed
        return block

    def begins_anew(self) -> bool:
        """Tell, once, that the block that was read last is the first of another source."""
        before, self._read_from = self._read_from, self._lent
        return before is not None and before is not self._read_from

    def hold(self, until_due: UntilDue) -> None:
        """Let the one in use hold blocks back as ``until_due`` says."""
        self._until_due = until_due

    async def close(self) -> None:
        """Let go of all."""
        group, self._group = self._group, None
        if group is None:
            return
        for task in (self._looking, *(feed.task for feed in self.feeds)):
            if task is not None:
                task.cancel()
        with suppress(asyncio.CancelledError):
            await group.__aexit__(None, None, None)
        for feed in self.feeds:
            feed.task = feed.watch = feed.finding = None
            feed.taken.set()
        self._waiting = self._lent = None

    def set_sources(self, specs: Sequence[SourceSpec]) -> None:
        """Go on with these sources, the best first; those that stay are not touched."""
        old = {feed.spec: place for place, feed in enumerate(self.feeds)}
        if list(old) == list(specs):
            return
        now_ms = wall_clock.monotonic_ms()
        feeds = [self.feeds[old[spec]] if spec in old else Feed(spec) for spec in specs]
        used, gone = self.in_use, [feed for feed in self.feeds if feed not in feeds]
        self.machine.rearrange([old.get(spec) for spec in specs], now_ms)
        self.feeds = feeds
        for feed in gone:
            if feed.task is not None:
                feed.task.cancel()
            feed.task = feed.watch = feed.finding = None
            feed.taken.set()
        if used is not self.in_use:
            self.url = self.in_use.spec.url
            self._progress = self._published(), now_ms
            if self._waiting is not None and self._waiting[0] is used:
                self._waiting = None
            self._note(
                Fault(
                    "source_switched",
                    detail=f"{said('listed-no-longer', url=used.spec.url)}: {said('in-use-now', url=self.url)}",
                )
            )

    def use(self, url: str | None) -> None:
        """Take a source and stay with it, whatever it is like; None: choose by what they are like, again. KeyError: not one."""
        if url is None:
            self.machine.held = None
            return
        self.machine.held = self._places[url]
        self._look(wall_clock.monotonic_ms())

    def drain_faults(self) -> list[Fault]:
        """Return those of the one in use; what its alternatives do is noted as it happens."""
        source = self.in_use.source
        return source.drain_faults() if source is not None else []

    # -- each source

    async def _receive(self, feed: Feed, watch: SourceWatch) -> None:
        """Open and read one source, again and again."""
        failures = 0
        while True:
            source = feed.source = self._make(feed.spec)
            try:
                source.hold(lambda octets, now_ms: self._until_due_ms(feed, octets, now_ms))
                await source.open()
                while block := await source.read():
                    failures = 0
                    self.bytes_received += len(block)
                    watch.feed(block, wall_clock.monotonic_ms())
                    if feed is self.in_use:
                        await self._hand_over(feed, block)
                    else:
                        source.drain_faults()  # of a standby they are told by its measurement
                self._failed(feed, watch, "has ended")
            except SourceError as error:
                self._failed(feed, watch, str(error).removeprefix(f"{feed.spec.url}: "))
            except Exception as error:  # ours, and never the other sources'
                self._note(Fault("internal_error", detail=repr(error)))
                watch.failed(repr(error), wall_clock.monotonic_ms())
            finally:
                feed.source = None
                await source.close()
            failures += 1
            await asyncio.sleep(retry_delay_ms(failures, random.random(), longest_ms=LONGEST_RETRY_MS) / 1000)

    def _failed(self, feed: Feed, watch: SourceWatch, text: str) -> None:
        watch.failed(text, wall_clock.monotonic_ms())
        name = "source_error" if feed is self.in_use else "standby_error"
        self._note(Fault(name, detail=f"{feed.spec.url}: {text}"))

    def _until_due_ms(self, feed: Feed, octets: Octets, now_ms: int) -> int:
        """Of the one in use the reader knows; nobody waits for the others."""
        if feed is self.in_use:
            return self._until_due(octets, now_ms) if self._until_due is not None else 0
        return NOTHING_DUE_MS

    async def _hand_over(self, feed: Feed, block: Block) -> None:
        """Give a block to the reader and wait until it has been used: its memory is the source's."""
        feed.taken.clear()
        self._waiting = feed, block
        self._arrived.set()
        await feed.taken.wait()

    # -- looking

    async def _look_for_ever(self) -> None:
        while True:
            try:
                self._look(wall_clock.monotonic_ms())
            except Exception as error:  # ours; what is in use stays in use
                self._note(Fault("internal_error", detail=repr(error)))
            await asyncio.sleep(LOOK_MS / 1000)

    def _look(self, now_ms: int) -> None:
        passed_ms, self._looked_ms = now_ms - self._looked_ms, now_ms
        if passed_ms > 2 * LOOK_MS:  # nor could anything be packaged
            self._progress = self._progress[0], self._progress[1] + passed_ms
        for index, feed in enumerate(self.feeds):
            self._watch_or_not(index, feed, now_ms)
            if feed.watch is not None and (passed_ms > 2 * LOOK_MS or not feed.taken.is_set()):
                feed.watch.excuse(passed_ms)  # we were busy, so it could not be heard
            feed.finding = feed.watch.finding(now_ms) if feed.watch is not None else None
        self._judge_packaging(now_ms)
        left = self.in_use
        if not self.machine.decide([feed.finding for feed in self.feeds], now_ms):
            return
        self.url = self.in_use.spec.url
        self._progress = self._published(), now_ms
        if self._waiting is not None and self._waiting[0] is left:
            self._waiting = None
            left.taken.set()
        self._note(
            Fault("source_switched", detail=f"{self._why(left)}: {said('in-use-now', url=self.in_use.spec.url)}")
        )

    def _why(self, left: Feed) -> str:
        if self.machine.held is not None:
            return "an operator has chosen it"
        if self.feeds.index(left) < self.machine.in_use:
            assert left.finding is not None  # it was in use
            return f"{left.spec.url}: {left.finding.detail}"
        seconds = f"{self.machine.asked_ms(self.machine.in_use) / 1000:g}"
        return said("good-for", url=self.in_use.spec.url, seconds=seconds)

    def _watch_or_not(self, index: int, feed: Feed, now_ms: int) -> None:
        assert self._group is not None  # it is open
        wanted = self.machine.is_watched(index, now_ms)
        if wanted and feed.task is None:
            settings = self._settings
            watch = SourceWatch(
                self._program, settings.errors_per_second, settings.patience_ms, now_ms, self._workspace
            )
            feed.watch = watch
            feed.task = self._group.create_task(self._receive(feed, watch))
        elif not wanted and feed.task is not None:
            feed.task.cancel()
            feed.task = feed.watch = None
            feed.taken.set()

    def _judge_packaging(self, now_ms: int) -> None:
        """Find the one in use bad when nothing comes of what it sends: only that one is packaged."""
        published = self._published()
        if published != self._progress[0]:
            self._progress = published, now_ms
        since_ms = self._progress[1] + self._settings.unpackaged_ms
        finding = self.in_use.finding
        if finding is not None and not finding.severity and now_ms > since_ms:
            detail = "nothing can be packaged of what comes"
            self.in_use.finding = Finding(Severity.UNUSABLE, "not_packaged", detail, since_ms)
