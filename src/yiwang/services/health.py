"""What is known of a channel's input: counters, rates, the last error; plain values, fed by the channel."""

from collections import Counter, deque
from dataclasses import dataclass, replace

from yiwang.base.events import Fault
from yiwang.mpegts.tr_101_290 import Monitor

HISTORY_S = 60
LOG_INTERVAL_MS = 10_000
MOST_RECENT = 32
SAME_MS = 10_000
"""What comes again on the same PID within so long is one entry in the list."""


@dataclass(frozen=True, slots=True)
class LastError:
    """A fault, for the operator; ``count`` of those that came shortly after each other, ``at_ms`` the newest."""

    at_ms: int
    text: str
    name: str = ""
    pid: int = -1
    count: int = 1
    detail: str = ""  # what the fault says beyond its name


class Health:
    """Counters of one channel; `now_ms` is UTC."""

    def __init__(self, monitor: Monitor | None = None) -> None:
        self.faults: Counter[str] = Counter()
        self.tr_101_290 = monitor or Monitor()  # fed by the demultiplexer, that of a multiplex for all its channels
        self.last_error: LastError | None = None
        self.recent: deque[LastError] = deque(maxlen=MOST_RECENT)
        self.octets = 0
        self.last_data_ms: int | None = None
        self.rates_bps: deque[int] = deque(maxlen=HISTORY_S)
        self._octets_at_tick = 0
        self._logged: dict[str, tuple[int, int]] = {}  # name -> (when, count then)

    def received(self, n_octets: int, now_ms: int) -> None:
        """Count input octets."""
        self.octets += n_octets
        self.last_data_ms = now_ms

    def tick(self) -> None:
        """Close one second of the rate history."""
        self.rates_bps.append(8 * (self.octets - self._octets_at_tick))
        self._octets_at_tick = self.octets

    @property
    def rate_bps(self) -> int:
        """Input bit rate: mean of the last seconds, as datagrams come in bursts."""
        recent = list(self.rates_bps)[-4:]
        return sum(recent) // len(recent) if recent else 0

    @property
    def continuity_count_errors(self) -> int:
        """Continuity errors since the start."""
        return self.faults["continuity_count_error"]

    def note(self, fault: Fault, now_ms: int) -> int | None:
        """Count a fault.

        Returns
        -------
        int or None    how many of this name came since it was last logged, when it is time to log it again
        """
        self.faults[fault.name] += fault.count
        text = fault.detail or fault.name.replace("_", " ")
        where = f" on PID {fault.pid}" if fault.pid >= 0 else ""
        times = f" ({fault.count} times)" if fault.count > 1 else ""
        error = self.last_error = LastError(
            now_ms, text + where + times, fault.name, fault.pid, fault.count, str(fault.detail)
        )
        if fault.name != "source_switched":  # each of them has its own two sources
            again = next((one for one in self.recent if (one.name, one.pid) == (fault.name, fault.pid)), None)
            if again is not None and now_ms - again.at_ms < SAME_MS:
                self.recent.remove(again)
                error = replace(error, text=text + where, count=again.count + fault.count)
        self.recent.append(error)
        when, count = self._logged.get(fault.name, (-LOG_INTERVAL_MS, 0))
        if now_ms - when < LOG_INTERVAL_MS:
            return None
        self._logged[fault.name] = (now_ms, self.faults[fault.name])
        return self.faults[fault.name] - count
