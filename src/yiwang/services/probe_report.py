"""What `yiwang probe` finds, as records; `as_json` is a stable surface, described in docs/probe.md."""

from dataclasses import asdict, dataclass
from typing import Any

from yiwang.base.events import Fault

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class StreamReport:
    """A component of a programme. What the stream has not told is None."""

    pid: int
    stream_type: int
    codec: str  # in words
    kind: str | None  # 'video' | 'audio'
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
    bit_rate_bps: int | None
    scrambled: bool


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
    cues: tuple[CueReport, ...] = ()

    def as_json(self, source: str) -> dict[str, Any]:
        """Return the document that ``yiwang probe --json`` prints."""
        document = asdict(self)
        for fault in document["faults"]:
            fault["pid"] = None if fault["pid"] < 0 else fault["pid"]
        return {"version": JSON_VERSION, "source": source, **document}
