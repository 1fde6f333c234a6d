"""The demo's transport streams: made once by this machine, and kept.

The folder's name holds a digest of the code that made them, so a changed generator makes them anew. A file has its name
only when it is whole; two programs that start at once take turns.
"""

import fcntl
import hashlib
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

import av

from yiwang.base.errors import WorkError
from yiwang.media.demo_channels import CHANNELS, DemoChannel, DemoRegion
from yiwang.media.demo_encoder import encode_channel

WORKERS = 2

DemoProgress = Callable[[str, float], None]
"""Told the channel's id (or ``"waiting"`` while another program makes the demo) and the part of all the work done, 0..1."""

DemoReady = Callable[[DemoChannel, Path], None]


@dataclass(frozen=True, slots=True)
class DemoNetwork:
    """The regions of the demo and the channels of all."""

    regions: tuple[DemoRegion, ...]
    channels: tuple[DemoChannel, ...]


def demo_network() -> DemoNetwork:
    """Describe the demo, whether its files have been made or not."""
    return DemoNetwork(tuple(dict.fromkeys(channel.region for channel in CHANNELS)), CHANNELS)


def demo_version() -> str:
    """Digest of all that decides the files' octets: this package's code, and the encoders."""
    digest = hashlib.sha256(repr(sorted(av.library_versions.items())).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def prepare_demo(
    cache: Path,
    progress: DemoProgress,
    channels: tuple[DemoChannel, ...] = CHANNELS,
    ready: DemoReady = lambda channel, path: None,
) -> dict[str, Path]:
    """Make the files that are not there yet.

    Parameters
    ----------
    cache : Path            folder for all versions; made if need be. Older versions in it are removed
    progress : callable     called about twice a second while files are made, from the calling thread; may raise to stop
    channels : tuple of DemoChannel
    ready : callable        called once for each channel as soon as its file is whole, from the calling thread

    Returns
    -------
    files : dict            channel id: path of its transport stream

    Raises
    ------
    WorkError               the folder cannot be written, or an encoder failed
    """
    folder = cache / f"demo-{demo_version()}"
    files = {channel.id: folder / channel.file_name for channel in channels}
    missing = [channel for channel in channels if not files[channel.id].is_file()]
    for channel in channels:
        if channel not in missing:
            ready(channel, files[channel.id])
    if not missing:
        return files
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (cache / "demo.lock").open("w") as lock:
            _lock(lock.fileno(), progress)
            for old in cache.glob("demo-*/"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
            try:
                _make(missing, files, progress, ready)
            finally:
                for unfinished in folder.glob("*.part"):
                    unfinished.unlink()
    except OSError as error:
        raise WorkError(f"the demo cannot be made in {cache}: {error.strerror or error}") from error
    return files


def _lock(descriptor: int, progress: DemoProgress) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress("waiting", 0.0)
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _make(channels: list[DemoChannel], files: dict[str, Path], progress: DemoProgress, ready: DemoReady) -> None:
    """Encode in ``WORKERS`` processes: the longest work first, then the shortest, so that something is soon to be seen."""
    weights = {channel.id: channel.width * channel.height for channel in channels}
    done = dict.fromkeys(weights, 0.0)
    todo = sorted(channels, key=lambda channel: -weights[channel.id])
    todo = todo[:1] + todo[:0:-1]
    context = multiprocessing.get_context("spawn")  # a fork would copy the locks of the caller's threads
    running: dict[Connection, DemoChannel] = {}
    with ExitStack() as stack:
        while todo or running:
            while todo and len(running) < WORKERS:
                channel = todo.pop(0)
                if files[channel.id].is_file():  # another program has made it while we waited
                    done[channel.id] = 1.0
                    ready(channel, files[channel.id])
                    continue
                reports, worker_end = context.Pipe(duplex=False)
                worker = context.Process(target=_work, args=(channel, files[channel.id], worker_end), daemon=True)
                worker.start()
                worker_end.close()
                stack.callback(worker.join)
                stack.callback(worker.terminate)
                running[reports] = channel
            for end in wait(list(running)) if running else ():
                assert isinstance(end, Connection)
                channel = running[end]
                try:
                    report = end.recv()
                except EOFError:
                    report = "it ended without a word"
                if isinstance(report, str):
                    raise WorkError(f"the demo channel {channel.id} could not be encoded: {report}")
                done[channel.id] = 1.0 if report is None else report
                if report is None:
                    end.close()
                    del running[end]
                    ready(channel, files[channel.id])
                progress(channel.id, sum(done[i] * weights[i] for i in done) / sum(weights.values()))


def _work(channel: DemoChannel, path: Path, reports: Connection) -> None:
    """Encode one channel, in a process of its own. Reports the part done, then None, or the reason it failed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends us
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    try:
        encode_channel(channel, unfinished, reports.send)
        unfinished.replace(path)
        reports.send(None)
    except Exception as error:
        unfinished.unlink(missing_ok=True)
        with suppress(OSError):  # who would hear it has ended, and that is the error
            reports.send(f"{type(error).__name__}: {error}")
