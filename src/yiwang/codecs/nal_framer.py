"""A byte stream of NAL units in, access units out: what H.264 and HEVC have in common.

Order of thought: octets are kept from the first NAL unit of the open access unit on. A kernel indexes the NAL units of
what is new; a second one, the codec's, finds the borders; a third copies an access unit out, each NAL unit after its length.
Python runs per access unit and per parameter set.

After a loss the access unit it touches is dropped, and so are those that follow without a time stamp of their own: how
much was lost is not known, so neither is when they are shown.
"""

from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import AccessUnit, CodecConfig, Octets
from yiwang.base.errors import WireError
from yiwang.codecs.framer import NO_TIMES, MarkedStream
from yiwang.kernels import access_unit_state as kernel
from yiwang.kernels.nal_index import END, N_COLUMNS, OPEN, PREFIX, START, close_nal_unit, index_nal_units
from yiwang.kernels.nal_length_prefix import length_prefix

MAX_ACCESS_UNIT_OCTETS = 16 << 20
"""No level's compressed picture comes near; it bounds memory when no border comes."""
MAX_PARAMETER_SET_OCTETS = 65_535
"""The avcC and hvcC records have 16 bits for a parameter set's length."""
FIRST_CAPACITY = 1 << 16
NO_SAP, SAP_CLOSED_GOP, SAP_LEADING_DECODABLE, SAP_OPEN_GOP, SAP_GRADUAL_REFRESH = 0, 1, 2, 3, 4
"""Stream access point types (ISO/IEC 14496-12 Annex I)."""


class RefersToSps(Protocol):
    """A picture parameter set."""

    @property
    def seq_parameter_set_id(self) -> int:
        """The sequence parameter set it was written for."""


S = TypeVar("S")
P = TypeVar("P", bound=RefersToSps)


class ParameterSetStore(Generic[S, P]):
    """The sequence (S) and picture (P) parameter sets a stream has sent so far, by id."""

    def __init__(self) -> None:
        self._sps: dict[int, tuple[bytes, S]] = {}
        self._pps: dict[int, tuple[bytes, P]] = {}
        self._seen: set[bytes] = set()  # NAL units in force: most are repetitions
        self._configs: dict[int, CodecConfig] = {}  # by seq_parameter_set_id
        self._last: CodecConfig | None = None

    def is_repetition(self, nal_unit: bytes) -> bool:
        """Tell whether this NAL unit changes nothing."""
        return nal_unit in self._seen

    def add(self, nal_unit: bytes) -> None:
        """Take a parameter set in force; WireError when it cannot be read, and then nothing has changed."""
        raise NotImplementedError

    def config(self, pps_id: int) -> CodecConfig | None:
        """Return what follows for a picture that refers to ``pps_id``; None while a set it needs is missing.

        Equal configurations are the same object while they last.
        """
        entry = self._pps.get(pps_id)
        if entry is None:
            return None
        sps_id = entry[1].seq_parameter_set_id
        config = self._configs.get(sps_id)
        if config is None:
            if not self._has_all(sps_id):
                return None
            config = self._config(sps_id)
            if config == self._last:
                config = self._last
            self._configs[sps_id] = config
        self._last = config
        return config

    def _has_all(self, sps_id: int) -> bool:
        """Tell whether an SPS is there, with all that it needs."""
        return sps_id in self._sps

    def _config(self, sps_id: int) -> CodecConfig:
        """Make the configuration that follows from an SPS which is there."""
        raise NotImplementedError

    def _replace_sps(self, number: int, nal_unit: bytes, sps: S) -> None:
        """Take an SPS; one that has changed takes its PPSs with it, as they were written for another picture."""
        if number in self._sps:
            for pps_id in [k for k, (_, pps) in self._pps.items() if pps.seq_parameter_set_id == number]:
                del self._pps[pps_id]
        self._sps[number] = (nal_unit, sps)

    def _have_changed(self, *others: bytes) -> None:
        """Forget what followed from the sets before; ``others``: NAL units in force that are neither SPS nor PPS."""
        self._seen = {octets for octets, _ in (*self._sps.values(), *self._pps.values())} | set(others)
        self._configs.clear()


