"""Another source of a programme: behind, ahead, in another time base, on other PIDs; the channel goes on."""

import pytest

from tests.packaging import television as tv
from yiwang.base.timebase import TICKS_90K
from yiwang.packaging.events import PackagerEvent, PartPublished, PeriodStarted, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

NOW_90K = 1_800_000_000 * TICKS_90K
SECONDS = 12
PACKET = 188


class Live:
    """A live packager fed at the pace of a clock of its own."""

    def __init__(self) -> None:
        self.packager = TransportPackager(None, Settings(segment_90k=TICKS_90K, part_90k=0))
        self.now_90k = NOW_90K
        self.events: list[PackagerEvent] = []

    def play(self, octets: bytes, from_s: float, to_s: float, length_s: float = SECONDS) -> None:
        per_s = len(octets) / length_s
        begin, end = (int(s * per_s) // PACKET * PACKET for s in (from_s, to_s))
        for at in range(begin, end, 7 * PACKET):
            block = octets[at : min(at + 7 * PACKET, end)]
            self.now_90k += int(TICKS_90K * len(block) / per_s)
            self.events += self.packager.feed(block, self.now_90k)

    def switch(self) -> None:
        self.packager.begin_source()

    @property
    def periods(self) -> list[PeriodStarted]:
        return [event for event in self.events if isinstance(event, PeriodStarted)]

    def segments(self, track: str) -> list[SegmentPublished]:
        return [e for e in self.events if isinstance(e, SegmentPublished) and e.track == track]

    def check_order(self) -> None:
        for track in ("video", "audio"):
            numbers = [segment.number for segment in self.segments(track)]
            assert numbers == sorted(set(numbers))
            end = 0
            for part in (e for e in self.events if isinstance(e, PartPublished) and e.track == track):
                assert part.start_ticks >= end
                end = part.start_ticks + part.duration_ticks


@pytest.fixture(scope="module")
def stream() -> bytes:
    return tv.stream(SECONDS, gop=25)


@pytest.mark.parametrize("behind_s", [0.1, 0.5, 1.0, 2.5])
def test_a_copy_that_is_behind_goes_on_where_the_other_one_stopped(stream: bytes, behind_s: float):
    """No period, no number, no sample more or less than if there had been one source."""
    alone, switched = Live(), Live()
    alone.play(stream, 0, SECONDS)
    switched.play(stream, 0, 6)
    switched.switch()
    switched.play(stream, 6 - behind_s, SECONDS)
    switched.check_order()
    assert [period.reason for period in switched.periods] == ["start"]
    for track in ("video", "audio"):
        assert switched.segments(track) == alone.segments(track), track


def test_a_copy_that_is_ahead_leaves_a_hole_and_the_period_goes_on(stream: bytes):
    live = Live()
    live.play(stream, 0, 6)
    live.switch()
    live.play(stream, 6.1, SECONDS)
    live.check_order()
    assert [period.reason for period in live.periods] == ["start"]
    video = live.segments("video")
    assert [segment.number for segment in video] == list(range(video[0].number, video[-1].number + 1))


def test_another_time_base_opens_a_period_and_numbers_go_on(stream: bytes):
    live = Live()
    live.play(stream, 0, 6)
    live.switch()
    live.play(tv.shifted(stream, 3 * 3600 * TICKS_90K), 2, SECONDS)
    live.check_order()
    assert [period.reason for period in live.periods] == ["start", "time jump"]
    video = live.segments("video")
    assert [segment.number for segment in video] == list(range(video[0].number, video[-1].number + 1))


def moved(octets: bytes) -> bytes:
    """The same on other PIDs, with a PMT of the same version: what another multiplexer makes of it."""
    out = []
    for packet in tv.packets(octets):
        pid = tv.pid_of(packet)
        if pid in (256, 257):
            pid += 100
            packet = packet[:1] + bytes([packet[1] & 0xE0 | pid >> 8, pid & 0xFF]) + packet[3:]
        elif pid == 4096:
            packet = pmt_moved(packet)
        out.append(packet)
    return b"".join(out)


def pmt_moved(packet: bytes) -> bytes:
    length = int.from_bytes(packet[6:8], "big") & 0x0FFF
    section = bytearray(packet[5 : 5 + 3 + length - 4])
    at = 12 + (int.from_bytes(section[10:12], "big") & 0x0FFF)
    section[8:10] = (0xE000 | 356).to_bytes(2, "big")
    while at < len(section):
        pid = int.from_bytes(section[at + 1 : at + 3], "big") & 0x1FFF
        section[at + 1 : at + 3] = (0xE000 | pid + 100).to_bytes(2, "big")
        at += 5 + (int.from_bytes(section[at + 3 : at + 5], "big") & 0x0FFF)
    octets = packet[:5] + bytes(section) + crc32_mpeg(bytes(section)).to_bytes(4, "big")
    return octets + b"\xff" * (PACKET - len(octets))


def crc32_mpeg(octets: bytes) -> int:
    crc = 0xFFFFFFFF
    for octet in octets:
        crc ^= octet << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def test_the_same_on_other_pids_goes_on_in_the_same_tracks(stream: bytes):
    live = Live()
    live.play(stream, 0, 6)
    live.switch()
    live.play(moved(stream), 5.5, SECONDS)
    live.check_order()
    assert {event.track for event in live.events if isinstance(event, SegmentPublished)} == {"video", "audio"}
    assert live.packager.packaged_pids == (356, 357)
    video = live.segments("video")
    assert [segment.number for segment in video] == list(range(video[0].number, video[-1].number + 1))
    assert len(video) >= SECONDS - 3
