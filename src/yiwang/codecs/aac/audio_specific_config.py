"""AudioSpecificConfig: what a decoder must know before the first frame (ISO/IEC 14496-3 1.6.2.1)."""

from dataclasses import dataclass

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.aac.program_config_element import ProgramConfigElement, parse_program_config_element

AOT_AAC_MAIN, AOT_AAC_LC, AOT_AAC_SSR, AOT_AAC_LTP, AOT_SBR, AOT_PS = 1, 2, 3, 4, 5, 29
"""Audio object types of Table 1.17 that are read here."""
AOT_ESCAPE = 31
SAMPLING_FREQUENCIES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
"""By samplingFrequencyIndex, Table 1.18."""
EXPLICIT_FREQUENCY = 15
MAX_SAMPLING_FREQUENCY = 192_000
CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8)
"""By channelConfiguration, Table 1.19; 0: not defined."""
SYNC_EXTENSION_SBR, SYNC_EXTENSION_PS = 0x2B7, 0x548
SOURCE = "AudioSpecificConfig"


@dataclass(frozen=True, slots=True)
class AudioSpecificConfig:
    """AAC Main, LC, SSR and LTP, with SBR (HE-AAC) and PS (HE-AAC v2) where signalled explicitly.

    Explicit signalling is hierarchical (the object type is SBR or PS, the core's follows) or backward compatible (a sync
    extension after the core's configuration); ``backward_compatible`` tells which.
    """

    audio_object_type: int  # of the core
    sampling_frequency: int  # of the core, Hz
    channel_configuration: int
    sbr_present: bool = False
    ps_present: bool = False
    extension_sampling_frequency: int = 0  # with SBR: of the output, Hz
    backward_compatible: bool = False
    frame_length_flag: bool = False  # 960 samples in a frame, not 1024
    core_coder_delay: int | None = None
    program_config: ProgramConfigElement | None = None  # when channel_configuration is 0

    @property
    def samples_per_frame(self) -> int:
        """Output samples of a frame, per channel."""
        samples = 960 if self.frame_length_flag else 1024
        return samples * self.output_sampling_frequency // self.sampling_frequency

    @property
    def output_sampling_frequency(self) -> int:
        """Hz; with SBR, of the SBR tool's output."""
        return self.extension_sampling_frequency if self.sbr_present else self.sampling_frequency

    @property
    def channels(self) -> int:
        """Output channels; parametric stereo makes two of one."""
        n = self.program_config.channels if self.program_config else CHANNELS[self.channel_configuration]
        return 2 if self.ps_present and n == 1 else n

    def to_bytes(self) -> bytes:
        """Return the configuration's octets."""
        bits = BitWriter()
        hierarchical = self.sbr_present and not self.backward_compatible
        if hierarchical:
            bits.u(5, AOT_PS if self.ps_present else AOT_SBR)
        else:
            bits.u(5, self.audio_object_type)
        _write_frequency(bits, self.sampling_frequency)
        bits.u(4, self.channel_configuration)
        if hierarchical:
            _write_frequency(bits, self.extension_sampling_frequency)
            bits.u(5, self.audio_object_type)
        bits.u(1, self.frame_length_flag)
        bits.u(1, self.core_coder_delay is not None)
        if self.core_coder_delay is not None:
            bits.u(14, self.core_coder_delay)
        bits.u(1, 0)  # extensionFlag
        if self.program_config is not None:
            self.program_config.write(bits)
        if self.sbr_present and self.backward_compatible:
            bits.u(11, SYNC_EXTENSION_SBR)
            bits.u(5, AOT_SBR)
            bits.u(1, 1)
            _write_frequency(bits, self.extension_sampling_frequency)
            if self.ps_present:
                bits.u(11, SYNC_EXTENSION_PS)
                bits.u(1, 1)
        return bits.to_bytes()

    def codec_config(self) -> CodecConfig:
        """Return the configuration of a track that carries such frames."""
        if self.ps_present:
            object_type = AOT_PS
        elif self.sbr_present:
            object_type = AOT_SBR
        else:
            object_type = self.audio_object_type
        return CodecConfig(
            kind="audio",
            sample_entry="mp4a",
            codec=f"mp4a.40.{object_type}",
            decoder_config=self.to_bytes(),
            sampling_frequency=self.output_sampling_frequency,
            channels=self.channels,
            samples_per_frame=self.samples_per_frame,
            channel_configuration=self._channel_configuration,
        )

    @property
    def _channel_configuration(self) -> int:
        """Of ISO/IEC 23091-3, which goes on from the table here; 0: a program_config_element says where channels are."""
        return self.channels if self.ps_present else self.channel_configuration


