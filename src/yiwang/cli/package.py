"""`yiwang package`: files to a folder of HLS and DASH."""

import os
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from yiwang.base.errors import UsageError
from yiwang.base.timebase import TICKS_90K
from yiwang.services.package_files import Result, package_files


def run(inputs: list[str], output: str, segment_duration: float, program: int | None) -> None:
    """Package and say in a few lines what was made."""
    if not inputs:
        raise UsageError("package: INPUT is missing: a transport stream file, or - for standard input")
    if not 0.1 <= segment_duration <= 60:
        raise UsageError(f"--segment-duration {segment_duration}: expected seconds between 0.1 and 60")
    for name in inputs:
        if name != "-" and not Path(name).is_file():
            raise UsageError(f"{name}: no such file")
    folder = Path(output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"-o {output}: is not a folder")
    console = Console(stderr=True)
    total = None if "-" in inputs else sum(os.path.getsize(name) for name in inputs)
    columns = (TextColumn("packaging"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        result = package_files(
            inputs,
            folder,
            round(segment_duration * TICKS_90K),
            program,
            lambda octets: progress.advance(task, octets),
        )
    _report(console, result, folder)


def _report(console: Console, result: Result, folder: Path) -> None:
    tracks = ", ".join(f"{name} ({codec})" for name, codec in result.tracks.items())
    seconds = result.duration_90k / TICKS_90K
    periods = f", {result.periods} periods" if result.periods > 1 else ""
    console.print(f"{folder}: {tracks}; {seconds:.1f} s{periods}, {result.segments} segments", highlight=False)
    for skipped in result.skipped:
        console.print(f"  left out: PID {skipped.pid}, {skipped.codec}", highlight=False)
    if result.faults:
        faults = ", ".join(f"{count} × {name}" for name, count in sorted(result.faults.items()))
        console.print(f"  damage in the input: {faults}", highlight=False)
