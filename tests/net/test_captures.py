"""Real captures as files to play: passed on whole, and looped without a jump at the joint."""

from pathlib import Path

import numpy as np

from tests.net.test_file_source import play
from yiwang.base.timebase import TICKS_90K, WRAP_33
from yiwang.kernels.ts_restamp import DTS, PID, STREAM_ID, ts_times
from yiwang.net.file_player import FilePlayer
from yiwang.net.source import SourceError

LARGEST_OCTETS = 20 << 20


def test_captures_are_played_whole_and_loop_without_a_jump(captures: Path) -> None:
    paths = [path for path in sorted(captures.rglob("*.ts")) if path.stat().st_size <= LARGEST_OCTETS]
    played = looped = 0
    for path in paths:
        octets = path.read_bytes()
        with path.open("rb") as file:
            try:
                player = FilePlayer(file)
            except SourceError:
                continue
            assert play(player, 10**12, 10**7) == octets, path
            played += 1
            try:
                player = FilePlayer(file, loop=True)
            except SourceError:
                continue
            looped += 1
            joint_is_smooth(player, octets, path)
    assert played > len(paths) // 2
    assert looped > played // 2


def joint_is_smooth(player: FilePlayer, octets: bytes, path: Path) -> None:
    """The stream that rules the loop goes on at the joint by a step that it also makes elsewhere."""
    assert player.loop is not None
    rounds = [bytearray(), bytearray()]
    for i, round_ in enumerate(rounds):
        player.seek(i * player.loop.period_90k)
        while len(round_) < len(octets):
            player.load()
            round_ += player.advance(10**12)
        assert len(round_) == len(octets), path
    first, again = (ruling_dts(bytes(round_)) for round_ in rounds)
    step = (again[0] - first[-1]) % WRAP_33
    assert 0 < step <= TICKS_90K, path
    assert [(dts - again[0]) % WRAP_33 for dts in again] == [(dts - first[0]) % WRAP_33 for dts in first], path


def ruling_dts(octets: bytes) -> list[int]:
    """DTS of the first video stream, or where there is none of the first stream, that has two pictures."""
    units = [row for row in ts_times(np.frombuffer(octets, np.uint8), 188)[0].tolist() if row[DTS] >= 0]
    units = [row for row in units if row[STREAM_ID] & 0xF0 == 0xE0] or units
    pids = [row[PID] for row in units]
    chosen = next(pid for pid in pids if pids.count(pid) > 1)
    return [row[DTS] for row in units if row[PID] == chosen]
