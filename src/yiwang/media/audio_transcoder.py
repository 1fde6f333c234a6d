"""Sound that browsers do not play, to AAC: FFmpeg's decoders and its AAC encoder, by PyAV."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.aac.audio_specific_config import AOT_AAC_LC, AudioSpecificConfig
from yiwang.codecs.opus.channels import identification_header
from yiwang.media.channel_layouts import Layout, layout_for
from yiwang.media.ffmpeg_error import ffmpeg_says
from yiwang.packaging.transcoding import Pcm, Transcoder

FRAME = 1024
"""Samples of an AAC frame."""
ENCODER_DELAY = 1024
"""The encoder's first frame is of the time before the first sample: the overlap of its transform."""
BIT_RATES = {1: 96_000, 2: 160_000, 3: 240_000, 4: 288_000, 5: 352_000, 6: 384_000}
"""Bit/s by channelConfiguration, at 48 kHz; lower in proportion."""
ENCODER_OPTIONS = {"aac_coder": "fast", "aac_ms": "0"}
"""Its constant quantizer, without the search for sum and difference of a pair: half the time, and at these rates nearer to
the original."""
DECODERS = {
    **{"mp4a.40.32": "mp1float", "mp4a.40.33": "mp2float", "mp4a.6B": "mp3float", "mp4a.69": "mp3float"},
    **{"ac-3": "ac3", "ec-3": "eac3", "opus": "libopus"},
}
"""Of Opus the reference decoder: FFmpeg's own gives 24 samples less or more than a packet has where SILK and CELT meet."""
DECODER_OPTIONS = {"ac3": {"drc_scale": "0"}, "eac3": {"drc_scale": "0"}}
"""The range of the original is kept: no compression that it suggests, no level that it suggests."""


@dataclass(frozen=True, slots=True)
class AacTranscoderFactory:
    """Makes runs for streams of one configuration."""

    config: CodecConfig
    original: CodecConfig
    layout: Layout

    def __call__(self) -> Transcoder:
        """Begin a run."""
        return AacTranscoder(self.original, self.layout)


def plan_transcoding(config: CodecConfig) -> AacTranscoderFactory | None:
    """Return what makes AAC of such a stream; None where it cannot be decoded."""
    if config.codec not in DECODERS:
        return None
    layout = layout_for(config)
    frequency = config.sampling_frequency
    aac = AudioSpecificConfig(AOT_AAC_LC, frequency, layout.channel_configuration).codec_config()
    return AacTranscoderFactory(aac, config, layout)


class AacTranscoder:
    """A decoder and an encoder (see `yiwang.packaging.transcoding.Transcoder`); each is one thread, so that it is the same."""

    delay = ENCODER_DELAY

    def __init__(self, original: CodecConfig, layout: Layout) -> None:
        self._layout = layout
        self._frequency = sampling_frequency = original.sampling_frequency
        self._decoder = decoder_context(original)
        self._encoder = codec_context("aac", "w", ENCODER_OPTIONS)
        self._encoder.sample_rate = sampling_frequency
        self._encoder.layout = layout.name
        self._encoder.format = "fltp"
        self._encoder.bit_rate = BIT_RATES[layout.channel_configuration] * sampling_frequency // 48_000
        self._encoder.time_base = Fraction(1, sampling_frequency)
        self._n_samples = 0

    def decode(self, data: bytes) -> Pcm:
        """Return the sound of an access unit in the encoder's channels."""
        try:
            frames = self._decoder.decode(av.Packet(data))
        except av.error.FFmpegError as error:
            raise WireError("audio frame", 0, "sound", ffmpeg_says(error)) from None
        sounds = []
        for frame in frames:
            frequency = self._decoder.sample_rate  # FFmpeg's frames of MPEG audio have that of the frame before
            if frequency != self._frequency:
                raise WireError("audio frame", 0, f"{self._frequency} Hz", f"{frequency} Hz")
            names = [channel.name for channel in frame.layout.channels]
            sounds.append(self._layout.arrange(planes(frame), names))
        if not sounds:
            raise WireError("audio frame", 0, "sound", "none")
        return sounds[0] if len(sounds) == 1 else np.concatenate(sounds, axis=1)

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Take 1024 samples; return the frames that are whole by them."""
        frame = av.AudioFrame.from_ndarray(pcm, format="fltp", layout=self._layout.name)
        frame.sample_rate = self._frequency
        frame.pts = self._n_samples
        frame.time_base = Fraction(1, self._frequency)
        self._n_samples += FRAME
        return [bytes(packet) for packet in self._encoder.encode(frame)]


def planes(frame: av.AudioFrame) -> Pcm:
    """Return a frame's sound, a row for each channel."""
    sound = frame.to_ndarray()
    if not frame.format.is_planar:
        sound = sound.reshape(-1, len(frame.layout.channels)).T
    floats = sound.astype(np.float32, copy=False)
    return floats if sound.dtype.kind == "f" else floats / np.float32(32_768)


def decoder_context(config: CodecConfig) -> AudioCodecContext:
    """Make a decoder of what DECODERS has."""
    decoder = DECODERS[config.codec]
    context = codec_context(decoder, "r", DECODER_OPTIONS.get(decoder, {}))
    if config.sample_entry == "Opus":
        context.extradata = identification_header(config.decoder_config)
    return context


def codec_context(codec: str, mode: Literal["r", "w"], options: dict[str, str]) -> AudioCodecContext:
    """Make a decoder or an encoder of sound, of one thread."""
    context = av.CodecContext.create(codec, mode)
    assert isinstance(context, AudioCodecContext)
    context.thread_count = 1
    context.options = options
    return context
