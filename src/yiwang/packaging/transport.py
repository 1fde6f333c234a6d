"""A transport stream in, one of its programmes packaged: demultiplexer and `ProgrammePackager` joined."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from yiwang.base.elementary import Octets
from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.base.timebase import TICKS_90K
from yiwang.codecs.registry import OPUS, is_packaged, kind_of
from yiwang.mpegts import sdt as sdt_table
from yiwang.mpegts.demultiplexer import (
    Demultiplexer,
    DemuxEvent,
    EsBlock,
    PatChanged,
    PmtChanged,
    SpliceInfoArrived,
    TableChanged,
    Workspace,
)
from yiwang.mpegts.descriptor import find
from yiwang.mpegts.descriptors.service import ServiceDescriptor
from yiwang.mpegts.descriptors.stream_identifier import StreamIdentifierDescriptor
from yiwang.mpegts.pat import NETWORK_PROGRAM_NUMBER, Pat
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.roles import language_and_role
from yiwang.mpegts.service_information import ServiceInformation
from yiwang.mpegts.stream_coding import channel_config, coding_name, plain_type
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.packaging.due import NOTHING_DUE_MS, Watch
from yiwang.packaging.events import Outcome, PackagerEvent, settle
from yiwang.packaging.inputs import StreamSpec
from yiwang.packaging.programme import ProgrammePackager
from yiwang.packaging.settings import Settings
from yiwang.packaging.splices import MAX_PENDING_SPLICES
from yiwang.packaging.text_streams import signalled_captions, text_spec
from yiwang.packaging.timeline import TimelineState

PATIENCE_OCTETS = 2 << 20
"""A programme that the PAT lists but whose PMT has not come after so much is passed over."""
EARLY_FILE_OCTETS = 64 << 20
EARLY_LIVE_OCTETS = 4 << 20
"""So much is kept of what comes before the PMT that names it: of a file more than any distance of PMTs, of a live stream
what comes in the 0.5 s within which a PMT must (TR 101 290 1.5), at 64 Mbit/s."""

SLICE_OCTETS = 64 * 188
LIVE_SLICE_OCTETS = 1024 * 188
LARGEST_LIVE_BLOCK_OCTETS = 1 << 18
LARGEST_LIVE_BLOCK_S = 0.75
"""A block larger than both, or a file's, is fed in slices: in one block the order of packets of different PIDs is lost, and
where audio has come by a certain picture decides. A live block is at most what a source holds back, so only a flood is cut;
a file's block may be many seconds. Where the machine is late, blocks are large and time is short: so a live slice is not too
small, but of a slow stream it must not be seconds."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stream of the programme that is not packaged."""

    pid: int
    stream_type: int
    codec: str