def parse_audio_specific_config(octets: bytes) -> AudioSpecificConfig:
    """Read the configuration. Raises WireError."""
    bits = BitReader(octets, SOURCE)
    return read_audio_specific_config(bits, bits.remaining)


def read_audio_specific_config(bits: BitReader, n_bits: int | None) -> AudioSpecificConfig:
    """Read the configuration at the reader's place.

    Parameters
    ----------
    n_bits : int or None    its length; None: not known, then there is no sync extension to be seen

    Raises
    ------
    WireError               it ends too early, or an object type is not of those read here
    """
    origin = bits.position
    audio_object_type = _audio_object_type(bits)
    sampling_frequency = _frequency(bits)
    channel_configuration = bits.u(4)
    sbr_present, ps_present, extension_frequency = False, False, 0
    if audio_object_type in (AOT_SBR, AOT_PS):
        sbr_present, ps_present = True, audio_object_type == AOT_PS
        extension_frequency = _frequency(bits)
        audio_object_type = _audio_object_type(bits)
    if not AOT_AAC_MAIN <= audio_object_type <= AOT_AAC_LTP:
        raise WireError(SOURCE, bits.position // 8, "audio object type 1..4", str(audio_object_type))
    frame_length_flag = bits.flag()
    core_coder_delay = bits.u(14) if bits.flag() else None
    if bits.flag():  # extensionFlag
        bits.skip(1)  # extensionFlag3
    program_config = parse_program_config_element(bits, origin) if channel_configuration == 0 else None
    if program_config is None and (channel_configuration >= len(CHANNELS) or not CHANNELS[channel_configuration]):
        raise WireError(SOURCE, bits.position // 8, "a channelConfiguration in use", str(channel_configuration))
    backward_compatible = False
    if n_bits is not None and not sbr_present:
        left = origin + n_bits - bits.position
        if left >= 16 and bits.u(11) == SYNC_EXTENSION_SBR and _audio_object_type(bits) == AOT_SBR and bits.flag():
            sbr_present = backward_compatible = True
            extension_frequency = _frequency(bits)
            left = origin + n_bits - bits.position
            if left >= 12 and bits.u(11) == SYNC_EXTENSION_PS:
                ps_present = bits.flag()
    if sbr_present and extension_frequency not in (sampling_frequency, 2 * sampling_frequency):
        raise WireError(
            SOURCE, bits.position // 8, f"SBR at {sampling_frequency} Hz or twice that", f"{extension_frequency} Hz"
        )
    return AudioSpecificConfig(
        audio_object_type,
        sampling_frequency,
        channel_configuration,
        sbr_present,
        ps_present,
        extension_frequency,
        backward_compatible,
        frame_length_flag,
        core_coder_delay,
        program_config,
    )


def _audio_object_type(bits: BitReader) -> int:
    value = bits.u(5)
    return 32 + bits.u(6) if value == AOT_ESCAPE else value


def _frequency(bits: BitReader) -> int:
    index = bits.u(4)
    if index < len(SAMPLING_FREQUENCIES):
        return SAMPLING_FREQUENCIES[index]
    frequency = bits.u(24) if index == EXPLICIT_FREQUENCY else 0
    if not 0 < frequency <= MAX_SAMPLING_FREQUENCY:
        raise WireError(SOURCE, bits.position // 8, "a sampling frequency", f"index {index}, {frequency} Hz")
    return frequency


def _write_frequency(bits: BitWriter, frequency: int) -> None:
    if frequency in SAMPLING_FREQUENCIES:
        bits.u(4, SAMPLING_FREQUENCIES.index(frequency))
    else:
        bits.u(4, EXPLICIT_FREQUENCY)
        bits.u(24, frequency)
