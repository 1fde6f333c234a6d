"""A byte stream of NAL units in, access units out: what H.264 and HEVC have in common.

Order of thought: octets are kept from the first NAL unit of the open access unit on. The codec's kernel walks over what is new:
it indexes the NAL units, finds the borders, and copies each access unit out, every NAL unit after its length. Python runs
per block, per parameter set and, with numbers alone, per access unit; where something is unusual - the first access unit, one
that was damaged, a parameter set that has changed - the kernel leaves the border to it.

Access units without time stamps get them from the order of pictures (`yiwang.codecs.picture_times`).

After a loss the access unit it touches is dropped, and so are those that follow without a time stamp of their own: how
much was lost is not known, so neither is when they are shown.
"""

from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import HOLE_90K, AccessUnit, CodecConfig, Marks, Octets
from yiwang.base.errors import WireError
from yiwang.base.timebase import HALF_WRAP_33, WRAP_33
from yiwang.codecs.framer import NO_TIMES, MarkedStream
from yiwang.codecs.picture_times import PictureOrder, PictureTimes
from yiwang.kernels import access_unit_state as kernel
from yiwang.kernels.access_unit_walk import MAX_RECORDS, N_RECORD, move_rows
from yiwang.kernels.nal_index import END, N_COLUMNS, OPEN, PREFIX, START, close_nal_unit
from yiwang.kernels.nal_length_prefix import length_prefix

MAX_ACCESS_UNIT_OCTETS = 16 << 20
"""No level's compressed picture comes near; it bounds memory when no border comes."""
MAX_PARAMETER_SET_OCTETS = 65_535
"""The avcC and hvcC records have 16 bits for a parameter set's length."""
SMALL_OCTETS = 1 << 18
"""What is kept of so much, from block to block, goes to and from the shared space; of more, the copies would cost too much."""
READ_IN_PLACE_OCTETS = 1 << 16
"""A block of so much is read where it lies, but for its begin: a copy would cost more than two looks, and cache besides."""
BORDER_OCTETS = 512
"""So much of an access unit mostly tells that the one before has ended."""
MAX_TIMED = 250
"""After so many access units with time stamps of their own those of the next are not made."""
NO_SAP, SAP_CLOSED_GOP, SAP_LEADING_DECODABLE, SAP_OPEN_GOP, SAP_GRADUAL_REFRESH = 0, 1, 2, 3, 4
"""Stream access point types (ISO/IEC 14496-12 Annex I)."""


