"""Transport stream in, tables and elementary streams out (ISO/IEC 13818-1 2.4).

A block is read in one kernel pass; then, per selected PID, one pass gathers its PES payload. Python sees packets only
where they carry tables. A new PMT takes effect at its packet: the block is gathered up to there by the old one. What
came before its PID was named by any is kept for a while, and follows the table that names it (ADR 45).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import MARK_DAMAGED, Marks, Octets
from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.codecs.nal_framer import FramingSpace
from yiwang.kernels import pes_gather, ts_scan
from yiwang.kernels.pes_gather import Streams
from yiwang.mpegts import pat as pat_table
from yiwang.mpegts import pmt as pmt_table
from yiwang.mpegts import sdt as sdt_table
from yiwang.mpegts.early_packets import EarlyPackets, Scanned
from yiwang.mpegts.packet import PacketSync, find_lock
from yiwang.mpegts.pat import Pat, parse_pat
from yiwang.mpegts.pmt import Pmt, parse_pmt
from yiwang.mpegts.section import TABLE_ID_SPLICE_INFO, Section, SectionAssembler, SubTables
from yiwang.mpegts.service_information import ServiceInformation
from yiwang.mpegts.splice_pids import splice_pids
from yiwang.mpegts.tr_101_290 import Monitor

PACKETS_AT_A_TIME = 8192


@dataclass(frozen=True, slots=True)
class PatChanged:
    """A new PAT: which programmes there are."""

    pat: Pat


@dataclass(frozen=True, slots=True)
class PmtChanged:
    """A new PMT of one programme; what `EsBlock`s follow are its streams."""

    pmt: Pmt


@dataclass(frozen=True, slots=True)
class TableChanged:
    """A whole sub-table of another PID that is listened to (SDT)."""

    pid: int
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Packets whose payload has become `EsBlock`s, one for each PID; valid until the next `feed`."""

    scanned: Scanned
    begin: int
    end: int
    streams: Streams
    states: NDArray[np.int64]  # of the streams before it was gathered
    headers: Octets

    def in_order(self, pids: Collection[int]) -> Iterator[tuple[int, Octets, Marks]]:
        """Gather the payload of some PIDs again, in the order of their packets.

        Yields
        ------
        pid, es, marks    of packets of one PID between which there are none of the other ones
        """
        scanned, streams, states, headers = self.scanned, self.streams, self.states.copy(), self.headers.copy()
        rows = self.begin + np.flatnonzero(np.isin(scanned.pids[self.begin : self.end], list(pids)))
        of = scanned.pids[rows]
        begins = rows[np.flatnonzero(np.diff(of, prepend=-1))].tolist()
        for begin, end in zip(begins, [*begins[1:], self.end], strict=True):
            pid, n = int(scanned.pids[begin]), end - begin
            k = streams.pids.index(pid)
            es, marks, counts = np.empty(184 * n, np.uint8), np.empty((2 * n, 4), np.int64), np.zeros((1, 3), np.int64)
            pes_gather.gather_streams(
                scanned.packets, begin, end, scanned.pids, scanned.flags, scanned.payloads,
                streams.numbers[k : k + 1], states[k : k + 1], headers[k : k + 1], counts, es, marks,
            )  # fmt: skip
            n_es, n_marks, _ = counts[0].tolist()
            if n_es or n_marks:
                yield pid, es[:n_es], marks[:n_marks]


@dataclass(frozen=True, slots=True)
class EsBlock:
    """Octets of one elementary stream, with their marks (`yiwang.base.elementary`); valid until the next `feed`."""

    pid: int
    es: Octets
    marks: Marks
    feeds_ago: int = 0  # it came so many feeds before this one
    of: "Gathered | None" = field(default=None, compare=False)  # what came side by side with it


@dataclass(frozen=True, slots=True)
class SpliceInfoArrived:
    """A splice_info_section (SCTE 35): each one counts, as it came; what `EsBlock`s follow come after it."""

    pid: int
    section: bytes


