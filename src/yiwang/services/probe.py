"""What is in a transport stream: blocks of octets in, a `Report` out. Pure: no I/O, no clock."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from yiwang.base.elementary import Octets
from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_27M, TICKS_90K
from yiwang.codecs.registry import DESCRIPTORS, is_packaged, kind_of
from yiwang.kernels import ts_scan
from yiwang.mpegts import cat, eit, nit, pat, sdt, tdt_tot
from yiwang.mpegts.cat import Cat, parse_cat
from yiwang.mpegts.demultiplexer import Demultiplexer, DemuxEvent, EsBlock, SpliceInfoArrived, TableChanged
from yiwang.mpegts.descriptor import Descriptors, find, find_all
from yiwang.mpegts.descriptors import (
    CaDescriptor,
    ServiceDescriptor,
    StreamIdentifierDescriptor,
)
from yiwang.mpegts.pat import NETWORK_PROGRAM_NUMBER, Pat, PatProgram
from yiwang.mpegts.pmt import NO_PCR_PID, Pmt, PmtStream
from yiwang.mpegts.roles import language_and_role
from yiwang.mpegts.sdt import Sdt, SdtService, parse_sdt
from yiwang.mpegts.service_information import ServiceInformation
from yiwang.mpegts.stream_coding import channel_config, coding_name, plain_type
from yiwang.mpegts.tr_101_290 import AUDIO_VIDEO, Monitor
from yiwang.services.probe_report import (
    CueReport,
    PidReport,
    ProgramReport,
    Report,
    StreamReport,
    SubtitleReport,
    tr_101_290_report,
)
from yiwang.services.probe_stream import StreamProbe
from yiwang.services.probe_tables import tables_report

if TYPE_CHECKING:
    from yiwang.packaging.cues import Cue

PACKET_BITS = 188 * 8
CHUNK_OCTETS = 8192 * 188
NULL_PID = 0x1FFF

PRIVATE_DATA = 0x06
MAX_CUES = 1000
"""More different cues than this are not listed."""
BEFORE_PARAMETER_SETS = "no_parameter_sets"
"""A probe joins in the middle of the stream: pictures before the first parameter sets are no damage."""

_FIXED_USAGE = {
    pat.PID: "PAT",
    cat.PID: "CAT",
    0x0002: "TSDT",
    nit.PID: "NIT",
    sdt.PID: "SDT, BAT",
    eit.PID: "EIT",
    0x0013: "RST",
    tdt_tot.PID: "TDT, TOT",
    0x001E: "DIT",
    0x001F: "SIT",
    NULL_PID: "null packets",
}
_COUNTED_BY_PID = frozenset({"continuity_count_error", "scrambled_packet"})
"""Faults of the demultiplexer that the report tells by PID."""


class Probe:
    """The machine: `feed` blocks, `flush`, then `report`.

    Parameters
    ----------
    measures_buffers : bool    TR 101 290 3.3, 3.9 and 3.10 too
    """

    def __init__(self, *, measures_buffers: bool = False) -> None:
        self.octets = 0
        self._packet_size = 188
        self._monitor = Monitor(measures_buffers=measures_buffers)
        self._information = ServiceInformation()
        self._demultiplexer = Demultiplexer(
            self._select, (cat.PID, sdt.PID), self._monitor, information=self._information
        )
        self._streams: dict[int, StreamProbe] = {}
        self._has_pcr = False  # PCRs that tell how long the stream is
        self._sdt: Sdt | None = None
        self._cat: Cat | None = None
        self._cues: dict[tuple[int, Cue], int] = {}  # how often each was told, in their order
        self._faults: dict[tuple[str, int], Fault] = {}

    def feed(self, block: bytes | bytearray | memoryview | Octets) -> None:
        """Take the next octets of the stream, in any cuts."""
        self.octets += len(block)
        octets = block if isinstance(block, np.ndarray) else np.frombuffer(block, np.uint8)
        for at in range(0, octets.size, CHUNK_OCTETS):
            self._demultiplex(self._demultiplexer.feed(octets[at : at + CHUNK_OCTETS]))
            self._packet_size = self._demultiplexer.packet_size or self._packet_size

    def flush(self) -> None:
        """Take the end of the stream."""
        self._demultiplex(self._demultiplexer.flush())
        for stream in self._streams.values():
            stream.flush()

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Count faults; those of the source belong to the report too."""
        for fault in faults:
            key = fault.name, fault.pid
            known = self._faults.get(key)
            self._faults[key] = replace(known, count=known.count + fault.count) if known else fault

    @property
    def is_transport_stream(self) -> bool:
        """Whether the octets so far are one: there is a PAT, or most of them are packets (any octets have a few)."""
        counters = self._demultiplexer.counters
        unusable = int(counters[ts_scan.SYNC_BYTE_ERRORS] + counters[ts_scan.HEADER_ERRORS])
        packet_octets = (self._monitor.packets - unusable) * self._packet_size
        return self._demultiplexer.pat is not None or 2 * packet_octets > self.octets

    def report(self) -> Report:
        """Return what has been found so far."""
        clock, duration_s = self._duration()
        table = self._demultiplexer.pat
        counts, packets = self._demultiplexer.packet_counts, self._monitor.packets
        return Report(
            transport_stream_id=table.transport_stream_id if table else None,
            original_network_id=self._sdt.original_network_id if self._sdt else None,
            packet_size=self._packet_size,
            packets=packets,
            duration_s=None if duration_s is None else round(duration_s, 3),
            clock=clock,
            bit_rate_bps=_rate_bps(packets, duration_s),
            null_share=round(int(counts[NULL_PID]) / max(packets, 1), 4),
            programs=tuple(self._program_report(program, duration_s) for program in _programs(table)),
            pids=self._pid_reports(duration_s),
            faults=self._all_faults(),
            tr_101_290=tr_101_290_report(self._monitor),
            cues=tuple(
                CueReport(pid, cue.event_id, cue.kind, cue.time_33, cue.duration_90k, cue.auto_return, count)
                for (pid, cue), count in self._cues.items()
            ),
            tables=tables_report(self._information),
        )

    # -- reading

    def _demultiplex(self, events: Iterable[DemuxEvent]) -> None:
        is_other = False
        for event in events:
            if isinstance(event, EsBlock):
                stream = self._streams[event.pid]
                was_done = stream.is_done
                self.add_faults(replace(fault, pid=event.pid) for fault in stream.feed(event))
                is_other |= stream.is_done != was_done
            elif isinstance(event, SpliceInfoArrived):
                self._read_splice(event)
            elif isinstance(event, TableChanged):
                self._read_table(event)
        self.add_faults(f for f in self._demultiplexer.drain_faults() if f.name not in _COUNTED_BY_PID)
        if not self._has_pcr and any(pcr.clock_27m for pcr in self._monitor.pcrs()):
            self._has_pcr = is_other = True
        if is_other:
            self._demultiplexer.reselect()

    def _read_splice(self, event: SpliceInfoArrived) -> None:
        from yiwang.packaging.cues import read_cues  # of what few streams have, a good part of the start

        try:
            for cue in read_cues(event.section):
                key = event.pid, cue
                if key in self._cues or len(self._cues) < MAX_CUES:
                    self._cues[key] = self._cues.get(key, 0) + 1
        except WireError as error:
            self.add_faults([Fault("splice_info_error", pid=event.pid, detail=str(error))])

    def _read_table(self, event: TableChanged) -> None:
        table_id = event.sections[0].table_id
        try:
            if table_id == sdt.TABLE_ID_ACTUAL:
                self._sdt = parse_sdt(event.sections)
            elif table_id == cat.TABLE_ID:
                self._cat = parse_cat(event.sections)
        except WireError as error:
            self.add_faults([Fault("table_error", pid=event.pid, detail=str(error))])

    def _select(self, table: Pat, pmts: dict[int, Pmt]) -> Iterable[int]:
        """Name the streams to gather: those whose codec is not known yet; without a PCR all that have time stamps."""
        for pmt in pmts.values():
            for stream in pmt.streams:
                if stream.elementary_pid not in self._streams and _is_timed(stream):
                    self._streams[stream.elementary_pid] = StreamProbe(plain_type(stream), channel_config(stream))
        no_pcr = not self._has_pcr
        return [pid for pid, stream in self._streams.items() if no_pcr or not stream.is_done]

    # -- time

    def _duration(self) -> tuple[str | None, float | None]:
        """Return the clock and the seconds that the stream covers."""
        pcrs = self._monitor.pcrs()
        ticks = sum(pcr.clock_27m for pcr in pcrs)
        if ticks:
            packets = sum(pcr.clock_packets for pcr in pcrs)
            return "pcr", self._monitor.packets * ticks / packets / TICKS_27M
        longest_90k = max((stream.clock.duration_90k for stream in self._streams.values()), default=0)
        return ("dts", longest_90k / TICKS_90K) if longest_90k else (None, None)

    # -- programmes

    def _program_report(self, program: PatProgram, duration_s: float | None) -> ProgramReport:
        pmt = self._demultiplexer.pmts.get(program.program_number)
        service = self._service(program.program_number)
        name = find(service.descriptors, ServiceDescriptor) if service else None
        streams = tuple(self._stream_report(stream, pmt, duration_s) for stream in pmt.streams) if pmt else ()
        pids = {program.program_map_pid} | ({pmt.pcr_pid} | {s.pid for s in streams} if pmt else set()) - {NO_PCR_PID}
        return ProgramReport(
            program_number=program.program_number,
            service_name=str(name.service_name).strip() if name else "",
            service_provider=str(name.service_provider_name).strip() if name else "",
            service_type=name.service_type if name else None,
            program_map_pid=program.program_map_pid,
            pcr_pid=pmt.pcr_pid if pmt and pmt.pcr_pid != NO_PCR_PID else None,
            scrambled=any(stream.scrambled for stream in streams),
            bit_rate_bps=_rate_bps(int(self._demultiplexer.packet_counts[sorted(pids)].sum()), duration_s),
            streams=streams,
        )

    def _service(self, service_id: int) -> SdtService | None:
        services = self._sdt.services if self._sdt else ()
        return next((service for service in services if service.service_id == service_id), None)

    def _stream_report(self, stream: PmtStream, pmt: Pmt, duration_s: float | None) -> StreamReport:
        pid = stream.elementary_pid
        probe = self._streams.get(pid)
        config = probe.config if probe else None
        tag = find(stream.es_info, StreamIdentifierDescriptor)
        language, role = language_and_role(stream.es_info)
        subtitles = _subtitles(stream)
        kind = kind_of(plain_type(stream)) if is_packaged(plain_type(stream)) else None
        return StreamReport(
            pid=pid,
            stream_type=stream.stream_type,
            codec=coding_name(stream, pmt),
            kind="text" if subtitles else kind,
            rfc6381=config.codec if config else None,
            width=config.width or None if config else None,
            height=config.height or None if config else None,
            sample_aspect_ratio=config.sar if config and config.width else None,
            frame_rate=probe.frame_rate if probe else None,
            sampling_frequency=config.sampling_frequency or None if config else None,
            channels=config.channels or None if config else None,
            language=language,
            role=role,
            component_tag=tag.component_tag if tag else None,
            subtitles=subtitles,
            bit_rate_bps=_rate_bps(int(self._demultiplexer.packet_counts[pid]), duration_s),
            scrambled=bool(self._monitor.scrambled_counts[pid]),
            scan=config.scan or None if config else None,
            dynamic_range=config.dynamic_range if config else None,
        )

    # -- PIDs

    def _pid_reports(self, duration_s: float | None) -> tuple[PidReport, ...]:
        usage, programs_of = self._usage()
        counts = self._demultiplexer.packet_counts
        return tuple(
            PidReport(
                pid=pid,
                usage=usage.get(pid, "not referenced"),
                program_numbers=tuple(sorted(programs_of.get(pid, ()))),
                packets=int(counts[pid]),
                bit_rate_bps=_rate_bps(int(counts[pid]), duration_s),
                scrambled_packets=int(self._monitor.scrambled_counts[pid]),
                continuity_count_errors=int(self._demultiplexer.continuity_count_errors[pid]),
            )
            for pid in np.flatnonzero(counts).tolist()
        )

    def _usage(self) -> tuple[dict[int, str], dict[int, set[int]]]:
        """Return what each PID is for, and which programmes refer to it."""
        usage: dict[int, str] = {}
        programs_of: dict[int, set[int]] = {}
        for program in _programs(self._demultiplexer.pat):
            pmt = self._demultiplexer.pmts.get(program.program_number)
            uses = {program.program_map_pid: "PMT"}
            if pmt is not None:
                loops: list[Descriptors] = [pmt.program_info, *(stream.es_info for stream in pmt.streams)]
                uses |= {ca.ca_pid: "ECM" for loop in loops for ca in find_all(loop, CaDescriptor)}
                uses |= {stream.elementary_pid: coding_name(stream, pmt) for stream in pmt.streams}
                if pmt.pcr_pid != NO_PCR_PID:
                    uses.setdefault(pmt.pcr_pid, "PCR")
            for pid, text in uses.items():
                usage.setdefault(pid, text)
                programs_of.setdefault(pid, set()).add(program.program_number)
        for ca in find_all(self._cat.descriptors if self._cat else (), CaDescriptor):
            usage.setdefault(ca.ca_pid, "EMM")
        return usage | _FIXED_USAGE, programs_of

    # -- faults

    def _all_faults(self) -> tuple[Fault, ...]:
        faults = [*self._faults.values(), *self._packet_faults(), *self._missing()]
        known = {pid for pid, stream in self._streams.items() if stream.config is not None}
        faults = [f for f in faults if f.name != BEFORE_PARAMETER_SETS or f.pid not in known]
        return tuple(sorted(faults, key=lambda fault: (fault.name, fault.pid)))

    def _packet_faults(self) -> Iterable[Fault]:
        """Yield what the packet headers tell, by PID."""
        errors = self._demultiplexer.continuity_count_errors
        for pid in np.flatnonzero(errors).tolist():
            yield Fault("continuity_count_error", int(errors[pid]), pid)
        for pcr in self._monitor.pcrs():
            if pcr.over_100_ms:
                yield Fault("pcr_repetition_error", pcr.over_100_ms, pcr.pid, "PCRs over 0.1 s apart")
            if pcr.jumps:
                detail = "PCR jumps without discontinuity_indicator"
                yield Fault("pcr_discontinuity_indicator_error", pcr.jumps, pcr.pid, detail)

    def _missing(self) -> Iterable[Fault]:
        """Yield what should be there and is not: TR 101 290 1.3, 1.5, 1.6."""
        table = self._demultiplexer.pat
        if table is None:
            yield Fault("pat_error", detail="no PAT")
        absent: dict[int, int] = {}
        for program in _programs(table):
            pmt = self._demultiplexer.pmts.get(program.program_number)
            if pmt is None:
                detail = f"no PMT of program {program.program_number}"
                yield Fault("pmt_error", pid=program.program_map_pid, detail=detail)
                continue
            for stream in pmt.streams:
                if stream.stream_type in AUDIO_VIDEO and not self._demultiplexer.packet_counts[stream.elementary_pid]:
                    absent.setdefault(stream.elementary_pid, program.program_number)
        for pid, program_number in absent.items():
            yield Fault("pid_error", pid=pid, detail=f"no packets of this stream of program {program_number}")


def _programs(table: Pat | None) -> list[PatProgram]:
    return [p for p in table.programs if p.program_number != NETWORK_PROGRAM_NUMBER] if table else []


def _subtitles(stream: PmtStream) -> tuple[SubtitleReport, ...]:
    if stream.stream_type != PRIVATE_DATA:
        return ()
    from yiwang.packaging.text_streams import TELETEXT, text_spec  # as above

    spec = text_spec(stream)
    if spec is None:
        return ()
    layout = "{}{:02x}" if spec.format == TELETEXT else "{}/{}"
    return tuple(SubtitleReport(layout.format(*page.page), page.language, page.role) for page in spec.pages)


def _is_timed(stream: PmtStream) -> bool:
    """Tell whether a stream is surely in PES packets with time stamps; private data may be anything."""
    if is_packaged(plain_type(stream)):
        return True
    if stream.stream_type == PRIVATE_DATA:
        return any(descriptor.tag in DESCRIPTORS for descriptor in stream.es_info)
    return stream.stream_type in AUDIO_VIDEO


def _rate_bps(packets: int, duration_s: float | None) -> int | None:
    return round(packets * PACKET_BITS / duration_s) if duration_s else None