class FramingSpace:
    """Room for one block of a stream and the samples made of it; all framers of a thread can share it.

    So a channel keeps no more than its open access unit, and the same pages are used again and again.
    """

    def __init__(self) -> None:
        self.octets: Octets = np.empty(0, np.uint8)
        self.samples: Octets = np.empty(0, np.uint8)
        self.records = np.empty((MAX_RECORDS, N_RECORD), np.int64)

    def room(self, n: int) -> Octets:
        """Return an array for ``n`` octets, the same one as long as it is large enough."""
        if self.octets.shape[0] < n:
            self.octets = np.empty(n * 3 // 2, np.uint8)
        return self.octets

    def make_room_for_samples(self, n: int) -> None:
        """Have room for samples of ``n`` octets together."""
        if self.samples.shape[0] < n:
            self.samples = np.empty(n * 3 // 2, np.uint8)


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
        self.version = 0
        """Grows with each set that changes something."""
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

    def sps_of(self, pps_id: int) -> S | None:
        """Return the sequence parameter set of a picture that refers to ``pps_id``."""
        entry = self._pps.get(pps_id)
        sps = None if entry is None else self._sps.get(entry[1].seq_parameter_set_id)
        return None if sps is None else sps[1]

    def pps(self, pps_id: int) -> P | None:
        """Return a picture parameter set."""
        entry = self._pps.get(pps_id)
        return None if entry is None else entry[1]

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
        self.version += 1
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

    _counts_per_frame = 1
    """By how much picture order count rises from frame to frame."""
    _end_belongs = False
    """Whether an end-of-sequence NAL unit is kept with the access unit it ends."""

    def __init__(
        self,
        state: NDArray[np.int64],
        sets: ParameterSetStore[Any, Any],
        kept: NDArray[np.uint8],
        second_octet_mask: int,
        head_octets: int,
        max_octets: int,
    ) -> None:
        super().__init__()
        self._max_octets = max_octets
        self._slack = head_octets + PREFIX + 1
        self._kept = kept
        self._second_octet_mask = second_octet_mask
        self._space = FramingSpace()
        self._octets: Octets = np.empty(0, np.uint8)
        self._is_own = True  # its memory: no other framer's too
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
        self._done = (0, 0, 0, 0)  # of the access unit that ended last: state[DONE:]
        self._times: tuple[int, int] | None = None  # None: not asked for yet
        self._spoiled = ""  # the fault for which it will be dropped
        self._next_spoiled = ""  # the same of the one after a pending border
        self._before_change: tuple[int, CodecConfig | None] | None = None  # see _add_parameter_set
        # of the stream
        self._after_loss = False
        self._check_head = True  # the open access unit's first slices may be lost
        self._need_times = False
        self._passed_on = False
        self._after_undecodable = False
        self._newest: tuple[bytes, int, tuple[int, int]] | None = None  # sample, PPS and times of the last with a stamp
        self._picture_times: PictureTimes | None = None  # once a picture came without, until none does
        self._n_dropped = 0  # since
        self._n_timed = 0  # with their own in a row
        self._last_dts = -1  # of the last access unit that was passed on or withheld
        self._was_away = False  # the signal, since the last one that was passed on

    # -- what a codec says

    def _walk(self, final: bool, is_plain: bool) -> tuple[int, int, int, int, int, int]:
        """Walk over NAL units from ``_row`` on; (reason, row, at, n_rows, indexed, n_records) as the codec's kernel says."""
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

    def _order(self, sample: bytes, pps_id: int) -> PictureOrder | None:
        """Return a picture's place in output order; None where it cannot be told."""
        return None

    def _dropped(self) -> None:
        """Note that a picture is missing."""

    def _withholds(self, sap_type: int, times: tuple[int, int], sample: bytes) -> bool:
        """Tell whether a whole access unit is not for the reader, as it cannot be decoded."""
        return False

    def _usual(
        self,
        summary: tuple[int, int, int, int],
        octets: int,
        times: tuple[int, int],
        next_times: tuple[int, int],
        data: bytes,
        user_data_end: int,
    ) -> AccessUnit | None:
        """Make the record of an access unit of which nothing is special; None, and nothing is done, if something is.

        It is what the long way makes of it. ``summary`` as in ``_done``.
        """
        return None

    def _next_is_sure(self) -> bool:
        """Tell whether the access unit that follows will be passed on, if nothing happens to it."""
        return True

    # -- what MarkedStream asks for

    def share(self, space: FramingSpace) -> None:
        """Work in a space that is other framers' too; call it before the first `feed`."""
        self._space = space

    def feed(self, es: Octets, marks: Marks) -> list[AccessUnit]:
        """As `MarkedStream.feed`."""
        units = super().feed(es, marks)
        if es.shape[0]:
            self._leave_space()
        return units

    def _take(self, octets: Octets, units: list[AccessUnit]) -> None:
        n = octets.shape[0]
        first = self._pes_times.next_start - (self._fed - n) + BORDER_OCTETS
        if n >= READ_IN_PLACE_OCTETS and first < n // 2 and octets.flags.writeable:  # kernels are compiled for such
            self._append(octets[:first])
            self._delimit(units, final=False)
            if not self._go_on_in(octets):
                self._append(octets[first:])
        else:
            self._append(octets)
        self._delimit(units, final=False)
        self._bound(units)

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
        if not self._is_own or self._filled + n > self._octets.shape[0]:
            held = self._filled - self._first_kept()
            self._is_own = held > SMALL_OCTETS
            self._move_to(np.empty((held + n) * 3 // 2, np.uint8) if self._is_own else self._space.room(held + n))
        self._octets[self._filled : self._filled + n] = octets
        self._filled += n

    def _go_on_in(self, octets: Octets) -> bool:
        """Read on in a block whose begin has been appended, where it lies; False if what is kept began before it."""
        passed = self._fed - octets.shape[0] - self._origin
        if self._first_kept() < passed:
            return False
        self._octets, self._is_own = octets, False
        self._origin += passed
        self._filled = octets.shape[0]
        self._indexed -= passed
        move_rows(self._rows, self._n_rows, passed)
        return True

    def _leave_space(self) -> None:
        """Keep what is needed, and nothing that other framers write to."""
        held = self._filled - self._first_kept()
        if held <= SMALL_OCTETS or not self._is_own:
            self._move_to(np.empty(held, np.uint8))
            self._is_own = True

    def _first_kept(self) -> int:
        return int(self._rows[0, START]) if self._n_rows else min(self._indexed, self._filled)

    def _move_to(self, target: Octets) -> None:
        """Move what is kept to the front of ``target``, which may be where it is."""
        keep = self._first_kept()
        held = self._filled - keep
        target[:held] = self._octets[keep : self._filled]
        self._octets = target
        if keep:
            self._origin += keep
            self._filled = held
            self._indexed -= keep
            move_rows(self._rows, self._n_rows, keep)

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
        state, space = self._state, self._space
        space.make_room_for_samples(self._filled + self._rows.shape[0])
        while self._row < self._n_rows or self._indexed < self._filled - PREFIX:
            is_plain = not (self._times is None or self._spoiled or self._next_spoiled or self._before_change)
            reason, self._row, at, self._n_rows, self._indexed, n_records = self._walk(final, is_plain)
            if n_records:
                self._emit_records(space.records[:n_records].tolist(), units)
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
            elif reason == kernel.MORE_ROWS:
                self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))
                space.make_room_for_samples(self._filled + self._rows.shape[0])
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
        done: list[int] = self._state[kernel.DONE : kernel.DONE + kernel.N_SUMMARY].tolist()
        self._done = (done[0], done[1], done[2], done[3])
        octets = end - int(self._rows[0, START]) if n_rows else 0
        times = NO_TIMES if self._spoiled else self._own_times()
        sap_type = self._sap_type(done[0])
        config = self._config_of(done[2], n_rows)
        fault = self._judge(octets, config, times)
        self._spoiled, self._next_spoiled = self._next_spoiled, ""
        self._times = None
        if fault or config is None:
            self._drop(fault)
            return
        samples = self._space.samples
        n, user_data_end = length_prefix(
            self._octets, self._rows, 0, n_rows, self._kept, self._second_octet_mask, samples
        )
        data = samples[:n].tobytes()
        times = self._timed(times, data, done[2], config)
        if self._withholds(sap_type, times, data):
            self._withhold(times)
        else:
            units.append(self._unit(data, times, next_times, sap_type, config, user_data_end))

    def _emit_records(self, records: list[list[int]], units: list[AccessUnit]) -> None:
        """Pass on access units whose samples the kernel has made; the first one's times are known."""
        begin, samples, times = 0, self._space.samples, self._times or NO_TIMES
        for flags, pictures, pps_id, detail, octets, next_start, end, user_data_end in records:
            summary = flags, pictures, pps_id, detail
            next_times = self._pes_times.take(self._origin + next_start)
            data = samples[begin:end].tobytes()
            usual = self._usual(summary, octets, times, next_times, data, user_data_end)
            if usual is not None:
                units.append(usual)
            else:
                self._done = summary
                self._emit_record(data, octets, times, next_times, user_data_end, units)
            begin, times = end, next_times
        self._times = times

    def _emit_record(
        self,
        data: bytes,
        octets: int,
        times: tuple[int, int],
        next_times: tuple[int, int],
        user_data_end: int,
        units: list[AccessUnit],
    ) -> None:
        flags, _, pps_id, _ = self._done
        sap_type = self._sap_type(flags)
        config = self._configured(self._sets.config(pps_id), 0)
        fault = self._judge(octets, config, times)
        if not fault and config is not None:
            times = self._timed(times, data, pps_id, config)
        if fault or config is None:
            self._drop(fault)
        elif self._withholds(sap_type, times, data):
            self._withhold(times)
        else:
            units.append(self._unit(data, times, next_times, sap_type, config, user_data_end))

    def _judge(self, octets: int, config: CodecConfig | None, times: tuple[int, int]) -> str:
        """Return the fault for which the access unit that ended is dropped, '' for none."""
        fault = self._spoiled or ("oversized_access_unit" if octets > self._max_octets else "")
        return fault or self._objection(self._done[0], config, times)

    def _drop(self, fault: str) -> None:
        self._fault(fault)
        self._dropped()
        self._after_loss |= self._passed_on
        self._n_dropped += 1
        if self._picture_times is not None:
            self._picture_times.skip()

    def _timed(self, times: tuple[int, int], sample: bytes, pps_id: int, config: CodecConfig) -> tuple[int, int]:
        """Return a whole access unit's times, made where it has none."""
        machine, needed, self._need_times = self._picture_times, self._need_times, False
        if machine is None and times[0] >= 0:
            self._newest, self._n_dropped = (sample, pps_id, times), 0
            return times
        if machine is None or needed:
            machine = self._picture_times = PictureTimes(self._counts_per_frame)
            if self._newest is not None:
                before, before_pps, before_times = self._newest
                machine.complete(*before_times, self._order(before, before_pps), config.frame_rate)
                for _ in range(self._n_dropped):
                    machine.skip()
                self._newest = None
        self._n_timed = self._n_timed + 1 if times[0] >= 0 else 0
        times = machine.complete(*times, self._order(sample, pps_id), config.frame_rate)
        if self._n_timed > MAX_TIMED:
            self._picture_times = None
        return times

    def _withhold(self, times: tuple[int, int]) -> None:
        """Note that the signal was there, but nothing of it was for the reader."""
        dts_90k = times[1] if times[1] >= 0 else times[0]
        if dts_90k >= 0:
            if self._last_dts >= 0 and HOLE_90K < (dts_90k - self._last_dts) % WRAP_33 < HALF_WRAP_33:
                self._was_away = True
            self._last_dts = dts_90k
        self._after_undecodable = self._passed_on and not self._was_away

    def _unit(
        self,
        data: bytes,
        times: tuple[int, int],
        next_times: tuple[int, int],
        sap_type: int,
        config: CodecConfig,
        user_data_end: int,
    ) -> AccessUnit:
        """Make the record of an access unit that is passed on."""
        pts_90k, dts_90k = times
        next_dts_90k = next_times[1] if next_times[1] >= 0 else next_times[0]
        if next_dts_90k >= 0 and next_times[1] < 0 and self._picture_times is not None:
            next_dts_90k = self._picture_times.next_dts(next_dts_90k, config.frame_rate)
        if next_dts_90k >= 0 and not self._next_is_sure():
            next_dts_90k = -1
        after_loss, self._after_loss = self._after_loss, False
        self._passed_on = True
        after_undecodable, self._after_undecodable = self._after_undecodable, False
        self._was_away = False
        if pts_90k >= 0:
            self._last_dts = dts_90k if dts_90k >= 0 else pts_90k
        return AccessUnit(
            data, pts_90k, dts_90k, sap_type, config, after_loss, next_dts_90k, user_data_end, after_undecodable
        )

    def _config_of(self, pps_id: int, n_rows: int) -> CodecConfig | None:
        if self._before_change is not None:
            position, config = self._before_change
            self._before_change = None
            if n_rows < self._n_rows and position >= self._origin + self._rows[n_rows, START]:
                return self._configured(config, n_rows)
        return self._configured(self._sets.config(pps_id), n_rows)