DemuxEvent = PatChanged | PmtChanged | TableChanged | SpliceInfoArrived | EsBlock


class Workspace:
    """Arrays for use within a `feed`, and what its `EsBlock`s point into: fresh pages cost more than copies.

    All demultiplexers that one thread feeds, and the framers behind them, can share one: then an `EsBlock` is valid until the
    next `feed` of any of them.
    """

    def __init__(self) -> None:
        n = PACKETS_AT_A_TIME
        self.pids, self.flags, self.payloads = self.new_rows(n)
        self.pcr_27m = np.empty(n, np.int64)
        self.rows = np.empty(n, np.int64)
        self.es: Octets = np.empty(0, np.uint8)
        self.marks: Marks = np.empty((0, 4), np.int64)
        self.framing = FramingSpace()

    @staticmethod
    def new_rows(packets: int) -> tuple[NDArray[np.int32], Octets, Octets]:
        """Return new columns of `Scanned`: pids, flags, payloads."""
        return np.empty(packets, np.int32), np.empty(packets, np.uint8), np.empty(packets, np.uint8)

    def make_room(self, packets: int) -> None:
        """Have room for all that so many packets can bring."""
        if 184 * packets > self.es.size:
            self.es = np.empty(184 * packets, np.uint8)
            self.marks = np.empty((2 * packets + 2, 4), np.int64)


