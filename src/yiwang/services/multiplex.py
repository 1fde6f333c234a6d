"""A source that several channels share: read once, demultiplexed once, its faults told to whom they concern.

Where the config says ``program = "*"``, the channels themselves follow the PAT: a programme that appears is a channel as
soon as its PMT shows sound or picture, one that is gone stays in the list as long as viewers may look back.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Protocol

import structlog

from yiwang.base.elementary import Octets
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.codecs.registry import is_packaged
from yiwang.mpegts.demultiplexer import DemuxEvent, PatChanged, PmtChanged, TableChanged, Workspace
from yiwang.mpegts.nit import Nit
from yiwang.mpegts.pmt import Pmt
from yiwang.mpegts.stream_coding import plain_type
from yiwang.mpegts.tr_101_290 import AUDIO_VIDEO, Monitor
from yiwang.net import wall_clock
from yiwang.net.backoff import retry_delay_ms
from yiwang.net.source import Block, Source, SourceError
from yiwang.net.source_url import SourceSpec
from yiwang.packaging.events import Outcome, Work
from yiwang.packaging.multiplex import COUNTED_BY_PID, Multiplex, Share
from yiwang.services.channel import ASK_SOURCE_MS, Channel
from yiwang.store.config_file import Service
from yiwang.store.programme_store import MAX_PROGRAMMES, KnownProgramme, ProgrammeStore

COUNT_MS = 500
"""How often the packets of each programme are counted."""
FORGET_MS = 300_000
"""A programme that is gone stays in the list for so long at least: PATs are wrong for a moment now and then."""

PRIVATE_PES = 0x06
AUDIO_DESCRIPTORS = frozenset({0x6A, 0x7A, 0x7B, 0x7C})
"""AC-3, enhanced AC-3, DTS, AAC: EN 300 468 6.2 and Annexes D, G, H."""
AVS = frozenset({0xD2, 0xD3, 0xD4, 0xD5})

log = structlog.get_logger()


class Host(Protocol):
    """Where channels of a multiplex come and go: the network."""

    def add_programme(self, source: "SharedSource", known: KnownProgramme) -> Channel:
        """Make a channel of a programme that has appeared; its number if that is free."""

    def remove_programme(self, channel: Channel) -> None:
        """Take a channel from the list."""

    def number_of(self, channel: Channel) -> int:
        """The channel's number in the viewer's list."""

    def renumber(self, wishes: dict[Channel, int | None]) -> None:
        """Give channels the numbers that their network gives them, unless others have those."""


class SharedSource:
    """The reader of a multiplex.

    Parameters
    ----------
    spec : SourceSpec
    make : callable              makes the source
    every : Service or None      the service that stands for all programmes no other names
    host : Host
    store : ProgrammeStore
    workspace : Workspace or None    of all channels of the event loop
    """

    def __init__(
        self,
        spec: SourceSpec,
        make: Callable[[SourceSpec], Source],
        every: Service | None,
        host: Host,
        store: ProgrammeStore,
        workspace: Workspace | None = None,
    ) -> None:
        self.spec = spec
        self.every = every
        self.multiplex = Multiplex(Monitor(), workspace)
        self.channels: list[Channel] = []
        self.taps: list[Callable[[bytes], None]] = []  # get the source's octets, as those of a channel do
        self._source: Source | None = None  # while it is open
        self._make = make
        self._host = host
        self._store = store
        self._log = log.bind(source=spec.url)
        self._shares: dict[Channel, Share] = {}
        self._followed: dict[int, Channel] = {}  # program_number -> channel made because of `every`
        self._gone_since_ms: dict[int, int] = {}
        self._counted_ms = 0
        self._failures = 0
        self._numbered_by: Nit | None = None
        self._saved: tuple[KnownProgramme, ...] = ()

    def add(self, channel: Channel) -> None:
        """Let a channel take its share."""
        self.channels.append(channel)
        channel.source = self._source

    def remove(self, channel: Channel) -> None:
        """Let a channel of the config take its share no longer."""
        self._shares.pop(channel, None)
        self.channels.remove(channel)
        channel.leave()

    def restore(self) -> None:
        """Make the channels that were there when the node stopped."""
        if self.every is None:
            return
        named = self._named
        self._saved = tuple(known for known in self._store.load(self.every.id) if known.program_number not in named)
        for known in self._saved:
            self._follow(known, wall_clock.now_ms())

    # -- its life

    async def run(self) -> None:
        """Read the source for ever; a source that fails or ends is opened again, later and later."""
        while True:
            source = self._make(self.spec)
            self._tell_source(source)
            try:
                source.hold(self._until_due_ms)
                await source.open()
                await self._read(source)
                self._tell_all(Fault("source_ended", detail="the source has ended; opening it again"))
            except SourceError as error:
                self._tell_all(Fault("source_error", detail=str(error)))
            except Exception as error:
                self._log.warning("internal_error", exc_info=error)
                self._tell_all(Fault("internal_error", detail=repr(error)))
                self._begin_again()
            finally:
                self._tell_source(None)
                await source.close()
            self._failures += 1
            await asyncio.sleep(retry_delay_ms(self._failures, random.random()) / 1000)

    @property
    def _is_tapped(self) -> bool:
        return bool(self.taps) or any(channel.taps for channel in self.channels)

    def _until_due_ms(self, octets: Octets, now_ms: int) -> int:
        """Tell how much later ``octets`` may come; who passes the original on has them as they come, not in lumps."""
        until_ms = self.multiplex.until_due_ms(octets, now_ms)
        return 0 if self._is_tapped else until_ms

    def _tell_source(self, source: Source | None) -> None:
        """Let the channels know it, for the paths of merged copies."""
        self._source = source
        for channel in self.channels:
            channel.source = source

    def _begin_again(self) -> None:
        """Read the tables anew after a failure of ours that was no channel's."""
        self.multiplex.begin_again()
        for channel in self.channels:
            channel.begin_again()

    async def _read(self, source: Source) -> None:
        asked_ms = 0
        while block := await source.read():
            now_ms = wall_clock.now_ms()
            await self._take(block, now_ms)
            if now_ms - asked_ms >= ASK_SOURCE_MS:
                asked_ms = now_ms
                for fault in source.drain_faults():
                    self._tell_all(fault)

    async def _take(self, block: Block, now_ms: int) -> None:
        """Give each channel its share of one block; what transcodes does so in other threads, side by side."""
        self._hand_on(block)
        for events, octets in self.multiplex.feed(block):
            work = {}
            for channel, outcomes in self._shares_of(events, octets, now_ms):
                if any(isinstance(outcome, Work) for outcome in outcomes):
                    work[channel] = asyncio.to_thread(channel.settle_share, outcomes)
                else:
                    channel.publish_share(channel.settle_share(outcomes), now_ms)
            if work:
                for channel, made in zip(work, await asyncio.gather(*work.values()), strict=True):
                    channel.publish_share(made, now_ms)
        self._look_at_stream(now_ms)

    def take(self, block: Block, now_ms: int) -> None:
        """Give each channel its share of one block of the source, here and now."""
        self._hand_on(block)
        for events, octets in self.multiplex.feed(block):
            for channel, outcomes in self._shares_of(events, octets, now_ms):
                channel.publish_share(channel.settle_share(outcomes), now_ms)
        self._look_at_stream(now_ms)

    def _hand_on(self, block: Block) -> None:
        """Give a block to those who want the original, of whatever channel: one copy."""
        if not self._is_tapped:
            return
        octets = bytes(block)
        for tap in tuple(self.taps):
            tap(octets)
        for channel in self.channels:
            channel.hand_on(octets)

    def note(self, fault: Fault) -> None:
        """Tell all channels of a fault of the outputs."""
        self._tell_all(fault)

    def _shares_of(
        self, events: list[DemuxEvent], octets: Octets, now_ms: int
    ) -> Iterator[tuple[Channel, list[Outcome]]]:
        if any(isinstance(event, PatChanged | PmtChanged | TableChanged) for event in events):
            self._failures = 0
            self._follow_tables(now_ms)
        for channel in self.channels:
            yield channel, channel.take_share(events, octets, now_ms)

    def _look_at_stream(self, now_ms: int) -> None:
        self._tell(self.multiplex.demultiplexer.drain_faults())
        if now_ms - self._counted_ms >= COUNT_MS:
            self._counted_ms = now_ms
            self._count(now_ms)
            self._forget(now_ms)
            self._renumber()
            self._save()

    # -- what belongs to whom

    def _share(self, channel: Channel) -> Share:
        share = self._shares.get(channel)
        if share is None or share.packager is not channel.packager:
            share = self._shares[channel] = Share(self.multiplex, channel.packager)
        return share

    def _count(self, now_ms: int) -> None:
        for channel in self.channels:
            packets, faults = self._share(channel).drain()
            if packets:
                channel.health.received(188 * packets, now_ms)
            for fault in faults:
                channel.note(fault)

    def _tell(self, faults: list[Fault]) -> None:
        """Tell each channel what is wrong on its PIDs, and all of them what is wrong with the stream."""
        for fault in faults:
            if fault.name in COUNTED_BY_PID:
                continue
            owners = [channel for channel in self.channels if fault.pid >= 0 and self._share(channel).has(fault.pid)]
            for channel in owners or self.channels:
                channel.note(fault)

    def _tell_all(self, fault: Fault) -> None:
        for channel in self.channels:
            channel.note(fault)
        if not self.channels:
            self._log.warning(fault.name, count=fault.count, detail=fault.detail)

    # -- programmes that come and go

    @property
    def _named(self) -> set[int]:
        """Programmes that a service of the config has for itself."""
        followed = set(map(id, self._followed.values()))
        return {c.service.program_number or 0 for c in self.channels if id(c) not in followed}

    def _follow_tables(self, now_ms: int) -> None:
        """Make a channel of each programme that has appeared."""
        if self.every is None:
            return
        named = self._named
        for number, pmt in self.multiplex.demultiplexer.pmts.items():
            if number in self._followed or number in named or not _is_television(pmt):
                continue
            if len(self._followed) >= MAX_PROGRAMMES:
                break
            self._follow(KnownProgramme(number, 0), now_ms)
            self._numbered_by = None

    def _follow(self, known: KnownProgramme, now_ms: int) -> None:
        channel = self._host.add_programme(self, known)
        channel.name_on_air = known.name
        self._followed[known.program_number] = channel
        self._gone_since_ms[known.program_number] = now_ms  # until the PAT has been looked at
        self._log.info("programme", service=channel.service.id, program=known.program_number)

    def _renumber(self) -> None:
        """Follow the NIT's logical channel numbers when something in the tables has changed."""
        information = self.multiplex.information
        if information.nit is None or information.nit is self._numbered_by:
            return
        self._numbered_by = information.nit
        self._host.renumber({c: information.logical_channel_number(n) for n, c in sorted(self._followed.items())})

    def _forget(self, now_ms: int) -> None:
        """Take from the list what has not been on the air for long."""
        pat = self.multiplex.demultiplexer.pat
        if self.every is None or pat is None:
            return
        listed = {program.program_number for program in pat.programs}
        for number, channel in list(self._followed.items()):
            if number in listed:
                self._gone_since_ms.pop(number, None)
                continue
            gone_ms = now_ms - self._gone_since_ms.setdefault(number, now_ms)
            if gone_ms > max(FORGET_MS, 1000 * channel.packaging.window):
                del self._followed[number], self._gone_since_ms[number]
                self._shares.pop(channel, None)
                self.channels.remove(channel)
                channel.leave()
                self._host.remove_programme(channel)
                self._log.info("programme gone", service=channel.service.id, program=number)

    def _save(self) -> None:
        if self.every is None:
            return
        known = tuple(
            KnownProgramme(number, self._host.number_of(channel), channel.packager.service_name or channel.name_on_air)
            for number, channel in sorted(self._followed.items())
        )
        if known == self._saved:
            return
        try:
            self._store.save(self.every.id, known)
            self._saved = known
        except OSError as error:
            self._tell_all(Fault("state_not_saved", detail=f"{said('list-of-programmes')}: {error.strerror}"))


def _is_television(pmt: Pmt) -> bool:
    """Tell whether a programme has sound or picture, though perhaps none that we package."""
    return any(
        is_packaged(plain_type(stream))
        or stream.stream_type in AUDIO_VIDEO | AVS
        or (stream.stream_type == PRIVATE_PES and any(d.tag in AUDIO_DESCRIPTORS for d in stream.es_info))
        for stream in pmt.streams
    )
