import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.aac_streams import adts
from tests.codecs.feeding import array, cuts_of, damage, marks, pes, run
from tests.codecs.mpeg_audio_streams import BIT_RATES, FREQUENCIES, mpa
from tests.codecs.reference_ts import read_ts
from yiwang.codecs.mpa.either import MpegAudioFramer
from yiwang.codecs.mpa.framer import MpaFramer, parse_mpa_header

FRAMES = [mpa(n) for n in range(1, 12)]
VARIABLE = [mpa(n, layer=3, bit_rate=(64, 128, 320)[n % 3], padding=n % 2, frequency=44100) for n in range(1, 12)]
FRAMERS = [MpaFramer, MpegAudioFramer]


def data_of(units):
    return [unit.data for unit in units]


def faults_of(framer):
    return [(fault.name, fault.count) for fault in framer.drain_faults()]


def starts_of(frames):
    return [sum(map(len, frames[:n])) for n in range(len(frames))]


@pytest.mark.parametrize("framer", FRAMERS)
@pytest.mark.parametrize("frames", [FRAMES, VARIABLE], ids=["layer II", "layer III, rate changes"])
def test_every_frame_is_an_access_unit_and_a_stream_access_point(framer, frames):
    machine = framer()
    units = run(machine, b"".join(frames))
    assert data_of(units) == frames
    assert {unit.sap_type for unit in units} == {1}
    assert len({id(unit.config) for unit in units}) == 1
    assert faults_of(machine) == []


@pytest.mark.parametrize("framer", FRAMERS)
def test_a_pes_packet_s_time_is_of_the_first_frame_that_begins_in_it(framer):
    starts = starts_of(FRAMES)
    rows = [pes(0, 900), pes(starts[2] - 5, 1800), pes(starts[4], 2700), pes(starts[4] + 9, 3600)]
    units = run(framer(), b"".join(FRAMES), rows)
    assert [unit.pts_90k for unit in units[:7]] == [900, -1, 1800, -1, 2700, 3600, -1]


@pytest.mark.parametrize("framer", FRAMERS)
def test_damage_drops_the_frame_it_is_in_and_those_whose_time_is_not_known(framer):
    starts = starts_of(FRAMES)
    rows = [pes(0, 0), damage(starts[3] + 20), pes(starts[6], 6 * 2160)]
    machine = framer()
    units = run(machine, b"".join(FRAMES), rows)
    assert data_of(units) == FRAMES[:3] + FRAMES[6:]
    assert [n for n, unit in enumerate(units) if unit.after_loss] == [3]
    assert dict(faults_of(machine)) == {"damaged_access_unit": 1, "untimed_access_unit": 2}


@pytest.mark.parametrize("framer", FRAMERS)
@given(data=st.data())
def test_access_units_are_the_same_for_all_cuts(framer, data):
    octets = bytearray(b"".join(VARIABLE))
    n = len(octets)
    for offset, value in data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, 255)), max_size=6)):
        octets[offset] = value
    rows = [pes(offset, 10 * offset) for offset in range(0, n, 170)]
    rows += map(damage, data.draw(st.lists(st.integers(0, n), max_size=3)))
    rows.sort(key=lambda row: row[0])
    whole, cut, single = framer(), framer(), framer()
    units = run(whole, octets, rows)
    assert run(cut, octets, rows, data.draw(cuts_of(n)), data.draw(st.booleans())) == units
    assert run(single, octets, rows, range(n)) == units
    assert faults_of(cut) == faults_of(single) == faults_of(whole)


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([*FRAMES[:2], *VARIABLE[:2]])), max_size=12))
def test_any_octets_are_taken_without_an_error(parts):
    for unit in run(MpegAudioFramer(), b"".join(parts).replace(b"\0\0", b"\xff\xfd")):
        assert unit.data


@pytest.mark.parametrize("framer", FRAMERS)
def test_octets_without_frames_are_not_kept(framer):
    machine, rng = framer(), random.Random(1)
    for n in range(100):
        machine.feed(array(rng.randbytes(10_000)), marks(pes(0, n)))
    for candidate in getattr(machine, "_candidates", (machine,)):
        assert len(candidate._buffer) < 20_000
    if framer is MpaFramer:
        assert len(machine._lengths) <= 1025


# -- headers


@pytest.mark.parametrize(("identifier", "layer"), BIT_RATES)
@pytest.mark.parametrize("padding", [0, 1])
def test_all_bit_rates_and_frequencies_have_the_length_of_the_standard_s_formula(identifier, layer, padding):
    for bit_rate in map(int, BIT_RATES[identifier, layer].split()):
        for frequency in (f for f, (i, _) in FREQUENCIES.items() if i == identifier):
            frame = mpa(layer=layer, frequency=frequency, bit_rate=bit_rate, padding=padding)
            header = parse_mpa_header(frame)
            assert (header.frame_length, header.sampling_frequency, header.bit_rate) == (
                len(frame),
                frequency,
                bit_rate,
            )


