"""The extra track: every sample where the original has it, segments of their own runs, the same on every packager."""

import io
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packaging import television as tv
from tests.packaging.test_programme import Published
from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.errors import WireError
from yiwang.media.audio_transcoder import plan_transcoding
from yiwang.packaging.events import PartPublished, SegmentPublished, TrackHeader, settle
from yiwang.packaging.settings import Settings
from yiwang.packaging.transcoding import PREROLL_FRAMES, TranscodedOutput, browsers_play
from yiwang.packaging.transport import TransportPackager
from yiwang.packaging.units import Unit

NOW = 1_764_000_000 * 90_000
RATE, SAMPLES, FRAME = 48_000, 1152, 1024
MP2 = CodecConfig("audio", "mp4a", "mp4a.40.33", b"", sampling_frequency=RATE, channels=1, samples_per_frame=SAMPLES)
AAC = CodecConfig("audio", "mp4a", "mp4a.40.2", b"x", sampling_frequency=RATE, channels=1, samples_per_frame=FRAME)
HEADER = TrackHeader("audio-aac", 201, RATE, AAC, "und", "main", "init.mp4", b"")


class Counting:
    """A coder whose sound is the number of each sample, kept as 32-bit floats, and whose frames come out one later."""

    delay = FRAME

    def __init__(self):
        self.before = np.zeros(FRAME, np.float32)

    def decode(self, data):
        if data == b"bad":
            raise WireError("frame", 0, "sound", "none")
        return (int(data) + np.arange(SAMPLES, dtype=np.float32))[None]

    def encode(self, pcm):
        assert pcm.shape == (1, FRAME)
        frame, self.before = self.before, pcm[0]
        return [frame.tobytes()]


class Factory:
    config = AAC

    def __init__(self):
        self.runs = 0

    def __call__(self):
        self.runs += 1
        return Counting()


def units(n, start=0, bad=()):
    """Frames that follow each other; the sound of each is the numbers of its samples."""
    for k in range(n):
        at = start + k * SAMPLES
        data = b"bad" if k in bad else b"%d" % at
        time = at * 90_000 // RATE
        yield at, Unit(AccessUnit(data, -1, -1, 1, MP2), time, time, -1)


def written(frames, segment_samples, *, part_90k=45_000, recent=(), finish=True):
    """Write ``frames``; return events and the factory. A segment begins at each multiple of ``segment_samples``."""
    out, factory, faults = [], Factory(), []
    output = TranscodedOutput(HEADER, part_90k, out, factory, lambda: faults.append(1))
    before = list(recent)
    for start, unit in frames:
        number = start // segment_samples
        begin = number * segment_samples * 90_000 // RATE
        output.add(unit, start, number, begin, reversed(before))
        before = [*before[-47:], unit]
    if finish:
        output.finish(None)
    return settle(out), factory, faults


def samples(events):
    """(start, values) of each AAC frame in the parts."""
    found = []
    for event in events:
        if isinstance(event, PartPublished):
            octets = event.data[event.data.index(b"mdat") + 4 :]
            values = np.frombuffer(octets, np.float32).reshape(-1, FRAME)
            found += [(event.start_ticks + n * FRAME, row) for n, row in enumerate(values)]
    return found


def test_every_sample_is_where_the_original_has_it():
    events, _, faults = written(units(500), 96_000)
    frames = samples(events)
    assert [start for start, _ in frames] == list(range(0, 500 * SAMPLES, FRAME))
    for start, row in frames[:-1]:
        assert row.tolist() == list(range(start, start + FRAME))
    assert not faults


