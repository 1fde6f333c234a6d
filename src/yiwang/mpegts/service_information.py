"""What the tables of a transport stream say, kept up to date: services, networks, events, times, applications.

Sections come in as they are new (`SectionReader`); NIT, BAT, SDT and AIT count when all their sections have come, an EIT
section by section: a guide wants each event as it comes, and a whole schedule takes minutes.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.kernels.si_sections import SETS
from yiwang.mpegts import ait, cat, eit, nit, pat, rst, sdt, stream_descriptors, tdt_tot
from yiwang.mpegts.ait import Ait, parse_ait
from yiwang.mpegts.cat import Cat, parse_cat
from yiwang.mpegts.descriptor import Descriptors, find, find_all
from yiwang.mpegts.descriptors.application_signalling import ApplicationSignallingDescriptor
from yiwang.mpegts.descriptors.logical_channel import LogicalChannelDescriptor
from yiwang.mpegts.eit import EitEvent, EitSection, parse_eit_section
from yiwang.mpegts.nit import Nit, parse_nit
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.rst import RunningStatus, parse_rst
from yiwang.mpegts.sdt import Sdt, parse_sdt
from yiwang.mpegts.section import TABLE_ID_TOT, Section, SubTables
from yiwang.mpegts.section_reader import SectionReader
from yiwang.mpegts.stream_descriptors import StreamEventDescriptor, parse_stream_descriptors
from yiwang.mpegts.tdt_tot import Tot, parse_tdt_tot

K = TypeVar("K")
V = TypeVar("V")

MAX_TABLES = 1024
"""Of networks, bouquets and transport streams elsewhere; of more, those that came first are kept."""
MAX_SERVICES = 8192
MAX_SCHEDULE_SECTIONS = 1 << 16
MAX_STREAM_EVENTS = 64
MAX_STATUSES = 256

PRESENT_FOLLOWING = frozenset({eit.TABLE_ID_PRESENT_FOLLOWING_ACTUAL, eit.TABLE_ID_PRESENT_FOLLOWING_OTHER})
_WHOLE = frozenset(
    {
        cat.TABLE_ID,
        nit.TABLE_ID_ACTUAL,
        nit.TABLE_ID_OTHER,
        nit.TABLE_ID_BAT,
        sdt.TABLE_ID_ACTUAL,
        sdt.TABLE_ID_OTHER,
        ait.TABLE_ID,
    }
)
_OF_ACTUAL = frozenset(
    {
        cat.TABLE_ID,
        nit.TABLE_ID_ACTUAL,
        sdt.TABLE_ID_ACTUAL,
        ait.TABLE_ID,
        eit.TABLE_ID_PRESENT_FOLLOWING_ACTUAL,
        tdt_tot.TABLE_ID_TDT,
        TABLE_ID_TOT,
        rst.TABLE_ID,
        stream_descriptors.TABLE_ID,
    }
)
LIVE_TABLES = _OF_ACTUAL | frozenset(eit.TABLE_IDS_SCHEDULE_ACTUAL)
"""What a channel needs to know: of its own transport stream."""
LIVE_SETS, MULTIPLEX_SETS = 64, 512
ALL_TABLES = (
    _OF_ACTUAL
    | _WHOLE
    | PRESENT_FOLLOWING
    | frozenset(eit.TABLE_IDS_SCHEDULE_ACTUAL)
    | frozenset(eit.TABLE_IDS_SCHEDULE_OTHER)
)


@dataclass(frozen=True, slots=True, order=True)
class ServiceKey:
    """A service, anywhere: the DVB triplet."""

    original_network_id: int
    transport_stream_id: int
    service_id: int

    @property
    def url(self) -> str:
        """TS 101 162's and HbbTV's way to write it."""
        return f"dvb://{self.original_network_id:x}.{self.transport_stream_id:x}.{self.service_id:x}"


@dataclass(frozen=True, slots=True)
class PresentFollowing:
    """What is on, and what comes next; None where there is nothing, or its section has not come."""

    present: EitEvent | None = None
    following: EitEvent | None = None
    version_number: int = -1


@dataclass(slots=True)
class _ScheduleTable:
    """One table_id of a service's schedule."""

    version_number: int
    last_section_number: int
    sections: dict[int, EitSection] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return len(self.sections) + sum(map(_unsent_after, self.sections.values())) > self.last_section_number


