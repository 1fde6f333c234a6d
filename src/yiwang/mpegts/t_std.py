"""Measurement of a decoder's buffers: ETSI TR 101 290 3.3, 3.9 and 3.10 by the model of ISO/IEC 13818-1 2.4.2 (ADR 46).

Each programme is decoded by its own PCRs: packets enter the buffers of their stream when they come, and leave them at the
standard's rates and at the decoding times that the stream says. What begins anew, a clock or a stream after a loss, begins with
empty buffers. A stream whose buffers are not defined is not measured, and the report says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.kernels import t_std as kernel
from yiwang.mpegts import pat as pat_table
from yiwang.mpegts.buffer_sizes import (
    STILL_PICTURE_S,
    SYSTEM,
    TB_OCTETS,
    Buffers,
    Reader,
    UndefinedError,
    may_be_still,
    reader_of,
)
from yiwang.mpegts.pmt import NO_PCR_PID, Pmt
from yiwang.mpegts.stream_coding import plain_type

SYSTEM_PIDS = (pat_table.PID, 0x0001, 0x0002, 0x0003)
"""PAT, CAT, TSDT, IPMP: with the PMT they go to TBsys of every programme, other tables do not (2.4.2.3)."""
_KINDS = {"main": kernel.MAIN, "vbv_delay": kernel.MAIN, "leak": kernel.LEAK, "system": kernel.SYSTEM}

NO_CLOCK = "its programme has no PCR"
NO_SIZES = "no buffers are defined for its stream type"
NO_PARAMETERS = "what its buffers depend on has not come"
NO_ROOM = "too many streams are measured already"
NO_TIME = "there is no time: no two PCRs of its programme at most 0.5 s apart, or nothing came between them"


@dataclass(frozen=True, slots=True)
class BufferMeasurement:
    """The buffers of one stream, or those for the tables of a programme, since the start. Octets; None: not measured."""

    program_number: int
    pid: int  # of the PMT for the tables
    not_measured: str | None
    """Why there is nothing else."""
    buffers: Buffers | None = None
    packets: int = 0
    units: int = 0
    tb_peak: int = 0
    mb_peak: int = 0
    b_peak: int = 0
    tb_overflows: int = 0
    mb_overflows: int = 0
    b_overflows: int = 0
    underflows: int = 0
    empty_errors: int = 0
    delay_errors: int = 0
    longest_delay_27m: int = 0


Types = tuple[int, int, int, bool]
"""Of a stream: plain type, stream_type, PCR_PID, whether it may have still pictures. The first is -1 for tables."""
Totals = tuple[int | None, int | None, int | None]
"""Of Buffer_error, Empty_buffer_error, Data_delay_error; None: nothing that it is about has been measured."""


@dataclass(slots=True)
class _Stream:
    slot: int  # -1: none
    reader: Reader | None
    buffers: Buffers | None
    reason: str
    may_be_still: bool = False


class DecoderModel:
    """The machine: `feed` what has been scanned, `set_map` between the packets where it changes."""

    def __init__(self) -> None:
        self._state, self._heads = kernel.new_state()
        self._programs: dict[int, int] = {}  # program_number -> its place
        self._streams: dict[tuple[int, int], _Stream] = {}  # program_number and PID
        self._types: dict[tuple[int, int], Types] = {}
        self._gone = np.zeros(kernel.LONGEST_DELAY - kernel.FIRST_FOUND + 1, np.int64)

    # -- the stream

    def feed(
        self,
        packets: Octets,
        begin: int,
        end: int,
        pids: NDArray[np.int32],
        flags: NDArray[np.uint8],
        payload_offsets: NDArray[np.uint8],
        pcrs: NDArray[np.int64],
    ) -> None:
        """Take the rows ``begin`` to ``end`` of an array of packets and what `scan_packets` wrote of them."""
        row = begin
        while row >= 0:
            row = kernel.model(packets, row, end, pids, flags, payload_offsets, pcrs, self._state, self._heads)
            if row >= 0:
                self._read_head(int(self._state[kernel.HEAD_SLOT]))

    def lose_sync(self) -> None:
        """Take that packets are missing: their places tell no time."""
        rows = self._rows(kernel.PROGRAMS, kernel.PROGRAM_ROW, len(self._programs))
        rows[:, kernel.HAS_TIME] = 0

    def set_map(self, pmt_pids: Mapping[int, int], pmts: Mapping[int, Pmt]) -> None:
        """Take what the tables say from here on."""
        state = self._state
        roles = state[kernel.ROLES : kernel.ROLES + kernel.N_PIDS]
        roles[roles != 0] = 0
        wanted: dict[tuple[int, int], Types] = {}
        for number, pmt in pmts.items():
            wanted[number, pmt_pids[number]] = (-1, -1, pmt.pcr_pid, False)
            for stream in pmt.streams:
                types = plain_type(stream), stream.stream_type, pmt.pcr_pid, may_be_still(stream.es_info)
                wanted.setdefault((number, stream.elementary_pid), types)
        changed = [key for key, types in self._types.items() if wanted.get(key) != types]
        for key in changed:
            self._forget(key)
        self._place_programs(pmt_pids, pmts)
        for key, types in wanted.items():
            if key not in self._streams:
                self._types[key] = types
                self._streams[key] = self._new_stream(key, types, pmts[key[0]])
        for (number, pid), one in self._streams.items():
            if one.slot < 0:
                continue
            if self._types[number, pid][0] < 0:
                roles[[pid, *SYSTEM_PIDS]] |= kernel.SYSTEM_TABLE
                state[self._program_row(number) + kernel.SYSTEM_SLOT] = one.slot
            else:
                roles[pid] |= kernel.ES
                state[kernel.ES_SLOTS + pid] = one.slot
        for number in self._programs:
            roles[state[self._program_row(number) + kernel.PCR_PID]] |= kernel.CLOCK

    def _place_programs(self, pmt_pids: Mapping[int, int], pmts: Mapping[int, Pmt]) -> None:
        """Give each programme with a clock its place; one whose clock has changed begins anew."""
        state = self._state
        clocked = {number: pmt for number, pmt in pmts.items() if pmt.pcr_pid != NO_PCR_PID}
        for number in self._programs.keys() - clocked.keys():
            row = self._program_row(number)
            state[row : row + kernel.PROGRAM_ROW] = 0
            state[[row + kernel.PCR_PID, row + kernel.PMT_PID]] = -1
            del self._programs[number]
        for number, pmt in clocked.items():
            if number not in self._programs:
                free = min(set(range(kernel.MAX_PROGRAMS)) - set(self._programs.values()), default=None)
                if free is None:
                    break
                self._programs[number] = free
            row = self._program_row(number)
            if state[row + kernel.PCR_PID] != pmt.pcr_pid:
                state[row : row + kernel.PROGRAM_ROW] = 0
            state[row + kernel.PCR_PID], state[row + kernel.PMT_PID] = pmt.pcr_pid, pmt_pids[number]
        state[kernel.N_PROGRAMS] = max(self._programs.values(), default=-1) + 1

    def _new_stream(self, key: tuple[int, int], types: Types, pmt: Pmt) -> _Stream:
        number, pid = key
        reader = Reader(kernel.PES, SYSTEM) if types[0] < 0 else reader_of(*types[:2])
        if reader is None:
            return _Stream(-1, None, None, NO_SIZES)
        if number not in self._programs:
            return _Stream(-1, reader, None, NO_CLOCK if pmt.pcr_pid == NO_PCR_PID else NO_ROOM)
        used = {one.slot for one in self._streams.values()}
        free = min(set(range(kernel.MAX_STREAMS)) - used, default=-1)
        other = any(one.slot >= 0 for (_, at), one in self._streams.items() if at == pid and types[0] >= 0)
        if free < 0 or other:
            return _Stream(-1, reader, None, "it is measured in another programme" if other else NO_ROOM)
        row = self._stream_row(free)
        self._state[row : row + kernel.STREAM_ROW] = 0
        self._state[row + kernel.PID], self._state[row + kernel.PROGRAM] = pid, self._programs[number]
        self._state[row + kernel.OPEN_OCTETS] = -1
        self._state[row + kernel.WALK] = reader.walk
        self._state[row + kernel.WANTS_HEAD] = reader.fixed is None
        self._state[kernel.N_STREAMS] = max(int(self._state[kernel.N_STREAMS]), free + 1)
        one = _Stream(free, reader, None, NO_PARAMETERS, types[3])
        if reader.fixed is not None:
            self._set_buffers(one, reader.fixed)
        return one

    def _set_buffers(self, one: _Stream, buffers: Buffers) -> None:
        row, state, bit = self._stream_row(one.slot), self._state, kernel.SECOND
        if one.may_be_still:
            buffers = replace(buffers, delay_s=STILL_PICTURE_S)
        one.buffers, one.reason = buffers, NO_TIME
        state[row + kernel.KIND] = _KINDS[buffers.method]
        state[row + kernel.RX], state[row + kernel.RBX] = buffers.rx_bps, buffers.rbx_bps
        state[row + kernel.MB_SIZE], state[row + kernel.B_SIZE] = buffers.mb_bits * bit, buffers.b_bits * bit
        state[row + kernel.DELAY_LIMIT] = buffers.delay_s * kernel.SECOND
        state[row + kernel.LOW_DELAY] = buffers.low_delay
        state[row + kernel.WANTS_HEAD] = 0

    def _read_head(self, slot: int) -> None:
        """Read the first octets of an access unit that the kernel has stopped at."""
        one = next(one for one in self._streams.values() if one.slot == slot)
        row = self._stream_row(slot)
        head = self._heads[slot, : int(self._state[row + kernel.HEAD_FILL])].tobytes()
        assert one.reader is not None
        try:
            buffers = one.reader.of(head)
        except UndefinedError as error:
            one.reason = str(error)
            self._state[row + kernel.WANTS_HEAD] = 0
            return
        if buffers is not None:
            self._set_buffers(one, buffers)

    def _forget(self, key: tuple[int, int]) -> None:
        one = self._streams.pop(key)
        del self._types[key]
        if one.slot >= 0:
            row = self._stream_row(one.slot)
            self._gone += self._state[row + kernel.FIRST_FOUND : row + kernel.LONGEST_DELAY + 1]
            self._state[row : row + kernel.STREAM_ROW] = 0
            self._state[row + kernel.PROGRAM] = -1

    # -- figures

    def totals(self) -> Totals:
        """How often each of the three indicators has been seen."""
        rows = self._rows(kernel.STREAMS, kernel.STREAM_ROW, int(self._state[kernel.N_STREAMS]))
        found = rows[:, kernel.FIRST_FOUND : kernel.LONGEST_DELAY + 1].sum(axis=0) + self._gone
        n: list[int] = found.tolist()

        def of(*fields: int) -> int:
            return sum(n[field - kernel.FIRST_FOUND] for field in fields)

        has_packets, has_units = of(kernel.N_PACKETS) > 0, of(kernel.N_UNITS) > 0
        buffer = of(kernel.TB_OVERFLOWS, kernel.MB_OVERFLOWS, kernel.B_OVERFLOWS, kernel.UNDERFLOWS)
        return (
            buffer if has_packets else None,
            of(kernel.EMPTY_ERRORS) if has_packets else None,
            of(kernel.DELAY_ERRORS) if has_units else None,
        )

    def measurements(self) -> Iterable[BufferMeasurement]:
        """Yield what is known of each stream, by programme and PID."""
        for (number, pid), one in sorted(self._streams.items()):
            if one.buffers is None:
                yield BufferMeasurement(number, pid, one.reason)
                continue
            row = self._stream_row(one.slot)
            found: list[int] = self._state[row : row + kernel.LONGEST_DELAY + 1].tolist()
            if not found[kernel.N_PACKETS]:
                yield BufferMeasurement(number, pid, one.reason)
                continue
            yield BufferMeasurement(
                program_number=number,
                pid=pid,
                not_measured=None,
                buffers=one.buffers,
                packets=found[kernel.N_PACKETS],
                units=found[kernel.N_UNITS],
                tb_peak=_octets(found[kernel.TB_PEAK]),
                mb_peak=_octets(found[kernel.MB_PEAK]),
                b_peak=_octets(found[kernel.B_PEAK]),
                tb_overflows=found[kernel.TB_OVERFLOWS],
                mb_overflows=found[kernel.MB_OVERFLOWS],
                b_overflows=found[kernel.B_OVERFLOWS],
                underflows=found[kernel.UNDERFLOWS],
                empty_errors=found[kernel.EMPTY_ERRORS],
                delay_errors=found[kernel.DELAY_ERRORS],
                longest_delay_27m=found[kernel.LONGEST_DELAY],
            )

    def _rows(self, at: int, row: int, n: int) -> NDArray[np.int64]:
        return self._state[at : at + n * row].reshape(n, row)

    def _program_row(self, number: int) -> int:
        return kernel.PROGRAMS + self._programs[number] * kernel.PROGRAM_ROW

    @staticmethod
    def _stream_row(slot: int) -> int:
        return kernel.STREAMS + slot * kernel.STREAM_ROW


def _octets(fill: int) -> int:
    return -(-fill // kernel.OCTET)


assert kernel.TB_SIZE == TB_OCTETS * kernel.OCTET
