"""SRT in both modes: what a peer sends comes through octet by octet."""

import asyncio
import contextlib
import random
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import imageio_ffmpeg
import pytest

from tests.free_port import free_port
from yiwang.net.source import SourceError
from yiwang.net.source_url import SrtSpec, parse_source_url
from yiwang.net.srt_source import SrtSource, explain, srt_arguments

OCTETS = random.Random(7).randbytes(188 * 7 * 60)  # no transport stream at all: nothing may look into it


def source_of(url: str) -> SrtSource:
    spec = parse_source_url(url)
    assert isinstance(spec, SrtSpec)
    return SrtSource(spec)


@asynccontextmanager
async def sender(url: str) -> AsyncIterator[None]:
    """Send OCTETS again and again to the peer of this URL, or to whoever calls."""
    command = [
        "-v",
        "quiet",
        "-f",
        "data",
        "-i",
        "pipe:0",
        "-map",
        "0",
        "-c",
        "copy",
        "-f",
        "data",
        "-flush_packets",
        "1",
    ]
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), *command, url, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    pipe = process.stdin
    assert pipe is not None

    async def feed() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                for at in range(0, len(OCTETS), 1316):
                    pipe.write(OCTETS[at : at + 1316])
                    await pipe.drain()
                    await asyncio.sleep(0.002)  # SRT drops what comes faster than it may send

    async with asyncio.TaskGroup() as group:
        feeding = group.create_task(feed())
        try:
            yield
        finally:
            feeding.cancel()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


async def read(source: SrtSource, n_octets: int) -> bytes:
    got = b""
    async with asyncio.timeout(90):
        while len(got) < n_octets:
            got += bytes(await source.read())
    return got


def is_part_of_what_was_sent(got: bytes) -> bool:
    """Tell whether these octets stand so, unbroken, in OCTETS repeated for ever."""
    start = (OCTETS + OCTETS).find(got[:1024])
    return start >= 0 and got == (OCTETS * (len(got) // len(OCTETS) + 2))[start : start + len(got)]


@pytest.mark.parametrize("mode", ["caller", "listener"])
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
@pytest.mark.parametrize("passphrase", ["", "&passphrase=correct-horse"])
async def test_octets_come_through_untouched(mode: str, host: str, passphrase: str) -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    peer_mode = "listener" if mode == "caller" else "caller"
    source = source_of(f"srt://{host}:{port}?mode={mode}&latency=60{passphrase}")
    async with sender(f"srt://{host}:{port}?mode={peer_mode}{passphrase}"):
        got = await read_with_retries(source, len(OCTETS) * 3 // 2)
    assert is_part_of_what_was_sent(got)
    assert source.drain_faults() == []
    await source.close()


async def read_with_retries(source: SrtSource, n_octets: int) -> bytes:
    """Read as the service does: when the peer is not there yet, try again."""
    async with asyncio.timeout(90):
        while True:
            await source.open()
            try:
                return await read(source, n_octets)
            except SourceError:
                await asyncio.sleep(0.2)


async def test_a_wrong_passphrase_is_an_error_that_says_so() -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    source = source_of(f"srt://127.0.0.1:{port}?passphrase=incorrect-horse")
    async with sender(f"srt://127.0.0.1:{port}?mode=listener&passphrase=correct-horse"), asyncio.timeout(90):
        reason = "not there"
        while "not there" in reason:  # the peer needs a moment to begin
            await source.open()
            with pytest.raises(SourceError) as caught:
                await read(source, 1)
            reason = str(caught.value)
    assert reason.endswith(": the peer has another passphrase")
    assert "incorrect" not in reason
    await source.close()


async def test_closing_ends_the_child_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port(socket.SOCK_DGRAM, "0.0.0.0")
    source = source_of(f"srt://:{port}")
    await source.open()
    process = source._process
    assert process is not None
    await source.close()
    assert process.returncode is not None
    await source.close()


async def test_a_program_that_is_not_there_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: "/nonexistent/ffmpeg")
    with pytest.raises(SourceError, match="the FFmpeg program does not start"):
        await source_of("srt://127.0.0.1:9000").open()


@pytest.mark.parametrize(
    ("complaint", "clause"),
    [
        ("", "the connection ended"),
        ("[srt @ 0x1] Connection to srt://x failed: Connection timed out", "no peer, or silent too long"),
        (
            "[srt @ 0x1] Connection to srt://x failed: Input/output error",
            "the peer is not there or refuses the connection",
        ),
        ("[srt @ 0x1] Failed to resolve hostname nosuch.invalid: ...", "the host name is not known"),
        ("[in#0 @ 0x1] Error during demuxing: Input/output error", "the connection ended"),
        ("first line\nsecond line\n", "first line"),
    ],
)
def test_what_the_child_complains_of_becomes_one_clause(complaint: str, clause: str) -> None:
    assert explain(complaint) == clause


def test_arguments_say_no_more_than_the_url() -> None:
    words = srt_arguments(SrtSpec("srt://h:1", "h", 1))
    assert "-passphrase" not in words
    assert "-srt_streamid" not in words
    words = srt_arguments(SrtSpec("srt://h:1", "2001:db8::1", 1, True, "correct-horse", 250, "#!::r=a"))
    options = dict(zip(words, words[1:], strict=False))
    assert options["-mode"] == "listener"
    assert options["-latency"] == "250000"
    assert options["-srt_streamid"] == "#!::r=a"
    assert options["-i"] == "srt://[2001:db8::1]:1"
