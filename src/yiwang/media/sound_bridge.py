"""Sound of one coding made frames of a track of another: FFmpeg's decoders and encoders, by PyAV (ADR 55)."""

from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.codecs.aac.audio_specific_config import AOT_AAC_LC, AudioSpecificConfig, parse_audio_specific_config
from yiwang.codecs.ac3.framer import Ac3Framer
from yiwang.codecs.ac3.syncframe import BIT_RATES as AC3_BIT_RATES
from yiwang.codecs.ac3.syncframe import parse_syncframe
from yiwang.codecs.mpa.framer import CODEC as MPA_CODECS
from yiwang.codecs.opus.channels import of_channels, parse_dops
from yiwang.media import audio_transcoder as aac
from yiwang.media.audio_transcoder import codec_context
from yiwang.media.ffmpeg_error import ffmpeg_says
from yiwang.packaging.transcoding import Pcm

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}
"""FFmpeg's names, by channelConfiguration (ISO/IEC 14496-3 Table 1.19)."""
DOLBY_LAYOUTS = {2: "mono", 4: "stereo", 6: "3.0", 10: "4.0", 14: "5.0(side)", 15: "5.1(side)"}
"""By acmod and lfeon, as they stand side by side in ``dac3`` and ``dec3`` (ETSI TS 102 366 F.4, F.6)."""
OPUS_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""By number of channels (RFC 7845 5.1.1.2)."""
OPUS_FRAMES = (120, 240, 480, 960, 1920, 2880)
"""Samples of a packet that libopus makes in one frame."""
LOUDEST = np.float32(4)
"""Six channels in two are no louder; damaged frames may be anything, and an encoder refuses what is no number."""
MP2_DELAY, DOLBY_DELAY, OPUS_DELAY = 481, 256, 312
"""The encoder's first frame begins so many samples before the sound."""
SBR_DELAY = 962
"""Samples of the output by which the SBR tool is later than the core (ISO/IEC 14496-3 4.6.18); measured with FFmpeg."""
MP2_BIT_RATE = 256_000
"""Both mono and stereo have it."""
OPUS_BIT_RATE = 64_000
"""Of a channel."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What FFmpeg's encoder must know."""

    encoder: str
    layout: str
    delay: int
    bit_rate: int
    sample_format: str = "fltp"
    frequency: int = 0  # Hz, where it is not the track's: that of the core below SBR
    frame_ms: str = ""  # of Opus, which has packets of several durations


def plan_bridge(of: CodecConfig, to: CodecConfig) -> "SoundBridge | None":
    """Return what decodes the first and makes frames of the second; None where FFmpeg does not make such."""
    coding = _coding(to)
    if not (_is_aac(of) or of.codec in aac.DECODERS) or coding is None:
        return None
    if to.dolby_channel_map and not _makes(coding, to):
        return None
    return SoundBridge(of, to, coding)


def _is_aac(config: CodecConfig) -> bool:
    return config.codec.startswith("mp4a.40.") and bool(config.decoder_config)


