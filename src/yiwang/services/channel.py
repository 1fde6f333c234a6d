"""One channel: a source read for ever, packaged, its presentation kept; viewers wait here for what comes next."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from yiwang.base.elementary import Octets
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.base.timebase import TICKS_90K
from yiwang.mpegts.demultiplexer import DemuxEvent, Workspace
from yiwang.mpegts.service_information import LIVE_SETS, LIVE_TABLES, ServiceInformation
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.net import wall_clock
from yiwang.net.backoff import retry_delay_ms
from yiwang.net.source import Source, SourceError
from yiwang.net.source_url import SourceSpec
from yiwang.origin.presentation import Presentation
from yiwang.origin.settings import PresentationSettings
from yiwang.packaging.events import CuePublished, Outcome, PackagerEvent, PeriodStarted, TrackHeader, Work, settle
from yiwang.packaging.multiplex import Multiplex
from yiwang.packaging.settings import Settings
from yiwang.packaging.timeline import TimelineState
from yiwang.packaging.transport import TransportPackager
from yiwang.services.health import Health
from yiwang.services.picture_alarms import PictureAlarms
from yiwang.services.reading import subtitle_reader
from yiwang.services.switched_source import SwitchedSource, switched_settings
from yiwang.services.transcoding import transcode_settings
from yiwang.store.config_file import Packaging, Service, SwitchOverTimes
from yiwang.store.config_section import LONGEST_TEXT, Text
from yiwang.store.timeline_store import TimelineStore

if TYPE_CHECKING:
    from yiwang.services.source_report import SourceReport

ASK_SOURCE_MS = 500
"""How often a source is asked for its faults: it asks the kernel."""
SILENCE_MS = 3_000
"""A source that sends nothing for so long has no signal."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a channel is not to be seen, in the languages of its viewers."""

    zh: str
    en: str


NO_SIGNAL = Reason("暂无信号，恢复后将自动播放", "No signal. The picture returns by itself as soon as there is one.")
NOT_ON_AIR = Reason("该频道目前不在播出", "This programme is not on the air now. It returns by itself.")
NOTHING_PLAYABLE = Reason("该节目的编码格式暂不支持", "This programme has no stream that can be packaged yet.")


class Watcher(Protocol):
    """Who waits for a channel on behalf of many; ``waiting`` of them."""

    waiting: int

    def changed(self) -> None:
        """Look again: something was published, or the node stops."""


