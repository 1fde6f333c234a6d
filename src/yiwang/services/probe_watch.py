"""What a transport stream does from one moment to the next: a `Probe` read again and again. Pure: no I/O, no clock."""

from dataclasses import asdict, dataclass
from typing import Any

from yiwang.services.probe import PACKET_BITS, Probe
from yiwang.services.probe_report import JSON_VERSION, PcrReport, Report

OF_PCR = ("pid", "pcrs", "longest_interval_ms", "accuracy_ns", "jitter_ns")


@dataclass(frozen=True, slots=True)
class PidInterval:
    """A PID that has had packets."""

    pid: int
    usage: str
    bit_rate_bps: int  # in this interval, by our clock
    continuity_count_errors: int  # in this interval


@dataclass(frozen=True, slots=True)
class IndicatorInterval:
    """A line of TR 101 290 5.2: how often in this interval, and since the start."""

    priority: int
    clause: str
    name: str
    count: int | None  # None: not measured
    total: int | None


@dataclass(frozen=True, slots=True)
class Interval:
    """What came since the interval before; PCR figures are those since the start."""

    elapsed_s: float  # since the start
    interval_s: float
    octets: int
    bit_rate_bps: int
    pids: tuple[PidInterval, ...]
    indicators: tuple[IndicatorInterval, ...]
    pcrs: tuple[PcrReport, ...]
    report: Report  # since the start

    def as_json(self, source: str, time: str) -> dict[str, Any]:
        """Return the document that ``yiwang probe --watch --json`` prints as a line."""
        return {
            "version": JSON_VERSION,
            "source": source,
            "time": time,
            "elapsed_s": self.elapsed_s,
            "interval_s": self.interval_s,
            "bit_rate_bps": self.bit_rate_bps,
            "pids": [asdict(pid) for pid in self.pids],
            "tr_101_290": [asdict(indicator) for indicator in self.indicators],
            "pcrs": [{name: getattr(pcr, name) for name in OF_PCR} for pcr in self.pcrs],
        }


class ProbeWatch:
    """The machine: feed its ``probe``, call `take` at each interval.

    Parameters
    ----------
    now_ms : int      of a monotonic clock, as everywhere here
    measures_buffers : bool    of the `Probe`
    """

    def __init__(self, now_ms: int, *, measures_buffers: bool = False) -> None:
        self.probe = Probe(measures_buffers=measures_buffers)
        self._began_ms = self._taken_ms = now_ms
        self._octets = 0
        self._packets: dict[int, int] = {}
        self._errors: dict[int, int] = {}
        self._counts: dict[str, int] = {}

    def take(self, now_ms: int) -> Interval:
        """End an interval and begin the next."""
        report, octets = self.probe.report(), self.probe.octets
        interval_s = max(now_ms - self._taken_ms, 1) / 1000
        interval = Interval(
            elapsed_s=(now_ms - self._began_ms) / 1000,
            interval_s=interval_s,
            octets=octets,
            bit_rate_bps=round(8 * (octets - self._octets) / interval_s),
            pids=tuple(
                PidInterval(
                    pid=pid.pid,
                    usage=_usage(report, pid.pid, pid.usage),
                    bit_rate_bps=round((pid.packets - self._packets.get(pid.pid, 0)) * PACKET_BITS / interval_s),
                    continuity_count_errors=pid.continuity_count_errors - self._errors.get(pid.pid, 0),
                )
                for pid in report.pids
            ),
            indicators=tuple(
                IndicatorInterval(
                    i.priority,
                    i.clause,
                    i.name,
                    None if i.count is None else i.count - self._counts.get(i.name, 0),
                    i.count,
                )
                for i in report.tr_101_290.indicators
            ),
            pcrs=report.tr_101_290.pcrs,
            report=report,
        )
        self._taken_ms, self._octets = now_ms, octets
        self._packets = {pid.pid: pid.packets for pid in report.pids}
        self._errors = {pid.pid: pid.continuity_count_errors for pid in report.pids}
        self._counts = {i.name: i.count or 0 for i in report.tr_101_290.indicators}
        return interval


def _usage(report: Report, pid: int, usage: str) -> str:
    """Say what a PID is for; of a component, its codec."""
    streams = (stream for program in report.programs for stream in program.streams if stream.pid == pid)
    stream = next(streams, None)
    if stream is None:
        return usage
    return stream.codec + (f" {stream.language}" if stream.language != "und" else "")