def test_segments_begin_at_the_first_frame_in_them_and_follow_each_other():
    events, factory, _ = written(units(500), 96_000)
    segments = [event for event in events if isinstance(event, SegmentPublished)]
    assert [segment.number for segment in segments] == [0, 1, 2, 3, 4, 5]
    for segment in segments:
        assert segment.start_ticks == -(-segment.number * 96_000 // FRAME) * FRAME
    assert [a.start_ticks + a.duration_ticks for a in segments[:-1]] == [b.start_ticks for b in segments[1:]]
    assert factory.runs == 6


def test_a_run_begins_with_the_pre_roll_and_nothing_before_it():
    heard = []

    class Listening(Counting):
        def decode(self, data):
            self.heard.append(int(data))
            return super().decode(data)

    class ListeningFactory(Factory):
        def __call__(self):
            coder = Listening()
            coder.heard = []
            heard.append(coder.heard)
            return coder

    out = []
    output = TranscodedOutput(HEADER, 0, out, ListeningFactory(), lambda: None)
    recent = []
    for start, unit in units(100, 1_000):
        output.add(unit, start, start // 96_000, start // 96_000 * 180_000, reversed(recent))
        recent = [*recent[-47:], unit]
        settle(out)
        out.clear()
        if len(heard) == 2:
            break
    first = -(-96_000 // FRAME) * FRAME
    assert first - PREROLL_FRAMES * FRAME <= heard[1][0] < first - PREROLL_FRAMES * FRAME + SAMPLES
    assert np.diff(heard[1]).tolist() == [SAMPLES] * (len(heard[1]) - 1)


@given(joined=st.integers(0, 83))
@settings(max_examples=20)
def test_who_joins_later_makes_the_same_segments(joined):
    early, _, _ = written(units(300), 96_000)
    late, _, _ = written(list(units(300))[joined:], 96_000)
    late_frames = [(s, row.tobytes()) for s, row in samples(late) if s >= -(-96_000 * 2 // FRAME) * FRAME]
    early_frames = [(s, row.tobytes()) for s, row in samples(early) if s >= -(-96_000 * 2 // FRAME) * FRAME]
    assert late_frames == early_frames


def test_a_short_hole_is_silence_and_a_long_one_a_hole():
    frames = list(units(400))
    short = frames[:100] + frames[110:]
    events, _, _ = written(short, 960_000)
    found = samples(events)
    assert [start for start, _ in found] == list(range(0, 400 * SAMPLES, FRAME))
    for start, row in found[:-1]:
        expected = np.arange(start, start + FRAME)
        in_hole = (expected >= 100 * SAMPLES) & (expected < 110 * SAMPLES)
        assert row.tolist() == np.where(in_hole, 0, expected).tolist()
    long = frames[:100] + frames[200:]
    events, factory, _ = written(long, 960_000)
    starts = [start for start, _ in samples(events)]
    assert all(start < 100 * SAMPLES or start >= 200 * SAMPLES for start in starts)
    assert starts == sorted(set(starts))
    assert factory.runs == 2
    assert [event.number for event in events if isinstance(event, SegmentPublished)] == [0]
    by_start = dict(samples(events))
    begin = -(-200 * SAMPLES // FRAME) * FRAME
    assert by_start[begin].tolist() == list(range(begin, begin + FRAME))


def test_what_cannot_be_decoded_is_silence_and_told_once():
    events, _, faults = written(units(300, bad={50, 51}), 96_000)
    assert len(faults) == 2
    for start, row in samples(events)[:-1]:
        expected = np.arange(start, start + FRAME)
        is_bad = (expected >= 50 * SAMPLES) & (expected < 52 * SAMPLES)
        assert row.tolist() == np.where(is_bad, 0, expected).tolist()


def test_parts_come_while_the_segment_goes_on():
    events, _, _ = written(units(200), 960_000, finish=False)
    parts = [event for event in events if isinstance(event, PartPublished)]
    assert [part.index for part in parts] == list(range(len(parts)))
    assert all(abs(part.duration_ticks - RATE // 2) < 1024 for part in parts)
    assert len(parts) == 9  # 4.8 s but for what is in the coder
    assert not any(isinstance(event, SegmentPublished) for event in events)


# -- with FFmpeg


@lru_cache
def television(audio_codec: str) -> bytes:
    return tv.remuxed(tv.stream(12), video_codec="libx264", audio_codec=audio_codec)


def package(octets, begin=0, step=188 * 21, live=True, **options):
    chosen = {"part_90k": 45_000 if live else 0, "live": live, "transcode": plan_transcoding} | options
    packager, published = TransportPackager(None, Settings(**chosen)), Published()
    for at in range(begin, len(octets), step):
        published.take(packager.feed(octets[at : at + step], NOW + at * 12 * 90_000 // len(octets) if live else 0))
    published.take(packager.flush(NOW + 12 * 90_000 if live else 0))
    published.check_timelines()
    assert {fault.name for fault in packager.drain_faults()} <= ({"no_parameter_sets"} if begin else set())
    return published


def decoded(published, track):
    """(start in samples, sound) of a track of the only period."""
    header = next(h for h in published.periods[0].tracks if h.name == track)
    octets = header.init + b"".join(published.octets[track, n] for n in published.numbers(track))
    sounds = []
    with av.open(io.BytesIO(octets)) as container:
        for frame in container.decode(audio=0):
            sounds.append((frame.pts, frame.to_ndarray().astype(np.float32)))
    start = sounds[0][0]
    whole = np.zeros((sounds[0][1].shape[0], sounds[-1][0] - start + 4096), np.float32)
    for at, sound in sounds:
        whole[:, at - start : at - start + sound.shape[1]] = sound
    return start, whole


def test_mp2_has_an_aac_track_whose_sound_is_at_the_same_samples():
    published = package(television("mp2"), live=False)
    (period,) = published.periods
    assert [(h.name, h.config.codec) for h in period.tracks] == [
        ("video", period.tracks[0].config.codec),
        ("audio", "mp4a.40.33"),
        ("audio-aac", "mp4a.40.2"),
    ]
    assert len({h.track_id for h in period.tracks}) == 3
    (a, original), (b, copy) = decoded(published, "audio"), decoded(published, "audio-aac")
    begin, length = max(a, b) + 2048, 11 * RATE

    def error_db(lag):
        x = original[:, begin - a : begin - a + length]
        y = copy[:, begin - b + lag : begin - b + lag + length]
        return 10 * np.log10(((x - y) ** 2).sum() / (x**2).sum())

    assert error_db(0) < -35
    assert all(error_db(lag) > error_db(0) + 10 for lag in (-2, -1, 1, 2))
    # no segment's begin is heard: the worst frame is not much worse than the usual one
    x = original[:, begin - a : begin - a + length] - copy[:, begin - b : begin - b + length]
    by_frame = (x[:, : length // FRAME * FRAME].reshape(2, -1, FRAME) ** 2).mean(axis=(0, 2))
    assert by_frame.max() < 30 * np.median(by_frame)


@pytest.mark.parametrize("joined", [0.1, 0.25])
def test_two_packagers_make_the_same_octets_whenever_they_joined_and_however_blocks_are_cut(joined):
    octets = made("ac3")
    one = package(octets, step=188 * 7, segment_90k=90_000)
    begin = int(len(octets) * joined) // 188 * 188
    other = package(octets, begin=begin, step=188 * 40, segment_90k=90_000)
    numbers = [n for n in other.numbers("audio-aac")[1:-1] if ("audio-aac", n) in one.segments]
    assert len(numbers) >= 2
    for number in numbers:
        assert other.octets["audio", number] == one.octets["audio", number]
        assert other.octets["audio-aac", number] == one.octets["audio-aac", number]


@pytest.mark.parametrize(
    ("codec", "options", "tracks"),
    [
        ("aac", {}, ["video", "audio"]),
        ("aac", {"transcode_always": True}, ["video", "audio"]),
        ("mp2", {"transcode": None}, ["video", "audio"]),
        ("ac3", {}, ["video", "audio", "audio-aac"]),
        ("ac3", {"transcode_always": True}, ["video", "audio", "audio-aac"]),
    ],
)
def test_only_sound_that_browsers_do_not_play_is_transcoded(codec, options, tracks):
    octets = tv.stream(6) if codec == "aac" else made(codec)
    published = package(octets, live=False, **options)
    assert [h.name for h in published.periods[0].tracks] == tracks
    assert {browsers_play(h.config) for h in published.periods[0].tracks if h.config.kind == "audio"} == (
        {True} if codec == "aac" else {False, True} if "audio-aac" in tracks else {False}
    )


@lru_cache
def made(codec: str, layout: str = "5.1") -> bytes:
    """Pictures, and a tone of its own in each channel."""
    if codec == "mp2":
        return television("mp2")
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as container:
        pictures = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "g": "25", "bf": "0"})
        pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
        sound = container.add_stream(codec, rate=RATE, layout=layout)
        sound.bit_rate = 448_000
        n_channels = len(av.AudioLayout(layout).channels)
        tones = 200 * (1 + np.arange(n_channels))[:, None]
        for n in range(150):
            frame = av.VideoFrame.from_ndarray(np.full((96, 96), n, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(pictures.encode(frame))
        for n in range(6 * RATE // 1536):
            times = (n * 1536 + np.arange(1536)) / RATE
            pcm = (0.25 * np.sin(2 * np.pi * tones * times)).astype(np.float32)
            samples = av.AudioFrame.from_ndarray(pcm, format="fltp", layout=layout)
            samples.sample_rate, samples.pts, samples.time_base = RATE, n * 1536, Fraction(1, RATE)
            container.mux(sound.encode(samples))
        for encoder in (pictures, sound):
            container.mux(encoder.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("codec", ["ac3", "eac3"])
def test_six_channels_stay_where_they_are_and_as_loud(codec):
    published = package(made(codec), live=False)
    header = next(h for h in published.periods[0].tracks if h.name == "audio-aac")
    assert (header.config.channels, header.config.channel_configuration) == (6, 6)
    _, copy = decoded(published, "audio-aac")
    spectrum = np.abs(np.fft.rfft(copy[:, RATE : 5 * RATE] * np.hanning(4 * RATE)))
    for channel, row in enumerate(spectrum):
        tone = 200 * (channel + 1)
        if channel == 3:
            continue  # an LFE channel goes up to 120 Hz
        assert abs(int(row.argmax()) / 4 - tone) < 1
        assert 20 * np.log10(row.max() / (0.25 * RATE)) == pytest.approx(0, abs=0.3)
