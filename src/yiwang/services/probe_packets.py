"""What the packet headers of a transport stream tell: how many of which PID, scrambling, continuity, the PCRs."""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_27M
from yiwang.kernels import ts_scan
from yiwang.services.probe_clock import PcrClock

CHUNK_PACKETS = 8192
NULL_PID = 0x1FFF


class PacketCount:
    """The machine: `scan` packets; its arrays by PID have the shape (8192,), int64."""

    def __init__(self) -> None:
        self.packets = 0
        self.scrambled = np.zeros(8192, np.int64)
        self.pcr_clocks: dict[int, PcrClock] = {}
        self._state = ts_scan.new_state()
        self._counters = np.zeros(ts_scan.N_COUNTERS, np.int64)
        self._pids = np.empty(CHUNK_PACKETS, np.int32)
        self._flags = np.empty(CHUNK_PACKETS, np.uint8)
        self._payloads = np.empty(CHUNK_PACKETS, np.uint8)
        self._pcr_27m = np.empty(CHUNK_PACKETS, np.int64)
        self._is_table = np.zeros(8192, bool)  # none: whole tables are the demultiplexer's
        self._rows = np.empty(CHUNK_PACKETS, np.int64)

    @property
    def by_pid(self) -> NDArray[np.int64]:
        """Packets of each PID."""
        return self._state[2]

    @property
    def continuity_count_errors(self) -> NDArray[np.int64]:
        """Places where packets of each PID are missing."""
        return self._state[3]

    @property
    def unusable(self) -> int:
        """Packets without sync_byte or with a header that contradicts itself."""
        return int(self._counters[ts_scan.SYNC_BYTE_ERRORS] + self._counters[ts_scan.HEADER_ERRORS])

    @property
    def has_pcr(self) -> bool:
        """Whether the PCRs so far measure time."""
        return any(clock.ticks_27m for clock in self.pcr_clocks.values())

    @property
    def packet_rate(self) -> float | None:
        """Packets a second of the whole stream by all its PCRs; None without."""
        ticks = sum(clock.ticks_27m for clock in self.pcr_clocks.values())
        return sum(clock.packets for clock in self.pcr_clocks.values()) * TICKS_27M / ticks if ticks else None

    def scan(self, packets: NDArray[np.uint8]) -> None:
        """Count ``packets``, an array of shape (N, 188), uint8, with N at most CHUNK_PACKETS."""
        n = packets.shape[0]
        ts_scan.scan_packets(
            packets,
            *self._state,
            self._counters,
            self._pids,
            self._flags,
            self._payloads,
            self._pcr_27m,
            self._is_table,
            self._rows,
        )
        pids, flags = self._pids[:n], self._flags[:n]
        self.scrambled += np.bincount(pids[(flags & ts_scan.SCRAMBLED) != 0], minlength=8192)
        for row in np.flatnonzero(self._pcr_27m[:n] >= 0).tolist():
            clock = self.pcr_clocks.setdefault(int(pids[row]), PcrClock())
            clock.add(self.packets + row, int(self._pcr_27m[row]), bool(flags[row] & ts_scan.DISCONTINUITY))
        self.packets += n

    def faults(self) -> list[Fault]:
        """Return all faults so far, by PID."""
        errors = self.continuity_count_errors
        faults = [Fault("continuity_count_error", int(errors[pid]), pid) for pid in np.flatnonzero(errors).tolist()]
        for pid, clock in self.pcr_clocks.items():
            if clock.repetition_errors:
                faults.append(Fault("pcr_repetition_error", clock.repetition_errors, pid, "PCRs over 0.1 s apart"))
            if clock.discontinuity_errors:
                detail = "PCR jumps without discontinuity_indicator"
                faults.append(Fault("pcr_discontinuity_indicator_error", clock.discontinuity_errors, pid, detail))
        return faults