class Schedule:
    """The schedule of a service, up to sixteen tables of four days each; ``revision`` rises with each section."""

    def __init__(self) -> None:
        self.revision = 0
        self._tables: dict[int, _ScheduleTable] = {}
        self._first = self._last = -1

    def add(self, section: EitSection) -> int:
        """Take a section; return by how many sections there are more now."""
        table = self._tables.get(section.table_id)
        before = len(table.sections) if table else 0
        if (
            table is None
            or table.version_number != section.version_number
            or table.last_section_number != section.last_section_number
        ):
            table = self._tables[section.table_id] = _ScheduleTable(section.version_number, section.last_section_number)
        table.sections[section.section_number] = section
        self.revision += 1
        self._first, self._last = section.table_id & 0xF0, section.last_table_id
        return len(table.sections) - before

    @property
    def is_complete(self) -> bool:
        """Whether every section of every table has come, of the newest version of each."""
        tables = [self._tables.get(table_id) for table_id in range(self._first, max(self._first, self._last) + 1)]
        return self._first >= 0 and all(table is not None and table.is_complete for table in tables)

    @property
    def events(self) -> list[EitEvent]:
        """All events, by their start."""
        sections = (s for table in self._tables.values() for s in table.sections.values())
        by_id = {event.event_id: event for section in sections for event in section.events}
        return sorted(by_id.values(), key=lambda event: event.start_time_s or 0)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """A stream event for applications, as it came on ``pid``."""

    pid: int
    event: StreamEventDescriptor
    version_number: int


