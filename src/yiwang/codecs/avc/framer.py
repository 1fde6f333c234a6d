"""H.264 byte stream in, access units out.

Order of thought: octets are kept from the first NAL unit of the open access unit on. A kernel indexes the NAL units of
what is new; a second one finds the borders; a third copies an access unit out, each NAL unit after its length. Python runs
per access unit and per parameter set.

After a loss the access unit it touches is dropped, and so are those that follow without a time stamp of their own: how
much was lost is not known, so neither is when they are shown.
"""

import numpy as np

from yiwang.base.elementary import AccessUnit, CodecConfig, Octets
from yiwang.base.errors import WireError
from yiwang.codecs.avc.parameter_sets import MAX_OCTETS, ParameterSets
from yiwang.codecs.framer import NO_TIMES, MarkedStream
from yiwang.kernels import avc_access_unit as kernel
from yiwang.kernels.avc_length_prefix import length_prefix
from yiwang.kernels.avc_nal_index import END, N_COLUMNS, OPEN, PREFIX, START, close_nal_unit, index_nal_units
from yiwang.kernels.avc_slice_header import HEADER_OCTETS

MAX_ACCESS_UNIT_OCTETS = 16 << 20
"""No level's compressed picture comes near; it bounds memory when no border comes."""
FIRST_CAPACITY = 1 << 16
SLACK = HEADER_OCTETS + PREFIX + 1
"""A border lies at most so far before the octets that tell it."""
SLICES = frozenset((1, 2, 5))
BEGINNERS = frozenset((1, 2, 5, 6, 7, 8, 9, 14, 15, 16, 17, 18))
"""nal_unit_type of the first NAL unit of an access unit (7.4.1.2.3)."""
NO_SAP, SAP_IDR, SAP_OPEN_GOP, SAP_GRADUAL_REFRESH = 0, 1, 3, 4


