"""SRT by way of the FFmpeg program, as a pipe of octets: nothing is demultiplexed, so the stream comes untouched.

``-f data`` at both ends takes messages in and gives the same octets out (ADR 0009).
"""

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, PIPE, Process

import imageio_ffmpeg

from yiwang.base.events import Fault
from yiwang.net.source import TICK_MS, Block, SourceError, UntilDue
from yiwang.net.source_url import SrtSpec

READ_OCTETS = 1 << 18
BUSY_OCTETS = 1 << 15  # less than this in one read, and the pipe may gather for a tick before the next
CONNECT_TIMEOUT_MS = 5_000
SILENCE_TIMEOUT_MS = 10_000
"""The child ends by itself after this silence, so it never outlives us by more: not even when we were killed."""
LISTEN_TIMEOUT_MS = 30_000
LARGEST_COMPLAINT_OCTETS = 65_536


_MEANINGS = (  # the first that is found counts
    ("Incorrect passphrase", "the peer has another passphrase"),
    ("BADSECRET", "the peer has another passphrase"),
    ("Failed to resolve hostname", "the host name is not known"),
    ("Address already in use", "the port is in use"),
    ("Connection timed out", "no peer, or silent too long"),
    ("failed: Input/output error", "the peer is not there or refuses the connection"),
    ("Input/output error", "the connection ended"),
)


class SrtSource:
    """Runs one FFmpeg for one SRT connection, as caller or listener, and reads what it writes."""

    def __init__(self, spec: SrtSpec) -> None:
        self.url = spec.url
        self.bytes_received = 0
        self._spec = spec
        self._process: Process | None = None
        self._complaints = -1  # file descriptor: what the child writes to its standard error
        self._busy = True

    async def open(self) -> None:
        """Start the child; whether the peer is there shows at the first :meth:`read`. Raises :class:`SourceError`."""
        await self.close()
        self._complaints, for_child = os.pipe()
        # A pipe nobody empties must not stop the child when it is full, nor us when it is empty.
        os.set_blocking(for_child, False)
        os.set_blocking(self._complaints, False)
        try:
            program = imageio_ffmpeg.get_ffmpeg_exe()
            arguments = srt_arguments(self._spec)
            self._process = await asyncio.create_subprocess_exec(
                program, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=for_child, limit=READ_OCTETS
            )
        except (OSError, RuntimeError) as error:
            await self.close()
            raise SourceError(f"{self.url}: the FFmpeg program does not start: {error}") from error
        finally:
            os.close(for_child)

    async def read(self) -> Block:
        """Return the next octets; the end of the connection is an error, because a channel has no end."""
        process = self._process
        assert process is not None  # opened
        assert process.stdout is not None
        if not self._busy:
            await asyncio.sleep(TICK_MS / 1000)
        block = await process.stdout.read(READ_OCTETS)
        if not block:
            raise SourceError(f"{self.url}: {await self._last_words(process)}")
        self._busy = len(block) >= BUSY_OCTETS
        self.bytes_received += len(block)
        return block

    def hold(self, until_due: UntilDue) -> None:
        """Hold nothing back: blocks come as they are made."""

    async def close(self) -> None:
        """End the child and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # empties the pipe, so that its transport is closed too
        if self._complaints >= 0:
            os.close(self._complaints)
            self._complaints = -1

    def drain_faults(self) -> list[Fault]:
        """Return nothing: the program does not tell what SRT lost. The demultiplexer sees it as continuity errors."""
        return []

    async def _last_words(self, process: Process) -> str:
        await process.wait()
        try:
            text = os.read(self._complaints, LARGEST_COMPLAINT_OCTETS).decode(errors="replace")
        except BlockingIOError:
            text = ""
        return explain(text)


def srt_arguments(spec: SrtSpec) -> list[str]:
    """Write FFmpeg's arguments for a connection that is received and passed to standard output octet by octet."""
    options = {
        "mode": "listener" if spec.listener else "caller",
        "latency": spec.latency_ms * 1000,
        "timeout": SILENCE_TIMEOUT_MS * 1000,
        "listen_timeout": LISTEN_TIMEOUT_MS * 1000,
        "connect_timeout": CONNECT_TIMEOUT_MS,
        "pkt_size": 1456,  # the longest message SRT's live mode has
    }
    if spec.passphrase:
        options |= {"passphrase": spec.passphrase, "enforced_encryption": 1}
    if spec.stream_id:
        options["srt_streamid"] = spec.stream_id
    host = f"[{spec.host}]" if ":" in spec.host else spec.host
    return [
        *("-hide_banner", "-loglevel", "error", "-nostdin", "-protocol_whitelist", "srt,udp"),
        *(word for name, value in options.items() for word in (f"-{name}", str(value))),
        *("-fflags", "nobuffer", "-f", "data", "-i", f"srt://{host}:{spec.port}"),
        *("-map", "0", "-c", "copy", "-f", "data", "-flush_packets", "1", "pipe:1"),
    ]


def explain(complaint: str) -> str:
    """Turn what FFmpeg wrote before it ended into one clause an operator understands."""
    for sign, meaning in _MEANINGS:
        if sign in complaint:
            return meaning
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    return lines[0][:200] if lines else "the connection ended"
