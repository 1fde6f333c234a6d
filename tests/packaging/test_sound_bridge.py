"""Sound that becomes another one is heard until the next period begins, in the coding of its track; of radio as it came."""

import io
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.aac_streams import adts
from tests.codecs.opus_streams import opus
from tests.packaging.test_sound_changes import published
from tests.real_streams.footage import AUDIO, FIRST_DTS, VIDEO, S, Unit, component, footage, mux, pmt
from tests.real_streams.viewer import FILE, LIVE, digest, movie_samples, package, sound_payload
from yiwang.base.elementary import AccessUnit, CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.aac.audio_specific_config import AudioSpecificConfig
from yiwang.codecs.ac3.syncframe import parse_syncframe
from yiwang.codecs.mpa.framer import MpaHeader
from yiwang.media.audio_transcoder import plan_transcoding
from yiwang.media.sound_bridge import plan_bridge
from yiwang.mpegts.descriptor import Descriptor
from yiwang.packaging.bridge import bridged
from yiwang.packaging.events import PartPublished
from yiwang.packaging.units import FrameRun

MIDDLE, END, HERTZ = FIRST_DTS + 4 * S + S // 3, FIRST_DTS + 8 * S, 1000
BACK = MIDDLE + S // 5
PICTURES = [u for u in footage(8) if u.pid == VIDEO]
CODINGS = {"aac": (1024, 1024, "fltp", 0x0F), "mp2": (1152, 481, "s16", 0x03), "ac3": (1536, 256, "fltp", 0x81)}
CODINGS["eac3"] = (1536, 256, "fltp", 0x87)
CODINGS["libopus"] = (960, 312, "s16", 0x06)
"""Samples of a frame, the encoder's delay, what it takes, stream_type."""


