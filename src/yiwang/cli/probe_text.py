"""A probe's report for people: tables in 80 columns, a bar for each bit rate."""

from collections.abc import Iterable
from fractions import Fraction

from rich.bar import Bar
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from yiwang.cli.probe_tables import program_lines, show_tables
from yiwang.services.probe_report import (
    BufferReport,
    CueReport,
    PcrReport,
    ProgramReport,
    Report,
    StreamReport,
    Tr101290Report,
)

BAR_COLUMNS = 7
LARGEST_LIST = 12


def show(report: Report, source: str) -> None:
    """Print ``report`` in 80 columns."""
    console = Console(highlight=False)
    console.print(_headline(report, source), soft_wrap=True)
    shown = {stream.pid for program in report.programs for stream in program.streams}
    largest = max((pid.bit_rate_bps or 0 for pid in report.pids), default=0)
    for program in report.programs:
        console.print()
        console.print(_program_line(program), soft_wrap=True)
        for line in program_lines(report.tables, program.program_number):
            console.print(line, soft_wrap=True)
        if program.streams:
            console.print(_streams_table(program.streams, largest))
    show_tables(report.tables, console)
    others = [pid for pid in report.pids if pid.pid not in shown]
    if others:
        console.print()
        console.print("[bold]other PIDs[/]")
        table = _table("usage")
        for pid in others:
            usage = pid.usage + _of_programs(pid.program_numbers)
            table.add_row(str(pid.pid), escape(usage), *_rate_cells(pid.bit_rate_bps, largest))
        console.print(table)
    console.print()
    _show_measurement(report.tr_101_290, console)
    if report.cues:
        console.print()
        console.print("[bold]splice cues[/]")
    for cue in report.cues:
        console.print(escape(f"  {_cue(cue)}"), soft_wrap=True)
    if report.faults:
        console.print()
        console.print("[bold red]faults[/]")
    for fault in report.faults:
        where = f" on PID {fault.pid}" if fault.pid >= 0 else ""
        detail = f": {fault.detail}" if fault.detail else ""
        console.print(escape(f"  {fault.count} × {fault.name}{where}{detail}"), soft_wrap=True)


def _show_measurement(measured: Tr101290Report, console: Console) -> None:
    """Print what TR 101 290 has indicators for: those that were seen, the clean priorities in one line each."""
    of_time = "PCRs too far apart to measure time by" if measured.pcrs else "no PCR to measure time by"
    if measured.measured_s:
        of_time = f"{measured.measured_s:.1f} s"
    console.print(f"[bold]ETSI TR 101 290[/], {of_time}")
    for priority in (1, 2, 3):
        of_priority = [i for i in measured.indicators if i.priority == priority]
        seen = [i for i in of_priority if i.count]
        missing = ", ".join(f"{i.clause} {i.name}" for i in of_priority if i.count is None)
        style = ("red", "yellow", "cyan")[priority - 1]
        if not seen:
            console.print(f"  priority {priority}: [green]no errors[/]")
        else:
            console.print(f"  [bold {style}]priority {priority}[/]")
        for indicator in seen:
            console.print(f"    {indicator.clause:<6} {indicator.name:<34} [{style}]{indicator.count:>8}[/]")
        if missing:
            console.print(f"    [dim]not measured: {missing}[/]", soft_wrap=True)
    if measured.unreferenced_pids:
        pids = ", ".join(map(str, measured.unreferenced_pids[:LARGEST_LIST]))
        more = " and more" if len(measured.unreferenced_pids) > LARGEST_LIST else ""
        console.print(f"    unreferenced: {pids}{more}", soft_wrap=True)
    if measured.pcrs:
        console.print(_pcr_table(measured.pcrs))
    if measured.buffers:
        console.print("[bold]decoder's buffers[/] (ISO/IEC 13818-1 2.4.2)")
        console.print(_buffer_table(measured.buffers))
        for reason, without in _not_measured(measured.buffers).items():
            more = " and more" if len(without) > LARGEST_LIST else ""
            which = ", ".join(str(pid) for pid in without[:LARGEST_LIST]) + more
            console.print(f"  [dim]not measured: PID {which}: {escape(reason)}[/]", soft_wrap=True)


