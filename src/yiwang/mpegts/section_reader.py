"""New sections of the PIDs of service information, out of scanned packets; repeated ones cost no Python."""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.kernels import si_sections as kernel
from yiwang.mpegts.section import Section, parse_section

MAX_PIDS = 64
_FAULTS = (
    (kernel.CRC_ERRORS, "crc_error"),
    (kernel.LENGTH_ERRORS, "section_length_error"),
    (kernel.TRUNCATED, "section_truncated"),
    (kernel.POINTER_ERRORS, "pointer_field_error"),
)


class SectionReader:
    """The machine: `feed` what `scan_packets` has read; `drain` returns what is new.

    Parameters
    ----------
    table_ids : which tables to give out; the others are passed over unread
    sets : int     a power of two; four times as many sections can be known

    Notes
    -----
    Memory: 4 KiB for each PID, 24 octets for each section that is known. A section is given out again when it has changed,
    and also when so much else has come meanwhile that it was forgotten.
    """

    def __init__(self, table_ids: range | set[int] | frozenset[int] = range(0xFF), sets: int = kernel.SETS) -> None:
        self._slots = np.full(8192, -1, np.int16)
        self._pids: list[int] = []
        self._buffers = np.empty((0, kernel.BUFFER_OCTETS), np.uint8)
        self._fills = np.zeros(0, np.int64)
        self._counters = np.zeros((0, kernel.N_COUNTERS), np.int64)
        self._reported = self._counters.copy()
        self._errors = 0
        self._has_faults = False
        self._cache = np.full((sets * kernel.WAYS, 3), kernel.NOTHING, np.int64)
        self._is_wanted = np.zeros(256, np.bool_)
        self._is_wanted[list(table_ids)] = True
        self._out = np.empty(kernel.OUT_OCTETS, np.uint8)
        self._index = np.empty((kernel.OUT_SECTIONS, 3), np.int64)

    @property
    def pids(self) -> tuple[int, ...]:
        """PIDs that are read."""
        return tuple(self._pids)

    @property
    def sections_seen(self) -> int:
        """Sections that have come, of wanted tables."""
        return int(self._counters[:, kernel.SEEN].sum())

    @property
    def sections_repeated(self) -> int:
        """Of these, how many were passed over as known."""
        return int(self._counters[:, kernel.REPEATED].sum())

    def listen(self, pids: tuple[int, ...] | set[int]) -> None:
        """Read these PIDs from now on, MAX_PIDS of them at most; a PID that stays keeps what has begun."""
        wanted = sorted(pids)[:MAX_PIDS]
        if wanted == self._pids:
            return
        before = {pid: slot for slot, pid in enumerate(self._pids)}
        buffers = np.empty((len(wanted), kernel.BUFFER_OCTETS), np.uint8)
        fills = np.zeros(len(wanted), np.int64)
        counters = np.zeros((len(wanted), kernel.N_COUNTERS), np.int64)
        reported = counters.copy()
        self._slots[:] = -1
        for slot, pid in enumerate(wanted):
            self._slots[pid] = slot
            if pid in before:
                old = before[pid]
                buffers[slot], fills[slot] = self._buffers[old], self._fills[old]
                counters[slot], reported[slot] = self._counters[old], self._reported[old]
        self._pids, self._buffers, self._fills = wanted, buffers, fills
        self._counters, self._reported = counters, reported

    def feed(
        self, packets: Octets, pids: NDArray[np.int32], flags: NDArray[np.uint8], payloads: NDArray[np.uint8]
    ) -> list[tuple[int, Section]]:
        """Take N packets, an array of shape (N, 188), and what `scan_packets` wrote of them.

        Returns
        -------
        list of (PID, section)    that have not been seen, their CRC_32 good, in stream order
        """
        if not self._pids:
            return []
        found: list[tuple[int, Section]] = []
        row = 0
        while row < packets.shape[0]:
            count, row, errors = kernel.read_sections(
                packets,
                row,
                pids,
                flags,
                payloads,
                self._slots,
                self._buffers,
                self._fills,
                self._cache,
                self._counters,
                self._is_wanted,
                self._out,
                self._index,
            )
            self._has_faults |= errors != self._errors
            self._errors = errors
            for pid, begin, end in self._index[:count].tolist() if count else ():
                try:
                    found.append((pid, parse_section(self._out[begin:end].tobytes())))
                except WireError:
                    self._counters[self._slots[pid], kernel.LENGTH_ERRORS] += 1
                    self._has_faults = True
        return found

    def forget(self, pid: int, table_id: int, table_id_extension: int) -> None:
        """Let the sections of a sub-table count as new when they come again."""
        kernel.forget(self._cache, (pid << 8 | table_id) << 16 | table_id_extension, 8)

    def drain_faults(self) -> list[Fault]:
        """Return what was damaged since the last call."""
        if not self._has_faults:
            return []
        self._has_faults = False
        faults = []
        for slot, pid in enumerate(self._pids):
            for column, name in _FAULTS:
                count = int(self._counters[slot, column] - self._reported[slot, column])
                if count:
                    faults.append(Fault(name, count, pid))
        self._reported[:] = self._counters
        return faults
