"""Measurement of a transport stream by ETSI TR 101 290 clause 5.2: what is counted, and the machine that counts it.

Time is the stream's own. One PID with PCRs is the clock; a place between two of its PCRs has the time in proportion to the
packets between them. A step of more than 0.5 s, a `discontinuity_indicator` or another clock begin a new time base, in which
every interval starts anew; before the first PCR there is no time. So the counts depend on the octets alone, not on how they
came. What is late counts once for every limit that passes without it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.errors import WireError
from yiwang.kernels import tr_101_290 as kernel
from yiwang.mpegts import cat as cat_table
from yiwang.mpegts import pat as pat_table
from yiwang.mpegts import pmt as pmt_table
from yiwang.mpegts.cat import Cat, parse_cat
from yiwang.mpegts.descriptor import Descriptors, find_all
from yiwang.mpegts.descriptors.ca import CaDescriptor
from yiwang.mpegts.pat import NETWORK_PROGRAM_NUMBER, Pat, parse_pat
from yiwang.mpegts.pmt import NO_PCR_PID, Pmt, parse_pmt
from yiwang.mpegts.section import Section, SubTables, parse_section
from yiwang.mpegts.stream_coding import coding_name

if TYPE_CHECKING:  # what only some measure is imported when they do
    from yiwang.mpegts.t_std import BufferMeasurement, DecoderModel

AUDIO_VIDEO = frozenset(
    {0x01, 0x02, 0x03, 0x04, 0x0F, 0x10, 0x11, 0x1B, 0x1C, 0x24, 0x2D, 0x33, 0x42, 0x81, 0x84, 0x87}
)
"""Streams that are never silent, in PES packets whose time stamps are the programme's."""
_TABLES = {
    0x0000: "PAT",
    0x0001: "CAT",
    0x0010: "NIT",
    0x0011: "SDT",
    0x0012: "EIT",
    0x0013: "RST",
    0x0014: "TDT",
    0x1FFF: "null",
}
"""ETSI EN 300 468 table 1; null packets: ISO/IEC 13818-1 table 2-3."""
TABLE_PIDS = (0x0000, 0x0001, 0x0010, 0x0011, 0x0012, 0x0013, 0x0014)
FIRST_FREE_PID, LAST_FREE_PID = 0x0020, 0x1FFE

MS = kernel.MS
PSI_LIMIT = 500 * MS
CAT_LIMIT = 2_000 * MS
"""The report has no limit for how long a CAT may be missing beside scrambled packets; this is ours."""
PID_LIMIT = 5_000 * MS
"""The report leaves it to the user."""
PTS_LIMIT = 700 * MS


@dataclass(frozen=True, slots=True)
class Indicator:
    """A line of the tables in TR 101 290 5.2.1 to 5.2.3."""

    priority: int
    clause: str
    name: str
    meaning: str


