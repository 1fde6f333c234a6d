"""Which channels an Opus stream has, and in which of its streams (RFC 7845 5.1.1): of a descriptor, of ``dOps``, for either."""

from dataclasses import dataclass
from struct import pack

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.opus.packet import SAMPLING_FREQUENCY

ONE_STREAM, VORBIS, UNDEFINED = 0, 1, 255
"""Channel mapping families (RFC 7845 5.1.1): mono or stereo | Vorbis's order of 1 to 8 channels | no places known."""
SILENT = 255
"""Index of a channel that is in no stream."""
DUAL_MONO_CODE, EXPLICIT = 0x00, 0x81
MOST = 8
"""Channels: of Vorbis's order there are no more, and more without places are of no use to anybody."""
SEPARATE = 0x80
"""channel_config_code of so many channels, each in a stream of its own, is by so much above their number."""
_COUPLED = (0, 0, 1, 1, 2, 2, 2, 3, 3)
"""By number of channels."""
_MAPPINGS = (
    (0,),
    (0, 1),
    (0, 2, 1),
    (0, 1, 2, 3),
    (0, 4, 1, 2, 3),
    (0, 4, 1, 2, 3, 5),
    (0, 4, 1, 2, 3, 5, 6),
    (0, 6, 1, 2, 3, 4, 5, 7),
)
"""Likewise, less one."""
CHANNEL_CONFIGURATIONS = {1: 1, 2: 2, 3: 3, 4: 10, 5: 5, 6: 6, 7: 11, 8: 12}
"""ChannelConfiguration of ISO/IEC 23091-3 by number of channels in Vorbis's order (RFC 7845 5.1.1.2)."""
DUAL_MONO_CONFIGURATION = 8


@dataclass(frozen=True, slots=True)
class ChannelMapping:
    """Channels and the streams they are in. ``mapping``: of each channel, which of the decoded ones it is."""

    channels: int
    family: int = ONE_STREAM
    streams: int = 1
    coupled: int = 0
    mapping: tuple[int, ...] = ()

    @property
    def is_dual_mono(self) -> bool:
        """Whether its two channels are two programmes, as channel_config_code 0 says."""
        return self == DUAL_MONO

    @property
    def channel_configuration(self) -> int:
        """ChannelConfiguration of ISO/IEC 23091-3; 0 where it is not known where the channels are heard."""
        if self.is_dual_mono:
            return DUAL_MONO_CONFIGURATION
        return CHANNEL_CONFIGURATIONS.get(self.channels, 0) if self.family in (ONE_STREAM, VORBIS) else 0

    def check(self) -> "ChannelMapping":
        """Return it. Raises WireError: no decoder can have such channels."""
        is_single = self.family == ONE_STREAM and 1 <= self.channels <= 2
        decoded = self.streams + self.coupled
        is_table = (
            self.family in (VORBIS, UNDEFINED)
            and 1 <= self.channels <= MOST
            and 0 <= self.coupled <= self.streams
            and self.streams >= 1
            and decoded <= 255
            and len(self.mapping) == self.channels
            and all(index < decoded or index == SILENT for index in self.mapping)
        )
        if not (is_single or is_table):
            raise WireError("Opus channel mapping", 0, "channels that can be decoded", str(self))
        return self

    def _table(self) -> bytes:
        return b"" if self.family == ONE_STREAM else bytes((self.streams, self.coupled, *self.mapping))

    def dops(self) -> bytes:
        """Return the payload of ``dOps`` (Encapsulation of Opus in ISO BMFF 4.3.2): no PreSkip, as nothing is cut off."""
        return pack(">BBHIhB", 0, self.channels, 0, SAMPLING_FREQUENCY, 0, self.family) + self._table()

    def descriptor(self) -> bytes:
        """Return the payload of opus_audio_descriptor behind descriptor_tag_extension.

        Raises
        ------
        WireError    it has no way to say so many streams
        """
        if self.is_dual_mono:
            return bytes((DUAL_MONO_CODE,))
        if self == of_channels(self.channels):
            return bytes((self.channels,))
        if self == _separate(self.channels):
            return bytes((SEPARATE | self.channels,))
        if self.streams - 1 >> _bits(self.channels):
            raise WireError("opus_audio_descriptor", 3, "no more streams than channels", str(self.streams))
        bits = BitWriter()
        bits.u(8, EXPLICIT)
        bits.u(8, self.channels)
        bits.u(8, self.family)
        if self.family != ONE_STREAM:
            bits.u(_bits(self.channels), self.streams - 1)
            bits.u(_bits(self.streams + 1), self.coupled)
            width = _bits(self.streams + self.coupled + 1)
            for index in self.mapping:
                bits.u(width, (1 << width) - 1 if index == SILENT else index)
        return bits.to_bytes()

    def codec_config(self, samples_per_frame: int) -> CodecConfig:
        """Return the configuration of a track whose packets last so many samples."""
        return CodecConfig(
            kind="audio",
            sample_entry="Opus",
            codec="opus",
            decoder_config=self.dops(),
            sampling_frequency=SAMPLING_FREQUENCY,
            channels=self.channels,
            samples_per_frame=samples_per_frame,
            channel_configuration=self.channel_configuration,
        )


