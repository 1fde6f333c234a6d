"""A channel's days in seconds: a tiny stream, moved on round by round, fed at a wall clock that is computed."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np

from tests.packaging.test_programme import NOW
from tests.real_streams.footage import AUDIO, FIRST_DTS, VIDEO, WRAP, Mux, S, Unit, mux
from yiwang.kernels.ts_restamp import ts_counter_span, ts_restamp
from yiwang.origin.presentation import Presentation
from yiwang.origin.settings import PresentationSettings
from yiwang.packaging.events import PackagerEvent, SegmentPublished
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager

ROUND_S = 16  # whole pictures at 2 Hz, whole frames of 128 ms
SEGMENT_90K = 4 * S
WINDOW_90K = 60 * S
HOURS_BEFORE_WRAP = 1


@lru_cache
def tiny() -> bytes:
    """Sixteen seconds of 2 pictures a second and of sound at 8 kHz, some kbit/s."""
    file, units = io.BytesIO(), []
    with av.open(file, "w", format="mpegts") as container:
        options = {"preset": "ultrafast", "bf": "0", "g": "4", "sc_threshold": "0"}
        pictures = container.add_stream("libx264", rate=2, options=options)
        pictures.width, pictures.height, pictures.pix_fmt = 32, 32, "yuv420p"
        sound = container.add_stream("aac", rate=8000, layout="mono")
        rng = np.random.default_rng(1)
        for n in range(2 * ROUND_S):
            frame = av.VideoFrame.from_ndarray(np.full((48, 32), 16 + 5 * n, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 2)
            container.mux(pictures.encode(frame))
            noise = rng.normal(0, 0.01, (1, 4000)).astype(np.float32)
            samples = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
            samples.sample_rate, samples.pts, samples.time_base = 8000, n * 4000, Fraction(1, 8000)
            container.mux(sound.encode(samples))
        for encoder in (pictures, sound):
            container.mux(encoder.encode(None))
    file.seek(0)
    n_sound = n_pictures = 0
    with av.open(file) as container:
        for packet in container.demux():
            if packet.stream.type == "video" and packet.size:
                time = FIRST_DTS + n_pictures * S // 2
                units.append(Unit(VIDEO, bytes(packet), time, time, packet.is_keyframe))
                n_pictures += 1
            elif packet.size and n_sound < 125:
                time = FIRST_DTS + n_sound * 11_520
                units.append(Unit(AUDIO, bytes(packet), time, time))
                n_sound += 1
    assert (n_pictures, n_sound) == (2 * ROUND_S, 125)
    return mux(units, mux=Mux(), tables_every=4 * S)


def rounds() -> Iterator[np.ndarray]:
    """The tiny stream for ever, with times that go on, which wrap after an hour for the first time."""
    once = np.frombuffer(tiny(), np.uint8)
    first, last = np.full(8192, -1, np.int16), np.full(8192, -1, np.int16)
    ts_counter_span(once, 188, first, last)
    step = ((last - first) % 16).astype(np.int64)
    shift_0 = WRAP - FIRST_DTS - HOURS_BEFORE_WRAP * 3600 * S
    n = 0
    while True:
        octets = once.copy()
        ts_restamp(octets, 188, (shift_0 + n * ROUND_S * S) % WRAP, (step * n % 16).astype(np.uint8))
        yield octets
        n += 1


@dataclass
class TimeLapse:
    """A channel from source to manifests; ``ppm(hours)`` is by how much its source's clock is fast at that time."""

    ppm: Callable[[float], float]
    on_segment: Callable[[SegmentPublished, bytes], None]
    presentation: Presentation = field(init=False)
    packager: TransportPackager = field(init=False)
    now_90k: Fraction = field(default_factory=lambda: Fraction(NOW))
    source_s: int = 0
    faults: list[str] = field(default_factory=list)
    part_90k: int = 0

    def __post_init__(self) -> None:
        self.presentation = Presentation(PresentationSettings(SEGMENT_90K, self.part_90k, WINDOW_90K))
        self.packager = TransportPackager(None, Settings(SEGMENT_90K, part_90k=self.part_90k))
        self._rounds = rounds()
        self._parts: dict[str, bytes] = {}

    def run(self, hours: float) -> None:
        """Let so much of the source's time pass."""
        until = self.source_s + round(hours * 3600)
        while self.source_s < until:
            octets = next(self._rounds)
            pace = 1 - Fraction(self.ppm(self.source_s / 3600)) / 1_000_000
            quarter = octets.size // 752 * 188
            for at in range(0, octets.size, quarter):
                block = octets[at : at + quarter]
                self.now_90k += ROUND_S * S * pace * block.size / octets.size
                self._take(self.packager.feed(block, int(self.now_90k)))
            self.source_s += ROUND_S
            self.faults += [fault.name for fault in self.packager.drain_faults()]

    def _take(self, events: list[PackagerEvent]) -> None:
        for event in events:
            self.presentation.apply(event)
            if hasattr(event, "data"):
                self._parts[event.track] = self._parts.get(event.track, b"") + event.data
            elif isinstance(event, SegmentPublished):
                self.on_segment(event, self._parts.pop(event.track))