class NalFramer(MarkedStream):
    """The machine: see `yiwang.codecs.framer.Framer`. A codec says what its NAL units are.

    Parameters
    ----------
    state : ndarray of shape (N_STATE,), int64    of its kernel, see `yiwang.kernels.access_unit_state`
    sets : ParameterSetStore
    kept, second_octet_mask :                     what a sample carries, see `length_prefix`
    head_octets : int                             a border lies at most so far before the octets that tell it
    max_octets : int                              longest access unit that is passed on
    """

    _end_belongs = False
    """Whether an end-of-sequence NAL unit is kept with the access unit it ends."""

    def __init__(
        self,
        state: NDArray[np.int64],
        sets: ParameterSetStore[Any, Any],
        kept: NDArray[np.bool_],
        second_octet_mask: int,
        head_octets: int,
        max_octets: int,
    ) -> None:
        super().__init__()
        self._max_octets = max_octets
        self._slack = head_octets + PREFIX + 1
        self._kept = kept
        self._second_octet_mask = second_octet_mask
        self._octets: Octets = np.empty(FIRST_CAPACITY, np.uint8)
        self._origin = 0  # position in the elementary stream of _octets[0]
        self._filled = 0  # octets in the buffer
        self._indexed = 0  # where the search for start codes goes on
        self._rows = np.empty((64, N_COLUMNS), np.int64)
        self._n_rows = 0
        self._row = 0  # first row the kernel has not passed
        self._state = state
        self._state[kernel.MAX_OCTETS] = max_octets
        self._sets = sets
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

    # -- what a codec says

    def _run_kernel(self, final: bool) -> tuple[int, int, int]:
        """Read NAL units from ``_row`` on; (reason, row, at) as the codec's kernel says."""
        raise NotImplementedError

    def _is_slice(self, row: int) -> bool:
        """Tell whether what there is of a NAL unit is enough for the kernel to read it as a slice."""
        raise NotImplementedError

    def _can_begin(self, row: int) -> bool:
        """Tell whether a NAL unit can be the first of an access unit."""
        raise NotImplementedError

    def _objection(self, flags: int, config: CodecConfig | None, times: tuple[int, int]) -> str:
        """Return the fault for which an access unit is dropped, '' for none."""
        raise NotImplementedError

    def _sap_type(self, flags: int) -> int:
        """Return the stream access point type."""
        raise NotImplementedError

    def _configured(self, config: CodecConfig | None, n_rows: int) -> CodecConfig | None:
        """Add to the configuration what the access unit of the first ``n_rows`` NAL units says beside parameter sets."""
        return config

    def _dropped(self) -> None:
        """Note that a picture is missing."""

    def _withholds(self) -> bool:
        """Tell whether a whole access unit is not for the reader, as it cannot be decoded."""
        return False

    def _next_is_sure(self) -> bool:
        """Tell whether the access unit that follows will be passed on, if nothing happens to it."""
        return True

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
            if self._is_slice(self._row):
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
        self._dropped()
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

    # -- access units

    def _delimit(self, units: list[AccessUnit], *, final: bool) -> None:
        """Let the kernel go on, and act where it stops."""
        state = self._state
        while self._row < self._n_rows:
            reason, self._row, at = self._run_kernel(final)
            if reason == kernel.BORDER:
                self._border(at, units)
            elif reason == kernel.PARAMETER_SET:
                self._add_parameter_set(at)
            elif reason == kernel.END_OF_SEQUENCE:
                if state[kernel.DONE_PICTURES]:
                    n_rows = at + 1 if self._end_belongs else at
                    end = self._rows[at, END if self._end_belongs else START]
                    self._emit(n_rows, int(end), NO_TIMES, units)
                self._end_of_sequence()
                self._times = None
                self._drop_rows(at + 1)
            else:
                return

    def _end_of_sequence(self) -> None:
        """Note that what follows is another coded video sequence."""

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
            while first < self._n_rows - 1 and not self._can_begin(first):
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
        if pending >= 0 and self._filled - self._rows[pending, START] > self._max_octets + self._slack:
            # nothing goes on over such a distance, see the kernel
            kernel.end_unit(self._state)
            self._state[kernel.PENDING] = -1
            self._border(pending, units)
            pending = -1
        own_end = self._rows[pending, START] if pending >= 0 else self._filled - self._slack
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
        if end - start > MAX_PARAMETER_SET_OCTETS:
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
        octets = end - int(self._rows[0, START]) if n_rows else 0
        if octets > self._max_octets:
            self._spoil("oversized_access_unit")
        fault = self._spoiled or self._objection(flags, config, times)
        self._spoiled, self._next_spoiled = self._next_spoiled, ""
        self._times = None
        if fault or config is None:
            self._fault(fault)
            self._dropped()
            self._after_loss |= self._passed_on
            return
        if self._withholds():
            return
        scratch = np.empty(octets + n_rows, np.uint8)  # not kept: a key picture's is large
        n = length_prefix(self._octets, self._rows, 0, n_rows, self._kept, self._second_octet_mask, scratch)
        pts_90k, dts_90k = times
        next_dts_90k = next_times[1] if next_times[1] >= 0 else next_times[0]
        if not self._next_is_sure():
            next_dts_90k = -1
        data = scratch[:n].tobytes()
        units.append(AccessUnit(data, pts_90k, dts_90k, sap_type, config, self._after_loss, next_dts_90k))
        self._after_loss = self._need_times = False
        self._passed_on = True

    def _config_of(self, pps_id: int, n_rows: int) -> CodecConfig | None:
        if self._before_change is not None:
            position, config = self._before_change
            self._before_change = None
            if n_rows < self._n_rows and position >= self._origin + self._rows[n_rows, START]:
                return self._configured(config, n_rows)
        return self._configured(self._sets.config(pps_id), n_rows)