class Channel:
    """A service of the network.

    Parameters
    ----------
    service : Service          its config
    packaging : Packaging      with the node's defaults filled in
    store : TimelineStore
    source_spec : SourceSpec
    make : callable            makes the source
    workspace : Workspace      of all channels of the event loop
    multiplex : Multiplex or None    a stream that several channels share; its reader calls `take_share`, and not `run`
    standby_specs : SourceSpecs     other sources, the better ones first
    switch_over : SwitchOverTimes   when one of them is left
    is_carried : bool               of others' lists: its sources change (`set_sources`)
    """

    is_elsewhere = False
    """Whether another process has it, and its media (`yiwang.services.elsewhere`, ADR 43)."""
    told_sources: "tuple[SourceReport, ...] | None" = None
    """What that process says of its sources."""

    def __init__(
        self,
        service: Service,
        packaging: Packaging,
        store: TimelineStore,
        source_spec: SourceSpec,
        make: Callable[[SourceSpec], Source],
        workspace: Workspace | None = None,
        multiplex: Multiplex | None = None,
        standby_specs: tuple[SourceSpec, ...] = (),
        switch_over: SwitchOverTimes | None = None,
        *,
        is_carried: bool = False,
    ) -> None:
        self.service = service
        self.packaging = packaging
        self.source_spec = source_spec
        self.standby_specs = standby_specs
        self.source: Source | None = None  # while it is open
        self.chosen_source: str | None = None  # URL of the one that an operator stays with
        self._switch_over = switch_over or SwitchOverTimes()
        self._is_carried = is_carried
        monitor = Monitor(measures_buffers=packaging.measure_buffers) if multiplex is None else multiplex.monitor
        if packaging.measure_buffers:
            monitor.measure_buffers()
        self.health = Health(monitor)
        self.name_on_air = ""  # what a multiplex was called by when it was last received
        self.information = ServiceInformation(LIVE_TABLES, LIVE_SETS) if multiplex is None else multiplex.information
        self._multiplex = multiplex
        self.requests = 0
        self.refused = 0  # requests from regions that it is not for
        self.started_ms = wall_clock.now_ms()
        self._make = make
        self._workspace = workspace
        self._store = store
        self._log = log.bind(service=service.id)
        self._waiting: set[asyncio.Future[None]] = set()
        self.watchers: list[Watcher] = []  # told whenever those who wait are
        self._saved_number = -1
        self._has_failed = False  # the packager, by a fault of ours
        self.taps: list[Callable[[bytes], None]] = []  # get the source's octets, as they come
        self._rests_until_ms = 0  # after a failure, where others share the source
        self._failures = 0  # in a row, without anything published between them
        self._published_ms: int | None = None
        self.period: PeriodStarted | None = None
        self.picture: PictureAlarms | None = None  # once somebody has looked at it
        self.presentation = Presentation(
            PresentationSettings(
                segment_90k=round(packaging.segment_duration * TICKS_90K),
                part_90k=self._part_90k,
                window_90k=round(packaging.window * TICKS_90K),
            )
        )
        self._packager = self._new_packager(store.load(service.id))

    @property
    def _part_90k(self) -> int:
        return round(self.packaging.part_duration * TICKS_90K) if self.packaging.low_latency else 0

    def _new_packager(self, state: TimelineState | None) -> TransportPackager:
        settings = Settings(
            segment_90k=round(self.packaging.segment_duration * TICKS_90K),
            part_90k=self._part_90k,
            live=True,
            **transcode_settings(self.packaging.transcode_audio, self.packaging.transcode_video),
            reader=subtitle_reader(self.packaging.read_subtitles, live=True),
        )
        program = self.service.program_number
        if self._multiplex is not None:
            return self._multiplex.packager(program, settings, state, wall_clock.now_90k())
        return TransportPackager(
            program,
            settings,
            state,
            self.health.tr_101_290,
            workspace=self._workspace,
            information=self.information,
        )

    # -- what it is

    @property
    def name(self) -> Text:
        """The config's name, else the SDT's, else the id."""
        if self.service.name is not None:
            return self.service.name
        name = (self._packager.service_name or self.name_on_air or self.service.id)[:LONGEST_TEXT]
        return Text(zh=name, en=name)

    @property
    def is_of_multiplex(self) -> bool:
        """Whether it shares its source with others: then their reader feeds it."""
        return self._multiplex is not None

    @property
    def is_carried(self) -> bool:
        """Whether it is of others' lists: who follows those runs it (`services.carrying`)."""
        return self._is_carried

    @property
    def via(self) -> tuple[str, ...]:
        """Marks of the nodes by which the source in use comes, the nearest last; of one that is no node's, none."""
        return getattr(self.source, "via", ())

    @property
    def provider(self) -> str:
        """The SDT's service_provider_name."""
        return self._packager.service_provider

    @property
    def packager(self) -> TransportPackager:
        """The core, for what it knows of the stream."""
        return self._packager

    @property
    def tracks(self) -> tuple[TrackHeader, ...]:
        """Tracks of the newest period."""
        return self.period.tracks if self.period else ()

    @property
    def waiting(self) -> int:
        """How many requests wait for what comes next."""
        return len(self._waiting) + sum(watcher.waiting for watcher in self.watchers)

    def segment_age_ms(self, now_ms: int) -> int | None:
        """Time since a segment, or a part of one, was published."""
        return None if self._published_ms is None else now_ms - self._published_ms

    def state(self, now_ms: int) -> str:
        """'live', 'starting', 'no-signal' or 'unsupported'."""
        silent_since = self.health.last_data_ms or self.started_ms
        if now_ms - silent_since > SILENCE_MS:
            return "no-signal"
        if self._packager.has_playable is False:
            return "unsupported"
        age = self.segment_age_ms(now_ms)
        if age is None:
            return "starting" if now_ms - self.started_ms < 30_000 else "no-signal"
        return "live" if age < 1000 * (3 * self.packaging.segment_duration + 2) else "no-signal"

    @property
    def kept_from_ms(self) -> int | None:
        """The earliest moment that is published still, UTC of the media; None: nothing is."""
        begins = [track.listed[0].start_90k for track in self.presentation.tracks.values() if track.listed]
        return min(begins) // 90 if begins else None

    def reason(self, state: str) -> Reason | None:
        """Why it is not live."""
        if state == "no-signal" and self._multiplex is not None and self._packager.is_absent:
            return NOT_ON_AIR
        return {"no-signal": NO_SIGNAL, "unsupported": NOTHING_PLAYABLE}.get(state)

    # -- its life

    async def run(self) -> None:
        """Read the source for ever; a source that fails or ends is opened again, later and later."""
        while True:
            source = self.source = self._new_source()
            try:
                if self._has_failed:
                    self.begin_again()
                source.hold(self._until_due_ms)
                await source.open()
                await self._read(source)
                self._note(Fault("source_ended", detail="the source has ended; opening it again"))
            except SourceError as error:
                self._note(Fault("source_error", detail=str(error)))
            except Exception as error:
                # Our fault, and never another channel's.
                self._note(Fault("internal_error", detail=repr(error)), error)
                self._has_failed = True
            finally:
                self.source = None
                await source.close()
            self._failures += 1
            await asyncio.sleep(retry_delay_ms(self._failures, random.random()) / 1000)

    def _new_source(self) -> Source:
        if not self.standby_specs and not self._is_carried:
            return self._make(self.source_spec)
        return SwitchedSource(
            (self.source_spec, *self.standby_specs),
            self._make,
            switched_settings(self._switch_over, self.packaging),
            self.service.program_number,
            lambda: self.presentation.end_90k,
            self._note,
            self._workspace,
            self.chosen_source,
        )

    def set_sources(self, specs: Sequence[SourceSpec]) -> None:
        """Go on with these sources, the best first; those that stay are not touched, and what was published stays."""
        self.source_spec, *others = specs
        self.standby_specs = tuple(others)
        is_there = self.chosen_source in [spec.url for spec in specs]
        if not is_there and not self._is_carried:  # others' lists may have it again
            self.chosen_source = None
        if isinstance(self.source, SwitchedSource):
            self.source.set_sources(specs)
            if is_there:
                self.source.use(self.chosen_source)

    def use_source(self, url: str | None) -> None:
        """Stay with one of its sources, whatever it is like; None: choose by what they are like. KeyError: not one of them."""
        if url not in (None, self.source_spec.url, *(spec.url for spec in self.standby_specs)):
            raise KeyError(url)
        self.chosen_source = url
        if isinstance(self.source, SwitchedSource):
            self.source.use(url)

    async def _read(self, source: Source) -> None:
        asked_ms = 0
        while block := await source.read():
            now_ms = wall_clock.now_ms()
            if isinstance(source, SwitchedSource) and source.begins_anew():
                self._packager.begin_source()
            await self._take(block, now_ms)
            if now_ms - asked_ms >= ASK_SOURCE_MS:
                asked_ms = now_ms
                for fault in source.drain_faults():
                    self._note(fault)

    def _until_due_ms(self, octets: Octets, now_ms: int) -> int:
        """Tell how much later ``octets`` may come; who passes the original on has them as they come, not in lumps."""
        until_ms = self._packager.until_due_ms(octets, now_ms)
        return 0 if self.taps else until_ms

    async def _take(self, block: bytes | memoryview, now_ms: int) -> None:
        """Package one block of the source; sound is transcoded by another thread, as FFmpeg lets go of the interpreter."""
        self.hand_on(block)
        packager = self._packager
        outcomes = packager.feed_unsettled(block, now_ms * 90)
        if any(isinstance(outcome, Work) for outcome in outcomes):
            events = await asyncio.to_thread(settle, outcomes)
        else:
            events = settle(outcomes)
        packager.look_ahead()
        self._publish_all(events, len(block), now_ms)

    def take(self, block: bytes | memoryview, now_ms: int) -> None:
        """Package one block of the source, here and now."""
        self.hand_on(block)
        self._publish_all(self._packager.feed(block, now_ms * 90), len(block), now_ms)

    def hand_on(self, block: bytes | memoryview) -> None:
        """Give a block to those who want the original: a copy, as the block's memory is used again; none for nobody."""
        if self.taps:
            octets = bytes(block)  # no copy of what is one already
            for tap in tuple(self.taps):
                tap(octets)

    def _publish_all(self, events: list[PackagerEvent], n_octets: int, now_ms: int) -> None:
        self.health.received(n_octets, now_ms)
        self._publish(events, now_ms)
        for fault in self._packager.drain_faults():
            self._note(fault)

    def take_share(self, events: list[DemuxEvent], block: Octets, now_ms: int) -> list[Outcome]:
        """Package what of ``events``, made of one block of a multiplex, is this channel's; then call `settle_share`.

        A fault of ours ends here: the channel is out of it for a while and goes on with a new packager; the others, which
        share the source, never see it.
        """
        assert self._multiplex is not None
        try:
            if self._has_failed:
                if now_ms < self._rests_until_ms:
                    return []
                self.begin_again()
            mine = self._multiplex.share(events, self._packager)
            return self._packager.take(mine, block, now_ms * 90)
        except Exception as error:
            self._fail(error, now_ms)
            return []

    def settle_share(self, outcomes: list[Outcome]) -> list[PackagerEvent] | Exception:
        """Do what `take_share` has left, in any thread."""
        try:
            return settle(outcomes)
        except Exception as error:
            return error

    def publish_share(self, events: list[PackagerEvent] | Exception, now_ms: int) -> None:
        """Publish what `settle_share` made."""
        if self._has_failed:
            return
        try:
            if isinstance(events, Exception):
                raise events
            self._packager.look_ahead()
            self._publish(events, now_ms)
            for fault in self._packager.drain_faults():
                self._note(fault)
        except Exception as error:
            self._fail(error, now_ms)

    def _fail(self, error: Exception, now_ms: int) -> None:
        """Let go of the multiplex for a while."""
        self._note(Fault("internal_error", detail=repr(error)), error)
        self._has_failed = True
        if self._multiplex is not None:
            self._multiplex.leave(self._packager)
        self._failures += 1
        self._rests_until_ms = now_ms + retry_delay_ms(self._failures, random.random())

    def _publish(self, events: list[PackagerEvent], now_ms: int) -> None:
        if not events:
            return
        for event in events:
            self.presentation.apply(event)
            if isinstance(event, PeriodStarted):
                self.period = event
                self._log.info("period started", period=event.period_id, number=event.first_number, why=event.reason)
                self._save(durable=True)
        if self._packager.state.last_number != self._saved_number:
            self._save()  # before anyone can see the number: it is never given out again
        if not all(isinstance(event, CuePublished) for event in events):
            self._failures = 0
            self._published_ms = now_ms  # a cue is no sign of life: it may come without any picture
        self.wake()

    def begin_again(self) -> None:
        """Go on with a new packager after a failure of ours; what was published stays."""
        self.presentation.break_off()
        self._save(durable=True)
        state = self._packager.state
        if self._multiplex is not None:
            self._multiplex.leave(self._packager)
        self._packager = self._new_packager(state if state.period_id >= 0 else None)
        self._has_failed = False
        self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
        for watcher in self.watchers:
            watcher.changed()

    def _save(self, *, durable: bool = False) -> None:
        state = self._packager.state
        if state.period_id < 0:
            return
        try:
            self._store.save(self.service.id, state, durable=durable)
            self._saved_number = state.last_number
        except OSError as error:
            self._note(Fault("state_not_saved", detail=f"{said('numbers-may-fall')}: {error.strerror}"))

    def stop(self) -> None:
        """Keep the numbers for the next run, and let go of who waits."""
        self._save(durable=True)
        self.wake()

    def leave(self) -> None:
        """Take part in the multiplex no longer."""
        self.stop()
        if self._multiplex is not None:
            self._multiplex.leave(self._packager)

    def note(self, fault: Fault) -> None:
        """Count a fault of the source, and log it unless it was logged a moment ago."""
        self._note(fault)

    def _note(self, fault: Fault, error: Exception | None = None) -> None:
        since_logged = self.health.note(fault, wall_clock.now_ms())
        if since_logged is not None:
            self._log.warning(fault.name, count=since_logged, pid=fault.pid, detail=fault.detail, exc_info=error)

    # -- waiting for it

    async def changed(self, timeout_s: float) -> bool:
        """Wait until something is published; False after ``timeout_s``. Costs no thread.

        It is True where both come to pass at once, as they do when this process stood still.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait([future], timeout=timeout_s)
        finally:
            self._waiting.discard(future)
        return future.done()