class TransportPackager:
    """The machine: `feed` blocks of a transport stream, `flush` at the end; they return packager events in order.

    Parameters
    ----------
    program_number : int or None    which programme; None: the first in the PAT that has a stream we package
    settings : Settings
    saved : TimelineState or None
    monitor : Monitor or None       measures a live stream; its figures outlive this packager
    shared : Demultiplexer or None  of several packagers (`yiwang.packaging.multiplex`): then `take` is called, not `feed`
    workspace : Workspace or None   that of the thread, when it feeds many
    information : ServiceInformation or None    reads what the tables say; it outlives this packager
    """

    def __init__(
        self,
        program_number: int | None,
        settings: Settings,
        saved: TimelineState | None = None,
        monitor: Monitor | None = None,
        shared: Demultiplexer | None = None,
        workspace: Workspace | None = None,
        information: ServiceInformation | None = None,
    ) -> None:
        self._is_shared = shared is not None
        early_octets = EARLY_LIVE_OCTETS if settings.live else EARLY_FILE_OCTETS
        self.demultiplexer = shared or Demultiplexer(
            self.select, monitor=monitor, workspace=workspace, information=information, early_octets=early_octets
        )
        self.programme = ProgrammePackager(settings, saved, self.demultiplexer.workspace.framing)
        self.wanted = program_number
        self.program_number = program_number
        self.service_name = ""
        self.service_provider = ""
        self.packaged_pids: tuple[int, ...] = ()
        self.skipped: tuple[Skipped, ...] = ()
        self.has_playable: bool | None = None  # None until a PMT has come
        self.is_absent = False  # the PAT does not list the programme that is wanted
        self._absent_in: Pat | None = None  # what has been said already
        self._is_new_source = False
        self._sdt: sdt_table.Sdt | None = None
        self._pmts: dict[int, Pmt] = {}  # by program_number
        self._largest_block = LARGEST_LIVE_BLOCK_OCTETS if settings.live else SLICE_OCTETS
        self._slice = LIVE_SLICE_OCTETS if settings.live else SLICE_OCTETS
        self._octets_since = (0, 0)  # octets fed, since which raw time of the stream
        self._octets_since_pat = 0
        self._watch = Watch()
        self._unclaimed: deque[SpliceInfoArrived] = deque(maxlen=MAX_PENDING_SPLICES)  # while no programme is chosen
        self._fed_at: list[int] = []  # ``now_90k`` of each feed that an early `EsBlock` may come from, the newest last
        self._faults: list[Fault] = []

    @property
    def state(self) -> TimelineState:
        """What must be kept for the next run."""
        return self.programme.state

    def feed(self, block: bytes | bytearray | memoryview | Octets, now_90k: int) -> list[PackagerEvent]:
        """Take octets; ``now_90k`` is UTC since 1970 in 90 kHz ticks, 0 for a file."""
        events = settle(self.feed_unsettled(block, now_90k))
        self.look_ahead()
        return events

    def feed_unsettled(self, block: bytes | bytearray | memoryview | Octets, now_90k: int) -> list[Outcome]:
        """Take octets as `feed` does, but leave the work that another thread may do; then call `look_ahead`."""
        if len(block) > self._largest_block:
            view = block if isinstance(block, np.ndarray) else memoryview(block)
            slices = (view[at : at + self._slice] for at in range(0, len(view), self._slice))
            return [outcome for part in slices for outcome in self.feed_unsettled(part, now_90k)]
        events: list[Outcome] = []
        if self._is_new_source:
            self._is_new_source = False
            events = self._take(self.demultiplexer.begin_source(), now_90k)
            self.programme.begin_source(now_90k)
        events += self.take(self.demultiplexer.feed(block), block, now_90k)
        if self.programme.settings.live:
            self._measure(len(block))
        return events

    def _measure(self, n_octets: int) -> None:
        """Learn from each second of the stream how large a block of LARGEST_LIVE_BLOCK_S is."""
        octets, since = self._octets_since
        now = self.programme.timeline.reference or 0
        if 0 <= now - since < TICKS_90K:
            self._octets_since = octets + n_octets, since
            return
        if 0 < now - since < 3 * TICKS_90K:
            rate = (octets + n_octets) * TICKS_90K / (now - since)
            self._largest_block = max(LARGEST_LIVE_BLOCK_OCTETS, round(LARGEST_LIVE_BLOCK_S * rate))
        self._octets_since = 0, now

    def take(
        self, demuxed: list[DemuxEvent], block: bytes | bytearray | memoryview | Octets, now_90k: int
    ) -> list[Outcome]:
        """Take what the demultiplexer made of ``block``; then call `look_ahead`."""
        self._fed_at.append(now_90k)
        events = self._take(demuxed, now_90k)
        if self.program_number is None and self.demultiplexer.pat is not None:
            before, self._octets_since_pat = self._octets_since_pat, self._octets_since_pat + len(block)
            if before <= PATIENCE_OCTETS < self._octets_since_pat:
                events += self._lose_patience(now_90k)
        if not self.demultiplexer.keeps_early:
            self._fed_at.clear()
        return events

    def join(self, now_90k: int) -> None:
        """Begin in the middle of a stream whose tables a shared demultiplexer has read already."""
        self.demultiplexer.reselect()
        if self.demultiplexer.pat is not None:
            self._pmts = self.demultiplexer.pmts.copy()
            self._set_streams(now_90k)

    def look_ahead(self) -> None:
        """Find out what must come next, for `until_due_ms`."""
        if self.programme.settings.part_90k:
            self._watch.set(self.programme.dues())

    def until_due_ms(self, octets: Octets, now_ms: int) -> int:
        """Tell in how many ms something can be published, as far as is known; 0: by ``octets``, which come next.

        Until then they may be fed later, with what follows them. ``now_ms``: of a clock that only rises.
        """
        if self._is_shared and (self.is_absent or self.has_playable is False):
            return NOTHING_DUE_MS  # nothing will be published, whatever comes
        if not self.programme.settings.part_90k and self.programme.goes_on:
            return NOTHING_DUE_MS  # nobody waits for the very end of a whole segment
        return self._watch.until_due_ms(octets, now_ms)

    def _lose_patience(self, now_90k: int) -> list[Outcome]:
        """Choose among the programmes whose PMT has come."""
        self._octets_since_pat = PATIENCE_OCTETS + 1
        self.demultiplexer.reselect()
        self._set_streams(now_90k)
        if self._is_shared:
            return []  # what has come of its streams comes with the next feed
        unclaimed = tuple(self._unclaimed)
        self._unclaimed.clear()  # those that no programme claims still are kept anew
        events = [outcome for splice in unclaimed for outcome in self._splice(splice)]
        events += self._take(self.demultiplexer.catch_up(), now_90k)
        if self.program_number is not None:
            self.demultiplexer.forget_early()
        return events

    def begin_source(self) -> None:
        """Take that what is fed next is the same programme from another source: perhaps at another place, or time base."""
        self._is_new_source = True

    def begin_file(self, head: bytes | bytearray | memoryview | Octets) -> list[PackagerEvent]:
        """Take the end of a file; ``head``, which is fed next, begins another one of the same programme."""
        demuxed, is_cut_clean = self.demultiplexer.begin_file(head)
        events = self._take(demuxed, 0)
        if is_cut_clean:
            self.programme.begin_file()
        return settle(events)

    def flush(self, now_90k: int) -> list[PackagerEvent]:
        """Publish all that is left: the input has ended."""
        events = self._take(self.demultiplexer.flush(), now_90k)
        if self.program_number is None and self.demultiplexer.pat is not None:
            events += self._lose_patience(now_90k)
            events += self._take(self.demultiplexer.flush(), now_90k)
        return settle(events + self.programme.flush(now_90k))

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        faults, self._faults = self._faults, []
        of_stream = [] if self._is_shared else self.demultiplexer.drain_faults()
        return faults + of_stream + self.programme.drain_faults()

    def _take(self, demuxed: list[DemuxEvent], now_90k: int) -> list[Outcome]:
        events: list[Outcome] = []
        for _, side_by_side in groupby(demuxed, lambda event: id(event.of if isinstance(event, EsBlock) else event)):
            event, *others = side_by_side
            if isinstance(event, EsBlock):
                came_at = self._fed_at[-1 - event.feeds_ago] if event.feeds_ago < len(self._fed_at) else now_90k
                blocks = [(e.pid, e.es, e.marks) for e in (event, *others) if isinstance(e, EsBlock)]
                in_order = event.of is not None and self.programme.must_keep_order(blocks)
                pieces = event.of.in_order({pid for pid, *_ in blocks}) if event.of and in_order else blocks
                for pid, es, marks in pieces:
                    events += self.programme.feed(pid, es, marks, came_at)
            elif isinstance(event, PatChanged | PmtChanged):
                self._follow(event)
                self._set_streams(now_90k)
                is_ours = isinstance(event, PmtChanged) and event.pmt.program_number == self.program_number
                if is_ours and not self._is_shared:
                    self.demultiplexer.forget_early()
            elif isinstance(event, SpliceInfoArrived):
                events += self._splice(event)
            else:
                self._read_sdt(event)
        return events

    def _follow(self, event: PatChanged | PmtChanged) -> None:
        """Know the tables as they are at this place of the stream: the demultiplexer has read to the end of the block."""
        if isinstance(event, PmtChanged):
            self._pmts[event.pmt.program_number] = event.pmt
        else:
            listed = {program.program_number for program in event.pat.programs}
            self._pmts = {number: pmt for number, pmt in self._pmts.items() if number in listed}

    def _splice(self, event: SpliceInfoArrived) -> list[Outcome]:
        """Pass on what belongs to our programme."""
        if self.program_number is None:
            self._unclaimed.append(event)
            return []
        pmt = self._pmts.get(self.program_number or 0)
        if pmt is None or all(stream.elementary_pid != event.pid for stream in pmt.streams):
            return []
        return self.programme.splice(event.pid, event.section)

    @property
    def unused(self) -> tuple[Skipped, ...]:
        """Streams that could be packaged, but are video beside the one that is shown."""
        pmt = self.demultiplexer.pmts.get(self.program_number or 0)
        pids = self.programme.unused_pids
        return (
            tuple(_skipped(s, pmt) for s in pmt.streams if s.elementary_pid in pids) if pmt is not None and pids else ()
        )

    # -- which programme

    def select(self, pat: Pat, pmts: dict[int, Pmt]) -> Iterable[int]:
        """Name the PIDs to gather (the demultiplexer asks at each change of its tables)."""
        self._choose(pat, pmts)
        pmt = pmts.get(self.program_number) if self.program_number is not None else None
        return [s.elementary_pid for s in pmt.streams if is_packaged(plain_type(s)) or text_spec(s)] if pmt else []

    def _choose(self, pat: Pat, pmts: dict[int, Pmt]) -> None:
        numbers = [p.program_number for p in pat.programs if p.program_number != NETWORK_PROGRAM_NUMBER]
        if self.wanted is not None:
            self.is_absent = self.wanted not in numbers
            if self.is_absent and pat is not self._absent_in:
                self._absent_in = pat
                listed = ", ".join(map(str, numbers)) or "none"
                self._faults.append(
                    Fault("no_program", detail=said("no-such-program", wanted=self.wanted, listed=listed))
                )
            return
        if self.program_number in pmts and self.program_number in numbers:
            return
        self.program_number = None
        for number in numbers:
            pmt = pmts.get(number)
            if pmt is None and self._octets_since_pat <= PATIENCE_OCTETS:
                return  # its PMT may still come
            if pmt is not None and any(is_packaged(plain_type(stream)) for stream in pmt.streams):
                self.program_number = number
                return

    def _set_streams(self, now_90k: int) -> None:
        pmts = self._pmts
        pmt = pmts.get(self.program_number) if self.program_number is not None else None
        if pmt is None:
            if self._is_shared:
                self.has_playable, self.skipped = None, ()  # the PMTs are of other channels' programmes
            elif pmts:
                self.has_playable = False
                self.skipped = tuple(_skipped(s, p) for p in pmts.values() for s in p.streams)
            return
        specs = [_spec(s) for s in pmt.streams if is_packaged(plain_type(s))]
        texts = [spec for spec in map(text_spec, pmt.streams) if spec is not None]
        self.packaged_pids = tuple(spec.pid for spec in specs)
        candidates = [pmt] if specs or self.wanted is not None else pmts.values()
        text_pids = {spec.pid for spec in texts} if specs else set()
        self.skipped = tuple(
            _skipped(s, p)
            for p in candidates
            for s in p.streams
            if not is_packaged(plain_type(s)) and s.elementary_pid not in text_pids
        )
        self.has_playable = bool(specs)
        self.programme.caption_services = {s.elementary_pid: signalled_captions(s) for s in pmt.streams}
        self.programme.set_streams(specs, now_90k, texts)
        self._name()

    # -- its name

    def _read_sdt(self, event: TableChanged) -> None:
        if event.sections[0].table_id != sdt_table.TABLE_ID_ACTUAL:
            return
        try:
            self._sdt = sdt_table.parse_sdt(event.sections)
        except WireError as error:
            self._faults.append(Fault("table_error", pid=event.pid, detail=str(error)))
            return
        self._name()

    def _name(self) -> None:
        for service in self._sdt.services if self._sdt else ():
            if service.service_id == self.program_number:
                descriptor = find(service.descriptors, ServiceDescriptor)
                if descriptor is not None:
                    self.service_name = str(descriptor.service_name)
                    self.service_provider = str(descriptor.service_provider_name)


def _spec(stream: PmtStream) -> StreamSpec:
    stream_type = plain_type(stream)
    language, role = language_and_role(stream.es_info)
    tag = find(stream.es_info, StreamIdentifierDescriptor)
    component_tag = tag.component_tag if tag else None
    channels = channel_config(stream) if stream_type == OPUS else b""
    return StreamSpec(stream.elementary_pid, kind_of(stream_type), stream_type, language, role, component_tag, channels)


def _skipped(stream: PmtStream, pmt: Pmt) -> Skipped:
    return Skipped(stream.elementary_pid, stream.stream_type, coding_name(stream, pmt))
