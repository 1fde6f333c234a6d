"""A channel: its states, what outlives it, and that nothing of its input or of ours ends it."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tests.packaging import television as tv
from tests.services.hand_fed import feeder, network, stream
from tests.services.made_up_stream import NULL, Writer
from yiwang.base.events import Fault
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.net.source import SourceError, UntilDue
from yiwang.packaging.events import CuePublished, PackagerEvent
from yiwang.packaging.transport import TransportPackager
from yiwang.services import channel as channel_module
from yiwang.services.channel import SILENCE_MS, Channel
from yiwang.store.timeline_store import TimelineStore

NOW_MS = 1_800_000_000_000


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    return network(tmp_path, "one").channels["one"]


def numbers(channel: Channel, track: str = "video") -> list[int]:
    return [segment.number for segment in channel.presentation.tracks[track].listed]


class Scripted:
    """A source that gives what it is told: octets, an error to raise, or b"" for its end; then it is silent."""

    def __init__(self, *script: bytes | Exception) -> None:
        self.url = "scripted:"
        self.bytes_received = 0
        self.script = list(script)
        self.opened = self.closed = 0
        self.faults: list[Fault] = []

    def hold(self, until_due: UntilDue) -> None:
        pass

    async def open(self) -> None:
        self.opened += 1

    async def read(self) -> bytes:
        await asyncio.sleep(0)
        if not self.script:
            await asyncio.get_running_loop().create_future()
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    async def close(self) -> None:
        self.closed += 1

    def drain_faults(self) -> list[Fault]:
        faults, self.faults = self.faults, []
        return faults


async def play(channel: Channel, source: Scripted) -> None:
    """Run a channel to the end of its source's script."""
    channel._make = lambda _: source
    async with asyncio.timeout(60):
        running = asyncio.ensure_future(channel.run())
        while source.script:
            assert not running.done()
            await asyncio.sleep(0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def in_blocks(octets: bytes, size: int = 14 * 188) -> list[bytes]:
    return [octets[at : at + size] for at in range(0, len(octets), size)]


# -- its state


def test_a_channel_starts_is_live_loses_its_signal_and_is_live_again(channel: Channel):
    assert channel.state(channel.started_ms) == "starting"
    assert channel.state(channel.started_ms + SILENCE_MS + 1) == "no-signal"
    feed = feeder(channel)
    feed.block()
    assert channel.state(int(feed.now_ms)) == "starting"
    feed.seconds(4)
    now_ms = int(feed.now_ms)
    assert channel.state(now_ms) == "live"
    assert channel.reason("live") is None
    assert channel.state(now_ms + SILENCE_MS) == "live"
    assert channel.state(now_ms + SILENCE_MS + 1) == "no-signal"
    reason = channel.reason("no-signal")
    assert reason is not None
    assert reason.zh != reason.en
    feed.seconds(2)
    assert channel.state(int(feed.now_ms)) == "live"


def test_octets_without_a_picture_are_no_signal_in_the_end(channel: Channel):
    feed = feeder(channel)
    feed.seconds(4)
    now_ms = int(feed.now_ms)
    for n in range(40):
        channel.take(188 * b"\x00", now_ms + 500 * n)
    assert channel.state(now_ms + 500 * 39) == "no-signal"


def test_cues_without_pictures_are_no_sign_of_life(channel: Channel):
    feed = feeder(channel, now_ms=NOW_MS)
    feed.seconds(5)
    age = channel.segment_age_ms(int(feed.now_ms) + 60_000)
    at_90k = channel.presentation.end_90k
    channel._publish([CuePublished("out", 1, 0, at_90k, None, False, b"\xfc")], int(feed.now_ms) + 60_000)
    assert channel.segment_age_ms(int(feed.now_ms) + 60_000) == age
    assert [cue.event_id for cue in channel.presentation.cues.recent] == [1]


def test_a_programme_that_cannot_be_packaged_is_said_to_be_so(channel: Channel):
    writer = Writer()
    writer.sections(0, Pat(1, (PatProgram(1, 0x100),)).to_sections())
    writer.sections(0x100, Pmt(1, 0x1FFF, (), (PmtStream(6, 0x101),)).to_sections())
    channel.take(writer.to_bytes() + 20 * NULL, channel.started_ms)
    assert channel.state(channel.started_ms) == "unsupported"
    assert channel.reason("unsupported") is not None
    assert [skipped.pid for skipped in channel.packager.skipped] == [0x101]


def test_a_name_from_the_air_is_never_too_long_for_us(channel: Channel):
    assert channel.name.zh == "one"
    writer = Writer()
    writer.sections(0, Pat(1, (PatProgram(1, 0x100),)).to_sections())
    writer.sections(0x100, Pmt(1, 0x101, (), (PmtStream(0x1B, 0x101),)).to_sections())
    channel.take(writer.to_bytes(), channel.started_ms)
    packager = channel.packager
    packager.service_name = 250 * "n"  # a service_descriptor can hold as much
    assert channel.name.en == 200 * "n"


# -- what outlives it


def test_a_number_is_saved_before_it_can_be_seen(channel: Channel, tmp_path: Path):
    store = TimelineStore(tmp_path / "node")
    feed = feeder(channel)
    seen = 0
    while feed.at < len(feed.octets):
        feed.block()
        newest = [track.newest.number for track in channel.presentation.tracks.values() if track.newest is not None]
        if newest:
            saved = store.load("one")
            assert saved is not None
            assert saved.last_number >= max(newest)
            assert saved.period_id == channel.presentation.periods[-1].period_id
            seen += 1
    assert seen


def test_numbers_go_on_in_the_next_run(tmp_path: Path):
    before = network(tmp_path, "one").channels["one"]
    feed = feeder(before, now_ms=NOW_MS)
    feed.seconds(6)
    assert before.period is not None
    after = network(tmp_path, "one").channels["one"]  # no stop(): it was killed
    feed.channels = (after,)
    feed.seconds(5)
    assert after.period is not None
    assert numbers(after)[0] > numbers(before)[-1]
    assert after.period.period_id == before.period.period_id + 1


def test_what_cannot_be_saved_is_a_fault_and_no_end(channel: Channel, monkeypatch: pytest.MonkeyPatch):
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TimelineStore, "save", fail)
    feeder(channel).seconds(6)
    channel.stop()
    assert len(numbers(channel)) >= 4
    assert channel.health.faults["state_not_saved"] >= 4
    assert channel.health.last_error is not None
    assert "No space left" in channel.health.last_error.text


