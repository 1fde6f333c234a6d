"""How one source of several does: octets and errors in, a `Finding` out. It scans and measures, it packages nothing. Pure."""

from collections import deque

import numpy as np

from yiwang.base.elementary import Octets
from yiwang.codecs.registry import is_packaged, kind_of
from yiwang.mpegts.demultiplexer import Demultiplexer, Workspace
from yiwang.mpegts.pat import NETWORK_PROGRAM_NUMBER
from yiwang.mpegts.pmt import Pmt
from yiwang.mpegts.stream_coding import plain_type
from yiwang.mpegts.tr_101_290 import INDICATORS, Monitor
from yiwang.services.switch_over import Finding, Severity

WINDOW_MS = 1_000
"""Rates are of the last second."""
N_PRIORITY_1 = sum(indicator.priority == 1 for indicator in INDICATORS)
SCRAMBLED_SHARE = 0.5
ERRORS, SCRAMBLED, PACKETS, OCTETS = 1, 2, 3, 4


class SourceWatch:
    """The machine: `feed` what comes, `failed` when nothing can, `finding` at each look.

    Parameters
    ----------
    program : int or None           program_number; None: the first with a stream that is packaged
    errors_per_second : float       more TR 101 290 priority 1 indicators than this are damage
    patience_ms : int               silence, missing tables and missing pictures shorter than this are nothing
    now_ms : int                    of a monotonic clock, as everywhere here
    """

    def __init__(
        self,
        program: int | None,
        errors_per_second: float,
        patience_ms: int,
        now_ms: int,
        workspace: Workspace | None = None,
    ) -> None:
        self.monitor = Monitor()
        self.octets = 0
        self._program = program
        self._limit = errors_per_second
        self._patience_ms = patience_ms
        self._demultiplexer = Demultiplexer(lambda pat, pmts: (), (), self.monitor, workspace)
        self._error: str | None = None
        self._data_ms = self._tables_ms = self._picture_ms = now_ms
        self._has_data = False
        self._counts_seen = [0, 0, 0]  # packets of PAT, PMT, picture
        self._history: deque[tuple[int, int, int, int, int]] = deque()  # when, then the counters below
        self._finding = Finding(Severity.UNUSABLE, "silent", "nothing has come yet", now_ms)

    def feed(self, block: bytes | memoryview | Octets, now_ms: int) -> None:
        """Take what came."""
        self._error = None
        self._data_ms = now_ms
        self._has_data = True
        self.octets += len(block)
        self._demultiplexer.feed(block)
        self._demultiplexer.drain_faults()

    def failed(self, text: str, now_ms: int) -> None:
        """Take that it could not be opened, or not be read on."""
        if self._error is None:
            self._data_ms = now_ms
        self._error = text

    def excuse(self, ms: int) -> None:
        """Take that nobody listened for so long."""
        self._data_ms += ms
        self._tables_ms += ms
        self._picture_ms += ms

    @property
    def error_rate(self) -> float:
        """Priority 1 indicators in a second."""
        return self._rate(ERRORS)

    @property
    def bit_rate_bps(self) -> int:
        """Bit rate of the last second."""
        return round(8 * self._rate(OCTETS))

    def finding(self, now_ms: int) -> Finding:
        """Look; what has a name already keeps the time since when it has it."""
        self._note(now_ms)
        severity, reason, detail, since_ms = self._judge(now_ms)
        if reason == self._finding.reason:
            since_ms = self._finding.since_ms
        self._finding = Finding(severity, reason, detail, since_ms)
        return self._finding

    # -- looking

    def _judge(self, now_ms: int) -> tuple[Severity, str, str, int]:
        late_ms = now_ms - self._patience_ms
        if self._error is not None:
            return Severity.UNUSABLE, "error", self._error, self._data_ms
        if self._data_ms < late_ms or not self._has_data:
            return Severity.UNUSABLE, "silent", "nothing comes", self._data_ms
        if self._tables_ms < late_ms:
            return Severity.UNUSABLE, "no_tables", self._missing(), self._tables_ms
        if self._pmt() is None or self._picture_ms < late_ms:
            return Severity.UNUSABLE, "no_picture", "no packet of its picture or sound comes", self._picture_ms
        if self._rate(SCRAMBLED) > SCRAMBLED_SHARE * self._rate(PACKETS):
            return Severity.UNUSABLE, "scrambled", "its picture and sound are scrambled", now_ms
        if self.error_rate > self._limit:
            detail = f"{self.error_rate:.0f} TR 101 290 priority 1 errors a second"
            return Severity.DAMAGED, "errors", detail, now_ms
        return Severity.GOOD, "good", "", now_ms

    def _missing(self) -> str:
        if self._demultiplexer.pat is None:
            return "no PAT comes"
        if self._program is not None and self._program not in self._listed():
            return f"its PAT has no program {self._program}"
        return "its PAT or PMT does not come"

    def _listed(self) -> list[int]:
        pat = self._demultiplexer.pat
        numbers = [program.program_number for program in pat.programs] if pat else []
        return [number for number in numbers if number != NETWORK_PROGRAM_NUMBER]

    def _pmt(self) -> Pmt | None:
        pmts = self._demultiplexer.pmts
        if self._program is not None:
            return pmts.get(self._program)
        known = (pmts[number] for number in self._listed() if number in pmts)
        return next((pmt for pmt in known if any(is_packaged(plain_type(s)) for s in pmt.streams)), None)

    def _note(self, now_ms: int) -> None:
        """Read the counters."""
        pmt, pat = self._pmt(), self._demultiplexer.pat
        streams = [s for s in pmt.streams if is_packaged(plain_type(s))] if pmt else []
        pictures = [s.elementary_pid for s in streams if kind_of(plain_type(s)) == "video"]
        pids = np.array([s.elementary_pid for s in streams], np.intp)
        pmt_pid = -1
        if pmt is not None and pat is not None:
            pmt_pid = next(p.program_map_pid for p in pat.programs if p.program_number == pmt.program_number)
        counts = self.monitor.packet_counts
        seen = [
            int(counts[0]) if pat is not None else 0,
            int(counts[pmt_pid]) if pmt_pid >= 0 else 0,
            int(counts[np.array(pictures or pids, np.intp)].sum()),
        ]
        fresh = [new != old for new, old in zip(seen, self._counts_seen, strict=True)]
        if fresh[0] and fresh[1]:
            self._tables_ms = now_ms
            self._counts_seen[:2] = seen[:2]
        if fresh[2]:
            self._picture_ms = now_ms
            self._counts_seen[2] = seen[2]
        errors = sum(n or 0 for n in self.monitor.counts()[:N_PRIORITY_1])
        scrambled, packets = int(self.monitor.scrambled_counts[pids].sum()), int(counts[pids].sum())
        self._history.append((now_ms, errors, scrambled, packets, self.octets))
        while len(self._history) > 2 and now_ms - self._history[1][0] >= WINDOW_MS:
            self._history.popleft()

    def _rate(self, counter: int) -> float:
        """Growth of a counter in a second."""
        if not self._history:
            return 0.0
        first, last = self._history[0], self._history[-1]
        return 1000 * (last[counter] - first[counter]) / max(last[0] - first[0], WINDOW_MS)
