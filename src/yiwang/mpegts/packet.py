"""Finds transport packets in octets: 188, 204 (with parity) or 192 (with arrival time) octets each; survives garbage."""

import numpy as np

from yiwang.base.elementary import Octets
from yiwang.base.events import Fault
from yiwang.base.said import said
from yiwang.kernels.compiled import kernel

WITH_EXTRA_HEADER, EXTRA_HEADER_OCTETS = 192, 4
"""The arrival time is before the packet: of the first one, too."""
PACKET_SIZES = (188, 204, WITH_EXTRA_HEADER)
SYNC_RUN = 3
"""So many sync_bytes at equal distance are a lock: 0x47 alone occurs about once a packet by chance."""


@kernel
def find_lock(data: Octets, start: int) -> tuple[int, int]:
    """First offset from ``start`` where SYNC_RUN sync_bytes stand at the distance of a packet size; (offset, 0) if none."""
    last = data.size - (SYNC_RUN - 1) * max(PACKET_SIZES)  # nearer to the end not every size could be told
    for at in range(start, last):
        if data[at] != 0x47:
            continue
        for size in PACKET_SIZES:
            hits = 1
            while hits < SYNC_RUN and at + hits * size < data.size and data[at + hits * size] == 0x47:
                hits += 1
            if hits == SYNC_RUN:
                return at, size
    return max(start, last), 0


class PacketSync:
    """Octets in any cuts in, whole packets out.

    One wrong sync_byte between good ones stays in place (the scan counts and drops that packet); two in a row lose the
    lock, and the search goes on octet by octet.
    """

    def __init__(self) -> None:
        self.packet_size = 0
        self.skipped_octets = 0
        self.losses: list[int] = []  # before which rows of its result the last `feed` lost the lock
        self._rest: Octets = np.empty(0, np.uint8)
        self._faults: list[Fault] = []

    def is_in_step(self, data: Octets) -> bool:
        """Whether octets are to be whole packets of 188 octets, the next ones: nearly always, as datagrams carry them so."""
        return self.packet_size == 188 and not self._rest.size and data.size % 188 == 0

    def feed(self, block: bytes | bytearray | memoryview | Octets) -> Octets:
        """Return an array of shape (N, 188), uint8; a view of ``block`` when nothing has to be cut."""
        data = block if isinstance(block, np.ndarray) else np.frombuffer(block, np.uint8)
        if self.losses:
            self.losses = []
        if self.is_in_step(data) and data[::188].tobytes().count(b"\x47") * 188 == data.size:
            return data.reshape(-1, 188)
        if self._rest.size:
            data = np.concatenate((self._rest, data))
        found: list[Octets] = []
        at = self._take(data, found)
        self._rest = data[at:].copy()
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else np.empty((0, 188), np.uint8)

    def _take(self, data: Octets, found: list[Octets]) -> int:
        """Append whole packets to ``found``; return where the octets to keep begin."""
        at = 0
        while True:
            if not self.packet_size:
                lock, size = find_lock(data, at)
                before = EXTRA_HEADER_OCTETS if size == WITH_EXTRA_HEADER else 0
                self._skip(max(0, lock - at - before))
                at = lock
                if not size:
                    return at
                self.packet_size = size
            size = self.packet_size
            n = (data.size - at) // size
            good = data[at : at + n * size : size] == 0x47
            run, lost = (n, False) if good.all() else self._run_length(good)
            if run:
                found.append(self._rows(data, at, run, size))
            at += run * size
            if not lost:
                return at
            self.packet_size = 0
            self.losses.append(sum(rows.shape[0] for rows in found))
            self._faults.append(Fault("ts_sync_loss", detail="sync lost: two packets in a row without sync_byte 0x47"))

    @staticmethod
    def _run_length(good: Octets) -> tuple[int, bool]:
        """Packets before two bad ones in a row, and whether there were two; a bad last one waits for its successor."""
        bad_pairs = np.flatnonzero(~good[:-1] & ~good[1:])
        if bad_pairs.size:
            return int(bad_pairs[0]), True
        return good.size - (0 if good[-1] else 1), False

    @staticmethod
    def _rows(data: Octets, at: int, n: int, size: int) -> Octets:
        if size == 188:
            return data[at : at + n * 188].reshape(n, 188)
        return np.ascontiguousarray(np.lib.stride_tricks.as_strided(data[at:], shape=(n, 188), strides=(size, 1)))

    def _skip(self, n: int) -> None:
        if n:
            self.skipped_octets += n
            self._faults.append(Fault("ts_garbage", n, detail=said("not-packets", n=n)))

    def flush(self) -> Octets:
        """Give the last packets of a source that ended, though fewer than a lock needs."""
        data, self._rest = self._rest, np.empty(0, np.uint8)
        self.losses = []
        size = self.packet_size or 188
        while data.size >= 188 and data[0] != 0x47:
            later = np.flatnonzero(data == 0x47)
            skip = int(later[0]) if later.size else data.size
            self._skip(skip)
            data = data[skip:]
        n = 0
        while n * size + 188 <= data.size and data[n * size] == 0x47:
            n += 1
        self._skip(data.size - min(n * size, data.size))
        return self._rows(data, 0, n, size) if n else np.empty((0, 188), np.uint8)

    @property
    def has_faults(self) -> bool:
        """Tell whether `drain_faults` would return any."""
        return bool(self._faults)

    def drain_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        faults, self._faults = self._faults, []
        return faults
