"""Sound of one coding made frames of a track of another: FFmpeg's decoders and encoders, by PyAV (ADR 55)."""

from fractions import Fraction
from typing import Literal

import av
import av.error
import numpy as np

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.aac.audio_specific_config import AOT_AAC_LC, AudioSpecificConfig
from yiwang.codecs.mpa.framer import CODEC as MPA_CODECS
from yiwang.media import audio_transcoder as aac
from yiwang.media.audio_transcoder import codec_context
from yiwang.packaging.transcoding import Pcm

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}
"""FFmpeg's names, by channelConfiguration (ISO/IEC 14496-3 Table 1.19)."""
LOUDEST = np.float32(4)
"""Six channels in two are no louder; damaged frames may be anything, and an encoder refuses what is no number."""
MP2_DELAY, MP2_BIT_RATE = 481, 256_000
"""The encoder's first frame begins so many samples before the sound; a bit rate that both mono and stereo have."""


def plan_bridge(of: CodecConfig, to: CodecConfig) -> "SoundBridge | None":
    """Return what decodes the first and makes frames of the second; None where FFmpeg does not make such."""
    decoder = "aac" if of.codec.startswith("mp4a.40.") and of.decoder_config else aac.DECODERS.get(of.codec)
    layout, frequency = LAYOUTS.get(to.channel_configuration), to.sampling_frequency
    if decoder is None or layout is None:
        return None
    if to == AudioSpecificConfig(AOT_AAC_LC, frequency, to.channel_configuration).codec_config():
        bit_rate = aac.BIT_RATES[to.channel_configuration] * frequency // 48_000
        return SoundBridge(of, decoder, to, layout, "aac", aac.ENCODER_DELAY, bit_rate)
    if to.codec == MPA_CODECS[2] and frequency >= 32_000:
        return SoundBridge(of, decoder, to, layout, "mp2", MP2_DELAY, MP2_BIT_RATE)
    return None


class SoundBridge:
    """A decoder and an encoder (see `yiwang.packaging.transcoding.Transcoder`), with a converter between them."""

    def __init__(
        self,
        of: CodecConfig,
        decoder: str,
        to: CodecConfig,
        layout: str,
        encoder: Literal["aac", "mp2"],
        delay: int,
        bit_rate: int,
    ) -> None:
        self.delay = delay
        self._layout, self._frequency, self._frame = layout, to.sampling_frequency, to.samples_per_frame
        self._decoder = codec_context(decoder, "r", aac.DECODER_OPTIONS.get(decoder, {}))
        if of.decoder_config and decoder == "aac":
            self._decoder.extradata = of.decoder_config
        self._encoder = codec_context(encoder, "w", aac.ENCODER_OPTIONS if encoder == "aac" else {})
        self._encoder.sample_rate = self._frequency
        self._encoder.layout = layout
        self._encoder.format = "fltp" if encoder == "aac" else "s16"
        self._encoder.bit_rate = bit_rate
        self._encoder.time_base = Fraction(1, self._frequency)
        self._converter = self._new_converter()
        self._decoded: tuple[str, str, int] | None = None
        self._n_samples = 0

    def decode(self, data: bytes) -> Pcm:
        """Return the sound of an access unit in the encoder's channels and at its rate."""
        try:
            sounds = [pcm for frame in self._decoder.decode(av.Packet(data)) for pcm in self._converted(frame)]
        except av.error.FFmpegError as error:
            raise WireError("audio frame", 0, "sound", str(error)) from None
        if not sounds:
            raise WireError("audio frame", 0, "sound", "none")
        return np.clip(np.nan_to_num(np.concatenate(sounds, axis=1)), -LOUDEST, LOUDEST)

    def _converted(self, frame: av.AudioFrame) -> list[Pcm]:
        decoded = frame.format.name, frame.layout.name, frame.sample_rate
        if decoded != self._decoded:  # damaged frames say they are anything
            self._decoded, self._converter = decoded, self._new_converter()
        frame.pts = None
        return [np.asarray(part.to_ndarray(), np.float32) for part in self._converter.resample(frame)]

    def _new_converter(self) -> av.AudioResampler:
        return av.AudioResampler("fltp", self._layout, self._frequency)

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Take the sound of one frame; return the frames that are whole by it."""
        is_float = self._encoder.format.name == "fltp"
        sound = pcm if is_float else (np.clip(pcm, -1, 1) * 32_767).round().astype(np.int16).T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(sound, format=self._encoder.format.name, layout=self._layout)
        frame.sample_rate = self._frequency
        frame.pts = self._n_samples
        frame.time_base = Fraction(1, self._frequency)
        self._n_samples += self._frame
        return [bytes(packet) for packet in self._encoder.encode(frame)]
