import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.aac.audio_specific_config import (
    SAMPLING_FREQUENCIES,
    AudioSpecificConfig,
    parse_audio_specific_config,
    read_audio_specific_config,
)
from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.aac.program_config_element import ProgramConfigElement


def quad(comment=b""):
    """Four channels: a centre, a front pair, a back centre; the middle one of the fields is a stereo mix-down."""
    bits = BitWriter()
    for width, value in (
        (4, 0), (2, 1), (4, 3),  # element_instance_tag, object_type, sampling_frequency_index
        (4, 2), (4, 0), (4, 1), (2, 0), (3, 0), (4, 0),  # numbers of front, side, back, LFE, data, coupling elements
        (1, 0), (1, 1), (4, 7), (1, 0),  # mix-downs
        (1, 0), (4, 0), (1, 1), (4, 0), (1, 0), (4, 1),  # is_cpe and tag of each channel element
    ):  # fmt: skip
        bits.u(width, value)
    n_bits = bits.length
    bits.align()
    fields = int.from_bytes(bits.to_bytes(), "big") >> (-n_bits % 8)
    return ProgramConfigElement(fields, n_bits, comment, 4)


VECTORS = [
    ("1190", AudioSpecificConfig(2, 48000, 2), "mp4a.40.2", (48000, 2, 1024)),
    ("1210", AudioSpecificConfig(2, 44100, 2), "mp4a.40.2", (44100, 2, 1024)),
    ("11b0", AudioSpecificConfig(2, 48000, 6), "mp4a.40.2", (48000, 6, 1024)),
    ("11b8", AudioSpecificConfig(2, 48000, 7), "mp4a.40.2", (48000, 8, 1024)),
    ("1194", AudioSpecificConfig(2, 48000, 2, frame_length_flag=True), "mp4a.40.2", (48000, 2, 960)),
    ("0a10", AudioSpecificConfig(1, 44100, 2), "mp4a.40.1", (44100, 2, 1024)),
    ("178061a810", AudioSpecificConfig(2, 50000, 2), "mp4a.40.2", (50000, 2, 1024)),
    ("21920268", AudioSpecificConfig(4, 48000, 2, core_coder_delay=77), "mp4a.40.4", (48000, 2, 1024)),
    ("2b920800", AudioSpecificConfig(2, 22050, 2, True, False, 44100), "mp4a.40.5", (44100, 2, 2048)),
    ("2a120800", AudioSpecificConfig(2, 44100, 2, True, False, 44100), "mp4a.40.5", (44100, 2, 1024)),
    ("eb8a0800", AudioSpecificConfig(2, 22050, 1, True, True, 44100), "mp4a.40.29", (44100, 2, 2048)),
    ("139056e5a0", AudioSpecificConfig(2, 22050, 2, True, False, 44100, True), "mp4a.40.5", (44100, 2, 2048)),
    ("138856e5a54880", AudioSpecificConfig(2, 22050, 1, True, True, 44100, True), "mp4a.40.29", (44100, 2, 2048)),
]
IDS = [octets for octets, *_ in VECTORS]


@pytest.mark.parametrize(("octets", "config", "codec", "output"), VECTORS, ids=IDS)
def test_a_configuration_is_read_written_and_said_in_rfc_6381(octets, config, codec, output):
    assert parse_audio_specific_config(bytes.fromhex(octets)) == config
    assert config.to_bytes().hex() == octets
    track = config.codec_config()
    assert (track.codec, track.sample_entry, track.decoder_config.hex()) == (codec, "mp4a", octets)
    assert (track.sampling_frequency, track.channels, track.samples_per_frame) == output


@pytest.mark.parametrize("comment", [b"", b"a studio"])
@pytest.mark.parametrize("lead", [0, 3, 8])
def test_channels_that_have_no_number_are_in_a_program_config_element(comment, lead):
    config = AudioSpecificConfig(2, 48000, 0, program_config=quad(comment))
    octets = config.to_bytes()
    assert parse_audio_specific_config(octets) == config
    assert config.codec_config().channels == 4
    # byte_alignment() is relative to the configuration, wherever it lies
    bits = BitReader((int.from_bytes(octets, "big") << (16 - lead)).to_bytes(len(octets) + 2, "big"), "test")
    bits.skip(lead)
    assert read_audio_specific_config(bits, None) == config


def test_without_its_length_there_is_no_sync_extension_to_be_seen():
    bits = BitReader(bytes.fromhex("139056e5a0"), "test")
    assert read_audio_specific_config(bits, None) == AudioSpecificConfig(2, 22050, 2)


def test_octets_after_the_configuration_that_are_no_sync_extension_mean_nothing():
    assert parse_audio_specific_config(bytes.fromhex("11900000")) == AudioSpecificConfig(2, 48000, 2)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("f94040", "audio object type"),  # USAC
        ("1690", "sampling frequency"),  # samplingFrequencyIndex 13
        ("1780000010", "sampling frequency"),  # 0 Hz
        ("11c0", "channelConfiguration"),  # 8
        ("2b910800", "SBR at"),  # 22050 to 48000 Hz... index 2
        ("11", "more bits"),
        ("", "more bits"),
    ],
)
def test_what_cannot_be_read_is_a_wire_error(octets, expected):
    with pytest.raises(WireError, match=expected):
        parse_audio_specific_config(bytes.fromhex(octets))


@given(
    st.sampled_from([1, 2, 3, 4]),
    st.sampled_from([*SAMPLING_FREQUENCIES, 50_000, 192_000]),
    st.sampled_from([1, 2, 3, 4, 5, 6, 7, 11, 12, 14]),
    st.sampled_from(
        [(False, False, False), (True, False, False), (True, True, False), (True, False, True), (True, True, True)]
    ),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, (1 << 14) - 1)),
)
def test_what_is_written_is_read_again(object_type, frequency, channels, extension, short, delay):
    sbr, ps, backward = extension
    frequency = min(frequency, 96_000)
    config = AudioSpecificConfig(
        object_type, frequency, channels, sbr, ps, 2 * frequency if sbr else 0, backward, short, delay
    )
    assert parse_audio_specific_config(config.to_bytes()) == config


@given(st.binary(max_size=30))
def test_any_octets_are_a_configuration_or_a_wire_error(octets):
    try:
        config = parse_audio_specific_config(octets)
    except WireError:
        return
    track = config.codec_config()
    assert track.samples_per_frame in (960, 1024, 1920, 2048)
    assert track.channels > 0
    assert track.sampling_frequency > 0


def test_a_value_wider_than_its_field_is_not_written():
    with pytest.raises(ValueError, match="does not fit"):
        BitWriter().u(3, 8)