@pytest.mark.parametrize(("fourth", "frequency", "length"), [(0x40, 11025, 208), (0x44, 12000, 192), (0x48, 8000, 288)])
def test_layer_iii_at_a_quarter_of_the_frequencies_is_framed(fourth, frequency, length):
    """MPEG 2.5: a stream of it was listed, and nothing came of it, without a word."""
    frames = [bytes([0xFF, 0xE3, fourth, 0xC0]) + bytes([n]) * (length - 4) for n in range(1, 9)]
    units = run(MpegAudioFramer(), b"".join(frames))
    assert data_of(units) == frames
    config = units[0].config
    assert (config.sampling_frequency, config.samples_per_frame, config.channels) == (frequency, 576, 1)
    assert config.codec == "mp4a.69"
    assert parse_mpa_header(b"\xff\xe5" + frames[0][2:]) is None  # of layer II there are none


def test_what_only_goes_on_like_a_header_is_none():
    broken = [*FRAMES[:4], b"\xfe" + FRAMES[4][1:], *FRAMES[5:]]
    machine = MpaFramer()
    assert data_of(run(machine, b"".join(broken))) == FRAMES[:4] + FRAMES[5:]
    assert faults_of(machine) == [("audio_sync_lost", 1)]


@pytest.mark.parametrize(
    "octets", ["fffd0400", "fffdf400", "fffd1c00", "fff91000", "fffd1402", "ffed1400", "7ffd1400", "fffd14"]
)
def test_free_format_and_what_contradicts_the_standard_is_no_header(octets):
    assert parse_mpa_header(bytes.fromhex(octets)) is None


@pytest.mark.parametrize(
    ("fields", "codec", "object_type", "samples"),
    [
        ({"layer": 1, "bit_rate": 192}, "mp4a.40.32", 0x6B, 384),
        ({"layer": 2}, "mp4a.40.33", 0x6B, 1152),
        ({"layer": 3}, "mp4a.6B", 0x6B, 1152),
        ({"layer": 2, "frequency": 24000}, "mp4a.40.33", 0x69, 1152),
        ({"layer": 3, "frequency": 24000}, "mp4a.69", 0x69, 576),
    ],
)
@pytest.mark.parametrize(("mode", "channels"), [(0, 2), (1, 2), (2, 2), (3, 1)])
def test_a_track_says_layer_and_channels(fields, codec, object_type, samples, mode, channels):
    config = run(MpaFramer(), 2 * mpa(mode=mode, **fields))[0].config
    assert (config.sample_entry, config.codec, config.object_type_indication) == ("mp4a", codec, object_type)
    assert (config.samples_per_frame, config.channels) == (samples, channels)
    assert config.sampling_frequency == fields.get("frequency", 48000)


def test_joint_stereo_is_no_other_configuration_and_one_channel_is():
    frames = [mpa(n, mode=(0, 1, 1, 0, 3, 3, 0)[n]) for n in range(7)]
    units = run(MpaFramer(), b"".join(frames))
    assert data_of(units) == frames
    assert [unit.config.channels for unit in units] == [2, 2, 2, 2, 1, 1, 2]
    assert units[0].config is units[-1].config


# -- what the stream type calls MPEG audio


def test_adts_is_found_out_and_told():
    payloads = [bytes([n]) * 90 for n in range(1, 8)]
    framer = MpegAudioFramer()
    units = run(framer, b"".join(map(adts, payloads)))
    assert data_of(units) == payloads
    assert units[0].config.codec == "mp4a.40.2"
    assert faults_of(framer) == [("wrong_stream_type", 1)]


def test_what_a_stream_is_stays_until_it_ends():
    payloads = [bytes([n]) * 90 for n in range(1, 8)]
    framer = MpegAudioFramer()
    units = run(framer, b"".join(FRAMES) + b"".join(map(adts, payloads)))
    assert data_of(units) == FRAMES
    assert data_of(run(framer, b"".join(map(adts, payloads)))) == payloads


# -- captures


@pytest.mark.parametrize(
    ("name", "codec", "output"),
    [
        ("androidx-media/sample_mpeg_audio_with_audio_type.ts", "mp4a.40.33", (48000, 1, 1152)),
        ("androidx-media/sample_h264_mpeg_audio.ts", "mp4a.40.33", (44100, 1, 1152)),
        ("shaka-player/hls-ts-muxed-mp3-h264/seg-1-v1-a1.ts", "mp4a.6B", (44100, 2, 1152)),
        ("tsduck/test-025.ts", "mp4a.40.33", (48000, 2, 1152)),
        ("tsduck/test-072.ts", "mp4a.40.2", (48000, 2, 1024)),
    ],
)
def test_captures_give_the_same_frames_for_all_cuts_and_damages(captures, name, codec, output):
    (stream,) = (s for s in read_ts((captures / name).read_bytes()).values() if s.stream_type in (0x03, 0x04))
    octets, rng = bytes(stream.octets), random.Random(name)
    config = run(MpegAudioFramer(), octets, stream.rows)[0].config
    assert (config.codec, (config.sampling_frequency, config.channels, config.samples_per_frame)) == (codec, output)
    for n_damages in (0, 0, 10):
        rows = [*stream.rows, *(damage(rng.randrange(len(octets))) for _ in range(n_damages))]
        rows.sort(key=lambda row: row[0])
        whole = run(MpegAudioFramer(), octets, rows)
        cuts = [rng.randrange(len(octets)) for _ in range(200)]
        assert run(MpegAudioFramer(), octets, rows, cuts, early=False) == whole