INDICATORS = (
    Indicator(1, "1.1", "ts_sync_loss", "two sync bytes in a row are wrong"),
    Indicator(1, "1.2", "sync_byte_error", "a sync byte is not 0x47"),
    Indicator(1, "1.3.a", "pat_error_2", "no PAT for 0.5 s; another table, or scrambled packets, on PID 0"),
    Indicator(1, "1.4", "continuity_count_error", "packets are missing, out of order or sent more than twice"),
    Indicator(1, "1.5.a", "pmt_error_2", "no PMT for 0.5 s on a program_map_PID; scrambled packets there"),
    Indicator(1, "1.6", "pid_error", "no packet of a programme's sound or picture for 5 s"),
    Indicator(2, "2.1", "transport_error", "transport_error_indicator is set"),
    Indicator(2, "2.2", "crc_error", "a section's CRC_32 is wrong"),
    Indicator(2, "2.3.a", "pcr_repetition_error", "PCRs of a programme more than 40 ms apart"),
    Indicator(
        2, "2.3.b", "pcr_discontinuity_indicator_error", "PCRs outside of 0 to 100 ms without discontinuity_indicator"
    ),
    Indicator(2, "2.4", "pcr_accuracy_error", "a PCR is more than 500 ns from its place at a constant rate"),
    Indicator(2, "2.5", "pts_error", "no PTS of sound or picture for 700 ms"),
    Indicator(2, "2.6", "cat_error", "scrambled packets, and no CAT for 2 s; another table on PID 1"),
    Indicator(
        3, "3.1.a", "nit_actual_error", "no NIT of this network for 10 s; a table on PID 0x10 that is none of its"
    ),
    Indicator(3, "3.1.b", "nit_other_error", "a NIT of another network has not come again for 10 s"),
    Indicator(3, "3.2", "si_repetition_error", "an SI table is later than its limit (all of 3.1 to 3.8, BAT, TOT)"),
    Indicator(
        3, "3.3", "buffer_error", "a buffer of the decoder's model is too full, or has not what is to be decoded"
    ),
    Indicator(3, "3.4", "unreferenced_pid", "a PID that no table refers to"),
    Indicator(3, "3.5.a", "sdt_actual_error", "no SDT of this stream for 2 s; a table on PID 0x11 that is none of its"),
    Indicator(3, "3.5.b", "sdt_other_error", "an SDT of another stream has not come again for 10 s"),
    Indicator(3, "3.6.a", "eit_actual_error", "no EIT present, or following, for 2 s; a table that is no EIT"),
    Indicator(3, "3.6.b", "eit_other_error", "an EIT of another stream has not come again for 10 s"),
    Indicator(3, "3.7", "rst_error", "a table on PID 0x13 that is no RST"),
    Indicator(3, "3.8", "tdt_error", "no TDT for 30 s; a table on PID 0x14 that is neither TDT nor TOT"),
    Indicator(3, "3.9", "empty_buffer_error", "TB, TBsys or MB has not been empty for 1 s"),
    Indicator(3, "3.10", "data_delay_error", "an access unit comes longer before it is decoded than it may"),
)
"""In the kernel's order. Not measured: EIT_PF_error, and the smallest interval of 25 ms between SI sections."""
_OF_BUFFERS = (kernel.BUFFER_ERROR, kernel.EMPTY_BUFFER_ERROR, kernel.DATA_DELAY_ERROR)

_FIXED_TIMERS = (
    (kernel.PAT_ERROR_2, PSI_LIMIT),
    (kernel.CAT_ERROR, CAT_LIMIT),
    (kernel.NIT_ACTUAL_ERROR, 10_000 * MS),
    (kernel.NIT_OTHER_ERROR, 10_000 * MS),
    (kernel.SI_REPETITION_ERROR, 10_000 * MS),  # BAT
    (kernel.SDT_ACTUAL_ERROR, 2_000 * MS),
    (kernel.SDT_OTHER_ERROR, 10_000 * MS),
    (kernel.EIT_ACTUAL_ERROR, 2_000 * MS),  # present
    (kernel.EIT_ACTUAL_ERROR, 2_000 * MS),  # following
    (kernel.EIT_OTHER_ERROR, 10_000 * MS),
    (kernel.TDT_ERROR, 30_000 * MS),
    (kernel.SI_REPETITION_ERROR, 30_000 * MS),  # TOT
)
"""Indicator and limit in the kernel's order. TS 101 211 4.4 has the limits of SI."""


@dataclass(frozen=True, slots=True)
class PcrMeasurement:
    """The PCRs of one PID since the start (TR 101 290 5.3.2). Nanoseconds are None while no nine PCRs have had one rate."""

    pid: int
    pcrs: int
    longest_interval_27m: int
    accuracy_ns: int | None
    """PCR_AC, the largest: how far a PCR is from the line through four before and four after it."""
    jitter_ns: int | None
    """From the earliest to the latest of them."""
    repetition_errors: int
    discontinuity_indicator_errors: int
    accuracy_errors: int
    clock_packets: int
    """Packets of the whole stream, and ticks, that its PCRs measure."""
    clock_27m: int
    over_100_ms: int
    jumps: int


