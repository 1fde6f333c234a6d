"""`yiwang package`: files to a folder of HLS and DASH."""

import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from yiwang.base.errors import UsageError
from yiwang.base.timebase import TICKS_90K
from yiwang.mpegts.roles import UNDETERMINED, language_code
from yiwang.services.package_files import Result, package_files
from yiwang.services.reading import ReadSubtitles, check_reading
from yiwang.services.transcoding import TranscodeAudio, TranscodeVideo


def run(
    inputs: list[str],
    output: str,
    segment_duration: float,
    program: int | None,
    transcode_audio: TranscodeAudio,
    transcode_video: TranscodeVideo,
    *,
    ts: bool = False,
    read_subtitles: str | None = None,
) -> None:
    """Package and say in a few lines what was made."""
    if not inputs:
        raise UsageError("package: INPUT is missing: a transport stream file, or - for standard input")
    if not 0.1 <= segment_duration <= 60:
        raise UsageError(f"--segment-duration {segment_duration}: expected seconds between 0.1 and 60")
    if program is not None and not 1 <= program <= 65535:
        raise UsageError(f"--program {program}: expected a program_number, 1 to 65535")
    for name in inputs:
        if name != "-" and not Path(name).exists():
            raise UsageError(f"{name}: no such file")
        if Path(name).is_dir():
            raise UsageError(f"{name}: is a folder, not a file")
    languages = _languages(read_subtitles)
    folder = Path(output)
    if not output:
        raise UsageError("-o: expected a folder")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"-o {output}: is not a folder")
    console = Console(stderr=True)
    are_files = all(Path(name).is_file() for name in inputs)  # a pipe has no size
    total = sum(os.path.getsize(name) for name in inputs) if are_files else None
    columns = (TextColumn("packaging"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        result = package_files(
            inputs,
            folder,
            round(segment_duration * TICKS_90K),
            program,
            lambda octets: progress.advance(task, octets),
            transcode_audio,
            transcode_video,
            ts=ts,
            read_subtitles=languages,
        )
    for line in _report(result, folder):
        print(line)


def _languages(read_subtitles: str | None) -> ReadSubtitles:
    """Read --read-subtitles, which needs the extra."""
    if read_subtitles is None:
        return False
    codes = tuple(language_code(code.strip()) for code in read_subtitles.split(","))
    if read_subtitles != "all" and UNDETERMINED in codes:
        raise UsageError(f"--read-subtitles {read_subtitles}: expected all, or languages (ISO 639-2) like fra,zho")
    check_reading(True, "--read-subtitles")
    return True if read_subtitles == "all" else codes


def _report(result: Result, folder: Path) -> Iterator[str]:
    """What was made: lines that a terminal may break, not we, so that paths can be copied."""
    seconds = result.duration_90k / TICKS_90K
    periods = f", {result.periods} periods" if result.periods > 1 else ""
    segments = "1 segment" if result.segments == 1 else f"{result.segments} segments"
    yield f"{folder}: {seconds:.1f} s{periods}, {segments}"
    for name, codec in result.tracks.items():
        yield f"  {name}: {codec}"
    for skipped in result.skipped:
        yield f"  left out: PID {skipped.pid}, {skipped.codec}"
    for name, count in sorted(result.faults.items()):
        yield f"  damage in the input: {count} × {name}"