def _coding(to: CodecConfig) -> Coding | None:
    frequency, layout = to.sampling_frequency, LAYOUTS.get(to.channel_configuration, "")
    if layout and to == AudioSpecificConfig(AOT_AAC_LC, frequency, to.channel_configuration).codec_config():
        return Coding("aac", layout, aac.ENCODER_DELAY, aac.BIT_RATES[to.channel_configuration] * frequency // 48_000)
    if _is_aac(to):
        return _core_coding(to)
    if to.codec == MPA_CODECS[2] and frequency >= 32_000:
        return Coding("mp2", layout, MP2_DELAY, MP2_BIT_RATE, "s16")
    if to.codec == "opus":
        return _opus_coding(to)
    octets = to.decoder_config
    if to.codec == "ac-3":
        bits = int.from_bytes(octets[:3], "big")
        layout, rate = DOLBY_LAYOUTS.get(bits >> 10 & 15, ""), bits >> 5 & 31
        kbit_s = AC3_BIT_RATES[rate] if rate < len(AC3_BIT_RATES) else 0
        return Coding("ac3", layout, DOLBY_DELAY, 1000 * kbit_s) if layout and kbit_s else None
    if to.codec == "ec-3":
        bits = int.from_bytes(octets[:4], "big")
        layout, kbit_s = DOLBY_LAYOUTS.get(bits & 15, ""), bits >> 19
        return Coding("eac3", layout, DOLBY_DELAY, 1000 * kbit_s) if layout and kbit_s else None
    return None


def _opus_coding(to: CodecConfig) -> Coding | None:
    layout, samples = OPUS_LAYOUTS.get(to.channels), to.samples_per_frame
    if layout is None or samples not in OPUS_FRAMES or parse_dops(to.decoder_config) != of_channels(to.channels):
        return None  # libopus puts channels in streams as channel_config_code 1 to 8 does
    rate = OPUS_BIT_RATE * to.channels
    return Coding("libopus", layout, OPUS_DELAY, rate, "s16", frame_ms=f"{samples / 48:g}")


def _core_coding(to: CodecConfig) -> Coding | None:
    """Return what codes the core of HE-AAC, alone: where frames have no SBR data, the tool makes the track's rate of them.

    FFmpeg has no encoder of SBR; what is above half the core's rate is missing. Of parametric stereo both channels are alike.
    """
    asc = parse_audio_specific_config(to.decoder_config)
    core, output, layout = asc.sampling_frequency, asc.output_sampling_frequency, LAYOUTS.get(asc.channel_configuration)
    is_doubled = asc.sbr_present and output == 2 * core
    if not is_doubled or asc.audio_object_type != AOT_AAC_LC or asc.frame_length_flag or layout is None:
        return None
    delay = 2 * aac.ENCODER_DELAY + SBR_DELAY
    return Coding("aac", layout, delay, aac.BIT_RATES[asc.channel_configuration] * output // 48_000, frequency=core)


def _makes(coding: Coding, to: CodecConfig) -> bool:
    """Tell whether the frames of an encoder of Dolby's are such as a track's header says."""
    try:
        encoder = _encoder(coding, to)
        silence = np.zeros((len(encoder.layout.channels), to.samples_per_frame), np.float32)
        framer = Ac3Framer()
        octets = b"".join(data for n in range(4) for data in _encode(encoder, coding, silence, n))
    except (av.error.FFmpegError, ValueError):
        return False
    units = framer.feed(np.frombuffer(octets, np.uint8), np.empty((0, 4), np.int64)) + framer.flush()
    return bool(units) and all(unit.config == to for unit in units)


def _aac_decoder(of: CodecConfig) -> AudioCodecContext:
    decoder = codec_context("aac", "r", {})
    decoder.extradata = of.decoder_config
    return decoder


def _encoder(coding: Coding, to: CodecConfig) -> AudioCodecContext:
    options = aac.ENCODER_OPTIONS if coding.encoder == "aac" else {}
    encoder = codec_context(coding.encoder, "w", {"frame_duration": coding.frame_ms} if coding.frame_ms else options)
    encoder.sample_rate = coding.frequency or to.sampling_frequency
    encoder.layout = coding.layout
    encoder.format = coding.sample_format
    encoder.bit_rate = coding.bit_rate
    encoder.time_base = Fraction(1, encoder.sample_rate)
    return encoder


def _encode(encoder: AudioCodecContext, coding: Coding, pcm: Pcm, number: int) -> list[bytes]:
    return [bytes(packet) for packet in encoder.encode(_frame(coding, pcm, number, encoder.sample_rate))]


def _frame(coding: Coding, pcm: Pcm, number: int, frequency: int) -> av.AudioFrame:
    is_float = coding.sample_format == "fltp"
    sound = pcm if is_float else (np.clip(pcm, -1, 1) * 32_767).round().astype(np.int16).T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(sound, format=coding.sample_format, layout=coding.layout)
    frame.sample_rate = frequency
    frame.pts = number * pcm.shape[1]
    frame.time_base = Fraction(1, frequency)
    return frame


class SoundBridge:
    """A decoder and an encoder (see `yiwang.packaging.transcoding.Transcoder`), with a converter between them."""

    def __init__(self, of: CodecConfig, to: CodecConfig, coding: Coding) -> None:
        self.delay = coding.delay
        self._coding, self._frequency = coding, to.sampling_frequency
        self._decoder = _aac_decoder(of) if _is_aac(of) else aac.decoder_context(of)
        self._encoder = _encoder(coding, to)
        self._says_level = bool(of.dolby_channel_map and to.dolby_channel_map)
        self._converter = self._new_converter()
        self._decoded: tuple[str, str, int] | None = None
        self._n_frames = 0
        self._to_core: av.AudioResampler | None = None
        if coding.frequency:
            self._to_core = av.AudioResampler("fltp", coding.layout, coding.frequency, frame_size=aac.FRAME)

    def decode(self, data: bytes) -> Pcm:
        """Return the sound of an access unit in the encoder's channels and at its rate."""
        if self._says_level:  # it is the same sound, so it has the same dialogue level
            self._encoder.options = {"dialnorm": str(-(parse_syncframe(data).dialnorm or 31))}
            self._says_level = False
        try:
            sounds = [pcm for frame in self._decoder.decode(av.Packet(data)) for pcm in self._converted(frame)]
        except av.error.FFmpegError as error:
            raise WireError("audio frame", 0, "sound", ffmpeg_says(error)) from None
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
        return av.AudioResampler("fltp", self._coding.layout, self._frequency)

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Take the sound of one frame; return the frames that are whole by it."""
        number, self._n_frames = self._n_frames, self._n_frames + 1
        if self._to_core is None:
            return _encode(self._encoder, self._coding, pcm, number)
        parts = self._to_core.resample(_frame(self._coding, pcm, number, self._frequency))
        return [bytes(packet) for part in parts for packet in self._encoder.encode(part)]
