"""What is known of a channel's input: counters, rates, the last error; plain values, fed by the channel."""

from collections import Counter, deque
from dataclasses import dataclass

from yiwang.base.events import Fault
from yiwang.mpegts.tr_101_290 import Monitor

HISTORY_S = 60
LOG_INTERVAL_MS = 10_000


@dataclass(frozen=True, slots=True)
class LastError:
    """The newest fault, for the operator."""

    at_ms: int
    text: str


class Health:
    """Counters of one channel; `now_ms` is UTC."""

    def __init__(self, monitor: Monitor | None = None) -> None:
        self.faults: Counter[str] = Counter()
        self.tr_101_290 = monitor or Monitor()  # fed by the demultiplexer, that of a multiplex for all its channels
        self.last_error: LastError | None = None
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
        self.last_error = LastError(now_ms, text + where + times)
        when, count = self._logged.get(fault.name, (-LOG_INTERVAL_MS, 0))
        if now_ms - when < LOG_INTERVAL_MS:
            return None
        self._logged[fault.name] = (now_ms, self.faults[fault.name])
        return self.faults[fault.name] - count