@pytest.mark.parametrize(("away_s", "jump_s"), [(4, 3 * 3600), (20, 20), (20, -500)])
def test_a_picture_that_comes_back_together_with_its_sound_was_never_lost(tmp_path: Path, away_s: int, jump_s: int):
    octets = stream()
    packet_ms = 188 * 12_000 / len(octets)
    for cut in range(1580, 1600, 4):  # in video and in sound
        channel = network(tmp_path, "one", name=str(cut)).channels["one"]
        now_ms = float(NOW_MS)
        for part in (octets[: cut * 188], tv.shifted(octets[cut * 188 :][: len(octets) // 3], 90_000 * jump_s)):
            for at in range(0, len(part), 14 * 188):
                now_ms += 14 * packet_ms
                channel.take(part[at : at + 14 * 188], int(now_ms))
            now_ms += 1000 * away_s
        assert "video_lost" not in channel.health.faults
        assert channel.period is not None
        assert (channel.period.period_id, channel.period.reason in ("time jump", "signal returned")) == (1, True)


# -- faults of ours


def test_after_a_failure_of_ours_what_was_published_stays_and_numbers_go_on(channel: Channel):
    feed = feeder(channel)
    feed.seconds(4.6)
    track = channel.presentation.tracks["video"]
    assert track.in_progress is not None  # the hard case
    before = {n: b"".join(part.data for part in segment.parts) for n, segment in track.segments.items()}
    channel.begin_again()
    assert track.in_progress is None
    feed.seconds(4)
    assert channel.period is not None
    assert channel.period.period_id == 1
    for n, octets in before.items():
        assert b"".join(part.data for part in track.segments[n].parts) == octets
    assert max(numbers(channel)) > max(before)


async def test_an_exception_in_the_packager_costs_a_moment_and_not_the_channel(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
):
    blocks = in_blocks(stream())
    fails_at = iter([150])
    count = 0
    feed = TransportPackager.feed_unsettled

    def failing(self: TransportPackager, block: bytes, now_90k: int) -> list[PackagerEvent]:
        nonlocal count
        count += 1
        if count == 150 and next(fails_at, None):
            raise ZeroDivisionError("a fault of ours")
        return feed(self, block, now_90k)

    monkeypatch.setattr(TransportPackager, "feed_unsettled", failing)
    monkeypatch.setattr(channel_module, "retry_delay_ms", lambda *_: 0)
    source = Scripted(*blocks)
    await play(channel, source)
    assert channel.health.faults["internal_error"] == 1
    assert channel.health.last_error is not None
    assert channel.presentation.periods[-1].period_id == 1
    assert len(numbers(channel)) >= 6
    assert (source.opened, source.closed) == (2, 2)


async def test_a_source_that_fails_is_opened_again_later_and_later(channel: Channel, monkeypatch: pytest.MonkeyPatch):
    failures: list[int] = []

    def delay(count: int, _jitter: float) -> int:
        failures.append(count)
        return 0

    monkeypatch.setattr(channel_module, "retry_delay_ms", delay)
    half = len(in_blocks(stream())) // 2
    blocks = in_blocks(stream())
    source = Scripted(SourceError("refused"), b"junk", b"", SourceError("refused"), *blocks[:half], b"", *blocks[half:])
    source.faults = [Fault("socket_overflow", 3)]
    await play(channel, source)
    assert failures == [1, 2, 3, 1]  # what was published in between shows that it is well again
    faults = channel.health.faults
    assert (faults["source_error"], faults["source_ended"]) == (2, 2)
    assert faults["socket_overflow"] == 3


# -- who waits


async def test_who_waits_is_woken_by_what_is_published_or_by_the_clock(channel: Channel):
    assert await channel.changed(0.01) is False
    assert channel.waiting == 0
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(channel.changed(60)) for _ in range(3)]
        await asyncio.sleep(0)
        assert channel.waiting == 3
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert channel.waiting == 2
        feeder(channel).seconds(3)
    assert [task.result() for task in waiting[1:]] == [True, True]
    assert channel.waiting == 0


async def test_what_is_published_as_the_time_is_up_is_not_missed(channel: Channel):
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(channel.changed(0))
        await asyncio.sleep(0)
        channel.wake()  # as after a moment in which this process stood still: both are to be told at once
    assert waiting.result() is True
