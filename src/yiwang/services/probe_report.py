"""What `yiwang probe` finds, as records; `as_json` is a stable surface, described in docs/probe.md."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_27M
from yiwang.mpegts.tr_101_290 import INDICATORS, Monitor

if TYPE_CHECKING:
    from yiwang.mpegts.t_std import BufferMeasurement

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class SubtitleReport:
    """Subtitles in a component. ``page``: of teletext (``"888"``); DVB composition and ancillary page ids (``"1/1"``)."""

    page: str
    language: str
    role: str


@dataclass(frozen=True, slots=True)
class StreamReport:
    """A component of a programme. What the stream has not told is None."""

    pid: int
    stream_type: int
    codec: str  # in words
    kind: str | None  # 'video' | 'audio' | 'text'
    rfc6381: str | None
    width: int | None
    height: int | None
    sample_aspect_ratio: tuple[int, int] | None
    frame_rate: tuple[int, int] | None
    sampling_frequency: int | None
    channels: int | None
    language: str
    role: str
    component_tag: int | None
    subtitles: tuple[SubtitleReport, ...]
    bit_rate_bps: int | None
    scrambled: bool
    scan: str | None = None  # 'progressive' | 'interlaced' | 'fields': each picture is one field
    dynamic_range: str | None = None  # 'SDR' | 'PQ' | 'HLG'


@dataclass(frozen=True, slots=True)
class ProgramReport:
    """A programme of the PAT; ``streams`` is empty and ``pcr_pid`` None while its PMT has not come."""

    program_number: int
    service_name: str
    service_provider: str
    service_type: int | None
    program_map_pid: int
    pcr_pid: int | None
    scrambled: bool
    bit_rate_bps: int | None
    streams: tuple[StreamReport, ...]


@dataclass(frozen=True, slots=True)
class PidReport:
    """A PID that has packets."""

    pid: int
    usage: str
    program_numbers: tuple[int, ...]
    packets: int
    bit_rate_bps: int | None
    scrambled_packets: int
    continuity_count_errors: int


@dataclass(frozen=True, slots=True)
class CueReport:
    """A splice cue (SCTE 35), told ``count`` times; ``pts`` is effective, 90 kHz modulo 2**33, None: immediately."""

    pid: int
    event_id: int | None
    kind: str  # 'out' | 'in' | 'cmd' | 'cancel'
    pts: int | None
    duration: int | None  # 90 kHz
    auto_return: bool
    count: int


@dataclass(frozen=True, slots=True)
class IndicatorReport:
    """A line of TR 101 290 5.2 and how often it was seen."""

    priority: int
    clause: str
    name: str
    count: int | None  # None: not measured


@dataclass(frozen=True, slots=True)
class PcrReport:
    """The PCRs of a PID. Nanoseconds are None where the rate is not constant, so that a place tells no time."""

    pid: int
    pcrs: int
    longest_interval_ms: float
    accuracy_ns: int | None
    jitter_ns: int | None
    repetition_errors: int
    discontinuity_indicator_errors: int
    accuracy_errors: int


@dataclass(frozen=True, slots=True)
class BufferReport:
    """The buffers that a decoder has for a stream, or for the tables of a programme: octets, and how often they failed.

    ``not_measured`` says why all else is None.
    """

    program_number: int
    pid: int
    not_measured: str | None
    model: str | None = None  # in words
    method: str | None = None  # 'main' | 'leak' | 'vbv_delay' | 'system'
    rx_bps: int | None = None  # out of TB
    tb_size: int | None = None
    mb_size: int | None = None  # None: there is none
    b_size: int | None = None  # of B, EB, Bsys; of MB and EB together where they are taken as one
    packets: int | None = None
    access_units: int | None = None
    tb_peak: int | None = None
    mb_peak: int | None = None
    b_peak: int | None = None
    tb_overflows: int | None = None
    mb_overflows: int | None = None
    b_overflows: int | None = None
    underflows: int | None = None
    empty_errors: int | None = None
    delay_errors: int | None = None
    longest_delay_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Tr101290Report:
    """What `yiwang.mpegts.tr_101_290.Monitor` counted in so many seconds of stream."""

    measured_s: float
    indicators: tuple[IndicatorReport, ...]
    pcrs: tuple[PcrReport, ...]
    unreferenced_pids: tuple[int, ...]
    buffers: tuple[BufferReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A transport stream."""

    transport_stream_id: int | None
    original_network_id: int | None
    packet_size: int
    packets: int
    duration_s: float | None
    clock: str | None  # what duration and bit rates come from: 'pcr' | 'dts'
    bit_rate_bps: int | None
    null_share: float
    programs: tuple[ProgramReport, ...]
    pids: tuple[PidReport, ...]
    faults: tuple[Fault, ...]
    tr_101_290: Tr101290Report
    cues: tuple[CueReport, ...] = ()
    tables: dict[str, Any] = field(default_factory=dict)  # `yiwang.services.probe_tables`

    def as_json(self, source: str) -> dict[str, Any]:
        """Return the document that ``yiwang probe --json`` prints."""
        document = asdict(self)
        for fault in document["faults"]:
            fault["pid"] = None if fault["pid"] < 0 else fault["pid"]
        return {"version": JSON_VERSION, "source": source, **document}


def tr_101_290_report(monitor: Monitor) -> Tr101290Report:
    """Tell what a monitor has counted so far."""
    counts = zip(INDICATORS, monitor.counts(), strict=True)
    return Tr101290Report(
        measured_s=round(monitor.measured_27m / TICKS_27M, 3),
        indicators=tuple(IndicatorReport(i.priority, i.clause, i.name, count) for i, count in counts),
        pcrs=tuple(
            PcrReport(
                pid=pcr.pid,
                pcrs=pcr.pcrs,
                longest_interval_ms=round(1000 * pcr.longest_interval_27m / TICKS_27M, 3),
                accuracy_ns=pcr.accuracy_ns,
                jitter_ns=pcr.jitter_ns,
                repetition_errors=pcr.repetition_errors,
                discontinuity_indicator_errors=pcr.discontinuity_indicator_errors,
                accuracy_errors=pcr.accuracy_errors,
            )
            for pcr in monitor.pcrs()
        ),
        unreferenced_pids=tuple(monitor.unreferenced_pids()),
        buffers=tuple(map(_buffer_report, monitor.buffers())),
    )


def _buffer_report(measured: "BufferMeasurement") -> BufferReport:
    buffers = measured.buffers
    if buffers is None:
        return BufferReport(measured.program_number, measured.pid, measured.not_measured)
    has_mb = buffers.method == "leak"
    has_units = buffers.method != "system"
    return BufferReport(
        program_number=measured.program_number,
        pid=measured.pid,
        not_measured=None,
        model=buffers.name,
        method=buffers.method,
        rx_bps=buffers.rx_bps,
        tb_size=buffers.tb_octets,
        mb_size=buffers.mb_bits // 8 if has_mb else None,
        b_size=buffers.b_bits // 8,
        packets=measured.packets,
        access_units=measured.units if has_units else None,
        tb_peak=measured.tb_peak,
        mb_peak=measured.mb_peak if has_mb else None,
        b_peak=measured.b_peak,
        tb_overflows=measured.tb_overflows,
        mb_overflows=measured.mb_overflows if has_mb else None,
        b_overflows=measured.b_overflows,
        underflows=measured.underflows if has_units else None,
        empty_errors=measured.empty_errors,
        delay_errors=measured.delay_errors if has_units else None,
        longest_delay_ms=round(1000 * measured.longest_delay_27m / TICKS_27M, 3) if has_units else None,
    )