@dataclass(frozen=True, slots=True)
class _Map:
    """What the tables refer to."""

    pmt_pids: dict[int, int]  # program_number -> program_map_PID
    pmts: dict[int, Pmt]
    network_pid: int | None = None
    ca_pids: frozenset[int] = frozenset()  # of the CAT

    @property
    def is_whole(self) -> bool:
        return bool(self.pmt_pids) and self.pmt_pids.keys() <= self.pmts.keys()

    def referenced(self) -> Iterator[int]:
        yield from self.ca_pids
        yield from self.pmt_pids.values()
        if self.network_pid is not None:
            yield self.network_pid
        for pmt in self.pmts.values():
            loops: list[Descriptors] = [pmt.program_info, *(stream.es_info for stream in pmt.streams)]
            yield from (ca.ca_pid for loop in loops for ca in find_all(loop, CaDescriptor))
            yield from (stream.elementary_pid for stream in pmt.streams)
        yield from self.pcr_pids()

    def pcr_pids(self) -> set[int]:
        return {pmt.pcr_pid for pmt in self.pmts.values() if pmt.pcr_pid != NO_PCR_PID}

    def timed(self) -> set[int]:
        streams = (stream for pmt in self.pmts.values() for stream in pmt.streams)
        return {s.elementary_pid for s in streams if s.stream_type in AUDIO_VIDEO} - set(self.pmt_pids.values())