class ServiceInformation:
    """The machine: a demultiplexer feeds it what it scans; what it knows may be read at any time.

    Parameters
    ----------
    table_ids : LIVE_TABLES or ALL_TABLES, or some of these
    sets : int    how much is known to be repeated, see `SectionReader`
    """

    def __init__(self, table_ids: frozenset[int] = ALL_TABLES, sets: int = SETS) -> None:
        self.reader = SectionReader(table_ids, sets)
        self.revision = 0
        """Rises with every change."""
        self.cat: Cat | None = None
        self.nit: Nit | None = None
        self.other_nits: dict[int, Nit] = {}  # by network_id
        self.bats: dict[int, Nit] = {}  # by bouquet_id
        self.sdt: Sdt | None = None
        self.other_sdts: dict[tuple[int, int], Sdt] = {}  # by original_network_id, transport_stream_id
        self.present_following: dict[ServiceKey, PresentFollowing] = {}
        self.schedules: dict[ServiceKey, Schedule] = {}
        self.utc_s: int | None = None  # as the TDT or TOT said last
        self.local_time: Descriptors = ()  # of the TOT
        self.statuses: deque[RunningStatus] = deque(maxlen=MAX_STATUSES)
        self.aits: dict[int, dict[int, Ait]] = {}  # by PID, application_type
        self.stream_events: deque[StreamEvent] = deque(maxlen=MAX_STREAM_EVENTS)
        self._own_eit: dict[int, ServiceKey] = {}  # service_id -> the EIT actual's key
        self._sub_tables: dict[int, SubTables] = {}
        self._schedule_sections = 0
        self._faults: list[Fault] = []
        self.set_map(None, {})

    # -- what is read

    def set_map(self, table: pat.Pat | None, pmts: dict[int, Pmt]) -> None:
        """Take a new PAT or PMT: where NIT, AITs and stream events are."""
        self._transport_stream_id = table.transport_stream_id if table is not None else None
        network_pid = table.network_pid if table is not None else None
        aits, events = set(), set()
        for pmt in pmts.values():
            for stream in pmt.streams:
                if is_ait(stream):
                    aits.add(stream.elementary_pid)
                elif stream.stream_type in stream_descriptors.STREAM_TYPES:
                    events.add(stream.elementary_pid)
        fixed = {cat.PID, nit.PID, sdt.PID, eit.PID, rst.PID, tdt_tot.PID}
        if network_pid is not None and network_pid not in {p.program_map_pid for p in _programs(table)}:
            fixed.add(network_pid)
        self._ait_pids, self._event_pids = aits, events - aits
        self._fixed = fixed
        self.reader.listen((aits | events | fixed) - {pat.PID, 0x1FFF})
        self.aits = {pid: tables for pid, tables in self.aits.items() if pid in aits}
        self._sub_tables = {pid: tables for pid, tables in self._sub_tables.items() if pid in self.reader.pids}

    def feed(
        self, packets: Octets, pids: NDArray[np.int32], flags: NDArray[np.uint8], payloads: NDArray[np.uint8]
    ) -> list[tuple[int, tuple[Section, ...]]]:
        """Take N packets and what `scan_packets` wrote of them; return the sub-tables that are whole and new, by PID."""
        wholes = []
        for pid, section in self.reader.feed(packets, pids, flags, payloads):
            try:
                whole = self.take(pid, section)
            except WireError as error:
                self._faults.append(Fault("table_error", pid=pid, detail=str(error)))
                continue
            if whole is not None:
                wholes.append((pid, whole))
        return wholes

    def drain_faults(self) -> list[Fault]:
        """Return what was wrong since the last call."""
        faults = self.reader.drain_faults()
        if self._faults:
            faults, self._faults = faults + self._faults, []
        return faults

    def take(self, pid: int, section: Section) -> tuple[Section, ...] | None:
        """Take one section; return the whole sub-table if it makes one new.

        Raises
        ------
        WireError    it does not hold what its table_id says
        """
        table_id = section.table_id
        if pid in self._event_pids:
            if table_id == stream_descriptors.TABLE_ID and section.current_next_indicator:
                self._take_stream_events(pid, section)
            return None
        if (table_id == ait.TABLE_ID) != (pid in self._ait_pids):
            return None
        if table_id in _WHOLE and section.section_syntax_indicator:
            return self._take_part(pid, section)
        if (
            pid == eit.PID
            and section.current_next_indicator
            and eit.TABLE_ID_PRESENT_FOLLOWING_ACTUAL <= table_id < 0x70
        ):
            self._take_eit(parse_eit_section(section))
        elif pid == tdt_tot.PID and table_id in (tdt_tot.TABLE_ID_TDT, TABLE_ID_TOT):
            time = parse_tdt_tot(section)
            self.utc_s = time.utc_s
            if isinstance(time, Tot):
                self.local_time = time.descriptors
        elif pid == rst.PID and table_id == rst.TABLE_ID:
            self._take_statuses(parse_rst(section).statuses)
        return None

    # -- what is known

    @property
    def transport_stream(self) -> tuple[int, int] | None:
        """original_network_id and transport_stream_id, as the SDT has them."""
        return (self.sdt.original_network_id, self.sdt.transport_stream_id) if self.sdt else None

    def key_of(self, service_id: int) -> ServiceKey | None:
        """The triplet of a service of this transport stream."""
        if self.sdt is not None:
            return ServiceKey(self.sdt.original_network_id, self.sdt.transport_stream_id, service_id)
        return self._own_eit.get(service_id)

    def now_next(self, service_id: int) -> PresentFollowing | None:
        """What is on in a service of this transport stream, and what comes next."""
        key = self._own_eit.get(service_id)
        return self.present_following.get(key) if key is not None else None

    def logical_channel_number(self, service_id: int) -> int | None:
        """The number that the NIT gives a service of this transport stream; None without one, or for one that is hidden."""
        for stream in self.nit.transport_streams if self.nit else ():
            if (
                self.sdt is not None
                and (stream.original_network_id, stream.transport_stream_id) != self.transport_stream
            ):
                continue
            for descriptor in find_all(stream.descriptors, LogicalChannelDescriptor):
                for channel in descriptor.channels:
                    if channel.service_id == service_id and channel.visible_service_flag:
                        return channel.logical_channel_number or None
        return None

    def applications(self, pmt: Pmt) -> Iterator[tuple[Ait, ait.Application]]:
        """Yield the applications that are linked to a programme, in the order of their AITs."""
        for stream in pmt.streams:
            for table in self.aits.get(stream.elementary_pid, {}).values():
                for application in table.applications:
                    yield table, application

    # -- tables

    def _take_part(self, pid: int, section: Section) -> tuple[Section, ...] | None:
        sub_tables = self._sub_tables.setdefault(pid, SubTables(MAX_TABLES))
        if section.last_section_number and sub_tables.is_other_issue(section):
            # what has come of the other issue may come back: then all of it must be read again
            self.reader.forget(pid, section.table_id, section.table_id_extension)
        whole = sub_tables.add(section)
        if whole is not None and self._take_whole(pid, whole):
            self.revision += 1
        return whole

    def _take_whole(self, pid: int, sections: tuple[Section, ...]) -> bool:
        table_id = sections[0].table_id
        if table_id == cat.TABLE_ID and pid == cat.PID:
            self.cat = parse_cat(sections)
        elif table_id == sdt.TABLE_ID_ACTUAL and pid == sdt.PID:
            self.sdt = parse_sdt(sections)
        elif table_id == sdt.TABLE_ID_OTHER and pid == sdt.PID:
            other = parse_sdt(sections)
            return _keep(self.other_sdts, (other.original_network_id, other.transport_stream_id), other)
        elif table_id == nit.TABLE_ID_BAT and pid == nit.BAT_PID:
            bouquet = parse_nit(sections)
            return _keep(self.bats, bouquet.network_id, bouquet)
        elif table_id == nit.TABLE_ID_ACTUAL and pid in self._fixed:
            self.nit = parse_nit(sections)
        elif table_id == nit.TABLE_ID_OTHER and pid in self._fixed:
            network = parse_nit(sections)
            return _keep(self.other_nits, network.network_id, network)
        elif table_id == ait.TABLE_ID:
            table = parse_ait(sections)
            return _keep(self.aits.setdefault(pid, {}), table.application_type, table)
        else:
            return False
        return True

    def _take_eit(self, section: EitSection) -> None:
        key = ServiceKey(section.original_network_id, section.transport_stream_id, section.service_id)
        if section.table_id in PRESENT_FOLLOWING:
            if section.table_id == eit.TABLE_ID_PRESENT_FOLLOWING_ACTUAL:
                self._own_eit[section.service_id] = key
            if section.section_number > 1 or (
                key not in self.present_following and len(self.present_following) >= MAX_SERVICES
            ):
                return
            known = self.present_following.get(key, PresentFollowing())
            event = section.events[0] if section.events else None
            is_present = section.section_number == 0
            self.present_following[key] = PresentFollowing(
                event if is_present else known.present,
                known.following if is_present else event,
                section.version_number,
            )
        elif self._schedule_sections < MAX_SCHEDULE_SECTIONS:
            schedule = self.schedules.setdefault(key, Schedule())
            self._schedule_sections += schedule.add(section)
        self.revision += 1

    def _take_statuses(self, statuses: Iterable[RunningStatus]) -> None:
        for status in statuses:
            if status not in self.statuses:
                self.statuses.append(status)
                self.revision += 1

    def _take_stream_events(self, pid: int, section: Section) -> None:
        for event in parse_stream_descriptors(section).events:
            arrived = StreamEvent(pid, event, section.version_number)
            if arrived not in self.stream_events:
                self.stream_events.append(arrived)
                self.revision += 1


def is_ait(stream: PmtStream) -> bool:
    """Tell whether a component carries an AIT."""
    return stream.stream_type == ait.STREAM_TYPE and find(stream.es_info, ApplicationSignallingDescriptor) is not None


def _programs(table: pat.Pat | None) -> list[pat.PatProgram]:
    programs = table.programs if table is not None else ()
    return [program for program in programs if program.program_number != pat.NETWORK_PROGRAM_NUMBER]


def _keep(tables: dict[K, V], key: K, table: V) -> bool:
    if key not in tables and len(tables) >= MAX_TABLES:
        return False
    tables[key] = table
    return True


def _unsent_after(section: EitSection) -> int:
    """Return how many numbers after this section's stay unused: segments of eight, EN 300 468 5.2.4."""
    if section.section_number != section.segment_last_section_number:
        return 0
    return min(section.section_number | 7, section.last_section_number) - section.section_number