def _not_measured(buffers: Iterable[BufferReport]) -> dict[str, list[int]]:
    """Return the PIDs without a measurement by why that is."""
    reasons: dict[str, list[int]] = {}
    for one in buffers:
        if one.not_measured is not None and one.pid not in reasons.setdefault(one.not_measured, []):
            reasons[one.not_measured].append(one.pid)
    return reasons


def _buffer_table(buffers: Iterable[BufferReport]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("PID", justify="right", no_wrap=True, width=5)
    table.add_column("TB", justify="right", no_wrap=True)
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("B, EB", justify="right", no_wrap=True)
    table.add_column("longest delay", justify="right", no_wrap=True)
    table.add_column("errors")
    for one in buffers:
        if one.not_measured is None:
            delay = "" if one.longest_delay_ms is None else f"{one.longest_delay_ms:.0f} ms"
            parts = (
                ("TB overflow", one.tb_overflows),
                ("MB overflow", one.mb_overflows),
                ("B overflow", one.b_overflows),
                ("underflow", one.underflows),
                ("not empty", one.empty_errors),
                ("delay", one.delay_errors),
            )
            errors = ", ".join(f"{count} × {what}" for what, count in parts if count)
            fills = (_fill(one.tb_peak, one.tb_size), _fill(one.mb_peak, one.mb_size), _fill(one.b_peak, one.b_size))
            table.add_row(str(one.pid), *fills, delay, f"[cyan]{errors}[/]" if errors else "[green]none[/]")
    return table


def _fill(peak: int | None, size: int | None) -> str:
    """Say how full a buffer was, and what it holds."""
    return "" if peak is None or size is None else f"{_octets(peak)} of {_octets(size)}"


def _octets(n: int) -> str:
    return f"{n}" if n < 10_000 else f"{n / 1000:.0f}k"


def _pcr_table(pcrs: Iterable[PcrReport]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("PID", justify="right", no_wrap=True, width=5)
    for header in ("PCRs", "longest interval", "accuracy", "jitter"):
        table.add_column(header, justify="right", no_wrap=True)
    for pcr in pcrs:
        interval = f"{pcr.longest_interval_ms:.1f} ms"
        style = "yellow" if pcr.repetition_errors or pcr.discontinuity_indicator_errors else ""
        table.add_row(
            str(pcr.pid),
            str(pcr.pcrs),
            f"[{style}]{interval}[/]" if style else interval,
            _nanoseconds(pcr.accuracy_ns, is_bad=pcr.accuracy_errors > 0),
            _nanoseconds(pcr.jitter_ns),
        )
    return table


def _nanoseconds(ns: int | None, *, is_bad: bool = False) -> str:
    """Say a deviation; there is none where the rate is not constant."""
    if ns is None:
        return "[dim]variable rate[/]"
    text = f"{ns} ns" if ns < 10_000 else f"{ns / 1000:.0f} µs"
    return f"[yellow]{text}[/]" if is_bad else text


def _cue(cue: CueReport) -> str:
    event = "" if cue.event_id is None else f" event {cue.event_id}"
    at = "" if cue.kind == "cancel" else " immediately" if cue.pts is None else f" at PTS {cue.pts / 90_000:.3f} s"
    duration = "" if cue.duration is None else f" for {cue.duration / 90_000:.3f} s"
    times = f", told {cue.count} times" if cue.count > 1 else ""
    return f"PID {cue.pid}: {cue.kind}{event}{at}{duration}{' (returns by itself)' * cue.auto_return}{times}"


def _headline(report: Report, source: str) -> str:
    parts = []
    if report.transport_stream_id is not None:
        parts.append(f"transport stream {report.transport_stream_id}")
    if report.duration_s is not None:
        parts.append(f"{report.duration_s:.1f} s")
    if report.bit_rate_bps is not None:
        parts.append(_bit_rate(report.bit_rate_bps))
    parts.append(f"{report.packets} packets" + (f" of {report.packet_size}" if report.packet_size != 188 else ""))
    if report.null_share:
        parts.append(f"{report.null_share:.1%} null")
    if report.clock is None:
        parts.append("no PCR or DTS to measure time by")
    return f"[bold]{escape(source)}[/]: " + ", ".join(parts)


def _program_line(program: ProgramReport) -> str:
    parts = [f"[bold]program {program.program_number}[/]"]
    if program.service_name:
        parts.append(f"[bold cyan]{escape(program.service_name)}[/]")
    if program.service_provider:
        parts.append(escape(f"({program.service_provider})"))
    if program.bit_rate_bps is not None:
        parts.append(_bit_rate(program.bit_rate_bps))
    parts.append(f"PMT {program.program_map_pid}" + (f" PCR {program.pcr_pid}" if program.pcr_pid is not None else ""))
    if program.scrambled:
        parts.append("[red]scrambled[/]")
    return " ".join(parts)


def _streams_table(streams: Iterable[StreamReport], largest: int) -> Table:
    table = _table("codec", "format", "language")
    for stream in streams:
        codec = escape(stream.codec) + (" [red]scrambled[/]" if stream.scrambled else "")
        language = "" if stream.language == "und" else stream.language
        role = "" if stream.role == "main" else stream.role
        cells = (codec, escape(_format(stream)), escape(f"{language} {role}".strip()))
        table.add_row(str(stream.pid), *cells, *_rate_cells(stream.bit_rate_bps, largest))
    return table


def _table(*headers: str) -> Table:
    """Make a table whose columns stand at the same place in each, 80 wide."""
    widths = {"codec": 14, "format": 28, "language": 15, "usage": 59}
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("PID", justify="right", no_wrap=True, width=5)
    for header in headers:
        table.add_column(header, overflow="fold", width=widths[header])
    table.add_column("kbit/s", justify="right", no_wrap=True, width=6)
    table.add_column("", no_wrap=True, width=BAR_COLUMNS)
    return table


def _rate_cells(rate_bps: int | None, largest_bps: int) -> tuple[str, Bar | str]:
    if rate_bps is None:
        return "", ""
    return f"{rate_bps / 1000:.0f}", Bar(max(largest_bps, 1), 0, rate_bps, width=BAR_COLUMNS, color="cyan")


def _format(stream: StreamReport) -> str:
    parts = []
    if stream.width and stream.height:
        parts.append(f"{stream.width}×{stream.height}")
    if stream.frame_rate is not None:
        unit = "fields/s" if stream.scan == "fields" else "fps"
        parts.append(f"{float(Fraction(*stream.frame_rate)):.5g} {unit}")
    if stream.scan == "interlaced":
        parts.append("interlaced")
    if stream.dynamic_range not in (None, "SDR"):
        parts.append(str(stream.dynamic_range))
    if stream.sampling_frequency:
        parts.append(f"{stream.sampling_frequency / 1000:g} kHz")
    if stream.channels:
        parts.append(f"{stream.channels} ch")
    if stream.rfc6381:
        parts.append(stream.rfc6381)
    parts += (f"{s.page} {s.language} {s.role}," for s in stream.subtitles)
    return " ".join(parts).removesuffix(",")


def _of_programs(numbers: tuple[int, ...]) -> str:
    return f" of {', '.join(map(str, numbers))}" if numbers else ""


def _bit_rate(rate_bps: int) -> str:
    return f"{rate_bps / 1e6:.2f} Mbit/s" if rate_bps >= 1_000_000 else f"{rate_bps / 1e3:.0f} kbit/s"