class Monitor:
    """The machine: `feed` scanned blocks in order; its figures may be read at any time.

    Parameters
    ----------
    measures_buffers : bool    3.3, 3.9 and 3.10 too, which cost more than all others
    """

    def __init__(self, *, measures_buffers: bool = False) -> None:
        self._model: DecoderModel | None = None
        self._state, self._sections = kernel.new_state()
        self._map = _Map({}, {})
        self._sub_tables: dict[int, SubTables] = {}
        self._timers: dict[tuple[str, int], int] = {}  # what, PID -> timer
        self._slots: dict[int, int] = {}  # PID -> section slot
        self._with_roles: list[int] = []  # PIDs
        state = self._state
        for timer, (indicator, limit) in enumerate(_FIXED_TIMERS):
            self._set_timer(timer, indicator, limit, -1)
        state[kernel.N_TIMERS] = kernel.N_FIXED_TIMERS
        state[kernel.TIMER_STATE + kernel.PAT_TIMER] = kernel.RUNNING
        for pid in TABLE_PIDS:
            self._listen(pid, -1)
            state[kernel.ROLES + pid] = kernel.TABLE
        if measures_buffers:
            self.measure_buffers()

    # -- the stream

    def feed(
        self,
        packets: Octets,
        pids: NDArray[np.int32],
        flags: NDArray[np.uint8],
        payload_offsets: NDArray[np.uint8],
        pcrs: NDArray[np.int64],
    ) -> None:
        """Take N packets, an array of shape (N, 188), and what `scan_packets` wrote of them."""
        row = modelled = 0
        while row >= 0:
            row = kernel.measure(packets, row, pids, flags, payload_offsets, pcrs, self._state, self._sections)
            if row >= 0:
                if self._model is not None:  # what comes before a table goes by the one before
                    self._model.feed(packets, modelled, row, pids, flags, payload_offsets, pcrs)
                    modelled = row
                self._read(int(self._state[kernel.PENDING_SLOT]))
        if self._model is not None:
            self._model.feed(packets, modelled, packets.shape[0], pids, flags, payload_offsets, pcrs)

    def measure_buffers(self) -> None:
        """Measure 3.3, 3.9 and 3.10 from here on."""
        from yiwang.mpegts.t_std import DecoderModel

        if self._model is None:
            self._model = DecoderModel()
            self._model.set_map(self._map.pmt_pids, self._map.pmts)

    def lose_sync(self) -> None:
        """Take that the packets had no sync byte at their places: what comes next is somewhere later in the stream."""
        self._state[kernel.INDICATORS + kernel.TS_SYNC_LOSS] += 1
        self._state[kernel.INDICATORS + kernel.SYNC_BYTE_ERROR] += 2  # the two that lost it are not in any block
        self._state[kernel.GENERATION] += 1
        for slot in self._slots.values():
            self._state[kernel.SECTION_IS_OPEN + slot] = 0
        if self._model is not None:
            self._model.lose_sync()

    # -- figures

    def counts(self) -> list[int | None]:
        """How often each of INDICATORS has been seen; None: not measured, which only those of buffers may be."""
        counts: list[int | None] = self._state[kernel.INDICATORS :][: kernel.N_INDICATORS].tolist()
        totals = self._model.totals() if self._model is not None else (None, None, None)
        for place, total in zip(_OF_BUFFERS, totals, strict=True):
            counts[place] = total
        return counts

    def buffers(self) -> "tuple[BufferMeasurement, ...]":
        """What is known of the decoder's buffers, by programme and PID; nothing where they are not measured."""
        return tuple(self._model.measurements()) if self._model is not None else ()

    @property
    def packets(self) -> int:
        """Packets, also those that cannot be used."""
        return int(self._state[kernel.POSITION])

    @property
    def measured_27m(self) -> int:
        """For how much stream there has been a time."""
        return int(self._state[kernel.MEASURED_TICKS])

    @property
    def packet_counts(self) -> NDArray[np.int64]:
        """Packets by PID: ndarray of shape (8192,), int64."""
        return self._state[kernel.COUNTS : kernel.COUNTS + kernel.N_PIDS]

    @property
    def scrambled_counts(self) -> NDArray[np.int64]:
        """Scrambled packets by PID: ndarray of shape (8192,), int64."""
        return self._state[kernel.SCRAMBLED_COUNTS : kernel.SCRAMBLED_COUNTS + kernel.N_PIDS]

    def bit_rates(self) -> dict[int, int]:
        """Bit rate by PID in the last whole second of stream; 0 for a PID that has gone."""
        used = self._state[kernel.USED : kernel.USED + int(self._state[kernel.N_USED])]
        rates: list[int] = self._state[kernel.RATES + used].tolist()
        return dict(sorted(zip(used.tolist(), rates, strict=True)))

    def carried(self) -> dict[int, str]:
        """What the tables say is on each PID: a table, or the coding of a stream, by PID."""
        named = dict(_TABLES)
        named |= dict.fromkeys(self._map.ca_pids, "EMM") | dict.fromkeys(self._map.pmt_pids.values(), "PMT")
        pmts = self._map.pmts.values()
        return named | {stream.elementary_pid: coding_name(stream, pmt) for pmt in pmts for stream in pmt.streams}

    def unreferenced_pids(self) -> list[int]:
        """PIDs that have been counted as unreferenced, and still are."""
        marks = self._state[kernel.IS_UNREFERENCED : kernel.IS_UNREFERENCED + kernel.N_PIDS]
        pids: list[int] = np.flatnonzero(marks).tolist()
        return pids

    def pcrs(self) -> list[PcrMeasurement]:
        """What is known of each PID that has PCRs, by PID."""
        rows = self._state[kernel.PCRS :].reshape(-1, kernel.PCR_ROW)[: int(self._state[kernel.N_PCR_SLOTS])]
        return sorted((_pcr_measurement(row.tolist()) for row in rows), key=lambda m: m.pid)

    # -- tables

    def _read(self, slot: int) -> None:
        """Read the section that the kernel has stopped at."""
        end = int(self._state[kernel.SECTION_START + slot])
        octets = self._sections[slot, end - int(self._state[kernel.CHANGED_LENGTH]) : end].tobytes()
        pid = int(self._state[kernel.SECTION_PID + slot])
        try:
            whole = self._sub_tables[pid].add(parse_section(octets))
            if whole is not None:
                self._change_map(pid, whole)
        except WireError:
            return  # its CRC_32 is good, so it was sent like that: no indicator of the report

    def _change_map(self, pid: int, sections: tuple[Section, ...]) -> None:
        known, table_id = self._map, sections[0].table_id
        if table_id == pat_table.TABLE_ID:
            self._map = _with_pat(known, parse_pat(sections))
        elif table_id == cat_table.TABLE_ID:
            self._map = _with_cat(known, parse_cat(sections))
        elif table_id == pmt_table.TABLE_ID:
            pmt = parse_pmt(sections)
            if known.pmt_pids.get(pmt.program_number) != pid:
                return  # another programme on a shared PID, or one that is not in the PAT
            pmts = known.pmts | {pmt.program_number: pmt}
            self._map = _Map(known.pmt_pids, pmts, known.network_pid, known.ca_pids)
        self._apply_map()

    def _apply_map(self) -> None:
        state, new = self._state, self._map
        pmt_pids = {pid for pid in new.pmt_pids.values() if FIRST_FREE_PID <= pid <= LAST_FREE_PID}
        timed = {pid for pid in new.timed() if FIRST_FREE_PID <= pid <= LAST_FREE_PID}
        wanted = [("PMT", pid) for pid in sorted(pmt_pids)]
        wanted += [(what, pid) for pid in sorted(timed) for what in ("PID", "PTS")]
        self._keep_timers(wanted)
        for pid in self._slots.keys() - pmt_pids - set(TABLE_PIDS):
            slot = self._slots.pop(pid)
            state[[kernel.SECTION_PID + slot, kernel.SECTION_CRC + slot, kernel.SECTION_TIMER + slot]] = -1
        roles = state[kernel.ROLES : kernel.ROLES + kernel.N_PIDS]
        referenced = [pid & 0x1FFF for pid in new.referenced()]
        roles[self._with_roles] = 0  # not all 8192, in each of a hundred channels that begin at once
        roles[referenced] |= kernel.REFERENCED
        roles[list(new.pcr_pids())] |= kernel.PCR_PID
        for pid in timed:
            if ("PTS", pid) in self._timers:
                roles[pid] |= kernel.TIMED
                state[kernel.PTS_TIMERS + pid] = self._timers["PTS", pid]
        for pid in sorted(pmt_pids):
            if ("PMT", pid) in self._timers:
                self._listen(pid, self._timers["PMT", pid])
        roles[list(self._slots)] |= kernel.TABLE
        marks = state[kernel.IS_UNREFERENCED : kernel.IS_UNREFERENCED + kernel.N_PIDS]
        marks[referenced] = 0
        self._with_roles = list({*referenced, *timed, *self._slots, *new.pcr_pids()})
        state[kernel.IS_MAP_WHOLE] = new.is_whole
        state[kernel.IS_MAP_NEW] = 1
        if self._model is not None:
            self._model.set_map(new.pmt_pids, new.pmts)

    def _listen(self, pid: int, timer: int) -> None:
        free = min(set(range(kernel.MAX_SECTION_SLOTS)) - set(self._slots.values()), default=None)
        if pid not in self._slots and free is not None:
            if free >= self._sections.shape[0]:
                self._sections = np.concatenate((self._sections, np.zeros_like(self._sections)))
            self._slots[pid] = free
            self._sub_tables[pid] = SubTables(256)
            self._state[kernel.SECTION_IS_OPEN + free] = 0
        if pid in self._slots:
            slot = self._slots[pid]
            self._state[kernel.SECTION_PID + slot] = pid
            self._state[kernel.SECTION_TIMER + slot] = timer
            self._state[kernel.SECTION_SLOTS + pid] = slot

    # -- timers

    def _set_timer(self, timer: int, indicator: int, limit: int, pid: int) -> None:
        state = self._state
        state[kernel.TIMER_INDICATOR + timer] = indicator
        state[kernel.TIMER_LIMIT + timer] = limit
        state[kernel.TIMER_PID + timer] = pid
        state[kernel.TIMER_STATE + timer] = kernel.STOPPED
        state[kernel.TIMER_FIRST_POSITION + timer] = -1

    def _keep_timers(self, wanted: Iterable[tuple[str, int]]) -> None:
        """Stop what is no longer wanted, start what is new; at most MAX_TIMERS run, so a monstrous PAT costs no more."""
        keys = list(wanted)
        state = self._state
        for key in self._timers.keys() - set(keys):
            state[kernel.TIMER_STATE + self._timers.pop(key)] = kernel.STOPPED
        free = iter(sorted(set(range(kernel.N_FIXED_TIMERS, kernel.MAX_TIMERS)) - set(self._timers.values())))
        for what, pid in keys:
            if (what, pid) in self._timers:
                continue
            timer = next(free, None)
            if timer is None:
                break
            self._timers[what, pid] = timer
            indicator, limit = _LIMITS[what]
            self._set_timer(timer, indicator, limit, pid if what == "PID" else -1)
            if what == "PTS":
                continue  # from its first PTS on
            state[kernel.TIMER_STATE + timer] = kernel.STARTING
            state[[kernel.TIMER_FIRST_POSITION + timer, kernel.TIMER_LAST_POSITION + timer]] = state[kernel.POSITION]
            state[kernel.TIMER_COUNT + timer] = state[kernel.COUNTS + pid]
        state[kernel.N_TIMERS] = max(self._timers.values(), default=kernel.N_FIXED_TIMERS - 1) + 1


