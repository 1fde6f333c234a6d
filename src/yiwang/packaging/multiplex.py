"""One transport stream, several of its programmes packaged: it is demultiplexed once, each packager takes its part.

What goes wrong in one packager is not seen by the others (ADR 20).
"""

from collections.abc import Iterable

import numpy as np

from yiwang.base.elementary import Octets
from yiwang.base.events import Fault
from yiwang.mpegts import sdt
from yiwang.mpegts.demultiplexer import Demultiplexer, DemuxEvent, EsBlock, TableChanged, Workspace
from yiwang.mpegts.pat import Pat
from yiwang.mpegts.pmt import NO_PCR_PID, Pmt
from yiwang.mpegts.service_information import LIVE_TABLES, MULTIPLEX_SETS, ServiceInformation
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.packaging.due import NOTHING_DUE_MS
from yiwang.packaging.settings import Settings
from yiwang.packaging.timeline import TimelineState
from yiwang.packaging.transport import (
    EARLY_LIVE_OCTETS,
    LARGEST_LIVE_BLOCK_OCTETS,
    LIVE_SLICE_OCTETS,
    TransportPackager,
)

COUNTED_BY_PID = frozenset({"continuity_count_error", "scrambled_packet"})
"""Faults that the demultiplexer tells of the whole stream; `Share` counts those of one programme."""


class Share:
    """What of a multiplex belongs to one programme: its packets, and the faults on its PIDs, since it was last asked."""

    def __init__(self, multiplex: "Multiplex", packager: TransportPackager) -> None:
        self._multiplex = multiplex
        self.packager = packager
        self._counts: tuple[tuple[int, ...], int, int, int] | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """PIDs of the programme's streams and clock, rising; none while its PMT has not come."""
        pmt = self._multiplex.demultiplexer.pmts.get(self.packager.program_number or 0)
        if pmt is None:
            return ()
        pids = {stream.elementary_pid for stream in pmt.streams} | {pmt.pcr_pid} - {NO_PCR_PID}
        return tuple(sorted(pids))

    def has(self, pid: int) -> bool:
        """Tell whether something on this PID is the programme's own: its PMT's too."""
        number = self.packager.program_number or 0
        return pid in self.pids or self._multiplex.demultiplexer.pmt_pid(number) == pid

    def drain(self) -> tuple[int, list[Fault]]:
        """Return how many packets have come since the last call, and what was wrong with them."""
        pids, demultiplexer = self.pids, self._multiplex.demultiplexer
        at = list(pids)
        packets = int(demultiplexer.packet_counts[at].sum()) if at else 0
        lost = int(demultiplexer.continuity_count_errors[at].sum()) if at else 0
        scrambled = int(self._multiplex.monitor.scrambled_counts[at].sum()) if at else 0
        before, self._counts = self._counts, (pids, packets, lost, scrambled)
        if before is None or before[0] != pids:  # other PIDs: count from here on
            return 0, []
        faults = [Fault("continuity_count_error", lost - before[2]), Fault("scrambled_packet", scrambled - before[3])]
        return packets - before[1], [fault for fault in faults if fault.count]


class Multiplex:
    """The machine: `feed` blocks of a transport stream, then give each packager its `share` of the events.

    Parameters
    ----------
    monitor : Monitor            measures the whole stream
    workspace : Workspace or None    that of the thread
    """

    def __init__(self, monitor: Monitor, workspace: Workspace | None = None) -> None:
        self.monitor = monitor
        self.information = ServiceInformation(LIVE_TABLES, MULTIPLEX_SETS)
        self._workspace = workspace
        self.demultiplexer = self._new_demultiplexer()
        self._packagers: list[TransportPackager] = []
        self._takers: dict[int, set[TransportPackager]] = {}  # by PID
        self._takers_before: dict[int, set[TransportPackager]] = {}
        self._failed: dict[TransportPackager, Exception] = {}
        self._sdt: TableChanged | None = None

    def _new_demultiplexer(self) -> Demultiplexer:
        return Demultiplexer(
            self._select,
            monitor=self.monitor,
            workspace=self._workspace,
            information=self.information,
            early_octets=EARLY_LIVE_OCTETS,
        )

    def packager(
        self, program_number: int | None, settings: Settings, saved: TimelineState | None, now_90k: int
    ) -> TransportPackager:
        """Make a packager for a programme; it takes part from the next `feed` on."""
        packager = TransportPackager(program_number, settings, saved, shared=self.demultiplexer)
        self._packagers.append(packager)
        packager.join(now_90k)
        if self._sdt is not None:
            packager.take([self._sdt], b"", now_90k)
        return packager

    def begin_again(self) -> None:
        """Forget the stream and who takes part, after a failure of ours; all have to make their packagers anew."""
        self._packagers.clear()
        self._failed.clear()
        self._sdt = None
        self._takers, self._takers_before = {}, {}
        self.demultiplexer = self._new_demultiplexer()

    def leave(self, packager: TransportPackager) -> None:
        """Let a packager take part no longer."""
        if packager in self._packagers:
            self._packagers.remove(packager)
            self._failed.pop(packager, None)
            self.demultiplexer.reselect()

    def feed(self, block: bytes | bytearray | memoryview | Octets) -> Iterable[tuple[list[DemuxEvent], Octets]]:
        """Yield the events of ``block`` and its octets, in slices where it is a flood; a slice's end with the next."""
        octets = block if isinstance(block, np.ndarray) else np.frombuffer(block, np.uint8)
        size = octets.size if octets.size <= LARGEST_LIVE_BLOCK_OCTETS else LIVE_SLICE_OCTETS
        for at in range(0, octets.size, max(size, 1)):
            part = octets[at : at + size]
            self._takers_before.clear()
            events = self.demultiplexer.feed(part)
            for event in events:
                if isinstance(event, TableChanged) and event.sections[0].table_id == sdt.TABLE_ID_ACTUAL:
                    self._sdt = event
            yield events, part

    def share(self, events: list[DemuxEvent], packager: TransportPackager) -> list[DemuxEvent]:
        """Return those of the last events that concern a packager: its streams, and all tables.

        Raises
        ------
        Exception    what went wrong when it was asked for its streams: a fault of ours
        """
        if packager in self._failed:
            raise self._failed.pop(packager)
        return [
            event
            for event in events
            if not isinstance(event, EsBlock)
            or packager in self._takers.get(event.pid, ())
            or packager in self._takers_before.get(event.pid, ())
        ]

    def until_due_ms(self, octets: Octets, now_ms: int) -> int:
        """Tell in how many ms something is due for anyone; 0: with ``octets``."""
        dues = [packager.until_due_ms(octets, now_ms) for packager in self._packagers]  # each must see all of them
        return min(dues, default=NOTHING_DUE_MS)

    def _select(self, pat: Pat, pmts: dict[int, Pmt]) -> Iterable[int]:
        """Name the PIDs that any packager wants; one that fails takes none, and the others theirs."""
        for pid, takers in self._takers.items():
            self._takers_before.setdefault(pid, set()).update(takers)
        self._takers = {}
        for packager in self._packagers:
            try:
                for pid in packager.select(pat, pmts):
                    self._takers.setdefault(pid, set()).add(packager)
            except Exception as error:
                self._failed[packager] = error
        return self._takers