class Demultiplexer:
    """The machine: `feed` octets in any cuts, `flush` at the end; both return events in stream order.

    Parameters
    ----------
    select : callable(Pat, {program_number: Pmt}) -> PIDs    which streams to gather; asked when a PAT or PMT changes
    table_pids : PIDs of other tables to report (SDT by default)
    monitor : Monitor or None    measures what is scanned
    workspace : Workspace or None    one that is shared
    information : ServiceInformation or None    reads the tables of service information, those of ``table_pids`` too
    early_octets : int    so much is kept of PIDs that no table has named, while a PAT or PMT is missing
    """

    def __init__(
        self,
        select: Callable[[Pat, dict[int, Pmt]], Iterable[int]],
        table_pids: tuple[int, ...] = (sdt_table.PID,),
        monitor: Monitor | None = None,
        workspace: Workspace | None = None,
        information: ServiceInformation | None = None,
        early_octets: int = 0,
    ) -> None:
        self._information = information
        self.workspace = workspace or Workspace()
        self._select = select
        self._monitor = monitor
        self._sync = PacketSync()
        self._scan_state = ts_scan.new_state()
        self.counters: NDArray[np.int64] = np.zeros(ts_scan.N_COUNTERS, np.int64)
        self._reported = self.counters.copy()
        self._reported_cc = 0
        self._cc_errors_total = 0
        self._table_pids = table_pids
        self._assemblers: dict[int, SectionAssembler] = {}
        self._sub_tables: dict[int, SubTables] = {}
        self._table_of = np.full(8192, ts_scan.NO_TABLE, np.int16)  # row of each PID's table in the next
        self._repeated: Octets = np.empty((0, 188), np.uint8)  # its last packet, when that was all of its sections
        self._es_used = self._marks_used = 0
        self._pmt_pids: dict[int, int] = {}  # program_number -> PID
        self._splice_pids: set[int] = set()
        self._early = EarlyPackets(early_octets)
        self._mapped: set[int] = set()  # program_numbers whose PMT has come since the source or file began
        self._named: set[int] = set()  # PIDs whose early packets have not been delivered yet
        self._feeds = 0
        self._has_scanned = False  # in this feed
        self.pat: Pat | None = None
        self.pmts: dict[int, Pmt] = {}
        self._streams = Streams(())
        self._pes_errors: dict[int, int] = {}  # by PID
        self._quiet = True  # nothing that could be a fault since they were last asked for
        self._faults: list[Fault] = []
        self._events: list[DemuxEvent] = []
        self._assembled_pids = () if information is not None else table_pids
        for pid in (pat_table.PID, *self._assembled_pids):
            self._listen(pid)
        self._forget_repeated()

    @property
    def keeps_early(self) -> bool:
        """Tell whether an `EsBlock` of an earlier feed may come."""
        return self._early.is_open

    def forget_early(self) -> None:
        """Take that all streams that will be selected are."""
        self._early.end()

    @property
    def packet_counts(self) -> NDArray[np.int64]:
        """Packets seen, by PID: ndarray of shape (8192,), int64."""
        return self._scan_state[2]

    @property
    def continuity_count_errors(self) -> NDArray[np.int64]:
        """Continuity errors seen, by PID: ndarray of shape (8192,), int64."""
        return self._scan_state[3]

    @property
    def packet_size(self) -> int:
        """188, 204 or 192; 0 while there is no lock."""
        return self._sync.packet_size

    def pmt_pid(self, program_number: int) -> int | None:
        """Where the PAT says that a programme's PMT is."""
        return self._pmt_pids.get(program_number)

    def feed(self, block: bytes | bytearray | memoryview | Octets) -> list[DemuxEvent]:
        """Take octets of the stream; return what they bring."""
        data = block if isinstance(block, np.ndarray) else np.frombuffer(block, np.uint8)
        if not self._sync.is_in_step(data):
            return self._take(self._sync.feed(data))
        self._begin_feed(data.size // 188)
        rest = data[188 * self._scan_all(data.reshape(-1, 188), stops_at_wrong_sync=True) :]
        if rest.size:
            self._scan_found(self._sync.feed(rest))
        return self._drain_events()

    def begin_file(self, head: bytes | bytearray | memoryview | Octets) -> tuple[list[DemuxEvent], bool]:
        """Take the end of a file; what is fed next begins another one, ``head`` first (it is not fed by this).

        Returns
        -------
        events, is_cut_clean : the second tells that every stream begins a unit in ``head``, so that nothing was lost
            before, whatever the counters say; otherwise the files may be one stream cut anywhere, and go on as that
        """
        data = head if isinstance(head, np.ndarray) else np.frombuffer(head, np.uint8)
        at, size = find_lock(data, 0)
        if at or not size:
            return [], False
        events = self._take(self._sync.flush())
        starts = np.flatnonzero(data[: data.size - 3 : size] == 0x47) * size
        starts = starts[data[starts + 3] & 0x10 > 0]
        pids = (data[starts + 1].astype(np.int64) & 0x1F) << 8 | data[starts + 2]
        pids, first = np.unique(pids, return_index=True)
        begins = data[starts[first] + 1] & 0x40 > 0
        if not set(self._streams.pids).isdisjoint(pids[~begins].tolist()):
            return events, False
        self._begin_anew()
        return events, True

    def begin_source(self) -> list[DemuxEvent]:
        """Take that what is fed next comes from elsewhere: units under way are cut, tables are read anew.

        Counters, tables and streams stay what they are until the new ones come.
        """
        events = self._take(self._sync.flush()) + self._cut_ends()
        self._streams = Streams(self._streams.pids)
        self._begin_anew()
        return events

    def _begin_anew(self) -> None:
        """Read the tables again, whatever their versions; counters may go on anywhere."""
        self._scan_state[0][:] = ts_scan.CC_UNKNOWN
        for pid in self._assemblers:
            self._listen(pid)
        self._forget_repeated()
        self._mapped.clear()
        self._early.begin()

    def flush(self) -> list[DemuxEvent]:
        """Take what is left when the stream ends."""
        return self._take(self._sync.flush()) + self._cut_ends()

    def _cut_ends(self) -> list[DemuxEvent]:
        """Mark the streams whose last picture will not be whole; sound says so itself."""
        mark = np.array([[0, -1, -1, MARK_DAMAGED]], np.int64)
        return [
            EsBlock(pid, mark[:0, 0].astype(np.uint8), mark)
            for pid, state in zip(self._streams.pids, self._streams.states, strict=True)
            if pes_gather.is_cut(state) and not state[pes_gather.OVER]
        ]

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        of_information = self._information.drain_faults() if self._information is not None else []
        if self._quiet and not self._sync.has_faults:
            return of_information
        self._quiet = True
        faults, self._faults = self._faults + of_information, []
        for assembler in self._assemblers.values():
            faults += assembler.drain_faults()
        faults += self._sync.drain_faults()
        if self._cc_errors_total != self._reported_cc:
            faults.append(Fault("continuity_count_error", self._cc_errors_total - self._reported_cc))
            self._reported_cc = self._cc_errors_total
        if self._pes_errors:
            faults += [Fault("pes_header_error", count, pid) for pid, count in self._pes_errors.items()]
            self._pes_errors.clear()
        for column, name in _COUNTER_FAULTS:
            n = int(self.counters[column] - self._reported[column])
            if n:
                faults.append(Fault(name, n))
        self._reported[:] = self.counters
        return faults

    # -- packets

    def _take(self, packets: Octets) -> list[DemuxEvent]:
        """Take what the sync has found last, of a feed of its own."""
        self._begin_feed(packets.shape[0])
        self._scan_found(packets)
        return self._drain_events()

    def _begin_feed(self, n_packets: int) -> None:
        self._es_used = self._marks_used = 0
        self._feeds += 1
        self._has_scanned = False
        self.workspace.make_room(n_packets)
        self._deliver_early()

    def _scan_found(self, packets: Octets) -> None:
        begin = 0
        for loss in self._sync.losses:
            self._scan_all(packets[begin:loss])
            if self._monitor is not None:
                self._monitor.lose_sync()
            begin = loss
        self._scan_all(packets[begin:])

    def catch_up(self) -> list[DemuxEvent]:
        """Return the early packets of streams that have been selected since the last feed; else the next one does."""
        self._es_used = self._marks_used = 0
        self._deliver_early()
        return self._drain_events()

    def _drain_events(self) -> list[DemuxEvent]:
        events, self._events = self._events, []
        return events

    def _scan_all(self, packets: Octets, *, stops_at_wrong_sync: bool = False) -> int:
        """Take packets; return how many, all of them unless it stops: what has no sync_byte is for the sync to judge."""
        for at in range(0, packets.shape[0], PACKETS_AT_A_TIME):
            block = packets[at : at + PACKETS_AT_A_TIME]
            n = self._scan(block, stops_at_wrong_sync)
            if n < len(block):
                return at + n
        return len(packets)

    def _scan(self, packets: Octets, stops_at_wrong_sync: bool) -> int:
        work = self.workspace
        # what has been gathered in this feed points to the rows of its packets
        pids, flags, payloads = (
            work.new_rows(len(packets)) if self._has_scanned else (work.pids, work.flags, work.payloads)
        )
        self._has_scanned = True
        n, n_cc_errors, n_tables, n_dropped = ts_scan.scan_packets(
            packets,
            *self._scan_state,
            self.counters,
            pids,
            flags,
            payloads,
            work.pcr_27m,
            self._table_of,
            self._repeated,
            work.rows,
            stops_at_wrong_sync,
        )
        if n < len(packets):
            packets = packets[:n]
        if self._monitor is not None:
            self._monitor.feed(packets, pids, flags, payloads, work.pcr_27m)
        self._cc_errors_total += n_cc_errors
        self._quiet = self._quiet and not (n_cc_errors or n_dropped)
        scanned = Scanned(packets, pids[:n], flags[:n], payloads[:n], self._feeds)
        self._deliver(scanned, work.rows[:n_tables])
        if self._information is not None:
            for pid, whole in self._information.feed(packets, pids, flags, payloads):
                if pid in self._table_pids:
                    self._events.append(TableChanged(pid, whole))
        return n

    def _deliver(self, scanned: Scanned, table_rows: NDArray[np.int64]) -> None:
        """Read the tables in some packets, and gather the streams between them by the map that holds there."""
        begin, end = 0, scanned.pids.size
        tables = _table_packets(scanned, table_rows) if table_rows.size else []
        while tables:
            packet = tables.pop(0)
            before = len(self._events)
            if not self._read_table(packet):
                continue
            # what lies before a change of the map belongs to the old one, and before a splice is told before it
            changes = self._events[before:]
            del self._events[before:]
            self._gather(scanned, begin, packet.row)
            self._events += changes
            begin = packet.row
            if all(isinstance(event, SpliceInfoArrived) for event in changes):
                continue
            self._apply(changes)
            self._deliver_early()
            if self._pmt_pids and self._pmt_pids.keys() <= self._mapped:
                self._early.end()
            pids = scanned.pids[begin + 1 :]
            tables = _table_packets(scanned, begin + 1 + np.flatnonzero((pids >= 0) & (self._table_of[pids] >= 0)))
        self._gather(scanned, begin, end)

    def _deliver_early(self) -> None:
        """Deliver what came before a table named its PID."""
        named, self._named = self._named, set()
        for scanned in self._early.take(named) if named else ():
            self._deliver(scanned, np.flatnonzero(self._table_of[scanned.pids] >= 0))

    def _gather(self, scanned: Scanned, begin: int, end: int) -> None:
        """Gather rows ``begin..end``; keep those that may be a stream's of which nothing is known yet."""
        streams, n = self._streams, end - begin
        if n and self._early.is_open:
            self._early.keep(scanned, begin, end, self._assemblers.keys() | set(streams.pids))
        if not n or not streams.pids:
            return
        es, marks = self._room(n)
        gathered = Gathered(scanned, begin, end, streams, streams.states.copy(), streams.headers.copy())
        pes_gather.gather_streams(
            scanned.packets, begin, end, scanned.pids, scanned.flags, scanned.payloads,
            streams.numbers, streams.states, streams.headers, streams.counts, es, marks,
        )  # fmt: skip
        es_begin = marks_begin = 0
        for pid, (n_es, n_marks, n_bad) in zip(streams.pids, streams.counts.tolist(), strict=True):
            if n_bad:
                self._pes_errors[pid] = self._pes_errors.get(pid, 0) + n_bad
                self._quiet = False
            if n_es or n_marks:
                es_end, marks_end = es_begin + n_es, marks_begin + n_marks
                feeds_ago = self._feeds - scanned.feed
                block = EsBlock(pid, es[es_begin:es_end], marks[marks_begin:marks_end], feeds_ago, gathered)
                self._events.append(block)
                es_begin, marks_begin = es_end, marks_end
        self._es_used += es_begin
        self._marks_used += marks_begin

    def _room(self, n_packets: int) -> tuple[Octets, Marks]:
        """Return where so many packets can be gathered to: in the workspace, if early packets have not taken its room."""
        es, marks = self.workspace.es[self._es_used :], self.workspace.marks[self._marks_used :]
        if es.size < 184 * n_packets or marks.shape[0] < 2 * n_packets:
            return np.empty(184 * n_packets, np.uint8), np.empty((2 * n_packets, 4), np.int64)
        return es, marks

    # -- tables

    def _listen(self, pid: int) -> None:
        self._assemblers[pid] = SectionAssembler(pid)
        self._sub_tables[pid] = SubTables()

    def _forget_repeated(self) -> None:
        """Look at the next packet of every PID that is listened to."""
        self._table_of[:] = ts_scan.NO_TABLE
        self._table_of[list(self._assemblers)] = range(len(self._assemblers))
        self._repeated = np.zeros((len(self._assemblers), 188), np.uint8)

    def _read_table(self, packet: "_TablePacket") -> bool:
        """Feed one packet to its assembler; True when what comes before it must be gathered first.

        That is a change of the programme map, or a splice (events say which).
        """
        pid = packet.pid
        if packet.flags & ts_scan.DROPPED:
            return False
        start, lost = bool(packet.flags & ts_scan.PUSI), bool(packet.flags & ts_scan.LOST)
        self._quiet = changed = False
        assembler = self._assemblers[pid]
        sections = assembler.feed(packet.octets[packet.payload :], start, lost)
        if start and assembler.is_idle and pid not in self._splice_pids:
            self._repeated[self._table_of[pid]] = np.frombuffer(packet.octets, np.uint8)
        for section in sections:
            if section.table_id == TABLE_ID_SPLICE_INFO and pid in self._splice_pids:
                self._events.append(SpliceInfoArrived(pid, section.to_bytes()))
                changed = True
                continue
            whole = self._sub_tables[pid].add(section)
            if whole is None:
                continue
            try:
                changed |= self._table(pid, whole)
            except WireError as error:
                self._faults.append(Fault("table_error", pid=pid, detail=str(error)))
        return changed

    def _table(self, pid: int, sections: tuple[Section, ...]) -> bool:
        table_id = sections[0].table_id
        if pid == pat_table.PID and table_id == pat_table.TABLE_ID:
            self._events.append(PatChanged(parse_pat(sections)))
            return True
        if table_id == pmt_table.TABLE_ID and pid in self._pmt_pids.values():
            pmt = parse_pmt(sections)
            if self._pmt_pids.get(pmt.program_number) != pid:
                return False  # several programmes may share a PMT PID; this one is not in the PAT
            self._events.append(PmtChanged(pmt))
            return True
        if pid in self._table_pids:
            self._events.append(TableChanged(pid, sections))
        return False

    def _apply(self, events: list[DemuxEvent]) -> None:
        """Listen to and gather what the new tables name."""
        for event in events:
            if isinstance(event, PatChanged):
                self.pat = event.pat
                self._pmt_pids = {
                    program.program_number: program.program_map_pid
                    for program in event.pat.programs
                    if program.program_number != pat_table.NETWORK_PROGRAM_NUMBER
                }
                self.pmts = {number: pmt for number, pmt in self.pmts.items() if number in self._pmt_pids}
                self._mapped &= self._pmt_pids.keys()
                if not self._early.is_open and self._pmt_pids.keys() - self._mapped:
                    self._early.begin()
            elif isinstance(event, PmtChanged):
                self.pmts[event.pmt.program_number] = event.pmt
                self._mapped.add(event.pmt.program_number)
        if self._information is not None:
            self._information.set_map(self.pat, self.pmts)
        tables = {pat_table.PID, *self._assembled_pids, *self._pmt_pids.values()}
        self._splice_pids = splice_pids(self.pmts.values()) - tables
        wanted = tables | self._splice_pids
        for pid in [p for p in self._assemblers if p not in wanted]:
            del self._assemblers[pid], self._sub_tables[pid]
        new = wanted - self._assemblers.keys()
        for pid in new:
            self._listen(pid)
        self._named |= new
        self._forget_repeated()
        self.reselect()

    def reselect(self) -> None:
        """Ask again which streams to gather."""
        if self.pat is not None:
            pids = set(self._select(self.pat, self.pmts))
            self._named |= pids - set(self._streams.pids)
            self._streams = self._streams.reselect(sorted(pids))


@dataclass(frozen=True, slots=True)
class _TablePacket:
    row: int
    pid: int
    flags: int
    payload: int
    octets: bytes


def _table_packets(scanned: Scanned, rows: NDArray[np.int64]) -> list[_TablePacket]:
    """Return the packets of some rows."""
    octets = scanned.packets[rows].tobytes()
    cut = [octets[at : at + 188] for at in range(0, len(octets), 188)]
    columns = [column[rows].tolist() for column in (scanned.pids, scanned.flags, scanned.payloads)]
    return [_TablePacket(*packet) for packet in zip(rows.tolist(), *columns, cut, strict=True)]


_COUNTER_FAULTS = (
    (ts_scan.SYNC_BYTE_ERRORS, "sync_byte_error"),
    (ts_scan.TRANSPORT_ERRORS, "transport_error"),
    (ts_scan.HEADER_ERRORS, "packet_header_error"),
    (ts_scan.SCRAMBLED_PACKETS, "scrambled_packet"),
)
