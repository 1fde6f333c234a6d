"""How far a long reading is, on a terminal."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn


def with_bar(blocks: Iterable[memoryview], total: int | None) -> Iterator[memoryview]:
    """Pass blocks on, and show on standard error how many octets of ``total`` have been taken."""
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        for block in blocks:
            yield block
            progress.advance(task, len(block))