DUAL_MONO = ChannelMapping(2, UNDEFINED, 1, 1, (0, 1))


def of_channels(channels: int) -> ChannelMapping | None:
    """Return the mapping of channel_config_code 1 to 8; None for other numbers."""
    if not 1 <= channels <= MOST:
        return None
    if channels <= 2:
        return ChannelMapping(channels)
    coupled = _COUPLED[channels]
    return ChannelMapping(channels, VORBIS, channels - coupled, coupled, _MAPPINGS[channels - 1])


def _separate(channels: int) -> ChannelMapping | None:
    return ChannelMapping(channels, VORBIS, channels, 0, tuple(range(channels))) if 2 <= channels <= MOST else None


def parse_descriptor(payload: bytes) -> ChannelMapping:
    """Read opus_audio_descriptor behind descriptor_tag_extension; where there is none (no octets), it is stereo.

    Raises
    ------
    WireError    it ends too early, or says a mapping that is reserved or cannot be
    """
    if not payload:
        return ChannelMapping(2)
    code = payload[0]
    if code == EXPLICIT:
        return _explicit(payload)
    found = DUAL_MONO if code == DUAL_MONO_CODE else of_channels(code) or _separate(code - SEPARATE)
    if found is None:
        raise WireError("opus_audio_descriptor", 0, "a channel_config_code that is not reserved", f"0x{code:02x}")
    return found


def _explicit(payload: bytes) -> ChannelMapping:
    bits = BitReader(payload, "opus_audio_descriptor")
    bits.skip(8)
    channels, family = bits.u(8), bits.u(8)
    if family == ONE_STREAM or not channels:
        return ChannelMapping(channels).check()
    streams = bits.u(_bits(channels)) + 1
    coupled = bits.u(_bits(streams + 1))
    width = _bits(streams + coupled + 1)
    none = (1 << width) - 1
    indices = [bits.u(width) for _ in range(channels)]
    mapping = tuple(SILENT if index == none and index >= streams + coupled else index for index in indices)
    return ChannelMapping(channels, family, streams, coupled, mapping).check()


def _bits(n: int) -> int:
    """Return how many bits tell ``n`` things apart."""
    return (n - 1).bit_length()


def parse_dops(payload: bytes) -> ChannelMapping:
    """Read the payload of ``dOps``.

    Raises
    ------
    WireError    it ends too early, or says a mapping that cannot be
    """
    if len(payload) < 11 or payload[0]:
        raise WireError("dOps", 0, "Version 0 and 11 octets", payload[:11].hex())
    channels, family, table = payload[1], payload[10], payload[11:]
    if family == ONE_STREAM:
        return ChannelMapping(channels).check()
    if len(table) < 2 + channels:
        raise WireError("dOps", 11, f"{2 + channels} octets", str(len(table)))
    return ChannelMapping(channels, family, table[0], table[1], tuple(table[2 : 2 + channels])).check()


def identification_header(dops: bytes) -> bytes:
    """Return the header that decoders take (RFC 7845 5.1) of the payload of ``dOps``."""
    pre_skip, frequency, gain = dops[2:4][::-1], dops[4:8][::-1], dops[8:10][::-1]
    return b"OpusHead\x01" + dops[1:2] + pre_skip + frequency + gain + dops[10:]
