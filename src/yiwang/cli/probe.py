"""`yiwang probe`: what is in a transport stream, for people or as JSON. Each imports what it needs: the start is most of it."""

import json as json_text
import sys
from pathlib import Path

from yiwang.base.errors import UsageError, WorkError
from yiwang.net.file_blocks import read_blocks
from yiwang.net.source_url import FileSpec, SourceSpec, StdinSpec, parse_source_url
from yiwang.services.probe import Probe

BLOCK_OCTETS = 188 * 8192
DURATION_S = 5.0


def run(source: str, *, json: bool, duration_s: float = DURATION_S, buffers: bool = False) -> None:
    """Read ``source`` and print what was found.

    Raises
    ------
    UsageError    no such file, a URL that is none, a duration of nothing
    WorkError     it cannot be read, or it is no transport stream
    """
    if not 0 < duration_s <= 86_400:
        raise UsageError(f"--duration {duration_s:g}: expected seconds, more than 0 and at most 86400")
    spec = parse_source_url(source)
    probe = Probe(measures_buffers=buffers)
    if isinstance(spec, FileSpec | StdinSpec):
        _read(spec, probe)
    else:
        _watch(spec, probe, duration_s)
        if not probe.octets:
            raise WorkError(f"{spec.url}: nothing came in {duration_s:g} s")
    probe.flush()
    if not probe.octets:
        raise WorkError(f"{spec.url}: is empty")
    if not probe.is_transport_stream:
        raise WorkError(f"no MPEG-TS sync in {spec.url}: no run of sync bytes 0x47 at 188, 192 or 204 octets")
    report = probe.report()
    if json:
        sys.stdout.write(json_text.dumps(report.as_json(spec.url), ensure_ascii=False, indent=2) + "\n")
    else:
        from yiwang.cli.probe_text import show

        show(report, spec.url)


def _read(spec: FileSpec | StdinSpec, probe: Probe) -> None:
    """Read a file or standard input to its end, as fast as it comes."""
    path = spec.path if isinstance(spec, FileSpec) else "-"
    total = None
    if path != "-":
        if not Path(path).exists():
            raise UsageError(f"{path}: no such file")
        if Path(path).is_dir():
            raise UsageError(f"{path}: is a folder")
        total = Path(path).stat().st_size or None
    blocks = read_blocks(path, BLOCK_OCTETS, is_mapped=True)
    if sys.stderr.isatty():
        from yiwang.cli.progress import with_bar

        blocks = with_bar(blocks, total)
    for block in blocks:
        probe.feed(block)


def _watch(spec: SourceSpec, probe: Probe, duration_s: float) -> None:
    """Take what a live source sends for ``duration_s``, counted from its first octets where these are late."""
    import asyncio

    from yiwang.net.make_source import make_source
    from yiwang.net.pump import Pump

    async def take() -> None:
        source = make_source(spec, Pump())
        await source.open()
        try:
            async with asyncio.timeout(duration_s):
                while block := await source.read():
                    probe.feed(block)
                    probe.add_faults(source.drain_faults())
        except TimeoutError:
            pass
        finally:
            await source.close()

    asyncio.run(take())