@lru_cache
def tone(
    begin: int, end: int, codec: str = "aac", frequency: int = 48_000, layout: str = "stereo", frame: int = 0
) -> tuple[Unit, ...]:
    """One tone from a time on, the same in all channels, wherever it begins."""
    size, delay, sample_format, _ = CODINGS[codec]
    size = frame or size
    coder = av.CodecContext.create(codec, "w")
    coder.sample_rate, coder.layout, coder.format = frequency, layout, sample_format
    coder.bit_rate, coder.time_base = 256_000, Fraction(1, frequency)
    coder.options = {"dialnorm": "-23"} if "ac3" in codec else {}
    coder.options |= {"frame_duration": f"{size // 48}"} if codec == "libopus" else {}
    channels, found, octets = len(av.AudioLayout(layout).channels), [], []
    lead = 4 * size - delay if codec == "libopus" else 0  # a packet needs those before it, and one begins at ``begin``
    for n in range((end - begin) * frequency // S // size + 3 + 4 * (lead > 0)):
        times = (begin * frequency // S - lead + np.arange(n * size, (n + 1) * size)) / frequency
        wave = np.repeat(0.1 * np.sin(2 * np.pi * HERTZ * times)[None], channels, 0).astype(np.float32)
        pcm = wave if sample_format == "fltp" else (wave * 32_767).astype(np.int16).T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(pcm, format=sample_format, layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = frequency, n * size, Fraction(1, frequency)
        octets += [bytes(packet) for packet in coder.encode(frame)]
    for n, data in enumerate(octets):
        pts = begin + round((n * size - delay - lead) * S / frequency)
        if begin - 1 <= pts < end - 900:
            whole = adts(data, frequency=frequency, channels=channels) if codec == "aac" else data
            whole = opus(data) if codec == "libopus" else whole
            found.append(Unit(AUDIO, whole, pts, pts))
    return tuple(found)


def stream(codec: str, back: int = END, late: int = 0, **other: object) -> bytes:
    """Sound that becomes another one, and is again as it was from ``back`` on; it comes ``late`` against the pictures."""
    described = (Descriptor(5, b"Opus"), Descriptor(0x7F, b"\x80\2")) if codec == "libopus" else ()
    table = pmt(component(0x1B, VIDEO), component(CODINGS[codec][3], AUDIO, *described))
    sound = [*tone(FIRST_DTS, MIDDLE, codec), *tone(MIDDLE, back, codec, **other), *tone(back, END, codec)]
    return mux([*PICTURES, *(replace(unit, dts=unit.pts + late) for unit in sound)], table=table)


def heard(view, track: str, period) -> np.ndarray:
    """The tone in each 1024 samples of a track, as complex numbers."""
    header = next(header for header in period.tracks if header.name == track)
    octets = [view.published.octets[track, number] for number in view.numbers(track, period)]
    with av.open(io.BytesIO(header.init + b"".join(octets))) as container:
        frames = list(container.decode(audio=0))
    pcm = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)[0].astype(np.float64)
    at = np.arange(pcm.size) + frames[0].pts
    turned = pcm * np.exp(-2j * np.pi * HERTZ * at / header.timescale)
    return 2 * turned[: pcm.size // 1024 * 1024].reshape(-1, 1024).mean(axis=1)


CHANGES = {
    "5.1": ("aac", {"layout": "5.1"}),
    "mono": ("aac", {"layout": "mono"}),
    "44.1 kHz": ("aac", {"frequency": 44_100}),
    "MP2, mono": ("mp2", {"layout": "mono"}),
    "AC-3, 5.1": ("ac3", {"layout": "5.1(side)"}),
    "E-AC-3, mono": ("eac3", {"layout": "mono"}),
    "Opus, 60 ms": ("libopus", {"frame": 2880}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("how", [LIVE, FILE], ids=["live", "file"])
def test_what_comes_before_the_next_random_access_point_is_heard(change, how):
    """A second of it was lost. It sounds as before: the same tone at the same place, and about as loud."""
    codec, other = CHANGES[change]
    view = package(stream(codec, **other), settings=replace(how, bridge=plan_bridge), seconds=8)
    view.without_hole()
    assert view.reasons == ["start", "codec change"]
    before, after = (view.samples("audio", period) for period in view.periods)
    hole = after[0].time - before[-1].time - before[-1].duration
    assert hole < max(before[-1].duration, after[0].duration)
    assert {sample.duration for sample in before[1:-1]} <= {
        before[5].duration,
        before[5].duration + Fraction(S, 48_000),
    }
    made = heard(view, "audio", view.periods[0])[-30:-1]
    assert np.abs(made).min() > 0.06
    assert np.abs(made).max() < 0.3  # of six channels with the same tone three are in each of two
    assert np.ptp(np.unwrap(np.angle(made))) < 0.4  # a fifteenth of a millisecond


@pytest.mark.parametrize(
    ("change", "how"), [("5.1", LIVE), ("44.1 kHz", FILE), ("AC-3, 5.1", LIVE), ("Opus, 60 ms", LIVE)]
)
@pytest.mark.parametrize("late", [0, S])
def test_there_and_back_within_a_group_of_pictures_is_heard(change, how, late):
    """A fifth of a second of it was lost, late or not."""
    codec, other = CHANGES[change]
    octets = stream(codec, BACK, late, **other)
    view = package(octets, settings=replace(how, bridge=plan_bridge), seconds=8)
    view.without_hole()
    samples = [sample for period in view.periods for sample in view.samples("audio", period)]
    frame = samples[5].duration
    assert max(b.time - a.time - a.duration for a, b in zip(samples, samples[1:], strict=False)) < frame
    assert max(abs(sample.duration - frame) for sample in samples[1:-1]) < frame / 2
    own = [*tone(FIRST_DTS, MIDDLE, codec), *tone(BACK, END, codec)]
    as_they_came = {digest(sound_payload(unit.data)) for unit in own}
    made = [sample for sample in samples if sample.digest not in as_they_came]
    assert abs(sum(sample.duration for sample in made) - (BACK - MIDDLE)) < 2 * frame
    sound = np.abs(heard(view, "audio", view.periods[0])[3:-1])
    # where its own coding begins again, up to half a frame beside its place; what Opus tells needs 80 ms before it
    assert (sound < 0.06).sum() <= (4 if codec == "libopus" else 2)
    assert sound.min() > 0.02
    assert sound.max() < 0.3


def test_what_has_turned_back_waits_for_no_random_access_point():
    octets = stream("aac", BACK, layout="5.1")
    view = package(octets, settings=replace(LIVE, part_90k=S // 10, bridge=plan_bridge), seconds=8)
    second = view.events.index(view.periods[1])
    parts = [event for event in view.events[:second] if isinstance(event, PartPublished)]
    begin = BACK + view.periods[0].media_start_90k - FIRST_DTS
    at = next(n for n, part in enumerate(parts) if part.track == "audio" and part.start_ticks * S > begin * 48_000)
    assert "video" in {part.track for part in parts[at:]}


@pytest.mark.parametrize("codec", ["ac3", "eac3"])
def test_the_level_of_the_dialogue_stays_said(codec):
    view = package(stream(codec, layout="5.1(side)"), settings=replace(LIVE, bridge=plan_bridge), seconds=8)
    octets = [view.published.octets["audio", number] for number in view.numbers("audio", view.periods[0])]
    frames = [data for one in octets for *_, data in movie_samples(one)]
    assert {parse_syncframe(frame).dialnorm for frame in frames} == {23}
    assert {parse_syncframe(frame).acmod for frame in frames} == {2}


@pytest.mark.parametrize("how", [LIVE, FILE], ids=["live", "file"])
@pytest.mark.parametrize("back", [END, BACK])
def test_block_borders_leave_no_trace(how, back):
    octets, how = stream("aac", back, layout="5.1"), replace(how, bridge=plan_bridge)
    a_packet_each = published(octets, how, list(range(0, len(octets), 188)))
    assert published(octets, how, []) == a_packet_each
    assert published(octets, how, list(range(0, len(octets), 1777))) == a_packet_each


@pytest.mark.parametrize("back", [END, BACK])
def test_a_packager_that_joined_later_makes_the_same(back):
    octets, how, found = stream("aac", back, frequency=44_100), replace(LIVE, bridge=plan_bridge), []
    for at in (0, len(octets) // 188 // 5 * 188):
        now = package(octets[:188], seconds=0).now_90k + at * 8 * S // len(octets)
        found.append(package(octets[at:], settings=how, seconds=8 * (1 - at / len(octets)), now_90k=now).published)
    begin = found[1].numbers("video")[1]
    first, second = ({key: data for key, data in one.octets.items() if key[1] >= begin} for one in found)
    assert first == second
    assert len({number for _, number in first}) >= 2


def test_the_extra_track_goes_on_as_well():
    """AC-3 of two channels and then of six: of what browsers play nothing is missing."""
    how = replace(LIVE, bridge=plan_bridge, transcode=plan_transcoding)
    view = package(stream("ac3", layout="5.1(side)"), settings=how, seconds=8)
    view.without_hole()
    first, second = view.periods
    samples = view.samples("audio-aac", first)
    assert view.samples("audio-aac", second)[0].time - samples[-1].time - samples[-1].duration <= samples[-1].duration
    assert np.abs(heard(view, "audio-aac", first)[3:-1]).min() > 0.06
    assert not view.faults["undecodable_sound"]


@pytest.mark.parametrize("how", [LIVE, FILE], ids=["live", "file"])
@pytest.mark.parametrize("at", [0, S, 2 * S - S // 9])
def test_of_radio_nothing_is_made_and_nothing_is_lost(how, at):
    """Each of its frames may begin a period: 1.8 s were lost, until the next cell."""
    units = [*tone(FIRST_DTS, MIDDLE + at), *tone(MIDDLE + at, END, layout="5.1")]
    table = pmt(component(0x0F, AUDIO), pcr_pid=AUDIO)
    view = package(mux(units, table=table, pcr_pid=AUDIO), settings=how, seconds=8)
    view.without_hole()
    assert view.reasons == ["start", "codec change"]
    assert [s.digest for s in view.samples("audio")] == [digest(sound_payload(u.data)) for u in units]


@pytest.mark.parametrize("how", [LIVE, FILE], ids=["live", "file"])
def test_radio_that_turns_back_loses_nothing(how):
    table = pmt(component(0x0F, AUDIO), pcr_pid=AUDIO)
    units = [*tone(FIRST_DTS, MIDDLE), *tone(MIDDLE, BACK, layout="5.1"), *tone(BACK, END)]
    view = package(mux(units, table=table, pcr_pid=AUDIO), settings=replace(how, bridge=plan_bridge), seconds=8)
    view.without_hole()
    samples = [sample for period in view.periods for sample in view.samples("audio", period)]
    assert len(samples) - len(units) in (
        0,
        1,
    )  # what is coded in place of another fills up to where the next period begins
    assert max(b.time - a.time - a.duration for a, b in zip(samples, samples[1:], strict=False)) < samples[5].duration


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damage_is_silence_at_the_worst(data):
    """Whatever is in the frames, as many come out as there is time."""
    rng, of = np.random.default_rng(data.draw(st.integers(0, 1 << 32))), data.draw(st.sampled_from(["2", "6"]))
    channels = int(of)
    config = AudioSpecificConfig(2, 48_000, channels).codec_config()
    track = AudioSpecificConfig(2, 44_100, 2).codec_config()
    whole = tone(MIDDLE, MIDDLE + S // 2, layout="stereo" if channels == 2 else "5.1")
    units = []
    for unit in whole:
        octets = np.frombuffer(unit.data[7:], np.uint8).copy()
        if rng.random() < 0.7:
            octets[rng.integers(octets.size, size=rng.integers(1, 40))] ^= rng.integers(1, 256, dtype=np.uint8)
        units.append(AccessUnit(octets[: rng.integers(1, octets.size + 1)].tobytes(), -1, -1, 1, config))
    found = bridged(plan_bridge, track, [FrameRun(0, units, 900_000)], 0, 441_000, 441_000 + 20 * 1024)
    assert [begin for begin, _ in found] in ([], list(range(441_000, 441_000 + 20 * 1024, 1024)))


# -- `bridged` alone

OF = CodecConfig("audio", "mp4a", "mp4a.40.2", b"a", sampling_frequency=48_000, channels=1, samples_per_frame=100)
TO = replace(OF, decoder_config=b"b", samples_per_frame=64)


class Counting:
    """Sound is a number in each sample; a frame comes out one and a half later than it is put in."""

    delay = 96

    def __init__(self, *_):
        self.sound = np.zeros((1, self.delay), np.float32)

    def decode(self, data):
        if data == b"bad":
            raise WireError("frame", 0, "sound", "none")
        return np.full((1, 100), int(data), np.float32)

    def encode(self, pcm):
        assert pcm.shape == (1, 64)
        self.sound = np.concatenate([self.sound, pcm], axis=1)
        frame, self.sound = self.sound[:, :64], self.sound[:, 64:]
        return [frame.tobytes()]


def made(first: int, start: int, end: int, *data: bytes, plan=Counting) -> tuple[list[int], list[int]]:
    """Begins of the frames, and all their samples; times are samples at 48 kHz."""
    assert first % 8 == 0
    run = FrameRun(0, [AccessUnit(one, -1, -1, 1, OF) for one in data], first * 15 // 8)
    frames = bridged(plan, TO, [run], 0, start, end)
    return [begin for begin, _ in frames], [int(x) for _, f in frames for x in np.frombuffer(f, np.float32)]


def test_frames_follow_the_tracks_last_one_and_sound_is_where_it_was():
    begins, sound = made(8000, 8000, 8200, b"1", b"2")
    assert begins == [8000, 8064, 8128, 8192]
    assert sound[:200] == [1] * 100 + [2] * 100
    assert not any(sound[200:])


@pytest.mark.parametrize("first", [7960, 8040])
def test_sound_that_overlaps_the_track_is_cut_and_a_hole_is_silence(first):
    begins, sound = made(first, 8000, 8128, b"1", b"2")
    assert begins == [8000, 8064]
    assert sound == ([1] * 60 + [2] * 68 if first < 8000 else [0] * 40 + [1] * 88)


def test_what_cannot_be_decoded_is_silence_or_if_all_of_it_nothing():
    assert made(8000, 8000, 8300, b"1", b"bad", b"2")[1][:300] == [1] * 100 + [0] * 100 + [2] * 100
    assert made(8000, 8000, 8300, b"bad", b"bad") == ([], [])
    assert made(8000, 8000, 8300, b"1", plan=lambda *_: None) == ([], [])


def test_where_no_encoder_makes_such_frames_there_is_no_bridge():
    short = AudioSpecificConfig(
        2, 24_000, 2, sbr_present=True, extension_sampling_frequency=48_000, frame_length_flag=True
    )
    assert plan_bridge(OF, short.codec_config()) is None
    assert plan_bridge(OF, AudioSpecificConfig(1, 48_000, 2).codec_config()) is None
    not_doubled = AudioSpecificConfig(2, 48_000, 2, sbr_present=True, extension_sampling_frequency=48_000)
    assert plan_bridge(OF, not_doubled.codec_config()) is None
    assert (
        plan_bridge(replace(OF, codec="ac-4", decoder_config=b""), AudioSpecificConfig(2, 48_000, 2).codec_config())
        is None
    )


HIGH_EFFICIENCY = {
    "v1": (24_000, 2, False, False),
    "v1, backward compatible": (24_000, 2, False, True),
    "v1, mono": (22_050, 1, False, False),
    "v1, 5.1": (24_000, 6, False, False),
    "v2": (24_000, 1, True, False),
    "v2, backward compatible": (16_000, 1, True, True),
}


@pytest.mark.parametrize("track", HIGH_EFFICIENCY)
def test_a_track_of_high_efficiency_has_the_sound_at_its_place(track):
    """The core alone: a decoder that is told of SBR makes the track's rate of it, as late as with it."""
    core, channels, ps, compatible = HIGH_EFFICIENCY[track]
    to = AudioSpecificConfig(2, core, channels, True, ps, 2 * core, compatible).codec_config()
    hertz, frame = to.sampling_frequency, to.samples_per_frame
    of = AudioSpecificConfig(2, 48_000, 2).codec_config()
    units = [AccessUnit(u.data[7:], -1, -1, 1, of) for u in tone(MIDDLE, MIDDLE + S)]
    start = MIDDLE * hertz // S
    found = bridged(plan_bridge, to, [FrameRun(0, units, MIDDLE)], 0, start, start + hertz * 9 // 10)
    assert [begin for begin, _ in found] == list(range(start, start + hertz * 9 // 10, frame))
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = to.decoder_config
    sounds = [sound.to_ndarray() for _, data in found for sound in decoder.decode(av.Packet(data))]
    assert {sound.shape[1] for sound in sounds} == {frame}
    pcm = np.concatenate(sounds, axis=1)[0, 3 * frame : -frame].astype(np.float64)
    turned = pcm * np.exp(-2j * np.pi * HERTZ * (start + 3 * frame + np.arange(pcm.size)) / hertz)
    made = 2 * turned[: pcm.size // 1000 * 1000].reshape(-1, 1000).mean(axis=1)
    assert np.abs(np.abs(made) - (0.1 if channels > 1 else 0.1 * 2**0.5)).max() < 0.01  # two in one: their power
    assert np.abs(np.angle(made * 1j)).max() < 0.4  # a fifteenth of a millisecond


@pytest.mark.parametrize("track", ["aac", "mp2"])
def test_what_is_no_number_is_coded_all_the_same(track, monkeypatch):
    units = [AccessUnit(u.data[7:], -1, -1, 1, AudioSpecificConfig(2, 48_000, 2).codec_config()) for u in tone(0, S)]
    to = AudioSpecificConfig(2, 48_000, 2).codec_config()
    if track == "mp2":
        to = MpaHeader(1, 2, 256, 48_000, 0, 0).codec_config()
    coder = plan_bridge(units[0].config, to)
    odd = np.array([[np.nan, np.inf, -np.inf, 1e20] * 256] * 2, np.float32)
    monkeypatch.setattr(coder, "_converted", lambda frame: [odd])
    frames = [frame for unit in units for frame in coder.encode(pad(coder.decode(unit.data), to.samples_per_frame))]
    assert len(frames) > len(units) - 3


def pad(pcm, n):
    return np.ascontiguousarray(np.pad(pcm, ((0, 0), (0, n - pcm.shape[1]))))