_LIMITS = {
    "PMT": (kernel.PMT_ERROR_2, PSI_LIMIT),
    "PID": (kernel.PID_ERROR, PID_LIMIT),
    "PTS": (kernel.PTS_ERROR, PTS_LIMIT),
}


def _with_pat(known: _Map, pat: Pat) -> _Map:
    pids = {p.program_number: p.program_map_pid for p in pat.programs if p.program_number != NETWORK_PROGRAM_NUMBER}
    kept = {number: pmt for number, pmt in known.pmts.items() if pids.get(number) == known.pmt_pids.get(number)}
    return _Map(pids, kept, pat.network_pid, known.ca_pids)


def _with_cat(known: _Map, cat: Cat) -> _Map:
    ca_pids = frozenset(ca.ca_pid for ca in find_all(cat.descriptors, CaDescriptor))
    return _Map(known.pmt_pids, known.pmts, known.network_pid, ca_pids)


def _pcr_measurement(row: list[int]) -> PcrMeasurement:
    is_known = row[kernel.N_ACCURACIES] > 0
    lowest, highest = row[kernel.LOWEST_NS], row[kernel.HIGHEST_NS]
    return PcrMeasurement(
        pid=row[kernel.SLOT_PID],
        pcrs=row[kernel.N_PCRS],
        longest_interval_27m=row[kernel.LONGEST_INTERVAL],
        accuracy_ns=max(-lowest, highest) if is_known else None,
        jitter_ns=highest - lowest if is_known else None,
        repetition_errors=row[kernel.REPETITION_ERRORS],
        discontinuity_indicator_errors=row[kernel.DISCONTINUITY_ERRORS],
        accuracy_errors=row[kernel.ACCURACY_ERRORS],
        clock_packets=row[kernel.CLOCK_PACKETS],
        clock_27m=row[kernel.CLOCK_TICKS],
        over_100_ms=row[kernel.OVER_100_MS],
        jumps=row[kernel.JUMPS],
    )
