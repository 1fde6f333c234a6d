"""Sound that becomes another one: what is published does not depend on where blocks end, nor on where a packager joined.

Its frames and the pictures come side by side in one block; which picture begins the next period depends on the order of
their packets, whatever the blocks are.
"""

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.aac_streams import adts
from tests.packaging.test_programme import NOW, package
from tests.real_streams.footage import AUDIO, FIRST_DTS, VIDEO, Mux, S, Unit, footage, mux, pmt
from yiwang.base.timebase import TICKS_90K
from yiwang.mpegts.pmt import PmtStream
from yiwang.packaging.settings import Settings

SECONDS = 8
END = FIRST_DTS + SECONDS * S
LIVE, FILE = Settings(), Settings(live=False, part_90k=0)
LONGEST_BLOCK_S = 0.7
STREAM_TYPES = {"aac": 0x0F, "mp2": 0x03, "ac3": 0x81}
OTHER_PID = 0x105


@dataclass(frozen=True)
class Sound:
    """What the sound is from a moment on."""

    codec: str = "aac"
    frequency: int = 48_000
    channels: int = 2
    pid: int = AUDIO

    def units(self, begin: int, end: int) -> list[Unit]:
        if self.codec != "aac":
            coded = footage(SECONDS, gop=25, audio=self.codec)
            return [replace(u, pid=self.pid) for u in coded if u.pid == AUDIO and begin <= u.pts < end - 2000]
        rng, found = random.Random(begin), []
        for n in count():
            pts = begin + n * 1024 * S // self.frequency
            if pts >= end - 1000:
                return found
            frame = adts(rng.randbytes(150), frequency=self.frequency, channels=self.channels)
            found.append(Unit(self.pid, frame, pts, pts))
        return found

    @property
    def component(self) -> PmtStream:
        return PmtStream(STREAM_TYPES[self.codec], self.pid)


@lru_cache(maxsize=4)
def stream(sounds: tuple[Sound, ...], begins: tuple[int, ...], late: int) -> bytes:
    """Pictures, and sound that comes ``late`` (90 kHz) against them; where PID or codec changes, so does the PMT."""
    pictures = [u for u in footage(SECONDS, gop=25, audio="") if u.pid == VIDEO]
    ends = [*begins[1:], END]
    sound = [replace(u, dts=u.pts + late) for s, a, b in zip(sounds, begins, ends, strict=True) for u in s.units(a, b)]
    units, writer, octets, version = sorted([*pictures, *sound], key=lambda u: u.dts), Mux(), b"", 0
    edges = [0, *(begin + late for begin in begins[1:]), 1 << 40]
    for n, (before, what) in enumerate(zip([sounds[0], *sounds], sounds, strict=False)):
        version += before.component != what.component
        table = pmt(PmtStream(0x1B, VIDEO), what.component, version=version)
        octets += mux([u for u in units if edges[n] <= u.dts < edges[n + 1]], mux=writer, table=table)
    return octets


def published(octets: bytes, how: Settings, cuts: list[int]) -> tuple[object, object]:
    """Octets of all segments, and what is said of all periods."""
    longest = 188 * int(len(octets) / 188 / SECONDS * LONGEST_BLOCK_S)
    cuts = [*cuts, *range(0, len(octets), longest)]
    found, _ = package(octets, duration_s=SECONDS, cuts=cuts, settings=how, now_90k=NOW if how.live else 0)
    found.check_timelines()
    periods = [(p.reason, p.first_number, p.media_start_90k, [t.init for t in p.tracks]) for p in found.periods]
    return dict(found.octets), periods


CHANGES = {
    "rate": (Sound(), Sound(frequency=32_000)),
    "channels": (Sound(), Sound(channels=6)),
    "channels and back": (Sound(), Sound(channels=6), Sound()),
    "PID": (Sound(), Sound(pid=OTHER_PID)),
    "PID and channels": (Sound(), Sound(pid=OTHER_PID, channels=6)),
    "AAC, MP2, AC-3": (Sound(), Sound("mp2"), Sound("ac3")),
    "AC-3, AAC on another PID": (Sound("ac3"), Sound(pid=OTHER_PID)),
}
LATE = st.sampled_from([-S // 2, -S // 5, 0, S // 5, S // 2, S])


def draw_stream(data: st.DataObject, change: str) -> bytes:
    sounds = CHANGES[change]
    first = FIRST_DTS + 3 * S + data.draw(st.integers(0, S))
    apart = data.draw(st.sampled_from([S // 3, 3 * S // 2]))
    begins = (FIRST_DTS, first, first + apart)[: len(sounds)]
    return stream(sounds, begins, data.draw(LATE))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("how", [LIVE, FILE], ids=["live", "file"])
@given(data=st.data())
@settings(max_examples=4, deadline=None)
def test_block_borders_leave_no_trace(change, how, data):
    octets = draw_stream(data, change)
    a_packet_each = published(octets, how, list(range(0, len(octets), 188)))
    assert len(a_packet_each[1]) > 1 or change == "PID"
    assert published(octets, how, []) == a_packet_each
    every = 188 * data.draw(st.integers(2, 400))
    odd = data.draw(st.lists(st.integers(0, len(octets)), max_size=20))
    assert published(octets, how, [*range(0, len(octets), every), *odd]) == a_packet_each


@pytest.mark.parametrize("change", CHANGES)
@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_a_packager_that_joined_later_goes_the_same_way(change, data):
    octets, made = draw_stream(data, change), []
    # it has begun before the change: who still waits for its first sound then begins with another than who has been there
    for at in (0, 188 * data.draw(st.integers(1, len(octets) // 188 // 10))):
        now = NOW + at * SECONDS * TICKS_90K // len(octets)
        cuts = list(range(0, len(octets) - at, 188 * data.draw(st.integers(1, 100))))
        found, _ = package(octets[at:], duration_s=SECONDS * (1 - at / len(octets)), now_90k=now, cuts=cuts)
        made.append(found)
    second = made[1]
    begin = second.numbers("video")[1]
    (common, periods), (its_own, its_periods) = [
        (
            {key: octets for key, octets in p.octets.items() if key[1] >= begin},
            [(period.first_number, period.reason) for period in p.periods if period.first_number >= begin],
        )
        for p in made
    ]
    assert its_periods == periods
    assert its_own == common
    assert len(common) >= 4