class AvcFramer(MarkedStream):
    """The machine: see `yiwang.codecs.framer.Framer`.

    Parameters
    ----------
    max_octets : int    longest access unit that is passed on
    """

    def __init__(self, max_octets: int = MAX_ACCESS_UNIT_OCTETS) -> None:
        super().__init__()
        self._max_octets = max_octets
        self._octets: Octets = np.empty(FIRST_CAPACITY, np.uint8)
        self._origin = 0  # position in the elementary stream of _octets[0]
        self._filled = 0  # octets in the buffer
        self._indexed = 0  # where the search for start codes goes on
        self._rows = np.empty((64, N_COLUMNS), np.int64)
        self._n_rows = 0
        self._row = 0  # first row the delimiter has not passed
        self._delimiter = kernel.DelimiterState()
        self._state = self._delimiter.state
        self._state[kernel.MAX_OCTETS] = max_octets
        self._sets = ParameterSets(self._delimiter.table)
        # of the open access unit
        self._times: tuple[int, int] | None = None  # None: not asked for yet
        self._spoiled = ""  # the fault for which it will be dropped
        self._next_spoiled = ""  # the same of the one after a pending border
        self._before_change: tuple[int, CodecConfig | None] | None = None  # see _add_parameter_set
        # of the stream
        self._after_loss = False
        self._check_head = True  # the open access unit's first slices may be lost
        self._need_times = False
        self._passed_on = False
        self._has_sap = False
        self._sps_before_non_intra = False

    # -- what MarkedStream asks for

    def _take(self, octets: Octets, units: list[AccessUnit]) -> None:
        self._append(octets)
        self._index()
        self._delimit(units, final=False)
        self._bound(units)
        if self._octets.shape[0] > FIRST_CAPACITY:
            self._compact(0)  # while the next block gathers, other streams have use for the room

    def _lose(self, units: list[AccessUnit]) -> None:
        """Drop the open access unit; its last slice header still tells where the next one begins."""
        if self._row < self._n_rows:  # a NAL unit cut short: of use only when it is a slice
            if self._nal_unit_type(self._row) in SLICES:
                close_nal_unit(self._octets, self._filled, self._rows, self._n_rows)
                self._delimit(units, final=False)
            else:
                self._n_rows -= 1
        if self._state[kernel.PICTURES]:
            self._spoil("damaged_access_unit")
            if self._state[kernel.PENDING] >= 0:
                self._take_times(int(self._state[kernel.PENDING]))
                self._next_spoiled = "damaged_access_unit"
                self._state[kernel.PENDING] = 0
        elif self._n_rows:
            self._fault("damaged_access_unit")
        self._state[kernel.RESYNC] = 1
        self._after_loss = self._check_head = self._need_times = True
        self._reset()

    def _end(self, units: list[AccessUnit]) -> None:
        if self._n_rows and self._rows[self._n_rows - 1, END] == OPEN:
            close_nal_unit(self._octets, self._filled, self._rows, self._n_rows)
        self._delimit(units, final=True)
        if self._state[kernel.PICTURES]:
            kernel.end_unit(self._state)
            self._emit(self._n_rows, self._filled, NO_TIMES, units)
        self._reset()

    def _reset(self) -> None:
        """Let go of all NAL units, and join nothing that comes to what is here."""
        self._n_rows = self._row = 0
        self._indexed = self._filled
        if not self._state[kernel.PICTURES]:
            self._state[kernel.COMING] = 0
            self._times = None

    # -- the buffer

    def _append(self, octets: Octets) -> None:
        n = octets.shape[0]
        if self._filled + n > self._octets.shape[0]:
            self._compact(n)
        self._octets[self._filled : self._filled + n] = octets
        self._filled += n

    def _compact(self, wanted: int) -> None:
        """Move what is kept to the front of a buffer half as large again as needed; of one far larger, let go."""
        keep = int(self._rows[0, START]) if self._n_rows else min(self._indexed, self._filled)
        held = self._filled - keep
        needed = max(FIRST_CAPACITY, (held + wanted) * 3 // 2)
        fits = needed <= self._octets.shape[0] <= 2 * needed
        target = self._octets if fits else np.empty(needed, np.uint8)
        target[:held] = self._octets[keep : self._filled].copy()
        self._octets = target
        self._origin += keep
        self._filled = held
        self._indexed -= keep
        rows = self._rows[: self._n_rows]
        rows[rows != OPEN] -= keep

    def _index(self) -> None:
        while True:
            self._n_rows, self._indexed = index_nal_units(
                self._octets, self._indexed, self._filled, self._rows, self._n_rows
            )
            if self._indexed >= self._filled - PREFIX:
                return
            self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))

    def _drop_rows(self, n: int) -> None:
        """Forget the first ``n`` NAL units."""
        kept = self._n_rows - n
        self._rows[:kept] = self._rows[n : self._n_rows].copy()
        self._n_rows = kept
        self._row -= n
        if self._state[kernel.PENDING] >= 0:
            self._state[kernel.PENDING] -= n

    def _nal_unit_type(self, row: int) -> int:
        return int(self._octets[self._rows[row, START] + PREFIX]) & 31

    # -- access units

    def _delimit(self, units: list[AccessUnit], *, final: bool) -> None:
        """Let the kernel go on, and act where it stops."""
        delimiter, state = self._delimiter, self._state
        while self._row < self._n_rows:
            reason, self._row, at = kernel.delimit_access_units(
                self._octets, self._filled, self._rows, self._row, self._n_rows, final,
                delimiter.table, state, delimiter.headers, delimiter.rbsp, delimiter.cursor,
            )  # fmt: skip
            if reason == kernel.BORDER:
                self._border(at, units)
            elif reason == kernel.PARAMETER_SET:
                self._add_parameter_set(at)
            elif reason == kernel.END_OF_SEQUENCE:
                if state[kernel.DONE_PICTURES]:
                    self._emit(at, int(self._rows[at, START]), NO_TIMES, units)
                self._times = None
                self._drop_rows(at + 1)
            else:
                return

    def _border(self, row: int, units: list[AccessUnit]) -> None:
        """End the open access unit before ``row``."""
        if not self._spoiled:
            self._own_times()
        times = NO_TIMES if self._next_spoiled else self._take_times(row)
        self._emit(row, int(self._rows[row, START]), times, units)
        self._times = times
        self._drop_rows(row)

    def _take_times(self, row: int) -> tuple[int, int]:
        return self._pes_times.take(self._origin + int(self._rows[row, START]))

    def _own_times(self) -> tuple[int, int]:
        """Time stamps of the open access unit, which begins with the first NAL unit that can begin one."""
        if self._times is None:
            first = 0
            while first < self._n_rows - 1 and self._nal_unit_type(first) not in BEGINNERS:
                first += 1
            self._times = self._take_times(first)
        return self._times

    def _spoil(self, fault: str) -> None:
        """Drop the open access unit when its end comes."""
        if self._n_rows:
            self._own_times()
        self._spoiled = self._spoiled or fault

    def _bound(self, units: list[AccessUnit]) -> None:
        """Let go of what is longer than an access unit may be, and of time stamps nothing can ask for."""
        if not self._n_rows:
            self._pes_times.forget(self._origin + min(self._indexed, self._filled))
            return
        pending = int(self._state[kernel.PENDING])
        if pending >= 0 and self._filled - self._rows[pending, START] > self._max_octets + SLACK:
            # fields do not pair over such a distance, see the kernel
            kernel.end_unit(self._state)
            self._state[kernel.PENDING] = -1
            self._border(pending, units)
            pending = -1
        own_end = self._rows[pending, START] if pending >= 0 else self._filled - SLACK
        if own_end - self._rows[0, START] > self._max_octets:
            self._spoil("oversized_access_unit")
            waiting = self._row < self._n_rows and self._filled - self._rows[self._row, START] <= self._max_octets
            self._drop_rows(pending if pending >= 0 else self._row if waiting else self._n_rows)
            self._row = min(self._row, self._n_rows)

    def _add_parameter_set(self, row: int) -> None:
        """Take a parameter set in force.

        While a border is pending the set may be of the next access unit: what the open one had before is kept until the
        border is known.
        """
        start, end = int(self._rows[row, START]), int(self._rows[row, END])
        if end - start > MAX_OCTETS:
            return
        nal_unit = self._octets[start + PREFIX : end].tobytes()
        if self._sets.is_repetition(nal_unit):
            return
        if self._state[kernel.PICTURES] and self._before_change is None:
            self._before_change = (self._origin + start, self._sets.config(int(self._state[kernel.UNIT_PPS])))
        try:
            self._sets.add(nal_unit)
        except WireError as error:
            self._fault("parameter_set_error", str(error))

    def _emit(self, n_rows: int, end: int, next_times: tuple[int, int], units: list[AccessUnit]) -> None:
        """Pass on the access unit of the first ``n_rows`` NAL units, which ends at offset ``end``."""
        state = self._state
        flags = int(state[kernel.DONE])
        sap_type = self._sap_type(flags)
        times = NO_TIMES if self._spoiled else self._own_times()
        config = self._config_of(int(state[kernel.DONE_PPS]), n_rows)
        octets = end - int(self._rows[0, START])
        if octets > self._max_octets:
            self._spoil("oversized_access_unit")
        fault = self._spoiled or self._objection(flags, config, times)
        self._spoiled, self._next_spoiled = self._next_spoiled, ""
        self._times = None
        if fault or config is None:
            self._fault(fault)
            self._after_loss |= self._passed_on
            return
        scratch = np.empty(octets + n_rows, np.uint8)  # not kept: a key picture's is large
        n = length_prefix(self._octets, self._rows, 0, n_rows, scratch)
        pts_90k, dts_90k = times
        next_dts_90k = next_times[1] if next_times[1] >= 0 else next_times[0]
        data = scratch[:n].tobytes()
        units.append(AccessUnit(data, pts_90k, dts_90k, sap_type, config, self._after_loss, next_dts_90k))
        self._after_loss = self._need_times = False
        self._passed_on = True

    def _config_of(self, pps_id: int, n_rows: int) -> CodecConfig | None:
        if self._before_change is not None:
            position, config = self._before_change
            self._before_change = None
            if n_rows < self._n_rows and position >= self._origin + self._rows[n_rows, START]:
                return config
        return self._sets.config(pps_id)

    def _objection(self, flags: int, config: CodecConfig | None, times: tuple[int, int]) -> str:
        """Return the fault for which an access unit is dropped, '' for none."""
        check_head, self._check_head = self._check_head, False
        if flags & kernel.BAD:
            self._check_head = True
            return "damaged_access_unit"
        if flags & kernel.NO_PARAMETER_SETS or config is None:
            return "no_parameter_sets"
        if check_head:
            is_lone_field = flags & kernel.FIELD and self._state[kernel.DONE_PICTURES] == 1
            if self._state[kernel.DONE_FIRST_MB] or is_lone_field:
                return "damaged_access_unit"
        if self._need_times and times == NO_TIMES:
            return "untimed_access_unit"
        return ""

    def _sap_type(self, flags: int) -> int:
        """Stream access point type (ISO/IEC 14496-12 Annex I).

        An intra picture without recovery point SEI counts in a stream that has never sent better, and where an SPS comes
        with it while others come without: so encoders mark the begin of an open GOP.
        """
        intra = flags & kernel.INTRA
        sps_marks_intra = flags & kernel.HAS_SPS and not self._sps_before_non_intra
        self._sps_before_non_intra = bool(flags & kernel.HAS_SPS) and not intra
        if flags & (kernel.IDR | kernel.RECOVERY):
            self._has_sap = True
            if flags & kernel.IDR:
                return SAP_IDR
            return SAP_OPEN_GOP if intra else SAP_GRADUAL_REFRESH
        if intra and (sps_marks_intra or not self._has_sap):
            return SAP_OPEN_GOP
        return NO_SAP
