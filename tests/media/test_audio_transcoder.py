"""Decoding and encoding of broadcast sound: channels, damage, and the same octets each time."""

import io

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.codecs.opus_streams import opus
from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.ac3 import channels as places
from yiwang.codecs.ac3.framer import Ac3Framer
from yiwang.codecs.mpa.framer import MpaFramer
from yiwang.codecs.opus.channels import parse_descriptor
from yiwang.codecs.opus.framer import OpusFramer
from yiwang.media import channel_layouts as layouts
from yiwang.media.audio_transcoder import FRAME, plan_transcoding

RATE = 48_000


def coded(codec, layout, samples, framer, container_format=None, framed=bytes):
    """Access units of a tone in each channel."""
    file = io.BytesIO()
    n_channels = len(av.AudioLayout(layout).channels)
    with av.open(file, "w", format=container_format or codec) as container:
        stream = container.add_stream(codec, rate=RATE, layout=layout)
        stream.bit_rate = 192_000
        resampler = av.AudioResampler(stream.format, layout, RATE, samples)
        for n in range(30):
            times = (n * samples + np.arange(samples)) / RATE
            pcm = 0.2 * np.sin(2 * np.pi * 300 * (1 + np.arange(n_channels))[:, None] * times)
            frame = av.AudioFrame.from_ndarray(pcm.astype(np.float32), format="fltp", layout=layout)
            frame.sample_rate, frame.pts = RATE, n * samples
            for part in resampler.resample(frame):
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    machine = framer()
    octets = np.frombuffer(framed(file.getvalue()), np.uint8)
    return machine.feed(octets, np.empty((0, 4), np.int64)) + machine.flush()


def opus_framer():
    return OpusFramer(b"\x06")


def opus_in_ts(octets):
    """Access units as a transport stream has them, of what FFmpeg wrote to a file of Matroska."""
    with av.open(io.BytesIO(octets)) as container:
        return b"".join(opus(bytes(packet)) for packet in container.demux(audio=0) if packet.size)


KINDS = {
    "Opus": coded("libopus", "5.1", 960, opus_framer, "matroska", opus_in_ts),
    "MP2": coded("mp2", "stereo", 1152, MpaFramer),
    "AC-3": coded("ac3", "5.1(side)", 1536, Ac3Framer),
    "E-AC-3": coded("eac3", "5.1(side)", 1536, Ac3Framer),
}


def transcoded(units):
    coder, frames, waiting = plan_transcoding(units[0].config)(), [], None
    for unit in units:
        pcm = coder.decode(unit.data)
        waiting = pcm if waiting is None else np.concatenate([waiting, pcm], axis=1)
        while waiting.shape[1] >= FRAME:
            frames += coder.encode(np.ascontiguousarray(waiting[:, :FRAME]))
            waiting = waiting[:, FRAME:]
    return frames


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_sound_gives_the_same_octets(kind):
    units = KINDS[kind]
    frames = transcoded(units)
    assert frames == transcoded(units)
    assert len(frames) >= len(units) * units[0].config.samples_per_frame // FRAME - 3


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_frames_are_sound_or_a_wire_error(kind, data):
    units = KINDS[kind]
    config = units[0].config
    coder = plan_transcoding(config)()
    n_channels = layouts.layout_for(config).channel_configuration
    for unit in units[:6]:
        octets = bytearray(unit.data)
        for at, value in data.draw(
            st.lists(st.tuples(st.integers(0, len(octets) - 1), st.integers(0, 255)), max_size=5)
        ):
            octets[at] = value
        try:
            pcm = coder.decode(bytes(octets[: data.draw(st.integers(1, len(octets)))]))
        except WireError:
            continue
        assert (pcm.shape[0], pcm.dtype) == (n_channels, np.float32)
    assert coder.decode(units[10].data).shape == (n_channels, config.samples_per_frame)


def test_a_frame_of_another_sampling_frequency_takes_no_other_one_along():
    units = KINDS["MP2"]
    coder = plan_transcoding(units[0].config)()
    damaged = bytearray(units[5].data)
    damaged[2] = damaged[2] & ~0x0C | 0x08  # sampling_frequency: 32 kHz
    with pytest.raises(WireError, match="32000 Hz"):
        coder.decode(bytes(damaged[:4]))
    assert coder.decode(units[10].data).shape == (2, 1152)


def test_what_is_transcoded_and_what_is_not():
    assert plan_transcoding(KINDS["AC-3"][0].config).config.codec == "mp4a.40.2"
    assert plan_transcoding(CodecConfig("audio", "mp4a", "mp4a.40.2", b"", channels=2)) is None


@pytest.mark.parametrize(
    ("chanmap", "layout"),
    [
        (places.CENTRE, layouts.MONO),
        (places.STEREO, layouts.STEREO),
        (places.FRONT, layouts.FRONT),
        (places.STEREO | places.CENTRE_SURROUND, layouts.FRONT_AND_BACK),
        (places.STEREO | places.SURROUND, layouts.FIVE),
        (places.FRONT | places.SURROUND | places.LFE, layouts.FIVE_ONE),
        (places.STEREO | places.LFE, layouts.FIVE_ONE),
        (places.FRONT | places.SURROUND | places.LRS_RRS | places.LFE, layouts.FIVE_ONE),
    ],
)
def test_a_layout_has_all_the_places_of_the_original(chanmap, layout):
    assert layouts.layout_for(CodecConfig("audio", "ac-3", "ac-3", b"", dolby_channel_map=chanmap)) is layout


def test_every_channel_goes_to_its_place():
    names = ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"]
    out = layouts.FIVE_ONE.arrange(np.eye(8, dtype=np.float32), names)
    expected = np.zeros((6, 8), np.float32)
    expected[range(4), range(4)] = 1
    expected[4, [4, 6]] = expected[5, [5, 7]] = 0.5**0.5
    assert out == pytest.approx(expected)
    quad = layouts.FIVE.arrange(np.eye(4, dtype=np.float32), ["FL", "FR", "SL", "SR"])
    assert quad.tolist() == np.eye(5, dtype=np.float32)[:, [0, 1, 3, 4]].tolist()
    back = layouts.FRONT_AND_BACK.arrange(np.eye(3, dtype=np.float32), ["FL", "FR", "BC"])
    assert back.tolist() == np.eye(4, dtype=np.float32)[:, [0, 1, 3]].tolist()


@pytest.mark.parametrize(
    ("code", "layout"),
    [
        (0, layouts.STEREO),
        (1, layouts.MONO),
        (2, layouts.STEREO),
        (3, layouts.FRONT),
        (4, layouts.FIVE),
        (5, layouts.FIVE),
        (6, layouts.FIVE_ONE),
        (7, layouts.FIVE_ONE),
        (8, layouts.FIVE_ONE),
        (0x86, layouts.FIVE_ONE),
    ],
)
def test_a_layout_has_all_the_channels_of_opus(code, layout):
    assert layouts.layout_for(parse_descriptor(bytes([code])).codec_config(960)) is layout


def test_opus_is_heard_in_its_channels_a_packet_s_samples_at_a_time():
    """Channels are told by the header that the decoder is given: without it six of them would be noise in two."""
    units = KINDS["Opus"]
    coder = plan_transcoding(units[0].config)()
    sound = np.concatenate([coder.decode(unit.data) for unit in units], axis=1)
    assert sound.shape == (6, 960 * len(units))
    places = np.abs(np.fft.rfft(sound[:, 9600:19200])).argmax(axis=1) * 5
    assert [int(p) for n, p in enumerate(places) if n != 3] == [300, 600, 900, 1500, 1800]  # not of the LFE channel
