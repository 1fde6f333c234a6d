"""Looks at a source that is no channel yet: what programmes come, and one picture, in a process of its own.

`try_source` is for the node. The process is this file run as a program: what a stranger's stream does to a decoder ends there,
and so do the time and memory that it takes.
"""

import asyncio
import base64
import json
import os
import resource
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from yiwang.base.errors import UsageError, WireError, WorkError
from yiwang.net.node_mark import NODE_MARK, VARIABLE

WATCH_S = 5.0
"""A random access point comes within that, in television."""
LONGEST_S = 60.0
"""On a machine that is busy; starting takes a second or two."""
MOST_CPU_S = 40
MOST_OCTETS = 48 << 20
MOST_ANSWER = 8 << 20


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a source: a report as `yiwang probe --json` gives, a picture as JPEG in base64; or what is wrong.

    Of an output there is only what is wrong with it.
    """

    url: str
    fault: str = ""
    report: dict[str, Any] | None = None
    picture: str | None = None
    is_output: bool = False


async def try_source(url: str, interface: str | None, program: int | None) -> Tried:
    """Look at a source for some seconds; never raises for what the source does."""
    asked = json.dumps({"url": url, "interface": interface, "program": program}).encode()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "yiwang.services.dry_run", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, limit=MOST_ANSWER, env={**os.environ, VARIABLE: NODE_MARK},
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST_S):
            said, _ = await process.communicate(asked)
    except TimeoutError:
        return Tried(url, f"it was not read in {LONGEST_S:g} s")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    try:
        return Tried(**json.loads(said))
    except (ValueError, TypeError):
        return Tried(url, f"the process that looks at it ended with {process.returncode}")


def look(url: str, interface: str | None, program: int | None) -> Tried:
    """Take what a source sends, and tell what it is."""
    from yiwang.net.source import SourceError
    from yiwang.net.source_url import parse_source_url
    from yiwang.services.probe import Probe

    probe, kept = Probe(), bytearray()
    try:
        spec = parse_source_url(url, interface=interface)
        asyncio.run(_take(spec, probe, kept))
    except (UsageError, WorkError, SourceError, OSError) as error:
        return Tried(url, str(error))
    probe.flush()
    if not probe.octets:
        return Tried(url, f"nothing came in {WATCH_S:g} s")
    if not probe.is_transport_stream:
        return Tried(url, "what comes is no MPEG transport stream")
    report = probe.report().as_json(url)
    found = [one for one in report["programs"] if program is None or one["program_number"] == program]
    if not found:
        return Tried(url, f"there is no programme {program}", report)
    return Tried(url, "", report, _picture(bytes(kept), found))


async def _take(spec: Any, probe: Any, kept: bytearray) -> None:
    from yiwang.net.make_source import make_source
    from yiwang.net.pump import Pump

    source = make_source(spec, Pump())
    try:
        async with asyncio.timeout(WATCH_S + 5):
            await source.open()
        async with asyncio.timeout(WATCH_S):
            while block := await source.read():
                probe.feed(block)
                probe.add_faults(source.drain_faults())
                if len(kept) < MOST_OCTETS:
                    kept += bytes(block)
    except TimeoutError:
        pass
    finally:
        await source.close()


def _picture(octets: bytes, programs: list[dict[str, Any]]) -> str | None:
    """Return the first picture of the first programme that has one."""
    from yiwang.media.first_picture import first_picture

    pids = [stream["pid"] for one in programs for stream in one["streams"] if stream["kind"] == "video"]
    for pid in pids[:3]:
        with suppress(WireError):
            return base64.b64encode(first_picture(octets, pid)).decode()
    return None


def main() -> None:
    """Answer one question, from standard input, on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    with suppress(OSError):
        os.nice(10)
    tried = look(**json.loads(sys.stdin.read()))
    said = {"url": tried.url, "fault": tried.fault, "report": tried.report, "picture": tried.picture}
    sys.stdout.write(json.dumps(said, ensure_ascii=True))


if __name__ == "__main__":
    main()
