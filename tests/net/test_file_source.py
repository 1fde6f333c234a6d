"""Files as sources: their pace, and loops in which no time and no counter ever jumps."""

import io
from io import BufferedReader
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.test_ts_restamp import WRAP, SlowPacket, packet, pes_header
from yiwang.base.timebase import unwrap_33
from yiwang.net import file_source, wall_clock
from yiwang.net.file_clock import CHUNK_OCTETS
from yiwang.net.file_player import FilePlayer
from yiwang.net.file_source import FileSource
from yiwang.net.source import TICK_MS, SourceError
from yiwang.net.source_url import FileSpec

VIDEO, AUDIO, TABLE = 100, 101, 32


def broadcast(
    frames: int, first_dts: int = 1000, *, step: int = 3600, reorder: int = 0, packets_per_frame: int = 3, video: bool = True
) -> list[bytes]:  # fmt: skip
    """Make a small programme: pictures with a PCR each, two audio frames to each, a table now and then, null packets."""
    counters = {VIDEO: 5, AUDIO: 14, TABLE: 0}
    out = []

    def add(pid: int, payload: bytes | None, **fields: object) -> None:
        counters[pid] = (counters[pid] + (payload is not None)) % 16
        out.append(packet(pid, counters[pid], payload, **fields))  # type: ignore[arg-type]

    for i in range(frames):
        dts = (first_dts + i * step) % WRAP
        pcr = ((dts - 9000) % WRAP, 7)
        if i % 10 == 0:
            add(TABLE, b"\0\x02\xb0table", pusi=True)
        if video:
            add(VIDEO, pes_header(0xE0, (dts + reorder) % WRAP, dts) + bytes([i % 256]), pusi=True, pcr=pcr)
            for j in range(packets_per_frame - 1):
                add(VIDEO, bytes([j]) * 184)
            add(VIDEO, None, pcr=((dts - 9000 + step // 2) % WRAP, 7))
        for k in range(2):
            fields = {} if video else {"pcr": pcr}
            add(AUDIO, pes_header(0xC0, (dts + k * step // 2) % WRAP) + b"a", pusi=True, **(fields if k == 0 else {}))
        out.append(packet(8191, 0, b"", fill=0xFF))
    return out


def player_of(octets: bytes, loop: bool = True, pts_from_zero: bool = False) -> FilePlayer:
    return FilePlayer(cast(BufferedReader, io.BytesIO(octets)), loop, pts_from_zero)


def play(player: FilePlayer, until_90k: int, tick: int = 1800) -> bytes:
    got = []
    now = 0
    while not player.ended:
        if player.needs_load:
            player.load()
        elif player.next_due_90k <= now:
            got.append(bytes(player.advance(now)))
        elif now == until_90k:
            break
        else:
            now = min(now + tick, until_90k)
    return b"".join(got)


def times_and_counters(octets: bytes) -> tuple[dict[int, list[int]], dict[int, list[int]], list[int]]:
    dts: dict[int, list[int]] = {}
    counters: dict[int, list[int]] = {}
    pcr = []
    for at in range(0, len(octets) - 187, 188):
        slow = SlowPacket(octets[at : at + 188])
        if slow.dts >= 0:
            dts.setdefault(slow.pid, []).append(slow.dts)
        if slow.pcr >= 0:
            pcr.append(slow.pcr)
        if slow.has_payload:
            counters.setdefault(slow.pid, []).append(slow.counter)
    return dts, counters, pcr


def steps_of(values: list[int], modulus: int) -> set[int]:
    return {(b - a) % modulus for a, b in zip(values, values[1:], strict=False)}


@settings(deadline=None)
@given(
    frames=st.integers(2, 40),
    first_dts=st.integers(0, WRAP - 1) | st.integers(-200_000, 0).map(lambda x: WRAP + x),
    step=st.sampled_from([1800, 3004, 3600]),
    reorder=st.sampled_from([0, 3600, 7200]),
    pts_from_zero=st.booleans(),
    video=st.booleans(),
)
def test_over_several_loops_times_rise_by_the_frame_and_counters_by_one(
    frames: int, first_dts: int, step: int, reorder: int, pts_from_zero: bool, video: bool
) -> None:
    items = broadcast(frames, first_dts, step=step, reorder=reorder, video=video)
    player = player_of(b"".join(items), pts_from_zero=pts_from_zero)
    assert player.loop is not None
    assert player.loop.length_90k == player.loop.period_90k == frames * step
    octets = play(player, 5 * player.loop.period_90k)
    n = len(octets) // (188 * len(items))
    assert n >= 5
    dts, counters, pcr = times_and_counters(octets)
    if video:
        assert steps_of(dts[VIDEO], WRAP) == {step}
        assert dts[VIDEO][0] == (-reorder % WRAP if pts_from_zero else first_dts % WRAP)
    rising = [unwrap_33(value, pcr[0]) for value in pcr]
    assert all(0 < b - a <= step for a, b in zip(rising, rising[1:], strict=False))
    for pid, values in counters.items():
        assert steps_of(values, 16) <= ({0} if pid == 8191 else {1}), pid


@settings(deadline=None, max_examples=20)
@given(frames=st.integers(2, 20), rounds=st.integers(1, 3))
def test_nothing_but_times_and_counters_changes(frames: int, rounds: int) -> None:
    items = broadcast(frames)
    player = player_of(b"".join(items))
    assert player.loop is not None
    octets = play(player, rounds * player.loop.period_90k - 1)

    def without(item: bytes) -> bytes:
        slow = SlowPacket(item)
        out = bytearray(item)
        out[3] &= 0xF0
        for at, n in [(at, 5) for at in slow.stamps] + [(at, 5) for at in slow.clocks]:
            out[at : at + n] = bytes(n)
        return bytes(out)

    assert len(octets) == rounds * len(items) * 188
    for i in range(rounds * len(items)):
        assert without(octets[i * 188 : i * 188 + 188]) == without(items[i % len(items)])


def test_a_stream_cut_in_the_middle_of_a_pes_packet_is_seen_as_broken_at_the_joint() -> None:
    items = broadcast(4)[2:]  # begins with a picture's second packet
    player = player_of(b"".join(items))
    assert player.loop is not None
    octets = play(player, 3 * player.loop.period_90k)
    _, counters, _ = times_and_counters(octets)
    assert steps_of(counters[VIDEO], 16) == {1, 2}
    assert steps_of(counters[AUDIO], 16) == {1}


def test_a_file_without_loop_is_played_once_and_whole() -> None:
    octets = b"".join(broadcast(30)) + b"half a packet"
    player = player_of(octets, loop=False)
    assert play(player, 10**9) == octets
    assert player.ended


def test_octets_are_due_when_the_clock_before_them_says_so() -> None:
    player = player_of(b"".join(broadcast(30)), loop=False)
    player.load()
    assert player.next_due_90k == 0
    sent = bytes(player.advance(0))
    assert times_and_counters(sent)[2] == [(1000 - 9000) % WRAP]
    assert player.next_due_90k == 1800
    assert bytes(player.advance(1799)) == b""
    pcr = times_and_counters(bytes(player.advance(10_000)))[2]
    assert [(value + 8000) % WRAP for value in pcr] == [1800, 3600, 5400, 7200, 9000]
    assert player.next_due_90k == 10_800


@pytest.mark.parametrize("jump", [-5_000_000, -500_000, 500_000, 5_000_000])
def test_a_jump_of_the_files_own_clock_is_no_pause(jump: int) -> None:
    octets = b"".join(broadcast(20) + broadcast(20, 1000 + 20 * 3600 + jump))
    player = player_of(octets, loop=False)
    assert len(play(player, 39 * 3600)) == len(octets)
    looped = player_of(octets)
    assert looped.loop is not None
    assert abs(looped.loop.period_90k - 40 * 3600) <= 3600
    dts, _, _ = times_and_counters(play(looped, 3 * looped.loop.period_90k))
    joint = dts[VIDEO][39:41]
    assert (joint[1] - joint[0]) % WRAP == 3600


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 400_000), st.booleans())
def test_who_seeks_sends_the_same_octets_as_who_has_played_all_along(now: int, pts_from_zero: bool) -> None:
    octets = b"".join(broadcast(25))
    late, early = player_of(octets, pts_from_zero=pts_from_zero), player_of(octets, pts_from_zero=pts_from_zero)
    late.seek(now)
    late.load()
    assert late.next_due_90k <= now < late.next_due_90k + 1800
    sent = play(late, now + 50_000)
    assert len(sent) >= 50_000 // 3600 * 188
    assert play(early, now + 50_000).endswith(sent)


@pytest.mark.parametrize("stride", [192, 204])
def test_packets_of_192_and_204_octets_are_played_too(stride: int) -> None:
    items = [
        b"\0" * (4 if stride == 192 else 0) + item + b"\0" * (16 if stride == 204 else 0) for item in broadcast(30)
    ]
    player = player_of(b"".join(items))
    assert player.loop is not None
    assert player.loop.length_90k == 30 * 3600
    assert len(play(player, 2 * player.loop.period_90k - 1)) == 2 * len(items) * stride


def test_a_file_longer_than_a_chunk_is_played_whole() -> None:
    octets = b"".join(broadcast(150, packets_per_frame=60))
    assert len(octets) > CHUNK_OCTETS + CHUNK_OCTETS // 2
    assert play(player_of(octets, loop=False), 10**9) == octets
    player = player_of(octets)
    assert player.loop is not None
    dts, counters, _ = times_and_counters(play(player, 2 * player.loop.period_90k - 1))
    assert len(dts[VIDEO]) == 300
    assert steps_of(dts[VIDEO], WRAP) == {3600}
    assert steps_of(counters[VIDEO], 16) == {1}


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "is not a transport stream"),
        (b"RIFF" * 1000, "is not a transport stream"),
        (packet(32, 0, b"\0\x02\xb0", pusi=True) * 20, "no PCR and no PTS"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused(octets: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        player_of(octets)


def test_one_picture_is_too_short_to_loop() -> None:
    with pytest.raises(SourceError, match="too short to loop"):
        player_of(b"".join(broadcast(1)[:3]) * 2)


class FakeClock:
    """A clock that only sleeping moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, start_90k: int = 0) -> None:
        self.now_90k = start_90k
        self.woken = 0
        monkeypatch.setattr(wall_clock, "now_90k", lambda: self.now_90k)
        monkeypatch.setattr(wall_clock, "monotonic_90k", lambda: self.now_90k)
        monkeypatch.setattr(file_source.asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now_90k += max(1, round(seconds * 90_000))
        self.woken += 1


async def test_a_source_paces_a_file_in_few_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock(monkeypatch, 12_345)
    path = tmp_path / "a.ts"
    octets = b"".join(broadcast(100))
    path.write_bytes(octets)
    source = FileSource(FileSpec("file:a.ts", str(path)))
    await source.open()
    got = b""
    while block := await source.read():
        got += bytes(block)
    assert got == octets
    assert source.bytes_received == len(octets)
    assert clock.now_90k - 12_345 == pytest.approx(99.5 * 3600, abs=5000)
    assert clock.woken <= 4000 / TICK_MS  # though the PCR comes every 20 ms
    await source.close()


async def test_an_aligned_source_sends_each_picture_at_the_utc_its_pts_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    utc = 1_800_000_000 * 90_000 + 4242
    clock = FakeClock(monkeypatch, utc)
    path = tmp_path / "a.ts"
    path.write_bytes(b"".join(broadcast(100, 77_777)))
    source = FileSource(FileSpec("file:a.ts", str(path), loop=True, align_utc=True))
    await source.open()
    sent: list[tuple[int, int]] = []
    while len(sent) < 250:
        octets = bytes(await source.read())
        sent += [(clock.now_90k, pts) for pts in times_and_counters(octets)[0].get(VIDEO, [])]
    late = [now - unwrap_33(pts, now) for now, pts in sent[1:]]
    assert min(late) >= 0
    assert max(late) < 3600 + TICK_MS * 90
    await source.close()


async def test_an_aligned_source_waits_for_pictures_sent_before_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock(monkeypatch, 1_800_000_000 * 90_000)
    path = tmp_path / "a.ts"
    plain, early = broadcast(100), broadcast(100, reorder=7200)
    pictures = [i for i, item in enumerate(plain) if SlowPacket(item).pid == VIDEO and SlowPacket(item).pts >= 0]
    for i in pictures[1::3]:
        plain[i] = early[i]  # every third picture is sent two frames before its turn
    path.write_bytes(b"".join(plain))
    source = FileSource(FileSpec("file:a.ts", str(path), loop=True, align_utc=True))
    await source.open()
    late = []
    while len(late) < 150:
        octets = bytes(await source.read())
        slow = [SlowPacket(octets[at : at + 188]) for at in range(0, len(octets), 188)]
        late += [clock.now_90k - unwrap_33(p.pts, clock.now_90k) for p in slow if p.pid == VIDEO and p.pts >= 0]
    assert 0 <= min(late[1:]) <= 3600
    assert max(late[1:]) < 7200 + 3600 + TICK_MS * 90
    await source.close()


@pytest.mark.parametrize("leap", [-3600 * 90_000, 3600 * 90_000])
async def test_a_leap_of_the_clock_is_no_burst_and_no_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leap: int
) -> None:
    clock = FakeClock(monkeypatch, 1_800_000_000 * 90_000)
    path = tmp_path / "a.ts"
    octets = b"".join(broadcast(100))
    path.write_bytes(octets)
    source = FileSource(FileSpec("file:a.ts", str(path), loop=True, align_utc=True))
    await source.open()
    await source.read()
    clock.now_90k += leap
    before = clock.now_90k
    assert len(await source.read()) < len(octets) // 10
    assert clock.now_90k - before < 9000
    await source.close()


async def test_a_file_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    source = FileSource(FileSpec("file:none.ts", str(tmp_path / "none.ts")))
    with pytest.raises(SourceError, match=r"^file:none\.ts: No such file or directory$"):
        await source.open()
    (tmp_path / "text").write_text("no packets")
    with pytest.raises(SourceError, match=r"^text: is not a transport stream"):
        await FileSource(FileSpec("text", str(tmp_path / "text"))).open()
