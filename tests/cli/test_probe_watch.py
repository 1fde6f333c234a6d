"""`yiwang probe --watch`: each interval says what came in it, and Ctrl-C ends it well."""

import asyncio
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.free_port import free_port
from tests.services.hand_fed import SECONDS, stream
from yiwang.cli import probe_watch as command
from yiwang.net import wall_clock
from yiwang.services.probe import PACKET_BITS
from yiwang.services.probe_watch import ProbeWatch

PACKET = 188
VIDEO = 256


def lossy(octets: bytes) -> bytes:
    cut = [octets[at : at + PACKET] for at in range(0, len(octets), PACKET)]
    return b"".join(p for i, p in enumerate(cut) if i % 50)


def test_an_interval_says_what_came_in_it_and_since_the_start():
    octets = stream()
    third = len(octets) // 3 // PACKET * PACKET
    watch = ProbeWatch(1_000)
    watch.probe.feed(octets[:third])
    first = watch.take(5_000)
    watch.probe.feed(lossy(octets[third : 2 * third]))
    second = watch.take(7_000)
    watch.probe.feed(octets[2 * third : 3 * third])
    third_interval = watch.take(8_000)
    nothing = watch.take(9_000)

    assert [i.interval_s for i in (first, second, third_interval, nothing)] == [4, 2, 1, 1]
    assert (first.elapsed_s, nothing.elapsed_s) == (4, 8)
    assert first.bit_rate_bps == round(8 * third / 4)
    assert nothing.bit_rate_bps == 0
    assert all(pid.bit_rate_bps == 0 for pid in nothing.pids)
    in_first = sum((octets[at + 1] & 0x1F) << 8 | octets[at + 2] == VIDEO for at in range(0, third, PACKET))
    (video,) = (pid for pid in first.pids if pid.pid == VIDEO)
    # the packets at the end of a block may wait for what comes next to prove that they are in step
    assert video.bit_rate_bps == pytest.approx(in_first * PACKET_BITS / 4, rel=0.02)
    assert video.usage.startswith("H.264")

    def count(interval: Any) -> tuple[int, int]:
        (indicator,) = (i for i in interval.indicators if i.name == "continuity_count_error")
        return indicator.count, indicator.total

    assert count(first) == (0, 0)
    new, total = count(second)
    assert new == total > 0
    assert count(nothing) == (0, count(third_interval)[1])
    assert sum(pid.continuity_count_errors for pid in second.pids) == new
    line = second.as_json("here", "2026-01-01T00:00:00.000Z")
    assert json.loads(json.dumps(line))["tr_101_290"][3]["count"] == new


def test_buffers_are_counted_in_each_interval_and_null_where_they_are_not_measured():
    octets = stream()
    half = len(octets) // 2 // PACKET * PACKET
    for measures in (False, True):
        watch = ProbeWatch(0, measures_buffers=measures)
        watch.probe.feed(octets[:half])
        first = watch.take(6_000)
        watch.probe.feed(octets[half:])
        second = watch.take(12_000)
        (a,), (b,) = ([i for i in one.indicators if i.name == "buffer_error"] for one in (first, second))
        assert (a.count is None, b.total is None) == (not measures, not measures)
        if measures:
            assert b.total == a.total + b.count


async def test_ticks_for_which_the_process_stood_still_are_no_intervals(monkeypatch: pytest.MonkeyPatch):
    now_ms, stopping = 1_000, asyncio.Event()

    class Timeout:
        """Of a clock that goes on as somebody waits."""

        def __init__(self, seconds: float) -> None:
            self.ms = round(1000 * seconds)

        async def __aenter__(self) -> None:
            nonlocal now_ms
            now_ms += self.ms
            raise TimeoutError

        async def __aexit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(wall_clock, "monotonic_ms", lambda: now_ms)
    monkeypatch.setattr(command.asyncio, "timeout", Timeout)
    lengths = []
    async for interval in command._each(1.0, stopping, ProbeWatch(now_ms)):
        lengths.append(interval.interval_s)
        if len(lengths) == 2:
            now_ms += 5_500
        elif len(lengths) == 5:
            stopping.set()
    assert lengths == [1, 1, 6, 1, 1]


@contextmanager
def sender() -> Iterator[int]:
    """Send television to a port of this machine until it is enough."""
    port = free_port(socket.SOCK_DGRAM, "::1")
    octets, stopping = stream(), threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            size = 7 * PACKET
            pause_s = SECONDS * size / len(octets)
            at = 0
            while not stopping.wait(pause_s):
                sock.sendto(octets[at : at + size], ("::1", port))
                at = (at + size) % (len(octets) // size * size)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield port
    finally:
        stopping.set()
        thread.join()


COMMAND = [sys.executable, "-m", "yiwang.cli.main", "probe", "--watch", "--interval", "0.5"]


def test_json_is_a_line_each_interval_until_it_is_interrupted():
    with sender() as port:
        command = [*COMMAND, "--json", f"udp://[::1]:{port}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = []
            while len(lines) < 4 or lines[-1]["bit_rate_bps"] == 0:
                assert len(lines) < 100
                lines.append(json.loads(process.stdout.readline()))
            process.send_signal(signal.SIGINT)
            rest, complaint = process.communicate(timeout=90)
            assert (process.returncode, complaint) == (0, "")
            lines += [json.loads(line) for line in rest.splitlines()]
    assert [line["elapsed_s"] for line in lines] == sorted(line["elapsed_s"] for line in lines)
    newest = lines[-1]
    assert {"version", "source", "time", "interval_s", "pids", "tr_101_290", "pcrs", "legs", "trouble"} <= newest.keys()
    assert newest["trouble"] is None
    assert VIDEO in {pid["pid"] for pid in newest["pids"]}


def test_people_see_a_live_table_and_what_was_seen_last_stays():
    with sender() as port:
        leader, follower = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        command = [*COMMAND, f"udp://[::1]:{port}"]
        with subprocess.Popen(command, stdout=follower, stderr=subprocess.PIPE, env=environment) as process:
            os.close(follower)
            shown = b""
            while b"H.264" not in shown or b"PCR PID" not in shown:
                shown += os.read(leader, 65_536)
            process.send_signal(signal.SIGINT)
            try:
                while octets := os.read(leader, 65_536):
                    shown += octets
            except OSError:
                pass  # the terminal has no writer any more
            assert process.wait(90) == 0
            assert process.stderr is not None
            assert process.stderr.read() == b""
        os.close(leader)
    text = shown.decode()
    assert "kbit/s" in text
    assert text.rstrip().endswith("\x1b[?25h"), "the cursor is shown again"


def test_a_file_is_watched_at_its_pace_to_its_end(tmp_path: Path):
    path, octets = tmp_path / "short.ts", stream()[: len(stream()) // 6 // PACKET * PACKET]
    path.write_bytes(octets)
    done = subprocess.run([*COMMAND, "--json", str(path)], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["elapsed_s"] >= 1.0
    assert sum(line["interval_s"] * line["bit_rate_bps"] for line in lines) == pytest.approx(8 * len(octets), rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["udp://[::1]"], 2, "no port"),
        (["udp://[::1]:5000", "--interval", "0"], 2, "--interval 0: expected seconds"),
    ],
)
def test_what_cannot_be_watched_is_one_line(arguments: list[str], code: int, said: str):
    command = [sys.executable, "-m", "yiwang.cli.main", "probe", "--watch", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, text=True)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
